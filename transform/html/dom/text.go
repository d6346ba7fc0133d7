package dom

import (
	"github.com/corpusmill/corpusmill/transform/html/inline"
)

// AppendBlock appends the text of one block without white space at its ends.
func (p *Page) AppendBlock(dst []byte, d *inline.Decoder, b *Block) []byte {
	base := len(dst)
	for _, c := range p.Pieces[b.P0:b.P1] {
		if c.Line {
			dst = append(inline.TrimSpaces(dst, base), '\n')
		}
		switch c.Kind {
		case PieceBreak:
			dst = append(inline.TrimSpaces(dst, base), '\n')
		case PieceTeX, PieceDisplay:
			dst = p.AppendTeX(dst, d, c)
		case PieceGap:
			dst = append(dst, ' ')
		default:
			dst = d.Append(dst, p.HTML[c.Start:c.Stop], b.Pre)
		}
	}
	end := inline.TrimLines(dst, base)
	start := base
	for start < end && (dst[start] == '\n' || dst[start] == ' ' && !b.Pre) {
		start++
	}
	if start > base {
		copy(dst[base:], dst[start:end])
		end -= start - base
	}
	return dst[:end]
}
