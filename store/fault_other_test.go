//go:build !linux

package store_test

import (
	"errors"

	"github.com/corpusmill/corpusmill/store"
)

func childFill(store.Store, int) error  { return errors.ErrUnsupported }
func childModes(store.Store, int) error { return errors.ErrUnsupported }
