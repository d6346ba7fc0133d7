package robots

import (
	"bytes"
	"strings"
)

// pattern is a path of a rule as it is compared, with * for any octets.
type pattern struct {
	text   string // normalised, without $ at the end
	octets int    // by which the most specific rule is found
	end    bool   // it ends with $: the path ends where the pattern does
}

// newPattern reads a path as written, which is not empty.
func newPattern(s string) (p pattern) {
	p.text, p.end = strings.CutSuffix(s, "$")
	var room [256]byte
	if b := appendNormal(room[:0], p.text, true); string(b) != p.text {
		p.text = string(b)
	}
	p.octets = len(p.text)
	if p.end {
		p.octets++
	}
	return p
}

// anyPath is the pattern of a line without a path: it matches all.
var anyPath = pattern{}

// matches compares a normalised path, in time linear in the path and the pattern: between
// two * the first place that fits is as good as any.
func (p *pattern) matches(path []byte) bool {
	head, text, stars := strings.Cut(p.text, "*")
	if !hasPrefix(path, head) {
		return false
	}
	path = path[len(head):]
	if !stars {
		return !p.end || len(path) == 0
	}
	for {
		part, rest, more := strings.Cut(text, "*")
		if !more {
			if p.end {
				return hasSuffix(path, part)
			}
			return part == "" || index(path, part) >= 0
		}
		if part != "" {
			i := index(path, part)
			if i < 0 {
				return false
			}
			path = path[i+len(part):]
		}
		text = rest
	}
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

func hasSuffix(b []byte, s string) bool { return len(b) >= len(s) && string(b[len(b)-len(s):]) == s }

func index(b []byte, s string) int { return bytes.Index(b, []byte(s)) }

// appendPath appends path and query of a URL as they are compared.
func appendPath(dst []byte, url string) []byte {
	if i := strings.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	if !strings.HasPrefix(url, "/") || strings.HasPrefix(url, "//") {
		if _, rest, ok := strings.Cut(url, "//"); ok {
			url = rest
			i := strings.IndexAny(url, "/?")
			if i < 0 {
				return append(dst, '/')
			}
			url = url[i:]
		}
	}
	if !strings.HasPrefix(url, "/") {
		dst = append(dst, '/')
	}
	return appendNormal(dst, url, false)
}

const hexDigits = "0123456789ABCDEF"

// appendNormal appends a path as it is compared: octets that a URI cannot have are
// percent-encoded, unreserved ones are not, and triplets are in upper case. A * and $ of a
// URL are octets like others, and those of a pattern stand for something.
func appendNormal(dst []byte, s string, isPattern bool) []byte {
	query := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			if isUnreserved(c) || query && isFree(c) {
				dst = append(dst, c)
			} else {
				dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
			}
			i += 2
		case c == '*' && isPattern:
			if len(dst) == 0 || dst[len(dst)-1] != '*' { // several are as good as one
				dst = append(dst, c)
			}
		case c == '*' || c == '$' || c == '%' || !isURI(c):
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		default:
			query = query || c == '?'
			dst = append(dst, c)
		}
	}
	return dst
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// isUnreserved tells the characters that mean the same encoded or not (RFC 3986).
func isUnreserved(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// isFree tells reserved characters that part nothing in a query.
func isFree(c byte) bool { return c == '/' || c == ':' || c == '@' || c == '?' }

// isURI tells the octets that stand in a URI as they are.
func isURI(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c))
}

// Path is a path with * and $ as rules have it, for files of other kinds that borrow them.
type Path struct{ pattern }

// NewPath reads a path as it is written.
func NewPath(s string) Path { return Path{newPattern(s)} }

// Matches compares it with the path and query of a URL.
func (p Path) Matches(url string) bool {
	var room [256]byte
	return p.matches(appendPath(room[:0], url))
}
