package latex

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// command reads what a backslash begins.
func (p *parser) command() {
	f := p.in.top()
	if f == nil {
		return
	}
	name := commandName(f.s[f.i:])
	f.i += len(name)
	if name == "" {
		return
	}
	if !isLetter(name[0]) {
		p.sign(name)
		return
	}
	if m, ok := p.macros[name]; ok {
		p.expand(m)
		return
	}
	star := p.in.peek() == '*'
	if star {
		p.in.next()
	}
	if s, ok := symbols[name]; ok {
		p.spaces()
		p.put(s)
		return
	}
	if level, ok := sections[name]; ok {
		p.option()
		s := p.argument()
		if !p.preamble {
			p.w.title(p.level(level), s)
		}
		return
	}
	if n, ok := dropped[name]; ok {
		p.drop(n)
		return
	}
	if c, ok := accents[name]; ok {
		p.accent(c)
		return
	}
	p.known(name)
}

// spaces passes over the spaces that end a name.
func (p *parser) spaces() {
	for c := p.in.peek(); c == ' ' || c == '\t'; c = p.in.peek() {
		p.in.next()
	}
}

// level is that of a heading: of a document without chapters sections are the first.
func (p *parser) level(level int) int {
	if !p.chapters && level > 1 {
		level--
	}
	return level
}

// drop passes over a command's arguments.
func (p *parser) drop(arguments int) {
	for range 3 {
		if _, ok := p.option(); !ok {
			break
		}
	}
	for range arguments {
		p.option()
		p.group()
	}
	if arguments == 0 {
		p.spaces()
	}
}

// sign reads a command of one character.
func (p *parser) sign(name string) {
	switch name {
	case `\`:
		p.follows('*')
		if p.in.peek() == '[' {
			p.option()
		}
		if p.w.inRow() {
			p.w.endRow()
			return
		}
		if !p.preamble {
			p.w.breakLine()
		}
	case "(":
		p.formula(`\)`, "$")
	case "[":
		p.formula(`\]`, "$$")
	case "%", "&", "#", "_", "$", "{", "}":
		p.put(name)
	case " ", "\n", "\t", ",", ";", ":":
		p.put(" ")
	default:
		if c, ok := accents[name]; ok {
			p.accent(c)
		}
	}
}

// accent puts an accent on the next letter.
func (p *parser) accent(combining string) {
	s := p.argument()
	if p.preamble {
		return
	}
	n := 1
	for n < len(s) && s[n]&0xc0 == 0x80 {
		n++
	}
	if n = min(n, len(s)); n == 0 {
		return
	}
	letter := s[:n]
	switch letter {
	case "ı":
		letter = "i"
	case "ȷ":
		letter = "j"
	}
	p.w.put(norm.NFC.String(letter+combining) + s[n:])
}

// known reads the commands that mean more than a symbol. One that is not known leaves its
// arguments in braces.
func (p *parser) known(name string) {
	switch name {
	case "begin":
		p.begin()
	case "end":
		name, _ := p.group()
		p.end(strings.TrimSpace(name))
	case "par":
		p.endParagraph()
	case "item":
		p.item()
	case "newline", "linebreak", "tabularnewline":
		p.sign(`\`)
	case "newcommand", "renewcommand", "providecommand", "DeclareRobustCommand":
		p.define()
	case "newenvironment", "renewenvironment":
		p.defineEnvironment()
	case "def", "gdef", "edef", "xdef":
		p.def()
	case "DeclareMathOperator":
		p.operator()
	case "iffalse":
		p.skipCondition()
	case "title", "author", "date":
		p.option()
		p.head(name, p.argument())
	case "maketitle":
		p.makeTitle()
	case "footnote", "footnotetext", "thanks":
		p.option()
		p.footnote(p.argument())
	case "verb", "lstinline", "mintinline":
		p.verbatim(name)
	case "caption", "captionof", "subcaption":
		p.option()
		if name == "captionof" {
			p.group()
		}
		p.caption(p.argument())
	case "multicolumn", "multirow":
		p.span(name)
	case "bibitem":
		p.endParagraph()
		p.drop(1)
	case "url", "path", "nolinkurl":
		s, _ := p.group()
		p.put(s)
	case "href":
		p.group()
		p.put(p.argument())
	case "input", "include", "subfile", "import":
		p.drop(1)
	default:
		p.style(name)
	}
}

// style reads a command that dresses its argument, or one that is not known.
func (p *parser) style(name string) {
	mark := ""
	switch name {
	case "textbf":
		mark = "**"
	case "emph", "textit", "textsl":
		mark = "*"
	case "texttt", "code":
		mark = "`"
	case "section", "enquote":
	default:
		if p.preamble { // of what packages define nothing is text
			p.drop(0)
			for p.in.peek() == '{' || p.in.peek() == '[' {
				if _, ok := p.option(); !ok {
					p.group()
				}
			}
			return
		}
		if p.in.peek() == '[' {
			p.option()
		}
		p.spaces()
		return
	}
	s := p.argument()
	if s == "" {
		return
	}
	if name == "enquote" {
		p.put("“" + s + "”")
		return
	}
	if !p.o.Markdown || strings.Contains(s, mark) {
		mark = ""
	}
	p.put(mark + s + mark)
}

// head keeps what a document says of itself.
func (p *parser) head(name, s string) {
	switch name {
	case "title":
		p.meta.Title = s
	case "author":
		p.meta.Author = s
	case "date":
		p.meta.Date = s
	}
}

// makeTitle writes what head has kept, as the page shows it.
func (p *parser) makeTitle() {
	if p.preamble {
		return
	}
	p.w.title(1, p.meta.Title)
	for _, s := range []string{p.meta.Author, p.meta.Date} {
		p.w.put(s)
		p.w.endParagraph()
	}
}

// maxNotes bounds the footnotes.
const maxNotes = 100_000

func (p *parser) footnote(s string) {
	if p.preamble || s == "" || len(p.notes) >= maxNotes {
		return
	}
	p.notes = append(p.notes, s)
	if p.o.Markdown {
		p.put("[^" + strconv.Itoa(len(p.notes)) + "]")
	}
}

func (p *parser) caption(s string) {
	if p.w.inRow() {
		p.put(s + " ")
		return
	}
	p.endParagraph()
	p.put(s)
	p.endParagraph()
}

// verbatim reads code between two equal characters.
func (p *parser) verbatim(name string) {
	if name != "verb" {
		p.option()
	}
	if name == "mintinline" {
		p.group()
	}
	f := p.in.top()
	if f == nil {
		return
	}
	var code string
	if f.s[f.i] == '{' && name != "verb" {
		code, _ = p.group()
	} else {
		rest := f.s[f.i+1:]
		line, _, _ := strings.Cut(rest, "\n")
		n := strings.IndexByte(line, f.s[f.i])
		if n < 0 {
			return
		}
		code = rest[:n]
		f.i += n + 2
	}
	if p.o.Markdown && !strings.Contains(code, "`") {
		code = "`" + code + "`"
	}
	p.put(code)
}

// span reads a cell of several columns or rows.
func (p *parser) span(name string) {
	n, _ := p.group()
	p.option()
	p.group()
	p.put(p.argument())
	columns, err := strconv.Atoi(strings.TrimSpace(n))
	if name != "multicolumn" || err != nil || !p.w.inRow() {
		return
	}
	for range min(columns-1, maxFill) {
		p.w.endCell()
	}
}

// define reads \newcommand{\name}[n][default]{text}.
func (p *parser) define() {
	name, _ := p.group()
	m, ok := p.definition()
	if name = strings.TrimPrefix(strings.TrimSpace(name), `\`); ok && len(p.macros) < maxMacros {
		p.add(name, m)
	}
}

// add keeps a macro, but none for what is read here: its own text says less.
func (p *parser) add(name string, m macro) {
	if name == "" || !isLetter(name[0]) || reserved[name] {
		return
	}
	if _, ok := sections[name]; ok {
		return
	}
	p.macros[name] = m
}

// reserved are commands that stay what they are.
var reserved = map[string]bool{"begin": true, "end": true, "item": true, "newcommand": true, "def": true, "footnote": true, "caption": true, "title": true, "author": true, "maketitle": true}

func (p *parser) definition() (m macro, ok bool) {
	if n, has := p.option(); has {
		m.arguments, _ = strconv.Atoi(strings.TrimSpace(n)) // another has none
		m.arguments = min(max(m.arguments, 0), 9)
		m.standard, m.optional = p.option()
	}
	m.body, ok = p.group()
	return m, ok
}

func (p *parser) defineEnvironment() {
	name, _ := p.group()
	m, ok := p.definition()
	end, ok2 := p.group()
	name = strings.TrimSpace(name)
	if known := verbatims[name] || lists[name] != 0 || maths[name] || tabulars[name] > 0; ok && ok2 && !known && name != "document" && len(p.environments) < maxMacros {
		p.environments[name] = environment{m, end}
	}
}

// def reads \def\name#1#2{text}.
func (p *parser) def() {
	p.in.blanks()
	f := p.in.top()
	if f == nil || f.s[f.i] != '\\' {
		return
	}
	name := commandName(f.s[f.i+1:])
	f.i += 1 + len(name)
	n := strings.IndexByte(f.s[f.i:], '{')
	if n < 0 || n > 100 {
		return
	}
	pattern := f.s[f.i : f.i+n]
	f.i += n
	body, ok := p.group()
	plain := strings.Count(pattern, "#")*2 == len(strings.ReplaceAll(pattern, " ", ""))
	if ok && plain && len(p.macros) < maxMacros { // others are delimited by text
		p.add(name, macro{arguments: min(strings.Count(pattern, "#"), 9), body: body})
	}
}

// operator reads \DeclareMathOperator{\name}{text}.
func (p *parser) operator() {
	name, _ := p.group()
	body, ok := p.group()
	if name = strings.TrimPrefix(strings.TrimSpace(name), `\`); ok && len(p.macros) < maxMacros {
		p.add(name, macro{body: `\operatorname{` + body + `}`})
	}
}

// skipCondition passes over what is never read.
func (p *parser) skipCondition() {
	for depth := 1; depth > 0; {
		f := p.in.top()
		if f == nil {
			return
		}
		n := strings.IndexByte(f.s[f.i:], '\\')
		if n < 0 {
			f.i = len(f.s)
			continue
		}
		name := commandName(f.s[f.i+n+1:])
		f.i += n + 1 + len(name)
		switch {
		case name == "fi":
			depth--
		case name == "else" && depth == 1:
			return
		case strings.HasPrefix(name, "if") && name != "iff":
			depth++
		}
	}
}

// expand reads the text of a macro in its place.
func (p *parser) expand(m macro) {
	body := p.filled(m)
	if p.expansions++; p.expansions > maxExpansions || len(p.in.frames) >= maxFrames {
		p.fail("macros without end")
		return
	}
	if m.arguments == 0 {
		p.spaces()
	}
	p.budget -= len(body)
	p.in.push(body)
}

// filled is a macro's text with its arguments in their places.
func (p *parser) filled(m macro) string {
	if m.arguments == 0 {
		return m.body
	}
	var arguments [10]string
	first := 1
	if m.optional {
		var ok bool
		if arguments[1], ok = p.option(); !ok {
			arguments[1] = m.standard
		}
		first = 2
	}
	for i := first; i <= m.arguments; i++ {
		arguments[i], _ = p.group()
	}
	return p.fill(m.body, arguments)
}

func (p *parser) fill(body string, arguments [10]string) string {
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] == '#' && i+1 < len(body) && body[i+1] >= '1' && body[i+1] <= '9' {
			b.WriteString(arguments[body[i+1]-'0'])
			i++
		} else {
			b.WriteByte(body[i])
		}
		if b.Len() > maxArgument {
			p.fail("a macro whose text is very long")
			return ""
		}
	}
	return b.String()
}

// maxMathDepth is how often the text of macros is looked at for more of them.
const maxMathDepth = 10

// expandMath expands the macros within a formula.
func (p *parser) expandMath(raw string) string {
	for range maxMathDepth {
		s, any := p.expandOnce(raw)
		if !any || p.ended {
			return raw
		}
		raw = s
	}
	return raw
}

func (p *parser) expandOnce(raw string) (string, bool) {
	if len(p.macros) == 0 || !strings.Contains(raw, `\`) {
		return raw, false
	}
	inner := parser{macros: p.macros, budget: 1}
	inner.in.push(raw)
	var b strings.Builder
	found := false
	for f := inner.in.top(); f != nil; f = inner.in.top() {
		n := strings.IndexByte(f.s[f.i:], '\\')
		if n < 0 {
			b.WriteString(f.s[f.i:])
			break
		}
		b.WriteString(f.s[f.i : f.i+n])
		name := commandName(f.s[f.i+n+1:])
		f.i += n + 1 + len(name)
		m, ok := p.macros[name]
		if !ok {
			b.WriteString(`\` + name)
			continue
		}
		found = true
		if p.expansions++; p.expansions > maxExpansions {
			p.fail("macros without end")
			return raw, false
		}
		text := inner.filled(m)
		if inner.failed != nil || b.Len()+len(text) > maxArgument {
			p.fail("a formula that expands to very much")
			return raw, false
		}
		p.budget -= len(text)
		b.WriteString(text)
		if n := len(text); n > 0 && isLetter(text[n-1]) && isLetter(inner.in.peek()) { // two names must not become one
			b.WriteByte(' ')
		}
	}
	if p.budget < 0 {
		p.fail("macros that expand to many times the source")
		return raw, false
	}
	return b.String(), found
}

// cleanMath leaves labels and numbers of equations out, and comments.
func cleanMath(s string) string {
	if strings.Contains(s, "%") {
		var b strings.Builder
		for line := range strings.SplitAfterSeq(s, "\n") {
			for i := range len(line) {
				if line[i] == '%' && (i == 0 || line[i-1] != '\\') {
					line = line[:i] + "\n"
					break
				}
			}
			b.WriteString(line)
		}
		s = b.String()
	}
	for _, name := range []string{`\label{`, `\tag{`, `\intertext{`} {
		for {
			before, after, ok := strings.Cut(s, name)
			if !ok {
				break
			}
			_, after, ok = strings.Cut(after, "}")
			if !ok {
				break
			}
			s = before + after
		}
	}
	return strings.NewReplacer(`\nonumber`, "", `\notag`, "").Replace(s)
}
