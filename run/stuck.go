package run

import (
	"context"
	"errors"
	"sync"
	"time"
)

// stuckAfter is how long a worker may get nothing done, no batch of documents and no
// processor time worth the name, before it gives up what it has.
const stuckAfter = time.Hour

// errStuck ends a task that makes no progress.
var errStuck = errors.New("it makes no progress")

// hands are the lots that this worker has.
type hands struct {
	mu   sync.Mutex
	lots map[*heldLot]bool
}

func (e *Engine) hold(h *heldLot) {
	e.hands.mu.Lock()
	defer e.hands.mu.Unlock()
	if e.hands.lots == nil {
		e.hands.lots = map[*heldLot]bool{}
	}
	e.hands.lots[h] = true
}

func (e *Engine) release(h *heldLot) {
	h.cancel(nil)
	e.hands.mu.Lock()
	defer e.hands.mu.Unlock()
	delete(e.hands.lots, h)
}

// idleShare is how much of a processor a task that waits for something takes at most.
const idleShare = 0.01

// watch gives up lots of which nothing gets done. It ends with its context.
func (e *Engine) watch(ctx context.Context, after time.Duration) {
	tick := time.NewTicker(after / 8)
	defer tick.Stop()
	if processorTime() == 0 {
		return // nobody tells here whether a task that moves no documents does something
	}
	works := func() int64 { return e.progress.moved.Load() + e.plan.replied.Load() }
	moved, busy, since := works(), processorTime(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, cpu := works(), processorTime()
		if now != moved || float64(cpu-busy) > idleShare*float64(after) {
			moved, busy, since = now, cpu, time.Now()
			continue
		}
		if time.Since(since) >= after {
			e.giveUp(ctx, after)
			since = time.Now()
		}
	}
}

// missing reports whether a task of the lot is not committed yet.
func (h *heldLot) missing(i int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.commits[i] == nil
}

func (e *Engine) giveUp(ctx context.Context, after time.Duration) {
	e.hands.mu.Lock()
	defer e.hands.mu.Unlock()
	for h := range e.hands.lots {
		for i, t := range h.tasks {
			if h.missing(i) {
				e.plan.log.Error("a task makes no progress and is given up: another worker may have it", "task", t.Label, "pass", t.Pass, "key", t.Key, "for", after.String())
				break
			}
		}
		if err := h.claim.GiveBack(ctx, true); err != nil {
			e.plan.log.Error("a claim could not be given back", "error", err)
			continue
		}
		h.cancel(errStuck)
	}
}
