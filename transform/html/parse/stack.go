package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// push opens an element. When the stack or the arena is full the element is
// flattened: its text belongs to its parent and its end tag is counted off.
func (p *Parser) push(tag token.Tag, props uint16) {
	if len(p.stack) >= dom.MaxDepth || len(p.Elems) >= p.MaxNodes {
		p.over[tag]++
		p.overs = true
		return
	}
	up, n := p.top(), len(p.Elems)
	if n == cap(p.Elems) {
		p.Elems = roomFor(p.Elems, p.MaxNodes)
	}
	p.Elems = append(p.Elems, dom.Element{})
	par, e := &p.Elems[up], &p.Elems[n]
	cls, ctx, sig := p.nameScore(tag)
	if len(p.stack) == 1 { // a class of the page as a whole
		ctx &^= dom.InReplies | dom.InPost | dom.InPosting | dom.PostAside | dom.PostNotice | dom.Elsewhere
	}
	if p.archiver {
		ctx |= p.archiverContext()
	}
	if ctx&^par.Ctx&dom.InPost != 0 {
		p.Posts++
	}
	if ctx&^par.Ctx&dom.InPosting != 0 {
		p.Posting++
	}
	ctx |= par.Ctx | p.context(tag, props)
	e.Parent, e.Tag, e.Own, e.Lists, e.Depth = up, tag, cls, par.Lists, uint16(len(p.stack))
	e.Ctx, e.Sig, e.At = ctx, sig, int32(p.at)
	if tag == token.UL || tag == token.OL {
		e.Lists++
	}
	if props&token.PropBlock == 0 && p.a.Style != "" && blockStyle(p.a.Style) {
		e.Apart, p.beside.apart = true, true
	} else if props&token.PropBlock == 0 && p.looseTag(tag) {
		e.Loose, p.beside.came = true, true
	}
	e.MinUp = min(par.MinUp, int16(cls))
	e.MaxUp = max(par.MaxUp, int16(cls))
	e.SumUp = par.SumUp + int16(cls) - par.SumUp/4
	e.Path, e.Tags = par.Path*words.Prime32^sig, (par.Tags^uint32(tag))*words.Prime32
	if tag == token.Time {
		p.Times++
	}
	if props&token.PropBlock != 0 {
		last := &p.children[par.Depth]
		if e.Prev = last.elem; e.Prev > 0 {
			p.Elems[e.Prev].Next = int32(n)
		}
		if last.sig == sig {
			par.Twins++
		}
		last.elem, last.sig = int32(n), sig
	}
	if p.Comments && (token.ContainsFold(p.a.Class, "comment") || token.ContainsFold(p.a.ID, "comment") || token.ContainsFold(p.a.Prop, "comment")) {
		e.Ctx |= dom.InComment
	}
	if p.Trace {
		p.Names = append(p.Names, p.a.Class+" "+p.a.ID+" "+p.a.Prop)
	}
	p.children[len(p.stack)] = child{}
	p.stack = append(p.stack, int32(n))
	p.open[tag]++
}

// context gives the flags that an element adds for its content.
func (p *Parser) context(tag token.Tag, props uint16) uint32 {
	var c uint32
	switch tag {
	case token.Nav, token.Menu:
		c = dom.InNav
	case token.Header:
		c = dom.InHeader
	case token.Footer:
		c = dom.InFooter
	case token.Aside:
		c = dom.InAside
	case token.Main:
		c = dom.InMain
	case token.Article:
		c = dom.InArticle
	case token.Section:
		c = dom.InSection
	case token.Form, token.Fieldset:
		c = dom.InForm
	case token.Figure, token.Figcaption:
		c = dom.InFigure
	case token.Table:
		c = dom.InTable
	case token.TD, token.TH:
		c = dom.InCell
	case token.UL, token.OL:
		c = dom.InList
	case token.Details:
		c = dom.InDetails
	case token.Dialog:
		c = dom.InDialog
	case token.Button:
		c = dom.InButton
	case token.Label:
		c = dom.InLabel
	case token.H1, token.H2, token.H3, token.H4, token.H5, token.H6:
		c = dom.InHeading
	case token.Pre:
		c = dom.InPre
	case token.Blockquote:
		c = dom.InQuote
	case token.DL:
		c = dom.InDL
	case token.Noscript:
		c = dom.InNoscript
	}
	if props&token.PropDead != 0 {
		c |= dom.InDead
	}
	if tag == token.Annotation || tag == token.Other && p.ampTag() {
		c |= dom.InDead
	}
	if p.a.Role != "" {
		c |= roleContext(p.a.Role)
	}
	if (p.a.Hidden || p.a.Style != "" && hiddenStyle(p.a.Style)) && !p.waits() {
		c |= dom.InHidden
	}
	if p.a.AriaHidden {
		c |= dom.InAriaHidden
	}
	return c
}

// ampTags are elements of AMP that hold no text of the page: advertisements, what asks for
// consent, what counts, menus.
var ampTags = [...]string{"ad", "embed", "sticky-ad", "auto-ads", "consent", "user-notification", "analytics", "sidebar", "social-share"}

// ampTag reports that the running start tag is one of ampTags.
func (p *Parser) ampTag() bool {
	name := p.HTML[p.at+1:]
	if len(name) < 4 || !token.EqualFold(name[:4], "amp-") {
		return false
	}
	for _, t := range ampTags {
		if isTag(name, 4, t) {
			return true
		}
	}
	return false
}

// waits reports what a page hides until somebody chooses it, or its script has run:
// panels of tabs, and the articles of WeChat.
func (p *Parser) waits() bool { return token.EqualFold(p.a.Role, "tabpanel") || p.a.ID == "js_content" }

func roleContext(role string) uint32 {
	switch {
	case token.EqualFold(role, "navigation"), token.EqualFold(role, "menu"), token.EqualFold(role, "menubar"):
		return dom.InNav
	case token.EqualFold(role, "main"):
		return dom.InMain
	case token.EqualFold(role, "banner"):
		return dom.InHeader
	case token.EqualFold(role, "contentinfo"):
		return dom.InFooter
	case token.EqualFold(role, "complementary"):
		return dom.InAside
	case token.EqualFold(role, "search"), token.EqualFold(role, "form"):
		return dom.InForm
	case token.EqualFold(role, "dialog"), token.EqualFold(role, "alertdialog"):
		return dom.InDialog
	case token.EqualFold(role, "button"):
		return dom.InButton
	case token.EqualFold(role, "article"):
		return dom.InArticle
	case token.EqualFold(role, "heading"):
		return dom.InHeading
	}
	return 0
}

// hiddenStyle reports an inline style that takes the element off the page.
func hiddenStyle(style string) bool {
	for _, prop := range [...][2]string{{"display", "none"}, {"visibility", "hidden"}} {
		i := token.IndexFold(style, prop[0])
		if i < 0 {
			continue
		}
		rest := strings.TrimLeft(style[i+len(prop[0]):], " \t:")
		if len(rest) >= len(prop[1]) && token.EqualFold(rest[:len(prop[1])], prop[1]) {
			return true
		}
	}
	return false
}

// blockStyle reports an inline style that sets an element on lines of its own.
func blockStyle(style string) bool {
	i := token.IndexFold(style, "display")
	if i < 0 || token.IndexFold(style, "float") >= 0 { // a large first letter
		return false
	}
	value := strings.TrimLeft(style[i+len("display"):], " \t:")
	for _, v := range [...]string{"block", "flex", "grid", "table", "list-item", "flow-root"} {
		if len(value) >= len(v) && token.EqualFold(value[:len(v)], v) {
			return true
		}
	}
	return false
}

// popTo closes elements until the stack holds n.
func (p *Parser) popTo(n int) {
	n = max(n, 1)
	if p.overs { // what was flattened inside is closed with it
		clear(p.over[:])
		p.overs = false
	}
	for i := len(p.stack) - 1; i >= n; i-- {
		e := &p.Elems[p.stack[i]]
		p.open[e.Tag]--
		p.beside.apart = p.beside.apart || e.Apart
		if e.Loose { // one that is empty parts nothing
			p.beside.left, p.beside.came = p.beside.left || !p.beside.came, false
		}
		if token.Props[e.Tag]&token.PropBlock != 0 && e.Ctx&dom.InDead == 0 {
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
func (p *Parser) find(tag token.Tag, stop uint16) int {
	if p.open[tag] == 0 {
		return -1
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		t := p.Elems[p.stack[i]].Tag
		if t == tag {
			return i
		}
		if token.Props[t]&stop != 0 {
			return -1
		}
	}
	return -1
}

// popTag closes the innermost open element of a tag, whatever is inside.
func (p *Parser) popTag(tag token.Tag) {
	if i := p.find(tag, 0); i > 0 {
		p.popTo(i)
	}
}

func (p *Parser) closeP() {
	if i := p.find(token.P, token.PropScope); i > 0 {
		p.popTo(i)
	}
}

// closeLink ends the open link: its element is popped when only inline ones
// are open inside it, else only the state ends.
func (p *Parser) closeLink() {
	p.link = 0
	if i := p.find(token.A, token.PropSpecial); i > 0 {
		p.popTo(i)
	}
}

// implied closes the elements that a start tag ends without an end tag.
func (p *Parser) implied(tag token.Tag) {
	switch tag {
	case token.LI:
		p.closeItem(token.LI, token.LI)
	case token.DT, token.DD:
		p.closeItem(token.DT, token.DD)
	case token.TD, token.TH:
		p.closeIn(token.TD, token.Table)
		p.closeIn(token.TH, token.Table)
	case token.TR:
		p.closeIn(token.TR, token.Table)
	case token.Tbody:
		p.closeIn(token.Tbody, token.Table)
		p.closeIn(token.TR, token.Table)
	case token.Caption:
		p.closeIn(token.Caption, token.Table)
	case token.H1, token.H2, token.H3, token.H4, token.H5, token.H6:
		if t := p.Elems[p.top()].Tag; t >= token.H1 && t <= token.H6 {
			p.popTo(len(p.stack) - 1)
		}
	case token.Option, token.Optgroup:
		if p.Elems[p.top()].Tag == token.Option {
			p.popTo(len(p.stack) - 1)
		}
		if tag == token.Optgroup && p.Elems[p.top()].Tag == token.Optgroup {
			p.popTo(len(p.stack) - 1)
		}
	case token.Button:
		if i := p.find(token.Button, token.PropScope); i > 0 {
			p.popTo(i)
		}
	case token.Select:
		p.endChoices()
	}
	if token.Props[tag]&token.PropBlock != 0 && tag != token.Button { // a select may show its choice in one
		p.endChoices()
	}
	if p.open[token.Head] > 0 && token.Props[tag]&token.PropBlock != 0 && tag != token.Head {
		p.popTag(token.Head) // flow content ends the head
	}
}

// closeItem closes an open list item of tag t or u in the same list.
func (p *Parser) closeItem(t, u token.Tag) {
	if p.open[t]+p.open[u] == 0 {
		return
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		x := p.Elems[p.stack[i]].Tag
		if x == t || x == u {
			p.popTo(i)
			return
		}
		if token.Props[x]&token.PropSpecial != 0 && x != token.Address && x != token.Div && x != token.P {
			return
		}
	}
}

// closeIn closes the innermost open element of a tag inside the innermost
// element of the barrier tag.
func (p *Parser) closeIn(tag, barrier token.Tag) {
	if p.open[tag] == 0 {
		return
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		switch p.Elems[p.stack[i]].Tag {
		case tag:
			p.popTo(i)
			return
		case barrier, token.Template:
			return
		}
	}
}

// endTag handles the end tag at lt.
func (p *Parser) endTag(lt int) {
	html := p.HTML
	if lt+2 >= len(html) || !token.IsLetter(html[lt+2]) {
		if lt+2 < len(html) && html[lt+2] == '>' {
			p.pos = lt + 3
			return
		}
		p.comment(lt)
		return
	}
	tag, pos := token.TagName(html, lt+2)
	if pos < len(html) && html[pos] == '>' {
		p.pos = pos + 1
	} else {
		p.pos, _ = token.ScanAttrs(html, pos, nil)
	}
	if len(p.frames) > 0 && p.foreignEnd(html[lt+2:pos], tag) {
		return
	}
	props := token.Props[tag]
	if props&token.PropFormat != 0 {
		p.formatEnd(hashName(html[lt+2 : pos]))
		if p.Markup {
			p.markFormat(html[lt+2:pos], true)
		}
		return
	}
	p.close(tag, props)
}

// close ends an element, or one that was flattened.
func (p *Parser) close(tag token.Tag, props uint16) {
	if tag == token.Code {
		p.mark(dom.MarkCodeEnd)
	}
	if p.over[tag] > 0 {
		p.over[tag]--
		if props&token.PropBlock != 0 {
			p.flush()
		}
		return
	}
	p.beside.end(tag)
	p.closeTag(tag, props)
}

func (p *Parser) closeTag(tag token.Tag, props uint16) {
	switch {
	case tag == token.BR:
		p.lineBreak()
	case tag == token.HTML || tag == token.Body:
		p.flush()
	case tag == token.A:
		p.closeLink()
	case tag >= token.H1 && tag <= token.H6:
		p.closeHeading()
	case tag == token.Table || tag == token.TR || tag == token.Tbody || tag == token.TD || tag == token.TH || tag == token.Caption:
		p.flush()
		if tag == token.Table {
			p.popTag(token.Table)
		} else {
			p.closeIn(tag, token.Table)
		}
	case tag == token.Template || tag == token.Noscript || tag == token.Select || tag == token.Head:
		p.popTag(tag)
	case props&token.PropBlock != 0:
		if p.Elems[p.top()].Ctx&dom.InDead == 0 {
			p.flush()
		}
		if i := p.find(tag, token.PropScope); i > 0 {
			p.popTo(i)
		}
	default: // unknown elements share a tagID: the innermost one is closed
		if i := p.find(tag, token.PropSpecial); i > 0 {
			p.popTo(i)
		}
	}
}

// closeHeading closes the innermost open heading: any heading's end tag ends
// any heading.
func (p *Parser) closeHeading() {
	p.flush()
	if !p.headingOpen() {
		return
	}
	for i := len(p.stack) - 1; i >= p.floor; i-- {
		t := p.Elems[p.stack[i]].Tag
		if t >= token.H1 && t <= token.H6 {
			p.popTo(i)
			return
		}
		if token.Props[t]&token.PropScope != 0 {
			return
		}
	}
}

func (p *Parser) headingOpen() bool {
	for t := token.H1; t <= token.H6; t++ {
		if p.open[t] > 0 {
			return true
		}
	}
	return false
}
