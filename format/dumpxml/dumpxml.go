// Package dumpxml reads the XML of large dumps, such as those of MediaWiki and Stack
// Exchange, tag by tag in bounded memory. It is no general parser: it knows no document
// types, entities or name spaces, and goes on behind what is broken.
package dumpxml

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"iter"
)

// Reader reads tags and the text between them.
type Reader struct {
	r      *bufio.Reader
	limit  int64
	offset int64
	tag    []byte
	text   []byte
	root   string // the first element that is not empty
	closed bool
}

// readBytes is how much is read at once.
const readBytes = 64 << 10

// ErrTooLong is of a tag or text that is longer than the limit. The reader stands behind it.
var ErrTooLong = errors.New("longer than record_bytes_max")

// NewReader reads from r tags and texts of limit bytes at most.
func NewReader(r io.Reader, limit int64) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, readBytes), limit: limit}
}

// Offset is the number of bytes read so far.
func (x *Reader) Offset() int64 { return x.offset }

// Unclosed is the name of the file's first element if its end was not read, "" otherwise: a
// dump is one element, so at the end of the stream it says that the dump was cut.
func (x *Reader) Unclosed() string {
	if x.closed {
		return ""
	}
	return x.root
}

// Tag is one tag: <name attributes>, </name> or <name attributes/>. It is valid until the
// next call.
type Tag struct {
	Name   []byte // with / before it where it ends an element
	Empty  bool   // />
	Offset int64  // of its <
	attrs  []byte
}

// Tag reads on to the next tag. Text, comments, declarations before it are passed over. An
// error of the stream is returned as it came; reading may go on behind it.
func (x *Reader) Tag() (Tag, error) {
	for {
		if err := x.skipTo('<'); err != nil {
			return Tag{}, err
		}
		at := x.offset - 1
		head, err := x.r.Peek(3)
		if err != nil && !errors.Is(err, io.EOF) {
			return Tag{}, err
		}
		switch {
		case len(head) == 3 && string(head) == "!--":
			err = x.skipPast("-->")
		case len(head) > 0 && (head[0] == '!' || head[0] == '?'):
			err = x.skipTo('>')
		default:
			t, err := x.readTag(at)
			x.watchRoot(t)
			return t, err
		}
		if err != nil {
			return Tag{}, err
		}
	}
}

func (x *Reader) watchRoot(t Tag) {
	switch {
	case x.closed || len(t.Name) == 0:
	case t.Name[0] == '/':
		x.closed = x.root != "" && string(t.Name[1:]) == x.root
	case x.root == "" && !t.Empty:
		x.root = string(t.Name)
	}
}

// readTag reads a tag behind its <, to the > that no quotes hold.
func (x *Reader) readTag(at int64) (Tag, error) {
	x.tag = x.tag[:0]
	var quote byte
	tooLong := false
	for {
		part, err := x.r.ReadSlice('>')
		x.offset += int64(len(part))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return Tag{}, err
		}
		for _, c := range part {
			switch {
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote:
				quote = 0
			}
		}
		if tooLong = tooLong || int64(len(x.tag)+len(part)) > x.limit; !tooLong {
			x.tag = append(x.tag, part...)
		}
		if err == nil && quote == 0 {
			break
		}
	}
	if tooLong {
		x.tag = nil
		return Tag{Offset: at}, ErrTooLong
	}
	b := x.tag[:len(x.tag)-1]
	t := Tag{Offset: at}
	if bytes.HasSuffix(b, []byte("/")) {
		t.Empty, b = true, b[:len(b)-1]
	}
	t.Name = b
	if i := bytes.IndexAny(b, " \t\r\n"); i >= 0 {
		t.Name, t.attrs = b[:i], b[i:]
	}
	return t, nil
}

// Attributes are the attributes of a tag in their order, values with their entities
// decoded. It ends at the first that is broken.
func (t Tag) Attributes() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := bytes.TrimLeft(t.attrs, space); len(rest) > 0; rest = bytes.TrimLeft(rest, space) {
			name, after, ok := bytes.Cut(rest, []byte("="))
			if after = bytes.TrimLeft(after, space); !ok || len(after) < 2 || after[0] != '"' && after[0] != '\'' {
				return
			}
			value, behind, ok := bytes.Cut(after[1:], after[:1])
			if !ok || !yield(string(bytes.TrimSpace(name)), decode(value)) {
				return
			}
			rest = behind
		}
	}
}

const space = " \t\r\n"

// Text reads the text up to the next tag, its entities decoded.
func (x *Reader) Text() (string, error) {
	x.text = x.text[:0]
	tooLong := false
	add := func(part []byte) {
		if tooLong = tooLong || int64(len(x.text)+len(part)) > x.limit; !tooLong {
			x.text = append(x.text, part...)
		}
	}
	for {
		part, err := x.r.ReadSlice('<')
		if err == nil {
			part = part[:len(part)-1]
			if err := x.r.UnreadByte(); err != nil {
				return "", fmt.Errorf("dumpxml: %w", err)
			}
		}
		x.offset += int64(len(part))
		add(part)
		switch {
		case err == nil && tooLong:
			x.text = nil
			return "", ErrTooLong
		case err == nil:
			return decode(x.text), nil
		case errors.Is(err, io.EOF):
			return "", io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}

// decode is a text with its entities decoded.
func decode(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	return html.UnescapeString(string(b))
}

// skipTo passes over everything up to a byte and over it.
func (x *Reader) skipTo(c byte) error {
	for {
		part, err := x.r.ReadSlice(c)
		x.offset += int64(len(part))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// skipPast passes over everything up to the end of a comment.
func (x *Reader) skipPast(end string) error {
	var last [3]byte
	for {
		c, err := x.r.ReadByte()
		if err != nil {
			return err
		}
		x.offset++
		last = [3]byte{last[1], last[2], c}
		if string(last[:]) == end {
			return nil
		}
	}
}
