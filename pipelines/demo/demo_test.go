package demo_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/pipelines/demo"
)

// maxEmbeddedBytes bounds what the demo adds to every binary.
const maxEmbeddedBytes = 700 << 10

func truth(t *testing.T) []demo.Page {
	t.Helper()
	pages, err := demo.Truth()
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// TestEveryPageIsReadable walks the files and the truth side by side.
func TestEveryPageIsReadable(t *testing.T) {
	pages := truth(t)
	names, err := fs.Glob(demo.Files, "*.warc.gz")
	if err != nil || len(names) != 6 {
		t.Fatalf("files %v, %v; want 6", names, err)
	}
	total := 0
	for _, name := range names {
		data, err := demo.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(data)
		f, err := demo.Files.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r := warc.NewReader(f, warc.Options{})
		for n := 0; ; n++ {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s record %d: %v", name, n, err)
			}
			if n == 0 {
				if rec.Type != warc.TypeWarcinfo {
					t.Errorf("%s starts with a %s record", name, rec.Type)
				}
				continue
			}
			if len(pages) == 0 {
				t.Fatalf("%s record %d has no truth", name, n)
			}
			checkRecord(t, rec, pages[0], name, n)
			pages = pages[1:]
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(pages) != 0 {
		t.Errorf("%d lines of truth without a record", len(pages))
	}
	if total > maxEmbeddedBytes {
		t.Errorf("%d bytes embedded, more than %d", total, maxEmbeddedBytes)
	}
}

func checkRecord(t *testing.T, rec *warc.Record, p demo.Page, name string, n int) {
	t.Helper()
	if rec.Type != warc.TypeResponse || rec.TargetURI != p.URL || p.File != name || p.Record != n {
		t.Fatalf("%s record %d is %s %s; truth says %s record %d %s", name, n, rec.Type, rec.TargetURI, p.File, p.Record, p.URL)
	}
	resp, err := rec.HTTP()
	if err != nil {
		t.Errorf("%s: %v", p.URL, err)
		return
	}
	if resp.Status != p.Status || len(resp.Body) == 0 || resp.Partial {
		t.Errorf("%s: status %d (want %d), %d bytes, partial %t", p.URL, resp.Status, p.Status, len(resp.Body), resp.Partial)
	}
	if isHTML := resp.MediaType == "text/html"; isHTML != (p.Fate != demo.NotHTML) {
		t.Errorf("%s: media type %q with fate %s", p.URL, resp.MediaType, p.Fate)
	}
}

// TestTruthAddsUp checks the shape of the corpus and the references in it.
func TestTruthAddsUp(t *testing.T) {
	pages := truth(t)
	at := map[string]int{}
	fates := map[demo.Fate]int{}
	kept := map[string]int{}
	charsets := map[string]int{}
	for i, p := range pages {
		if _, twice := at[p.URL]; twice {
			t.Errorf("%s is there twice", p.URL)
		}
		at[p.URL] = i
		fates[p.Fate]++
		charsets[p.Charset]++
		if p.Fate == demo.Kept {
			kept[p.Lang]++
		}
	}
	if len(pages) < 160 || kept["en"] < 40 || kept["zh"] < 38 {
		t.Errorf("%d pages, kept %v", len(pages), kept)
	}
	all := []demo.Fate{demo.Kept, demo.ExactDuplicate, demo.NearDuplicate, demo.Either, demo.Short, demo.Spam,
		demo.Listing, demo.Symbols, demo.JavaScript, demo.CodeBraces, demo.LoremIpsum, demo.Policy,
		demo.OtherLanguage, demo.BlockedURL, demo.HTTPStatus, demo.NotHTML}
	sum := 0
	for _, f := range all {
		if fates[f] == 0 {
			t.Errorf("no page is %s", f)
		}
		sum += fates[f]
	}
	if sum != len(pages) {
		t.Errorf("fates of %d pages are known, of %d there are: %v", sum, len(pages), fates)
	}
	for _, c := range []string{"utf-8", "utf-16", "gb18030", "big5", "shift_jis", "windows-1251", "windows-1252", "iso-8859-1"} {
		if charsets[c] == 0 {
			t.Errorf("no page in %s", c)
		}
	}
	for i, p := range pages {
		checkReferences(t, pages, at, i, p)
	}
}

func checkReferences(t *testing.T, pages []demo.Page, at map[string]int, i int, p demo.Page) {
	t.Helper()
	for _, of := range []string{p.ExactDuplicateOf, p.NearDuplicateOf} {
		if of == "" {
			continue
		}
		j, ok := at[of]
		if !ok || j >= i || pages[j].File >= p.File {
			t.Errorf("%s is a copy of %s, which is not in an earlier file", p.URL, of)
			continue
		}
		if pages[j].Fate != demo.Kept || pages[j].Source != p.Source {
			t.Errorf("%s is a copy of %s, which is %s", p.URL, of, pages[j].Fate)
		}
	}
	if (p.NearDuplicateOf != "") != (p.Jaccard > 0) || p.Jaccard > 1 {
		t.Errorf("%s: Jaccard %v with %q", p.URL, p.Jaccard, p.NearDuplicateOf)
	}
	switch {
	case p.Fate == demo.ExactDuplicate && p.ExactDuplicateOf == "",
		p.Fate == demo.NearDuplicate && p.Jaccard < 0.85,
		p.Fate == demo.Either && (p.Jaccard < 0.6 || p.Jaccard >= 0.85),
		p.Fate == demo.Kept && p.Jaccard >= 0.6:
		t.Errorf("%s: fate %s does not fit Jaccard %v of %q", p.URL, p.Fate, p.Jaccard, p.ExactDuplicateOf)
	}
	u, err := url.Parse(p.URL)
	if err != nil || !strings.HasSuffix(u.Host, ".example") && !strings.HasSuffix(u.Host, ".test") {
		t.Errorf("%s is not on a reserved host", p.URL)
	}
	for _, e := range p.Emails {
		if !strings.HasSuffix(e, ".example") && !strings.HasSuffix(e, ".test") {
			t.Errorf("%s: address %s is not on a reserved host", p.URL, e)
		}
	}
}

// TestIdenticalCopies compares the bodies of exact duplicates.
func TestIdenticalCopies(t *testing.T) {
	bodies := map[string]string{}
	for _, name := range []string{"demo-00", "demo-01", "demo-02", "demo-03", "demo-04", "demo-05"} {
		f, err := demo.Files.Open(name + ".warc.gz")
		if err != nil {
			t.Fatal(err)
		}
		r := warc.NewReader(f, warc.Options{})
		for {
			rec, err := r.Next()
			if err != nil {
				break // TestEveryPageIsReadable looks at errors
			}
			if resp, err := rec.HTTP(); err == nil {
				bodies[rec.TargetURI] = string(resp.Body)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	checked := 0
	for _, p := range truth(t) {
		if p.Fate != demo.ExactDuplicate {
			continue
		}
		checked++
		if b := bodies[p.URL]; b == "" || b != bodies[p.ExactDuplicateOf] {
			t.Errorf("%s differs from %s", p.URL, p.ExactDuplicateOf)
		}
	}
	if checked == 0 {
		t.Error("no exact duplicates")
	}
}

func ExampleTruth() {
	pages, err := demo.Truth()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range pages {
		if p.Fate == demo.NotHTML {
			fmt.Println(p.Status, p.URL)
		}
	}
	// Output: 200 https://shop.copperandsteam.example/img/pixel.gif
}
