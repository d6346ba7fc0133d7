package components

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Records of the lists.
const (
	recordBytes = 12
	setBytes    = 8
)

// Chunks are multiples of both sizes.
const (
	chunkUnit = 24
	chunkMin  = 170 * chunkUnit   // about 4 KiB
	chunkMax  = 10920 * chunkUnit // about 256 KiB
)

// spill is a file of chunks, which many lists share. Chunks that were read are used again.
type spill struct {
	f     *os.File
	chunk int
	end   int64
	spare []int64
	buf   []byte // of the chunk that is read
}

// list is records of one size in the order in which they were added: those in full chunks
// of the file, then those in memory.
type list struct {
	chunks []int64
	b      []byte
}

func (l *list) empty() bool { return len(l.chunks) == 0 && len(l.b) == 0 }

// newSpill makes a file in dir for so many lists, which hold about memory bytes.
func newSpill(dir string, memory int64, lists int) (*spill, error) {
	f, err := os.CreateTemp(dir, "corpusmill-components-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // unlinked at once: gone with the process
	chunk := min(max(memory/int64(max(lists, 1)), chunkMin), chunkMax)
	return &spill{f: f, chunk: int(chunk / chunkUnit * chunkUnit)}, nil
}

func (s *spill) close() error { return s.f.Close() }

// add appends a record.
func (s *spill) add(l *list, record []byte) error {
	if len(l.b) == s.chunk {
		at := s.end
		if n := len(s.spare); n > 0 {
			at, s.spare = s.spare[n-1], s.spare[:n-1]
		} else {
			s.end += int64(s.chunk)
		}
		if _, err := s.f.WriteAt(l.b, at); err != nil {
			return fmt.Errorf("spill edges: %w", err)
		}
		l.chunks, l.b = append(l.chunks, at), l.b[:0]
	}
	if l.b == nil {
		l.b = make([]byte, 0, s.chunk/8)
	}
	l.b = append(l.b, record...)
	return nil
}

// each gives all records of a list, which are of that size. The list may not grow
// meanwhile.
func (s *spill) each(l *list, size int, record func([]byte) error) error {
	if len(s.buf) != s.chunk {
		s.buf = make([]byte, s.chunk)
	}
	for _, at := range l.chunks {
		if _, err := s.f.ReadAt(s.buf, at); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("read spilled edges: %w", err)
		}
		for b := s.buf; len(b) >= size; b = b[size:] {
			if err := record(b[:size]); err != nil {
				return err
			}
		}
	}
	for b := l.b; len(b) >= size; b = b[size:] {
		if err := record(b[:size]); err != nil {
			return err
		}
	}
	return nil
}

// free empties a list.
func (s *spill) free(l *list) {
	s.spare = append(s.spare, l.chunks...)
	*l = list{}
}
