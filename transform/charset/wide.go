package charset

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/internal/widetext"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// A wideForm is an encoding form of Unicode in which ASCII has zero bytes.
type wideForm struct {
	name string
	size int // bytes of a code unit
	low  int // where in them the low byte is
	enc  encoding.Encoding
}

var wideForms = []wideForm{
	{"utf-32le", 4, 0, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"utf-32be", 4, 3, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"utf-16le", 2, 0, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"utf-16be", 2, 1, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// wideHead is how much of a page tells that it is in a wide form.
const wideHead = 4096

// decodeWide decodes a page in UTF-16 or UTF-32 without a byte order mark. Its
// tags give it away whatever it is declared to be. Without a tag it is taken
// for text if its units are text, or if the charset of the HTTP header, or the place
// of nearly all of its zero bytes, says so and it reads as text.
func decodeWide(raw []byte, httpCharset string) (text, label string, replaced int, ok bool) {
	head := raw[:min(len(raw), wideHead)]
	declared := declaredWide(httpCharset)
	if bytes.IndexByte(head, 0) < 0 && (declared == "" || utf8.Valid(raw) && bytes.IndexByte(raw, 0) < 0) {
		return "", "", 0, false
	}
	if declared != "" {
		head = raw
	}
	narrow, most := narrowTags(head), 0
	var form wideForm
	for _, f := range wideForms {
		if n := f.tags(head); n > max(most, 2*narrow) {
			form, most = f, n
		}
	}
	if most > 0 {
		text, replaced = decodeWith(form.enc, raw)
		return text, form.name, replaced, replaced <= 2+len(raw)/form.size/50
	}
	if order, wide := widetext.Order(head); wide && declared == "" {
		for _, f := range wideForms {
			if f.size != 2 || (f.low == 0) != (order == binary.LittleEndian) {
				continue
			}
			if text, replaced = decodeWith(f.enc, raw); replaced <= 2+len(raw)/100 && !strings.ContainsFunc(text, isControl) {
				return text, f.name, replaced, true
			}
		}
	}
	if narrow > 0 {
		return "", "", 0, false
	}
	for _, f := range wideForms {
		if !strings.HasPrefix(f.name, declared) || declared == "" && !f.zeroed(head) {
			continue
		}
		if text, replaced = decodeWith(f.enc, raw); replaced == 0 && readsWell(text) {
			return text, f.name, 0, true
		}
	}
	return "", "", 0, false
}

// declaredWide returns the name that a label shares with the wide forms it
// means, "" for none.
func declaredWide(label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	switch label {
	case "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be":
		return label
	case "utf16", "unicode", "csunicode", "ucs-2", "iso-10646-ucs-2", "csutf16":
		return "utf-16"
	case "unicodefeff", "utf16le", "csutf16le":
		return "utf-16le"
	case "unicodefffe", "utf16be", "csutf16be":
		return "utf-16be"
	case "utf32", "ucs-4", "iso-10646-ucs-4", "csucs4", "csutf32":
		return "utf-32"
	}
	return ""
}

// ascii returns the code unit at the start of b if it is in ASCII.
func (f wideForm) ascii(b []byte) (byte, bool) {
	for i, c := range b[:f.size] {
		if i != f.low && c != 0 {
			return 0, false
		}
	}
	return b[f.low], b[f.low] < utf8.RuneSelf
}

// tags counts the beginnings of tags, comments and declarations.
func (f wideForm) tags(b []byte) (n int) {
	for i := 0; i+2*f.size <= len(b); i += f.size {
		if b[i+f.low] != '<' {
			continue
		}
		c, ok := f.ascii(b[i:])
		next, nextOK := f.ascii(b[i+f.size:])
		if ok && nextOK && c == '<' && beginsMarkup(next) {
			n++
		}
	}
	return n
}

func narrowTags(b []byte) (n int) {
	for i := 0; i+1 < len(b); i++ {
		if b[i] == '<' && beginsMarkup(b[i+1]) {
			n++
		}
	}
	return n
}

func beginsMarkup(c byte) bool { return token.IsLetter(c) || c == '/' || c == '!' || c == '?' }

// zeroed reports that the zero bytes of a text are where this form has them:
// in UTF-32 above every character, in UTF-16 above its ASCII.
func (f wideForm) zeroed(b []byte) bool {
	units, ascii := 0, 0
	for i := 0; i+f.size <= len(b); i += f.size {
		units++
		if _, ok := f.ascii(b[i:]); ok {
			ascii++
		} else if f.size == 4 && b[i+3-f.low] != 0 {
			return false
		}
	}
	return units >= 8 && (f.size == 4 || ascii >= 4 && 3*ascii >= 2*bytes.Count(b, []byte{0}))
}

// readsWell reports text of which the beginning is ASCII, but for one
// character in ten, or holds frequent letter pairs and characters, and that
// has no controls.
func readsWell(text string) bool {
	head := text[:min(len(text), scoredBytes)]
	if strings.ContainsFunc(head, isControl) {
		return false
	}
	return 10*highBytes([]byte(head)) <= len(head) || charsetTables().readText(strings.ToValidUTF8(head, "")) > 0
}

func isControl(r rune) bool { return r < '\t' || r > '\r' && r < ' ' || r >= 0x7f && r < 0xa0 }

// wideMark recognises the byte order marks of the wide forms.
func wideMark(raw []byte) (f wideForm, n int) {
	for _, f := range wideForms { // UTF-32 first: its mark begins with that of UTF-16
		var mark [4]byte
		mark[f.low], mark[f.low^1] = 0xff, 0xfe
		if bytes.HasPrefix(raw, mark[:f.size]) {
			return f, f.size
		}
	}
	return wideForm{}, 0
}
