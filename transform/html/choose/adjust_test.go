package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/score"
)

// From four blocks on, a repeated structure's scores move towards their mean.
func TestLevel(t *testing.T) {
	for n, want := range map[int]float32{3: 0.9, 4: 0.9 + levelShare*(0.25*0.9+0.75*0.1-0.9)} {
		x := scored(t, "<ul>"+strings.Repeat("<li>name", n)+"</ul><p>another", 0.1)
		x.p.Blocks[0].Score = 0.9
		x.level()
		if s := x.p.Blocks[0].Score; !near(s, want) {
			t.Errorf("%d blocks: %v, want %v", n, s, want)
		}
		if s := x.p.Blocks[n].Score; !near(s, 0.1) {
			t.Errorf("%d blocks: what stands beside them has %v", n, s)
		}
	}
}

func TestRaiseCode(t *testing.T) {
	x := scored(t, "<p>Some words before.</p><pre>import x</pre><pre><a href=a>all of it link</a></pre><p>And after.</p>", 0.8)
	x.p.Blocks[1].Score, x.p.Blocks[2].Score = 0.1, 0.1
	x.raiseCode()
	if a, b := x.p.Blocks[1].Score, x.p.Blocks[2].Score; !near(a, 0.8) || !near(b, 0.1) {
		t.Errorf("listing %v, links %v", a, b)
	}
}

// A line of a table of contents leads to a heading that comes later.
func TestLowerContents(t *testing.T) {
	x := scored(t, `<ul><li><a href="#a">First part</a><li><a href="#top">Up</a><li><a href="/b">Second part</a></ul>`+
		`<h2 id=a>First part</h2><p>Text with <a href="#n">a note</a> in it.<h2>Second part</h2>`, 1)
	x.lowerContents()
	for i := range x.p.Blocks {
		if low := x.p.Blocks[i].Score < 1; low != (i == 0) {
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
			if s := x.p.Blocks[i].Score; !near(s, want) {
				t.Errorf("%.12s: block %d: %v, want %v", text, i, s, want)
			}
		}
	}
}

// The page once more, hidden and in Markdown, is no content, while hidden code is; and the
// text around it does not raise it again.
func TestLowerHiddenSource(t *testing.T) {
	shown := "<p>" + strings.Repeat("words of a long text ", 20) + "</p>"
	for _, c := range []struct {
		pre  string
		want float32
	}{
		{strings.Repeat("The boat went out and came back. ", sourceWords/7+1), 0.8 * hiddenFactor},
		{strings.Repeat("The boat went out and came back. ", sourceWords/7-1), 0.8},
		{strings.Repeat("boat nets harbour ", sourceWords/3+1), 0.8}, // no sentences
	} {
		x := scored(t, shown+"<pre hidden>"+c.pre+"</pre>", 0.8)
		x.lowerHidden()
		x.raiseCode()
		if s := x.p.Blocks[1].Score; !near(s, c.want) {
			t.Errorf("%.30s, %d words: %v, want %v", c.pre, x.p.Blocks[1].Words, s, c.want)
		}
	}
}

// Where an article's sentences are faint, a cloud of words is not taken though it scored
// better; without a sentence it is all there is.
func TestFaintCloud(t *testing.T) {
	cloud, text := strings.Repeat("boats harbour weather ", 8), strings.Repeat("The boat went out and came back. ", 6)
	for sentence, kept := range map[string]bool{text: false, strings.ReplaceAll(text, ".", ""): true} {
		x := scored(t, "<p>"+cloud+"</p><p>"+sentence, 0.1)
		x.p.Blocks[0].Score = faintScore + 0.05
		x.s.Kinds[score.OnArticle] = 1
		x.Choose(x.p, x.s, x.d, Options{})
		if got := x.p.Blocks[0].Keep; got != kept {
			t.Errorf("%.20s: cloud kept: %t", sentence, got)
		}
	}
}

// Without any long text that scored well, likely ones are kept too.
func TestFaint(t *testing.T) {
	text := strings.Repeat("words of a long text ", 6)
	x := scored(t, "<p>Short</p><p>"+text+"</p><nav><p>"+text+"and</nav>", 0.1)
	x.p.Blocks[0].Score = 0.9
	x.s.Kinds[score.OnArticle] = 1
	if faint, said := x.faint(); !faint || said {
		t.Errorf("faint %t, with sentences %t", faint, said)
	}
	x.p.Blocks[1].Stops = 1
	if _, said := x.faint(); !said {
		t.Error("no sentence found")
	}
	x.s.Kinds[score.OnArticle] = 0
	if _, said := x.faint(); said {
		t.Error("sentences looked for on a page that is no article")
	}
	for i, want := range []bool{false, true, false} {
		if got := x.likely(&x.p.Blocks[i]); got != want {
			t.Errorf("block %d likely: %v", i, got)
		}
	}
	x.p.Blocks[1].Score = faintScore
	if faint, _ := x.faint(); faint {
		t.Error("found faint")
	}
	x.p.Blocks[1].Stops = 0
	if faint, _ := x.faint(); faint {
		t.Error("a list is found faint")
	}
	x.s.Kinds[score.OnArticle] = 1
	if faint, _ := x.faint(); !faint {
		t.Error("a cloud of words taken for an article")
	}
}
