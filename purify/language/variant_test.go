package language

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

var _ stage.Attacher = (*Stage)(nil)

func TestVariantOf(t *testing.T) {
	for _, c := range []struct{ code, text, want string }{
		{"zh", "镇上的人一直以为这座老磨坊还会再屹立一百年。", "zh-Hans"},
		{"zh", "鎮上的人一直以為這座老磨坊還會再屹立一百年。", "zh-Hant"},
		{"zh", "請用滑鼠點選網路上的影片，軟體會自動搜尋。", "zh-Hant-TW"},
		{"zh", "請用滑鼠點選網絡", "zh-Hant"}, // one word of each
		{"zh", "特區政府的網絡服務已推出新軟件，乘搭的士往屯門亦可使用。", "zh-Hant-HK"},
		{"zh-Hant", "裡", "zh-Hant-TW"}, {"zh", "裏網路綫", "zh-Hant-TW"}, // a word outweighs two characters
		{"yue", "鎮上啲人成日以為呢座舊磨坊仲會企多一百年，佢哋唔知道。", "yue"},
		{"zh", "子曰學而時習之不亦說乎有朋自遠方來不亦樂乎人不知而不慍不亦君子乎", "lzh"},
		{"zh", "古之學者必有師師者所以傳道受業解惑也人非生而知之者孰能無惑", "lzh"},
		{"zh", "之其也", ""}, // too short for a style
		{"zh", "水火山石", ""}, {"en", "the mill", ""}, {"sr", "стара воденица", "sr-Cyrl"}, {"sr", "stara vodenica", "sr-Latn"}, {"sr", "", "sr-Cyrl"},
	} {
		if got := variantOf(c.code, c.text); got != c.want {
			t.Errorf("%s %.30q: %q, want %q", c.code, c.text, got, c.want)
		}
	}
}

// The density of classical particles at both sides of its limits.
func TestClassical(t *testing.T) {
	text := func(old, modern, all int) string {
		return strings.Repeat("之", old) + strings.Repeat("的", modern) + strings.Repeat("水", all-old-modern)
	}
	for _, c := range []struct {
		old, modern, all int
		want             bool
	}{{9, 0, 100, true}, {8, 0, 100, false}, {10, 2, 100, true}, {10, 3, 100, false}, {10, 0, 20, true}, {10, 0, 19, false}} {
		if got := isClassical(text(c.old, c.modern, c.all)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct{ text, variant, script string }{
		{chinese, "zh-Hans", "Hani"}, {english, "", "Latn"}, {"12", "", ""}, {"町の人々はいつも", "", "Jpan"}, {"마을 사람들은", "", "Kore"},
		{"Жители города всегда думали", "", "Cyrl"}, {"ⴰⵎⴰⵣⵉⵖ", "", "Zyyy"}, {"Οι κάτοικοι", "", "Grek"}, {"בעברית", "", "Hebr"}, {"ሰላም", "", "Ethi"},
	} {
		for _, l := range []Language{{Variant: true, Script: true}, {Script: true}, {Variant: true}} {
			s := open(t, l)
			var want []corpus.Value
			if l.Variant {
				want = append(want, corpus.StrOrNull(c.variant))
			}
			if l.Script {
				want = append(want, corpus.StrOrNull(c.script))
			}
			cells := make([]corpus.Value, len(s.Cells()))
			if len(cells) != len(want) {
				t.Fatalf("%d columns", len(cells))
			}
			v, err := s.Attach(&corpus.Document{Text: c.text}, cells)
			if err != nil || v != corpus.Keep {
				t.Error(v, err)
			}
			for i := range cells {
				if cells[i] != want[i] {
					t.Errorf("%.20q: %v, want %v", c.text, cells, want)
				}
			}
		}
	}
	if open(t, Language{}).Cells() != nil {
		t.Error("columns that nobody asked for")
	}
}
