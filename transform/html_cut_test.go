package transform

import (
	"strings"
	"testing"
)

// A cut that weighs recall more never keeps less.
func TestCutLine(t *testing.T) {
	blocks := []block{{words: 100, score: 0.95}, {words: 50, score: 0.6}, {words: 50, score: 0.4}, {words: 400, score: 0.05}}
	var l cutLine
	l.fill(blocks)
	last := scoreBins + 1
	for _, b2 := range []float32{0.1, 0.25, 0.45, 1, 4, 16} {
		cut := l.at(b2)
		if cut > last {
			t.Errorf("beta2 %v: cut %d after %d", b2, cut, last)
		}
		last = cut
	}
	if cut := l.at(0.1); cut != 190 {
		t.Errorf("precise cut at %d", cut)
	}
	l.fill(nil)
	if cut := l.at(1); cut <= scoreBins {
		t.Errorf("no blocks: cut %d", cut)
	}
}

// Where the model finds nothing, text is taken and lists of links are not.
func TestLost(t *testing.T) {
	none := Tree{}
	for i := range none.Leaf {
		none.Leaf[i] = -4
	}
	m, err := NewModel("", "", nil, Stage{}, Stage{Trees: []Tree{none}})
	if err != nil {
		t.Fatal(err)
	}
	text := "This text is long enough to be taken for one, and it has no links in it at all, so far."
	links := strings.Repeat("<li><a href=x>one of the many links of a menu</a>", 9)
	for page, want := range map[string]string{
		"<ul>" + links + "</ul><p>" + text + "</p>":                         text,
		"<p>" + text + "</p><footer>" + text + " Copyright by us.</footer>": text,
	} {
		pg, err := NewExtractor(m).Extract(page, Options{})
		if err != nil || pg.Text != want {
			t.Errorf("%q, %v", pg.Text, err)
		}
	}
}
