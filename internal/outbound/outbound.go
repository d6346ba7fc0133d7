// Package outbound is the guard of everything that fetches: it says to which addresses a
// client connects. An address is looked at when it is dialled, as it was resolved: what a
// name, a number in an odd notation, a redirect or a second answer of a name server leads
// to makes no difference.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Allow is what a client may reach beside public addresses.
type Allow struct {
	// Loopback are the addresses of this machine.
	Loopback bool
	// Private are the addresses of private networks, 10.0.0.0/8 and fc00::/7 among them.
	Private bool
	// Proxy is the proxy of the environment, HTTPS_PROXY and its like, wherever it is. It
	// resolves names on its own: where it leads is its own matter.
	Proxy bool
	// Hosts are names or addresses, as URLs have them, that may lead anywhere.
	Hosts []string
}

// ParseAllow reads loopback, private, proxy, and hosts.
func ParseAllow(words []string) (Allow, error) {
	var a Allow
	for _, w := range words {
		switch {
		case w == "loopback":
			a.Loopback = true
		case w == "private":
			a.Private = true
		case w == "proxy":
			a.Proxy = true
		case w == "" || strings.ContainsAny(w, "/@ ") || strings.Contains(w, "://"):
			return a, fmt.Errorf("%q: want loopback, private, proxy, or a host as it stands in the address", w)
		default:
			a.Hosts = append(a.Hosts, w)
		}
	}
	return a, nil
}

// RefusedError says why a host is not reached.
type RefusedError struct {
	// Host is as the address has it.
	Host string
	// Addr is what it resolved to.
	Addr netip.Addr
	// Kind is the kind of address, such as loopback.
	Kind string
}

// Error says which flag would allow it.
func (e *RefusedError) Error() string {
	to := ""
	if e.Host != e.Addr.String() {
		to = " leads to " + e.Addr.String() + ", which"
	}
	allow := e.Host
	if e.Kind == kindLoopback || e.Kind == kindPrivate {
		allow = e.Kind
	}
	return fmt.Sprintf("%s%s is no public address (%s): --allow %s if it is meant", e.Host, to, e.Kind, allow)
}

const (
	kindLoopback = "loopback"
	kindPrivate  = "private"
)

// ranges are networks that no page of the web lies in, beside those that netip knows.
var ranges = []struct {
	prefix netip.Prefix
	kind   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("100.64.0.0/10"), "carrier's network"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("fec0::/10"), "private"},
	{netip.MustParsePrefix("100::/64"), "discarded"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2001::/23"), "protocol assignments"}, // Teredo among them
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
	{netip.MustParsePrefix("5f00::/16"), "segment routing"},
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	compatible = netip.MustParsePrefix("::/96")
	translated = netip.MustParsePrefix("::ffff:0:0:0/96")
	global     = netip.MustParsePrefix("2000::/3") // all that is given out of IPv6
)

// Kind is the kind of an address that is not public, "" if it is public. What an IPv6
// address carries of IPv4 is looked at in its place.
func Kind(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	b := a.As16()
	switch {
	case a.IsLoopback():
		return kindLoopback
	case a.IsPrivate():
		return kindPrivate
	case a.IsLinkLocalUnicast():
		return "link-local" // 169.254.169.254, the metadata of clouds, among them
	case a.IsMulticast():
		return "multicast"
	case !a.IsValid(), a.IsUnspecified():
		return "unspecified"
	case nat64.Contains(a), compatible.Contains(a), translated.Contains(a):
		return Kind(netip.AddrFrom4([4]byte(b[12:])))
	case nat64Local.Contains(a):
		return "translated network"
	case sixToFour.Contains(a):
		return Kind(netip.AddrFrom4([4]byte(b[2:6])))
	}
	for _, r := range ranges {
		if r.prefix.Contains(a) {
			return r.kind
		}
	}
	if a.Is6() && !global.Contains(a) {
		return "reserved"
	}
	return ""
}

// allows reports whether a host, as the address has it, may lead to an address.
func (a Allow) allows(host string, addr netip.Addr) error {
	kind := Kind(addr)
	switch {
	case kind == "", kind == kindLoopback && a.Loopback, kind == kindPrivate && a.Private:
		return nil
	case slices.ContainsFunc(a.Hosts, func(h string) bool { return strings.EqualFold(strings.Trim(h, "[]"), host) }):
		return nil
	}
	return &RefusedError{Host: host, Addr: addr, Kind: kind}
}

const (
	dialTimeout = 30 * time.Second
	keepAlive   = 30 * time.Second
)

// Dial connects to a host and port where that may be: each address that the host resolves
// to is looked at right before the connection. A nil resolver is the system's, and names
// below localhost are this machine. The error wraps a [RefusedError] where that is why.
func (a Allow) Dial(ctx context.Context, resolver *net.Resolver, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if below := strings.TrimSuffix(strings.ToLower(host), "."); resolver == nil && strings.HasSuffix(below, ".localhost") {
		address = net.JoinHostPort("localhost", port) // RFC 6761 section 6.3; not every name server knows
	}
	d := net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive, Resolver: resolver,
		ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return fmt.Errorf("%s: %w", resolved, err)
			}
			return a.allows(host, at.Addr())
		}}
	return d.DialContext(ctx, network, address)
}

// ProxyFor is the proxy that a URL is asked of: that of the environment where it is allowed
// and meant for the URL, else nil. An address in the URL itself is looked at as if it were
// dialled; a name is the proxy's to resolve.
func (a Allow) ProxyFor(u *url.URL) (*url.URL, error) {
	if !a.Proxy {
		return nil, nil
	}
	if at, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := a.allows(u.Hostname(), at); err != nil {
			return nil, err
		}
	}
	return http.ProxyFromEnvironment(&http.Request{URL: u})
}

// Transport is an HTTP transport that connects where it may, and asks a proxy only where
// that is allowed. A nil resolver is the system's.
func Transport(allow Allow, resolver *net.Resolver) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	var proxies sync.Map // by host
	t.Proxy = nil
	if allow.Proxy {
		t.Proxy = func(r *http.Request) (*url.URL, error) {
			u, err := allow.ProxyFor(r.URL)
			if u != nil {
				proxies.Store(u.Hostname(), true)
			}
			return u, err
		}
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if _, proxy := proxies.Load(host); proxy {
			return Allow{Hosts: []string{host}}.Dial(ctx, resolver, network, address)
		}
		return allow.Dial(ctx, resolver, network, address)
	}
	return t
}

// ErrRedirect is the error of a server that sends its client elsewhere.
var ErrRedirect = errors.New("the server redirects to another place, which is not followed: name that place")

// NoRedirect keeps the client of a server at it (http.Client.CheckRedirect).
func NoRedirect(*http.Request, []*http.Request) error { return ErrRedirect }
