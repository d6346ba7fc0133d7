package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

func listingOf(n int) *Commit {
	c := &Commit{Head: plan.Head{Pass: "list", Kind: plan.List, Key: "k", Label: `a "label", with [brackets]`}}
	for i := range n {
		c.Shards = append(c.Shards, plan.Shard{Source: "web", Name: fmt.Sprintf("a <b> %d", i), Size: int64(i) - 1, Stamp: "s", Path: `/x","shards":[`})
	}
	return c
}

// A listing is stored as any commit is, and read back the same; shards that are known
// already take no memory again.
func TestListing(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		c := listingOf(n)
		plain, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		b, err := sealed(c)
		if err != nil || !bytes.Equal(b, seal(plain)) {
			t.Errorf("%d shards: %s, %v", n, b, err)
		}
		for known := range n + 2 {
			own := listingOf(known).Shards
			got, err := parseListing(slices.Clone(b), own)
			if err != nil || !reflect.DeepEqual(got, c) && n > 0 {
				t.Errorf("%d shards, %d known: %+v, %v", n, known, got, err)
			}
			for i := range min(known, n) {
				if unsafe.StringData(got.Shards[i].Name) != unsafe.StringData(own[i].Name) {
					t.Errorf("shard %d is held twice", i)
				}
			}
		}
		for cut := range len(b) {
			if _, err := parseListing(slices.Clone(b[:cut]), nil); err == nil {
				t.Errorf("%d of %d bytes are a listing", cut, len(b))
			}
		}
	}
	l := &Ledger{Store: store.Local(t.TempDir())}
	if c, err := l.FindListing(t.Context(), "list", "k", nil); c != nil || err != nil {
		t.Errorf("%v, %v", c, err)
	}
	if err := l.Publish(t.Context(), listingOf(2)); err != nil {
		t.Fatal(err)
	}
	if c, err := l.FindListing(t.Context(), "list", "k", nil); err != nil || len(c.Shards) != 2 {
		t.Errorf("%v, %v", c, err)
	}
	if err := l.Store.Remove(t.Context(), "commits/list/k.json"); err != nil {
		t.Fatal(err)
	}
	if err := l.WriteFile(t.Context(), "commits/list/k.json", []byte(`{"pass":"list"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.FindListing(t.Context(), "list", "k", nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
}

// The input of a set of parts is written as other sealed files are.
func TestWriteInput(t *testing.T) {
	l := &Ledger{Store: store.Local(t.TempDir())}
	for n := range 4 {
		in := Input{Shards: append([]plan.Shard{}, listingOf(n).Shards...)}
		if err := l.WriteInput(t.Context(), "a.json", slices.Values(in.Shards)); err != nil {
			t.Fatal(err)
		}
		if err := l.WriteSealed(t.Context(), "b.json", in); err != nil {
			t.Fatal(err)
		}
		a, err := l.ReadFile(t.Context(), "a.json")
		b, err2 := l.ReadFile(t.Context(), "b.json")
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%d shards: %s and %s, %v, %v", n, a, b, err, err2)
		}
	}
}
