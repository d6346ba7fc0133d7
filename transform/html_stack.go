package transform

import "strings"

// push opens an element. When the stack or the arena is full the element is
// flattened: its text belongs to its parent and its end tag is counted off.
func (p *parser) push(tag tagID, props uint16) {
	if len(p.stack) >= maxDepth || len(p.elems) >= p.maxNodes {
		p.over[tag]++
		p.overs = true
		return
	}
	up := p.top()
	par := &p.elems[up]
	cls, sig, ctx := int8(0), uint32(tag)*2654435761, uint32(0)
	if p.a.class != "" || p.a.id != "" || p.a.prop != "" {
		cls, ctx = p.words.score(p.a.class, p.a.id, p.a.prop)
		sig = hashClass(sig, p.a.class)
	}
	if len(p.stack) == 1 { // a class of the page as a whole
		ctx &^= inReplies
	}
	ctx |= par.ctx | p.context(tag, props)
	e := elem{parent: up, tag: tag, own: cls, lists: par.lists, depth: uint16(len(p.stack)), ctx: ctx, sig: sig, at: int32(p.at)}
	if tag == tagUL || tag == tagOL {
		e.lists++
	}
	if props&propBlock == 0 && p.a.style != "" && blockStyle(p.a.style) {
		e.apart, p.beside.apart = true, true
	} else if props&propBlock == 0 && p.looseTag(tag) {
		e.loose, p.beside.came = true, true
	}
	e.minUp = min(par.minUp, int16(cls))
	e.maxUp = max(par.maxUp, int16(cls))
	e.sumUp = par.sumUp + int16(cls) - par.sumUp/4
	e.path, e.tags = par.path*fnvPrime^sig, (par.tags^uint32(tag))*fnvPrime
	if tag == tagTime {
		p.times++
	}
	if props&propBlock != 0 {
		if e.prev = par.child; e.prev > 0 {
			p.elems[e.prev].next = int32(len(p.elems))
		}
		par.child = int32(len(p.elems))
		if par.last == sig {
			par.twins++
		}
		par.last = sig
	}
	p.elems = append(p.elems, e)
	if p.comments && (containsFold(p.a.class, "comment") || containsFold(p.a.id, "comment") || containsFold(p.a.prop, "comment")) {
		p.elems[len(p.elems)-1].ctx |= inComment
	}
	if p.trace {
		p.names = append(p.names, p.a.class+" "+p.a.id+" "+p.a.prop)
	}
	p.stack = append(p.stack, int32(len(p.elems)-1))
	p.open[tag]++
}

// context gives the flags that an element adds for its content.
func (p *parser) context(tag tagID, props uint16) uint32 {
	var c uint32
	switch tag {
	case tagNav, tagMenu:
		c = inNav
	case tagHeader:
		c = inHeader
	case tagFooter:
		c = inFooter
	case tagAside:
		c = inAside
	case tagMain:
		c = inMain
	case tagArticle:
		c = inArticle
	case tagSection:
		c = inSection
	case tagForm, tagFieldset:
		c = inForm
	case tagFigure, tagFigcaption:
		c = inFigure
	case tagTable:
		c = inTable
	case tagTD, tagTH:
		c = inCell
	case tagUL, tagOL:
		c = inList
	case tagDetails:
		c = inDetails
	case tagDialog:
		c = inDialog
	case tagButton:
		c = inButton
	case tagLabel:
		c = inLabel
	case tagH1, tagH2, tagH3, tagH4, tagH5, tagH6:
		c = inHeading
	case tagPre:
		c = inPre
	case tagBlockquote:
		c = inQuote
	case tagDL:
		c = inDL
	case tagNoscript:
		c = inNoscript
	}
	if props&propDead != 0 {
		c |= inDead
	}
	if tag == tagAnnotation {
		c |= inDead
	}
	if p.a.role != "" {
		c |= roleContext(p.a.role)
	}
	if p.a.hidden || p.a.style != "" && hiddenStyle(p.a.style) {
		c |= inHidden
	}
	if p.a.ariaHidden {
		c |= inAriaHidden
	}
	return c
}

func roleContext(role string) uint32 {
	switch {
	case equalFold(role, "navigation"), equalFold(role, "menu"), equalFold(role, "menubar"):
		return inNav
	case equalFold(role, "main"):
		return inMain
	case equalFold(role, "banner"):
		return inHeader
	case equalFold(role, "contentinfo"):
		return inFooter
	case equalFold(role, "complementary"):
		return inAside
	case equalFold(role, "search"), equalFold(role, "form"):
		return inForm
	case equalFold(role, "dialog"), equalFold(role, "alertdialog"):
		return inDialog
	case equalFold(role, "button"):
		return inButton
	case equalFold(role, "article"):
		return inArticle
	case equalFold(role, "heading"):
		return inHeading
	}
	return 0
}

// hiddenStyle reports an inline style that takes the element off the page.
func hiddenStyle(style string) bool {
	for _, prop := range [...][2]string{{"display", "none"}, {"visibility", "hidden"}} {
		i := indexFold(style, prop[0])
		if i < 0 {
			continue
		}
		rest := strings.TrimLeft(style[i+len(prop[0]):], " \t:")
		if len(rest) >= len(prop[1]) && equalFold(rest[:len(prop[1])], prop[1]) {
			return true
		}
	}
	return false
}

// blockStyle reports an inline style that sets an element on lines of its own.
func blockStyle(style string) bool {
	i := indexFold(style, "display")
	if i < 0 || indexFold(style, "float") >= 0 { // a large first letter
		return false
	}
	value := strings.TrimLeft(style[i+len("display"):], " \t:")
	for _, v := range [...]string{"block", "flex", "grid", "table", "list-item", "flow-root"} {
		if len(value) >= len(v) && equalFold(value[:len(v)], v) {
			return true
		}
	}
	return false
}

// indexFold finds a lower-case ASCII word in s, at most 512 bytes deep.
func indexFold(s, word string) int {
	s = s[:min(len(s), 512)]
	for i := 0; i+len(word) <= len(s); i++ {
		if lowerTable[s[i]] == word[0] && equalFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// popTo closes elements until the stack holds n.
func (p *parser) popTo(n int) {
	n = max(n, 1)
	if p.overs { // what was flattened inside is closed with it
		clear(p.over[:])
		p.overs = false
	}
	for i := len(p.stack) - 1; i >= n; i-- {
		e := &p.elems[p.stack[i]]
		p.open[e.tag]--
		p.beside.apart = p.beside.apart || e.apart
		if e.loose { // one that is empty parts nothing
			p.beside.left, p.beside.came = p.beside.left || !p.beside.came, false
		}
		if tagProps[e.tag]&propBlock != 0 && e.ctx&inDead == 0 {
			p.flush()
		}
	}
	p.stack = p.stack[:n]
	if p.link > n {
		p.link = 0
	}
	j := len(p.frames)
	for j > 0 && int(p.frames[j-1].top()) > n {
		j--
	}
	p.cutFrames(j)
}

// find returns the stack index of the innermost open element of a tag above
// the next element with one of the stop properties, or -1.
func (p *parser) find(tag tagID, stop uint16) int {
	if p.open[tag] == 0 {
		return -1
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		t := p.elems[p.stack[i]].tag
		if t == tag {
			return i
		}
		if tagProps[t]&stop != 0 {
			return -1
		}
	}
	return -1
}

// popTag closes the innermost open element of a tag, whatever is inside.
func (p *parser) popTag(tag tagID) {
	if i := p.find(tag, 0); i > 0 {
		p.popTo(i)
	}
}

func (p *parser) closeP() {
	if i := p.find(tagP, propScope); i > 0 {
		p.popTo(i)
	}
}

// closeLink ends the open link: its element is popped when only inline ones
// are open inside it, else only the state ends.
func (p *parser) closeLink() {
	p.link = 0
	if i := p.find(tagA, propSpecial); i > 0 {
		p.popTo(i)
	}
}

// implied closes the elements that a start tag ends without an end tag.
func (p *parser) implied(tag tagID) {
	switch tag {
	case tagLI:
		p.closeItem(tagLI, tagLI)
	case tagDT, tagDD:
		p.closeItem(tagDT, tagDD)
	case tagTD, tagTH:
		p.closeIn(tagTD, tagTable)
		p.closeIn(tagTH, tagTable)
	case tagTR:
		p.closeIn(tagTR, tagTable)
	case tagTbody:
		p.closeIn(tagTbody, tagTable)
		p.closeIn(tagTR, tagTable)
	case tagCaption:
		p.closeIn(tagCaption, tagTable)
	case tagH1, tagH2, tagH3, tagH4, tagH5, tagH6:
		if t := p.elems[p.top()].tag; t >= tagH1 && t <= tagH6 {
			p.popTo(len(p.stack) - 1)
		}
	case tagOption, tagOptgroup:
		if p.elems[p.top()].tag == tagOption {
			p.popTo(len(p.stack) - 1)
		}
		if tag == tagOptgroup && p.elems[p.top()].tag == tagOptgroup {
			p.popTo(len(p.stack) - 1)
		}
	case tagButton:
		if i := p.find(tagButton, propScope); i > 0 {
			p.popTo(i)
		}
	case tagSelect:
		p.endChoices()
	}
	if tagProps[tag]&propBlock != 0 && tag != tagButton { // a select may show its choice in one
		p.endChoices()
	}
	if p.open[tagHead] > 0 && tagProps[tag]&propBlock != 0 && tag != tagHead {
		p.popTag(tagHead) // flow content ends the head
	}
}

// closeItem closes an open list item of tag t or u in the same list.
func (p *parser) closeItem(t, u tagID) {
	if p.open[t]+p.open[u] == 0 {
		return
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		x := p.elems[p.stack[i]].tag
		if x == t || x == u {
			p.popTo(i)
			return
		}
		if tagProps[x]&propSpecial != 0 && x != tagAddress && x != tagDiv && x != tagP {
			return
		}
	}
}

// closeIn closes the innermost open element of a tag inside the innermost
// element of the barrier tag.
func (p *parser) closeIn(tag, barrier tagID) {
	if p.open[tag] == 0 {
		return
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		switch p.elems[p.stack[i]].tag {
		case tag:
			p.popTo(i)
			return
		case barrier, tagTemplate:
			return
		}
	}
}

// endTag handles the end tag at lt.
func (p *parser) endTag(lt int) {
	html := p.html
	if lt+2 >= len(html) || !isLetter(html[lt+2]) {
		if lt+2 < len(html) && html[lt+2] == '>' {
			p.pos = lt + 3
			return
		}
		p.comment(lt)
		return
	}
	tag, pos := tagName(html, lt+2)
	if pos < len(html) && html[pos] == '>' {
		p.pos = pos + 1
	} else {
		p.pos, _ = scanAttrs(html, pos, nil)
	}
	if len(p.frames) > 0 && p.foreignEnd(html[lt+2:pos], tag) {
		return
	}
	props := tagProps[tag]
	if props&propFormat != 0 {
		p.formatEnd(hashName(html[lt+2 : pos]))
		if p.markup {
			p.markFormat(html[lt+2:pos], true)
		}
		return
	}
	p.close(tag, props)
}

// close ends an element, or one that was flattened.
func (p *parser) close(tag tagID, props uint16) {
	if tag == tagCode {
		p.mark(markCodeEnd)
	}
	if p.over[tag] > 0 {
		p.over[tag]--
		if props&propBlock != 0 {
			p.flush()
		}
		return
	}
	p.beside.end(tag)
	p.closeTag(tag, props)
}

func (p *parser) closeTag(tag tagID, props uint16) {
	switch {
	case tag == tagBR:
		p.lineBreak()
	case tag == tagHTML || tag == tagBody:
		p.flush()
	case tag == tagA:
		p.closeLink()
	case tag >= tagH1 && tag <= tagH6:
		p.closeHeading()
	case tag == tagTable || tag == tagTR || tag == tagTbody || tag == tagTD || tag == tagTH || tag == tagCaption:
		p.flush()
		if tag == tagTable {
			p.popTag(tagTable)
		} else {
			p.closeIn(tag, tagTable)
		}
	case tag == tagTemplate || tag == tagNoscript || tag == tagSelect || tag == tagHead:
		p.popTag(tag)
	case props&propBlock != 0:
		if p.elems[p.top()].ctx&inDead == 0 {
			p.flush()
		}
		if i := p.find(tag, propScope); i > 0 {
			p.popTo(i)
		}
	default: // unknown elements share a tagID: the innermost one is closed
		if i := p.find(tag, propSpecial); i > 0 {
			p.popTo(i)
		}
	}
}

// closeHeading closes the innermost open heading: any heading's end tag ends
// any heading.
func (p *parser) closeHeading() {
	p.flush()
	if !p.headingOpen() {
		return
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		t := p.elems[p.stack[i]].tag
		if t >= tagH1 && t <= tagH6 {
			p.popTo(i)
			return
		}
		if tagProps[t]&propScope != 0 {
			return
		}
	}
}

func (p *parser) headingOpen() bool {
	for t := tagH1; t <= tagH6; t++ {
		if p.open[t] > 0 {
			return true
		}
	}
	return false
}
