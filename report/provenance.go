package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// Provenance is where a document of a run came from, and all that its row says of it.
type Provenance struct {
	*Fate
	// Archive is the file that it was read from, "" if that is not known any more.
	Archive string `json:"archive,omitempty"`
	// Offset is its first byte there; -1 if unknown, as it is of rejects and of records of
	// compressed files other than web archives.
	Offset int64 `json:"offset"`
	// Columns are the other cells of a kept document's row that are not null, in the order
	// of the part.
	Columns []Cell `json:"columns,omitempty"`
}

// Cell is a column of a row, as text.
type Cell struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Provenance looks up a document that Why found.
func (f *Folder) Provenance(ctx context.Context, x *Fate) (*Provenance, error) {
	p := &Provenance{Fate: x, Offset: -1}
	for _, s := range f.parts {
		if err := f.archive(ctx, s.Set, p); err != nil {
			return nil, err
		}
		if x.Outcome != Kept || p.Columns != nil {
			continue
		}
		m, err := f.current(ctx, s)
		if err != nil {
			return nil, err
		}
		if m == nil || !slices.ContainsFunc(m.Parts, func(part stage.Part) bool { return part.File == x.File }) {
			continue
		}
		var names []string
		for _, c := range m.Columns {
			names = append(names, c.Name)
		}
		if err := p.read(ctx, s, names); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// archive finds the file that a document was read from, as the input of a set had it.
func (f *Folder) archive(ctx context.Context, set string, p *Provenance) error {
	var in ledger.Input
	err := f.Ledger.ReadSealed(ctx, ledger.InputFile(set), &in)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // of before runs kept it
	}
	for _, s := range in.Shards {
		if s.Source == p.Source && s.Name == p.Shard {
			p.Archive = s.Path
		}
	}
	return err
}

// read takes the columns of the document's row.
func (p *Provenance) read(ctx context.Context, s sinkParts, names []string) error {
	shown := []string{s.InParts("id"), s.InParts("url"), s.InParts("text"), s.InParts("source"), s.InParts("src_shard"), s.InParts("src_record"), s.InParts("src_offset")}
	at := int64(0)
	for r, err := range readRows(ctx, s.store, p.File, rowKind{names, func(column string) string { return column }, true}) {
		if err != nil {
			return err
		}
		if at++; at <= p.Row {
			continue
		}
		if n, err := strconv.ParseInt(r.cells[s.InParts("src_offset")], 10, 64); err == nil {
			p.Offset = n
		}
		for _, name := range names {
			if v := r.cells[name]; v != "" && !slices.Contains(shown, name) {
				p.Columns = append(p.Columns, Cell{name, v})
			}
		}
		return nil
	}
	return fmt.Errorf("%s: it has no row %d", p.File, p.Row)
}

// rawRecordMax is the largest record that Raw reads.
const rawRecordMax = 256 << 20

// Raw writes the record of a web archive that a document was made of: the fields of its
// WARC header, an empty line, and its block as it was received.
func (f *Folder) Raw(ctx context.Context, p *Provenance, w io.Writer) error {
	location, ok := strings.CutSuffix(p.Archive, "/"+p.Shard)
	switch {
	case p.Archive == "" || !ok:
		return fmt.Errorf("%s: the run does not know any more where %s/%s lies", p.ID, p.Source, p.Shard)
	case p.Offset < 0:
		return fmt.Errorf("%s: its place in %s is not known: it stands in the column src_offset of parts, for records of web archives", p.ID, p.Archive)
	}
	s, err := f.schemes.Open(ctx, location)
	if err != nil {
		return err
	}
	in, err := s.OpenRange(ctx, p.Shard, p.Offset, -1)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	rec, err := warc.NewReader(in, warc.Options{MaxRecordBytes: rawRecordMax}).Next()
	if err != nil {
		return fmt.Errorf("%s at byte %d: %w", p.Archive, p.Offset, err)
	}
	if rec.TargetURI != p.URL {
		return fmt.Errorf("%s at byte %d: there is %s: the archive is another than the run read, or its records have no members of their own", p.Archive, p.Offset, rec.TargetURI)
	}
	for _, field := range rec.Header {
		if _, err := fmt.Fprintf(w, "%s: %s\r\n", field.Name, field.Value); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "\r\n%s", rec.Block)
	return err
}
