package archive

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Since yields the pages behind a position in the order appended, with all that was given to
// [Archive.Append] except the bytes of interim responses; times are exact to a millisecond
// from the start of the fetch. An error ends it: a position in no file of the archive, or
// behind its end, is one.
func (a *Archive) Since(p Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		a.mu.Lock()
		files := slices.Clone(a.files)
		var open *openFile
		if a.open != nil {
			open = a.open
			files = append(files, open.name)
		}
		a.mu.Unlock()
		if p.File != "" {
			i := slices.Index(files, p.File)
			if i < 0 {
				yield(Entry{}, fmt.Errorf("archive %s: there is no file %s, which the crawl had reached", a.dir, p.File))
				return
			}
			files = files[i:]
		}
		for _, name := range files {
			from := int64(0)
			if name == p.File {
				from = p.Offset
			}
			ok, err := a.yieldFile(name, open, from, yield)
			if err != nil {
				yield(Entry{}, fmt.Errorf("archive %s: %w", a.dir, err))
			}
			if !ok || err != nil {
				return
			}
		}
	}
}

// yieldFile yields the pages of a file; false asks for no more.
func (a *Archive) yieldFile(name string, open *openFile, from int64, yield func(Entry, error) bool) (bool, error) {
	stored := name
	if open != nil && open.name == name {
		stored += openSuffix
	}
	f, err := os.Open(filepath.Join(a.dir, stored))
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if from > info.Size() {
		return false, fmt.Errorf("%s has %d bytes, and the crawl had reached %d: pages are lost", name, info.Size(), from)
	}
	for e, err := range entries(io.NewSectionReader(f, from, info.Size()-from), name, from) {
		if err != nil {
			return false, err
		}
		if !yield(e, nil) {
			return false, nil
		}
	}
	return true, nil
}
