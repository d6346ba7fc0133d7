// Package storetest is the conformance suite of package store: what every
// store promises, tested from outside.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// Run runs the suite. open returns a store that is empty and writable; it is
// called once for each test.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"WriteRead", writeRead},
		{"Sizes", sizes},
		{"Ranges", ranges},
		{"Invisible", invisible},
		{"Replace", replace},
		{"Stamp", stamps},
		{"Absent", absent},
		{"Names", names},
		{"ListOrder", listOrder},
		{"ListPages", listPages},
		{"ListStops", listStops},
		{"PutIfAbsent", putIfAbsent},
		{"PutIfAbsentRace", putIfAbsentRace},
		{"Concurrent", concurrent},
		{"Cancel", cancelled},
		{"WriterEnds", writerEnds},
		{"Probe", probe},
		{"Match", match},
		{"SweepSparesObjects", sweepSparesObjects},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Bytes returns n reproducible bytes.
func Bytes(n int, seed uint64) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	b := make([]byte, n)
	_, _ = r.Read(b) // never fails
	return b
}

// Put writes an object or fails the test.
func Put(t *testing.T, s store.Store, name string, data []byte) store.Object {
	t.Helper()
	w, err := s.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for chunk := range slices.Chunk(data, 100_000) {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	o, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Get reads an object or fails the test.
func Get(t *testing.T, s store.Store, name string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Names lists names or fails the test.
func Names(t *testing.T, s store.Store, prefix string) []string {
	t.Helper()
	var names []string
	for o, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, o.Name)
	}
	return names
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func same(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("content differs: got %d bytes, want %d", len(got), len(want))
	}
}

func writeRead(t *testing.T, s store.Store) {
	want := []byte("text\x00bytes\xff")
	o := Put(t, s, "a/b c/ü.txt", want)
	if o.Name != "a/b c/ü.txt" || o.Size != int64(len(want)) || o.Stamp == "" {
		t.Errorf("commit returned %+v", o)
	}
	same(t, Get(t, s, "a/b c/ü.txt"), want)
	stat, err := s.Stat(t.Context(), "a/b c/ü.txt")
	o.Version = stat.Version // of what stands there under its name
	describes(t, s, stat)
	if err != nil || stat != o {
		t.Errorf("stat %+v, %v; commit %+v", stat, err, o)
	}
	for listed, err := range s.List(t.Context(), "") {
		if err != nil || listed != o {
			t.Errorf("listed %+v, %v; commit %+v", listed, err, o)
		}
	}
}

// describes asks readers what they read.
func describes(t *testing.T, s store.Store, want store.Object) {
	t.Helper()
	for from := range want.Size {
		r, err := s.OpenRange(t.Context(), want.Name, from, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, err := r.(store.Described).Object()
		if o.Name = want.Name; err != nil || o != want {
			t.Errorf("the reader at %d reads %+v, %v; stat %+v", from, o, err, want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// sizes straddle the buffers and parts of a store.
func sizes(t *testing.T, s store.Store) {
	for i, n := range []int{0, 1, 4095, 256 << 10, 256<<10 + 1, 5 << 20, 5<<20 + 1, 8 << 20, 8<<20 + 1, 10 << 20, 11<<20 + 7} {
		name := fmt.Sprintf("size-%d", n)
		want := Bytes(n, uint64(i))
		if o := Put(t, s, name, want); o.Size != int64(n) {
			t.Errorf("size %d: commit says %d", n, o.Size)
		}
		same(t, Get(t, s, name), want)
		if err := s.Remove(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
}

func ranges(t *testing.T, s store.Store) {
	Put(t, s, "r", Bytes(rangeBytes, 1))
	Put(t, s, "empty", nil)
	readRanges(t, s)
}

const rangeBytes = 600_000

// readRanges reads what ranges wrote.
func readRanges(t *testing.T, s store.Store) {
	const n = rangeBytes
	data := Bytes(n, 1)
	f := func(name string, offset, length int64, want []byte) {
		t.Helper()
		r, err := s.OpenRange(t.Context(), name, offset, length)
		if err != nil {
			t.Errorf("range %d+%d: %v", offset, length, err)
			return
		}
		defer r.Close()
		got, err := io.ReadAll(r)
		if err != nil {
			t.Errorf("range %d+%d: %v", offset, length, err)
		}
		same(t, got, want)
	}
	f("r", 0, -1, data)
	f("r", 0, n, data)
	f("r", 0, n+1, data)
	f("r", 0, 1, data[:1])
	f("r", 0, 0, nil)
	f("r", 1, -1, data[1:])
	f("r", 12_345, 300_000, data[12_345:312_345])
	f("r", n-1, 1, data[n-1:])
	f("r", n-1, 1<<62, data[n-1:])
	f("r", n, -1, nil)
	f("r", n, 5, nil)
	f("r", n, 0, nil)
	f("empty", 0, -1, nil)
	f("empty", 0, 9, nil)
	for _, bad := range [][2]int64{{-1, 1}, {0, -2}, {n + 1, 1}, {n + 1, 0}, {n + 1, -1}} {
		r, err := s.OpenRange(t.Context(), "r", bad[0], bad[1])
		if err == nil {
			r.Close()
		}
		if !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("range %d+%d: error %v", bad[0], bad[1], err)
		}
	}
}

func invisible(t *testing.T, s store.Store) {
	w, err := s.Create(t.Context(), "d/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(Bytes(6<<20, 1)); err != nil {
		t.Fatal(err)
	}
	equal(t, Names(t, s, ""), nil)
	if _, err := s.Stat(t.Context(), "d/x"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("visible before commit: %v", err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	equal(t, Names(t, s, ""), nil)
	if removed, err := store.Sweep(t.Context(), s, 0); err != nil || removed != 0 {
		t.Errorf("abort left %d temporaries, %v", removed, err)
	}
}

func replace(t *testing.T, s store.Store) {
	Put(t, s, "x", []byte("one"))
	w, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Write([]byte("second")); err != nil {
		t.Fatal(err)
	}
	same(t, Get(t, s, "x"), []byte("one"))
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, Get(t, s, "x"), []byte("second"))
}

func stamps(t *testing.T, s store.Store) {
	a := Put(t, s, "x", []byte("one"))
	b := Put(t, s, "x", []byte("other"))
	if a.Stamp == b.Stamp {
		t.Errorf("stamp %s stays when the content changes", a.Stamp)
	}
}

// listPages lists more than one page of an S3 server.
func putIfAbsent(t *testing.T, s store.Store) {
	ctx := t.Context()
	created, err := s.PutIfAbsent(ctx, "c/key.json", []byte("first"))
	if !created || err != nil {
		t.Fatal(created, err)
	}
	created, err = s.PutIfAbsent(ctx, "c/key.json", []byte("second"))
	if created || err != nil {
		t.Fatal(created, err)
	}
	same(t, Get(t, s, "c/key.json"), []byte("first"))
	equal(t, Names(t, s, ""), []string{"c/key.json"})
	if err := s.Remove(ctx, "c/key.json"); err != nil {
		t.Fatal(err)
	}
	created, err = s.PutIfAbsent(ctx, "c/key.json", nil)
	if !created || err != nil {
		t.Fatal(created, err)
	}
	same(t, Get(t, s, "c/key.json"), nil)
}

// Race lets 16 goroutines publish each of n names and returns the names that
// this process won. A name with two winners here fails the test. before, if
// not nil, is called before each name: it may start rivals elsewhere.
func Race(t *testing.T, s store.Store, n int, before func()) (won []string) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("race/%03d", i)
		var group sync.WaitGroup
		wins := make([]bool, 16)
		start := make(chan struct{})
		for g := range wins {
			group.Go(func() {
				<-start
				var err error
				if wins[g], err = s.PutIfAbsent(t.Context(), name, Bytes(1000, uint64(g))); err != nil {
					t.Error(err)
				}
			})
		}
		if before != nil {
			before()
		}
		close(start)
		group.Wait()
		count := 0
		for _, w := range wins {
			if w {
				count++
			}
		}
		if count > 1 {
			t.Errorf("%s: %d winners", name, count)
		}
		if count > 0 {
			won = append(won, name)
			same(t, Get(t, s, name), Bytes(1000, uint64(slices.Index(wins, true))))
		}
	}
	return won
}

func putIfAbsentRace(t *testing.T, s store.Store) {
	if won := Race(t, s, 10, nil); len(won) != 10 {
		t.Errorf("%d of 10 races have a winner", len(won))
	}
}

func concurrent(t *testing.T, s store.Store) {
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			name := fmt.Sprintf("g%d/x", g)
			data := Bytes(300_000+g, uint64(g))
			w, err := s.Create(t.Context(), name)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Abort()
			if _, err := w.Write(data); err != nil {
				t.Error(err)
				return
			}
			if _, err := w.Commit(t.Context()); err != nil {
				t.Error(err)
				return
			}
			r, err := s.Open(t.Context(), name)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
	group.Wait()
	if n := len(Names(t, s, "")); n != 8 {
		t.Errorf("%d objects", n)
	}
}

func cancelled(t *testing.T, s store.Store) {
	Put(t, s, "x", Bytes(1<<20, 1))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Open(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := s.Create(ctx, "y")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(Bytes(9<<20, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := w.Write([]byte("more")); !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v", err)
	}
	if _, err := w.Commit(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	if err := w.Abort(); err != nil {
		t.Errorf("abort: %v", err)
	}
	f := func(op string, err error) {
		t.Helper()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", op, err)
		}
	}
	_, err = s.Stat(ctx, "x")
	f("stat", err)
	_, err = s.Open(ctx, "x")
	f("open", err)
	_, err = s.Create(ctx, "z")
	f("create", err)
	_, err = s.PutIfAbsent(ctx, "z", nil)
	f("publish", err)
	f("remove", s.Remove(ctx, "x"))
	for _, err := range s.List(ctx, "") {
		f("list", err)
	}
	equal(t, Names(t, s, ""), []string{"x"})
	if removed, err := store.Sweep(t.Context(), s, 0); err != nil || removed != 0 {
		t.Errorf("%d temporaries stay, %v", removed, err)
	}
}

func writerEnds(t *testing.T, s store.Store) {
	w, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("write after commit: %v", err)
	}
	if _, err := w.Commit(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("second commit: %v", err)
	}
	for range 2 {
		if err := w.Abort(); err != nil {
			t.Errorf("abort after commit: %v", err)
		}
	}
	equal(t, Names(t, s, ""), []string{"x"})
	w, err = s.Create(t.Context(), "y")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("commit after abort: %v", err)
	}
}

func probe(t *testing.T, s store.Store) {
	if err := store.Probe(t.Context(), s); err != nil {
		t.Error(err)
	}
	equal(t, Names(t, s, ""), nil)
}
