package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// What is known to have no end in the rest of the page, so that it is never searched
// again: elements by 1<<tagID, and these.
const (
	loneComment uint64 = 1 << (63 - iota)
	loneCDATA
	loneDeclaration
)

// comment skips a comment, a doctype or a processing instruction. One that is never
// closed ends with the next '>', so that it does not swallow the page.
func (p *Parser) comment(lt int) {
	rest := p.HTML[lt:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		if p.lone&loneComment == 0 {
			if n := commentEnd(rest); n > 0 {
				p.pos = lt + n
				return
			}
			p.lone |= loneComment
		}
	case strings.HasPrefix(rest, "<![CDATA["):
		p.section(lt)
		return
	case p.XHTML && p.lone&loneDeclaration == 0:
		if n := declarationEnd(rest); n > 0 {
			p.pos = lt + n
			return
		}
		p.lone |= loneDeclaration
	}
	if i := strings.IndexByte(rest, '>'); i >= 0 {
		p.pos = lt + i + 1
		return
	}
	p.pos = len(p.HTML)
}

// commentEnd returns the length of the comment that s begins with, 0 where it has no
// end.
func commentEnd(s string) int {
	const open = len("<!--")
	switch {
	case strings.HasPrefix(s[open:], ">"):
		return open + 1
	case strings.HasPrefix(s[open:], "->"):
		return open + 2
	}
	for i := open; ; i++ {
		n := strings.Index(s[i:], "--")
		if n < 0 {
			return 0
		}
		i += n
		switch rest := s[i+2:]; {
		case strings.HasPrefix(rest, ">"):
			return i + 3
		case strings.HasPrefix(rest, "!>"):
			return i + 4
		}
	}
}

// declarationEnd returns the length of a processing instruction of XML, or of a doctype,
// which may hold declarations of its own; 0 where it has no end.
func declarationEnd(s string) int {
	mark := "?>"
	if s[1] == '!' {
		mark = ">"
		if i := strings.IndexAny(s, "[>"); i >= 0 && s[i] == '[' {
			mark = "]>"
		}
	}
	if i := strings.Index(s, mark); i >= 0 {
		return i + len(mark)
	}
	return 0
}

// section reads a CDATA section: the text of drawings, formulas and XHTML. In HTML it is
// none, but pages that mean it hold their text there: its tags are tags.
func (p *Parser) section(lt int) {
	start := lt + len("<![CDATA[")
	if (p.XHTML || p.foreign()) && p.lone&loneCDATA == 0 {
		if n := strings.Index(p.HTML[start:], "]]>"); n >= 0 {
			p.text(start, start+n)
			p.pos = start + n + len("]]>")
			return
		}
		p.lone |= loneCDATA
	}
	p.pos, p.cdata = start, true
}

// rawTag reads the content of a raw text element. Code that is never closed ends with
// the page, as in browsers; other elements hold nothing then.
func (p *Parser) rawTag(tag token.Tag) {
	start := p.pos
	switch {
	case p.XHTML && p.HTML[start-2] == '/':
		return
	case tag == token.Plaintext:
		p.flush()
		p.text(start, len(p.HTML))
		p.pos = len(p.HTML)
		return
	case tag == token.Textarea:
		p.endChoices()
	}
	end, next := start, start
	if p.lone&(1<<tag) == 0 {
		end, next = p.rawEnd(tag, start)
	}
	if end == len(p.HTML) && tag != token.Script && tag != token.Style {
		p.lone |= 1 << tag
		end, next = start, start
		if i := strings.IndexByte(p.HTML[start:], '<'); tag == token.Title && i >= 0 {
			end, next = start+i, start+i // up to the next tag
		}
	}
	p.pos = next
	switch tag {
	case token.Title:
		if p.Head.Title == "" {
			p.Head.Title = p.HTML[start:end]
			p.archiver = strings.HasSuffix(strings.TrimSpace(p.Head.Title), archiverTitle)
		}
	case token.Script:
		switch typ := p.a.Type; {
		case token.EqualFold(typ, "application/ld+json"):
			p.Head.AddJSONLD(p.HTML[start:end])
		case len(typ) >= 8 && token.EqualFold(typ[:8], "math/tex") && p.Elems[p.top()].Ctx&dom.InDead == 0:
			p.formula(start, end, token.IndexFold(typ, "display") >= 0)
		default:
			p.keepState(&p.a, p.HTML[start:end], start)
		}
	case token.Xmp:
		if next > start {
			p.flush()
			p.text(start, end)
			p.flush()
		}
	}
}

// rawEnd finds the end tag of a raw text element. It returns where the content ends and
// the position behind the end tag; an element that is never closed ends with the page.
func (p *Parser) rawEnd(tag token.Tag, pos int) (content, next int) {
	switch {
	case p.XHTML:
		return p.xmlEnd(pos, rawName(tag))
	case tag == token.Script:
		return scriptEnd(p.HTML, pos)
	}
	return rawEnd(p.HTML, pos, rawName(tag))
}

// rawEnd finds the end tag of a name.
func rawEnd(html string, pos int, name string) (content, next int) {
	for {
		i := strings.Index(html[pos:], "</")
		if i < 0 {
			return len(html), len(html)
		}
		at := pos + i
		if end := at + 2 + len(name); isTag(html, at+2, name) {
			next, _ = token.ScanAttrs(html, end, nil)
			return at, next
		}
		pos = at + 2
	}
}

// isTag reports a tag's name at html[pos:], with what may follow it.
func isTag(html string, pos int, name string) bool {
	end := pos + len(name)
	return end <= len(html) && token.EqualFold(html[pos:end], name) &&
		(end == len(html) || token.IsSpace(html[end]) || html[end] == '>' || html[end] == '/')
}

// scriptEnd finds the end tag of a script. Between <!-- and --> a script inside hides
// its end tag: the script data escaped and double escaped states of the HTML Standard.
func scriptEnd(html string, pos int) (content, next int) {
	content, next = rawEnd(html, pos, "script")
	i := strings.Index(html[pos:content], "<!--")
	if i < 0 {
		return content, next
	}
	escaped, double := false, false
	for at := pos + i; at < len(html); at++ {
		switch c := html[at]; {
		case c == '-' && escaped && strings.HasPrefix(html[at:], "-->"):
			escaped, double = false, false
		case c != '<':
		case strings.HasPrefix(html[at:], "</"):
			if !isTag(html, at+2, "script") {
				continue
			}
			if !double {
				next, _ = token.ScanAttrs(html, at+len("</script"), nil)
				return at, next
			}
			double = false
		case escaped && isTag(html, at+1, "script"):
			double = true
		case !escaped && strings.HasPrefix(html[at:], "<!--"):
			escaped = true
			at++ // its dashes may end it
		}
	}
	return len(html), len(html)
}

// xmlEnd finds an end tag outside of comments and CDATA sections.
func (p *Parser) xmlEnd(pos int, name string) (content, next int) {
	html := p.HTML
	for {
		i := strings.IndexByte(html[pos:], '<')
		if i < 0 {
			return len(html), len(html)
		}
		at := pos + i
		pos = at + 1
		switch rest := html[pos:]; {
		case strings.HasPrefix(rest, "/") && isTag(html, pos+1, name):
			next, _ = token.ScanAttrs(html, pos+1+len(name), nil)
			return at, next
		case strings.HasPrefix(rest, "!--"):
			pos = p.skip(pos, "-->", loneComment)
		case strings.HasPrefix(rest, "![CDATA["):
			pos = p.skip(pos, "]]>", loneCDATA)
		}
	}
}

// skip returns the position behind the next mark, or pos where there is none.
func (p *Parser) skip(pos int, mark string, lone uint64) int {
	if p.lone&lone == 0 {
		if n := strings.Index(p.HTML[pos:], mark); n >= 0 {
			return pos + n + len(mark)
		}
		p.lone |= lone
	}
	return pos
}

// rawName gives the end tag name of raw text elements.
func rawName(t token.Tag) string {
	switch t {
	case token.Script:
		return "script"
	case token.Style:
		return "style"
	case token.Title:
		return "title"
	case token.Textarea:
		return "textarea"
	case token.Iframe:
		return "iframe"
	case token.Noembed:
		return "noembed"
	default:
		return "xmp"
	}
}

// noscript reads what a page shows without scripts. To a browser with scripts it is raw
// text up to its end tag, so that nothing in it reaches beyond; without an end tag it is
// none.
func (p *Parser) noscript() {
	if p.lone&(1<<token.Noscript) != 0 {
		return
	}
	end, next := rawEnd(p.HTML, p.pos, "noscript")
	if end == len(p.HTML) {
		p.lone |= 1 << token.Noscript
		return
	}
	p.openTag(token.Noscript, token.Props[token.Noscript])
	html, lone, floor, frames := p.HTML, p.lone, p.floor, len(p.frames)
	p.HTML, p.floor = html[:end], len(p.stack)
	p.run()
	p.HTML, p.lone, p.pos = html, lone, next
	if len(p.frames) >= frames { // else it ended the drawing it stands in
		p.cutFrames(frames)
		p.floor = floor
	}
	p.close(token.Noscript, token.Props[token.Noscript])
}

// closedAhead reports that the next tag of a name is an end tag.
func closedAhead(html string, pos int, name string) bool {
	for {
		i := strings.IndexByte(html[pos:], '<')
		if i < 0 || pos+i+1 == len(html) {
			return false
		}
		pos += i + 1
		switch {
		case html[pos] == '/' && isTag(html, pos+1, name):
			return true
		case isTag(html, pos, name):
			return false
		}
	}
}

// endChoices closes a select, or options outside of one, that were never closed: they
// must not swallow the page.
func (p *Parser) endChoices() {
	if p.open[token.Select]+p.open[token.Option]+p.open[token.Optgroup] == 0 {
		return
	}
	for _, tag := range [...]token.Tag{token.Select, token.Optgroup, token.Option} {
		p.popTag(tag)
	}
}
