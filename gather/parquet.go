package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

// Parquet reads documents from Parquet files, one a row. Only the columns that
// are wanted are fetched, row group by row group. A row without text or with
// text that is not UTF-8 goes to quarantine, and so does what is left of a
// damaged row group, as one entry that says how many rows are lost.
type Parquet struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.parquet, with
	// * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// IDColumn is the column of the document's identifier, of any type; a
	// document without one is named <source>/<shard>#<row>.
	IDColumn string `yaml:"id_column" default:"id"`
	// TextColumn is the column of the text. A file without it fails the run.
	TextColumn string `yaml:"text_column" default:"text"`
	// URLColumn is the column of the address. A file need not have it.
	URLColumn string `yaml:"url_column" default:"url"`
}

// OpenParquet makes the source ready.
func OpenParquet(_ context.Context, p Parquet, env *stage.Env) (stage.Source, error) {
	if p.TextColumn == "" {
		return nil, errors.New("text_column: name the column of the text")
	}
	f, err := newFiles(p.Paths, env)
	if err != nil {
		return nil, err
	}
	return &parquetSource{files: f, settings: p}, nil
}

type parquetSource struct {
	*files
	settings Parquet
}

// table is an open shard: which column means what.
type table struct {
	r             *parquet.Reader
	id, text, url int
	extra         []int // columns carried as extra, sorted by name
}

// Read streams one file.
func (s *parquetSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	ranges, err := s.ranges(ctx, shard)
	if err != nil {
		return err
	}
	quarantine := func(record int64, err error) error {
		if ranges.Err() != nil {
			return ranges.Err()
		}
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: record, Offset: -1, Err: err})
		return nil
	}
	r, err := parquet.NewReader(ranges, ranges.Size(), s.env.RecordBytesMax)
	if err != nil {
		return quarantine(0, err)
	}
	defer r.Close() //nolint:errcheck // read only
	t, err := s.columns(r)
	if err != nil {
		return err
	}
	ranges.Streams(r.Leaves())
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := r.Next()
		record := row.Record
		var bad *parquet.RowError
		var lost *parquet.GroupError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			record, err = bad.Record, bad.Err
		case errors.As(err, &lost):
			record = lost.Record
		}
		var d *corpus.Document
		if err == nil {
			d, err = s.document(t, row)
		}
		if err == nil {
			err = feed.Document(d)
		} else {
			err = quarantine(record, err)
		}
		if err != nil {
			return err
		}
	}
}

// columns finds the columns by name. A file that lacks the text is a wrong
// setting, not a damaged file.
func (s *parquetSource) columns(r *parquet.Reader) (*table, error) {
	t := &table{r: r, id: r.Column(s.settings.IDColumn), text: r.Column(s.settings.TextColumn), url: r.Column(s.settings.URLColumn)}
	if t.text < 0 {
		return nil, fmt.Errorf("no column %q; the file has %s: set text_column", s.settings.TextColumn, strings.Join(r.Names(), ", "))
	}
	if !r.IsText(t.text) {
		return nil, fmt.Errorf("column %q holds no text: set text_column", s.settings.TextColumn)
	}
	wanted := []int{t.text}
	for _, c := range []struct {
		i    int
		name string
	}{{t.id, "id_column"}, {t.url, "url_column"}} {
		if c.i < 0 {
			continue
		}
		if !r.IsScalar(c.i) {
			return nil, fmt.Errorf("column %q holds more than one value a row: set %s", r.Names()[c.i], c.name)
		}
		wanted = append(wanted, c.i)
	}
	if s.env.Carry != "drop" {
		t.extra = r.Sorted(func(i int) bool { return i != t.id && i != t.text && i != t.url })
	}
	return t, r.Select(append(wanted, t.extra...)...)
}

var (
	errNoText  = errors.New("the text is null")
	errNotUTF8 = errors.New("the text is not valid UTF-8")
)

func (s *parquetSource) document(t *table, row parquet.Row) (*corpus.Document, error) {
	text, null := row.Text(t.text)
	switch {
	case null:
		return nil, errNoText
	case !utf8.ValidString(text):
		return nil, errNotUTF8
	}
	d := &corpus.Document{Text: text, Media: "text/plain", Origin: corpus.Origin{Record: row.Record, Offset: -1}}
	for _, f := range []struct {
		column int
		into   *string
	}{{t.id, &d.ID}, {t.url, &d.URL}} {
		if f.column >= 0 {
			s, _ := row.Text(f.column) // null is ""
			*f.into = strings.ToValidUTF8(s, "\uFFFD")
		}
	}
	for _, c := range t.extra {
		if row.IsNull(c) {
			continue
		}
		if d.Extra == nil {
			d.Extra = append(d.Extra, '{')
		} else {
			d.Extra = append(d.Extra, ',')
		}
		d.Extra = append(format.AppendString(d.Extra, t.r.Names()[c]), ':')
		var err error
		if d.Extra, err = row.AppendJSON(d.Extra, c); err != nil {
			return nil, err
		}
	}
	if d.Extra != nil {
		d.Extra = append(d.Extra, '}')
	}
	return d, nil
}
