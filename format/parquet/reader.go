package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	meta "github.com/parquet-go/parquet-go/format"
)

// readBuffer is the read buffer of one column; what lies under it fetches more
// at a time.
const readBuffer = 64 << 10

// Reader reads the rows of a Parquet file one by one, in order. It holds one page
// of each selected column. A Reader belongs to one goroutine.
type Reader struct {
	src     io.ReaderAt
	size    int64
	footer  *meta.FileMetaData
	chunks  []parquet.ColumnChunk // by leaf, of plainFile
	leaves  []leafType
	fields  []*node
	names   []string // of the fields
	max     int64
	pageMax int64 // bytes of a page, decompressed; 0 is any
	group   int   // the row group after the open one
	from    int64 // row groups that begin in from..to-1 are read; all where to is 0
	to      int64
	first   int64 // ordinal of the first row of the open group
	row     int64 // rows of the open group that were read, or lie before what is wanted
	end     int64 // rows of the open group up to which it is read
	rows    int64 // rows of the open group
	bound   bound
	nested  []bool // by leaf: a row may hold more than one value
	cursors []*cursor
	wanted  []*cursor // those that a row needs
	spares  []*spare
	cells   assembler
}

// NewReader opens a file of that many bytes. A row of more than rowBytesMax bytes
// is reported and passed over. A damaged file is an error here or later, never a
// panic.
func NewReader(r io.ReaderAt, size, rowBytesMax int64) (rd *Reader, err error) {
	defer rescue(&err)
	footer, err := readFooter(r, size)
	if err != nil {
		return nil, err
	}
	return newReader(r, size, footer, rowBytesMax)
}

func newReader(r io.ReaderAt, size int64, footer *meta.FileMetaData, rowBytesMax int64) (*Reader, error) {
	rd := &Reader{src: r, size: size, footer: footer, max: rowBytesMax}
	f, err := plainFile(physical(footer.Schema))
	if err != nil {
		return nil, err
	}
	elements := footer.Schema[1:]
	for _, c := range f.Root().Columns() {
		var n *node
		n, elements = rd.newNode(c, elements)
		rd.fields, rd.names = append(rd.fields, n), append(rd.names, n.name)
	}
	rd.chunks = f.RowGroups()[0].ColumnChunks()
	leaves := len(rd.nested)
	rd.cursors = make([]*cursor, leaves)
	rd.cells = assembler{cursors: rd.cursors, at: make([]int, leaves)}
	all := make([]int, len(rd.fields))
	for i := range all {
		all[i] = i
	}
	if len(all) == 0 {
		return rd, nil // rows of nothing
	}
	return rd, rd.Select(all...)
}

// Names are the names of the file's columns, those of nested ones included only
// by their outermost.
func (r *Reader) Names() []string { return r.names }

// Name is the name of a column, or the path of a field.
func (r *Reader) Name(column int) string { return r.fields[column].name }

// Sorted returns the columns that a filter keeps, by name.
func (r *Reader) Sorted(keep func(column int) bool) []int {
	var columns []int
	for i := range r.names {
		if keep(i) {
			columns = append(columns, i)
		}
	}
	slices.SortStableFunc(columns, func(a, b int) int { return strings.Compare(r.fields[a].name, r.fields[b].name) })
	return columns
}

// IsText says whether a column holds one string a row.
func (r *Reader) IsText(column int) bool { return r.fields[column].text }

// Type is the type of a column, in the words of the format.
func (r *Reader) Type(column int) string { return r.fields[column].typ }

// IsScalar says whether a column holds one value a row.
func (r *Reader) IsScalar(column int) bool {
	return r.fields[column].leaf && r.fields[column].repeat != repeated
}

// Rows is the number of rows that the footer states.
func (r *Reader) Rows() (n int64) {
	for i := range r.footer.RowGroups {
		n += rowsOf(&r.footer.RowGroups[i], r.nested)
	}
	return n
}

// Leaves is the number of columns that are read side by side.
func (r *Reader) Leaves() int {
	n := 0
	for _, c := range r.cursors {
		if c != nil {
			n++
		}
	}
	return n
}

// PageMax bounds the pages that are decompressed, in bytes: rows of a larger one are lost,
// and reading goes on behind them. It must precede Select.
func (r *Reader) PageMax(bytes int64) { r.pageMax = bytes }

// Within limits reading to the row groups that begin in a range of the file's bytes, the
// first byte included and the last not; 0, 0 is all of them. Rows keep their ordinals. It must
// precede the first Next.
func (r *Reader) Within(from, to int64) { r.from, r.to = from, to }

// within reports whether a row group is to be read. Each begins in one range of the file,
// whatever its columns say.
func (r *Reader) within(g *meta.RowGroup) bool {
	if !r.bound.may(g) {
		return false
	}
	if r.to == 0 {
		return true
	}
	begin := r.begin(g)
	return r.from <= begin && begin < r.to
}

// begin is the first byte of a row group.
func (r *Reader) begin(g *meta.RowGroup) int64 {
	begin := r.size - 1
	for i := range g.Columns {
		c := &g.Columns[i].MetaData
		begin = min(begin, c.DataPageOffset)
		if c.DictionaryPageOffset > 0 {
			begin = min(begin, c.DictionaryPageOffset)
		}
	}
	return max(begin, 0)
}

// Select limits reading to some columns, all of which a row needs; the others are
// not fetched. It must precede the first Next.
func (r *Reader) Select(columns ...int) error {
	if len(columns) == 0 {
		return errors.New("select at least one column")
	}
	clear(r.cursors)
	r.wanted, r.spares = nil, nil
	for _, f := range r.fields {
		f.spare = nil
	}
	for _, i := range columns {
		r.wanted = append(r.wanted, r.follow(i)...)
	}
	return nil
}

// follow makes cursors for the leaves of a column that have none.
func (r *Reader) follow(column int) (cursors []*cursor) {
	f := r.fields[column]
	for l := f.first; l < f.first+f.leaves; l++ {
		if r.cursors[l] == nil {
			r.cursors[l] = &cursor{column: l, name: f.name, leaf: r.leaves[l], nested: r.nested[l]}
			r.cursors[l].stored.max = r.pageMax
			r.cursors[l].stored.padded = strings.HasPrefix(r.footer.CreatedBy, "fastparquet")
			cursors = append(cursors, r.cursors[l])
		}
	}
	return cursors
}

// RowError is a row that could not be read; reading goes on behind it.
type RowError struct {
	Record int64 // ordinal in the file
	Err    error
}

// Error names the row and the cause.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Record, e.Err) }

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// GroupError is rows of a row group that could not be read: those of a damaged page
// or, where these are not known, the rest of the row group. Reading goes on behind
// them.
type GroupError struct {
	Record int64 // ordinal of the first lost row
	Rows   int64 // rows that are lost by the footer's count
	Err    error
}

// Error names the lost rows and the cause.
func (e *GroupError) Error() string {
	return fmt.Sprintf("rows %d to %d are lost: %v", e.Record, e.Record+e.Rows-1, e.Err)
}

// Unwrap returns the cause.
func (e *GroupError) Unwrap() error { return e.Err }

// ErrTooLarge is a row beyond the limit.
var ErrTooLarge = errors.New("row is larger than record_bytes_max")

// ErrDisagree is a row whose columns do not fit together.
var ErrDisagree = errors.New("the columns of the row do not fit together")

// Row is one row. It is valid until the next call of Next.
type Row struct {
	Record int64 // ordinal in the file
	r      *Reader
}

// Next returns the next row. *RowError and *GroupError cost what they name;
// io.EOF ends the file.
func (r *Reader) Next() (Row, error) {
	for r.row >= r.end {
		r.first += r.rows
		r.row, r.end, r.rows = 0, 0, 0
		for r.group < len(r.footer.RowGroups) && !r.within(&r.footer.RowGroups[r.group]) {
			r.first += rowsOf(&r.footer.RowGroups[r.group], r.nested)
			r.group++
		}
		if r.group >= len(r.footer.RowGroups) {
			return Row{}, io.EOF
		}
		if err := r.open(r.group); err != nil && r.end > 0 {
			return Row{}, r.lost(err)
		}
	}
	record := r.first + r.row
	err := r.advance()
	switch {
	case errors.Is(err, ErrTooLarge):
		r.row++
		return Row{}, &RowError{record, err}
	case err != nil:
		return Row{}, r.lost(err)
	}
	r.row++
	return Row{record, r}, nil
}

// lost gives up the rows of a damaged page, or the rest of the open row group.
func (r *Reader) lost(err error) error {
	behind := r.end
	var page *pageError
	if errors.As(err, &page) {
		behind = min(page.behind, behind)
	}
	e := &GroupError{Record: r.first + r.row, Rows: behind - r.row, Err: err}
	r.row = behind
	return e
}

func (r *Reader) open(i int) (err error) {
	defer rescue(&err)
	r.group++
	g := &r.footer.RowGroups[i]
	r.rows = rowsOf(g, r.nested)
	r.end = r.rows
	if len(g.Columns) != len(r.cursors) {
		return fmt.Errorf("row group %d has %d columns, the schema %d", i, len(g.Columns), len(r.cursors))
	}
	r.row, r.end = r.window(g)
	for _, c := range r.wanted {
		if err := r.openChunk(c, g); err != nil {
			return fmt.Errorf("column %q: %w", c.name, err)
		}
	}
	for _, s := range r.spares {
		for _, c := range s.cursors {
			c.err = r.openChunk(c, g)
		}
	}
	return nil
}

func (r *Reader) openChunk(c *cursor, g *meta.RowGroup) (err error) {
	defer rescue(&err)
	values := r.rows
	if c.nested {
		values = g.Columns[c.column].MetaData.NumValues
	}
	if err := c.stored.open(r.src, r.size, &g.Columns[c.column], c.leaf, values); err != nil {
		return err
	}
	c.ordinal, c.lost = 0, nil
	r.jump(c, &g.Columns[c.column])
	return c.open(r.chunks[c.column].(*parquet.FileColumnChunk))
}

// advance takes one row from every cursor.
func (r *Reader) advance() (err error) {
	defer rescue(&err)
	size, large := int64(0), false
	for _, c := range r.wanted {
		n, err := c.next(r.row, r.max)
		switch {
		case errors.Is(err, ErrTooLarge):
			large = true
		case err != nil:
			return fmt.Errorf("column %q: %w", c.name, err)
		}
		size += n
	}
	large = large || size > r.max
	for _, s := range r.spares {
		size += s.next(r.row, r.max-min(size, r.max))
	}
	if large {
		return ErrTooLarge
	}
	return nil
}

// rescue turns a panic of the library over a damaged file into an error.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged file: %v", p)
	}
}

// Close gives back the memory of the open row group.
func (r *Reader) Close() (err error) {
	defer rescue(&err)
	for _, c := range r.cursors {
		if c != nil {
			err = errors.Join(err, c.close())
		}
	}
	return err
}
