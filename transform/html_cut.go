package transform

// cutLine holds the words of the page by score.
type cutLine struct {
	hit, size [scoreBins + 1]float32
	gold      float32
}

func (l *cutLine) fill(blocks []block) {
	*l = cutLine{}
	for i := range blocks {
		b := &blocks[i]
		if b.repeats() {
			continue
		}
		w := float32(b.words)
		k := int(b.score * scoreBins)
		l.hit[k] += b.score * w
		l.size[k] += w
		l.gold += b.score * w
	}
}

// at returns the cut with the best expected F-beta: with independent
// probabilities the expected value of a cut is, to first order,
// (1+b^2) sum(p w over kept) / (sum(w over kept) + b^2 sum(p w over all)).
func (l *cutLine) at(beta2 float32) (cut int) {
	var h, s, best float32
	cut = scoreBins + 1
	for k := scoreBins; k >= 0; k-- {
		h += l.hit[k]
		s += l.size[k]
		if f := (1 + beta2) * h / (s + beta2*l.gold + 1e-6); f > best {
			best, cut = f, k
		}
	}
	return cut
}

// lower takes from a block's score, and remembers the rule that did.
func (b *block) lower(factor float32, rule uint8) {
	b.score *= factor
	b.lowered = rule
}

// adjust moves the scores by what the page as a whole says.
func (x *Extractor) adjust(o Options) {
	x.lowerRelated()
	x.lowerContents()
	x.lowerFacets()
	x.lowerHidden()
	x.raiseCode()
	x.lowerAround()
	if !o.Comments {
		x.lowerReplies()
	}
	x.level()
}

// defaultBeta2 leans to precision: the blocks of a page are right or wrong
// together, so that a cut for independent blocks keeps too much (measured).
const defaultBeta2 = 0.45

// kindBeta2 is the balance of each kind of page, in the order of KindNames. An
// article's scores are sharp, so that what is left in doubt is furniture; on
// pages of many short blocks the model doubts much of the content.
var kindBeta2 = [Kinds]float32{0.28, 1.1, 0.35, 2.2, 0.75, 1.8, 0.9}

// knownShare of a page's words must be known for a balance of its kind: in other
// languages neither the kind nor the scores are sure enough.
const knownShare = 0.1

// balance is the weight of recall, squared.
func (x *Extractor) balance(o Options) float32 {
	switch {
	case o.Beta > 0:
		return float32(o.Beta * o.Beta)
	case o.Mode == Precision:
		return 0.25
	case o.Mode == Recall:
		return 4
	}
	if x.scan.known < knownShare*x.scan.looked {
		return defaultBeta2
	}
	var beta2, sum float32
	for k, p := range x.kinds {
		beta2 += p * kindBeta2[k]
		sum += p
	}
	if sum == 0 {
		return defaultBeta2
	}
	return beta2 / sum
}

const (
	levelFrom  = 4   // blocks of a repeated structure from which it is levelled
	levelShare = 0.6 // what a block takes of the mean
)

// level moves the scores of blocks at one place of a repeated structure towards
// their mean: the names in a list of products stay or go together.
func (x *Extractor) level() {
	for i := range x.groups {
		x.groups[i].hit, x.groups[i].size = 0, 0
	}
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		g := &x.groups[b.group]
		w := float32(b.words) + 1
		g.hit += b.score * w
		g.size += w
	}
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if g := &x.groups[b.group]; g.blocks >= levelFrom {
			b.score += levelShare * (g.hit/g.size - b.score)
		}
	}
}

const (
	codeReach = 5   // blocks to either side that a listing is judged by
	codeLinks = 0.3 // share of links from which it is none
)

// raiseCode lifts preformatted text to the mean score of the text around it: its
// own words say little about it.
func (x *Extractor) raiseCode() {
	if x.page.pre == 0 {
		return
	}
	bl := x.p.blocks
	for i := range bl {
		b := &bl[i]
		if !b.pre || b.link >= codeLinks*b.weight {
			continue
		}
		var hit, text float32
		for j := max(0, i-codeReach); j < min(len(bl), i+codeReach+1); j++ {
			if !bl[j].pre {
				hit += bl[j].score * bl[j].weight
				text += bl[j].weight
			}
		}
		b.score = max(b.score, ratio(hit, text))
	}
}

const (
	hiddenFactor = 0.1 // what is left of the score of what the page hides
	hiddenFrom   = 300 // letters of long text that it shows, from which that is no content
)

// lowerHidden lowers what a page that shows text enough takes off the screen, but for
// sentences, code and tables: those wait for a click, while the rest is for search
// engines and scripts.
func (x *Extractor) lowerHidden() {
	if x.page.hiddenText == 0 || x.page.good < hiddenFrom {
		return
	}
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if c := x.p.elems[b.elem].ctx; c&inHidden != 0 && c&(inPre|inCell) == 0 && b.stops == 0 {
			b.lower(hiddenFactor, byHidden)
		}
	}
}

// contentsFactor is what is left of the score of a line of a table of contents.
const contentsFactor = 0.1

// lowerContents lowers tables of contents: links to places of the page whose
// headings come later.
func (x *Extractor) lowerContents() {
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; b.within && b.seen == 2 && b.link > 0.8*b.weight {
			b.lower(contentsFactor, byContents)
		}
	}
}

const (
	repliesKind   = 0.5 // probability of an article from which comments under it are furniture
	repliesForum  = 3   // times the probability of a forum that it then is at least
	repliesBody   = 100 // words of its body that it then has at least
	repliesScore  = 0.5 // score of a text that belongs to the body
	repliesFactor = 0.3 // what is left of a comment's score
)

// lowerReplies lowers readers' comments under an article that has a body of its
// own. Where there is none, as on many a forum, they are the content.
func (x *Extractor) lowerReplies() {
	if x.page.replies == 0 || x.kinds[onArticle] < repliesKind || x.kinds[onArticle] < repliesForum*x.kinds[onForum] {
		return
	}
	var body int32
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; x.p.elems[b.elem].ctx&inReplies == 0 && b.isGood() && b.score >= repliesScore {
			body += b.words
		}
	}
	if body < repliesBody {
		return
	}
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; x.p.elems[b.elem].ctx&inReplies != 0 {
			b.lower(repliesFactor, byReplies)
		}
	}
}

const (
	faintScore  = 0.25 // score below which no long text looks like content
	faintWeight = 80   // letters of a long text
	faintLow    = 0.02 // score below which a text is not taken even then
	faintKind   = 0.5  // probability of an article from which its sentences are looked for
)

// faint reports a page on which no long text scored well. What else was kept is
// then joined by all likely text. If that of an article has sentences, what has none
// is not taken where it is faint or long: a cloud of words is no text there.
func (x *Extractor) faint() (faint, said bool) {
	article := x.kinds[onArticle] >= faintKind
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if b.score >= faintScore && b.weight >= faintWeight && (b.stops > 0 || !article) {
			return false, false
		}
		said = said || b.stops > 0 && x.likely(b)
	}
	return true, said && article
}

func (x *Extractor) likely(b *block) bool {
	return b.score >= faintLow && b.weight >= faintWeight && x.plain(b)
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
func (x *Extractor) lowerAround() {
	if x.kinds[onArticle] < bodyKind {
		return
	}
	el := x.p.elems
	for i := range el {
		el[i].sure = 0
	}
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; b.score >= bodyScore && b.isGood() {
			el[b.elem].sure += float32(b.words)
		}
	}
	for i := len(el) - 1; i > 0; i-- {
		el[el[i].parent].sure += el[i].sure
	}
	if el[0].sure < bodyWords {
		return
	}
	root := x.deepest(bodyShare, func(e *elem) float32 { return e.sure })
	end := root + 1
	for int(end) < len(el) && el[end].depth > el[root].depth {
		end++
	}
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; b.score < bodyScore && (b.elem < root || b.elem >= end) {
			b.lower(bodyFactor, byOutside)
		}
	}
}
