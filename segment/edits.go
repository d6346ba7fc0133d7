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
}

// AppendEdit appends the stored form of an edit.
func AppendEdit(dst []byte, e Edit) []byte {
	dst = binary.AppendUvarint(dst, uint64(e.Row))
	flag := byte(0)
	if e.Drop {
		flag = 1
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
		if flag := r.Take(1); flag != nil {
			e.Drop = flag[0] == 1
		}
		e.Size, e.Winner = r.Varint(), r.String()
		edits = append(edits, e)
	}
	if !r.Done() {
		return nil, ErrDamaged
	}
	return edits, nil
}
