package office

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// rtf reads the Rich Text Format (specification 1.9.1) for its text alone: no
// headers, footers, notes, pictures and field codes.
type rtf struct {
	raw     []byte
	pos     int
	limits  Limits
	state   rtfState
	stack   []rtfState
	fonts   map[int]rtfFont
	font    int // that the font table describes
	page    int // code page of the document
	initial int // font of the document
	fresh   bool
	star    bool
	bytes   []byte // of the code page, not decoded yet
	high    rune   // first half of a character beyond the basic plane
	skip    int    // characters that stand for the Unicode one before
	out     strings.Builder
}

// rtfState is what a group may change until its end.
type rtfState struct {
	dead, fontTable, hidden bool
	font, units             int // units: characters that stand for a Unicode one
}

// rtfFont is what decides how codes of a font are read.
type rtfFont struct {
	name    string
	charset int
}

// rtfDead are destinations without text of the document. So are those marked by \*.
var rtfDead = map[string]bool{
	"colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "fldinst": true,
	"header": true, "headerl": true, "headerr": true, "headerf": true, "footer": true, "footerl": true,
	"footerr": true, "footerf": true, "footnote": true, "annotation": true, "filetbl": true, "listtable": true,
	"listoverridetable": true, "revtbl": true, "rsidtbl": true, "themedata": true, "datastore": true, "nonshppict": true,
}

// rtfMarks are the control words that stand for characters.
var rtfMarks = map[string]string{
	"par": "\n", "line": "\n", "page": "\n", "sect": "\n", "column": "\n", "row": "\n", "nestrow": "\n",
	"cell": cellMark, "nestcell": cellMark, "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•",
	"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
}

// rtfText returns the text of a document in RTF.
func rtfText(raw []byte, limits Limits) (string, error) {
	r := rtf{raw: raw, limits: limits, page: 1252, fonts: map[int]rtfFont{}}
	r.state.units = 1
	for r.pos < len(r.raw) {
		c := r.raw[r.pos]
		r.pos++
		switch c {
		case '{':
			r.flush()
			if len(r.stack) >= limits.Depth {
				return "", fmt.Errorf("%w: groups nest deeper than %d", ErrLimit, limits.Depth)
			}
			r.stack, r.fresh, r.star, r.skip = append(r.stack, r.state), true, false, 0
			continue
		case '}':
			r.flush()
			if n := len(r.stack); n > 0 {
				r.state, r.stack = r.stack[n-1], r.stack[:n-1]
			}
			if r.skip = 0; len(r.stack) == 0 {
				r.pos = len(r.raw)
			}
		case '\\':
			r.control()
			continue
		case '\r', '\n', 0:
			continue
		default:
			r.byte(c)
		}
		r.fresh = false
	}
	r.flush()
	if int64(r.out.Len()) > limits.TextBytes {
		return "", fmt.Errorf("%w: more than %d bytes of text", ErrLimit, limits.TextBytes)
	}
	var out strings.Builder
	for line := range strings.SplitSeq(r.out.String(), "\n") {
		if line = strings.TrimSuffix(line, cellMark); strings.Trim(line, " |") != "" {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return strings.TrimSpace(out.String()), nil
}

// control reads a control word or symbol, behind its backslash.
func (r *rtf) control() {
	if r.pos >= len(r.raw) {
		return
	}
	c := r.raw[r.pos]
	if c|0x20 < 'a' || c|0x20 > 'z' {
		r.pos++
		r.symbol(c)
		return
	}
	start := r.pos
	for r.pos < len(r.raw) && r.raw[r.pos]|0x20 >= 'a' && r.raw[r.pos]|0x20 <= 'z' {
		r.pos++
	}
	word := string(r.raw[start:min(r.pos, start+32)])
	start = r.pos
	if r.pos < len(r.raw) && r.raw[r.pos] == '-' {
		r.pos++
	}
	for r.pos < len(r.raw) && r.raw[r.pos] >= '0' && r.raw[r.pos] <= '9' {
		r.pos++
	}
	value, err := strconv.Atoi(string(r.raw[start:r.pos]))
	if r.pos < len(r.raw) && r.raw[r.pos] == ' ' {
		r.pos++
	}
	r.word(word, value, err == nil)
	r.fresh = false
}

func (r *rtf) symbol(c byte) {
	switch c {
	case '\'':
		v, err := strconv.ParseUint(string(r.raw[r.pos:min(r.pos+2, len(r.raw))]), 16, 8)
		if err == nil {
			r.pos += 2
			r.byte(byte(v))
		}
	case '*':
		r.star = true
		return
	case '~':
		r.mark("\u00a0")
	case '_':
		r.mark("-")
	case '\r', '\n':
		r.mark("\n")
	case '\\', '{', '}':
		r.byte(c)
	}
	r.fresh = false
}

func (r *rtf) word(word string, value int, given bool) {
	if r.fresh {
		switch {
		case word == "fonttbl":
			r.state.dead, r.state.fontTable = true, true
		case rtfDead[word], r.star && word != "shppict":
			r.state.dead, r.state.fontTable = true, false
		}
	}
	if mark, ok := rtfMarks[word]; ok {
		r.mark(mark)
		return
	}
	switch word {
	case "u":
		if given {
			r.unicode(value)
		}
	case "uc":
		r.state.units = min(max(value, 0), 100)
	case "bin":
		r.pos += min(max(value, 0), len(r.raw)-r.pos)
	case "ansicpg":
		r.page = value
	case "mac":
		r.page = 10000
	case "deff":
		r.initial, r.state.font = value, value
	case "f":
		r.flush()
		if r.state.font = value; r.state.fontTable {
			r.font = value
		}
	case "fcharset":
		if r.state.fontTable && len(r.fonts) < maxRelations {
			f := r.fonts[r.font]
			f.charset = value
			r.fonts[r.font] = f
		}
	case "plain":
		r.flush()
		r.state.font, r.state.hidden = r.initial, false
	case "v", "deleted":
		r.flush()
		r.state.hidden = !given || value != 0
	}
}

// unicode writes a character that is given by its number; the ones behind it stand
// for it where Unicode is not read.
func (r *rtf) unicode(value int) {
	r.flush()
	c := rune(uint16(value))
	switch {
	case utf16.IsSurrogate(c) && r.high != 0:
		c, r.high = utf16.DecodeRune(r.high, c), 0
		r.put(string(c))
	case utf16.IsSurrogate(c):
		r.high = c
	case c >= ' ':
		r.put(symbolFontOf(r.fonts[r.state.font].name).text(string(c)))
	}
	r.skip = r.state.units
}

func (r *rtf) mark(s string) {
	if r.skip > 0 {
		r.skip--
		return
	}
	r.flush()
	r.put(s)
}

func (r *rtf) put(s string) {
	if !r.state.dead && !r.state.hidden && int64(r.out.Len()) <= r.limits.TextBytes {
		r.out.WriteString(s)
	}
}

// byte takes a byte of the text or of a font's name.
func (r *rtf) byte(c byte) {
	switch {
	case r.skip > 0:
		r.skip--
	case r.state.fontTable:
		if f := r.fonts[r.font]; c != ';' && len(f.name) < 64 && len(r.fonts) < maxRelations {
			f.name += string(rune(c))
			r.fonts[r.font] = f
		}
	case !r.state.dead && !r.state.hidden && (c >= ' ' || c == '\t'):
		r.bytes = append(r.bytes, c)
	}
}

// flush decodes the bytes that came since the last change of their meaning.
func (r *rtf) flush() {
	if len(r.bytes) == 0 {
		return
	}
	f := r.fonts[r.state.font]
	if glyphs := symbolFontOf(f.name); glyphs != nil {
		s, _ := charmap.ISO8859_1.NewDecoder().Bytes(r.bytes) // knows every byte
		r.put(glyphs.text(string(s)))
	} else if s, err := r.codePage(f.charset).NewDecoder().Bytes(r.bytes); err == nil {
		r.put(string(bytes.ToValidUTF8(s, []byte("\ufffd"))))
	}
	r.bytes = r.bytes[:0]
}

// rtfCharsets are the code pages of the charsets of fonts.
var rtfCharsets = map[int]int{
	77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
	177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
}

// codePage returns the encoding of a font's charset, else of the document.
func (r *rtf) codePage(charset int) encoding.Encoding {
	page, ok := rtfCharsets[charset]
	if !ok {
		page = r.page
	}
	label := "windows-" + strconv.Itoa(page)
	switch page {
	case 437:
		return charmap.CodePage437
	case 850:
		return charmap.CodePage850
	case 932:
		label = "shift_jis"
	case 936:
		label = "gbk"
	case 949:
		label = "euc-kr"
	case 950:
		label = "big5"
	case 10000:
		label = "macintosh"
	case 65001:
		label = "utf-8"
	}
	if enc, err := htmlindex.Get(label); err == nil {
		return enc
	}
	return charmap.Windows1252
}
