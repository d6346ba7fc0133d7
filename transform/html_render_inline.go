package transform

import (
	stdhtml "html"
	"net/url"
	"strings"
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
func (r *renderer) skipMarks(b *block) {
	marks := r.x.p.marks
	for ; r.next < len(marks) && marks[r.next].piece < b.p1; r.next++ {
		r.readMark(r.next)
	}
}

// readMark notes a mark outside a block's text.
func (r *renderer) readMark(i int) {
	switch r.x.p.marks[i].kind {
	case markLink:
		r.link = int32(i)
	case markRule:
		r.ruled = true
	}
}

// collect gathers the text of a block into r.buf, white space folded, and its
// styles into r.segs.
func (r *renderer) collect(b *block, heading bool) {
	r.buf, r.segs = r.buf[:0], r.segs[:0]
	r.add(b, heading)
	r.trim()
}

// add appends the text of a block.
func (r *renderer) add(b *block, heading bool) {
	p := &r.x.p
	base := len(r.buf)
	var open [3]int32 // strong, em and code elements
	for r.next < len(p.marks) && p.marks[r.next].piece < b.p0 {
		r.readMark(r.next)
		r.next++
	}
	for i := b.p0; i < b.p1; i++ {
		for r.next < len(p.marks) && p.marks[r.next].piece <= i {
			r.readMark(r.next)
			m := &p.marks[r.next]
			switch {
			case m.kind <= markCodeEnd && m.kind&1 == 0:
				open[m.kind/2]++
			case m.kind <= markCodeEnd:
				open[m.kind/2] = max(0, open[m.kind/2]-1)
			case m.kind == markImage && r.images:
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
		r.addPiece(p.pieces[i], style, base, b.pre)
	}
}

func (r *renderer) addPiece(pc piece, style uint8, base int, pre bool) {
	if pc.line {
		r.addPiece(piece{kind: pieceBreak}, style, base, pre)
	}
	n := len(r.buf)
	link := int32(noElem)
	switch pc.kind {
	case pieceBreak:
		r.cut(len(trimSpaces(r.buf, base)))
		n, style = len(r.buf), 0
		if k := len(r.segs); k > 0 && r.segs[k-1].style == styleCode {
			style, link = styleCode, r.segs[k-1].link
		}
		r.buf = append(r.buf, '\n')
	case pieceGap:
		r.buf = append(r.buf, ' ')
	case pieceTeX, pieceDisplay:
		style = styleTeX
		r.buf = r.x.appendTeX(r.buf, pc)
	default:
		if pc.kind == pieceLink && r.links {
			link = r.link
		}
		r.buf = r.x.inline(r.buf, r.x.p.html[pc.start:pc.stop], pre)
	}
	r.addSegment(n, style, link)
}

func (r *renderer) addSegment(from int, style uint8, link int32) {
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
func (r *renderer) cut(n int) {
	r.buf = r.buf[:n]
	for k := len(r.segs) - 1; k >= 0 && int(r.segs[k].stop) > n; k-- {
		if r.segs[k].stop = int32(n); r.segs[k].start >= r.segs[k].stop {
			r.segs = r.segs[:k]
		}
	}
}

// trim takes white space off the ends of the text and makes formatted white
// space plain.
func (r *renderer) trim() {
	r.cut(trimLines(r.buf, 0))
	start := 0
	for start < len(r.buf) && isSpace(r.buf[start]) {
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
func (r *renderer) addImage(b *block, mark int) {
	el := r.x.p.elems
	m := &r.x.p.marks[mark]
	alt := attrAt(r.x.p.html, int(m.at), "alt")
	if strings.TrimSpace(alt) == "" {
		return
	}
	in := m.elem
	for in > 0 && tagProps[el[in].tag]&propBlock == 0 {
		in = el[in].parent
	}
	near := in == b.holder || el[in].ctx&el[b.holder].ctx&inFigure != 0
	for e, k := b.holder, 0; !near && e > 0 && k < 3; k++ {
		e = el[e].parent
		near = e == in && e > 0
	}
	if !near {
		return
	}
	n := len(r.buf)
	r.buf = r.x.inline(r.buf, alt, false)
	r.addSegment(n, styleImage, int32(mark))
	if in != b.holder {
		r.addPiece(piece{kind: pieceBreak}, 0, n, false)
	}
}

// maxURLBytes is the longest address that is written.
const maxURLBytes = 2048

// linkBase is what addresses of the page are relative to: its <base>, else the
// page's own address; nil when that is unknown.
func (x *Extractor) linkBase() *url.URL {
	if x.based {
		return x.base
	}
	x.based = true
	if u, err := url.Parse(x.pageURL); err == nil && u.Host != "" {
		x.base = u
	}
	if href := x.p.meta.base; href != "" {
		if u, err := url.Parse(cleanURL(href)); err == nil {
			if x.base != nil {
				u = x.base.ResolveReference(u)
			}
			if u.Host != "" {
				x.base = u
			}
		}
	}
	return x.base
}

func cleanURL(s string) string {
	s = strings.TrimSpace(stdhtml.UnescapeString(s[:min(len(s), 2*maxURLBytes)]))
	return strings.NewReplacer("\n", "", "\t", "", "\r", "").Replace(s)
}

// resolveURL makes an address absolute; ok is false for all but http and https.
func resolveURL(base *url.URL, href string) (addr string, ok bool) {
	href = cleanURL(href)
	if href == "" || href[0] == '#' {
		return "", false
	}
	u, err := url.Parse(href)
	if err != nil {
		return "", false
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	addr = u.String()
	return addr, len(addr) <= maxURLBytes
}

// address is the target of a link's or an image's mark.
func (r *renderer) address(mark int32) (addr string, ok bool) {
	if mark < 0 || r.spare <= 0 {
		return "", false
	}
	m := &r.x.p.marks[mark]
	name := "href"
	if m.kind == markImage {
		name = "src"
	}
	addr, ok = resolveURL(r.base, attrAt(r.x.p.html, int(m.at), name))
	if ok {
		r.spare -= len(addr)
	}
	return addr, ok && r.spare > 0
}
