package office

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of the entities that a part declares in its document type.
const (
	maxEntities      = 1024
	maxEntityBytes   = 64 << 10 // of a value
	maxEntityLevels  = 4        // of entities within entities
	maxExpandedBytes = 1 << 20  // of all values, and of all references of a part
)

// firstEntity and the characters after it, of private use, stand for the entities of
// a part until expand puts in their values: encoding/xml would put them in itself
// without counting what they come to.
const firstEntity = '\U0010F000'

// entities are those that a part declares.
type entities struct {
	values []string
	spent  int // bytes that references came to
}

// entity is a declared one; level is 0 before it is resolved, -1 when it cannot be.
type entity struct {
	raw, value string
	level      int
}

// declare reads the internal subset of a document type (XML 1.0, 4.2) and gives the
// decoder its general entities. External ones, those of parameters, and those beyond
// the limits stay unknown.
func (e *entities) declare(d *xml.Decoder, directive string) {
	if len(e.values) > 0 || !strings.HasPrefix(directive, "DOCTYPE") {
		return
	}
	declared := map[string]*entity{}
	var names []string
	for rest := directive; len(names) < maxEntities; {
		var ok bool
		if _, rest, ok = strings.Cut(rest, "<!ENTITY"); !ok {
			break
		}
		name, value, ok := declaration(rest)
		if !ok || declared[name] != nil {
			continue // the first one counts
		}
		declared[name] = &entity{raw: value}
		names = append(names, name)
	}
	if len(names) == 0 {
		return
	}
	d.Entity = make(map[string]string, len(xml.HTMLEntity)+len(names))
	maps.Copy(d.Entity, xml.HTMLEntity)
	left := maxExpandedBytes
	for _, name := range names {
		resolveEntity(declared, name, &left)
		if x := declared[name]; x.level > 0 {
			d.Entity[name] = string(firstEntity + rune(len(e.values)))
			e.values = append(e.values, x.value)
		}
	}
}

// declaration reads the name and the value at the start of s, which follows <!ENTITY.
func declaration(s string) (name, value string, ok bool) {
	s = s[:min(len(s), 2*maxEntityBytes)]
	trimmed := strings.TrimLeft(s, " \t\r\n")
	if len(trimmed) == len(s) || trimmed == "" || trimmed[0] == '%' {
		return "", "", false
	}
	end := strings.IndexAny(trimmed, " \t\r\n\"'")
	if end < 1 {
		return "", "", false
	}
	name, s = trimmed[:end], strings.TrimLeft(trimmed[end:], " \t\r\n")
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return "", "", false // SYSTEM and PUBLIC
	}
	value, _, ok = strings.Cut(s[1:], s[:1])
	return name, value, ok && len(value) <= maxEntityBytes
}

// resolveEntity puts into an entity's value the characters and entities that it refers
// to, and leaves out its tags: what it says counts.
func resolveEntity(declared map[string]*entity, name string, left *int) {
	x := declared[name]
	if x.level != 0 {
		return
	}
	x.level = -1 // also while it is resolved: it may refer to itself
	var out strings.Builder
	level := 0
	for rest := withoutTags(x.raw); ; {
		before, after, ok := strings.Cut(rest, "&")
		out.WriteString(before)
		if !ok {
			break
		}
		ref, tail, ok := strings.Cut(after, ";")
		value, known := "", false
		if ok {
			if inner := declared[ref]; inner != nil {
				resolveEntity(declared, ref, left)
				if inner.level < 1 {
					return
				}
				value, known, level = inner.value, true, max(level, inner.level)
			} else {
				value, known = standardEntity(ref)
			}
		}
		if rest = tail; !known {
			value, rest = "&", after
		}
		out.WriteString(value)
		if out.Len() > *left {
			*left = 0
			return
		}
	}
	if *left -= out.Len(); *left >= 0 && level < maxEntityLevels {
		x.value, x.level = out.String(), level+1
	}
}

// standardEntity returns the character that a reference without its signs stands for.
func standardEntity(ref string) (string, bool) {
	if number, ok := strings.CutPrefix(ref, "#"); ok {
		base := 10
		if number, ok = strings.CutPrefix(number, "x"); ok {
			base = 16
		}
		n, err := strconv.ParseUint(number, base, 32)
		if err != nil || n > utf8.MaxRune || !isXML(rune(n)) {
			return "", false
		}
		return string(rune(n)), true
	}
	switch ref {
	case "amp":
		return "&", true
	case "lt":
		return "<", true
	case "gt":
		return ">", true
	case "apos":
		return "'", true
	case "quot":
		return `"`, true
	}
	value, ok := xml.HTMLEntity[ref]
	return value, ok
}

func withoutTags(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(s, "<")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		_, rest, ok := strings.Cut(after, ">")
		if !ok {
			out.WriteString("<" + after)
			return out.String()
		}
		s = rest
	}
}

// expand puts the values of entities into a text.
func (e *entities) expand(s string) (string, error) {
	if len(e.values) == 0 || !strings.Contains(s, "\xf4") { // the first byte of each
		return s, nil
	}
	var out strings.Builder
	for _, r := range s {
		i := int(r - firstEntity)
		if i < 0 || i >= len(e.values) {
			out.WriteRune(r)
			continue
		}
		if e.spent += len(e.values[i]); e.spent > maxExpandedBytes {
			return "", fmt.Errorf("%w: entities come to more than %d bytes", ErrLimit, maxExpandedBytes)
		}
		out.WriteString(e.values[i])
	}
	return out.String(), nil
}

// expandAttrs does so in the attributes of an element.
func (e *entities) expandAttrs(attrs []xml.Attr) (err error) {
	if len(e.values) == 0 {
		return nil
	}
	for i := range attrs {
		if attrs[i].Value, err = e.expand(attrs[i].Value); err != nil {
			return err
		}
	}
	return nil
}

// markup escapes the values that go into a page.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// expandPage returns a page without the document type that declares entities, and with
// their values where it refers to them: pages are not read as XML.
func expandPage(page string) (string, error) {
	if !strings.Contains(page, "<!ENTITY") {
		return page, nil
	}
	var own entities
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	start := int64(0) // of the document type
	for len(own.values) == 0 {
		start = d.InputOffset()
		token, err := d.RawToken()
		if _, isStart := token.(xml.StartElement); isStart || err != nil {
			return page, nil // as it is: it declares none before its content
		}
		if t, ok := token.(xml.Directive); ok {
			own.declare(d, string(t))
		}
	}
	var out strings.Builder
	out.WriteString(page[:start])
	for rest := page[d.InputOffset():]; ; {
		before, after, ok := strings.Cut(rest, "&")
		out.WriteString(before)
		if !ok {
			return out.String(), nil
		}
		rest = after
		value, tail, isOwn := own.reference(d, after)
		if !isOwn {
			out.WriteByte('&')
			continue
		}
		value, err := own.expand(value)
		if err != nil {
			return "", err
		}
		out.WriteString(markup.Replace(value))
		rest = tail
	}
}

// reference returns what the decoder has for the reference that s begins with, its &
// aside, if that is one of the part's own.
func (e *entities) reference(d *xml.Decoder, s string) (value, tail string, ok bool) {
	end := strings.IndexAny(s, ";& <")
	if end < 1 || s[end] != ';' {
		return "", "", false
	}
	value = d.Entity[s[:end]]
	r, _ := utf8.DecodeRuneInString(value)
	return value, s[end+1:], r >= firstEntity && int(r-firstEntity) < len(e.values)
}
