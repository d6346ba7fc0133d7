//go:build !linux

package store

import "errors"

// renameNoReplace is a call only Linux has.
func renameNoReplace(string, string) error { return errors.ErrUnsupported }
