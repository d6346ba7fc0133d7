//go:build unix

package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrLocked means that another process works on the run as the same rank.
var ErrLocked = errors.New("another process is working on this run")

// lockRun takes the lock of a local run folder. It only saves work: safety comes
// from commits. The kernel frees it with the process.
func lockRun(dir string, rank int, only string) (func(), error) {
	if strings.Contains(dir, "://") || only != "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf(".lock-%d", rank)), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, ErrLocked), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// peakRSS is the largest resident memory of this process, in bytes.
func peakRSS() int64 {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return ru.Maxrss * maxrssUnit
}
