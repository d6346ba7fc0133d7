package choose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

const (
	noticeHan   = 0.3 // share of Han characters from which a page may be a notice
	noticeWords = 40  // words of a line of a notice that is no text of its body
	noticeReach = 12  // blocks before and behind the body in which its lines stand
)

// keepNotice keeps what makes a Chinese notice one: its number above the body, and
// behind it the names of its attachments, who signs, and the date.
func (x *Chooser) keepNotice() {
	if x.s.HanShare() < noticeHan {
		return
	}
	first, last := -1, -1
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Keep && b.IsGood() {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return
	}
	for i := first - 1; i >= max(0, first-noticeReach); i-- {
		if b := &x.p.Blocks[i]; !b.Keep && x.noticeLine(b, last) && isNumberOfNotice(x.textOf(b)) {
			b.Keep, b.Rule = true, dom.ByNotice
			break
		}
	}
	x.keepNoticeEnd(last, last)
	tail, box := last, max(x.p.Elems[x.p.Blocks[last].Holder].Parent, 0)
	for i := last + 1; i < len(x.p.Blocks); i++ { // short lines and cells behind its last long text
		if b := &x.p.Blocks[i]; b.Keep && x.p.InBox(b.Holder, box) {
			tail = i
		}
	}
	if tail > last {
		x.keepNoticeEnd(tail, last)
	}
}

// keepNoticeEnd keeps what ends a notice behind one of its blocks, up to the last name of
// an attachment or date; body is its last long text.
func (x *Chooser) keepNoticeEnd(from, body int) {
	end := from
	for i := from + 1; i < min(len(x.p.Blocks), from+1+noticeReach); i++ {
		b := &x.p.Blocks[i]
		t := x.textOf(b)
		attached := strings.HasPrefix(t, "附件") || strings.HasPrefix(t, "相关附件") || isAttachment(t)
		if !x.noticeLine(b, body) && !(attached && x.besideBody(b, body)) {
			break
		}
		if attached || isNoticeDate(t) {
			end = i
		}
	}
	for i := from + 1; i <= end; i++ {
		if b := &x.p.Blocks[i]; !b.Keep {
			b.Keep, b.Rule = true, dom.ByNotice
		}
	}
}

// besideBody reports a short block in the container around that of the body: names of
// attachments stand there.
func (x *Chooser) besideBody(b *dom.Block, body int) bool {
	const not = dom.InNav | dom.InFooter | dom.InAside | dom.InHidden | dom.InButton
	if b.Words > noticeWords || x.p.Elems[b.Elem].Ctx&not != 0 {
		return false
	}
	up := max(x.p.Elems[x.p.Blocks[body].Holder].Parent, 0)
	return x.p.InBox(b.Holder, max(x.p.Elems[up].Parent, 0))
}

// noticeLine reports a short block in a container of the body.
func (x *Chooser) noticeLine(b *dom.Block, body int) bool {
	const not = dom.InNav | dom.InFooter | dom.InAside | dom.InHidden | dom.InForm | dom.InButton
	if b.Words > noticeWords || b.Line != dom.LineNone && b.Line != dom.LineOrigin || x.p.Elems[b.Elem].Ctx&not != 0 {
		return false
	}
	up := x.p.Elems[x.p.Blocks[body].Holder].Parent
	return x.p.InBox(b.Holder, max(up, 0))
}

func (x *Chooser) textOf(b *dom.Block) string {
	x.out = x.p.AppendBlock(x.out[:0], x.d, b)
	return strings.TrimSpace(string(x.out))
}

// isNumberOfNotice reports a text such as 国办发〔2021〕12号.
func isNumberOfNotice(s string) bool {
	i := strings.IndexAny(s, "〔[［（")
	if i < 0 || !strings.HasSuffix(s, "号") && !strings.HasSuffix(s, "號") {
		return false
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	digits := 0
	for _, r := range s[i+n:] {
		if !unicode.IsDigit(r) {
			return digits == 4 && strings.ContainsRune("〕]］）", r)
		}
		digits++
	}
	return false
}

// isNoticeDate reports a text that is a date and nothing else: 2021年3月5日, 二〇二一年三月五日.
func isNoticeDate(s string) bool {
	year, rest, ok := strings.Cut(s, "年")
	month, rest, ok2 := strings.Cut(rest, "月")
	day, rest, ok3 := strings.Cut(rest, "日")
	return ok && ok2 && ok3 && strings.TrimSpace(rest) == "" && isHanNumber(year, 4, 4) && isHanNumber(month, 1, 3) && isHanNumber(day, 1, 3)
}

func isHanNumber(s string, least, most int) bool {
	n := 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
		case unicode.IsDigit(r), strings.ContainsRune("〇○零一二三四五六七八九十", r):
			n++
		default:
			return false
		}
	}
	return n >= least && n <= most
}

// isAttachment reports the name of a document.
func isAttachment(s string) bool {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return false
	}
	switch strings.ToLower(s[i+1:]) {
	case "doc", "docx", "pdf", "xls", "xlsx", "wps", "ofd", "zip", "rar", "ppt", "pptx", "et":
		return true
	}
	return false
}
