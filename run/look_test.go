package run

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// ending is a run folder from which what is said of lots goes between listing and reading.
type ending struct{ store.Store }

func (s ending) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if strings.HasPrefix(name, "claims/segment/") && strings.HasSuffix(name, ".done") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.Store.Open(ctx, name)
}

// What another worker said of a lot may be gone when this one reads it: it removed all when
// it ended the run, which is no failure of this one; or it was damaged, and the lot is free.
func TestLookWhileTheRunEnds(t *testing.T) {
	for name, over := range map[string]bool{"the run has ended": true, "the record was damaged": false} {
		t.Run(name, func(t *testing.T) {
			s := ending{store.Local(t.TempDir())}
			e := newEngine(&Plan{Graph: plan.New(plan.Spec{}), Pipeline: &Pipeline{}, ledger: &ledger.Ledger{Store: s}}, &tenancy{})
			defer e.progress.stop()
			var err error
			if e.claims, err = claims.Join(t.Context(), s, claims.Settings{}); err != nil {
				t.Fatal(err)
			}
			defer e.claims.Leave(t.Context()) //nolint:errcheck // of a test
			e.session.id = "over"
			if !over {
				c, err := e.claims.Take(t.Context(), beginWork, claims.Top{}, "")
				if err != nil {
					t.Fatal(err)
				}
				e.session.id = c.Nonce()
			}
			ps := &passState{pass: plan.Pass{Name: "segment", Kind: plan.Segment}, done: map[string]int{}}
			ps.lots = e.plan.Graph.Lots(plan.Pass{Name: "segment", Kind: plan.Group}, plan.TasksOf([]plan.Task{{Pass: "segment", Key: "k"}}), 1)
			lot, err := e.claims.Take(t.Context(), ps.lots[0].Name, claims.Top{}, "s")
			if err != nil {
				t.Fatal(err)
			}
			if err := lot.Done(t.Context(), []byte("said")); err != nil {
				t.Fatal(err)
			}
			err = e.look(t.Context(), ps)
			if over != errors.Is(err, errEnded) || !over && err != nil || len(ps.done) > 0 || !over && len(ps.tops) > 0 {
				t.Errorf("%v; %v done, %v claimed", err, ps.done, ps.tops)
			}
		})
	}
}
