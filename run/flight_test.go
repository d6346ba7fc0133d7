package run

import (
	"errors"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// admits reports whether a batch of so many bytes would be admitted now.
func admits(f *flight, bytes int64) bool {
	w := f.weight(bytes, bytes)
	ok := f.sem.TryAcquire(w)
	if ok {
		f.release(w)
	}
	return ok
}

// A batch weighs what its documents and the work on the largest of them take, and no more
// than all there is.
func TestWeight(t *testing.T) {
	f := newFlight(100<<20, 10)
	for _, c := range []struct{ bytes, largest, want int64 }{
		{0, 0, 64 << 10},
		{2 << 20, 20 << 10, 6<<20 + 200<<10 + 64<<10},
		{4 << 20, 4 << 20, 52<<20 + 64<<10},
		{8 << 20, 8 << 20, 100 << 20},
	} {
		if w := f.weight(c.bytes, c.largest); w != c.want {
			t.Errorf("%d bytes, %d at once: %d, want %d", c.bytes, c.largest, w, c.want)
		}
	}
}

// While a reader has a large record nothing else is admitted, from before it is read until
// its batch is through, or until it is clear that no document comes of it.
func TestLargeRecordIsAlone(t *testing.T) {
	f := newFlight(100<<20, 1)
	var sent []*batch
	feed := func() *shardFeed {
		out := intake{emit: func(b *batch) error { sent = append(sent, b); return nil },
			alone: func() error { return f.empty(t.Context()) }, again: func() { f.release(f.limit) }}
		return &shardFeed{source: &openSource{}, batcher: &batcher{out: out}, plan: &Plan{Pipeline: &Pipeline{}},
			stats: ledger.NewStats([]string{""}, nil).Sources[0]}
	}
	for name, end := range map[string]func(*shardFeed){
		"skipped":     func(x *shardFeed) { x.Skip("media type") },
		"quarantined": func(x *shardFeed) { x.Quarantine(&corpus.RecordError{Err: errors.New("broken")}) },
		"ended":       func(x *shardFeed) { x.small() },
		"no batch":    func(x *shardFeed) { _ = x.flush() },
	} {
		x := feed()
		if err := errors.Join(x.Large(), x.Large()); err != nil || admits(f, 1) {
			t.Errorf("%s: %v, or another was admitted", name, err)
		}
		if end(x); !admits(f, 1) {
			t.Errorf("%s: nothing is admitted any more", name)
		}
	}
	for _, told := range []bool{true, false} { // some sources cannot know
		x := feed()
		if told {
			_ = x.Large()
		}
		sent = nil
		if err := x.Document(&corpus.Document{Raw: make([]byte, stage.LargeBytes+1)}); err != nil || len(sent) != 1 || !sent[0].alone || x.alone {
			t.Fatalf("%v, %d batches", err, len(sent))
		}
		w, err := f.acquire(t.Context(), sent[0])
		if err != nil || admits(f, 1) {
			t.Errorf("%v, or another was admitted", err)
		}
		if w = f.shrink(w, 1<<20); !admits(f, 1) {
			t.Error("nothing is admitted beside what is left")
		}
		f.release(w)
		if !admits(f, 40<<20) {
			t.Error("not all was given back")
		}
	}
	x := feed()
	sent = nil
	if err := x.Document(&corpus.Document{Raw: make([]byte, stage.LargeBytes)}); err != nil || len(sent) != 1 || sent[0].alone {
		t.Errorf("%v: a record of that size is like others", err)
	}
}
