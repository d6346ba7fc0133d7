// Package parquet reads and writes documents as Apache Parquet. It is the only
// owner of parquet-go.
package parquet

import (
	"context"
	"fmt"

	"github.com/corpusmill/corpusmill/config"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// Sink writes parts as Parquet files with zstd compression. Texts have no
// minimum and maximum in the footer, and row groups are closed by bytes.
type Sink struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
	// RowGroupBytes is the size of the cells after which a row group is closed; a
	// writer holds about twice of it in memory.
	RowGroupBytes config.Bytes `yaml:"row_group_bytes" default:"32MiB"`
	// Level is the zstd level: fastest, default or better.
	Level string `yaml:"level" default:"default"`
}

// DefaultDir implements stage.Placer.
func (s *Sink) DefaultDir(dir string) {
	if s.Dir == "" {
		s.Dir = dir
	}
}

var levels = map[string]zstd.Level{"fastest": zstd.SpeedFastest, "default": zstd.SpeedDefault, "better": zstd.SpeedBetterCompression}

// Validate checks the settings.
func (s *Sink) Validate() error {
	if _, ok := levels[s.Level]; !ok {
		return fmt.Errorf("level: %q: want fastest, default or better", s.Level)
	}
	if s.RowGroupBytes < 1 {
		return fmt.Errorf("row_group_bytes: must be positive")
	}
	return format.CheckPartBytes(s.PartBytes)
}

// Def defines the sink parquet.
var Def = stage.DefineOpen("parquet", 1, newSink)

// Open makes the sink ready; zero fields take their defaults.
func Open(ctx context.Context, s Sink, env *stage.Env) (stage.Sink, error) {
	return stage.Open[stage.Sink](ctx, Def, s, env)
}

func newSink(ctx context.Context, s Sink, env *stage.Env) (*opened, error) {
	parts, err := format.OpenParts(ctx, s.Dir, s.PartBytes, env)
	if err != nil {
		return nil, err
	}
	return &opened{parts, s}, nil
}

type opened struct {
	format.Parts
	settings Sink
}

// HoldsBytes implements stage.Holder: a row group of each worker, as cells, pages and
// compressed pages.
func (o *opened) HoldsBytes(workers int) int64 {
	return int64(workers) * (2*int64(o.settings.RowGroupBytes) + encoderBytes)
}

// encoderBytes is what a writer takes beside its row group, with the document that
// closes it.
const encoderBytes = 4 << 20

// Names implements stage.Placed.
func (o *opened) Names(name string) []string { return []string{name + ".parquet"} }

func (o *opened) Create(ctx context.Context, name string, schema corpus.Schema) (stage.Writer, error) {
	f, err := format.Create(ctx, o.Folder, o.Names(name)[0])
	if err != nil {
		return nil, err
	}
	return newWriter(f, o.settings, schema), nil
}

// textPageBytes is the page size: the library's own 256 KiB costs a fifth of the
// file size on long texts.
const textPageBytes = 8 << 20

// cellBytes is what a cell counts beside its bytes, so that rows of many small
// columns close a row group too.
const cellBytes = 8

type writer struct {
	f      *format.File
	w      *parquet.GenericWriter[any]
	schema corpus.Schema
	limit  int64
	group  int64 // bytes of cells in the open row group
	rows   int64
	row    parquet.Row
	buf    []parquet.Row
}

func newWriter(f *format.File, s Sink, schema corpus.Schema) *writer {
	opts := []parquet.WriterOption{
		schemaOf(schema),
		parquet.Compression(&zstd.Codec{Level: levels[s.Level], Concurrency: 1}), // pages are compressed one at a time
		parquet.PageBufferSize(textPageBytes),
		parquet.CreatedBy("corpusmill", "1", ""),
	}
	for _, c := range schema {
		if c.Messages {
			opts = append(opts, parquet.SkipPageBounds(c.Name, "list", "element", "content"))
		} else if c.Long || c.Type == corpus.JSON || c.Type == corpus.Bytes {
			opts = append(opts, parquet.SkipPageBounds(c.Name))
		}
	}
	return &writer{f: f, w: parquet.NewGenericWriter[any](f, opts...), schema: schema, limit: int64(s.RowGroupBytes)}
}

// Write appends documents.
func (w *writer) Write(docs []*corpus.Document) error {
	for _, d := range docs {
		w.row = w.row[:0]
		i := -1 // of the leaf
		for _, c := range w.schema {
			v := c.Value(d)
			if i++; c.Messages {
				w.messages(i, v)
				i++
				continue
			}
			x := parquet.NullValue()
			level := 1
			switch {
			case v.Null:
				level = 0
			case c.Type == corpus.Float:
				x = parquet.DoubleValue(v.Float)
			case c.Type.Textual():
				x = parquet.ValueOf(v.Str) // copies nothing
			case c.Type == corpus.Bool:
				x = parquet.BooleanValue(v.Int != 0)
			case c.Type == corpus.Date:
				x = parquet.Int32Value(int32(v.Int))
			default:
				x = parquet.Int64Value(v.Int)
			}
			w.group += cellBytes + int64(len(v.Str))
			w.row = append(w.row, x.Level(0, level, i))
		}
		w.buf = append(w.buf[:0], w.row)
		if _, err := w.w.WriteRows(w.buf); err != nil {
			return fmt.Errorf("%s: %w", w.f.Name(), err)
		}
		w.rows++
		if w.group >= w.limit {
			w.group = 0
			if err := w.w.Flush(); err != nil {
				return fmt.Errorf("%s: %w", w.f.Name(), err)
			}
		}
	}
	return nil
}

// Commit writes the footer and makes the part visible.
func (w *writer) Commit(ctx context.Context) (stage.Part, error) {
	if err := w.w.Close(); err != nil {
		return stage.Part{}, fmt.Errorf("%s: %w", w.f.Name(), err)
	}
	part, err := w.f.Commit(ctx)
	part.Rows = w.rows
	return part, err
}

// Abort drops the part.
func (w *writer) Abort() error { return w.f.Abort() }

// ordered is a group whose fields keep the order in which they were declared.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (o ordered) Fields() []parquet.Field { return o.fields }

func schemaOf(schema corpus.Schema) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range schema {
		group[c.Name] = leaf(c)
	}
	byName := map[string]parquet.Field{}
	for _, f := range group.Fields() {
		byName[f.Name()] = f
	}
	o := ordered{Group: group}
	for _, c := range schema {
		o.fields = append(o.fields, byName[c.Name])
	}
	return parquet.NewSchema("document", o)
}

func leaf(c corpus.Column) parquet.Node {
	if c.Messages {
		return messagesNode
	}
	var n parquet.Node
	switch c.Type {
	case corpus.Int:
		n = parquet.Int(64)
	case corpus.Uint:
		n = parquet.Uint(64)
	case corpus.Float:
		n = parquet.Leaf(parquet.DoubleType)
	case corpus.Bool:
		n = parquet.Leaf(parquet.BooleanType)
	case corpus.Date:
		n = parquet.Date()
	case corpus.JSON:
		// The logical type JSON is bytes to Polars and an extension to pyarrow: as a string
		// every reader has its text. The set's manifest says that it is JSON.
		n = parquet.String()
	case corpus.Bytes:
		n = parquet.Leaf(parquet.ByteArrayType)
	default:
		n = parquet.String()
	}
	switch perSecond, local := c.Type.Clock(); perSecond {
	case 1e3:
		n = parquet.TimestampAdjusted(parquet.Millisecond, !local)
	case 1e6:
		n = parquet.TimestampAdjusted(parquet.Microsecond, !local)
	case 1e9:
		n = parquet.TimestampAdjusted(parquet.Nanosecond, !local)
	}
	if c.Few {
		n = parquet.Encoded(n, &parquet.RLEDictionary)
	} else if c.Type.Textual() {
		n = parquet.Encoded(n, &parquet.Plain)
	}
	return parquet.Optional(n)
}
