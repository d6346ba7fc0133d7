package purify

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/sharedtext"
	"github.com/corpusmill/corpusmill/stage"
)

// TestChineseGrade: gold texts are better than what stands around them and than spam.
func TestChineseGrade(t *testing.T) {
	g := ChineseGrade{MinHigh: 0.8, MinMiddle: 0.6}
	var good, bad []float64
	classes := map[string]int{}
	for _, a := range sharedtext.Chinese(t, "..") {
		class, score := g.Grade(&corpus.Document{Text: a.Text})
		good = append(good, score)
		classes[class]++
	}
	for _, file := range []string{"tuned", "tuned_2", "tuned_3"} {
		spam, err := os.ReadFile("spam/testdata/" + file + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for section := range strings.SplitSeq(string(spam), "\n## ") {
			_, score := g.Grade(&corpus.Document{Text: section})
			bad = append(bad, score)
		}
	}
	for _, c := range peerCases(t) { // pages that are menus, lists and forms
		if poor := (ChineseQuality{}).Keep(&corpus.Document{Text: c.Text}); c.Lang.Best == "zh" && !poor.Kept() {
			_, score := g.Grade(&corpus.Document{Text: c.Text})
			bad = append(bad, score)
		}
	}
	wins := 0.0
	for _, x := range good {
		for _, y := range bad {
			if x > y {
				wins++
			}
		}
	}
	slices.Sort(good)
	area := wins / float64(len(good)*len(bad))
	t.Logf("AUC %.3f of %d good and %d bad; classes of the good %v, tenth of them below %.2f, median %.2f", area, len(good), len(bad), classes, good[len(good)/10], good[len(good)/2])
	if area < 0.9 {
		t.Error("grades do not tell good from bad")
	}
}

func TestChineseGradeClasses(t *testing.T) {
	for _, wrong := range []ChineseGrade{{MinHigh: 0.5, MinMiddle: 0.6}, {MinHigh: 1.1, MinMiddle: 0.6}, {MinHigh: 0.8, MinMiddle: -1}} {
		if wrong.Validate() == nil {
			t.Errorf("%+v is accepted", wrong)
		}
	}
	doc := &corpus.Document{Text: zhProse(30)}
	_, score := (&ChineseGrade{MinHigh: 1, MinMiddle: 1}).Grade(doc)
	for _, c := range []struct {
		high, middle float64
		want         string
	}{{score, 0, "high"}, {score + 1e-9, score, "middle"}, {1, score + 1e-9, "low"}} {
		if class, _ := (&ChineseGrade{MinHigh: c.high, MinMiddle: c.middle}).Grade(doc); class != c.want {
			t.Errorf("%g against %g and %g is %s, want %s", score, c.high, c.middle, class, c.want)
		}
	}
}

func TestChineseConvert(t *testing.T) {
	for config, want := range map[string]string{"t2s": "头发与发展", "s2t": "頭髮與發展"} {
		s, err := OpenChineseConvert(t.Context(), ChineseConvert{Config: config}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		doc := &corpus.Document{Text: map[string]string{"t2s": "頭髮與發展", "s2t": "头发与发展"}[config]}
		if _, err := s.Apply(doc); err != nil || doc.Text != want {
			t.Errorf("%s: %q, %v", config, doc.Text, err)
		}
	}
	if _, err := OpenChineseConvert(t.Context(), ChineseConvert{Config: "s2tw"}, stage.NewEnv()); err == nil {
		t.Error("a configuration without tables is accepted")
	}
}
