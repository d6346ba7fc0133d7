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
// (any number of members), zstd, or none. Closing the result closes r.
func Decompress(r io.ReadCloser) (io.ReadCloser, error) {
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
		return &stream{z, r, nil}, nil
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindowMax))
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return &stream{z, r, z.Close}, nil
	}
	return &stream{br, r, nil}, nil
}

type stream struct {
	io.Reader
	c    io.Closer
	done func()
}

func (s *stream) Close() error {
	if s.done != nil {
		s.done()
	}
	return s.c.Close()
}
