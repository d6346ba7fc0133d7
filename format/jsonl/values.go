package jsonl

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
)

// values is where a Reader stands in a file whose records are not lines.
type values struct {
	spread bool   // it is such a file
	array  bool   // within an array
	lost   bool   // what follows does not continue what came before
	key    []byte // the first key of the value before, quoted: the next has the same
	shape  shape
}

var (
	errCut   = errors.New("invalid JSON: ends early")
	errArray = errors.New("invalid JSON: ends early, want the end of the array")
)

// nextValue reads the next element of an array, or the next of several values.
func (r *Reader) nextValue(idField, textField, urlField string) (Line, error) {
	if r.lost {
		if err := r.resync(); err != nil {
			return Line{}, err
		}
	}
	for {
		c, err := r.significant()
		switch {
		case errors.Is(err, io.EOF) && r.array:
			r.array = false
			return Line{}, &LineError{Record: r.record, Offset: r.next, Loss: corpus.LossRest, Err: errArray, value: true}
		case err != nil:
			r.lost = true
			return Line{}, err
		case c == '[' && !r.array, c == ']' && r.array:
			r.array = c == '['
			r.skip(1)
		default:
			return r.value(idField, textField, urlField)
		}
	}
}

// value reads the value that begins here. One that is not as it should be ends where
// its brackets say so, or where the next begins.
func (r *Reader) value(idField, textField, urlField string) (Line, error) {
	bad := &LineError{Record: r.record, Offset: r.next, Loss: corpus.LossRecord, value: true}
	raw, err := r.extent()
	var syntax syntaxError
	switch {
	case errors.Is(err, io.EOF):
		r.record++
		r.array, bad.Loss, bad.Err = false, corpus.LossRest, errCut
		return Line{}, bad
	case err != nil && !errors.Is(err, ErrTooLong) && !errors.As(err, &syntax):
		r.lost = true
		return Line{}, err
	}
	r.record++
	r.learn(raw)
	if err == nil {
		var l Line
		if l, err = r.parse(raw, idField, textField, urlField); err == nil {
			l.Record, l.Offset = bad.Record, bad.Offset
			return l, nil
		}
		bad.Loss = r.loss(err)
	}
	bad.Err = err
	if errors.As(err, &syntax) {
		switch err := r.resync(); {
		case errors.Is(err, io.EOF):
			bad.Loss = corpus.LossRest
		case err != nil:
			r.in.err, r.lost = err, true // told next
		}
		bad.Bytes = r.next - bad.Offset
	}
	return Line{}, bad
}

// ahead is what is buffered: one byte at least, without an error.
func (r *Reader) ahead() ([]byte, error) {
	if _, err := r.r.Peek(1); err != nil {
		r.in.pass()
		return nil, err
	}
	return r.r.Peek(r.r.Buffered())
}

func (r *Reader) skip(n int) {
	_, _ = r.r.Discard(n) // is buffered
	r.next += int64(n)
}

// significant passes over white space, commas and byte order marks and returns the
// byte behind them.
func (r *Reader) significant() (byte, error) {
	for {
		b, err := r.ahead()
		if err != nil {
			return 0, err
		}
		for i, c := range b {
			switch c {
			case ' ', '\t', '\r', '\n', ',', bom[0], bom[1], bom[2]:
			default:
				r.skip(i)
				return c, nil
			}
		}
		r.skip(len(b))
	}
}

// extent takes one value by its brackets. One beyond the limit is passed over
// without being held.
func (r *Reader) extent() ([]byte, error) {
	r.letGo()
	r.shape = shape{stack: r.shape.stack[:0]}
	for size := int64(0); ; {
		b, err := r.ahead()
		if err != nil {
			if errors.Is(err, io.EOF) && r.shape.whole() {
				return r.buf, nil
			}
			return nil, err
		}
		n, done, want := r.shape.take(b)
		size += int64(n)
		raw, long := b[:n], size > r.max
		switch {
		case long:
			r.letGo()
		case !done || len(r.buf) > 0: // else the whole value, and no copy of it
			if err := r.grow(len(raw)); err != nil {
				return nil, err
			}
			r.buf = append(r.buf, raw...)
			raw = r.buf
		}
		r.skip(n)
		switch {
		case want != "":
			return raw, syntaxError(fmt.Sprintf("invalid JSON at byte %d: %q, want %s", size, b[n], want))
		case done && long:
			return nil, ErrTooLong
		case done:
			return raw, nil
		}
	}
}

// syntaxError is a value whose brackets do not tell where it ends.
type syntaxError string

func (e syntaxError) Error() string { return string(e) }

// markBytes bounds the beginning of a value by which it is found.
const markBytes = 256

// learn keeps the first key of an object.
func (r *Reader) learn(raw []byte) {
	if len(raw) == 0 || raw[0] != '{' {
		return
	}
	b := bytes.TrimLeft(raw[1:min(len(raw), markBytes/2)], " \t\r\n")
	if len(b) == 0 || b[0] != '"' {
		return
	}
	if i := bytes.IndexAny(b[1:], `"\`); i >= 0 && b[i+1] == '"' {
		r.key = append(r.key[:0], b[:i+2]...)
	}
}

// resync moves to where the next value seems to begin: at a bracket that follows a
// comma, another value or, outside of an array, the end of a line, before the same
// key as that of the value before. Within strings the quotes of a key are escaped.
func (r *Reader) resync() error {
	for before := byte(','); ; {
		_, err := r.r.Peek(markBytes)
		b, aheadErr := r.ahead()
		if aheadErr != nil {
			r.array = r.array && !errors.Is(aheadErr, io.EOF)
			return aheadErr
		}
		for i, c := range b {
			if c == '{' && (before == ',' || before == '}' || before == '\n' && !r.array) {
				if len(b)-i < markBytes && err == nil {
					b = b[:i] // look at more of it
					break
				}
				if r.marked(b[i:]) {
					r.skip(i)
					r.lost = false
					return nil
				}
			}
			if c != ' ' && c != '\t' && c != '\r' && (c != '\n' || !r.array) {
				before = c
			}
		}
		r.skip(len(b))
	}
}

func (r *Reader) marked(b []byte) bool {
	b = bytes.TrimLeft(b[1:min(len(b), markBytes)], " \t\r\n")
	return len(b) > 0 && b[0] == '"' && bytes.HasPrefix(b, r.key)
}
