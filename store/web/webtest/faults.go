package webtest

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// Faults are what a server does wrong: of a hundred requests so many are answered by 429,
// by 503, or with a body that is cut short.
type Faults struct {
	Share int // percent

	Throttled, Unavailable, Cut atomic.Int64 // how often

	mu  sync.Mutex
	rng *rand.Rand
}

// NewFaults returns faults that are the same for equal orders of requests.
func NewFaults(percent int) *Faults {
	return &Faults{Share: percent, rng: rand.New(rand.NewPCG(1, 2))}
}

// Wrap puts the faults before a handler.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		chosen, kind, part := f.rng.IntN(100) < f.Share, f.rng.IntN(3), f.rng.Float64()
		f.mu.Unlock()
		switch {
		case !chosen:
			next.ServeHTTP(w, r)
		case kind == 0:
			f.Throttled.Add(1)
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		case kind == 1:
			f.Unavailable.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(&cutter{ResponseWriter: w, part: part, faults: f, left: -1}, r)
		}
	})
}

// cutter ends a body early; an answer without one passes.
type cutter struct {
	http.ResponseWriter
	part   float64
	faults *Faults
	left   int
	begun  bool
}

func (c *cutter) begin() {
	if c.begun {
		return
	}
	c.begun = true
	if n, err := strconv.Atoi(c.Header().Get("Content-Length")); err == nil && n > 0 {
		c.left = int(float64(n) * c.part)
	}
}

func (c *cutter) WriteHeader(status int) {
	c.begin()
	c.ResponseWriter.WriteHeader(status)
}

func (c *cutter) Write(b []byte) (int, error) {
	c.begin()
	if c.left < 0 || len(b) <= c.left {
		c.left -= min(len(b), max(c.left, 0))
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left]) // the connection is dropped either way
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
	c.faults.Cut.Add(1)
	panic(http.ErrAbortHandler)
}
