// Package format holds what the output formats share: a file of a store that
// becomes visible whole, with its size and digest. Each format has a package of
// its own below, reader and writer together.
package format

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// File writes one output file and takes its digest on the way.
type File struct {
	w    store.Writer
	name string
	n    int64
	sum  hash.Hash
}

// Create starts the file; nothing is visible under the name before Commit.
func Create(ctx context.Context, s store.Store, name string) (*File, error) {
	w, err := s.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	return &File{w: w, name: name, sum: sha256.New()}, nil
}

// Private lets nobody but the owner read the file (store.Private). Call it before the first
// Write.
func (f *File) Private() error { return store.Private(f.w) }

// Write appends to the file.
func (f *File) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.n += int64(n)
	_, _ = f.sum.Write(b[:n]) // a hash never fails
	return n, err
}

// Bytes is the number of bytes written so far.
func (f *File) Bytes() int64 { return f.n }

// Name is the name that the file will have.
func (f *File) Name() string { return f.name }

// Commit makes the file visible and describes it as a part without rows.
func (f *File) Commit(ctx context.Context) (stage.Part, error) {
	if _, err := f.w.Commit(ctx); err != nil {
		return stage.Part{}, err
	}
	return stage.Part{File: f.name, Bytes: f.n, SHA256: hex.EncodeToString(f.sum.Sum(nil))}, nil
}

// Abort drops the file; after Commit it does nothing.
func (f *File) Abort() error { return f.w.Abort() }

// Parts is the folder that a sink writes its parts to. Sinks embed it.
type Parts struct {
	Folder store.Store
	bytes  int64
}

// CheckPartBytes checks the setting part_bytes, which all sinks have.
func CheckPartBytes(n config.Bytes) error {
	if n < 1 {
		return fmt.Errorf("part_bytes: must be positive, is %s", n)
	}
	return nil
}

// OpenParts opens the folder of a sink.
func OpenParts(ctx context.Context, dir string, partBytes config.Bytes, env *stage.Env) (Parts, error) {
	if dir == "" {
		return Parts{}, fmt.Errorf("dir: say where the parts go")
	}
	folder, err := env.Stores.Open(ctx, dir)
	return Parts{Folder: folder, bytes: int64(partBytes)}, err
}

// Place is the folder.
func (p Parts) Place() store.Store { return p.Folder }

// PartBytes is the text size at which a part is closed.
func (p Parts) PartBytes() int64 { return p.bytes }

// Has reports whether a committed part and its companions are still there, with
// their sizes.
func (p Parts) Has(ctx context.Context, part stage.Part) (bool, error) {
	for _, f := range append([]stage.Part{part}, part.Companions...) {
		o, err := p.Folder.Stat(ctx, f.File)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil || o.Size != f.Bytes {
			return false, err
		}
	}
	return true, nil
}

// Remove deletes a part that an earlier run left behind.
func (p Parts) Remove(ctx context.Context, file string) error { return p.Folder.Remove(ctx, file) }
