package gather

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

// How many columns of the index are said to be read side by side, which is how little is
// fetched ahead of each: as many as there are, and more where a few pages of them are wanted.
const (
	indexColumns = 10
	smallWindows = 128
)

// readColumnar reads a file of the columnar index: of each row group first the columns that
// say which rows are wanted, then, if any are, what it says of these.
func (s *crawlSource) readColumnar(ctx context.Context, shard corpus.Shard, h *hits, feed stage.Feed) error {
	r, ranges, err := s.openParquet(ctx, shard, feed)
	if r == nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	t := &table{source: s, shard: shard, feed: feed, file: r, ranges: ranges}
	if t.key = -1; s.want.keys != nil {
		t.key = r.Column("url_surtkey")
	}
	ranges.Streams(indexColumns)
	if t.key >= 0 && r.IsText(t.key) {
		r.Bound(t.key, s.want.between)
		ranges.Streams(smallWindows)
	}
	for _, begin := range r.Groups() {
		rows, err := t.wanted(ctx, begin)
		if err == nil && rows.any() {
			err = t.collect(ctx, begin, rows, h)
		}
		if err == nil { // so that the order of the documents hangs on the file alone
			err = h.flush(ctx)
		}
		if err != nil {
			return err
		}
	}
	return ranges.Err()
}

// table is an open file of the columnar index.
type table struct {
	source *crawlSource
	shard  corpus.Shard
	feed   stage.Feed
	file   *parquet.Reader
	ranges *format.Ranges
	key    int // the column of sort-friendly addresses; -1 where it bounds nothing
}

// group opens the row group that begins at a byte, for the columns that a row needs and
// those that it does without.
func (t *table) group(begin int64, needs, spares []int) (*parquet.Reader, error) {
	r, err := t.file.Again()
	if err != nil {
		return nil, err
	}
	r.PageMax(pageRecords * t.source.env.RecordBytesMax)
	r.Within(begin, begin+1)
	if t.key >= 0 && r.IsText(t.key) {
		r.Bound(t.key, t.source.want.between)
	}
	if err := r.Select(needs...); err != nil {
		return nil, err
	}
	r.Spare(spares...)
	return r, nil
}

// column is a column that the index must have.
func (t *table) column(name string) (int, error) {
	c := t.file.Column(name)
	if c < 0 || !t.file.IsScalar(c) {
		return -1, fmt.Errorf("no column %q: the file is none of a columnar index of Common Crawl", name)
	}
	return c, nil
}

// test is what a row must have in a column.
type test struct {
	name string
	ok   func(text string) bool
}

// tests are what a query asks of rows.
func (q *query) tests() []test {
	number := func(ok func(int64) bool) func(string) bool {
		return func(s string) bool {
			n, err := strconv.ParseInt(s, 10, 64)
			return err == nil && ok(n)
		}
	}
	list := []test{{"fetch_status", number(q.answered)}}
	if len(q.media) > 0 {
		list = append(list, test{"content_mime_detected", q.detected})
	}
	if q.placed {
		list = append(list, test{"url_host_name", q.host})
	}
	if len(q.languages) > 0 {
		list = append(list, test{"content_languages", q.language})
	}
	if q.least > 0 || q.most > 0 {
		list = append(list, test{"warc_record_length", number(q.sized)})
	}
	if len(q.urls) > 0 {
		list = append(list, test{"url", q.address})
	}
	return list
}

// wanted are the rows of a row group that the query wants.
func (t *table) wanted(ctx context.Context, begin int64) (*rowSet, error) {
	tests := t.source.want.tests()
	columns := make([]int, len(tests))
	for i, x := range tests {
		c, err := t.column(x.name)
		if err != nil {
			return nil, err
		}
		columns[i] = c
	}
	rows := new(rowSet)
	lost := func(row parquet.Row, err error) error { return quarantineRows(t.shard, row, err, t.feed) }
	return rows, t.rows(ctx, begin, columns, nil, lost, func(row parquet.Row) error {
		for i, x := range tests {
			if text, _ := row.Text(columns[i]); !x.ok(text) {
				return nil
			}
		}
		rows.add(row.Record)
		return nil
	})
}

// collect hands on what the index says of rows.
func (t *table) collect(ctx context.Context, begin int64, rows *rowSet, h *hits) error {
	var needs [5]int
	for i, name := range []string{"url", "warc_filename", "warc_record_offset", "warc_record_length", "fetch_status"} {
		c, err := t.column(name)
		if err != nil {
			return err
		}
		needs[i] = c
	}
	var spares []int
	others := [4]int{}
	for i, name := range []string{"content_languages", "content_truncated", "content_mime_detected", "content_digest"} {
		if others[i] = t.file.Column(name); others[i] >= 0 && t.file.IsScalar(others[i]) {
			spares = append(spares, others[i])
		} else {
			others[i] = -1 // crawls of early years lack some
		}
	}
	lost := func(row parquet.Row, err error) error { return t.lost(rows, row, err) }
	return t.rows(ctx, begin, needs[:], spares, lost, func(row parquet.Row) error {
		if !rows.has(row.Record) {
			return nil
		}
		var x hit
		x.url, _ = row.Text(needs[0])
		x.file, _ = row.Text(needs[1])
		for i, n := range []*int64{&x.offset, &x.length, &x.status} {
			text, _ := row.Text(needs[2+i])
			var err error
			if *n, err = strconv.ParseInt(text, 10, 64); err != nil || *n < 0 {
				return quarantineRows(t.shard, row, fmt.Errorf("%s is %q", t.file.Name(needs[2+i]), text), t.feed)
			}
		}
		for i, text := range []*string{&x.languages, &x.truncated, &x.media, &x.digest} {
			if others[i] >= 0 {
				*text, _ = row.Text(others[i])
			}
		}
		return h.add(ctx, x)
	})
}

// rows walks over the rows of a row group; what cannot be read of it is lost.
func (t *table) rows(ctx context.Context, begin int64, needs, spares []int, lost func(parquet.Row, error) error, row func(parquet.Row) error) error {
	r, err := t.group(begin, needs, spares)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		at, err := r.Next()
		switch {
		case t.ranges.Err() != nil:
			return t.ranges.Err() // and not what the decoder made of it
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
			err = row(at)
		default:
			err = lost(at, err)
		}
		if err != nil {
			return err
		}
	}
}

// lost files the rows that are wanted among those that could not be read.
func (t *table) lost(rows *rowSet, row parquet.Row, err error) error {
	var bad *parquet.RowError
	var group *parquet.GroupError
	switch {
	case errors.As(err, &group):
		first, n := int64(-1), int64(0)
		for i := group.Record; i < group.Record+group.Rows; i++ {
			if rows.has(i) {
				if n++; first < 0 {
					first = i
				}
			}
		}
		if n == 0 {
			return nil
		}
		err = &parquet.GroupError{Record: first, Rows: n, Err: group.Err}
	case errors.As(err, &bad) && !rows.has(bad.Record):
		return nil
	}
	return quarantineRows(t.shard, row, err, t.feed)
}

// rowSet is a set of rows, a bit each from the first on.
type rowSet struct {
	first int64
	words []uint64
}

func (s *rowSet) any() bool { return len(s.words) > 0 }

// add takes rows in ascending order.
func (s *rowSet) add(row int64) {
	if len(s.words) == 0 {
		s.first = row
	}
	i := row - s.first
	for int64(len(s.words)) <= i/bits.UintSize {
		s.words = append(s.words, 0)
	}
	s.words[i/bits.UintSize] |= 1 << (i % bits.UintSize)
}

func (s *rowSet) has(row int64) bool {
	i := row - s.first
	return i >= 0 && i/bits.UintSize < int64(len(s.words)) && s.words[i/bits.UintSize]>>(i%bits.UintSize)&1 == 1
}

// cdxLineMax is the longest line of a CDXJ file, in bytes.
const cdxLineMax = 1 << 20

// cdxRow is what a line of a CDXJ file says of a record.
type cdxRow struct {
	URL       string    `json:"url"`
	Mime      string    `json:"mime"`
	Detected  string    `json:"mime-detected"`
	Status    cdxNumber `json:"status"`
	Digest    string    `json:"digest"`
	Length    cdxNumber `json:"length"`
	Offset    cdxNumber `json:"offset"`
	File      string    `json:"filename"`
	Languages string    `json:"languages"`
	Truncated string    `json:"truncated"`
}

// cdxNumber is a number, in quotes or not; -1 where there is none.
type cdxNumber int64

// UnmarshalJSON reads it.
func (n *cdxNumber) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	if err != nil || v < 0 {
		v = -1
	}
	*n = cdxNumber(v)
	return nil
}

// readCDXJ reads a file of lines: key, time, an object.
func (s *crawlSource) readCDXJ(ctx context.Context, shard corpus.Shard, h *hits, feed stage.Feed) error {
	f, err := s.open(ctx, shard, feed)
	if err != nil {
		return err
	}
	text, err := format.Decompress(ctx, f, s.env)
	if err != nil {
		return f.damaged(shard, -1, err, feed)
	}
	defer text.Close() //nolint:errcheck // read only
	lines := bufio.NewReaderSize(text, cdxLineMax)
	for n := int64(0); ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := lines.ReadSlice('\n')
		long := false
		for errors.Is(err, bufio.ErrBufferFull) {
			long = true
			_, err = lines.ReadSlice('\n')
		}
		if err == nil || errors.Is(err, io.EOF) {
			if bad := s.cdxLine(ctx, line, long, h); bad != nil {
				var wrong *lineError
				if !errors.As(bad, &wrong) {
					return bad
				}
				feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: n, Offset: -1, Loss: corpus.LossRecord, Err: bad})
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return h.flush(ctx)
		case err != nil:
			if err := h.flush(ctx); err != nil {
				return err
			}
			return f.damaged(shard, n, err, feed)
		}
	}
}

// lineError is a line that is none of an index.
type lineError struct{ string }

func (e *lineError) Error() string { return e.string }

func (s *crawlSource) cdxLine(ctx context.Context, line []byte, long bool, h *hits) error {
	if long {
		return &lineError{fmt.Sprintf("a line is longer than %d bytes", cdxLineMax)}
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 || line[0] == '!' || line[0] == '@' {
		return nil // of the file itself
	}
	key, rest, ok := bytes.Cut(line, []byte(" "))
	begin := bytes.IndexByte(rest, '{')
	if !ok || begin < 0 {
		return &lineError{"no line of a CDXJ file: key, time and an object"}
	}
	if s.want.keys != nil && !s.want.between(string(key), string(key)) {
		return nil
	}
	row := cdxRow{Status: -1, Length: -1, Offset: -1}
	if err := json.Unmarshal(rest[begin:], &row); err != nil {
		return &lineError{err.Error()}
	}
	x := hit{file: row.File, offset: int64(row.Offset), length: int64(row.Length), status: int64(row.Status), url: row.URL,
		languages: row.Languages, truncated: row.Truncated, media: row.Detected, digest: row.Digest}
	if x.media == "" {
		x.media = row.Mime
	}
	if !s.want.wants(&x) {
		return nil
	}
	if x.file == "" || x.offset < 0 || x.length < 0 {
		return &lineError{"the line does not say where the record is: filename, offset and length"}
	}
	return h.add(ctx, x)
}
