package warc

import (
	"bytes"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/inflate"
	"github.com/klauspost/compress/gzip"
)

// Default limits of [Options].
const (
	DefaultMaxRecordBytes = 64 << 20
	DefaultMaxBodyBytes   = 64 << 20
)

// Options configures a [Reader]. The zero value means the defaults.
type Options struct {
	// MaxRecordBytes is the largest block that is read, in bytes. Larger
	// records are skipped unbuffered and reported as [RecordError] with
	// [ErrTooLarge]. 0 means [DefaultMaxRecordBytes].
	MaxRecordBytes int64
	// MaxBodyBytes is the largest body that [Record.HTTP] decodes, in bytes:
	// a guard against compression bombs. 0 means [DefaultMaxBodyBytes].
	MaxBodyBytes int64
	// Begin is where in the file the stream begins: a place that [Reader.Boundary] gave.
	// Ordinals and offsets are those of the file. The zero value is its beginning.
	Begin corpus.Place
	// Large, if it is not nil, is asked before more than 4 MiB of a record, or of what a
	// body decodes to, are held. Its error ends the stream.
	Large func() error
}

// largeBytes is what is held of a record without asking.
const largeBytes = 4 << 20

// form is how the records are stored.
type form uint8

const (
	formUnknown form = iota
	formPlain
	formGzip
	formZstd
)

// Reader reads the records of one WARC or ARC stream in order. It is not safe for
// concurrent use.
type Reader struct {
	maxRecord int64
	in        window // the stored bytes
	form      form
	syntax    syntax
	unpacker  unpacker

	// The unit at hand: a gzip member, a zstd frame, or a whole plain stream.
	// cur points at the window with its decompressed bytes, nil between units.
	cur       *window
	unit      unit
	dec       window
	lost      bool  // search for the next unit before opening it
	seek      bool  // search for the next record in cur before reading it
	blank     int   // size of the line breaks that ended the last header
	found     bool  // a record was
	packed    bool  // a unit held several
	trailless bool  // members lack their trailers, or one does
	distrust  bool  // a length led far beyond its record
	tries     int64 // possible starts of units that were looked at
	strays    int64 // those of them inside damaged members
	wasted    int64 // bytes decompressed for units that came to nothing
	damage    *damage
	final     error

	number  int64
	rec     Record
	scratch scratch
}

// NewReader returns a Reader of r. It reads nothing before the first Next, and
// needs no closing.
func NewReader(r io.Reader, opts Options) *Reader {
	if opts.MaxRecordBytes <= 0 {
		opts.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if opts.MaxBodyBytes <= 0 {
		opts.MaxBodyBytes = DefaultMaxBodyBytes
	}
	begin := opts.Begin
	rd := &Reader{maxRecord: opts.MaxRecordBytes, in: window{r: r, pos: begin.Offset}, dec: window{pos: begin.Decoded},
		number: begin.Record, found: begin.Record > 0}
	rd.scratch.maxBody, rd.scratch.large = int(min(opts.MaxBodyBytes, 1<<40)), opts.Large
	return rd
}

// BytesRead returns the number of bytes read from the underlying stream. The
// Reader reads ahead, so it may be past the record last returned.
func (r *Reader) BytesRead() int64 { return r.in.read }

// Next returns the next record. The Record, its Header and its Block are valid
// until the following call; its strings for ever.
//
// At the end the error is [io.EOF]. A [*RecordError] tells of a record or a
// stretch of bytes that could not be read; the following call goes on behind it,
// however far the next record is. A file that breaks off gives what is whole,
// then one RecordError wrapping [io.ErrUnexpectedEOF], then io.EOF. Any other
// error, of the underlying reader or [ErrDictionary], ends the stream: each
// further call returns it again.
//
// A gzip member of up to 8 MiB, 16 decompressed, is checked by its checksum before any of its
// records is returned, and they have [Record.BadChecksum] where it fails or is cut off;
// a larger one is streamed, and a checksum that fails is reported after its records.
func (r *Reader) Next() (*Record, error) {
	r.letGo()
	for r.final == nil {
		var err error
		switch {
		case r.cur == nil && r.lost:
			err = r.seekUnit()
		case r.cur != nil && r.seek:
			r.seekRecord()
		}
		if r.damage != nil && r.cur != nil && r.form != formPlain && len(r.cur.fill(1)) == 0 {
			err = r.closeUnit()
		}
		if err == errDamaged {
			err = nil
		}
		if r.damage != nil && !r.lost && !r.seek {
			return nil, r.report(err)
		}
		switch {
		case err != nil:
			r.final = err
		case r.lost:
		case r.cur == nil:
			if err := r.openUnit(); err != errDamaged {
				r.final = err
			}
		default:
			rec, err := r.readRecord()
			if err == nil {
				return rec, nil
			}
			if err == errUnitEnd {
				err = r.closeUnit()
			}
			if err != errDamaged {
				r.final = err
			}
		}
	}
	return nil, r.final
}

var (
	// errUnitEnd says that the unit holds no more records.
	errUnitEnd = errors.New("end of unit")
	// errDamaged says that damage was noted.
	errDamaged = errors.New("damaged")
)

// damage is a record or stretch that cannot be read. It is reported when the next
// record is found, and with it how much is lost.
type damage struct {
	err RecordError
	// from is where the loss begins in the stored stream, -1 if unknown.
	from int64
}

// bad notes the damage at offset. More damage on the way to the next record
// belongs to it.
func (r *Reader) bad(offset int64, decoded bool, cause error) error {
	if r.damage != nil {
		return errDamaged
	}
	if cause == io.EOF {
		cause = io.ErrUnexpectedEOF
	}
	from := offset
	if decoded {
		from = -1
	}
	r.damage = &damage{RecordError{Record: r.number, Offset: offset, Decoded: decoded, Err: cause}, from}
	r.number++
	return errDamaged
}

// report returns the damage, now that the next record is found or, with err, that
// there is none.
func (r *Reader) report(err error) error {
	d := r.damage
	r.damage = nil
	if r.inputFailed() && (err != nil || len(r.rest()) == 0) {
		r.final = r.in.err
		return r.final
	}
	at := r.in.pos
	if r.cur != nil && r.form != formPlain {
		at = r.unit.offset
	}
	if d.from >= 0 && at > d.from {
		d.err.Bytes = at - d.from
	}
	d.err.Rest = len(r.rest()) == 0 && r.breaksOff(d.err.Err)
	r.final = err
	return &d.err
}

// breaksOff tells causes behind which more than a record is lost: the stream ends too
// early, or cannot be decompressed any further and its units hold several records.
func (r *Reader) breaksOff(cause error) bool {
	if errors.Is(cause, io.ErrUnexpectedEOF) {
		return true
	}
	for _, e := range [...]error{ErrNoRecord, ErrHeader, ErrContentLength, ErrTooLarge, inflate.ErrChecksum, gzip.ErrChecksum} {
		if errors.Is(cause, e) {
			return false
		}
	}
	return r.packed || !r.found
}

// rest is what is left to read.
func (r *Reader) rest() []byte {
	if r.cur != nil {
		return r.cur.fill(1)
	}
	return r.in.fill(1)
}

// letGo gives back the memory that a large record took.
func (r *Reader) letGo() {
	if len(r.rec.Block) <= largeBytes && cap(r.scratch.bodies[0])+cap(r.scratch.bodies[1]) <= 2*largeBytes {
		return
	}
	r.rec.Block, r.scratch.resp.Body = nil, nil
	r.scratch.brSource.Reset(nil)
	r.scratch.zstdSrc.Reset(nil)
	r.in.letGo()
	r.dec.letGo()
	for i, b := range r.scratch.bodies {
		if cap(b) > largeBytes {
			r.scratch.bodies[i] = nil
		}
	}
}

// readRecord reads a record of the unit at hand.
func (r *Reader) readRecord() (*Record, error) {
	w := r.cur
	for {
		b := w.fill(8)
		n := r.padding(b)
		w.skip(n)
		if n < len(b) {
			break
		}
		if n == 0 {
			return nil, errUnitEnd
		}
	}
	first := r.unit.first
	r.unit.first = false
	start := w.pos
	offset, decoded := r.place(first, start)
	size, err := r.header()
	if err != nil {
		return nil, r.bad(offset, decoded, err)
	}
	length := r.syntax.length(&r.rec)
	if length > largeBytes && length <= r.maxRecord && r.scratch.large != nil {
		if err := r.scratch.large(); err != nil {
			return nil, err
		}
	}
	end, breaks, err := r.blockEnd(size, length)
	if err != nil {
		return nil, r.bad(offset, decoded, err)
	}
	block := w.buf[w.at+size : w.at+end : w.at+end]
	w.skip(end + breaks)
	rec := &r.rec
	rec.Number, rec.Block, rec.scratch = r.number, block, &r.scratch
	rec.BadChecksum = r.unit.doubtful
	rec.WrongLength = length != int64(len(block))
	if rec.WrongLength && rec.BadChecksum { // the data are damaged, not the checksum
		return nil, r.bad(offset, decoded, inflate.ErrChecksum)
	}
	r.syntax.finish(rec)
	rec.Offset, rec.Length, rec.Decoded = start, w.pos-start, r.form != formPlain
	if first && r.unit.whole && lineBreaks(w.buf[w.at:w.end]) == w.end-w.at {
		rec.Offset, rec.Length, rec.Decoded = r.unit.offset, r.unit.length, false
	}
	r.number++
	r.packed = r.packed || r.unit.good
	r.found, r.unit.good = true, true
	return rec, nil
}

// padding is the size of what may stand before a record: line breaks, a byte order mark,
// and the zeros of tape blocks in a plain file.
func (r *Reader) padding(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\r', c == '\n', c == 0 && r.form == formPlain:
		case bytes.HasPrefix(b[i:], byteOrderMark):
			i += len(byteOrderMark) - 1
		default:
			return i
		}
	}
	return len(b)
}

// place returns the position to report for a damaged record.
func (r *Reader) place(first bool, start int64) (offset int64, decoded bool) {
	if first && r.form != formPlain {
		return r.unit.offset, false
	}
	return start, r.form != formPlain
}

// broken notes that the unit broke off inside a record, and gives the cause.
func (r *Reader) broken() error {
	cause := r.cur.err
	r.cur.skip(r.cur.end - r.cur.at)
	if cause != io.EOF {
		r.unit.reported = true
	}
	return cause
}

// inputFailed tells whether the underlying reader failed.
func (r *Reader) inputFailed() bool { return r.in.err != nil && r.in.err != io.EOF }

// header parses the record header at the start of cur into rec and returns its
// size, or the cause why not, with cur moved so that reading can go on.
func (r *Reader) header() (size int, err error) {
	w := r.cur
	if r.syntax == nil { // the first record tells how all are written
		r.syntax = syntaxOf(w.fill(maxARCLine))
	}
	look := r.syntax.lookahead()
	b := w.fill(look)
	if r.syntax.cut(b) && r.extend() {
		b = w.fill(look)
	}
	if !r.syntax.starts(b) {
		r.seek = true
		if r.syntax.cut(b) {
			return 0, r.broken()
		}
		return 0, ErrNoRecord
	}
	end, breaks := r.syntax.headerEnd(b[:min(len(b), maxHeaderBytes)])
	for breaks <= 0 {
		if breaks < 0 || len(b) >= maxHeaderBytes {
			w.skip(max(1, end))
			r.seek = true
			return 0, ErrHeader
		}
		have := len(b)
		if b = w.fill(have + 1); len(b) == have && !r.extend() {
			r.seek = true
			return 0, r.broken()
		}
		end, breaks = r.syntax.headerEnd(b[:min(len(b), maxHeaderBytes)])
	}
	r.syntax.parse(&r.rec, string(b[:end]))
	r.blank = breaks
	return end + breaks, nil
}

// seekRecord moves cur to the next line that starts like a record, or to the end of
// the unit. A compressed unit is left where it holds too much else.
func (r *Reader) seekRecord() {
	r.seek = false
	w := r.cur
	from := r.in.pos
	for searched := int64(0); ; {
		b := w.fill(seekBytes)
		if k := r.syntax.next(b); k >= 0 {
			w.skip(k)
			return
		}
		keep := 0 // the start of a record line may be cut
		if w.err == nil {
			keep = min(r.syntax.lookahead(), len(b))
		}
		w.skip(len(b) - keep)
		searched += int64(len(b) - keep)
		if w.err != nil {
			return
		}
		if r.form != formPlain && searched > maxSearch+maxExpansion*(r.in.pos-from) {
			r.leaveUnit()
			return
		}
	}
}
