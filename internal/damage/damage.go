// Package damage breaks files at random, as a broken disk, a cut transfer or a hand
// with an editor would: what readers must take without a fault.
package damage

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
)

// leastBytes is the size below which nothing is left to break.
const leastBytes = 16

// Bytes returns a copy of b that is changed in one to four places.
func Bytes(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(4) {
		if len(b) >= leastBytes {
			b = once(r, b)
		}
	}
	return b
}

func once(r *rand.Rand, b []byte) []byte {
	from := r.IntN(len(b))
	to := min(len(b), from+1+r.IntN(1+len(b)/8))
	switch r.IntN(7) {
	case 0: // flipped
		for range 1 + r.IntN(32) {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
	case 1: // overwritten
		for i := from; i < min(to, from+256); i++ {
			b[i] = byte(r.Uint32())
		}
	case 2: // cut off
		b = b[:max(1, from)]
	case 3: // taken out
		b = slices.Delete(b, from, to)
	case 4: // twice
		b = slices.Insert(b, to, bytes.Clone(b[from:to])...)
	case 5: // numbers: lengths, offsets, counts, references
		for i, n := from, 0; i < len(b) && n < 8; i++ {
			if b[i] >= '0' && b[i] <= '9' {
				b[i] = '0' + byte(r.IntN(10))
				n++
			}
		}
	case 6: // names in PDF: types, filters
		if i := bytes.IndexByte(b[from:], '/'); i >= 0 && from+i+2 < len(b) {
			b[from+i+1] = 'A' + byte(r.IntN(26))
		}
	}
	return b
}

// entryBytes is as much as is taken of an entry of an archive.
const entryBytes = 64 << 20

// Entry breaks one entry of a zip archive and packs it again: its checksum would keep
// damage inside of it from being read.
func Entry(r *rand.Rand, raw []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	if len(z.File) == 0 {
		return nil, fmt.Errorf("damage: an archive without entries")
	}
	victim := r.IntN(len(z.File))
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range z.File {
		in, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(in, entryBytes))
		if err != nil {
			return nil, err
		}
		if i == victim {
			b = Bytes(r, b)
		}
		e, err := w.Create(f.Name)
		if err != nil {
			return nil, err
		}
		if _, err := e.Write(b); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
