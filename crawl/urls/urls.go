// Package urls says which addresses are one page, which belong to a crawl, and which are
// traps.
//
// The canonical form is what a browser would ask for, with what makes no page taken off:
//
//   - spaces and control characters around it, tabs and ends of lines within it, go; a
//     backslash before the query is a slash
//   - scheme http or https, lower case; names and passwords are refused
//   - the host in lower case, as IDNA ASCII, without a dot at its end; IPv4 addresses in
//     every notation as four numbers, IPv6 addresses compressed, without a zone
//   - no default port, no zeros before a port
//   - escapes of letters, digits, - . _ ~ are decoded, other escapes have capital letters,
//     what may not stand in a path or query is escaped as UTF-8, a % that begins no escape
//     is %25
//   - dot segments are resolved; no path is /
//   - session ids and the parameters that a [Form] drops go, with the ? of an empty query;
//     the order of the others stays
//   - no fragment
//
// The canonical form of a canonical form is itself.
package urls

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
)

// URL is a canonical address. The zero value is none.
type URL struct {
	text         string
	host, end    int // where the host begins, and the path
	query        int // where the ? is, or the length of the text
	port, scheme int // where the port's colon is, or end; where the scheme ends
}

// String is the whole address.
func (u URL) String() string { return u.text }

// Origin is scheme, host and port, such as http://a.example:8080: what a robots.txt holds for.
func (u URL) Origin() string { return u.text[:u.end] }

// Scheme is http or https.
func (u URL) Scheme() string { return u.text[:u.scheme] }

// Host is the host with its port, where that is not the scheme's.
func (u URL) Host() string { return u.text[u.host:u.end] }

// Hostname is the host without a port; an IPv6 address keeps its brackets.
func (u URL) Hostname() string { return u.text[u.host:u.port] }

// Path begins with a slash and has no query.
func (u URL) Path() string { return u.text[u.end:u.query] }

// Query has no question mark; "" where there is none.
func (u URL) Query() string {
	if u.query == len(u.text) {
		return ""
	}
	return u.text[u.query+1:]
}

// Target is path and query.
func (u URL) Target() string { return u.text[u.end:] }

// IsZero reports whether it is no address.
func (u URL) IsZero() bool { return u.text == "" }

// Errors of addresses that no crawler can ask for.
var (
	ErrScheme   = errors.New("neither http nor https")
	ErrLogin    = errors.New("a name or password in the address")
	ErrNoHost   = errors.New("no host")
	ErrTooLong  = errors.New("too long")
	errRelative = errors.New("relative, and no page that it stands on")
)

// maxBytes is the longest address that is looked at, in bytes as written.
const maxBytes = 16 << 10

// Form is how addresses are written. Its zero value drops session ids and nothing else.
type Form struct {
	// Drop are names of query parameters that make no other page, such as utm_*, in any
	// case. They are patterns of path.Match.
	Drop []string
}

// Check refuses patterns that are none.
func (f *Form) Check() error {
	for _, p := range f.Drop {
		if _, err := path.Match(strings.ToLower(p), ""); err != nil || p == "" {
			return fmt.Errorf("%q is no pattern of a parameter's name: want such as utm_*", p)
		}
	}
	return nil
}

// Parse reads an address that stands alone.
func (f *Form) Parse(raw string) (URL, error) { return f.Resolve(URL{}, raw) }

// Resolve reads an address as it stands on a page: relative ones are the page's. Base may
// be zero, then the address must be whole.
func (f *Form) Resolve(base URL, raw string) (URL, error) {
	if len(raw) > maxBytes {
		return URL{}, ErrTooLong
	}
	ref := clean(raw)
	scheme, rest, err := cutScheme(ref, base)
	if err != nil {
		return URL{}, err
	}
	rest, _, _ = strings.Cut(rest, "#")
	pathPart, query, _ := strings.Cut(rest, "?")
	if strings.Contains(pathPart, `\`) {
		pathPart = strings.ReplaceAll(pathPart, `\`, "/")
	}
	switch {
	case scheme != "" || strings.HasPrefix(pathPart, "//"):
		if scheme == "" {
			if base.IsZero() {
				return URL{}, errRelative
			}
			scheme = base.Scheme()
		}
		authority := strings.TrimLeft(pathPart, "/")
		slash := strings.IndexByte(authority, '/')
		if slash < 0 {
			slash = len(authority)
		}
		origin, err := appendOrigin(make([]byte, 0, len(raw)+8), scheme, authority[:slash])
		if err != nil {
			return URL{}, err
		}
		return f.join(origin, authority[slash:], query), nil
	case base.IsZero():
		return URL{}, errRelative
	}
	out := append(make([]byte, 0, len(base.text)+len(rest)+8), base.Origin()...)
	switch {
	case pathPart == "" && strings.Contains(rest, "?"):
		return f.join(out, base.Path(), query), nil
	case pathPart == "":
		return base, nil
	case pathPart[0] == '/':
		return f.join(out, pathPart, query), nil
	}
	dir := base.Path()
	return f.join(out, dir[:strings.LastIndexByte(dir, '/')+1]+pathPart, query), nil
}

// clean drops what browsers drop before they read an address.
func clean(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\r\n") {
		s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	}
	return s
}

// cutScheme gives "" for an address without one, or one that is the page's and has no
// slash behind it: browsers read http:page as page.
func cutScheme(s string, base URL) (scheme, rest string, err error) {
	i := strings.IndexAny(s, ":/?#\\")
	if i <= 0 || s[i] != ':' || !schemeName(s[:i]) {
		return "", s, nil
	}
	scheme = strings.ToLower(s[:i])
	if scheme != "http" && scheme != "https" {
		return "", "", ErrScheme
	}
	rest = s[i+1:]
	if !base.IsZero() && scheme == base.Scheme() && !strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, `\`) {
		return "", rest, nil
	}
	return scheme, rest, nil
}

func schemeName(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if letter := c >= 'a' && c <= 'z'; !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(s[i]))) {
			return false
		}
	}
	return true
}

// join puts a canonical origin, a path and a query together.
func (f *Form) join(origin []byte, pathPart, query string) URL {
	end := len(origin)
	u := URL{end: end}
	u.text = string(f.appendQuery(appendPath(origin, pathPart), query))
	u.index()
	return u
}

// index finds the parts of a canonical text.
func (u *URL) index() {
	u.scheme = strings.IndexByte(u.text, ':')
	u.host = u.scheme + len("://")
	u.end = u.host + strings.IndexByte(u.text[u.host:], '/')
	u.port = u.end
	if i := strings.LastIndexByte(u.text[u.host:u.end], ':'); i >= 0 && !strings.HasSuffix(u.text[u.host:u.end], "]") {
		u.port = u.host + i
	}
	u.query = len(u.text)
	if i := strings.IndexByte(u.text[u.end:], '?'); i >= 0 {
		u.query = u.end + i
	}
}

// Stored takes an address that was canonical when it was stored, without work.
func Stored(text string) (URL, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "http" && scheme != "https" || strings.IndexByte(rest, '/') <= 0 {
		return URL{}, fmt.Errorf("%q is no canonical address", text)
	}
	u := URL{text: text}
	u.index()
	return u, nil
}

// NetURL is the address as net/http takes it.
func NetURL(u URL) (*url.URL, error) { return url.Parse(u.text) }
