package warc

import (
	"bytes"
	"strings"
)

const (
	maxHeaderBytes = 1 << 20 // a larger header block is damage or an attack
	maxHeaderLines = 1000    // that are kept
)

// headerEnd finds the empty line that ends a header. It returns the end of the
// last line and the size of the line breaks after it; n is 0 if there is none, and -1
// with the place of a line before it that starts a record.
func headerEnd(b []byte) (end, n int) {
	i := 0
	for {
		k := bytes.IndexByte(b[i:], '\n')
		if k < 0 {
			return 0, 0
		}
		i += k + 1
		if i < len(b) && b[i] == '\n' {
			return i - 1, 2
		}
		if i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n' {
			return i - 1, 3
		}
		if i < len(b) && b[i]|0x20 == 'w' && recordStart(b[i:]) {
			return i, -1
		}
	}
}

// cutLine returns the first line without its break, and what follows.
func cutLine(s string) (line, rest string) {
	before, after, ok := strings.Cut(s, "\n")
	if !ok {
		return strings.TrimSuffix(s, "\r"), ""
	}
	return strings.TrimSuffix(before, "\r"), after
}

// parseFields appends the header lines in s to h. Lines that start with white
// space continue the one before; lines without a colon are left out, and those behind
// the limit that nothing here depends on.
func parseFields(h Header, s string) Header {
	for s != "" {
		var line string
		line, s = cutLine(s)
		if line == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(h) > 0 {
				last := &h[len(h)-1]
				last.Value = strings.TrimSpace(last.Value + " " + strings.TrimSpace(line))
			}
			continue
		}
		i := strings.IndexByte(line, ':')
		if i <= 0 || len(h) >= maxHeaderLines && (len(h) >= 2*maxHeaderLines || !matters(line)) {
			continue
		}
		h = append(h, Field{strings.TrimRight(line[:i], " \t"), strings.TrimSpace(line[i+1:])})
	}
	return h
}

// matters tells a line that says what the record or the message is.
func matters(line string) bool {
	for _, prefix := range [...]string{"Content-", "Transfer-Encoding", "WARC-"} {
		if len(line) >= len(prefix) && strings.EqualFold(line[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// recordStart tells whether b starts like a record: "WARC/1." or another version.
func recordStart(b []byte) bool {
	return len(b) >= 7 && isMark(b) && isDigit(b[5]) && b[6] == '.'
}

// isMark tells whether "WARC/" starts b, in capitals or not.
func isMark(b []byte) bool {
	return b[0]|0x20 == 'w' && b[1]|0x20 == 'a' && b[2]|0x20 == 'r' && b[3]|0x20 == 'c' && b[4] == '/'
}

// nextRecord returns where in b a record starts, or -1: at the start of a line, which
// the first byte counts as, or anywhere that a header follows.
func nextRecord(b []byte) int {
	for i := 0; ; i++ {
		if i = nextMark(b, i); i < 0 {
			return -1
		}
		if (i == 0 || b[i-1] == '\n') && b[i] == 'W' || headerStart(b[i:]) {
			return i
		}
	}
}

// nextMark returns where in b, from a place on, something starts like a record, or -1.
func nextMark(b []byte, from int) int {
	for i := from; i+5 <= len(b); {
		k := bytes.IndexByte(b[i+4:], '/')
		if k < 0 {
			return -1
		}
		if i += k; recordStart(b[i:]) {
			return i
		}
		i++
	}
	return -1
}

const (
	headLook  = 4 << 10 // bytes of a header that are looked at to know it
	headLines = 16      // lines of those
)

var typeName = []byte("WARC-Type:")

// headerStart tells whether a record's header starts b, wherever that is: a version line
// that ends, then named fields, WARC-Type among the first.
func headerStart(b []byte) bool {
	b = b[:min(len(b), headLook)]
	line, rest, ok := bytes.Cut(b, []byte("\n"))
	if !ok || !recordStart(line) || len(bytes.Trim(line[7:], "0123456789 \t\r")) > 0 {
		return false
	}
	for range headLines {
		if len(rest) >= len(typeName) && bytes.EqualFold(rest[:len(typeName)], typeName) {
			return true
		}
		if line, rest, ok = bytes.Cut(rest, []byte("\n")); !ok {
			return false
		}
		name, _, named := bytes.Cut(line, []byte(":"))
		if folded := len(line) > 0 && (line[0] == ' ' || line[0] == '\t'); !folded && (!named || !isToken(string(name))) {
			return false
		}
	}
	return false
}

// lineBreaks returns the number of CR and LF at the start of b.
func lineBreaks(b []byte) int {
	for i, c := range b {
		if c != '\r' && c != '\n' {
			return i
		}
	}
	return len(b)
}
