package store_test

import (
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestFS(t *testing.T) {
	ctx := t.Context()
	m := fstest.MapFS{
		"a/b":   {Data: []byte("0123456789")},
		"a.txt": {Data: []byte("x"), ModTime: time.Unix(5, 6)},
		"a/c/d": {Data: nil},
	}
	s := store.FS(m, "demo")
	if s.String() != "demo" {
		t.Errorf("String is %q", s)
	}
	names := storetest.Names(t, s, "")
	if len(names) != 3 || names[0] != "a.txt" || names[1] != "a/b" || names[2] != "a/c/d" {
		t.Errorf("listed %q", names)
	}
	if got := storetest.Names(t, s, "a/c/"); len(got) != 1 {
		t.Errorf("prefix listed %q", got)
	}
	if got := storetest.Names(t, s, "a/b/"); got != nil {
		t.Errorf("below a file listed %q", got)
	}
	if got := string(storetest.Get(t, s, "a/b")); got != "0123456789" {
		t.Errorf("read %q", got)
	}
	r, err := s.OpenRange(ctx, "a/b", 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != "3456" || r.Close() != nil {
		t.Errorf("range read %q, %v", got, err)
	}
	if _, err := s.OpenRange(ctx, "a/b", 11, 1); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("range past the end: %v", err)
	}
	for _, name := range []string{"none", "a", "a/b/c"} {
		if _, err := s.Stat(ctx, name); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("stat %s: %v", name, err)
		}
		if _, err := s.Open(ctx, name); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("open %s: %v", name, err)
		}
	}
	if _, err := s.Open(ctx, "../x"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("bad name: %v", err)
	}
}

func TestFSStamps(t *testing.T) {
	stamp := func(f fstest.MapFile) string {
		o, err := store.FS(fstest.MapFS{"x": &f}, "").Stat(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		return o.Stamp
	}
	a, b := stamp(fstest.MapFile{Data: []byte("aa")}), stamp(fstest.MapFile{Data: []byte("bb")})
	if a == b || a != stamp(fstest.MapFile{Data: []byte("aa")}) {
		t.Errorf("stamps of files without a time: %s, %s", a, b)
	}
	if got := stamp(fstest.MapFile{Data: []byte("aa"), ModTime: time.Unix(5, 6)}); got != "2-5000000006" {
		t.Errorf("stamp of a file with a time: %s", got)
	}
}

func TestFSRefusesWrites(t *testing.T) {
	s := store.FS(fstest.MapFS{"x": {}}, "demo")
	_, createErr := s.Create(t.Context(), "y")
	_, putErr := s.PutIfAbsent(t.Context(), "y", nil)
	for _, err := range []error{createErr, putErr, s.Remove(t.Context(), "x"), store.Probe(t.Context(), s)} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("error %v", err)
		}
	}
	if n, err := store.Sweep(t.Context(), s, 0); n != 0 || err != nil {
		t.Errorf("sweep: %d, %v", n, err)
	}
}
