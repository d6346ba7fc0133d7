package archive

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/inflate"
)

// member is a gzip member of a file, which holds one record.
type member struct {
	offset, length int64 // in the file
	plain          int64 // where its content begins among that of all members read
}

func (m member) end() int64 { return m.offset + m.length }

const (
	windowBytes = 256 << 10
	// maxRecord bounds a record with its header, maxStored one as it is stored: what does not
	// compress grows by little.
	maxRecord = maxMessage + 1<<20
	maxStored = maxRecord + maxRecord/8
)

// members reads a file member by member, as one stream of what they hold. It ends before the
// first that is not whole, and keeps why.
type members struct {
	r      io.Reader
	window []byte // stored bytes that are not decoded yet
	eof    bool
	at     int64 // in the file, of window
	plain  int64
	out    []byte
	rest   []byte // of out, not read yet
	list   []member
	err    error // what follows the last whole member; io.EOF for nothing
	inflate.Decoder
}

func (m *members) Read(p []byte) (int, error) {
	for len(m.rest) == 0 {
		if m.err == nil {
			m.err = m.next()
		}
		if m.err != nil {
			return 0, io.EOF
		}
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// next decodes the next member.
func (m *members) next() error {
	for want := 1; ; {
		if err := m.fill(want); err != nil {
			return err
		}
		if len(m.window) == 0 {
			return io.EOF
		}
		out, n, err := m.Member(m.out[:0], m.window, maxRecord)
		m.out = out
		switch {
		case err == nil:
			m.list = append(m.list, member{m.at, int64(n), m.plain})
			m.window = m.window[n:]
			m.at += int64(n)
			m.plain += int64(len(out))
			m.rest = out
			return nil
		case errors.Is(err, inflate.ErrTruncated) && !m.eof && len(m.window) < maxStored:
			want = 2 * len(m.window)
		case errors.Is(err, inflate.ErrTruncated):
			return io.ErrUnexpectedEOF
		default:
			return err
		}
	}
}

// fill reads until the window has want bytes, or to the end.
func (m *members) fill(want int) error {
	if len(m.window) >= want || m.eof {
		return nil
	}
	grown := make([]byte, len(m.window), max(want, windowBytes))
	copy(grown, m.window)
	n, err := io.ReadFull(m.r, grown[len(grown):cap(grown)])
	m.window = grown[:len(grown)+n]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		m.eof, err = true, nil
	}
	return err
}

// take returns the member that holds the record just read: all of it, and nothing else.
func (m *members) take(rec *warc.Record) (member, error) {
	if len(m.list) == 0 {
		return member{}, errors.New("a record without a member")
	}
	first, end := m.list[0], m.plain
	if m.list = m.list[1:]; len(m.list) > 0 {
		end = m.list[0].plain
	}
	if rec.WrongLength || rec.Offset != first.plain || rec.Offset+rec.Length != end {
		return member{}, errors.New("a record and its gzip member differ in size")
	}
	return first, nil
}

// entries reads the pages of a file from a place between two on. An error ends them:
// io.ErrUnexpectedEOF where the file ends within a page.
func entries(r io.Reader, name string, from int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		m := &members{r: r, at: from}
		in := warc.NewReader(m, warc.Options{MaxRecordBytes: maxRecord})
		var u unpacking
		begun := false
		for {
			e, done, err := u.next(in, m)
			switch {
			case errors.Is(err, io.EOF):
				if err = m.err; errors.Is(err, io.EOF) && begun {
					err = io.ErrUnexpectedEOF
				}
				if !errors.Is(err, io.EOF) {
					yield(Entry{}, fmt.Errorf("%s behind byte %d: %w", name, m.at, err))
				}
				return
			case err != nil:
				yield(Entry{}, fmt.Errorf("%s before byte %d: %w", name, m.at, err))
				return
			}
			begun = !done
			if e.Exchange == nil {
				continue
			}
			e.File, e.End.File = name, name
			if !yield(e, nil) {
				return
			}
		}
	}
}

// next reads a record; done tells that it ended a page, which e is then, or that it is a
// warcinfo record, between pages.
func (u *unpacking) next(in *warc.Reader, m *members) (e Entry, done bool, err error) {
	rec, err := in.Next()
	if err != nil {
		return e, false, err
	}
	at, err := m.take(rec)
	if err != nil {
		return e, false, err
	}
	if rec.Type == warc.TypeWarcinfo && u.request == nil {
		return e, true, nil
	}
	if done, err = u.add(rec, at); err != nil || !done {
		return e, false, err
	}
	e = Entry{Page: u.page, Location: Location{Offset: u.at.offset, Length: u.at.length, ID: u.main.ID,
		Digest: u.main.Extra[0].Value, Date: u.main.Date, End: Position{Offset: at.end()}}}
	*u = unpacking{}
	return e, true, nil
}
