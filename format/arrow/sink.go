// Package arrow reads and writes documents as Apache Arrow IPC files (Feather V2), and
// reads streams. It is the only owner of the Arrow library.
package arrow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/corpusmill/corpusmill/config"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// Sink writes parts as Arrow IPC files, which readers can map into memory column
// by column.
type Sink struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
	// BatchBytes is the size of the cells after which a record batch is closed,
	// at most 1 GiB; a writer holds about three times of it in memory.
	BatchBytes config.Bytes `yaml:"batch_bytes" default:"8MiB"`
	// Compression of the buffers: zstd, lz4, or none, which maps into memory
	// without a copy.
	Compression string `yaml:"compression" default:"zstd"`
}

// DefaultDir implements stage.Placer.
func (s *Sink) DefaultDir(dir string) {
	if s.Dir == "" {
		s.Dir = dir
	}
}

// batchBytesMax keeps the offsets of a batch's strings below 2^31.
const batchBytesMax = 1 << 30

// Validate checks the settings.
func (s *Sink) Validate() error {
	switch s.Compression {
	case "zstd", "lz4", "none":
	default:
		return fmt.Errorf("compression: %q: want zstd, lz4 or none", s.Compression)
	}
	if s.BatchBytes < 1 || s.BatchBytes > batchBytesMax {
		return fmt.Errorf("batch_bytes: must be 1 byte to 1 GiB, is %s", s.BatchBytes)
	}
	return format.CheckPartBytes(s.PartBytes)
}

// Def defines the sink arrow.
var Def = stage.DefineOpen("arrow", 2, newSink)

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

// HoldsBytes implements stage.Holder: a batch of each worker, as cells, as a record and
// compressed.
func (o *opened) HoldsBytes(workers int) int64 {
	return int64(workers) * (3*int64(o.settings.BatchBytes) + encoderBytes)
}

// encoderBytes is what a writer takes beside its batch: the compressor.
const encoderBytes = 18 << 20

// Names implements stage.Placed.
func (o *opened) Names(name string) []string { return []string{name + ".arrow"} }

func (o *opened) Create(ctx context.Context, name string, schema corpus.Schema) (stage.Writer, error) {
	f, err := format.Create(ctx, o.Folder, o.Names(name)[0])
	if err != nil {
		return nil, err
	}
	w, err := newWriter(f, o.settings, schema)
	if err != nil {
		return nil, errors.Join(err, f.Abort())
	}
	return w, nil
}

type writer struct {
	f      *format.File
	w      *ipc.FileWriter
	b      *array.RecordBuilder
	schema corpus.Schema
	limit  int64
	batch  int64 // bytes of cells in the open batch
	rows   int64
}

func newWriter(f *format.File, s Sink, schema corpus.Schema) (*writer, error) {
	fields := make([]arrow.Field, len(schema))
	for i, c := range schema {
		fields[i] = arrow.Field{Name: c.Name, Type: typeOf(c), Nullable: true}
		if c.Type == corpus.JSON { // a text to others
			fields[i].Metadata = arrow.NewMetadata([]string{noteKey}, []string{"json"})
		}
	}
	shape := arrow.NewSchema(fields, nil)
	mem := memory.NewGoAllocator() // zeroed memory: padding has one value
	opts := []ipc.Option{ipc.WithSchema(shape), ipc.WithAllocator(mem)}
	switch s.Compression {
	case "zstd":
		opts = append(opts, ipc.WithZstd())
	case "lz4":
		opts = append(opts, ipc.WithLZ4())
	}
	w, err := ipc.NewFileWriter(position{f}, opts...)
	if err != nil {
		return nil, err
	}
	return &writer{f: f, w: w, b: array.NewRecordBuilder(mem, shape), schema: schema, limit: int64(s.BatchBytes)}, nil
}

func typeOf(c corpus.Column) arrow.DataType {
	switch c.Type {
	case corpus.Int:
		return arrow.PrimitiveTypes.Int64
	case corpus.Uint:
		return arrow.PrimitiveTypes.Uint64
	case corpus.Float:
		return arrow.PrimitiveTypes.Float64
	case corpus.Bool:
		return arrow.FixedWidthTypes.Boolean
	case corpus.Date:
		return arrow.FixedWidthTypes.Date32
	case corpus.Bytes:
		return arrow.BinaryTypes.Binary
	}
	zone := "UTC"
	perSecond, local := c.Type.Clock()
	if local {
		zone = ""
	}
	switch perSecond {
	case 1e3:
		return &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: zone}
	case 1e6:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
	case 1e9:
		return &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: zone}
	}
	return arrow.BinaryTypes.String
}

// cellBytes is what a cell counts beside its bytes.
const cellBytes = 8

// Write appends documents.
func (w *writer) Write(docs []*corpus.Document) error {
	for _, d := range docs {
		for i, c := range w.schema {
			v := c.Value(d)
			if len(v.Str) > math.MaxInt32-batchBytesMax {
				return fmt.Errorf("%s: column %s: a value of %d bytes does not fit into Arrow", w.f.Name(), c.Name, len(v.Str))
			}
			w.batch += cellBytes + int64(len(v.Str))
			if v.Null {
				w.b.Field(i).AppendNull()
				continue
			}
			switch b := w.b.Field(i).(type) {
			case *array.Int64Builder:
				b.Append(v.Int)
			case *array.Uint64Builder:
				b.Append(uint64(v.Int))
			case *array.Float64Builder:
				b.Append(v.Float)
			case *array.BooleanBuilder:
				b.Append(v.Int != 0)
			case *array.Date32Builder:
				b.Append(arrow.Date32(v.Int))
			case *array.TimestampBuilder:
				b.Append(arrow.Timestamp(v.Int))
			case *array.BinaryBuilder:
				b.AppendString(v.Str)
			case *array.StringBuilder:
				b.Append(v.Str)
			}
		}
		w.rows++
		if w.batch >= w.limit {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes the open record batch.
func (w *writer) flush() error {
	if w.batch == 0 {
		return nil
	}
	w.batch = 0
	rec := w.b.NewRecord()
	defer rec.Release()
	if err := w.w.Write(rec); err != nil {
		return fmt.Errorf("%s: %w", w.f.Name(), err)
	}
	return nil
}

// Commit writes the footer and makes the part visible.
func (w *writer) Commit(ctx context.Context) (stage.Part, error) {
	if err := w.flush(); err != nil {
		return stage.Part{}, err
	}
	if err := w.w.Close(); err != nil {
		return stage.Part{}, fmt.Errorf("%s: %w", w.f.Name(), err)
	}
	part, err := w.f.Commit(ctx)
	part.Rows = w.rows
	return part, err
}

// Abort drops the part.
func (w *writer) Abort() error { return w.f.Abort() }

// position gives the library the place it writes at. It never moves.
type position struct{ *format.File }

// Seek tells the place.
func (p position) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("an output file is written from start to end")
	}
	return p.Bytes(), nil
}
