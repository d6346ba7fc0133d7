package spam

import (
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/purify/phrases"
)

// spamLine is what a line says, kept until its neighbours have been read.
type spamLine struct {
	start, end uint32 // bytes, the line break not among them
	chars      uint32 // letters and digits
	score      float32
	need       float32
	leading    spamKind // of the highest score
	kind       spamKind // what it is cut as, kindNone if it stays
	plain      bool     // no letter of Chinese, and nothing that leads anywhere
	hints      uint32   // kinds of which there are offers or topics, a bit each
	reports    uint8
	contact    uint8 // 0 none, 1 an invitation or address, 2 one that can be written to
	sentences  uint8
	places     uint8
	margin     int32 // of the model
	spared     bool  // has words of a kind that is allowed, or its shape
	learned    bool  // it is cut by the model alone
	spun       bool  // the margin is that of spun text
	joins      bool  // a sentence: it goes on in the line of the one before
}

// evidence is the evidence of the line at hand.
type evidence struct {
	topics, offers, ads, cover [kindsEnd]int
	roles                      [rolesEnd]int // distinct entries by role
	placeHits, placeCover      int
	tailCover                  int
	chars, sentences, pauses   int
	asks                       int // questions among the sentences
	gaps                       int // places between letters at which something is skipped
	hidden                     int // zero-width characters
	addresses                  int // that follow a lead, and mobile numbers
	splitLeads                 int
	handles                    int // names of letters and digits that nothing stands before
	initials                   int // addresses behind a letter that stands for a messenger
	numbers                    int // of six digits and more that can be somebody's account
	lastNumber                 bool
	fields                     int // names of a table of goods with a colon behind them
	districts                  int // letters for a district or county before a mark
	segments                   int // parts between blanks and marks
	segment                    titlePart
	bodyParts, casinoParts     int // of a title
	landingParts               int
	grafts, plainParts         int // parts of a line that are words of spam, and those that have none
	graftLetters               int
	touched                    uint32
	figures                    [kindsEnd]uint8 // topics that are numbers
	marks                      [marksEnd]uint16
	digits, latins             int
}

// titlePart is a part of a title, between two marks or blanks.
type titlePart struct {
	letters, entrances   int
	last                 rune
	body, venue, systems bool
	coded                bool // has a Latin letter or digit
	cover                int  // letters of words of spam
	reports              bool
}

// part ends a part of a title.
func (c *evidence) part() {
	p := &c.segment
	if p.letters > 0 {
		c.segments++
	}
	switch p.last {
	case '局', '院', '校', '厅', '处', '系', '所', '馆':
		p.body = p.body || p.letters >= leastBody
	}
	switch {
	case p.body:
		c.bodyParts++
	case p.systems, p.entrances == 0:
	case p.venue:
		c.casinoParts++
	case p.entrances >= leastEntrances, p.coded && p.entrances == leastEntrances-1:
		c.landingParts++
	}
	switch {
	case p.reports:
	case p.letters >= leastGraft && p.letters <= mostGraft && 2*p.cover >= p.letters:
		c.grafts++
		c.graftLetters += p.letters
	case p.cover == 0 && p.letters >= leastBody:
		c.plainParts++
	}
	*p = titlePart{}
}

// A part of a line that is no more than words of spam has so many letters.
const (
	leastGraft = 2
	mostGraft  = 20
)

// leastEntrances is how many words for the way into a site tell a landing page whose brand
// no list knows.
const leastEntrances = 3

// leastBody is how many letters the name of an authority or school has at least, where
// only its last one is known.
const leastBody = 4

func (c *evidence) reset() { *c = evidence{} }

// reader reads the lines of one document at a time.
type reader struct {
	*finder
	counts  evidence
	lines   []spamLine
	seen    []uint32 // by entry: the number of the line in which it was seen last, plus 1
	allowed uint32   // kinds that are not looked for, a bit each
	line    uint32
	// the last letters: where each begins, how many gaps are before it, its class
	starts [ringSize]uint32
	gapsAt [ringSize]uint32
	class  [ringSize]uint16
	grams  hashtable.Table
	// the line as the model reads it
	symbols  [maxSymbols]uint32
	nSymbols int
	shapes   []uint16
	model    *LineModel // nil: rules alone
	sure     int32      // margin from which a line is spam
	highest  int32      // margin of a line of the document
	run      symbolRun
	others   *others              // nil until a document needs it
	needs    []int32              // how much less its lines need, nil where none is in doubt
	learn    func(line *spamLine) // what is done with each line before it is judged by the model, nil outside training
}

const ringSize = 2 * phrases.MaxRunes

// read fills the lines of a text.
func (r *reader) read(text string) {
	r.lines, r.highest = r.lines[:0], -maxMargin
	for at := 0; at <= len(text); {
		end := r.readPiece(text, at, len(text))
		r.sentences(text)
		at = end + 1
	}
}

// readPiece reads what begins at start, to the end of its line or to limit, and returns
// where it ends.
func (r *reader) readPiece(text string, start, limit int) int {
	c := &r.counts
	c.reset()
	r.nSymbols = 0
	r.line++
	if r.line == 0 { // after 2^32 lines
		clear(r.seen)
		r.line = 1
	}
	state, n, gap := int32(0), uint32(0), false
	r.class[0] = phrases.ClassBreak // no letter of another line stands before the first
	token := addressToken{}
	i := start
	for i < limit && text[i] != '\n' {
		ch, size := rune(text[i]), 1
		if ch >= utf8.RuneSelf {
			ch, size = utf8.DecodeRuneInString(text[i:])
		}
		class := r.Class(ch)
		if class == phrases.ClassSkip {
			if ch == '\r' && (i+1 == limit || text[i+1] == '\n') {
				i += size
				continue // of the line's end
			}
			c.marks[markOf(ch)]++
			if ch >= 0x200B && ch <= 0x200F || ch == 0xFEFF || ch == 0x2060 || ch == 0xAD {
				c.hidden++
			}
			if gap = true; ch != '_' && ch != '-' {
				c.token(&token)
				if r.run.length > 0 {
					r.endRun()
				}
			}
			if partsTitle(ch) {
				c.mark(token.before[1])
			}
			i += size
			continue
		}
		if class == phrases.ClassBreak {
			c.pause(ch)
			c.marks[markOf(ch)]++
			if r.run.length > 0 {
				r.endRun()
			}
			r.symbol(symbolBreak)
			state, gap = 0, false
			c.token(&token)
			c.mark(token.before[1])
			n += phrases.MaxRunes // nothing before is near any more
			r.class[n%ringSize] = phrases.ClassBreak
			i += size
			continue
		}
		n++
		c.chars++
		c.segment.letters++
		c.segment.last = ch
		c.lastNumber = c.lastNumber && (r.Digit(class) || r.Latin(class))
		if gap {
			c.gaps++
			gap = false
			r.gapsAt[n%ringSize] = r.gapsAt[(n-1)%ringSize] + 1
		} else {
			r.gapsAt[n%ringSize] = r.gapsAt[(n-1)%ringSize]
		}
		r.starts[n%ringSize], r.class[n%ringSize] = uint32(i), class
		if r.Digit(class) || r.Latin(class) {
			token.add(ch, r.Digit(class))
			if r.Digit(class) {
				c.digits++
			} else {
				c.latins++
			}
			r.run.add(ch, r.Digit(class))
			c.segment.coded = true
		} else {
			if r.run.length > 0 {
				r.endRun()
			}
			r.symbol(uint32(r.letters[uint16(ch)]))
			c.token(&token)
			token.before[0], token.before[1] = token.before[1], ch
		}
		i += size
		if state = r.Step(state, class); r.Ends(state) {
			r.found(text, state, n, i)
		}
	}
	c.token(&token)
	if r.run.length > 0 {
		r.endRun()
	}
	c.part()
	c.figure()
	r.judge(text, start, i)
	return i
}

// partsTitle reports whether a mark that is skipped parts a title.
func partsTitle(ch rune) bool {
	switch ch {
	case ' ', '\u3000', '-', '_', '|', '｜', '—', '–', '·', '、', '/', '#', '【', '】', '〖', '〗', '→':
		return true
	}
	return false
}

// mark ends a part behind a letter.
func (c *evidence) mark(before rune) {
	if c.segment.letters > 1 {
		switch before {
		case '区', '县', '市', '镇', '區', '縣':
			c.districts++
		}
	}
	c.part()
}

// pause counts a mark that ends a clause or a sentence.
func (c *evidence) pause(ch rune) {
	switch ch {
	case '？', '?':
		c.asks++
		c.sentences++
	case '。', '！', '!', '…':
		c.sentences++
	default:
		c.pauses++
	}
}

// addressToken is a run of Latin letters and digits, and the two letters before it.
type addressToken struct {
	length, digits int
	first          rune
	before         [2]rune
}

func (t *addressToken) add(ch rune, digit bool) {
	if t.length++; t.length == 1 {
		t.first = ch
	}
	if digit {
		t.digits++
	}
}

// token ends a run: it counts numbers of mobile phones, and names behind what stands for a
// messenger or asks to write.
func (c *evidence) token(t *addressToken) {
	if t.length == 0 {
		return
	}
	if t.digits == t.length && t.length >= 6 && t.length <= 12 {
		c.numbers++
		c.lastNumber = true
	}
	switch {
	case t.length == 11 && t.digits == 11 && (t.first == '1' || t.first == '１' || t.first == '①'):
		c.addresses++
	case t.length >= minAddress && t.digits >= 2 && t.length <= 20:
		if t.digits >= 3 && t.length-t.digits >= 2 && t.length >= 6 {
			c.handles++
			c.lastNumber = true
		}
		switch t.before[1] {
		case 'v', 'V', 'q', 'Q', '薇', '葳', '徽', '徵', '溦', '嶶', '崴', '扣', '抠', '鹅', '芯', 'ｖ', 'Ｖ', 'Ｑ', 'ｑ', '✈':
			c.addresses++
			c.initials++
		case '微', '威', '维', '卫', '询', '加', '裙', '群', '系', '找', '主', '谈', '拨', '➕', '+':
			c.addresses++
		}
	}
	last := t.first
	if t.length > 1 {
		last = 0
	}
	*t = addressToken{before: [2]rune{t.before[1], last}}
}

// found counts the entries that end at a state, of each kind and role the longest.
func (r *reader) found(text string, state int32, n uint32, end int) {
	c := &r.counts
	var done [kindsEnd]uint16
	for _, id := range r.At(state) {
		e := &r.entries[id]
		if done[e.kind]>>e.role&1 != 0 || !r.whole(e, text, n, end) {
			continue
		}
		gaps := int(r.gapsAt[n%ringSize] - r.gapsAt[(n-uint32(e.runes)+1)%ringSize])
		if gaps > 0 && e.role == roleEvade && e.latinStart && e.latinEnd && e.runes == 2 && !nameFollows(text[end:]) {
			continue // width by height
		}
		done[e.kind] |= 1 << e.role
		fresh := r.seen[id] != r.line
		r.seen[id] = r.line
		c.count(e, fresh)
		switch e.role {
		case roleField:
			if colonFollows(text[end:]) {
				c.fields++
			}
		case roleLead, roleEvade:
			if gaps > 0 && gaps >= e.runes-1 && e.role == roleLead && !e.latinStart {
				c.splitLeads++
			}
			if fresh && addressFollows(text[end:]) {
				c.addresses++
			}
		}
	}
}

// whole reports whether an entry with Latin edges stands alone.
func (r *reader) whole(e *entry, text string, n uint32, end int) bool {
	if e.latinStart {
		before := (n - uint32(e.runes)) % ringSize
		at := (n - uint32(e.runes) + 1) % ringSize
		if class := r.class[before]; r.gapsAt[before] == r.gapsAt[at] && r.starts[before]+1 == r.starts[at] && (r.Latin(class) || r.Digit(class)) {
			return false
		}
	}
	if e.latinEnd && end < len(text) {
		next := text[end] | 0x20
		if 'a' <= next && next <= 'z' {
			return false
		}
		if last := e.word[len(e.word)-1]; '0' <= last && last <= '9' && '0' <= text[end] && text[end] <= '9' {
			return false
		}
	}
	return true
}

// grafted are the kinds that are put into titles and lists of others.
var grafted = [kindsEnd]bool{kindGambling: true, kindDrugs: true, kindEscort: true, kindInvoice: true, kindGameServer: true,
	kindLoan: true, kindForgery: true, kindJobs: true, kindMedicine: true, kindHijack: true}

// entitle says what an entry makes of the part of a title that it stands in.
func (c *evidence) entitle(e *entry) {
	switch {
	case e.role == roleReport:
		c.segment.reports = true
	case grafted[e.kind] && (e.role == roleTopic || e.role == roleOffer || e.role == roleAd):
		c.segment.cover += e.runes
	}
	switch {
	case e.role == roleBody:
		c.segment.body = true
	case e.role == roleSystem:
		c.segment.systems = true
	case e.role == roleEntrance, e.role == roleOffer && e.kind == kindHijack:
		c.segment.entrances++
	case e.role == roleVenue, e.role == roleTopic && (e.kind == kindGambling || e.kind == kindHijack):
		c.segment.venue = true
	}
}

func (c *evidence) count(e *entry, fresh bool) {
	if e.number && e.role == roleTopic {
		if fresh {
			c.figures[e.kind] = min(c.figures[e.kind], 254) + 1
		}
		return
	}
	switch e.role {
	case rolePlace:
		c.placeHits++
		c.placeCover += e.runes
	case roleTail:
		c.tailCover += e.runes
	case roleTopic, roleOffer, roleAd:
		c.cover[e.kind] += e.runes
	}
	c.entitle(e)
	if !fresh {
		return
	}
	c.roles[e.role]++
	if e.role >= roleTell {
		return // these alone are no hint of a kind
	}
	c.touched |= 1 << e.kind
	switch e.role {
	case roleTopic:
		c.topics[e.kind]++
	case roleOffer:
		c.offers[e.kind]++
	case roleAd:
		c.ads[e.kind]++
	}
}

// figure counts numbers as topics of the kinds that the line has words of.
func (c *evidence) figure() {
	for k, n := range c.figures {
		if n > 0 && c.topics[k]+c.offers[k]+c.ads[k] > 0 {
			c.topics[k] += int(n)
		}
	}
}

// colonFollows reports whether s begins with a colon, behind blanks.
func colonFollows(s string) bool {
	for _, ch := range s {
		switch ch {
		case ' ', '\u3000', '】', ']':
		case ':', '：':
			return true
		default:
			return false
		}
	}
	return false
}

// Limits of an address behind a lead.
const (
	maxAddressFiller = 6
	minAddress       = 5
)

// addressFollows reports whether s begins, behind a few marks, with letters and digits
// that somebody can be written to by.
func addressFollows(s string) bool {
	filler, length, digits := 0, 0, 0
	for _, ch := range s {
		ch = phrases.FoldPlain(ch)
		switch {
		case '0' <= ch && ch <= '9':
			digits++
			length++
		case 'a' <= ch && ch <= 'z', ch == '_' && length > 0:
			length++
		case 0x2460 <= ch && ch <= 0x24FF, ch == '〇', isHanDigit(ch) && length+filler < 16: // ① and its like, 一三八
			digits++
			length++
		case ch == phrases.Skip && length > 0 && length < 20:
		case length == 0 && filler < maxAddressFiller && isAddressFiller(ch):
			filler++
		default:
			return length >= minAddress && digits > 0 || length > minAddress
		}
		if length >= minAddress && digits >= 3 {
			return true
		}
	}
	return length >= minAddress && digits > 0 || length > minAddress
}

// nameFollows reports whether s begins, behind a few marks, with a run of letters and digits as
// long as an address.
func nameFollows(s string) bool {
	filler, length := 0, 0
	for _, ch := range s {
		ch = phrases.FoldPlain(ch)
		switch {
		case '0' <= ch && ch <= '9', 'a' <= ch && ch <= 'z', ch == '_' && length > 0:
			if length++; length >= minAddress {
				return true
			}
		case length == 0 && filler < maxAddressFiller && isAddressFiller(ch):
			filler++
		default:
			return false
		}
	}
	return false
}

// isAddressFiller reports whether a folded code point may stand between a lead and an
// address.
func isAddressFiller(r rune) bool {
	switch r {
	case phrases.Skip, phrases.Break, '号', '码', '是', '为', '群', '我', '加':
		return true
	}
	return false
}

func isHanDigit(r rune) bool {
	switch r {
	case '一', '二', '三', '四', '五', '六', '七', '八', '九', '零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖':
		return true
	}
	return false
}
