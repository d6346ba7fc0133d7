package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// RunReadOnly runs the part of the suite that holds for a store which only reads. open
// returns a store that holds these files; listing says whether it lists them.
func RunReadOnly(t *testing.T, listing bool, open func(t *testing.T, files map[string][]byte) store.Store) {
	empty := func(names ...string) map[string][]byte {
		files := map[string][]byte{}
		for _, n := range names {
			files[n] = nil
		}
		return files
	}
	for _, test := range []struct {
		name  string
		lists bool
		files map[string][]byte
		run   func(*testing.T, store.Store)
	}{
		{"Ranges", false, map[string][]byte{"r": Bytes(rangeBytes, 1), "empty": nil}, readRanges},
		{"Sizes", false, readSizes(), wholeFiles},
		{"Names", false, readNames(), readNamed},
		{"Absent", false, empty("dir/x"), readAbsent},
		{"Refused", false, empty("x"), refused},
		{"Cancel", false, map[string][]byte{"x": Bytes(1<<20, 1)}, readCancelled},
		{"Concurrent", false, map[string][]byte{"x": Bytes(1<<20+5, 7)}, readConcurrent},
		{"ListOrder", true, empty(ordered...), listOrdered},
		{"ListStops", true, empty("0", "1", "2", "3", "4"), stopListing},
		{"Stamps", true, map[string][]byte{"a": []byte("a"), "b": []byte("other"), "big": Bytes(5000, 1)}, readStamps},
		{"Match", true, empty(append(append([]string{}, plainNames...), strangeNames...)...), matchStrange},
	} {
		if test.lists && !listing {
			continue
		}
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t, test.files)) })
	}
}

func readSizes() map[string][]byte {
	files := map[string][]byte{}
	for i, n := range []int{0, 1, 4095, 256 << 10, 256<<10 + 1, 8<<20 + 1, 11<<20 + 7} {
		files[fmt.Sprintf("size-%d", n)] = Bytes(n, uint64(i))
	}
	return files
}

func wholeFiles(t *testing.T, s store.Store) {
	for name, want := range readSizes() {
		o, err := s.Stat(t.Context(), name)
		if err != nil || o.Name != name || o.Size != int64(len(want)) || o.Stamp == "" {
			t.Errorf("%s: stat %+v, %v", name, o, err)
		}
		same(t, Get(t, s, name), want)
	}
}

func readNames() map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{"..a", "a..", ".a", "a b/c+d&e=f?g#h", "50% x", "文/本.jsonl", "a:b", "...", "[1]{2}^|", "x/.tmp"} {
		files[name] = []byte(name)
	}
	return files
}

func readNamed(t *testing.T, s store.Store) {
	for name, want := range readNames() {
		same(t, Get(t, s, name), want)
		if o, err := s.Stat(t.Context(), name); err != nil || o.Name != name {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	for _, name := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "a/../b", "a\x00b", "\xff", ".tmp-x"} {
		if _, err := s.Stat(t.Context(), name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("stat %q: %v", name, err)
		}
		if _, err := s.Open(t.Context(), name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("open %q: %v", name, err)
		}
	}
}

func readAbsent(t *testing.T, s store.Store) {
	for _, name := range []string{"none", "dir", "dir/none", "dir/x/none"} {
		if _, err := s.Stat(t.Context(), name); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("stat %s: %v", name, err)
		}
		if _, err := s.Open(t.Context(), name); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("open %s: %v", name, err)
		}
		if _, err := s.OpenRange(t.Context(), name, 0, 0); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("open range %s: %v", name, err)
		}
	}
	if _, err := store.Match(t.Context(), s, "none"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("match: %v", err)
	}
}

func refused(t *testing.T, s store.Store) {
	_, err := s.Create(t.Context(), "y")
	_, errPut := s.PutIfAbsent(t.Context(), "y", nil)
	for _, err := range []error{err, errPut, s.Remove(t.Context(), "x")} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a write is answered with %v", err)
		}
	}
	if err := store.Probe(t.Context(), s); err == nil {
		t.Error("the store passes as one to write to")
	}
}

func readCancelled(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errStat := s.Stat(ctx, "x")
	_, errOpen := s.Open(ctx, "x")
	for _, err := range []error{errStat, errOpen} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	for _, err := range s.List(ctx, "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("list: %v", err)
		}
	}
	same(t, Get(t, s, "x"), Bytes(1<<20, 1))
}

func readConcurrent(t *testing.T, s store.Store) {
	want := Bytes(1<<20+5, 7)
	var group sync.WaitGroup
	for g := range int64(24) {
		group.Go(func() {
			r, err := s.OpenRange(t.Context(), "x", g*1000, -1)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want[g*1000:]) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
	group.Wait()
}

// readStamps wants a listing and a look at one file to tell the same.
func readStamps(t *testing.T, s store.Store) {
	stamps := map[string]bool{}
	for o, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		stat, err := s.Stat(t.Context(), o.Name)
		if err != nil || stat != o || o.Stamp == "" {
			t.Errorf("listed %+v, stat %+v, %v", o, stat, err)
		}
		stamps[o.Stamp] = true
	}
	if len(stamps) != 3 {
		t.Errorf("three files have %d stamps", len(stamps))
	}
}
