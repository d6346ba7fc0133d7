//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockWriter marks a temporary as in use for as long as its writer lives. The
// kernel drops the lock with the process, which a process id alone cannot
// promise: ids are reused, and differ between containers. Where locks are
// missing the id decides.
func lockWriter(f *os.File) {
	_ = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// writerAlive reports whether a temporary is still being written on this
// machine. Writers of other machines are told by the age of the file.
func writerAlive(full string, pid int) bool {
	f, err := os.OpenFile(full, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err == nil {
		defer f.Close()
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	switch {
	case err == nil, errors.Is(err, os.ErrNotExist):
		return false
	case errors.Is(err, unix.EWOULDBLOCK):
		return true
	}
	if pid <= 0 {
		return false
	}
	return processAlive(pid)
}

// processAlive reports whether this machine has a process of that number.
func processAlive(pid int) bool {
	err := unix.Kill(pid, 0)
	return err == nil || errors.Is(err, unix.EPERM)
}

// syncFolder makes a folder's entries durable. File systems that cannot sync
// a folder say EINVAL or ENOTSUP; their metadata needs no sync.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return nil // a folder one may write but not read cannot be opened for a sync
		}
		return restate("sync folder", dir, err)
	}
	defer f.Close()
	err = f.Sync()
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return restate("sync folder", dir, err)
}
