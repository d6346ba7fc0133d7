// Package sitemap reads what sites say of their pages: sitemaps and indexes of sitemaps
// (sitemaps.org, protocol 0.9), RSS, Atom and plain lists of addresses, compressed or not.
package sitemap

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// The limits of the protocol, and how deep indexes of indexes are followed by who reads
// them: the protocol has none, sites do.
const (
	MaxURLs       = 50_000
	MaxBytes      = 50 << 20
	MaxIndexDepth = 3
)

const (
	maxLocBytes = 8 << 10
	maxLayers   = 2 // of gzip
	lookBytes   = 1 << 10
)

// Entry is a page, or another sitemap.
type Entry struct {
	// Loc is the address as it is written, without white space around. In feeds it may be
	// relative to the feed.
	Loc string
	// Index tells that Loc is a sitemap itself.
	Index bool
	// LastMod is when the page changed last, in UTC; zero if that is not said.
	LastMod time.Time
	// ChangeFreq is always, hourly, daily, weekly, monthly, yearly, never, or "".
	ChangeFreq string
	// Priority is 0 to 1, 0.5 if it is not said.
	Priority float64
}

// Limits bound what is read of one file; a zero field has its default.
type Limits struct {
	URLs  int   // entries, those that are wrong included; default MaxURLs
	Bytes int64 // inflated; default MaxBytes
}

// Error is a place of a sitemap that is wrong.
type Error struct {
	Line int // from 1, of the inflated file
	Err  error
}

// Error names the place.
func (e *Error) Error() string { return fmt.Sprintf("sitemap: line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// What an Error can be of. The first two end the reading.
var (
	ErrTooLarge = errors.New("the file is larger than the limit: the rest was not read")
	ErrTooMany  = errors.New("the file has more entries than the limit: the rest was not read")
	ErrNoLoc    = errors.New("an entry without an address")
	ErrLoc      = errors.New("no address of http or https")
	ErrLongLoc  = fmt.Errorf("an address of more than %d bytes", maxLocBytes)
	ErrForm     = errors.New("no sitemap, RSS, Atom or list of addresses")
)

// Read yields the entries of a file in order. An entry that is wrong is yielded as an
// *Error, and reading goes on; so is what ends it, such as markup that breaks off, once.
// Beside an entry it holds the longest text of the file, Limits.Bytes at most.
func Read(r io.Reader, limits Limits) iter.Seq2[Entry, error] {
	if limits.URLs <= 0 {
		limits.URLs = MaxURLs
	}
	if limits.Bytes <= 0 {
		limits.Bytes = MaxBytes
	}
	return func(yield func(Entry, error) bool) {
		out := &output{yield: yield, left: limits.URLs}
		in, err := inflated(r, limits.Bytes)
		if err != nil {
			out.fail(1, err)
			return
		}
		head, _ := in.Peek(lookBytes) // an error comes again
		if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
			in.Discard(3) //nolint:errcheck // they were peeked at
			head = head[3:]
		}
		if head = bytes.TrimLeft(head, " \t\r\n"); len(head) > 0 && head[0] == '<' {
			readXML(in, out)
		} else {
			readText(in, out)
		}
	}
}

// output hands entries on, up to a number of them.
type output struct {
	yield func(Entry, error) bool
	left  int
	done  bool
}

// entry hands an entry on and reports whether to go on.
func (o *output) entry(line int, e Entry) bool {
	e.Loc = strings.TrimSpace(e.Loc)
	switch {
	case o.done:
	case o.left == 0:
		o.fail(line, ErrTooMany)
	case e.Loc == "":
		o.wrong(line, ErrNoLoc)
	case len(e.Loc) > maxLocBytes:
		o.wrong(line, ErrLongLoc)
	default:
		o.left--
		o.done = !o.yield(e, nil)
	}
	return !o.done
}

// wrong reports an entry that is none.
func (o *output) wrong(line int, err error) {
	if o.left == 0 {
		o.fail(line, ErrTooMany)
		return
	}
	o.left--
	o.done = !o.yield(Entry{}, &Error{line, err})
}

// fail ends the reading.
func (o *output) fail(line int, err error) {
	if !o.done {
		o.done = true
		o.yield(Entry{}, &Error{line, err})
	}
}

// inflated undoes gzip, which may be there twice: as the file's form and as a coding.
func inflated(r io.Reader, limit int64) (*bufio.Reader, error) {
	const room = maxLocBytes + len("\r\n") // a line of a list
	in := bufio.NewReaderSize(&limited{r, limit}, room)
	for range maxLayers {
		if head, _ := in.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			break
		}
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReaderSize(&limited{z, limit}, room)
	}
	return in, nil
}

// limited fails with ErrTooLarge where there is more than left.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n + int(l.left), ErrTooLarge
	}
	return n, err
}

// readText reads a list of addresses, one a line. Where the first lines hold none, it is
// no such list.
func readText(in *bufio.Reader, out *output) {
	const strangers = 8
	found := false
	for number := 1; !out.done; number++ {
		line, err := in.ReadSlice('\n')
		long := false
		for errors.Is(err, bufio.ErrBufferFull) {
			long = true
			_, err = in.ReadSlice('\n')
		}
		text := strings.TrimSpace(string(line))
		switch {
		case long:
			out.wrong(number, ErrLongLoc)
		case text == "":
		case isAddress(text):
			found = true
			out.entry(number, Entry{Loc: text, Priority: 0.5})
		case !found && number >= strangers:
			out.fail(number, ErrForm)
		default:
			out.wrong(number, ErrLoc)
		}
		if err != nil {
			if err != io.EOF {
				out.fail(number, err)
			}
			return
		}
	}
}

func isAddress(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) && !strings.ContainsAny(s, " \t")
}

// timeForms are those of the protocol (W3C date and time), of Atom, and of RSS.
var timeForms = []string{
	time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", time.RFC1123Z, time.RFC1123,
	"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700",
}

// parseTime reads a time, zero if it is none.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
