package choose

import (
	"bytes"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

const (
	threadKind  = 0.2 // probability of a forum from which a page is taken for a thread
	threadShort = 300 // words of a thread's text up to which its title is kept
)

// keepThreadTitle keeps the title of a short thread: the first post often goes on with it.
func (x *Chooser) keepThreadTitle() {
	i := x.s.TitleAt()
	if x.s.Kinds[score.OnForum] < threadKind || i < 0 || x.keptWords() > threadShort {
		return
	}
	if b := &x.p.Blocks[i]; !b.Keep && !b.Repeats() && x.p.Elems[b.Elem].Ctx&dom.InHeading != 0 {
		b.Keep, b.Rule = true, dom.ByTitle
	}
}

// keptWords is the number of words of what is kept so far.
func (x *Chooser) keptWords() (n int32) {
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Keep {
			n += b.Words
		}
	}
	return n
}

const (
	stampWords  = 10  // words of a line about a post
	stampHan    = 24  // the same on a page in Chinese, where a word is a character
	stampHeads  = 4   // such lines from which they may be headings
	stampGroup  = 2   // such lines at one place of a repeated structure
	agoWords    = 6   // words of a line with a time ago that needs no others like it
	wholeDigits = 8   // digits of a day of a year and a time of day, at least
	stampFactor = 0.2 // what is left of its score
)

// lowerStamps lowers what stands beside each post of a thread: who wrote it, when, and
// since when he is there.
func (x *Chooser) lowerStamps() {
	thread := x.s.Kinds[score.OnForum] >= threadKind
	posts := thread || x.p.Posts > 1
	never := dom.InPre | dom.InCell | dom.InHeading // where no stamp stands
	if x.p.Posts > 1 {                              // one alone may hold the page
		never |= dom.InPost
	}
	most, neverWhole := int32(stampWords), never&^dom.InHeading
	if x.s.HanShare() >= noticeHan {
		most, neverWhole = stampHan, dom.InPre
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Words < 2 || b.Words > most || b.Stops > 0 || b.Digits == 0 || !posts && b.Digits < wholeDigits {
			continue
		}
		not, like, c := never, x.s.Groups[b.Group].Blocks, x.p.Elems[b.Elem].Ctx
		if like >= stampHeads {
			not &^= dom.InHeading
		}
		if c&dom.PostAside != 0 {
			not &^= dom.InPost
		}
		// The same line at each post, with another number, needs no words that it is known by.
		stamp := thread && b.Seen != 0 && c&(not|dom.InPost|dom.InHeading) == 0 && like >= stampGroup && !x.besideLike(i)
		if !stamp {
			x.says(b, most)
			group := like >= stampGroup
			stamp = thread && c&not == 0 && (group || b.Words <= agoWords && bytes.Contains(x.out, []byte(" ago"))) && isStamp(x.out) ||
				posts && c&dom.InPre == 0 && isEditNote(x.out) ||
				(posts || group) && c&neverWhole == 0 && isWholeStamp(x.out)
		}
		if stamp {
			b.Lower(stampFactor, dom.ByStamp)
		}
	}
}

// besideLike reports a block next to one with the same words: a list of its own, not a line
// at each post.
func (x *Chooser) besideLike(i int) bool {
	bl := x.p.Blocks
	return i > 0 && bl[i-1].Shape == bl[i].Shape || i+1 < len(bl) && bl[i+1].Shape == bl[i].Shape
}

// isEditNote reports the line that Discuz! sets above a post: who edited it, and when.
func isEditNote(s []byte) bool {
	return bytes.HasPrefix(s, []byte("本帖最后由")) && bytes.HasSuffix(s, []byte("编辑")) && hasClock(s)
}

// isWholeStamp reports one of stampNames with a day of a year and a time of day: that is no
// text even where it stands once.
func isWholeStamp(s []byte) bool { return hasClock(s) && hasDay(s) && isNamedStamp(s) }

// hasDay reports a year of four digits, the number of a month and that of a day, with the
// same sign between them, or a year before 年.
func hasDay(s []byte) bool {
	for i := 0; i+8 <= len(s); i++ {
		if (s[i] != '1' && s[i] != '2') || i > 0 && isDigit(s[i-1]) || !isDigit(s[i+1]) || !isDigit(s[i+2]) || !isDigit(s[i+3]) {
			continue
		}
		t := s[i+4:]
		if bytes.HasPrefix(t, []byte("年")) {
			return true
		}
		if strings.IndexByte("-/.", t[0]) < 0 || !isDigit(t[1]) {
			continue
		}
		j := 2
		if isDigit(t[j]) {
			j++
		}
		if j+1 < len(t) && t[j] == t[0] && isDigit(t[j+1]) {
			return true
		}
	}
	return false
}

// lastPost is the element of the last text of a post on a page with more than one, behind
// all elements where there are not so many.
func (x *Chooser) lastPost() int32 {
	for i := len(x.p.Blocks) - 1; i >= 0 && x.p.Posts > 1; i-- {
		if e := x.p.Blocks[i].Elem; x.p.Elems[e].Ctx&dom.InPost != 0 {
			return e
		}
	}
	return int32(len(x.p.Elems))
}

// lowerAsides lowers what stands in a post and is none of its author's words: quotations,
// signatures, notes of edits.
func (x *Chooser) lowerAsides() {
	if x.p.Posts < 2 {
		return
	}
	quote := int32(0) // the quotation that the blocks stand in
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		c := x.p.Elems[b.Elem].Ctx
		if c&dom.InPost == 0 {
			continue
		}
		quoted := quote > 0 && x.p.InBox(b.Holder, quote)
		if !quoted && c&dom.InQuote != 0 && x.quotes(b) {
			quote, quoted = x.p.InnerQuote(b.Holder), true
		}
		if quoted || c&dom.PostAside != 0 {
			b.Lower(noticeFactor, dom.ByPostNotice)
		}
	}
}

// quoteReach is the number of bytes at the start of a quotation in which it says whose it is.
const quoteReach = 80

// quotes reports the first line of a quotation of another post.
func (x *Chooser) quotes(b *dom.Block) bool {
	x.out = x.p.AppendBlock(x.out[:0], x.d, b)
	head := x.out[:min(len(x.out), quoteReach)]
	return bytes.Contains(head, []byte(" wrote:")) || bytes.HasPrefix(head, []byte("引用")) && hasClock(head)
}

// noticeFactor is what is left of the score of what a forum's software says.
const noticeFactor = 0.1

// lowerPostNotices lowers what a forum's software says about posts and to all readers, and
// the form for a new post behind the last one.
func (x *Chooser) lowerPostNotices() {
	if x.p.Posts == 0 && x.s.Kinds[score.OnForum] < threadKind {
		return
	}
	last := x.lastPost()
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if c := x.p.Elems[b.Elem].Ctx; c&dom.PostNotice != 0 || c&dom.InForm != 0 && b.Elem > last && x.p.InnerForm(b.Elem) > last {
			b.Lower(noticeFactor, dom.ByPostNotice)
		}
	}
}

// A block inside a container of comments is taken as a comment, not as a
// button or a form, from these on.
const (
	minCommentWords = 4
	minCommentScore = 0.02
)

// readersWords reports the text of a reader's comment: no line of the software's beside it,
// such as who wrote it and when, its signature, a row of buttons that comes with each.
func (x *Chooser) readersWords(b *dom.Block) bool {
	c := x.p.Elems[b.Elem].Ctx
	if c&(dom.InComment|dom.InReplies|dom.InPost) == 0 || b.Words < minCommentWords || b.Score < minCommentScore {
		return false
	}
	switch b.Lowered {
	case dom.ByStamp, dom.ByPostNotice, dom.ByRelated, dom.ByContents:
		return false
	}
	switch b.Line {
	case dom.LineTool, dom.LineReplies, dom.LineRelated, dom.LineRights:
		return false
	}
	if c&(dom.PostAside|dom.PostNotice|dom.InButton|dom.InNav) != 0 || b.Seen != 0 && b.Stops == 0 {
		return false
	}
	if x.says(b, copyWords) && isCopyButton(x.out) {
		return false
	}
	if b.Stops > 0 || c&dom.InPost != 0 {
		return true
	}
	return !x.says(b, stampHan) || !isStamp(x.out)
}

// says sets x.out to the text of a block of at most so many words, in small letters.
func (x *Chooser) says(b *dom.Block, most int32) bool {
	if b.Words > most {
		return false
	}
	x.out = x.p.AppendBlock(x.out[:0], x.d, b)
	for i, c := range x.out {
		x.out[i] = token.Lower[c]
	}
	return true
}

// stampNames are words that a line about a post has beside a number, in small letters.
var stampNames = byteNames("joined", "posted", "last post", "replied", "answered", "asked", "edited", "registered", "member since", " ago", "posts:", "messages:",
	"reputation", " level ", "likes received", "topic starter", "beiträge", "registriert", "发表于", "楼主", "前回复", "小时前", "分钟前", "天前", "积分", "注册时间", "最后登录", "来自")

func byteNames(names ...string) (out [][]byte) {
	for _, n := range names {
		out = append(out, []byte(n))
	}
	return out
}

// isStamp reports a line about a post: one of stampNames with a number, or a time of day.
func isStamp(s []byte) bool { return isNamedStamp(s) || hasClock(s) }

func isNamedStamp(s []byte) bool {
	digits := bytes.ContainsAny(s, "0123456789")
	for _, n := range stampNames {
		if digits && bytes.Contains(s, n) {
			return true
		}
	}
	return false
}

// hasClock reports a time of day.
func hasClock(s []byte) bool {
	for i := 1; i+1 < len(s); i++ {
		if s[i] == ':' && isDigit(s[i-1]) && isDigit(s[i+1]) {
			return true
		}
	}
	return false
}

const (
	indexLines  = 8    // lines of a board's index of replies, at least
	indexDigits = 6    // digits of the day and the time that each has
	indexLinks  = 0.4  // share of links of a line: its title
	indexBeside = 0.95 // and at most: author and time stand beside it
	indexScore  = 0.8  // score of the post above
	indexWords  = 30   // words that it has
	indexFactor = 0.1  // what is left of the score of a line
)

// lowerIndex lowers the index of replies below the first post of a Chinese board: lines
// with a linked title, author and time, each of a page of its own.
func (x *Chooser) lowerIndex() {
	if x.s.HanShare() < noticeHan {
		return
	}
	lines, post := 0, false
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		post = post || b.Score >= indexScore && b.Words >= indexWords && b.Density() < dom.GoodLinks
		if x.indexLine(b) {
			lines++
		}
	}
	if !post || lines < indexLines {
		return
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.indexLine(b) {
			b.Lower(indexFactor, dom.ByStamp)
		}
	}
}

func (x *Chooser) indexLine(b *dom.Block) bool {
	if b.Digits < indexDigits || b.Link < indexLinks*b.Weight || b.Link > indexBeside*b.Weight {
		return false
	}
	x.out = x.p.AppendBlock(x.out[:0], x.d, b)
	return hasClock(x.out)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// keepPosts keeps code and lists in a post of a thread whose text is kept for the most part:
// Discuz! writes code as a list.
func (x *Chooser) keepPosts() {
	if x.p.Posts < 2 || x.s.Kinds[score.OnForum] < threadKind {
		return
	}
	bl, el := x.p.Blocks, x.p.Elems
	for i := 0; i < len(bl); {
		post := x.p.PostOf(bl[i].Elem)
		if post == 0 {
			i++
			continue
		}
		end, kept, all := i, int32(0), int32(0)
		for ; end < len(bl) && x.p.PostOf(bl[end].Elem) == post; end++ {
			if b := &bl[end]; x.postWords(b) {
				all += b.Words
				if b.Keep {
					kept += b.Words
				}
			}
		}
		for ; i < end; i++ {
			if b := &bl[i]; 2*kept >= all && !b.Keep && x.postWords(b) && el[b.Elem].Ctx&dom.InHidden == 0 && el[b.Elem].Ctx&(dom.InList|dom.InPre) != 0 {
				b.Keep, b.Rule = true, dom.ByPost
			}
		}
	}
}

// postWords reports a block of a post that may be its author's words.
func (x *Chooser) postWords(b *dom.Block) bool {
	const not = dom.PostAside | dom.PostNotice | dom.InButton | dom.InNav | dom.InForm
	return b.Lowered == 0 && b.Line == dom.LineNone && !b.Repeats() && x.p.Elems[b.Elem].Ctx&not == 0
}
