package warc

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/internal/inflate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// Units up to these sizes are decompressed whole, in memory; larger ones
	// are streamed.
	maxWholeIn  = 8 << 20
	maxWholeOut = 16 << 20
	// lowWater is the input that is wanted before a unit is opened; most units
	// are smaller, so that few must be tried twice.
	lowWater = 128 << 10
	// maxTries bounds the false starts of units in one search after damage; in
	// chance data there is one in 16 MiB.
	maxTries = 10_000
	// maxWindow is the largest zstd window accepted (zstd --long=27).
	maxWindow = 128 << 20

	skippableMagic  = 0x184d2a50 // to 0x184d2a5f
	dictionaryMagic = 0x184d2a5d // the dictionary of a .warc.zst file
)

var (
	gzipMagic = []byte{0x1f, 0x8b, 8}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// unit is a gzip member, a zstd frame, or a plain stream.
type unit struct {
	offset   int64 // in the stored stream
	length   int64 // stored, known if whole
	whole    bool  // decompressed in memory
	first    bool  // no record of it was read yet
	damaged  bool  // whole, but the end is missing: in still stands at its start
	reported bool  // its damage was reported
}

// unpacker holds the decompressors.
type unpacker struct {
	inflate inflate.Decoder
	gz      *gzip.Reader
	br      *bufio.Reader // between in and gz
	zs      *zstd.Decoder
	zsAll   *zstd.Decoder
	dict    []byte
}

// openUnit finds the next unit and points cur to its content. The error is
// io.EOF at the end.
func (r *Reader) openUnit() error {
	if r.lost {
		if err := r.seekUnit(); err != nil {
			return err
		}
	}
	b := r.in.fill(lowWater)
	if len(b) == 0 {
		return r.in.err
	}
	if r.form == formUnknown {
		switch {
		case bytes.HasPrefix(b, gzipMagic):
			r.form = formGzip
		case bytes.HasPrefix(b, zstdMagic), isSkippable(b):
			r.form = formZstd
		case nextRecord(b) < 0 && bytes.Contains(b, gzipMagic):
			r.form, r.lost = formGzip, true
			return r.bad(0, false, ErrNoRecord)
		default:
			r.form = formPlain
		}
	}
	r.unit = unit{offset: r.in.pos, first: true}
	switch r.form {
	case formGzip:
		return r.openMember(b)
	case formZstd:
		return r.openFrame(b)
	}
	r.cur = &r.in
	return nil
}

// serve lets the records be read from out, which has the decompressed bytes of
// the unit in memory.
func (r *Reader) serve(out []byte, err error) {
	r.unit.whole = true
	r.dec = window{buf: out, end: len(out), pos: r.dec.pos, err: err}
	r.cur = &r.dec
}

// serveStream lets the records be read from s.
func (r *Reader) serveStream(s io.Reader) {
	r.dec = window{r: s, buf: r.dec.buf[:cap(r.dec.buf)], pos: r.dec.pos}
	r.cur = &r.dec
}

// openMember opens the gzip member at the start of b, the bytes at hand.
func (r *Reader) openMember(b []byte) error {
	if b[0] == 0 { // padding, as tape blocks have
		n := 0
		for n < len(b) && b[n] == 0 {
			n++
		}
		r.in.skip(n)
		return nil
	}
	for {
		out, n, err := r.unpacker.inflate.Member(r.dec.buf[:0], b, maxWholeOut)
		r.dec.buf = out
		switch {
		case err == nil:
			r.in.skip(n)
			r.unit.length = int64(n)
			r.serve(out, io.EOF)
			return nil
		case errors.Is(err, inflate.ErrTooLarge):
			return r.streamMember()
		case errors.Is(err, inflate.ErrTruncated):
			if r.in.err == nil {
				if len(b) >= maxWholeIn {
					return r.streamMember()
				}
				b = r.in.fill(2 * len(b))
				continue
			}
			if r.in.err == io.EOF {
				err = io.ErrUnexpectedEOF
			} else {
				err = r.in.err
			}
			r.unit.damaged, r.unit.length = true, int64(len(b))
			r.serve(out, err)
			return nil
		case errors.Is(err, inflate.ErrChecksum):
			r.in.skip(n)
		default:
			r.in.skip(1)
			r.lost = true
		}
		return r.bad(r.unit.offset, false, err)
	}
}

// streamMember opens a large member through a streaming decompressor.
func (r *Reader) streamMember() error {
	if err := r.gzipStream(false); err != nil {
		return r.bad(r.unit.offset, false, err)
	}
	r.serveStream(r.unpacker.gz)
	return nil
}

func (r *Reader) gzipStream(all bool) error {
	u := &r.unpacker
	if u.br == nil {
		u.br = bufio.NewReaderSize(nil, 64<<10)
	}
	u.br.Reset(&r.in)
	var err error
	if u.gz == nil {
		u.gz, err = gzip.NewReader(u.br)
	} else {
		err = u.gz.Reset(u.br)
	}
	if err != nil {
		r.in.unread(u.br)
		return err
	}
	u.gz.Multistream(all)
	return nil
}

// extend is asked when a record needs more than the unit has. If the next unit
// does not start with a record, units are cut without regard to records: cur
// then goes on with all the rest as one stream. It reports whether it did.
func (r *Reader) extend() bool {
	if r.form == formPlain || !r.unit.whole || r.unit.damaged {
		return false
	}
	b := r.in.fill(lowWater)
	if len(b) == 0 || r.startsRecord(b) {
		return false
	}
	var more io.Reader
	switch {
	case r.form == formGzip && bytes.HasPrefix(b, gzipMagic):
		if r.gzipStream(true) != nil {
			return false
		}
		more = r.unpacker.gz
	case r.form == formZstd && bytes.HasPrefix(b, zstdMagic):
		if r.zstdStream() != nil {
			return false
		}
		more = r.unpacker.zs
	default:
		return false
	}
	r.unit.whole = false
	w := r.cur
	w.r, w.err = more, nil
	return true
}

// startsRecord tells whether the unit at the start of b decompresses to
// something that starts like a record.
func (r *Reader) startsRecord(b []byte) bool {
	var head [16]byte
	if r.form == formGzip {
		out, _, _ := r.unpacker.inflate.Member(head[:0], b, 7)
		return recordStart(out)
	}
	zr, err := zstd.NewReader(bytes.NewReader(b), r.zstdOptions(maxWindow)...)
	if err != nil {
		return false
	}
	defer zr.Close()
	n, _ := io.ReadFull(zr, head[:7])
	return recordStart(head[:n])
}

// closeUnit ends the unit at hand. An error tells of damage not yet reported.
func (r *Reader) closeUnit() error {
	w, u := r.cur, &r.unit
	r.cur, r.seek = nil, false
	if r.form == formPlain {
		if r.inputFailed() {
			return r.in.err
		}
		return io.EOF
	}
	if !u.whole && r.form == formGzip {
		r.in.unread(r.unpacker.br)
	}
	if w.err == io.EOF {
		return nil
	}
	if r.inputFailed() {
		return r.in.err
	}
	if u.damaged {
		r.in.skip(min(1, len(r.in.fill(1))))
	}
	r.lost = true
	if u.reported {
		return nil
	}
	if u.whole {
		return r.bad(u.offset, false, w.err)
	}
	return r.bad(w.pos, true, w.err)
}

// seekUnit moves the input to the next unit that starts with a record. io.EOF
// means that there is none.
func (r *Reader) seekUnit() error {
	r.lost = false
	magic := gzipMagic
	if r.form == formZstd {
		magic = zstdMagic
	}
	for searched, tries := 0, 0; searched <= maxSearch && tries < maxTries; {
		b := r.in.fill(lowWater)
		k := bytes.Index(b, magic)
		if k < 0 {
			if r.in.err != nil {
				r.in.skip(len(b))
				return r.in.err
			}
			k = len(b) - len(magic) + 1
			r.in.skip(k)
			searched += k
			continue
		}
		r.in.skip(k)
		if r.startsRecord(r.in.fill(lowWater)) {
			return nil
		}
		r.in.skip(1)
		searched += k + 1
		tries++
	}
	return ErrLost
}

func isSkippable(b []byte) bool {
	return len(b) >= 4 && binary.LittleEndian.Uint32(b)&^15 == skippableMagic
}
