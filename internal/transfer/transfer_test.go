package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func testCalls(l *Lanes) *Calls {
	return &Calls{
		Tries: 5, Stall: time.Minute, Lanes: l, Retryable: Passing,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Fail:  func(_, _ string, _ int, err error) error { return err },
	}
}

// openData reads bytes, of which each request brings all.
func openData(t *testing.T, c *Calls, data []byte) io.ReadCloser {
	t.Helper()
	r, err := c.Open(t.Context(), "x", 0, int64(len(data)), 2*chunkBytes, func(_ context.Context, offset, end int64) (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(data[offset:])), end, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readFull(r io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// TestThrottled: 429 and 503 narrow the lanes, other errors do not.
func TestThrottled(t *testing.T) {
	for status, want := range map[int]float64{429: 4, 503: 4, 500: 8, 404: 8} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
		c := testCalls(NewLanes(8))
		client := &http.Client{Transport: &Transport{Base: http.DefaultTransport}}
		err := c.Do(t.Context(), "read", "x", 0, func(ctx context.Context, try int) error {
			if try > 0 {
				return Permanent("once is enough")
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
			if err != nil {
				return err
			}
			resp, err := client.Do(r)
			if err != nil {
				return err
			}
			return errors.Join(resp.Body.Close(), errors.New(resp.Status))
		})
		server.Close()
		if err == nil || c.Lanes.open != want || c.Lanes.busy != 0 {
			t.Errorf("%d: %v lanes, %d busy, %v", status, c.Lanes.open, c.Lanes.busy, err)
		}
	}
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := func(header string, want time.Duration) {
		t.Helper()
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
	f("", 0)
	f("0", 0)
	f("1", time.Second)
	f("-1", 0)
	f("60", time.Minute)
	f("999999999999", time.Minute)
	f("soon", 0)
	f("Fri, 02 Jan 2026 03:04:15 GMT", 10*time.Second)
	f("Fri, 02 Jan 2026 03:04:00 GMT", 0)
}

func TestBackoff(t *testing.T) {
	for try := range 100 {
		full := min(BackoffFirst<<min(try, 30), BackoffMax)
		if d := backoff(try); d > full || d < full/2 {
			t.Errorf("try %d waits %v, want %v to %v", try, d, full/2, full)
		}
	}
}
