package wire

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"net"
	"net/http"
	"testing"
	"time"
)

// scripted is a connection that gives bytes in pieces of a size.
type scripted struct {
	net.Conn
	rest  []byte
	piece int
}

func (s *scripted) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.piece)], s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }
func (s *scripted) Close() error                     { return nil }

// exchanged reads sent as the answer to a request.
func exchanged(sent []byte, piece int, method string, limits Limits) (*Exchange, bool, error) {
	limits = limits.filled()
	x := &Exchange{URL: "http://example.org/", Method: method, Request: []byte(method + " / HTTP/1.1\r\nHost: example.org\r\n\r\n")}
	c := &connection{Conn: &scripted{rest: sent, piece: piece}}
	_, clean, err := c.exchange(x, &limits, time.Now().Add(time.Hour))
	return x, clean, err
}

// FuzzResponse reads arbitrary answers: what is kept is what was sent, within the limits,
// whatever pieces it came in, and means the same when it is read again.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\nHTTP/1.1",
		"HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.0 200\n\nhello", "HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
		"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", "SSH-2.0\r\n",
		"HTTP/1.1 200 \r0\r\r\n\n",
	} {
		f.Add([]byte(seed), uint8(3), false)
		f.Add([]byte(seed), uint8(1), true)
	}
	limits := Limits{HeadBytes: 200, HeadLines: 8, BodyBytes: 300, DecodedBytes: 1000}
	f.Fuzz(func(t *testing.T, sent []byte, piece uint8, headOnly bool) {
		method := http.MethodGet
		if headOnly {
			method = http.MethodHead
		}
		x, clean, err := exchanged(sent, math.MaxInt, method, limits)
		y, cleanToo, errToo := exchanged(sent, int(piece)+1, method, limits)
		if (err == nil) != (errToo == nil) {
			t.Fatalf("at once %v, in pieces %v", err, errToo)
		}
		if err != nil {
			return
		}
		all := append(bytes.Clone(x.Interim), x.Response...)
		if !bytes.HasPrefix(sent, all) || len(x.Payload()) > 300 || x.HeadLen > 200 || len(x.Header) > 8 {
			t.Fatalf("kept %q of %q", all, sent)
		}
		if !bytes.Equal(x.Response, y.Response) || x.Truncated != y.Truncated || x.HeadLen != y.HeadLen || clean && !cleanToo {
			t.Fatalf("at once %q %q, in pieces %q %q", x.Response, x.Truncated, y.Response, y.Truncated)
		}
		again, err := Recorded(x.URL, x.Request, x.Response)
		if err != nil || again.HeadLen != x.HeadLen || again.Status != x.Status || again.Method != method || len(again.Header) != len(x.Header) {
			t.Fatalf("read again: %v %+v", err, again)
		}
		body, flaw, err := x.Body()
		if len(body) > 1000 || err != nil && flaw == "" {
			t.Fatalf("%d bytes decoded, flaw %q, %v", len(body), flaw, err)
		}
		if x.HTTP(nil).StatusCode != x.Status {
			t.Fatal("status differs")
		}
		asNetHTTP(t, x, clean, sent)
	})
}

// asNetHTTP compares what was read whole with what net/http reads.
func asNetHTTP(t *testing.T, x *Exchange, clean bool, sent []byte) {
	t.Helper()
	if !clean || len(x.Interim) > 0 || x.Header.Get("Content-Encoding") != "" {
		return
	}
	r, err := http.NewRequest(x.Method, x.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(sent)), r)
	if err != nil {
		return // it is stricter
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return
	}
	if ours, _, err := x.Body(); err == nil && (resp.StatusCode != x.Status || !bytes.Equal(ours, body)) && !bytes.HasPrefix(ours, []byte("\x1f\x8b")) {
		t.Fatalf("net/http reads %d %q, this %d %q", resp.StatusCode, body, x.Status, ours)
	}
}
