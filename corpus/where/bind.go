package where

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
)

// Bind makes the condition a test of documents by the columns of a schema. An error, an
// *[Error], names a column that the schema lacks or a comparison that its type does not
// have. The test may be called concurrently.
func (x *Expr) Bind(schema corpus.Schema) (func(*corpus.Document) bool, error) {
	return x.root.bind(schema)
}

func (n node) bind(schema corpus.Schema) (func(*corpus.Document) bool, error) {
	if n.column != "" {
		return n.comparison(schema)
	}
	tests := make([]func(*corpus.Document) bool, len(n.sub))
	for i, s := range n.sub {
		var err error
		if tests[i], err = s.bind(schema); err != nil {
			return nil, err
		}
	}
	switch n.op {
	case "not":
		return func(d *corpus.Document) bool { return !tests[0](d) }, nil
	case "or":
		return func(d *corpus.Document) bool { return anyOf(tests, d, true) }, nil
	}
	return func(d *corpus.Document) bool { return !anyOf(tests, d, false) }, nil
}

// anyOf reports whether a test has that outcome.
func anyOf(tests []func(*corpus.Document) bool, d *corpus.Document, outcome bool) bool {
	for _, t := range tests {
		if t(d) == outcome {
			return true
		}
	}
	return false
}

func (n node) comparison(schema corpus.Schema) (func(*corpus.Document) bool, error) {
	var column *corpus.Column
	for i := range schema {
		if schema[i].Name == n.column {
			column = &schema[i]
		}
	}
	if column == nil {
		return nil, &Error{At: n.at, Column: n.column,
			Msg: fmt.Sprintf("there is no column %q; known: %s", n.column, strings.Join(schema.Names(), ", "))}
	}
	values := slices.Clone(n.values)
	for i := range values {
		if err := values[i].suit(*column); err != nil {
			return nil, err
		}
	}
	get, typ := column.Value, column.Type
	test := func(v corpus.Value) bool { return holds(n.op, v, typ, values[0]) }
	if n.op == "in" {
		test = func(v corpus.Value) bool {
			for _, l := range values {
				if holds("=", v, typ, l) {
					return true
				}
			}
			return false
		}
	}
	return func(d *corpus.Document) bool { return test(get(d)) }, nil
}

// String is the literal as it was written.
func (l *literal) String() string {
	if l.kind == textLiteral {
		return "'" + l.str + "'"
	}
	return l.str
}

// suit makes the literal one of the column's type. Times become numbers.
func (l *literal) suit(c corpus.Column) error {
	if l.kind == nullLiteral {
		return nil
	}
	fail := func(format string, args ...any) error { return &Error{At: l.at, Msg: fmt.Sprintf(format, args...)} }
	switch perSecond, _ := c.Type.Clock(); {
	case c.Type == corpus.Bytes:
		return fail("column %s holds bytes, which are compared with null alone", c.Name)
	case c.Type.Numeric():
		if l.kind != numberLiteral {
			return fail("column %s is a number, %s is none", c.Name, l)
		}
	case c.Type == corpus.Bool:
		if l.kind != boolLiteral {
			return fail("column %s is true or false, %s is neither", c.Name, l)
		}
	case perSecond > 0 || c.Type == corpus.Date:
		v, ok := c.Type.Parse(l.str)
		if l.kind != textLiteral || !ok {
			return fail("column %s is a %s, %s is none: write as in '2026-01-02'", c.Name, c.Type, l)
		}
		l.i = v.Int
	case l.kind != textLiteral:
		return fail("column %s is a text, %s is none: write '%s'", c.Name, l, l.str)
	}
	return nil
}

// holds compares a cell. A null one equals null, and nothing else is true of it.
func holds(op string, v corpus.Value, typ corpus.Type, l literal) bool {
	if null := l.kind == nullLiteral; v.Null || null {
		return null && (op == "=" && v.Null || op == "!=" && !v.Null)
	}
	c := compared(v, typ, l)
	switch op {
	case "=":
		return c == 0
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// compared is negative, 0 or positive. Whole numbers are compared as such, to 64 bits.
func compared(v corpus.Value, typ corpus.Type, l literal) int {
	switch {
	case typ.Textual():
		return cmp.Compare(v.Str, l.str)
	case typ == corpus.Float:
		return cmp.Compare(v.Float, l.f)
	case typ == corpus.Uint && l.unsigned:
		return cmp.Compare(uint64(v.Int), l.u)
	case typ == corpus.Uint:
		return against(uint64(v.Int), l.f, 0, 1<<64)
	case typ == corpus.Int && !l.whole:
		return against(v.Int, l.f, -1<<63, 1<<63)
	}
	return cmp.Compare(v.Int, l.i)
}

// against compares a whole number of a type that holds low to high-1 with a fraction, or
// with a number that the type does not hold.
func against[T int64 | uint64](x T, f, low, high float64) int {
	switch {
	case f >= high:
		return -1
	case f < low:
		return 1
	}
	floor := math.Floor(f)
	return cmp.Or(cmp.Compare(x, T(floor)), cmp.Compare(floor, f))
}
