package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// archive is a zip file whose entries are inflated under the limits.
type archive struct {
	limits  Limits
	files   map[string]*zip.File // by partName
	loose   map[string]*zip.File // by looseName
	left    int64                // bytes that may still be inflated
	missing []string             // parts that the document names and that cannot be read
	depth   int                  // documents around this one
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
		name := f.Name
		if !utf8.ValidString(name) { // what the format has where it does not say UTF-8
			name, _ = charmap.CodePage437.NewDecoder().String(name) // knows every byte
		}
		if name = partName(name); a.files[name] == nil {
			a.files[name] = f
		}
	}
	return a, nil
}

func (a *archive) has(name string) bool { return a.find(name) != nil }

// find returns the entry of a part: that of its name, else of one that differs in
// what looseName passes over; nil if there is none.
func (a *archive) find(name string) *zip.File {
	if f := a.files[partName(name)]; f != nil {
		return f
	}
	if a.loose == nil {
		a.loose = make(map[string]*zip.File, len(a.files))
		for _, name := range slices.Sorted(maps.Keys(a.files)) {
			if key := looseName(name); a.loose[key] == nil {
				a.loose[key] = a.files[name]
			}
		}
	}
	return a.loose[looseName(name)]
}

// lose notes a part that cannot be read; the others still are. It returns the errors
// that concern the document as a whole.
func (a *archive) lose(name string, err error) error {
	if errors.Is(err, ErrLimit) || errors.Is(err, ErrEncrypted) {
		return err
	}
	if len(a.missing) < maxMissing && !slices.Contains(a.missing, name) {
		a.missing = append(a.missing, name)
	}
	return nil
}

// maxMissing is how many missing parts are named.
const maxMissing = 100

// open returns an entry's content; ErrFormat if there is none.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f := a.find(name)
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
