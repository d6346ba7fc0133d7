package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// The features of a page's text that its confidence is learned from.
const (
	cExpected     = iota // expected F1 by the scores
	cWords               // words kept
	cShare               // of the page's words
	cMean                // mean score of what is kept
	cDoubt               // share of what is kept that scored below doubtScore
	cLost                // words left out that scored above lostDoubt, in words kept
	cCut                 // score from which blocks are kept
	cLinks               // share of links in what is kept
	cLong                // share of long text in what is kept
	cHan                 // share of Han characters in the page
	cKnown               // share of words that are known
	cBlocks              // blocks kept
	cPage                // blocks of the page
	cGaps                // words left out between the first and the last block that is kept, in words kept
	cReplies             // share of readers' comments in what is kept
	cPosts               // posts by a software's markup
	cSentences           // full stops in a hundred words of what is kept
	cTries               // 1: nothing scored, text was taken by rule; 2: it comes from a script
	cTop                 // highest score
	cKind0               // kinds of page
	numConfidence = cKind0 + score.Kinds
)

const (
	doubtScore = 0.6
	lostDoubt  = 0.3
)

// ConfidenceFeatureCount is the number of features of a page's confidence.
const ConfidenceFeatureCount = int(numConfidence)

// fillConfidence sets the features of the page's confidence.
func (x *Chooser) fillConfidence(f *score.Features) {
	*f = score.Features{}
	var kept, all, sum, doubt, lost, links, text, long, replies, stops, gaps, waiting, blocks float32
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		w := float32(b.Words)
		all += w
		f[cTop] = max(f[cTop], b.Score)
		if !b.Keep {
			waiting += w
			if b.Score > lostDoubt && !b.Repeats() {
				lost += w
			}
			continue
		}
		if blocks++; kept > 0 {
			gaps += waiting
		}
		waiting = 0
		kept += w
		sum += w * b.Score
		links += b.Link
		text += b.Weight
		stops += float32(b.Stops)
		if b.Score < doubtScore {
			doubt += w
		}
		if b.IsGood() {
			long += w
		}
		if x.p.Elems[b.Elem].Ctx&dom.InReplies != 0 {
			replies += w
		}
		if b.Rule == dom.BySecondTry {
			f[cTries] = 1
		}
	}
	if x.p.Stated {
		f[cTries] = 2
	}
	f[cExpected], f[cWords], f[cShare], f[cMean] = x.expected(), score.Log(kept), score.Ratio(kept, all), score.Ratio(sum, kept)
	f[cDoubt], f[cLost], f[cCut], f[cLinks] = score.Ratio(doubt, kept), score.Ratio(lost, kept), x.Cut, score.Ratio(links, text)
	f[cLong], f[cHan], f[cKnown] = score.Ratio(long, kept), x.s.HanShare(), x.s.KnownShare()
	f[cBlocks], f[cPage], f[cGaps], f[cReplies] = score.Log(blocks), score.Log(float32(len(x.p.Blocks))), score.Ratio(gaps, kept), score.Ratio(replies, kept)
	f[cPosts], f[cSentences] = score.Log(float32(x.p.Posts)), 100*score.Ratio(stops, kept)
	for k, p := range x.s.Kinds {
		f[cKind0+k] = p
	}
}

// Confidence is the probability that the page's text is right for the most part: that its
// word F1 is above 0.8. It is 0 where nothing was kept, and the expected F1 where the model
// tells none.
func (x *Chooser) Confidence() float64 {
	if x.Kept() == 0 {
		return 0
	}
	var f score.Features
	x.fillConfidence(&f)
	return float64(x.s.Confidence(&f, f[cExpected]))
}

// ConfidenceFeatures are what the confidence of the page chosen last is learned from. It is
// for training.
func (x *Chooser) ConfidenceFeatures() []float32 {
	var f score.Features
	x.fillConfidence(&f)
	return append([]float32(nil), f[:numConfidence]...)
}
