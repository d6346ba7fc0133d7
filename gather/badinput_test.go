package gather_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// limit is the record_bytes_max of these tests.
const limit = 100_000

func env() *stage.Env {
	e := stage.NewEnv()
	e.Name, e.RecordBytesMax = "src", limit
	return e
}

// parquetFile writes rows with the given text cells; nil is null.
func parquetFile(t *testing.T, texts ...*string) []byte {
	type row struct {
		ID   int64   `parquet:"id"`
		Text *string `parquet:"text,optional"`
		Lang string  `parquet:"lang"`
		Meta []byte  `parquet:"meta,json"`
	}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b)
	for i, text := range texts {
		if _, err := w.Write([]row{{int64(i) + 100, text, "en", []byte(`{"a": 1}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBadInput gives every source what it should not get. Whatever is sound
// around it is read; want lists documents (+ID), skips (-reason), notes (~reason) and
// quarantined records (!record at byte: words of the error) in this order.
func TestBadInput(t *testing.T) {
	text := func(s string) *string { return &s }
	line := func(id, text string) string { return fmt.Sprintf(`{"id":%q,"text":%q}`, id, text) + "\n" }
	var two strings.Builder // the second part is cut off
	for i := range 2_000 {
		two.WriteString(line(fmt.Sprint(i), fmt.Sprintf("%x", i*i*i*7919)))
	}
	cutGzip := gzipped(t, []byte(two.String()))
	list := pages(4)
	response := func(i int) []byte { return record(list[i]) }
	big := record(page{"https://example.com/big", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", strings.Repeat("x", limit+1)})
	wrong := func(old, new string) []byte { return bytes.Replace(response(1), []byte(old), []byte(new), 1) }
	length := fmt.Sprintf("Content-Length: %d\r\n", len(list[1].head)+len(list[1].body))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	const html = "+src/f#%d"
	for _, c := range []struct {
		name string
		open openFunc
		file []byte
		want []string
	}{
		{"jsonl, empty file", openJSONL, nil, nil},
		{"jsonl, one byte", openJSONL, []byte("x"), []string{"!0 at byte 0: want an object"}},
		{"jsonl, no end of line", openJSONL, []byte(`{"text":"a"}`), []string{"+src/f#0"}},
		{"jsonl, invalid UTF-8", openJSONL, []byte(line("a", "a") + "{\"text\":\"\xff\"}\n" + line("b", "b")), []string{"+a", "+b", "!1 at byte 22: not valid UTF-8"}},
		{"jsonl, NUL bytes", openJSONL, []byte(line("a", "a") + "\x00\x00\x00\n" + line("b", "b")), []string{"+a", "+b", "!1 at byte 22: want an object"}},
		{"jsonl, line at the limit", openJSONL, []byte(line("a", strings.Repeat("x", limit-20)) + line("b", "b")), []string{"+a", "+b"}},
		{"jsonl, line beyond the limit", openJSONL, []byte(line("a", strings.Repeat("x", limit-19)) + line("b", "b")), []string{"+b", "!0 at byte 0: longer than record_bytes_max"}},
		{"jsonl, blank lines and BOM", openJSONL, []byte("\ufeff" + line("a", "a") + "\r\n \n" + line("b", "b")), []string{"+a", "+b"}},
		{"jsonl.gz, cut in a member", openJSONL, join(gzipped(t, []byte(line("a", "a"))), cutGzip[:40]), []string{"+a", "!1 at byte 83: unexpected EOF"}},
		{"jsonl.gz, cut in the trailer", openJSONL, gzipped(t, []byte(line("a", "a")))[:40], []string{"+a", "!1 at byte 40: unexpected EOF"}},
		{"jsonl.gz, cut in the header", openJSONL, cutGzip[:5], []string{"!0 at byte 5: unexpected EOF"}},
		{"jsonl.gz, garbage behind", openJSONL, join(gzipped(t, []byte(line("a", "a"))), []byte("garbage")), []string{"+a", "!1 at byte 43: 7 bytes of the file"}},
		{"jsonl.gz, zeros behind", openJSONL, join(gzipped(t, []byte(line("a", "a"))), make([]byte, 700)), []string{"+a"}},
		{"jsonl.gz, garbage between", openJSONL, join(gzipped(t, []byte(line("a", "a"))), []byte("garbage"), gzipped(t, []byte(line("b", "b")))), []string{"+a", "+b", "!1 at byte 43: 7 bytes of the file"}},
		{"jsonl.gz, a damaged member between two", openJSONL, join(gzipped(t, []byte(line("a", "a"))), damaged(gzipped(t, []byte(line("c", "c")))), gzipped(t, []byte(line("b", "b")))), []string{"+a", "+b", "!1 at byte"}},
		{"jsonl.lz4", openJSONL, []byte("\x04\x22\x4d\x18data"), []string{"!0 at byte -1: LZ4"}},
		{"jsonl.zst, garbage", openJSONL, join([]byte{0x28, 0xb5, 0x2f, 0xfd}, bytes.Repeat([]byte{0xa5}, 200)), []string{"!0 at byte 0: window of 2779096485"}},
		{"jsonl.zst, cut", openJSONL, zstded(t, []byte(two.String()))[:30], []string{"!0 at byte 30: unexpected EOF"}},
		{"jsonl.zst, two frames and a skippable one", openJSONL, join([]byte{0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 'x'}, zstded(t, []byte(line("a", "a"))), zstded(t, []byte(line("b", "b")))), []string{"+a", "+b"}},

		{"warc, empty file", openWARC, nil, nil},
		{"warc.gz, cut in a member", openWARC, join(gzipped(t, response(0)), gzipped(t, response(1))[:60]), []string{fmt.Sprintf(html, 0), "!1 at byte"}},
		{"warc.gz, a damaged member between two", openWARC, join(gzipped(t, response(0)), damaged(gzipped(t, response(2))), gzipped(t, response(3))), []string{fmt.Sprintf(html, 0), fmt.Sprintf(html, 2), "!1 at byte"}},
		{"warc, length too small", openWARC, join(response(0), wrong(length, "Content-Length: 60\r\n"), response(2)), []string{fmt.Sprintf(html, 0), fmt.Sprintf(html, 1), fmt.Sprintf(html, 2), "~record length"}},
		{"warc, length too large", openWARC, join(response(0), wrong(length, "Content-Length: 99999999999\r\n")), []string{fmt.Sprintf(html, 0), fmt.Sprintf(html, 1), "~record length"}},
		{"warc, length negative", openWARC, join(response(0), wrong(length, "Content-Length: -1\r\n"), response(2)), []string{fmt.Sprintf(html, 0), fmt.Sprintf(html, 1), fmt.Sprintf(html, 2), "~record length"}},
		{"warc, record beyond the limit", openWARC, join(response(0), big, response(2)), []string{fmt.Sprintf(html, 0), fmt.Sprintf(html, 2), "!1 at byte"}},
		{"warc.gz, record beyond the limit", openWARC, join(gzipped(t, response(0)), gzipped(t, big), gzipped(t, response(2))), []string{fmt.Sprintf(html, 0), fmt.Sprintf(html, 2), "!1 at byte"}},
		{"warc, other responses", openWARC, join(wrong("200 OK", "404 No"), wrong("text/html", "image/png"), response(2)), []string{fmt.Sprintf(html, 2), "-HTTP status", "-media type"}},

		{"parquet, empty file", openParquet, nil, []string{"!0 at byte -1: no Parquet file"}},
		{"parquet, another format", openParquet, []byte(two.String()), []string{"!0 at byte -1: no Parquet footer"}},
		{"parquet, cut", openParquet, parquetFile(t, text("a"), text("b"))[:100], []string{"!0 at byte -1: no Parquet footer"}},
		{"parquet, no rows", openParquet, parquetFile(t), nil},
		{"parquet, null text", openParquet, parquetFile(t, text("a"), nil, text("")), []string{"+100", "+102", "!1 at byte -1: the text is null"}},
		{"parquet, invalid UTF-8", openParquet, parquetFile(t, text("a"), text("\xff"), text("b")), []string{"+100", "+102", "!1 at byte -1: not valid UTF-8"}},
		{"parquet, row beyond the limit", openParquet, parquetFile(t, text("a"), text(strings.Repeat("x", limit+1)), text("b")), []string{"+100", "+102", "!1 at byte -1: larger than record_bytes_max"}},

		{"text, empty file", openText, nil, []string{"-empty file"}},
		{"text, NUL bytes and no UTF-8", openText, []byte("a\x00\xff"), []string{"+src/f#0"}},
		{"text, at the limit", openText, bytes.Repeat([]byte("x"), limit), []string{"+src/f#0"}},
		{"text, beyond the limit", openText, bytes.Repeat([]byte("x"), limit+1), []string{"!0 at byte 0: larger than record_bytes_max"}},
		{"text.gz, beyond the limit", openText, gzipped(t, bytes.Repeat([]byte("x"), limit+1)), []string{"!0 at byte 0: larger than record_bytes_max"}},
		{"text.gz, cut", openText, cutGzip[:100], []string{"!0 at byte 100: unexpected EOF"}},
		{"documents, of another kind", openDocs, []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"), []string{"-media type"}},
		{"text, a Parquet file", openText, parquetFile(t, text("a")), []string{"!0 at byte 0: a Parquet file, not text/plain"}},
		{"html.gz, a zip archive", openHTML, gzipped(t, []byte("PK\x03\x04")), []string{"!0 at byte 0: a zip archive, not text/html"}},
		{"documents, LZ4", openDocs, []byte("\x04\x22\x4d\x18data"), []string{"-media type"}},
		{"text, LZ4", openText, []byte("\x04\x22\x4d\x18data"), []string{"!0 at byte -1: LZ4"}},
		{"documents, beyond the limit", openDocs, bytes.Repeat([]byte("x"), limit+1), []string{"!0 at byte 0: larger than record_bytes_max"}},
		{"html, beyond the limit", openHTML, bytes.Repeat([]byte("x"), limit+1), []string{"!0 at byte 0: larger than record_bytes_max"}},
	} {
		feeds, err := formattest.Source{Open: c.open}.Read(t, env(), map[string][]byte{"f": c.file, "sound": c.file})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(feeds) != 2 {
			t.Errorf("%s: %d shards", c.name, len(feeds))
		}
		got := outcome(feeds[0])
		for i := range max(len(got), len(c.want)) {
			if i >= len(got) || i >= len(c.want) || !matches(got[i], c.want[i]) {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
				break
			}
		}
	}
}

func damaged(b []byte) []byte {
	b = bytes.Clone(b)
	for i := len(b) / 2; i < len(b)/2+8; i++ {
		b[i] ^= 0x55
	}
	return b
}

// outcome lists documents, skips, notes and quarantined records.
func outcome(f *formattest.Feed) (list []string) {
	for _, d := range f.Documents {
		list = append(list, "+"+d.ID)
	}
	for _, reason := range []string{"HTTP status", "media type", "empty file"} {
		if f.Skipped[reason] > 0 {
			list = append(list, "-"+reason)
		}
	}
	for reason := range f.Noted {
		list = append(list, "~"+reason)
	}
	for _, e := range f.Quarantined {
		list = append(list, fmt.Sprintf("!%d at byte %d: %v", e.Record, e.Offset, e.Err))
	}
	return list
}

// matches holds an outcome against what is wanted of it: the place, and words of
// the error.
func matches(got, want string) bool {
	place, words, _ := strings.Cut(want, ": ")
	return got == want || want[0] == '!' && strings.HasPrefix(got, place) && strings.Contains(got, words)
}

// endless is a store with one file that is made while it is read: a line of
// 200 MB between two others.
type endless struct{ store.Store }

const longLine = 200 << 20

func (endless) size() int64 { return int64(2*len(shortLine)) + longLine }

const shortLine = `{"text":"short"}` + "\n"

func (endless) String() string { return "made" }

func (e endless) List(context.Context, string) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) { yield(store.Object{Name: "f", Size: e.size()}, nil) }
}

func (e endless) Stat(context.Context, string) (store.Object, error) {
	return store.Object{Name: "f", Size: e.size()}, nil
}

func (endless) Open(context.Context, string) (io.ReadCloser, error) {
	long := io.LimitReader(repeat('x'), longLine-int64(len(`{"text":""}`))-1)
	return io.NopCloser(io.MultiReader(strings.NewReader(shortLine+`{"text":"`), long, strings.NewReader("\"}\n"+shortLine))), nil
}

type repeat byte

func (r repeat) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r)
	}
	return len(b), nil
}

// TestLongLine reads a line of 200 MB without holding it.
func TestLongLine(t *testing.T) {
	e := env()
	e.Stores = store.Schemes{"embedded:": store.Embedded(map[string]store.Store{"made": endless{}})}
	src, err := openJSONL(t.Context(), []string{"embedded:made/*"}, e)
	if err != nil {
		t.Fatal(err)
	}
	shards, err := src.Shards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f := &formattest.Feed{Shard: shards[0]}
	if err := src.Read(t.Context(), shards[0], f); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	want := []string{"+src/f#0", "+src/f#2", "!1 at byte 17: line is longer than record_bytes_max"}
	if got := outcome(f); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q", got)
	}
	if at := f.Documents[1].Origin.Offset; at != int64(len(shortLine))+longLine {
		t.Errorf("the last line is at byte %d", at)
	}
}

// TestParquetColumns checks which column becomes what, and what a file must have.
func TestParquetColumns(t *testing.T) {
	s := "t"
	data := parquetFile(t, &s)
	for _, c := range []struct {
		change func(*gather.Parquet)
		carry  string
		want   string
	}{
		{func(*gather.Parquet) {}, "extra", `100||t|{"lang":"en","meta":{"a":1}}`},
		{func(*gather.Parquet) {}, "drop", `100||t|`},
		{func(p *gather.Parquet) { p.TextColumn, p.URLColumn, p.IDColumn = "lang", "text", "none" }, "extra", `src/f#0|t|en|{"id":100,"meta":{"a":1}}`},
		{func(p *gather.Parquet) { p.TextColumn = "body" }, "extra", `error: no column "body"; the file has id, text, lang, meta: set text_column`},
		{func(p *gather.Parquet) { p.TextColumn = "id" }, "extra", `error: column "id" holds no text`},
	} {
		e := env()
		e.Carry = c.carry
		open := opener(gather.OpenParquet, func(p *gather.Parquet, paths []string) { p.Paths, p.Columns.Find = paths, "none"; c.change(p) })
		feeds, err := formattest.Source{Open: open}.Read(t, e, map[string][]byte{"f": data})
		got := fmt.Sprint("error: ", err)
		if err == nil {
			d := feeds[0].Documents[0]
			got = fmt.Sprintf("%s|%s|%s|%s", d.ID, d.URL, d.Text, d.Extra)
		}
		if got != c.want && !(err != nil && strings.HasPrefix(got, c.want)) {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	if _, err := gather.ParquetDef.OpenExact(t.Context(), &gather.Parquet{Paths: []string{"x"}}, env()); err == nil {
		t.Error("no text column: no error")
	}
}

// TestCarryDrop drops the undeclared fields of JSON lines.
func TestCarryDrop(t *testing.T) {
	for _, c := range []struct{ carry, want string }{{"extra", `{"n":1}`}, {"drop", ""}} {
		e := env()
		e.Carry = c.carry
		feeds, err := formattest.Source{Open: openJSONL}.Read(t, e, map[string][]byte{"f": []byte(`{"text":"t","n":1}`)})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(feeds[0].Documents[0].Extra); got != c.want {
			t.Errorf("carry %s: %q", c.carry, got)
		}
	}
}

// TestSameShardName refuses two files of one name from two folders.
func TestSameShardName(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		w, err := store.Local(dir).Create(t.Context(), "f")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	src, err := openText(t.Context(), []string{a + "/*", b + "/*"}, env())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Shards(t.Context()); err == nil || errors.Is(err, store.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
