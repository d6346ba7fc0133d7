// Package modelfile holds the bytes of a model's file: large files are mapped into
// memory where the system can.
package modelfile

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"sync"
)

// File is the content of a file, in memory or mapped.
type File struct {
	mu     sync.Mutex
	data   []byte
	unmap  func() error // nil for one in memory
	digest [sha256.Size]byte
	summed bool
}

// New returns the file whose content is data, which must not change.
func New(data []byte) *File { return &File{data: data} }

// Open opens the regular file at path. From mapFrom bytes on it is mapped; smaller ones
// are read: they start as fast, and nothing that happens to the file later can touch
// the process.
func Open(path string, mapFrom int64) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if st.Size() < mapFrom || !CanMap {
		data, err := Read(f, st.Size())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return New(data), nil
	}
	data, err := mapFile(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", path, err)
	}
	return &File{data: data, unmap: func() error { return unmapFile(data) }}, nil
}

// ShortError reports that there were fewer bytes than there should be.
type ShortError struct{ Have, Want int64 }

func (e *ShortError) Error() string { return fmt.Sprintf("ends before its %d bytes", e.Want) }

// Read reads size bytes. Memory grows with what r gives, so a wrong size costs
// nothing: it is a ShortError.
func Read(r io.ReaderAt, size int64) ([]byte, error) {
	if size < 0 {
		return nil, fmt.Errorf("negative size %d", size)
	}
	const chunk = 32 << 20
	var buf bytes.Buffer
	buf.Grow(int(min(size, chunk)) + bytes.MinRead)
	n, err := buf.ReadFrom(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if n != size {
		return nil, &ShortError{n, size}
	}
	return buf.Bytes(), nil
}

// Bytes returns the content, nil after Close of a mapped file.
func (f *File) Bytes() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.data
}

// Mapped reports a file whose content goes with Close.
func (f *File) Mapped() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unmap != nil
}

// Close gives a mapping back. For a file in memory it does nothing.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	unmap := f.unmap
	if unmap == nil {
		return nil
	}
	f.data, f.unmap = nil, nil
	return unmap()
}

// Release sums the content up and lets it go.
func (f *File) Release() error {
	f.Digest()
	err := f.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data = nil
	return err
}

// Digest returns the SHA-256 of the content; after Close what an earlier call returned,
// or zero.
func (f *File) Digest() [sha256.Size]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.summed && f.data != nil {
		f.digest, f.summed = sha256.Sum256(f.data), true
	}
	return f.digest
}
