package gather

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/stage"
)

// JSONL reads documents from JSON lines, plain or compressed with gzip, zstd, bzip2
// or xz (told by the first bytes, not by the name). Arrays of objects are read
// element by element, and so are objects that take several lines each. A record that
// is broken or too long goes to quarantine; a file of another format does, by its
// name.
type JSONL struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.jsonl.gz,
	// with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below, such as
	// https://data.commoncrawl.org for a warc.paths.gz.
	Base string `yaml:"base" key:"-"`
	// IDField is the field of the document's identifier; a document without one
	// is named <source>/<shard>#<record>.
	IDField string `yaml:"id_field" default:"id"`
	// TextField is the field of the text, or the path of a field in an object, such as
	// content.body; a line without it goes to quarantine.
	TextField string `yaml:"text_field" default:"text"`
	// URLField is the field of the address.
	URLField string `yaml:"url_field" default:"url"`
	// Columns are the fields that become columns of the documents: a map of names to types,
	// { score: float, views: { path: stats.views, type: int } }; none; auto for all fields
	// of the first 1,000 lines of 16 files; or parts, which finds those of files that a run
	// wrote. "*": auto stands in a map too. What is not among them is carried as extra. A
	// value of another type is null, counted, and carried as extra.
	Columns stage.Columns `yaml:"columns" key:"-" default:"parts"`
}

// JSONLDef defines the source jsonl.
var JSONLDef = stage.DefineOpen("jsonl", 4, newJSONL)

func (j *JSONL) input() input { return input{j.Paths, j.List, j.Base} }

// Validate checks the settings.
func (j *JSONL) Validate() error {
	if err := checkColumns(j.Columns, map[string]string{"id_field": j.IDField, "text_field": j.TextField, "url_field": j.URLField}); err != nil {
		return err
	}
	return j.input().check()
}

// OpenJSONL makes the source ready; zero fields take their defaults.
func OpenJSONL(ctx context.Context, j JSONL, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, JSONLDef, j, env)
}

func newJSONL(_ context.Context, j JSONL, env *stage.Env) (*jsonlSource, error) {
	s := &jsonlSource{files: newFiles(j.input(), env), settings: j}
	s.columns = columns{setting: j.Columns, named: []string{j.IDField, j.TextField, j.URLField}, look: s.look}
	return s, nil
}

// noteChecksum is of records of a member that was read before its checksum was known
// to be wrong.
const noteChecksum = "member checksum"

type jsonlSource struct {
	*files
	settings JSONL
	columns  columns
}

// Writes lists the columns that a line sets.
func (s *jsonlSource) Writes() []string {
	return append([]string{"id", "url", "text", "media", "extra"}, s.columns.names()...)
}

// Columns implements stage.ColumnSource. It refuses input that has no text under the name
// that the settings give.
func (s *jsonlSource) Columns(ctx context.Context) ([]stage.InputColumn, error) {
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return nil, err
	}
	return list, s.wrongField(ctx)
}

// wrongField is an error where no record at the beginning of files spread over the input
// has the field of the text: it is named wrongly. One odd file among others is not.
func (s *jsonlSource) wrongField(ctx context.Context) error {
	shards, err := s.Shards(ctx)
	if err != nil {
		return &stage.UnseenError{Err: err}
	}
	var wrong error
	for _, shard := range spread(shards) {
		f, err := s.files.open(ctx, shard, nil)
		if err != nil {
			return unseen(shard, err)
		}
		lacks, fields, err := s.lacks(ctx, f)
		switch {
		case f.err != nil:
			return unseen(shard, f.err)
		case err != nil:
			continue // a damaged file is told when it is read
		case !lacks:
			return nil
		case wrong == nil:
			wrong = fmt.Errorf("%s: no record has a field %q: set text_field%s", shard, s.settings.TextField, named(s.settings.TextField, fields))
		}
	}
	return wrong
}

func (s *jsonlSource) lacks(ctx context.Context, f *stored) (bool, []string, error) {
	in, err := format.Decompress(ctx, f, s.env)
	if err != nil {
		return false, nil, err
	}
	defer in.Close() //nolint:errcheck // read only
	return jsonl.NewReader(in, s.env.RecordBytesMax).Lacks(looksRecords, s.settings.IDField, s.settings.TextField, s.settings.URLField)
}

// named says which names there are instead of one, and which is near.
func named(name string, there []string) (text string) {
	if near := config.Nearest(name, there); near != "" {
		text = fmt.Sprintf("; did you mean %q?", near)
	}
	if len(there) > 0 {
		text += "; the first records have " + strings.Join(there, ", ")
	}
	return text
}

// look tells the columns of a file by its first lines.
func (s *jsonlSource) look(ctx context.Context, shard corpus.Shard, records int) (list []stage.InputColumn, err error) {
	f, err := s.files.open(ctx, shard, nil)
	if err != nil {
		return nil, err
	}
	in, err := format.Decompress(ctx, f, s.env)
	if err != nil {
		return nil, f.err // a damaged file is told when it is read
	}
	defer in.Close() //nolint:errcheck // read only
	r := jsonl.NewReader(in, s.env.RecordBytesMax)
	kinds, err := r.Kinds(records, s.settings.IDField, s.settings.TextField, s.settings.URLField)
	if err != nil && f.err != nil {
		return nil, f.err
	}
	if r.Records() > 0 {
		list = []stage.InputColumn{} // none, which is something else than an empty file
	}
	for _, k := range kinds {
		if strings.HasPrefix(k.Path, "sig_") && k.Type.Numeric() { // as a run writes them, 1 and 0.5
			k.Type = corpus.Float
		}
		if typ, ok := corpus.FieldType(k.Path); ok && typ.Numeric() && k.Type.Numeric() {
			k.Type = typ
		}
		list = append(list, stage.InputColumn{Name: k.Path, Path: k.Path, Type: k.Type})
	}
	return list, nil
}

// Read streams one file.
func (s *jsonlSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	_, err := s.ReadFrom(ctx, shard, corpus.Place{}, feed)
	return err
}

// ReadFrom streams a range of a file. A range ends behind a line, in a compressed file
// where a member begins or one reaches into it; in a file of a single member, and in one
// that is no JSON lines, at its end.
func (s *jsonlSource) ReadFrom(ctx context.Context, shard corpus.Shard, begin corpus.Place, feed stage.Feed) (corpus.Place, error) {
	if shard.To > 0 && begin.Offset >= shard.To {
		return begin, nil
	}
	end := corpus.Place{Offset: shard.Size}
	f, err := s.openAt(ctx, shard, begin.Offset, feed)
	if err != nil {
		return begin, err
	}
	in, err := format.Resume(ctx, f, s.env, begin)
	if err != nil {
		return end, f.damaged(shard, 0, err, feed)
	}
	defer in.Close() //nolint:errcheck // read only
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return begin, err
	}
	cells := newCells(list, len(s.settings.Columns.List), shard)
	defer cells.note(shard, s.env, feed)
	var stream io.Reader = in
	if !in.Compressed {
		stream = in.Reader
	}
	r := jsonl.NewReaderFrom(stream, s.env.RecordBytesMax, begin)
	r.Columns(fields(list))
	r.Large(feed.Large)
	place := func(offset int64) int64 {
		if in.Compressed {
			return -1 // the offset is none in the stored shard
		}
		return offset
	}
	for {
		if shard.To > 0 {
			if at, ok := r.Boundary(shard.To); ok {
				return at, nil
			}
		}
		line, err := r.Next(s.settings.IDField, s.settings.TextField, s.settings.URLField)
		var bad *jsonl.LineError
		var damage *format.Damage
		var member *jsonl.MemberError
		switch {
		case errors.As(err, &member):
			feed.Note(noteChecksum, member.Records)
			s.env.Log.Warn(noteChecksum, "shard", shard.String(), "offset", member.Offset, "records", member.Records, "error", member.Err)
			continue
		case errors.As(err, &bad):
			e := &corpus.RecordError{Shard: shard.String(), Record: bad.Record, Offset: place(bad.Offset), Loss: bad.Loss, Err: bad.Err}
			if !in.Compressed {
				e.Bytes = bad.Bytes
			}
			feed.Quarantine(e)
			continue
		case errors.Is(err, io.EOF):
			return end, nil
		case errors.As(err, &damage):
			if err := f.damaged(shard, r.Records(), err, feed); err != nil {
				return begin, err
			}
			continue
		case err != nil:
			return end, f.damaged(shard, r.Records(), err, feed)
		}
		d := &corpus.Document{ID: line.ID, URL: line.URL, Text: line.Text, Media: "text/plain",
			Origin: corpus.Origin{Record: line.Record, Offset: place(line.Offset)}}
		cells.fill(d, line)
		strays := cells.extra(func(s stray) bool { return inLine(s, line) })
		d.Extra = merged(d.Extra, s.extra(merged(strays, line.Extra)))
		if err := feed.Document(d); err != nil {
			return begin, err
		}
	}
}

// inLine reports whether a line has a field of a folder's name, which goes before it.
func inLine(s stray, line jsonl.Line) bool {
	if s.column >= 0 && (!line.Cells[s.column].Null || slices.Contains(line.Odd, s.column)) {
		return true
	}
	if !bytes.Contains(line.Extra, format.AppendString(nil, s.name)) {
		return false
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(line.Extra, &fields)
	_, ok := fields[s.name]
	return err != nil || ok
}

// fields are the columns as the format has them.
func fields(list []stage.InputColumn) (columns []jsonl.Column) {
	for _, x := range list {
		columns = append(columns, jsonl.Column{Path: x.Path, Type: x.Type})
	}
	return columns
}

// fill puts the cells of a line into its document.
func (c *cells) fill(d *corpus.Document, line jsonl.Line) {
	c.begin(d)
	for i, v := range line.Cells {
		switch {
		case v.Null:
		case c.fits(i, v):
			c.set(d, i, v)
		default:
			c.odd[i]++
			d.Extra = append(append(append([]byte{'{'}, format.AppendString(nil, c.list[i].Path)...), ':'), v.Str+"}"...)
		}
	}
	for _, i := range line.Odd {
		c.set(d, i, corpus.Null) // and not what the folders say
		c.odd[i]++
	}
}
