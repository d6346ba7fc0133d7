package spam

import (
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/purify/phrases"
)

// Weights of the evidence in a line. What a score must reach grows with the line: a long
// paragraph has words of everything.
const (
	weightTopic    = 1
	weightOffer    = 2
	weightAd       = 5
	weightCall     = 1
	weightAddress  = 2
	weightEvade    = 3
	leastSpamScore = 4
	charsPerScore  = 50 // a line of so many more letters needs one more
	weightLink     = 3  // of an address of the web or a name beside what only spam links to
	maxTopics      = 4
	maxCalls       = 3
	maxTitleChars  = 120 // letters of a line that can be a planted title
	maxNoteChars   = 60  // letters of a line that only asks to be written to
)

// common are the kinds whose words sound pages have too: their topics count once, and they
// need more.
var common = [kindsEnd]float32{kindB2B: 1, kindMedicine: 2, kindJobs: 1, kindLoan: 1, kindDoorway: 1, kindCities: 2}

// judge sets what the line says by itself.
func (r *reader) judge(text string, start, end int) {
	c := &r.counts
	line := spamLine{start: uint32(start), end: uint32(end), chars: uint32(c.chars)}
	if c.chars == 0 {
		r.lines = append(r.lines, line)
		return
	}
	line.reports = uint8(min(c.roles[roleReport], 255))
	line.sentences = uint8(min(c.sentences, 255))
	line.places = uint8(min(c.roles[rolePlace], 255))
	line.contact = c.contact()
	r.scores(&line)
	switch {
	case line.reports > 0:
	case r.citiesIn(&line):
		r.shaped(&line, kindCities)
	case r.stuffed(text, &line):
		r.shaped(&line, kindStuffing)
	case c.goodsTable():
		r.shaped(&line, kindB2B)
	case line.score < line.need && c.advertises(line.contact):
		if line.leading != kindNone {
			line.score = line.need
		} else {
			r.shaped(&line, kindContact)
		}
	}
	if line.score >= line.need && line.need > 0 {
		line.kind = line.leading
	}
	if r.model != nil {
		line.plain = line.hints == 0 && line.contact == 0 && !r.chinese()
		shape := r.shape(&line)
		line.margin, line.spared = r.model.margin(r.symbols[:r.nSymbols], shape), line.spared || r.spared()
		if spun := r.model.spunMargin(shape); spun > line.margin {
			line.margin, line.spun = spun, true
			line.spared = line.spared || r.allows(kindSpun)
		}
	}
	r.lines = append(r.lines, line)
	if r.learn != nil {
		r.learn(&r.lines[len(r.lines)-1])
	}
}

// shaped takes the line for one of a kind that is told by more than its words.
func (r *reader) shaped(line *spamLine, k spamKind) {
	if r.allows(k) {
		line.spared = true
		return
	}
	line.score, line.leading = line.need, k
}

// contact says how far the line leads to somebody.
func (c *evidence) contact() uint8 {
	switch {
	case c.addresses > 0, c.roles[roleEvade] > 0, c.splitLeads > 0:
		return 2
	case c.roles[roleCall] > 0, c.roles[roleLink] > 0, c.roles[roleLead] > 0:
		return 1
	}
	return 0
}

// scores weighs each kind that the line has words of.
func (r *reader) scores(line *spamLine) {
	c := &r.counts
	base := leastSpamScore + float32(c.chars)/charsPerScore
	if (line.contact == 2 || c.roles[roleLink]+c.handles > 0) && line.reports == 0 {
		base-- // it is a letter to the reader
	}
	evasion := 0
	if c.hidden >= 3 || c.gaps >= 6 && c.gaps*3 >= c.chars*2 {
		evasion = 2
	}
	appeal := min(c.roles[roleCall]+c.roles[roleDeal], maxCalls)*weightCall + min(c.addresses, 1)*weightAddress + min(c.roles[roleEvade]+c.splitLeads, 1)*weightAddress + evasion
	link := min(c.roles[roleLink]+c.handles, 1) * weightLink
	line.need = base
	for k := kindGambling; k < kindsEnd; k++ {
		if c.touched>>k&1 == 0 && k != kindHijack {
			continue
		}
		topics, offers, ads := c.topics[k], c.offers[k], c.ads[k]
		if k == kindHijack {
			topics, offers, ads = c.hijacked()
		}
		if topics+offers+ads == 0 && k != kindContact && k != kindSpun {
			continue
		}
		line.hints |= 1 << k &^ r.allowed
		score, need := float32(0), base+common[k]
		most := maxTopics
		if common[k] > 0 {
			most = 1
		}
		score = float32(min(topics, most)*weightTopic + offers*weightOffer + ads*weightAd)
		switch {
		case k == kindContact:
			score = float32(min(c.roles[roleEvade]+c.splitLeads, 2)*weightEvade + min(c.addresses, 2)*weightAddress + min(c.roles[roleCall]+c.roles[roleDeal]+c.initials, 4)*weightCall + ads*weightAd + evasion)
			if c.roles[roleEvade]+c.splitLeads+c.initials > 0 && c.addresses > 0 && c.chars <= maxNoteChars {
				score = max(score, need) // nobody hides a sound address
			}
			if c.roles[roleEvade]+c.splitLeads+c.initials+ads == 0 && (c.addresses == 0 || c.roles[roleCall]+c.roles[roleDeal]+c.initials < 2) {
				continue
			}
		case k == kindSpun:
			score, need = float32(ads*3+c.roles[roleOdd]+c.formulas()), need-1
		case k == kindGambling && topics >= 4 && c.sentences+c.pauses == 0 && c.gaps >= 2 && c.chars <= maxTitleChars:
			score += float32(appeal + topics) // nothing but their words, side by side
		case narrative[k] && link > 0 && c.chars <= maxTitleChars:
			score += float32(appeal + link)
		case offers+ads == 0 && (line.contact < 2 || topics < 2 && c.roles[roleDeal]+c.roles[roleCall] == 0 || common[k] > 0):
			score = min(score, need-1) // topics alone are no spam
		default:
			score += float32(appeal)
			if k == kindDoorway && offers > 0 {
				score += float32(min(c.roles[roleTail], maxCalls))
			}
			if ads < 2 && offers < 3 && line.contact == 0 && c.sentences > 0 && (k != kindDoorway || c.roles[roleTail] < 3) {
				score = min(score, need-1) // told, not offered
			}
		}
		if k == kindB2B && c.roles[roleSelf] > 0 {
			need -= 2
		}
		if line.reports > 0 && !(k == kindHijack && ads > 0) && !(k == kindSpun && c.formulas() > maxTopics) {
			need = need*float32(1+min(line.reports, 3)) + 2
			if line.contact < 2 || ads == 0 && offers < 3 {
				score = min(score, need-1)
			}
		}
		switch {
		case r.allows(k):
			line.spared = line.spared || score >= need
		case score-need > line.score-line.need || line.leading == kindNone:
			line.score, line.need, line.leading = score, need, k
		}
	}
}

// hijacked counts the evidence that a title stands on the host of somebody else: the name
// of an authority or school beside what it would not offer.
func (c *evidence) hijacked() (topics, offers, ads int) {
	foreign := c.topics[kindGambling] + c.topics[kindEscort]/2 + c.topics[kindGameServer]/2
	sold := c.offers[kindGambling] + c.ads[kindGambling] + c.ads[kindEscort] + c.ads[kindGameServer]
	bait := c.offers[kindHijack]
	if c.chars > maxTitleChars {
		return 0, 0, 0
	}
	if c.bodyParts > 0 && c.casinoParts+c.landingParts > 0 && c.sentences == 0 {
		return 1, max(2, bait), 1
	}
	if brands := c.topics[kindHijack]; brands > 0 && c.sentences == 0 && c.roles[roleBody] > 0 {
		return brands, sold + bait, 1
	}
	if c.roles[roleBody] == 0 || foreign == 0 || bait+sold == 0 {
		if c.topics[kindGambling]+c.topics[kindHijack] > 0 && bait >= 2 { // without a host's name it is an app of a casino
			return 1, bait, 0
		}
		return 0, 0, 0
	}
	return foreign, sold + bait, 1
}

// citiesIn reports whether the line is a list of cities rather than a text about some.
func (r *reader) citiesIn(line *spamLine) bool {
	c := &r.counts
	places, offers := c.roles[rolePlace], c.offers[kindCities]
	switch {
	case offers > 0 && c.districts >= 5 && c.districts*7 >= c.chars:
		return true
	case c.placeCover*4 < c.chars, c.sentences > 1 && c.placeCover*2 < c.chars:
		return false
	case places >= 5 && offers > 0, places >= 6 && c.offers[kindB2B] > 0 && c.placeCover*10 >= 3*c.chars && c.sentences <= 1 && c.chars <= maxTitleChars:
		return true
	case places >= 5 && c.sentences == 0 && c.gaps+c.pauses >= 4 && (c.roles[roleTail] > 1 || c.offers[kindB2B] > 0 || c.addresses > 0):
		return true
	case places >= 8 && c.gaps+c.pauses >= places/2 && c.sentences == 0:
		return c.placeCover*2 >= c.chars || c.chars < places*8
	}
	return false
}

// stuffed reports whether the line repeats a few letters over and over, or hangs tails
// onto a keyword.
func (r *reader) stuffed(text string, line *spamLine) bool {
	const least = 16
	c := &r.counts
	tails := c.roles[roleTail]
	if c.chars < least || c.sentences*40 > c.chars && (tails < 4 || c.asks < c.sentences) {
		return false
	}
	if tails >= 4 && c.tailCover*4 >= c.chars && c.gaps+c.pauses >= 3 {
		return true
	}
	again, often, pairs := r.repeats(text[line.start:line.end], c.chars)
	listed := c.gaps+c.pauses >= 3
	if hung := tails + c.offers[kindDoorway]; c.segments >= 3 && pairs*4 >= c.segments*3 && c.chars <= c.segments*maxItemChars && c.sentences == c.asks && hung >= 2 && pairs >= 3 && hung+pairs >= 6 {
		return true
	}
	switch {
	case again*10 >= 3*c.chars && again >= 6, tails >= 2 && pairs >= 4 && pairs*10 >= c.chars, tails >= 4 && pairs >= 3 && pairs*14 >= c.chars:
		return true
	case listed && pairs >= 5 && pairs*8 >= c.chars && (tails > 0 || c.roles[rolePlace] >= 4 && c.roles[roleBody] == 0):
		return true
	case often >= 4 && often*12 >= c.chars: // a keyword of three letters or more
		return listed && (tails > 0 || c.roles[rolePlace] > 1) || tails > 1
	}
	return false
}

// repeats counts the letters at which three begin that have stood in the line twice
// before, and how often the most frequent three and two stand there.
func (r *reader) repeats(s string, chars int) (again, often, pairs int) {
	r.grams.Reset(2 * chars)
	var a, b rune
	for i := 0; i < len(s); {
		ch, size := utf8.DecodeRuneInString(s[i:])
		i += size
		class := r.Class(ch)
		if class == phrases.ClassSkip || class == phrases.ClassBreak {
			continue
		}
		if a > unicode.MaxLatin1 && b > unicode.MaxLatin1 && ch > unicode.MaxLatin1 && (a != b || b != ch) {
			n := int(r.grams.Count(uint64(a)<<42 ^ uint64(b)<<21 ^ uint64(ch)))
			if n > 2 {
				again++
			}
			often = max(often, n)
		}
		if b != 0 && b != ch && b > unicode.MaxLatin1 && ch > unicode.MaxLatin1 {
			pairs = max(pairs, int(r.grams.Count(uint64(b)<<21^uint64(ch))))
		}
		a, b = b, ch
	}
	return again, often, pairs
}

// goodsTable reports whether the line is a row of a table of goods.
func (c *evidence) goodsTable() bool {
	return c.fields >= 4 && c.sentences == 0 && c.chars <= maxTitleChars || c.fields >= 2 && c.fields+c.offers[kindB2B] >= 4 && c.sentences == 0
}

// advertises reports whether a line that leads to somebody says enough of what
// advertisements say, of whatever kind.
func (c *evidence) advertises(contact uint8) bool {
	if c.roles[roleReport] > 0 || c.chars > maxTitleChars {
		return false
	}
	words := c.roles[roleCall] + c.roles[roleDeal]
	for k := kindGambling; k < kindsEnd; k++ {
		words += c.offers[k] + 2*c.ads[k]
		if common[k] == 0 {
			words += min(c.topics[k], 2)
		}
	}
	least := leastAdvert + c.chars/charsPerScore
	switch {
	case contact == 2:
		return words >= least
	case c.numbers+c.handles > 0 && c.lastNumber:
		return words > least
	}
	return false
}

// leastAdvert is how many words of advertisements make one of a line with an address.
const leastAdvert = 3

// maxItemChars is the mean length of an item in a list of search phrases.
const maxItemChars = 12

// formulas weighs the phrases of articles that say nothing: somebody who speaks to readers,
// and what is said to them.
func (c *evidence) formulas() int {
	shows := min(c.roles[roleShow], maxTopics)
	if shows == 0 {
		return 0
	}
	return shows + 2*min(c.roles[roleHost], 1)
}
