package parquet

import (
	"slices"
	"sort"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	meta "github.com/parquet-go/parquet-go/format"
)

// indexBytesMax is the largest page index of a column chunk that is read.
const indexBytesMax = 16 << 20

// bound says by the values of a column what of a file may be wanted.
type bound struct {
	leaf   int
	wanted func(least, most string) bool // nil wants all
}

// Bound passes over what holds no text of a column that is wanted, as far as the file tells
// by the smallest and the largest: row groups, and the pages before the first and behind the
// last that may hold one. Rows keep their ordinals, and some are given out that are not
// wanted. The column holds one text a row. It must precede the first Next.
func (r *Reader) Bound(column int, wanted func(least, most string) bool) {
	r.bound = bound{r.fields[column].first, wanted}
}

// Again opens the same file anew, with all its columns and row groups; the footer is not
// read again.
func (r *Reader) Again() (rd *Reader, err error) {
	defer rescue(&err)
	return newReader(r.src, r.size, r.footer, r.max)
}

// Groups are where the row groups begin that are to be read: bytes of the file, ascending.
func (r *Reader) Groups() (begins []int64) {
	for i := range r.footer.RowGroups {
		if g := &r.footer.RowGroups[i]; r.within(g) {
			begins = append(begins, r.begin(g))
		}
	}
	slices.Sort(begins)
	return slices.Compact(begins)
}

// may reports whether a row group may hold what is wanted. The old fields for the smallest
// and the largest are not asked: they are of an order that is none of texts.
func (b bound) may(g *meta.RowGroup) bool {
	if b.wanted == nil || b.leaf >= len(g.Columns) {
		return true
	}
	s := &g.Columns[b.leaf].MetaData.Statistics
	return len(s.MinValue) == 0 && len(s.MaxValue) == 0 || b.wanted(string(s.MinValue), string(s.MaxValue))
}

// window are the rows of a row group from the first page to the last that may hold what is
// wanted: all of them where the file has no index of its pages, or one that cannot be.
func (r *Reader) window(g *meta.RowGroup) (from, to int64) {
	if r.bound.wanted == nil {
		return 0, r.rows
	}
	c := &g.Columns[r.bound.leaf]
	var values meta.ColumnIndex
	pages := r.locations(c)
	n := len(pages)
	if n == 0 || !r.index(c.ColumnIndexOffset, c.ColumnIndexLength, &values) || len(values.NullPages) != n || len(values.MinValues) != n || len(values.MaxValues) != n {
		return 0, r.rows
	}
	first, last := -1, -1
	for i := range n {
		if !values.NullPages[i] && r.bound.wanted(string(values.MinValues[i]), string(values.MaxValues[i])) {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return 0, 0
	}
	if to = r.rows; last+1 < n {
		to = pages[last+1].FirstRowIndex
	}
	return pages[first].FirstRowIndex, to
}

// locations are the pages of a column chunk, nil where the file does not say where they
// are, or not what can be.
func (r *Reader) locations(c *meta.ColumnChunk) []meta.PageLocation {
	var o meta.OffsetIndex
	if !r.index(c.OffsetIndexOffset, c.OffsetIndexLength, &o) {
		return nil
	}
	row := int64(-1)
	for i, p := range o.PageLocations {
		if p.FirstRowIndex <= row || p.FirstRowIndex >= r.rows || i == 0 && p.FirstRowIndex != 0 {
			return nil
		}
		row = p.FirstRowIndex
	}
	return o.PageLocations
}

// index reads a part of the page index, and reports whether it is there and sound.
func (r *Reader) index(offset int64, length int32, to any) (ok bool) {
	n := int64(length)
	if offset <= 0 || n <= 0 || n > indexBytesMax || offset > r.size-n {
		return false
	}
	b := make([]byte, n)
	if m, _ := r.src.ReadAt(b, offset); m < len(b) { // what failed, the reader of the bytes knows
		return false
	}
	used, err := structLen(b)
	return err == nil && thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(b[:used])).Decode(to) == nil
}

// jump goes to the page that the first row wanted lies in, where the file says which.
func (r *Reader) jump(c *cursor, chunk *meta.ColumnChunk) {
	if r.row == 0 || c.nested {
		return
	}
	pages := r.locations(chunk)
	i := sort.Search(len(pages), func(i int) bool { return pages[i].FirstRowIndex > r.row }) - 1
	if i > 0 && c.stored.jump(pages[0].Offset, pages[i].Offset, pages[i].FirstRowIndex) {
		c.ordinal = pages[i].FirstRowIndex
	}
}

// jump goes to the page at a byte that so many values stand before, from the beginning of
// the chunk: where something stands before its first page, that is the dictionary, which is
// read before.
func (p *pages) jump(first, at, values int64) bool {
	if first < p.at || at <= first || at >= p.end || values > p.left {
		return false
	}
	if p.left -= values; first > p.at {
		p.resumed = at
	} else {
		p.at = at
	}
	return true
}
