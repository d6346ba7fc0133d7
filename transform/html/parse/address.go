package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

const maxHrefBytes = 300

// addressMarks are the bytes that shape an address.
var addressMarks = [256]bool{'#': true, '?': true, '/': true, '-': true, '_': true, '+': true}

// shapeOf reads a link's address.
func shapeOf(href string) (a dom.Address) {
	href = href[:min(len(href), maxHrefBytes)]
	start := 0
	if i := strings.Index(href[:min(len(href), 8)], "//"); i >= 0 {
		if start = strings.IndexByte(href[i+2:], '/'); start < 0 {
			return a
		}
		start += i + 2
	}
	dashes, part := uint8(0), false
	for i := start; i < len(href); i++ {
		c := href[i]
		if !addressMarks[c] {
			part = true
			continue
		}
		switch {
		case c == '#':
			i = len(href)
		case c == '?':
			a.Query = true
			i = len(href)
		case c == '/':
			if part {
				a.Depth++
				part = false
			}
			if dashes > 0 {
				a.Dashes = dashes
			}
			dashes = 0
		default:
			dashes = min(dashes, 254) + 1
			part = true
		}
	}
	if part {
		a.Depth++
	}
	if dashes > 0 {
		a.Dashes = dashes
	}
	return a
}

// linkTo begins a link.
func (p *Parser) linkTo(href string) {
	p.target = shapeOf(href)
	c := &p.Elems[p.top()].Cards
	c.Links++
	if p.target.Slug() {
		c.Slugs++
	}
}
