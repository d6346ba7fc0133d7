// Package where is the language of conditions on columns: comparisons, joined by and, or
// and not, such as
//
//	lang = 'zh' and tokens >= 100 or not source in ['web', 'books']
//
// A comparison has a column on its left and a number, a quoted string, true, false or null
// on its right; a time is a string such as '2026-01-02' or '2026-01-02T03:04:05Z'. A column
// whose name has other characters than letters, digits, _ . and - stands in backticks:
// `Quality score` > 3. The operators are = != < <= > >= and in; not binds closer than and,
// and closer than or; brackets are round. A null cell fulfils no comparison but = null; not
// turns that round.
package where

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a condition.
const (
	bytesMax = 64 << 10
	depthMax = 100 // brackets and nots within each other
)

// Error is a mistake in a condition.
type Error struct {
	// At is its byte offset in the condition.
	At  int
	Msg string
	// Column is the column that the schema lacks, where that is the mistake.
	Column string
}

// Error says where it is, counting from 1, and what is wrong.
func (e *Error) Error() string { return fmt.Sprintf("character %d: %s", e.At+1, e.Msg) }

// Expr is a parsed condition, which is bound to columns by [Expr.Bind].
type Expr struct{ root node }

// node is or, and, not or a comparison.
type node struct {
	op     string // or, and, not, or of a comparison
	sub    []node
	column string
	values []literal
	at     int
}

// literal is what a column is compared with.
type literal struct {
	kind literalKind
	str  string // as it is written, a text without its quotes
	at   int
	// of a number
	f        float64
	i        int64
	u        uint64
	whole    bool // i is it
	unsigned bool // u is it
}

type literalKind uint8

const (
	nullLiteral literalKind = iota
	textLiteral
	numberLiteral
	boolLiteral
)

// Parse reads a condition. An error is an *[Error].
func Parse(src string) (*Expr, error) {
	if len(src) > bytesMax {
		return nil, &Error{Msg: fmt.Sprintf("a condition of more than %d bytes", bytesMax)}
	}
	p := &parser{src: src}
	p.next()
	root := p.or(0)
	if p.err == nil && p.tok.kind != end {
		p.fail(p.tok.at, "want and, or, or the end here, not %s", p.tok)
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Expr{root}, nil
}

// kind is what a token is.
type kind int

const (
	end kind = iota
	word
	name // in backticks: a column, whatever it is called
	text
	number
	sign
)

type token struct {
	kind kind
	s    string // of a text without its quotes
	at   int
}

func (t token) String() string {
	if t.kind == end {
		return "the end"
	}
	return strconv.Quote(t.s)
}

// is reports a word or sign; words go by lower case.
func (t token) is(s string) bool {
	return t.kind == sign && t.s == s || t.kind == word && strings.EqualFold(t.s, s)
}

type parser struct {
	src string
	pos int
	tok token
	err error
}

func (p *parser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{At: at, Msg: fmt.Sprintf(format, args...)}
	}
	p.tok = token{kind: end, at: len(p.src)}
	p.pos = len(p.src)
}

// next reads a token.
func (p *parser) next() {
	for p.pos < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.pos]) >= 0 {
		p.pos++
	}
	start := p.pos
	if start == len(p.src) {
		p.tok = token{kind: end, at: start}
		return
	}
	c, size := utf8.DecodeRuneInString(p.src[start:])
	switch {
	case c == '\'' || c == '"':
		p.quoted(byte(c), text)
	case c == '`':
		p.quoted('`', name)
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		p.pos += strings.IndexFunc(p.src[start+1:]+" ", func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEFxX._+-", r) }) + 1
		p.tok = token{number, p.src[start:p.pos], start}
	case c == '_' || unicode.IsLetter(c):
		p.pos += strings.IndexFunc(p.src[start:]+" ", func(r rune) bool {
			return r != '_' && r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		p.tok = token{word, p.src[start:p.pos], start}
	default:
		for _, s := range []string{"!=", "<=", ">=", "==", "<>"} {
			if strings.HasPrefix(p.src[start:], s) {
				size = 2
			}
		}
		p.pos += size
		p.tok = token{sign, p.src[start:p.pos], start}
	}
}

// quoted reads a text or name; a backslash takes the meaning from what follows.
func (p *parser) quoted(quote byte, kind kind) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.src); i++ {
		c := p.src[i]
		if c == '\\' && i+1 < len(p.src) {
			i++
			c = p.src[i]
		} else if c == quote {
			p.tok = token{kind, b.String(), p.pos}
			p.pos = i + 1
			return
		}
		b.WriteByte(c)
	}
	p.fail(p.pos, "what begins with %c here has no end", quote)
}

func (p *parser) or(depth int) node  { return p.joined("or", depth, p.and) }
func (p *parser) and(depth int) node { return p.joined("and", depth, p.not) }

// joined reads one operand or several with an operator between them.
func (p *parser) joined(op string, depth int, operand func(int) node) node {
	n := operand(depth)
	if !p.tok.is(op) {
		return n
	}
	list := node{op: op, at: n.at, sub: []node{n}}
	for p.tok.is(op) {
		p.next()
		list.sub = append(list.sub, operand(depth))
	}
	return list
}

func (p *parser) not(depth int) node {
	at := p.tok.at
	if depth > depthMax {
		p.fail(at, "nested deeper than %d", depthMax)
		return node{}
	}
	switch {
	case p.tok.is("not"):
		p.next()
		return node{op: "not", at: at, sub: []node{p.not(depth + 1)}}
	case p.tok.is("("):
		p.next()
		n := p.or(depth + 1)
		p.want(")")
		return n
	}
	return p.comparison()
}

// blank says how a column is written whose name seems to have blanks: words from the first to
// the token now, and behind them an operator.
func (p *parser) blank(first token) string {
	ahead := parser{src: p.src, pos: p.pos, tok: p.tok}
	to := 0
	for ahead.tok.kind == word && !slices.ContainsFunc([]string{"and", "or", "not", "in"}, ahead.tok.is) {
		to = ahead.pos
		ahead.next()
	}
	if to == 0 || operators[strings.ToLower(ahead.tok.s)] == "" {
		return ""
	}
	return ": a column whose name has a blank is written `" + p.src[first.at:to] + "`"
}

func (p *parser) want(s string) {
	if !p.tok.is(s) {
		p.fail(p.tok.at, "want %q here, not %s", s, p.tok)
		return
	}
	p.next()
}

// operators gives each its one spelling.
var operators = map[string]string{"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in"}

func (p *parser) comparison() node {
	first := p.tok
	n := node{column: first.s, at: first.at}
	switch {
	case p.tok.kind == name && p.tok.s != "":
	case p.tok.kind == text:
		p.fail(p.tok.at, "want a column here, not the text %s: a column in quotes is written `%s`", p.tok, p.tok.s)
		return n
	case p.tok.kind != word || p.tok.is("and") || p.tok.is("or") || slices.ContainsFunc([]string{"in", "null", "true", "false"}, p.tok.is):
		p.fail(p.tok.at, "want a column here, not %s", p.tok)
		return n
	}
	p.next()
	negated := p.tok.is("not")
	if negated {
		p.next()
	}
	n.op = operators[strings.ToLower(p.tok.s)]
	if p.tok.kind != sign && !p.tok.is("in") || n.op == "" || negated && n.op != "in" {
		hint := ""
		if !negated && first.kind == word {
			hint = p.blank(first)
		}
		p.fail(p.tok.at, "want =, !=, <, <=, >, >= or in here, not %s%s", p.tok, hint)
		return n
	}
	p.next()
	if n.op != "in" {
		n.values = []literal{p.literal()}
		if v := n.values[0]; v.kind == nullLiteral && n.op != "=" && n.op != "!=" {
			p.fail(v.at, "null is neither more nor less than anything: want = or !=")
		}
		return n
	}
	closing := "]"
	if p.tok.is("(") {
		closing = ")"
	} else if !p.tok.is("[") {
		p.fail(p.tok.at, "want a list here, as ['a', 'b'], not %s", p.tok)
		return n
	}
	p.next()
	for {
		n.values = append(n.values, p.literal())
		if !p.tok.is(",") {
			break
		}
		p.next()
	}
	p.want(closing)
	if negated {
		return node{op: "not", at: n.at, sub: []node{n}}
	}
	return n
}

func (p *parser) literal() literal {
	t := p.tok
	l := literal{str: t.s, at: t.at}
	switch {
	case t.kind == text:
		l.kind = textLiteral
	case t.is("null"):
	case t.is("true"), t.is("false"):
		l.kind = boolLiteral
		if t.is("true") {
			l.i = 1
		}
	case t.kind == number:
		l.kind = numberLiteral
		var whole, unsigned, fraction error
		l.i, whole = strconv.ParseInt(t.s, 10, 64)
		l.u, unsigned = strconv.ParseUint(t.s, 10, 64)
		l.f, fraction = strconv.ParseFloat(t.s, 64)
		l.whole, l.unsigned = whole == nil, unsigned == nil
		if fraction != nil || math.IsInf(l.f, 0) {
			p.fail(t.at, "%s is no number", t.s)
			return l
		}
	case t.kind == word:
		p.fail(t.at, "want a number, a text in quotes, true, false or null here: write '%s'", t.s)
		return l
	default:
		p.fail(t.at, "want a number, a text in quotes, true, false or null here, not %s", t)
		return l
	}
	p.next()
	return l
}

// Texts are those that the condition holds a column equal to, in or not.
func (x *Expr) Texts(column string) (texts []string) {
	var walk func(node)
	walk = func(n node) {
		for _, v := range n.values {
			if n.column == column && (n.op == "=" || n.op == "!=" || n.op == "in") && v.kind == textLiteral {
				texts = append(texts, v.str)
			}
		}
		for _, s := range n.sub {
			walk(s)
		}
	}
	walk(x.root)
	return texts
}

// Columns are those that the condition names, each once, in their order.
func (x *Expr) Columns() (names []string) {
	var walk func(node)
	walk = func(n node) {
		if n.column != "" && !slices.Contains(names, n.column) {
			names = append(names, n.column)
		}
		for _, s := range n.sub {
			walk(s)
		}
	}
	walk(x.root)
	return names
}
