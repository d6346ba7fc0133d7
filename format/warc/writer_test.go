package warc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

// writeGolden writes one record of each kind.
func writeGolden(t testing.TB, opts WriterOptions) ([]byte, [][2]int64) {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, opts)
	var ranges [][2]int64
	put := func(h RecordHeader, block []byte) {
		offset, length, err := w.WriteRecord(h, block)
		if err != nil {
			t.Fatal(err)
		}
		ranges = append(ranges, [2]int64{offset, length})
	}
	h, block, err := NewWarcinfo(testDate, "a.warc", []Field{{"software", "example"}})
	if err != nil {
		t.Fatal(err)
	}
	put(h, block)
	h, block, err = NewResponse("http://example.org/", testDate.In(time.FixedZone("", 7200)), 200, "OK",
		[]Field{{"Content-Type", "text/html"}}, []byte("<p>body</p>"))
	if err != nil {
		t.Fatal(err)
	}
	h.PayloadType = "text/html"
	put(h, block)
	h, block = NewConversion("http://example.org/", testDate, "urn:x:1", []byte("body"))
	put(h, block)
	put(RecordHeader{Type: TypeMetadata, ID: "urn:x:2", Date: testDate, Extra: []Field{{"X-Own", "1"}}}, nil)
	return b.Bytes(), ranges
}

func TestWriterGolden(t *testing.T) {
	const want = `WARC/1.1
WARC-Type: response
WARC-Record-ID: <urn:uuid:`
	data, ranges := writeGolden(t, WriterOptions{Compression: None, Digests: true})
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	if !strings.Contains(text, want) || !strings.Contains(text, "WARC-Payload-Digest: sha1:") ||
		!strings.Contains(text, "WARC-Refers-To: <urn:x:1>\n") || !strings.HasSuffix(text, "X-Own: 1\nContent-Length: 0\n\n\n\n") {
		t.Errorf("got:\n%s", text)
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:8]); got != "f3b4f9b43e47fff1" {
		t.Errorf("digest of the file is %s; a change of bytes must be meant", got)
	}
	if last := ranges[3]; last[0]+last[1] != int64(len(data)) {
		t.Errorf("ranges %v of %d", ranges, len(data))
	}
}

func TestWriterRoundTrip(t *testing.T) {
	for _, opts := range []WriterOptions{{}, {Level: 9, Digests: true}, {Compression: Zstd}, {Compression: Zstd, Level: 4}, {Compression: None}} {
		data, ranges := writeGolden(t, opts)
		again, _ := writeGolden(t, opts)
		if !bytes.Equal(data, again) {
			t.Errorf("%+v: other bytes the second time", opts)
		}
		r := NewReader(bytes.NewReader(data), Options{})
		for i, typ := range []string{TypeWarcinfo, TypeResponse, TypeConversion, TypeMetadata} {
			rec, err := r.Next()
			if err != nil {
				t.Fatalf("%+v: %v", opts, err)
			}
			if rec.Type != typ || rec.Offset != ranges[i][0] || rec.Length != ranges[i][1] || !rec.Date.Equal(testDate) || rec.ID == "" {
				t.Errorf("%+v record %d: %+v, range %v", opts, i, rec, ranges[i])
			}
			if typ != TypeResponse {
				continue
			}
			resp, err := rec.HTTP()
			if err != nil || string(resp.Body) != "<p>body</p>" || resp.MediaType != "text/html" || first(rec.PayloadType()) != "text/html" {
				t.Errorf("%+v: %+v, %v", opts, resp, err)
			}
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	ok := RecordHeader{Type: TypeResource, Date: testDate}
	f := func(name string, change func(*RecordHeader)) {
		t.Helper()
		h := ok
		change(&h)
		var b bytes.Buffer
		w := NewWriter(&b, WriterOptions{})
		if _, _, err := w.WriteRecord(h, nil); err == nil || b.Len() > 0 {
			t.Errorf("%s was written", name)
		}
		if _, _, err := w.WriteRecord(ok, nil); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
	f("no type", func(h *RecordHeader) { h.Type = "" })
	f("no date", func(h *RecordHeader) { h.Date = time.Time{} })
	f("line break", func(h *RecordHeader) { h.TargetURI = "http://a/\r\nX: y" })
	f("bad name", func(h *RecordHeader) { h.Extra = []Field{{"a b", "c"}} })
	f("reserved", func(h *RecordHeader) { h.Extra = []Field{{"content-length", "3"}} })
	for _, opts := range []WriterOptions{{Level: 10}, {Level: -1}, {Compression: Zstd, Level: 5}, {Compression: 9}} {
		if _, _, err := NewWriter(&bytes.Buffer{}, opts).WriteRecord(ok, nil); err == nil {
			t.Errorf("%+v accepted", opts)
		}
	}
	if _, _, err := NewResponse("u", testDate, 99, "", nil, nil); err == nil {
		t.Error("status 99 accepted")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func TestWriterKeepsError(t *testing.T) {
	w := NewWriter(failing{}, WriterOptions{})
	for range 2 {
		if _, _, err := w.WriteRecord(RecordHeader{Type: "x", Date: testDate}, nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Error(err)
		}
	}
}
