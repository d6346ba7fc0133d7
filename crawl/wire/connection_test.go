package wire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// TestKeep counts the connections of three exchanges.
func TestKeep(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		close  bool
		want   int64
	}{
		"length":              {head + "Content-Length: 2\r\n\r\nok", false, 1},
		"chunks":              {head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false, 1},
		"none":                {"HTTP/1.1 204 No Content\r\n\r\n", false, 1},
		"closed in silence":   {head + "Content-Length: 2\r\n\r\nok", true, 3},
		"close":               {head + "Content-Length: 2\r\nConnection: Foo, Close\r\n\r\nok", false, 3},
		"HTTP/1.0":            {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 3},
		"HTTP/1.0 keep-alive": {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", false, 1},
		"to the end":          {head + "\r\nok", true, 3},
		"bytes behind":        {head + "Content-Length: 2\r\n\r\nokHTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n", false, 3},
		"two framings":        {head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false, 3},
		"body of a 304":       {"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok", false, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, says(c.answer, !c.close))
			tr := transport(t, wire.Limits{})
			for range 3 {
				x, err := get(t, tr, s.url("/"))
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(x.Response), "Forged") || x.Truncated != "" {
					t.Errorf("%q %q", x.Response, x.Truncated)
				}
			}
			if n := s.connections.Load(); n != c.want {
				t.Errorf("%d connections, want %d", n, c.want)
			}
		})
	}
}

// TestLateBytes: what a server sends between two exchanges answers none.
func TestLateBytes(t *testing.T) {
	late := make(chan bool)
	s := serve(t, func(c net.Conn, _ string) bool {
		_, _ = io.WriteString(c, head+"Content-Length: 2\r\n\r\nok")
		if <-late {
			_, _ = io.WriteString(c, "HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
			late <- true
		}
		return true
	})
	tr := transport(t, wire.Limits{})
	for i := range 2 {
		x, err := get(t, tr, s.url("/"))
		if err != nil || !strings.HasSuffix(string(x.Response), "ok") {
			t.Fatalf("exchange %d: %v %+v", i, err, x)
		}
		if late <- i == 0; i == 0 {
			<-late
		}
	}
	if n := s.connections.Load(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// TestStale: a kept connection that ends with the next request on it is replaced once, if no
// byte of an answer came.
func TestStale(t *testing.T) {
	for _, c := range []struct {
		begins string // what comes on the second request
		want   wire.Kind
		asked  int
	}{{"", "", 3}, {"H", wire.KindDisconnect, 2}} {
		on := map[net.Conn]int{}
		s := serve(t, func(conn net.Conn, _ string) bool {
			if on[conn]++; on[conn] == 2 {
				_, _ = io.WriteString(conn, c.begins)
				return false
			}
			_, _ = io.WriteString(conn, head+"Content-Length: 2\r\n\r\nok")
			return true
		})
		tr := transport(t, wire.Limits{})
		if _, err := get(t, tr, s.url("/")); err != nil {
			t.Fatal(err)
		}
		x, err := get(t, tr, s.url("/"))
		if kind(err) != c.want || len(s.requests) != c.asked {
			t.Errorf("%v, want kind %q; %d requests, want %d", err, c.want, len(s.requests), c.asked)
		}
		if err == nil && !strings.HasSuffix(string(x.Response), "ok") {
			t.Errorf("%q", x.Response)
		}
	}
	s := serve(t, says("", false)) // a new connection is not replaced
	if _, err := get(t, transport(t, wire.Limits{}), s.url("/")); kind(err) != wire.KindDisconnect || s.connections.Load() != 1 {
		t.Errorf("%v, %d connections", err, s.connections.Load())
	}
}

// TestRequest looks at what is sent of a request.
func TestRequest(t *testing.T) {
	s := serve(t, says(head+"Content-Length: 0\r\n\r\n", true))
	host := s.Addr().String()
	tr := transport(t, wire.Limits{URLBytes: 200, CookieBytes: 20})
	const ua = "User-Agent: test/1 (+mailto:a@example.org)\r\nAccept-Encoding: gzip\r\n"
	long := "http://" + host + "/" + strings.Repeat("p", 200-len("http:///")-len(host))
	for _, c := range []struct {
		method, url string
		header      http.Header
		want        string // without Host, User-Agent, Accept-Encoding
		kind        wire.Kind
	}{
		{"GET", "http://" + host, nil, "GET / HTTP/1.1", ""},
		{"", "HTTP://" + host + "?a=b#c", nil, "GET /?a=b HTTP/1.1", ""},
		{"GET", "http://" + host + "/%7e%2F/ä", nil, "GET /%7e%2F/%C3%A4 HTTP/1.1", ""},
		{"GET", "http://user:secret@" + host + "/", nil, "GET / HTTP/1.1", ""},
		{"GET", "http://" + host + "/", http.Header{"X-B": {"1", "2"}, "Accept": {"*/*"}, "If-None-Match": {`"x"`}}, "GET / HTTP/1.1\r\nAccept: */*\r\nIf-None-Match: \"x\"\r\nX-B: 1\r\nX-B: 2", ""},
		{"GET", "http://" + host + "/", http.Header{"User-Agent": {"Other"}, "Accept-Encoding": {"br"}, "Connection": {"Upgrade"}, "Upgrade": {"h2c"}, "Host": {"h"}, "Te": {"x"}, "Transfer-Encoding": {"chunked"}, "Content-Length": {"5"}, "Proxy-Authorization": {"x"}}, "GET / HTTP/1.1", ""},
		{"GET", "http://" + host + "/", http.Header{"X": {"a\r\nY: b"}}, "", wire.KindRequest},
		{"GET", "http://" + host + "/", http.Header{"X": {"a\nY: b"}}, "", wire.KindRequest},
		{"GET", "http://" + host + "/", http.Header{"X\r\nY": {"a"}}, "", wire.KindRequest},
		{"GET", "http://" + host + "/", http.Header{"Cookie": {strings.Repeat("c", 20)}}, "GET / HTTP/1.1\r\nCookie: " + strings.Repeat("c", 20), ""},
		{"GET", "http://" + host + "/", http.Header{"Cookie": {strings.Repeat("c", 21)}}, "", wire.KindRequest},
		{"HEAD", "http://" + host + "/?b=ü&c=%zz", nil, "HEAD /?b=%C3%BC&c=%zz HTTP/1.1", ""},
		{"GET", "http://" + host + "/?a b", nil, "", wire.KindURL},
		{"GET", long, nil, "GET " + long[len("http://"+host):] + " HTTP/1.1", ""},
		{"GET", long + "p", nil, "", wire.KindURL},
		{"POST", "http://" + host + "/", nil, "", wire.KindRequest},
	} {
		r, err := http.NewRequest(c.method, c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.method == "" {
			r.Method = ""
		}
		maps.Copy(r.Header, c.header)
		x, err := tr.Exchange(context.Background(), r)
		if kind(err) != c.kind {
			t.Errorf("%s %s %v: %v, want kind %q", c.method, c.url, c.header, err, c.kind)
		}
		if err != nil {
			continue
		}
		line, rest, _ := strings.Cut(c.want, "\r\n")
		want := line + "\r\nHost: " + host + "\r\n" + ua + rest + "\r\n"
		if rest != "" {
			want += "\r\n"
		}
		if got := <-s.requests; got != want || string(x.Request) != want || strings.Contains(x.URL, "secret") {
			t.Errorf("%s: the server got %q, recorded %q, want %q", c.url, got, x.Request, want)
		}
	}
	if n := len(s.requests); n != 0 {
		t.Errorf("%d requests more", n)
	}
	nobody := &wire.Transport{Allow: outbound.Allow{Loopback: true}}
	if _, err := get(t, nobody, s.url("/")); kind(err) != wire.KindRequest || !strings.Contains(err.Error(), "User-Agent") {
		t.Errorf("without a User-Agent: %v", err)
	}
}

// TestTLS verifies servers, and speaks HTTP/1.1 over TLS 1.2 or later.
func TestTLS(t *testing.T) {
	start := func(config *tls.Config) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.TLS.ServerName+r.Proto) }))
		s.Config.ErrorLog = quietLog
		s.TLS = config
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	modern := start(nil)
	roots := x509.NewCertPool()
	roots.AddCert(modern.Certificate())
	names := fakeNames(t, map[string][]string{"example.com": {"127.0.0.1"}, "other.test": {"127.0.0.1"}})
	at := func(s *httptest.Server, host string) string {
		return "https://" + host + s.URL[strings.LastIndex(s.URL, ":"):] + "/"
	}
	for name, c := range map[string]struct {
		url     string
		roots   *x509.CertPool
		want    wire.Kind
		version string
	}{
		"by name":      {at(modern, "example.com"), roots, "", "tls/1.3"},
		"by address":   {at(modern, "127.0.0.1"), roots, "", "tls/1.3"},
		"unknown root": {at(modern, "example.com"), nil, wire.KindTLS, ""},
		"other name":   {at(modern, "other.test"), roots, wire.KindTLS, ""},
		"TLS 1.2":      {at(start(&tls.Config{MaxVersion: tls.VersionTLS12}), "example.com"), roots, "", "tls/1.2"},
		"TLS 1.1":      {at(start(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), "example.com"), roots, wire.KindTLS, ""},
		"other ALPN":   {at(start(&tls.Config{NextProtos: []string{"spdy/3"}}), "example.com"), roots, wire.KindTLS, ""},
		"no TLS":       {"https://" + greet(t, "HTTP/1.1 400 Bad Request\r\n\r\n") + "/", roots, wire.KindTLS, ""},
		"silence":      {"https://" + greet(t, "") + "/", roots, wire.KindTimeout, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr := transport(t, wire.Limits{})
			if tr.Roots, tr.Resolver = c.roots, names; c.want == wire.KindTimeout {
				tr.Limits.Handshake = 100 * time.Millisecond
			}
			for range 2 { // the second on the connection kept
				x, err := get(t, tr, c.url)
				if kind(err) != c.want {
					t.Fatalf("%v, want kind %q", err, c.want)
				}
				if err != nil {
					return
				}
				body, _, err := x.Body()
				host := "example.com"
				if strings.Contains(c.url, "127.0.0.1") {
					host = ""
				}
				if x.TLS != c.version || x.Cipher == "" || x.Protocol != "http/1.1" || string(body) != host+"HTTP/1.1" || err != nil {
					t.Errorf("%q %q %q %q %v", x.TLS, x.Cipher, x.Protocol, body, err)
				}
			}
		})
	}
}

// greet is the address of a server that sends a greeting and waits for the end.
func greet(t *testing.T, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) //nolint:errcheck // a test's
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, greeting)
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	return l.Addr().String()
}

// TestClient uses the transport as net/http does, with redirects and cookies of its client.
func TestClient(t *testing.T) {
	s := serve(t, func(c net.Conn, request string) bool {
		answer := head + "Set-Cookie: a=b\r\nset-cookie: c=d\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n", len(gzipHello)) + gzipHello + "\r\n0\r\n\r\n"
		switch {
		case strings.HasPrefix(request, "GET /old"):
			answer = "HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n"
		case strings.HasPrefix(request, "GET /gone"):
			answer = ""
		}
		_, _ = io.WriteString(c, answer)
		return answer != ""
	})
	tap := &wire.Tap{Transport: transport(t, wire.Limits{})}
	client := http.Client{Transport: tap}
	resp, err := client.Get(s.url("/old"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "hello" || resp.Status != "200 OK" || resp.ContentLength != 5 || !resp.Uncompressed || resp.Header.Get("Content-Encoding") != "" ||
		len(resp.Header["Set-Cookie"]) != 2 || resp.Request.URL.Path != "/new" {
		t.Errorf("%v %q %+v", err, body, resp)
	}
	if tap.Err != nil || !strings.HasSuffix(tap.Last.URL, "/new") || !strings.Contains(string(tap.Last.Response), "\r\nset-cookie: c=d\r\n") {
		t.Errorf("%+v", tap)
	}
	if _, err := client.Get(s.url("/gone")); kind(err) != wire.KindDisconnect || tap.Last != nil || !errors.Is(err, tap.Err) {
		t.Errorf("%v", err)
	}
	client.Transport = transport(t, wire.Limits{DecodedBytes: 4})
	if resp, err = client.Get(s.url("/large")); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); err == nil || len(body) > 0 {
		t.Errorf("a body over its limit: %q %v", body, err)
	}
}
