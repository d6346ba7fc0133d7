package format

import (
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/therootcompany/xz"

	"github.com/corpusmill/corpusmill/stage"
)

// whole reads a compressed file whose library goes through all of its streams.
// Behind damage it does not read on.
type whole struct {
	tape *tape
	z    io.Reader
	err  error // all that is left to be returned
}

func (w *whole) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.z.Read(p)
	if err == nil || n > 0 { // an error comes again
		return n, nil
	}
	if w.err = err; errors.Is(err, io.EOF) {
		return 0, err
	}
	d := &Damage{Offset: w.tape.offset(), Rest: true, Err: err}
	d.Bytes, _ = io.Copy(io.Discard, w.tape) // its error is that of the store
	if w.err = w.tape.failed(); w.err != nil {
		return 0, w.err
	}
	w.err = io.EOF
	return 0, d
}

// errBzip2Next is what the library says of bytes behind a stream that begin no other.
const errBzip2Next = bzip2.StructuralError("bad magic value in continuation file")

// bzip2Streams reads any number of bzip2 streams with zeros behind them.
type bzip2Streams struct {
	tape *tape
	z    io.Reader
	// made counts two zeros behind the end of the file. So the library always ends
	// with errBzip2Next, two bytes behind the last stream.
	made int
}

func newBzip2(t *tape) *bzip2Streams {
	b := &bzip2Streams{tape: t}
	b.z = bzip2.NewReader(bzip2Bytes{b})
	return b
}

func (b *bzip2Streams) Read(p []byte) (int, error) {
	n, err := b.z.Read(p)
	if n > 0 || !errors.Is(err, errBzip2Next) {
		return n, err
	}
	b.tape.back(b.tape.offset() - int64(2-b.made))
	if err := skipZeros(b.tape.Reader); err != nil {
		return 0, err
	}
	return 0, errNoMember
}

// bzip2Bytes is what the library reads.
type bzip2Bytes struct{ *bzip2Streams }

func (b bzip2Bytes) Read(p []byte) (int, error) { return b.tape.Read(p) }

func (b bzip2Bytes) ReadByte() (byte, error) {
	c, err := b.tape.ReadByte()
	if errors.Is(err, io.EOF) && b.made < 2 {
		b.made++
		return 0, nil
	}
	return c, err
}

// xzDictBytes bounds the dictionary of an xz stream: that of xz -9.
const xzDictBytes = 64 << 20

// xzStreams reads any number of xz streams with padding between them. It holds as
// much of the memory budget as the largest dictionary takes.
type xzStreams struct {
	ctx     context.Context
	env     *stage.Env
	tape    *tape
	z       *xz.Reader
	release func()
}

func (x *xzStreams) Read(p []byte) (n int, err error) {
	dict := min(xzDictBytes, x.env.Memory)
	if x.release == nil {
		if x.release, err = x.env.Reserve(x.ctx, dict); err != nil {
			return 0, err
		}
		if x.z, err = xz.NewReader(x.tape, uint32(dict)); err != nil {
			return 0, err
		}
	}
	n, err = x.z.Read(p)
	if errors.Is(err, xz.ErrMemlimit) {
		err = fmt.Errorf("the xz stream asks for a dictionary of more than %s", stage.Bytes(dict))
	}
	return n, err
}

func (x *xzStreams) close() {
	if x.release != nil {
		x.release()
	}
}
