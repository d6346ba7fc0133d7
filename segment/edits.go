package segment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Edit is what a cut decided of one document of a segment.
type Edit struct {
	Row    uint32
	Drop   bool
	Winner string // ID of the document that represents the cluster
	Size   int64  // documents of the cluster
	// Parts are the units that are cut out of the text, in ascending order. An edit that
	// has some has nothing else.
	Parts []uint32
}

// Flags of a stored edit.
const (
	flagKeep  = 0
	flagDrop  = 1
	flagParts = 2
)

// AppendEdit appends the stored form of an edit.
func AppendEdit(dst []byte, e Edit) []byte {
	dst = binary.AppendUvarint(dst, uint64(e.Row))
	if len(e.Parts) > 0 {
		dst = binary.AppendUvarint(append(dst, flagParts), uint64(len(e.Parts)))
		last := uint32(0)
		for _, part := range e.Parts {
			dst = binary.AppendUvarint(dst, uint64(part-last))
			last = part
		}
		return dst
	}
	flag := byte(flagKeep)
	if e.Drop {
		flag = flagDrop
	}
	dst = append(dst, flag)
	dst = binary.AppendVarint(dst, e.Size)
	dst = binary.AppendUvarint(dst, uint64(len(e.Winner)))
	return append(dst, e.Winner...)
}

// DigestOf is the digest by which a commit names the edits of a segment.
func DigestOf(edits []byte) string {
	sum := sha256.Sum256(edits)
	return hex.EncodeToString(sum[:])
}

// Edits reads the edits of one segment: a range of a file with its digest.
func Edits(ctx context.Context, f File, offset, length int64, digest string) ([]Edit, error) {
	b, err := f.read(ctx, offset, length)
	if err != nil {
		return nil, err
	}
	if DigestOf(b) != digest {
		return nil, fmt.Errorf("%s: %w: %d bytes at %d have another digest than the commit says", f.Name, ErrDamaged, length, offset)
	}
	edits, err := decodeEdits(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return edits, nil
}

func decodeEdits(b []byte) ([]Edit, error) {
	r := NewDecoder(b)
	var edits []Edit
	for r.Left() > 0 && !r.bad {
		e := Edit{Row: uint32(r.Uvarint())}
		flag := r.Take(1)
		switch {
		case r.bad:
		case flag[0] == flagParts:
			e.Parts = decodeParts(r)
		default:
			e.Drop = flag[0] == flagDrop
			e.Size, e.Winner = r.Varint(), r.String()
		}
		edits = append(edits, e)
	}
	if !r.Done() {
		return nil, ErrDamaged
	}
	return edits, nil
}

func decodeParts(r *Decoder) []uint32 {
	n := r.Uvarint()
	if n == 0 || n > uint64(r.Left()) { // a byte each, at least
		r.bad = true
		return nil
	}
	parts := make([]uint32, n)
	var part uint64
	for i := range parts {
		step := r.Uvarint()
		if part += step; step > 1<<32-1 || part > 1<<32-1 || step == 0 && i > 0 {
			r.bad = true
			return nil
		}
		parts[i] = uint32(part)
	}
	return parts
}
