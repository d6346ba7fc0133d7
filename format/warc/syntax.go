package warc

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// syntax is how records are written: as in WARC or as in ARC files.
type syntax interface {
	// lookahead is how many bytes tell whether a record starts.
	lookahead() int
	// starts tells whether b starts like a record.
	starts(b []byte) bool
	// cut tells whether b is too short to say so, and may yet.
	cut(b []byte) bool
	// next returns where in b a line starts like a record, or -1. The first byte
	// counts as the start of a line.
	next(b []byte) int
	// inner is next from a place in b where a record is not expected: it looks at more
	// than the first line where it can.
	inner(b []byte, from int) int
	// headerEnd returns the end of a header's last line and the size of the line breaks
	// after it, 0 if b does not hold them, -1 if another record starts before.
	headerEnd(b []byte) (end, breaks int)
	// parse reads a header.
	parse(rec *Record, header string)
	// length is the size of the block that a record claims, -1 if it is no number.
	length(rec *Record) int64
	// separator is what stands between block and next record, where headers end with
	// line breaks of that size; nil if that is too little to know it by.
	separator(breaks int) []byte
	// finish completes a record that has its block.
	finish(rec *Record)
}

// Starts tells whether decompressed bytes, 8 KiB or all of a file, start like a WARC or
// ARC file.
func Starts(head []byte) bool {
	head = bytes.TrimPrefix(head, byteOrderMark)
	return recordStart(head) || arc{}.starts(head)
}

// byteOrderMark is that of UTF-8, which editors and shells put before a file.
var byteOrderMark = []byte("\xef\xbb\xbf")

// syntaxOf decides by the first bytes of a file.
func syntaxOf(b []byte) syntax {
	if (arc{}).starts(b) {
		return arc{}
	}
	return iso{}
}

// iso is the syntax of WARC (ISO 28500).
type iso struct{}

func (iso) lookahead() int       { return headLook }
func (iso) starts(b []byte) bool { return recordStart(b) }
func (iso) cut(b []byte) bool {
	if len(b) >= 7 {
		return false
	}
	mark := [7]byte([]byte("WARC/1."))
	copy(mark[:], b)
	return recordStart(mark[:])
}
func (iso) next(b []byte) int { return nextRecord(b) }
func (iso) finish(*Record)    {}

func (iso) inner(b []byte, from int) int {
	for i := max(from, 1); ; i++ {
		if i = nextMark(b, i); i < 0 {
			return -1
		}
		if b[i-1] == '\n' && b[i] == 'W' {
			_, second, _ := bytes.Cut(b[i:min(i+128, len(b))], []byte("\n"))
			if hasFoldPrefix(second, "WARC-") || hasFoldPrefix(second, "Content-") {
				return i
			}
		}
		if headerStart(b[i:]) {
			return i
		}
	}
}

func hasFoldPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

func (iso) headerEnd(b []byte) (end, breaks int) { return headerEnd(b) }

var separators = [...][]byte{[]byte("\n\n"), []byte("\r\n\r\n")}

func (iso) separator(breaks int) []byte {
	if breaks == 2 {
		return separators[0]
	}
	return separators[1]
}

func (iso) parse(rec *Record, s string) {
	line, rest := cutLine(s)
	h := parseFields(rec.Header[:0], rest)
	*rec = Record{Version: strings.TrimSpace(line[5:]), Header: h}
	rec.Type = strings.ToLower(h.Get("WARC-Type"))
	rec.ID = trimURI(h.Get("WARC-Record-ID"))
	rec.TargetURI = trimURI(h.Get("WARC-Target-URI"))
	rec.Date = date(h.Get("WARC-Date"))
}

// date reads a WARC-Date: with or without a zone, or as short as WARC 1.1 allows.
func date(s string) time.Time {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return arcDate(s)
}

func (iso) length(rec *Record) int64 { return blockLength(rec.Header.Get("Content-Length")) }

func blockLength(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// trimURI strips the angle brackets that wget and the record ID syntax have.
func trimURI(s string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">"))
}
