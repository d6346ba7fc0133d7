// Package latex turns LaTeX into text, or into Markdown: sections, lists, tables, listings,
// footnotes and captions; formulas stay as they are written. Macros that the source defines
// are expanded, within limits. Nothing is typeset, and no other file is read.
package latex

import (
	"errors"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/transform"
)

// Media is the media type of LaTeX sources.
const Media = format.MediaTeX

// Options say what is written. The zero value is plain text.
type Options struct {
	Markdown bool // headings, lists, tables, code and emphasis are marked
}

// ErrLimit reports a source whose macros expand to more than a document has.
var ErrLimit = errors.New("latex: document is over a limit")

// Most of a source.
const (
	maxExpansions = 100_000
	maxFrames     = 200     // macros whose text is read within each other's
	maxNested     = 100     // arguments that are read within each other
	maxMacros     = 10_000  // that a source may define
	maxArgument   = 1 << 20 // bytes of an argument
	maxLists      = 50      // lists in each other
	expandFactor  = 8       // times the size of the source that is read in all
	expandSpare   = 1 << 20
)

// Document is the outcome of reading a source.
type Document struct {
	Text     string
	Metadata transform.Metadata // title, author, date
}

// Read reads a source, which is to be valid UTF-8. The error is ErrLimit with details.
func Read(source string, o Options) (Document, error) {
	source = strings.ReplaceAll(strings.TrimPrefix(source, "\ufeff"), "\r\n", "\n")
	p := parser{o: o, macros: map[string]macro{}, environments: map[string]environment{},
		budget: expandFactor*len(source) + expandSpare, preamble: hasPreamble(source),
		chapters: strings.Contains(source, `\chapter`)}
	p.in.push(source)
	p.w.markdown = o.Markdown
	p.run(false)
	if p.failed != nil {
		return Document{}, p.failed
	}
	p.w.endParagraph()
	p.w.endTables()
	for i, note := range p.notes {
		p.w.note(i+1, note)
	}
	return Document{Text: string(p.w.out), Metadata: p.meta}, nil
}

// hasPreamble says whether a source is a document of its own: a chapter may quote one.
func hasPreamble(source string) bool {
	class := strings.Index(source, `\documentclass`)
	if class < 0 {
		class = strings.Index(source, `\documentstyle`)
	}
	if class < 0 || !strings.Contains(source[class:], `\begin{document}`) {
		return false
	}
	for line := range strings.SplitSeq(source[:class], "\n") { // what stands before a class is no text
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '%' && line[0] != '\\' && line[0] != '{' && line[0] != '}' {
			return false
		}
	}
	return true
}

// parser reads a source from its beginning to its end.
type parser struct {
	o            Options
	in           input
	w            writer
	macros       map[string]macro
	environments map[string]environment
	open         []string // environments, innermost last
	notes        []string
	meta         transform.Metadata
	preamble     bool // before \begin{document}
	chapters     bool
	ended        bool
	budget       int // bytes that may still be read
	expansions   int
	nested       int
	failed       error
}

// macro is one that the source defines.
type macro struct {
	arguments int
	optional  bool // the first is, and has a default
	standard  string
	body      string
}

// environment is one that the source defines.
type environment struct {
	macro
	end string
}

// input is what is read: the source, and on top of it the texts of macros.
type input struct{ frames []frame }

type frame struct {
	s string
	i int
}

func (in *input) push(s string) { in.frames = append(in.frames, frame{s: s}) }

// top goes to the innermost text that is not at its end, nil where none is.
func (in *input) top() *frame {
	for n := len(in.frames); n > 0; n-- {
		if f := &in.frames[n-1]; f.i < len(f.s) {
			return f
		}
		if n == 1 {
			break
		}
		in.frames = in.frames[:n-1]
	}
	return nil
}

// peek is the next byte, 0 at the end.
func (in *input) peek() byte {
	if f := in.top(); f != nil {
		return f.s[f.i]
	}
	return 0
}

func (in *input) next() (c byte, ok bool) {
	f := in.top()
	if f == nil {
		return 0, false
	}
	f.i++
	return f.s[f.i-1], true
}

// blanks passes over spaces and at most one end of a line.
func (in *input) blanks() {
	lines := 0
	for f := in.top(); f != nil; f = in.top() {
		switch f.s[f.i] {
		case ' ', '\t':
		case '\n':
			if lines++; lines > 1 {
				return
			}
		case '%':
			in.comment()
			continue
		default:
			return
		}
		f.i++
	}
}

// comment passes over the rest of a line, its end, and the spaces before the next.
func (in *input) comment() {
	f := in.top()
	if f == nil {
		return
	}
	if n := strings.IndexByte(f.s[f.i:], '\n'); n >= 0 {
		f.i += n + 1
		for f.i < len(f.s) && (f.s[f.i] == ' ' || f.s[f.i] == '\t') {
			f.i++
		}
		return
	}
	f.i = len(f.s)
}

// fail ends the reading.
func (p *parser) fail(what string) {
	if p.failed == nil {
		p.failed = fmt.Errorf("%w: %s", ErrLimit, what)
	}
	p.ended = true
}

// run reads to the end, or to the end of the group that it is in.
func (p *parser) run(group bool) {
	depth := 0
	for !p.ended {
		c, ok := p.in.next()
		if !ok {
			return
		}
		if p.budget--; p.budget < 0 {
			p.fail("macros that expand to many times the source")
			return
		}
		switch c {
		case '%':
			p.in.comment()
		case '\\':
			p.command()
		case '{':
			depth++
		case '}':
			if depth == 0 && group {
				return
			}
			depth = max(depth-1, 0)
		case '$':
			p.dollar()
		case '\n':
			p.lineEnd()
		default:
			p.character(c)
		}
	}
}

// lineEnd is a space, and the end of the paragraph where an empty line follows.
func (p *parser) lineEnd() {
	empty := false
	for f := p.in.top(); f != nil; f = p.in.top() {
		c := f.s[f.i]
		if c != ' ' && c != '\t' && c != '\n' {
			break
		}
		empty = empty || c == '\n'
		f.i++
	}
	if empty {
		p.endParagraph()
		return
	}
	p.put(" ")
}

// character writes what stands for itself, and what TeX makes of several.
func (p *parser) character(c byte) {
	switch c {
	case '~':
		p.put(" ")
	case '&':
		if p.w.inRow() {
			p.w.endCell()
			return
		}
		p.put("&")
	case '`':
		p.put(p.ligature('`', "“", "‘"))
	case '\'':
		p.put(p.ligature('\'', "”", "’"))
	case '-':
		switch {
		case !p.follows('-'):
			p.put("-")
		case p.follows('-'):
			p.put("—")
		default:
			p.put("–")
		}
	default:
		p.w.byte(c, p.preamble)
	}
}

func (p *parser) ligature(c byte, double, single string) string {
	if p.follows(c) {
		return double
	}
	return single
}

// follows takes the next byte if it is c.
func (p *parser) follows(c byte) bool {
	if p.in.peek() != c {
		return false
	}
	p.in.next()
	return true
}

// put writes words of the text, of which the preamble has none.
func (p *parser) put(s string) {
	if !p.preamble {
		p.w.put(s)
	}
}

func (p *parser) endParagraph() {
	if !p.preamble {
		p.w.endParagraph()
	}
}

// dollar reads a formula.
func (p *parser) dollar() {
	end := "$"
	if p.follows('$') {
		end = "$$"
	}
	p.formula(end, end)
}

// formula writes a formula between dollar signs, which ends with end. One that does not is
// none.
func (p *parser) formula(end, sign string) {
	raw, ok := p.until(end)
	if !ok {
		p.put(sign)
		return
	}
	p.math(raw, sign)
}

func (p *parser) math(raw, sign string) {
	if p.preamble {
		return
	}
	raw = p.expandMath(raw)
	raw = strings.Join(strings.Fields(cleanMath(raw)), " ")
	if raw == "" {
		return
	}
	if sign == "$$" && !p.w.inRow() {
		p.w.endParagraph()
		p.w.put("$$" + raw + "$$")
		p.w.endParagraph()
		return
	}
	p.w.put("$" + raw + "$")
}

// until takes what stands before end, which is passed over. Of several texts it looks at
// the innermost alone.
func (p *parser) until(end string) (string, bool) {
	f := p.in.top()
	if f == nil {
		return "", false
	}
	rest := f.s[f.i:min(len(f.s), f.i+maxArgument)]
	for from := 0; ; {
		n := strings.Index(rest[from:], end)
		if n < 0 {
			p.budget -= len(rest)
			return "", false
		}
		n += from
		if end[0] == '$' && n > 0 && rest[n-1] == '\\' { // a dollar of money
			from = n + 1
			continue
		}
		f.i += n + len(end)
		p.budget -= n
		return rest[:n], true
	}
}

// group takes an argument as it is written: in braces, or the next character or command.
func (p *parser) group() (string, bool) {
	p.in.blanks()
	f := p.in.top()
	if f == nil {
		return "", false
	}
	if f.s[f.i] != '{' {
		n := 1
		if f.s[f.i] == '\\' {
			n += len(commandName(f.s[f.i+1:]))
		} else {
			for f.i+n < len(f.s) && f.s[f.i+n]&0xc0 == 0x80 { // the bytes of one character
				n++
			}
		}
		if f.s[f.i] == '}' || f.i+n > len(f.s) {
			return "", false
		}
		f.i += n
		return f.s[f.i-n : f.i], true
	}
	return f.balanced('{', '}')
}

// option takes an argument in brackets, if one follows.
func (p *parser) option() (string, bool) {
	p.in.blanks()
	f := p.in.top()
	if f == nil || f.s[f.i] != '[' {
		return "", false
	}
	return f.balanced('[', ']')
}

// balanced takes what stands between two signs, in which braces are balanced. Where the
// second is missing, the paragraph ends what was meant.
func (f *frame) balanced(opening, closing byte) (string, bool) {
	start, depth := f.i+1, 0
	for i := start; i < min(len(f.s), start+maxArgument); i++ {
		switch c := f.s[i]; {
		case c == '\\':
			i++
		case c == closing && depth == 0:
			f.i = i + 1
			return f.s[start:i], true
		case c == '{':
			depth++
		case c == '}':
			if depth == 0 {
				return f.cut(start, i)
			}
			depth--
		}
	}
	end := min(len(f.s), start+maxArgument)
	if n := strings.Index(f.s[start:end], "\n\n"); n >= 0 {
		end = start + n
	}
	return f.cut(start, end)
}

func (f *frame) cut(start, end int) (string, bool) {
	f.i = end
	return f.s[start:end], true
}

// commandName is the name of the command behind a backslash: letters, or one character.
func commandName(s string) string {
	n := 0
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	if n == 0 && len(s) > 0 {
		for n = 1; n < len(s) && s[n]&0xc0 == 0x80; n++ {
		}
	}
	return s[:n]
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '@' }

// argument reads an argument as text of a line.
func (p *parser) argument() string {
	raw, _ := p.group()
	return p.inline(raw)
}

// inline is what a piece of the source says, in a line.
func (p *parser) inline(raw string) string {
	if p.nested >= maxNested || p.ended {
		return ""
	}
	p.nested++
	frames, w, preamble, open := p.in.frames, p.w, p.preamble, p.open
	p.in.frames, p.w, p.preamble, p.open = nil, writer{markdown: w.markdown, line: true}, false, nil
	p.in.push(raw)
	ended := p.ended
	p.run(false)
	p.w.endParagraph()
	p.w.endTables()
	s := string(p.w.out)
	p.ended = ended || p.failed != nil
	p.in.frames, p.w, p.preamble, p.open = frames, w, preamble, open
	p.nested--
	return strings.Join(strings.Fields(s), " ")
}
