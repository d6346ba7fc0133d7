package choose

import (
	"bytes"
	"slices"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

const (
	creditWords  = 20   // words of a line of credits, at most
	toolWords    = 16   // words of a line that shares, scans or asks for comments, at most
	adWords      = 5    // words of a line that says that what follows is paid for
	leadMost     = 24   // words of a line that leads to another page
	leadLink     = 0.6  // share of links that it has at least
	asideScore   = 0.25 // score below which a line goes anyhow
	creditFactor = 0.3  // what is left of the score of such a line
)

// creditNames begin lines that say who edited and checked an article.
var creditNames = byteNames("编辑", "责编", "责任编辑", "审核", "审校", "校对", "初审", "复审", "终审", "监制", "排版", "美编", "统筹", "值班编辑", "值班主任", "签发", "编审", "责任编校",
	"編輯", "責任編輯")

// lowerCredits lowers lines of a Chinese page that are nobody's text: who edited it, what
// to share and to scan. A line that begins with 来源 alone stays as the model has it: half of
// the gold texts have such lines.
func (x *Chooser) lowerCredits() {
	if x.s.HanShare() < noticeHan {
		return
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Words > creditWords || b.Stops > 0 || b.Score < asideScore || b.Pre || x.p.Elems[b.Elem].Ctx&(dom.InHeading|dom.InCell|dom.InPost) != 0 {
			continue
		}
		tool := b.Words <= toolWords && (b.Line == dom.LineOrigin || b.Line == dom.LineTool || b.Line == dom.LineReplies)
		if tool || x.says(b, creditWords) && isCredit(x.out) {
			b.Lower(creditFactor, dom.ByCredits)
		}
	}
}

// isCredit reports one of creditNames with what it names behind a colon.
func isCredit(s []byte) bool {
	s = bytes.TrimLeft(s, "（([【 ")
	for _, n := range creditNames {
		rest, ok := bytes.CutPrefix(s, n)
		if !ok {
			continue
		}
		rest = bytes.TrimLeft(rest, " ")
		for _, colon := range [...]string{"：", ":", "丨", "｜", "|", "/"} {
			if bytes.HasPrefix(rest, []byte(colon)) {
				return true
			}
		}
	}
	return false
}

// adNames are the lines that pages set above advertisements, in small letters.
var adNames = map[string]bool{"advertisement": true, "advertisements": true, "advertising": true, "- advertisement -": true, "ad": true, "sponsored": true, "sponsored content": true,
	"story continues below advertisement": true, "广告": true, "廣告": true, "anzeige": true, "werbung": true, "publicité": true, "publicidad": true, "реклама": true, "広告": true}

// leadNames begin lines in an article that lead to another page.
var leadNames = byteNames("read more:", "read more :", "read also:", "also read:", "read next:", "see also:", "related:", "related story:", "related article:", "more:", "don't miss:",
	"延伸阅读：", "相关阅读：", "推荐阅读：", "延伸閱讀：")

// lowerAsideLines lowers lines between the paragraphs of an article, and behind it: the
// names of advertisements, links to other pages, and below the middle declarations of rights.
func (x *Chooser) lowerAsideLines() {
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Words > leadMost || b.Score < asideScore {
			continue
		}
		ad := b.Words <= adWords && b.Digits == 0
		lead := b.Link > 0 && b.Link >= leadLink*b.Weight
		rights := b.Words <= rightsHead && 2*i >= len(x.p.Blocks)
		if !ad && !lead && !rights {
			continue
		}
		x.says(b, leadMost)
		switch {
		case ad && adNames[string(bytes.TrimSpace(x.out))]:
			b.Lower(creditFactor, dom.ByCredits)
		case lead && slices.ContainsFunc(leadNames, func(n []byte) bool { return bytes.HasPrefix(x.out, n) }):
			b.Lower(relatedFactor, dom.ByRelated)
		case rights && isRights(x.out):
			b.Lower(rightsFactor, dom.ByRights)
		}
	}
}

// isRights reports a line that declares rights, in small letters.
func isRights(s []byte) bool {
	return bytes.Contains(s, []byte("all rights reserved")) || bytes.HasPrefix(s, []byte("copyright ©")) || bytes.HasPrefix(s, []byte("© "))
}

const buttonWords = 4 // words of a button, at most

// lowerButtons lowers buttons whose text comes again, without a number: those of the cards of a list.
func (x *Chooser) lowerButtons() {
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Seen != 0 && b.Words <= buttonWords && b.Digits == 0 && b.Stops == 0 && x.p.Elems[b.Elem].Ctx&dom.InButton != 0 {
			b.Lower(creditFactor, dom.ByCredits)
		}
	}
}
