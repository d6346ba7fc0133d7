package arrow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// The kinds of messages in a stream.
const (
	schemaMessage     = 1
	dictionaryMessage = 2
	batchMessage      = 3
)

// metadataMax is the longest description of a message, in bytes: its body is not part of
// it, the names and notes of the columns are.
const metadataMax = 64 << 20

// continuation stands before the length of a message, in all but the oldest streams.
const continuation = 0xFFFFFFFF

// errEnd is the mark that ends a stream.
var errEnd = errors.New("end of stream")

// head is a message without its body.
type head struct {
	meta []byte
	kind uint8
	body int64 // bytes that follow
	rows int64 // of a batch
	// buffers are the pieces of the body; each stands behind its length where they are
	// compressed.
	buffers    []piece
	compressed bool
	lz4        bool
}

// piece is a stretch of a body.
type piece struct{ at, n int64 }

// readHead reads the description of the next message; errEnd at the mark that ends the
// stream, io.EOF where the file ends. left is what the file has behind this place.
func readHead(in io.Reader, left int64) (h *head, err error) {
	var word [4]byte
	read := func() (uint32, error) {
		_, err := io.ReadFull(in, word[:])
		left -= 4
		return binary.LittleEndian.Uint32(word[:]), err
	}
	n, err := read()
	if err != nil {
		return nil, err
	}
	if n == continuation {
		if n, err = read(); err != nil {
			return nil, noEOF(err)
		}
	}
	switch {
	case n == 0:
		return nil, errEnd
	case int64(n) > left:
		return nil, fmt.Errorf("a message of %d bytes, %d are left: %w", n, max(left, 0), io.ErrUnexpectedEOF)
	case n > metadataMax:
		return nil, fmt.Errorf("a message description of %d bytes, want at most %d", n, metadataMax)
	}
	h = &head{meta: make([]byte, n)}
	if _, err := io.ReadFull(in, h.meta); err != nil {
		return nil, noEOF(err)
	}
	if err := h.parse(); err != nil {
		return nil, err
	}
	if left -= int64(n); h.body < 0 || h.body > left {
		return nil, fmt.Errorf("a message with %d bytes of data, %d are left: %w", h.body, left, io.ErrUnexpectedEOF)
	}
	return h, nil
}

// noEOF is the error of a read inside something.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parse reads what must be known of a message before its body is.
func (h *head) parse() (err error) {
	defer rescue(&err)
	m := rootTable(h.meta)
	h.kind, h.body = m.byte(1), m.int64(3)
	batch := m.table(2)
	switch h.kind {
	case schemaMessage:
		return checkSchema(batch)
	case dictionaryMessage:
		batch = batch.table(1)
	case batchMessage:
		h.rows = batch.int64(0)
	default:
		return nil
	}
	if codec := batch.table(3); codec.pos > 0 {
		h.compressed, h.lz4 = true, codec.byte(0) == 0
	}
	at, n := batch.vector(2)
	if n < 0 || n > len(h.meta)/16 {
		return fmt.Errorf("a message of %d bytes with %d buffers", len(h.meta), n)
	}
	for i := range n {
		h.buffers = append(h.buffers, piece{int64(u64(h.meta, at+16*i)), int64(u64(h.meta, at+16*i+8))})
	}
	if h.rows < 0 {
		return fmt.Errorf("a batch of %d rows", h.rows)
	}
	return h.checkVariadic(batch)
}

// windowBytes is what a decoder of zstd takes beside the window.
const windowBytes = 4 << 20

// needs is the memory that the message takes with its body, as read and as decoded. Of
// compressed buffers the lengths stand in the body, which is nil where it was not read yet:
// then it is a guess, five times the body.
func (h *head) needs(body []byte) (int64, error) {
	need, window := h.body, int64(0)
	if h.compressed && body == nil {
		return 5*h.body + windowBytes, nil
	}
	for _, p := range h.buffers {
		if p.at < 0 || p.n < 0 || p.n > h.body-p.at {
			return 0, fmt.Errorf("a buffer of %d bytes at %d, in %d bytes of data", p.n, p.at, h.body)
		}
		if p.n == 0 {
			continue
		}
		n := p.n
		if h.compressed {
			if n < 8 {
				return 0, fmt.Errorf("a compressed buffer of %d bytes", n)
			}
			b := body[p.at : p.at+p.n]
			n = int64(u64(b, 0))
			if n == -1 { // it is stored as it is
				n = p.n - 8
			} else if !h.lz4 {
				window = max(window, windowOf(b[8:]))
			}
			if n < 0 {
				return 0, fmt.Errorf("a buffer of %d bytes", n)
			}
		}
		if need += n + 64; need < 0 {
			return 0, errors.New("buffers of more than 8 EiB")
		}
	}
	if window > 0 {
		window = 2*window + windowBytes
	}
	return need + window, nil
}

// windowOf is the window that a frame of zstd asks for, in bytes.
func windowOf(frame []byte) int64 {
	var h zstd.Header
	if h.Decode(frame) != nil || h.Skippable {
		return 0 // the decoder tells
	}
	if h.SingleSegment {
		return int64(min(h.FrameContentSize, 1<<62))
	}
	return int64(min(h.WindowSize, 1<<61))
}

// A flat is a table of FlatBuffers, in which Arrow describes its messages. What lies
// outside of the bytes panics: see rescue.
type flat struct {
	b   []byte
	pos int // 0 of a table that is not there
}

func rootTable(b []byte) flat { return flat{b, int(u32(b, 0))} }

func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// field is where the table has a field, 0 where it has none.
func (t flat) field(slot int) int {
	if t.pos == 0 {
		return 0
	}
	v := t.pos - int(int32(u32(t.b, t.pos)))
	if at := 4 + 2*slot; at < int(u16(t.b, v)) {
		if off := int(u16(t.b, v+at)); off > 0 {
			return t.pos + off
		}
	}
	return 0
}

func (t flat) byte(slot int) uint8 {
	if at := t.field(slot); at > 0 {
		return t.b[at]
	}
	return 0
}

func (t flat) int16(slot int) int16 {
	if at := t.field(slot); at > 0 {
		return int16(u16(t.b, at))
	}
	return 0
}

func (t flat) int64(slot int) int64 {
	if at := t.field(slot); at > 0 {
		return int64(u64(t.b, at))
	}
	return 0
}

func (t flat) table(slot int) flat {
	if at := t.field(slot); at > 0 {
		return flat{t.b, at + int(u32(t.b, at))}
	}
	return flat{b: t.b}
}

// vector is where the elements of a list begin, and how many there are.
func (t flat) vector(slot int) (at, n int) {
	if at = t.field(slot); at == 0 {
		return 0, 0
	}
	at += int(u32(t.b, at))
	return at + 4, int(u32(t.b, at))
}

// rescue turns a panic of the library over a damaged file into an error.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged: %v", p)
	}
}
