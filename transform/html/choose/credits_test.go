package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

func TestIsCredit(t *testing.T) {
	for s, want := range map[string]bool{
		"编辑：小满 审核：老木": true,
		"（責任編輯：趙晗）":   true,
		"[编辑: 王俞]":    true,
		"责编 | 山水":     true,
		"监制丨老木":       true,
		"编辑部在三楼":      false,
		"来源：新华网":      false, // the model's
		"审核意见如下：同意":   false,
		"":            false,
	} {
		if isCredit([]byte(s)) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// Lines of credits and tools go from Chinese pages, but not from headings, cells and posts.
func TestLowerCredits(t *testing.T) {
	const text = "<p>村里的老戏台修了半年，上个月终于重新开锣。</p>"
	for line, want := range map[string]bool{
		"<p>编辑：小满</p>":                                         true,
		"<p>点击上方蓝字，关注我们</p>":                                   true,
		"<p>责任编辑是谁，他不知道。</p>":                                  false, // a sentence
		"<p>编辑：" + strings.Repeat("满", creditWords-2) + "</p>": true,
		"<p>编辑：" + strings.Repeat("满", creditWords-1) + "</p>": false,
		"<p>分享到" + strings.Repeat("好", toolWords-3) + "</p>":   true,
		"<p>分享到" + strings.Repeat("好", toolWords-2) + "</p>":   false,
		"<h2>编辑：小满</h2>":                                       false,
		"<table><tr><td>编辑：小满</td><td>一</td></tr></table>":     false,
		"<div class=t_f>编辑：小满</div>":                           false,
		"<pre>编辑：小满</pre>":                                     false,
	} {
		x := scored(t, "<div>"+text+line+text+"</div>", 1)
		x.lowerCredits()
		if b := &x.p.Blocks[1]; (b.Lowered == dom.ByCredits) != want {
			t.Errorf("%s: lowered by %v", line, b.Lowered)
		}
	}
	x := scored(t, "<div><p>编辑：小满</p><p>"+strings.Repeat("The old stage of the village was mended in half a year. ", 5)+"</p></div>", 1)
	x.lowerCredits()
	if x.p.Blocks[0].Lowered != 0 {
		t.Error("lowered on a page in English")
	}
}

// Buttons that come with each card of a list go.
func TestLowerButtons(t *testing.T) {
	for button, want := range map[string]int{
		"<button>Quick add</button>":               2,
		"<a role=button>Quick add</a>":             2,
		"<span>Quick add</span>":                   0,
		"<button>Add 2 of it</button>":             0,
		"<button>Add it to my basket now</button>": 0,
		"<button>Really, you may. Add.</button>":   0,
	} {
		x := scored(t, "<ul><li><p>Kettle</p>"+button+"</li><li><p>Dripper</p>"+button+"</li></ul>", 1)
		x.lowerButtons()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByCredits {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d lowered, want %d", button, n, want)
		}
	}
	x := scored(t, "<div><p>Kettle</p><button>Quick add</button></div>", 1)
	x.lowerButtons()
	if x.p.Blocks[1].Lowered != 0 {
		t.Error("lowered a button that stands once")
	}
}

func TestLowerAsideLines(t *testing.T) {
	for line, want := range map[string]dom.Rule{
		"Advertisement":                      dom.ByCredits,
		"广告":                                 dom.ByCredits,
		"Advertisement is what he lives by.": 0,
		"<a href=/x>Read more: The bridge is late again</a>":                     dom.ByRelated,
		"Related: <a href=/x>The bridge is late again, says the council</a>":     dom.ByRelated,
		"Related: the bridge is late, see <a href=/x>this</a>":                   0,
		"<a href=/x>Read more about the bridge</a>":                              0,
		"<a href=/x>See also: " + strings.Repeat("bridge ", leadMost-2) + "</a>": dom.ByRelated,
		"<a href=/x>See also: " + strings.Repeat("bridge ", leadMost-1) + "</a>": 0,
		"All rights reserved.":  dom.ByRights,
		"Copyright © 2024 Anna": dom.ByRights,
		"© Anna":                dom.ByRights,
		"All rights reserved. " + strings.Repeat("bridge ", rightsHead-2): 0,
	} {
		x := scored(t, "<div><p>Work starts on Monday.</p><p>"+line+"</p></div>", 1)
		x.lowerAsideLines()
		if b := &x.p.Blocks[1]; b.Lowered != want {
			t.Errorf("%s: lowered by %v, want %v", line, b.Lowered, want)
		}
	}
}

// Above the middle of a page a line about rights may be what it is about.
func TestRightsAbove(t *testing.T) {
	x := scored(t, "<div><p>All rights reserved.</p><p>What that means.</p><p>And what not.</p></div>", 1)
	x.lowerAsideLines()
	if x.p.Blocks[0].Lowered != 0 {
		t.Errorf("lowered by %v", x.p.Blocks[0].Lowered)
	}
}

// A paragraph under an article that declares rights goes by itself.
func TestLowerLongRights(t *testing.T) {
	const text = "<p>县城只有一家旧书店，开在农机站隔壁，店主老纪原来是农机站的会计，书论斤进，论本卖。</p>"
	long := func(head string, n int) string { return "<p>" + head + strings.Repeat("以", n) + "。</p>" }
	for _, c := range []struct {
		page string
		want int // the block that is lowered, -1 for none
	}{
		{strings.Repeat(text, 3) + long("特别声明：", 30), 3},
		{strings.Repeat(text, 3) + long("【免责声明】", 30) + text, 3},
		{strings.Repeat(text, 3) + long("他特别声明：", 30), -1},
		{long("特别声明：", 30) + strings.Repeat(text, 3), -1}, // above it
		{strings.Repeat(text, 9) + long("特别声明", rightsLong-4), 9},
		{strings.Repeat(text, 9) + long("特别声明", rightsLong-3), -1},
	} {
		x := scored(t, "<div>"+c.page+"</div>", 1)
		x.lowerRights()
		got := -1
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByRights {
				got = i
			}
		}
		if got != c.want {
			t.Errorf("%.60s: %d lowered, want %d", c.page, got, c.want)
		}
	}
}
