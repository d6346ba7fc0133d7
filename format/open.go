package format

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// zstdWindowMax bounds the memory of a zstd stream that asks for a large window.
const zstdWindowMax = 256 << 20

// Decompress wraps a stream in the decoder that its first bytes ask for: gzip
// (any number of members), zstd (any number of frames), or none. Closing the
// result closes r; where Decompress fails it has closed r.
func Decompress(r io.ReadCloser) (*Stream, error) {
	br := bufio.NewReaderSize(r, 256<<10)
	head, err := br.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, r.Close())
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return &Stream{z, r, nil, true}, nil
	case isZstd(head):
		z, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindowMax))
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return &Stream{z, r, z.Close, true}, nil
	}
	return &Stream{br, r, nil, false}, nil
}

// isZstd knows the first bytes of a frame, and of a skippable frame, with which
// parallel compressors begin.
func isZstd(head []byte) bool {
	return bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(head) == 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:], []byte{0x2a, 0x4d, 0x18})
}

// Stream is a stream that was perhaps compressed.
type Stream struct {
	io.Reader
	c    io.Closer
	done func()
	// Compressed says whether it was, so that offsets in it are none in the file.
	Compressed bool
}

// Close ends the decoder and closes the file below.
func (s *Stream) Close() error {
	if s.done != nil {
		s.done()
	}
	return s.c.Close()
}
