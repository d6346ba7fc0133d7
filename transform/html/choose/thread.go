package choose

import (
	"bytes"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

const threadKind = 0.2 // probability of a forum from which a page is taken for a thread

// keepThreadTitle keeps the title of a thread: the first post often goes on with it.
func (x *Chooser) keepThreadTitle() {
	i := x.s.TitleAt()
	if x.s.Kinds[score.OnForum] < threadKind || i < 0 {
		return
	}
	if b := &x.p.Blocks[i]; !b.Keep && !b.Repeats() && x.p.Elems[b.Elem].Ctx&dom.InHeading != 0 {
		b.Keep, b.Rule = true, dom.ByTitle
	}
}

const (
	stampWords  = 10  // words of a line about a post
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
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Words < 2 || b.Words > stampWords || b.Stops > 0 || x.s.Groups[b.Group].Blocks < stampGroup || x.p.Elems[b.Elem].Ctx&not != 0 {
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
	for i := 1; i+1 < len(s); i++ {
		if s[i] == ':' && isDigit(s[i-1]) && isDigit(s[i+1]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
