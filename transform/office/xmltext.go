package office

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// declarationBytes is how far into a part its encoding is looked for.
const declarationBytes = 4096

// plainXML returns a part as UTF-8 of the characters that XML 1.0 allows, without
// its declaration, which encoding/xml refuses for every other encoding and version.
//
// The encoding is told by a byte order mark, by the zeros of UTF-16, by bytes that
// are UTF-8 whatever is declared, then by the declaration (XML 1.0, appendix F; the
// labels are those of the WHATWG). Bytes that are no UTF-8 where nothing else is
// known are windows-1252, as hand-made parts have it.
func plainXML(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, declarationBytes)
	head, _ := b.Peek(declarationBytes) // an error comes again with the first read
	enc, mark := xmlEncoding(head)
	_, _ = b.Discard(mark) // peeked at
	if enc != nil {
		b = bufio.NewReaderSize(enc.NewDecoder().Reader(b), declarationBytes)
		head, _ = b.Peek(declarationBytes)
	} else {
		head = head[mark:]
	}
	if start := len(head) - len(bytes.TrimLeft(head, " \t\r\n")); isDeclaration(head[start:]) {
		if n := bytes.Index(head, []byte("?>")); n >= 0 {
			_, _ = b.Discard(n + len("?>")) // peeked at
		}
	}
	return transform.NewReader(b, cleaner{})
}

// xmlEncoding returns the encoding of a part that begins with head, nil for UTF-8,
// and the length of its byte order mark.
func xmlEncoding(head []byte) (enc encoding.Encoding, mark int) {
	big, little := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return nil, 3
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return big, 2
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return little, 2
	case len(head) < 2:
		return nil, 0
	case head[0] == 0 && head[1] != 0:
		return big, 0
	case head[0] != 0 && head[1] == 0:
		return little, 0
	}
	if start := bytes.TrimLeft(head, " \t\r\n"); isDeclaration(start) && !isUTF8(head) {
		return declaredEncoding(start), 0
	}
	return nil, 0
}

func isDeclaration(b []byte) bool {
	return bytes.HasPrefix(b, []byte("<?xml")) && len(b) > 5 && bytes.IndexByte([]byte(" \t\r\n"), b[5]) >= 0
}

// isUTF8 says whether bytes beyond ASCII are UTF-8, up to a character that is cut
// off. Bytes of ASCII alone may be of any encoding.
func isUTF8(head []byte) bool {
	ascii := true
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return !ascii && len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		ascii = ascii && n == 1
		head = head[n:]
	}
	return !ascii
}

// declaredEncoding reads the label of a declaration; nil for UTF-8, for its part
// ASCII, for UTF-16, whose declaration would not have been readable, and for a label
// that nobody knows.
func declaredEncoding(head []byte) encoding.Encoding {
	head, _, ok := bytes.Cut(head, []byte("?>"))
	if !ok {
		return nil
	}
	_, label, ok := bytes.Cut(head, []byte("encoding"))
	label = bytes.TrimLeft(label, " \t\r\n=")
	if !ok || len(label) < 2 {
		return nil
	}
	label, _, ok = bytes.Cut(label[1:], label[:1])
	if !ok {
		return nil
	}
	switch label := string(bytes.ToLower(label)); label {
	case "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us":
		return nil
	default:
		enc, err := htmlindex.Get(label)
		if err != nil {
			return nil
		}
		switch name, _ := htmlindex.Name(enc); name {
		case "", "utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined":
			return nil
		}
		return enc
	}
}

// cleaner is a transformer that leaves only what encoding/xml takes: it decodes stray
// bytes and leaves out control characters, written as such or as references, which
// XML 1.1 allows and damaged documents hold.
type cleaner struct{ transform.NopResetter }

// maxReference is the longest character reference that is looked at.
const maxReference = 16

// Transform implements transform.Transformer.
func (cleaner) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		n := cleanLength(src[nSrc:min(len(src), nSrc+len(dst)-nDst)])
		nDst += copy(dst[nDst:], src[nSrc:nSrc+n])
		if nSrc += n; nSrc == len(src) || nDst == len(dst) {
			continue
		}
		rest := src[nSrc:]
		if !atEOF && (rest[0] == '&' && len(rest) < maxReference || !utf8.FullRune(rest)) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		r, size := cleanRune(rest)
		if r >= 0 {
			if len(dst)-nDst < utf8.UTFMax {
				return nDst, nSrc, transform.ErrShortDst
			}
			nDst += utf8.EncodeRune(dst[nDst:], r)
		}
		nSrc += size
	}
	return nDst, nSrc, nil
}

// cleanLength is the length of what can be copied as it is.
func cleanLength(b []byte) int {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '&', c < ' ' && c != '\n' && c != '\t' && c != '\r':
			return i
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 || r == 0xfffe || r == 0xffff {
				return i
			}
			i += n
		}
	}
	return len(b)
}

// cleanRune returns what the first character or reference of b becomes, negative for
// nothing, and its length.
func cleanRune(b []byte) (r rune, size int) {
	switch c := b[0]; {
	case c == '&':
		if r, n := reference(b); n > 0 && !isXML(r) {
			return blank(r), n
		}
		return '&', 1
	case c < utf8.RuneSelf:
		return blank(rune(c)), 1
	}
	r, size = utf8.DecodeRune(b)
	switch {
	case size > 1 && !isXML(r):
		return -1, size
	case size > 1:
		return r, size
	}
	// What a damaged character left counts as one; a byte on its own is of a text
	// that is no UTF-8.
	for b[0] >= 0xc2 && size < len(b) && size < utf8.UTFMax && b[size]&0xc0 == 0x80 {
		size++
	}
	if size > 1 {
		return utf8.RuneError, size
	}
	if r = charmap.Windows1252.DecodeByte(b[0]); !isXML(r) {
		r = utf8.RuneError
	}
	return r, 1
}

// blank is what stands for a control character: a space for those that break lines.
func blank(r rune) rune {
	if r == '\v' || r == '\f' {
		return ' '
	}
	return -1
}

// isXML says whether XML 1.0 allows a character.
func isXML(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case r == 0xfffe, r == 0xffff, r >= 0xd800 && r < 0xe000, r > utf8.MaxRune:
		return false
	}
	return true
}

// reference reads a numeric character reference at the start of b; n is 0 if there
// is none.
func reference(b []byte) (r rune, n int) {
	if len(b) < 4 || b[1] != '#' {
		return 0, 0
	}
	i, base := 2, rune(10)
	if b[2]|0x20 == 'x' {
		i, base = 3, 16
	}
	for start := i; i < len(b) && i < maxReference; i++ {
		c := b[i]
		switch {
		case c >= '0' && c <= '9':
			r = r*base + rune(c-'0')
		case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r*base + rune(c|0x20-'a'+10)
		case c == ';' && i > start:
			return r, i + 1
		default:
			return 0, 0
		}
		r = min(r, utf8.MaxRune+1)
	}
	return 0, 0
}
