package urls

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxHostBytes is the longest name of DNS.
const maxHostBytes = 253

// appendOrigin writes scheme://host[:port] of an authority.
func appendOrigin(b []byte, scheme, authority string) ([]byte, error) {
	if strings.ContainsRune(authority, '@') {
		return nil, ErrLogin
	}
	b = append(append(b, scheme...), "://"...)
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
	}
	name, err := canonicalHost(host)
	if err != nil {
		return nil, err
	}
	b = append(b, name...)
	if port == "" {
		return b, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || port[0] == '+' {
		return nil, fmt.Errorf("port %.20q: want 1 to 65535", port)
	}
	if scheme == "http" && n == 80 || scheme == "https" && n == 443 {
		return b, nil
	}
	return strconv.AppendUint(append(b, ':'), n, 10), nil
}

// canonicalHost is a name, an IPv4 address or an IPv6 address in brackets.
func canonicalHost(host string) (string, error) {
	if len(host) > 3*maxHostBytes {
		return "", fmt.Errorf("host %.20q...: %w", host, ErrTooLong)
	}
	if strings.HasPrefix(host, "[") {
		a, err := netip.ParseAddr(strings.TrimSuffix(host[1:], "]"))
		if err != nil || !a.Is6() || a.Zone() != "" || !strings.HasSuffix(host, "]") {
			return "", fmt.Errorf("host %.60q is no IPv6 address", host)
		}
		return "[" + a.String() + "]", nil
	}
	if !plainName(host) {
		var err error
		if host, err = asciiName(host); err != nil {
			return "", err
		}
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return "", ErrNoHost
	}
	if len(host) > maxHostBytes {
		return "", fmt.Errorf("host %.20q...: %w", host, ErrTooLong)
	}
	return ipv4(host)
}

// plainName reports whether a name is in its form already, which most are.
func plainName(host string) bool {
	for i := range len(host) {
		if c := host[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return !strings.Contains(host, "xn--")
}

// names is IDNA as browsers have it: mapped, with underscores and what else DNS has.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false), idna.StrictDomainName(false), idna.Transitional(false))

// asciiName decodes escapes and writes a name in ASCII.
func asciiName(host string) (string, error) {
	var b []byte
	for i := 0; i < len(host); i++ {
		c := host[i]
		if e, ok := escapeAt(host[i:]); ok {
			c = e
			i += 2
		}
		b = append(b, c)
	}
	name, err := names.ToASCII(string(b))
	if err == nil { // what an ASCII form says must have that form
		_, err = names.ToASCII(name)
	}
	if err != nil || !utf8.Valid(b) {
		return "", fmt.Errorf("host %.60q is no name: %w", host, err)
	}
	name = strings.ToLower(name)
	for i := range len(name) {
		if c := name[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
			return "", fmt.Errorf("host %.60q: %q is in no name", host, c)
		}
	}
	return name, nil
}

// ipv4 writes an address in whatever notation as four numbers. A name whose last part is a
// number is an address or nothing.
func ipv4(host string) (string, error) {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if _, err := number(last); err != nil && strings.Trim(last, "0123456789") != "" {
		return host, nil
	}
	parts := strings.Split(host, ".")
	bad := fmt.Errorf("host %.60q is no IPv4 address", host)
	if len(parts) > 4 {
		return "", bad
	}
	var addr uint64
	for i, p := range parts {
		n, err := number(p)
		if err != nil {
			return "", bad
		}
		if i < len(parts)-1 {
			if n > 255 {
				return "", bad
			}
			addr |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return "", bad
		}
		addr |= n
	}
	return netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}).String(), nil
}

// number reads a decimal, 0octal or 0xhex number of at most 32 bits.
func number(s string) (uint64, error) {
	base, digits := 10, s
	switch {
	case strings.HasPrefix(s, "0x"):
		base, digits = 16, s[2:]
		if digits == "" {
			return 0, nil
		}
	case len(s) > 1 && s[0] == '0':
		base, digits = 8, s[1:]
	}
	if strings.ContainsAny(digits, "+-_") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(digits, base, 32)
}

// Domain is the registered domain of a canonical host name: example.co.uk of
// a.b.example.co.uk. An address, and a name that is a public suffix itself, is its own.
func Domain(hostname string) string {
	if strings.HasPrefix(hostname, "[") || !strings.ContainsRune(hostname, '.') {
		return hostname
	}
	if _, err := netip.ParseAddr(hostname); err == nil {
		return hostname
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(hostname)
	if err != nil {
		return hostname
	}
	return d
}
