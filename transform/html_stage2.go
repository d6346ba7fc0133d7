package transform

// hitScore is the first-stage score from which a block counts as a hit.
const hitScore = 0.6

// sumScores spreads the first stage's scores over the tree and the page.
func (x *Extractor) sumScores() {
	p := &x.p
	for i := range p.elems {
		p.elems[i].prob = 0
	}
	var hit, text, words float32
	for i := range p.blocks {
		b := &p.blocks[i]
		p.elems[b.elem].prob += b.first * b.weight
		hit += b.first * b.weight
		words += b.first * float32(b.words)
		text += b.weight
	}
	for i := len(p.elems) - 1; i > 0; i-- {
		p.elems[p.elems[i].parent].prob += p.elems[i].prob
	}
	x.hitShare, x.hitWords = ratio(hit, text), lg(words)
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
	f[fPgHit], f[fPgHitWords] = x.hitShare, x.hitWords
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
