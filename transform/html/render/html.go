package render

import (
	"bytes"
	"strconv"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// minimalHTML writes h1 to h6, p, ul, ol, li, table, tr, th, td, pre, code,
// blockquote, strong, em, br, hr and, when asked for, a and img: nested as they
// must be, with no attributes but those that carry meaning.
type minimalHTML struct{}

func (minimalHTML) enter(r *Renderer, path []container, common int) {
	follows := common < len(path) && common < len(r.stack) && r.stack[common].list != 0 && r.stack[common].list == path[common].list
	for i := len(r.stack) - 1; i >= common; i-- {
		c := &r.stack[i]
		switch {
		case c.list == 0:
			r.out = append(r.out, "</blockquote>\n"...)
		case i == common && follows:
			r.out = append(r.out, "</li>\n"...)
		case c.ordered:
			r.out = append(r.out, "</li>\n</ol>\n"...)
		default:
			r.out = append(r.out, "</li>\n</ul>\n"...)
		}
	}
	for i := common; i < len(path); i++ {
		c := &path[i]
		if c.list == 0 {
			r.out = append(r.out, "<blockquote>\n"...)
			continue
		}
		old := 0
		if i == common && follows {
			old = r.stack[common].number
		} else if c.ordered {
			r.out = append(r.out, "<ol>\n"...)
		} else {
			r.out = append(r.out, "<ul>\n"...)
		}
		r.out = append(r.out, "<li"...)
		if c.ordered && c.number != old+1 {
			r.out = append(r.out, ` value="`...)
			r.out = append(strconv.AppendInt(r.out, int64(c.number), 10), '"')
		}
		r.out = append(r.out, '>')
	}
}

func (h minimalHTML) paragraph(r *Renderer, level int, bare bool) {
	tag := "p"
	switch {
	case level > 0:
		tag = [...]string{"h1", "h2", "h3", "h4", "h5", "h6"}[level-1]
	case bare:
		h.inline(r)
		return
	}
	r.out = append(append(append(r.out, '<'), tag...), '>')
	h.inline(r)
	r.out = append(append(append(r.out, "</"...), tag...), ">\n"...)
}

func (minimalHTML) code(r *Renderer, lang string, text []byte) {
	r.out = append(r.out, "<pre><code"...)
	if lang != "" {
		r.out = append(append(append(r.out, ` class="language-`...), lang...), '"')
	}
	r.out = append(r.out, '>')
	r.out = AppendEscaped(r.out, text)
	r.out = append(r.out, "</code></pre>\n"...)
}

func (minimalHTML) rule(r *Renderer) { r.out = append(r.out, "<hr>\n"...) }

func (h minimalHTML) table(r *Renderer, g *grid) {
	r.out = append(r.out, "<table>\n"...)
	for i := range g.rows {
		r.out = append(r.out, "<tr>"...)
		for k := g.rows[i].c0; k < g.rows[i].c1; k++ {
			c := &g.cells[k]
			tag := "td"
			if c.head {
				tag = "th"
			}
			r.out = append(append(r.out, '<'), tag...)
			r.out = appendSpan(r.out, ` colspan="`, c.colspan)
			r.out = appendSpan(r.out, ` rowspan="`, c.rows)
			r.out = append(r.out, '>')
			r.collectCell(c)
			h.inline(r)
			r.out = append(append(append(r.out, "</"...), tag...), '>')
		}
		r.out = append(r.out, "</tr>\n"...)
	}
	r.out = append(r.out, "</table>\n"...)
}

func appendSpan(dst []byte, name string, n int32) []byte {
	if n < 2 {
		return dst
	}
	return append(strconv.AppendInt(append(dst, name...), int64(n), 10), '"')
}

func (h minimalHTML) finish(r *Renderer) {
	h.enter(r, nil, 0)
	for n := len(r.out); n > 0 && r.out[n-1] == '\n'; n-- {
		r.out = r.out[:n-1]
	}
}

// inline writes the segments of a block.
func (minimalHTML) inline(r *Renderer) {
	link, tried := int32(dom.NoElem), int32(dom.NoElem)
	for i := range r.segs {
		s := &r.segs[i]
		if s.style == styleImage {
			r.out = AppendEscaped(append(r.out, `<img alt="`...), r.buf[s.start:s.stop])
			if addr, ok := r.address(s.link); ok {
				r.out = AppendEscaped(append(r.out, `" src="`...), []byte(addr))
			}
			r.out = append(r.out, `">`...)
			continue
		}
		if s.link != tried && link >= 0 {
			r.out = append(r.out, "</a>"...)
		}
		if s.link != tried {
			link, tried = dom.NoElem, s.link
			if addr, ok := r.address(s.link); ok {
				link = s.link
				r.out = append(AppendEscaped(append(r.out, `<a href="`...), []byte(addr)), `">`...)
			}
		}
		open, end := styleTags(s.style)
		r.out = append(r.out, open...)
		for line, rest, more := r.buf[s.start:s.stop], []byte(nil), true; more; line = rest {
			if line, rest, more = bytes.Cut(line, []byte{'\n'}); more {
				r.out = append(AppendEscaped(r.out, line), "<br>\n"...)
				continue
			}
			r.out = AppendEscaped(r.out, line)
		}
		r.out = append(r.out, end...)
	}
	if link >= 0 {
		r.out = append(r.out, "</a>"...)
	}
}

func styleTags(style uint8) (open, end string) {
	switch style {
	case styleStrong:
		return "<strong>", "</strong>"
	case styleEm:
		return "<em>", "</em>"
	case styleStrong | styleEm:
		return "<strong><em>", "</em></strong>"
	case styleCode:
		return "<code>", "</code>"
	}
	return "", ""
}

// AppendEscaped appends text for HTML.
func AppendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&#34;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
