package transform

import "strings"

// pageStats are figures of the whole page, given to every block.
type pageStats struct {
	text, link  float32
	good        float32
	blocks      float32
	paragraphs  float32 // blocks in p
	pText       float32
	liText      float32
	cellText    float32
	headings    float32
	articles    float32
	longText    float32 // in blocks of 150 letters and more
	stops       float32
	mainText    float32
	articleText float32
	firstH1     int32 // block index, -1 = none
	root        int32
	htmlBytes   float32
	hiddenText  float32
	noscript    float32
	money       float32 // blocks with a currency sign
	pre         float32
	replies     float32 // in comments
	noReplies   float32 // long text with few links outside comments
	form        float32
	linkBlocks  float32 // blocks that are all link
	repeated    float32
	places      float32 // blocks that are links to places of the page
	lastGood    int32
	firstGood   int32
}

const (
	goodWeight = 60.0 // weighed letters that make a block of text
	goodLinks  = 0.4
	rootShare  = 0.85
)

// measure scans the blocks, sums them up the tree and finds the content root.
// It sets blocks without a letter or digit aside.
func (x *Extractor) measure() {
	p := &x.p
	n := 0
	x.symbols = x.symbols[:0]
	clear(x.seen)
	x.titleHash = x.hashTitle(p.meta.title)
	m := &p.meta
	x.scan.learn(&x.scan.descr, m.description, m.ogDescr, m.ldDescr)
	x.scan.learn(&x.scan.body, m.ldBody)
	x.scan.known, x.scan.looked = 0, 0
	for i := range p.blocks {
		b := &p.blocks[i]
		x.scan.scan(p.html, b, p.pieces[b.p0:b.p1])
		if b.words == 0 {
			x.symbols = append(x.symbols, symbols{*b, int32(n)})
			continue
		}
		if n != i {
			p.blocks[n] = *b
		}
		x.recall(int32(n))
		n++
	}
	p.blocks = p.blocks[:n]
	x.addUp()
	x.findRoot()
	x.collect()
}

func (b *block) density() float32 {
	if b.weight == 0 {
		return 0
	}
	return b.link / b.weight
}

func (b *block) isGood() bool { return b.weight >= goodWeight && b.link < goodLinks*b.weight }

// addUp sums block figures per element and for the page.
func (x *Extractor) addUp() {
	p, s := &x.p, &x.page
	*s = pageStats{firstH1: -1, lastGood: -1, firstGood: -1, htmlBytes: float32(len(p.html)), blocks: float32(len(p.blocks))}
	for i := range p.blocks {
		b := &p.blocks[i]
		e := &p.elems[b.elem]
		h := &p.elems[b.holder]
		e.blocks++
		e.text += b.weight
		e.link += b.link
		e.punct += float32(b.stops)
		s.text += b.weight
		s.link += b.link
		s.stops += float32(b.stops)
		if b.isGood() && e.ctx&(inHidden|inFooter|inNav) == 0 {
			e.good += b.weight
			s.good += b.weight
			s.lastGood = int32(i)
			if s.firstGood < 0 {
				s.firstGood = int32(i)
			}
		}
		if b.weight >= 150 {
			s.longText += b.weight
		}
		switch {
		case h.tag == tagP:
			s.paragraphs++
			s.pText += b.weight
		case e.ctx&inHeading != 0:
			s.headings++
			e.cards.heads++
			if s.firstH1 < 0 && x.under(b.holder, tagH1) {
				s.firstH1 = int32(i)
			}
		}
		if b.money > 0 {
			e.cards.money++
		}
		s.addContext(b, e.ctx)
	}
	for i := len(p.elems) - 1; i > 0; i-- {
		e := &p.elems[i]
		up := &p.elems[e.parent]
		up.blocks += e.blocks
		up.text += e.text
		up.link += e.link
		up.good += e.good
		up.punct += e.punct
		up.cards.add(&e.cards)
		if e.tag == tagArticle {
			s.articles++
		}
	}
	for i := 1; i < len(p.elems); i++ {
		e := &p.elems[i]
		if e.wider = e.parent; p.elems[e.parent].blocks == e.blocks {
			e.wider = p.elems[e.parent].wider
		}
	}
}

func (s *pageStats) addContext(b *block, ctx uint32) {
	if ctx&inList != 0 {
		s.liText += b.weight
	}
	if ctx&inCell != 0 {
		s.cellText += b.weight
	}
	if ctx&inMain != 0 {
		s.mainText += b.weight
	}
	if ctx&inArticle != 0 {
		s.articleText += b.weight
	}
	if ctx&inHidden != 0 {
		s.hiddenText += b.weight
	}
	if ctx&inNoscript != 0 {
		s.noscript += b.weight
	}
	if b.money > 0 {
		s.money++
	}
	if ctx&inReplies != 0 {
		s.replies += b.weight
	} else if b.isGood() && ctx&(inHidden|inFooter|inNav) == 0 {
		s.noReplies += b.weight
	}
	if ctx&inPre != 0 {
		s.pre += b.weight
	}
	if ctx&inForm != 0 {
		s.form += b.weight
	}
	if b.link > 0.8*b.weight {
		s.linkBlocks++
		if b.within {
			s.places++
		}
	}
	if b.seen == 1 {
		s.repeated += b.weight
	}
}

// under reports whether an element or one of its next two ancestors has a tag.
func (x *Extractor) under(e int32, tag tagID) bool {
	for k := 0; k < 3 && e > 0; k++ {
		if x.p.elems[e].tag == tag {
			return true
		}
		e = x.p.elems[e].parent
	}
	return false
}

// findRoot marks the deepest element that keeps most of the good text, and
// each element's distance from it.
func (x *Extractor) findRoot() {
	x.page.root = x.deepest(rootShare, func(e *elem) float32 { return e.good })
	x.setDistances(x.page.root, func(e *elem) *uint16 { return &e.far })
}

// deepest returns the deepest element that keeps a share of what the page has; 0 is
// the root.
func (x *Extractor) deepest(share float32, of func(*elem) float32) (root int32) {
	el := x.p.elems
	if need := of(&el[0]) * share; need > 0 {
		for i := range el { // those that hold enough form one chain
			if of(&el[i]) >= need {
				root = int32(i)
			}
		}
	}
	return root
}

// setDistances sets how many levels an element's chain of parents leaves that of root
// above it, 0 inside of it.
func (x *Extractor) setDistances(root int32, of func(*elem) *uint16) {
	el := x.p.elems
	const unset = 1 << 15
	for i := range el {
		*of(&el[i]) = unset
	}
	for i := root; i >= 0; i = el[i].parent {
		*of(&el[i]) = el[root].depth - el[i].depth
	}
	for i := range el {
		if *of(&el[i]) == unset {
			*of(&el[i]) = *of(&el[el[i].parent])
		}
	}
}

// hashTitle hashes the words of the page's title up to the site's name, as
// blocks are hashed.
func (x *Extractor) hashTitle(title string) uint64 {
	for _, sep := range []string{" | ", " - ", " – ", " — ", " :: ", " » "} {
		if i := strings.LastIndex(title, sep); i > 0 {
			title = title[:i]
			break
		}
	}
	if strings.TrimSpace(title) == "" || len(title) > 1024 {
		return 0
	}
	b := block{}
	x.scan.scan(title, &b, []piece{{stop: int32(len(title))}})
	return b.shape
}
