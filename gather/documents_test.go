package gather_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
)

// The bytes tell what a document is, not its name; what a server calls unknown is
// looked at too.
func TestMediaOfDocuments(t *testing.T) {
	files := map[string][]byte{
		"a.html": []byte("%PDF-1.7\n"), "b.pdf": []byte("<!doctype html><p>A page"), "c": gzipped(t, []byte("Some text.")),
		"d.pdf": []byte("PK\x03\x04" + string(make([]byte, 26)) + "word/document.xml"), "e.jpg": {0xff, 0xd8, 1, 2, 3, 4},
	}
	feeds, err := formattest.Source{Open: openDocs}.Read(t, env(), files)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range feeds {
		for _, d := range f.Documents {
			got[d.Origin.Shard] = d.Media
			if len(d.Raw) == 0 {
				t.Errorf("%s: no bytes", d.Origin.Shard)
			}
		}
	}
	want := map[string]string{"a.html": format.MediaPDF, "b.pdf": format.MediaHTML, "c": format.MediaText, "d.pdf": format.MediaDOCX}
	if len(got) != len(want) {
		t.Errorf("read %v", got)
	}
	for name, media := range want {
		if got[name] != media {
			t.Errorf("%s: %q, want %q", name, got[name], media)
		}
	}
}

// An office document behind a password is not skipped as another kind of file is: the
// quarantine names it.
func TestEncryptedDocuments(t *testing.T) {
	const head, name = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"
	zeros := string(make([]byte, 1016))
	feeds, err := formattest.Source{Open: openDocs}.Read(t, env(), map[string][]byte{
		"a.docx": []byte(head + zeros + name), "b.pptx": []byte(head + zeros + name), "c.xlsx": []byte(head + zeros + name), "d.doc": []byte(head + zeros)})
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	skipped := 0
	for _, f := range feeds {
		for _, e := range f.Quarantined {
			if !strings.Contains(e.Error(), "behind a password") || e.Loss != corpus.LossContent {
				t.Errorf("%v", e)
			}
			named = append(named, e.Shard[strings.LastIndex(e.Shard, "/")+1:])
		}
		skipped += f.Skipped["media type"]
		if len(f.Documents) > 0 {
			t.Errorf("documents of %v", f.Documents[0].Origin)
		}
	}
	slices.Sort(named)
	if !slices.Equal(named, []string{"a.docx", "b.pptx", "c.xlsx"}) || skipped != 1 {
		t.Errorf("in quarantine %v, skipped %d", named, skipped)
	}
}

func TestMediaOfResponses(t *testing.T) {
	head := func(media string) string { return "HTTP/1.1 200 OK\r\nContent-Type: " + media + "\r\n\r\n" }
	list := bytes.Join([][]byte{
		record(page{"https://example.com/0", head("application/octet-stream"), "%PDF-1.7\n"}),
		record(page{"https://example.com/1", head("text/plain"), "<html><p>A page"}),
		record(page{"https://example.com/2", head("application/octet-stream"), "\x00\x01\x02\x03\x04"}),
		record(page{"https://example.com/3", head("text/html"), "%PDF-1.7\n"}),
	}, nil)
	read := opener(gather.OpenWARC, func(s *gather.WARC, p []string) { s.Paths, s.Media = p, []string{format.MediaHTML, format.MediaPDF} })
	feeds, err := formattest.Source{Open: read}.Read(t, env(), map[string][]byte{"f": list})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range feeds[0].Documents {
		got = append(got, d.Media)
	}
	if len(got) != 3 || got[0] != format.MediaPDF || got[1] != format.MediaHTML || got[2] != format.MediaPDF || feeds[0].Skipped["media type"] != 1 {
		t.Errorf("read %v, skipped %v", got, feeds[0].Skipped)
	}
}
