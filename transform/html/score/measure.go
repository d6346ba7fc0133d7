package score

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Stats are figures of the whole page, given to every block.
type Stats struct {
	text, link  float32
	Good        float32
	blocks      float32
	paragraphs  float32 // blocks in p
	pText       float32
	liText      float32
	CellText    float32
	headings    float32
	articles    float32
	longText    float32 // in blocks of 150 letters and more
	stops       float32
	mainText    float32
	articleText float32
	firstH1     int32 // block index, -1 = none
	root        int32
	htmlBytes   float32
	HiddenText  float32
	noscript    float32
	money       float32 // blocks with a currency sign
	Pre         float32
	Replies     float32 // in comments
	noReplies   float32 // long text with few links outside comments
	form        float32
	linkBlocks  float32 // blocks that are all link
	repeated    float32
	places      float32 // blocks that are links to places of the page
	lastGood    int32
	firstGood   int32
}

// measure scans the blocks, sums them up the tree and finds the content root.
// It sets blocks without a letter or digit aside.
func (x *Scorer) measure() {
	p := x.p
	n := 0
	x.p.Symbols = x.p.Symbols[:0]
	x.seen.reset()
	x.hashTitles(p.Head.Title)
	m := &p.Head
	x.scan.shingles = true
	x.scan.learn(&x.scan.descr, m.Description, m.OGDescr, m.LDDescr)
	x.scan.learn(&x.scan.body, m.LDBody)
	x.scan.shingles = x.scan.descr.size+x.scan.body.size > 0
	x.scan.known, x.scan.looked, x.scan.hans = 0, 0, 0
	for i := range p.Blocks {
		b := &p.Blocks[i]
		x.scan.scan(p.HTML, b, p.Pieces[b.P0:b.P1])
		if b.Words == 0 {
			x.p.Symbols = append(x.p.Symbols, dom.Symbols{Block: *b, Next: int32(n)})
			continue
		}
		if n != i {
			p.Blocks[n] = *b
		}
		x.recall(int32(n))
		n++
	}
	p.Blocks = p.Blocks[:n]
	x.addUp()
	x.findRoot()
	x.collect()
	x.markLines()
}

// addUp sums block figures per element and for the page.
func (x *Scorer) addUp() {
	p, s := x.p, &x.Stats
	*s = Stats{firstH1: -1, lastGood: -1, firstGood: -1, htmlBytes: float32(len(p.HTML)), blocks: float32(len(p.Blocks))}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		e := &p.Elems[b.Elem]
		h := &p.Elems[b.Holder]
		e.Blocks++
		e.Text += b.Weight
		e.Link += b.Link
		e.Punct += float32(b.Stops)
		s.text += b.Weight
		s.link += b.Link
		s.stops += float32(b.Stops)
		if b.IsGood() && e.Ctx&(dom.InHidden|dom.InFooter|dom.InNav) == 0 {
			e.Good += b.Weight
			s.Good += b.Weight
			s.lastGood = int32(i)
			if s.firstGood < 0 {
				s.firstGood = int32(i)
			}
		}
		if b.Weight >= 150 {
			s.longText += b.Weight
		}
		switch {
		case h.Tag == token.P:
			s.paragraphs++
			s.pText += b.Weight
		case e.Ctx&dom.InHeading != 0:
			s.headings++
			e.Cards.Heads++
			if s.firstH1 < 0 && x.p.Under(b.Holder, token.H1) {
				s.firstH1 = int32(i)
			}
		}
		if b.Money > 0 {
			e.Cards.Money++
		}
		s.addContext(b, e.Ctx)
	}
	for i := len(p.Elems) - 1; i > 0; i-- {
		e := &p.Elems[i]
		up := &p.Elems[e.Parent]
		up.Blocks += e.Blocks
		up.Text += e.Text
		up.Link += e.Link
		up.Good += e.Good
		up.Punct += e.Punct
		up.Cards.Add(&e.Cards)
		if e.Tag == token.Article {
			s.articles++
		}
	}
}

func (s *Stats) addContext(b *dom.Block, ctx uint32) {
	if ctx&dom.InList != 0 {
		s.liText += b.Weight
	}
	if ctx&dom.InCell != 0 {
		s.CellText += b.Weight
	}
	if ctx&dom.InMain != 0 {
		s.mainText += b.Weight
	}
	if ctx&dom.InArticle != 0 {
		s.articleText += b.Weight
	}
	if ctx&dom.InHidden != 0 {
		s.HiddenText += b.Weight
	}
	if ctx&dom.InNoscript != 0 {
		s.noscript += b.Weight
	}
	if b.Money > 0 {
		s.money++
	}
	if ctx&dom.InReplies != 0 {
		s.Replies += b.Weight
	} else if b.IsGood() && ctx&(dom.InHidden|dom.InFooter|dom.InNav) == 0 {
		s.noReplies += b.Weight
	}
	if ctx&dom.InPre != 0 {
		s.Pre += b.Weight
	}
	if ctx&dom.InForm != 0 {
		s.form += b.Weight
	}
	if b.Link > 0.8*b.Weight {
		s.linkBlocks++
		if b.Within {
			s.places++
		}
	}
	if b.Seen == 1 {
		s.repeated += b.Weight
	}
}

// rootShare of the good text is what the content root keeps.
const rootShare = 0.85

// findRoot marks the deepest element that keeps most of the good text, and sets for each
// element how many levels its chain of parents leaves that of the root above it, 0 inside
// of it, and the nearest parent with more blocks.
func (x *Scorer) findRoot() {
	el := x.p.Elems
	root := x.p.Deepest(rootShare, func(e *dom.Element) float32 { return e.Good })
	x.Stats.root = root
	chain := x.p.ChainOf(root)
	el[0].Far = el[root].Depth
	for i := 1; i < len(el); i++ {
		e := &el[i]
		up := &el[e.Parent]
		if e.Far = up.Far; chain.Has(int32(i), e.Depth) {
			e.Far = el[root].Depth - e.Depth
		}
		if e.Wider = e.Parent; up.Blocks == e.Blocks {
			e.Wider = up.Wider
		}
	}
}

// ShapeOf is the hash of a text's words that a block of it would have as its Shape.
func ShapeOf(text string) uint64 {
	var s scanner
	var b dom.Block
	s.scan(text, &b, []dom.Piece{{Stop: int32(len(text))}})
	return b.Shape
}

// titleCuts is the number of beginnings of a title that are known.
const titleCuts = 4

// hashTitles hashes the title, and its words up to each mark that may set the site's
// name apart, as blocks are hashed.
func (x *Scorer) hashTitles(title string) {
	x.titles = [titleCuts]uint64{}
	if len(title) > 1024 {
		return
	}
	for i := range x.titles {
		if title = strings.TrimSpace(title); title == "" {
			return
		}
		x.titles[i] = ShapeOf(title)
		end := strings.LastIndexAny(title, "|-–—_»:·")
		if end <= 0 {
			return
		}
		title = title[:end]
	}
}

// isTitle reports a block that says what the page's title does.
func (x *Scorer) isTitle(b *dom.Block) bool {
	for _, h := range x.titles {
		if h != 0 && h == b.Shape {
			return true
		}
	}
	return false
}
