package choose

import (
	"bytes"

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
	stampFactor = 0.2 // what is left of its score
)

// lowerStamps lowers what stands beside each post of a thread: who wrote it, when, and
// since when he is there.
func (x *Chooser) lowerStamps() {
	if x.s.Kinds[score.OnForum] < threadKind {
		return
	}
	not := dom.InPre | dom.InCell | dom.InHeading
	if x.p.Posts > 1 { // one alone may hold the page
		not |= dom.InPost
	}
	most := int32(stampWords)
	if x.s.HanShare() >= noticeHan {
		most = stampHan
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		not := not
		if x.s.Groups[b.Group].Blocks >= stampHeads {
			not &^= dom.InHeading
		}
		if b.Words < 2 || b.Words > most || b.Stops > 0 || x.s.Groups[b.Group].Blocks < stampGroup || x.p.Elems[b.Elem].Ctx&not != 0 {
			continue
		}
		x.out = x.p.AppendBlock(x.out[:0], x.d, b)
		for i, c := range x.out {
			x.out[i] = token.Lower[c]
		}
		if isStamp(x.out) {
			b.Lower(stampFactor, dom.ByStamp)
		}
	}
}

// noticeFactor is what is left of the score of what a forum's software says.
const noticeFactor = 0.1

// lowerPostNotices lowers what a forum's software says about posts and to all readers.
func (x *Chooser) lowerPostNotices() {
	if x.p.Posts == 0 && x.s.Kinds[score.OnForum] < threadKind {
		return
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.p.Elems[b.Elem].Ctx&dom.PostNotice != 0 {
			b.Lower(noticeFactor, dom.ByPostNotice)
		}
	}
}

// stampNames are words that a line about a post has beside a number, in small letters.
var stampNames = byteNames("joined", "posted", "last post", "replied", "answered", "asked", "edited", "registered", "member since", " ago", "posts:", "messages:",
	"reputation", "likes received", "topic starter", "beiträge", "registriert", "发表于", "楼主", "前回复", "小时前", "分钟前", "天前", "积分", "注册时间", "最后登录", "来自")

func byteNames(names ...string) (out [][]byte) {
	for _, n := range names {
		out = append(out, []byte(n))
	}
	return out
}

// isStamp reports a line about a post: one of stampNames with a number, or a time of day.
func isStamp(s []byte) bool {
	digits := bytes.ContainsAny(s, "0123456789")
	for _, n := range stampNames {
		if digits && bytes.Contains(s, n) {
			return true
		}
	}
	return hasClock(s)
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
