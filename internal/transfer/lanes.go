package transfer

import (
	"context"
	"slices"
	"sync"
)

// Lanes bound what is under way at one server. There are half as many after it said that
// this is too much (429, 503), at least one, and one more for every round of successes.
type Lanes struct {
	mu      sync.Mutex
	most    float64
	open    float64 // how many there are now, 1 to most; what follows the point is progress
	busy    int
	cuts    int // how often there became fewer
	waiting []chan struct{}
}

// NewLanes returns that many lanes, at least one.
func NewLanes(most int) *Lanes {
	n := float64(max(most, 1))
	return &Lanes{most: n, open: n}
}

// lane is a place at the server. A nil lane is left already.
type lane struct {
	of   *Lanes
	cuts int
	in   bool
}

// enter waits for a lane, in the order of arrival.
func (l *Lanes) enter(ctx context.Context) (*lane, error) {
	p := &lane{of: l}
	return p, p.enter(ctx)
}

func (p *lane) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l := p.of
	l.mu.Lock()
	if l.busy >= int(l.open) || len(l.waiting) > 0 {
		turn := make(chan struct{})
		l.waiting = append(l.waiting, turn)
		l.mu.Unlock()
		select {
		case <-turn:
		case <-ctx.Done():
			l.mu.Lock()
			defer l.mu.Unlock()
			if i := slices.Index(l.waiting, turn); i >= 0 {
				l.waiting = slices.Delete(l.waiting, i, i+1)
			} else { // it was given meanwhile
				l.busy--
				l.admit()
			}
			return ctx.Err()
		}
		l.mu.Lock()
	} else {
		l.busy++
	}
	p.in, p.cuts = true, l.cuts
	l.mu.Unlock()
	return nil
}

// leave gives the lane to the next.
func (p *lane) leave() {
	if p == nil || !p.in {
		return
	}
	p.in = false
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	p.of.busy--
	p.of.admit()
}

// admit lets those in that wait; the lock is held.
func (l *Lanes) admit() {
	for len(l.waiting) > 0 && l.busy < int(l.open) {
		l.busy++
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
	}
}

// widen notes a success.
func (l *Lanes) widen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = min(l.open+1/l.open, l.most)
	l.admit()
}

// narrow notes that the server was asked too much. Requests that were under way together
// count once.
func (p *lane) narrow() {
	l := p.of
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.cuts == l.cuts {
		l.cuts++
		l.open = max(l.open/2, 1)
	}
}
