package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// adjust moves the scores by what the page as a whole says.
func (x *Chooser) adjust(o Options) {
	x.lowerRelated()
	x.lowerContents()
	x.lowerFacets()
	x.lowerHidden()
	x.raiseCode()
	x.lowerElsewhere()
	x.lowerAround()
	if !o.Comments {
		x.lowerReplies()
	}
	x.level()
	x.lowerStamps()
	x.lowerIndex()
	x.lowerPostNotices()
	x.lowerAsides()
	x.lowerTitle()
	x.lowerRights()
	x.lowerCredits()
	x.lowerAsideLines()
	x.lowerButtons()
	x.raiseState()
}

// stateScore is the score that the text of a script has at least.
const stateScore = 0.9

// raiseState keeps what was read from a script, but for lists of links.
func (x *Chooser) raiseState() {
	if !x.p.Stated {
		return
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Density() < dom.GoodLinks {
			b.Score, b.Lowered = max(b.Score, stateScore), dom.ByState
		}
	}
}

const (
	levelFrom  = 4   // blocks of a repeated structure from which it is levelled
	levelShare = 0.6 // what a block takes of the mean
)

// level moves the scores of blocks at one place of a repeated structure towards
// their mean: the names in a list of products stay or go together.
func (x *Chooser) level() {
	for i := range x.s.Groups {
		x.s.Groups[i].Hit, x.s.Groups[i].Size = 0, 0
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		g := &x.s.Groups[b.Group]
		w := float32(b.Words) + 1
		g.Hit += b.Score * w
		g.Size += w
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if g := &x.s.Groups[b.Group]; g.Blocks >= levelFrom {
			b.Score += levelShare * (g.Hit/g.Size - b.Score)
		}
	}
}

const (
	codeReach = 5   // blocks to either side that a listing is judged by
	codeLinks = 0.3 // share of links from which it is none
)

// raiseCode lifts preformatted text to the mean score of the text around it: its
// own words say little about it.
func (x *Chooser) raiseCode() {
	if x.s.Stats.Pre == 0 {
		return
	}
	bl := x.p.Blocks
	for i := range bl {
		b := &bl[i]
		if !b.Pre || b.Link >= codeLinks*b.Weight || b.Lowered == dom.ByHidden {
			continue
		}
		var hit, text float32
		for j := max(0, i-codeReach); j < min(len(bl), i+codeReach+1); j++ {
			if !bl[j].Pre {
				hit += bl[j].Score * bl[j].Weight
				text += bl[j].Weight
			}
		}
		if text > 0 {
			b.Score = max(b.Score, hit/text)
		}
	}
}

const (
	hiddenFactor = 0.1 // what is left of the score of what the page hides
	sourceWords  = 300 // words of hidden preformatted text that is the page once more, in Markdown for machines
	sourceStops  = 10  // full stops that it has: code has few
	hiddenFrom   = 300 // letters of long text that it shows, from which that is no content
)

// lowerHidden lowers what a page that shows text enough takes off the screen, but for
// sentences, code and tables: those wait for a click, while the rest is for search
// engines, scripts and language models.
func (x *Chooser) lowerHidden() {
	if x.s.Stats.HiddenText == 0 || x.s.Stats.Good < hiddenFrom {
		return
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		c := x.p.Elems[b.Elem].Ctx
		if c&dom.InHidden != 0 && (c&(dom.InPre|dom.InCell) == 0 && b.Stops == 0 || b.Pre && b.Words >= sourceWords && b.Stops >= sourceStops) {
			b.Lower(hiddenFactor, dom.ByHidden)
		}
	}
}

// contentsFactor is what is left of the score of a line of a table of contents.
const contentsFactor = 0.1

// lowerContents lowers tables of contents: links to places of the page whose
// headings come later.
func (x *Chooser) lowerContents() {
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Within && b.Seen == 2 && b.Link > 0.8*b.Weight {
			b.Lower(contentsFactor, dom.ByContents)
		}
	}
}

const (
	repliesKind   = 0.5 // probability of an article from which comments under it are furniture
	repliesForum  = 3   // times the probability of a forum that it then is at least
	repliesBody   = 100 // words of its body that it then has at least
	repliesScore  = 0.5 // score of a text that belongs to the body
	repliesMeant  = 0.7 // mean score of comments and probability of a forum from which they are part of the text: reviews that an article is made of
	repliesFactor = 0.3 // what is left of a comment's score
)

// lowerReplies lowers readers' comments under an article that has a body of its
// own. Where there is none, as on many a forum, they are the content.
func (x *Chooser) lowerReplies() {
	if x.s.Stats.Replies == 0 || x.s.Kinds[score.OnArticle] < repliesKind || x.s.Kinds[score.OnArticle] < repliesForum*x.s.Kinds[score.OnForum] {
		return
	}
	var body int32
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.p.Elems[b.Elem].Ctx&dom.InReplies == 0 && b.IsGood() && b.Score >= repliesScore {
			body += b.Words
		}
	}
	if body < repliesBody || x.repliesMean()+x.s.Kinds[score.OnForum] >= repliesMeant {
		return
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.p.Elems[b.Elem].Ctx&dom.InReplies != 0 {
			b.Lower(repliesFactor, dom.ByReplies)
		}
	}
}

// repliesMean is the mean score of the words in comments.
func (x *Chooser) repliesMean() float32 {
	var hit, all float32
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.p.Elems[b.Elem].Ctx&dom.InReplies != 0 {
			hit += b.Score * float32(b.Words)
			all += float32(b.Words)
		}
	}
	return score.Ratio(hit, all)
}

const (
	faintScore  = 0.25 // score below which no long text looks like content
	faintWeight = 80   // letters of a long text
	faintLow    = 0.02 // score below which a text is not taken even then
	faintKind   = 0.5  // probability of an article from which its sentences are looked for
	faintKept   = 40   // words kept by their scores from which a page that is no article has its text
)

// faint reports a page on which no long text scored well. What else was kept is
// then joined by all likely text. If that of an article has sentences, what has none
// is not taken where it is faint or long: a cloud of words is no text there. A short item
// that scored is all that its page is about.
func (x *Chooser) faint() (faint, said bool) {
	article := x.s.Kinds[score.OnArticle] >= faintKind
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Score >= faintScore && b.Weight >= faintWeight && (b.Stops > 0 || !article) {
			return false, false
		}
		if b.Weight < faintWeight && x.item(b) {
			return false, false
		}
		said = said || b.Stops > 0 && x.likely(b)
	}
	return true, said && article
}

const (
	itemScore = 0.3 // score from which a short text is the content of its page
	itemWords = 8   // words that it has at least
)

// item reports a short text that is likely content by itself.
func (x *Chooser) item(b *dom.Block) bool {
	return b.Score >= itemScore && b.Words >= itemWords && b.Density() < dom.GoodLinks && x.p.Elems[b.Elem].Ctx&dom.InHeading == 0
}

func (x *Chooser) likely(b *dom.Block) bool {
	return b.Score >= faintLow && b.Weight >= faintWeight && x.plain(b)
}

const (
	bodyKind   = 0.6  // probability of an article whose body is looked for
	bodyScore  = 0.92 // score of a text that is the body's without doubt
	bodyWords  = 200  // words of such text that a body has at least
	bodyShare  = 0.95 // share of it that the body's container holds
	bodyFactor = 0.5  // what is left of the score of what stands outside
)

// lowerAround lowers what stands outside the container of an article's body: the
// texts of teasers read like text of the article.
func (x *Chooser) lowerAround() {
	if x.s.Kinds[score.OnArticle] < bodyKind {
		return
	}
	el := x.p.Elems
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Score >= bodyScore && b.IsGood() {
			el[b.Elem].Sure += float32(b.Words)
		}
	}
	for i := len(el) - 1; i > 0; i-- {
		el[el[i].Parent].Sure += el[i].Sure
	}
	if el[0].Sure < bodyWords {
		return
	}
	root := x.p.Deepest(bodyShare, func(e *dom.Element) float32 { return e.Sure })
	end := root + 1
	for int(end) < len(el) && el[end].Depth > el[root].Depth {
		end++
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Score < bodyScore && (b.Elem < root || b.Elem >= end) {
			b.Lower(bodyFactor, dom.ByOutside)
		}
	}
}
