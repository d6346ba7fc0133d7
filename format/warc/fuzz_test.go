package warc

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// FuzzReader checks what must hold for any bytes: the stream ends, records
// keep their limits, numbers rise by one, and places lie inside the input.
func FuzzReader(f *testing.F) {
	p := pages(3)
	all := strings.Join(p, "")
	arc := arcPages(2)
	for _, seed := range [][]byte{nil, []byte(strings.Join(arc, "")), gz(arc...), []byte(all), gz(p...), gz(all), gz(all[:200], all[200:]), zst(p...), zst(all), zst(all[:200], all[200:])} {
		f.Add(seed)
		if len(seed) > 0 {
			f.Add(seed[:len(seed)-20])
			f.Add(append(bytes.Clone(seed[:len(seed)/2]), seed[len(seed)/2+9:]...))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1000
		r := NewReader(bytes.NewReader(data), Options{MaxRecordBytes: limit, MaxBodyBytes: 10 * limit})
		for number := int64(0); ; number++ {
			rec, err := r.Next()
			var re *RecordError
			switch {
			case errors.As(err, &re):
				if re.Record != number || re.Offset < 0 {
					t.Fatalf("error of record %d, number %d", re.Record, number)
				}
			case err != nil:
				if _, again := r.Next(); again != err {
					t.Fatalf("%v, then %v", err, again)
				}
				return
			default:
				if rec.Number != number || len(rec.Block) > limit || rec.Length <= 0 || rec.Offset < 0 ||
					!rec.Decoded && rec.Offset+rec.Length > int64(len(data)) {
					t.Fatalf("record %d: number %d, %d+%d, block of %d", number, rec.Number, rec.Offset, rec.Length, len(rec.Block))
				}
				if resp, err := rec.HTTP(); err == nil && len(resp.Body) > 10*limit {
					t.Fatal("body over the limit")
				}
			}
			if number > int64(len(data))+10 {
				t.Fatal("no end")
			}
		}
	})
}

func FuzzHTTP(f *testing.F) {
	for _, c := range []string{"gzip", "br", "zstd", "deflate"} {
		enc := encoded(f, c, html)
		f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Encoding: " + c + "\r\n\r\n" + enc))
		f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: " + c + "\r\n\r\n" + chunked(enc, 9)))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		before := bytes.Clone(block)
		rec := &Record{Block: block, scratch: &scratch{maxBody: 5000}}
		resp, err := rec.HTTP()
		if (resp == nil) != errors.Is(err, ErrNotHTTP) {
			t.Fatalf("%v, %v", resp, err)
		}
		if resp != nil && (len(resp.Body) > 5000 || err != nil && resp.Body != nil) {
			t.Fatalf("body of %d, %v", len(resp.Body), err)
		}
		if !bytes.Equal(block, before) {
			t.Fatal("the block was changed")
		}
	})
}

// FuzzRoundTrip writes any block and URI and reads them back.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\nbody"), "http://example.org/", uint8(0))
	f.Add([]byte("\r\n\r\nWARC/1.0\r\n\r\n"), "x", uint8(1))
	f.Add([]byte(nil), "", uint8(2))
	f.Fuzz(func(t *testing.T, block []byte, uri string, compression uint8) {
		var b bytes.Buffer
		w := NewWriter(&b, WriterOptions{Compression: Compression(compression % 3), Digests: true})
		for range 2 {
			_, _, err := w.WriteRecord(RecordHeader{Type: TypeResource, TargetURI: uri, Date: testDate}, block)
			if err != nil && b.Len() == 0 {
				return // refused
			}
		}
		r := NewReader(&b, Options{})
		for range 2 {
			rec, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(rec.Block, block) || rec.TargetURI != trimURI(strings.TrimSpace(uri)) {
				t.Fatalf("got %q of %q", rec.Block, rec.TargetURI)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatal(err)
		}
	})
}
