package wire_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// forbidden is a server that nobody may reach: it counts who does, on both loopbacks where the
// machine has both, on one port.
func forbidden(t *testing.T) (port string, reached *atomic.Int64) {
	t.Helper()
	reached = new(atomic.Int64)
	first, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err = net.SplitHostPort(first.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	listeners := []net.Listener{first}
	if second, err := net.Listen("tcp6", "[::1]:"+port); err == nil {
		listeners = append(listeners, second)
	}
	for _, l := range listeners {
		t.Cleanup(func() { l.Close() }) //nolint:errcheck // a test's
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				reached.Add(1)
				_, _ = io.WriteString(c, head+"Content-Length: 6\r\n\r\nsecret")
				_ = c.Close()
			}
		}()
	}
	return port, reached
}

// TestForbiddenAddresses tries what is known to lead fetchers to places they must not reach,
// against a real server of this machine through the real transport. Each row says what
// refuses it: "parse" is net/url, "url" the form of the URL, "port" its port, "address" the
// look at the address when it is dialled, "resolve" that there is no such name.
func TestForbiddenAddresses(t *testing.T) {
	port, reached := forbidden(t)
	names := fakeNames(t, map[string][]string{
		"loopback.test": {"127.0.0.1"}, "loopback6.test": {"::1"}, "mapped.test": {"::ffff:127.0.0.1"}, "private.test": {"10.1.2.3"},
		"metadata.test": {"169.254.169.254"}, "mixed.test": {"192.0.2.1,10.0.0.1,127.0.0.1"}, "mixed6.test": {"fd00::1,127.0.0.1"},
		"zero.test": {"0.0.0.0"}, "nat64.test": {"64:ff9b::7f00:1"}, "127.0.0.1.nip.test": {"127.0.0.1"},
	})
	for _, c := range []struct{ url, by string }{
		{"http://127.0.0.1:P/", "address"},
		{"https://127.0.0.1:P/", "address"},
		{"http://127.0.0.2:P/", "address"},
		{"http://127.255.255.254:P/", "address"},
		{"http://0.0.0.0:P/", "address"},
		{"http://0.0.0.1:P/", "address"},
		{"http://[::1]:P/", "address"},
		{"http://[::]:P/", "address"},
		{"http://[0:0:0:0:0:0:0:1]:P/", "address"},
		{"http://[::ffff:127.0.0.1]:P/", "address"},   // mapped
		{"http://[::ffff:7f00:1]:P/", "address"},      // the same in hexadecimal
		{"http://[::ffff:0:127.0.0.1]:P/", "address"}, // translated (SIIT)
		{"http://[::127.0.0.1]:P/", "address"},        // compatible
		{"http://[64:ff9b::127.0.0.1]:P/", "address"}, // NAT64
		{"http://[64:ff9b:1::127.0.0.1]:P/", "address"},
		{"http://[2002:7f00:1::]:P/", "address"},   // 6to4
		{"http://[2001:0:7f00:1::]:P/", "address"}, // Teredo
		{"http://[fe80::1]:P/", "address"},
		{"http://[::1%25lo]:P/", "url"}, // zones
		{"http://[fe80::1%25eth0]:P/", "url"},
		{"http://2130706433:P/", "url"},   // decimal
		{"http://017700000001:P/", "url"}, // octal
		{"http://0177.0.0.1:P/", "url"},
		{"http://0x7f000001:P/", "url"}, // hexadecimal
		{"http://0x7f.0x0.0x0.0x1:P/", "url"},
		{"http://0X7F.1:P/", "url"},
		{"http://127.1:P/", "url"}, // short
		{"http://127.0.1:P/", "url"},
		{"http://0:P/", "url"},
		{"http://0x:P/", "url"},
		{"http://127.0.0.1.:P/", "url"},
		{"http://127.0.0.01:P/", "url"},
		{"http://00127.0.0.1:P/", "url"},
		{"http://4294967297.0.0.1:P/", "url"}, // overflow
		{"http://127.0.0.1.0x0:P/", "url"},
		{"http://localhost:P/", "address"},
		{"http://LOCALHOST:P/", "address"},
		{"http://localhost.:P/", "resolve"},
		{"http://loopback.test:P/", "address"},
		{"http://loopback.test.:P/", "address"},
		{"http://loopback6.test:P/", "address"},
		{"http://mapped.test:P/", "address"},
		{"http://nat64.test:P/", "address"},
		{"http://zero.test:P/", "address"},
		{"http://private.test:P/", "address"},
		{"http://metadata.test/latest/meta-data/", "address"},
		{"http://mixed.test:P/", "address"},
		{"http://mixed6.test:P/", "address"},
		{"http://127.0.0.1.nip.test:P/", "address"},
		{"http://169.254.169.254/latest/meta-data/", "address"}, // metadata of clouds
		{"http://[fd00:ec2::254]/latest/meta-data/", "address"},
		{"http://[::ffff:a9fe:a9fe]/", "address"},
		{"http://100.100.100.200/latest/meta-data/", "address"},
		{"http://168.63.129.16.0x0/", "url"},
		{"http://192.168.0.1:P/", "address"},
		{"http://10.0.0.1:P/", "address"},
		{"http://172.16.0.1:P/", "address"},
		{"http://224.0.0.1:P/", "address"},
		{"http://255.255.255.255:P/", "address"},
		{"http://[ff02::1]:P/", "address"},
		{"http://example.org@127.0.0.1:P/", "address"}, // a user that looks like a host
		{"http://example.org:80@127.0.0.1:P/", "address"},
		{"http://example.org%23@127.0.0.1:P/", "address"},
		{"http://127.0.0.1:P@localhost:P/", "address"},
		{"http://127.0.0.1:P\\@example.test/", "parse"},
		{"http://example.test#@127.0.0.1:P/", "resolve"}, // a fragment, not a host
		{"http://example.test?@127.0.0.1:P/", "resolve"},
		{"http://127。0。0。1:P/", "url"}, // dots of IDNA
		{"http://１２７.0.0.1:P/", "url"},
		{"http://①②⑦.⓪.⓪.①:P/", "url"},
		{"http://ⓛocalhost:P/", "url"},
		{"http://%6c%6f%63alhost:P/", "parse"}, // escapes in a host
		{"http://127%2e0%2e0%2e1:P/", "parse"},
		{"http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:P/", "url"},
		{"http://127.0.0.1%00.example.test:P/", "parse"},
		{"http://local\thost:P/", "parse"},
		{"http://loopback.test\r\nX: y:P/", "parse"},
		{"http:127.0.0.1:P/", "url"},
		{"http:/127.0.0.1:P/", "url"},
		{"http:///127.0.0.1:P/", "url"},
		{"//127.0.0.1:P/", "url"},
		{"127.0.0.1:P", "parse"},
		{"file:///etc/passwd", "url"},
		{"file://127.0.0.1/etc/passwd", "url"},
		{"gopher://127.0.0.1:P/_GET", "url"},
		{"ftp://127.0.0.1:P/", "url"},
		{"dict://127.0.0.1:P/", "url"},
		{"ws://127.0.0.1:P/", "url"},
		{"unix:///var/run/docker.sock", "url"},
		{"http+unix://%2fvar%2frun%2fdocker.sock/info", "parse"},
		{"http://unix:/var/run/docker.sock", "resolve"},
		{"jar:http://127.0.0.1:P/!/", "url"},
		{"data:text/html,x", "url"},
		{"http://loopback.test:22/", "port"},
		{"http://loopback.test:25/", "port"},
		{"http://loopback.test:6667/", "port"},
		{"http://loopback.test:0/", "port"},
		{"http://loopback.test:65536/", "port"},
		{"http://loopback.test:-1/", "parse"},
		{"http://loopback.test:0000P/", "address"},
		{"http://loopback.test:P:80/", "parse"},
	} {
		t.Run(c.url, func(t *testing.T) {
			tr := &wire.Transport{UserAgent: "test/1", Resolver: names}
			defer tr.Close()
			by := refusedBy(t, tr, strings.NewReplacer(":P", ":"+port, "0000P", "0000"+port).Replace(c.url))
			if by != c.by {
				t.Errorf("refused by %q, want %q", by, c.by)
			}
			if reached.Load() != 0 {
				t.Fatal("the server was reached")
			}
		})
	}
}

// refusedBy says what kept the transport from a URL.
func refusedBy(t *testing.T, tr *wire.Transport, address string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "parse"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	x, err := tr.Exchange(ctx, r)
	if err == nil {
		t.Errorf("an answer: %q", x.Response)
		return ""
	}
	var refused *outbound.RefusedError
	switch k := kind(err); {
	case k == wire.KindURL && strings.Contains(err.Error(), "port "):
		return "port"
	case k == wire.KindAddress && !errors.As(err, &refused):
		t.Errorf("%v names no address", err)
	default:
		return string(k)
	}
	return "address"
}

// TestRebinding: a name that was public when somebody looked, and is not when it is dialled.
func TestRebinding(t *testing.T) {
	port, reached := forbidden(t)
	for _, to := range []string{"127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"} {
		names := fakeNames(t, map[string][]string{"rebind.test": {"198.41.0.4", to}})
		if looked, err := names.LookupHost(context.Background(), "rebind.test"); err != nil || len(looked) != 1 || looked[0] != "198.41.0.4" {
			t.Fatal(looked, err)
		}
		tr := &wire.Transport{UserAgent: "test/1", Resolver: names}
		if by := refusedBy(t, tr, "http://rebind.test:"+port+"/"); by != "address" || reached.Load() != 0 {
			t.Errorf("%s: refused by %q, reached %d times", to, by, reached.Load())
		}
	}
}

// TestRedirects: a server that may be reached sends its client to one that may not.
func TestRedirects(t *testing.T) {
	port, reached := forbidden(t)
	names := fakeNames(t, map[string][]string{"public.test": {"127.0.0.1"}, "inside.test": {"127.0.0.1"}})
	for _, to := range []string{"http://127.0.0.1:" + port, "http://localhost:" + port, "http://inside.test:" + port, "http://[::1]:" + port, "http://2130706433:" + port,
		"//inside.test:" + port, "http://public.test@inside.test:" + port, "file:///etc/passwd", "http://169.254.169.254/", "gopher://public.test/", "http://public.test:25/"} {
		s := serve(t, says("HTTP/1.1 302 Found\r\nLocation: "+to+"\r\nContent-Length: 0\r\n\r\n", true))
		tr := &wire.Transport{UserAgent: "test/1", Resolver: names, Allow: outbound.Allow{Hosts: []string{"public.test"}}}
		client := http.Client{Transport: tr}
		_, own, err := net.SplitHostPort(s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Get("http://public.test:" + own + "/")
		if err == nil {
			resp.Body.Close() //nolint:errcheck // a test's
		}
		var failed *url.Error
		if k := kind(err); !errors.As(err, &failed) || k != wire.KindAddress && k != wire.KindURL {
			t.Errorf("%s: %v", to, err)
		}
		if len(s.requests) != 1 || reached.Load() != 0 {
			t.Errorf("%s: %d requests, the other reached %d times", to, len(s.requests), reached.Load())
		}
		tr.Close()
	}
}

// TestAllowed reaches by name what is allowed by name, and a port that has no protocol of its
// own.
func TestAllowed(t *testing.T) {
	s := serve(t, says(head+"Content-Length: 0\r\n\r\n", true))
	_, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := fakeNames(t, map[string][]string{"wiki.test": {"127.0.0.1"}, "my_host-1.test": {"127.0.0.1"}})
	for _, host := range []string{"wiki.test", "WIKI.test", "my_host-1.test", "127.0.0.1"} {
		tr := &wire.Transport{UserAgent: "test/1", Resolver: names, Allow: outbound.Allow{Hosts: []string{host}}}
		if _, err := get(t, tr, "http://"+host+":"+port+"/"); err != nil {
			t.Error(err)
		}
		if _, err := get(t, tr, "http://localhost:"+port+"/"); kind(err) != wire.KindAddress {
			t.Errorf("another host of the same address: %v", err)
		}
		tr.Close()
	}
}
