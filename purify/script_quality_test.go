package purify_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

const (
	japanese = "昨日は友だちと山の上の小さな町まで歩いて行きました。駅からは古い道が川にそって続いていて、とても静かでした。"
	korean   = "어제는 친구와 함께 산 위의 작은 마을까지 걸어서 갔습니다. 역에서부터 오래된 길이 강을 따라 이어져 있었습니다."
	thai     = "เมื่อวานนี้ฉันกับเพื่อนเดินไปยังหมู่บ้านเล็กบนภูเขา จากสถานีมีถนนสายเก่าทอดไปตามแม่น้ำและเงียบสงบมาก"
)

// Prose of each language stays, lists and other languages' text under its name go, and
// what is not of these languages is not looked at.
func TestScriptQuality(t *testing.T) {
	prose := func(s string) string { return strings.Repeat(s+"\n", 5) }
	for _, c := range []struct{ lang, text, rule string }{
		{"ja", prose(japanese), ""}, {"ko", prose(korean), ""}, {"th", prose(thai), ""},
		{"zh", "x", ""}, {"", "1 2 3", ""},
		{"ja", strings.Repeat("arr = np.array([1, 2, 3]);\n", 40) + prose(japanese), ""},
		{"ja", japanese, "too_few_chars"},
		{"ja", prose(korean), "low_script_ratio"}, {"ko", prose(japanese), "low_script_ratio"}, {"th", prose(korean), "low_script_ratio"},
		{"ja", prose("东京和大阪之间的铁路已经有一百多年的历史，每天有很多人乘坐。"), "low_kana_ratio"},
		{"ja", strings.Repeat("ホーム\nお知らせ\n会社案内\n採用情報\n", 10), "few_sentence_ends"},
		{"ko", strings.Repeat("홈으로\n공지사항\n회사소개\n채용정보\n", 12), "few_sentence_ends"},
		{"th", strings.Repeat("หน้าแรก\nข่าว\nติดต่อเรา\n", 20), "short_lines"},
		{"ko", strings.Repeat("가격 12000 원입니다.\n", 20), "high_digit_ratio"},
	} {
		v := corpus.NewValues(7)
		rule := purify.ScriptQuality{}
		if err := rule.Measure(&corpus.Document{Lang: c.lang, Text: c.text}, v); err != nil {
			t.Fatal(err)
		}
		if verdict := rule.Decide(v); verdict.Rule != c.rule {
			t.Errorf("%s %.20q: %v, want %q", c.lang, c.text, verdict, c.rule)
		}
	}
}

// Each limit drops beyond it, and not at it; values are counted as they are named.
func TestScriptQualityLimits(t *testing.T) {
	text := strings.Repeat("あい漢字1。\n", 20) + "ア.b\n" // 20 lines of 6, and one of 3
	v := corpus.NewValues(7)
	if err := (purify.ScriptQuality{}).Measure(&corpus.Document{Lang: "ja", Text: text}, v); err != nil {
		t.Fatal(err)
	}
	want := []float64{0, 123, 81. / 123, 41. / 123, 20. / 123, 20. / 123, 123. / 21}
	for i, x := range want {
		if v.Get(i) != x {
			t.Errorf("column %d: %v, want %v", i, v.Get(i), x)
		}
	}
	off := purify.ScriptQuality{MinChars: stage.Off(), MinScriptRatio: stage.Off(), MinKanaRatio: stage.Off(), MaxDigitRatio: stage.Off(), MinEndRatio: stage.Off(), MinMeanLineChars: stage.Off()}
	for i, set := range []func(*purify.ScriptQuality, float64){
		1: func(s *purify.ScriptQuality, x float64) { s.MinChars = stage.At(x) },
		2: func(s *purify.ScriptQuality, x float64) { s.MinScriptRatio = stage.At(x) },
		3: func(s *purify.ScriptQuality, x float64) { s.MinKanaRatio = stage.At(x) },
		4: func(s *purify.ScriptQuality, x float64) { s.MaxDigitRatio = stage.At(x) },
		5: func(s *purify.ScriptQuality, x float64) { s.MinEndRatio = stage.At(x) },
		6: func(s *purify.ScriptQuality, x float64) { s.MinMeanLineChars = stage.At(x) },
	} {
		if set == nil {
			continue
		}
		at, beyond := off, off
		set(&at, want[i])
		set(&beyond, want[i]+map[bool]float64{true: -1e-9, false: 1e-9}[i == 4])
		if at.Decide(v).Kept() != true || beyond.Decide(v).Kept() || beyond.Decide(v).Value != want[i] {
			t.Errorf("column %d: %v at the limit, %v beyond", i, at.Decide(v), beyond.Decide(v))
		}
	}
}

// Any text is counted, and a full stop ends a Korean sentence behind a letter alone.
func FuzzScriptQuality(f *testing.F) {
	f.Add(japanese)
	f.Add(korean + " 3.14 a.b.")
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"ja", "ko", "th"} {
			v := corpus.NewValues(7)
			if err := (purify.ScriptQuality{}).Measure(&corpus.Document{Lang: lang, Text: s}, v); err != nil {
				t.Fatal(err)
			}
			for i := 2; i <= 5; i++ {
				if x := v.Get(i); x == x && !(x >= 0 && x <= 1) {
					t.Errorf("column %d of %q is %v", i, s, x)
				}
			}
		}
	})
}
