package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// archive is a zip file whose entries are inflated under the limits.
type archive struct {
	limits Limits
	files  map[string]*zip.File
	left   int64 // bytes that may still be inflated
}

// directoryMark begins every record of a zip directory.
var directoryMark = []byte("PK\x01\x02")

// ratioFree is how much of an entry is inflated before its ratio matters: short
// repetitive parts compress well and do no harm.
const ratioFree = 1 << 20

func openArchive(raw []byte, l Limits) (*archive, error) {
	if bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		// An encrypted DOCX is wrapped in a compound file; so is an old DOC.
		return nil, fmt.Errorf("%w: a compound file, not a zip archive", ErrEncrypted)
	}
	// Counted before archive/zip reads the directory, which it does as a whole.
	if n := bytes.Count(raw, directoryMark); n > l.Entries {
		return nil, fmt.Errorf("%w: %d entries, limit %d", ErrLimit, n, l.Entries)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are looked up, never written
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	a := &archive{limits: l, files: make(map[string]*zip.File, len(z.File)), left: l.InflatedBytes}
	for _, f := range z.File {
		if _, twice := a.files[f.Name]; !twice {
			a.files[f.Name] = f
		}
	}
	return a, nil
}

func (a *archive) has(name string) bool { return a.files[name] != nil }

// open returns an entry's content; ErrFormat if there is none.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("%w: no part %q", ErrFormat, name)
	}
	if f.Flags&1 != 0 {
		return nil, fmt.Errorf("%w: part %q", ErrEncrypted, name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: part %q: %w", ErrFormat, name, err)
	}
	return &entry{ReadCloser: r, archive: a, name: name, stored: int64(f.CompressedSize64)}, nil
}

// read returns an entry of at most maxBytes as a whole.
func (a *archive) read(name string, maxBytes int64) ([]byte, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, wrapFormat(name, err)
	}
	if int64(len(b)) > maxBytes {
		return nil, fmt.Errorf("%w: part %q is longer than %d bytes", ErrLimit, name, maxBytes)
	}
	return b, nil
}

// entry counts what it inflates.
type entry struct {
	io.ReadCloser
	archive      *archive
	name         string
	stored, read int64
}

// Read reads on until a limit is met.
func (e *entry) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	e.read += int64(n)
	e.archive.left -= int64(n)
	switch {
	case e.archive.left < 0:
		return n, fmt.Errorf("%w: more than %d inflated bytes", ErrLimit, e.archive.limits.InflatedBytes)
	case e.read > ratioFree && e.read/e.archive.limits.Ratio > e.stored:
		return n, fmt.Errorf("%w: part %q inflates to over %d times its size", ErrLimit, e.name, e.archive.limits.Ratio)
	}
	return n, err
}

// wrapFormat marks every error that has no kind yet as damage of a part.
func wrapFormat(part string, err error) error {
	for _, kind := range []error{ErrLimit, ErrEncrypted, ErrFormat} {
		if errors.Is(err, kind) {
			return err
		}
	}
	return fmt.Errorf("%w: part %q: %w", ErrFormat, part, err)
}
