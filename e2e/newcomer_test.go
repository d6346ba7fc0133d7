package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	parts "github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
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
func gatedRun(t *testing.T, dir string, o run.Options, before func(op, name string)) error {
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
	o.Dir, o.Workers, o.Memory = "gated://"+dir+"/run", 1, 1<<30
	_, err = app.Run(t.Context(), p, o)
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
	looks := 0
	errs := newcomer(t, 0, func(op, name string) bool {
		if op == "list" && name == "workers/" {
			looks++
		}
		return looks == 3 || op == "create" && name == "manifest.jsonl"
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

// It does not wait for ever: for an expiry.
func TestNewcomerBegins(t *testing.T) {
	errs := newcomer(t, time.Second, func(op, name string) bool { return op == "create" && name == "manifest.jsonl" })
	if errs[0] != nil || !errors.Is(errs[1], run.ErrSilent) || errs[2] != nil {
		t.Errorf("%q, want that the second was silent", errs)
	}
}

// newcomer has a worker finish a run, another wait for that, and a third one come before the
// second looks again: it does when a request of the third is one to go by. Then the third
// waits until it has ended, if it is about to finish.
func newcomer(t *testing.T, expiry time.Duration, goesBy func(op, name string) bool) []error {
	dir := t.TempDir()
	gatedInput(t, dir)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	begin := func(i int, before func(op, name string)) (ended chan struct{}) {
		ended = make(chan struct{})
		wg.Go(func() {
			defer close(ended)
			errs[i] = gatedRun(t, dir, run.Options{ClaimExpiry: expiry}, before)
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
	var on sync.Once
	begin(2, func(op, name string) {
		if strings.HasPrefix(name, "workers/") && op != "list" {
			return // beats, beside the rest
		}
		if goesBy(op, name) {
			on.Do(func() { close(look) })
		}
		if op == "create" && name == "manifest.jsonl" {
			<-second
		}
	})
	wg.Wait()
	return errs
}

// A worker that joins goes by what the folder of the parts is when it joins, not by what it
// was when the worker looked at first: it would put an older list of parts in place of the
// one that the others have made since.
func TestJoinedLate(t *testing.T) {
	dir := t.TempDir()
	gatedInput(t, dir)
	if err := gatedRun(t, dir, run.Options{}, func(string, string) {}); err != nil {
		t.Fatal(err)
	}
	checked, begun, joins := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // the first, which does all there is to do
		defer close(ended)
		first := true
		if err := gatedRun(t, dir, run.Options{Limit: 1, Replace: true}, func(op, name string) {
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
		if err := gatedRun(t, dir, run.Options{Limit: 1, Replace: true}, func(op, name string) {
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

// A worker that is held up while it claims, until the run has ended, leaves no claim behind.
func TestClaimedTooLate(t *testing.T) {
	dir := t.TempDir()
	gatedInput(t, dir)
	late, ended := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	errs := make([]error, 2)
	claims := func(op, name string) bool { return op == "put" && strings.HasPrefix(name, "claims/segment/") }
	wg.Go(func() {
		defer close(ended)
		errs[0] = gatedRun(t, dir, run.Options{}, func(op, name string) {
			if claims(op, name) {
				<-late
			}
		})
	})
	wg.Go(func() {
		first := true
		errs[1] = gatedRun(t, dir, run.Options{}, func(op, name string) {
			if claims(op, name) && first {
				first = false
				close(late)
				<-ended
			}
		})
	})
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	for _, folder := range []string{"claims/", "workers/"} {
		if left := storetest.Names(t, store.Local(dir+"/run"), folder); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
