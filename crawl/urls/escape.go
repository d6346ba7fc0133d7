package urls

import (
	"path"
	"slices"
	"strings"
)

const hexDigits = "0123456789ABCDEF"

// unreserved are the bytes whose escapes say nothing that they would not.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// plain are the bytes that stand in a path or query as they are: RFC 3986's, and those
// that browsers leave too and net/url takes.
func plain(c byte, query bool) bool {
	if unreserved(c) {
		return true
	}
	switch c {
	case '!', '$', '&', '(', ')', '*', '+', ',', ';', '=', ':', '@', '/':
		return true
	case '\'':
		return !query
	case '?':
		return query
	}
	return false
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// escapeAt reads an escape at the beginning of s.
func escapeAt(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	hi, ok1 := unhex(s[1])
	lo, ok2 := unhex(s[2])
	return hi<<4 | lo, ok1 && ok2
}

// appendEscaped writes one spelling of what s says.
func appendEscaped(b []byte, s string, query bool) []byte {
	for i := 0; i < len(s); i++ {
		c, escaped := s[i], false
		if c == '%' {
			if c, escaped = escapeAt(s[i:]); escaped {
				i += 2
				if unreserved(c) {
					b = append(b, c)
					continue
				}
			} else {
				c = '%'
			}
		}
		if !escaped && plain(c, query) {
			b = append(b, c)
			continue
		}
		b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}

// appendPath escapes a path, drops session ids of its segments and resolves dot segments.
func appendPath(b []byte, p string) []byte {
	root := len(b)
	b = append(b, '/')
	for rest := strings.TrimPrefix(p, "/"); ; {
		segment, next, more := strings.Cut(rest, "/")
		start := len(b)
		b = appendEscaped(b, segment, false)
		if strings.Contains(segment, ";") {
			b = append(b[:start], withoutSession(string(b[start:]))...)
		}
		switch string(b[start:]) {
		case ".":
			b = b[:start]
		case "..":
			b = b[:max(lastSlash(b[root:start-1])+root, root)+1]
		default:
			if more {
				b = append(b, '/')
			}
		}
		if !more {
			return b
		}
		rest = next
	}
}

func lastSlash(b []byte) int {
	for i, v := range slices.Backward(b) {
		if v == '/' {
			return i
		}
	}
	return 0
}

// withoutSession takes ;jsessionid=... off an escaped segment.
func withoutSession(segment string) string {
	for from := 0; ; {
		i := strings.IndexByte(segment[from:], ';')
		if i < 0 {
			return segment
		}
		i += from
		name, _, ok := strings.Cut(segment[i+1:], "=")
		if !ok || !sessionNames[strings.ToLower(name)] {
			from = i + 1
			continue
		}
		end := i + 1 + strings.IndexByte(segment[i+1:]+";", ';')
		segment, from = segment[:i]+segment[end:], i
	}
}

// sessionNames are parameters that say who asks, not what for.
var sessionNames = map[string]bool{
	"jsessionid": true, "phpsessid": true, "aspsessionid": true, "asp.net_sessionid": true, "sessionid": true, "session_id": true,
	"sessid": true, "cfid": true, "cftoken": true, "zenid": true, "oscsid": true, "osadcid": true, "xtcsid": true, "bvsessionid": true,
}

// shortSessions are names that mean a session where their value is a long hex number.
var shortSessions = map[string]bool{"sid": true, "s": true, "phpsid": true}

// parameterBytes is how long a name is at most that is looked for.
const parameterBytes = 64

// sessionBytes is how long a session id is at least.
const sessionBytes = 16

// appendQuery escapes a query, without the parameters that are dropped.
func (f *Form) appendQuery(b []byte, query string) []byte {
	if query == "" {
		return b
	}
	start := len(b)
	b = append(b, '?')
	first := true
	for rest, more := query, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		if f.drops(pair) {
			continue
		}
		if !first {
			b = append(b, '&')
		}
		first = false
		b = appendEscaped(b, pair, true)
	}
	if len(b) == start+1 {
		return b[:start]
	}
	return b
}

// drops reports whether a parameter makes no other page.
func (f *Form) drops(pair string) bool {
	if strings.Contains(pair, "%") {
		pair = string(appendEscaped(nil, pair, true))
	}
	name, value, _ := strings.Cut(pair, "=")
	if name == "" || len(name) > parameterBytes {
		return false
	}
	name = strings.ToLower(name)
	if sessionNames[name] || strings.HasPrefix(name, "aspsessionid") {
		return true
	}
	if shortSessions[name] && len(value) >= sessionBytes && strings.Trim(strings.ToLower(value), "0123456789abcdef") == "" {
		return true
	}
	for _, p := range f.Drop {
		if ok, _ := path.Match(strings.ToLower(p), name); ok {
			return true
		}
	}
	return false
}
