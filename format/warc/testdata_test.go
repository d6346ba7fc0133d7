package warc

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

var testDate = time.Date(2024, 5, 22, 12, 30, 0, 0, time.UTC)

// page is one plain response record as bytes.
func page(i int) string {
	body := fmt.Sprintf("<html>page %d %s</html>", i, strings.Repeat("lorem ipsum ", 20+i))
	http := "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
	return raw(fmt.Sprintf("WARC-Type: response\r\nWARC-Record-ID: <urn:x:%d>\r\nWARC-Date: 2024-05-22T12:30:00Z\r\nWARC-Target-URI: http://example.org/%d\r\n", i, i), len(http), http)
}

// raw is a record with given header lines and claimed length.
func raw(lines string, length int, block string) string {
	return fmt.Sprintf("WARC/1.0\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n", lines, length, block)
}

func pages(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = page(i)
	}
	return out
}

func gz(parts ...string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		io.WriteString(w, p)
		w.Close()
	}
	return b.Bytes()
}

func zst(parts ...string) []byte {
	var out []byte
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	for _, p := range parts {
		out = w.EncodeAll([]byte(p), out)
	}
	return out
}

// readStream reads a stream and returns what happened as words: the number in the
// URI of each record, with ~ if its length and ? if its checksum is wrong, or the cause of an error in
// parentheses.
func readStream(t testing.TB, in io.Reader, opts Options) string {
	t.Helper()
	r := NewReader(in, opts)
	var got []string
	for range 10_000 {
		rec, err := r.Next()
		var re *RecordError
		switch {
		case err == io.EOF:
			if _, again := r.Next(); again != io.EOF {
				t.Errorf("after io.EOF: %v", again)
			}
			return strings.Join(got, " ")
		case errors.As(err, &re):
			got = append(got, "("+cause(re.Err)+")")
		case err != nil:
			return strings.Join(append(got, "["+cause(err)+"]"), " ")
		default:
			if _, err := rec.HTTP(); err != nil && !errors.Is(err, ErrNotHTTP) {
				t.Errorf("record %d: %v", rec.Number, err)
			}
			name := rec.TargetURI[strings.LastIndexByte(rec.TargetURI, '/')+1:]
			if rec.WrongLength {
				name += "~"
			}
			if rec.BadChecksum {
				name += "?"
			}
			got = append(got, name)
		}
	}
	t.Fatal("no end")
	return ""
}

func cause(err error) string {
	for name, target := range map[string]error{"length": ErrContentLength, "header": ErrHeader, "none": ErrNoRecord,
		"large": ErrTooLarge, "cut": io.ErrUnexpectedEOF, "dict": ErrDictionary} {
		if errors.Is(err, target) {
			return name
		}
	}
	return "damage"
}

func first(a, _ string) string { return a }
