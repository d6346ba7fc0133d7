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
	// trailerSize is that of a gzip member: CRC-32 and length.
	trailerSize = 8
	// aheadBytes is how far behind the place that a CorruptError names its cause may lie.
	aheadBytes = 16
	// Searches look at so many possible starts of units, and at one more in so many
	// bytes: in chance data there is one in 16 MiB.
	maxTries  = 1 << 20
	bytesATry = 64
	// The same inside what damaged members take.
	maxStrays   = 1 << 12
	bytesAStray = 4 << 10
	// tryBytes of a unit, stored, are looked at, and tryOut decompressed to take one
	// that starts with no record for a real one.
	tryBytes = 2 << 10
	tryOut   = 64 << 10
	// A unit that holds no record is left after maxSearch bytes, decompressed, and
	// maxExpansion times those that it takes in the file.
	maxSearch    = 64 << 20
	maxExpansion = 32
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
	good     bool  // one was
	probe    bool  // opened in a search: it need not hold a record
	doubtful bool  // its checksum or size differs, or its end is missing and the next one known
	damaged  bool  // whole, but the end is missing: in still stands at its start
	reported bool  // its damage was reported
	clear    int64 // up to this place of cur no record starts inside a block
}

// unpacker holds the decompressors.
type unpacker struct {
	inflate inflate.Decoder
	gz      *gzip.Reader
	br      *bufio.Reader // between in and gz
	zs      *zstd.Decoder
	zsAll   *zstd.Decoder
	zsTry   *zstd.Decoder // over the first bytes of a frame
	trySrc  bytes.Reader
	head    []byte // what those hold
	dict    []byte
}

// openUnit opens the unit at the place reached and points cur to its content. The
// error is io.EOF at the end.
func (r *Reader) openUnit() error {
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
		case nextRecord(b) >= 0 || Starts(b):
			r.form = formPlain
		default:
			r.lost = true
			return r.bad(0, false, ErrNoRecord)
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
	if !bytes.HasPrefix(b, gzipMagic[:min(len(b), len(gzipMagic))]) {
		r.lost = true
		return r.bad(r.unit.offset, false, ErrNoRecord)
	}
	for {
		b = b[:min(len(b), maxWholeIn)] // no more, however much was read ahead
		out, n, err := r.unpacker.inflate.Member(r.dec.buf[:0], b, maxWholeOut)
		r.dec.buf = out
		switch {
		case err == nil:
			r.in.skip(n)
			r.unit.length = int64(n)
			r.serve(out, io.EOF)
			return nil
		case errors.Is(err, inflate.ErrTooLarge), errors.Is(err, inflate.ErrTruncated) && len(b) == maxWholeIn:
			return r.streamMember()
		case errors.Is(err, inflate.ErrTruncated) && r.in.err == nil:
			b = r.in.fill(min(2*len(b), maxWholeIn))
			continue
		case errors.Is(err, inflate.ErrTruncated) && r.inputFailed():
			err = r.in.err
			r.unit.damaged, r.unit.length = true, int64(len(b))
			r.serve(out, err)
			return nil
		}
		return r.openDamaged(b, n, err)
	}
}

// openDamaged opens the gzip member at the start of b, all that is at hand, which does
// not decode soundly for err: n is the end of a member with a wrong checksum, or of the
// deflate data of one that is cut in its trailer. A member without its last bytes goes
// on into the next one, which is looked for in all that it took.
func (r *Reader) openDamaged(b []byte, n int, err error) error {
	end := len(b)
	switch {
	case errors.Is(err, inflate.ErrChecksum):
		end = n
	case !errors.Is(err, inflate.ErrTruncated):
		end = corruptAt(err) + aheadBytes
	}
	b = r.in.fill(end + tryBytes + maxARCLine) // enough to know a member that starts there
	k := r.stray(b, end)
	if k > 0 {
		b, end = b[:k], k
	}
	out, n, again := r.unpacker.inflate.Member(r.dec.buf[:0], b, maxWholeOut)
	r.dec.buf = out
	switch {
	case again == nil:
		return r.serveDecoded(out, n, false)
	case n > 0 && errors.Is(again, inflate.ErrChecksum):
		return r.serveDecoded(out, n-trailerSize+trailer(b[n-trailerSize:]), true)
	case n > 0 && (k > 0 || r.trailless):
		r.trailless = r.trailless || k > 0
		return r.serveDecoded(out, len(b), true)
	case k > 0: // cut in its data: what is whole of it stands
		r.in.skip(k)
		if r.unit.length = int64(k); r.startsLike(out) {
			r.unit.doubtful = true
			r.serve(out, again)
			return nil
		}
		r.lost = true
		return r.bad(r.unit.offset, false, again)
	case errors.Is(again, inflate.ErrTruncated):
		err = io.ErrUnexpectedEOF
		r.unit.damaged, r.unit.length = true, int64(len(b))
		r.serve(out, err)
		return nil
	case r.startsLike(out): // what was decoded until there stands, as in a stream
		r.unit.damaged, r.unit.length = true, int64(min(end, len(b)))
		r.serve(out, again)
		return nil
	}
	r.stepOver(again, len(out))
	return r.bad(r.unit.offset, false, again)
}

// serveDecoded serves a member of n stored bytes that decoded to its end; doubtful, with
// a checksum that differs or is missing.
func (r *Reader) serveDecoded(out []byte, n int, doubtful bool) error {
	r.in.skip(n)
	if doubtful && !r.startsLike(out) {
		r.lost = true
		return r.bad(r.unit.offset, false, inflate.ErrChecksum)
	}
	r.unit.length, r.unit.doubtful = int64(n), doubtful
	r.serve(out, io.EOF)
	return nil
}

// trailer is the size of what is left of a member's trailer at the start of b: the next
// member may start inside it.
func trailer(b []byte) int {
	if k := bytes.Index(b[:min(len(b), trailerSize+len(gzipMagic)-1)], gzipMagic); k >= 0 {
		return k
	}
	return trailerSize
}

// stepOver leaves a unit that came to nothing, and asks for a search behind its first
// byte; behind what was decoded of it where that was too much too often.
func (r *Reader) stepOver(err error, out int) {
	n := 1
	r.wasted += int64(out)
	if r.wasteful() {
		n = corruptAt(err)
	}
	r.in.skip(min(n, len(r.in.fill(n))))
	r.lost = true
}

// stray is where in b, from 1 to end, the next member starts: inside the bytes that a
// member seems to take whose own end is missing. 0 if none does.
func (r *Reader) stray(b []byte, end int) int {
	end = min(end, len(b))
	for k := 1; k < end && r.strays < maxStrays+r.in.pos/bytesAStray; k++ {
		i := bytes.Index(b[k:min(end+len(gzipMagic)-1, len(b))], gzipMagic)
		if i < 0 {
			break
		}
		k += i
		r.strays++
		if starts, _ := r.startsRecord(b[k:]); starts {
			return k
		}
	}
	return 0
}

// corruptAt is about how far a unit was decompressed before err, in stored bytes, 1 at
// least.
func corruptAt(err error) int {
	if e := (*inflate.CorruptError)(nil); errors.As(err, &e) {
		return max(1, e.Offset)
	}
	return 1
}

// wasteful tells that more was decompressed in vain than the input is worth.
func (r *Reader) wasteful() bool { return r.wasted > maxSearch+maxExpansion*r.in.pos }

// startsLike tells whether decompressed bytes start like a record of this file.
func (r *Reader) startsLike(out []byte) bool {
	if r.syntax == nil {
		return recordStart(out) || arc{}.starts(out)
	}
	return r.syntax.starts(out)
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
	if len(b) == 0 {
		return false
	}
	if starts, _ := r.startsRecord(b); starts {
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

// startsRecord tells whether the unit at the start of b decompresses to something that
// starts like a record; decodes, whether it decompresses to anything, as far as that
// was looked at.
func (r *Reader) startsRecord(b []byte) (starts, decodes bool) {
	look := 7
	if r.syntax != (iso{}) {
		look = maxARCLine
	}
	if cap(r.unpacker.head) < look {
		r.unpacker.head = make([]byte, look)
	}
	head := r.unpacker.head[:look]
	if bytes.HasPrefix(b, gzipMagic) {
		head, _, err := r.unpacker.inflate.Member(head[:0], b[:min(len(b), tryBytes+look)], look)
		return r.startsLike(head), err == nil || errors.Is(err, inflate.ErrTooLarge)
	}
	zr, err := r.tryFrame(b)
	if err != nil {
		return false, false
	}
	n, err := io.ReadFull(zr, head)
	r.wasted += int64(len(b) - r.unpacker.trySrc.Len())
	return r.startsLike(head[:n]), err == nil
}

// closeUnit ends the unit at hand. An error tells of damage.
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
	if w.err == io.EOF || u.doubtful && u.good && !u.reported { // of a cut one, line breaks are lost
		r.lost = u.probe && !u.good
		return errDamaged
	}
	if r.inputFailed() {
		return r.in.err
	}
	if r.damage == nil && !u.reported {
		if u.whole && !u.good {
			_ = r.bad(u.offset, false, w.err)
		} else {
			_ = r.bad(w.pos, true, w.err)
		}
	}
	if r.damage != nil && r.damage.from < 0 { // the records before it were read
		r.damage.from = r.in.pos
		if u.damaged {
			r.damage.from += u.length
		}
	}
	if u.damaged {
		r.stepOver(w.err, w.end)
	}
	r.lost = true
	return errDamaged
}

// leaveUnit gives up a unit that holds too much of no record. The search goes on for
// the next one behind what was read of it.
func (r *Reader) leaveUnit() {
	if !r.unit.whole && r.form == formGzip {
		r.in.unread(r.unpacker.br)
	}
	r.cur, r.lost = nil, true
}

// seekUnit moves the input to the next unit, or record of a plain file, and opens it.
// io.EOF means that there is none.
func (r *Reader) seekUnit() error {
	for {
		b := r.in.fill(lowWater)
		k, found := r.nextUnit(b)
		r.in.skip(k)
		switch {
		case found == formUnknown && (r.in.err == nil || len(b) > 2*maxARCLine):
			continue
		case found == formUnknown:
			r.in.skip(len(r.in.fill(1)))
			r.lost = false
			return r.in.err
		case found == formPlain:
			r.form, r.lost = found, false
			return nil
		}
		if r.tries < maxTries+r.in.pos/bytesATry && !r.wasteful() {
			r.tries++
			b = r.in.fill(lowWater)
			starts, decodes := r.startsRecord(b)
			if starts {
				r.form, r.lost = found, false
				return nil
			}
			if decodes && found == formGzip && r.form == found && r.isMember(b) {
				r.lost = false
				err := r.openUnit()
				r.unit.probe, r.seek = true, r.cur != nil
				return err
			}
		}
		r.in.skip(1)
	}
}

// nextUnit returns where in b a unit may start, and of which form; formUnknown with the
// number of bytes that can be passed over if there is none.
func (r *Reader) nextUnit(b []byte) (k int, found form) {
	if r.form == formUnknown { // several searches: not all of them far for every false start
		b = b[:min(len(b), 2*maxARCLine)]
	}
	k = max(len(b)-maxARCLine, (len(b)+1)/2)
	try := func(at int, f form) {
		if at >= 0 && (found == formUnknown || at < k) {
			k, found = at, f
		}
	}
	if r.form == formGzip || r.form == formUnknown {
		try(bytes.Index(b, gzipMagic), formGzip)
	}
	if r.form == formZstd || r.form == formUnknown {
		try(bytes.Index(b, zstdMagic), formZstd)
	}
	if r.form == formUnknown {
		try(nextRecord(b), formPlain)
		if at := bytes.Index(b, []byte("filedesc://")); at == 0 || at > 0 && b[at-1] == '\n' {
			try(at, formPlain)
		}
	}
	return k, found
}

// isMember tells whether a gzip member starts b that decompresses as far as it is
// tried, whatever it holds.
func (r *Reader) isMember(b []byte) bool {
	out, _, err := r.unpacker.inflate.Member(r.dec.buf[:0], b, tryOut)
	r.dec.buf = out
	r.wasted += int64(len(out))
	return err == nil || errors.Is(err, inflate.ErrTooLarge)
}

func isSkippable(b []byte) bool {
	return len(b) >= 4 && binary.LittleEndian.Uint32(b)&^15 == skippableMagic
}
