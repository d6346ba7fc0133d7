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

// Record is three words, compared in order. It is stored big-endian, so that
// stored records compare as bytes.
type Record [3]uint64

// RecordBytes is the stored size of a Record.
const RecordBytes = 24

// Compare orders records.
func Compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
}

// Append appends the stored form of r.
func Append(dst []byte, r Record) []byte {
	dst = binary.BigEndian.AppendUint64(dst, r[0])
	dst = binary.BigEndian.AppendUint64(dst, r[1])
	return binary.BigEndian.AppendUint64(dst, r[2])
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
}

// New returns a sorter that holds at most memory bytes of records and spills
// sorted runs to unlinked files in dir ("" = the system's temporary folder).
func New(memory int64, dir string) *Sorter {
	return &Sorter{dir: dir, max: max(int(memory/RecordBytes), minRecords)}
}

// Len is the number of records added.
func (s *Sorter) Len() int64 { return s.n }

// Add takes one record.
func (s *Sorter) Add(r Record) error {
	if len(s.buf) >= s.max {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.buf = append(s.buf, r)
	s.n++
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
	w := bufio.NewWriterSize(f, 256<<10)
	var b []byte
	for _, r := range s.buf {
		b = Append(b[:0], r)
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("spill sorted records: %w", err)
		}
	}
	s.buf = s.buf[:0]
	if err := w.Flush(); err != nil {
		return fmt.Errorf("spill sorted records: %w", err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

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
			inputs[i] = func() (io.ReadCloser, error) { return f, nil }
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

// Input opens one sorted stream of stored records.
type Input func() (io.ReadCloser, error)

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
	w := bufio.NewWriterSize(f, 256<<10)
	var b []byte
	var failed error
	mergeOnce(inputs, func(r Record, err error) bool {
		if err == nil {
			b = Append(b[:0], r)
			_, err = w.Write(b)
		}
		failed = err
		return err == nil
	})
	if failed == nil {
		failed = w.Flush()
	}
	if failed == nil {
		_, failed = f.Seek(0, io.SeekStart)
	}
	if failed != nil {
		return nil, errors.Join(failed, f.Close())
	}
	return func() (io.ReadCloser, error) { return f, nil }, nil
}

type cursor struct {
	r   *bufio.Reader
	c   io.Closer
	rec Record
}

func (c *cursor) next() error {
	var b [RecordBytes]byte
	if _, err := io.ReadFull(c.r, b[:]); err != nil {
		return err
	}
	for i := range c.rec {
		c.rec[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return nil
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
			_ = c.c.Close()
		}
	}()
	var h cursors
	for _, in := range inputs {
		rc, err := in()
		if err != nil {
			yield(Record{}, err)
			return
		}
		c := &cursor{r: bufio.NewReaderSize(rc, 64<<10), c: rc}
		open = append(open, c)
		switch err := c.next(); {
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
		switch err := c.next(); {
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
