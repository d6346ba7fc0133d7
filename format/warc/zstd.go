package warc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxDictionary is the largest dictionary accepted, decompressed.
const maxDictionary = 16 << 20

var errFrame = errors.New("warc: bad zstd frame")

// frameSize returns the size of the zstd frame at the start of b (RFC 8878
// section 3.1.1), or 0 if b does not hold all of it.
func frameSize(b []byte) (size int, h zstd.Header, err error) {
	if err := h.Decode(b); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, h, nil
		}
		return 0, h, err
	}
	for size = h.HeaderSize; ; {
		if size+3 > len(b) {
			return 0, h, nil
		}
		block := uint32(b[size]) | uint32(b[size+1])<<8 | uint32(b[size+2])<<16
		size += 3
		switch block >> 1 & 3 {
		case 1: // one byte repeated
			size++
		case 3:
			return 0, h, errFrame
		default:
			size += int(block >> 3)
		}
		if block&1 != 0 {
			break
		}
	}
	if h.HasCheckSum {
		size += 4
	}
	if size > len(b) {
		return 0, h, nil
	}
	return size, h, nil
}

func (r *Reader) zstdOptions(window uint64) []zstd.DOption {
	opts := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window)}
	if r.unpacker.dict != nil {
		opts = append(opts, zstd.WithDecoderDicts(r.unpacker.dict))
	}
	return opts
}

// openFrame opens the zstd frame at the start of b, the bytes at hand.
func (r *Reader) openFrame(b []byte) error {
	if isSkippable(b) {
		return r.skipFrame(b)
	}
	if !bytes.HasPrefix(b, zstdMagic[:min(len(b), len(zstdMagic))]) {
		r.lost = true
		return r.bad(r.unit.offset, false, ErrNoRecord)
	}
	size, h, err := frameSize(b)
	if h.DictionaryID != 0 && r.unpacker.dict == nil {
		return ErrDictionary
	}
	for ; err == nil && size == 0; size, h, err = frameSize(b) {
		if r.in.err != nil || len(b) >= maxWholeIn {
			return r.streamFrame()
		}
		b = r.in.fill(2 * len(b))
	}
	if err != nil {
		r.in.skip(1)
		r.lost = true
		return r.bad(r.unit.offset, false, err)
	}
	u := &r.unpacker
	if u.zsAll == nil {
		u.zsAll, err = zstd.NewReader(nil, append(r.zstdOptions(maxWholeOut), zstd.WithDecoderMaxMemory(maxWholeOut))...)
		if err != nil {
			return err
		}
	}
	out, err := u.zsAll.DecodeAll(b[:size], r.dec.buf[:0])
	switch {
	case err == nil:
		r.in.skip(size)
		r.unit.length = int64(size)
		r.dec.buf = out
		r.serve(out, io.EOF)
		return nil
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return r.streamFrame()
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return ErrDictionary
	}
	r.in.skip(size)
	return r.bad(r.unit.offset, false, err)
}

// skipFrame passes over a skippable frame; a first one may be the dictionary.
func (r *Reader) skipFrame(b []byte) error {
	if len(b) < 8 {
		r.in.skip(len(b))
		return r.bad(r.unit.offset, false, io.ErrUnexpectedEOF)
	}
	size := int64(binary.LittleEndian.Uint32(b[4:]))
	if binary.LittleEndian.Uint32(b) == dictionaryMagic && r.in.pos == 0 && size <= maxDictionary {
		b = r.in.fill(8 + int(size))
		if int64(len(b)) >= 8+size {
			if err := r.loadDictionary(b[8 : 8+size]); err != nil {
				return err
			}
		}
	}
	if r.in.discard(8+size) < 8+size {
		return r.bad(r.unit.offset, false, io.ErrUnexpectedEOF)
	}
	return nil
}

// loadDictionary keeps the file's dictionary, which may be compressed itself.
func (r *Reader) loadDictionary(b []byte) error {
	if bytes.HasPrefix(b, zstdMagic) {
		zr, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDictionary))
		if err != nil {
			return err
		}
		defer zr.Close()
		if b, err = zr.DecodeAll(b, nil); err != nil {
			return errors.Join(ErrDictionary, err)
		}
	}
	r.unpacker.dict = bytes.Clone(b)
	return nil
}

// streamFrame reads all that follows as one stream: a frame this large comes
// from a file that was compressed whole.
func (r *Reader) streamFrame() error {
	if err := r.zstdStream(); err != nil {
		return err
	}
	r.serveStream(r.unpacker.zs)
	return nil
}

func (r *Reader) zstdStream() error {
	var err error
	if r.unpacker.zs == nil {
		r.unpacker.zs, err = zstd.NewReader(&r.in, r.zstdOptions(maxWindow)...)
		return err
	}
	return r.unpacker.zs.Reset(&r.in)
}

// tryFrame decompresses the frame at the start of b, which may be cut.
func (r *Reader) tryFrame(b []byte) (io.Reader, error) {
	u := &r.unpacker
	u.trySrc.Reset(b)
	if u.zsTry == nil {
		var err error
		u.zsTry, err = zstd.NewReader(&u.trySrc, append(r.zstdOptions(maxWindow), zstd.WithDecoderLowmem(true))...)
		return u.zsTry, err
	}
	return u.zsTry, u.zsTry.Reset(&u.trySrc)
}
