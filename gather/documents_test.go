package gather_test

import (
	"bytes"
	"testing"

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
