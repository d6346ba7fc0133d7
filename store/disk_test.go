package store_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// The file of a full disk is found below other errors and among them.
func TestFullAt(t *testing.T) {
	at := func(name string, err error) error { return &fs.PathError{Op: "write", Path: name, Err: err} }
	for want, err := range map[string]error{
		"a":     at("a", syscall.ENOSPC),
		"quota": at("quota", syscall.EDQUOT),
		"b":     fmt.Errorf("task: %w", at("b", syscall.ENOSPC)),
		"c":     errors.Join(io.EOF, fmt.Errorf("x: %w; y: %w", at("other", syscall.EIO), at("c", syscall.ENOSPC))),
	} {
		if got := store.FullAt(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	for _, err := range []error{nil, io.EOF, at("a", syscall.EIO), errors.Join(io.EOF, at("a", fs.ErrNotExist)), syscall.ENOSPC} {
		if got := store.FullAt(err); got != "" {
			t.Errorf("%v: %q", err, got)
		}
	}
}
