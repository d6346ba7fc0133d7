// Package charset finds out what encoding a page is in, and turns its bytes into UTF-8:
// what pages declare is often wrong, so the bytes themselves have a say.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"
)

// DecodeHTML turns the bytes of a page into valid UTF-8 and names the charset
// it took them for (WHATWG names; "utf-8" when nothing was to do). replaced is
// the number of U+FFFD that stand for bytes which meant nothing.
//
// It believes, in this order: a byte order mark; the zero bytes of UTF-16 and
// UTF-32 (see decodeWide); the bytes, when they are valid UTF-8, or UTF-8 but
// for a few stray bytes (see repairUTF8); the charset of the HTTP header or
// that of a <meta> or XML declaration, of two the one in which the bytes read
// better; a detector that looks at up to 8 KB of text outside ASCII. A declared charset under which the page reads as
// garbage is overruled by the detector; a rare one only where the bytes cannot
// be it. The result is a copy: raw may be reused.
func DecodeHTML(raw []byte, httpCharset string) (text string, label string, replaced int) {
	return decodeHTML(raw, httpCharset, func(b []byte) string { return string(b) })
}

// ReadHTML is DecodeHTML without a copy where nothing was to do: the text is good for as
// long as raw is not changed.
func ReadHTML(raw []byte, httpCharset string) (text string, label string, replaced int) {
	return decodeHTML(raw, httpCharset, func(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) })
}

func decodeHTML(raw []byte, httpCharset string, textOf func([]byte) string) (text string, label string, replaced int) {
	switch f, n := wideMark(raw); {
	case n > 0:
		s, bad := decodeWith(f.enc, raw[n:])
		return s, f.name, bad
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		if raw = raw[3:]; !utf8.Valid(raw) {
			c := takeUTF8Census(raw)
			s, bad := repairUTF8(raw, &c)
			return s, "utf-8", bad
		}
	default:
		if s, name, bad, ok := decodeWide(raw, httpCharset); ok {
			return s, name, bad
		}
		if enc, name := escaped(raw); enc != nil {
			s, bad := decodeWith(enc, raw)
			return s, name, bad
		}
	}
	if utf8.Valid(raw) {
		return textOf(raw), "utf-8", 0
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
		sure = c.good+c.cut > 0 && c.good+c.cut >= c.single
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
		if v := c.score(sample, declared); v > max(score, g.score) || declared && v == g.score {
			s, bad := repairUTF8(raw, &c)
			return s, "utf-8", bad
		}
	}
	s, bad := decodeCharset(name, raw)
	if name != g.name && bad+controls(s) > tolerated(name, raw) {
		name = g.name
		s, bad = decodeCharset(name, raw)
	}
	return s, name, bad
}

// tolerated is the number of U+FFFD and controls with which a page may still be
// what it is declared to be.
func tolerated(name string, raw []byte) int {
	if multiByte[name] != nil {
		return 2 + highBytes(raw)/10
	}
	return 2 + highBytes(raw)/50
}

// escaped recognises ISO-2022-JP and ISO-2022-KR by their escape sequences.
func escaped(raw []byte) (encoding.Encoding, string) {
	if i := bytes.IndexByte(raw, 0x1b); i >= 0 {
		switch rest := raw[i:]; {
		case bytes.Contains(rest, []byte("\x1b$B")), bytes.Contains(rest, []byte("\x1b$@")):
			return japanese.ISO2022JP, "iso-2022-jp"
		case bytes.Contains(rest, []byte(iso2022KRDesignation)):
			return iso2022KR, "iso-2022-kr"
		}
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
	strays := strayLeads(name, raw)
	if strays == nil {
		if s, bad := decodeWith(encodingOf(name), raw); bad == 0 || multiByte[name] == nil {
			return s, bad
		}
	}
	return decodeMultiByte(multiByte[name], raw, strays)
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

// controls counts the C1 controls of a text, which no page means.
func controls(s string) (n int) {
	for i := strings.IndexByte(s, 0xc2); i >= 0 && i+1 < len(s); {
		if s[i+1] < 0xa0 {
			n++
		}
		next := strings.IndexByte(s[i+1:], 0xc2)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return n
}

func highBytes(raw []byte) (n int) {
	for _, c := range raw {
		n += int(c >> 7)
	}
	return n
}
