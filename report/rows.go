package report

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// outRow is one row of a part or of a file of rejects: the columns that show
// needs, those of the other kind left zero.
type outRow struct {
	ID, URL, Lang, Text string
	Source, Shard       string
	Record              int64
	Tokens              int64
	ClusterID           string
	ClusterSize         int64
	Stage, Rule, Detail string
	Value, Limit        *float64

	cells map[string]string // all columns that were asked for, where that was asked
}

// rowKind is what a file has rows of: its columns of an outRow, by the names that these
// have there.
type rowKind struct {
	columns []string
	inFile  func(column string) string // "" where the file lacks it
	cells   bool                       // rows have cells beside
}

func (k rowKind) row() outRow {
	if k.cells {
		return outRow{cells: map[string]string{}}
	}
	return outRow{}
}

// kept are the columns of the parts, dropped those of the files of rejects. Other columns
// of those names, of the input or by rename, are none of them.
var (
	kept    = []string{"id", "url", "lang", "text", "source", "src_shard", "src_record", "tokens", "cluster_id", "cluster_size"}
	dropped = rowKind{[]string{"id", "url", "lang", "text", "source", "src_shard", "src_record", "stage", "rule", "value", "limit", "detail"},
		func(column string) string { return column }, false}
)

// lacking are the columns that the files do not have.
func (k rowKind) lacking() (names []string) {
	for _, c := range k.columns {
		if k.inFile(c) == "" {
			names = append(names, c)
		}
	}
	return names
}

// set takes the text of a column; that of a missing value is "".
func (r *outRow) set(column, text string) {
	whole := func(p *int64) { *p, _ = strconv.ParseInt(text, 10, 64) } // a missing value is 0
	float := func(p **float64) {
		*p = nil
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			*p = &x
		}
	}
	if r.cells != nil {
		r.cells[column] = text
	}
	switch column {
	case "id":
		r.ID = text
	case "url":
		r.URL = text
	case "lang":
		r.Lang = text
	case "text":
		r.Text = text
	case "source":
		r.Source = text
	case "src_shard":
		r.Shard = text
	case "src_record":
		whole(&r.Record)
	case "tokens":
		whole(&r.Tokens)
	case "cluster_id":
		r.ClusterID = text
	case "cluster_size":
		whole(&r.ClusterSize)
	case "stage":
		r.Stage = text
	case "rule":
		r.Rule = text
	case "value":
		float(&r.Value)
	case "limit":
		float(&r.Limit)
	case "detail":
		r.Detail = text
	}
}

// fill sets the columns that the folders of a part have.
func (r *outRow) fill(kind rowKind, folders map[string]string) {
	if len(folders) == 0 {
		return
	}
	for _, c := range kind.columns {
		if v, ok := folders[kind.inFile(c)]; ok {
			r.set(c, v)
		}
	}
}

// ErrUnreadable means that a part is of a format that cannot be read back.
var ErrUnreadable = errors.New("this format cannot be read back: use Parquet, Arrow or JSONL")

// readRows yields the rows of a part or a file of rejects, by the file's name.
func readRows(ctx context.Context, s store.Store, name string, kind rowKind) iter.Seq2[*outRow, error] {
	switch {
	case strings.HasSuffix(name, ".parquet"):
		return parquetRows(ctx, s, name, kind)
	case strings.HasSuffix(name, ".arrow"):
		return arrowRows(ctx, s, name, kind)
	case strings.Contains(name, ".jsonl"):
		return jsonRows(ctx, s, name, kind)
	}
	return func(yield func(*outRow, error) bool) { yield(nil, fmt.Errorf("%s: %w", name, ErrUnreadable)) }
}

func parquetRows(ctx context.Context, s store.Store, name string, kind rowKind) iter.Seq2[*outRow, error] {
	return func(yield func(*outRow, error) bool) {
		r := kind.row()
		var columns, inFile []string
		for _, c := range kind.columns {
			if n := kind.inFile(c); n != "" {
				columns, inFile = append(columns, c), append(inFile, n)
			}
		}
		for row, err := range parquet.Read(ctx, s, name, inFile) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, text := range row {
				r.set(columns[i], text)
			}
			if !yield(&r, nil) {
				return
			}
		}
	}
}

func arrowRows(ctx context.Context, s store.Store, name string, kind rowKind) iter.Seq2[*outRow, error] {
	return func(yield func(*outRow, error) bool) {
		err := func() (err error) {
			o, err := s.Stat(ctx, name)
			if err != nil {
				return err
			}
			in, err := arrow.NewReader(arrow.Input{Size: o.Size,
				Open:    func(offset int64) (io.ReadCloser, error) { return s.OpenRange(ctx, name, offset, o.Size-offset) },
				Reserve: func(int64) (func(), error) { return func() {}, nil }, // a run has written it
			})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, in.Close()) }()
			r := kind.row()
			at := map[string]int{}
			for _, c := range kind.columns {
				if i := in.Column(kind.inFile(c)); i >= 0 {
					at[c] = i
				}
			}
			for {
				row, err := in.Next()
				if errors.Is(err, io.EOF) {
					return nil
				}
				for c, i := range at {
					if err != nil {
						break
					}
					var text string
					text, _, err = row.Text(i)
					r.set(c, text)
				}
				if err != nil || !yield(&r, nil) {
					return err
				}
			}
		}()
		if err != nil {
			yield(nil, fmt.Errorf("%s: %w", name, err))
		}
	}
}

func jsonRows(ctx context.Context, s store.Store, name string, kind rowKind) iter.Seq2[*outRow, error] {
	return func(yield func(*outRow, error) bool) {
		err := func() error {
			f, err := s.Open(ctx, name)
			if err != nil {
				return err
			}
			in, err := format.Decompress(ctx, f, stage.NewEnv())
			if err != nil {
				return err
			}
			defer in.Close() //nolint:errcheck // read only
			dec := json.NewDecoder(bufio.NewReaderSize(in, 256<<10))
			for {
				var fields map[string]json.RawMessage
				err := dec.Decode(&fields)
				if errors.Is(err, io.EOF) {
					return nil
				}
				r, err := rowOf(fields, kind, err)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if !yield(r, nil) {
					return nil
				}
			}
		}()
		if err != nil {
			yield(nil, err)
		}
	}
}

// rowOf takes the columns of a row from a JSON object, unless that could not be read.
func rowOf(fields map[string]json.RawMessage, kind rowKind, err error) (*outRow, error) {
	row := kind.row()
	r := &row
	for _, c := range kind.columns {
		v := fields[kind.inFile(c)]
		if err != nil || len(v) == 0 || string(v) == "null" {
			continue
		}
		text := string(v)
		if v[0] == '"' {
			err = json.Unmarshal(v, &text)
		}
		r.set(c, text)
	}
	return r, err
}
