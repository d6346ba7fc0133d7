package warc

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// sharedWARC returns a file of the test data that is not part of the
// repository, or skips.
func sharedWARC(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../../shared/data/" + name)
	if err != nil {
		t.Skip("shared test data not present: ", err)
	}
	return data
}

// BenchmarkRead reads a crawl file through Next and HTTP, as a source does.
func BenchmarkRead(b *testing.B) {
	data := sharedWARC(b, "web.warc.gz")
	b.ReportAllocs()
	for b.Loop() {
		total := 0
		r := NewReader(bytes.NewReader(data), Options{})
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			total += len(rec.Block)
			if rec.Type == TypeResponse {
				if _, err := rec.HTTP(); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.SetBytes(int64(total))
	}
}

// TestSharedCrawl checks counts that were taken with FastWARC.
func TestSharedCrawl(t *testing.T) {
	data := sharedWARC(t, "web.warc.gz")
	r := NewReader(bytes.NewReader(data), Options{})
	n, body, end := map[string]int{}, 0, int64(0)
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Offset != end || rec.Decoded || rec.Date.IsZero() || rec.ID == "" {
			t.Fatalf("record %d: offset %d, expected %d", rec.Number, rec.Offset, end)
		}
		end += rec.Length
		n[rec.Type]++
		if rec.Type == TypeResponse {
			resp, err := rec.HTTP()
			if err != nil || resp.Status != 200 || resp.MediaType != "text/html" {
				t.Fatalf("record %d: %+v, %v", rec.Number, resp, err)
			}
			body += len(resp.Body)
		}
	}
	if n[TypeResponse] != 914 || n[TypeRequest] != 914 || n[TypeMetadata] != 914 || n[TypeWarcinfo] != 1 ||
		body != 169822209 || end != int64(len(data)) || r.BytesRead() != end {
		t.Errorf("%v, %d body bytes, end %d", n, body, end)
	}
}
