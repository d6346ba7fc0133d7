package testweb

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// client follows nothing and resolves names by the web.
func client(t *testing.T, w *Web) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		addrs, err := w.Resolve(ctx, host)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(addrs[0].String(), port))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func start(t *testing.T, size Size) *Web {
	t.Helper()
	w, err := Start(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// TestPages asks for every page: each answers with 200, at once or when asked again.
func TestPages(t *testing.T) {
	w := start(t, Size{})
	c := client(t, w)
	pages := w.Pages()
	if len(pages) < 3000 {
		t.Errorf("%d pages", len(pages))
	}
	seen := map[string]string{}
	for _, u := range pages {
		body, tries := "", 0
		for ; body == "" && tries < 4; tries++ {
			r, err := c.Get(u)
			if err != nil {
				continue
			}
			b, err := io.ReadAll(r.Body)
			r.Body.Close()
			if err == nil && r.StatusCode == 200 {
				body = string(b)
			}
		}
		if body == "" {
			t.Errorf("%s: no page in %d tries", u, tries)
		}
		if other, ok := seen[body]; ok && !strings.Contains(u, "charsets") {
			t.Errorf("%s and %s are alike", u, other)
		}
		seen[body] = u
	}
	if got := len(w.Requests()); got < len(pages) {
		t.Errorf("%d requests remembered of %d", got, len(pages))
	}
	for _, u := range w.Forbidden() {
		if slices.Contains(pages, u) {
			t.Errorf("%s is wanted and forbidden", u)
		}
	}
}

// TestAnswersAreRemembered compares what was sent with what came.
func TestAnswersAreRemembered(t *testing.T) {
	w := start(t, Size{Plain: 1, Pages: 2})
	addrs, err := w.Resolve(t.Context(), "odd.localhost")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", netip.AddrPortFrom(addrs[0], uint16(w.port)).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /odd-head HTTP/1.1\r\nHost: odd.localhost:%d\r\nConnection: close\r\n\r\n", w.port)
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	requests := w.Requests()
	if len(requests) != 1 || !bytes.Equal(requests[0].Answer, got) || !bytes.Contains(got, []byte("x-lower:  two  spaces \r\n")) {
		t.Errorf("remembered %d requests; got %q", len(requests), got)
	}
}

// What inflates is a sound member, and small.
func TestInflates(t *testing.T) {
	for _, mebibytes := range []int{1, 2, 3, 4, 7} {
		b := inflates(mebibytes)
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, z)
		if err != nil || n != int64(mebibytes)<<20 || len(b) > mebibytes*8<<10 {
			t.Errorf("%d MiB: %d bytes inflate to %d, %v", mebibytes, len(b), n, err)
		}
	}
	if n := len(inflating()); n < 1<<20 || n > 5<<20 {
		t.Errorf("a GiB in %d bytes", n)
	}
}
