package charset

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// multiByte holds the charsets of two and more bytes a character, of which the
// first is outside ASCII and the later ones may be in it.
var multiByte = map[string]encoding.Encoding{
	"gb18030":   simplifiedchinese.GB18030,
	"big5":      traditionalchinese.Big5,
	"shift_jis": japanese.ShiftJIS,
	"euc-jp":    japanese.EUCJP,
	"euc-kr":    korean.EUCKR,
	"johab":     johab,
}

// maxSequence is the length in bytes of the longest character of a multi-byte
// charset.
const maxSequence = 4

// decodeMultiByte decodes text of a multi-byte charset and counts the U+FFFD
// in it. As the WHATWG Encoding Standard has it, a bad, unmapped or cut
// sequence is one U+FFFD that never takes the ASCII behind the lead byte with
// it; the decoders of golang.org/x/text swallow an ASCII byte with which the
// lead byte makes a pair that means nothing. strays are the offsets of lead
// bytes that make no pair, in ascending order.
func decodeMultiByte(enc encoding.Encoding, raw []byte, strays []int) (string, int) {
	dec := enc.NewDecoder().Transformer
	out := make([]byte, 0, len(raw)+len(raw)/2)
	buf := make([]byte, 4*utf8.UTFMax)
	replaced := 0
	for i := 0; i < len(raw); {
		start := i
		for i < len(raw) && raw[i] < utf8.RuneSelf {
			i++
		}
		if out = append(out, raw[start:i]...); i == len(raw) {
			break
		}
		var char []byte
		n := 1
		if len(strays) > 0 && strays[0] == i {
			strays = strays[1:]
		} else {
			char, n = firstCharacter(dec, raw[i:], buf)
		}
		if char == nil {
			out = utf8.AppendRune(out, utf8.RuneError)
			replaced++
		}
		out = append(out, char...)
		i += n
	}
	return string(out), replaced
}

// firstCharacter decodes the character at the start of s into buf, and says of
// how many bytes it is; nil for bytes that are none.
func firstCharacter(dec transform.Transformer, s, buf []byte) (char []byte, n int) {
	for n = 1; n <= min(maxSequence, len(s)); n++ {
		dec.Reset()
		size, read, _ := dec.Transform(buf, s[:n], false)
		if read == 0 {
			continue // the decoder waits for more
		}
		if r, width := utf8.DecodeRune(buf[:size]); r != utf8.RuneError {
			return buf[:size], read
		} else if width == size && read > 1 && s[1] >= utf8.RuneSelf {
			return nil, read
		}
		break
	}
	return nil, 1
}
