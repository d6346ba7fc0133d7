package parse

import (
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// frame is an open element of a drawing or a formula, whose tags follow rules of their
// own ("foreign content" in the HTML Standard). Elements of drawings stand on no other
// stack: their text is labels.
type frame struct {
	name   uint32 // hash
	at     int32  // open elements outside of it
	kind   frameKind
	svg    bool
	pushed bool // it is an element of the page's arena too
	// What held outside of it.
	mute    bool
	floor   int
	formats int
}

type frameKind uint8

const (
	frameForeign frameKind = iota // its tags are of the same language
	framePoint                    // its inline tags are HTML: <title>, <desc>, <mi>
	frameHTML                     // all of them are: <foreignObject>
)

// foreign reports that the innermost open element is one of a drawing or a formula.
func (p *Parser) foreign() bool {
	n := len(p.frames)
	return n > 0 && int(p.frames[n-1].top()) == len(p.stack)
}

// hashName hashes the name of an element, capitals and small letters alike.
func hashName(name string) uint32 {
	h := uint32(words.Basis32)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(token.Lower[name[i]])) * words.Prime32
	}
	return h
}

var (
	nameSVG    = hashName("svg")
	nameMath   = hashName("math")
	namePara   = hashName("p")
	nameBreak  = hashName("br")
	nameFont   = hashName("font")
	nameObject = hashName("foreignobject")

	// breakouts are the start tags that end a drawing or a formula.
	breakouts = hashNames("b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li " +
		"listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var")
	svgLabels   = hashNames("title desc")
	mathPoints  = hashNames("mi mo mn ms mtext")
	mathNotes   = hashNames("annotation annotation-xml")
	foreignCode = hashNames("script style")
)

func hashNames(list string) map[uint32]bool {
	m := map[uint32]bool{}
	for name := range strings.FieldsSeq(list) {
		m[hashName(name)] = true
	}
	return m
}

// rootFrame begins a drawing or a formula.
func (p *Parser) rootFrame(tag token.Tag) {
	if p.a.SelfClosing {
		return
	}
	p.beside.start(tag)
	f := frame{name: nameSVG, at: int32(len(p.stack)), svg: tag == token.SVG}
	mute := p.mute || f.svg
	if !f.svg {
		f.name = nameMath
		p.pushForeign(token.Math)
		p.mathTag(len(p.stack) > int(f.at))
	}
	p.enter(f)
	p.mute = mute
}

// enter opens a drawing or a formula. An element of the page's arena was pushed for it
// where the stack is higher than at.
func (p *Parser) enter(f frame) {
	if len(p.frames) >= dom.MaxDepth {
		return
	}
	f.pushed = len(p.stack) > int(f.at)
	f.mute, f.floor, f.formats = p.mute, p.floor, len(p.formats)
	p.frames = append(p.frames, f)
	if f.kind == frameHTML {
		p.floor = len(p.stack)
	}
}

// foreignTag handles a start tag inside a drawing or a formula; false says that it is
// one of HTML.
func (p *Parser) foreignTag(lt, pos int, tag token.Tag, props uint16) bool {
	top := p.frames[len(p.frames)-1]
	if top.kind == frameHTML {
		return false
	}
	name := hashName(p.HTML[lt+1 : pos])
	// The standard lets other blocks stand in a drawing; a drawing never closed would
	// swallow them.
	leaves := props&token.PropBlock != 0
	if top.kind == frameForeign && !leaves {
		leaves = breakouts[name] || name == nameFont && fontAttrs(p.HTML, pos)
	}
	if leaves {
		p.leaveForeign()
		return false
	}
	if top.kind == framePoint {
		return false
	}
	p.a.Reset()
	next, ok := token.ScanAttrs(p.HTML, pos, &p.a)
	p.pos = next
	if !ok || p.a.SelfClosing {
		return true
	}
	f := frame{name: name, at: int32(len(p.stack)), svg: top.svg}
	mute := p.mute || foreignCode[name]
	switch {
	case f.svg && name == nameObject:
		f.kind, mute = frameHTML, false
		p.flush()
		p.pushForeign(token.Block)
	case f.svg && svgLabels[name]:
		f.kind = framePoint
	case f.svg:
	case mathNotes[name]:
		mute = true
		p.pushForeign(token.Annotation)
		p.annotation()
	default:
		if mathPoints[name] {
			f.kind = framePoint
		}
		p.pushForeign(token.Other)
	}
	p.enter(f)
	p.mute = mute
	return true
}

// pushForeign pushes an element where there is room: frames count themselves.
func (p *Parser) pushForeign(tag token.Tag) {
	if len(p.stack) < dom.MaxDepth && len(p.Elems) < p.MaxNodes {
		p.push(tag, token.Props[tag])
	}
}

// fontAttrs reports a <font> of HTML.
func fontAttrs(html string, pos int) bool {
	next, _ := token.ScanAttrs(html, pos, nil)
	tag := html[pos:next]
	return token.IndexFold(tag, "color") >= 0 || token.IndexFold(tag, "face") >= 0 || token.IndexFold(tag, "size") >= 0
}

// foreignEnd handles an end tag inside a drawing or a formula; false says that it is one
// of HTML, which may close what the drawing stands in.
func (p *Parser) foreignEnd(name string, tag token.Tag) bool {
	h := hashName(name)
	top := p.frames[len(p.frames)-1]
	if top.kind != frameHTML && (h == namePara || h == nameBreak) {
		p.leaveForeign()
		return false
	}
	inner := int32(len(p.stack)) // open elements above the frame that is looked at
	for j := len(p.frames) - 1; j >= 0; j-- {
		f := &p.frames[j]
		if inner > f.top() && tag != token.Other && tag != token.SVG && tag != token.Math {
			return false // elements of HTML stand between
		}
		if f.name == h {
			p.closeFrame(j)
			return true
		}
		inner = f.at
	}
	return false
}

// formatStart remembers a formatting element that begins: those stand on no stack.
func (p *Parser) formatStart(name uint32) {
	same := 0
	for _, f := range p.formats {
		if f == name {
			same++
		}
	}
	if same < maxSameFormats {
		p.formats = append(p.formats, name)
	}
}

// maxSameFormats is how many open formatting elements of a name are remembered, as in the
// HTML Standard's list of active ones.
const maxSameFormats = 3

// formatEnd forgets the innermost formatting element of a name. One that began outside of
// the drawings and formulas around its end tag ends them.
func (p *Parser) formatEnd(name uint32) {
	wall := p.wall()
	first := 0
	if wall > 0 {
		first = p.frames[wall-1].formats
	}
	for k := len(p.formats) - 1; k >= first; k-- {
		if p.formats[k] != name {
			continue
		}
		p.formats = slices.Delete(p.formats, k, k+1)
		if wall < len(p.frames) && k < p.frames[wall].formats {
			p.frames[wall].formats--
			p.leaveForeign()
		}
		return
	}
}

// top is the number of open elements with its own.
func (f *frame) top() int32 {
	if f.pushed {
		return f.at + 1
	}
	return f.at
}

// closeFrame closes a frame and what is inside.
func (p *Parser) closeFrame(j int) {
	f := p.frames[j]
	if len(p.stack) > int(f.at) {
		p.popTo(int(f.at))
	}
	p.cutFrames(j)
	if f.name == nameSVG || f.name == nameMath {
		tag := token.SVG
		if !f.svg {
			tag = token.Math
		}
		p.beside.end(tag)
	}
}

// cutFrames forgets the frames from j on.
func (p *Parser) cutFrames(j int) {
	if j < len(p.frames) {
		p.mute, p.floor = p.frames[j].mute, p.frames[j].floor
		p.formats = p.formats[:min(len(p.formats), p.frames[j].formats)]
		p.frames = p.frames[:j]
	}
}

// leaveForeign ends the drawings and formulas around the running tag.
func (p *Parser) leaveForeign() {
	if j := p.wall(); j < len(p.frames) {
		p.closeFrame(j)
	}
}

// wall returns the first frame behind the innermost foreign object.
func (p *Parser) wall() int {
	j := len(p.frames)
	for j > 0 && p.frames[j-1].kind != frameHTML {
		j--
	}
	return j
}
