package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// maxMarks bounds the memory of marks to 16 MiB; further ones are not kept.
const maxMarks = 1 << 20

func (p *Parser) mark(kind uint8) {
	if !p.Markup {
		return
	}
	e := p.top()
	if len(p.Marks) < maxMarks && p.Elems[e].Ctx&dom.InDead == 0 {
		p.Marks = append(p.Marks, dom.Mark{Piece: int32(len(p.Pieces)), At: int32(p.at), Elem: e, Kind: kind})
	}
}

// markFormat marks the tag of a formatting element by its name.
func (p *Parser) markFormat(name string, end bool) {
	kind := dom.MarkStrong
	switch strings.ToLower(name) {
	case "b", "strong":
	case "i", "em":
		kind = dom.MarkEm
	case "tt", "kbd", "samp":
		kind = dom.MarkCode
	default:
		return
	}
	if end {
		kind++
	}
	p.mark(kind)
}

// dropPieces takes back all pieces but the first n.
func (p *Parser) dropPieces(n int) {
	p.Pieces = p.Pieces[:n]
	for i := len(p.Marks) - 1; i >= 0 && int(p.Marks[i].Piece) > n; i-- {
		p.Marks[i].Piece = int32(n)
	}
}
