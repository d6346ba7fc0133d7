package warc

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/klauspost/compress/gzip"
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
func BenchmarkRead(b *testing.B) { benchmarkRead(b, sharedWARC(b, "web.warc.gz")) }

// BenchmarkReadOneMember is BenchmarkRead on the file packed whole by gzip.
func BenchmarkReadOneMember(b *testing.B) {
	zr, err := gzip.NewReader(bytes.NewReader(sharedWARC(b, "web.warc.gz")))
	if err != nil {
		b.Fatal(err)
	}
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	if _, err := io.Copy(zw, zr); err != nil {
		b.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		b.Fatal(err)
	}
	benchmarkRead(b, packed.Bytes())
}

func benchmarkRead(b *testing.B, data []byte) {
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

// BenchmarkWrite packs records of real pages by each method.
func BenchmarkWrite(b *testing.B) {
	var blocks [][]byte
	total := 0
	r := NewReader(bytes.NewReader(sharedWARC(b, "web.warc.gz")), Options{})
	for total < 20<<20 {
		rec, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		blocks = append(blocks, bytes.Clone(rec.Block))
		total += len(rec.Block)
	}
	for name, c := range map[string]Compression{"gzip": Gzip, "zstd": Zstd, "none": None} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(total))
			for b.Loop() {
				w := NewWriter(io.Discard, WriterOptions{Compression: c})
				for _, block := range blocks {
					if _, _, err := w.WriteRecord(RecordHeader{Type: TypeResource, ID: "urn:x:1", Date: testDate}, block); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
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
