package store_test

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestSplit(t *testing.T) {
	f := func(pattern, wantRoot, wantGlob string) {
		t.Helper()
		root, glob := store.Split(pattern)
		if root != wantRoot || glob != wantGlob {
			t.Errorf("%q: %q, %q; want %q, %q", pattern, root, glob, wantRoot, wantGlob)
		}
	}
	f("", "", "")
	f("a", "", "a")
	f("*", "", "*")
	f("a*", "", "a*")
	f("a/b", "a", "b")
	f("a/", "a", "")
	f("a/b/*.gz", "a/b", "*.gz")
	f("a/{x,y/z}/b", "a", "{x,y/z}/b")
	f("a/b?/c", "a", "b?/c")
	f("a/b[0-9]", "a", "b[0-9]")
	f(`a/b\*c`, "a", `b\*c`)
	f("**/x", "", "**/x")
	f("/x", "/", "x")
	f("/*", "/", "*")
	f("/a/*", "/a", "*")
	f("s3://b", "s3://b", "")
	f("s3://b/", "s3://b", "")
	f("s3://b/x", "s3://b", "x")
	f("s3://b/*", "s3://b", "*")
	f("s3://b/p/q*/r", "s3://b/p", "q*/r")
	f("s3://b*/x", "s3://b*", "x")
	f("file:///a", "file:///", "a")
	f("file:///a/b*", "file:///a", "b*")
}

func mapStore(names ...string) store.Store {
	m := fstest.MapFS{}
	for _, n := range names {
		m[n] = &fstest.MapFile{Data: []byte(n)}
	}
	return store.FS(m, "map")
}

func TestMatch(t *testing.T) {
	s := mapStore("a.gz", "b.gz", "c.txt", "d/a.gz", "d/e/a.gz", "d/e/f/a.gz", "x/a.gz", "2024-01/w", "2024-12/w", "[b]", ".dot", "*")
	f := func(pattern, want string) {
		t.Helper()
		objects, err := store.Match(t.Context(), s, pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			return
		}
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
	f("*.gz", "a.gz b.gz")
	f("?.gz", "a.gz b.gz")
	f("[ac].*", "a.gz c.txt")
	f("[!ac].*", "b.gz")
	f("[^ac].*", "b.gz")
	f("[a-b].gz", "a.gz b.gz")
	f("{a,c}.{gz,txt}", "a.gz c.txt")
	f("{a.gz,d/a.gz}", "a.gz d/a.gz")
	f("{a,{b,c}}.*", "a.gz b.gz c.txt")
	f("a{,.gz}", "a.gz")
	f("a.gz{}", "a.gz")
	f("**", "* 2024-01/w 2024-12/w [b] a.gz b.gz c.txt d/a.gz d/e/a.gz d/e/f/a.gz x/a.gz")
	f("**/a.gz", "a.gz d/a.gz d/e/a.gz d/e/f/a.gz x/a.gz")
	f("d/**/a.gz", "d/a.gz d/e/a.gz d/e/f/a.gz")
	f("d/**/f/**/a.gz", "d/e/f/a.gz")
	f("**/e/**", "d/e/a.gz d/e/f/a.gz")
	f("**.gz", "a.gz b.gz d/a.gz d/e/a.gz d/e/f/a.gz x/a.gz")
	f("d/**a.gz", "d/a.gz d/e/a.gz d/e/f/a.gz")
	f("d/**/**.gz", "d/a.gz d/e/a.gz d/e/f/a.gz")
	f("{d,x}/**.gz", "d/a.gz d/e/a.gz d/e/f/a.gz x/a.gz")
	f("**/**/a.gz", "a.gz d/a.gz d/e/a.gz d/e/f/a.gz x/a.gz")
	f("d/*/a.gz", "d/e/a.gz")
	f("*/a.gz", "d/a.gz x/a.gz")
	f("2024-{01,02}/*", "2024-01/w")
	f("2024-??/w", "2024-01/w 2024-12/w")
	f(`\[b\]`, "[b]")
	f(`\*`, "*")
	f("[[]b]", "[b]")
	f("[{]*", "")
	f("d/e*a.gz", "")
	f("z*/**", "")
}

// TestMatchHidden: names that begin with a dot or an underscore must be named.
func TestMatchHidden(t *testing.T) {
	s := mapStore("a.x", ".a.x", "_a.x", "._a.x", "_SUCCESS", ".part-0.x.crc", "_metadata",
		".ipynb_checkpoints/a.x", "_temporary/0/a.x", "__MACOSX/._b.x", "__MACOSX/b.x", "_delta_log/0.json",
		"d/b.x", "d/_b.x", "d/.git/c.x", "d/_e/f/c.x", "d/_e/_f/c.x",
		"lang=en/_c.x", "lang=en/c.x", "x_y/z.w_v.x", "lang=_/c.x")
	f := func(pattern, want string) {
		t.Helper()
		objects, err := store.Match(t.Context(), s, pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
	plain := "a.x d/b.x lang=_/c.x lang=en/c.x x_y/z.w_v.x"
	f("**", plain)
	f("**/*.x", plain)
	f("**/**/*.x", plain)
	f("{**,**}/*.x", plain)
	f("*", "a.x")
	f("?a.x", "")
	f("[._]a.x", "")
	f("[!a]*", "")
	f(".*", "._a.x .a.x .part-0.x.crc")
	f("_*", "_SUCCESS _a.x _metadata")
	f("._*", "._a.x")
	f("{.,_,}a.x", ".a.x _a.x a.x")
	f(`\_a.x`, "_a.x")
	f(`\.*`, "._a.x .a.x .part-0.x.crc")
	f("_a.x", "_a.x")
	f("__MACOSX/*", "__MACOSX/b.x")
	f("__MACOSX/**", "__MACOSX/b.x")
	f("__MACOSX/{*,.*}", "__MACOSX/._b.x __MACOSX/b.x")
	f("_*/**", "__MACOSX/b.x _delta_log/0.json _temporary/0/a.x")
	f("**/_*", "_SUCCESS _a.x _metadata d/_b.x lang=en/_c.x")
	f("**/_e/**/c.x", "d/_e/f/c.x")
	f("**/_e/**/_f/*", "d/_e/_f/c.x")
	f("**/_*/_*/c.x", "d/_e/_f/c.x")
	f("**/.git/**", "d/.git/c.x")
	f("*/*/*/c.x", "")
	f("lang=*/*", "lang=_/c.x lang=en/c.x")
}

// TestMatchWritten: what exists as it is written is no pattern.
func TestMatchWritten(t *testing.T) {
	s := mapStore("br1.x", "br[1].x", "a{b,c}.x", "ab.x", "ac.x", "q?.x", "qq.x", "s*.x", "st.x", `b\*.x`, "b*.x", "un[.x", "un}].x", "nobrace{.x",
		"[2024] crawl/a.x", "[2024] crawl/b.x", "2 crawl/a.x", "2 crawl/c.x", "[1]/[2]/a.x", "[1]/2/a.x", "1/2/a.x", "[1]/d/[3]/a.x", "[1]/d/3/a.x",
		"*/a.x", "[_]/_a.x")
	f := func(pattern, want string) {
		t.Helper()
		objects, err := store.Match(t.Context(), s, pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, "|"); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
	for _, name := range []string{"br[1].x", "a{b,c}.x", "q?.x", "s*.x", `b\*.x`, "un[.x", "un}].x", "nobrace{.x", "[2024] crawl/a.x", "[1]/[2]/a.x", "[1]/d/[3]/a.x", "[_]/_a.x"} {
		f(name, name)
	}
	f(`br\[1\].x`, "br[1].x")
	f("br[12].x", "br1.x")
	f("[2024] crawl/*.x", "[2024] crawl/a.x|[2024] crawl/b.x")
	f("[2024] crawl/**", "[2024] crawl/a.x|[2024] crawl/b.x")
	f("[2024] crawl/[c]*", "")
	f("[2] crawl/*", "2 crawl/a.x|2 crawl/c.x")
	f("[1]/[2]/*", "[1]/[2]/a.x")
	f("[1]/[23]/*", "[1]/2/a.x")
	f("[1]/d/[3]/*", "[1]/d/[3]/a.x")
	f("[12]/2/*.x", "1/2/a.x")
	f("*/*.x", "*/a.x")
	f("**/[2]/a.x", "1/2/a.x|[1]/2/a.x")
	if _, err := store.Match(t.Context(), s, "[2024] crawl"); err == nil || !strings.Contains(err.Error(), "is a folder; add /**") {
		t.Errorf("a folder as it is written: %v", err)
	}
	if _, err := store.Match(t.Context(), s, "br[1].x/"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("a file is no folder: %v", err)
	}
	f("{"+strings.Repeat("st,", 100)+"br1}.x", "br1.x|st.x") // longer than any file's name
}

func TestMatchBad(t *testing.T) {
	s := mapStore("a")
	f := func(pattern, want string) {
		t.Helper()
		if _, err := store.Match(t.Context(), s, pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: error %v, want %q", pattern, err, want)
		}
	}
	f("[a", "does not end")
	f("[a/b]", "does not end")
	f(`a*\`, "does not end")
	f("{a", "has no }")
	f("{a,{b}", "has no }")
	f(strings.Repeat("*", 4097), "longer than")
	f(strings.Repeat("{a,b}", 11), "alternatives")
	if _, err := store.Match(t.Context(), s, strings.Repeat("{a,b}", 10)); err != nil {
		t.Errorf("1,024 alternatives: %v", err)
	}
}

func TestGlob(t *testing.T) {
	dir := t.TempDir()
	s := store.Local(dir)
	for _, name := range []string{"in/b.gz", "in/a.gz", "in/sub/c.gz", "in/a b.txt"} {
		storetest.Put(t, s, name, nil)
	}
	f := func(pattern, wantRoot, want string) {
		t.Helper()
		s, objects, err := store.Schemes{}.Glob(t.Context(), filepath.Join(dir, pattern))
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			return
		}
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, "|"); got != want || s.String() != filepath.Join(dir, wantRoot) {
			t.Errorf("%s: %s in %s", pattern, got, s)
		}
	}
	f("in/*.gz", "in", "a.gz|b.gz")
	f("in/**", "in", "a b.txt|a.gz|b.gz|sub/c.gz")
	f("in/a b.txt", "in", "a b.txt")
	f("*/*.txt", "", "in/a b.txt")
	f("none/*", "none", "")
	_, _, err := store.Schemes{}.Glob(t.Context(), filepath.Join(dir, "in"))
	if err == nil || !strings.Contains(err.Error(), "/in is a folder; add /**") {
		t.Errorf("folder: %v", err)
	}
	_, _, err = store.Schemes{}.Glob(t.Context(), filepath.Join(dir, "none"))
	if !errors.Is(err, store.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	t.Chdir(filepath.Join(dir, "in"))
	relative, objects, err := store.Schemes{}.Glob(t.Context(), "*.gz")
	if err != nil || relative.String() != "." || len(objects) != 2 {
		t.Errorf("relative: %v %v %v", relative, objects, err)
	}
}

// FuzzMatch compares patterns without braces and ** with package path, and
// wants an error or an answer for all others.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{{"*", "a"}, {"a[b-d]?", "acx"}, {"{a,b}/**", "a/b"}, {`\*`, "*"}, {"[!a]", "b"}, {"**/x", "a/b/x"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 60 || len(name) > 60 || path.Clean(name) != name || !fstestName(name) {
			t.Skip()
		}
		objects, err := store.Match(t.Context(), mapStore(name), pattern)
		if strings.ContainsAny(name, `*?[{\`) || hiddenName(name) {
			return // as it is written, or hidden
		}
		if strings.ContainsAny(pattern, "{") || strings.Contains(pattern, "**") || strings.Contains(pattern, "[!") || !strings.ContainsAny(pattern, `*?[\`) {
			return
		}
		want, wantErr := path.Match(pattern, name)
		// package path lets a class hold a slash, which can match nothing.
		if wantErr == nil && err == nil && want != (len(objects) == 1) {
			t.Errorf("pattern %q, name %q: got %v, path.Match %v", pattern, name, objects, want)
		}
		if wantErr != nil && err == nil {
			t.Errorf("pattern %q is bad, no error", pattern)
		}
	})
}

func hiddenName(name string) bool {
	return strings.Contains("/"+name, "/.") || strings.Contains("/"+name, "/_")
}

// FuzzSplit wants the two halves to make the pattern again.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a/b", "/x*", "s3://b/p/*", "file:///a/**", "s3://", "*://x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		root, glob := store.Split(pattern)
		if pattern != root+glob && pattern != root+"/"+glob {
			t.Errorf("%q: %q and %q", pattern, root, glob)
		}
	})
}

func fstestName(name string) bool {
	_, err := mapStore(name).Stat(context.Background(), name)
	return err == nil
}

func ExampleSplit() {
	fmt.Println(store.Split("s3://bucket/crawl/2026/*.warc.gz"))
	// Output: s3://bucket/crawl/2026 *.warc.gz
}
