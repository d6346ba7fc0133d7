package e2e_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill"
	parts "github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// gated is a store that says what is asked of it before it does it, so that a test can hold
// a worker up at a place.
type gated struct {
	store.Store
	before func(op, name string)
}

func (s gated) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	s.before("list", prefix)
	return s.Store.List(ctx, prefix)
}

func (s gated) Create(ctx context.Context, name string) (store.Writer, error) {
	s.before("create", name)
	return s.Store.Create(ctx, name)
}

func (s gated) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	s.before("open", name)
	return s.Store.Open(ctx, name)
}

func (s gated) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	s.before("put", name)
	return s.Store.PutIfAbsent(ctx, name, data)
}

// gatedRun is a worker whose requests to the run folder are told.
func gatedRun(t *testing.T, dir string, limit int64, before func(op, name string)) error {
	app := corpusmill.App()
	app.Stores = func(store.Server) store.Schemes {
		return store.Schemes{"gated://": func(_ context.Context, location string) (store.Store, error) {
			return gated{store.Local(strings.TrimPrefix(location, "gated://")), before}, nil
		}}
	}
	p, err := app.Parse("p.yaml", fmt.Appendf(nil, "packs: { files: 1 }\nsource: { jsonl: { paths: [%s/in/*.jsonl] } }\nsink: { jsonl: { dir: %[1]s/out } }\nrejects: { jsonl: { dir: %[1]s/rejects } }\n", dir), nil)
	if err != nil {
		return err
	}
	_, err = app.Run(t.Context(), p, run.Options{Dir: "gated://" + dir + "/run", Limit: limit, Replace: limit > 0, Workers: 1, Memory: 1 << 30})
	return err
}

func gatedInput(t *testing.T, dir string) {
	for i := range 4 {
		writeFile(t, fmt.Sprintf("%s/in/%d.jsonl", dir, i), fmt.Appendf(nil, "{\"text\":\"number %d of them\"}\n{\"text\":\"and one more than %[1]d\"}\n", i))
	}
}

// A worker comes when one has finished the run and another has not looked since: both end
// well, as the one that comes waits until the other has left.
func TestNewcomerWaits(t *testing.T) {
	dir := t.TempDir()
	gatedInput(t, dir)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	begin := func(i int, before func(op, name string)) (ended chan struct{}) {
		ended = make(chan struct{})
		wg.Go(func() {
			defer close(ended)
			if errs[i] = gatedRun(t, dir, 0, before); errs[i] != nil {
				t.Errorf("worker %d: %v", i, errs[i])
			}
		})
		return ended
	}

	// The first is at the end of the run when the second comes. It goes on when the second
	// waits for it, and that one is held up before it looks again.
	finishes, waits, look := make(chan struct{}), make(chan struct{}), make(chan struct{})
	first := begin(0, func(op, name string) {
		if op == "create" && name == "manifest.jsonl" {
			close(finishes)
			<-waits
		}
	})
	<-finishes
	asked, held := false, false
	second := begin(1, func(op, name string) {
		switch {
		case op == "list" && name == "claims/run.finish/":
			asked = true
		case op == "list" && name == "claims/run." && asked && !held:
			held = true
			close(waits)
			<-look
		}
	})
	<-first

	// The third comes. It looks again and again who is there, or begins a run at once.
	looks := 0
	var on sync.Once
	begin(2, func(op, name string) {
		if op == "list" && name == "workers/" {
			if looks++; looks == 3 {
				on.Do(func() { close(look) })
			}
		}
		if op == "create" && name == "manifest.jsonl" {
			on.Do(func() { close(look) })
			<-second
		}
	})
	wg.Wait()
}

// A worker that joins goes by what the folder of the parts is when it joins, not by what it
// was when the worker looked at first: it would put an older list of parts in place of the
// one that the others have made since.
func TestJoinedLate(t *testing.T) {
	dir := t.TempDir()
	gatedInput(t, dir)
	if err := gatedRun(t, dir, 0, func(string, string) {}); err != nil {
		t.Fatal(err)
	}
	checked, begun, joins := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // the first, which does all there is to do
		defer close(ended)
		first := true
		if err := gatedRun(t, dir, 1, func(op, name string) {
			switch {
			case op == "list" && name == "claims/run." && first: // it has looked at the folders
				first = false
				<-checked
			case op == "create" && name == "tasks/segment.jsonl":
				close(begun)
				<-joins
			}
		}); err != nil {
			t.Errorf("the first: %v", err)
		}
	})
	wg.Go(func() { // the second, which is held up at the door
		looked, joined := false, false
		if err := gatedRun(t, dir, 1, func(op, name string) {
			switch {
			case op == "list" && name == "claims/run." && !looked:
				looked = true
				close(checked)
				<-begun
			case name == "run.json" && looked && !joined:
				joined = true
				close(joins)
				<-ended
			}
		}); err != nil {
			t.Errorf("the second: %v", err)
		}
	})
	wg.Wait()
	m, err := parts.Read(t.Context(), store.Local(dir+"/out"), "")
	if err != nil {
		t.Fatal(err)
	}
	if m.Documents != 4 || m.Limit != 1 || m.Next != nil {
		t.Errorf("the parts have %d documents at a limit of %d, and %+v is at them; want 4 at 1", m.Documents, m.Limit, m.Next)
	}
}
