package transform

import (
	"unicode"
	"unicode/utf8"
)

// beside remembers the tags between two runs of text: one element that ends and
// another that begins, or text between them that is left out.
type beside struct {
	ended, began bool
	unseen       bool
	from, to     tagID
}

func (g *beside) end(tag tagID) {
	if !g.ended {
		g.ended, g.from = true, tag
	}
}

func (g *beside) start(tag tagID) {
	if g.ended {
		g.began, g.to = true, tag
	}
}

// gap sets the text from start on apart from the word before when the two stand in
// elements side by side: pages leave the space between them to their style sheet.
// Between two links that is always so. Other elements cut words too: there a small
// letter goes on with the word, and single capitals are letters of one that moves.
// Where text between them is left out, there is always a space.
func (p *parser) gap(start int) {
	n := len(p.pieces)
	if !p.beside.began && !p.beside.unseen || n <= int(p.p0) || p.pieces[n-1].kind > pieceLink || p.open[tagMath] > 0 ||
		p.open[tagCode] > 0 && p.beside.to != tagCode || p.elems[p.top()].ctx&inPre != 0 {
		return
	}
	before := p.html[p.pieces[n-1].start:p.pieces[n-1].stop]
	l, size := utf8.DecodeLastRuneInString(before)
	r, _ := utf8.DecodeRuneInString(p.html[start:])
	if !isWordRune(l) || !isWordRune(r) {
		return
	}
	links := p.beside.from == tagA && p.beside.to == tagA
	upper := !unicode.IsLower(r) && (unicode.IsUpper(r) || unicode.IsDigit(r) || unicode.IsDigit(l))
	single := size == len(before) && unicode.IsUpper(l) // letters of a word that is moved about
	if links || p.beside.unseen || upper && !single {
		p.pieces = append(p.pieces, piece{kind: pieceGap})
	}
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
