package format

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// openBytes is how much of a file is read at once.
const openBytes = 256 << 10

// Decompress wraps a stream in the decoder that its first bytes ask for: gzip and
// zstd (any number of members or frames), bzip2, xz, or none. Other compression is
// refused by its name. Zeros between members and behind the last are padding. What
// else cannot be decoded is a *Damage, an error behind which reading goes on.
//
// The window of a zstd frame may be as large as the memory budget and 2 GiB. Windows
// above 8 MiB and the dictionaries of xz are reserved from that budget, so that those
// open at once fit half of it, or one is open alone. Closing the result closes r;
// where Decompress fails it has closed r.
func Decompress(ctx context.Context, r io.ReadCloser, env *stage.Env) (*Stream, error) {
	return Resume(ctx, r, env, corpus.Place{})
}

// Resume is Decompress of a file whose bytes before a place were read: r goes on there. A
// place that has no decompressed bytes before it is of a file that is not compressed; at
// any other a member begins.
func Resume(ctx context.Context, r io.ReadCloser, env *stage.Env, begin corpus.Place) (*Stream, error) {
	s, err := open(ctx, r, env, begin)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return s, nil
}

func open(ctx context.Context, r io.ReadCloser, env *stage.Env, begin corpus.Place) (*Stream, error) {
	t := newTape(r)
	t.base = begin.Offset
	if begin.Offset > 0 && begin.Decoded == 0 {
		t.forget()
		return &Stream{Reader: t, c: r}, nil
	}
	head, err := t.Peek(signatureBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s := &Stream{c: r, Compressed: true}
	switch name := compression(head); name {
	case "":
		t.forget()
		s.Reader, s.Compressed = t, false
	case "gzip":
		s.members = &members{tape: t, codec: &gzipMembers{}}
		s.Reader = s.members
	case "zstd":
		z := &zstdFrames{ctx: ctx, env: env}
		s.members = &members{tape: t, codec: z}
		s.Reader, s.done = s.members, z.close
	case "bzip2":
		z := newBzip2(ctx, t, env)
		s.Reader, s.done = &whole{tape: t, z: z}, z.close
	case "xz":
		z := &xzStreams{ctx: ctx, env: env, tape: t}
		s.Reader, s.done = &whole{tape: t, z: z}, z.close
	default:
		return nil, fmt.Errorf("%w %s: gzip, zstd, bzip2 and xz are read", ErrCompression, name)
	}
	return s, nil
}

// ErrCompression is compression that Decompress does not read.
var ErrCompression = errors.New("compressed with")

// Stream is a stream that was perhaps compressed.
type Stream struct {
	io.Reader
	c    io.Closer
	done func()
	// Compressed says whether it was, so that offsets in it are none in the file.
	Compressed bool
	members    *members
}

// MemberCounter is a reader of a compressed file that knows where its members begin: a
// format that reads it can tell a record that ends early from one behind a border.
type MemberCounter interface {
	// Members is how many members or frames were begun, 0 where they are not told apart.
	Members() int64
	// Member is the byte of the file at which the member at hand begins.
	Member() int64
}

// Members implements [MemberCounter].
func (s *Stream) Members() int64 {
	if s.members == nil {
		return 0
	}
	return s.members.begun
}

// Member implements [MemberCounter].
func (s *Stream) Member() int64 {
	if s.members == nil {
		return 0
	}
	return s.members.start
}

// Close ends the decoder and closes the file below.
func (s *Stream) Close() error {
	if s.done != nil {
		s.done()
	}
	return s.c.Close()
}

// Damage is a stretch of a compressed file that cannot be decoded. The next read
// goes on behind it, with bytes that do not continue those before.
type Damage struct {
	// Offset is the byte of the file from which on it is lost.
	Offset int64
	// Bytes is how many bytes of the file were passed over, 0 if unknown.
	Bytes int64
	// Rest says that nothing that can be decoded follows.
	Rest bool
	Err  error
}

// Error says the cause, and what was passed over.
func (d *Damage) Error() string {
	if d.Bytes == 0 {
		return d.Err.Error()
	}
	return fmt.Sprintf("%v; %d bytes of the file were passed over", d.Err, d.Bytes)
}

// Unwrap returns the cause.
func (d *Damage) Unwrap() error { return d.Err }

// Whole says that what came before was decoded to its end: its checksum is wrong, or
// other bytes follow it.
func (d *Damage) Whole() bool { return d.Checksum() || errors.Is(d.Err, errNoMember) }

// Checksum says that nothing is lost but the word of a checksum for what came before,
// and that the bytes which follow continue it.
func (d *Damage) Checksum() bool {
	return d.Bytes == 0 && (errors.Is(d.Err, gzip.ErrChecksum) || errors.Is(d.Err, zstd.ErrCRCMismatch) || errors.Is(d.Err, errBzip2Sum))
}

// tape reads a file ahead and keeps what it read last, so that a search for the next
// member can begin before the place where the damage showed.
type tape struct {
	*bufio.Reader
	below kept
	base  int64 // bytes of the file before what is read
}

func newTape(r io.Reader) *tape {
	t := &tape{below: kept{r: r, max: keptBytes}}
	t.Reader = bufio.NewReaderSize(&t.below, openBytes)
	return t
}

// offset is the place in the file of what is read next.
func (t *tape) offset() int64 { return t.base + t.below.next - int64(t.Buffered()) }

// back moves to a place that was read, or as near to it as is kept.
func (t *tape) back(offset int64) {
	k := &t.below
	k.next = max(offset-t.base, k.end-int64(len(k.ring)))
	t.Reset(k)
}

// forget keeps nothing from here on.
func (t *tape) forget() { t.below.max = 0 }

// failed is the error of the store, nil at the end of the file.
func (t *tape) failed() error { return t.below.err }

// keptBytes is how much a tape keeps: what it reads ahead, and backBytes.
const keptBytes = openBytes + backBytes

// kept hands on what it reads and keeps the end of it.
type kept struct {
	r    io.Reader
	max  int
	ring []byte // what was read last: byte i of the file at i modulo max
	next int64  // the place of what is handed on next
	end  int64  // of what was read
	err  error
}

func (k *kept) Read(p []byte) (int, error) {
	if k.next < k.end {
		n := copy(p[:min(int64(len(p)), k.end-k.next)], k.ring[k.next%int64(k.max):])
		k.next += int64(n)
		return n, nil
	}
	n, err := k.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		k.err = err
	}
	k.keep(p[:n])
	k.next = k.end
	return n, err
}

func (k *kept) keep(p []byte) {
	if skip := len(p) - k.max; skip > 0 && k.max > 0 {
		k.keep(p[:skip]) // so that the rest stands where it belongs
		p = p[skip:]
	}
	k.end += int64(len(p))
	if k.max == 0 {
		return
	}
	if n := min(len(p), k.max-len(k.ring)); n > 0 { // small files take no more than they are
		k.ring = append(k.ring, p[:n]...)
		p = p[n:]
	}
	at := (k.end - int64(len(p))) % int64(k.max)
	n := copy(k.ring[at:], p)
	copy(k.ring, p[n:])
}
