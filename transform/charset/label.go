package charset

import (
	"bytes"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/token"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

const metaWindow = 4096 // bytes at the start of a page that are searched for a charset

// labels holds what pages call charsets beyond the labels of the WHATWG
// Encoding Standard and of IANA, and labels that mean more than those say:
// gb2312 and gbk are read as their superset gb18030, and ISO-2022-KR, which
// browsers refuse for the sake of their scripts, is read.
var labels = map[string]string{
	"gbk": "gb18030", "cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "euc-cn": "gb18030",
	"cp932": "shift_jis", "cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "cp950": "big5", "big5hkscs": "big5",
	"iso-2022-kr": "iso-2022-kr", "csiso2022kr": "iso-2022-kr",
	"johab": "johab", "x-johab": "johab", "ks_c_5601-1992": "johab", "cp1361": "johab", "ms1361": "johab", "windows-1361": "johab",
	"macroman": "macintosh", "maccyrillic": "x-mac-cyrillic", "mac-cyrillic": "x-mac-cyrillic",
	"x-user-defined": "windows-1252",
}

// ownEncodings holds the charsets that are not read as golang.org/x/text has
// them. The tone marks of windows-1258 are characters of their own, which are
// composed with their letters.
var ownEncodings = map[string]encoding.Encoding{
	"johab":       johab,
	"iso-2022-kr": iso2022KR,
	"windows-1258": decodeOnly(func() transform.Transformer {
		return transform.Chain(charmap.Windows1258.NewDecoder(), norm.NFC)
	}),
}

// canonicalLabel returns the name of a charset label, "" if unknown: that of
// the WHATWG Encoding Standard, or in lower case that of IANA.
func canonicalLabel(label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	if name := labels[label]; name != "" || label == "" {
		return name
	}
	if enc, err := htmlindex.Get(label); err == nil {
		name, err := htmlindex.Name(enc)
		switch {
		case err != nil:
			return ""
		case strings.HasPrefix(name, "utf-16"), name == "replacement":
			return "utf-8" // a page whose <meta> can be read is no UTF-16
		case labels[name] != "":
			return labels[name]
		}
		return name
	}
	enc, err := ianaindex.IANA.Encoding(label)
	if err != nil || enc == nil {
		return ""
	}
	name, err := ianaindex.IANA.Name(enc)
	if name = strings.ToLower(name); err != nil || !asciiBased(enc) {
		return ""
	}
	return name
}

// asciiBased reports that the markup of a page can be read in a charset: it is
// no EBCDIC.
func asciiBased(enc encoding.Encoding) bool {
	s, err := enc.NewDecoder().String("<meta>")
	return err == nil && s == "<meta>"
}

// encodingOf returns the encoding that canonicalLabel names, nil for none.
func encodingOf(name string) encoding.Encoding {
	if enc := multiByte[name]; enc != nil {
		return enc
	}
	if enc := ownEncodings[name]; enc != nil {
		return enc
	}
	if enc, err := htmlindex.Get(name); err == nil {
		return enc
	}
	enc, err := ianaindex.IANA.Encoding(name)
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
		case len(s) > 4 && token.EqualFold(s[:4], "meta"):
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
	i := token.IndexFold(tag, key)
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
