package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
)

// readOnly is a store over an fs.FS.
type readOnly struct {
	fsys  fs.FS
	label string
}

// FS returns a read-only store over fsys, such as an embedded corpus; label
// is its String. Writing is refused with fs.ErrPermission. Embedded files
// carry no time, so their Stamp is taken from a digest of the content, which
// List and Stat then read.
func FS(fsys fs.FS, label string) Store { return &readOnly{fsys: fsys, label: label} }

func (s *readOnly) String() string { return s.label }

func (s *readOnly) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return s.Select(ctx, prefix, everything{})
}

func (s *readOnly) Select(ctx context.Context, prefix string, sel Selection) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		w := walker{read: s.readDir, loops: func(string) bool { return false }, prefix: prefix, sel: sel, yield: yield}
		w.run(ctx)
	}
}

func (s *readOnly) readDir(dir string) ([]node, error) {
	entries, err := fs.ReadDir(s.fsys, path.Join(".", dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		// A prefix below a file is an empty listing, as in a folder.
		if info, statErr := fs.Stat(s.fsys, path.Join(".", dir)); statErr == nil && !info.IsDir() {
			return nil, nil
		}
		return nil, err
	}
	nodes := make([]node, 0, len(entries))
	for _, e := range entries {
		full := path.Join(dir, e.Name())
		isDir := e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := fs.Stat(s.fsys, full) // of a broken link stat tells, if it is asked for
			isDir = err == nil && info.IsDir()
		}
		nodes = append(nodes, node{name: e.Name(), isDir: isDir, stat: func() (Object, bool, error) {
			return s.stat("list", full)
		}})
	}
	return nodes, nil
}

// stat describes a file; ok is false where it is no regular file.
func (s *readOnly) stat(op, name string) (o Object, ok bool, err error) {
	f, info, err := s.open(op, name)
	if err != nil {
		return Object{}, false, err
	}
	defer f.Close()
	o = Object{Name: name, Size: info.Size(), Stamp: stamp(info)}
	if info.ModTime().IsZero() && info.Mode().IsRegular() {
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return Object{}, false, err
		}
		o.Stamp = fmt.Sprintf("%d-%s", info.Size(), hex.EncodeToString(h.Sum(nil)[:8]))
	}
	return o, info.Mode().IsRegular(), nil
}

// open opens a file and refuses a folder.
func (s *readOnly) open(op, name string) (fs.File, fs.FileInfo, error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = folderError(op, name)
	}
	if err != nil {
		_ = f.Close() // only read
		return nil, nil, err
	}
	return f, info, nil
}

func (s *readOnly) Stat(ctx context.Context, name string) (Object, error) {
	if err := errors.Join(ctx.Err(), CheckName("stat", name)); err != nil {
		return Object{}, err
	}
	o, _, err := s.stat("stat", name)
	return o, err
}

func (s *readOnly) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.OpenRange(ctx, name, 0, -1)
}

func (s *readOnly) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(ctx.Err(), CheckName("open", name)); err != nil {
		return nil, err
	}
	f, info, err := s.open("open", name)
	if err != nil {
		return nil, err
	}
	if err = CheckRange(name, offset, length, info.Size()); err == nil && offset > 0 {
		err = skip(f, offset)
	}
	if err != nil {
		_ = f.Close() // only read
		return nil, err
	}
	var r io.Reader = f
	if length >= 0 {
		r = io.LimitReader(f, length)
	}
	return &fsReader{ctx: ctx, r: r, c: f}, nil
}

// skip moves a file to an offset, by reading where it cannot seek.
func skip(f fs.File, offset int64) error {
	if s, ok := f.(io.Seeker); ok {
		_, err := s.Seek(offset, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, f, offset)
	return err
}

// fsReader reads until its context ends.
type fsReader struct {
	ctx context.Context
	r   io.Reader
	c   io.Closer
}

func (r *fsReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func (r *fsReader) Close() error { return r.c.Close() }

// refuse is the answer to every write.
func (s *readOnly) refuse(op, name string) error {
	return &fs.PathError{Op: op, Path: path.Join(s.label, name), Err: fmt.Errorf("%w: the store is read-only", fs.ErrPermission)}
}

func (s *readOnly) Create(_ context.Context, name string) (Writer, error) {
	return nil, s.refuse("create", name)
}

func (s *readOnly) PutIfAbsent(_ context.Context, name string, _ []byte) (bool, error) {
	return false, s.refuse("publish", name)
}

func (s *readOnly) Remove(_ context.Context, name string) error { return s.refuse("remove", name) }
