package gather_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// openFunc opens a source over patterns.
type openFunc = func(context.Context, []string, *stage.Env) (stage.Source, error)

// opener opens a source of a literal.
func opener[T any](open func(context.Context, T, *stage.Env) (stage.Source, error), set func(*T, []string)) openFunc {
	return func(ctx context.Context, paths []string, env *stage.Env) (stage.Source, error) {
		var s T
		set(&s, paths)
		return open(ctx, s, env)
	}
}

var (
	openJSONL   = opener(gather.OpenJSONL, func(s *gather.JSONL, p []string) { s.Paths = p })
	openWARC    = opener(gather.OpenWARC, func(s *gather.WARC, p []string) { s.Paths = p })
	openParquet = opener(gather.OpenParquet, func(s *gather.Parquet, p []string) { s.Paths = p })
	openArrow   = opener(gather.OpenArrow, func(s *gather.Arrow, p []string) { s.Paths = p })
	openText    = opener(gather.OpenText, func(s *gather.Text, p []string) { s.Paths = p })
	openDocs    = opener(gather.OpenDocuments, func(s *gather.Documents, p []string) { s.Paths = p })
	openHTML    = opener(gather.OpenHTML, func(s *gather.HTML, p []string) { s.Paths = p })
)

func TestSources(t *testing.T) {
	lines := jsonLines(400)
	for _, c := range []struct {
		name string
		formattest.Source
	}{
		{"jsonl", formattest.Source{Open: openJSONL, File: lines}},
		{"jsonl.gz", formattest.Source{Open: openJSONL, File: gzipped(t, lines), Whole: true}},
		{"jsonl.gz in blocks", formattest.Source{Open: openJSONL, File: inPieces(lines, 1_000, func(b []byte) []byte { return gzipped(t, b) })}},
		{"jsonl.zst", formattest.Source{Open: openJSONL, File: zstded(t, lines), Whole: true}},
		{"jsonl.zst in frames", formattest.Source{Open: openJSONL, File: inPieces(lines, 1_000, func(b []byte) []byte { return zstded(t, b) })}},
		{"warc", formattest.Source{Open: openWARC, File: archive(nil, pages(20))}},
		{"warc.gz", formattest.Source{Open: openWARC, File: archive(t, pages(20))}},
		{"parquet", formattest.Source{Open: openParquet, File: rows(t, 400), Damages: 1_000}},
		{"parquet in row groups", formattest.Source{Open: openParquet, File: tableFile(t, paperRows(400), parquet.MaxRowsPerRowGroup(30)), Damages: 100}},
		{"arrow", formattest.Source{Open: openArrow, File: arrowFile(t, true, 400, 30), Damages: 1_000}},
		{"arrow stream", formattest.Source{Open: openArrow, File: arrowFile(t, false, 400, 30), Damages: 300}},
		{"text", formattest.Source{Open: openText, File: []byte("some text\n")}},
		{"text.gz", formattest.Source{Open: openText, File: gzipped(t, []byte("some text\n"))}},
		{"html", formattest.Source{Open: openHTML, File: []byte("<p>page")}},
		{"documents", formattest.Source{Open: openDocs, File: []byte("%PDF-1.7")}},
	} {
		t.Run(c.name, func(t *testing.T) { formattest.RunSource(t, c.Source) })
	}
}

func jsonLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"id":"d%d","url":"https://example.com/%d","text":"text %d %s","n":%d}`+"\n", i, i, i, strings.Repeat("word\\n", i%50), i)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// inPieces packs each so many bytes by themselves, wherever a line ends.
func inPieces(b []byte, n int, pack func([]byte) []byte) (out []byte) {
	for piece := range slices.Chunk(b, n) {
		out = append(out, pack(piece)...)
	}
	return out
}

func zstded(t testing.TB, b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nothing is written
	return w.EncodeAll(b, nil)
}

// page is a response record.
type page struct{ url, head, body string }

func pages(n int) []page {
	var p []page
	for i := range n {
		p = append(p, page{fmt.Sprintf("https://example.com/%d", i), "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
			fmt.Sprintf("<html><p>page %d %s", i, strings.Repeat("words ", 20*i))})
	}
	return p
}

// record is one WARC record.
func record(p page) []byte {
	block := p.head + p.body
	return fmt.Appendf(nil, "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"+
		"WARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: %s\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n",
		p.url, len(block), block)
}

// archive packs pages, one gzip member each, or plain where t is nil.
func archive(t testing.TB, list []page) []byte {
	var out []byte
	for _, p := range list {
		if t == nil {
			out = append(out, record(p)...)
		} else {
			out = append(out, gzipped(t, record(p))...)
		}
	}
	return out
}

type tableRow struct {
	ID   string            `parquet:"id"`
	Text string            `parquet:"text,zstd"`
	URL  *string           `parquet:"url,optional,dict"`
	N    int64             `parquet:"n,delta"`
	F    *float64          `parquet:"f,optional"`
	Tags []string          `parquet:"tags,list"`
	Meta map[string]string `parquet:"meta"`
	Deep []struct {
		A *int32   `parquet:"a,optional"`
		B []string `parquet:"b"`
	} `parquet:"deep"`
}

// rows is a Parquet file of several row groups with nested columns.
func rows(t testing.TB, n int) []byte {
	var out bytes.Buffer
	w := parquet.NewGenericWriter[tableRow](&out, parquet.MaxRowsPerRowGroup(100), parquet.PageBufferSize(2_000))
	for i := range n {
		r := tableRow{ID: fmt.Sprint("d", i), Text: fmt.Sprint("text ", i, strings.Repeat(" word", i%50)), N: int64(i)}
		if i%2 == 0 {
			u, f := fmt.Sprint("https://example.com/", i), float64(i)/3
			r.URL, r.F, r.Tags, r.Meta = &u, &f, []string{"a", "b"}[:1+i%4/2], map[string]string{"k": fmt.Sprint(i)}
		}
		r.Deep = append(r.Deep, make([]struct {
			A *int32   `parquet:"a,optional"`
			B []string `parquet:"b"`
		}, i%3)...)
		for j := range r.Deep {
			if j%2 == 1 {
				a := int32(i)
				r.Deep[j].A, r.Deep[j].B = &a, []string{"x", "y"}
			}
		}
		if _, err := w.Write([]tableRow{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// An environment of Go may be nil or have zeros: they are the defaults.
func TestEnvironmentOfGo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.jsonl"), []byte(`{"text":"one","more":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, env := range []*stage.Env{nil, {}, {Name: "jsonl"}, stage.NewEnv()} {
		src, err := gather.OpenJSONL(t.Context(), gather.JSONL{Paths: []string{dir + "/*.jsonl"}}, env)
		if err != nil {
			t.Fatal(err)
		}
		for d, err := range stage.Documents(t.Context(), src) {
			if err != nil || d.Text != "one" || d.ID != "jsonl/a.jsonl#0" || string(d.Extra) != `{"more":1}` {
				t.Errorf("%+v: %v %v", env, d, err)
			}
		}
	}
}
