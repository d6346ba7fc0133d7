package choose

import (
	"bytes"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

const (
	relatedLinks  = 0.5 // share of links from which a block under such a heading goes down
	relatedFactor = 0.1 // what is left of its score
)

// lowerRelated lowers the scores of lists of links under a heading that names
// them other pages: up to the next heading of its rank, and inside the first
// container that holds more than the heading.
func (x *Chooser) lowerRelated() {
	rank, box := float32(0), int32(0)
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		level := x.p.HeadingLevel(b)
		if score.HeadsRelated(b) {
			rank, box = level, x.p.BoxOf(b)
			if rank == 0 {
				rank = 7
			}
			if next := i + 1; next < len(x.p.Blocks) && x.p.Blocks[next].Density() >= relatedLinks {
				b.Lower(relatedFactor, dom.ByRelated)
			}
			continue
		}
		if level > 0 && level <= rank {
			rank = 0
		}
		if rank > 0 && b.Density() >= relatedLinks && x.p.InBox(b.Holder, box) {
			b.Lower(relatedFactor, dom.ByRelated)
		}
	}
}

// elsewhereFactor is what is left of the score of what is in them.
const elsewhereFactor = 0.03

// lowerElsewhere lowers what stands in containers whose names say that it is about other
// pages, where there is text outside of them.
func (x *Chooser) lowerElsewhere() {
	here, there := false, false
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if x.p.Elems[b.Elem].Ctx&dom.Elsewhere != 0 {
			there = true
		} else if x.item(b) {
			here = true
		}
	}
	if !here || !there {
		return
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.p.Elems[b.Elem].Ctx&dom.Elsewhere != 0 {
			b.Lower(elsewhereFactor, dom.ByElsewhere)
		}
	}
}

const (
	rightsLeast  = 4   // words of a line that heads a declaration of rights, at least
	rightsHead   = 16  // and at most
	rightsLong   = 200 // words of a paragraph that is one, at most
	rightsBefore = 0.5 // share of the page's likely text that stands above it
	rightsFactor = 0.1 // what is left of the score of the declaration
)

// lowerRights lowers the declaration of rights under a Chinese article: a short line that
// names it, and what follows in its container.
func (x *Chooser) lowerRights() {
	if x.s.HanShare() < noticeHan {
		return
	}
	var all, before float32
	for i := range x.p.Blocks {
		all += x.p.Blocks[i].Score * x.p.Blocks[i].Weight
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		before += b.Score * b.Weight
		if b.Words > rightsHead && b.Words <= rightsLong && before >= rightsBefore*all && x.declaresRights(b) {
			b.Lower(rightsFactor, dom.ByRights)
			continue
		}
		if b.Words < rightsLeast || b.Words > rightsHead || b.Stops > 0 || before < rightsBefore*all || !x.headsRights(b) {
			continue
		}
		box := x.p.BoxOf(b)
		if box <= 0 {
			continue
		}
		for k := i; k < len(x.p.Blocks) && x.p.InBox(x.p.Blocks[k].Holder, box); k++ {
			x.p.Blocks[k].Lower(rightsFactor, dom.ByRights)
		}
		return
	}
}

// rightsNames begin a declaration of rights that is a paragraph of its own.
var rightsNames = byteNames("特别声明", "免责声明", "版权声明", "郑重声明", "重要声明", "转载声明", "声明：", "notice: the content above", "免責聲明", "版權聲明")

// declaresRights reports a paragraph that begins with one of rightsNames.
func (x *Chooser) declaresRights(b *dom.Block) bool {
	if !x.says(b, rightsLong) {
		return false
	}
	s := bytes.TrimLeft(x.out, "【[（( *※")
	return slices.ContainsFunc(rightsNames, func(n []byte) bool { return bytes.HasPrefix(s, n) })
}

// headsRights reports a block in one run of whose text a declaration of rights is named.
func (x *Chooser) headsRights(b *dom.Block) bool {
	for _, c := range x.p.Pieces[b.P0:b.P1] {
		if c.Kind <= dom.PieceLink && isRightsHead(x.p.HTML[c.Start:c.Stop]) {
			return true
		}
	}
	return false
}

// isRightsHead reports a line such as 版权声明, 免责声明, 反侵权公告.
func isRightsHead(s string) bool {
	for _, kind := range [...]string{"声明", "公告", "提示", "须知"} {
		if i := strings.Index(s, kind); i > 0 {
			for _, what := range [...]string{"版权", "侵权", "免责", "转载", "维权"} {
				if strings.Contains(s[:i], what) {
					return true
				}
			}
		}
	}
	return false
}
