package parquet

import (
	"errors"
	"fmt"
)

// spare is a column that rows do without: where it cannot be read its value is
// null.
type spare struct {
	cursors []*cursor
	missing bool  // from the current row
	unread  int64 // rows
	err     error // the first
}

// Spare adds columns to the selected ones that rows do without: where one cannot be
// read, or would make the row too large, its value is null, up to the end of the
// damaged page or of the row group. Unread says where that was so.
func (r *Reader) Spare(columns ...int) {
	for _, i := range columns {
		s := &spare{cursors: r.follow(i)}
		r.spares, r.fields[i].spare = append(r.spares, s), s
	}
}

// Unread is in how many rows a spare column could not be read, so far, and why it
// could not the first time.
func (r *Reader) Unread(column int) (rows int64, err error) {
	if s := r.fields[column].spare; s != nil {
		return s.unread, s.err
	}
	return 0, nil
}

// miss counts the current row.
func (s *spare) miss(err error) {
	if !s.missing {
		s.missing = true
		s.unread++
	}
	if s.err == nil {
		s.err = err
	}
}

// next takes one row from the cursors of the column, of at most that many bytes,
// and returns its size.
func (s *spare) next(row, maxBytes int64) (size int64) {
	s.missing = false
	for _, c := range s.cursors {
		n, err := c.try(row, maxBytes)
		if err != nil {
			s.miss(fmt.Errorf("column %q: %w", c.name, err))
		}
		size += n
	}
	if !s.missing && size > maxBytes {
		s.miss(ErrTooLarge)
	}
	if s.missing {
		return 0
	}
	return size
}

// try takes a row of a cursor that may have failed. Where it is not known at which
// row it could go on it is not tried again before the next row group.
func (c *cursor) try(row, maxBytes int64) (n int64, err error) {
	if c.err != nil {
		return 0, c.err
	}
	if n, err = c.rescued(row, maxBytes); err != nil && !errors.Is(err, ErrTooLarge) {
		if page := (*pageError)(nil); !errors.As(err, &page) {
			c.err = err
		}
	}
	return n, err
}

func (c *cursor) rescued(row, maxBytes int64) (n int64, err error) {
	defer rescue(&err)
	return c.next(row, maxBytes)
}
