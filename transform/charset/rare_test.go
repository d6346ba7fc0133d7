package charset

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// rareTexts holds sentences in charsets that few pages are in.
var rareTexts = map[string]string{
	"iso-8859-3":     "La abelisto ĝojas, ĉar la ŝtormo ne rompis la ĵus konstruitajn abelujojn aŭ la ĥoron de la birdoj.",
	"iso-8859-6":     "يربي الناس النحل منذ آلاف السنين وكانت الخلايا الأولى جذوع أشجار مجوفة توضع تحت سقف البيت.",
	"iso-8859-15":    "Le cœur de la ruche était à l’ombre: la sœur de l’apicultrice paya 12 € pour un œuf, cinq bœufs et des vœux écrits à la main.",
	"windows-1258":   "Người giữ cửa ghi tên mỗi chiếc thuyền vào cuốn sổ, rồi trở về nhà trước khi trời tối ở làng bên bờ biển.",
	"x-mac-cyrillic": "Пчёл держат уже несколько тысяч лет, и первые ульи были простыми пустыми колодами. Зимняя ночь была тихая, земля спала.",
	"ibm855":         "Пчёл держат уже несколько тысяч лет, и первые ульи были простыми пустыми колодами под крышей.",
	"iso-8859-4":     "Bites tiek turētas jau sen, un pirmie stropi bija dobji, kurus novietoja zem jumta malām.",
	"iso-8859-10":    "Bites tiek turētas jau sen, un pirmie stropi bija dobji, kurus novietoja zem jumta malām.",
	"iso-8859-13":    "Bites tiek turētas jau tūkstošiem gadu, un pirmie stropi bija dobji baļķi, kurus novietoja zem jumta.",
	"iso-8859-14":    "Mae’r ŵyl yn y tŷ; cedwir gwenyn ers miloedd o flynyddoedd, ac roedd y cychod yn ŵydd i’r dŵr.",
	"iso-8859-16":    "Albinele sunt ținute de mii de ani, iar primii stupi erau bușteni goi puși sub streașină; și așa au rămas.",
	"macintosh":      "Les abeilles sont élevées depuis des millénaires; les premières ruches étaient placées près de la façade.",
	"ibm850":         "Les abeilles sont élevées depuis des millénaires; les premières ruches étaient placées près de la façade.",
	"ibm852":         "Včely se chovají už několik tisíc let a první úly byly jen duté špalky postavené pod střechou.",
}

func rareBytes(t *testing.T, name, s string) []byte {
	t.Helper()
	enc := encodingOf(name)
	s = strings.ReplaceAll(s, "’", "'")
	if name == "windows-1258" {
		enc, s = charmap.Windows1258, toneMarksApart(s)
	}
	b, err := encoding.Encoding(enc).NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// toneMarksApart spells Vietnamese as windows-1258 does: letters with their
// circumflex, breve and horn, and the tone mark behind.
func toneMarksApart(s string) string {
	var out strings.Builder
	for _, r := range s {
		if _, ok := charmap.Windows1258.EncodeRune(r); ok {
			out.WriteRune(r)
			continue
		}
		var letter, tone strings.Builder
		for _, m := range norm.NFD.String(string(r)) {
			if m >= 0x300 && !strings.ContainsRune("\u0302\u0306\u031b", m) {
				tone.WriteRune(m)
			} else {
				letter.WriteRune(m)
			}
		}
		out.WriteString(norm.NFC.String(letter.String()) + tone.String())
	}
	return out.String()
}

// TestRareDeclared holds rare charsets to what pages declare, however other
// charsets read.
func TestRareDeclared(t *testing.T) {
	for name, s := range rareTexts {
		for _, s := range []string{s, s + " " + s + " " + s, strings.Fields(s)[1]} {
			want := strings.ReplaceAll(declaring(name, s), "’", "'")
			if got, label, n := DecodeHTML(rareBytes(t, name, want), ""); got != want || n > 0 || label != name && !isASCII(want) {
				t.Errorf("%s by its meta taken for %s: %q", name, label, got)
			}
			want = strings.ReplaceAll(declaring("", s), "’", "'")
			if got, label, n := DecodeHTML(rareBytes(t, name, want), name); got != want || n > 0 || label != name && !isASCII(want) {
				t.Errorf("%s by its header taken for %s: %q", name, label, got)
			}
		}
	}
}

func isASCII(s string) bool { return highBytes([]byte(s)) == 0 }

// TestRareByNameOnly reads pages that cannot be what they declare.
func TestRareByNameOnly(t *testing.T) {
	for name, declared := range map[string]string{
		"windows-1251": "iso-8859-6", "gb18030": "iso-8859-3", "shift_jis": "iso-8859-15", "koi8-r": "iso-8859-6", "big5": "iso-8859-8",
	} {
		want := declaring(declared, strings.Repeat(legacy[name]+" ", 3))
		if got, label, _ := DecodeHTML(encoded(t, name, want), ""); got != want {
			t.Errorf("%s declared %s taken for %s", name, declared, label)
		}
	}
}

// TestRareUndeclared detects the rare charsets that can be told from others.
func TestRareUndeclared(t *testing.T) {
	for _, name := range []string{"iso-8859-6", "iso-8859-15", "windows-1258", "x-mac-cyrillic", "ibm855"} {
		want := strings.ReplaceAll(declaring("", rareTexts[name]), "’", "'")
		if got, label, n := DecodeHTML(rareBytes(t, name, want), ""); got != want || label != name || n > 0 {
			t.Errorf("%s taken for %s: %q", name, label, got)
		}
	}
	johab := "<p>\xa2\x85\xbb\xa1\x8b\xa1\x93\x65 \xa4\x81\xb7\x81 \xb7\xa1\x9f\x71\xb7\x69 \xb8\xe2\xb4\xf6\x94\x61"
	if got, label, _ := DecodeHTML([]byte(johab), ""); got != "<p>문지기는 배의 이름을 적었다" || label != "johab" {
		t.Errorf("johab taken for %s: %q", label, got)
	}
}

func TestCanonicalLabel(t *testing.T) {
	for label, want := range map[string]string{
		"GB2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", " \"Big5-HKSCS\" ": "big5", "x-sjis": "shift_jis", "windows-31j": "shift_jis",
		"ks_c_5601-1987": "euc-kr", "cp949": "euc-kr", "Johab": "johab", "windows-1361": "johab", "ISO-2022-KR": "iso-2022-kr", "csISO2022KR": "iso-2022-kr",
		"IBM855": "ibm855", "cp855": "ibm855", "cp866": "ibm866", "ibm850": "ibm850", "cp852": "ibm852", "x-mac-cyrillic": "x-mac-cyrillic", "MacCyrillic": "x-mac-cyrillic",
		"l9": "iso-8859-15", "iso-8859-1": "windows-1252", "us-ascii": "windows-1252", "utf8": "utf-8", "utf-16": "utf-8", "hz-gb-2312": "utf-8",
		"": "", "nonsense": "", "ibm037": "", "cp1047": "", "utf-7": "", "x-user-defined": "windows-1252",
	} {
		if got := canonicalLabel(label); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		} else if want != "" && encodingOf(want) == nil {
			t.Errorf("%q: no encoding of %q", label, want)
		}
	}
}

func TestUTF32(t *testing.T) {
	const page = "<html><p>the warden of the weir, été 世界 \U0001F600</p>"
	little, big := make([]byte, 0, 400), make([]byte, 0, 400)
	for _, r := range page {
		little = append(little, byte(r), byte(r>>8), byte(r>>16), 0)
		big = append(big, 0, byte(r>>16), byte(r>>8), byte(r))
	}
	for label, raw := range map[string][]byte{"utf-32le": little, "utf-32be": big} {
		mark := "\xff\xfe\x00\x00"
		if label == "utf-32be" {
			mark = "\x00\x00\xfe\xff"
		}
		for _, raw := range []string{string(raw), mark + string(raw)} {
			if got, name, n := DecodeHTML([]byte(raw), ""); got != page || name != label || n > 0 {
				t.Errorf("%s: %s %q", label, name, got)
			}
		}
	}
}
