package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// Digest reads an object whole and returns its size in bytes and its SHA-256 in
// hexadecimal; [ErrNotExist] if there is none.
func Digest(ctx context.Context, s Store, name string) (bytes int64, digest string, err error) {
	r, err := s.Open(ctx, name)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	bytes, err = io.Copy(h, r)
	return bytes, hex.EncodeToString(h.Sum(nil)), errors.Join(err, r.Close())
}
