package transform

import "strings"

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
func (p *parser) formula(start, stop int, display bool) {
	s := strings.TrimSpace(p.html[start:stop])
	if s == "" {
		return
	}
	kind := pieceTeX
	if display {
		kind = pieceDisplay
	}
	if s == p.formulas.last && p.justAfterFormula() {
		if last := &p.pieces[p.formulas.after-1]; display {
			last.kind = kind
		}
		return
	}
	p.breaks = 0
	if !p.hasText {
		e := p.top() // its wrappers are hidden as often as not
		for e > 0 && tagProps[p.elems[e].tag]&propBlock == 0 {
			e = p.elems[e].parent
		}
		p.hasText, p.inner, p.same = true, e, true
	}
	p.pieces = append(p.pieces, piece{start: int32(start), stop: int32(stop), kind: kind})
	p.formulas.last, p.formulas.after = s, len(p.pieces)
}

// justAfterFormula reports that nothing but white space came since.
func (p *parser) justAfterFormula() bool {
	n := p.formulas.after
	switch {
	case p.formulas.last == "" || n < 1 || len(p.pieces) < n || len(p.pieces) > n+1:
		return false
	case len(p.pieces) == n:
		return true
	}
	between := p.pieces[n]
	return strings.TrimSpace(p.html[between.start:between.stop]) == ""
}

// where returns the place in the page of a value of the running tag.
func (p *parser) where(val string) (start, stop int) {
	start = p.at + max(strings.Index(p.html[p.at:p.pos], val), 0)
	return start, start + len(val)
}

// mathTag begins a <math> element. Its alttext, where that is TeX, takes the
// place of its symbols.
func (p *parser) mathTag(pushed bool) {
	f := &p.formulas
	e := p.top()
	around := e
	if pushed {
		around = p.elems[e].parent
	}
	f.piece, f.dead = int32(len(p.pieces)), p.elems[around].ctx&inDead != 0
	if around != f.around || around == 0 {
		f.around, f.wide = around, p.displayAround(around)
	}
	f.display = equalFold(p.a.display, "block") || f.wide
	if pushed && !f.dead && isTeX(p.a.alttext) {
		start, stop := p.where(p.a.alttext)
		p.formula(start, stop, f.display)
		p.elems[e].ctx |= inDead
	}
}

// displayAround looks for the wrappers of formulas on lines of their own.
func (p *parser) displayAround(e int32) bool {
	for k := 0; k < 4 && e > 0; k++ {
		class := sharedAttrAt(p.html, int(p.elems[e].at), "class")
		for _, name := range [...]string{"katex-display", "MathJax_Display", "MJXc-display", "mathml-display",
			"mwe-math-element-block", "math display"} {
			if strings.Contains(class, name) {
				return true
			}
		}
		e = p.elems[e].parent
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
		if run++; !isLetter(s[i]) {
			run = 0
		}
		if run > 2 {
			return false
		}
	}
	return strings.TrimSpace(s) != ""
}

// annotation takes the TeX source of a formula in place of its symbols.
func (p *parser) annotation() {
	encoding := p.a.encoding
	if i := indexFold(encoding, "text/"); i >= 0 { // of a type such as text/x-latex
		encoding = encoding[i+len("text/"):]
	}
	if p.formulas.dead || indexFold(encoding, "tex") < 0 {
		return
	}
	i := strings.IndexByte(p.html[p.pos:], '<')
	if i < 0 {
		i = len(p.html) - p.pos
	}
	if strings.TrimSpace(p.html[p.pos:p.pos+i]) == "" {
		return
	}
	if n := int(max(p.formulas.piece, p.p0)); n < len(p.pieces) {
		p.dropPieces(n)
		p.hasText = p.hasText && n > int(p.p0)
	}
	p.formula(p.pos, p.pos+i, p.formulas.display)
	p.pos += i
}

// mathClass looks at elements whose class may be one of KaTeX, MathJax, pandoc or
// Sphinx.
func (p *parser) mathClass(class string, pushed bool) {
	if !pushed || p.elems[p.top()].ctx&inDead != 0 {
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
func (p *parser) leaveOut() {
	e := p.top()
	p.elems[e].ctx |= inDead
	p.formulas.over, p.formulas.overAt = len(p.stack), e
}

// endRendering closes a rendering that was never closed, so that it does not
// swallow the page.
func (p *parser) endRendering() {
	if n := p.formulas.over; n <= len(p.stack) && p.stack[n-1] == p.formulas.overAt {
		p.popTo(n - 1)
	}
	p.formulas.over = 0
}

// scriptAhead reports a formula in a script close behind. The page is searched
// once.
func (p *parser) scriptAhead() bool {
	if f := &p.formulas; f.script < p.pos {
		f.script = len(p.html) + scriptReach
		if i := strings.Index(p.html[p.pos:], "math/tex"); i >= 0 {
			f.script = p.pos + i
		}
	}
	return p.formulas.script-p.pos < scriptReach
}

// delimited takes the whole content of an element as a formula when it is one by
// its delimiters, or by pandoc's class.
func (p *parser) delimited(class string) {
	i := strings.IndexByte(p.html[p.pos:], '<')
	if i < 0 || !strings.HasPrefix(p.html[p.pos+i:], "</") {
		return
	}
	s := p.html[p.pos : p.pos+i]
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
func (p *parser) imageTag() {
	if p.a.alt != "" && p.a.class != "" && p.elems[p.top()].ctx&inDead == 0 && formulaImage(p.a.class, p.a.alt) {
		start, stop := p.where(p.a.alt)
		p.formula(start, stop, strings.Contains(p.a.class, "-display"))
		return
	}
	p.mark(markImage)
}

func formulaImage(class, alt string) bool {
	class = class[:min(len(class), maxClassBytes)]
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

// appendTeX appends a formula between its dollar signs: references decoded, white
// space folded, comments to the ends of lines and a \displaystyle around it all
// left out.
func (x *Extractor) appendTeX(dst []byte, p piece) []byte {
	mark := "$"
	if p.kind == pieceDisplay {
		mark = "$$"
	}
	dst = append(dst, mark...)
	base := len(dst)
	dst = foldTeX(x.inline(dst, x.p.html[p.start:p.stop], true), base)
	dst = stripStyle(dst, base)
	if len(dst) == base {
		return dst[:base-len(mark)]
	}
	n := len(dst)
	for n > base && dst[n-1] == '\\' {
		n--
	}
	if (len(dst)-n)%2 == 1 { // a space that was escaped
		dst = append(dst, ' ')
	}
	return append(dst, mark...)
}

// foldTeX folds the white space of dst[base:] and drops comments, in place.
func foldTeX(dst []byte, base int) []byte {
	n := base
	for i := base; i < len(dst); i++ {
		c := dst[i]
		switch {
		case c == '\\' && i+1 < len(dst) && !isSpace(dst[i+1]):
			dst[n], dst[n+1] = c, dst[i+1]
			n += 2
			i++
			continue
		case c == '%':
			j := i
			for j < len(dst) && dst[j] != '\n' {
				j++
			}
			if j < len(dst) {
				for j+1 < len(dst) && isSpace(dst[j+1]) {
					j++
				}
				i = j
				continue
			}
		case isSpace(c):
			if n == base || dst[n-1] == ' ' {
				continue
			}
			c = ' '
		}
		dst[n] = c
		n++
	}
	return trimSpaces(dst[:n], base)
}

// stripStyle takes {\displaystyle ...} and \displaystyle off a formula.
func stripStyle(dst []byte, base int) []byte {
	for _, style := range [...]string{`{\displaystyle `, `{\textstyle `} {
		t := dst[base:]
		if len(t) > len(style) && string(t[:len(style)]) == style && closesAtEnd(t) {
			n := copy(t, t[len(style):len(t)-1])
			return trimSpaces(dst[:base+n], base)
		}
	}
	const style = `\displaystyle `
	if t := dst[base:]; len(t) > len(style) && string(t[:len(style)]) == style {
		dst = dst[:base+copy(t, t[len(style):])]
	}
	return dst
}

// closesAtEnd reports that the brace at the start of t is closed by its last
// byte.
func closesAtEnd(t []byte) bool {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i == len(t)-1
			}
		}
	}
	return false
}
