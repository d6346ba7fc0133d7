package choose

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

func TestBalance(t *testing.T) {
	x := &Chooser{s: &score.Scorer{}}
	kinds := [score.Kinds]float32{0.25, 0, 0, 0.25}
	for _, c := range []struct {
		name     string
		kinds    [score.Kinds]float32
		options  Options
		want     float32
		together bool
	}{
		{"kind unknown", [score.Kinds]float32{}, Options{}, aloneBeta2, false},
		{"two kinds", kinds, Options{}, (kindBeta2[0] + kindBeta2[3]) / 2, true},
		{"beta 3", kinds, Options{Beta: 3}, 9, false},
		{"precision", kinds, Options{Mode: Precision}, 0.25, false},
		{"recall", kinds, Options{Mode: Recall}, 4, false},
	} {
		x.s.Kinds = c.kinds
		if b, together := x.balance(c.options); !near(b, c.want) || together != c.together {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, b, together, c.want, c.together)
		}
	}
}

// A cut that weighs recall more never keeps less.
func TestCutLine(t *testing.T) {
	blocks := []dom.Block{{Words: 100, Score: 0.95}, {Words: 50, Score: 0.6}, {Words: 50, Score: 0.4}, {Words: 400, Score: 0.05}}
	var l cutLine
	l.fill(blocks)
	for name, find := range map[string]func(float32) int{"alone": l.at, "together": l.together} {
		last := scoreBins + 1
		for _, b2 := range []float32{0.1, 0.25, 0.45, 1, 4, 16} {
			cut := find(b2)
			if cut > last {
				t.Errorf("%s, beta2 %v: cut %d after %d", name, b2, cut, last)
			}
			last = cut
		}
		if cut := find(0.1); cut <= 120 || cut > 190 {
			t.Errorf("%s: precise cut at %d", name, cut)
		}
	}
	l.fill(nil)
	if alone, together := l.at(1), l.together(1); alone <= scoreBins || together <= scoreBins {
		t.Errorf("no blocks: cuts %d and %d", alone, together)
	}
}

// What comes again has no words in the choice of the cut, and goes by what a word of its
// score would: kept just below what is kept, not far below.
func TestCutOfWhatComesAgain(t *testing.T) {
	for name, find := range map[string]func(*cutLine, float32) int{"alone": (*cutLine).at, "together": (*cutLine).together} {
		for score, kept := range map[float32]bool{0.93: true, 0.9: true, 0.3: false} {
			blocks := []dom.Block{{Words: 100, Score: 0.97}, {Words: 40, Score: score, Twin: 1}, {Words: 200, Score: 0.02}}
			var l cutLine
			l.fill(blocks)
			if cut := find(&l, 0.45); int(score*scoreBins) >= cut != kept {
				t.Errorf("%s: score %v, cut %d", name, score, cut)
			}
		}
	}
}

// Many doubtful words beside few sure ones are often no content at all, and then all is
// lost with them. Judged one by one they are kept.
func TestSharedDoubt(t *testing.T) {
	for _, c := range []struct {
		words int32
		score float32
		kept  bool // together
	}{{200, 0.4, false}, {200, 0.6, true}, {40, 0.5, true}, {800, 0.3, false}} {
		var l cutLine
		l.fill([]dom.Block{{Words: 100, Score: 0.97}, {Words: c.words, Score: c.score}})
		if k := int(c.score * scoreBins); l.at(1) > k || l.together(1) <= k != c.kept {
			t.Errorf("%d words of %v: cut %d alone, %d together", c.words, c.score, l.at(1), l.together(1))
		}
	}
}

// A list that scored needs no likely text beside it; an article does.
func TestEnough(t *testing.T) {
	x := &Chooser{p: &dom.Page{}, s: &score.Scorer{}}
	for _, c := range []struct {
		words   int32
		article float32
		want    bool
	}{{faintKept, 0, true}, {faintKept - 1, 0, false}, {faintKept, faintKind, false}} {
		x.p.Blocks = []dom.Block{{Words: c.words, Score: 0.3}, {Words: 1000, Score: 0.1}}
		x.s.Kinds[score.OnArticle] = c.article
		if got := x.enough(50); got != c.want {
			t.Errorf("%d words, article %v: %v", c.words, c.article, got)
		}
	}
}
