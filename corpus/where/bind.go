package where

import (
	"cmp"
	"fmt"
	"math"
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
		return nil, &Error{n.at, fmt.Sprintf("there is no column %q; known: %s", n.column, strings.Join(schema.Names(), ", "))}
	}
	numeric := column.Type == corpus.Int || column.Type == corpus.Float
	for _, v := range n.values {
		switch {
		case v.null:
		case numeric && v.text:
			return nil, &Error{v.at, fmt.Sprintf("column %s is a number, '%s' is a text", n.column, v.str)}
		case !numeric && !v.text:
			return nil, &Error{v.at, fmt.Sprintf("column %s is a text, %s is a number: write '%s'", n.column, v.str, v.str)}
		}
	}
	get, typ, values := column.Value, column.Type, n.values
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

// holds compares a cell. A null one equals null, and nothing else is true of it.
func holds(op string, v corpus.Value, typ corpus.Type, l literal) bool {
	if v.Null || l.null {
		return op == "=" && v.Null && l.null || op == "!=" && !v.Null && l.null
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
	case typ == corpus.Int && l.whole:
		return cmp.Compare(v.Int, l.i)
	case typ == corpus.Int: // against a fraction, or more than 64 bits
		switch {
		case l.f >= 1<<63:
			return -1
		case l.f < -1<<63:
			return 1
		}
		floor := math.Floor(l.f)
		return cmp.Or(cmp.Compare(v.Int, int64(floor)), cmp.Compare(floor, l.f))
	case typ == corpus.Float:
		return cmp.Compare(v.Float, l.f)
	}
	return cmp.Compare(v.Str, l.str)
}
