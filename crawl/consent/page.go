package consent

import (
	"bytes"
	"encoding/binary"
	"html"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/corpusmill/corpusmill/internal/license"
)

// The limits of a page: of how much of it, and how many of its tags are looked at closely.
const (
	maxPageBytes = 16 << 20
	maxHeadTags  = 2_000
	maxLinkTags  = 2_000
	maxTagBytes  = 16 << 10
)

// addPage reads the metas of a page's head and the licences that its links name. There is
// no tree: a head ends at its end tag or where the body begins.
func (s *Signals) addPage(page []byte, agents []string) {
	page = readable(page[:min(len(page), maxPageBytes)])
	rest := s.addHead(page, agents)
	// Of the body only links that can name a licence are of use, and few pages have one.
	if mentionsLicense(rest) {
		s.addLinks(rest)
	}
}

// readable makes UTF-8 of a page in UTF-16 that says so by its mark. In every other charset
// of the web markup is ASCII.
func readable(page []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(page, []byte{0xff, 0xfe}):
	case bytes.HasPrefix(page, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return page
	}
	units := make([]uint16, 0, len(page)/2)
	for b := page[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// addHead reads the tags of the head and returns what is behind it.
func (s *Signals) addHead(page []byte, agents []string) (rest []byte) {
	rest = page
	for range maxHeadTags {
		t, behind, ok := nextTag(rest)
		if !ok {
			return nil
		}
		switch t.name {
		case "body", "/head", "frameset":
			return rest
		case "meta":
			s.addMeta(t, agents)
		case "link", "a", "area":
			s.addLink(t)
		case "script":
			if strings.HasPrefix(strings.ToLower(t.attr("type")), rslType) {
				s.add(PlaceMeta, nameRSL, inline)
			}
		}
		rest = skipRaw(t.name, behind)
	}
	return rest
}

func mentionsLicense(b []byte) bool {
	return bytes.Contains(b, []byte("icense")) || bytes.Contains(b, []byte("ICENSE")) || bytes.Contains(b, []byte("creativecommons.org"))
}

// addLinks reads the links of a body.
func (s *Signals) addLinks(body []byte) {
	for range maxLinkTags {
		i := bytes.IndexByte(body, '<')
		for i >= 0 && i+1 < len(body) && !isLinkStart(body[i+1]) {
			next := bytes.IndexByte(body[i+1:], '<')
			if next < 0 {
				return
			}
			i += 1 + next
		}
		if i < 0 {
			return
		}
		t, behind, ok := nextTag(body[i:])
		if !ok {
			return
		}
		switch t.name {
		case "a", "link", "area":
			s.addLink(t)
		}
		body = skipRaw(t.name, behind)
	}
}

// isLinkStart tells the first letters of tags that matter, and those that hold no tags.
func isLinkStart(c byte) bool {
	switch c | 0x20 {
	case 'a', 'l', 's', 't', 'x':
		return true
	}
	return c == '!'
}

func (s *Signals) addMeta(t tag, agents []string) {
	name := strings.ToLower(strings.TrimSpace(t.attr("name")))
	switch content := t.attr("content"); {
	case name == "" || content == "":
	case isAgent(name, agents):
		s.add(PlaceMeta, nameRobots, content)
	case name == nameReservation || name == namePolicy:
		s.add(PlaceMeta, name, content)
	case slices.Contains(licenseMetas, name):
		if _, ok := license.Parse(content); ok {
			s.add(PlaceMeta, nameLicense, content)
		}
	}
}

// licenseMetas are names of metas that name a licence.
var licenseMetas = []string{"license", "dc.license", "dcterms.license", "dc.rights", "dcterms.rights", "dc.rights.license"}

// addLink reads a link that names a licence.
func (s *Signals) addLink(t tag) {
	if !mentionsLicense(t.attrs) {
		return
	}
	href := strings.TrimSpace(t.attr("href"))
	if href == "" {
		return
	}
	if hasWord(t.attr("rel"), nameLicense) {
		s.add(PlaceLink, licenseName(t.attr("type")), href)
		return
	}
	if _, ok := license.CommonsPath(href); ok {
		s.add(PlaceLink, nameCommons, href)
	}
}

// tag is a start tag, or an end tag whose name begins with a slash.
type tag struct {
	name  string // in lower case, "" of one that does not matter
	attrs []byte // what is behind the name
}

// nextTag finds the next tag, past comments. What is behind it is rest.
func nextTag(b []byte) (t tag, rest []byte, ok bool) {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 || i+1 >= len(b) {
			return tag{}, nil, false
		}
		b = b[i+1:]
		if bytes.HasPrefix(b, []byte("!--")) {
			end := bytes.Index(b[3:], []byte("-->"))
			if end < 0 {
				return tag{}, nil, false
			}
			b = b[3+end:]
			continue
		}
		n := 0
		if b[0] == '/' {
			n = 1
		}
		if n == len(b) || !isAlpha(b[n]) {
			continue
		}
		for n < len(b) && n < 16 && (isAlpha(b[n]) || isDigit(b[n]) || b[n] == '/' && n == 0) {
			n++
		}
		end := tagEnd(b[n:])
		if end < 0 {
			return tag{}, nil, false
		}
		return tag{known(b[:n]), b[n : n+min(end, maxTagBytes)]}, b[n+end:], true
	}
}

// known is the name of a tag that matters, "" of every other.
func known(name []byte) string {
	var room [16]byte
	lower := room[:copy(room[:], name)]
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	for _, n := range tagNames {
		if string(lower) == n {
			return n
		}
	}
	return ""
}

var tagNames = []string{"a", "meta", "link", "script", "style", "title", "body", "/head", "area", "frameset", "textarea", "xmp"}

// tagEnd is where the tag ends: a > outside of quotation marks, which count behind an
// equals sign alone.
func tagEnd(b []byte) int {
	value := false // the next byte can begin a value
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '>':
			return i + 1
		case c == '=':
			value = true
		case (c == '"' || c == '\'') && value:
			end := bytes.IndexByte(b[i+1:], c)
			if end < 0 {
				return -1
			}
			i += 1 + end
			value = false
		case !isSpace(c):
			value = false
		}
	}
	return -1
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// skipRaw passes over the content of an element that holds no tags.
func skipRaw(name string, rest []byte) []byte {
	switch name {
	case "script", "style", "title", "textarea", "xmp":
	default:
		return rest
	}
	for at := 0; ; {
		i := bytes.Index(rest[at:], []byte("</"))
		if i < 0 {
			return nil
		}
		at += i
		if end := at + 2 + len(name); end < len(rest) && bytes.EqualFold(rest[at+2:end], []byte(name)) && !isAlpha(rest[end]) {
			return rest[at:]
		}
		at += 2
	}
}

// attr is the value of an attribute, with character references resolved; the first of a
// name counts.
func (t tag) attr(name string) string {
	b := t.attrs
	for len(b) > 0 {
		for len(b) > 0 && (isSpace(b[0]) || b[0] == '/') {
			b = b[1:]
		}
		n := 0
		for n < len(b) && !isSpace(b[n]) && b[n] != '/' && b[n] != '>' && (b[n] != '=' || n == 0) {
			n++
		}
		if n == 0 {
			return ""
		}
		key := b[:n]
		b = bytes.TrimLeft(b[n:], " \t\r\n\f")
		var value []byte
		if len(b) > 0 && b[0] == '=' {
			value, b = attrValue(bytes.TrimLeft(b[1:], " \t\r\n\f"))
		}
		if strings.EqualFold(string(key), name) {
			return html.UnescapeString(string(value))
		}
	}
	return ""
}

// attrValue reads a value, in quotation marks or not.
func attrValue(b []byte) (value, rest []byte) {
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		value, rest, _ = bytes.Cut(b[1:], b[:1])
		return value, rest
	}
	n := 0
	for n < len(b) && !isSpace(b[n]) && b[n] != '>' {
		n++
	}
	return b[:n], b[n:]
}
