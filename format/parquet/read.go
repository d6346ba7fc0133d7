package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/store"
)

// ErrFile is wrapped by every error about the bytes of a Parquet file, as apart
// from errors of the store that holds it.
var ErrFile = errors.New("bad Parquet file")

// Field is a column of a file that rows can be read from: a leaf that is no list
// and lies in none. Name is its path, joined by dots.
type Field struct {
	Name string
	Type corpus.Type
}

// Flat is one row of flat columns: the values of the columns asked for, in the order asked. The
// slice is reused by the next row, the strings are not.
type Flat struct {
	Number int64
	Values []corpus.Value
}

// File is an opened Parquet file. It belongs to one goroutine.
type File struct {
	name   string
	file   *parquet.File
	source *ranges
	fields []Field
	leaves map[string]parquet.LeafColumn
}

// OpenFile reads the footer of a file of a store.
func OpenFile(ctx context.Context, s store.Store, name string) (*File, error) {
	o, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	f := &File{name: name, source: &ranges{ctx: ctx, store: s, name: name, size: o.Size}, leaves: map[string]parquet.LeafColumn{}}
	err = f.guard(func() (err error) {
		f.file, err = parquet.OpenFile(f.source, o.Size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
			parquet.ReadBufferSize(readBufferBytes))
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, path := range f.file.Schema().Columns() {
		leaf, ok := f.file.Schema().Lookup(path...)
		if !ok || leaf.MaxRepetitionLevel > 0 {
			continue
		}
		name := joinPath(path)
		f.leaves[name] = leaf
		f.fields = append(f.fields, Field{Name: name, Type: typeOf(leaf.Node.Type().Kind())})
	}
	return f, nil
}

// readBufferBytes is what one column reads ahead.
const readBufferBytes = 256 << 10

// Fields lists the columns that can be read, in file order.
func (f *File) Fields() []Field { return f.fields }

// Rows is the number of rows that the footer gives.
func (f *File) Rows() int64 { return f.file.NumRows() }

// Read yields the rows in order. A column that the file lacks reads as null. The
// sequence ends after its first error, which names the file.
func (f *File) Read(columns []string) iter.Seq2[Flat, error] {
	return func(yield func(Flat, error) bool) {
		row := Flat{Values: make([]corpus.Value, len(columns))}
		for _, group := range f.file.RowGroups() {
			more, err := f.readGroup(group, columns, &row, yield)
			if err != nil {
				yield(Flat{Number: row.Number}, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

func (f *File) readGroup(group parquet.RowGroup, columns []string, row *Flat, yield func(Flat, error) bool) (more bool, err error) {
	chunks := group.ColumnChunks()
	open := make([]*column, len(columns))
	defer func() {
		for _, c := range open {
			if c != nil {
				err = errors.Join(err, c.close())
			}
		}
	}()
	for i, name := range columns {
		if leaf, ok := f.leaves[name]; ok {
			open[i] = &column{pages: chunks[leaf.ColumnIndex].Pages(), present: leaf.MaxDefinitionLevel}
		}
	}
	for range group.NumRows() {
		err := f.guard(func() error {
			for i, c := range open {
				row.Values[i] = corpus.Null
				if c == nil {
					continue
				}
				v, err := c.next()
				if err != nil {
					return fmt.Errorf("row %d: column %s: %w", row.Number, columns[i], err)
				}
				row.Values[i] = v
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		if !yield(*row, nil) {
			return false, nil
		}
		row.Number++
	}
	return true, nil
}

// guard runs a call into the decoder, which may panic on damaged bytes, and tells
// errors of the store from those of the file.
func (f *File) guard(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if f.source.err != nil {
			err = fmt.Errorf("%s: %w", f.name, f.source.err)
		} else if err != nil {
			err = fmt.Errorf("%s: %w: %w", f.name, ErrFile, err)
		}
	}()
	return call()
}

// Read yields the rows of a file of a store: the values of the columns asked for.
// See [File.Read].
func Read(ctx context.Context, s store.Store, name string, columns []string) iter.Seq2[Flat, error] {
	return func(yield func(Flat, error) bool) {
		f, err := OpenFile(ctx, s, name)
		if err != nil {
			yield(Flat{}, err)
			return
		}
		f.Read(columns)(yield)
	}
}

// column reads the values of one column chunk.
type column struct {
	pages   parquet.Pages
	page    parquet.Page
	values  parquet.ValueReader
	present int // definition level of a value that is there
	buf     [64]parquet.Value
	at, n   int
}

func (c *column) next() (corpus.Value, error) {
	for c.at == c.n {
		if err := c.fill(); err != nil {
			return corpus.Null, err
		}
	}
	v := c.buf[c.at]
	c.at++
	if v.IsNull() || v.DefinitionLevel() < c.present {
		return corpus.Null, nil
	}
	switch v.Kind() {
	case parquet.Boolean:
		if v.Boolean() {
			return corpus.Int64(1), nil
		}
		return corpus.Int64(0), nil
	case parquet.Int32:
		return corpus.Int64(int64(v.Int32())), nil
	case parquet.Int64:
		return corpus.Int64(v.Int64()), nil
	case parquet.Float:
		return corpus.Float64(float64(v.Float())), nil
	case parquet.Double:
		return corpus.Float64(v.Double()), nil
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return corpus.Str(string(v.ByteArray())), nil // a copy: the page is reused
	}
	return corpus.Str(v.String()), nil
}

func (c *column) fill() error {
	for {
		if c.values == nil {
			page, err := c.pages.ReadPage()
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF // fewer values than rows
			}
			if err != nil {
				return err
			}
			c.page, c.values = page, page.Values()
		}
		n, err := c.values.ReadValues(c.buf[:])
		c.at, c.n = 0, n
		switch {
		case errors.Is(err, io.EOF):
			err = nil
			c.values = nil
			if n == 0 {
				parquet.Release(c.page)
				c.page = nil
				continue
			}
		case err == nil && n == 0:
			return io.ErrNoProgress
		}
		return err
	}
}

func (c *column) close() error {
	if c.page != nil {
		parquet.Release(c.page)
	}
	return c.pages.Close()
}

// ranges reads a stored file at offsets. It keeps the first error of the store.
type ranges struct {
	ctx   context.Context
	store store.Store
	name  string
	size  int64
	err   error
}

// ReadAt implements io.ReaderAt.
func (r *ranges) ReadAt(b []byte, off int64) (int, error) {
	if off >= r.size {
		return 0, io.EOF
	}
	f, err := r.store.OpenRange(r.ctx, r.name, off, min(int64(len(b)), r.size-off))
	if err != nil {
		return 0, r.failed(err)
	}
	n, err := io.ReadFull(f, b[:min(int64(len(b)), r.size-off)])
	if err = errors.Join(err, f.Close()); err != nil {
		return n, r.failed(err)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (r *ranges) failed(err error) error {
	if r.err == nil {
		r.err = err
	}
	return err
}

func typeOf(k parquet.Kind) corpus.Type {
	switch k {
	case parquet.Boolean, parquet.Int32, parquet.Int64:
		return corpus.Int
	case parquet.Float, parquet.Double:
		return corpus.Float
	}
	return corpus.String
}

func joinPath(path []string) string {
	s := path[0]
	for _, p := range path[1:] {
		s += "." + p
	}
	return s
}
