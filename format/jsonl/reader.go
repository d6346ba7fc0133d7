package jsonl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
)

// Reader reads the objects of a file one by one, each at most maxBytes long: JSON
// lines; the elements of an array, which may lie about as they like; objects that
// take several lines each, one behind the other, as jq and json.dump write them.
type Reader struct {
	in      *input
	r       *bufio.Reader
	max     int64
	large   func() error // nil, or asked before a record of more than largeBytes is held
	buf     []byte       // the line or value at hand
	text    []byte       // a string decoded
	names   map[string]string
	scan    scanner
	extra   []field // of the line at hand
	columns []Column
	inward  []int // the columns, inner ones first
	looking bool  // for Kinds: extra stays as it is
	record  int64
	next    int64  // offset of the next line
	begun   bool   // the format is known
	cut     bool   // the line at hand has no end
	rest    []byte // of the line at hand, from its next object on
	restAt  int64  // its offset
	good    int64  // records read
	before  int64  // of those, before the member at hand
	tail    int    // bytes of the stream that are the end of a record before
	// resumed: what came before the stream was read by another Reader.
	resumed bool
	values  // of a file that is no JSON lines
}

// NewReader reads records of at most maxBytes from r, which is decompressed already.
func NewReader(r io.Reader, maxBytes int64) *Reader {
	return NewReaderFrom(r, maxBytes, corpus.Place{})
}

// Line is one parsed record. Extra holds the fields that are none of the three and no
// cell, as one JSON object, nil if there are none.
type Line struct {
	ID, Text, URL string
	Extra         []byte
	Cells         []corpus.Value // of the columns that were set
	Odd           []int          // columns whose value is none of their type: null, and left in Extra
	Record        int64          // ordinal of the line, blank ones included, or of the value; objects of one line count each
	Offset        int64          // byte offset in the uncompressed stream
}

// LineError is a record that could not be read; reading goes on behind it.
type LineError struct {
	Record, Offset int64
	// Loss is LossContent for an object without a text, LossRecord for what is no
	// object, LossRest where the file ends within one: it was cut.
	Loss corpus.Loss
	// Bytes is how much was passed over in search of the next value of an array.
	Bytes int64
	Err   error

	value bool // of a file that is no JSON lines
}

// Error names the record and the cause.
func (e *LineError) Error() string {
	what := "line"
	if e.value {
		what = "value"
	}
	return fmt.Sprintf("%s %d at byte %d: %v", what, e.Record+1, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

var (
	// ErrTooLong is a line or value beyond the limit. It is skipped without being held.
	ErrTooLong = errors.New("line is longer than record_bytes_max")
	// ErrUTF8 is a line that is not UTF-8.
	ErrUTF8 = errors.New("line is not valid UTF-8")
	// ErrFormat is a file of another format, which is named.
	ErrFormat = errors.New("not JSON lines")
)

// textError is an object without a text: it was read, and is of no use.
type textError string

func (e textError) Error() string { return string(e) }

func noField(name string) error { return textError(fmt.Sprintf("no field %q", name)) }

// Next returns the next record; the arguments name the fields, or lead to them in objects
// as [Column.Path] does. Text must be a string;
// ID and URL may be numbers, which keep their digits. JSON is read strictly by RFC
// 8259; half of a surrogate pair becomes U+FFFD; of fields of the same name the last
// one counts; values nest at most 512 deep. Blank lines and byte order marks before a
// record are passed over, a line may hold several objects one behind the other, and the commas of an array are not checked.
//
// Errors of one record are *LineError. Behind a *MemberError and another *format.Damage,
// too, reading goes on;
// the record that it cuts is part of it. io.EOF ends the stream.
func (r *Reader) Next(idField, textField, urlField string) (Line, error) {
	if len(r.in.marks) > 0 {
		if err := r.flawed(); err != nil {
			return Line{}, err
		}
	}
	l, err := r.read(idField, textField, urlField)
	if err == nil {
		r.count(l.Offset)
	} else if errors.Is(err, io.EOF) {
		if err := r.flawed(); err != nil {
			return Line{}, err
		}
	}
	return l, err
}

func (r *Reader) read(idField, textField, urlField string) (Line, error) {
	if !r.begun {
		if err := r.begin(); err != nil {
			return Line{}, err
		}
	}
	if r.spread {
		return r.nextValue(idField, textField, urlField)
	}
	for {
		record, offset := r.record, r.next
		var err error
		raw := r.rest
		if raw != nil {
			offset = r.restAt
		} else {
			raw, err = r.line()
		}
		if err == nil || errors.Is(err, ErrTooLong) {
			r.record++
		}
		if errors.Is(err, ErrTooLong) {
			return Line{}, &LineError{Record: record, Offset: offset, Loss: corpus.LossRecord, Err: err}
		}
		if err != nil {
			return Line{}, err
		}
		size := int64(len(raw))
		for bytes.HasPrefix(raw, bom) { // of files that were joined
			raw = raw[len(bom):]
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		end := offset + size
		l, err := r.parse(raw, idField, textField, urlField)
		r.restAt = end - int64(len(r.rest))
		if err != nil {
			return Line{}, &LineError{Record: record, Offset: offset, Loss: r.loss(err), Err: err}
		}
		l.Record, l.Offset = record, offset
		return l, nil
	}
}

// loss is what an error of parse costs.
func (r *Reader) loss(err error) corpus.Loss {
	var text textError
	switch s := &r.scan; {
	case errors.As(err, &text):
		return corpus.LossContent
	case r.cut && (s.i >= len(s.b) || errors.Is(err, ErrUTF8) && !utf8.FullRune(lastRune(s.b))):
		return corpus.LossRest
	}
	return corpus.LossRecord
}

// lastRune is the end of b from the last byte on that can begin a character.
func lastRune(b []byte) []byte {
	i := len(b) - 1
	for i > 0 && !utf8.RuneStart(b[i]) {
		i--
	}
	return b[max(i, 0):]
}

// line reads one line without its end. A line beyond the limit is passed over
// without being held.
func (r *Reader) line() ([]byte, error) {
	r.letGo()
	long, size := false, int64(0)
	for {
		part, err := r.r.ReadSlice('\n')
		r.cut = err != nil
		r.next += int64(len(part))
		size += int64(len(part))
		long = long || size-2 > r.max // 2 for CR and LF
		switch {
		case long:
			r.buf = r.buf[:0]
		case err == nil && len(r.buf) == 0: // the whole line, and no copy of it
			return r.trimmed(part)
		default:
			if err := r.grow(len(part)); err != nil {
				return nil, err
			}
			r.buf = append(r.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && (!errors.Is(err, io.EOF) || size == 0):
			r.in.pass()
			return nil, err
		case long:
			return nil, ErrTooLong
		default:
			return r.trimmed(r.buf)
		}
	}
}

// largeBytes is what is held of a record without a word, and kept for the next.
const largeBytes = 4 << 20

// Large has large asked before more than 4 MiB of a record are held.
func (r *Reader) Large(large func() error) { r.large = large }

// letGo empties the buffer of a record, and gives back that of a large one.
func (r *Reader) letGo() {
	if cap(r.buf) > 2*largeBytes {
		r.buf, r.scan.b, r.extra = nil, nil, nil
	}
	if cap(r.text) > 2*largeBytes {
		r.text = nil
	}
	r.buf = r.buf[:0]
}

// grow is asked before n bytes are added to a record.
func (r *Reader) grow(n int) error {
	if size := len(r.buf); size+n > cap(r.buf) && size > largeBytes { // in few steps: each leaves one behind
		r.buf = slices.Grow(r.buf, max(n, int(min(int64(size), r.max+2-int64(size)))))
	}
	if r.large != nil && len(r.buf) <= largeBytes && len(r.buf)+n > largeBytes {
		return r.large()
	}
	return nil
}

// trimmed is the line without its end, if it is not too long without it.
func (r *Reader) trimmed(line []byte) ([]byte, error) {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
	if int64(len(line)) > r.max {
		return nil, ErrTooLong
	}
	return line, nil
}

// parse reads the object on a line. Where a name occurs twice the last one
// counts.
func (r *Reader) parse(raw []byte, idField, textField, urlField string) (Line, error) {
	s := &r.scan
	s.b, s.i = raw, 0
	if r.rest == nil && !utf8.Valid(raw) { // else it was looked at with its line
		return Line{}, ErrUTF8
	}
	r.rest = nil
	var l Line
	seen, wrong := false, false
	r.extra = r.extra[:0]
	if err := s.token('{', "an object"); err != nil {
		return l, err
	}
	for more := s.next() != '}'; more; {
		key, value, err := r.member()
		if err != nil {
			return l, err
		}
		switch key {
		case textField:
			if seen = value[0] == '"'; seen {
				l.Text = r.scalar(value)
			}
			wrong = !seen
		case idField:
			l.ID = r.scalar(value)
		case urlField:
			l.URL = r.scalar(value)
		default:
			r.extra = append(r.extra, field{key, value})
		}
		if more = s.next() == ','; more {
			s.i++
		}
	}
	if err := s.token('}', "a comma or the end of the object"); err != nil {
		return l, err
	}
	if s.next(); s.i < len(s.b) {
		if r.rest = trimmed(s.b[s.i:]); len(r.rest) == 0 {
			r.rest = nil
		} else if r.rest[0] != '{' {
			r.rest = nil
			return l, s.fail("the end of the line or another object")
		}
	}
	r.nested(&l.ID, idField)
	r.nested(&l.URL, urlField)
	if !seen && !wrong {
		if at, raw, ok := r.dig(textField); ok {
			if wrong = raw[0] != '"'; !wrong {
				seen, l.Text = true, r.scalar(raw)
				r.take(at, textField)
			}
		}
	}
	switch {
	case wrong:
		return l, textError(fmt.Sprintf("field %q is no string", textField))
	case !seen:
		return l, noField(textField)
	}
	r.lift(&l)
	if !r.looking {
		l.Extra = r.object()
	}
	return l, nil
}

// namesMax bounds the field names that are kept; lines of one file mostly have
// the same.
const namesMax = 1_000

// member takes one name and its value, as it stands in the line.
func (r *Reader) member() (key string, value []byte, err error) {
	s := &r.scan
	s.next()
	name, plain, err := s.str()
	if err != nil {
		return "", nil, err
	}
	if !plain {
		r.text = unescape(r.text[:0], name)
		name = r.text
	}
	key, known := r.names[string(name)]
	if !known {
		key = string(name)
		if len(r.names) < namesMax {
			r.names[key] = key
		}
	}
	if err := s.token(':', "a colon"); err != nil {
		return "", nil, err
	}
	s.next()
	start := s.i
	err = s.value()
	return key, s.b[start:s.i], err
}

// field is an undeclared field: its name and its value as it stands in the line.
type field struct {
	key   string
	value []byte
}

// object puts the undeclared fields into one object, sorted by name.
func (r *Reader) object() []byte {
	if len(r.extra) == 0 {
		return nil
	}
	slices.SortStableFunc(r.extra, func(a, b field) int { return strings.Compare(a.key, b.key) })
	size := 2
	for _, f := range r.extra {
		size += len(f.key) + len(f.value) + 4
	}
	dst := append(make([]byte, 0, size), '{')
	for i, f := range r.extra {
		if i+1 < len(r.extra) && r.extra[i+1].key == f.key {
			continue // a later one of that name follows
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(format.AppendString(dst, f.key), ':')
		dst = append(dst, format.CompactLines(f.value)...)
	}
	return append(dst, '}')
}

// scalar is the text of a string, and of an ID or URL that may be written as a
// number.
func (r *Reader) scalar(value []byte) string {
	switch {
	case value[0] == '"':
		value = value[1 : len(value)-1]
		if bytes.IndexByte(value, '\\') >= 0 {
			r.text = unescape(r.text[:0], value)
			value = r.text
		}
	case string(value) == "null":
		return ""
	}
	return string(value)
}

// Records is the number of lines or values begun so far.
func (r *Reader) Records() int64 { return r.record }
