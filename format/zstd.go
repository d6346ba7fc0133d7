package format

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/corpusmill/corpusmill/config"

	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill/stage"
)

// RFC 8878, section 3.1.
const (
	zstdMagic          = "\x28\xb5\x2f\xfd"
	zstdSkippable      = "\x2a\x4d\x18" // behind 0x50 to 0x5f
	zstdHeaderMax      = 18             // bytes, with the magic
	zstdSkippableBytes = 8              // of the header of a skippable frame
	zstdBlockHeader    = 3
	zstdChecksum       = 4
)

const (
	zstdWindowMax  = 2 << 30 // of zstd --long=31
	zstdWindowFree = 8 << 20 // what every decoder should support (RFC 8878, section 3.1.1.1.2)
)

// zstdFrames decodes frames of zstd (RFC 8878). It holds as much of the memory budget
// as the largest window so far, if that is a large one.
type zstdFrames struct {
	ctx     context.Context
	env     *stage.Env
	z       *zstd.Decoder
	frame   zstdFrame
	window  int64
	release func()
}

func (*zstdFrames) magic() string           { return zstdMagic }
func (*zstdFrames) complete(err error) bool { return errors.Is(err, zstd.ErrCRCMismatch) }

func (*zstdFrames) begins(head []byte) bool {
	return strings.HasPrefix(string(head), zstdMagic) || isSkippable(head)
}

func isSkippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == zstdSkippable
}

func (f *zstdFrames) sound(head []byte) bool {
	h, err := parseZstdHeader(head)
	if err != nil || len(head) < h.size+zstdBlockHeader {
		return false
	}
	kind, size := zstdBlock(head[h.size:])
	return kind != zstdReserved && size <= min(h.window, 128<<10)
}

func (f *zstdFrames) open(r *bufio.Reader) (io.Reader, error) {
	head, err := r.Peek(zstdHeaderMax)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if isSkippable(head) {
		return strings.NewReader(""), skipFrame(r, head)
	}
	h, err := parseZstdHeader(head)
	if err != nil {
		return nil, err
	}
	if err := f.reserve(h.window); err != nil {
		return nil, err
	}
	f.frame = zstdFrame{r: r, left: int64(h.size), checksum: h.checksum}
	return f, f.z.Reset(&f.frame)
}

func skipFrame(r *bufio.Reader, head []byte) error {
	if len(head) < zstdSkippableBytes {
		return io.ErrUnexpectedEOF
	}
	_, err := r.Discard(zstdSkippableBytes + int(binary.LittleEndian.Uint32(head[4:])))
	return err
}

// reserve makes a decoder for windows of that size.
func (f *zstdFrames) reserve(window int64) error {
	if limit := min(zstdWindowMax, f.env.Memory); window > limit {
		return fmt.Errorf("the zstd frame asks for a window of %s, the limit is %s", config.Bytes(window), config.Bytes(limit))
	}
	if f.z != nil && window <= max(f.window, zstdWindowFree) {
		return nil
	}
	f.close() // who waits for memory holds none
	if window > zstdWindowFree {
		release, err := f.env.Reserve(f.ctx, window)
		if err != nil {
			return err
		}
		f.release = release
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindowMax))
	f.z, f.window = z, window
	return err
}

// close gives the decoder and its memory back.
func (f *zstdFrames) close() {
	if f.z != nil {
		f.z.Close()
	}
	if f.release != nil {
		f.release()
	}
	f.z, f.release, f.window = nil, nil, 0
}

// Read decodes the frame at hand. Behind a wrong checksum the decoder holds the last
// block back until it is asked again.
func (f *zstdFrames) Read(p []byte) (int, error) {
	n, err := f.z.Read(p)
	if n == 0 && errors.Is(err, zstd.ErrCRCMismatch) {
		return f.z.Read(p)
	}
	return n, err
}

type zstdHeader struct {
	size     int   // of the header, with the magic
	window   int64 // bytes
	checksum bool
}

// parseZstdHeader reads a frame header (RFC 8878, section 3.1.1.1).
func parseZstdHeader(b []byte) (h zstdHeader, err error) {
	const descriptor = len(zstdMagic)
	if len(b) <= descriptor {
		return h, io.ErrUnexpectedEOF
	}
	flags := b[descriptor]
	if flags&8 != 0 {
		return h, errors.New("reserved bit set in the zstd frame header")
	}
	single := flags&0x20 != 0
	dictionary := [...]int{0, 1, 2, 4}[flags&3]
	content := [...]int{0, 2, 4, 8}[flags>>6]
	if single && content == 0 {
		content = 1
	}
	h.size, h.checksum = descriptor+1+dictionary+content, flags&4 != 0
	if !single {
		h.size++
	}
	if len(b) < h.size {
		return h, io.ErrUnexpectedEOF
	}
	if !single {
		w := b[descriptor+1]
		base := int64(1) << (10 + w>>3)
		h.window = base + base/8*int64(w&7)
		return h, nil
	}
	var size [8]byte
	copy(size[:], b[h.size-content:h.size])
	h.window = int64(min(binary.LittleEndian.Uint64(size[:]), 1<<62))
	if content == 2 {
		h.window += 256
	}
	return h, nil
}

// Types of a block.
const (
	zstdRLE      = 1
	zstdReserved = 3
)

// zstdBlock reads a block header: its type, and how many bytes it says it has.
func zstdBlock(b []byte) (kind byte, size int64) {
	return b[0] >> 1 & 3, int64(b[0])>>3 | int64(b[1])<<5 | int64(b[2])<<13
}

// zstdFrame hands on the bytes of one frame, block by block, and ends with it.
type zstdFrame struct {
	r        *bufio.Reader
	left     int64 // up to the next block header, or the end
	checksum bool
	last     bool // the last block was begun
}

func (f *zstdFrame) Read(p []byte) (int, error) {
	if f.left == 0 {
		if f.last {
			return 0, io.EOF
		}
		b, err := f.r.Peek(zstdBlockHeader)
		if len(b) < zstdBlockHeader {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		kind, size := zstdBlock(b)
		if kind == zstdRLE {
			size = 1
		}
		f.left, f.last = zstdBlockHeader+size, b[0]&1 != 0
		if f.last && f.checksum {
			f.left += zstdChecksum
		}
	}
	n, err := f.r.Read(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	return n, err
}
