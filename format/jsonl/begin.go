package jsonl

import (
	"bytes"
	"fmt"

	"github.com/corpusmill/corpusmill/format"
)

// headBytes is how much of a file tells what it is.
const headBytes = 4096

var bom = []byte("\ufeff")

// begin looks at the first bytes of the stream.
func (r *Reader) begin() error {
	if r.resumed {
		return r.resume()
	}
	head, err := r.r.Peek(headBytes)
	if len(head) == 0 {
		r.in.pass()
		return err
	}
	if name := foreign(head); name != "" {
		return fmt.Errorf("%s, %w", name, ErrFormat)
	}
	r.begun, r.spread = true, isSpread(trimmed(head))
	return nil
}

// trimmed is what follows byte order marks and white space.
func trimmed(head []byte) []byte {
	for {
		b := bytes.TrimPrefix(bytes.TrimLeft(head, " \t\r\n"), bom)
		if len(b) == len(head) {
			return b
		}
		head = b
	}
}

// isSpread tells an array of objects, and an object whose first line is but its
// bracket, from JSON lines.
func isSpread(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	next := bytes.TrimLeft(head[1:], " \t\r\n")
	switch head[0] {
	case '[':
		return len(next) > 0 && (next[0] == '{' || next[0] == ']')
	case '{':
		return bytes.IndexByte(head[:len(head)-len(next)], '\n') > 0
	}
	return false
}

// foreign names the format of a file that is none of JSON, "" if it may be.
func foreign(head []byte) string {
	if name := format.Container(head); name != "" {
		return name
	}
	switch {
	case hasPrefix(head, "\xff\xfe\x00\x00", "\x00\x00\xfe\xff"):
		return "UTF-32 text"
	case hasPrefix(head, "\xff\xfe", "\xfe\xff"), isUTF16(head):
		return "UTF-16 text"
	}
	b := trimmed(head)
	switch {
	case hasPrefix(b, "WARC/"):
		return "a WARC file"
	case hasPrefix(b, "%PDF-"):
		return "a PDF document"
	case hasPrefix(b, "version https://git-lfs.github.com/spec/"):
		return "a pointer of Git LFS"
	case hasPrefix(bytes.ToLower(b[:min(len(b), 16)]), "<!doctype html", "<html"):
		return "a page of HTML"
	case hasPrefix(b, "<?xml"):
		return "an XML document"
	}
	return ""
}

// isUTF16 goes by the zeros of the first two characters.
func isUTF16(b []byte) bool {
	return len(b) >= 4 && ((b[0] == '{' || b[0] == '[') && b[1] == 0 && b[3] == 0 || b[0] == 0 && (b[1] == '{' || b[1] == '[') && b[2] == 0)
}

func hasPrefix(b []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if len(b) >= len(p) && string(b[:len(p)]) == p {
			return true
		}
	}
	return false
}
