package s3

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/corpusmill/corpusmill/internal/transfer"
)

// answer is the status and code of an S3 error response; 0 and "" for others.
func answer(err error) (status int, code string) {
	var r minio.ErrorResponse
	if errors.As(err, &r) {
		return r.StatusCode, r.Code
	}
	return 0, ""
}

// retryable reports whether a failed attempt may succeed later.
func (s *remote) retryable(err error) bool {
	if status, code := answer(err); code != "" || status != 0 {
		return s.retryableAnswer(status, code)
	}
	return transfer.Passing(err)
}

func (s *remote) retryableAnswer(status int, code string) bool {
	switch code {
	case "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled",
		"InternalError", "SlowDown", "SlowDownWrite", "SlowDownRead", "ServiceUnavailable",
		"OperationAborted", "ConditionalRequestConflict", "IncompleteBody", "BadDigest":
		return true
	case "ExpiredToken", "ExpiredTokenException":
		return !s.static // the chain fetches new ones
	case minio.AuthorizationHeaderMalformed, minio.InvalidRegion:
		return s.anyRegion // minio-go has noted the right region
	}
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, 499:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusInsufficientStorage:
		return false
	}
	return status >= 500
}

// failure names the operation and the object and shows no secret.
type failure struct {
	text string
	err  error
}

func (e *failure) Error() string { return e.text }
func (e *failure) Unwrap() error { return e.err }

// Is maps S3 answers to the errors of io/fs.
func (e *failure) Is(target error) bool {
	status, code := answer(e.err)
	switch target {
	case fs.ErrNotExist:
		return code == minio.NoSuchKey
	case fs.ErrExist:
		return code == minio.PreconditionFailed
	case fs.ErrPermission:
		return status == http.StatusForbidden
	}
	return false
}

// fail words an error; tries is shown where more than one was made.
func (s *remote) fail(op, name string, tries int, err error) error {
	var already *failure
	if errors.As(err, &already) {
		return err
	}
	text := err.Error()
	var u *url.Error
	if status, code := answer(err); code != "" {
		text = fmt.Sprintf("%s (%s, HTTP %d)", strings.TrimSuffix(text, "."), code, status)
	} else if errors.As(err, &u) {
		text = u.Err.Error() // the URL is in the name already
		if strings.Contains(text, "invalid proxy address") {
			text = "HTTP_PROXY or HTTPS_PROXY is no valid address" // its text has the address whole
		}
	}
	if tries > 1 {
		text += fmt.Sprintf(" (tried %d times)", tries)
	}
	return &failure{text: op + " " + s.url(name) + ": " + s.told.conceal(text), err: err}
}
