package store

import (
	"errors"
	"io/fs"
	"syscall"
)

// Disk is a file system of this machine.
type Disk struct {
	Mount string // the folder where it is mounted
	Size  int64  // bytes
	Free  int64  // bytes that may still be written
	// NoFiles says that it has room for no other file, whatever Free says: its inodes are
	// used up.
	NoFiles bool
}

// FullAt returns the file that could not be written because its disk, or a quota of it, is
// full, "" if err has no such cause.
func FullAt(err error) string {
	switch e := err.(type) { //nolint:errorlint // it goes down the tree itself
	case *fs.PathError:
		if errors.Is(e.Err, syscall.ENOSPC) || errors.Is(e.Err, syscall.EDQUOT) {
			return e.Path
		}
	case interface{ Unwrap() []error }:
		for _, x := range e.Unwrap() {
			if file := FullAt(x); file != "" {
				return file
			}
		}
		return ""
	}
	if err = errors.Unwrap(err); err == nil {
		return ""
	}
	return FullAt(err)
}
