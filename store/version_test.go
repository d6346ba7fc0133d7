//go:build linux || darwin

package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
)

// A version changes where size and time of a file do not.
func TestVersion(t *testing.T) {
	dir := t.TempDir()
	file, at := filepath.Join(dir, "x"), time.Unix(1e9, 0)
	write := func(name, content string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(name, []byte(content), 0o644), os.Chtimes(name, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	s := store.Local(dir)
	stat := func() store.Object {
		t.Helper()
		o, err := s.Stat(t.Context(), "x")
		if err != nil || o.Version == "" {
			t.Fatal(o, err)
		}
		for listed, err := range s.List(t.Context(), "") {
			if err != nil || listed != o {
				t.Errorf("listed %+v, stat %+v, %v", listed, o, err)
			}
		}
		return o
	}
	write(file, "one")
	first := stat()
	if again := stat(); again != first {
		t.Errorf("untouched: %+v, %+v", first, again)
	}
	r, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	object := func() store.Object {
		t.Helper()
		o, err := r.(store.Described).Object()
		if err != nil {
			t.Fatal(err)
		}
		o.Name = "x"
		return o
	}
	if o := object(); o != first {
		t.Errorf("the reader reads %+v, not %+v", o, first)
	}
	pause := func() { time.Sleep(20 * time.Millisecond) } // the kernel's clock has steps
	pause()
	write(file, "two")
	second := stat()
	if second.Stamp != first.Stamp || second.Version == first.Version || object() != second {
		t.Errorf("written to: %+v, %+v, %+v", first, second, object())
	}
	pause()
	write(file+".new", "six")
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	if third := stat(); third.Stamp != first.Stamp || third.Version == second.Version || object() == third {
		t.Errorf("replaced: %+v, %+v, the reader reads %+v", second, third, object())
	}
}
