package token

import "strings"

// How much of a tag is read once more for its attributes: of the tag at hand, and
// of one that may be asked for many blocks.
const (
	maxTagBytes    = 4096
	MaxSharedBytes = 512
)

// AttrAt returns an attribute of the tag at html[at:], "" when it has none.
func AttrAt(html string, at int, name string) (val string) {
	EachAttr(html, at, maxTagBytes, func(n, v string) bool {
		if EqualFold(n, name) {
			val = v
			return false
		}
		return true
	})
	return val
}

// SharedAttrAt is attrAt for elements around others.
func SharedAttrAt(html string, at int, name string) string {
	return AttrAt(html[:min(len(html), at+MaxSharedBytes)], at, name)
}

// EachAttr reads the attributes of the tag at html[at:], at most limit bytes.
func EachAttr(html string, at, limit int, f func(name, val string) bool) {
	tag := html[at:min(len(html), at+limit)]
	if len(tag) < 2 || tag[0] != '<' {
		return
	}
	pos := 1
	for pos < len(tag) && !IsSpace(tag[pos]) && tag[pos] != '>' && tag[pos] != '/' {
		pos++
	}
	for pos < len(tag) && tag[pos] != '>' {
		if IsSpace(tag[pos]) || tag[pos] == '/' {
			pos++
			continue
		}
		start := pos
		for pos++; pos < len(tag) && tag[pos] != '=' && tag[pos] != '>' && tag[pos] != '/' && !IsSpace(tag[pos]); {
			pos++
		}
		name, val := tag[start:pos], ""
		for pos < len(tag) && IsSpace(tag[pos]) {
			pos++
		}
		if pos < len(tag) && tag[pos] == '=' {
			next, ok := 0, false
			if val, next, ok = attrValue(tag, pos+1); !ok {
				return
			}
			pos = next
		}
		if !f(name, val) {
			return
		}
	}
}

// HasWord reports a lower-case word in a list set apart by spaces.
func HasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list[:min(len(list), MaxClassBytes)]) {
		if EqualFold(w, word) {
			return true
		}
	}
	return false
}

// MaxClassBytes is how much of a class attribute is read.
const MaxClassBytes = 256
