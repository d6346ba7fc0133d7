package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

// failure names the operation and the file. It shows no address but that one: where a
// redirect leads to may hold a signature.
type failure struct {
	text string
	err  error
}

func (e *failure) Error() string { return e.text }
func (e *failure) Unwrap() error { return e.err }

// Is maps statuses to the errors of io/fs.
func (e *failure) Is(target error) bool {
	switch status(e.err) {
	case http.StatusNotFound, http.StatusGone:
		return target == fs.ErrNotExist
	case http.StatusUnauthorized, http.StatusForbidden:
		return target == fs.ErrPermission
	}
	return false
}

// fail words an error; tries is shown where more than one was made.
func fail(op, name string, tries int, err error) error {
	var already *failure
	if errors.As(err, &already) {
		return err
	}
	text := err.Error()
	var refused *outbound.RefusedError
	var u *url.Error
	switch {
	case errors.As(err, &refused):
		text = fmt.Sprintf("it redirects to %s, which is no public address (%s): name that address in the pipeline if it is meant", refused.Host, refused.Kind)
	case errors.As(err, &u):
		text = u.Err.Error()
	}
	if tries > 1 {
		text += fmt.Sprintf(" (tried %d times)", tries)
	}
	return &failure{text: op + " " + name + ": " + text, err: err}
}
