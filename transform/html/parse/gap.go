package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// beside remembers the tags between two runs of text: one element that ends and
// another that begins, or text between them that is left out.
type beside struct {
	ended, began bool
	unseen       bool
	apart        bool // one of them is a block by its style
	left, came   bool // one set apart less surely (see looseTag) ended after the text before, began before the text behind
	from, to     token.Tag
}

func (g *beside) end(tag token.Tag) {
	if !g.ended {
		g.ended, g.from = true, tag
	}
}

func (g *beside) start(tag token.Tag) {
	if g.ended {
		g.began, g.to = true, tag
	}
}

// gap sets the text html[start:stop] apart from what stands before it in the block where
// the page leaves the space between them to its style sheet; moved says that it stands in
// another element.
func (p *Parser) gap(start, stop int, moved bool) {
	n := len(p.Pieces)
	if n <= int(p.p0) || p.Pieces[n-1].Kind > dom.PieceLink || p.open[token.Math] > 0 ||
		p.open[token.Code] > 0 && p.beside.to != token.Code || p.Elems[p.top()].Ctx&dom.InPre != 0 {
		return
	}
	last := p.Pieces[n-1]
	before, text := p.HTML[last.Start:last.Stop], p.HTML[start:stop]
	if before == "" || token.IsSpace(before[len(before)-1]) || token.IsSpace(text[0]) {
		return
	}
	if p.beside.apart || p.besideLoose(before, text) || moved && p.besideWords(before, text) || p.besideSentences(before, text, p.HTML[last.Stop:start]) {
		p.Pieces = append(p.Pieces, dom.Piece{Kind: dom.PieceGap})
	}
}

// besideWords reports two words in elements side by side. Between two links there is
// always a space. Other elements cut words too: there a small letter goes on with the
// word, and single capitals are letters of one that moves. Where text between them is
// left out, there is always a space.
func (p *Parser) besideWords(before, text string) bool {
	if !p.beside.began && !p.beside.unseen {
		return false
	}
	l, size := utf8.DecodeLastRuneInString(before)
	r, _ := utf8.DecodeRuneInString(text)
	if !isWordRune(l) || !isWordRune(r) {
		return false
	}
	links := p.beside.from == token.A && p.beside.to == token.A
	upper := !unicode.IsLower(r) && (unicode.IsUpper(r) || unicode.IsDigit(r) || unicode.IsDigit(l))
	single := size == len(before) && unicode.IsUpper(l) // letters of a word that is moved about
	return links || p.beside.unseen || upper && !single
}

const (
	sentenceWords = 3 // words that a sentence has at least
	closers       = `"'”’»)]`
	openers       = `"'“‘«([¿¡„`
)

// besideSentences reports the end of a sentence and the begin of another, with a tag
// between. Names of things with a dot in them (Node.js, java.lang.Object), initials and
// numbers end none; a link that goes on with one word may be the rest of such a name.
func (p *Parser) besideSentences(before, text, between string) bool {
	if c := before[len(before)-1]; c < 0x80 && !strings.ContainsRune(`.!?"')]`, rune(c)) {
		return false
	}
	first := strings.TrimLeft(text, openers)
	r, _ := utf8.DecodeRuneInString(first)
	number := unicode.IsDigit(r) && p.beside.began
	if !number && !beginsSentence(r) {
		return false
	}
	tags, apart := tagsBetween(between[:min(len(between), tagsReach)])
	if !tags {
		return false
	}
	end := strings.TrimRight(before, closers)
	stop, size := utf8.DecodeLastRuneInString(end)
	if !strings.ContainsRune(".!?…؟۔।", stop) {
		return false
	}
	end = strings.TrimRight(end[:len(end)-size], ".!?")
	word := end[strings.LastIndexAny(end, " \t\n\r")+1:]
	if !endsSentence(strings.TrimLeft(word, openers)) || number && isNumber(word) {
		return false
	}
	if apart || len(word) == len(end) {
		return apart
	}
	many := len(strings.Fields(end[max(0, len(end)-sentenceReach):])) >= sentenceWords
	phrase := strings.ContainsAny(first, " ,")
	return phrase && (many || p.beside.began) || many && p.beside.began && p.beside.to != token.A
}

// looseTag reports an inline element that most pages set apart: a label, a custom one, or one that
// its style floats, places, or makes a box of.
func (p *Parser) looseTag(tag token.Tag) bool {
	if s := p.a.Style; s != "" && (token.IndexFold(s, "float") >= 0 || token.IndexFold(s, "absolute") >= 0 || token.IndexFold(s, "inline-block") >= 0) {
		return true
	}
	if tag != token.Other {
		return tag == token.Label
	}
	for i := p.at + 1; i < len(p.HTML); i++ {
		switch c := p.HTML[i]; {
		case c == '-':
			return true
		case token.IsSpace(c) || c == '>' || c == '/':
			return false
		}
	}
	return false
}

// wordPart is the length of the text of a loose element from which it is no part of a
// word, characters: large first letters, letters that move.
const wordPart = 3

// besideLoose reports two texts that a loose element parts, of which neither is the part
// of a word, of a number or of what a mark belongs to.
func (p *Parser) besideLoose(before, text string) bool {
	if !p.beside.left && !p.beside.came {
		return false
	}
	l, size := utf8.DecodeLastRuneInString(before)
	r, _ := utf8.DecodeRuneInString(text)
	switch {
	case !isWordRune(r) && !unicode.Is(unicode.Sc, r), unicode.In(l, noSpaces...) && unicode.In(r, noSpaces...):
		return false
	case unicode.IsLetter(l) && unicode.IsLetter(r):
		return !(p.beside.left && utf8.RuneCountInString(before) < wordPart || p.beside.came && utf8.RuneCountInString(text) < wordPart)
	case isWordRune(l):
		return true
	case !strings.ContainsRune(".!?,;:%…)”»。", l):
		return false
	}
	d, _ := utf8.DecodeLastRuneInString(before[:len(before)-size])
	return !unicode.IsDigit(d) || !unicode.IsDigit(r) || strings.Contains(text, " ") // 19. and 99
}

// noSpaces are scripts that set no words apart.
var noSpaces = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// tagsBetween reports a tag that may stand between two sentences, and one that sets them
// apart: a custom element, or a block by its style.
func tagsBetween(s string) (any, apart bool) {
	for rest := s; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 || i+1 == len(rest) {
			return any, any && (apart || blockStyle(s))
		}
		rest = rest[i+1:]
		name := rest
		if j := strings.IndexAny(rest, " \t\n\r\f>"); j >= 0 {
			name = rest[:j]
		}
		if token.IsLetter(rest[0]) && name != "wbr" || rest[0] == '/' {
			any, apart = true, apart || strings.Contains(name, "-")
		}
	}
}

func isNumber(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsDigit(r)
}

const (
	sentenceReach = 64  // bytes in which a sentence's words are counted
	tagsReach     = 512 // bytes of tags between two texts that are looked at
)

// beginsSentence reports a capital, or a letter of a script that has none and sets words
// apart.
func beginsSentence(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsLetter(r) && unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Devanagari,
		unicode.Bengali, unicode.Tamil, unicode.Telugu, unicode.Gujarati, unicode.Gurmukhi, unicode.Hangul, unicode.Ethiopic, unicode.Georgian)
}

// endsSentence reports a word of at least two letters or digits and no other sign
// inside but an apostrophe or a hyphen, that does not mix the two.
func endsSentence(word string) bool {
	var letters, digits int
	for _, r := range word {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case r != '\'' && r != '’' && r != '-' && r != '%':
			return false
		}
	}
	return letters+digits > 1 && (letters == 0 || digits == 0)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
