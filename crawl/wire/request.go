package wire

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// target is where a request goes.
type target struct {
	url    string // without user and fragment
	secure bool
	host   string // name or address, no brackets
	port   string
	path   string   // what the request line has
	header string   // the value of Host
	proxy  *url.URL // that is asked for it; nil mostly
}

// address is what is dialled.
func (t *target) address() string {
	if strings.Contains(t.host, ":") {
		return "[" + t.host + "]:" + t.port
	}
	return t.host + ":" + t.port
}

// key tells connections that serve the same requests.
func (t *target) key() string {
	if t.secure {
		return "https://" + t.address()
	}
	return "http://" + t.address()
}

// badPorts are those of other protocols, which browsers refuse too ("bad ports" of the
// Fetch standard): a server of mail must not be sent lines from a page's link.
var badPorts = map[int]bool{
	1: true, 7: true, 9: true, 11: true, 13: true, 15: true, 17: true, 19: true, 20: true, 21: true, 22: true, 23: true,
	25: true, 37: true, 42: true, 43: true, 53: true, 69: true, 77: true, 79: true, 87: true, 95: true, 101: true,
	102: true, 103: true, 104: true, 109: true, 110: true, 111: true, 113: true, 115: true, 117: true, 119: true,
	123: true, 135: true, 137: true, 139: true, 143: true, 161: true, 179: true, 389: true, 427: true, 465: true,
	512: true, 513: true, 514: true, 515: true, 526: true, 530: true, 531: true, 532: true, 540: true, 548: true,
	554: true, 556: true, 563: true, 587: true, 601: true, 636: true, 989: true, 990: true, 993: true, 995: true,
	1719: true, 1720: true, 1723: true, 2049: true, 3659: true, 4045: true, 4190: true, 5060: true, 5061: true,
	6000: true, 6566: true, 6665: true, 6666: true, 6667: true, 6668: true, 6669: true, 6679: true, 6697: true, 10080: true,
}

// newTarget checks a URL and takes it apart.
func newTarget(u *url.URL, maxBytes int) (target, error) {
	var t target
	bare := *u
	bare.User, bare.Fragment, bare.RawFragment = nil, "", ""
	bare.RawPath, bare.RawQuery = inASCII(u.RawPath), inASCII(u.RawQuery) // String would write all of it anew
	t.url = bare.String()
	switch {
	case len(t.url) > maxBytes:
		n := len(t.url)
		t.url = t.url[:min(maxBytes, 200)] + "..."
		return t, fmt.Errorf("the URL has %d bytes, the most is %d", n, maxBytes)
	case u.Scheme == "https":
		t.secure, t.port = true, "443"
	case u.Scheme == "http":
		t.port = "80"
	default:
		return t, fmt.Errorf("scheme %q: only http and https are fetched", u.Scheme)
	}
	if u.Opaque != "" {
		return t, errors.New("there is no // behind the scheme")
	}
	if err := t.setHost(u); err != nil {
		return t, err
	}
	t.path = bare.RequestURI()
	if i := strings.IndexFunc(t.path, func(r rune) bool { return r <= ' ' || r == 0x7f }); i >= 0 || !strings.HasPrefix(t.path, "/") {
		return t, fmt.Errorf("the path %q cannot stand in a request", t.path)
	}
	return t, nil
}

// inASCII escapes the bytes above 0x7F of a part of a URL, and leaves the rest as it is
// written.
func inASCII(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return s
	}
	b := make([]byte, 0, 3*len(s))
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			b = append(b, s[i])
		} else {
			b = fmt.Appendf(b, "%%%02X", s[i])
		}
	}
	return string(b)
}

// setHost checks host and port.
func (t *target) setHost(u *url.URL) error {
	t.host = strings.ToLower(u.Hostname())
	if err := checkHost(t.host, strings.HasPrefix(u.Host, "[")); err != nil {
		return err
	}
	t.header = t.host
	if strings.Contains(t.host, ":") {
		t.header = "[" + t.host + "]"
	}
	port := u.Port()
	if port == "" {
		return nil
	}
	n, err := strconv.Atoi(port)
	switch {
	case err != nil || n < 1 || n > 65535:
		return fmt.Errorf("port %s is none", port)
	case badPorts[n]:
		return fmt.Errorf("port %d belongs to another protocol: it is not asked by HTTP", n)
	}
	if port = strconv.Itoa(n); port != t.port {
		t.port = port
		t.header += ":" + port
	}
	return nil
}

// checkHost refuses what is neither a name nor an address in its own notation. Numbers in
// notations that only some resolvers read (2130706433, 0x7f.1, 0177.0.0.1) are refused here,
// so that no resolver is asked about them.
func checkHost(host string, brackets bool) error {
	if host == "" {
		return errors.New("there is no host")
	}
	if brackets || strings.Contains(host, ":") {
		at, err := netip.ParseAddr(host)
		switch {
		case err != nil || !at.Is6():
			return fmt.Errorf("host %q is no IPv6 address", host)
		case at.Zone() != "":
			return fmt.Errorf("host %q has a zone, which means something on one machine only", host)
		}
		return nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	name := strings.TrimSuffix(host, ".")
	if len(name) > 253 {
		return fmt.Errorf("a host of %d bytes is no name", len(name))
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return fmt.Errorf("host %q is no name in ASCII: letters, digits, - and _ between dots", host)
		}
		last = label
	}
	if isNumber(last) {
		return fmt.Errorf("host %q ends in a number and is no address as 192.0.2.1 is", host)
	}
	return nil
}

// isNumber tells a label that browsers read as a part of an IPv4 address.
func isNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(label, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// dropped are the lines that belong to the connection, or that are not the caller's to say.
var dropped = map[string]bool{
	"Accept-Encoding": true, "Connection": true, "Content-Length": true, "Expect": true, "Host": true, "Keep-Alive": true,
	"Proxy-Authorization": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true,
	"Upgrade": true, "User-Agent": true,
}

// newRequest writes the request into one buffer: these bytes are sent, and recorded.
func newRequest(r *http.Request, t *target, userAgent string, limits *Limits) ([]byte, error) {
	switch {
	case r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead:
		return nil, fmt.Errorf("method %q: only GET and HEAD are sent", r.Method)
	case r.Body != nil && r.Body != http.NoBody:
		return nil, errors.New("a request with a body is not sent")
	case userAgent == "":
		return nil, errors.New("there is no User-Agent: say who fetches, and where that one is reached")
	}
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		if !dropped[http.CanonicalHeaderKey(name)] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	b := make([]byte, 0, 512)
	b = append(append(b, method(r)...), ' ')
	b = append(append(b, t.path...), " HTTP/1.1\r\n"...)
	var err error
	line := func(name, value string) {
		if !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			err = fmt.Errorf("header line %q: %q cannot be sent", name, value)
		}
		if strings.EqualFold(name, "Cookie") && len(value) > limits.CookieBytes {
			err = fmt.Errorf("a Cookie line of %d bytes, the most is %d", len(value), limits.CookieBytes)
		}
		b = append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
	}
	line("Host", t.header)
	line("User-Agent", userAgent)
	line("Accept-Encoding", "gzip")
	for _, name := range names {
		for _, value := range r.Header[name] {
			line(name, value)
		}
	}
	return append(b, "\r\n"...), err
}

// isToken tells what can be the name of a line.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return s != ""
}

func method(r *http.Request) string { return cmp.Or(r.Method, http.MethodGet) }
