// Package extsort sorts fixed-size records in bounded memory and merges sorted
// streams of them.
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

// Stream is one sorted stream of records.
type Stream interface {
	// Next reads the next record; io.EOF ends the stream.
	Next(*Record) error
	Close() error
}

// Input opens a stream. It is called when the merge gets to it, so that any
// number of inputs needs few open files.
type Input func() (Stream, error)

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
	f, err := os.CreateTemp(s.dir, "corpusmill-sort-*")
	if err != nil {
		return err
	}
	_ = os.Remove(f.Name()) // unlinked at once: gone with the process
	s.spills = append(s.spills, f)
	w := runWriter{w: bufio.NewWriterSize(f, 256<<10)}
	for _, r := range s.buf {
		if err := w.add(r); err != nil {
			return err
		}
	}
	s.buf = s.buf[:0]
	return w.finish(f)
}

// runWriter stores a sorted run in a temporary file.
type runWriter struct {
	w *bufio.Writer
	b []byte
}

func (w *runWriter) add(r Record) error {
	w.b = w.b[:0]
	for _, x := range r {
		w.b = binary.LittleEndian.AppendUint64(w.b, x)
	}
	if _, err := w.w.Write(w.b); err != nil {
		return fmt.Errorf("spill sorted records: %w", err)
	}
	return nil
}

func (w *runWriter) finish(f *os.File) error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("spill sorted records: %w", err)
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// runReader is the Stream of a sorted run.
type runReader struct {
	r *bufio.Reader
	f *os.File
}

func readRun(f *os.File) Input {
	return func() (Stream, error) { return &runReader{bufio.NewReaderSize(f, 64<<10), f}, nil }
}

func (r *runReader) Next(rec *Record) error {
	var b [recordBytes]byte
	if _, err := io.ReadFull(r.r, b[:]); err != nil {
		return err
	}
	for i := range rec {
		rec[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return nil
}

func (r *runReader) Close() error { return r.f.Close() }

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
			inputs[i] = readRun(f)
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
func Merge(inputs []Input, dir string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		inputs := slices.Clone(inputs)
		for len(inputs) > FanIn {
			merged, err := mergeRound(inputs[:FanIn], dir)
			if err != nil {
				yield(Record{}, err)
				return
			}
			inputs = append(inputs[FanIn:], merged)
		}
		mergeOnce(inputs, yield)
	}
}

func mergeRound(inputs []Input, dir string) (Input, error) {
	f, err := os.CreateTemp(dir, "corpusmill-merge-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	w := runWriter{w: bufio.NewWriterSize(f, 256<<10)}
	var failed error
	mergeOnce(inputs, func(r Record, err error) bool {
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
	return readRun(f), nil
}

type cursor struct {
	s   Stream
	rec Record
}

type cursors []*cursor

func (h cursors) Len() int           { return len(h) }
func (h cursors) Less(i, j int) bool { return Compare(h[i].rec, h[j].rec) < 0 }
func (h cursors) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *cursors) Push(x any)        { *h = append(*h, x.(*cursor)) }
func (h *cursors) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

func mergeOnce(inputs []Input, yield func(Record, error) bool) {
	var open []*cursor
	defer func() {
		for _, c := range open {
			_ = c.s.Close()
		}
	}()
	var h cursors
	for _, in := range inputs {
		s, err := in()
		if err != nil {
			yield(Record{}, err)
			return
		}
		c := &cursor{s: s}
		open = append(open, c)
		switch err := s.Next(&c.rec); {
		case err == nil:
			h = append(h, c)
		case err != io.EOF:
			yield(Record{}, err)
			return
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		c := h[0]
		if !yield(c.rec, nil) {
			return
		}
		switch err := c.s.Next(&c.rec); {
		case err == nil:
			heap.Fix(&h, 0)
		case err == io.EOF:
			heap.Pop(&h)
		default:
			yield(Record{}, err)
			return
		}
	}
}
