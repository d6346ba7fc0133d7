package charset

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// legacy holds own sentences by charset.
var legacy = map[string]string{
	"gb18030":      "蜜蜂的饲养已经有几千年的历史，最早的蜂箱只是一段空心的木头，人们把它放在屋檐下面。",
	"big5":         "蜜蜂的飼養已經有幾千年的歷史，最早的蜂箱只是一段空心的木頭，人們把它放在屋簷下面。",
	"shift_jis":    "養蜂は何千年も前から行われている。最初の巣箱は空洞の丸太で、人々はそれを軒下に置いた。",
	"euc-jp":       "養蜂は何千年も前から行われている。最初の巣箱は空洞の丸太で、人々はそれを軒下に置いた。",
	"euc-kr":       "꿀벌을 기르는 일은 수천 년의 역사를 가지고 있으며 처음의 벌통은 속이 빈 통나무였다.",
	"windows-1251": "Пчёл держат уже несколько тысяч лет, и первые ульи были простыми пустыми колодами под крышей.",
	"koi8-r":       "Пчёл держат уже несколько тысяч лет, и первые ульи были простыми пустыми колодами под крышей.",
	"windows-1250": "Včely se chovají už několik tisíc let a první úly byly jen duté špalky postavené pod střechou.",
	"windows-1253": "Οι άνθρωποι κρατούν μέλισσες εδώ και χιλιάδες χρόνια, και οι πρώτες κυψέλες ήταν κούφια ξύλα.",
	"windows-1254": "Arılar binlerce yıldır besleniyor; ilk kovanlar evin saçağı altına konmuş içi boş kütüklerdi, şimdi değil.",
	"windows-1255": "בני אדם מגדלים דבורים כבר אלפי שנים, והכוורות הראשונות היו בולי עץ חלולים מתחת לגג הבית.",
	"windows-1256": "يربي الناس النحل منذ آلاف السنين وكانت الخلايا الأولى جذوع أشجار مجوفة توضع تحت سقف البيت.",
	"windows-1257": "Bites tiek turētas jau tūkstošiem gadu, un pirmie stropi bija dobji baļķi, kurus novietoja zem jumta malām.",
	"windows-874":  "คนเลี้ยงผึ้งมาหลายพันปีแล้ว รังแรกเป็นเพียงท่อนไม้กลวงที่วางไว้ใต้ชายคาบ้าน",
	"windows-1252": "Les abeilles sont élevées depuis des millénaires ; les premières ruches étaient des troncs creux placés près de la façade.",
}

func encoded(t testing.TB, name, s string) []byte {
	t.Helper()
	b, err := encodingOf(name).NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

func TestDecodeUndeclared(t *testing.T) {
	for name, s := range legacy {
		got, label, bad := DecodeHTML(encoded(t, name, "<p>"+s+"</p>"), "")
		if got != "<p>"+s+"</p>" || bad != 0 {
			t.Errorf("%s: taken for %s, %d replaced: %q", name, label, bad, got)
		}
	}
}

func TestDecodeDeclared(t *testing.T) {
	for name, s := range legacy {
		page := `<html><head><META http-equiv="Content-Type" content="text/html; charset=` + name + `"></head><p>` + s
		if got, label, _ := DecodeHTML(encoded(t, name, page), ""); got != page || label != name {
			t.Errorf("meta %s: %s %q", name, label, got)
		}
		if got, label, _ := DecodeHTML(encoded(t, name, s), strings.ToUpper(name)); got != s || label != name {
			t.Errorf("header %s: %s %q", name, label, got)
		}
	}
}

func TestDecodeWrongDeclaration(t *testing.T) {
	for name, s := range legacy {
		s += s
		for _, wrong := range []string{"utf-8", "iso-8859-1", "us-ascii", "nonsense", "x-user-defined"} {
			if name == "windows-1252" && wrong != "utf-8" {
				continue
			}
			if name == "windows-1257" || name == "windows-1254" || name == "windows-1250" {
				if wrong != "utf-8" && wrong != "nonsense" { // reads plausibly as Latin-1
					continue
				}
			}
			if got, label, _ := DecodeHTML(encoded(t, name, s), wrong); got != s {
				t.Errorf("%s declared as %s: taken for %s", name, wrong, label)
			}
		}
	}
}

func TestDecodeUnicode(t *testing.T) {
	const s = "<p>été 世界</p>"
	for _, c := range []struct {
		name, raw, header, want, label string
		bad                            int
	}{
		{"utf-8", s, "", s, "utf-8", 0},
		{"utf-8 against the header", s, "windows-1252", s, "utf-8", 0},
		{"mark", "\xef\xbb\xbf" + s, "", s, "utf-8", 0},
		{"utf-16le", "\xff\xfe<\x00p\x00", "", "<p", "utf-16le", 0},
		{"utf-16be", "\xfe\xff\x00<\x00p", "", "<p", "utf-16be", 0},
		{"cut character", s + "\xe4\xb8", "", s + "\uFFFD", "utf-8", 1},
		{"stray byte", strings.Repeat(s, 20) + "\xff", "", strings.Repeat(s, 20) + "\uFFFD", "utf-8", 1},
		{"empty", "", "", "", "utf-8", 0},
		{"iso-2022-jp", "\x1b$B$3$s\x1b(B", "", "こん", "iso-2022-jp", 0},
	} {
		got, label, bad := DecodeHTML([]byte(c.raw), c.header)
		if got != c.want || label != c.label || bad != c.bad {
			t.Errorf("%s: %q %s %d", c.name, got, label, bad)
		}
		if got, label, bad := ReadHTML([]byte(c.raw), c.header); got != c.want || label != c.label || bad != c.bad {
			t.Errorf("%s, read in place: %q %s %d", c.name, got, label, bad)
		}
	}
	wide := make([]byte, 0, 400)
	for _, c := range strings.Repeat("<p>plain text</p>", 10) {
		wide = append(wide, byte(c), 0)
	}
	if got, label, _ := DecodeHTML(wide, ""); label != "utf-16le" || !strings.HasPrefix(got, "<p>plain") {
		t.Errorf("utf-16 without mark: %s %.20q", label, got)
	}
}

func TestDecodeOwnsText(t *testing.T) {
	raw := []byte("<p>text</p>")
	got, _, _ := DecodeHTML(raw, "")
	clear(raw)
	if got != "<p>text</p>" {
		t.Error("the text aliases the input")
	}
	raw = []byte("\xef\xbb\xbf<p>text</p>")
	if n := testing.AllocsPerRun(10, func() { got, _, _ = ReadHTML(raw, "") }); n > 0 || got != "<p>text</p>" {
		t.Errorf("%q is read with %v allocations", got, n)
	}
}

func FuzzDecodeHTML(f *testing.F) {
	for name, s := range legacy {
		f.Add(encoded(f, name, s), name)
	}
	f.Add([]byte("<meta charset=\xff>"), "utf-7")
	f.Fuzz(func(t *testing.T, raw []byte, header string) {
		s, label, bad := DecodeHTML(raw, header)
		if !utf8.ValidString(s) || label == "" || bad < 0 {
			t.Fatalf("%q %s %d", s, label, bad)
		}
	})
}

const chinese = "<html><head><title>水稻</title></head><body><p>清晨六点，村口的广播准时响起，老人们提着竹篮走向水田。</p>"

func BenchmarkDecodeHTML(b *testing.B) {
	for _, name := range []string{"utf-8", "gb18030", "windows-1251"} {
		raw := []byte(strings.Repeat(chinese, 10))
		if name == "windows-1251" {
			raw = encoded(b, name, strings.Repeat(legacy[name], 10))
		} else if name == "gb18030" {
			raw = encoded(b, name, string(raw))
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				DecodeHTML(raw, "")
			}
		})
	}
}

func ExampleDecodeHTML() {
	raw := []byte("<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2")
	text, label, replaced := DecodeHTML(raw, "")
	fmt.Println(text, label, replaced)
	// Output: <meta charset=windows-1251><p>Привет windows-1251 0
}
