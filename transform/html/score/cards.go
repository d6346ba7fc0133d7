package score

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// counted reports a text that ends with a number in parentheses, as the choices of
// a filter do.
func counted(s string) bool {
	i := len(s)
	for i > 0 && token.IsSpace(s[i-1]) {
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
func (s *scanner) counted(html string, pieces []dom.Piece) bool {
	if n := len(pieces); n > 0 && s.last == token.ClassOther && s.b.Words < textWordLimit {
		return counted(html[pieces[n-1].Start:pieces[n-1].Stop])
	}
	return false
}

// fillCards describes the links, images and controls of the block and around it.
func (x *Scorer) fillCards(b *dom.Block, f *Features) {
	f[fAddress], f[fAddressParts], f[fAddressQuery] = -1, -1, 0
	if b.LinkW > 0 {
		f[fAddress], f[fAddressParts] = float32(b.Address.Dashes), float32(b.Address.Depth)
		if b.Address.Query {
			f[fAddressQuery] = 1
		}
	}
	g := &x.Groups[b.Group]
	f[fGrpAddress], f[fGrpCounted] = ratio(g.slugs, g.linked), ratio(g.counted, float32(g.Blocks))
	for k := range 3 {
		e := &x.p.Elems[x.up[k]]
		c := &e.Cards
		o := fUp1Images + 6*k
		f[o], f[o+1], f[o+2] = lg(float32(c.Images)), lg(float32(c.Inputs)), lg(float32(c.Links))
		f[o+3], f[o+4], f[o+5] = ratio(float32(c.Slugs), float32(c.Links)), lg(float32(c.Heads)), ratio(float32(c.Money), float32(e.Blocks))
	}
}

func (x *Scorer) fillPageCards(f *Features) {
	c := &x.p.Elems[0].Cards
	f[fPgImages], f[fPgInputs] = ratio(float32(c.Images), x.Stats.blocks), ratio(float32(c.Inputs), x.Stats.blocks)
	f[fPgAddresses] = ratio(float32(c.Slugs), float32(c.Links))
}
