package parquet

import (
	"errors"

	meta "github.com/parquet-go/parquet-go/format"
)

// damage is a data page that is damaged behind its header.
type damage struct {
	first  int64 // of its values, in the chunk
	values int64
	behind int64 // the byte behind it
}

// valuesOf is how many values of the chunk a page holds.
func valuesOf(h *meta.PageHeader) int64 {
	switch h.Type {
	case meta.DataPage:
		return int64(h.DataPageHeader.V.NumValues)
	case meta.DataPageV2:
		return int64(h.DataPageHeaderV2.V.NumValues)
	}
	return 0
}

// pass goes to the page behind the damaged one at which reading ended, where so
// many values of the chunk came before it. It returns the number of values that are
// passed over, 0 if reading cannot go on. What is given out begins anew then, with
// the dictionary if there is one.
func (p *pages) pass(first int64) (values int64) {
	d := p.damaged
	if p.err == nil || d.values == 0 || d.first != first {
		return 0
	}
	p.damaged = damage{}
	p.at, p.left = d.behind, p.left-d.values
	if p.chained = p.chained || p.chain(); !p.chained {
		return 0
	}
	p.ahead, p.head, p.body, p.off, p.err = nil, nil, nil, 0, nil
	if p.entries >= 0 {
		p.at, p.resumed, p.entries = p.dictionary, p.at, -1
	}
	return d.values
}

// chain says whether the headers from here on lead to the end of the chunk and
// state as many values as are left. If not, the number of values in the damaged
// page is not to be trusted, and rows behind it would be put together wrongly.
func (p *pages) chain() bool {
	at, left := p.at, p.left
	defer func() { p.at, p.left = at, left }()
	for p.left > 0 {
		h, err := p.header()
		if err != nil {
			return false
		}
		p.at += int64(h.CompressedPageSize)
		p.left -= valuesOf(h)
	}
	return true
}

// pageError is a damaged page behind which reading goes on.
type pageError struct {
	behind int64 // ordinal of the row behind it, in the row group
	err    error
}

func (e *pageError) Error() string { return e.err.Error() }

func (e *pageError) Unwrap() error { return e.err }

// failed goes behind the damaged page at which reading ended, if it can: the rows of
// a column that holds one value a row are known.
func (c *cursor) failed(err error) error {
	if c.nested {
		return err
	}
	rows := c.stored.pass(c.ordinal)
	if rows == 0 {
		return err
	}
	if err := c.open(c.chunk); err != nil {
		return err
	}
	c.ordinal += rows
	c.lost = &pageError{behind: c.ordinal, err: err}
	return c.lost
}

// next takes the values of a row of the row group and returns their bytes; rows
// before it that were lost in another column are passed over. A row of more than
// maxBytes is passed over. *pageError costs the rows that it names.
func (c *cursor) next(row, maxBytes int64) (int64, error) {
	for c.ordinal < row {
		_, err := c.take(0)
		if err != nil && !errors.Is(err, ErrTooLarge) && err != error(c.lost) { //nolint:errorlint // that very error
			return 0, err
		}
	}
	if c.ordinal > row {
		return 0, c.lost
	}
	return c.take(maxBytes)
}
