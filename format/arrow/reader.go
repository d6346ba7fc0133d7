package arrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// BatchBytes is the memory that a Reader takes without asking for a record batch, as read
// and as decoded, with the dictionaries.
const BatchBytes = 48 << 20

// Reader reads the rows of an Arrow IPC file (Feather V2) or stream one by one, in order.
// It holds one record batch, and all dictionaries. A Reader belongs to one goroutine.
type Reader struct {
	input   Input
	in      *counted
	release func()  // of what is reserved, nil where nothing is
	footer  *footer // of a file; nil of a stream, and where it cannot be read
	next    int     // message of the footer
	broken  error   // why a file has no footer that can be read
	dicts   int64   // bytes of the dictionaries
	memory  limited // of the library
	head    *head   // of the last batch, nil where it was not read
	blocked bool    // a batch was begun
	lib     *ipc.Reader
	rec     arrow.Record
	first   int64 // ordinal of the first row of the batch at hand
	row     int64 // rows of it that were given
	rows    int64
	fields  []*column
	names   []string
}

// Input is a file to read.
type Input struct {
	// Open reads the file from an offset on.
	Open func(offset int64) (io.ReadCloser, error)
	// Size is that of the file, in bytes.
	Size int64
	// Reserve gives memory for batches that take more than BatchBytes; nothing that it gave
	// is held then. Without it they cannot be read.
	Reserve func(bytes int64) (release func(), err error)
}

// BatchError is a record batch that could not be read; reading goes on behind it.
type BatchError struct {
	Record int64 // ordinal of its first row
	Rows   int64 // 0 where nobody knows
	Err    error
}

// Error names the lost rows and the cause.
func (e *BatchError) Error() string {
	if e.Rows == 0 {
		return fmt.Sprintf("the rows of a batch behind row %d are lost: %v", e.Record, e.Err)
	}
	return fmt.Sprintf("rows %d to %d are lost: %v", e.Record, e.Record+e.Rows-1, e.Err)
}

// Unwrap returns the cause.
func (e *BatchError) Unwrap() error { return e.Err }

// RestError is a place behind which nothing can be read.
type RestError struct {
	Record int64 // ordinal of the first row that is lost
	Offset int64 // byte of the file
	Err    error
}

// Error names the place and the cause.
func (e *RestError) Error() string { return fmt.Sprintf("byte %d: %v", e.Offset, e.Err) }

// Unwrap returns the cause.
func (e *RestError) Unwrap() error { return e.Err }

// NewReader reads the schema of a file or stream, and the footer of a file.
func NewReader(in Input) (r *Reader, err error) {
	defer rescue(&err)
	r = &Reader{input: in}
	if err := r.openAt(0); err != nil {
		return nil, err
	}
	if err = r.begin(); err == nil {
		r.lib, err = ipc.NewReaderFromMessageReader(messages{r}, ipc.WithAllocator(&r.memory))
	}
	if err == nil {
		err = r.compare()
	}
	if err != nil {
		return nil, errors.Join(err, r.in.Close())
	}
	for _, f := range r.lib.Schema().Fields() {
		r.fields, r.names = append(r.fields, newColumn(f)), append(r.names, f.Name)
	}
	return r, nil
}

// begin tells a file from a stream by the first bytes, and goes to the first message.
func (r *Reader) begin() error {
	magic := make([]byte, 8)
	n, err := io.ReadFull(r.in, magic)
	switch word := binary.LittleEndian.Uint32(magic); {
	case n < 8:
		return fmt.Errorf("no Arrow file or stream: %d bytes: %w", n, noEOF(err))
	case bytes.HasPrefix(magic, []byte("FEA1")):
		return errors.New("a Feather file of version 1: write it anew, as version 2")
	case bytes.HasPrefix(magic, fileMagic):
		return r.readFooter()
	case word != continuation && (word == 0 || word > metadataMax):
		return errors.New("no Arrow file or stream: it begins otherwise")
	}
	r.in.ReadCloser, r.in.at = joined{io.MultiReader(bytes.NewReader(magic), r.in.ReadCloser), r.in.ReadCloser}, 0
	return nil
}

type joined struct {
	io.Reader
	io.Closer
}

// counted knows its place in the file.
type counted struct {
	io.ReadCloser
	at int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.at += int64(n)
	return n, err
}

// openAt goes on at an offset.
func (r *Reader) openAt(offset int64) error {
	in, err := r.input.Open(offset)
	if err != nil {
		return err
	}
	if r.in != nil {
		err = r.in.Close()
	}
	r.in = &counted{in, offset}
	return err
}

// seek goes on at an offset, by reading where that is near.
func (r *Reader) seek(offset int64) error {
	const near = 1 << 20
	if ahead := offset - r.in.at; ahead >= 0 && ahead <= near {
		_, err := io.CopyN(io.Discard, r.in, ahead)
		return err
	}
	return r.openAt(offset)
}

// messages gives the library the messages of a Reader.
type messages struct{ r *Reader }

func (messages) Retain()  {}
func (messages) Release() {}

// Message implements ipc.MessageReader.
func (m messages) Message() (*ipc.Message, error) {
	if m.r.footer != nil {
		return m.r.block()
	}
	r := m.r
	at := r.in.at
	h, err := readHead(r.in, r.input.Size-at)
	if errors.Is(err, errEnd) {
		return nil, io.EOF
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = &RestError{Offset: at, Err: err}
		}
		return nil, err
	}
	return r.message(h)
}

// block is the next message that the footer names.
func (r *Reader) block() (*ipc.Message, error) {
	r.next++
	if r.next == 1 {
		return ipc.NewMessage(memory.NewBufferBytes(r.footer.schema), memory.NewBufferBytes([]byte{})), nil
	}
	i := r.next - 2
	if i >= len(r.footer.blocks) {
		_ = r.seek(r.input.Size) // so that whoever watches the reading saw the file to its end
		return nil, io.EOF
	}
	b := r.footer.blocks[i]
	r.blocked = i >= r.footer.dictionaries
	err := r.seek(b.at)
	if err != nil {
		return nil, &RestError{Offset: b.at, Err: noEOF(err)}
	}
	h, err := readHead(r.in, b.n)
	switch want := map[bool]uint8{true: batchMessage, false: dictionaryMessage}[r.blocked]; {
	case err == nil && h.kind != want:
		err = fmt.Errorf("a message of kind %d where the footer has one of kind %d", h.kind, want)
	case errors.Is(err, io.EOF) || errors.Is(err, errEnd):
		err = errors.New("no message where the footer has one")
	}
	if err != nil && !r.blocked {
		return nil, &RestError{Offset: b.at, Err: err} // every batch needs the dictionaries
	}
	if err != nil {
		return nil, err
	}
	return r.message(h)
}

// message reads what follows the head of a message.
func (r *Reader) message(h *head) (*ipc.Message, error) {
	if h.kind == batchMessage {
		r.head, r.blocked = h, true
	}
	body, err := r.body(h)
	if err != nil {
		return nil, err
	}
	return ipc.NewMessage(memory.NewBufferBytes(h.meta), memory.NewBufferBytes(body)), nil
}

// body reads the data of a message, if there is memory for it. Of a batch that cannot be
// had the data are passed over.
func (r *Reader) body(h *head) ([]byte, error) {
	at := r.in.at
	fail := func(err error) error {
		if h.kind != batchMessage {
			return &RestError{Offset: at, Err: err} // every batch needs the dictionaries
		}
		if _, skip := io.CopyN(io.Discard, r.in, at+h.body-r.in.at); skip != nil {
			return &RestError{Offset: at, Err: noEOF(skip)}
		}
		return err
	}
	need, err := h.needs(nil)
	if err == nil {
		err = r.hold(r.dicts + need)
	}
	if err != nil {
		return nil, fail(err)
	}
	body := make([]byte, h.body)
	if _, err := io.ReadFull(r.in, body); err != nil {
		return nil, &RestError{Offset: at, Err: noEOF(err)}
	}
	if need, err = h.needs(body); err == nil {
		err = r.hold(r.dicts + need)
	}
	if err != nil {
		return nil, fail(err)
	}
	if h.kind == dictionaryMessage {
		r.dicts += need
	}
	r.memory.left = r.dicts + need + spareBytes
	if h.rows > 8*need+rowsFree { // a column of nulls or runs may have any number
		return nil, fmt.Errorf("a record batch of %d rows in %d bytes", h.rows, need)
	}
	return body, nil
}

// spareBytes is what the library may take beyond that: it rounds up.
const spareBytes = 1 << 20

// rowsFree is the number of rows that a batch may have without a bit for each.
const rowsFree = 1 << 20

// hold makes sure that there is memory for so many bytes in place of what was held.
func (r *Reader) hold(bytes int64) error {
	r.giveBack()
	if bytes <= BatchBytes {
		return nil
	}
	if r.input.Reserve == nil {
		return fmt.Errorf("a record batch takes %d bytes of memory, want at most %d: write smaller batches", bytes, BatchBytes)
	}
	release, err := r.input.Reserve(bytes)
	if err != nil {
		return fmt.Errorf("a record batch: %w: write smaller batches", err)
	}
	r.release = release
	return nil
}

func (r *Reader) giveBack() {
	if r.release != nil {
		r.release()
	}
	r.release = nil
}

// Row is one row. It is valid until the next call of Next.
type Row struct {
	Record int64 // ordinal in the file
	r      *Reader
}

// Next returns the next row. A *BatchError costs what it names, a *RestError is the last;
// io.EOF ends the file. Other errors are those of reserve and of the reader below.
func (r *Reader) Next() (Row, error) {
	for r.row >= r.rows {
		r.first += r.rows
		r.row, r.rows = 0, 0
		if err := r.batch(); err != nil {
			return Row{}, err
		}
	}
	r.row++
	return Row{r.first + r.row - 1, r}, nil
}

// batch reads the next record batch.
func (r *Reader) batch() (err error) {
	r.drop()
	r.head, r.blocked = nil, false
	rec, err := r.lib.Read()
	if err == nil {
		err = r.open(rec)
	}
	var rest *RestError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &rest):
		rest.Record = r.first
		return rest
	case errors.Is(err, io.EOF):
		return r.whole()
	case !r.blocked: // of a dictionary
		return &RestError{Record: r.first, Offset: r.in.at, Err: err}
	}
	r.drop()
	lost := &BatchError{Record: r.first, Err: err}
	if r.head != nil {
		lost.Rows = r.head.rows
	}
	r.rows, r.row = lost.Rows, lost.Rows
	return lost
}

// open finds the columns of a batch.
func (r *Reader) open(rec arrow.Record) (err error) {
	defer rescue(&err)
	r.rec = rec
	for _, c := range r.fields {
		c.open(rec)
	}
	r.rows = rec.NumRows()
	return nil
}

// drop forgets the batch at hand.
func (r *Reader) drop() {
	for _, c := range r.fields {
		c.arrays = nil
	}
	r.rec = nil // the library holds it until the next, or Close
}

// whole is the end: of a file without a footer that can be read nobody knows whether all
// was there. A stream may end anywhere between messages.
func (r *Reader) whole() error {
	if err := r.broken; err != nil {
		r.broken = nil
		return &RestError{Record: r.first, Offset: r.in.at, Err: err}
	}
	return io.EOF
}

// Close gives back the memory of the open batch, and closes the file.
func (r *Reader) Close() error {
	r.drop()
	r.lib.Release()
	r.giveBack()
	return r.in.Close()
}

// Names are the names of the file's columns, those of nested ones included only by their
// outermost.
func (r *Reader) Names() []string { return r.names }

// Name is the name of a column, or its path.
func (r *Reader) Name(column int) string { return r.fields[column].name }

// Sorted returns the columns that a filter keeps, by name.
func (r *Reader) Sorted(keep func(column int) bool) []int {
	var columns []int
	for i := range r.names {
		if keep(i) {
			columns = append(columns, i)
		}
	}
	slices.SortStableFunc(columns, func(a, b int) int { return strings.Compare(r.fields[a].name, r.fields[b].name) })
	return columns
}

// Column finds a column by name, or a field of a struct by its path, such as
// content.body; -1 if there is none.
func (r *Reader) Column(name string) int {
	for i, f := range r.fields {
		if f.name == name {
			return i
		}
	}
	for i := range r.names {
		if c := r.fields[i].find(i, name); c != nil {
			if r.rec != nil {
				c.open(r.rec)
			}
			r.fields = append(r.fields, c)
			return len(r.fields) - 1
		}
	}
	return -1
}
