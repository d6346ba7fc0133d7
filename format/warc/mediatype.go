package warc

import "strings"

// MediaType reads the value of a Content-Type or WARC-Identified-Payload-Type line
// as the Fetch Standard extracts a MIME type: a list whose members must parse by the
// MIME Sniffing Standard (section 4.4).
//
// media is the type in lower case without parameters, such as "text/html". It is ""
// where the value says nothing that can be relied on, so that the payload's bytes must
// tell: no member parses, two members name different types, or the type is a wildcard
// or unknown. charset is the charset parameter in lower case, of a value that does not
// parse too, or "".
func MediaType(value string) (media, charset string) {
	var t typeList
	t.add(value)
	return t.result()
}

// mediaType is MediaType of all lines of that name.
func (h Header) mediaType(name string) (media, charset string) {
	var t typeList
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			t.add(h[i].Value)
		}
	}
	return t.result()
}

// typeList is what the members of a list of media types say together.
type typeList struct {
	media    string
	charset  string // of the last member that parses and has one
	fallback string // of the first that does not parse
	conflict bool
}

func (t *typeList) add(value string) {
	for value != "" {
		var member string
		member, value = cutMember(value)
		media, charset := essence(member), charsetOf(member)
		switch {
		case media == "":
			if t.fallback == "" {
				t.fallback = charset
			}
			continue
		case t.media == "":
			t.media = media
		case t.media != media:
			t.conflict = true
		}
		if charset != "" {
			t.charset = charset
		}
	}
}

func (t *typeList) result() (media, charset string) {
	media, charset = t.media, t.charset
	if t.conflict {
		media = ""
	}
	if charset == "" {
		charset = t.fallback
	}
	return media, charset
}

// cutMember returns the first member of a comma-separated list, and what follows it.
// Commas in quotes do not count.
func cutMember(s string) (member, rest string) {
	quoted := false
	for i := range len(s) {
		switch s[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, ""
}

// essence returns type and subtype in lower case, or "" where they do not parse or
// leave the type open.
func essence(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s = strings.Trim(s, " \t\r\n")
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || !isToken(kind) || !isToken(sub) || kind == "*" || sub == "*" {
		return ""
	}
	s = strings.ToLower(s)
	if strings.HasPrefix(s, "unknown/") || strings.HasSuffix(s, "/unknown") || strings.Contains(s, "/x-unknown") {
		return ""
	}
	return s
}

// isToken tells whether s is a token of RFC 9110 section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// charsetOf returns the charset that s names, in lower case. It looks for "charset="
// as the HTML Standard does in a meta element, which finds it in a value of any form;
// a colon serves for the equals sign.
func charsetOf(s string) string {
	const name = "charset"
	for i := 0; i+len(name) < len(s); i++ {
		if s[i]|0x20 != 'c' || !strings.EqualFold(s[i:i+len(name)], name) || i > 0 && isTokenByte(s[i-1]) {
			continue
		}
		v := strings.TrimLeft(s[i+len(name):], " \t")
		if v == "" || v[0] != '=' && v[0] != ':' {
			continue
		}
		v = strings.TrimLeft(v[1:], " \t\"'")
		if end := strings.IndexAny(v, " \t\"';,"); end >= 0 {
			v = v[:end]
		}
		return strings.ToLower(v)
	}
	return ""
}
