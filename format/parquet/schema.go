package parquet

import (
	"github.com/parquet-go/parquet-go"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
)

// node is one node of a file's schema with what it takes to write its values as
// JSON.
type node struct {
	name     string
	repeat   repetition
	shape    shape
	leaf     bool
	text     bool // one string a row
	bytes    bool // that may be none: nothing says that the bytes are text
	typ      string
	first    int // index of the first leaf below
	leaves   int
	children []*node
	render   render // of a leaf
	spare    *spare // nil if rows need the column
	null     bool   // nothing but nulls, of no type
	cellType corpus.Type
	cell     func(parquet.Value) (corpus.Value, bool) // nil takes the text
	// of a field of a struct that is read by itself
	base  int   // definition level of the struct
	of    *node // its place in the struct
	taken bool  // of a node in a struct: it is read by itself
}

type repetition uint8

const (
	required repetition = iota
	optional
	repeated
)

type shape uint8

const (
	value shape = iota
	group
	list
	table // a map
)

// newNode reads a column of the schema and numbers its leaves. elements are those
// of the file's schema, from the column on; what it does not need is returned.
func (r *Reader) newNode(c *parquet.Column, elements []meta.SchemaElement) (*node, []meta.SchemaElement) {
	n := &node{name: c.Name(), first: len(r.nested)}
	switch {
	case c.Optional():
		n.repeat = optional
	case c.Repeated():
		n.repeat = repeated
	}
	_, n.null = elements[0].LogicalType.Value.(*meta.NullType)
	logical := logicalOf(&elements[0])
	elements = elements[1:]
	if c.Leaf() {
		n.leaf, n.leaves, n.render = true, 1, renderOf(c.Type().Kind(), logical)
		r.nested, r.leaves = append(r.nested, c.MaxRepetitionLevel() > 0), append(r.leaves, leafTypeOf(c))
		n.text, n.typ = n.repeat != repeated && isText(c.Type().Kind(), logical), c.Type().Kind().String()
		if logical != nil {
			n.typ = logical.String()
		}
		n.bytes = n.text && logical == nil
		n.cellType, n.cell = cellOf(c.Type().Kind(), logical)
		if n.repeat == repeated {
			n.cellType = corpus.JSON
		}
		return n, elements
	}
	n.shape, n.typ, n.cellType = group, "a group of columns", corpus.JSON
	for _, child := range c.Columns() {
		var m *node
		m, elements = r.newNode(child, elements)
		n.children = append(n.children, m)
	}
	n.leaves = len(r.nested) - n.first
	if len(n.children) == 1 && n.children[0].repeat == repeated {
		inner := n.children[0]
		switch logical.(type) {
		case *meta.ListType:
			n.shape, n.typ = list, "a list"
		case *meta.MapType:
			if len(inner.children) == 2 && inner.children[0].leaf && inner.children[0].repeat != repeated {
				n.shape, n.typ = table, "a map"
			}
		}
	}
	return n, elements
}

// isText says whether values are strings.
func isText(kind parquet.Kind, logical meta.LogicalTypeValue) bool {
	switch logical.(type) {
	case nil:
		return kind == parquet.ByteArray || kind == parquet.FixedLenByteArray
	case *meta.StringType, *meta.EnumType, *meta.JsonType:
		return true
	}
	return false
}

// element is what a list holds: by the rules of the format the repeated child is
// either the element or a wrapper around it.
func (n *node) element() *node {
	inner := n.children[0]
	if len(inner.children) == 1 && inner.name != "array" && inner.name != n.name+"_tuple" {
		return inner.children[0]
	}
	return inner
}

// assembler puts the values of a row together again, by the record assembly of
// the Dremel paper (Melnik et al. 2010), and writes them as JSON.
type assembler struct {
	cursors []*cursor
	at      []int // next value of each leaf within the row
	failed  bool
}

// start goes to the first values of a field.
func (a *assembler) start(n *node) {
	a.failed = false
	for l := n.first; l < n.first+n.leaves; l++ {
		a.at[l] = 0
	}
}

// end reports whether the values of the field fitted together.
func (a *assembler) end(n *node) bool {
	for l := n.first; l < n.first+n.leaves; l++ {
		if a.at[l] != len(a.cursors[l].row) {
			return false
		}
	}
	return !a.failed
}

// peek is the next value of a leaf; at the end of the row it is null.
func (a *assembler) peek(leaf int) parquet.Value {
	if row := a.cursors[leaf].row; a.at[leaf] < len(row) {
		return row[a.at[leaf]]
	}
	a.failed = true
	return parquet.Value{}
}

// skip passes over the absence of a node, one value for each of its leaves.
func (a *assembler) skip(n *node) {
	for l := n.first; l < n.first+n.leaves; l++ {
		a.at[l]++
	}
}

// write appends a node of a row, whose definition and repetition levels so far
// are given.
func (a *assembler) write(dst []byte, n *node, def, rep int) []byte {
	switch n.repeat {
	case optional:
		if n.leaves > 0 && a.peek(n.first).DefinitionLevel() <= def {
			a.skip(n)
			return append(dst, "null"...)
		}
		def++
	case repeated:
		dst = append(dst, '[')
		dst = a.each(dst, n, def, rep, func(dst []byte) []byte { return a.content(dst, n, def+1, rep+1) })
		return append(dst, ']')
	}
	return a.content(dst, n, def, rep)
}

// each writes the occurrences of a repeated node, with commas in between.
func (a *assembler) each(dst []byte, n *node, def, rep int, one func([]byte) []byte) []byte {
	if n.leaves == 0 {
		return dst
	}
	if a.peek(n.first).DefinitionLevel() <= def {
		a.skip(n)
		return dst
	}
	for {
		before := a.at[n.first]
		dst = one(dst)
		if a.failed || a.at[n.first] == before {
			a.failed = true
			return dst
		}
		row := a.cursors[n.first].row
		if at := a.at[n.first]; at >= len(row) || row[at].RepetitionLevel() != rep+1 {
			return dst
		}
		dst = append(dst, ',')
	}
}

// content writes a node that is there.
func (a *assembler) content(dst []byte, n *node, def, rep int) []byte {
	switch n.shape {
	case list:
		inner, element := n.children[0], n.element()
		dst = append(dst, '[')
		dst = a.each(dst, inner, def, rep, func(dst []byte) []byte {
			if element == inner {
				return a.content(dst, inner, def+1, rep+1)
			}
			return a.write(dst, element, def+1, rep+1)
		})
		return append(dst, ']')
	case table:
		inner := n.children[0]
		dst = append(dst, '{')
		dst = a.each(dst, inner, def, rep, func(dst []byte) []byte {
			start := len(dst)
			dst = a.write(dst, inner.children[0], def+1, rep+1)
			if dst[start] != '"' { // a key is a string in JSON, whatever it is here
				key := string(dst[start:])
				dst = append(append(append(dst[:start], '"'), key...), '"')
			}
			return a.write(append(dst, ':'), inner.children[1], def+1, rep+1)
		})
		return append(dst, '}')
	case group:
		dst = append(dst, '{')
		begin := len(dst)
		for _, c := range n.children {
			if c.taken {
				a.skip(c)
				continue
			}
			if len(dst) > begin {
				dst = append(dst, ',')
			}
			dst = append(format.AppendString(dst, c.name), ':')
			dst = a.write(dst, c, def, rep)
		}
		return append(dst, '}')
	}
	v := a.peek(n.first)
	a.at[n.first]++
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return n.render(dst, v)
}
