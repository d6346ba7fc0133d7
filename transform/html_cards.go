package transform

import "strings"

// cards are counts of what teasers and controls are made of, for an element and all
// below it: a card of a list has an image, a price, a heading and a link to a page
// with a long name; a filter has boxes to tick and links that carry a question.
type cards struct {
	images, inputs, links, slugs, heads, money int32
}

func (c *cards) add(o *cards) {
	c.images += o.images
	c.inputs += o.inputs
	c.links += o.links
	c.slugs += o.slugs
	c.heads += o.heads
	c.money += o.money
}

// address is the shape of a link's address.
type address struct {
	dashes uint8 // in the last part of its path that has any
	depth  uint8 // parts of its path
	query  bool
}

const (
	slugDashes   = 2 // dashes from which an address names one page
	maxHrefBytes = 300
)

// shapeOf reads a link's address.
func shapeOf(href string) (a address) {
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
		switch c := href[i]; {
		case c == '#':
			i = len(href)
		case c == '?':
			a.query = true
			i = len(href)
		case c == '/':
			if part {
				a.depth++
				part = false
			}
			if dashes > 0 {
				a.dashes = dashes
			}
			dashes = 0
		case c == '-' || c == '_' || c == '+':
			dashes = min(dashes, 254) + 1
			part = true
		default:
			part = true
		}
	}
	if part {
		a.depth++
	}
	if dashes > 0 {
		a.dashes = dashes
	}
	return a
}

// linkTo begins a link.
func (p *parser) linkTo(href string) {
	p.target = shapeOf(href)
	c := &p.elems[p.top()].cards
	c.links++
	if p.target.dashes >= slugDashes {
		c.slugs++
	}
}

// counted reports a text that ends with a number in parentheses, as the choices of
// a filter do.
func counted(s string) bool {
	i := len(s)
	for i > 0 && isSpace(s[i-1]) {
		i--
	}
	if i == 0 || s[i-1] != ')' {
		return false
	}
	n := i - 1
	for i = n; i > 0 && (s[i-1] >= '0' && s[i-1] <= '9' || s[i-1] == ',' || s[i-1] == '.'); i-- {
	}
	return i < n && i > 0 && s[i-1] == '('
}

// counted reports a block whose last text ends with a number in parentheses.
func (s *scanner) counted(html string, pieces []piece) bool {
	if n := len(pieces); n > 0 && s.last == clsOther && s.b.words < textWordLimit {
		return counted(html[pieces[n-1].start:pieces[n-1].stop])
	}
	return false
}

// fillCards describes the links, images and controls of the block and around it.
func (x *Extractor) fillCards(b *block, f *features) {
	f[fAddress], f[fAddressParts], f[fAddressQuery] = -1, -1, 0
	if b.linkW > 0 {
		f[fAddress], f[fAddressParts] = float32(b.address.dashes), float32(b.address.depth)
		if b.address.query {
			f[fAddressQuery] = 1
		}
	}
	g := &x.groups[b.group]
	f[fGrpAddress], f[fGrpCounted] = ratio(g.slugs, g.linked), ratio(g.counted, float32(g.blocks))
	for k := range 3 {
		e := &x.p.elems[x.up[k]]
		c := &e.cards
		o := fUp1Images + 6*k
		f[o], f[o+1], f[o+2] = lg(float32(c.images)), lg(float32(c.inputs)), lg(float32(c.links))
		f[o+3], f[o+4], f[o+5] = ratio(float32(c.slugs), float32(c.links)), lg(float32(c.heads)), ratio(float32(c.money), float32(e.blocks))
	}
}

func (x *Extractor) fillPageCards(f *features) {
	c := &x.p.elems[0].cards
	f[fPgImages], f[fPgInputs] = ratio(float32(c.images), x.page.blocks), ratio(float32(c.inputs), x.page.blocks)
	f[fPgAddresses] = ratio(float32(c.slugs), float32(c.links))
}
