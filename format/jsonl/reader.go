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

	"github.com/valyala/fastjson"

	"github.com/corpusmill/corpusmill/format"
)

// Reader reads JSON lines one by one, each at most maxBytes long.
type Reader struct {
	r      *bufio.Reader
	max    int
	buf    []byte
	parser fastjson.Parser
	record int64
	next   int64 // offset of the next line
}

// NewReader reads lines of at most maxBytes from r, which is decompressed already.
func NewReader(r io.Reader, maxBytes int64) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, 1<<20), max: int(maxBytes)}
}

// Line is one parsed line. Extra holds the fields that are none of the three, as
// one JSON object, nil if there are none.
type Line struct {
	ID, Text, URL string
	Extra         []byte
	Record        int64 // ordinal of the line, blank lines included
	Offset        int64 // byte offset in the uncompressed stream
}

// LineError is a line that could not be read; reading goes on behind it.
type LineError struct {
	Record, Offset int64
	Err            error
}

// Error names the line and the cause.
func (e *LineError) Error() string {
	return fmt.Sprintf("line %d at byte %d: %v", e.Record+1, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

var (
	// ErrTooLong is a line beyond the limit. It is skipped without being held.
	ErrTooLong = errors.New("line is longer than record_bytes_max")
	// ErrUTF8 is a line that is not UTF-8.
	ErrUTF8 = errors.New("line is not valid UTF-8")
)

// Next returns the next line; textField, idField and urlField name the fields.
// Errors of one line are *LineError; io.EOF ends the stream.
func (r *Reader) Next(idField, textField, urlField string) (Line, error) {
	for {
		record, offset := r.record, r.next
		raw, err := r.line()
		if err == nil || errors.Is(err, ErrTooLong) {
			r.record++
		}
		if errors.Is(err, ErrTooLong) {
			return Line{}, &LineError{record, offset, err}
		}
		if err != nil {
			return Line{}, err
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		l, err := r.parse(raw, idField, textField, urlField)
		if err != nil {
			return Line{}, &LineError{record, offset, err}
		}
		l.Record, l.Offset = record, offset
		return l, nil
	}
}

// line reads one line without its end. A line beyond the limit is passed over
// without being held.
func (r *Reader) line() ([]byte, error) {
	r.buf = r.buf[:0]
	long := false
	for {
		part, err := r.r.ReadSlice('\n')
		r.next += int64(len(part))
		long = long || len(r.buf)+len(part) > r.max+1
		if long {
			r.buf = r.buf[:0]
		} else {
			r.buf = append(r.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF), err != nil && len(part) == 0 && len(r.buf) == 0 && !long:
			return nil, err
		case long:
			return nil, ErrTooLong
		default:
			return bytes.TrimRight(r.buf, "\r\n"), nil
		}
	}
}

func (r *Reader) parse(raw []byte, idField, textField, urlField string) (Line, error) {
	if !utf8.Valid(raw) {
		return Line{}, ErrUTF8
	}
	v, err := r.parser.ParseBytes(raw)
	if err != nil {
		return Line{}, err
	}
	o, err := v.Object()
	if err != nil {
		return Line{}, errors.New("line is not a JSON object")
	}
	var l Line
	var failed error
	type field struct {
		key string
		v   *fastjson.Value
	}
	var extra []field
	seen := false
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case textField:
			b, err := v.StringBytes()
			if err != nil {
				failed = fmt.Errorf("field %q is no string", textField)
				return
			}
			l.Text, seen = strings.ToValidUTF8(string(b), "\uFFFD"), true
		case idField:
			l.ID = scalar(v)
		case urlField:
			l.URL = scalar(v)
		default:
			extra = append(extra, field{string(key), v})
		}
	})
	if failed != nil {
		return l, failed
	}
	if !seen {
		return l, fmt.Errorf("no field %q", textField)
	}
	if len(extra) > 0 {
		slices.SortStableFunc(extra, func(a, b field) int { return strings.Compare(a.key, b.key) })
		l.Extra = append(l.Extra, '{')
		for i, f := range extra {
			if i > 0 {
				l.Extra = append(l.Extra, ',')
			}
			l.Extra = append(format.AppendString(l.Extra, f.key), ':')
			l.Extra = f.v.MarshalTo(l.Extra)
		}
		l.Extra = append(l.Extra, '}')
	}
	return l, nil
}

// scalar is the text of an ID or URL that may be written as a number.
func scalar(v *fastjson.Value) string {
	switch v.Type() {
	case fastjson.TypeString:
		b, _ := v.StringBytes() // the type was just looked at
		return strings.ToValidUTF8(string(b), "\uFFFD")
	case fastjson.TypeNull:
		return ""
	}
	return v.String()
}

// Records is the number of lines begun so far.
func (r *Reader) Records() int64 { return r.record }
