package transform

import (
	"math"
	"strings"
	"testing"
)

// scored returns an extractor that holds a page whose blocks all scored v.
func scored(t *testing.T, page string, v float32) *Extractor {
	t.Helper()
	x := NewExtractor(nil)
	if _, err := x.Extract(page, Options{Mode: All}); err != nil {
		t.Fatal(err)
	}
	for i := range x.p.blocks {
		x.p.blocks[i].score = v
	}
	return x
}

func near(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 }

func TestBalance(t *testing.T) {
	x := NewExtractor(nil)
	if b := x.balance(Options{}); !near(b, defaultBeta2) {
		t.Errorf("kind unknown: %v", b)
	}
	x.kinds = [Kinds]float32{0.25, 0, 0, 0.25}
	if b, want := x.balance(Options{}), (kindBeta2[0]+kindBeta2[3])/2; !near(b, want) {
		t.Errorf("two kinds: %v, want %v", b, want)
	}
	if b := x.balance(Options{Beta: 3}); !near(b, 9) {
		t.Errorf("beta 3: %v", b)
	}
	if p, r := x.balance(Options{Mode: Precision}), x.balance(Options{Mode: Recall}); p >= x.balance(Options{}) || r <= 1 {
		t.Errorf("precision %v, recall %v", p, r)
	}
}

// From four blocks on, a repeated structure's scores move towards their mean.
func TestLevel(t *testing.T) {
	for n, want := range map[int]float32{3: 0.9, 4: 0.9 + levelShare*(0.25*0.9+0.75*0.1-0.9)} {
		x := scored(t, "<ul>"+strings.Repeat("<li>name", n)+"</ul><p>another", 0.1)
		x.p.blocks[0].score = 0.9
		x.level()
		if s := x.p.blocks[0].score; !near(s, want) {
			t.Errorf("%d blocks: %v, want %v", n, s, want)
		}
		if s := x.p.blocks[n].score; !near(s, 0.1) {
			t.Errorf("%d blocks: what stands beside them has %v", n, s)
		}
	}
}

func TestRaiseCode(t *testing.T) {
	x := scored(t, "<p>Some words before.</p><pre>import x</pre><pre><a href=a>all of it link</a></pre><p>And after.</p>", 0.8)
	x.p.blocks[1].score, x.p.blocks[2].score = 0.1, 0.1
	x.raiseCode()
	if a, b := x.p.blocks[1].score, x.p.blocks[2].score; !near(a, 0.8) || !near(b, 0.1) {
		t.Errorf("listing %v, links %v", a, b)
	}
}

// A line of a table of contents leads to a heading that comes later.
func TestLowerContents(t *testing.T) {
	x := scored(t, `<ul><li><a href="#a">First part</a><li><a href="#top">Up</a><li><a href="/b">Second part</a></ul>`+
		`<h2 id=a>First part</h2><p>Text with <a href="#n">a note</a> in it.<h2>Second part</h2>`, 1)
	x.lowerContents()
	for i := range x.p.blocks {
		if low := x.p.blocks[i].score < 1; low != (i == 0) {
			t.Errorf("block %d lowered: %v", i, low)
		}
	}
}

// What a page hides is no content, unless it is sentences, code or a table.
func TestLowerHidden(t *testing.T) {
	shown := strings.Repeat("words of a long text ", 20)
	const hidden = `<div style="display:none"><p>many words</p><p>A sentence.</p><pre>import x</pre><table><td>12</table></div>`
	for text, low := range map[string]float32{shown: hiddenFactor, "a few": 1} {
		x := scored(t, "<p>"+text+"</p>"+hidden, 0.8)
		x.lowerHidden()
		for i, want := range []float32{0.8, 0.8 * low, 0.8, 0.8, 0.8} {
			if s := x.p.blocks[i].score; !near(s, want) {
				t.Errorf("%.12s: block %d: %v, want %v", text, i, s, want)
			}
		}
	}
}

// Where an article's sentences are faint, a cloud of words is not taken though it scored
// better; without a sentence it is all there is.
func TestFaintCloud(t *testing.T) {
	cloud, text := strings.Repeat("boats harbour weather ", 8), strings.Repeat("The boat went out and came back. ", 6)
	for sentence, kept := range map[string]bool{text: false, strings.ReplaceAll(text, ".", ""): true} {
		x := scored(t, "<p>"+cloud+"</p><p>"+sentence, 0.1)
		x.p.blocks[0].score = faintScore + 0.05
		x.kinds[onArticle] = 1
		x.choose(Options{})
		if got := x.p.blocks[0].keep; got != kept {
			t.Errorf("%.20s: cloud kept: %t", sentence, got)
		}
	}
}

// Without any long text that scored well, likely ones are kept too.
func TestFaint(t *testing.T) {
	text := strings.Repeat("words of a long text ", 6)
	x := scored(t, "<p>Short</p><p>"+text+"</p><nav><p>"+text+"and</nav>", 0.1)
	x.p.blocks[0].score = 0.9
	x.kinds[onArticle] = 1
	if faint, said := x.faint(); !faint || said {
		t.Errorf("faint %t, with sentences %t", faint, said)
	}
	x.p.blocks[1].stops = 1
	if _, said := x.faint(); !said {
		t.Error("no sentence found")
	}
	x.kinds[onArticle] = 0
	if _, said := x.faint(); said {
		t.Error("sentences looked for on a page that is no article")
	}
	for i, want := range []bool{false, true, false} {
		if got := x.likely(&x.p.blocks[i]); got != want {
			t.Errorf("block %d likely: %v", i, got)
		}
	}
	x.p.blocks[1].score = faintScore
	if faint, _ := x.faint(); faint {
		t.Error("found faint")
	}
	x.p.blocks[1].stops = 0
	if faint, _ := x.faint(); faint {
		t.Error("a list is found faint")
	}
	x.kinds[onArticle] = 1
	if faint, _ := x.faint(); !faint {
		t.Error("a cloud of words taken for an article")
	}
}

// The root of the hits is the deepest element that keeps most of them.
func TestHitRoot(t *testing.T) {
	x := scored(t, "<div><p>one two three</p><div><p>four five six</p><p>seven eight nine</p></div></div><p>ten", 0)
	for i, v := range []float32{0.05, 0.9, 0.9, 0.05} {
		x.p.blocks[i].first = v
	}
	x.sumScores()
	el := x.p.elems
	off := func(i int) uint16 { return el[x.p.blocks[i].holder].off }
	if off(1) != 0 || off(2) != 0 || off(0) != 1 || off(3) != 2 {
		t.Errorf("distances %d %d %d %d", off(0), off(1), off(2), off(3))
	}
}

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

// A page on which the model finds nothing: its sentences are taken, lists of words are
// not, unless there is nothing else.
func TestNothingFound(t *testing.T) {
	m, err := NewModel("", "", nil, Stage{Bias: -5, Trees: make([]Tree, 1)}, Stage{})
	if err != nil {
		t.Fatal(err)
	}
	words := "<p>" + strings.Repeat("january february march april may june ", 3)
	said := "<p>" + strings.Repeat("the water is high and the boats are carried to the shed ", 3) + "behind the mill."
	for page, want := range map[string]string{words + said: "the water", said: "the water", words: "january"} {
		pg, err := NewExtractor(m).Extract(page, Options{})
		if err != nil || !strings.HasPrefix(pg.Text, want) {
			t.Errorf("%.30s: %q %v, want %s", page, pg.Text, err, want)
		}
	}
}
