package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/gather"
)

// crawlRow is a row of the columnar index of Common Crawl.
type crawlRow struct {
	Key       string `parquet:"url_surtkey"`
	URL       string `parquet:"url"`
	Host      string `parquet:"url_host_name"`
	Status    int32  `parquet:"fetch_status"`
	Detected  string `parquet:"content_mime_detected"`
	Languages string `parquet:"content_languages"`
	Digest    string `parquet:"content_digest"`
	File      string `parquet:"warc_filename"`
	Offset    int32  `parquet:"warc_record_offset"`
	Length    int32  `parquet:"warc_record_length"`
}

// writeIndex indexes the records of the archive dir/name, except those that cannot be read,
// and one that can with the bytes of its damaged neighbour.
func writeIndex(t *testing.T, dir, name, media string, rowsMax int64) {
	t.Helper()
	b, err := os.ReadFile(dir + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[crawlRow](&out, parquet.MaxRowsPerRowGroup(rowsMax), parquet.PageBufferSize(1_000))
	r := warc.NewReader(bytes.NewReader(b), warc.Options{})
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		row := crawlRow{Status: 200, Detected: media, Languages: "eng", File: name}
		var bad *warc.RecordError
		switch {
		case errors.As(err, &bad):
			row.URL, row.Offset, row.Length = "https://host1.example/damaged", int32(bad.Offset), int32(bad.Bytes)
		case err != nil:
			t.Fatal(err)
		default:
			row.URL, row.Offset, row.Length = rec.TargetURI, int32(rec.Offset), int32(rec.Length)
		}
		row.Host = strings.SplitN(row.URL, "/", 4)[2]
		row.Key = fmt.Sprintf("%s)/%d", row.Host, row.Offset)
		if _, err := w.Write([]crawlRow{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir+"/index.parquet", out.Bytes())
}

// crawlOf writes an archive of so many pages and its index, and returns the source of it.
func crawlOf(t *testing.T, dir string, documents int, r *rand.ChaCha8) gather.CommonCrawl {
	t.Helper()
	var b bytes.Buffer
	for range documents {
		page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>" + letters(r, 5_000)
		b.Write(gzipped(t, fmt.Appendf(nil, "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Record-ID: <urn:uuid:1>\r\n"+
			"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", len(page), page)))
	}
	writeFile(t, dir+"/f.warc.gz", b.Bytes())
	writeIndex(t, dir, "f.warc.gz", "text/html", int64(documents))
	return gather.CommonCrawl{From: dir, Index: []string{dir + "/index.parquet"}}
}

// A query of an index that is read in ranges gives the same at any number of workers and
// processes, and after any kill.
func TestGoldenCommonCrawl(t *testing.T) {
	in := t.TempDir()
	goldenArchive(t, in, goldenShards)
	writeIndex(t, in, "all.warc.gz", "text/plain", 40)
	_, rest, _ := strings.Cut(packedPipeline, "stages:")
	testGoldenRanges(t, in, "packs: { cut: 5KiB }\nsource: { common_crawl: { from: IN, index: [IN/index.parquet], media: [text/plain] } }\nstages:"+
		strings.Replace(rest, "\n", "\n  - html_text: {}\n", 1))
}
