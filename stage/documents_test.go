package stage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// numbers is a source of shards with three records each, the second of which is broken.
type numbers struct {
	shards []string
	err    error // of reading the last shard
	read   *int  // documents handed over
}

func (n numbers) Shards(context.Context) (list []corpus.Shard, err error) {
	for _, name := range n.shards {
		list = append(list, corpus.Shard{Source: "n", Name: name})
	}
	return list, nil
}

func (n numbers) Read(_ context.Context, s corpus.Shard, feed stage.Feed) error {
	for i := range int64(3) {
		if i == 1 {
			feed.Quarantine(&corpus.RecordError{Shard: s.String(), Record: i, Offset: -1, Err: errors.New("broken")})
			continue
		}
		*n.read++
		if err := feed.Document(&corpus.Document{Origin: corpus.Origin{Record: i}}); err != nil {
			return err
		}
	}
	if s.Name == n.shards[len(n.shards)-1] {
		return n.err
	}
	return nil
}

func TestDocuments(t *testing.T) {
	read := 0
	src := numbers{[]string{"a", "b"}, errors.New("store is away"), &read}
	var got []string
	for d, err := range stage.Documents(t.Context(), src) {
		if err != nil {
			got = append(got, err.Error())
		} else {
			got = append(got, d.ID)
		}
	}
	want := []string{"n/a#0", "n/a: record 1: broken", "n/a#2", "n/b#0", "n/b: record 1: broken", "n/b#2", "n/b: store is away"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	// whoever stops, at a document or at an error, is not called again
	for stop := range 6 {
		read = 0
		n := 0
		for range stage.Documents(t.Context(), src) {
			if n++; n > stop {
				break
			}
		}
		if want := map[int]int{0: 1, 1: 2, 2: 2, 3: 3, 4: 4, 5: 4}[stop]; n != stop+1 || read != want {
			t.Errorf("stopped after %d: %d yielded, %d documents read, want %d", stop+1, n, read, want)
		}
	}
}

func ExampleDocuments() {
	read := 0
	for d, err := range stage.Documents(context.Background(), numbers{[]string{"a"}, nil, &read}) {
		fmt.Println(d != nil, err)
	}
	// Output:
	// true <nil>
	// false n/a: record 1: broken
	// true <nil>
}
