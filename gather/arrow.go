package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/stage"
)

// Arrow reads documents from Arrow IPC files (Feather V2) and streams, one a row, record
// batch by record batch. A row without text or with text that is not UTF-8 goes to
// quarantine, and so does a batch that is damaged or larger than the memory, as one entry
// that says how many rows are lost. Columns but those of identifier, text and address
// decide no row: where a value cannot be read it is null, which is noted once for the file
// and column.
//
// Other columns keep their type and become columns of the documents, and the folders of a
// file, name=value, are columns too, as with the source parquet. A file that a run wrote
// gives back what was written.
type Arrow struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.arrow, with
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

// ArrowDef defines the source arrow.
var ArrowDef = stage.DefineOpen("arrow", 2, newArrow)

func (a *Arrow) names() tableNames { return tableNames{a.IDColumn, a.TextColumn, a.URLColumn} }

func (a *Arrow) input() input { return input{a.Paths, a.List, a.Base} }

// Validate checks the settings.
func (a *Arrow) Validate() error { return checkTable(a.names(), a.Columns, a.input()) }

// OpenArrow makes the source ready; zero fields take their defaults.
func OpenArrow(ctx context.Context, a Arrow, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, ArrowDef, a, env)
}

func newArrow(_ context.Context, a Arrow, env *stage.Env) (*arrowSource, error) {
	s := &arrowSource{files: newFiles(a.input(), env), names: a.names()}
	s.columns = columns{setting: a.Columns, named: []string{a.IDColumn, a.TextColumn, a.URLColumn}, look: s.look}
	return s, nil
}

type arrowSource struct {
	*files
	names   tableNames
	columns columns
}

// batchBytes is what an open file takes: a record batch with its decoder, and what is read
// ahead. Larger batches are reserved (stage.Env.Reserve).
const batchBytes = arrow.BatchBytes + 4<<20

// HoldsBytes implements stage.Holder: a file of each worker.
func (s *arrowSource) HoldsBytes(workers int) int64 { return int64(workers) * batchBytes }

// Writes lists the columns that a row sets.
func (s *arrowSource) Writes() []string {
	return append([]string{"id", "url", "text", "media", "extra"}, s.columns.names()...)
}

// Columns implements stage.ColumnSource. It refuses input that has no text under the name
// that the settings give.
func (s *arrowSource) Columns(ctx context.Context) ([]stage.InputColumn, error) {
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return nil, err
	}
	return list, s.columns.checkText(ctx, s.files)
}

// arrowFile is an open file.
type arrowFile struct {
	*arrow.Reader
	opened []*stored
	failed error // to open
}

// lost is an error of the store: what the decoder makes of it is no damage.
func (f *arrowFile) lost() error {
	err := f.failed
	for _, s := range f.opened {
		err = cmp.Or(err, s.err)
	}
	return err
}

// reader opens a file; damaged says why it cannot be read, and is no error of the store.
func (s *arrowSource) reader(ctx context.Context, shard corpus.Shard, feed stage.Feed) (f *arrowFile, damaged, err error) {
	f = &arrowFile{}
	f.Reader, err = arrow.NewReader(arrow.Input{
		Open: func(offset int64) (io.ReadCloser, error) {
			r, err := s.openAt(ctx, shard, offset, feed)
			if err != nil {
				f.failed = err
				return nil, err
			}
			f.opened = append(f.opened, r)
			return r, nil
		},
		Size:    shard.Size,
		Reserve: func(bytes int64) (func(), error) { return s.env.Reserve(ctx, bytes) },
	})
	if lost := f.lost(); lost != nil {
		return nil, nil, lost
	}
	return f, err, nil
}

// look tells the columns of a file by its schema.
func (s *arrowSource) look(ctx context.Context, shard corpus.Shard, _ int) ([]stage.InputColumn, error) {
	f, damaged, err := s.reader(ctx, shard, nil)
	if err != nil || damaged != nil {
		return nil, err // a damaged file is told when it is read
	}
	s.columns.lacks(s.names.absent(f), f.Names())
	list, wrong := s.names.seen(f), s.names.wrongText(f)
	if err := f.Close(); err != nil {
		return nil, err
	}
	return list, wrong
}

// Read streams one file.
func (s *arrowSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	r, damaged, err := s.reader(ctx, shard, feed)
	if err != nil {
		return err
	}
	if damaged != nil {
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Offset: -1, Loss: corpus.LossRest, Bytes: shard.Size, Err: damaged})
		return nil
	}
	defer r.Close() //nolint:errcheck // read only
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return err
	}
	t, err := newSheet(r, s.names, newCells(list, len(s.columns.setting.List), shard), s.env)
	if err != nil {
		return err
	}
	defer t.note(shard, feed)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var d *corpus.Document
		row, err := r.Next()
		if err == nil {
			d, err = t.document(row, row.Record)
		}
		if err == nil && rowBytes(d) > s.env.RecordBytesMax {
			err = fmt.Errorf("row of %d bytes is larger than record_bytes_max", rowBytes(d))
		}
		last := false
		switch lost := r.lost(); {
		case lost != nil:
			return lost
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
			err = feed.Document(d)
		default:
			last, err = arrowDamage(shard, row, err, feed)
		}
		if err = cmp.Or(ctx.Err(), err); err != nil || last {
			return err
		}
	}
}

// arrowDamage files rows that could not be read, or the content of one; last where nothing
// follows. A wrong setting is returned.
func arrowDamage(shard corpus.Shard, row arrow.Row, err error, feed stage.Feed) (last bool, _ error) {
	e := &corpus.RecordError{Shard: shard.String(), Record: row.Record, Offset: -1, Err: err}
	var wrong *columnError
	var batch *arrow.BatchError
	var rest *arrow.RestError
	switch {
	case errors.As(err, &wrong):
		return true, wrong
	case errors.As(err, &batch):
		e.Record, e.Records, e.Loss = batch.Record, batch.Rows, corpus.LossRecord
	case errors.As(err, &rest):
		e.Record, e.Offset, e.Loss, e.Bytes = rest.Record, rest.Offset, corpus.LossRest, max(shard.Size-rest.Offset, 0)
		last = true
	}
	feed.Quarantine(e)
	return last, nil
}
