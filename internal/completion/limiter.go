package completion

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// counter counts.
type counter struct{ n atomic.Int64 }

func (c *counter) add() int64 { return c.n.Add(1) }
func (c *counter) get() int64 { return c.n.Load() }

// limiter bounds the requests under way by what the server bears: the bound grows while
// answers come, by one an answer until the first that says it is too much, then by one a
// round; and is halved when the server is too busy, once for all requests that were under
// way then.
type limiter struct {
	mu      sync.Mutex
	most    int
	bound   float64
	under   int // way
	peak    int
	rounds  int  // halvings so far
	slow    bool // growth
	waiting []chan int
	quiet   time.Time // nothing begins before
}

// firstBound is how many requests are under way at first.
const firstBound = 8

func newLimiter(most int) *limiter {
	return &limiter{most: max(most, 1), bound: float64(min(max(most, 1), firstBound))}
}

func (l *limiter) state() (bound, peak int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.bound), l.peak
}

// acquire waits until a request may begin. It returns the number of halvings before.
func (l *limiter) acquire(ctx context.Context) (round int, err error) {
	l.mu.Lock()
	if l.under < int(l.bound) && len(l.waiting) == 0 {
		round = l.begin()
		l.mu.Unlock()
		return round, l.beQuiet(ctx)
	}
	turn := make(chan int, 1)
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case round = <-turn:
		return round, l.beQuiet(ctx)
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, turn); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	} else { // its turn came meanwhile
		l.under--
		l.wake()
	}
	return 0, context.Cause(ctx)
}

func (l *limiter) begin() (round int) {
	l.under++
	l.peak = max(l.peak, l.under)
	return l.rounds
}

func (l *limiter) wake() {
	for l.under < int(l.bound) && len(l.waiting) > 0 {
		turn := l.waiting[0]
		l.waiting = l.waiting[1:]
		turn <- l.begin()
	}
}

// beQuiet waits for the end of a pause that the server asked for. A request that is given up
// meanwhile gives its place back.
func (l *limiter) beQuiet(ctx context.Context) error {
	for {
		l.mu.Lock()
		wait := time.Until(l.quiet)
		l.mu.Unlock()
		if wait <= 0 {
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.under--
			l.wake()
			return err
		}
	}
}

// release ends a request that began after so many halvings. Busy says that the server had too
// much to do, and wait for how long it wants to be left alone.
func (l *limiter) release(round int, ok, busy bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case busy && round == l.rounds:
		l.bound, l.slow = max(l.bound/2, 1), true
		l.rounds++
	case ok && l.under >= int(l.bound): // a bound that is not reached says nothing
		step := 1.0
		if l.slow {
			step /= l.bound
		}
		l.bound = min(l.bound+step, float64(l.most))
	}
	if wait > 0 && (busy || !ok) {
		if until := time.Now().Add(wait); until.After(l.quiet) {
			l.quiet = until
		}
	}
	l.under--
	l.wake()
}
