package transform

const (
	ledeKind   = 0.5 // probability of an article whose lede is looked for
	ledeScore  = 0.1 // score that a lede has at least
	ledeWeight = 40  // letters of a lede
	ledeReach  = 16  // blocks above the body in which the page's heading stands
	ledeBody   = 100 // words of the body
	ledeLinks  = 0.3 // share of links from which a text is no lede
)

// keepLede keeps the sentences between an article's heading and its body: the gold
// texts leave them out more often than not, and so do the scores, yet a reader takes
// them for the article's beginning.
func (x *Extractor) keepLede() {
	if x.kinds[onArticle] < ledeKind {
		return
	}
	body, heading := x.body()
	if heading < 0 {
		return
	}
	for i := heading + 1; i < body; i++ {
		if b := &x.p.blocks[i]; !b.keep && x.lede(b) {
			b.keep, b.rule = true, byLede
		}
	}
}

func (x *Extractor) lede(b *block) bool {
	const not = inNav | inFooter | inAside | inHidden | inForm | inFigure | inButton | inCell | inHeading
	return b.score >= ledeScore && b.weight >= ledeWeight && b.stops > 0 && b.link < ledeLinks*b.weight &&
		!b.repeats() && x.p.elems[b.elem].ctx&not == 0
}

// body finds the first long text that is kept and the page's heading above it, -1 where
// there is none near, or little text.
func (x *Extractor) body() (first, heading int) {
	var words int32
	first = -1
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; b.keep && b.rule == byScore && b.isGood() {
			if first < 0 {
				first = i
			}
			words += b.words
		}
	}
	if words < ledeBody {
		return first, -1
	}
	for i := first - 1; i >= max(0, first-ledeReach); i-- {
		if x.under(x.p.blocks[i].holder, tagH1) {
			return first, i
		}
	}
	return first, -1
}
