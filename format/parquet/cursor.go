package parquet

import (
	"errors"
	"io"

	"github.com/parquet-go/parquet-go"
)

// cursorValues is how many values a cursor reads at a time.
const cursorValues = 128

// cursor walks over the values of one column of a row group, row by row.
type cursor struct {
	column int    // of the row group's chunks
	name   string // of the field that it is part of
	leaf   leafType
	stored pages
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    []parquet.Value
	at     int
	nested bool            // a row may hold more than one value
	row    []parquet.Value // of the current row
	err    error           // why a spare column cannot be read

	chunk   *parquet.FileColumnChunk // that decodes what stored gives out
	ordinal int64                    // of the row to be taken next, in the row group
	lost    *pageError               // the last
}

// open goes to the pages that stored gives out.
func (c *cursor) open(chunk *parquet.FileColumnChunk) error {
	if err := c.close(); err != nil {
		return err
	}
	c.chunk, c.pages = chunk, chunk.PagesFrom(&c.stored)
	if c.buf == nil {
		c.buf = make([]parquet.Value, 0, cursorValues)
	}
	return nil
}

var errEnds = errors.New("it ends before the rows of the row group")

// take takes the values of the next row and returns their bytes. A row of more than
// maxBytes is passed over.
func (c *cursor) take(maxBytes int64) (int64, error) {
	if c.at == len(c.buf) {
		if err := c.fill(); errors.Is(err, io.EOF) {
			return 0, errEnds
		} else if err != nil {
			return 0, c.failed(err)
		}
	}
	c.row = c.row[:0]
	size, large := int64(0), false
	for {
		v := c.buf[c.at]
		c.at++
		if size += sizeOf(v); size > maxBytes {
			large, c.row = true, c.row[:0]
		} else if !large {
			c.row = append(c.row, v)
		}
		if !c.nested {
			break
		}
		if c.at == len(c.buf) {
			if err := c.fill(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return 0, err
			}
		}
		if c.buf[c.at].RepetitionLevel() == 0 {
			break
		}
	}
	c.ordinal++
	if large {
		return 0, ErrTooLarge
	}
	return size, nil
}

// valueBytes is what a value counts beside its bytes, so that a row of very many
// empty values is bounded too.
const valueBytes = 24

func sizeOf(v parquet.Value) int64 {
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return valueBytes + int64(len(v.ByteArray()))
	}
	return valueBytes
}

// fill reads the next values. Those of the row at hand are copied before their
// page goes.
func (c *cursor) fill() error {
	c.buf, c.at = c.buf[:0], 0
	for {
		if c.values != nil {
			n, err := c.values.ReadValues(c.buf[:cap(c.buf)])
			c.buf = c.buf[:n]
			if n > 0 {
				return nil
			}
			if err == nil {
				return errors.New("a page ends before its values")
			}
			if !errors.Is(err, io.EOF) {
				return err
			}
		}
		for i, v := range c.row {
			c.row[i] = v.Clone()
		}
		c.release()
		if c.pages == nil {
			return io.EOF
		}
		page, err := c.pages.ReadPage()
		if err != nil && c.stored.err != nil {
			err = c.stored.err // and not what the decoder made of it
		}
		if err != nil {
			return err
		}
		c.page, c.values = page, page.Values()
	}
}

func (c *cursor) release() {
	if c.page != nil {
		parquet.Release(c.page)
		c.page, c.values = nil, nil
	}
}

func (c *cursor) close() error {
	c.row, c.buf, c.at = c.row[:0], c.buf[:0], 0
	pages := c.pages
	c.pages = nil
	c.release()
	if pages == nil {
		return nil
	}
	return pages.Close()
}
