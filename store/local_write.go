package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A claim guards PutIfAbsent on file systems that have neither link(2) nor a
// rename that refuses to replace.
const (
	claimWait = 10 * time.Second      // longest wait for another's claim
	claimPoll = 20 * time.Millisecond // how often the claim is looked at
)

// temporaryName names a temporary beside its target. A long name is cut: the
// whole must fit the 255 bytes of a directory entry.
func temporaryName(name string) string {
	var r [6]byte
	_, _ = rand.Read(r[:]) // never fails
	return TemporaryPrefix + shortened(base(name)) + "-" + strconv.Itoa(os.Getpid()) + "@" + thisHost() + "-" + hex.EncodeToString(r[:])
}

// shortened cuts a base name to 180 bytes, not within a character: some file
// systems take UTF-8 only.
func shortened(b string) string { return strings.ToValidUTF8(b[:min(len(b), 180)], "") }

// thisHost is a short name of this machine, by which the temporaries of its dead writers
// are known from those of other machines in the same folder.
var thisHost = sync.OnceValue(func() string {
	name, _ := os.Hostname() // without one all such machines are this one, and locks tell
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:4])
})

// parseWriter takes apart who writes a temporary; host is "" where it does not say.
func parseWriter(s string) (pid int, host string, ok bool) {
	s, host, _ = strings.Cut(s, "@")
	n, err := strconv.Atoi(s)
	return n, host, err == nil && n >= 0 && s[0] != '+' && s[0] != '-'
}

// localWriter writes a temporary beside its target.
type localWriter struct {
	ctx    context.Context
	name   string // as the caller gave it
	target string
	temp   string

	mu   sync.Mutex
	f    *os.File // nil when committed, aborted or failed
	done error    // what ended the writer
}

func (s *local) Create(ctx context.Context, name string) (Writer, error) {
	return s.create(ctx, "create", name)
}

// folderThere says that a folder stands where a file is to be written.
func folderThere(op, target string) error {
	return &fs.PathError{Op: op, Path: target, Err: fmt.Errorf("%w, and a file belongs there: move it away", syscall.EISDIR)}
}

func (s *local) create(ctx context.Context, op, name string) (*localWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := CheckName(op, name); err != nil {
		return nil, err
	}
	target := s.path(name)
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		return nil, folderThere(op, target)
	}
	if err := makeFolders(filepath.Dir(target)); err != nil {
		return nil, fmt.Errorf("%s %s: %w", op, target, err)
	}
	temp := filepath.Join(filepath.Dir(target), temporaryName(name))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, restate(op, target, err)
	}
	lockWriter(f)
	return &localWriter{ctx: ctx, name: name, target: target, temp: temp, f: f}, nil
}

// Private implements [Privater].
func (w *localWriter) Private() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		return w.done
	}
	if err := w.f.Chmod(0o600); err != nil {
		return w.fail(restate("chmod", w.target, err))
	}
	return nil
}

func (w *localWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		return 0, w.done
	}
	if err := w.ctx.Err(); err != nil {
		return 0, w.fail(err)
	}
	n, err := w.f.Write(p)
	if err != nil {
		return n, w.fail(restate("write", w.target, err))
	}
	return n, nil
}

// fail drops the temporary and makes the error the answer to every later call.
func (w *localWriter) fail(err error) error {
	_ = w.f.Close() // the content is thrown away
	_ = os.Remove(w.temp)
	w.f, w.done = nil, err
	return err
}

// finish syncs and closes the temporary.
func (w *localWriter) finish(ctx context.Context) (Object, error) {
	if w.f == nil {
		return Object{}, w.done
	}
	if err := errors.Join(w.ctx.Err(), ctx.Err()); err != nil {
		return Object{}, w.fail(err)
	}
	if err := w.f.Sync(); err != nil {
		return Object{}, w.fail(restate("sync", w.target, err))
	}
	info, err := w.f.Stat()
	if err != nil {
		return Object{}, w.fail(restate("stat", w.target, err))
	}
	if err := w.f.Close(); err != nil {
		return Object{}, w.fail(restate("close", w.target, err))
	}
	return Object{Name: w.name, Size: info.Size(), Stamp: stamp(info)}, nil
}

func (w *localWriter) Commit(ctx context.Context) (Object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.finish(ctx)
	if err != nil {
		return Object{}, err
	}
	if err := os.Rename(w.temp, w.target); err != nil {
		return Object{}, w.fail(restate("rename", w.target, err))
	}
	w.f, w.done = nil, &fs.PathError{Op: "write", Path: w.target, Err: fs.ErrClosed}
	return o, syncFolder(filepath.Dir(w.target))
}

func (w *localWriter) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		return nil
	}
	_ = w.f.Close() // the content is thrown away
	w.f, w.done = nil, &fs.PathError{Op: "write", Path: w.target, Err: fs.ErrClosed}
	if err := os.Remove(w.temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return restate("abort", w.target, err)
	}
	return nil
}

func (s *local) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	const op = "publish"
	if err := CheckName(op, name); err != nil {
		return false, err
	}
	target := s.path(name)
	if _, err := os.Lstat(target); err == nil {
		return false, s.taken(op, target)
	}
	w, err := s.create(ctx, op, name)
	if err != nil {
		return false, err
	}
	defer os.Remove(w.temp) // gone after a rename; after a link this drops the second name
	if _, err := w.Write(data); err != nil {
		return false, err
	}
	if _, err := w.finish(ctx); err != nil {
		return false, err
	}
	err = s.publish(ctx, w.temp, target)
	if errors.Is(err, fs.ErrExist) {
		return false, s.taken(op, target)
	}
	if err != nil {
		return false, restate(op, target, err)
	}
	return true, syncFolder(filepath.Dir(target))
}

// taken answers the losers. They sync the folder too: what they found must
// not vanish in a crash after they relied on it.
func (s *local) taken(op, target string) error {
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		return folderThere(op, target)
	}
	return syncFolder(filepath.Dir(target))
}

// publish gives the temporary its name unless that is taken (fs.ErrExist).
func (s *local) publish(ctx context.Context, temp, target string) error {
	err := s.link(temp, target)
	if !lacksCall(err) {
		return err
	}
	err = s.renameNew(temp, target)
	if !lacksCall(err) {
		return err
	}
	return publishClaimed(ctx, temp, target)
}

// lacksCall reports whether a file system does not offer a call. Linux says
// EPERM for link(2) on FAT and on some FUSE mounts.
func lacksCall(err error) bool {
	for _, e := range []error{syscall.EPERM, syscall.ENOSYS, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.EINVAL, syscall.EMLINK, errors.ErrUnsupported} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// publishClaimed lets whoever creates the claim with O_EXCL look and rename.
// A claim of a dead process is not taken over, as two could take it at once:
// Sweep removes it.
func publishClaimed(ctx context.Context, temp, target string) error {
	claim := filepath.Join(filepath.Dir(target), TemporaryPrefix+shortened(filepath.Base(target))+"-0-claim")
	deadline := time.Now().Add(claimWait)
	for {
		f, err := os.OpenFile(claim, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err == nil {
			lockWriter(f)
			defer os.Remove(claim)
			defer f.Close()
			if _, err := os.Lstat(target); err == nil {
				return fs.ErrExist
			}
			return os.Rename(temp, target)
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if _, err := os.Lstat(target); err == nil {
			return fs.ErrExist
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the claim %s of another process stays; if that process is dead, sweep the store", claim)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(claimPoll):
		}
	}
}
