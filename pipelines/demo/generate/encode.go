package main

import (
	"fmt"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// encode turns a page into the bytes that its server sends. Characters that
// the charset lacks become HTML references, as old editors did it.
func encode(page, charset string) ([]byte, error) {
	var e encoding.Encoding
	switch charset {
	case "utf-8":
		return []byte(page), nil
	case "utf-16":
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "gb18030":
		e = simplifiedchinese.GB18030
	case "big5":
		e = traditionalchinese.Big5
	case "shift_jis":
		e = japanese.ShiftJIS
	case "windows-1251":
		e = charmap.Windows1251
	case "windows-1252":
		e = charmap.Windows1252
	case "iso-8859-1":
		e = charmap.ISO8859_1
	default:
		return nil, fmt.Errorf("no charset %q", charset)
	}
	return encoding.HTMLEscapeUnsupported(e.NewEncoder()).Bytes([]byte(page))
}
