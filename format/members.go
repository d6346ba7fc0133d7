package format

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// codec decodes the members of one format.
type codec interface {
	// magic begins every member that a search can find.
	magic() string
	// begins tells whether a member begins with these bytes, by its magic.
	begins(head []byte) bool
	// sound tells whether these bytes, searchBytes of them or less at the end of the
	// file, are the beginning of a member that can be decoded.
	sound(head []byte) bool
	// open decodes the member that begins at r, to its end and not beyond.
	open(r *bufio.Reader) (io.Reader, error)
	// complete says of an error that it came behind the last byte of a member.
	complete(err error) bool
}

// searchBytes is how much of a possible member is looked at.
const searchBytes = 64 << 10

// backBytes is how much a decoder may read of damaged data before it fails: a search for
// the next member begins so far before that place, however much was read ahead.
const backBytes = 256 << 10

// members reads the members of a compressed file as one stream. Behind damage it
// searches the next one, to the end of the file if need be.
type members struct {
	tape  *tape
	codec codec
	cur   io.Reader // of the member at hand, nil between members
	start int64     // where it begins
	begun int64     // members
	err   error     // all that is left to be returned
}

var errNoMember = errors.New("neither compressed data nor padding")

func (m *members) Read(p []byte) (int, error) {
	for m.err == nil {
		if m.cur == nil {
			if err := m.next(); err != nil {
				return 0, err
			}
			continue
		}
		n, err := m.cur.Read(p)
		switch {
		case n > 0: // an error comes again
			return n, nil
		case errors.Is(err, io.EOF):
			m.cur = nil
		case err != nil:
			return 0, m.damaged(err)
		case len(p) == 0:
			return 0, nil
		}
	}
	return 0, m.err
}

// next opens the member behind the padding.
func (m *members) next() (err error) {
	if err := skipZeros(m.tape.Reader); err != nil {
		m.err = err
		return err
	}
	m.start = m.tape.offset()
	if !m.codec.begins(m.head()) {
		return m.search(m.start, m.start, errNoMember)
	}
	m.begun++
	if m.cur, err = m.codec.open(m.tape.Reader); err != nil {
		return m.damaged(err)
	}
	return nil
}

// head is what a magic may be, shorter at the end of the file.
func (m *members) head() []byte {
	b, _ := m.tape.Peek(len(m.codec.magic())) // an error of the store comes again
	return b
}

// damaged tells of an error of decoding and moves on to the next member. An error of
// the store is the last.
func (m *members) damaged(err error) error {
	m.cur = nil
	if failed := m.tape.failed(); failed != nil {
		m.err = failed
		return failed
	}
	if errors.Is(err, io.EOF) { // of a decoder that wants more
		err = io.ErrUnexpectedEOF
	}
	if m.codec.complete(err) {
		if b := m.head(); len(b) == 0 || b[0] == 0 || m.codec.begins(b) {
			return &Damage{Offset: m.start, Err: err}
		}
	}
	at := m.tape.offset()
	return m.search(max(m.start+1, at-backBytes), at, err)
}

// search moves to the first member from a place on that was read before, and tells of
// what is lost from at on.
func (m *members) search(from, at int64, cause error) error {
	m.tape.back(from)
	d := &Damage{Offset: at, Err: cause}
	for {
		b, err := m.tape.Peek(searchBytes)
		i := bytes.Index(b, []byte(m.codec.magic()))
		switch {
		case i == 0 && m.codec.sound(b):
			found := m.tape.offset()
			if found <= at { // the decoder ran on into it
				d.Offset = m.start
			}
			d.Bytes = found - d.Offset
			return d
		case i == 0:
			i = 1
		case i > 0:
		case err == nil:
			i = len(b) - len(m.codec.magic()) + 1
		case errors.Is(err, io.EOF):
			d.Bytes = max(0, m.tape.offset()+int64(len(b))-at)
			d.Rest, m.err = true, io.EOF
			return d
		default:
			m.err = err
			return err
		}
		_, _ = m.tape.Discard(i) // is buffered
	}
}

// skipZeros passes over zeros; the error is that of reading on.
func skipZeros(r *bufio.Reader) error {
	for {
		if _, err := r.Peek(1); err != nil {
			return err
		}
		b, _ := r.Peek(r.Buffered())
		rest := bytes.TrimLeft(b, "\x00")
		_, _ = r.Discard(len(b) - len(rest)) // is buffered
		if len(rest) > 0 {
			return nil
		}
	}
}

// gzipMembers decodes members of gzip (RFC 1952).
type gzipMembers struct{ z, trial gzip.Reader }

func (*gzipMembers) magic() string           { return "\x1f\x8b\x08" }
func (*gzipMembers) begins(head []byte) bool { return bytes.HasPrefix(head, []byte("\x1f\x8b")) }
func (*gzipMembers) complete(err error) bool { return errors.Is(err, gzip.ErrChecksum) }

func (g *gzipMembers) open(r *bufio.Reader) (io.Reader, error) {
	err := g.z.Reset(r)
	g.z.Multistream(false)
	return &g.z, err
}

// sound decodes the first bytes: random data hold the magic now and then.
func (g *gzipMembers) sound(head []byte) bool {
	if g.trial.Reset(bytes.NewReader(head)) != nil {
		return false
	}
	g.trial.Multistream(false)
	var out [512]byte
	for n := 0; n < len(out); {
		m, err := g.trial.Read(out[n:])
		if n += m; err != nil {
			return errors.Is(err, io.EOF) || n > 0 && errors.Is(err, io.ErrUnexpectedEOF)
		}
	}
	return true
}
