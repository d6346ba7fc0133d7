package score

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
)

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
func (x *Scorer) sumScores() {
	p := x.p
	x.hits = hits{first: -1, last: -1}
	s := &x.hits
	var hit, text float32
	for i := range p.Blocks {
		b := &p.Blocks[i]
		e := &p.Elems[b.Elem]
		w := b.First * float32(b.Words)
		e.Prob += b.First * b.Weight
		hit += b.First * b.Weight
		s.words += w
		text += b.Weight
		long := b.IsGood()
		switch {
		case e.Ctx&dom.InReplies != 0:
			s.replies += w
		case e.Ctx&dom.InHeading != 0:
			s.heads += w
		case long:
			s.body += w
		case x.Groups[b.Kin].Blocks >= 4:
			s.lists += w
		}
		if long {
			s.top = max(s.top, b.First)
			if b.First >= hitScore {
				if s.last = int32(i); s.first < 0 {
					s.first = int32(i)
				}
			}
		}
	}
	for i := len(p.Elems) - 1; i > 0; i-- {
		p.Elems[p.Elems[i].Parent].Prob += p.Elems[i].Prob
	}
	s.share = ratio(hit, text)
	x.findHitRoot()
	since := float32(0)
	for i := len(p.Blocks) - 1; i >= 0; i-- {
		b := &p.Blocks[i]
		b.Until = since
		since += b.Weight
		if b.First >= hitScore {
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
func (x *Scorer) findHitRoot() {
	el := x.p.Elems
	root := x.p.Deepest(hitRootShare, func(e *dom.Element) float32 { return e.Prob })
	x.hits.root = root
	chain := x.p.ChainOf(root)
	el[0].Off = el[root].Depth
	for i := 1; i < len(el); i++ {
		e := &el[i]
		if e.Off = el[e.Parent].Off; chain.Has(int32(i), e.Depth) {
			e.Off = el[root].Depth - e.Depth
		}
	}
}

// fillHits sets the features of the page that depend on the first stage.
func (x *Scorer) fillHits(f *Features) {
	s := &x.hits
	f[fPgHit], f[fPgHitWords] = s.share, lg(s.words)
	f[fPgBodyHit], f[fPgReplyHit] = lg(s.body), lg(s.replies)
	f[fPgListHit], f[fPgHeadHit] = ratio(s.lists, s.words), ratio(s.heads, s.words)
	f[fPgTop] = s.top
	root := &x.p.Elems[s.root]
	f[fHitRootS], f[fHitRootShare] = ratio(root.Prob, root.Text), ratio(root.Text, x.Stats.text)
}

// fillScores sets the features that depend on the first stage; fill must have
// run for the block.
func (x *Scorer) fillScores(i int, f *Features) {
	bl := x.p.Blocks
	b := &bl[i]
	n := len(bl)
	f[fScore] = b.First
	for k, d := range [4]int{-1, 1, -2, 2} {
		f[fPrevS+k] = -1
		if j := i + d; j >= 0 && j < n {
			f[fPrevS+k] = bl[j].First
		}
	}
	f[fNearS], f[fWideS] = x.windowScore(i, 3), x.windowScore(i, 10)
	for k, e := range x.up {
		f[fUp1S+k] = ratio(x.p.Elems[e].Prob, x.p.Elems[e].Text)
	}
	x.fillGroupScores(i, f)
	root := &x.p.Elems[x.Stats.root]
	f[fRootS] = ratio(root.Prob, root.Text)
	f[fSinceHit], f[fUntilHit] = lg(x.since), lg(b.Until)
	f[fHitFar] = float32(x.p.Elems[b.Elem].Off)
	f[fFromFirstHit], f[fFromLastHit] = 999, 999
	if h := &x.hits; h.first >= 0 {
		f[fFromFirstHit] = float32(max(-50, min(500, i-int(h.first))))
		f[fFromLastHit] = float32(max(-100, min(100, i-int(h.last))))
	}
	x.since += b.Weight
	if b.First >= hitScore {
		x.since = 0
	}
}

// windowScore is the mean score of the text up to r blocks away.
func (x *Scorer) windowScore(i, r int) float32 {
	bl := x.p.Blocks
	var hit, text float32
	before, after := bl[max(0, i-r):i], bl[i+1:min(len(bl), i+r+1)]
	for j := range before {
		hit += before[j].First * before[j].Weight
		text += before[j].Weight
	}
	for j := range after {
		hit += after[j].First * after[j].Weight
		text += after[j].Weight
	}
	return ratio(hit, text)
}
