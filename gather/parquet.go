package gather

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

// Parquet reads documents from Parquet files, one a row. Only the columns that
// are wanted are fetched, row group by row group. A row without text or with
// text that is not UTF-8 goes to quarantine, and so does what is left of a
// damaged row group, as one entry that says how many rows are lost. Columns but those of
// identifier, text and address decide no row: where one cannot be read it is null, which is
// noted once for the file and column. Files of no rows are empty, whatever their
// columns.
//
// Other columns keep their type and become columns of the documents: numbers, texts, bytes,
// truth values, days and times as such; decimals, times of a day and UUIDs as texts, with all
// their digits; lists, maps and structs as JSON. JSON lines and extra have bytes in base64. The
// folders of a file, name=value, are columns too. A file that a run wrote gives back what was
// written, where each document came from included.
type Parquet struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.parquet, with
	// * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below, such as
	// https://data.commoncrawl.org for a warc.paths.gz.
	Base string `yaml:"base" key:"-"`
	// IDColumn is the column of the document's identifier, of any type, as its
	// text: numbers in digits, bytes that are no text in base64. A document
	// without one, null or NaN, is named <source>/<shard>#<row>.
	IDColumn string `yaml:"id_column" default:"id"`
	// TextColumn is the column of the text, or the path of a field in a struct, such as
	// content.body. A file without it fails the run.
	TextColumn string `yaml:"text_column" default:"text"`
	// URLColumn is the column of the address. A file need not have it.
	URLColumn string `yaml:"url_column" default:"url"`
	// Columns are the columns of the input that documents have: auto for all but those
	// that documents have themselves, none, parts for those of files that a run wrote, or a
	// map: { score: float, views: { path: stats.views, type: int }, "*": auto }. What is
	// not among them is carried as extra. Types are found in 16 files of the input. A value
	// of another type is null, counted, and carried as extra.
	Columns stage.Columns `yaml:"columns" key:"-" default:"auto"`
}

// ParquetDef defines the source parquet.
var ParquetDef = stage.DefineOpen("parquet", 5, newParquet)

func (p *Parquet) names() tableNames { return tableNames{p.IDColumn, p.TextColumn, p.URLColumn} }

func (p *Parquet) input() input { return input{p.Paths, p.List, p.Base} }

// Validate checks the settings.
func (p *Parquet) Validate() error { return checkTable(p.names(), p.Columns, p.input()) }

// OpenParquet makes the source ready; zero fields take their defaults.
func OpenParquet(ctx context.Context, p Parquet, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, ParquetDef, p, env)
}

func newParquet(_ context.Context, p Parquet, env *stage.Env) (*parquetSource, error) {
	s := &parquetSource{files: newFiles(p.input(), env), names: p.names()}
	s.columns = columns{setting: p.Columns, named: []string{p.IDColumn, p.TextColumn, p.URLColumn}, look: s.look}
	return s, nil
}

type parquetSource struct {
	*files
	names   tableNames
	columns columns
}

// tableBytes is what an open file takes: what is fetched ahead, at most 32 MiB, and a
// page of each column.
const tableBytes = 32<<20 + 16<<20

// A page may take as much as pageRecords of the largest records, and pageBytes in any case,
// decompressed: DuckDB writes pages of 100 MB. It hangs on the pipeline alone, since the
// rows of a larger page are lost.
const (
	pageRecords = 2
	pageBytes   = 128 << 20
)

// HoldsBytes implements stage.Holder: a file of each worker.
func (s *parquetSource) HoldsBytes(workers int) int64 { return int64(workers) * tableBytes }

// Cuts says that a row group can be read without those before it.
func (s *parquetSource) Cuts() bool { return true }

// Writes lists the columns that a row sets.
func (s *parquetSource) Writes() []string {
	return append([]string{"id", "url", "text", "media", "extra"}, s.columns.names()...)
}

// Columns implements stage.ColumnSource. It refuses input that has no text under the name
// that the settings give.
func (s *parquetSource) Columns(ctx context.Context) ([]stage.InputColumn, error) {
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return nil, err
	}
	return list, s.columns.checkText(ctx, s.files)
}

// look tells the columns of a file by its footer.
func (s *parquetSource) look(ctx context.Context, shard corpus.Shard, _ int) ([]stage.InputColumn, error) {
	ranges, err := s.ranges(ctx, shard, nil)
	if err != nil {
		return nil, err
	}
	r, err := parquet.NewReader(ranges, ranges.Size(), s.env.RecordBytesMax)
	if err != nil {
		return nil, ranges.Err() // a damaged file is told when it is read
	}
	defer r.Close() //nolint:errcheck // read only
	if r.Rows() == 0 {
		return nil, nil
	}
	s.columns.lacks(s.names.absent(r), r.Names())
	return s.names.seen(r), s.names.wrongText(r)
}

// openParquet opens a file, or the row groups that begin in its range. The reader is nil
// where there is none: of a damaged file the first range tells.
func (f *files) openParquet(ctx context.Context, shard corpus.Shard, feed stage.Feed) (*parquet.Reader, *format.Ranges, error) {
	ranges, err := f.ranges(ctx, shard, feed)
	if err != nil {
		return nil, nil, err
	}
	r, err := parquet.NewReader(ranges, ranges.Size(), f.env.RecordBytesMax)
	if ranges.Err() != nil {
		return nil, nil, ranges.Err()
	}
	if err != nil {
		if shard.From == 0 {
			feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Offset: -1, Loss: corpus.LossRest, Bytes: ranges.Size(), Err: err})
		}
		return nil, nil, nil
	}
	r.PageMax(max(pageRecords*f.env.RecordBytesMax, pageBytes))
	r.Within(shard.From, shard.To)
	return r, ranges, nil
}

// Read streams one file, or the row groups that begin in its range.
func (s *parquetSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	r, ranges, err := s.openParquet(ctx, shard, feed)
	if r == nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	if r.Rows() == 0 {
		return nil
	}
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return err
	}
	t, err := newSheet(r, s.names, newCells(list, len(s.columns.setting.List), shard), s.env)
	if err != nil {
		return err
	}
	if err := t.choose(r); err != nil {
		return err
	}
	defer t.note(shard, feed)
	ranges.Streams(r.Leaves())
	var at parquetRow
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var d *corpus.Document
		at.Row, err = r.Next()
		if err == nil {
			d, err = t.document(&at, at.Record)
		}
		switch {
		case ranges.Err() != nil:
			return ranges.Err() // and not what the decoder made of it
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
			err = feed.Document(d)
		default:
			err = quarantineRows(shard, at.Row, err, feed)
		}
		if err != nil {
			return err
		}
	}
}

// quarantineRows files rows that could not be read, or the content of one. A wrong
// setting is returned.
func quarantineRows(shard corpus.Shard, row parquet.Row, err error, feed stage.Feed) error {
	e := &corpus.RecordError{Shard: shard.String(), Record: row.Record, Offset: -1, Err: err}
	var wrong *columnError
	var bad *parquet.RowError
	var group *parquet.GroupError
	switch {
	case errors.As(err, &wrong):
		return wrong
	case errors.As(err, &bad):
		e.Record, e.Err = bad.Record, bad.Err
	case errors.As(err, &group):
		e.Record, e.Records, e.Loss = group.Record, group.Rows, corpus.LossRecord
	}
	feed.Quarantine(e)
	return nil
}

// choose fetches the columns that the sheet reads, of which a row needs its own alone.
func (t *sheet) choose(r *parquet.Reader) error {
	wanted := slices.DeleteFunc([]int{t.text, t.id, t.url}, func(c int) bool { return c < 0 })
	if err := r.Select(wanted...); err != nil {
		return err
	}
	r.Spare(slices.DeleteFunc(slices.Concat(t.columns, t.extra), func(c int) bool { return c < 0 })...)
	return nil
}

// parquetRow is a row whose values were decoded with it.
type parquetRow struct{ parquet.Row }

func (r *parquetRow) Text(column int) (s string, null bool, err error) {
	s, null = r.Row.Text(column)
	return s, null, nil
}

func (r *parquetRow) ID(column int) (s string, null bool, err error) {
	s, null = r.Row.ID(column)
	return s, null, nil
}
