package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// local is a folder. link and renameNew are fields so that tests can play a
// file system that lacks them.
type local struct {
	dir       string
	link      func(from, to string) error // link(2)
	renameNew func(from, to string) error // rename that refuses to replace
}

// Local returns the store in a folder, which need not exist yet: the first
// write makes it. Symbolic links are followed, to files and to folders; a
// listing leaves one out that leads to a folder it lies in.
// Files get mode 0644 and folders 0755, less the umask. A listing holds the
// entries of one folder at each level in memory, about 200 bytes each.
func Local(dir string) Store {
	return &local{dir: filepath.Clean(dir), link: os.Link, renameNew: renameNoReplace}
}

func (s *local) String() string { return s.dir }

func (s *local) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// stamp tells versions of a local file apart.
func stamp(info fs.FileInfo) string {
	return fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())
}

func (s *local) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return s.Select(ctx, prefix, everything{})
}

func (s *local) Select(ctx context.Context, prefix string, sel Selection) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		w := walker{read: s.readDir, loops: s.loops, prefix: prefix, sel: sel, yield: yield}
		w.run(ctx)
	}
}

// readDir reads one folder; an absent one is empty.
func (s *local) readDir(dir string) ([]node, error) {
	folder := s.path(dir)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, restate("list", folder, err)
	}
	nodes := make([]node, 0, len(entries))
	for _, e := range entries {
		full := filepath.Join(folder, e.Name())
		isDir, link := e.IsDir(), e.Type()&fs.ModeSymlink != 0
		if link {
			info, err := os.Stat(full) // of a broken link stat tells, if it is asked for
			isDir = err == nil && info.IsDir()
		}
		nodes = append(nodes, node{name: e.Name(), isDir: isDir, link: link, stat: func() (Object, bool, error) { return statLocal(full) }})
	}
	return nodes, nil
}

// loops reports whether a folder of the store is one of those that it lies in,
// by way of symbolic links.
func (s *local) loops(dir string) bool {
	folder, err := os.Stat(s.path(dir))
	for err == nil && dir != "" {
		dir = dir[:max(0, strings.LastIndexByte(dir, '/'))]
		if above, err := os.Stat(s.path(dir)); err == nil && os.SameFile(above, folder) {
			return true
		}
	}
	return false
}

func statLocal(full string) (Object, bool, error) {
	info, err := os.Stat(full)
	if err != nil {
		if link, gone := os.Lstat(full); gone != nil {
			return Object{}, false, nil // removed since the folder was read
		} else if link.Mode()&fs.ModeSymlink != 0 {
			// Losing a broken link silently would lose documents.
			err = fmt.Errorf("broken symbolic link: %w", inner(err))
		}
		return Object{}, false, restate("list", full, err)
	}
	return describe(info), info.Mode().IsRegular(), nil
}

func (s *local) Stat(ctx context.Context, name string) (Object, error) {
	info, err := s.regular(ctx, "stat", name)
	if err != nil {
		return Object{}, err
	}
	o := describe(info)
	o.Name = name
	return o, nil
}

func describe(info fs.FileInfo) Object {
	return Object{Size: info.Size(), Stamp: stamp(info), Version: version(info)}
}

// regular refuses folders, pipes and devices: opening a pipe could block for
// ever.
func (s *local) regular(ctx context.Context, op, name string) (fs.FileInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := CheckName(op, name); err != nil {
		return nil, err
	}
	full := s.path(name)
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return nil, &fs.PathError{Op: op, Path: full, Err: fs.ErrNotExist}
	case err != nil:
		return nil, restate(op, full, err)
	case info.IsDir():
		return nil, folderError(op, full)
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: op, Path: full, Err: fmt.Errorf("%w: not a regular file", fs.ErrInvalid)}
	}
	return info, nil
}

func (s *local) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if _, err := s.regular(ctx, "open", name); err != nil {
		return nil, err
	}
	f, err := os.Open(s.path(name))
	if err != nil {
		return nil, err
	}
	return &localReader{ctx: ctx, f: f, left: -1}, nil
}

func (s *local) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if _, err := s.regular(ctx, "open", name); err != nil {
		return nil, err
	}
	f, err := os.Open(s.path(name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = CheckRange(s.path(name), offset, length, info.Size())
	}
	if err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		_ = f.Close() // only read
		return nil, err
	}
	return &localReader{ctx: ctx, f: f, left: length}, nil
}

// CheckRange refuses a range that no object of that size has; size -1 is unknown.
func CheckRange(name string, offset, length, size int64) error {
	switch {
	case offset < 0:
		return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w: offset %d is negative", fs.ErrInvalid, offset)}
	case length < -1:
		return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w: length %d is negative", fs.ErrInvalid, length)}
	case size >= 0 && offset > size:
		return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w: offset %d is past the end at %d", fs.ErrInvalid, offset, size)}
	}
	return nil
}

// localReader reads a file until its context ends. left is -1 for no limit.
type localReader struct {
	ctx  context.Context
	f    *os.File
	left int64
}

func (r *localReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.left < 0 {
		return r.f.Read(p)
	}
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.f.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

func (r *localReader) Close() error { return r.f.Close() }

// Object implements [Described].
func (r *localReader) Object() (Object, error) {
	info, err := r.f.Stat()
	if err != nil {
		return Object{}, restate("stat", r.f.Name(), err)
	}
	return describe(info), nil
}

func (s *local) Remove(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := CheckName("remove", name); err != nil {
		return err
	}
	full := s.path(name)
	info, err := os.Lstat(full)
	if err == nil && !info.IsDir() { // os.Remove would remove an empty folder too
		err = os.Remove(full)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return restate("remove", full, err)
	}
	return nil
}

// Sweep removes temporaries of dead writers.
func (s *local) Sweep(ctx context.Context, olderThan time.Duration) (int, error) {
	removed := 0
	// The separator makes WalkDir follow a root that is a symbolic link.
	err := filepath.WalkDir(s.dir+string(filepath.Separator), func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return restate("sweep", p, err)
		}
		pid, host, ok := temporaryWriter(d.Name())
		if !ok || !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil || writerAlive(p, pid) {
			return nil // gone or in use
		}
		age := time.Since(info.ModTime())
		dead := host == thisHost() && (age > lockWait || !processAlive(pid)) // else it may be about to lock it
		if age < olderThan && !dead {
			return nil
		}
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return restate("sweep", p, err)
		}
		removed++
		return nil
	})
	return removed, err
}

// restate gives an error of package os the operation and the file the caller
// knows, in place of a system call on a temporary.
func restate(op, full string, err error) error {
	return &fs.PathError{Op: op, Path: full, Err: inner(err)}
}

func inner(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	case *os.SyscallError:
		return e.Err
	}
	return err
}

// makeFolders makes a folder and its parents, and syncs the folder above each
// new one, so that a committed file cannot lose its folder in a crash.
func makeFolders(dir string) error {
	info, err := os.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return restate("mkdir", dir, err)
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeFolders(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

// base is the last element of a slash path.
func base(name string) string { return path.Base(name) }

// temporaryWriter takes the writer out of ".tmp-<name>-<pid>@<host>-<rand>".
func temporaryWriter(fileName string) (pid int, host string, ok bool) {
	rest, ok := strings.CutPrefix(fileName, TemporaryPrefix)
	if !ok {
		return 0, "", false
	}
	fields := strings.Split(rest, "-")
	if len(fields) < 3 {
		return 0, "", false
	}
	return parseWriter(fields[len(fields)-2])
}

// lockWait is how long a writer of this machine may take from making a temporary to
// locking it.
const lockWait = 10 * time.Second
