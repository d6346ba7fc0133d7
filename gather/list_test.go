package gather_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/web"
	"github.com/corpusmill/corpusmill/store/web/webtest"
)

// listed are the shards of a list and the text read from them.
func listed(t *testing.T, list, base string, paths ...string) (shards []string, text string, err error) {
	t.Helper()
	e := stage.NewEnv()
	client := web.New(web.Settings{Tries: 2})
	e.Name, e.Stores = "src", store.Schemes{web.Scheme: client.Open, web.SchemePlain: client.Open}
	src, err := gather.OpenText(t.Context(), gather.Text{Paths: paths, List: list, Base: base}, e)
	if err != nil {
		return nil, "", err
	}
	found, err := src.Shards(t.Context())
	if err != nil {
		return nil, "", err
	}
	for _, shard := range found {
		if shard.Size == 0 || shard.Stamp == "" {
			t.Errorf("shard %+v", shard)
		}
		shards = append(shards, shard.Name)
		f := &formattest.Feed{Shard: shard}
		// Another process reads what this one listed.
		other, err := gather.OpenText(t.Context(), gather.Text{List: list, Base: base}, e)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Read(t.Context(), shard, f); err != nil {
			t.Fatal(err)
		}
		text += f.String()
	}
	return shards, text, nil
}

func writeFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, n := range names {
		path := filepath.Join(dir, n)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("text of "+n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestListOfFiles(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, "in/a.txt", "in/sub/a.txt", "in/c.txt", "other/a.txt")
	site := webtest.StartSite(t, map[string][]byte{
		"crawl/one/a.txt": []byte("first"), "crawl/two/a.txt": []byte("second"), "a%20b.txt": []byte("third"), "a b.txt": []byte("fourth"),
		"crawl/of.paths.gz": gzipped(t, []byte("crawl/one/a.txt\ncrawl/two/a.txt\n")),
		"crawl/beside.txt":  []byte("one/a.txt\n/crawl/two/a.txt\n"),
	})
	n := 0
	list := func(text string, zipped bool) string {
		n++
		data := []byte(text)
		if zipped {
			data = gzipped(t, data)
		}
		path := filepath.Join(dir, "in", fmt.Sprint("list", n))
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(list, base, want string, texts ...string) {
		t.Helper()
		shards, text, err := listed(t, list, base)
		if err != nil || strings.Join(shards, " ") != want {
			t.Errorf("%q, %v; want %s", shards, err, want)
		}
		for _, x := range texts {
			if !strings.Contains(text, x) {
				t.Errorf("%q is not among the texts", x)
			}
		}
	}
	f(list("a.txt\n\n# no file\n ./sub/a.txt \r\n", false), "", "a.txt sub/a.txt", "text of in/a.txt", "text of in/sub/a.txt")
	f(list("c.txt", true), "", "c.txt")
	f(list("a.txt\na.txt\n", false), filepath.Join(dir, "other"), "a.txt", "text of other/a.txt")
	f(list(dir+"/in/a.txt\n"+dir+"/in/sub/a.txt\n"+dir+"/other/a.txt\n", false), "", "in/a.txt in/sub/a.txt other/a.txt", "text of other/a.txt")
	f(list("crawl/one/a.txt\n/crawl/two/a.txt\n", true), site.URL+"/", "crawl/one/a.txt crawl/two/a.txt", "first", "second")
	f(list(site.URL+"/crawl/one/a.txt\n"+site.URL+"/a%20b.txt\n", false), "", "a%20b.txt crawl/one/a.txt", "first", "fourth")
	f(site.URL+"/crawl/of.paths.gz", site.URL, "crawl/one/a.txt crawl/two/a.txt", "first", "second")
	f(site.URL+"/crawl/beside.txt", "", "crawl/two/a.txt one/a.txt", "first", "second")
	if shards, _, err := listed(t, list("sub/a.txt", false), "", dir+"/other/*"); err != nil || strings.Join(shards, " ") != "a.txt sub/a.txt" {
		t.Errorf("a pattern beside a list: %q, %v", shards, err)
	}
}

func TestListMistakes(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, "a.txt", "sub/a.txt")
	one, two := webtest.StartSite(t, map[string][]byte{"a": []byte("1")}), webtest.StartSite(t, map[string][]byte{"a": []byte("2")})
	f := func(text, base, want string, kind error) {
		t.Helper()
		path := filepath.Join(dir, "list")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := listed(t, path, base)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%q: %v", text, err)
		}
	}
	f("a.txt\n\nnone.txt\n", "", "line 3: ", fs.ErrNotExist)
	f(one.URL+"/a\n"+one.URL+"/b\n", "", "line 2: ", fs.ErrNotExist)
	f(one.URL+"/a\n"+two.URL+"/a\n", "", two.URL+"/a have the same shard name", nil)
	f(one.URL+"/a?signature=hush\n", "", "line 1: "+one.URL+"/a?*** has a query", nil)
	f("https://me:hush@host/a\n", "", "line 1: ", nil)
	f(one.URL+"\n", "", "names no file", nil)
	f("hf://datasets/org/name\n", "", "names no file", nil)
	f("ftp://host/a\n", "", "unknown scheme", nil)
	f("../a.txt\n", "", "path element ..", fs.ErrInvalid)
	f("sub\n", "", "line 1: ", fs.ErrNotExist)
	f("# nothing\n", "", "list "+filepath.Join(dir, "list"), fs.ErrNotExist)
	f(strings.Repeat("x", 8<<10)+"\n", "", "longer than 8192 bytes", nil)
	for _, s := range []gather.Text{{}, {Base: dir, Paths: []string{"x"}}} {
		if err := s.Validate(); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	if _, _, err := listed(t, filepath.Join(dir, "no list"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no list: %v", err)
	}
}
