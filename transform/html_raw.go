package transform

import "strings"

// What is known to have no end in the rest of the page, so that it is never searched
// again: elements by 1<<tagID, and these.
const (
	loneComment uint64 = 1 << (63 - iota)
	loneCDATA
	loneDeclaration
)

// comment skips a comment, a doctype or a processing instruction. One that is never
// closed ends with the next '>', so that it does not swallow the page.
func (p *parser) comment(lt int) {
	rest := p.html[lt:]
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
	case p.xhtml && p.lone&loneDeclaration == 0:
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
	p.pos = len(p.html)
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
func (p *parser) section(lt int) {
	start := lt + len("<![CDATA[")
	if (p.xhtml || p.foreign()) && p.lone&loneCDATA == 0 {
		if n := strings.Index(p.html[start:], "]]>"); n >= 0 {
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
func (p *parser) rawTag(tag tagID) {
	start := p.pos
	switch {
	case p.xhtml && p.html[start-2] == '/':
		return
	case tag == tagPlaintext:
		p.flush()
		p.text(start, len(p.html))
		p.pos = len(p.html)
		return
	case tag == tagTextarea:
		p.endChoices()
	}
	end, next := start, start
	if p.lone&(1<<tag) == 0 {
		end, next = p.rawEnd(tag, start)
	}
	if end == len(p.html) && tag != tagScript && tag != tagStyle {
		p.lone |= 1 << tag
		end, next = start, start
		if i := strings.IndexByte(p.html[start:], '<'); tag == tagTitle && i >= 0 {
			end, next = start+i, start+i // up to the next tag
		}
	}
	p.pos = next
	switch tag {
	case tagTitle:
		if p.meta.title == "" {
			p.meta.title = p.html[start:end]
		}
	case tagScript:
		switch typ := p.a.typ; {
		case equalFold(typ, "application/ld+json"):
			p.meta.addJSONLD(p.html[start:end])
		case len(typ) >= 8 && equalFold(typ[:8], "math/tex") && p.elems[p.top()].ctx&inDead == 0:
			p.formula(start, end, indexFold(typ, "display") >= 0)
		}
	case tagXmp:
		if next > start {
			p.flush()
			p.text(start, end)
			p.flush()
		}
	}
}

// rawEnd finds the end tag of a raw text element. It returns where the content ends and
// the position behind the end tag; an element that is never closed ends with the page.
func (p *parser) rawEnd(tag tagID, pos int) (content, next int) {
	switch {
	case p.xhtml:
		return p.xmlEnd(pos, rawName(tag))
	case tag == tagScript:
		return scriptEnd(p.html, pos)
	}
	return rawEnd(p.html, pos, rawName(tag))
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
			next, _ = scanAttrs(html, end, nil)
			return at, next
		}
		pos = at + 2
	}
}

// isTag reports a tag's name at html[pos:], with what may follow it.
func isTag(html string, pos int, name string) bool {
	end := pos + len(name)
	return end <= len(html) && equalFold(html[pos:end], name) &&
		(end == len(html) || isSpace(html[end]) || html[end] == '>' || html[end] == '/')
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
				next, _ = scanAttrs(html, at+len("</script"), nil)
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
func (p *parser) xmlEnd(pos int, name string) (content, next int) {
	html := p.html
	for {
		i := strings.IndexByte(html[pos:], '<')
		if i < 0 {
			return len(html), len(html)
		}
		at := pos + i
		pos = at + 1
		switch rest := html[pos:]; {
		case strings.HasPrefix(rest, "/") && isTag(html, pos+1, name):
			next, _ = scanAttrs(html, pos+1+len(name), nil)
			return at, next
		case strings.HasPrefix(rest, "!--"):
			pos = p.skip(pos, "-->", loneComment)
		case strings.HasPrefix(rest, "![CDATA["):
			pos = p.skip(pos, "]]>", loneCDATA)
		}
	}
}

// skip returns the position behind the next mark, or pos where there is none.
func (p *parser) skip(pos int, mark string, lone uint64) int {
	if p.lone&lone == 0 {
		if n := strings.Index(p.html[pos:], mark); n >= 0 {
			return pos + n + len(mark)
		}
		p.lone |= lone
	}
	return pos
}

// rawName gives the end tag name of raw text elements.
func rawName(t tagID) string {
	switch t {
	case tagScript:
		return "script"
	case tagStyle:
		return "style"
	case tagTitle:
		return "title"
	case tagTextarea:
		return "textarea"
	case tagIframe:
		return "iframe"
	case tagNoembed:
		return "noembed"
	default:
		return "xmp"
	}
}

// noscript reads what a page shows without scripts. To a browser with scripts it is raw
// text up to its end tag, so that nothing in it reaches beyond; without an end tag it is
// none.
func (p *parser) noscript() {
	if p.lone&(1<<tagNoscript) != 0 {
		return
	}
	end, next := rawEnd(p.html, p.pos, "noscript")
	if end == len(p.html) {
		p.lone |= 1 << tagNoscript
		return
	}
	p.openTag(tagNoscript, tagProps[tagNoscript])
	html, lone, floor, frames := p.html, p.lone, p.floor, len(p.frames)
	p.html, p.floor = html[:end], len(p.stack)
	p.run()
	p.html, p.lone, p.pos = html, lone, next
	if len(p.frames) >= frames { // else it ended the drawing it stands in
		p.cutFrames(frames)
		p.floor = floor
	}
	p.close(tagNoscript, tagProps[tagNoscript])
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
func (p *parser) endChoices() {
	if p.open[tagSelect]+p.open[tagOption]+p.open[tagOptgroup] == 0 {
		return
	}
	for _, tag := range [...]tagID{tagSelect, tagOptgroup, tagOption} {
		p.popTag(tag)
	}
}
