// Package jsonl reads and writes documents as JSON lines: plain, gzip or zstd.
package jsonl

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/corpusmill/corpusmill/config"

	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// Sink writes parts as zstd-compressed JSON lines, one object a document.
type Sink struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
}

// DefaultDir implements stage.Placer.
func (s *Sink) DefaultDir(dir string) {
	if s.Dir == "" {
		s.Dir = dir
	}
}

// Validate checks the settings.
func (s *Sink) Validate() error { return format.CheckPartBytes(s.PartBytes) }

// Def defines the sink jsonl.
var Def = stage.DefineOpen("jsonl", 1, newSink)

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

// encoderBytes is what a writer takes: the compressor with a window of 8 MiB and its
// tables.
const encoderBytes = 20 << 20

// HoldsBytes implements stage.Holder: a compressor of each worker.
func (o *opened) HoldsBytes(workers int) int64 { return int64(workers) * encoderBytes }

// Names implements stage.Placed.
func (o *opened) Names(name string) []string { return []string{name + ".jsonl.zst"} }

func (o *opened) Create(ctx context.Context, name string, schema corpus.Schema) (stage.Writer, error) {
	f, err := format.Create(ctx, o.Folder, o.Names(name)[0])
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, errors.Join(err, f.Abort())
	}
	return &writer{f: f, z: z, schema: schema}, nil
}

type writer struct {
	f      *format.File
	z      *zstd.Encoder
	schema corpus.Schema
	rows   int64
	buf    []byte
}

// Write appends documents.
func (w *writer) Write(docs []*corpus.Document) error {
	for _, d := range docs {
		w.buf = Append(w.buf[:0], d, w.schema)
		if _, err := w.z.Write(w.buf); err != nil {
			return fmt.Errorf("%s: %w", w.f.Name(), err)
		}
		w.rows++
	}
	return nil
}

// Commit makes the part visible.
func (w *writer) Commit(ctx context.Context) (stage.Part, error) {
	if err := w.z.Close(); err != nil {
		return stage.Part{}, fmt.Errorf("%s: %w", w.f.Name(), err)
	}
	part, err := w.f.Commit(ctx)
	part.Rows = w.rows
	return part, err
}

// Abort drops the part.
func (w *writer) Abort() error { return w.f.Abort() }

// Append appends the document as one JSON line, columns in order, null cells
// left out, and infinities with them: JSON has none.
func Append(dst []byte, d *corpus.Document, schema corpus.Schema) []byte {
	dst = append(dst, '{')
	first := true
	for _, c := range schema {
		v := c.Value(d)
		if v.Null || math.IsInf(v.Float, 0) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = format.AppendString(dst, c.Name)
		dst = append(dst, ':')
		switch c.Type {
		case corpus.Int:
			dst = strconv.AppendInt(dst, v.Int, 10)
		case corpus.Float:
			dst = strconv.AppendFloat(dst, v.Float, 'g', -1, 64)
		case corpus.JSON:
			dst = append(dst, v.Str...)
		case corpus.Bool, corpus.Uint:
			dst = append(dst, c.Type.Text(v)...)
		default:
			dst = format.AppendString(dst, c.Type.Text(v))
		}
	}
	return append(dst, '}', '\n')
}
