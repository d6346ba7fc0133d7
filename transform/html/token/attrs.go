// Package token reads the tags of HTML: names and attributes, and what bytes mean in
// them. Its strings alias the page.
package token

import "strings"

// Attrs holds the attributes of one tag that extraction looks at; the strings
// alias the page.
type Attrs struct {
	Class, ID, Role, Style, Href, Lang        string
	Name, Property, Content, Type, Rel, Prop  string
	Encoding, Datetime, AltText, Display, Alt string
	Equiv                                     string // http-equiv
	Hidden, AriaHidden, SelfClosing, Shadowed bool

	used bool // something was set
}

// Reset makes the attributes those of a tag without any.
func (a *Attrs) Reset() {
	if a.used {
		*a = Attrs{}
	}
}

// Lower maps upper-case ASCII letters to lower case and keeps the rest.
var Lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			t[i] = byte(i) + 32
		}
	}
	return t
}()

// IsSpace reports the white space of HTML.
func IsSpace(c byte) bool {
	const spaces = 1<<' ' | 1<<'\n' | 1<<'\t' | 1<<'\r' | 1<<'\f'
	return c <= ' ' && spaces>>c&1 != 0
}

// SkipSpace returns the end of the white space at s[i:].
func SkipSpace(s string, i int) int {
	const eight = 0x2020202020202020
	for i < len(s) && IsSpace(s[i]) {
		i++
		for i+8 <= len(s) && Load64(s[i:]) == eight { // an indent
			i += 8
		}
	}
	return i
}

// Load64 reads the first eight bytes of s, which has as many.
func Load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// IsLetter reports a letter of ASCII.
func IsLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// EqualFold compares s with a lower-case ASCII word.
func EqualFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	if s == lower {
		return true
	}
	for i := 0; i < len(s); i++ {
		if Lower[s[i]] != lower[i] {
			return false
		}
	}
	return true
}

// endsName are the bytes that end the name of an element, and those that end the name
// of an attribute, a bit each.
const (
	endsTag uint8 = 1 << iota
	endsAttr
)

var endsName = func() (t [256]uint8) {
	for _, c := range []byte(" \n\t\r\f>/") {
		t[c] = endsTag | endsAttr
	}
	t['='] = endsAttr
	return t
}()

// TagName reads an element name at html[pos:] and returns its tag and the position
// behind it.
func TagName(html string, pos int) (Tag, int) {
	key := uint64(0)
	start := pos
	for pos < len(html) {
		c := html[pos]
		if endsName[c]&endsTag != 0 {
			break
		}
		key = key<<8 | uint64(Lower[c])
		pos++
	}
	if pos-start > shortName {
		return lookupLong(html[start:pos]), pos
	}
	return lookupShort(key), pos
}

// ScanAttrs reads the attributes of a tag from pos, which is behind its name,
// and returns the position behind the closing '>'. With a nil a they are
// skipped. A tag cut off by the end of the page returns ok == false.
func ScanAttrs(html string, pos int, a *Attrs) (next int, ok bool) {
	for {
		for pos < len(html) && (IsSpace(html[pos]) || html[pos] == '/') {
			if html[pos] == '/' && a != nil && pos+1 < len(html) && html[pos+1] == '>' {
				a.SelfClosing, a.used = true, true
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
		for pos < len(html) && endsName[html[pos]]&endsAttr == 0 {
			pos++
		}
		ne := pos
		for pos < len(html) && IsSpace(html[pos]) {
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
	for pos < len(html) && IsSpace(html[pos]) {
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
	for pos < len(html) && !IsSpace(html[pos]) && html[pos] != '>' {
		pos++
	}
	return html[s:pos], pos, true
}

// set keeps one attribute when it is of use; the first of a name wins.
func (a *Attrs) set(name, val string) {
	a.used = true
	switch len(name) {
	case 2:
		setIf(&a.ID, name, "id", val)
	case 3:
		setIf(&a.Rel, name, "rel", val)
		setIf(&a.Alt, name, "alt", val)
	case 4:
		a.set4(name, val)
	case 5:
		setIf(&a.Class, name, "class", val)
		setIf(&a.Style, name, "style", val)
	case 6:
		if EqualFold(name, "hidden") && !EqualFold(val, "until-found") {
			a.Hidden = true
		}
	case 7:
		setIf(&a.Content, name, "content", val)
		setIf(&a.AltText, name, "alttext", val)
		setIf(&a.Display, name, "display", val)
	case 8:
		setIf(&a.Property, name, "property", val)
		setIf(&a.Prop, name, "itemprop", val)
		setIf(&a.Encoding, name, "encoding", val)
		setIf(&a.Datetime, name, "datetime", val)
		setIf(&a.Lang, name, "xml:lang", val)
	case 10:
		setIf(&a.Equiv, name, "http-equiv", val)
	case 11:
		if EqualFold(name, "aria-hidden") && EqualFold(val, "true") {
			a.AriaHidden = true
		}
	case 14:
		if EqualFold(name, "shadowrootmode") {
			a.Shadowed = true
		}
	}
}

func (a *Attrs) set4(name, val string) {
	switch Lower[name[0]] {
	case 'h':
		setIf(&a.Href, name, "href", val)
	case 'n':
		setIf(&a.Name, name, "name", val)
	case 'r':
		setIf(&a.Role, name, "role", val)
	case 't':
		setIf(&a.Type, name, "type", val)
	case 'l':
		setIf(&a.Lang, name, "lang", val)
	}
}

func setIf(dst *string, name, want, val string) {
	if *dst == "" && EqualFold(name, want) {
		*dst = val
	}
}

// IndexFold finds a lower-case ASCII word in s, at most 512 bytes deep.
func IndexFold(s, word string) int {
	s = s[:min(len(s), 512)]
	for i := 0; i+len(word) <= len(s); i++ {
		if Lower[s[i]] == word[0] && EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// ContainsFold finds a lower-case ASCII word in s, at most 512 bytes deep.
func ContainsFold(s, word string) bool { return IndexFold(s, word) >= 0 }
