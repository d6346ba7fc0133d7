package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// PartSet are the current parts of a sink, to be read row by row.
type PartSet struct {
	Sink     string // its name, "" where the pipeline has one without
	Format   string // name of the sink's definition, such as parquet
	Folder   string // location
	Manifest *output.Manifest

	sink sinkParts
}

// ErrNoRows means that the rows of a sink cannot be read.
var ErrNoRows = errors.New("its rows cannot be read")

// PartSet opens the parts of a sink of a finished run.
func (f *Folder) PartSet(ctx context.Context, sink string) (*PartSet, error) {
	s, m, err := f.ofSink(ctx, sink)
	if err != nil {
		return nil, err
	}
	if m == nil || len(m.Columns) == 0 && m.Documents > 0 {
		return nil, fmt.Errorf("%s: %w: the parts have no manifest, or one that names no columns", s.store, ErrNoRows)
	}
	return &PartSet{s.Name, s.Def, s.store.String(), m, s}, nil
}

// Columns are the names of the columns that rows have, as documents call them.
func (p *PartSet) Columns() (names []string) {
	for _, c := range p.Manifest.Columns {
		names = append(names, p.sink.inDocuments(c.Name))
	}
	return names
}

// Digest is the SHA-256 of a line for each part: its digest, rows and name.
func (p *PartSet) Digest() string {
	h := sha256.New()
	for _, part := range p.Manifest.Parts {
		fmt.Fprintf(h, "%s %d %s\n", part.SHA256, part.Rows, part.File)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Written is when the newest of the parts was written, as the file system has it; the zero
// time on a store that does not say.
func (p *PartSet) Written(ctx context.Context) (newest time.Time, err error) {
	for _, part := range p.Manifest.Parts {
		o, err := p.sink.store.Stat(ctx, part.File)
		if err != nil {
			return newest, err
		}
		_, stamp, _ := strings.Cut(o.Stamp, "-")
		ns, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil || o.Version == "" {
			return time.Time{}, nil // an ETag
		}
		if t := time.Unix(0, ns).UTC(); t.After(newest) {
			newest = t
		}
	}
	return newest, nil
}

// Rows yields all rows, part after part, with the values of the columns in their order as
// text, "" where one is missing or the parts lack the column. The slice is valid until the
// next. A part that has another number of rows than the manifest says is an error.
func (p *PartSet) Rows(ctx context.Context, columns []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, part := range p.Manifest.Parts {
			if more, err := p.part(ctx, part, columns, yield); err != nil {
				yield(nil, err)
				return
			} else if !more {
				return
			}
		}
	}
}

func (p *PartSet) part(ctx context.Context, part stage.Part, columns []string, yield func([]string, error) bool) (more bool, err error) {
	kind := rowKind{columns, p.sink.InParts, true}
	folders, rows := output.HiveValues(part.File), int64(0)
	values := make([]string, len(columns))
	for r, err := range readRows(ctx, p.sink.store, part.File, kind) {
		if err != nil {
			return false, err
		}
		r.fill(kind, folders)
		for i, c := range columns {
			values[i] = r.cells[c]
		}
		if rows++; !yield(values, nil) {
			return false, nil
		}
	}
	if rows != part.Rows {
		return false, fmt.Errorf("%s/%s: %d rows, and the manifest says %d: corpusmill verify tells what is damaged", p.Folder, part.File, rows, part.Rows)
	}
	return true, nil
}
