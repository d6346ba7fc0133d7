// Package transfer is how stores talk to their servers: a request that fails in a way that
// may pass is tried again, no more are under way at a server than it bears, and a body
// that broke goes on where it stopped.
package transfer

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Back-off between tries: it doubles from the first to the longest wait, less
// up to half of it by chance, so that workers do not come back together.
const (
	BackoffFirst  = 200 * time.Millisecond
	BackoffMax    = 10 * time.Second
	RetryAfterMax = time.Minute // longest wait a server can ask for
)

// Calls are the requests to one server. Every field is needed; [Pause] is a Sleep.
type Calls struct {
	Tries int           // of one request, and connections of one read without progress
	Stall time.Duration // longest wait for an answer, or for the next byte of a body
	Lanes *Lanes        // of the server, shared by all Calls to it
	Sleep func(context.Context, time.Duration) error
	// Retryable reports whether a failed attempt may succeed later.
	Retryable func(error) bool
	// Fail words an error of an operation on a name; tries is 0 where trying again is not
	// the point. It leaves alone what it has worded before.
	Fail func(op, name string, tries int, err error) error
}

// Do runs an attempt until it succeeds, fails for good or the tries are used up. limit is
// the time of one attempt, 0 for none; waiting for a lane is not counted.
func (c *Calls) Do(ctx context.Context, op, name string, limit time.Duration, attempt func(ctx context.Context, try int) error) error {
	l, err := c.do(ctx, op, name, limit, attempt)
	l.leave()
	return err
}

// do is Do that stays in the lane of the attempt that succeeded.
func (c *Calls) do(ctx context.Context, op, name string, limit time.Duration, attempt func(ctx context.Context, try int) error) (*lane, error) {
	for try := 0; ; try++ {
		l, err := c.Lanes.enter(ctx)
		if err != nil {
			return nil, c.Fail(op, name, 0, err)
		}
		h := &hint{}
		err = run(context.WithValue(ctx, hintKey{}, h), limit, try, attempt)
		if err == nil {
			c.Lanes.widen()
			return l, nil
		}
		if h.throttled.Load() {
			l.narrow()
		}
		l.leave()
		if ctx.Err() == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
			// Our limit, not the caller's: it must not look like the caller's.
			err = errors.New("the server did not answer in time")
		}
		switch {
		case ctx.Err() != nil:
			return nil, c.Fail(op, name, 0, ctx.Err())
		case !c.Retryable(err):
			return nil, c.Fail(op, name, 0, err)
		case try+1 >= c.Tries:
			return nil, c.Fail(op, name, try+1, err)
		}
		if err := c.Sleep(ctx, max(backoff(try), h.wait())); err != nil {
			return nil, c.Fail(op, name, 0, err)
		}
	}
}

func run(ctx context.Context, limit time.Duration, try int, attempt func(context.Context, int) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return attempt(ctx, try)
}

func backoff(try int) time.Duration {
	d := min(BackoffFirst<<min(try, 10), BackoffMax)
	return d - rand.N(d/2)
}

// Pause waits, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// hint carries out of a request what the server said of its load: errors of clients do
// not hold it.
type hint struct {
	throttled atomic.Bool
	nanos     atomic.Int64
}

type hintKey struct{}

func (h *hint) wait() time.Duration { return min(time.Duration(h.nanos.Load()), RetryAfterMax) }

// Transport tells the [Calls] that a request belongs to of answers 429 and 503 and their
// Retry-After.
type Transport struct{ Base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.Base.RoundTrip(r)
	if err != nil || (resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooManyRequests) {
		return resp, err
	}
	if h, ok := r.Context().Value(hintKey{}).(*hint); ok {
		h.throttled.Store(true)
		h.nanos.Store(int64(retryAfter(resp.Header.Get("Retry-After"), time.Now())))
	}
	return resp, nil
}

// retryAfter reads seconds or a date; 0 for anything else.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), int(RetryAfterMax/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
