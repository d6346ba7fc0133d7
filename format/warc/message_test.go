package warc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/warc"
)

// TestDecoder decodes messages as Record.HTTP does, and leaves each its body.
func TestDecoder(t *testing.T) {
	var d warc.Decoder
	var bodies [][]byte
	for _, text := range []string{"first", "second!", "ten bytes!"} {
		resp, err := d.HTTP([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+string("0123456789a"[len(text)])+"\r\n"+text+"\r\n0\r\n\r\n"), 10)
		if err != nil || string(resp.Body) != text {
			t.Fatal(err, resp)
		}
		bodies = append(bodies, resp.Body)
	}
	if resp, err := d.HTTP([]byte("HTTP/1.1 200 OK\r\n\r\neleven byte"), 10); !errors.Is(err, warc.ErrBodyTooLarge) || resp.Body != nil {
		t.Errorf("%v %v", resp, err)
	}
	if got := strings.Join([]string{string(bodies[0]), string(bodies[1]), string(bodies[2])}, " "); got != "first second! ten bytes!" {
		t.Errorf("bodies share memory: %q", got)
	}
	if _, err := d.HTTP([]byte("gopher"), 0); !errors.Is(err, warc.ErrNotHTTP) {
		t.Error(err)
	}
}

// TestParseHead reads a head with and without its empty line.
func TestParseHead(t *testing.T) {
	for _, end := range []string{"", "\r\n", "\r\n\r\n"} {
		status, reason, h, err := warc.ParseHead([]byte("HTTP/1.0 404 Not Here\r\nA: b\r\n c\r\na:  d" + end))
		if err != nil || status != 404 || reason != "Not Here" || len(h) != 2 || h[0] != (warc.Field{Name: "A", Value: "b c"}) || h[1] != (warc.Field{Name: "a", Value: "d"}) {
			t.Errorf("%q: %d %q %v %v", end, status, reason, h, err)
		}
	}
	for _, bad := range []string{"", "HTTP/1.1", "HTTP/1.1 20 x", "HTTP/1.1 2000", "ICY 200 OK"} {
		if _, _, _, err := warc.ParseHead([]byte(bad)); !errors.Is(err, warc.ErrNotHTTP) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if h := warc.ParseFields([]byte("via: a: b\r\nempty:\r\n")); len(h) != 2 || h[0].Value != "a: b" || h[1] != (warc.Field{Name: "empty"}) {
		t.Errorf("%v", h)
	}
}
