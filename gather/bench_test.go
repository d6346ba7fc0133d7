package gather_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// sharedPages is a Common Crawl shaped archive that lies beside the repository.
const sharedPages = "../../shared/data/web.warc.gz"

// count is a feed that keeps nothing.
type count struct{ documents, bytes int64 }

func (c *count) Document(d *corpus.Document) error {
	c.documents++
	c.bytes += int64(len(d.Raw) + len(d.Text))
	return nil
}
func (c *count) Skip(string)                    {}
func (c *count) Note(string, int64)             {}
func (c *count) Large() error                   { return nil }
func (c *count) Quarantine(*corpus.RecordError) {}

// BenchmarkWARC reads real pages; SetBytes counts their HTML.
func BenchmarkWARC(b *testing.B) {
	if _, err := os.Stat(sharedPages); err != nil {
		b.Skip("the shared pages are not here: ", err)
	}
	benchmark(b, sharedPages, openWARC)
}

// BenchmarkJSONL and BenchmarkParquet read made documents.
func BenchmarkJSONL(b *testing.B) {
	path := filepath.Join(b.TempDir(), "f")
	if err := os.WriteFile(path, jsonLines(50_000), 0o600); err != nil {
		b.Fatal(err)
	}
	benchmark(b, path, openJSONL)
}

func BenchmarkParquet(b *testing.B) {
	path := filepath.Join(b.TempDir(), "f")
	if err := os.WriteFile(path, rows(b, 20_000), 0o600); err != nil {
		b.Fatal(err)
	}
	benchmark(b, path, openParquet)
}

func benchmark(b *testing.B, path string, open openFunc) {
	src, err := open(b.Context(), []string{path}, stage.NewEnv())
	if err != nil {
		b.Fatal(err)
	}
	shards, err := src.Shards(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var c count
	b.ReportAllocs()
	for b.Loop() {
		c = count{}
		if err := src.Read(b.Context(), shards[0], &c); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(c.bytes)
	b.ReportMetric(float64(c.documents)*float64(b.N)/b.Elapsed().Seconds(), "documents/s")
}
