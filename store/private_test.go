//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// TestPrivate: a private object is its owner's alone, also where one that all may read
// stood; others stay as they were.
func TestPrivate(t *testing.T) {
	dir := t.TempDir()
	s := store.Local(dir)
	for _, private := range []bool{false, true} {
		w, err := s.Create(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if private {
			if err := store.Private(w); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, "a"))
		if err != nil || info.Mode().Perm() == 0o600 != private {
			t.Errorf("private %t: mode %v, %v", private, info.Mode(), err)
		}
		if err := store.Private(w); private && err == nil {
			t.Error("a committed object can be made private")
		}
	}
}
