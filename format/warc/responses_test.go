package warc_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
)

func TestResponses(t *testing.T) {
	var file bytes.Buffer
	w := warc.NewWriter(&file, warc.WriterOptions{Compression: warc.Gzip})
	date := time.Unix(1_700_000_000, 0)
	add := func(h warc.RecordHeader, block []byte, err error) {
		t.Helper()
		if err == nil {
			_, _, err = w.WriteRecord(h, block)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	page := func(uri string) {
		h, block, err := warc.NewResponse(uri, date, 200, "OK", nil, []byte("body of "+uri))
		add(h, block, err)
	}
	page("https://a.example/1")
	h, block := warc.NewConversion("https://a.example/text", date, "", []byte("text"))
	add(h, block, nil)
	page("https://a.example/2")
	whole := file.Len()
	page("https://a.example/3")

	read := func(b []byte) (bodies []string, failed bool) {
		for rec, err := range warc.Responses(bytes.NewReader(b), warc.Options{}) {
			if err != nil {
				return bodies, true
			}
			resp, err := rec.HTTP()
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, string(resp.Body))
		}
		return bodies, false
	}
	if got, failed := read(file.Bytes()); len(got) != 3 || failed || got[1] != "body of https://a.example/2" {
		t.Errorf("%q, failed: %v", got, failed)
	}
	if got, failed := read(file.Bytes()[:whole+20]); len(got) != 2 || !failed {
		t.Errorf("cut: %q, failed: %v", got, failed)
	}
}
