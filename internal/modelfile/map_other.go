//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package modelfile

import (
	"errors"
	"os"
)

// CanMap tells whether this system's files can be mapped.
const CanMap = false

func mapFile(*os.File, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapFile([]byte) error { return nil }
