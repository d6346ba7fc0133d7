package segment

import (
	"context"
	"io"
)

// sketchesPerBlock is how many sketches one read fetches.
const sketchesPerBlock = 512

// SketchWriter writes sketches of one size, a document each, in blocks that a row's
// number finds.
type SketchWriter struct {
	w    *Writer
	size int
	b    []byte
}

// NewSketchWriter writes sketches of size bytes.
func NewSketchWriter(w io.Writer, size int) *SketchWriter {
	return &SketchWriter{w: NewWriter(w), size: size}
}

// Write appends whole sketches.
func (s *SketchWriter) Write(sketches []byte) error {
	s.b = append(s.b, sketches...)
	for whole := sketchesPerBlock * s.size; len(s.b) >= whole; {
		if err := s.w.Add(s.b[:whole], sketchesPerBlock); err != nil {
			return err
		}
		s.b = s.b[:copy(s.b, s.b[whole:])]
	}
	return nil
}

// Close writes what is left.
func (s *SketchWriter) Close() error {
	if len(s.b) > 0 {
		if err := s.w.Add(s.b, int64(len(s.b)/s.size)); err != nil {
			return err
		}
	}
	return s.w.Close()
}

// Sketches finds the sketches of several segments by document. It keeps as many
// recent blocks as its memory allows.
type Sketches struct {
	files   []SketchFile
	size    int
	max     int // blocks kept
	readers []*Reader
	blocks  map[sketchBlock][]byte
	order   []sketchBlock // in which they were read
}

// SketchFile is the sketches of one segment.
type SketchFile struct {
	File
	Documents int64
}

type sketchBlock struct{ segment, block int }

// NewSketches reads sketches of size bytes, and holds up to memory bytes of them.
func NewSketches(files []SketchFile, size int, memory int64) *Sketches {
	perBlock := int64(max(size, 1)) * sketchesPerBlock
	return &Sketches{files: files, size: size, max: int(max(memory/perBlock, 8)), readers: make([]*Reader, len(files)), blocks: map[sketchBlock][]byte{}}
}

// Blocks is how many blocks it holds: a group of no more units needs none twice.
func (s *Sketches) Blocks() int { return s.max }

// Of returns the sketch of a row of a segment. It stays valid.
func (s *Sketches) Of(ctx context.Context, segment int, row uint32) ([]byte, error) {
	at := sketchBlock{segment, int(row / sketchesPerBlock)}
	b, ok := s.blocks[at]
	if !ok {
		var err error
		if b, err = s.read(ctx, at); err != nil {
			return nil, err
		}
		if len(s.order) >= s.max {
			delete(s.blocks, s.order[0])
			s.order = s.order[1:]
		}
		s.blocks[at] = b
		s.order = append(s.order, at)
	}
	i := int(row%sketchesPerBlock) * s.size
	if i+s.size > len(b) {
		return nil, s.readers[segment].damaged("no sketch of document %d", row)
	}
	return b[i : i+s.size : i+s.size], nil
}

func (s *Sketches) read(ctx context.Context, at sketchBlock) ([]byte, error) {
	r := s.readers[at.segment]
	if r == nil {
		var err error
		f := s.files[at.segment]
		if r, err = Open(ctx, f.File); err != nil {
			return nil, err
		}
		if err := r.Want(f.Documents); err != nil {
			return nil, err
		}
		r.tail = nil // there may be very many of these
		r.tailAt = f.Bytes
		s.readers[at.segment] = r
	}
	if at.block >= len(r.blocks) {
		return nil, r.damaged("no block %d", at.block)
	}
	for b, err := range r.Blocks(ctx, at.block, at.block+1) {
		return b.Payload, err
	}
	return nil, r.damaged("no block %d", at.block)
}
