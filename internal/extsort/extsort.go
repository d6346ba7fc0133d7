// Package extsort sorts records in bounded memory and merges sorted streams of them:
// records of one size, and items, which have bytes with them.
package extsort

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// Record is four words, compared in order.
type Record [4]uint64

// recordBytes is the size of a Record in memory and in spilled runs.
const recordBytes = 32

// Compare orders records.
func Compare(a, b Record) int {
	for i := range a {
		if a[i] != b[i] {
			return cmp.Compare(a[i], b[i])
		}
	}
	return 0
}

// StreamOf is one sorted stream of records or items.
type StreamOf[T any] interface {
	// Next reads the next one; io.EOF ends the stream. Bytes of an item are valid until
	// then.
	Next(*T) error
	Close() error
}

// InputOf opens a stream. It is called when the merge gets to it, so that any
// number of inputs needs few open files.
type InputOf[T any] func() (StreamOf[T], error)

// Stream and Input are those of records.
type (
	Stream = StreamOf[Record]
	Input  = InputOf[Record]
)

// codec is how records or items are ordered and stored in spilled runs.
type codec[T any] struct {
	compare func(a, b T) int
	encode  func([]byte, T) []byte
	decode  func(*bufio.Reader, *T) error // io.EOF at the end
}

var records = codec[Record]{
	compare: Compare,
	encode: func(b []byte, r Record) []byte {
		for _, x := range r {
			b = binary.LittleEndian.AppendUint64(b, x)
		}
		return b
	},
	decode: func(in *bufio.Reader, r *Record) error {
		var b [recordBytes]byte
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return err
		}
		for i := range r {
			r[i] = binary.LittleEndian.Uint64(b[8*i:])
		}
		return nil
	},
}

// FanIn is the largest number of streams that are merged at once.
const FanIn = 256

// minRecords keeps a sorter useful under an absurd memory limit.
const minRecords = 1024

// Sorter sorts any number of records. The zero value is not usable; call New.
type Sorter struct {
	dir    string
	max    int
	buf    []Record
	spills []*os.File
	n      int64
	bins   [256]int64
}

// New returns a sorter that holds at most memory bytes of records and spills
// sorted runs to unlinked files in dir ("" = the system's temporary folder).
func New(memory int64, dir string) *Sorter {
	return &Sorter{dir: dir, max: max(int(memory/recordBytes), minRecords)}
}

// Len is the number of records added.
func (s *Sorter) Len() int64 { return s.n }

// Bins returns the number of records by the first byte of their first word.
func (s *Sorter) Bins() [256]int64 { return s.bins }

// Add takes one record.
func (s *Sorter) Add(r Record) error {
	if len(s.buf) >= s.max {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.buf = append(s.buf, r)
	s.n++
	s.bins[r[0]>>56]++
	return nil
}

func (s *Sorter) spill() error {
	slices.SortFunc(s.buf, Compare)
	f, err := spill(s.buf, records, s.dir)
	if f != nil {
		s.spills = append(s.spills, f)
	}
	s.buf = s.buf[:0]
	return err
}

// spill writes a sorted run to an unlinked file.
func spill[T any](run []T, c codec[T], dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "corpusmill-sort-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // unlinked at once: gone with the process
	w := runWriter[T]{codec: c, w: bufio.NewWriterSize(f, 256<<10)}
	for _, r := range run {
		if err := w.add(r); err != nil {
			return f, err
		}
	}
	return f, w.finish(f)
}

// runWriter stores a sorted run in a temporary file.
type runWriter[T any] struct {
	codec[T]
	w *bufio.Writer
	b []byte
}

func (w *runWriter[T]) add(r T) error {
	w.b = w.encode(w.b[:0], r)
	if _, err := w.w.Write(w.b); err != nil {
		return fmt.Errorf("spill sorted records: %w", err)
	}
	return nil
}

func (w *runWriter[T]) finish(f *os.File) error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("spill sorted records: %w", err)
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// runReader is the stream of a sorted run.
type runReader[T any] struct {
	codec[T]
	r *bufio.Reader
	f *os.File
}

func readRun[T any](f *os.File, c codec[T]) InputOf[T] {
	return func() (StreamOf[T], error) { return &runReader[T]{c, bufio.NewReaderSize(f, 64<<10), f}, nil }
}

func (r *runReader[T]) Next(x *T) error { return r.decode(r.r, x) }

func (r *runReader[T]) Close() error { return r.f.Close() }

// Sorted yields every record in order, once. The sorter is closed afterwards.
func (s *Sorter) Sorted() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		defer s.Close()
		slices.SortFunc(s.buf, Compare)
		if len(s.spills) == 0 {
			for _, r := range s.buf {
				if !yield(r, nil) {
					return
				}
			}
			return
		}
		if err := s.spill(); err != nil {
			yield(Record{}, err)
			return
		}
		inputs := make([]Input, len(s.spills))
		for i, f := range s.spills {
			inputs[i] = readRun(f, records)
		}
		s.spills = nil // the merge closes them
		for r, err := range Merge(inputs, s.dir) {
			if !yield(r, err) {
				return
			}
		}
	}
}

// Close drops the records and spilled runs.
func (s *Sorter) Close() {
	s.buf = nil
	for _, f := range s.spills {
		_ = f.Close()
	}
	s.spills = nil
}

// Merge yields the records of all inputs in order. At most FanIn streams are open
// at once; more are merged in rounds through files in dir.
func Merge(inputs []Input, dir string) iter.Seq2[Record, error] { return merge(inputs, records, dir) }

func merge[T any](inputs []InputOf[T], c codec[T], dir string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		inputs := slices.Clone(inputs)
		for len(inputs) > FanIn {
			merged, err := mergeRound(inputs[:FanIn], c, dir)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			inputs = append(inputs[FanIn:], merged)
		}
		mergeOnce(inputs, c, yield)
	}
}

func mergeRound[T any](inputs []InputOf[T], c codec[T], dir string) (InputOf[T], error) {
	f, err := os.CreateTemp(dir, "corpusmill-merge-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	w := runWriter[T]{codec: c, w: bufio.NewWriterSize(f, 256<<10)}
	var failed error
	mergeOnce(inputs, c, func(r T, err error) bool {
		if err == nil {
			err = w.add(r)
		}
		failed = err
		return err == nil
	})
	if failed == nil {
		failed = w.finish(f)
	}
	if failed != nil {
		return nil, errors.Join(failed, f.Close())
	}
	return readRun(f, c), nil
}

type cursor[T any] struct {
	s   StreamOf[T]
	rec T
}

type cursors[T any] struct {
	list    []*cursor[T]
	compare func(a, b T) int
}

func (h *cursors[T]) Len() int           { return len(h.list) }
func (h *cursors[T]) Less(i, j int) bool { return h.compare(h.list[i].rec, h.list[j].rec) < 0 }
func (h *cursors[T]) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *cursors[T]) Push(x any)         { h.list = append(h.list, x.(*cursor[T])) }
func (h *cursors[T]) Pop() any {
	last := len(h.list) - 1
	x := h.list[last]
	h.list = h.list[:last]
	return x
}

func mergeOnce[T any](inputs []InputOf[T], k codec[T], yield func(T, error) bool) {
	var open []*cursor[T]
	defer func() {
		for _, c := range open {
			_ = c.s.Close()
		}
	}()
	var none T
	h := &cursors[T]{compare: k.compare}
	for _, in := range inputs {
		s, err := in()
		if err != nil {
			yield(none, err)
			return
		}
		c := &cursor[T]{s: s}
		open = append(open, c)
		switch err := s.Next(&c.rec); {
		case err == nil:
			h.list = append(h.list, c)
		case err != io.EOF:
			yield(none, err)
			return
		}
	}
	heap.Init(h)
	for len(h.list) > 0 {
		c := h.list[0]
		if !yield(c.rec, nil) {
			return
		}
		switch err := c.s.Next(&c.rec); {
		case err == nil:
			heap.Fix(h, 0)
		case err == io.EOF:
			heap.Pop(h)
		default:
			yield(none, err)
			return
		}
	}
}
