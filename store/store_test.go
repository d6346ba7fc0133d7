package store_test

import (
	"context"
	"encoding/json"
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

func TestS3Conformance(t *testing.T) {
	g := storetest.StartGateway(t)
	storetest.Run(t, func(t *testing.T) store.Store { return g.Open(t) })
}

func TestOpenLocations(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f := func(location, wantString, wantError string) {
		t.Helper()
		s, err := store.Open(t.Context(), location, store.Options{AccessKey: "a", SecretKey: "b"})
		switch {
		case wantError != "":
			if err == nil || !strings.Contains(err.Error(), wantError) {
				t.Errorf("%q: error %v, want %q", location, err, wantError)
			}
		case err != nil:
			t.Errorf("%q: %v", location, err)
		case s.String() != wantString:
			t.Errorf("%q: String %q, want %q", location, s, wantString)
		}
	}
	f(dir, dir, "")
	f(dir+"/", dir, "")
	f("file://"+dir, dir, "")
	f("file://localhost"+dir, dir, "")
	f("file:///a%20b", "/a b", "")
	f("not/there/yet", "not/there/yet", "")
	f("s3://bucket", "s3://bucket/", "")
	f("s3://bucket/", "s3://bucket/", "")
	f("s3://bucket/a/b/", "s3://bucket/a/b", "")
	f("", "", "empty location")
	f(file, "", "not a folder")
	f("file://host/dir", "", "three slashes")
	f("file://", "", "empty folder")
	f("s3://", "", "needs a bucket")
	f("s3:///a", "", "needs a bucket")
	f("s3://user:pass@bucket/a", "", "needs a bucket")
	f("s3://b*/a", "", "needs a bucket")
	f("s3://bucket/a/../b", "", "path element")
	f("gs://bucket/a", "", "unknown scheme")
	f("ftp://user:hush@host/a", "", "***@host")
}

func TestOptions(t *testing.T) {
	f := func(o store.Options, want string) {
		t.Helper()
		if o.AccessKey == "" && o.SecretKey == "" && o.SessionToken == "" {
			o.AccessKey, o.SecretKey = "a", "b"
		}
		_, err := store.Open(t.Context(), "s3://bucket/p", o)
		switch {
		case want == "" && err != nil:
			t.Errorf("%v: %v", o, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%v: error %v, want %q", o, err, want)
		}
	}
	f(store.Options{}, "")
	f(store.Options{Endpoint: "host:9000", Insecure: true}, "")
	f(store.Options{Endpoint: "https://host"}, "")
	f(store.Options{Endpoint: "https://host/"}, "")
	f(store.Options{Endpoint: "ftp://host"}, "scheme must be")
	f(store.Options{Endpoint: "https://key:hush@host"}, "***@host")
	f(store.Options{Endpoint: "https://host/path"}, "host and a port only")
	f(store.Options{Endpoint: "https://"}, "no valid URL")
	f(store.Options{AccessKey: "a"}, "both")
	f(store.Options{SecretKey: "a"}, "both")
	f(store.Options{SessionToken: "a"}, "both")
	f(store.Options{PartBytes: 5<<20 - 1}, "PartBytes")
	f(store.Options{PartBytes: 5 << 20}, "")
	f(store.Options{PartBytes: 1 << 30}, "")
	f(store.Options{PartBytes: 1<<30 + 1}, "PartBytes")
	f(store.Options{ReadaheadBytes: 64<<10 - 1}, "ReadaheadBytes")
	f(store.Options{ReadaheadBytes: 64 << 10}, "")
	f(store.Options{Tries: -1}, "Tries")
	f(store.Options{Tries: 1}, "")
	f(store.Options{Tries: 101}, "Tries")
}

func TestOptionsHideSecrets(t *testing.T) {
	o := store.Options{Endpoint: "https://me:hush@host", Region: "r", AccessKey: "hush", SecretKey: "hush", SessionToken: "hush"}
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ReplaceAll(string(encoded), "me:hush@", ""), "hush") {
		t.Errorf("JSON shows a secret: %s", encoded)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{o, &o, []store.Options{o}, struct{ O store.Options }{o}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "hush") {
				t.Errorf("%s of %T shows a secret: %s", format, v, got)
			}
		}
	}
	if got := o.String(); !strings.Contains(got, "***") || !strings.Contains(got, "Region:r") {
		t.Errorf("String is %s", got)
	}
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
