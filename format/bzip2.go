package format

import (
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/stage"
)

// What the library says of bytes behind a stream that begin no other, and of a stream
// whose blocks are sound and whose own checksum is not.
const (
	errBzip2Next = bzip2.StructuralError("bad magic value in continuation file")
	errBzip2Sum  = bzip2.StructuralError("file checksum mismatch")
)

const (
	bzip2Magic = "BZh"
	bzip2Read  = 64 << 10 // bytes decoded at once
	// bzip2BlockMax bounds what a block decodes to: 900,000 bytes, of which any five
	// may stand for a run of 259.
	bzip2BlockMax = 900_000 / 5 * 259
	// bzip2Free is what every decoder may hold; text is 900 kB a block.
	bzip2Free = 8 << 20
)

// bzip2Streams reads any number of bzip2 streams with zeros behind them. The checksum
// of a block is known at its end, so its bytes are held back until then: the library
// reads on in the file only when it has found the block sound. Blocks of long runs
// are held from the memory budget.
type bzip2Streams struct {
	ctx     context.Context
	env     *stage.Env
	tape    *tape
	z       io.Reader
	release func()

	held  []byte // decoded
	sound int    // of those, bytes of sound blocks
	sent  int    // of those, bytes that were handed on
	err   error  // behind them

	calls   int64 // of ReadByte
	block   int64 // where in the file the block at hand begins
	decoded bool  // it was read from there
	// made counts two zeros behind the end of the file. So the library always ends
	// with errBzip2Next, two bytes behind the last stream.
	made int
}

func newBzip2(ctx context.Context, t *tape, env *stage.Env) *bzip2Streams {
	b := &bzip2Streams{ctx: ctx, env: env, tape: t}
	b.z = bzip2.NewReader(bzip2Bytes{b})
	return b
}

func (b *bzip2Streams) Read(p []byte) (int, error) {
	for b.sent == b.sound {
		if err := b.err; err != nil {
			b.resume(err)
			return 0, err
		}
		if len(p) == 0 {
			return 0, nil
		}
		b.held = b.held[:copy(b.held, b.held[b.sound:])]
		b.sent, b.sound = 0, 0
		b.err = b.decode()
	}
	n := copy(p, b.held[b.sent:b.sound])
	b.sent += n
	return n, nil
}

// decode goes on to the end of a sound block, or to an error.
func (b *bzip2Streams) decode() error {
	for b.sound == 0 {
		if err := b.grow(); err != nil {
			return err
		}
		n, calls := len(b.held), b.calls
		m, err := b.z.Read(b.held[n : n+bzip2Read])
		b.held, b.decoded = b.held[:n+m], true
		if b.calls > calls {
			b.sound = n
		}
		if err != nil {
			return b.failed(err)
		}
	}
	return nil
}

// grow makes room for the next bytes.
func (b *bzip2Streams) grow() error {
	if len(b.held)+bzip2Read <= cap(b.held) {
		return nil
	}
	if len(b.held) > bzip2Free && b.release == nil {
		release, err := b.env.Reserve(b.ctx, min(bzip2BlockMax, b.env.Memory))
		if err != nil {
			return err
		}
		b.release = release
	}
	b.held = append(make([]byte, 0, 2*len(b.held)+bzip2Read), b.held...)
	return nil
}

// failed is what an error of the library means.
func (b *bzip2Streams) failed(err error) error {
	var structural bzip2.StructuralError
	switch {
	case errors.Is(err, errBzip2Next):
		b.tape.back(b.tape.offset() - int64(2-b.made))
		if err := skipZeros(b.tape.Reader); err != nil {
			return err
		}
		return errNoMember
	case b.made > 0:
		return io.ErrUnexpectedEOF
	case errors.Is(err, errBzip2Sum):
		return &Damage{Offset: b.block, Err: err}
	case errors.As(err, &structural):
		return &Damage{Offset: b.block, Rest: true, Err: err}
	}
	return err
}

// resume goes on with the next stream behind a wrong checksum of the one before.
func (b *bzip2Streams) resume(err error) {
	if !errors.Is(err, errBzip2Sum) {
		return
	}
	if b.err = skipZeros(b.tape.Reader); b.err != nil {
		return
	}
	if head, _ := b.tape.Peek(len(bzip2Magic)); !bytes.Equal(head, []byte(bzip2Magic)) {
		b.err = errNoMember
		return
	}
	b.block = b.tape.offset()
	b.z = bzip2.NewReader(bzip2Bytes{b})
}

func (b *bzip2Streams) close() {
	if b.release != nil {
		b.release()
	}
}

// bzip2Bytes is what the library reads.
type bzip2Bytes struct{ *bzip2Streams }

func (b bzip2Bytes) Read(p []byte) (int, error) { return b.tape.Read(p) }

func (b bzip2Bytes) ReadByte() (byte, error) {
	b.calls++
	if b.decoded {
		b.block, b.decoded = b.tape.offset(), false
	}
	c, err := b.tape.ReadByte()
	if errors.Is(err, io.EOF) && b.made < 2 {
		b.made++
		return 0, nil
	}
	return c, err
}
