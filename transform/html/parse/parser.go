// Package parse turns HTML into a page in one pass: no recursion, no tree of pointers,
// time linear in the page. What browsers repair is repaired as the HTML Standard says,
// as far as it moves text.
package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// Options of a parser.
type Options struct {
	MaxNodes int          // elements, and blocks, kept apart; what is beyond is flattened
	Words    *words.Table // weights of the words of class, id and itemprop
	Comments bool         // look for containers of readers' comments
	Markup   bool         // keep the marks of inline structure
	XHTML    bool         // the page is XHTML: <div/> and the like are empty
	Trace    bool         // keep the class and id of each element
}

// child is a block-level child, with its signature.
type child struct {
	elem int32 // 0 = none
	sig  uint32
}

// Parser turns a page into elements, pieces and blocks in one pass. All of its
// slices are reused from page to page.
type Parser struct {
	dom.Page
	Options
	stack []int32
	// children holds the last block-level child of each open element.
	children [dom.MaxDepth]child
	open     [token.TagCount]int32
	over     [token.TagCount]int32 // opened while the stack was full
	a        token.Attrs
	classes  classes
	link     int         // stack length when the open link began, 0 = none
	place    bool        // the open link leads to a place of the page
	places   bool        // such a link has text in the running block
	target   dom.Address // of the open link
	address  dom.Address // of the running block's last link
	pos      int

	p0       int32 // first piece of the running block
	inner    int32 // element of its first text
	same     bool
	hasText  bool
	breaks   int    // line breaks at its end
	lone     uint64 // what has no end in the rest of the page
	cdata    bool
	frames   []frame  // open elements of drawings and formulas
	formats  []uint32 // open formatting elements: hashes of their names
	mute     bool     // text is none of the page's
	floor    int      // open elements that no end tag closes
	overs    bool
	beside   beside
	at       int // start of the running tag
	bbUntil  int // where the last quotation in BBCode ends
	bbEnds   map[string]bbSpan
	archiver bool
	chunks   int // one behind where the first script begins that pushes state, 0 = none
	formulas formulas
}

// Parse reads a whole page. It is the parser's until the next one is read.
func (p *Parser) Parse(html string, o Options) *dom.Page {
	p.Options = o
	p.reset(html)
	p.run()
	p.flush()
	return &p.Page
}

// run reads what is left of p.html.
func (p *Parser) run() {
	html := p.HTML
	n := len(html)
	for p.pos < n {
		lt := p.pos
		if html[lt] != '<' {
			i := strings.IndexByte(html[lt:], '<')
			if i < 0 {
				p.text(lt, n)
				break
			}
			lt += i
			p.text(p.pos, lt)
			p.pos = lt
		}
		if lt+1 >= n {
			p.text(lt, n)
			break
		}
		switch c := html[lt+1]; {
		case token.IsLetter(c):
			p.startTag(lt)
		case c == '/':
			p.endTag(lt)
		case c == '!' || c == '?':
			p.comment(lt)
		default:
			p.text(lt, lt+1)
			p.pos = lt + 1
		}
	}
}

func (p *Parser) reset(html string) {
	p.HTML = html
	p.Elems = append(p.Elems[:0], dom.Element{Parent: dom.NoElem, Tag: token.Body})
	p.Pieces = p.Pieces[:0]
	p.Blocks = p.Blocks[:0]
	p.Names = append(p.Names[:0], "")
	p.stack, p.children[0] = append(p.stack[:0], 0), child{}
	clear(p.open[:])
	clear(p.over[:])
	clear(p.classes[:])
	p.Head = metadata.Head{}
	p.link, p.pos, p.p0, p.inner = 0, 0, 0, 0
	p.same, p.hasText, p.breaks, p.places = true, false, 0, false
	p.lone, p.cdata, p.overs = 0, false, false
	p.frames, p.formats, p.mute, p.floor = p.frames[:0], p.formats[:0], false, 1
	p.Times, p.at, p.beside, p.chunks = 0, 0, beside{}, 0
	p.bbUntil, p.archiver = 0, false
	clear(p.bbEnds)
	p.Posts, p.Posting, p.Secrets, p.State, p.Island, p.Stated = 0, 0, 0, "", "", false
	p.formulas = formulas{piece: dom.NoElem}
	p.Marks = p.Marks[:0]
}

func (p *Parser) top() int32 { return p.stack[len(p.stack)-1] }

// maxUnseen is the length of a text that is left out when its class says that only
// screen readers are to read it, bytes; what is longer is judged like any other.
const maxUnseen = 300

// text adds html[start:stop] to the running block, of a post without its BBCode.
func (p *Parser) text(start, stop int) {
	e := p.top()
	ctx := p.Elems[e].Ctx
	if p.mute || ctx&dom.InDead != 0 {
		return
	}
	if ctx&dom.InPost != 0 && ctx&dom.InPre == 0 && p.open[token.Code] == 0 && p.bbText(start, stop) {
		return
	}
	p.plainText(start, stop)
}

// plainText is text without BBCode.
func (p *Parser) plainText(start, stop int) {
	e := p.top()
	ctx := p.Elems[e].Ctx
	if p.cdata {
		if i := strings.Index(p.HTML[start:stop], "]]>"); i >= 0 {
			p.cdata = false
			p.text(start, start+i)
			p.text(start+i+3, stop)
			return
		}
	}
	blank := token.SkipSpace(p.HTML[:stop], start) == stop
	if blank && !p.hasText && ctx&dom.InPre == 0 {
		return
	}
	if ctx&dom.InUnseen != 0 && stop-start <= maxUnseen {
		p.beside.unseen = true
		return
	}
	if p.link > 0 && p.place && ctx&dom.InHeading != 0 && isPermalink(p.HTML[start:stop]) {
		return
	}
	kind := dom.PieceText
	if p.link > 0 {
		kind = dom.PieceLink
		p.places = p.places || p.place && !blank
		p.address = p.target
	}
	if !blank {
		p.breaks = 0
		if !p.hasText {
			p.hasText, p.inner, p.same = true, e, true
		} else {
			p.same = p.same && p.inner == e
			p.gap(start, stop, p.inner != e || p.beside.unseen)
		}
	}
	p.beside = beside{}
	if n := len(p.Pieces); n > int(p.p0) && int(p.Pieces[n-1].Stop) == start && p.Pieces[n-1].Kind == kind {
		p.Pieces[n-1].Stop = int32(stop)
		return
	}
	p.Pieces = append(p.Pieces, dom.Piece{Start: int32(start), Stop: int32(stop), Kind: kind})
}

// isPermalink reports the sign of the link that a heading has to itself.
func isPermalink(s string) bool {
	switch strings.TrimSpace(s) {
	case "¶", "&para;", "&#182;", "&#xb6;", "&#xB6;", "#", "§", "&sect;", "🔗", "&#128279;", "\uf0c1", "&#xf0c1;":
		return true
	}
	return false
}

// roomFor moves a full s to where there is room for more, as append does, but for no more
// than there may be: else a large page holds room that it cannot use.
func roomFor[T any](s []T, most int) []T {
	n := len(s)
	room := n
	if n >= 256 {
		room = (n + 3*256) / 4
	}
	t := make([]T, n, max(n+1, min(n+room, most)))
	copy(t, s)
	return t
}

// flush ends the running block.
func (p *Parser) flush() {
	p.breaks = 0
	if !p.hasText {
		p.dropPieces(int(p.p0))
		return
	}
	p.hasText = false
	if len(p.Blocks) >= p.MaxNodes { // flattened: the text joins the last block
		last := &p.Blocks[len(p.Blocks)-1]
		p.Pieces[p.p0].Line = true
		last.P1 = int32(len(p.Pieces))
		p.p0 = last.P1
		return
	}
	holder := p.inner
	for holder > 0 && token.Props[p.Elems[holder].Tag]&token.PropBlock == 0 {
		holder = p.Elems[holder].Parent
	}
	e := p.inner
	if !p.same {
		e = holder
	}
	n := int32(len(p.Pieces))
	if len(p.Blocks) == cap(p.Blocks) {
		p.Blocks = roomFor(p.Blocks, p.MaxNodes)
	}
	p.Blocks = append(p.Blocks, dom.Block{Elem: e, Holder: holder, P0: p.p0, P1: n, Within: p.places,
		Pre: p.Elems[holder].Ctx&dom.InPre != 0, Address: p.address})
	p.p0, p.places, p.address = n, false, dom.Address{}
}

// startTag handles the start tag at lt.
func (p *Parser) startTag(lt int) {
	tag, pos := token.TagName(p.HTML, lt+1)
	props := token.Props[tag]
	p.at = lt
	if len(p.frames) > 0 && p.foreignTag(lt, pos, tag, props) {
		return
	}
	if props&(token.PropFormat|token.PropRaw|token.PropVoid) != 0 {
		p.leafTag(tag, props, pos)
		return
	}
	p.a.Reset()
	next, ok := token.ScanAttrs(p.HTML, pos, &p.a)
	p.pos = next
	empty := p.XHTML && p.a.SelfClosing
	switch {
	case !ok:
	case props&token.PropClosed != 0 && !empty && !closedAhead(p.HTML, next, strings.ToLower(p.HTML[lt+1:pos])):
		if tag == token.Select || tag == token.Datalist {
			p.endChoices()
		}
	case tag == token.Noscript && !p.XHTML:
		p.noscript()
	default:
		p.openTag(tag, props)
		if empty && tag != token.SVG && tag != token.Math {
			p.close(tag, props)
		}
	}
}

// leafTag handles tags that make no element.
func (p *Parser) leafTag(tag token.Tag, props uint16, pos int) {
	var a *token.Attrs
	if props&token.PropHead != 0 || tag == token.Input || tag == token.Img {
		p.a.Reset()
		a = &p.a
	}
	next, ok := token.ScanAttrs(p.HTML, pos, a)
	p.pos = next
	if !ok {
		return
	}
	if props&token.PropFormat != 0 {
		if p.XHTML && p.HTML[next-2] == '/' {
			return
		}
		name := p.HTML[p.at+1 : pos]
		p.formatStart(hashName(name))
		if p.Markup {
			p.markFormat(name, false)
		}
		return
	}
	if props&token.PropRaw != 0 {
		p.rawTag(tag)
		return
	}
	switch tag {
	case token.BR:
		p.lineBreak()
	case token.HR:
		p.closeP()
		p.flush()
		p.mark(dom.MarkRule)
	case token.Img:
		p.Elems[p.top()].Cards.Images++
		p.imageTag()
	case token.Input:
		p.endChoices()
		if token.EqualFold(p.a.Type, "password") && p.Elems[p.top()].Ctx&dom.InHidden == 0 {
			p.Secrets++
		}
		if !token.EqualFold(p.a.Type, "hidden") {
			p.Elems[p.top()].Cards.Inputs++
		}
	case token.Meta:
		p.Head.AddMeta(&p.a)
	case token.Link:
		p.Head.AddLink(&p.a)
	case token.Base:
		metadata.Fill(&p.Head.Base, p.a.Href)
	}
}

// lineBreak handles <br>: one is a line break, two in a row end the block.
func (p *Parser) lineBreak() {
	if !p.hasText {
		return
	}
	p.breaks++
	if p.breaks >= 2 && p.Elems[p.top()].Ctx&dom.InPre == 0 {
		p.flush()
		return
	}
	p.Pieces = append(p.Pieces, dom.Piece{Kind: dom.PieceBreak})
}

// openTag closes what the start tag implies and pushes the element.
func (p *Parser) openTag(tag token.Tag, props uint16) {
	if props&token.PropCloseP != 0 {
		if p.formulas.over > 0 {
			p.endRendering()
		}
		p.closeP()
	}
	p.implied(tag)
	switch tag {
	case token.HTML, token.Body:
		p.rootTag(tag)
		return
	case token.A:
		if p.link > 0 {
			p.closeLink()
		}
	case token.Template:
		if p.a.Shadowed {
			tag, props = token.Block, token.PropBlk
		}
	case token.Form:
		if p.open[token.Form] > 0 {
			return
		}
	case token.SVG, token.Math:
		p.rootFrame(tag)
		return
	}
	if props&token.PropBlock != 0 && p.Elems[p.top()].Ctx&dom.InDead == 0 {
		p.flush()
	}
	p.beside.start(tag)
	depth := len(p.stack)
	p.push(tag, props)
	switch tag {
	case token.A:
		if p.a.Href != "" {
			p.link, p.place = len(p.stack), p.a.Href[0] == '#' && len(p.a.Href) > 1
			p.linkTo(p.a.Href)
			p.mark(dom.MarkLink)
			p.textTag(tag)
		}
	case token.Time:
		p.textTag(tag)
	case token.Button, token.Select:
		p.Elems[p.top()].Cards.Inputs++
	case token.Code:
		p.mark(dom.MarkCode)
	case token.Span, token.Div, token.Other:
		if c := p.a.Class; len(c) > 3 && (c[0] == 'k' || c[0]|0x20 == 'm') {
			p.mathClass(c, len(p.stack) > depth)
		}
	}
}

// rootTag merges the attributes of <html> and <body> into the root.
func (p *Parser) rootTag(tag token.Tag) {
	if tag == token.HTML && p.Head.Lang == "" {
		p.Head.Lang = p.a.Lang
	}
	if tag == token.Body {
		p.popTag(token.Head)
		p.flush()
	}
}
