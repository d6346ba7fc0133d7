package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

const (
	bbTagBytes = 200  // of the longest tag of BBCode
	bbReach    = 4096 // bytes in which an end tag stands behind its start tag
	bbNesting  = 16   // quotations in quotations
)

// bbNames are the tags of BBCode that boards serve as they were typed; bbVoid are those
// that hold no words.
var (
	bbNames = bbSet("b i u s h url color size font align quote code list pid uid tid collapse p sub sup float td tr table indent email backcolor hide del center left right")
	bbVoid  = bbSet("img attach attachimg media audio video flash dice album")
)

func bbSet(names string) map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		m[n] = true
	}
	return m
}

// bbText adds html[start:stop], text of a post, to the running block without its BBCode: tags
// that have an end tag go, quotations and pictures with what is in them. It reports false
// where there is none.
func (p *Parser) bbText(start, stop int) bool {
	if start < p.bbUntil { // a quotation goes on over elements
		if stop <= p.bbUntil {
			return true
		}
		p.text(p.bbUntil, stop)
		return true
	}
	found := false
	for at := start; ; {
		i := strings.IndexByte(p.HTML[at:stop], '[')
		if i < 0 {
			break
		}
		at += i
		n, until := p.bbTag(at)
		if n == 0 || at+n > stop { // or it ends with the brackets behind a section of CDATA
			at++
			continue
		}
		found = true
		if at > start {
			p.plainText(start, at)
		}
		at += n
		if until > at {
			p.bbUntil = until
			at = min(until, stop)
		}
		start = at
	}
	if found && start < stop {
		p.plainText(start, stop)
	}
	return found
}

// bbTag reads a tag of BBCode at html[at:] and returns its length, 0 for none. Of one with
// what is in it none of the author's words until is where it ends.
func (p *Parser) bbTag(at int) (n, until int) {
	s := p.HTML[at:min(len(p.HTML), at+bbTagBytes)]
	end := strings.IndexAny(s, "]<\n")
	if end < 0 || s[end] != ']' {
		return 0, 0
	}
	n = end + 1
	if strings.HasPrefix(s, "[s:") || s[:n] == "[*]" { // a smiley, an item
		return n, 0
	}
	name, ends := strings.CutPrefix(strings.ToLower(s[1:end]), "/")
	if !ends {
		if i := strings.IndexAny(name, "= "); i >= 0 {
			name = name[:i]
		}
	}
	switch {
	case ends && (bbNames[name] || bbVoid[name]):
		return n, 0
	case ends:
		return 0, 0
	case name == "quote":
		return p.bbQuote(at, n)
	case name == "b" && strings.HasPrefix(p.HTML[at+n:], "Reply to [pid"), bbVoid[name]:
		if i := p.bbEnd(at+n, name); i >= 0 {
			return n, at + n + i
		}
	case bbNames[name] && p.bbEnd(at+n, name) >= 0:
		return n, 0
	}
	return 0, 0
}

// bbEnd is how far behind at the end of the next end tag of a name is, -1 for none.
func (p *Parser) bbEnd(at int, name string) int {
	c, seen := p.bbEnds[name]
	if !seen || at < c.from {
		c = bbSpan{from: at, to: at, end: -1}
	}
	if c.end <= at { // not known yet: what was searched is not searched again
		tag, to := "[/"+name+"]", min(len(p.HTML), at+bbReach)
		from := max(at, c.to-len(tag)+1)
		c.end, c.to = -1, max(c.to, to)
		if from < to {
			if i := indexTag(p.HTML[from:to], tag); i >= 0 {
				c.end = from + i + len(tag)
				c.to = c.end
			}
		}
		if p.bbEnds == nil {
			p.bbEnds = map[string]bbSpan{}
		}
		p.bbEnds[name] = c
	}
	if c.end < 0 || c.end-at > bbReach {
		return -1
	}
	return c.end - at
}

// indexTag finds an end tag in small letters, -1 for none.
func indexTag(s, tag string) int {
	for at := 0; ; at += 2 {
		i := strings.Index(s[at:], "[/")
		if i < 0 || at+i+len(tag) > len(s) {
			return -1
		}
		if at += i; token.EqualFold(s[at:at+len(tag)], tag) {
			return at
		}
	}
}

// bbSpan is where the end tag of a name was searched, and where the last one found ends.
type bbSpan struct{ from, to, end int }

// bbQuote finds the end of the quotation whose tag of n bytes stands at html[at:].
func (p *Parser) bbQuote(at, n int) (size, until int) {
	pos, open := at+n, 1
	for range bbNesting {
		i := p.bbEnd(pos, "quote")
		if i < 0 && pos > at+n { // it is never closed: what is in it was
			return n, pos
		}
		if i < 0 {
			return 0, 0
		}
		open += strings.Count(strings.ToLower(p.HTML[pos:pos+i]), "[quote") - 1
		pos += i
		if open == 0 {
			return n, pos
		}
	}
	return n, pos
}

// archiverTitle ends the title of a page of Discuz!'s archive, which holds the posts of a
// thread without their markup.
const archiverTitle = "Discuz! Archiver"

// archiverContext tells posts from what stands around them on such a page.
func (p *Parser) archiverContext() uint32 {
	switch {
	case p.a.ID == "content":
		return dom.InPost
	case p.a.ID == "nav", p.a.ID == "end", p.a.ID == "footer", p.a.Class == "page", p.a.Class == "author":
		return dom.PostNotice
	}
	return 0
}
