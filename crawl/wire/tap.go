package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
)

// tap reads one response from a connection into a buffer that keeps every byte.
type tap struct {
	c      *connection
	limits *Limits
	x      *Exchange
	buf    []byte
	total  time.Time // when all must be over
	phase  time.Time // when the head must be there; zero in a body
	rate   time.Time // when the body began
	before int       // bytes of buf before the body
	max    int       // bytes that head and body may have
	last   bool      // nothing can follow on the connection
}

var (
	errNothing = errors.New("the connection ended without an answer")
	errHalf    = errors.New("the connection ended within the head of the response")
)

// limitError is a limit that a head has reached.
type limitError struct {
	what string
	max  int
}

func (e *limitError) Error() string {
	return fmt.Sprintf("the head of the response has more than %d %s", e.max, e.what)
}

// more reads some bytes, and makes room for want bytes in all where that is not too much to
// believe of a server.
func (t *tap) more(want int) error {
	if len(t.buf) == cap(t.buf) {
		room := max(readBytes, min(want-len(t.buf), len(t.buf)+maxTrust))
		if want <= len(t.buf) || want-len(t.buf) == 1 {
			room = max(readBytes, len(t.buf))
		}
		t.buf = slices.Grow(t.buf, min(room, t.max+1-len(t.buf)))
	}
	now := time.Now()
	until := t.total
	earlier := func(at time.Time) {
		if at.Before(until) {
			until = at
		}
	}
	if !t.phase.IsZero() {
		earlier(t.phase)
	} else {
		earlier(now.Add(t.limits.Idle))
		got := len(t.buf) - t.before
		earlier(t.rate.Add(t.limits.Grace + time.Duration(float64(got)/float64(t.limits.Rate)*float64(time.Second))))
	}
	if !now.Before(until) {
		return os.ErrDeadlineExceeded
	}
	if err := t.c.SetReadDeadline(until); err != nil {
		return err
	}
	n, err := t.c.Read(t.buf[len(t.buf):min(cap(t.buf), t.max+1)])
	if n > 0 {
		if len(t.buf) == 0 && t.x.FirstByte.IsZero() {
			t.x.FirstByte = time.Now()
		}
		t.buf = t.buf[:len(t.buf)+n]
		return nil // an error comes again
	}
	if err == nil {
		err = io.ErrNoProgress // which a connection never gives for long
	}
	t.last = true
	return err
}

// head reads the head of the response and of interim ones before it. What is left in buf
// begins with the response.
func (t *tap) head() error {
	for interim := 0; ; interim++ {
		n, err := t.headEnd()
		if err != nil {
			return err
		}
		head := t.buf[:n]
		status, _, header, err := warc.ParseHead(head)
		line, _, _ := bytes.Cut(head, []byte("\n"))
		version, _, _ := bytes.Cut(line, []byte(" "))
		switch {
		case err != nil, string(version) != "HTTP/1.1" && string(version) != "HTTP/1.0",
			bytes.Contains(bytes.TrimRight(line, "\r"), []byte("\r")): // which some take for the end of the line
			return fmt.Errorf("%.80q is no status line of HTTP/1", line)
		case bytes.Count(head, []byte("\n"))-2 > t.limits.HeadLines:
			return &limitError{"lines", t.limits.HeadLines}
		case status >= 200:
			t.x.HeadLen, t.x.Status, t.x.Header = n, status, header
			t.x.Protocol = strings.ToLower(string(version))
			return nil
		case status < 100, status == 101:
			return fmt.Errorf("status %d was not asked for", status)
		case interim == maxInterim:
			return fmt.Errorf("more than %d interim responses", maxInterim)
		}
		t.x.Interim = append(t.x.Interim, head...)
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
}

// headEnd reads until the buffer has a head and returns its size.
func (t *tap) headEnd() (int, error) {
	const version = "HTTP/"
	for looked := 0; ; {
		if n := min(len(t.buf), len(version)); string(t.buf[:n]) != version[:n] {
			return 0, fmt.Errorf("%.40q is no answer in HTTP/1", t.buf)
		}
		if n := emptyLine(t.buf, looked); n > t.limits.HeadBytes {
			return 0, &limitError{"bytes", t.limits.HeadBytes}
		} else if n > 0 {
			return n, nil
		}
		if len(t.buf) >= t.limits.HeadBytes {
			return 0, &limitError{"bytes", t.limits.HeadBytes}
		}
		looked = max(0, len(t.buf)-3)
		if err := t.more(0); err != nil {
			switch {
			case !ended(err):
				return 0, err
			case len(t.buf) == 0 && len(t.x.Interim) == 0:
				return 0, errNothing
			}
			return 0, errHalf
		}
	}
}

// emptyLine returns the end of the first empty line behind another in b, 0 if there is
// none; no line break before from ends one.
func emptyLine(b []byte, from int) int {
	for i := from; ; {
		k := bytes.IndexByte(b[i:], '\n')
		if k < 0 {
			return 0
		}
		i += k + 1
		switch {
		case i < len(b) && b[i] == '\n':
			return i + 1
		case i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n':
			return i + 2
		}
	}
}

// ended tells the end of a connection, orderly or not, from other errors.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
