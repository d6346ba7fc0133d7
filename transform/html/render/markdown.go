package render

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// markdown writes CommonMark with the tables of GitHub Flavored Markdown
// (spec 0.31 and 0.29-gfm). Lists are tight, emphasis uses stars, line breaks are
// backslashes.
type markdown struct {
	line  int  // where the running line of text begins in out
	cell  bool // in a cell: lines break by <br>, bars are escaped
	head  bool // in a heading: one line
	label bool // in the text of a link
	last  uint8
}

// What the last block was.
const (
	wroteNothing uint8 = iota
	wroteParagraph
	wroteOther
)

func (m *markdown) enter(r *Renderer, path []container, common int) {
	if len(r.out) > 0 {
		r.out = append(r.out, '\n')
		if !m.tight(r, path, common) {
			r.out = appendPrefix(r.out, path[:common])
			r.out = append(inline.TrimSpaces(r.out, 0), '\n')
		}
	}
	r.out = appendPrefix(r.out, path[:common])
	for i := common; i < len(path); i++ {
		r.out = path[i].appendMarker(r.out)
	}
	m.line = len(r.out)
}

// tight reports an item that follows the one before, or the text of its parent,
// without an empty line.
func (m *markdown) tight(r *Renderer, path []container, common int) bool {
	if common == len(path) || path[common].list == 0 || m.last == wroteNothing {
		return false
	}
	if common < len(r.stack) { // something ends here
		return r.stack[common].list == path[common].list
	}
	if common == 0 || path[common-1].list == 0 || m.last != wroteParagraph {
		return false
	}
	c := &path[common] // only a list that begins with 1 may interrupt a paragraph
	return !c.ordered || c.number == 1
}

func (c *container) appendMarker(dst []byte) []byte {
	if c.list == 0 {
		return append(dst, "> "...)
	}
	if c.ordered {
		dst = strconv.AppendInt(dst, int64(c.number), 10)
	}
	return append(dst, c.marker, ' ')
}

// appendPrefix begins a line inside containers.
func appendPrefix(dst []byte, path []container) []byte {
	for i := range path {
		if path[i].list == 0 {
			dst = append(dst, "> "...)
			continue
		}
		for range path[i].width {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// newLine begins another line of the running block.
func (m *markdown) newLine(r *Renderer) {
	r.out = appendPrefix(append(r.out, '\n'), r.stack)
	m.line = len(r.out)
}

func (m *markdown) paragraph(r *Renderer, level int, _ bool) {
	m.last = wroteParagraph
	m.head = level > 0
	if level > 0 {
		m.last = wroteOther
		for range level {
			r.out = append(r.out, '#')
		}
		r.out = append(r.out, ' ')
	}
	start := len(r.out)
	m.line = start
	m.inline(r)
	m.head = false
	if level > 0 { // a closing sequence of # would be taken off
		n := len(r.out)
		for n > start && r.out[n-1] == '#' {
			n--
		}
		if n < len(r.out) && (n == start || r.out[n-1] == ' ') {
			r.out = append(r.out, 0)
			copy(r.out[n+1:], r.out[n:])
			r.out[n] = '\\'
		}
	}
}

func (m *markdown) rule(r *Renderer) {
	r.out = append(r.out, "---"...)
	m.last = wroteOther
}

func (m *markdown) finish(*Renderer) {}

func (m *markdown) code(r *Renderer, lang string, text []byte) {
	m.last = wroteOther
	fence := max(3, longestRun(text, '`')+1)
	for range fence {
		r.out = append(r.out, '`')
	}
	r.out = append(r.out, lang...)
	for line := range strings.SplitSeq(string(text), "\n") {
		m.newLine(r)
		if line == "" {
			r.out = inline.TrimSpaces(r.out, 0)
		}
		r.out = append(r.out, line...)
	}
	m.newLine(r)
	for range fence {
		r.out = append(r.out, '`')
	}
}

func longestRun(text []byte, c byte) (longest int) {
	run := 0
	for _, t := range text {
		if run++; t != c {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// table writes the first row as the header, since there must be one; an empty one
// where the table's own was dropped.
func (m *markdown) table(r *Renderer, g *grid) {
	m.last = wroteOther
	m.cell = true
	var s spans
	if g.beheaded {
		r.out = append(r.out, '|')
		m.rowEnd(r, 0, g.columns)
		m.delimiters(r, g.columns)
	}
	for i := range g.rows {
		if i > 0 || g.beheaded {
			m.newLine(r)
		}
		r.out = append(r.out, '|')
		column := 0
		for k := g.rows[i].c0; k < g.rows[i].c1 && column < maxTableColumns; k++ {
			for s.covered(column) {
				r.out = append(r.out, "  |"...)
				column++
			}
			c := &g.cells[k]
			s.put(column, c)
			r.collectCell(c)
			r.out = append(r.out, ' ')
			m.line = len(r.out)
			m.inline(r)
			r.out = append(r.out, " |"...)
			for n := c.colspan; n > 1; n-- {
				r.out = append(r.out, "  |"...)
			}
			column += int(c.colspan)
		}
		for column < maxTableColumns && s.covered(column) {
			r.out = append(r.out, "  |"...)
			column++
		}
		if i == 0 && !g.beheaded {
			m.rowEnd(r, column, g.columns)
			m.delimiters(r, max(column, g.columns))
		}
	}
	m.cell = false
}

// rowEnd fills a row with empty cells.
func (m *markdown) rowEnd(r *Renderer, column, columns int) {
	for ; column < columns; column++ {
		r.out = append(r.out, "  |"...)
	}
}

// delimiters writes the row that makes the one before a header.
func (m *markdown) delimiters(r *Renderer, columns int) {
	m.newLine(r)
	r.out = append(r.out, '|')
	for range columns {
		r.out = append(r.out, " --- |"...)
	}
}

// inline writes the segments of a block.
func (m *markdown) inline(r *Renderer) {
	r.segs = joinStyles(r.buf, r.segs)
	for i := 0; i < len(r.segs); {
		s := &r.segs[i]
		addr, ok := "", false
		if s.link >= 0 {
			addr, ok = r.address(s.link)
		}
		if s.style == styleImage {
			r.out = append(r.out, '!', '[')
			m.label = true
			m.escape(r, r.buf[s.start:s.stop], true)
			m.label = false
			r.out = append(m.appendAddress(append(r.out, "]("...), addr), ')')
			i++
			continue
		}
		j := i + 1
		for j < len(r.segs) && r.segs[j].link == s.link && r.segs[j].style != styleImage {
			j++
		}
		if ok {
			m.linked(r, i, j, addr)
		} else {
			m.segments(r, i, j, len(r.segs))
		}
		i = j
	}
}

// linked writes segments i to j as one link.
func (m *markdown) linked(r *Renderer, i, j int, addr string) {
	for r.segs[i].start < r.segs[i].stop && token.IsSpace(r.buf[r.segs[i].start]) {
		m.escape(r, r.buf[r.segs[i].start:r.segs[i].start+1], false)
		r.segs[i].start++
	}
	tail := r.segs[j-1].stop
	for r.segs[j-1].start < r.segs[j-1].stop && token.IsSpace(r.buf[r.segs[j-1].stop-1]) {
		r.segs[j-1].stop--
	}
	if r.segs[i].start < r.segs[j-1].stop {
		if n := len(r.out); n > m.line && r.out[n-1] == '!' { // it would be an image
			r.out = append(r.out[:n-1], '\\', '!')
		}
		r.out = append(r.out, '[')
		m.label = true
		m.segments(r, i, j, j)
		m.label = false
		r.out = append(m.appendAddress(append(r.out, "]("...), addr), ')')
	}
	m.escape(r, r.buf[r.segs[j-1].stop:tail], false)
}

// appendAddress appends a link's target; what could end it is percent-encoded.
func (m *markdown) appendAddress(dst []byte, addr string) []byte {
	for i := range len(addr) {
		switch c := addr[i]; {
		case c <= ' ', c == '(', c == ')', c == '<', c == '>', c == '\\', c == '"', c == '`', c == '|', c == '&' && isReference(addr[i:]):
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// segments writes segments i to j; they are followed by others up to end.
func (m *markdown) segments(r *Renderer, i, j, end int) {
	for i < j {
		n := m.nested(r, i, j, end)
		if n == i {
			m.segment(r, i, end)
			n++
		}
		i = n
	}
}

// maxNested is how many segments one emphasis with others inside may have.
const maxNested = 64

// nested writes strong text with emphasis inside, or the reverse, as one and
// returns the segment behind it; i when there is none at i.
func (m *markdown) nested(r *Renderer, i, j, end int) int {
	outer := r.segs[i].style
	if outer != styleStrong && outer != styleEm {
		return i
	}
	n := i
	for k := i + 1; k < min(j, i+maxNested) && r.segs[k].style&outer != 0 && r.segs[k].style <= styleStrong|styleEm; k++ {
		if r.segs[k].style == outer {
			n = k
		}
	}
	text := r.buf[r.segs[i].start:r.segs[n].stop]
	before, after := ' ', ' '
	if len(r.out) > m.line {
		before, _ = utf8.DecodeLastRune(r.out)
	}
	if n+1 < end {
		after, _ = utf8.DecodeRune(r.buf[r.segs[n].stop:])
	}
	first, _ := utf8.DecodeRune(text)
	last, _ := utf8.DecodeLastRune(text)
	if n == i || unicode.IsSpace(first) || unicode.IsSpace(last) || before == '*' ||
		isMark(first) && !isMark(before) && !unicode.IsSpace(before) || isMark(last) && !isMark(after) && !unicode.IsSpace(after) {
		return i
	}
	stars := "**"
	if outer == styleEm {
		stars = "*"
	}
	r.out = append(r.out, stars...)
	for k := i; k <= n; k++ {
		r.segs[k].style &^= outer
		m.segment(r, k, n+2) // what follows is no end
	}
	r.out = append(r.out, stars...)
	return n + 1
}

// segment writes one segment; it is followed by the others up to end.
func (m *markdown) segment(r *Renderer, k, end int) {
	s := r.segs[k]
	text := r.buf[s.start:s.stop]
	switch {
	case len(text) == 0:
	case s.style == styleTeX:
		m.formula(r, text)
	case s.style == 0:
		for len(text) > 0 {
			start, stop, inner, mark := delimited(text)
			m.escape(r, text[:start], false)
			if mark != "" {
				r.out = append(r.out, mark...)
				m.formula(r, inner)
				r.out = append(r.out, mark...)
			}
			text = text[stop:]
		}
	default:
		start, stop := 0, len(text)
		for start < stop && token.IsSpace(text[start]) {
			start++
		}
		for stop > start && token.IsSpace(text[stop-1]) {
			stop--
		}
		next := byte(' ')
		if stop < len(text) {
			next = text[stop]
		}
		m.escape(r, text[:start], false)
		if s.style == styleCode {
			m.codeSpan(r, text[start:stop])
		} else {
			after, _ := utf8.DecodeRune(r.buf[s.stop:])
			if token.IsSpace(next) && stop < len(text) || k+1 == end || int(s.stop) == len(r.buf) {
				after = ' '
			}
			m.emphasis(r, text[start:stop], s.style, after)
		}
		m.escape(r, text[stop:], false)
	}
}

// emphasis sets text between stars. CommonMark takes stars for emphasis only
// where they flank the text; a mark of punctuation in the way is moved out.
func (m *markdown) emphasis(r *Renderer, text []byte, style uint8, after rune) {
	before := ' '
	if len(r.out) > m.line {
		before, _ = utf8.DecodeLastRune(r.out)
	}
	if c, n := utf8.DecodeRune(text); isMark(c) && !isMark(before) && !unicode.IsSpace(before) {
		m.escape(r, text[:n], false)
		text = text[n:]
		if len(text) > 0 && token.IsSpace(text[0]) {
			m.escape(r, text[:1], false)
			text = text[1:]
		}
	}
	stop := len(text)
	if c, n := utf8.DecodeLastRune(text); len(text) > 0 && isMark(c) && !isMark(after) && !unicode.IsSpace(after) {
		for stop -= n; stop > 0 && token.IsSpace(text[stop-1]); {
			stop--
		}
	}
	inner, tail := text[:stop], text[stop:]
	stars := map[uint8]string{styleStrong: "**", styleEm: "*", styleStrong | styleEm: "***"}[style]
	c, _ := utf8.DecodeRune(inner)
	if len(inner) == 0 || before == '*' || isMark(c) && !isMark(before) && !unicode.IsSpace(before) {
		stars = ""
	}
	r.out = append(r.out, stars...)
	m.escape(r, inner, stars != "")
	r.out = append(r.out, stars...)
	m.escape(r, tail, false)
}

// isMark reports what CommonMark takes for punctuation.
func isMark(c rune) bool { return unicode.IsPunct(c) || unicode.IsSymbol(c) }

// joinStyles gives neighbours without a space between them the emphasis that they
// share: stars next to stars would be misread.
func joinStyles(buf []byte, segs []segment) []segment {
	const stars = styleStrong | styleEm
	n := 0
	for _, s := range segs {
		for n > 0 && s.style&stars != 0 {
			p := &segs[n-1]
			if p.style&stars == 0 {
				break
			}
			if token.IsSpace(buf[p.stop-1]) || token.IsSpace(buf[s.start]) {
				break
			}
			if p.link != s.link {
				s.style = 0
				break
			}
			if s.style &= p.style; s.style == 0 {
				break
			}
			s.start = p.start
			n--
		}
		segs[n] = s
		n++
	}
	return segs[:n]
}

// codeSpan sets text between more backticks than are in it.
func (m *markdown) codeSpan(r *Renderer, text []byte) {
	if n := len(r.out); n > m.line && r.out[n-1] == '`' {
		m.escape(r, text, false)
		return
	}
	if len(text) == 0 {
		return
	}
	ticks := longestRun(text, '`') + 1
	for range ticks {
		r.out = append(r.out, '`')
	}
	pad := text[0] == '`' || text[len(text)-1] == '`'
	if pad {
		r.out = append(r.out, ' ')
	}
	for _, c := range text {
		switch {
		case c == '\n':
			c = ' '
		case c == '|' && m.cell:
			r.out = append(r.out, '\\')
		}
		r.out = append(r.out, c)
	}
	if pad {
		r.out = append(r.out, ' ')
	}
	for range ticks {
		r.out = append(r.out, '`')
	}
}

// formula writes TeX as it is, but for what would be read as a tag or the end of
// a cell.
func (m *markdown) formula(r *Renderer, text []byte) {
	for i, c := range text {
		if c == '|' && m.cell {
			r.out = append(r.out, '\\')
		}
		r.out = append(r.out, c)
		if c == '<' && i+1 < len(text) && opensTag(text[i+1]) {
			r.out = append(r.out, ' ')
		}
	}
}
