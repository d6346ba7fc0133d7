package warc

import (
	"bytes"
	"strings"
	"time"
)

// maxARCLine is the longest URL-record line that is looked for, in bytes.
const maxARCLine = 8 << 10

// arc is the syntax of ARC files, versions 1 and 2 (Burner and Kahle, "Arc File
// Format", 1996): a line of fields parted by spaces, the block, a line break.
//
//	URL IP-address Archive-date Content-type Archive-length
//	URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length
type arc struct{}

// Names of the fields between the content type and the length in version 2.
var arcFields2 = [...]string{"Result-code", "Checksum", "Location", "Offset", "Filename"}

func (arc) lookahead() int { return maxARCLine }

func (arc) starts(b []byte) bool {
	line, _, ok := bytes.Cut(b[:min(len(b), maxARCLine)], []byte("\n"))
	if !ok || len(line) == 0 || !isAlpha(line[0]) {
		return false
	}
	line = bytes.TrimRight(line, "\r")
	if len(line) == 0 || !isDigit(line[len(line)-1]) {
		return false
	}
	_, ok = parseARCLine(nil, string(line))
	return ok
}

func (a arc) cut(b []byte) bool {
	return len(b) == 0 || len(b) < maxARCLine && bytes.IndexByte(b, '\n') < 0 && isAlpha(b[0])
}

func (a arc) next(b []byte) int {
	if a.starts(b) {
		return 0
	}
	return a.inner(b, 1)
}

func (a arc) inner(b []byte, from int) int {
	for i := max(from, 1); i < len(b); {
		k := bytes.IndexByte(b[i-1:], '\n')
		if k < 0 {
			return -1
		}
		if i += k; a.starts(b[i:]) {
			return i
		}
		i++
	}
	return -1
}

func (arc) headerEnd(b []byte) (end, breaks int) {
	k := bytes.IndexByte(b, '\n')
	switch {
	case k < 0:
		return 0, 0
	case k > 0 && b[k-1] == '\r':
		return k - 1, 2
	}
	return k, 1
}

func (arc) separator(int) []byte { return nil } // a line break

func (arc) parse(rec *Record, line string) {
	h, _ := parseARCLine(rec.Header[:0], line)
	*rec = Record{Version: "1", Header: h, TargetURI: h[0].Value, Date: arcDate(h[2].Value), Type: TypeResource}
	if len(h) > 5 {
		rec.Version = "2"
	}
}

func (arc) length(rec *Record) int64 { return blockLength(rec.Header.Get("Archive-length")) }

// finish names the type: ARC has none.
func (arc) finish(rec *Record) {
	scheme, _, _ := strings.Cut(rec.TargetURI, ":")
	switch strings.ToLower(scheme) {
	case "filedesc":
		rec.Type = TypeWarcinfo
	case "http", "https":
		rec.Type = TypeResponse
	}
}

// parseARCLine appends the fields of a URL-record line to h. URLs and content types may
// hold spaces: the date, behind an address, is what tells the fields apart.
func parseARCLine(h Header, line string) (Header, bool) {
	f := strings.Split(line, " ")
	n := len(f)
	if n < 5 || blockLength(f[n-1]) < 0 {
		return h, false
	}
	date := -1
	for _, d := range [...]int{n - 3, n - 8} {
		if d >= 2 && isARCDate(f[d]) && isARCAddress(f[d-1]) {
			date = d
			break
		}
	}
	for d := n - 4; d >= 2 && date < 0; d-- {
		if isARCDate(f[d]) && isARCAddress(f[d-1]) {
			date = d
		}
	}
	if date < 0 || !isURL(f[0]) {
		return h, false
	}
	h = append(h, Field{"URL", strings.Join(f[:date-1], " ")}, Field{"IP-address", f[date-1]}, Field{"Archive-date", f[date]})
	typed := n - 1
	if n-date == 8 {
		typed = date + 2
	}
	h = append(h, Field{"Content-type", strings.Join(f[date+1:typed], " ")})
	for i := typed; i < n-1; i++ {
		h = append(h, Field{arcFields2[i-typed], f[i]})
	}
	return append(h, Field{"Archive-length", f[n-1]}), true
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isURL wants a scheme (RFC 3986 section 3.1) and a colon.
func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	for i := range len(scheme) {
		if c := scheme[i]; !isAlpha(c) && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return ok && scheme != ""
}

// hasScheme tells whether b starts with a scheme that archives have.
func hasScheme(b []byte) bool {
	scheme, _, _ := bytes.Cut(b[:min(len(b), 16)], []byte(":"))
	switch strings.ToLower(string(scheme)) {
	case "http", "https", "dns", "ftp", "gopher", "nntp", "news", "whois", "filedesc", "warcinfo":
		return true
	}
	return false
}

// arcLayout is how dates are written; old files have shorter ones.
const arcLayout = "20060102150405"

func isARCDate(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return len(s) >= 8 && len(s) <= 17
}

// arcDate reads as much of a date as there is, the zero time if it is none.
func arcDate(s string) time.Time {
	if !isARCDate(s) {
		return time.Time{}
	}
	s = s[:min(len(s), len(arcLayout))]
	t, err := time.Parse(arcLayout[:len(s)], s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// isARCAddress knows IPv4 and IPv6 addresses, and the dash of an unknown one.
func isARCAddress(s string) bool {
	if s == "-" {
		return true
	}
	digits := false
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c), c == ':':
			digits = true
		case c != '.' && (c|0x20 < 'a' || c|0x20 > 'f'):
			return false
		}
	}
	return digits && strings.ContainsAny(s, ".:")
}
