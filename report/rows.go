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
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// outRow is one row of a part or of a file of rejects: the columns that show
// needs, those of the other kind left zero.
type outRow struct {
	ID          string   `json:"id"`
	URL         string   `json:"url"`
	Lang        string   `json:"lang"`
	Text        string   `json:"text"`
	Source      string   `json:"source"`
	Shard       string   `json:"src_shard"`
	Record      int64    `json:"src_record"`
	Tokens      int64    `json:"tokens"`
	ClusterID   string   `json:"cluster_id"`
	ClusterSize int64    `json:"cluster_size"`
	Stage       string   `json:"stage"`
	Rule        string   `json:"rule"`
	Value       *float64 `json:"value"`
	Limit       *float64 `json:"limit"`
	Detail      string   `json:"detail"`
}

// columns lists the columns of a row with what takes the text of each.
func (r *outRow) columns() (names []string, set []func(string)) {
	str := func(p *string) func(string) { return func(s string) { *p = s } }
	num := func(p *int64) func(string) {
		return func(s string) { *p, _ = strconv.ParseInt(s, 10, 64) } // a missing value is 0
	}
	flt := func(p **float64) func(string) {
		return func(s string) {
			*p = nil
			if x, err := strconv.ParseFloat(s, 64); err == nil {
				*p = &x
			}
		}
	}
	for _, c := range []struct {
		name string
		set  func(string)
	}{
		{"id", str(&r.ID)}, {"url", str(&r.URL)}, {"lang", str(&r.Lang)}, {"text", str(&r.Text)},
		{"source", str(&r.Source)}, {"src_shard", str(&r.Shard)}, {"src_record", num(&r.Record)},
		{"tokens", num(&r.Tokens)}, {"cluster_id", str(&r.ClusterID)}, {"cluster_size", num(&r.ClusterSize)},
		{"stage", str(&r.Stage)}, {"rule", str(&r.Rule)}, {"value", flt(&r.Value)}, {"limit", flt(&r.Limit)}, {"detail", str(&r.Detail)},
	} {
		names, set = append(names, c.name), append(set, c.set)
	}
	return names, set
}

// fill sets the columns that the folders of a part have.
func (r *outRow) fill(folders map[string]string) {
	if len(folders) == 0 {
		return
	}
	names, set := r.columns()
	for i, name := range names {
		if v, ok := folders[name]; ok {
			set[i](v)
		}
	}
}

// ErrUnreadable means that a part is of a format that cannot be read back.
var ErrUnreadable = errors.New("this format cannot be read back: use Parquet or JSONL")

// readRows yields the rows of a part or a file of rejects, by the file's name.
func readRows(ctx context.Context, s store.Store, name string) iter.Seq2[*outRow, error] {
	switch {
	case strings.HasSuffix(name, ".parquet"):
		return parquetRows(ctx, s, name)
	case strings.Contains(name, ".jsonl"):
		return jsonRows(ctx, s, name)
	}
	return func(yield func(*outRow, error) bool) { yield(nil, fmt.Errorf("%s: %w", name, ErrUnreadable)) }
}

func parquetRows(ctx context.Context, s store.Store, name string) iter.Seq2[*outRow, error] {
	return func(yield func(*outRow, error) bool) {
		var r outRow
		names, set := r.columns()
		for row, err := range parquet.Read(ctx, s, name, names) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, text := range row {
				set[i](text)
			}
			if !yield(&r, nil) {
				return
			}
		}
	}
}

func jsonRows(ctx context.Context, s store.Store, name string) iter.Seq2[*outRow, error] {
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
				var r outRow
				err := dec.Decode(&r)
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if !yield(&r, nil) {
					return nil
				}
			}
		}()
		if err != nil {
			yield(nil, err)
		}
	}
}
