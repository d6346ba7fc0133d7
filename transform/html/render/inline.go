package render

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Styles of a segment.
const (
	styleStrong uint8 = 1 << iota
	styleEm
	styleCode
	styleTeX
	styleImage
)

// segment is a run of a block's text in one style.
type segment struct {
	start, stop int32
	style       uint8
	link        int32 // mark of its link or image, -1 = none
}

// skipMarks passes the marks of a block that are not asked for.
func (r *Renderer) skipMarks(b *dom.Block) {
	marks := r.p.Marks
	for ; r.next < len(marks) && marks[r.next].Piece < b.P1; r.next++ {
		r.readMark(r.next)
	}
}

// readMark notes a mark outside a block's text.
func (r *Renderer) readMark(i int) {
	switch r.p.Marks[i].Kind {
	case dom.MarkLink:
		r.link = int32(i)
	case dom.MarkRule:
		r.ruled = true
	}
}

// collect gathers the text of a block into r.buf, white space folded, and its
// styles into r.segs.
func (r *Renderer) collect(b *dom.Block, heading bool) {
	r.buf, r.segs = r.buf[:0], r.segs[:0]
	r.add(b, heading)
	r.trim()
}

// add appends the text of a block.
func (r *Renderer) add(b *dom.Block, heading bool) {
	p := r.p
	base := len(r.buf)
	var open [3]int32 // strong, em and code elements
	for r.next < len(p.Marks) && p.Marks[r.next].Piece < b.P0 {
		r.readMark(r.next)
		r.next++
	}
	for i := b.P0; i < b.P1; i++ {
		for r.next < len(p.Marks) && p.Marks[r.next].Piece <= i {
			r.readMark(r.next)
			m := &p.Marks[r.next]
			switch {
			case m.Kind <= dom.MarkCodeEnd && m.Kind&1 == 0:
				open[m.Kind/2]++
			case m.Kind <= dom.MarkCodeEnd:
				open[m.Kind/2] = max(0, open[m.Kind/2]-1)
			case m.Kind == dom.MarkImage && r.images:
				r.addImage(b, r.next)
			}
			r.next++
		}
		style := uint8(0)
		switch {
		case open[2] > 0:
			style = styleCode
		case open[0] > 0 && !heading:
			style = styleStrong
		}
		if open[1] > 0 && style != styleCode {
			style |= styleEm
		}
		r.addPiece(p.Pieces[i], style, base, b.Pre)
	}
}

func (r *Renderer) addPiece(pc dom.Piece, style uint8, base int, pre bool) {
	if pc.Line {
		r.addPiece(dom.Piece{Kind: dom.PieceBreak}, style, base, pre)
	}
	n := len(r.buf)
	link := int32(dom.NoElem)
	switch pc.Kind {
	case dom.PieceBreak:
		r.cut(len(inline.TrimSpaces(r.buf, base)))
		n, style = len(r.buf), 0
		if k := len(r.segs); k > 0 && r.segs[k-1].style == styleCode {
			style, link = styleCode, r.segs[k-1].link
		}
		r.buf = append(r.buf, '\n')
	case dom.PieceGap:
		r.buf = append(r.buf, ' ')
	case dom.PieceTeX, dom.PieceDisplay:
		style = styleTeX
		r.buf = r.p.AppendTeX(r.buf, r.d, pc)
	default:
		if pc.Kind == dom.PieceLink && r.links {
			link = r.link
		}
		r.buf = r.d.Append(r.buf, r.p.HTML[pc.Start:pc.Stop], pre)
	}
	r.addSegment(n, style, link)
}

func (r *Renderer) addSegment(from int, style uint8, link int32) {
	if from >= len(r.buf) {
		return
	}
	if k := len(r.segs) - 1; k >= 0 && int(r.segs[k].stop) == from && r.segs[k].style == style && r.segs[k].link == link && style < styleTeX {
		r.segs[k].stop = int32(len(r.buf))
		return
	}
	r.segs = append(r.segs, segment{int32(from), int32(len(r.buf)), style, link})
}

// cut shortens the text to n bytes.
func (r *Renderer) cut(n int) {
	r.buf = r.buf[:n]
	for k := len(r.segs) - 1; k >= 0 && int(r.segs[k].stop) > n; k-- {
		if r.segs[k].stop = int32(n); r.segs[k].start >= r.segs[k].stop {
			r.segs = r.segs[:k]
		}
	}
}

// trim takes white space off the ends of the text and makes formatted white
// space plain.
func (r *Renderer) trim() {
	r.cut(inline.TrimLines(r.buf, 0))
	start := 0
	for start < len(r.buf) && token.IsSpace(r.buf[start]) {
		start++
	}
	n := 0
	for _, s := range r.segs {
		s.start = max(s.start, int32(start))
		if s.start >= s.stop {
			continue
		}
		if s.style&(styleStrong|styleEm|styleCode) != 0 && len(strings.TrimSpace(string(r.buf[s.start:s.stop]))) == 0 {
			s.style = 0
		}
		r.segs[n] = s
		n++
	}
	r.segs = r.segs[:n]
}

// addImage adds the alternative text of an image that belongs to a block: it
// stands in the block's text, or ahead of it in a close container.
func (r *Renderer) addImage(b *dom.Block, mark int) {
	el := r.p.Elems
	m := &r.p.Marks[mark]
	alt := token.AttrAt(r.p.HTML, int(m.At), "alt")
	if strings.TrimSpace(alt) == "" {
		return
	}
	in := m.Elem
	for in > 0 && token.Props[el[in].Tag]&token.PropBlock == 0 {
		in = el[in].Parent
	}
	near := in == b.Holder || el[in].Ctx&el[b.Holder].Ctx&dom.InFigure != 0
	for e, k := b.Holder, 0; !near && e > 0 && k < 3; k++ {
		e = el[e].Parent
		near = e == in && e > 0
	}
	if !near {
		return
	}
	n := len(r.buf)
	r.buf = r.d.Append(r.buf, alt, false)
	r.addSegment(n, styleImage, int32(mark))
	if in != b.Holder {
		r.addPiece(dom.Piece{Kind: dom.PieceBreak}, 0, n, false)
	}
}

// address is the target of a link's or an image's mark.
func (r *Renderer) address(mark int32) (addr string, ok bool) {
	if mark < 0 || r.spare <= 0 {
		return "", false
	}
	m := &r.p.Marks[mark]
	name := "href"
	if m.Kind == dom.MarkImage {
		name = "src"
	}
	addr, ok = metadata.ResolveURL(r.base, token.AttrAt(r.p.HTML, int(m.At), name))
	if ok {
		r.spare -= len(addr)
	}
	return addr, ok && r.spare > 0
}
