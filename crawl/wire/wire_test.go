package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// server answers each connection by a function of what it has been asked; it says what
// requests came.
type server struct {
	net.Listener
	connections atomic.Int64
	requests    chan string
}

// serve starts a server of this machine: answer gets each request, up to its empty line, and
// the connection; it returns whether another request can follow.
func serve(t *testing.T, answer func(c net.Conn, request string) bool) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l, requests: make(chan string, 1000)}
	t.Cleanup(func() { l.Close() }) //nolint:errcheck // a test's
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			go func() {
				defer c.Close()
				for {
					request, err := readRequest(c)
					if err != nil {
						return
					}
					s.requests <- request
					if !answer(c, request) {
						return
					}
				}
			}()
		}
	}()
	return s
}

func (s *server) url(path string) string { return "http://" + s.Addr().String() + path }

func readRequest(c net.Conn) (string, error) {
	var all []byte
	var one [1]byte
	for !strings.HasSuffix(string(all), "\r\n\r\n") {
		if _, err := c.Read(one[:]); err != nil {
			return "", err
		}
		all = append(all, one[0])
	}
	return string(all), nil
}

// says sends bytes and asks for more, or closes.
func says(answer string, more bool) func(net.Conn, string) bool {
	return func(c net.Conn, _ string) bool {
		_, err := c.Write([]byte(answer))
		return more && err == nil
	}
}

func transport(t *testing.T, limits wire.Limits) *wire.Transport {
	t.Helper()
	tr := &wire.Transport{Allow: outbound.Allow{Loopback: true}, UserAgent: "test/1 (+mailto:a@example.org)", Limits: limits}
	t.Cleanup(tr.Close)
	return tr
}

func get(t *testing.T, tr *wire.Transport, url string) (*wire.Exchange, error) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tr.Exchange(context.Background(), r)
}

const head = "HTTP/1.1 200 OK\r\n"

// TestBodies reads what servers send in every framing, and keeps it as it came.
func TestBodies(t *testing.T) {
	for name, c := range map[string]struct {
		sent, body string
		cut, flaw  string // Truncated, and what Body says
		close      bool   // the server closes behind it
		interim    string
	}{
		"length":            {sent: head + "Content-Length: 5\r\n\r\nhello", body: "hello"},
		"no body":           {sent: head + "Content-Length: 0\r\n\r\n"},
		"twice the same":    {sent: head + "Content-Length: 5, 5\r\ncontent-length: 5\r\n\r\nhello", body: "hello"},
		"no number":         {sent: head + "Content-Length: five\r\n\r\nhello", body: "hello", close: true},
		"to the end":        {sent: head + "\r\nhello", body: "hello", close: true},
		"chunks":            {sent: head + "Transfer-Encoding: chunked\r\n\r\n3;x=1\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n", body: "hello"},
		"chunks by LF":      {sent: head + "Transfer-Encoding: chunked\n\n5\nhello\n0\n\n", body: "hello"},
		"chunks and length": {sent: head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n", body: "hello"},
		"no chunks at all":  {sent: head + "Transfer-Encoding: chunked\r\n\r\n<p>hello", body: "<p>hello", close: true},
		"other coding":      {sent: head + "Transfer-Encoding: identity\r\n\r\nhello", body: "hello", close: true},
		"no last line":      {sent: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", body: "hello", close: true},
		"204":               {sent: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"},
		"304":               {sent: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
		"interim": {sent: "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 2\r\n\r\nok",
			interim: "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", body: "ok"},
		"cut length":      {sent: head + "Content-Length: 9\r\n\r\nhello", body: "hello", cut: "disconnect", flaw: "disconnect", close: true},
		"cut chunk":       {sent: head + "Transfer-Encoding: chunked\r\n\r\n9\r\nhello", body: "hello", cut: "disconnect", flaw: "disconnect", close: true},
		"cut chunks":      {sent: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", body: "hello", cut: "disconnect", flaw: "disconnect", close: true},
		"as they came":    {sent: "HTTP/1.1  200  F\xfcr Alle\nx-b: 1\nX-A:2\r\nX-B :  3\r\n folded\r\n\tagain\nno colon\nX-A: \xe4\xff\r\nCONTENT-LENGTH: 1\n\r\n\xff", body: "\xff"},
		"gzip":            {sent: head + "Content-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(gzipHello)) + "\r\n\r\n" + gzipHello, body: "hello"},
		"said to be gzip": {sent: head + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", body: "hello"},
		"cut gzip":        {sent: head + "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n" + gzipHello[:15], body: "hello"[:4], flaw: "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, says(c.sent, !c.close))
			tr := transport(t, wire.Limits{Idle: 5 * time.Second, Total: 10 * time.Second})
			x, err := get(t, tr, s.url("/a?b"))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(x.Interim) + string(x.Response); got != c.sent || string(x.Interim) != c.interim {
				t.Errorf("received %q, the server sent %q", got, c.sent)
			}
			body, flaw, err := x.Body()
			if string(body) != c.body && !(c.flaw == "damaged" && strings.HasPrefix("hello", string(body))) || flaw != c.flaw || err != nil || x.Truncated != c.cut {
				t.Errorf("body %q flaw %q truncated %q (%v), want %q %q %q", body, flaw, x.Truncated, err, c.body, c.flaw, c.cut)
			}
			if request := <-s.requests; request != string(x.Request) {
				t.Errorf("recorded %q, the server got %q", x.Request, request)
			}
			if x.URL != s.url("/a?b") || x.Remote.String() != s.Addr().String() || x.Ended.Before(x.FirstByte) || x.FirstByte.Before(x.Started) {
				t.Errorf("%+v", x)
			}
		})
	}
}

var gzipHello = func() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte("hello"))
	_ = w.Close()
	return b.String()
}()
