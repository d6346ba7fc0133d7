package arrow

import (
	"errors"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/corpusmill/corpusmill/corpus"
)

// column is a column of a file, or a field of a struct that is read by itself.
type column struct {
	name  string // or path
	path  []int  // of the fields below a column of the file, which is the first
	node  *node
	cells corpus.Type
	known bool // cells have that type: those of nulls alone have none
	// arrays are those of the batch at hand, of the column and of the fields below; the
	// values stand in the last.
	arrays []arrow.Array
	unread int64 // rows that could not be read
	cause  error
}

// node is a column or a field of a struct, with the fields of its own.
type node struct {
	name     string
	typ      arrow.DataType
	note     string // what the column holds, by its metadata
	children []*node
	element  *node // of a list; of a map its entries
	taken    bool  // it is read by itself
}

// The metadata by which columns of texts and bytes say what these are. The first is our
// own: other programs have a type of their own for what the second names.
const (
	noteKey      = "corpusmill.type"
	extensionKey = "ARROW:extension:name"
)

func newNode(f arrow.Field) *node {
	n := &node{name: f.Name, typ: f.Type}
	for _, key := range []string{noteKey, extensionKey} {
		if v, ok := f.Metadata.GetValue(key); ok && n.note == "" {
			n.note = strings.TrimPrefix(v, "arrow.")
		}
	}
	switch t := f.Type.(type) {
	case *arrow.StructType:
		for _, c := range t.Fields() {
			n.children = append(n.children, newNode(c))
		}
	case arrow.ListLikeType:
		n.element = newNode(t.ElemField())
	}
	return n
}

func newColumn(f arrow.Field) *column {
	c := &column{name: f.Name, node: newNode(f)}
	c.cells, c.known = cellType(c.node)
	return c
}

// find is the field of that path below the i-th column.
func (c *column) find(i int, path string) *column {
	n, at := c.node.find(path)
	if n == nil {
		return nil
	}
	found := &column{name: path, path: append([]int{i}, at...), node: n}
	found.cells, found.known = cellType(n)
	return found
}

// find is the node of that path, which begins with the name of this one, and the way there.
func (n *node) find(path string) (found *node, at []int) {
	rest, ok := strings.CutPrefix(path, n.name+".")
	if !ok {
		return nil, nil
	}
	for k, c := range n.children {
		if c.name == rest {
			return c, []int{k}
		}
		if found, below := c.find(rest); found != nil {
			return found, append([]int{k}, below...)
		}
	}
	return nil, nil
}

// open finds the arrays of a batch.
func (c *column) open(rec arrow.Record) {
	c.arrays = c.arrays[:0]
	if len(c.path) == 0 {
		for i, f := range rec.Schema().Fields() {
			if f.Name == c.name {
				c.arrays = append(c.arrays, rec.Column(i))
				break
			}
		}
		return
	}
	a := rec.Column(c.path[0])
	c.arrays = append(c.arrays, a)
	for _, k := range c.path[1:] {
		a = a.(*array.Struct).Field(k)
		c.arrays = append(c.arrays, a)
	}
}

// Take says that a column is read by itself: as JSON, the struct that it is a field of no
// longer has it.
func (r *Reader) Take(column int) {
	if c := r.fields[column]; len(c.path) > 0 && r.IsScalar(column) {
		c.node.taken = true
	}
}

// Taken reports whether nothing of a column is left that is not read by itself.
func (r *Reader) Taken(column int) bool { return r.fields[column].node.allTaken() }

func (n *node) allTaken() bool {
	if n.taken || len(n.children) == 0 {
		return n.taken
	}
	for _, c := range n.children {
		if !c.allTaken() {
			return false
		}
	}
	return true
}

// plainType is the type of the values that a dictionary, runs or an extension hold.
func plainType(t arrow.DataType) arrow.DataType {
	for range 64 {
		switch x := t.(type) {
		case *arrow.DictionaryType:
			t = x.ValueType
		case *arrow.RunEndEncodedType:
			t = x.Encoded()
		case arrow.ExtensionType:
			t = x.StorageType()
		default:
			return t
		}
	}
	return arrow.Null
}

// nested reports whether a value has several values or fields.
func nested(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.STRUCT, arrow.LIST, arrow.LARGE_LIST, arrow.FIXED_SIZE_LIST, arrow.LIST_VIEW, arrow.LARGE_LIST_VIEW,
		arrow.MAP, arrow.SPARSE_UNION, arrow.DENSE_UNION:
		return true
	}
	return false
}

// cellType is the type of a column's cells, and whether there is one.
func cellType(n *node) (corpus.Type, bool) {
	switch t := plainType(n.typ).(type) {
	case *arrow.NullType:
		return corpus.String, false
	case *arrow.BooleanType:
		return corpus.Bool, true
	case *arrow.Uint64Type:
		return corpus.Uint, true
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type, *arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.DurationType:
		return corpus.Int, true
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type:
		return corpus.Float, true
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType:
		return corpus.Bytes, true
	case *arrow.FixedSizeBinaryType:
		if n.note == "uuid" {
			return corpus.String, true
		}
		return corpus.Bytes, true
	case *arrow.Date32Type, *arrow.Date64Type:
		return corpus.Date, true
	case *arrow.TimestampType:
		typ := corpus.Millis
		switch t.Unit {
		case arrow.Microsecond:
			typ = corpus.Micros
		case arrow.Nanosecond:
			typ = corpus.Nanos
		}
		if t.TimeZone == "" {
			typ += corpus.LocalMillis - corpus.Millis
		}
		return typ, true
	}
	if nested(plainType(n.typ)) || n.note == "json" {
		return corpus.JSON, true
	}
	return corpus.String, true
}

// CellType is the type of a column's cells, and whether it is known: numbers, times and
// texts as such, decimals, times of a day and intervals as texts, durations as numbers, all
// that has several values or fields as JSON. A column of nulls alone has none.
func (r *Reader) CellType(column int) (corpus.Type, bool) {
	return r.fields[column].cells, r.fields[column].known
}

// IsText says whether a column holds one string a row.
func (r *Reader) IsText(column int) bool {
	switch plainType(r.fields[column].node.typ).ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW, arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW:
		return true
	}
	return false
}

// IsScalar says whether a column holds one value a row.
func (r *Reader) IsScalar(column int) bool { return !nested(plainType(r.fields[column].node.typ)) }

// Type is the type of a column, in the words of the format.
func (r *Reader) Type(column int) string { return r.fields[column].node.typ.String() }

// Unread is how many rows so far lack a column since it could not be read, and why.
func (r *Reader) Unread(column int) (rows int64, err error) {
	return r.fields[column].unread, r.fields[column].cause
}

// ErrDamaged is a value that cannot be read.
var ErrDamaged = errors.New("damaged value")
