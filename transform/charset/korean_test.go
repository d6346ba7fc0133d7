package charset

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	xtransform "golang.org/x/text/transform"
)

func TestJohab(t *testing.T) {
	const bad = "\uFFFD"
	for raw, want := range map[string]string{
		"\xa2\x85\xbb\xa1\x8b\xa1\x93\x65 \xa4\x81\xb7\x81 \xb7\xa1\x9f\x71\xb7\x69.": "문지기는 배의 이름을.",
		"\x99\xb1\xa4\x77\x88\x62\xd0\x61 \xcd\x5c\xaf\xa1\xc5\xa9\x9c\x61 \xa6\xca":  "똠방각하 펲시콜라 뷁",
		"\xeb\x5f \x88\x41 \x84\x61 \x84\x44 \xda\x40 \xdb\x71 \xf9\xfe":              "船 ㄱ ㅏ ㄳ ０ α 詰", // Hanja, single letters, signs
		"\xe0\x31\xe0\xfe\xd9\x31\xd9\xfe":                                            "伽\u5475\u3000" + "\u327e",
		"<b>\x88\x61</b>":                                                             "<b>가</b>",
		"\xa2</b>":                                                                    bad + "</b>",
		"\xd4A\xd8A\xdfA\xfaA\xffA":                                                   strings.Repeat(bad+"A", 5),
		"\xda\xa1\x80\x80\x84\xff":                                                    bad + bad + bad,
		"\xa2":                                                                        bad,
	} {
		got, n := decodeCharset("johab", []byte(raw))
		if strings.HasPrefix(raw, "\xe0\x31") { // only the rule of rows matters here
			if r := []rune(got); len(r) != 4 || r[0] != '伽' || r[2] != '\u3000' {
				t.Errorf("%x: %q", raw, got)
			}
			continue
		}
		if got != want || n != strings.Count(want, bad) {
			t.Errorf("%x: %q, %d replaced, want %q", raw, got, n, want)
		}
	}
}

// TestJohabSyllables decodes every Hangul syllable from its letters.
func TestJohabSyllables(t *testing.T) {
	vowels := []int{3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 26, 27, 28, 29}
	for i := range 19 {
		for m := range 21 {
			for f := range 28 {
				final := f + 1
				if f > 16 {
					final++ // 18 is not in use
				}
				code := 0x8000 | (i+2)<<10 | vowels[m]<<5 | final
				got, n := johabCharacter(byte(code>>8), byte(code))
				if want := rune(0xac00 + (i*21+m)*28 + f); got != want || n != 2 {
					t.Fatalf("%x: %q, want %q", code, got, want)
				}
			}
		}
	}
}

func TestISO2022KR(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"\x1b$)C\x0e9.Av1b\x0f \x0e`O\x0f <b>\x0e%a\x0f</b>", "문지기 船 <b>α</b>"},
		{"\x1b$)Cplain", "plain"},
		{"\x1b$)C\x0e9.\nAv", "문\nAv"}, // the shift ends with the line
		{"\x1b$)C\x0e9. Av\x0f", "문 지"},
		{"\x1b$)C\x0e9\x0f", "\uFFFD"},
		{"\x1b$)C\x0e9.\x0f\xe9", "문\uFFFD"},
		{"\x1b$)C\x0e9", "\uFFFD"},
		{"\x1b$)C\x1bX \x1b", "\uFFFDX \uFFFD"},
		{"<p>\n\x1b$)C\x0e9.\x0f", "<p>\n문"},
	} {
		for _, declared := range []string{"", "iso-2022-kr", "utf-8"} {
			if got, label, _ := DecodeHTML([]byte(c.raw), declared); got != c.want || label != "iso-2022-kr" {
				t.Errorf("%q declared %q: %s %q, want %q", c.raw, declared, label, got, c.want)
			}
		}
	}
}

// TestKoreanInPieces decodes through buffers of every size.
func TestKoreanInPieces(t *testing.T) {
	for name, raw := range map[string]string{
		"johab":       "<b>\xa2\x85\xbb\xa1\x8b\xa1\x93\x65</b> \xa2",
		"iso-2022-kr": "\x1b$)C<b>\x0e9.Av1b\x0f</b> \x0e`O\x0f\x1b$",
	} {
		want, _ := decodeCharset(name, []byte(raw))
		for size := 1; size < len(raw); size++ {
			dec := encodingOf(name).NewDecoder()
			var out []byte
			var rest []byte
			buf := make([]byte, 3)
			for i := 0; i < len(raw); i += size {
				rest = append(rest, raw[i:min(i+size, len(raw))]...)
				for {
					n, read, err := dec.Transform(buf, rest, i+size >= len(raw))
					out = append(out, buf[:n]...)
					rest = rest[read:]
					if err != xtransform.ErrShortDst {
						break
					}
				}
			}
			if string(out) != want {
				t.Errorf("%s in pieces of %d: %q, want %q", name, size, out, want)
			}
		}
	}
}

func FuzzKorean(f *testing.F) {
	f.Add([]byte("<b>\xa2\x85\xbb\xa1</b> \xeb\x5f\xda\xa1\xa2"))
	f.Add([]byte("\x1b$)C<b>\x0e9.Av1b\x0f</b> \x0e`O\n\x1b$"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, name := range []string{"johab", "iso-2022-kr"} {
			s, bad := decodeCharset(name, raw)
			if !utf8.ValidString(s) || bad != strings.Count(s, "\uFFFD") {
				t.Fatalf("%s: %q, %d replaced", name, s, bad)
			}
			if name == "johab" && strings.Count(s, "<") > bytes.Count(raw, []byte("<")) {
				t.Fatalf("%q holds markup that %x does not", s, raw)
			}
		}
	})
}
