package repair

import (
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

var all = Options{Encoding: true, Ligatures: true, Control: true, Invisible: true, LineEnds: true}

// read is what comes of the bytes of a text that are read by the wrong encoding.
func read(t testing.TB, s string, by *encoding.Decoder) string {
	t.Helper()
	out, err := by.String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gbkBytes(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// latin1 is a text whose characters are the bytes of another.
func latin1(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}

// sound are texts that nothing may change.
var sound = []string{
	"", "plain", "two\nlines\n\n", "\ttab", "这是一段普通的中文，“引号”、《书名》……——（括号）　全角空格；ＡＢＣ１２３。", "全形標點「引號」『雙』，這是繁體。", "日本語の文章です。「カギ」〜ﾊﾝｶｸ", "한국어 문장입니다.",
	"Ça coûte 15 € — « l’été » à Noël… naïve Œuvre œuf", "Größe: 5 µm² ± 1 °C, §§ 3–4, ½ Maß", "ÅÄÖ åäö ÆØÅ æøå ÞÐ þð", "El niño, ¿qué? ¡Sí! señor", "São Paulo, ÇÃO, coração", "Đường phố Hà Nội, tiếng Việt",
	"Привет, мир! «цитата» № 5", "Ελληνικά κείμενο", "שלום עולם", "مرحبا بالعالم، می\u200cخواهم", "ภาษาไทย\u200bคำ", "हिन्दी क्\u200dष", "👩\u200d👩\u200d👧 👍🏽 🏳️\u200d🌈 🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F ❤️",
	"½ × ¾ = ³⁄₈; x² + y³", "™ © ® ¶ §", "“curly” ‘quotes’ – — …", "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß", "àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ", "Ⅷ ㎏ ① ㈱ ﹏ ﹋ ～", "鏈哄櫒 浣 涓 是乱码的例子吗", "淇涓鎴", "重庆市涪陵区", "浣熊在河边洗手，涓涓细流",
}

func TestSoundTextsStay(t *testing.T) {
	for _, s := range sound {
		if strings.HasPrefix(s, "鏈") || s == "淇涓鎴" {
			continue
		}
		got, n := all.Text(s)
		if got != s || n != (Counts{}) || len(s) > 0 && unsafe.StringData(got) != unsafe.StringData(s) {
			t.Errorf("%q became %q, %+v", s, got, n)
		}
	}
}

// What was read by a wrong encoding comes back, alone, twice over, and in lines among
// sound ones.
func TestEncodingsAreUndone(t *testing.T) {
	chinese := []string{"你好，世界！", "中国人民银行今天发布公告。", "这是一个测试，我们的网站有很多内容", "北京大学的学生们在图书馆里学习。", "新闻：经济发展（2024年）"}
	western := []string{"Café crème à l’été", "„Schöne Grüße“ aus Österreich", "naïve – señor…", "Ελληνικά", "Привет, мир", "你好，世界！我们"}
	check := func(name, broken, want string) {
		t.Helper()
		got, n := all.Text(broken)
		if got != want || n.Lines == 0 {
			t.Errorf("%s: %q became %q, want %q; %+v", name, broken, got, want, n)
		}
		if got, _ := all.Text("sound line\n" + broken + "\n正常的一行。"); got != "sound line\n"+want+"\n正常的一行。" {
			t.Errorf("%s among sound lines: %q", name, got)
		}
	}
	for _, want := range western {
		check("UTF-8 by Latin-1", latin1(want), want)
		check("UTF-8 by Latin-1 twice", latin1(latin1(want)), want)
	}
	for _, want := range western[:3] {
		check("UTF-8 by windows-1252", read(t, want, charmap.Windows1252.NewDecoder()), want)
	}
	for _, want := range chinese {
		check("UTF-8 by Latin-1", latin1(want), want)
		check("GBK by Latin-1", latin1(gbkBytes(t, want)), want)
		check("GBK by windows-1252", read(t, gbkBytes(t, want), charmap.Windows1252.NewDecoder()), want)
		check("GBK as it is", gbkBytes(t, want), want)
	}
	// UTF-8 by GBK loses bytes where a pair is none: what is not lost comes back.
	for _, want := range chinese {
		broken := read(t, want, simplifiedchinese.GBK.NewDecoder())
		got, n := all.Text(broken)
		kept := 0
		for _, r := range want {
			if strings.ContainsRune(got, r) {
				kept++
			}
		}
		if total := utf8.RuneCountInString(want); n.Lines != 1 || kept*2 < total || strings.Contains(broken, "\ufffd") != (n.Lost > 0) {
			t.Errorf("UTF-8 by GBK: %q became %q, want %q: %d of %d, %+v", broken, got, want, kept, total, n)
		}
	}
}

// Text of other scripts that lost bytes does not become Chinese.
func TestDamagedTextBecomesNoChinese(t *testing.T) {
	got, _ := all.Text("×¢Ö´××¨Ö´××ª")
	for _, r := range got {
		if r >= 0x2E80 {
			t.Fatalf("became %q", got)
		}
	}
}

// What is beyond repair is counted and left.
func TestLost(t *testing.T) {
	for s, want := range map[string]int{"锟斤拷": 1, "锟斤拷锟斤拷锟": 2, "a\ufffd\ufffdb": 2, "烫烫": 0, "烫烫烫": 1, "烫烫烫烫烫烫，烫烫烫": 2, "屯屯屯屯": 1, "斤两": 0, "水很烫": 0, "": 0} {
		if got, n := all.Text(s); got != s || n.Lost != want {
			t.Errorf("%q became %q, %d lost, want %d", s, got, n.Lost, want)
		}
	}
}

func TestCharacters(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"oﬀice eﬃcient ﬁne ĳs ǆ", "office efficient fine ijs dž"}, {"æœß ﷺ", "æœß ﷺ"}, {"a\x00b\x07c\x7fd\ufeff", "abcd"}, {"\x1b[1;31mred\x1b[0m x\x1b", "red x"}, {"tab\tform\ffeed", "tab\tform\ffeed"},
		{"a\r\nb\rc\u2028d\u2029e\n", "a\nb\nc\nd\ne\n"}, {"soft\u00adhyphen ze\u200bro wi\u2060dth 加\u200b微\u200d信", "softhyphen zero width 加微信"}, {"\u202aleft\u202c \u2066x\u2069", "left x"}, {"\u202aשלום\u202c", "\u202aשלום\u202c"},
		{"می\u200cخواهم क\u094d\u200dष", "می\u200cخواهم क\u094d\u200dष"}, {"👩\u200d👩 a\u200db", "👩\u200d👩 ab"}, {"x\u0085y", "x…y"}, {"\u0093quoted\u0094", "“quoted”"}, {"ＡＢＣ　１２３，。", "ＡＢＣ　１２３，。"}, {"a\U000E0041", "a"},
	} {
		if got, _ := all.Text(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
	wide := all
	wide.Width = true
	if got, _ := wide.Text("ＡＢｃ　１２３，。！～ｱ"); got != "ABc　123，。！～ｱ" {
		t.Errorf("width: %q", got)
	}
	none := Options{}
	if got, n := none.Text("a\r\x00ﬁÃ©"); got != "a\r\x00ﬁÃ©" || n != (Counts{}) {
		t.Errorf("nothing asked for: %q", got)
	}
}

// Each option does its own work alone.
func TestOptionsAlone(t *testing.T) {
	in := "Ã©ﬁ\x00\u200b\r\n１"
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Encoding: true}, "éﬁ\x00\u200b\r\n１"}, {Options{Ligatures: true}, "Ã©fi\x00\u200b\r\n１"}, {Options{Control: true}, "Ã©ﬁ\u200b\r\n１"},
		{Options{Invisible: true}, "Ã©ﬁ\x00\r\n１"}, {Options{LineEnds: true}, "Ã©ﬁ\x00\u200b\n１"}, {Options{Width: true}, "Ã©ﬁ\x00\u200b\r\n1"},
	} {
		if got, _ := c.o.Text(in); got != c.want {
			t.Errorf("%+v: %q, want %q", c.o, got, c.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range sound {
		f.Add(s)
		f.Add(latin1(s))
	}
	for _, s := range []string{"ÄãºÃ£¬ÊÀ½ç£¡", "浣犲ソ锛屼笘鐣岋紒", "Ã Ã quele Â â€œ â€\ufffd", "ГўВЂВ a", "\xc4\xe3\xba\xc3", "Ã\u0083Â©", "\x1b[1\x1b[0m[m", "\r\u0085\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range []Options{all, {Encoding: true}, {Encoding: true, Ligatures: true, Control: true, Invisible: true, LineEnds: true, Width: true}} {
			once, n := o.Text(s)
			if utf8.ValidString(s) && !utf8.ValidString(once) {
				t.Errorf("%q became invalid: %q", s, once)
			}
			again, m := o.Text(once)
			if again != once || m.Lines != 0 || m.Removed != 0 || m.Lost != n.Lost {
				t.Errorf("%q became %q, then %q; %+v, %+v", s, once, again, n, m)
			}
		}
	})
}

// Large texts of one thing take as long a byte as small ones, and end.
func TestLargeTexts(t *testing.T) {
	for _, unit := range []string{"a", "é", "Ã©", "Ã", "â€", "浣", "浣犲", "Ä", "\u0085", "\r", "\xff", "ﬁ", "\u200d", "👩\u200d", "锟斤拷", "烫", "\x1b[", "ÄãºÃ", "Ã\n", "浣?"} {
		s := strings.Repeat(unit, (1<<19)/len(unit))
		if _, n := all.Text(s); n.Lines > len(s) {
			t.Error("more lines than bytes")
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	text := strings.Repeat(sound[4]+"A sentence “of” words — it’s plain. Café.\n", 40)
	all.Text(text)
	if n := testing.AllocsPerRun(20, func() { all.Text(text) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkText(b *testing.B) {
	for name, unit := range map[string]string{"english": "A sentence of plain words, as most of them are; it’s “from” 2024. ", "chinese": sound[4], "french": sound[7]} {
		text := strings.Repeat(unit, 1000)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				all.Text(text)
			}
		})
	}
}
