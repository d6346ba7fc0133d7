package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// formulas is what the parser knows of the formula it is in and of the one
// before. Pages carry a formula up to three times: as symbols for the screen, as
// MathML for readers and as the TeX it came from. The TeX is kept, once.
type formulas struct {
	piece   int32  // pieces ahead of the running <math>
	dead    bool   // the running <math> stands in what is no text
	display bool   // it is set on a line of its own
	around  int32  // element whose wrappers were looked at last
	wide    bool   // they set a formula on a line of its own
	after   int    // pieces up to the last formula and with it
	last    string // its TeX as written
	over    int    // open elements with the rendering of a formula, which is left out; 0 = none
	overAt  int32  // it
	script  int    // where the next formula in a script is, as far as searched
}

// scriptReach is how far behind its rendering, in bytes, MathJax's script with
// the formula may be.
const scriptReach = 64 << 10

// formula adds TeX; the one just added does not come twice.
func (p *Parser) formula(start, stop int, display bool) {
	s := strings.TrimSpace(p.HTML[start:stop])
	if s == "" {
		return
	}
	kind := dom.PieceTeX
	if display {
		kind = dom.PieceDisplay
	}
	if s == p.formulas.last && p.justAfterFormula() {
		if last := &p.Pieces[p.formulas.after-1]; display {
			last.Kind = kind
		}
		return
	}
	p.breaks = 0
	if !p.hasText {
		e := p.top() // its wrappers are hidden as often as not
		for e > 0 && token.Props[p.Elems[e].Tag]&token.PropBlock == 0 {
			e = p.Elems[e].Parent
		}
		p.hasText, p.inner, p.same = true, e, true
	}
	p.Pieces = append(p.Pieces, dom.Piece{Start: int32(start), Stop: int32(stop), Kind: kind})
	p.formulas.last, p.formulas.after = s, len(p.Pieces)
}

// justAfterFormula reports that nothing but white space came since.
func (p *Parser) justAfterFormula() bool {
	n := p.formulas.after
	switch {
	case p.formulas.last == "" || n < 1 || len(p.Pieces) < n || len(p.Pieces) > n+1:
		return false
	case len(p.Pieces) == n:
		return true
	}
	between := p.Pieces[n]
	return strings.TrimSpace(p.HTML[between.Start:between.Stop]) == ""
}

// where returns the place in the page of a value of the running tag.
func (p *Parser) where(val string) (start, stop int) {
	start = p.at + max(strings.Index(p.HTML[p.at:p.pos], val), 0)
	return start, start + len(val)
}

// mathTag begins a <math> element. Its alttext, where that is TeX, takes the
// place of its symbols.
func (p *Parser) mathTag(pushed bool) {
	f := &p.formulas
	e := p.top()
	around := e
	if pushed {
		around = p.Elems[e].Parent
	}
	f.piece, f.dead = int32(len(p.Pieces)), p.Elems[around].Ctx&dom.InDead != 0
	if around != f.around || around == 0 {
		f.around, f.wide = around, p.displayAround(around)
	}
	f.display = token.EqualFold(p.a.Display, "block") || f.wide
	if pushed && !f.dead && isTeX(p.a.AltText) {
		start, stop := p.where(p.a.AltText)
		p.formula(start, stop, f.display)
		p.Elems[e].Ctx |= dom.InDead
	}
}

// displayAround looks for the wrappers of formulas on lines of their own.
func (p *Parser) displayAround(e int32) bool {
	for k := 0; k < 4 && e > 0; k++ {
		class := token.SharedAttrAt(p.HTML, int(p.Elems[e].At), "class")
		for _, name := range [...]string{"katex-display", "MathJax_Display", "MJXc-display", "mathml-display",
			"mwe-math-element-block", "math display"} {
			if strings.Contains(class, name) {
				return true
			}
		}
		e = p.Elems[e].Parent
	}
	return false
}

// isTeX tells the TeX of a formula from its words for readers.
func isTeX(s string) bool {
	if strings.ContainsAny(s, `\^_{}`) {
		return true
	}
	run := 0
	for i := range len(s) {
		if run++; !token.IsLetter(s[i]) {
			run = 0
		}
		if run > 2 {
			return false
		}
	}
	return strings.TrimSpace(s) != ""
}

// annotation takes the TeX source of a formula in place of its symbols.
func (p *Parser) annotation() {
	encoding := p.a.Encoding
	if i := token.IndexFold(encoding, "text/"); i >= 0 { // of a type such as text/x-latex
		encoding = encoding[i+len("text/"):]
	}
	if p.formulas.dead || token.IndexFold(encoding, "tex") < 0 {
		return
	}
	i := strings.IndexByte(p.HTML[p.pos:], '<')
	if i < 0 {
		i = len(p.HTML) - p.pos
	}
	if strings.TrimSpace(p.HTML[p.pos:p.pos+i]) == "" {
		return
	}
	if n := int(max(p.formulas.piece, p.p0)); n < len(p.Pieces) {
		p.dropPieces(n)
		p.hasText = p.hasText && n > int(p.p0)
	}
	p.formula(p.pos, p.pos+i, p.formulas.display)
	p.pos += i
}

// mathClass looks at elements whose class may be one of KaTeX, MathJax, pandoc or
// Sphinx.
func (p *Parser) mathClass(class string, pushed bool) {
	if !pushed || p.Elems[p.top()].Ctx&dom.InDead != 0 {
		return
	}
	switch {
	case strings.HasPrefix(class, "katex-html"):
		if p.justAfterFormula() {
			p.leaveOut()
		}
	case strings.HasPrefix(class, "MathJax"), strings.HasPrefix(class, "mjx-chtml MathJax"):
		if p.scriptAhead() {
			p.leaveOut()
		}
	case class == "math", strings.HasPrefix(class, "math "):
		p.delimited(class)
	}
}

// leaveOut makes the innermost element no text.
func (p *Parser) leaveOut() {
	e := p.top()
	p.Elems[e].Ctx |= dom.InDead
	p.formulas.over, p.formulas.overAt = len(p.stack), e
}

// endRendering closes a rendering that was never closed, so that it does not
// swallow the page.
func (p *Parser) endRendering() {
	if n := p.formulas.over; n <= len(p.stack) && p.stack[n-1] == p.formulas.overAt {
		p.popTo(n - 1)
	}
	p.formulas.over = 0
}

// scriptAhead reports a formula in a script close behind. The page is searched
// once.
func (p *Parser) scriptAhead() bool {
	if f := &p.formulas; f.script < p.pos {
		f.script = len(p.HTML) + scriptReach
		if i := strings.Index(p.HTML[p.pos:], "math/tex"); i >= 0 {
			f.script = p.pos + i
		}
	}
	return p.formulas.script-p.pos < scriptReach
}

// delimited takes the whole content of an element as a formula when it is one by
// its delimiters, or by pandoc's class.
func (p *Parser) delimited(class string) {
	i := strings.IndexByte(p.HTML[p.pos:], '<')
	if i < 0 || !strings.HasPrefix(p.HTML[p.pos+i:], "</") {
		return
	}
	s := p.HTML[p.pos : p.pos+i]
	start := p.pos + len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	s = strings.TrimSpace(s)
	for _, d := range [...]struct {
		open, end string
		display   bool
	}{{`\(`, `\)`, false}, {`\[`, `\]`, true}, {"$$", "$$", true}, {"$", "$", false}} {
		if len(s) > len(d.open)+len(d.end) && strings.HasPrefix(s, d.open) && strings.HasSuffix(s, d.end) {
			p.formula(start+len(d.open), start+len(s)-len(d.end), d.display)
			p.pos += i
			return
		}
	}
	if display := class == "math display"; display || class == "math inline" {
		p.formula(start, start+len(s), display)
		p.pos += i
	}
}

// imageTag takes the alternative text of a picture of a formula.
func (p *Parser) imageTag() {
	if p.a.Alt != "" && p.a.Class != "" && p.Elems[p.top()].Ctx&dom.InDead == 0 && formulaImage(p.a.Class, p.a.Alt) {
		start, stop := p.where(p.a.Alt)
		p.formula(start, stop, strings.Contains(p.a.Class, "-display"))
		return
	}
	p.mark(dom.MarkImage)
}

func formulaImage(class, alt string) bool {
	class = class[:min(len(class), token.MaxClassBytes)]
	if !strings.Contains(class, "math") && !strings.Contains(class, "tex") {
		return false
	}
	for len(class) > 0 {
		var name string
		name, class, _ = strings.Cut(class, " ")
		switch {
		case name == "tex", name == "latex", strings.HasPrefix(name, "mwe-math"):
			return true
		case name == "math":
			return strings.ContainsAny(alt, `\^_{=`)
		}
	}
	return false
}
