package warc

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
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
}

// form is how the records are stored.
type form uint8

const (
	formUnknown form = iota
	formPlain
	formGzip
	formZstd
)

// maxSearch bounds each search for the next good record after damage.
const maxSearch = 64 << 20

// Reader reads the records of one WARC stream in order. It is not safe for
// concurrent use.
type Reader struct {
	maxRecord int64
	in        window // the stored bytes
	form      form
	unpacker  unpacker

	// The unit at hand: a gzip member, a zstd frame, or a whole plain stream.
	// cur points at the window with its decompressed bytes, nil between units.
	cur   *window
	unit  unit
	dec   window
	lost  bool // search for the next unit before opening it
	seek  bool // search for the next record in cur before reading it
	final error

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
	rd := &Reader{maxRecord: opts.MaxRecordBytes, in: window{r: r}}
	rd.scratch.maxBody = int(min(opts.MaxBodyBytes, 1<<40))
	return rd
}

// BytesRead returns the number of bytes read from the underlying stream. The
// Reader reads ahead, so it may be past the record last returned.
func (r *Reader) BytesRead() int64 { return r.in.read }

// Next returns the next record. The Record, its Header and its Block are valid
// until the following call; its strings for ever.
//
// At the end the error is [io.EOF]. A [*RecordError] tells of a record that
// could not be read; the following call goes on behind it. A file that breaks
// off gives what is whole, then one RecordError wrapping
// [io.ErrUnexpectedEOF], then io.EOF. Any other error, of the underlying
// reader, [ErrLost] or [ErrDictionary], ends the stream: each further call
// returns it again.
//
// A gzip member of up to 16 MiB is checked by its checksum before any of its
// records is returned; a larger one is streamed, and a checksum that fails is
// reported after its records.
func (r *Reader) Next() (*Record, error) {
	for r.final == nil {
		if r.cur == nil {
			if err := r.openUnit(); err != nil {
				return nil, r.report(err)
			}
			continue
		}
		if r.seek {
			if err := r.seekRecord(); err != nil {
				return nil, r.report(err)
			}
		}
		rec, err := r.readRecord()
		if err == errUnitEnd {
			if err := r.closeUnit(); err != nil {
				return nil, r.report(err)
			}
			continue
		}
		if err != nil {
			return nil, r.report(err)
		}
		return rec, nil
	}
	return nil, r.final
}

// report keeps errors that end the stream.
func (r *Reader) report(err error) error {
	var re *RecordError
	if !errors.As(err, &re) {
		r.final = err
	}
	return err
}

// bad makes the error of the record that starts at offset.
func (r *Reader) bad(offset int64, decoded bool, cause error) error {
	if cause == io.EOF {
		cause = io.ErrUnexpectedEOF
	}
	e := &RecordError{Record: r.number, Offset: offset, Decoded: decoded, Err: cause}
	r.number++
	return e
}

// errUnitEnd says that the unit holds no more records.
var errUnitEnd = errors.New("end of unit")

// readRecord reads a record of the unit at hand.
func (r *Reader) readRecord() (*Record, error) {
	w := r.cur
	for {
		b := w.fill(8)
		n := lineBreaks(b)
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
	if err != nil && err == r.in.err && r.inputFailed() {
		return nil, err
	}
	if err != nil {
		return nil, r.bad(offset, decoded, err)
	}
	length, err := strconv.ParseInt(r.rec.Header.Get("Content-Length"), 10, 64)
	if err != nil || length < 0 {
		w.skip(size)
		r.seek = true
		return nil, r.bad(offset, decoded, ErrContentLength)
	}
	if length > r.maxRecord {
		w.skip(size)
		if w.discard(length) < length && w.err != io.EOF {
			return nil, r.broken(offset, decoded)
		}
		return nil, r.bad(offset, decoded, ErrTooLarge)
	}
	need := size + int(length)
	b := w.fill(need + 16)
	for len(b) < need && r.extend() {
		b = w.fill(need + 16)
	}
	if len(b) < need || !r.endsWell(b[need:]) {
		return nil, r.wrongLength(b, size, need, offset, decoded)
	}
	block := b[size:need:need]
	w.skip(need + min(4, lineBreaks(b[need:])))
	rec := &r.rec
	rec.Number, rec.Block, rec.scratch = r.number, block, &r.scratch
	rec.Offset, rec.Length, rec.Decoded = start, w.pos-start, r.form != formPlain
	if first && r.unit.whole && lineBreaks(w.buf[w.at:w.end]) == w.end-w.at {
		rec.Offset, rec.Length, rec.Decoded = r.unit.offset, r.unit.length, false
	}
	r.number++
	return rec, nil
}

// place returns the position to report for a damaged record.
func (r *Reader) place(first bool, start int64) (offset int64, decoded bool) {
	if first && r.form != formPlain {
		return r.unit.offset, false
	}
	return start, r.form != formPlain
}

// endsWell tells whether rest, the bytes behind a block, fits the end of a
// record: line breaks, two of them in good files, then a record or nothing.
func (r *Reader) endsWell(rest []byte) bool {
	n := lineBreaks(rest)
	if n > 9 {
		return true // there may be more to come; padding is harmless
	}
	rest = rest[n:]
	return recordStart(rest) || len(rest) < 7 && bytes.HasPrefix([]byte("WARC/1."), rest)
}

// wrongLength handles a block that does not end where Content-Length says.
func (r *Reader) wrongLength(b []byte, size, need int, offset int64, decoded bool) error {
	w := r.cur
	if len(b) >= need {
		w.skip(size)
		r.seek = true
		return r.bad(offset, decoded, ErrContentLength)
	}
	if k := nextRecord(b[size:]); k >= 0 {
		w.skip(size + k)
		return r.bad(offset, decoded, ErrContentLength)
	}
	w.skip(len(b))
	if w.err == io.EOF && r.form != formPlain {
		return r.bad(offset, decoded, ErrContentLength) // the member is whole, the length is not
	}
	return r.broken(offset, decoded)
}

// broken reports that the unit broke off inside a record.
func (r *Reader) broken(offset int64, decoded bool) error {
	cause := r.cur.err
	r.cur.skip(r.cur.end - r.cur.at)
	if r.inputFailed() {
		return r.in.err
	}
	r.unit.reported = true
	return r.bad(offset, decoded, cause)
}

// inputFailed tells whether the underlying reader failed.
func (r *Reader) inputFailed() bool { return r.in.err != nil && r.in.err != io.EOF }

// header parses the record header at the start of cur into rec and returns its
// size, or the cause why not, with cur moved so that reading can go on.
func (r *Reader) header() (size int, err error) {
	w := r.cur
	b := w.fill(7)
	if len(b) < 7 && bytes.HasPrefix([]byte("WARC/1."), b) && r.extend() {
		b = w.fill(7)
	}
	if !recordStart(b) {
		r.seek = true
		if len(b) < 7 && bytes.HasPrefix([]byte("WARC/1."), b) {
			w.skip(len(b))
			return 0, r.cause()
		}
		return 0, ErrNoRecord
	}
	end, breaks := headerEnd(b[:min(len(b), maxHeaderBytes)])
	for breaks <= 0 {
		if breaks < 0 || len(b) >= maxHeaderBytes {
			w.skip(7)
			r.seek = true
			return 0, ErrHeader
		}
		have := len(b)
		if b = w.fill(have + 1); len(b) == have && !r.extend() {
			w.skip(have)
			return 0, r.cause()
		}
		end, breaks = headerEnd(b[:min(len(b), maxHeaderBytes)])
	}
	r.parseHeader(string(b[:end]))
	return end + breaks, nil
}

// cause is the error of a unit that ended inside a record.
func (r *Reader) cause() error {
	if r.inputFailed() {
		return r.in.err
	}
	if r.cur.err != io.EOF {
		r.unit.reported = true
	}
	return r.cur.err
}

func (r *Reader) parseHeader(s string) {
	rec := &r.rec
	line, rest := cutLine(s)
	h := parseFields(rec.Header[:0], rest)
	*rec = Record{Version: strings.TrimSpace(line[5:]), Header: h}
	rec.Type = strings.ToLower(h.Get("WARC-Type"))
	rec.ID = trimURI(h.Get("WARC-Record-ID"))
	rec.TargetURI = trimURI(h.Get("WARC-Target-URI"))
	if t, err := time.Parse(time.RFC3339, h.Get("WARC-Date")); err == nil {
		rec.Date = t.UTC()
	}
}

// trimURI strips the angle brackets that wget and the record ID syntax have.
func trimURI(s string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">"))
}

// seekRecord moves cur to the next line that starts like a record, or to the
// end of the unit.
func (r *Reader) seekRecord() error {
	r.seek = false
	w := r.cur
	for searched := 0; searched <= maxSearch; {
		b := w.fill(64 << 10)
		if k := nextRecord(b); k >= 0 {
			w.skip(k)
			return nil
		}
		keep := 0 // the start of a record line may be cut
		if w.err == nil {
			keep = min(8, len(b))
		}
		w.skip(len(b) - keep)
		searched += len(b) - keep
		if w.err != nil {
			return nil
		}
	}
	return ErrLost
}
