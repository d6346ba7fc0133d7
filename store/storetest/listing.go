package storetest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

func absent(t *testing.T, s store.Store) {
	ctx := t.Context()
	Put(t, s, "dir/x", nil)
	for _, name := range []string{"none", "dir", "dir/none", "dir/x/none"} {
		if _, err := s.Stat(ctx, name); !errors.Is(err, store.ErrNotExist) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %s: %v", name, err)
		}
		if _, err := s.Open(ctx, name); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("open %s: %v", name, err)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name the file: %v", err)
		}
		if _, err := s.OpenRange(ctx, name, 0, 0); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("open range %s: %v", name, err)
		}
		if err := s.Remove(ctx, name); err != nil {
			t.Errorf("remove %s: %v", name, err)
		}
		equal(t, Names(t, s, name+"/none/"), nil)
	}
	equal(t, Names(t, s, ""), []string{"dir/x"})
	if err := s.Remove(ctx, "dir/x"); err != nil {
		t.Error(err)
	}
	equal(t, Names(t, s, ""), nil)
}

func names(t *testing.T, s store.Store) {
	ctx := t.Context()
	for _, name := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "a/../b", "./a", "a/./b", "a\x00b", "\xff",
		"a/.tmp-x", ".tmp-x", strings.Repeat("n", 1025),
	} {
		f := func(op string, err error) {
			t.Helper()
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s %q: %v", op, name, err)
			}
		}
		_, err := s.Stat(ctx, name)
		f("stat", err)
		_, err = s.Open(ctx, name)
		f("open", err)
		_, err = s.Create(ctx, name)
		f("create", err)
		_, err = s.PutIfAbsent(ctx, name, nil)
		f("publish", err)
		f("remove", s.Remove(ctx, name))
	}
	for _, name := range []string{"..a", "a..", ".a", "a b", "a+b&c=d?e#f%20", "文/本.jsonl", "a:b", strings.Repeat("n", 200), "...", "a/.tmp"} {
		Put(t, s, name, []byte(name))
		same(t, Get(t, s, name), []byte(name))
		equal(t, Names(t, s, name), []string{name})
		if err := s.Remove(ctx, name); err != nil {
			t.Error(err)
		}
	}
}

// ordered are names in byte order.
var ordered = []string{"a-b", "a.txt", "a/b", "a/b-c", "a/c/1", "a/c/2", "a/c0", "a0", "b", "é", "本"}

func listOrder(t *testing.T, s store.Store) {
	for i := range ordered {
		Put(t, s, ordered[(i*7)%len(ordered)], nil)
	}
	listOrdered(t, s)
}

// listOrdered lists what listOrder wrote.
func listOrdered(t *testing.T, s store.Store) {
	all := ordered
	equal(t, Names(t, s, ""), all)
	equal(t, Names(t, s, "a"), all[:8])
	equal(t, Names(t, s, "a/"), all[2:7])
	equal(t, Names(t, s, "a/c"), all[4:7])
	equal(t, Names(t, s, "a/c/"), all[4:6])
	equal(t, Names(t, s, "a/b"), all[2:4])
	equal(t, Names(t, s, "b"), []string{"b"})
	equal(t, Names(t, s, "c"), nil)
	equal(t, Names(t, s, "none/x"), nil)
	equal(t, Names(t, s, "../"), nil)
}

func listPages(t *testing.T, s store.Store) {
	if testing.Short() {
		t.Skip("1,100 objects are not short")
	}
	var want []string
	for i := range 1100 {
		want = append(want, fmt.Sprintf("p/%03d/%04d", i/100, i))
	}
	var group sync.WaitGroup
	for part := range slices.Chunk(want, 100) {
		group.Go(func() {
			for _, name := range part {
				if _, err := s.PutIfAbsent(t.Context(), name, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	equal(t, Names(t, s, ""), want)
	equal(t, Names(t, s, "p/010/"), want[1000:])
}

func listStops(t *testing.T, s store.Store) {
	for i := range 5 {
		Put(t, s, fmt.Sprint(i), nil)
	}
	stopListing(t, s)
}

func stopListing(t *testing.T, s store.Store) {
	n := 0
	for range s.List(t.Context(), "") {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("saw %d", n)
	}
}

// matchOf checks what a pattern finds.
func matchOf(t *testing.T, s store.Store) func(pattern string, want ...string) {
	return func(pattern string, want ...string) {
		t.Helper()
		objects, err := store.Match(t.Context(), s, pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		var got []string
		for _, o := range objects {
			got = append(got, o.Name)
		}
		equal(t, got, want)
	}
}

// plainNames and strangeNames are what match looks for.
var (
	plainNames   = []string{"a.gz", "d/a.gz", "d/b.txt", "d/e/c.gz"}
	strangeNames = []string{"_SUCCESS", ".b.gz", "d/._a.gz", ".c/a.gz", "_d/a.gz", "g[1].gz", "g1.gz", "[2] d/a.gz", "2 d/b.gz", "l=e/a.gz"}
)

func match(t *testing.T, s store.Store) {
	for _, name := range plainNames {
		Put(t, s, name, nil)
	}
	f := matchOf(t, s)
	f("a.gz", "a.gz")
	f("*.gz", "a.gz")
	f("*/*.gz", "d/a.gz")
	f("**/*.gz", "a.gz", "d/a.gz", "d/e/c.gz")
	f("d/**", "d/a.gz", "d/b.txt", "d/e/c.gz")
	f("x*")
	for _, name := range strangeNames {
		Put(t, s, name, nil)
	}
	matchStrange(t, s)
}

// matchStrange looks for all names that match wrote.
func matchStrange(t *testing.T, s store.Store) {
	f := matchOf(t, s)
	f("**/*.gz", "2 d/b.gz", "[2] d/a.gz", "a.gz", "d/a.gz", "d/e/c.gz", "g1.gz", "g[1].gz", "l=e/a.gz")
	f("**.gz", "2 d/b.gz", "[2] d/a.gz", "a.gz", "d/a.gz", "d/e/c.gz", "g1.gz", "g[1].gz", "l=e/a.gz")
	f("*/*.gz", "2 d/b.gz", "[2] d/a.gz", "d/a.gz", "l=e/a.gz")
	f("_*/*", "_d/a.gz")
	f(".*", ".b.gz")
	f("**/.*/*", ".c/a.gz")
	f("g[1].gz", "g[1].gz")
	f("g[12].gz", "g1.gz")
	f("[2] d/*", "[2] d/a.gz")
	f("[2] d/b*")
	f("[21] d/*", "2 d/b.gz")
	for _, folder := range []string{"d", "d/", "", "[2] d", "[2] d/"} {
		if _, err := store.Match(t.Context(), s, folder); err == nil || !strings.Contains(err.Error(), "/**") {
			t.Errorf("folder %q: %v", folder, err)
		}
	}
	if _, err := store.Match(t.Context(), s, "none"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func sweepSparesObjects(t *testing.T, s store.Store) {
	Put(t, s, "d/x", nil)
	if removed, err := store.Sweep(t.Context(), s, 0); err != nil || removed != 0 {
		t.Errorf("swept %d, %v", removed, err)
	}
	equal(t, Names(t, s, ""), []string{"d/x"})
}
