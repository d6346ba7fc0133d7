package qa

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/charset"
)

const sharedData = "../../../shared/data"

var update = flag.Bool("update", false, "write testdata anew")

// sharedPages gives every page of an archive of the shared data with its id.
func sharedPages(t *testing.T, name string, page func(id, html string)) {
	t.Helper()
	ids := map[string]string{}
	list, err := os.ReadFile(filepath.Join(sharedData, name+".pages.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no shared data beside the checkout")
	}
	for l := range strings.Lines(string(list)) {
		var p struct{ ID, URL string }
		if err := json.Unmarshal([]byte(l), &p); err != nil {
			t.Fatal(err)
		}
		ids[p.URL] = p.ID
	}
	f, err := os.Open(filepath.Join(sharedData, name+".warc.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for record := range strings.SplitSeq(string(all), "WARC/1.0\r\n") {
		head, rest, ok := strings.Cut(record, "\r\n\r\n")
		if !ok || !strings.Contains(head, "WARC-Type: response") {
			continue
		}
		_, uri, _ := strings.Cut(head, "WARC-Target-URI: ")
		uri, _, _ = strings.Cut(uri, "\r\n")
		_, body, ok := strings.Cut(rest, "\r\n\r\n")
		if !ok || ids[uri] == "" {
			continue
		}
		html, _, _ := charset.DecodeHTML([]byte(body), "")
		page(ids[uri], html)
	}
}

// The pairs of the shared pages are as many as stand in testdata/pages.tsv: page, kind,
// pairs. With -update the file is written anew.
func TestSharedPages(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all shared pages")
	}
	var lines []string
	dump := os.Getenv("QA_DUMP")
	var out *os.File
	if dump != "" {
		out, _ = os.Create(dump)
	}
	for _, name := range []string{"magic", "train", "web", "zh"} {
		sharedPages(t, name, func(id, html string) {
			pairs, err := Page(html)
			if err != nil && !errors.Is(err, ErrLimit) {
				t.Errorf("%s: %v", id, err)
			}
			counts := map[Kind]int{}
			for _, p := range pairs {
				counts[p.Kind]++
				if out != nil {
					b, _ := json.Marshal(p)
					fmt.Fprintf(out, "%s\t%s\n", id, b)
				}
			}
			for _, k := range Kinds {
				if n := counts[k]; n > 0 {
					lines = append(lines, fmt.Sprintf("%s\t%s\t%d", id, k, n))
				}
			}
		})
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	judged(t, lines)
	if *update {
		if err := os.WriteFile("testdata/pages.tsv", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("testdata/pages.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("pairs of the shared pages differ from testdata/pages.tsv: run with -update and look at what changed")
	}
}

// judged holds the threads and definitions of the shared pages against testdata/judged.tsv, in
// which each was read by hand: page, kind, before and now (right, wrong, none), why. A change
// that brings another has it judged.
func judged(t *testing.T, lines []string) {
	t.Helper()
	table, err := os.ReadFile("testdata/judged.tsv")
	if err != nil {
		t.Fatal(err)
	}
	verdicts, given := map[string]string{}, map[string]bool{}
	for l := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
		verdicts[f[0]+"\t"+f[1]] = f[3]
	}
	for _, l := range lines {
		f := strings.Split(l, "\t")
		if pair := f[0] + "\t" + f[1]; f[1] == string(Thread) || f[1] == string(Definition) {
			given[pair] = true
			if v := verdicts[pair]; v != "right" {
				t.Errorf("%s: %q in testdata/judged.tsv", pair, v)
			}
		}
	}
	for pair, v := range verdicts {
		if v == "right" && !given[pair] {
			t.Errorf("%s: is no more found", pair)
		}
	}
}
