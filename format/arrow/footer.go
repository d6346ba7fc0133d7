package arrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// fileMagic begins and ends a file; a stream has none.
var fileMagic = []byte("ARROW1")

// footer is what the end of a file says of it. Not all writers put a schema before the
// messages that another program could read, or a mark behind them.
type footer struct {
	schema       []byte  // as a message
	blocks       []piece // messages: those of dictionaries, then those of batches
	dictionaries int     // how many of them
}

// tailBytes is what stands behind the footer: its length and the magic.
const tailBytes = 4 + 6

// readFooter reads the footer of a file. A file that has none is read from its beginning,
// as a stream; the error is one of reading.
func (r *Reader) readFooter() (err error) {
	f, err := r.tail(tailBytes)
	if err != nil {
		return err
	}
	n := int64(0)
	if len(f) == tailBytes {
		n = int64(u32(f, 0))
	}
	switch behind := r.input.Size - tailBytes - n; {
	case len(f) != tailBytes || !bytes.HasSuffix(f, fileMagic):
		r.broken = errors.New("the file ends before the end of its footer")
		return nil
	case n > metadataMax || behind < 8:
		r.broken = fmt.Errorf("a footer of %d bytes in a file of %d", n, r.input.Size)
		return nil
	}
	if f, err = r.tail(tailBytes + n); err == nil {
		r.footer, r.broken = parseFooter(f[:max(int64(len(f))-tailBytes, 0)], r.input.Size-tailBytes-n)
	}
	return err
}

// compare holds the schema of the footer against the one that most files begin with: a name
// that is damaged would be a column that is not there.
func (r *Reader) compare() error {
	if r.footer == nil {
		return nil
	}
	h, err := readHead(r.in, r.input.Size-r.in.at)
	if err != nil || h.kind != schemaMessage {
		return nil // the footer is what counts
	}
	first, err := ipc.NewReaderFromMessageReader(&only{meta: h.meta})
	if err == nil && !first.Schema().Equal(r.lib.Schema()) {
		return errors.New("the schema at the beginning of the file is another than that of its footer")
	}
	return nil
}

// only is one message.
type only struct{ meta []byte }

func (*only) Retain()  {}
func (*only) Release() {}

// Message implements ipc.MessageReader.
func (o *only) Message() (*ipc.Message, error) {
	return ipc.NewMessage(memory.NewBufferBytes(o.meta), memory.NewBufferBytes([]byte{})), nil
}

// tail reads the last bytes of the file; fewer, where it is shorter.
func (r *Reader) tail(n int64) ([]byte, error) {
	if n > r.input.Size {
		return nil, nil
	}
	in, err := r.input.Open(r.input.Size - n)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(in, n))
	return b, errors.Join(err, in.Close())
}

// parseFooter reads a footer of a file whose messages end at that place. Messages that
// overlap are none.
func parseFooter(b []byte, end int64) (f *footer, err error) {
	defer rescue(&err)
	root := rootTable(b)
	schema := root.table(1)
	if schema.pos == 0 {
		return nil, errors.New("a footer without a schema")
	}
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	f = &footer{schema: schemaOf(b, schema.pos, uint16(root.int16(0)))}
	for _, slot := range []int{2, 3} {
		at, n := root.vector(slot)
		if n < 0 || n > len(b)/blockBytes {
			return nil, fmt.Errorf("a footer of %d bytes with %d messages", len(b), n)
		}
		for i := range n {
			block := b[at+i*blockBytes:]
			p := piece{int64(u64(block, 0)), int64(int32(u32(block, 8)))}
			body := int64(u64(block, 16))
			if p.n < 8 || body < 0 || p.at < 8 || p.at > end || p.n > end-p.at || body > end-p.at-p.n {
				return nil, fmt.Errorf("a footer with a message of %d and %d bytes at %d", p.n, body, p.at)
			}
			p.n += body
			f.blocks = append(f.blocks, p)
		}
		if slot == 2 {
			f.dictionaries = n
		}
	}
	sorted := slices.SortedFunc(slices.Values(f.blocks), func(a, b piece) int { return int(min(max(a.at-b.at, -1), 1)) })
	for i := range sorted[:max(len(sorted)-1, 0)] {
		if sorted[i].at+sorted[i].n > sorted[i+1].at {
			return nil, fmt.Errorf("a footer with messages that overlap, at %d and %d", sorted[i].at, sorted[i+1].at)
		}
	}
	return f, nil
}

// blockBytes is what a footer has for a message: its place, the bytes of its head, of its
// body.
const blockBytes = 24

// schemaOf makes the schema of a footer a message, as a stream begins with: before the
// footer stands a table that points into it.
func schemaOf(footer []byte, schema int, version uint16) []byte {
	const vtable, table, headerAt, length = 4, 16, 24, 32
	b := make([]byte, length, length+len(footer))
	put16 := func(at int, v uint16) { binary.LittleEndian.PutUint16(b[at:], v) }
	binary.LittleEndian.PutUint32(b, table)
	for i, v := range []uint16{12, 12, 4, 6, headerAt - table, 0} { // sizes; version, kind, header, no body
		put16(vtable+2*i, v)
	}
	binary.LittleEndian.PutUint32(b[table:], table-vtable)
	put16(table+4, version)
	b[table+6] = schemaMessage
	binary.LittleEndian.PutUint32(b[headerAt:], uint32(length+schema-headerAt))
	return append(b, footer...)
}
