package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

// TestKind looks at both ends of what is not public, and right beside them.
func TestKind(t *testing.T) {
	for addr, want := range map[string]string{
		"126.255.255.255": "", "127.0.0.0": "loopback", "127.255.255.255": "loopback", "128.0.0.0": "",
		"9.255.255.255": "", "10.0.0.0": "private", "10.255.255.255": "private", "11.0.0.0": "",
		"172.15.255.255": "", "172.16.0.0": "private", "172.31.255.255": "private", "172.32.0.0": "",
		"192.167.255.255": "", "192.168.0.0": "private", "192.168.255.255": "private", "192.169.0.0": "",
		"100.63.255.255": "", "100.64.0.0": "carrier's network", "100.127.255.255": "carrier's network", "100.128.0.0": "",
		"169.253.255.255": "", "169.254.169.254": "link-local", "169.255.0.0": "",
		"0.0.0.0": "unspecified", "0.0.0.1": "this network", "1.0.0.0": "",
		"198.17.255.255": "", "198.18.0.0": "benchmarks", "198.20.0.0": "",
		"223.255.255.255": "", "224.0.0.1": "multicast", "239.255.255.255": "multicast", "240.0.0.0": "reserved", "255.255.255.255": "reserved",
		"192.0.2.1": "documentation", "198.51.100.1": "documentation", "203.0.113.1": "documentation",
		"::": "unspecified", "::1": "loopback", "::ffff:127.0.0.1": "loopback", "::ffff:10.0.0.1": "private", "::ffff:8.8.8.8": "",
		"::127.0.0.1": "loopback", "::8.8.8.8": "", "64:ff9b::7f00:1": "loopback", "64:ff9b::a9fe:a9fe": "link-local", "64:ff9b::808:808": "",
		"64:ff9b:1::1": "translated network", "2002:7f00:1::": "loopback", "2002:a00:1::1": "private", "2002:808:808::": "",
		"fe80::1": "link-local", "fc00::1": "private", "fdff::1": "private", "fec0::1": "private", "ff02::1": "multicast",
		"fd00:ec2::254": "private", "2001:db8::1": "documentation", "2001:0:1::1": "protocol assignments", "2606:4700::1111": "", "2a00::1": "",
		"::ffff:0:127.0.0.1": "loopback", "::ffff:0:8.8.8.8": "", "::fffe:ffff:ffff:ffff": "reserved", "::ffff:1:0:0": "reserved",
		"1fff:ffff::1": "reserved", "2000::1": "", "3ffe:ffff::1": "", "4000::1": "reserved", "fbff::1": "reserved",
	} {
		if got := outbound.Kind(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

// names is a name server that gives each name its answers, one after the other, the last
// again and again.
func names(t *testing.T, answers map[string][]string) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() }) //nolint:errcheck // a test's
	asked := map[string]int{}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			name := strings.TrimSuffix(q.Name.String(), ".")
			if list := answers[name]; len(list) > 0 && q.Type == dnsmessage.TypeA {
				a := list[min(asked[name], len(list)-1)]
				asked[name]++
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body: &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()}}}
			}
			packed, err := m.Pack()
			if err == nil {
				_, _ = pc.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// TestTransport asks servers of this machine by names, numbers and redirects.
func TestTransport(t *testing.T) {
	var reached atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := u.Port()
	resolver := names(t, map[string][]string{
		"here.test": {"127.0.0.1"}, "again.test": {"127.0.0.1", "127.0.0.2"}, "metadata.test": {"169.254.169.254"}, "network.test": {"10.1.2.3"},
	})
	for _, c := range []struct {
		address string
		allow   string
		want    string // "" is an answer
		reached int64
	}{
		{"http://127.0.0.1:PORT", "", "127.0.0.1 is no public address (loopback): --allow loopback", 0},
		{"http://127.0.0.1:PORT", "loopback", "", 1},
		{"http://127.0.0.1:PORT", "127.0.0.1", "", 1},
		{"http://127.0.0.1:PORT", "private", "loopback", 0},
		{"http://127.0.0.1:PORT", "localhost", "loopback", 0},
		{"http://[::ffff:127.0.0.1]:PORT", "", "is no public address (loopback)", 0},
		{"http://[::ffff:7f00:1]:PORT", "", "is no public address (loopback)", 0},
		{"http://[64:ff9b::7f00:1]:PORT", "", "is no public address (loopback)", 0},
		{"http://[::1]:PORT", "", "is no public address (loopback)", 0},
		{"http://0.0.0.0:PORT", "", "is no public address", 0},
		{"http://localhost:PORT", "", "localhost leads to", 0},
		{"http://here.test:PORT", "", "here.test leads to 127.0.0.1, which is no public address (loopback)", 0},
		{"http://here.test:PORT", "HERE.test", "", 1},
		{"http://here.test:PORT", "loopback", "", 1},
		{"http://metadata.test:PORT", "loopback,private", "169.254.169.254, which is no public address (link-local): --allow metadata.test", 0},
		{"http://network.test:PORT", "loopback", "network.test leads to 10.1.2.3, which is no public address (private): --allow private", 0},
		{"http://0x7f.1:PORT", "", "0x7f.1", 0},
		{"http://2130706433:PORT", "", "2130706433", 0},
		{"http://127.1:PORT", "", "127.1", 0},
		{"http://0177.0.0.1:PORT", "", "0177.0.0.1", 0},
		{"http://127.0.0.1:PORT/?to=http://metadata.test/", "127.0.0.1", "metadata.test leads to 169.254.169.254", 1},
		{"http://127.0.0.1:PORT/?to=http://here.test:PORT/", "127.0.0.1", "here.test leads to 127.0.0.1", 1},
		{"http://127.0.0.1:PORT/?to=http://[::1]:PORT/", "127.0.0.1", "is no public address (loopback)", 1},
	} {
		t.Run(c.address+" "+c.allow, func(t *testing.T) {
			allow, err := outbound.ParseAllow(strings.FieldsFunc(c.allow, func(r rune) bool { return r == ',' }))
			if err != nil {
				t.Fatal(err)
			}
			client := http.Client{Transport: outbound.Transport(allow, resolver)}
			defer client.CloseIdleConnections()
			before := reached.Load()
			resp, err := client.Get(strings.ReplaceAll(c.address, "PORT", port))
			if err == nil {
				resp.Body.Close() //nolint:errcheck // empty
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if n := reached.Load() - before; n != c.reached {
				t.Errorf("the server was reached %d times, want %d", n, c.reached)
			}
			if c.want != "" && strings.Contains(c.want, "public") && !errors.As(err, new(*outbound.RefusedError)) {
				t.Errorf("%T is no refusal", errors.Unwrap(err))
			}
		})
	}
}

// TestParseAllow refuses what is no host.
func TestParseAllow(t *testing.T) {
	a, err := outbound.ParseAllow([]string{"loopback", "private", "proxy", "wiki.example", "10.0.0.1"})
	if err != nil || fmt.Sprint(a) != "{true true true [wiki.example 10.0.0.1]}" {
		t.Error(a, err)
	}
	for _, word := range []string{"", "http://a", "a/b", "u@h"} {
		if _, err := outbound.ParseAllow([]string{word}); err == nil {
			t.Errorf("%q is allowed", word)
		}
	}
}

// TestServer goes to the server that was named, and nowhere that it points to.
func TestServer(t *testing.T) {
	var reached atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}
	}))
	defer s.Close()
	client := http.Client{CheckRedirect: outbound.NoRedirect}
	defer client.CloseIdleConnections()
	resp, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close() //nolint:errcheck // empty
	if resp, err = client.Get(s.URL + "/away"); !errors.Is(err, outbound.ErrRedirect) {
		t.Errorf("%v", err)
	}
	if resp != nil {
		resp.Body.Close() //nolint:errcheck // empty
	}
	if reached.Load() != 0 {
		t.Error("the other server was reached")
	}
}
