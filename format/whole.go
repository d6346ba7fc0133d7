package format

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/config"

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
	var d *Damage
	switch {
	case errors.Is(err, io.EOF):
		w.err = err
		return 0, err
	case errors.As(err, &d) && !d.Rest:
		return 0, d
	case d == nil:
		d = &Damage{Offset: w.tape.offset(), Rest: true, Err: err}
	}
	_, _ = io.Copy(io.Discard, w.tape) // its error is that of the store
	if w.err = w.tape.failed(); w.err != nil {
		return 0, w.err
	}
	d.Bytes = w.tape.offset() - d.Offset
	w.err = io.EOF
	return 0, d
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
		head, err := x.tape.Peek(xzHeaderMax)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if size := xzDict(head); size > dict {
			return 0, fmt.Errorf("the xz stream asks for a dictionary of %s, the limit is %s", config.Bytes(size), config.Bytes(dict))
		}
		if x.release, err = x.env.Reserve(x.ctx, dict); err != nil {
			return 0, err
		}
		if x.z, err = xz.NewReader(x.tape, uint32(dict)); err != nil {
			return 0, err
		}
	}
	n, err = x.z.Read(p)
	if errors.Is(err, xz.ErrMemlimit) { // in a later stream
		err = fmt.Errorf("the xz stream asks for a dictionary of more than %s", config.Bytes(dict))
	}
	return n, err
}

// The .xz file format, version 1.2.1, sections 2.1.1, 3.1 and 5.3.1.
const (
	xzStreamHeader = 12 // bytes
	xzHeaderMax    = xzStreamHeader + 1024
	xzLZMA2        = 0x21
)

// xzDict is the size of the dictionary that the first block of a file asks for, 0 if
// its header does not say.
func xzDict(head []byte) int64 {
	if len(head) < xzStreamHeader+2 {
		return 0
	}
	b := head[xzStreamHeader:]
	flags := b[1]
	b = b[2:min(len(b), 4*(int(b[0])+1))]
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[max(n, 0):]
		return v
	}
	for _, sizes := range []byte{0x40, 0x80} { // of the block, compressed and not
		if flags&sizes != 0 {
			number()
		}
	}
	for range flags&3 + 1 {
		id, size := number(), number()
		switch {
		case size > uint64(len(b)):
			return 0
		case id == xzLZMA2 && size == 1 && b[0] <= 40: // 40 is 4 GiB less a byte
			return int64(2|b[0]&1) << (b[0]/2 + 11)
		}
		b = b[size:]
	}
	return 0
}

func (x *xzStreams) close() {
	if x.release != nil {
		x.release()
	}
}
