package dom

import "github.com/corpusmill/corpusmill/transform/html/token"

// goodWeight are the weighed letters that make a block of text.
const goodWeight = 60.0

// GoodLinks is the share of links from which a block is no text.
const GoodLinks = 0.4

// Density is the share of a block's text that links.
func (b *Block) Density() float32 {
	if b.Weight == 0 {
		return 0
	}
	return b.Link / b.Weight
}

// IsGood reports a longer text with few links.
func (b *Block) IsGood() bool { return b.Weight >= goodWeight && b.Link < GoodLinks*b.Weight }

// Has reports that an element, so deep in the page, is one of the chain.
func (c *Chain) Has(e int32, depth uint16) bool {
	return int(depth) < c.n && c.elems[depth] == e
}

// Under reports whether an element or one of its next two ancestors has a tag.
func (p *Page) Under(e int32, tag token.Tag) bool {
	for k := 0; k < 3 && e > 0; k++ {
		if p.Elems[e].Tag == tag {
			return true
		}
		e = p.Elems[e].Parent
	}
	return false
}

// Deepest returns the deepest element of which what it holds, as of says, is a share of
// what the page has; 0 is the root.
func (p *Page) Deepest(share float32, of func(*Element) float32) int32 {
	el := p.Elems
	if need := of(&el[0]) * share; need > 0 {
		for i := len(el) - 1; i > 0; i-- { // those that hold enough form one chain
			if of(&el[i]) >= need {
				return int32(i)
			}
		}
	}
	return 0
}

// Chain is an element with those that it stands in, the root of the page first.
type Chain struct {
	elems [MaxDepth + 1]int32
	n     int
}

// ChainOf returns the chain down to an element.
func (p *Page) ChainOf(e int32) (c Chain) {
	c.n = int(p.Elems[e].Depth) + 1
	for k := c.n - 1; k >= 0; k-- {
		c.elems[k] = e
		e = p.Elems[e].Parent
	}
	return c
}

// HeadingLevel is 1 to 6 inside a heading, 7 for role=heading, else 0.
func (p *Page) HeadingLevel(b *Block) float32 {
	if p.Elems[b.Elem].Ctx&InHeading == 0 {
		return 0
	}
	e := b.Elem
	for k := 0; k < 6 && e > 0; k++ {
		if t := p.Elems[e].Tag; t >= token.H1 && t <= token.H6 {
			return float32(t-token.H1) + 1
		}
		e = p.Elems[e].Parent
	}
	return 7
}

// Repeats reports a longer block whose text came before: it is kept once.
func (b *Block) Repeats() bool { return b.Twin > 0 }

// Lower takes from a block's score, and remembers the rule that did.
func (b *Block) Lower(factor float32, rule Rule) {
	b.Score *= factor
	b.Lowered = rule
}

// PreOf returns the <pre> around an element, 0 for none.
func (p *Page) PreOf(e int32) int32 {
	for e > 0 && p.Elems[e].Tag != token.Pre {
		e = p.Elems[e].Parent
	}
	return e
}

// InnerForm returns the innermost form around an element, 0 for none.
func (p *Page) InnerForm(e int32) int32 { return p.inner(e, token.Form) }

// InnerQuote returns the innermost quotation around an element, 0 for none.
func (p *Page) InnerQuote(e int32) int32 { return p.inner(e, token.Blockquote) }

// InnerRow returns the innermost row of a table around an element, 0 for none.
func (p *Page) InnerRow(e int32) int32 { return p.inner(e, token.TR) }

// PostOf returns the element around another that holds the text of a post, 0 for none.
func (p *Page) PostOf(e int32) int32 {
	if p.Elems[e].Ctx&InPost == 0 {
		return 0
	}
	for p.Elems[p.Elems[e].Parent].Ctx&InPost != 0 {
		e = p.Elems[e].Parent
	}
	return e
}

func (p *Page) inner(e int32, tag token.Tag) int32 {
	for e > 0 && p.Elems[e].Tag != tag {
		e = p.Elems[e].Parent
	}
	return e
}

// HeadingRank is 1 to 6 in a heading, else 0.
func (p *Page) HeadingRank(b *Block) int {
	el := p.Elems
	if el[b.Holder].Ctx&InHeading == 0 {
		return 0
	}
	for e, k := b.Holder, 0; k < 6 && e > 0 && el[e].Ctx&InHeading != 0; e, k = el[e].Parent, k+1 {
		if t := el[e].Tag; t >= token.H1 && t <= token.H6 {
			return int(t-token.H1) + 1
		}
		if v := token.SharedAttrAt(p.HTML, int(el[e].At), "aria-level"); len(v) == 1 && v[0] >= '1' && v[0] <= '6' {
			return int(v[0] - '0')
		}
	}
	return 0
}

// InnerTable returns the table of the innermost cell around an element.
func (p *Page) InnerTable(e int32) int32 { return p.inner(e, token.Table) }

// CellsTo counts the cells of a row behind one up to another: an empty one keeps its place.
func (p *Page) CellsTo(row, from, to int32) (n int) {
	for e := from + 1; e <= to; e++ {
		if el := &p.Elems[e]; el.Parent == row && (el.Tag == token.TD || el.Tag == token.TH) {
			n++
		}
	}
	return n
}

// Row returns the table row and cell of a block that is alone in its cell and
// short, else noElem.
func (p *Page) Row(b *Block) (row, cell int32) {
	el := p.Elems
	if el[b.Elem].Ctx&InCell == 0 || b.Weight > 400 {
		return NoElem, NoElem
	}
	for e, k := b.Holder, 0; e > 0 && k < 4; e, k = el[e].Parent, k+1 {
		if el[e].Blocks > 1 {
			break
		}
		if t := el[e].Tag; t == token.TD || t == token.TH {
			if up := el[e].Parent; el[up].Tag == token.TR {
				return up, e
			}
			break
		}
	}
	return NoElem, NoElem
}

// BoxOf is the container of a heading: the first that holds more than it.
func (p *Page) BoxOf(b *Block) int32 {
	box := p.Elems[b.Holder].Parent
	for box > 0 && p.Elems[box].Blocks <= 1 {
		box = p.Elems[box].Parent
	}
	return box
}

// boxClimb are the levels in which an element's container is looked for.
const boxClimb = 16

// InBox reports an element inside a container, up to 16 levels deep.
func (p *Page) InBox(e, box int32) bool {
	for k := 0; k < boxClimb && e > box; k++ {
		e = p.Elems[e].Parent
	}
	return e == box
}
