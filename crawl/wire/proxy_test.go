package wire_test

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// TestProxy asks a proxy for pages of servers that it alone can find.
func TestProxy(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "secure "+r.URL.Path) }))
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	s := serve(t, func(c net.Conn, request string) bool {
		switch {
		case strings.HasPrefix(request, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n"):
			server, err := net.Dial("tcp", secure.Listener.Addr().String())
			if err != nil {
				return false
			}
			defer server.Close()
			_, _ = io.WriteString(c, "HTTP/1.1 200 Connected\r\nVia: x\r\n\r\n")
			go func() { _, _ = io.Copy(server, c) }()
			_, _ = io.Copy(c, server)
			return false
		case strings.HasPrefix(request, "CONNECT "):
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\n\r\n")
			return false
		}
		_, _ = io.WriteString(c, head+"Content-Length: 5\r\n\r\nplain")
		return true
	})
	proxy := &url.URL{Scheme: "http", Host: s.Addr().String()}
	withUser := &url.URL{Scheme: "http", Host: s.Addr().String(), User: url.UserPassword("u", "secret")}
	for _, c := range []struct {
		url, line, body string
		proxy           *url.URL
		want            wire.Kind
	}{
		{"http://plain.test/a?b", "GET http://plain.test/a?b HTTP/1.1\r\n", "plain", proxy, ""},
		{"https://example.com/a?b", "GET /a?b HTTP/1.1\r\n", "secure /a", proxy, ""},
		{"https://example.com/a", "GET /a HTTP/1.1\r\n", "secure /a", withUser, ""},
		{"http://plain.test/", "", "", withUser, wire.KindConnect},
		{"https://other.test/", "", "", proxy, wire.KindConnect},
		{"http://plain.test/", "", "", &url.URL{Scheme: "socks5", Host: s.Addr().String()}, wire.KindConnect},
	} {
		tr := &wire.Transport{Allow: outbound.Allow{Proxy: true}, UserAgent: "test/1", Roots: roots}
		tr.SetProxy(func(*url.URL) (*url.URL, error) { return c.proxy, nil })
		x, err := get(t, tr, c.url)
		if kind(err) != c.want || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want kind %q", c.url, err, c.want)
		}
		if err == nil {
			body, _, err := x.Body()
			if string(body) != c.body || err != nil || !strings.HasPrefix(string(x.Request), c.line) || x.URL != c.url || x.Remote.IsValid() || strings.Contains(string(x.Request), "Proxy-") {
				t.Errorf("%s: %q %v %q %+v", c.url, body, err, x.Request, x)
			}
		}
		if c.proxy == withUser && c.want == "" {
			asked := ""
			for len(s.requests) > 0 {
				asked = <-s.requests
			}
			if !strings.Contains(asked, "\r\nProxy-Authorization: Basic dTpzZWNyZXQ=\r\n") {
				t.Errorf("the proxy was asked %q", asked)
			}
		}
		tr.Close()
	}
	for _, address := range []string{"http://127.0.0.1/", "https://[::1]/", "http://169.254.169.254/"} { // no proxy is asked for these
		tr := &wire.Transport{Allow: outbound.Allow{Proxy: true}, UserAgent: "test/1"}
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.Exchange(context.Background(), r); kind(err) != wire.KindAddress {
			t.Errorf("%s: %v", address, err)
		}
	}
}
