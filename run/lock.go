package run

import (
	"errors"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/internal/folderlock"
)

// ErrLocked means that another process works on the run as the same rank.
var ErrLocked = errors.New("another process is working on this run")

// lockRun takes the lock of a local run folder. It only saves work: safety comes
// from commits.
func lockRun(dir string, rank int, only string) (func(), error) {
	if strings.Contains(dir, "://") || only != "" {
		return func() {}, nil
	}
	release, err := folderlock.Take(dir, fmt.Sprintf(".lock-%d", rank))
	switch {
	case errors.Is(err, folderlock.ErrHeld):
		return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
	case err != nil:
		return nil, fmt.Errorf("run folder: %w", err)
	}
	return release, nil
}
