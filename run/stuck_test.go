package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"log/slog"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// A worker that gets nothing done for an hour gives up what it has, and says which task that
// was: others may take it at once, and it counts as a death at it. One that moves documents
// keeps it.
func TestNoProgress(t *testing.T) {
	if processorTime() == 0 {
		t.Skip("nobody tells here how busy the processor was")
	}
	for name, busy := range map[string]bool{"nothing moves": false, "documents move": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := store.Local(dir)
				var log strings.Builder
				e := newEngine(&Plan{Graph: plan.New(plan.Spec{}), Pipeline: &Pipeline{}, ledger: &ledger.Ledger{Store: s}, log: slog.New(slog.NewTextHandler(&log, nil))}, &tenancy{})
				defer e.progress.stop()
				var err error
				if e.claims, err = claims.Join(t.Context(), s, claims.Settings{}); err != nil {
					t.Fatal(err)
				}
				c, err := e.claims.Take(t.Context(), "segment/lot", claims.Top{}, "s")
				if err != nil {
					t.Fatal(err)
				}
				h := &heldLot{claim: c, tasks: []plan.Task{{Label: "done"}, {Label: "web/slow.warc.gz"}}, commits: []*ledger.Commit{{}, nil}}
				h.ctx, h.cancel = context.WithCancelCause(t.Context())
				e.hold(h)
				watching, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { e.watch(watching, stuckAfter); close(ended) }()
				start := time.Now()
				for h.ctx.Err() == nil && time.Since(start) < 2*stuckAfter {
					time.Sleep(time.Minute)
					if busy {
						e.progress.moved.Add(1)
					}
				}
				after := time.Since(start)
				stop()
				<-ended
				if busy {
					if h.dropped() {
						t.Errorf("given up after %s", after)
					}
				} else if !h.dropped() || after < stuckAfter || after > stuckAfter+stuckAfter/4 || !strings.Contains(log.String(), "web/slow.warc.gz") || strings.Contains(log.String(), "task=done") {
					t.Errorf("after %s: given up %t: %s", after, h.dropped(), log.String())
				}
				other, err := claims.Join(t.Context(), s, claims.Settings{})
				if err != nil {
					t.Fatal(err)
				}
				tops, err := other.Tops(t.Context(), "segment/")
				if err != nil {
					t.Fatal(err)
				}
				again, err := other.Take(t.Context(), "segment/lot", tops["segment/lot"], "s")
				if busy != errors.Is(err, claims.ErrBusy) || !busy && (err != nil || again.Dead != 1) {
					t.Errorf("another worker takes it: %+v, %v", again, err)
				}
				if err := errors.Join(other.Leave(t.Context()), e.leave(t.Context())); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
