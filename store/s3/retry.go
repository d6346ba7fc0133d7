package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
)

// Back-off between tries: it doubles from the first to the longest wait, less
// up to half of it by chance, so that workers do not come back together.
const (
	backoffFirst  = 200 * time.Millisecond
	backoffMax    = 10 * time.Second
	retryAfterMax = time.Minute // longest wait a server can ask for
)

// retry runs an attempt until it succeeds, fails for good or the tries are
// used up. limit is the time of one attempt, 0 for none.
func (s *remote) retry(ctx context.Context, op, name string, limit time.Duration, attempt func(ctx context.Context, try int) error) error {
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return s.fail(op, name, 0, err)
		}
		h := &hint{}
		err := runAttempt(context.WithValue(ctx, hintKey{}, h), limit, try, attempt)
		if err != nil && ctx.Err() == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
			// Our limit, not the caller's: it must not look like the caller's.
			err = errors.New("the server did not answer in time")
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return s.fail(op, name, 0, ctx.Err())
		case !s.retryable(err):
			return s.fail(op, name, 0, err)
		case try+1 >= s.tries:
			return s.fail(op, name, try+1, err)
		}
		if err := s.sleep(ctx, max(backoff(try), h.wait())); err != nil {
			return s.fail(op, name, 0, err)
		}
	}
}

func runAttempt(ctx context.Context, limit time.Duration, try int, attempt func(context.Context, int) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return attempt(ctx, try)
}

func backoff(try int) time.Duration {
	d := min(backoffFirst<<min(try, 10), backoffMax)
	return d - rand.N(d/2)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// hint carries a Retry-After header out of a request: minio-go's errors do
// not hold it.
type hint struct{ nanos atomic.Int64 }

type hintKey struct{}

func (h *hint) wait() time.Duration { return min(time.Duration(h.nanos.Load()), retryAfterMax) }

// hintTransport notes Retry-After in the request's context.
type hintTransport struct{ base http.RoundTripper }

func (t *hintTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err != nil || (resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooManyRequests) {
		return resp, err
	}
	if h, ok := r.Context().Value(hintKey{}).(*hint); ok {
		h.nanos.Store(int64(retryAfter(resp.Header.Get("Retry-After"), time.Now())))
	}
	return resp, nil
}

// retryAfter reads seconds or a date; 0 for anything else.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), int(retryAfterMax/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

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
	var (
		own       *permanentError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
	)
	switch {
	case errors.As(err, &own), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid), errors.As(err, &record):
		return false
	case errors.As(err, &dns) && dns.IsNotFound:
		return false
	}
	// The text is all that net/http gives for plain HTTP behind https://.
	return !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func (s *remote) retryableAnswer(status int, code string) bool {
	switch code {
	case "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled",
		"InternalError", "SlowDown", "SlowDownWrite", "SlowDownRead", "ServiceUnavailable",
		"OperationAborted", "ConditionalRequestConflict", "IncompleteBody", "BadDigest":
		return true
	case "ExpiredToken", "ExpiredTokenException":
		return len(s.secrets) == 0 // the chain fetches new ones
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

// permanentError is our own finding about a server: trying again is no use.
type permanentError struct{ text string }

func (e *permanentError) Error() string { return e.text }

func permanent(format string, args ...any) error {
	return &permanentError{fmt.Sprintf(format, args...)}
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
	}
	if tries > 1 {
		text += fmt.Sprintf(" (tried %d times)", tries)
	}
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return &failure{text: op + " " + s.url(name) + ": " + text, err: err}
}
