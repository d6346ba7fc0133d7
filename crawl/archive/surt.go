package archive

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/internal/percent"
)

// surt is the key of a URL in indexes of web archives (Sort-friendly URI Reordering Transform):
// "com,example)/path?a=1&b=2". As there, what rarely tells pages apart is left out: scheme,
// default port, a leading www, case, the order of the query, a last slash.
func surt(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return strings.ToLower(escapeAgain(address))
	}
	key := surtHost(strings.ToLower(strings.Trim(u.Hostname(), ".")))
	if port := u.Port(); port != "" && !(u.Scheme == "http" && port == "80") && !(u.Scheme == "https" && port == "443") {
		key += ":" + port
	}
	path := surtPath(u.EscapedPath())
	query := ""
	if u.RawQuery != "" {
		query = "?" + surtQuery(strings.ToLower(escapeAgain(u.RawQuery)))
	}
	return key + ")" + path + query
}

func surtHost(host string) string {
	if at, err := netip.ParseAddr(host); err == nil && at.Is6() {
		return host
	}
	if rest, ok := strings.CutPrefix(host, "www"); ok {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(rest, "0123456789"), "."); ok && rest != "" {
			host = rest
		}
	}
	labels := strings.Split(host, ".")
	slices.Reverse(labels)
	return strings.Join(labels, ",")
}

// surtPath resolves dots and drops empty elements.
func surtPath(escaped string) string {
	var out []string
	for part := range strings.SplitSeq(unescapeAll(escaped), "/") {
		switch part {
		case "", ".":
		case "..":
			out = out[:max(0, len(out)-1)]
		default:
			out = append(out, escape(part))
		}
	}
	return strings.ToLower("/" + strings.Join(out, "/"))
}

// surtQuery sorts the arguments by name, then by value.
func surtQuery(query string) string {
	args := strings.Split(query, "&")
	slices.SortFunc(args, func(a, b string) int {
		an, av, aHas := strings.Cut(a, "=")
		bn, bv, bHas := strings.Cut(b, "=")
		switch {
		case an != bn:
			return strings.Compare(an, bn)
		case aHas != bHas:
			if bHas {
				return -1
			}
			return 1
		}
		return strings.Compare(av, bv)
	})
	return strings.Join(args, "&")
}

// maxUnescape is how often escapes of escapes are undone.
const maxUnescape = 8

// escapeAgain undoes percent-encoding and makes it again where it is needed.
func escapeAgain(s string) string { return escape(unescapeAll(s)) }

func unescapeAll(s string) string {
	for range maxUnescape {
		next := percent.Decode(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// escape encodes what is not printable ASCII, "#" and "%".
func escape(s string) string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '%' {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}
