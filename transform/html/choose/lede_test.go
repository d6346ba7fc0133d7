package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// The sentences between an article's heading and its body are kept with the body.
func TestKeepLede(t *testing.T) {
	const lede = "Nobody in the village had seen it coming, and yet it came."
	body := "<p>" + strings.Repeat("The boat went out and came back. ", 20)
	gap := func(n int) string { return strings.Repeat("<p>By a reporter</p>", n) }
	for _, c := range []struct {
		name, above string
		article     float32
		score       float32
		want        bool
	}{
		{"lede", "<h1>Storm</h1><p>" + lede, 0.9, ledeScore, true},
		{"in a header", "<header><h1>Storm</h1><p>" + lede + "</header>", 0.9, ledeScore, true},
		{"low score", "<h1>Storm</h1><p>" + lede, 0.9, ledeScore - 0.01, false},
		{"article enough", "<h1>Storm</h1><p>" + lede, ledeKind, ledeScore, true},
		{"no article", "<h1>Storm</h1><p>" + lede, ledeKind - 0.01, ledeScore, false},
		{"above the heading", "<p>" + lede + "</p><h1>Storm</h1>", 0.9, 0.5, false},
		{"no heading", "<h2>Storm</h2><p>" + lede, 0.9, 0.5, false},
		{"in reach", "<h1>Storm</h1><p>" + lede + gap(ledeReach-2), 0.9, 0.5, true},
		{"out of reach", "<h1>Storm</h1><p>" + lede + gap(ledeReach-1), 0.9, 0.5, false},
		{"no sentence", "<h1>Storm</h1><p>" + strings.TrimSuffix(lede, "."), 0.9, 0.5, false},
		{"short", "<h1>Storm</h1><p>Nobody had seen it.", 0.9, 0.5, false},
		{"a link", "<h1>Storm</h1><p><a href=/x>" + lede + "</a>", 0.9, 0.5, false},
		{"caption", "<h1>Storm</h1><figure><figcaption>" + lede + "</figcaption></figure>", 0.9, 0.5, false},
		{"aside", "<h1>Storm</h1><aside>" + lede + "</aside>", 0.9, 0.5, false},
	} {
		x := scored(t, c.above+body, c.score)
		x.s.Kinds[score.OnArticle] = c.article
		bl := x.p.Blocks
		for i := range bl {
			bl[i].Keep, bl[i].Rule = i == len(bl)-1, dom.ByScore
		}
		x.keepLede()
		for i := range bl[:len(bl)-1] {
			text := string(x.p.AppendBlock(nil, x.d, &bl[i]))
			if want := c.want && text == lede; bl[i].Keep != want {
				t.Errorf("%s: %q kept: %t", c.name, text, bl[i].Keep)
			}
		}
	}
}

// A page with little text has no body that a lede could belong to.
func TestLedeWithoutBody(t *testing.T) {
	for words, want := range map[int]bool{ledeBody - 1: false, ledeBody: true} {
		x := scored(t, "<h1>Storm</h1><p>"+strings.Repeat("boat ", words), 0.9)
		x.p.Blocks[1].Keep = true
		if _, heading := x.body(); (heading == 0) != want {
			t.Errorf("%d Words: heading at %d", words, heading)
		}
	}
}

// On Chinese pages such sentences are the editor's summary, and the scores tell.
func TestNoLedeOfSummary(t *testing.T) {
	const summary = "简介：各界对于风暴的担忧急速升温，这一带村庄的人们都没有想到它会来得这么快，而它还是来了，第四天才停。"
	x := scored(t, "<h1>风暴来了</h1><p>"+summary+"</p><p>"+strings.Repeat("船在黎明时离开港口，到了晚上才回来，人们都在岸边等着。", 10), 0.5)
	x.s.Kinds[score.OnArticle] = 1
	x.p.Blocks[1].Keep = false
	x.p.Blocks[2].Keep, x.p.Blocks[2].Rule = true, dom.ByScore
	x.keepLede()
	if x.p.Blocks[1].Keep {
		t.Error("summary kept")
	}
}
