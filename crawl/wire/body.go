package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// framing is how a body ends.
type framing int

const (
	byLength framing = iota
	byChunks
	byClose
)

var (
	errLengths = errors.New("the response has two lengths that differ")
	errLimit   = errors.New("the body is over its limit")
	// errFraming says that what should be a chunk is none. The body then ends where the
	// connection does.
	errFraming = errors.New("no chunk")
)

// framing says how the body ends (RFC 9112 section 6.3), and its length where that is said.
func (t *tap) framing() (f framing, length int, err error) {
	x := t.x
	if x.Method == "HEAD" || x.Status == 204 || x.Status == 304 {
		return byLength, 0, nil
	}
	coding, said := "", int64(-1)
	for _, line := range x.Header {
		switch {
		case strings.EqualFold(line.Name, "Transfer-Encoding"):
			coding = line.Value // the last coding of all lines counts
		case strings.EqualFold(line.Name, "Content-Length"):
			for value := range strings.SplitSeq(line.Value, ",") {
				n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 63)
				if err != nil {
					continue // as if it were not there
				}
				if said >= 0 && said != int64(n) {
					return 0, 0, errLengths
				}
				said = int64(n)
			}
		}
	}
	switch {
	case coding != "":
		t.last = said >= 0 // what has both may mean either
		last := coding[strings.LastIndexByte(coding, ',')+1:]
		if strings.EqualFold(strings.TrimSpace(last), "chunked") {
			return byChunks, 0, nil
		}
	case said >= 0:
		return byLength, int(min(said, math.MaxInt/2)), nil
	}
	return byClose, 0, nil
}

// body reads the body behind the head; clean reports that another response can follow on
// the connection. The error is one of the framing: of a body that is cut, Truncated tells.
func (t *tap) body() (clean bool, err error) {
	f, length, err := t.framing()
	if err != nil {
		return false, err
	}
	t.before = t.x.HeadLen
	t.phase, t.rate = time.Time{}, time.Now()
	t.max = t.before + int(min(t.limits.BodyBytes, math.MaxInt/4))
	var end int
	switch f {
	case byLength:
		end, err = t.fill(t.before + length)
	case byChunks:
		if end, err = t.chunks(); errors.Is(err, errFraming) {
			end, err = t.rest()
		}
	case byClose:
		end, err = t.rest()
	}
	if end > t.max {
		end, err = t.max, errLimit
	}
	switch {
	case err == nil:
		clean = end == len(t.buf) && !t.last
	case errors.Is(err, errLimit):
		t.x.Truncated = TruncatedLength
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.x.Truncated = TruncatedTime
	default:
		t.x.Truncated = TruncatedDisconnect
	}
	t.x.Response = t.buf[:end:end]
	if cap(t.buf) == cap(t.c.buf) { // still the connection's
		t.x.Response = bytes.Clone(t.x.Response)
	}
	return clean, nil
}

// fill reads until the buffer has end bytes, and returns end; with an error, how many it has.
func (t *tap) fill(end int) (int, error) {
	for len(t.buf) < min(end, t.max+1) {
		if err := t.more(end); err != nil {
			return len(t.buf), err
		}
	}
	if end > t.max {
		return end, errLimit
	}
	return end, nil
}

// rest reads until the connection ends.
func (t *tap) rest() (end int, err error) {
	t.last = true
	for err == nil {
		_, err = t.fill(len(t.buf) + 1)
	}
	if errors.Is(err, io.EOF) { // an end without TLS's farewell is another error: it may be a cut
		err = nil
	}
	return len(t.buf), err
}

// line reads up to the end of the line that begins at a place, of most bytes with its break.
func (t *tap) line(at, most int) (end int, err error) {
	for looked := at; ; {
		if k := bytes.IndexByte(t.buf[looked:], '\n'); k >= 0 && looked+k < at+most {
			return looked + k + 1, nil
		}
		if looked = len(t.buf); looked >= at+most {
			return looked, errFraming
		}
		if end, err = t.fill(looked + 1); err != nil {
			return end, err
		}
	}
}

// chunks reads a chunked body to the end of its trailers.
func (t *tap) chunks() (end int, err error) {
	for end = t.before; ; {
		at := end
		if end, err = t.line(at, maxChunkLine); err != nil && (!errors.Is(err, io.EOF) || end == at) {
			return end, err
		}
		size, ok := chunkSize(t.buf[at:end])
		switch {
		case !ok:
			return end, errFraming
		case err != nil:
			return end, err
		}
		if size == 0 {
			return t.trailers(end)
		}
		if end, err = t.fill(end + size); err != nil {
			return end, err
		}
		at = end
		if end, err = t.line(at, len("\r\n")); err != nil {
			return end, err
		}
		if !isBreak(t.buf[at:end]) {
			return end, errFraming
		}
	}
}

// trailers reads the lines behind the last chunk. A connection that ends here has given the
// whole body.
func (t *tap) trailers(from int) (end int, err error) {
	for end = from; ; {
		at := end
		end, err = t.line(at, t.limits.HeadBytes-(at-from))
		switch {
		case errors.Is(err, io.EOF):
			return end, nil
		case err != nil:
			return end, err
		case isBreak(t.buf[at:end]):
			return end, nil
		}
	}
}

func isBreak(b []byte) bool { return string(b) == "\r\n" || string(b) == "\n" }

// chunkSize reads the line before a chunk: hexadecimal digits, and perhaps an extension.
func chunkSize(line []byte) (size int, ok bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(string(bytes.Trim(digits, " \t\r\n")), 16, 63)
	return int(min(n, math.MaxInt/4)), err == nil
}
