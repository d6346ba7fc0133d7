package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/store"
)

// Read yields the rows of a file of a store: the texts of the columns asked for,
// in the order asked, as [Row.Text] gives them; "" where a value or the whole
// column is missing. The slice is reused by the next row. The sequence ends after
// its first error, which names the file: unlike [Reader] it passes over nothing.
func Read(ctx context.Context, s store.Store, name string, columns []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		if err := read(ctx, s, name, columns, yield); err != nil {
			yield(nil, fmt.Errorf("%s: %w", name, err))
		}
	}
}

// rowBytesMax is the largest row that Read reads.
const rowBytesMax = 1 << 30

func read(ctx context.Context, s store.Store, name string, columns []string, yield func([]string, error) bool) error {
	o, err := s.Stat(ctx, name)
	if err != nil {
		return err
	}
	ranges := format.NewRanges(ctx, s, name, o.Size, len(columns))
	err = readRanges(ranges, columns, yield)
	if ranges.Err() != nil {
		return ranges.Err() // and not what the decoder made of it
	}
	return err
}

func readRanges(ranges *format.Ranges, columns []string, yield func([]string, error) bool) error {
	r, err := NewReader(ranges, ranges.Size(), rowBytesMax)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	at, there := make([]int, len(columns)), []int(nil)
	for i, name := range columns {
		at[i] = r.Column(name)
		if at[i] >= 0 && !r.IsScalar(at[i]) {
			at[i] = -1
		}
		if at[i] >= 0 {
			there = append(there, at[i])
		}
	}
	if len(there) == 0 {
		return fmt.Errorf("none of the columns %q", columns)
	}
	if err := r.Select(there...); err != nil {
		return err
	}
	texts := make([]string, len(columns))
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, column := range at {
			texts[i] = ""
			if column >= 0 {
				texts[i], _ = row.Text(column)
			}
		}
		if !yield(texts, nil) {
			return nil
		}
	}
}
