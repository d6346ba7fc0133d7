package transform

import "strings"

// attrs holds the attributes of one tag that extraction looks at; the strings
// alias the page.
type attrs struct {
	class, id, role, style, href, lang        string
	name, property, content, typ, rel, prop   string
	encoding, datetime, alttext, display, alt string
	equiv                                     string // http-equiv
	hidden, ariaHidden, selfClosing, shadowed bool
}

// lowerTable maps upper-case ASCII letters to lower case and keeps the rest.
var lowerTable = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			t[i] = byte(i) + 32
		}
	}
	return t
}()

// isSpace reports the white space of HTML.
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// equalFold compares s with a lower-case ASCII word.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	if s == lower {
		return true
	}
	for i := 0; i < len(s); i++ {
		if lowerTable[s[i]] != lower[i] {
			return false
		}
	}
	return true
}

// tagName reads an element name at html[pos:] into buf (lower case) and returns
// its tag and the position behind it. Names longer than buf are unknown.
func tagName(html string, pos int) (tagID, int) {
	var buf [12]byte
	n := 0
	start := pos
	for pos < len(html) {
		c := html[pos]
		if isSpace(c) || c == '>' || c == '/' {
			break
		}
		if n < len(buf) {
			buf[n] = lowerTable[c]
		}
		n++
		pos++
	}
	if n > len(buf) {
		return tagOther, pos
	}
	if n > 0 && pos-start == n {
		return lookupTag(string(buf[:n])), pos
	}
	return tagOther, pos
}

// scanAttrs reads the attributes of a tag from pos, which is behind its name,
// and returns the position behind the closing '>'. With a nil a they are
// skipped. A tag cut off by the end of the page returns ok == false.
func scanAttrs(html string, pos int, a *attrs) (next int, ok bool) {
	for {
		for pos < len(html) && (isSpace(html[pos]) || html[pos] == '/') {
			if html[pos] == '/' && a != nil && pos+1 < len(html) && html[pos+1] == '>' {
				a.selfClosing = true
			}
			pos++
		}
		if pos >= len(html) {
			return pos, false
		}
		if html[pos] == '>' {
			return pos + 1, true
		}
		ns := pos
		pos++ // a leading '=' belongs to the name
		for pos < len(html) {
			c := html[pos]
			if c == '=' || c == '>' || c == '/' || isSpace(c) {
				break
			}
			pos++
		}
		ne := pos
		for pos < len(html) && isSpace(html[pos]) {
			pos++
		}
		var val string
		if pos < len(html) && html[pos] == '=' {
			if val, pos, ok = attrValue(html, pos+1); !ok {
				return pos, false
			}
		}
		if a != nil {
			a.set(html[ns:ne], val)
		}
	}
}

// attrValue reads an attribute value behind its '='.
func attrValue(html string, pos int) (val string, next int, ok bool) {
	for pos < len(html) && isSpace(html[pos]) {
		pos++
	}
	if pos >= len(html) {
		return "", pos, false
	}
	if q := html[pos]; q == '"' || q == '\'' {
		i := strings.IndexByte(html[pos+1:], q)
		if i < 0 {
			return "", len(html), false
		}
		return html[pos+1 : pos+1+i], pos + 2 + i, true
	}
	s := pos
	for pos < len(html) && !isSpace(html[pos]) && html[pos] != '>' {
		pos++
	}
	return html[s:pos], pos, true
}

// set keeps one attribute when it is of use; the first of a name wins.
func (a *attrs) set(name, val string) {
	switch len(name) {
	case 2:
		setIf(&a.id, name, "id", val)
	case 3:
		setIf(&a.rel, name, "rel", val)
		setIf(&a.alt, name, "alt", val)
	case 4:
		a.set4(name, val)
	case 5:
		setIf(&a.class, name, "class", val)
		setIf(&a.style, name, "style", val)
	case 6:
		if equalFold(name, "hidden") && !equalFold(val, "until-found") {
			a.hidden = true
		}
	case 7:
		setIf(&a.content, name, "content", val)
		setIf(&a.alttext, name, "alttext", val)
		setIf(&a.display, name, "display", val)
	case 8:
		setIf(&a.property, name, "property", val)
		setIf(&a.prop, name, "itemprop", val)
		setIf(&a.encoding, name, "encoding", val)
		setIf(&a.datetime, name, "datetime", val)
		setIf(&a.lang, name, "xml:lang", val)
	case 10:
		setIf(&a.equiv, name, "http-equiv", val)
	case 11:
		if equalFold(name, "aria-hidden") && equalFold(val, "true") {
			a.ariaHidden = true
		}
	case 14:
		if equalFold(name, "shadowrootmode") {
			a.shadowed = true
		}
	}
}

func (a *attrs) set4(name, val string) {
	switch lowerTable[name[0]] {
	case 'h':
		setIf(&a.href, name, "href", val)
	case 'n':
		setIf(&a.name, name, "name", val)
	case 'r':
		setIf(&a.role, name, "role", val)
	case 't':
		setIf(&a.typ, name, "type", val)
	case 'l':
		setIf(&a.lang, name, "lang", val)
	}
}

func setIf(dst *string, name, want, val string) {
	if *dst == "" && equalFold(name, want) {
		*dst = val
	}
}
