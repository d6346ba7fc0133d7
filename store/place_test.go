package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

func TestPlacesOfOneFolderAreEqual(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := os.Mkdir("real", 0o755); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"link": "real", "dangling": "real/none"} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	s := store.Schemes{"s3://": nil, "embedded:": nil}
	for location, want := range map[string]string{
		"real": dir + "/real", "./real/": dir + "/real", dir + "/link/../real": dir + "/real", "link": dir + "/real",
		"link/new/folder": dir + "/real/new/folder", "dangling": dir + "/real/none", "file://" + dir + "/link": dir + "/real",
		"s3://b/x/": "s3://b/x", "s3://b": "s3://b", "embedded:demo": "embedded:demo", ".": dir, "/": "/",
	} {
		if got := s.Place(location); got != want {
			t.Errorf("%s: %s, want %s", location, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		place, folder, below string
		ok                   bool
	}{
		{"/a/b", "/a", "b", true}, {"/a", "/a", "", true}, {"/ab", "/a", "", false}, {"/a", "/a/b", "", false},
		{"/a", "/", "a", true}, {"s3://b/x/y", "s3://b/x", "y", true}, {"s3://b/xy", "s3://b/x", "", false},
	} {
		if below, ok := store.Within(c.place, c.folder); ok != c.ok || ok && below != c.below {
			t.Errorf("%s in %s: %q, %v", c.place, c.folder, below, ok)
		}
	}
}

func TestMatchesFilesThatNeedNotExist(t *testing.T) {
	s := store.Schemes{"s3://": nil, "embedded:": nil}
	for _, c := range []struct {
		pattern, place string
		want           bool
	}{
		{"/d/**", "/d/out/part.parquet", true}, {"/d/**/*.jsonl", "/d/out/part.parquet", false}, {"/d/*.parquet", "/d/out/part.parquet", false},
		{"/d/*/*.parquet", "/d/out/part.parquet", true}, {"/d/out/part.parquet", "/d/out/part.parquet", true}, {"/d/out", "/d/out/part.parquet", false},
		{"/d/x[1].parquet", "/d/x[1].parquet", true}, {"/d/x[1].parquet", "/d/x1.parquet", true}, {"/d/{a,out}/*", "/d/out/part.parquet", true},
		{"/d/**", "/d/_x/part.parquet", false}, {"/d/**", "/d", false}, {"/d/[", "/d/x", false}, {"/other/**", "/d/x", false},
		{"s3://b/d/**", "s3://b/d/out/part.parquet", true}, {"s3://b/d/**", "s3://c/d/out/part.parquet", false}, {"s3://b/d/**", "/d/out/part.parquet", false},
		{"embedded:demo/**", "/d/x", false},
	} {
		if got := s.Matches(c.pattern, c.place); got != c.want {
			t.Errorf("%s, %s: %v", c.pattern, c.place, got)
		}
	}
}
