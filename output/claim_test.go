package output

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// write puts a file of one row into a folder.
func write(t *testing.T, s store.Store, name string) stage.Part {
	t.Helper()
	storetest.Put(t, s, name, []byte(name))
	return stage.Part{File: name, Bytes: int64(len(name)), Rows: 1}
}

// finished runs a claim to its end with the parts of those keys, one part each.
func finished(t *testing.T, s store.Store, c Claim, keys ...string) {
	t.Helper()
	if err := work(t, s, c, keys...); err != nil {
		t.Fatal(err)
	}
}

func work(t *testing.T, s store.Store, c Claim, keys ...string) error {
	t.Helper()
	ctx := t.Context()
	v, err := c.Check(ctx, s)
	if err != nil {
		return err
	}
	if err := v.Take(ctx, s); err != nil {
		return err
	}
	var parts []stage.Part
	for i, key := range keys {
		name := PartName(c.Set, i, 0, strings.Repeat(key, 32)) + ".arrow"
		w, err := s.Create(ctx, name)
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(name)); err != nil {
			return err
		}
		if _, err := w.Commit(ctx); err != nil {
			return err
		}
		parts = append(parts, stage.Part{File: name, Bytes: int64(len(name)), Rows: 1})
	}
	if err := c.Finish(ctx, s, parts); err != nil {
		return err
	}
	return c.Sweep(ctx, s, s.Remove)
}

// current are the parts that a reader of the manifests sees, all of which must be there.
func current(t *testing.T, s store.Store) (names []string) {
	t.Helper()
	parts, err := Parts(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if o, err := s.Stat(t.Context(), p.File); err != nil || o.Size != p.Bytes {
			t.Errorf("the manifest names %s: %+v, %v", p.File, o, err)
		}
		names = append(names, p.File)
	}
	return names
}

func files(t *testing.T, s store.Store) []string {
	t.Helper()
	return slices.DeleteFunc(storetest.Names(t, s, ""), hidden)
}

const (
	partA  = "part-00000-000.aaaaaaaaaaaa.arrow"
	partB  = "part-00001-000.bbbbbbbbbbbb.arrow"
	partC  = "part-00000-000.cccccccccccc.arrow"
	oldRun = "part-00000-000.arrow"
)

var mill = Claim{Maker: Maker{Run: "r1", Pipeline: "mill"}}

// with changes a claim.
func (c Claim) with(change func(*Claim)) Claim {
	change(&c)
	return c
}

func TestRefusals(t *testing.T) {
	other := mill.with(func(c *Claim) { c.Run = "r2" })
	limited := func(n int64) Claim { return mill.with(func(c *Claim) { c.Limit = n }) }
	sampled := func(f float64) Claim { return mill.with(func(c *Claim) { c.Sample = f }) }
	day := func(c Claim, set string) Claim { return c.with(func(c *Claim) { c.Set = set }) }
	for _, c := range []struct {
		name   string
		before func(*testing.T, store.Store)
		claim  Claim
		want   string // of the message; "" is no refusal
		never  bool   // --replace does not help
	}{
		{name: "an empty folder", claim: mill},
		{name: "hidden files", claim: mill, before: func(t *testing.T, s store.Store) {
			write(t, s, ".arrow")
			write(t, s, "_SUCCESS")
			write(t, s, "a/.git/x")
		}},
		{name: "a file of nobody", claim: mill, want: "holds notes.txt, which no run of this folder wrote: name a folder",
			before: func(t *testing.T, s store.Store) { write(t, s, "notes.txt") }},
		{name: "many files of nobody", claim: mill, want: "holds a, b, c and 1 more files, which no run",
			before: func(t *testing.T, s store.Store) {
				for _, f := range []string{"a", "b", "c", "d"} {
					write(t, s, f)
				}
			}},
		{name: "a file of nobody in a folder that is ours", claim: mill, want: "holds sub/x",
			before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a"); write(t, s, "sub/x") }},
		{name: "a folder inside that has other tenants", claim: mill.with(func(c *Claim) { c.Inside = []string{"sub/"} }),
			before: func(t *testing.T, s store.Store) { write(t, s, "sub/x") }},
		{name: "the run itself", claim: mill, before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a") }},
		{name: "what a killed run left", claim: mill, before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a"); write(t, s, partC) }},
		{name: "another run", claim: other, want: "holds the parts of another run (r1 of pipeline mill): name another folder; to replace them run again with --replace",
			before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a") }},
		{name: "another run that is not finished", claim: other, want: "is taken by another run (r1 of pipeline mill), which is not finished",
			before: func(t *testing.T, s store.Store) { take(t, s, mill) }},
		{name: "another pipeline", claim: mill.with(func(c *Claim) { c.Pipeline = "loom" }), want: "holds the parts of pipeline mill, this is loom",
			before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a") }},
		{name: "another pipeline, and nothing made yet", claim: mill.with(func(c *Claim) { c.Pipeline = "loom" }),
			before: func(t *testing.T, s store.Store) { take(t, s, mill) }},
		{name: "limit", claim: limited(5), want: "holds the parts of a whole run, with --limit 5 there would be less",
			before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a") }},
		{name: "another limit", claim: limited(5), want: "holds the parts of a run with --limit 6",
			before: func(t *testing.T, s store.Store) { finished(t, s, limited(6), "a") }},
		{name: "the same limit", claim: limited(5), before: func(t *testing.T, s store.Store) { finished(t, s, limited(5), "a") }},
		{name: "no limit any more", claim: mill, before: func(t *testing.T, s store.Store) { finished(t, s, limited(5), "a") }},
		{name: "the limit of the parts, while more is under way", claim: limited(5),
			before: func(t *testing.T, s store.Store) { finished(t, s, limited(5), "a"); take(t, s, mill) }},
		{name: "sample", claim: sampled(0.5), want: "holds the parts of a whole run, with --sample 0.5 there would be others",
			before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a") }},
		{name: "the same sample", claim: sampled(0.5), before: func(t *testing.T, s store.Store) { finished(t, s, sampled(0.5), "a") }},
		{name: "another set", claim: day(other, "d2"), before: func(t *testing.T, s store.Store) { finished(t, s, day(mill, "d1"), "a") }},
		{name: "a set of another run", claim: day(other, "d1"), want: `set "d1", holds the parts of another run (r1 of pipeline mill)`,
			before: func(t *testing.T, s store.Store) { finished(t, s, day(mill, "d1"), "a") }},
		{name: "appending to a folder of one run", claim: day(mill, "d1"), want: "holds the parts of a run that does not append (pipeline mill)", never: true,
			before: func(t *testing.T, s store.Store) { finished(t, s, mill, "a") }},
		{name: "a folder that runs append to", claim: mill, want: `holds sets that runs appended, such as "d1" of pipeline mill: append to it too`, never: true,
			before: func(t *testing.T, s store.Store) { finished(t, s, day(mill, "d1"), "a") }},
		{name: "parts of before, of this run", claim: adopting(oldRun), before: func(t *testing.T, s store.Store) { write(t, s, oldRun) }},
		{name: "parts of before, of nobody", claim: mill, want: "holds " + oldRun,
			before: func(t *testing.T, s store.Store) { write(t, s, oldRun) }},
		{name: "parts of before, and others", claim: adopting(oldRun), want: "holds part-00001-000.arrow",
			before: func(t *testing.T, s store.Store) { write(t, s, oldRun); write(t, s, "part-00001-000.arrow") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := store.Local(t.TempDir())
			if c.before != nil {
				c.before(t, s)
			}
			before, seen := storetest.Names(t, s, ""), current(t, s)
			_, err := c.claim.Check(t.Context(), s)
			if refused := errors.Is(err, ErrRefused); refused != (c.want != "") || !refused && err != nil || refused && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if after := storetest.Names(t, s, ""); !slices.Equal(before, after) {
				t.Errorf("a check wrote: %q before, %q after", before, after)
			}
			c.claim.Replace = true
			if err := work(t, s, c.claim, "c"); errors.Is(err, ErrRefused) != c.never || err != nil && !c.never {
				t.Fatalf("with --replace: %v", err)
			}
			if c.never {
				if now := current(t, s); !slices.Equal(now, seen) {
					t.Errorf("refused, and the parts are %q, were %q", now, seen)
				}
				return
			}
			c.claim.Replace = false
			if _, err := c.claim.Check(t.Context(), s); err != nil {
				t.Errorf("after --replace: %v", err)
			}
			want := PartName(c.claim.Set, 0, 0, strings.Repeat("c", 32)) + ".arrow"
			if now := current(t, s); !slices.Contains(now, want) || c.claim.Set == "" && len(now) != 1 {
				t.Errorf("after --replace the parts are %q", now)
			}
		})
	}
}

func take(t *testing.T, s store.Store, c Claim) {
	t.Helper()
	v, err := c.Check(t.Context(), s)
	if err == nil {
		err = v.Take(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func adopting(names ...string) Claim {
	return mill.with(func(c *Claim) {
		c.Adopt = func(context.Context) (parts []stage.Part, err error) {
			for _, n := range names {
				parts = append(parts, stage.Part{File: n, Bytes: int64(len(n)), Rows: 1})
			}
			return parts, nil
		}
	})
}

// Files that no run wrote stay where they are, and are no reason to refuse again.
func TestReplaceRemovesPartsAlone(t *testing.T) {
	s := store.Local(t.TempDir())
	write(t, s, "notes.txt")
	write(t, s, oldRun)
	c := mill.with(func(c *Claim) { c.Replace = true })
	finished(t, s, c, "a", "b")
	finished(t, s, mill, "c")
	if got, want := files(t, s), []string{"notes.txt", partC}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A run that another has taken the folder from does not write its parts over.
func TestTakenMeanwhile(t *testing.T) {
	s := store.Local(t.TempDir())
	take(t, s, mill)
	other := mill.with(func(c *Claim) { c.Run, c.Replace = "r2", true })
	finished(t, s, other, "a")
	if err := mill.Finish(t.Context(), s, nil); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "was taken over by another run meanwhile (r2 of pipeline mill)") {
		t.Error(err)
	}
	if got := current(t, s); !slices.Equal(got, []string{partA}) {
		t.Errorf("%q", got)
	}
}

// Of two runs that find a folder empty one gets it.
func TestBothFoundItEmpty(t *testing.T) {
	s := store.Local(t.TempDir())
	a, err := mill.Check(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	same, err := mill.Check(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := mill.with(func(c *Claim) { c.Run = "r2" }).Check(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Take(t.Context(), s); err != nil {
		t.Error(err)
	}
	if err := same.Take(t.Context(), s); err != nil {
		t.Errorf("another process of the run: %v", err)
	}
	if err := b.Take(t.Context(), s); !errors.Is(err, ErrRefused) {
		t.Errorf("another run: %v", err)
	}
}

// crashing fails from its n-th change on: a program that died there.
type crashing struct {
	store.Store
	left int
}

var errCrash = errors.New("crash")

func (c *crashing) step() error {
	if c.left == 0 {
		return errCrash
	}
	c.left--
	return nil
}

func (c *crashing) PutIfAbsent(ctx context.Context, name string, b []byte) (bool, error) {
	if err := c.step(); err != nil {
		return false, err
	}
	return c.Store.PutIfAbsent(ctx, name, b)
}

func (c *crashing) Remove(ctx context.Context, name string) error {
	if err := c.step(); err != nil {
		return err
	}
	return c.Store.Remove(ctx, name)
}

func (c *crashing) Create(ctx context.Context, name string) (store.Writer, error) {
	if err := c.step(); err != nil {
		return nil, err
	}
	return c.Store.Create(ctx, name)
}

// Wherever a replacement dies, the manifest names the old parts or the new ones, all of
// which are there; and the run that follows, without --replace, ends with the new alone.
func TestCrashes(t *testing.T) {
	places := map[string]func(t *testing.T) store.Store{"local": func(t *testing.T) store.Store { return store.Local(t.TempDir()) }}
	t.Run("local", func(t *testing.T) { testCrashes(t, places["local"]) })
	t.Run("s3", func(t *testing.T) {
		g := s3test.StartGateway(t)
		testCrashes(t, func(t *testing.T) store.Store {
			s, err := g.Schemes().Open(t.Context(), g.Location())
			if err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}

func testCrashes(t *testing.T, place func(*testing.T) store.Store) {
	other := mill.with(func(c *Claim) { c.Run, c.Pipeline, c.Replace = "r2", "loom", true })
	whole := false
	for n := 0; !whole; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := place(t)
			finished(t, s, mill, "a", "b")
			err := work(t, &crashing{s, n}, other, "c")
			if whole = err == nil; err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			seen := current(t, s)
			if !slices.Equal(seen, []string{partA, partB}) && !slices.Equal(seen, []string{partC}) {
				t.Errorf("a reader sees %q", seen)
			}
			other := other
			other.Replace = n == 0 // it died before it had the folder
			finished(t, s, other, "c")
			if got := files(t, s); !slices.Equal(got, []string{partC}) || !slices.Equal(current(t, s), got) {
				t.Errorf("in the end there is %q", got)
			}
		})
	}
}
