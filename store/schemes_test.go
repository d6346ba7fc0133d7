package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
)

func TestOpenLocations(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	schemes := store.Schemes{
		s3.Scheme:   s3.Opener(s3.Settings{AccessKey: "a", SecretKey: "b"}),
		"embedded:": store.Embedded(map[string]store.Store{"demo": store.FS(fstest.MapFS{}, "embedded:demo")}),
	}
	f := func(location, wantString, wantError string) {
		t.Helper()
		s, err := schemes.Open(t.Context(), location)
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
	f("s3://bucket/a/../b", "", "store: location s3://bucket/a/../b: path element ..")
	f("s3:a", "s3:a", "") // no URL
	f("s3:/a", "s3:/a", "")
	f("embedded:demo", "embedded:demo", "")
	f("embedded:none", "", "embedded:none: no such embedded files")
	f("embedded:demo/a", "", "embedded:demo/a: no such embedded files")
	f("embedded:", "", "no such embedded files")
	f("embedded://demo", "", "no such embedded files")
	f("embedded", "embedded", "")
	f("x:y", "x:y", "")
	f("a/embedded:demo", "a/embedded:demo", "")
	f("gs://bucket/a", "", `store: location "gs://bucket/a": unknown scheme "gs"; known are file and s3`)
	f("ftp://user:hush@host/a", "", "***@host")
}

// TestNoSchemes: a program that was given none knows folders only.
func TestNoSchemes(t *testing.T) {
	var none store.Schemes
	if s, err := none.Open(t.Context(), "embedded:demo"); err != nil || s.String() != "embedded:demo" {
		t.Errorf("a folder: %v, %v", s, err)
	}
	if _, err := none.Open(t.Context(), "s3://bucket/a"); err == nil || !strings.Contains(err.Error(), `unknown scheme "s3"; known is file`) {
		t.Errorf("s3: %v", err)
	}
}

func TestGlobEmbedded(t *testing.T) {
	files := fstest.MapFS{"a.gz": {}, "b.gz": {}, "d/a.gz": {}, "d/e/a.gz": {}}
	schemes := store.Schemes{"embedded:": store.Embedded(map[string]store.Store{"demo": store.FS(files, "embedded:demo")})}
	f := func(pattern, want, wantError string) {
		t.Helper()
		s, objects, err := schemes.Glob(t.Context(), pattern)
		if wantError != "" {
			if err == nil || !strings.Contains(err.Error(), wantError) {
				t.Errorf("%s: error %v, want %q", pattern, err, wantError)
			}
			return
		}
		if err != nil || s.String() != "embedded:demo" {
			t.Errorf("%s: %v, %v", pattern, s, err)
		}
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
	f("embedded:demo/*.gz", "a.gz b.gz", "")
	f("embedded:demo/a.gz", "a.gz", "")
	f("embedded:demo/d/*.gz", "d/a.gz", "") // the root stays that of the embedded files
	f("embedded:demo/d/**", "d/a.gz d/e/a.gz", "")
	f("embedded:demo/z*", "", "")
	f("embedded:demo", "", "is a folder; add /**")
	f("embedded:demo/", "", "is a folder; add /**")
	f("embedded:demo/none", "", "there is no file none in embedded:demo")
	f("embedded:none/*", "", "embedded:none: no such embedded files")
	f("embedded:d*/a.gz", "", "embedded:d*: no such embedded files")
}
