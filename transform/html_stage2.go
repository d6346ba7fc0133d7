package transform

// hitScore is the first-stage score from which a block counts as a hit.
const hitScore = 0.6

// hits are figures of the page by the scores of the first stage.
type hits struct {
	share, words float32 // of the text; lg of words
	body         float32 // words of long text outside readers' comments
	replies      float32 // words in readers' comments
	lists        float32 // words of short blocks in groups of four and more
	heads        float32 // words of headings
	top          float32 // highest score of a long text
	first, last  int32   // blocks of long text that scored high, -1 = none
	root         int32   // deepest element that keeps most of the hits
}

// sumScores spreads the first stage's scores over the tree and the page.
func (x *Extractor) sumScores() {
	p := &x.p
	for i := range p.elems {
		p.elems[i].prob = 0
	}
	x.hits = hits{first: -1, last: -1}
	s := &x.hits
	var hit, text float32
	for i := range p.blocks {
		b := &p.blocks[i]
		e := &p.elems[b.elem]
		w := b.first * float32(b.words)
		e.prob += b.first * b.weight
		hit += b.first * b.weight
		s.words += w
		text += b.weight
		long := b.isGood()
		switch {
		case e.ctx&inReplies != 0:
			s.replies += w
		case e.ctx&inHeading != 0:
			s.heads += w
		case long:
			s.body += w
		case x.groups[b.kin].blocks >= 4:
			s.lists += w
		}
		if long {
			s.top = max(s.top, b.first)
			if b.first >= hitScore {
				if s.last = int32(i); s.first < 0 {
					s.first = int32(i)
				}
			}
		}
	}
	for i := len(p.elems) - 1; i > 0; i-- {
		p.elems[p.elems[i].parent].prob += p.elems[i].prob
	}
	s.share = ratio(hit, text)
	x.findHitRoot()
	since := float32(0)
	for i := len(p.blocks) - 1; i >= 0; i-- {
		b := &p.blocks[i]
		b.until = since
		since += b.weight
		if b.first >= hitScore {
			since = 0
		}
	}
	x.since = 0
	x.sumGroups()
}

// hitRootShare of the scored text is what the root of the hits keeps.
const hitRootShare = 0.8

// findHitRoot marks the deepest element that keeps most of what scored high,
// and each element's distance from it.
func (x *Extractor) findHitRoot() {
	x.hits.root = x.deepest(hitRootShare, func(e *elem) float32 { return e.prob })
	x.setDistances(x.hits.root, func(e *elem) *uint16 { return &e.off })
}

// fillHits sets the features of the page that depend on the first stage.
func (x *Extractor) fillHits(f *features) {
	s := &x.hits
	f[fPgHit], f[fPgHitWords] = s.share, lg(s.words)
	f[fPgBodyHit], f[fPgReplyHit] = lg(s.body), lg(s.replies)
	f[fPgListHit], f[fPgHeadHit] = ratio(s.lists, s.words), ratio(s.heads, s.words)
	f[fPgTop] = s.top
	root := &x.p.elems[s.root]
	f[fHitRootS], f[fHitRootShare] = ratio(root.prob, root.text), ratio(root.text, x.page.text)
}

// fillScores sets the features that depend on the first stage; fill must have
// run for the block.
func (x *Extractor) fillScores(i int, f *features) {
	bl := x.p.blocks
	b := &bl[i]
	n := len(bl)
	f[fScore] = b.first
	for k, d := range [4]int{-1, 1, -2, 2} {
		f[fPrevS+k] = -1
		if j := i + d; j >= 0 && j < n {
			f[fPrevS+k] = bl[j].first
		}
	}
	f[fNearS], f[fWideS] = x.windowScore(i, 3), x.windowScore(i, 10)
	for k, e := range x.up {
		f[fUp1S+k] = ratio(x.p.elems[e].prob, x.p.elems[e].text)
	}
	x.fillGroupScores(i, f)
	root := &x.p.elems[x.page.root]
	f[fRootS] = ratio(root.prob, root.text)
	f[fSinceHit], f[fUntilHit] = lg(x.since), lg(b.until)
	f[fHitFar] = float32(x.p.elems[b.elem].off)
	f[fFromFirstHit], f[fFromLastHit] = 999, 999
	if h := &x.hits; h.first >= 0 {
		f[fFromFirstHit] = float32(max(-50, min(500, i-int(h.first))))
		f[fFromLastHit] = float32(max(-100, min(100, i-int(h.last))))
	}
	x.since += b.weight
	if b.first >= hitScore {
		x.since = 0
	}
}

// windowScore is the mean score of the text up to r blocks away.
func (x *Extractor) windowScore(i, r int) float32 {
	bl := x.p.blocks
	var hit, text float32
	for j := max(0, i-r); j < min(len(bl), i+r+1); j++ {
		if j != i {
			hit += bl[j].first * bl[j].weight
			text += bl[j].weight
		}
	}
	return ratio(hit, text)
}
