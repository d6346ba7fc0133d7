package transform

import "strings"

const (
	maxDepth = 400 // open elements; deeper ones are flattened into their parent
	noElem   = -1
)

// Context of an element: the kinds of containers it stands in (inherited) and
// its own visibility.
const (
	inNav uint32 = 1 << iota
	inHeader
	inFooter
	inAside
	inMain
	inArticle
	inSection
	inForm
	inFigure
	inTable
	inList
	inDetails
	inDialog
	inHidden
	inAriaHidden
	inButton
	inHeading
	inPre
	inQuote
	inDL
	inDead
	inNoscript
	inCell
	inLabel
	inComment
	inReplies // by its class; inComment serves the option
	inUnseen  // by its class or id: for screen readers
)

// elem is one element of the page. Elements lie in document order, so that a
// parent stands before its children.
type elem struct {
	parent int32
	tag    tagID
	own    int8   // class and id score of this element
	lists  uint8  // list nesting
	apart  bool   // an inline element that its style makes a block
	loose  bool   // see looseTag
	depth  uint16 // open elements above it
	ctx    uint32
	sig    uint32 // hash of tag and class
	minUp  int16  // lowest class score from here to the root
	maxUp  int16
	sumUp  int16
	far    uint16 // levels from the root chain, 0 inside the root
	off    uint16 // the same from the root of what the first stage holds for content
	blocks int32
	wider  int32   // the nearest ancestor with more blocks, 0 = the root
	text   float32 // weighed letters below it
	link   float32
	good   float32 // letters of long blocks with few links
	punct  float32
	prob   float32 // sum of first-stage score times letters
	sure   float32 // words of long text without doubt
	twins  int32   // children with the signature of their previous sibling
	last   uint32  // signature of the last child
	path   uint32  // hash of tags and classes from the root
	tags   uint32  // hash of tags from the root
	prev   int32   // block-level sibling before, 0 = none
	next   int32   // and behind
	child  int32   // last block-level child
	at     int32   // where its start tag begins
	cards  cards
}

// piece is a run of the page's bytes inside a text block.
type piece struct {
	start, stop int32
	kind        uint8
	line        bool // begins a line of its own
}

// Kinds of pieces.
const (
	pieceText    uint8 = iota
	pieceLink          // text in an <a href>
	pieceBreak         // a line break
	pieceTeX           // a formula, set between dollar signs
	pieceDisplay       // a formula on a line of its own, between two of them each
	pieceGap           // a space that the page leaves to its style sheet
)

// block is one run of inline text between block-level tags.
type block struct {
	elem     int32 // innermost element that holds the whole text
	holder   int32 // nearest block-level element
	p0, p1   int32 // pieces
	words    int32
	linkW    int32 // words in links
	weight   float32
	link     float32
	stops    int32
	commas   int32
	digits   int32
	uppers   int32
	breaks   int32
	textNeg  float32
	textSum  float32
	shape    uint64 // hash of its words, digits all alike
	hash     uint64 // hash of its text
	group    int32  // blocks at the same place of a repeated structure
	kin      int32  // the same, seen less strictly
	head     int32  // the heading before, -1 = none
	place    int32
	money    int32   // currency signs
	under    float32 // letters below this heading
	underHit float32
	descr    int32 // runs of three words that the page's descriptions hold
	body     int32 // the same of the body in its metadata
	seen     uint8 // 1: a text of the same shape occurs before, 2: later too
	twin     int32 // one behind the first block with this text, where that is repeatWords long; 0 = none
	pre      bool
	within   bool // a link in it leads to a place of the same page
	endStop  bool
	counted  bool    // ends with a number in parentheses
	address  address // of its last link
	first    float32 // score of the first stage
	until    float32 // letters to the next block that scored high
	score    float32
	keep     bool
	lowered  uint8 // the rule that lowered its score, 0 = none
	rule     uint8 // what decided about keep
}

// parser turns a page into elements, pieces and blocks in one pass. All of its
// slices are reused from page to page.
type parser struct {
	html     string
	elems    []elem
	pieces   []piece
	blocks   []block
	stack    []int32
	open     [numTags]int32
	over     [numTags]int32 // opened while the stack was full
	a        attrs
	meta     metaRaw
	link     int     // stack length when the open link began, 0 = none
	place    bool    // the open link leads to a place of the page
	places   bool    // such a link has text in the running block
	target   address // of the open link
	address  address // of the running block's last link
	pos      int
	maxNodes int
	words    *wordTable
	trace    bool
	comments bool     // look for containers of readers' comments
	names    []string // class and id of each element, kept when trace is set

	p0       int32 // first piece of the running block
	inner    int32 // element of its first text
	same     bool
	hasText  bool
	breaks   int    // line breaks at its end
	lone     uint64 // what has no end in the rest of the page
	cdata    bool
	xhtml    bool
	frames   []frame  // open elements of drawings and formulas
	formats  []uint32 // open formatting elements: hashes of their names
	mute     bool     // text is none of the page's
	floor    int      // open elements that no end tag closes
	overs    bool
	beside   beside
	times    int // <time> elements
	at       int // start of the running tag
	formulas formulas
	markup   bool // keep the marks of inline structure
	marks    []mark
}

// parse reads the whole page.
func (p *parser) parse(html string) {
	p.reset(html)
	p.run()
	p.flush()
}

// run reads what is left of p.html.
func (p *parser) run() {
	html := p.html
	n := len(html)
	for p.pos < n {
		i := strings.IndexByte(html[p.pos:], '<')
		if i < 0 {
			p.text(p.pos, n)
			break
		}
		lt := p.pos + i
		if i > 0 {
			p.text(p.pos, lt)
		}
		p.pos = lt
		if lt+1 >= n {
			p.text(lt, n)
			break
		}
		switch c := html[lt+1]; {
		case isLetter(c):
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

func (p *parser) reset(html string) {
	p.html = html
	p.elems = append(p.elems[:0], elem{parent: noElem, tag: tagBody})
	p.pieces = p.pieces[:0]
	p.blocks = p.blocks[:0]
	p.names = append(p.names[:0], "")
	p.stack = append(p.stack[:0], 0)
	clear(p.open[:])
	clear(p.over[:])
	p.meta = metaRaw{}
	p.link, p.pos, p.p0, p.inner = 0, 0, 0, 0
	p.same, p.hasText, p.breaks, p.places = true, false, 0, false
	p.lone, p.cdata, p.overs = 0, false, false
	p.frames, p.formats, p.mute, p.floor = p.frames[:0], p.formats[:0], false, 1
	p.times, p.at, p.beside = 0, 0, beside{}
	p.formulas = formulas{piece: noElem}
	p.marks = p.marks[:0]
}

func (p *parser) top() int32 { return p.stack[len(p.stack)-1] }

// maxUnseen is the length of a text that is left out when its class says that only
// screen readers are to read it, bytes; what is longer is judged like any other.
const maxUnseen = 300

// text adds html[start:stop] to the running block.
func (p *parser) text(start, stop int) {
	e := p.top()
	ctx := p.elems[e].ctx
	if p.mute || ctx&inDead != 0 {
		return
	}
	if p.cdata {
		if i := strings.Index(p.html[start:stop], "]]>"); i >= 0 {
			p.cdata = false
			p.text(start, start+i)
			p.text(start+i+3, stop)
			return
		}
	}
	blank := true
	for i := start; i < stop; i++ {
		if !isSpace(p.html[i]) {
			blank = false
			break
		}
	}
	if blank && !p.hasText && ctx&inPre == 0 {
		return
	}
	if ctx&inUnseen != 0 && stop-start <= maxUnseen {
		p.beside.unseen = true
		return
	}
	kind := pieceText
	if p.link > 0 {
		kind = pieceLink
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
	if n := len(p.pieces); n > int(p.p0) && int(p.pieces[n-1].stop) == start && p.pieces[n-1].kind == kind {
		p.pieces[n-1].stop = int32(stop)
		return
	}
	p.pieces = append(p.pieces, piece{start: int32(start), stop: int32(stop), kind: kind})
}

// flush ends the running block.
func (p *parser) flush() {
	p.breaks = 0
	if !p.hasText {
		p.dropPieces(int(p.p0))
		return
	}
	p.hasText = false
	if len(p.blocks) >= p.maxNodes { // flattened: the text joins the last block
		last := &p.blocks[len(p.blocks)-1]
		p.pieces[p.p0].line = true
		last.p1 = int32(len(p.pieces))
		p.p0 = last.p1
		return
	}
	holder := p.inner
	for holder > 0 && tagProps[p.elems[holder].tag]&propBlock == 0 {
		holder = p.elems[holder].parent
	}
	e := p.inner
	if !p.same {
		e = holder
	}
	n := int32(len(p.pieces))
	p.blocks = append(p.blocks, block{elem: e, holder: holder, p0: p.p0, p1: n, within: p.places,
		pre: p.elems[holder].ctx&inPre != 0, address: p.address})
	p.p0, p.places, p.address = n, false, address{}
}

// startTag handles the start tag at lt.
func (p *parser) startTag(lt int) {
	tag, pos := tagName(p.html, lt+1)
	props := tagProps[tag]
	p.at = lt
	if len(p.frames) > 0 && p.foreignTag(lt, pos, tag, props) {
		return
	}
	if props&(propFormat|propRaw|propVoid) != 0 {
		p.leafTag(tag, props, pos)
		return
	}
	p.a = attrs{}
	next, ok := scanAttrs(p.html, pos, &p.a)
	p.pos = next
	empty := p.xhtml && p.a.selfClosing
	switch {
	case !ok:
	case props&propClosed != 0 && !empty && !closedAhead(p.html, next, strings.ToLower(p.html[lt+1:pos])):
		if tag == tagSelect || tag == tagDatalist {
			p.endChoices()
		}
	case tag == tagNoscript && !p.xhtml:
		p.noscript()
	default:
		p.openTag(tag, props)
		if empty && tag != tagSVG && tag != tagMath {
			p.close(tag, props)
		}
	}
}

// leafTag handles tags that make no element.
func (p *parser) leafTag(tag tagID, props uint16, pos int) {
	var a *attrs
	if props&propHead != 0 || tag == tagInput || tag == tagImg {
		p.a = attrs{}
		a = &p.a
	}
	next, ok := scanAttrs(p.html, pos, a)
	p.pos = next
	if !ok {
		return
	}
	if props&propFormat != 0 {
		if p.xhtml && p.html[next-2] == '/' {
			return
		}
		name := p.html[p.at+1 : pos]
		p.formatStart(hashName(name))
		if p.markup {
			p.markFormat(name, false)
		}
		return
	}
	if props&propRaw != 0 {
		p.rawTag(tag)
		return
	}
	switch tag {
	case tagBR:
		p.lineBreak()
	case tagHR:
		p.closeP()
		p.flush()
		p.mark(markRule)
	case tagImg:
		p.elems[p.top()].cards.images++
		p.imageTag()
	case tagInput:
		p.endChoices()
		if !equalFold(p.a.typ, "hidden") {
			p.elems[p.top()].cards.inputs++
		}
	case tagMeta:
		p.meta.addMeta(&p.a)
	case tagLink:
		p.meta.addLink(&p.a)
	case tagBase:
		first(&p.meta.base, p.a.href)
	}
}

// lineBreak handles <br>: one is a line break, two in a row end the block.
func (p *parser) lineBreak() {
	if !p.hasText {
		return
	}
	p.breaks++
	if p.breaks >= 2 && p.elems[p.top()].ctx&inPre == 0 {
		p.flush()
		return
	}
	p.pieces = append(p.pieces, piece{kind: pieceBreak})
}

// openTag closes what the start tag implies and pushes the element.
func (p *parser) openTag(tag tagID, props uint16) {
	if props&propCloseP != 0 {
		if p.formulas.over > 0 {
			p.endRendering()
		}
		p.closeP()
	}
	p.implied(tag)
	switch tag {
	case tagHTML, tagBody:
		p.rootTag(tag)
		return
	case tagA:
		if p.link > 0 {
			p.closeLink()
		}
	case tagTemplate:
		if p.a.shadowed {
			tag, props = tagBlock, propBlk
		}
	case tagForm:
		if p.open[tagForm] > 0 {
			return
		}
	case tagSVG, tagMath:
		p.rootFrame(tag)
		return
	}
	if props&propBlock != 0 && p.elems[p.top()].ctx&inDead == 0 {
		p.flush()
	}
	p.beside.start(tag)
	depth := len(p.stack)
	p.push(tag, props)
	switch tag {
	case tagA:
		if p.a.href != "" {
			p.link, p.place = len(p.stack), p.a.href[0] == '#' && len(p.a.href) > 1
			p.linkTo(p.a.href)
			p.mark(markLink)
			p.textTag(tag)
		}
	case tagTime:
		p.textTag(tag)
	case tagButton, tagSelect:
		p.elems[p.top()].cards.inputs++
	case tagCode:
		p.mark(markCode)
	case tagSpan, tagDiv, tagOther:
		if c := p.a.class; len(c) > 3 && (c[0] == 'k' || c[0]|0x20 == 'm') {
			p.mathClass(c, len(p.stack) > depth)
		}
	}
}

// rootTag merges the attributes of <html> and <body> into the root.
func (p *parser) rootTag(tag tagID) {
	if tag == tagHTML && p.meta.lang == "" {
		p.meta.lang = p.a.lang
	}
	if tag == tagBody {
		p.popTag(tagHead)
		p.flush()
	}
}
