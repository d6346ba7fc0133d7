// Package render writes the kept blocks of a page as plain text, Markdown or HTML.
package render

import (
	"bytes"
	"fmt"
	"net/url"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Format is how the text of a page is written.
type Format uint8

const (
	FormatText     Format = iota // plain text, one block a line
	FormatMarkdown               // CommonMark with GFM tables; formulas between dollar signs
	FormatHTML                   // h1-h6, p, lists, table, pre, blockquote, strong, em, code, a
)

// ParseFormat reads the name of a format: text, markdown or html.
func ParseFormat(name string) (Format, error) {
	switch name {
	case "text":
		return FormatText, nil
	case "markdown":
		return FormatMarkdown, nil
	case "html":
		return FormatHTML, nil
	}
	return 0, fmt.Errorf("%q: want text, markdown or html", name)
}

// indentBytes is more than most levels of an indent take.
const indentBytes = 4

// maxContainers is how deep lists and block quotes are written; deeper ones
// count to the last.
const maxContainers = 16

// container is an open list item or block quote.
type container struct {
	elem    int32
	list    int32 // element that holds the items; 0: a block quote
	ordered bool
	number  int  // of an item in an ordered list
	marker  byte // behind or in place of the number
	width   int  // of its indent, bytes
}

// writer writes the block stream in one format. A renderer calls enter before
// every block, with the containers that the block is in.
type writer interface {
	enter(r *Renderer, path []container, common int)
	paragraph(r *Renderer, level int, bare bool) // the inline content in r; level 0: no heading; bare: text of a list item itself
	code(r *Renderer, lang string, text []byte)
	table(r *Renderer, t *grid)
	rule(r *Renderer)
	finish(r *Renderer)
}

// Renderer writes the kept blocks of a page with their structure. It goes
// through blocks, marks and elements once, in their order.
type Renderer struct {
	p      *dom.Page
	d      *inline.Decoder
	w      writer
	links  bool
	images bool
	base   *url.URL

	out   []byte
	stack []container
	last  [maxContainers]container // the last item begun, by level
	spare int                      // bytes that indents and addresses may take yet
	path  []container
	rev   []container
	next  int   // first mark not read
	link  int32 // last link mark read, -1 = none
	ruled bool  // a rule was read since the last block
	apart bool  // a dropped block came since

	buf   []byte // inline content of a block
	segs  []segment
	grid  grid
	kinds []uint8 // what is known of a table, by element
	text  []byte
}

// Options say how the blocks are written.
type Options struct {
	Format Format
	Links  bool     // write links to http and https addresses; not in plain text
	Images bool     // write images that have an alternative text; not in plain text
	Base   *url.URL // what links are relative to; nil when unknown
}

// Render writes the kept blocks of a page.
func (r *Renderer) Render(p *dom.Page, d *inline.Decoder, o Options) string {
	r.p, r.d, r.links, r.images, r.base = p, d, o.Links, o.Images, o.Base
	if o.Format == FormatText {
		return r.plain()
	}
	switch o.Format {
	case FormatHTML:
		r.w = minimalHTML{}
	default:
		r.w = &markdown{}
	}
	r.out, r.stack, r.next, r.link, r.ruled, r.apart = r.out[:0], r.stack[:0], 0, dom.NoElem, false, false
	r.last, r.spare = [maxContainers]container{}, spareFactor*len(p.HTML)+spareBytes
	if n := len(p.Elems); cap(r.kinds) < n {
		r.kinds = make([]uint8, n)
	} else {
		r.kinds = r.kinds[:n]
		clear(r.kinds)
	}
	r.run()
	return string(r.out)
}

func (r *Renderer) run() {
	blocks := r.p.Blocks
	for i := 0; i < len(blocks); {
		b := &blocks[i]
		if !b.Keep {
			r.apart = true
			i++
			continue
		}
		if t := r.tableOf(i); t > 0 {
			i = r.renderTable(t, i)
			continue
		}
		if b.Pre {
			i = r.renderCode(i)
			continue
		}
		r.renderText(b)
		i++
	}
	r.w.finish(r)
}

// renderText writes a paragraph or a heading.
func (r *Renderer) renderText(b *dom.Block) {
	level := r.p.HeadingRank(b)
	r.collect(b, level > 0)
	if len(r.segs) == 0 {
		return
	}
	bare := r.enter(b.Holder, bytes.Count(r.buf, newline))
	if level == 0 && r.allCode() {
		r.w.code(r, "", r.buf)
		return
	}
	r.w.paragraph(r, level, bare)
}

// allCode reports lines of code in a <code> without <pre>.
func (r *Renderer) allCode() bool {
	if len(r.segs) != 1 || r.segs[0].style != styleCode {
		return false
	}
	return bytes.Contains(r.buf, newline)
}

// renderCode writes the block at i and those behind it in the same <pre>.
func (r *Renderer) renderCode(i int) int {
	p := r.p
	pre := r.p.PreOf(p.Blocks[i].Holder)
	holder := p.Blocks[i].Holder
	r.text = r.text[:0]
	for ; i < len(p.Blocks); i++ {
		b := &p.Blocks[i]
		if !b.Pre || r.p.PreOf(b.Holder) != pre {
			break
		}
		if !b.Keep {
			continue
		}
		n := len(r.text)
		if n > 0 {
			r.text = append(r.text, '\n')
		}
		m := len(r.text)
		if r.text = r.p.AppendBlock(r.text, r.d, b); len(r.text) == m {
			r.text = r.text[:n]
		}
		r.skipMarks(b)
	}
	if len(r.text) > 0 {
		r.enter(holder, bytes.Count(r.text, newline))
		r.w.code(r, r.codeLanguage(pre), r.text)
	}
	return i
}

// newline ends a line.
var newline = []byte{'\n'}

// enter closes and opens the containers between the last block and the next,
// which stands in an element and has some more lines, and writes a rule that is due. It reports text
// that begins a list item without an element of its own.
func (r *Renderer) enter(e int32, lines int) (bare bool) {
	r.findPath(e)
	r.spare -= (lines + 1) * len(r.path) * indentBytes
	if r.spare < 0 {
		r.path = r.path[:0]
	}
	common := 0
	for common < len(r.path) && common < len(r.stack) && r.path[common].elem == r.stack[common].elem {
		r.path[common] = r.stack[common]
		common++
	}
	if r.ruled && !r.apart && len(r.out) > 0 {
		r.w.enter(r, r.path[:common], common)
		r.stack = append(r.stack[:0], r.path[:common]...)
		r.w.rule(r)
	}
	r.ruled, r.apart = false, false
	for i := common; i < len(r.path); i++ {
		r.begin(&r.path[i], i, i == common && i < len(r.stack))
	}
	r.w.enter(r, r.path, common)
	fresh := common < len(r.path)
	r.stack = append(r.stack[:0], r.path...)
	return fresh && r.stack[len(r.stack)-1].elem == e
}

// begin numbers a new item and chooses its marker. Lists that follow each other
// get different markers, or they would be one.
func (r *Renderer) begin(c *container, level int, follows bool) {
	if c.list == 0 {
		c.width = 2
		return
	}
	c.marker = '-'
	if c.ordered {
		c.marker = '.'
	}
	el := r.p.Elems
	if old := &r.last[level]; old.list == c.list {
		c.marker, c.number = old.marker, old.number
		for e := c.elem; e > old.elem; e = el[e].Prev {
			if el[e].Tag == token.LI {
				c.number++
			}
		}
	} else {
		if follows && r.stack[level].list != 0 && r.stack[level].marker == c.marker {
			c.marker = map[byte]byte{'-': '*', '.': ')'}[c.marker]
		}
		c.number = r.firstNumber(c)
	}
	c.number = min(max(c.number, 0), maxNumber)
	if c.ordered {
		if n, ok := smallNumber(token.AttrAt(r.p.HTML, int(el[c.elem].At), "value")); ok {
			c.number = n
		}
	}
	r.last[level] = *c
	c.width = 2
	for n := c.number; c.ordered && n >= 0; n /= 10 {
		c.width++
		if n < 10 {
			break
		}
	}
}

// Indents of nested lines and the addresses of links may be longer than the page
// by any factor. What they may take is bounded; then the rest is written flat and
// without links.
const (
	spareFactor = 2
	spareBytes  = 1 << 20
)

// maxNumber is the largest number of a list item in Markdown.
const maxNumber = 999_999_999

// firstNumber is the number of the first kept item of a list.
func (r *Renderer) firstNumber(c *container) int {
	if !c.ordered {
		return 0
	}
	el := r.p.Elems
	n := 1
	if start, ok := smallNumber(token.AttrAt(r.p.HTML, int(el[c.list].At), "start")); ok {
		n = start
	}
	for e := el[c.elem].Prev; e > 0; e = el[e].Prev {
		if el[e].Tag == token.LI {
			n++
		}
	}
	return n
}

func smallNumber(s string) (n int, ok bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// findPath lists the containers around an element, outermost first.
func (r *Renderer) findPath(e int32) {
	el := r.p.Elems
	r.rev = r.rev[:0]
	for e > 0 {
		switch t := el[e].Tag; {
		case t == token.Blockquote:
			r.rev = append(r.rev, container{elem: e})
		case t == token.LI:
			up := el[e].Parent
			r.rev = append(r.rev, container{elem: e, list: max(up, 1), ordered: el[up].Tag == token.OL})
			if isList(el[up].Tag) {
				e = up
				if item := r.itemBefore(e); item > 0 {
					e = item
					continue
				}
			}
		}
		e = el[e].Parent
	}
	r.path = r.path[:0]
	for i := len(r.rev) - 1; i >= 0 && len(r.path) < maxContainers; i-- {
		r.path = append(r.path, r.rev[i])
	}
}

func isList(t token.Tag) bool { return t == token.UL || t == token.OL || t == token.Menu }

// itemBefore returns the item that a list belongs to by the eye: pages put a
// nested list between the items of the outer one.
func (r *Renderer) itemBefore(list int32) int32 {
	el := r.p.Elems
	if !isList(el[el[list].Parent].Tag) {
		return 0
	}
	e := el[list].Prev
	for e > 0 && isList(el[e].Tag) {
		e = el[e].Prev
	}
	if e > 0 && el[e].Tag == token.LI {
		return e
	}
	return 0
}
