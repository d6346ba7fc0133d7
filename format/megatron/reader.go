package megatron

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/corpusmill/corpusmill/store"
)

// maxIndexBytes is the greatest index that a reader loads: that of [MaxDocuments].
const maxIndexBytes = headerSize + 20*MaxDocuments + 8

// Reader reads the shard NAME.bin and NAME.idx.
type Reader struct {
	*Index
	tokens tokenReader
}

// Open loads and checks the index of the shard of that name (without extension).
func Open(ctx context.Context, s store.Store, name string) (*Reader, error) {
	bin, err := s.Stat(ctx, name+".bin")
	if err != nil {
		return nil, err
	}
	raw, err := readAll(ctx, s, name+".idx", maxIndexBytes)
	if err != nil {
		return nil, err
	}
	x, err := ParseIndex(raw, bin.Size)
	if err != nil {
		return nil, fmt.Errorf("%s.idx: %w", name, err)
	}
	return &Reader{Index: x, tokens: tokenReader{store: s, name: name + ".bin", dtype: x.dtype}}, nil
}

// Append appends the ids of document i, 0 to Documents()-1, to dst and returns it.
func (r *Reader) Append(ctx context.Context, dst []uint32, i int) ([]uint32, error) {
	defer r.tokens.close()
	return r.document(ctx, dst, i)
}

func (r *Reader) document(ctx context.Context, dst []uint32, i int) ([]uint32, error) {
	from, to := r.Document(i)
	for s := from; s < to; s++ {
		offset, n := r.Sequence(s)
		var err error
		if dst, err = r.tokens.read(ctx, dst, offset, n); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// All yields the ids of every document in order, each valid until the next one. The
// sequence ends after its first error. A Reader serves one sequence at a time.
func (r *Reader) All(ctx context.Context) iter.Seq2[[]uint32, error] {
	return all(&r.tokens, r.Documents(), func(dst []uint32, i int) ([]uint32, error) { return r.document(ctx, dst, i) })
}

func all(t *tokenReader, documents int, read func(dst []uint32, i int) ([]uint32, error)) iter.Seq2[[]uint32, error] {
	return func(yield func([]uint32, error) bool) {
		defer t.close()
		var ids []uint32
		for i := range documents {
			var err error
			if ids, err = read(ids[:0], i); err != nil {
				yield(nil, err)
				return
			}
			if !yield(ids, nil) {
				return
			}
		}
	}
}

// readAll reads a file that may have so many bytes.
func readAll(ctx context.Context, s store.Store, name string, most int64) ([]byte, error) {
	o, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	if o.Size > most {
		return nil, fmt.Errorf("%s: %d bytes, the most is %d", name, o.Size, most)
	}
	r, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	b := make([]byte, o.Size)
	_, err = io.ReadFull(r, b)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// tokenReader reads spans of a file of tokens. Spans that follow each other are read
// from one stream.
type tokenReader struct {
	store store.Store
	name  string
	dtype DType
	r     io.ReadCloser
	pos   int64
	buf   []byte
}

func (t *tokenReader) close() {
	if t.r != nil {
		t.r.Close()
		t.r = nil
	}
}

func (t *tokenReader) read(ctx context.Context, dst []uint32, offset int64, n int) ([]uint32, error) {
	if n == 0 {
		return dst, nil
	}
	if t.r == nil || t.pos != offset {
		t.close()
		r, err := t.store.OpenRange(ctx, t.name, offset, -1)
		if err != nil {
			return dst, err
		}
		t.r, t.pos = r, offset
	}
	if t.buf == nil {
		t.buf = make([]byte, bufferBytes)
	}
	width := t.dtype.Bytes()
	for n > 0 {
		part := t.buf[:min(n, len(t.buf)/width)*width]
		if _, err := io.ReadFull(t.r, part); err != nil {
			t.close()
			return dst, fmt.Errorf("%s: at byte %d: %w", t.name, t.pos, err)
		}
		var ok bool
		if dst, ok = decode(dst, part, t.dtype); !ok {
			t.close()
			return dst, fmt.Errorf("%w: %s: an id below 0 or above %d after byte %d", ErrDamaged, t.name, math.MaxInt32, t.pos)
		}
		t.pos += int64(len(part))
		n -= len(part) / width
	}
	return dst, nil
}

// decode appends the ids in b; false if one is out of range.
func decode(dst []uint32, b []byte, d DType) ([]uint32, bool) {
	for ; len(b) > 0; b = b[d.Bytes():] {
		var id int64
		switch d {
		case Uint8:
			id = int64(b[0])
		case Int8:
			id = int64(int8(b[0]))
		case Int16:
			id = int64(int16(binary.LittleEndian.Uint16(b)))
		case Uint16:
			id = int64(binary.LittleEndian.Uint16(b))
		case Int32:
			id = int64(int32(binary.LittleEndian.Uint32(b)))
		default:
			id = int64(binary.LittleEndian.Uint64(b))
		}
		if id < 0 || id > math.MaxInt32 {
			return dst, false
		}
		dst = append(dst, uint32(id))
	}
	return dst, true
}
