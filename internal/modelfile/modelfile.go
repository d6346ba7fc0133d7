// Package modelfile opens the files of models: large ones are mapped into memory
// where the system can.
package modelfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Open gives the file at path to read, or, mapped, to parse where it has mapFrom bytes
// or more: small files start as fast, and nothing that happens to the file later can
// touch the process. unmap gives a mapping back; it is nil where there is none. who
// begins the messages.
func Open[M any](who, path string, mapFrom int64, read func(io.ReaderAt, int64) (M, error),
	parse func([]byte) (M, error)) (m M, unmap func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	st, err := f.Stat()
	if err != nil {
		return m, nil, err
	}
	if !st.Mode().IsRegular() {
		return m, nil, fmt.Errorf("%s: %s is not a regular file", who, path)
	}
	if st.Size() < mapFrom || !CanMap {
		if m, err = read(f, st.Size()); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return m, nil, err
	}
	data, err := mapFile(f, st.Size())
	if err != nil {
		return m, nil, fmt.Errorf("%s: mapping %s: %w", who, path, err)
	}
	if m, err = parse(data); err != nil {
		return m, nil, errors.Join(fmt.Errorf("%s: %w", path, err), unmapFile(data))
	}
	return m, func() error { return unmapFile(data) }, nil
}
