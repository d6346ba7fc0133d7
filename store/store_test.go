package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestLocalConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return store.Local(t.TempDir()) })
}

func TestReplaceFolder(t *testing.T) {
	s := store.Local(t.TempDir())
	storetest.Put(t, s, "d/x", nil)
	if _, err := s.Create(t.Context(), "d"); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("create over a folder: %v", err)
	}
	if _, err := s.PutIfAbsent(t.Context(), "d", nil); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("publish over a folder: %v", err)
	}
	if _, err := s.Create(t.Context(), "d/x/y"); err == nil || !strings.Contains(err.Error(), "d/x") {
		t.Errorf("create below a file: %v", err)
	}
	if got := storetest.Names(t, s, ""); len(got) != 1 {
		t.Errorf("left %q", got)
	}
}

func TestSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	s := store.Local(filepath.Join(dir, "root"))
	blobs := store.Local(filepath.Join(dir, "blobs"))
	storetest.Put(t, s, "real", []byte("real"))
	storetest.Put(t, blobs, "b1", []byte("blob"))
	for name, target := range map[string]string{"file": "../blobs/b1", "folder": "../blobs"} {
		if err := os.Symlink(target, filepath.Join(dir, "root", name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	if got := fmt.Sprint(storetest.Names(t, s, "")); got != "[file folder/b1 real]" {
		t.Errorf("listed %s", got)
	}
	if o, err := s.Stat(t.Context(), "file"); err != nil || o.Size != 4 {
		t.Errorf("stat of a link: %+v, %v", o, err)
	}
	listError := func(link, target, want string) {
		t.Helper()
		full := filepath.Join(dir, "root", link)
		if err := os.Symlink(target, full); err != nil {
			t.Fatal(err)
		}
		var got error
		for _, err := range s.List(t.Context(), "") {
			got = err
		}
		if got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("%s: %v", link, got)
		}
		if err := os.Remove(full); err != nil {
			t.Fatal(err)
		}
	}
	listError("broken", "../nowhere", "broken symbolic link")
	listError("circle", "circle", "broken symbolic link")
	for name, target := range map[string]string{"loop": ".", "above": "..", "root": "../root"} {
		if err := os.Symlink(target, filepath.Join(dir, "root", name)); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(storetest.Names(t, s, "")); got != "[above/blobs/b1 file folder/b1 real]" {
		t.Errorf("with links that lead back, listed %s", got)
	}
}

// TestStrays: what a pattern does not match never stops it.
func TestStrays(t *testing.T) {
	dir := t.TempDir()
	s := store.Local(dir)
	for _, name := range []string{"a.x", "d/b.x", "locked/c.x", "new\nline.x", "tab\t.x"} {
		storetest.Put(t, s, name, nil)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("bad\xff.y"), nil, 0o644), os.WriteFile(at("d/bad\xff"), nil, 0o644), os.Mkdir(at("bad\xff"), 0o755),
		os.Symlink("nowhere", at("broken")), os.Symlink("circle", at("circle")), os.Symlink("..", at("d/up")), os.Symlink("a.x/b", at("below"))); err != nil {
		t.Skipf("this file system cannot hold such names: %v", err)
	}
	if err := os.Chmod(at("locked"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(at("locked"), 0o755) })
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", at("s.x"))
	if err == nil {
		defer l.Close() //nolint:errcheck // the end of the test
	}
	f := func(pattern, want, wantError string) {
		t.Helper()
		objects, err := store.Match(t.Context(), s, pattern)
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := fmt.Sprintf("%q", names); got != want || (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("%s: %s, %v", pattern, got, err)
		}
	}
	f("*.x", `["a.x" "new\nline.x" "tab\t.x"]`, "")
	f("[!l]*/*.x", `["d/b.x"]`, "")
	f("d/**/*.x", `["d/b.x"]`, "")
	f("{a,d/b}.x", `["a.x" "d/b.x"]`, "")
	f("b*.y", `[]`, `"bad\xff.y": invalid argument: name is not UTF-8`)
	f("bro*", `[]`, "broken symbolic link")
	f("c*", `[]`, "broken symbolic link")
}

func TestNotRegular(t *testing.T) {
	s := store.Local("/dev")
	if _, err := os.Stat("/dev/null"); err != nil {
		t.Skip("no /dev/null here")
	}
	if _, err := s.Open(t.Context(), "null"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("open of a device: %v", err)
	}
}

func TestLocalWriterOfUnreadableName(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a\xff"), nil, 0o644); err != nil {
		t.Skipf("this file system refuses names that are not UTF-8: %v", err)
	}
	var got error
	for _, err := range store.Local(dir).List(context.Background(), "") {
		got = err
	}
	if !errors.Is(got, fs.ErrInvalid) {
		t.Errorf("a name that cannot be used is listed with error %v", got)
	}
}
