package transform

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const metaWindow = 4096 // bytes at the start of a page that are searched for a charset

// DecodeHTML turns the bytes of a page into valid UTF-8 and names the charset
// it took them for (WHATWG names; "utf-8" when nothing was to do). replaced is
// the number of U+FFFD that stand for bytes which meant nothing.
//
// It believes, in this order: a byte order mark; the bytes, when they are
// valid UTF-8, or UTF-8 but for a few stray bytes (see repairUTF8); the
// charset of the HTTP header or that of a <meta> or XML declaration, of two
// the one in which the bytes read better; a detector that looks at up to 8 KB
// of text outside ASCII. A declared charset under which the page reads as
// garbage is overruled by the detector. The result is a copy: raw may be
// reused.
func DecodeHTML(raw []byte, httpCharset string) (text string, label string, replaced int) {
	if enc, name, n := byteOrderMark(raw); n > 0 {
		if raw = raw[n:]; enc != nil {
			s, bad := decodeWith(enc, raw)
			return s, name, bad
		}
		if !utf8.Valid(raw) {
			c := takeUTF8Census(raw)
			s, bad := repairUTF8(raw, &c)
			return s, name, bad
		}
	} else if enc, name := wideOrEscaped(raw); enc != nil {
		s, bad := decodeWith(enc, raw)
		return s, name, bad
	}
	if utf8.Valid(raw) {
		return string(raw), "utf-8", 0
	}
	return decodeDoubtful(raw, canonicalLabel(httpCharset), canonicalLabel(metaCharset(raw)))
}

// decodeDoubtful reads a page that is not valid UTF-8. header and meta are
// what it is declared to be, "" for nothing.
func decodeDoubtful(raw []byte, header, meta string) (string, string, int) {
	c := takeUTF8Census(raw)
	declared := header == "utf-8" || meta == "utf-8"
	var sure bool
	switch {
	case declared:
		sure = c.good > 0 && c.good >= c.single
	case header == "" && meta == "":
		sure = c.good >= 2*(c.single+c.broken)
	default:
		sure = c.good >= 4*(c.single+c.broken)
	}
	if sure || cutAtEnd(raw) {
		s, bad := repairUTF8(raw, &c)
		return s, "utf-8", bad
	}
	sample, few := textSample(raw)
	g := detect(sample, few)
	name, score := g.choose(sample, header, meta)
	if c.good > 0 {
		// Text of two-byte charsets holds well-formed sequences by chance, and
		// pages are glued together of two charsets: what reads better decides.
		if v := c.score(sample, declared); v > score || declared && v == score {
			s, bad := repairUTF8(raw, &c)
			return s, "utf-8", bad
		}
	}
	s, bad := decodeCharset(name, raw)
	if name != g.name && bad > tolerated(name, raw) {
		name = g.name
		s, bad = decodeCharset(name, raw)
	}
	return s, name, bad
}

// tolerated is the number of U+FFFD with which a page may still be what it is
// declared to be.
func tolerated(name string, raw []byte) int {
	if multiByte[name] != nil {
		return 2 + highBytes(raw)/10
	}
	return 2 + highBytes(raw)/50
}

// byteOrderMark recognises UTF-8 (enc nil) and UTF-16 marks.
func byteOrderMark(raw []byte) (enc encoding.Encoding, name string, n int) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return nil, "utf-8", 3
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", 2
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", 2
	}
	return nil, "", 0
}

// wideOrEscaped recognises UTF-16 without a mark, by the zero bytes of its
// ASCII, and ISO-2022-JP, by its escape sequences.
func wideOrEscaped(raw []byte) (encoding.Encoding, string) {
	head := raw[:min(len(raw), 512)]
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	if half := len(head) / 2; half >= 16 {
		switch {
		case zeros[1] > half*3/4 && zeros[0] < half/8:
			return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"
		case zeros[0] > half*3/4 && zeros[1] < half/8:
			return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"
		}
	}
	if bytes.IndexByte(raw, 0x1b) >= 0 && (bytes.Contains(raw, []byte("\x1b$B")) || bytes.Contains(raw, []byte("\x1b$@"))) {
		return japanese.ISO2022JP, "iso-2022-jp"
	}
	return nil, ""
}

// cutAtEnd reports UTF-8 that is only cut off in its last character.
func cutAtEnd(raw []byte) bool {
	for k := 1; k <= 3 && k < len(raw); k++ {
		if c := raw[len(raw)-k]; c >= 0xc0 {
			return utf8.Valid(raw[:len(raw)-k]) && !utf8.FullRune(raw[len(raw)-k:])
		} else if c < 0x80 {
			return false
		}
	}
	return false
}

// decodeCharset decodes all of raw, which is no Unicode encoding.
func decodeCharset(name string, raw []byte) (string, int) {
	s, bad := decodeWith(encodingOf(name), raw)
	if enc := multiByte[name]; enc != nil && bad > 0 {
		return decodeMultiByte(enc, raw)
	}
	return s, bad
}

// decodeWith decodes all of raw and counts the replacement characters.
func decodeWith(enc encoding.Encoding, raw []byte) (string, int) {
	out, _, err := transform.Bytes(enc.NewDecoder(), raw)
	if err != nil { // decoders replace what they cannot read; keep what there is
		out = append(out, "\uFFFD"...)
	}
	bad := bytes.Count(out, []byte("\uFFFD"))
	if !utf8.Valid(out) {
		out = bytes.ToValidUTF8(out, []byte("\uFFFD"))
	}
	return string(out), bad
}

func highBytes(raw []byte) (n int) {
	for _, c := range raw {
		n += int(c >> 7)
	}
	return n
}

// canonicalLabel returns the WHATWG name of a charset label, "" if unknown.
// What pages call gb2312 or gbk is read as its superset gb18030.
func canonicalLabel(label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	if label == "" {
		return ""
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return ""
	}
	name, err := htmlindex.Name(enc)
	switch {
	case err != nil:
		return ""
	case name == "gbk":
		return "gb18030"
	case strings.HasPrefix(name, "utf-16"), name == "replacement":
		return "utf-8" // a page whose <meta> can be read is no UTF-16
	case name == "x-user-defined":
		return "windows-1252"
	}
	return name
}

func encodingOf(name string) encoding.Encoding {
	if enc := multiByte[name]; enc != nil {
		return enc
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return enc
}

// metaCharset finds the charset that the head of a page declares.
func metaCharset(raw []byte) string {
	head := raw[:min(len(raw), metaWindow)]
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("<?xml")) {
		if end := bytes.IndexByte(head, '>'); end > 0 {
			if v := charsetValue(string(head[:end]), "encoding"); v != "" {
				return v
			}
		}
	}
	for s := string(head); ; {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return ""
		}
		s = s[i+1:]
		switch {
		case strings.HasPrefix(s, "!--"):
			if j := strings.Index(s, "-->"); j >= 0 {
				s = s[j:]
			}
		case len(s) > 4 && equalFold(s[:4], "meta"):
			end := strings.IndexByte(s, '>')
			if end < 0 {
				end = len(s)
			}
			if v := charsetValue(s[:end], "charset"); v != "" {
				return v
			}
		}
	}
}

// charsetValue reads key=value, with or without quotes, out of a tag.
func charsetValue(tag, key string) string {
	i := indexFold(tag, key)
	if i < 0 {
		return ""
	}
	v := strings.TrimLeft(tag[i+len(key):], " \t\r\n")
	if !strings.HasPrefix(v, "=") {
		return ""
	}
	v = strings.TrimLeft(v[1:], " \t\r\n\"'")
	if j := strings.IndexAny(v, " \t\r\n\"';/>"); j >= 0 {
		v = v[:j]
	}
	return v
}
