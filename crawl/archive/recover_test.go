package archive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/format/warc"
)

// openName is the one open file of a folder.
func openName(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.open"))
	if err != nil || len(names) != 1 {
		t.Fatalf("open files %v, %v", names, err)
	}
	return names[0]
}

// left copies the folder of an archive as a killed process leaves it.
func left(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestTorn cuts the open file at every byte of its last page, as a kill within the write does,
// and at every byte of its beginning.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	var pages []archive.Page
	var locs []archive.Location
	for i := range 3 {
		pages = append(pages, page(t, i, html(i)))
		locs = append(locs, add(t, a, pages[i]))
	}
	name := openName(t, dir)
	stored, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(stored)) != locs[2].End.Offset {
		t.Fatalf("%d bytes, the end is %v", len(stored), locs[2].End)
	}
	folders := t.TempDir()
	for cut := range len(stored) + 1 {
		if int64(cut) < locs[1].End.Offset && cut%11 > 0 {
			continue // as in the last page
		}
		to := filepath.Join(folders, fmt.Sprint(cut))
		if err := os.Mkdir(to, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, filepath.Base(name))
		if err := os.WriteFile(path, stored[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		b, err := archive.Open(to, settings())
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		whole := 0
		var end int64
		for whole < 3 && locs[whole].End.Offset <= int64(cut) {
			end = locs[whole].End.Offset
			whole++
		}
		all := since(t, b, archive.Position{})
		if len(all) != whole || b.Cut() != int64(cut)-end {
			t.Fatalf("cut at %d: %d pages and %d bytes cut off, want %d and %d", cut, len(all), b.Cut(), whole, int64(cut)-end)
		}
		for i, e := range all {
			same(t, e, pages[i], locs[i])
		}
		if cut%97 > 0 && cut < len(stored) {
			b.Abandon()
			continue
		}
		again := add(t, b, pages[2]) // the page that was under way
		all = since(t, b, archive.Position{})
		if len(all) != whole+1 {
			t.Fatalf("cut at %d: %d pages after one more", cut, len(all))
		}
		same(t, all[whole], pages[2], again)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		checkFolder(t, to, whole+1)
	}
}

// TestDamaged changes bytes of an open file: what is read of it is what was written, up to the
// damage.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	var pages []archive.Page
	var locs []archive.Location
	for i := range 3 {
		pages = append(pages, page(t, i, html(i)))
		locs = append(locs, add(t, a, pages[i]))
	}
	name := openName(t, dir)
	stored, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	folders := t.TempDir()
	for at := 0; at < len(stored); at += 5 {
		to := filepath.Join(folders, fmt.Sprint(at))
		damaged := bytes.Clone(stored)
		damaged[at] ^= 1 << (at % 8)
		if err := errors.Join(os.Mkdir(to, 0o755), os.WriteFile(filepath.Join(to, filepath.Base(name)), damaged, 0o644)); err != nil {
			t.Fatal(err)
		}
		b := open(t, to, settings())
		all := since(t, b, archive.Position{})
		whole := 0
		for whole < 3 && locs[whole].End.Offset <= int64(at) {
			whole++
		}
		if len(all) < whole || len(all) < 3 && b.Cut() == 0 {
			t.Fatalf("byte %d: %d pages, want %d; %d bytes cut off", at, len(all), whole, b.Cut())
		}
		for i, e := range all {
			same(t, e, pages[i], locs[i])
		}
		b.Abandon()
	}
}

// checkFolder holds what is whole in a folder together: digests, index and files. pages are
// those that the index must name.
func checkFolder(t *testing.T, dir string, pages int) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	files, lines := 0, 0
	for line := range strings.Lines(string(list)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s: the digest differs", name)
		}
		if !strings.HasSuffix(name, ".cdxj") {
			continue
		}
		files++
		lines += checkIndex(t, dir, data)
	}
	whole, err := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	if err != nil || len(whole) != files || lines != pages {
		t.Errorf("%d files, %d indexes, %d lines, want %d (%v)", len(whole), files, lines, pages, err)
	}
}

// TestKilledWhilePublishing opens what a kill between two steps of publishing leaves.
func TestKilledWhilePublishing(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	loc := add(t, a, page(t, 0, html(0)))
	before := left(t, dir)
	if err := a.Rotate(); err != nil {
		t.Fatal(err)
	}
	after := left(t, dir)
	index := strings.TrimSuffix(loc.File, ".warc.gz") + ".cdxj"
	for name, change := range map[string]func(dir string) error{
		"nothing": func(string) error { return nil },
		"index written": func(to string) error {
			data, err := os.ReadFile(filepath.Join(after, index))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, index), data, 0o644)
		},
		"renamed": func(to string) error {
			return errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(after)), os.Remove(filepath.Join(to, "SHA256SUMS")))
		},
		"all": func(to string) error { return errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(after))) },
	} {
		to := left(t, before)
		if err := change(to); err != nil {
			t.Fatal(name, err)
		}
		b := open(t, to, settings())
		if all := since(t, b, archive.Position{}); len(all) != 1 || all[0].Location != loc {
			t.Errorf("%s: %v", name, all)
		}
		if got := b.Position(); got != loc.End {
			t.Errorf("%s: position %v, want %v", name, got, loc.End)
		}
		next := add(t, b, page(t, 1, html(1)))
		if strings.Contains(next.File, "-00001") != (name == "nothing" || name == "index written") {
			t.Errorf("%s: the next page goes to %s", name, next.File)
		}
		if all := since(t, b, loc.End); len(all) != 1 || all[0].Location != next {
			t.Errorf("%s: behind the first page: %v", name, all)
		}
		if err := b.Close(); err != nil {
			t.Fatal(name, err)
		}
		checkFolder(t, to, 2)
	}
}

// TestLock: one process has the archive, until it ends or closes it.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	if _, err := archive.Open(dir, settings()); !errors.Is(err, archive.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("opened twice: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir, settings()).Close(); err != nil {
		t.Error(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 || names[0].Name() != ".lock" {
		t.Errorf("an archive without pages has files: %v %v", names, err)
	}
}

// TestLost refuses positions whose pages are not there.
func TestLost(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	loc := add(t, a, page(t, 0, html(0)))
	for name, p := range map[string]archive.Position{
		"behind the end":  {File: loc.File, Offset: loc.End.Offset + 1},
		"within a record": {File: loc.File, Offset: loc.Offset + 1},
		"within a page":   {File: loc.File, Offset: loc.Offset},
		"another file":    {File: "test-20261129154151-00009.warc.gz", Offset: 1},
	} {
		var failed error
		for _, err := range a.Since(p) {
			failed = err
		}
		if failed == nil || !strings.Contains(failed.Error(), dir) {
			t.Errorf("%s: %v", name, failed)
		}
	}
	for _, text := range []string{"x", "a.warc.gz:1", loc.File, loc.File + ":", loc.File + ":x", loc.File + ":-1", loc.File + ":01", "x/" + loc.File + ":1"} {
		if p, err := archive.ParsePosition(text); err == nil {
			t.Errorf("%q is read as %v", text, p)
		}
	}
}

// TestStrange refuses folders whose files contradict each other.
func TestStrange(t *testing.T) {
	for _, names := range [][]string{
		{"a-20261129154151-00001.warc.gz", "b-20261129154152-00001.warc.gz"},
		{"a-20261129154151-00001.warc.gz.open", "a-20261129154152-00002.warc.gz"},
		{"a-20261129154151-00001.warc.gz.open", "a-20261129154151-00001.warc.gz"},
		{"a-20261129154151-00001.warc.gz.open", "a-20261129154151-00002.warc.gz.open"},
	} {
		dir := t.TempDir()
		for _, name := range names {
			for _, n := range []string{name, strings.TrimSuffix(name, ".warc.gz") + ".cdxj"} {
				if err := os.WriteFile(filepath.Join(dir, n), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a, err := archive.Open(dir, settings()); err == nil {
			t.Errorf("%v are taken", names)
			_ = a.Close()
		}
	}
	dir := t.TempDir() // others' files do not matter
	for _, name := range []string{"notes.txt", "crawl.warc.gz", "x-20261129154151-1.warc.gz", "seeds.cdxj"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a := open(t, dir, settings())
	add(t, a, page(t, 0, html(0)))
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// TestRefusedPages leaves the archive as it was.
func TestRefusedPages(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	first := add(t, a, page(t, 0, html(0)))
	for name, change := range map[string]func(*archive.Page){
		"line break":  func(p *archive.Page) { p.Metadata[0].Value = "a\r\nWARC-Type: x" },
		"name":        func(p *archive.Page) { p.Metadata[0].Name = "a b" },
		"own name":    func(p *archive.Page) { p.Metadata[0].Name = "FetchTimeMs" },
		"white space": func(p *archive.Page) { p.Metadata[0].Value = " a" },
		"501 lines":   func(p *archive.Page) { p.Metadata = make([]warc.Field, 501) },
		"URL":         func(p *archive.Page) { p.Exchange.URL = "http://a/\nb" },
		"no time": func(p *archive.Page) {
			p.Exchange.Started = p.Exchange.Started.AddDate(-2025, -10, -28).Truncate(1 << 62)
		},
		"revisit profile": func(p *archive.Page) {
			p.Revisit = &archive.Revisit{Profile: "x", URI: "http://a/", Date: begin, Digest: "d"}
		},
		"revisit digest": func(p *archive.Page) {
			p.Revisit = &archive.Revisit{Profile: archive.ProfileIdentical, URI: "http://a/", Date: begin}
		},
		"revisit URI": func(p *archive.Page) { p.Revisit = &archive.Revisit{Profile: archive.ProfileNotModified, Date: begin} },
	} {
		p := page(t, 1, html(1))
		change(&p)
		if _, err := a.Append(p); err == nil {
			t.Errorf("%s: it is taken", name)
		}
		if a.Position() != first.End {
			t.Errorf("%s: the archive has grown", name)
		}
	}
	p := page(t, 1, html(1))
	p.Metadata = nil
	for i := range 500 {
		p.Metadata = append(p.Metadata, warc.Field{Name: "l", Value: fmt.Sprint(i)})
	}
	loc := add(t, a, p)
	all := since(t, a, first.End)
	if len(all) != 1 {
		t.Fatal(len(all))
	}
	same(t, all[0], p, loc)
	if _, err := archive.Open(t.TempDir(), archive.Settings{Prefix: "a/b"}); err == nil {
		t.Error("a prefix with a slash is taken")
	}
	if _, err := archive.Open(t.TempDir(), archive.Settings{Level: 10}); err == nil {
		t.Error("level 10 is taken")
	}
}

// TestSameBytes: the same pages at the same times make the same files.
func TestSameBytes(t *testing.T) {
	var first []byte
	for range 2 {
		dir := t.TempDir()
		a := open(t, dir, settings())
		for i := range 5 {
			add(t, a, page(t, i, html(i)))
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, sums) {
			t.Errorf("%s\n%s", first, sums)
		}
		first = sums
	}
}
