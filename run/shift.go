package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// shift is the work of this process on the lots of one pass that it can get.
type shift struct {
	e  *Engine
	ps *passState

	mu    sync.Mutex
	fresh []int // lots that nobody had when claims were last listed
	lost  int   // that others were faster to claim, since then
	queue []chain
	did   int   // lots
	waits error // why a task has to wait for answers; the others ask meanwhile
}

// heldLot is a lot that this worker has.
type heldLot struct {
	*plan.Lot
	tasks   []plan.Task
	claim   *claims.Claim
	ctx     context.Context // ends when the claim is lost
	cancel  context.CancelCauseFunc
	mu      sync.Mutex // of commits
	commits []*ledger.Commit
	stats   []*ledger.Stats // of those that were counted
	losses  losses
	left    int  // chains
	aside   bool // a task failed, and what it read is set aside
}

// chain are tasks of a lot that are run one after the other, by their place in it.
type chain struct {
	lot   *heldLot
	tasks []int
}

// takeoverMax bounds how many lots of others a worker looks after at once: all workers that
// have nothing to do together look after all.
const takeoverMax = 64

// workOn takes what it can of a pass and reports whether there was something.
func (e *Engine) workOn(ctx context.Context, ps *passState) (bool, error) {
	if err := e.look(ctx, ps); err != nil {
		return false, err
	}
	if err := e.sameSession(ctx); err != nil { // after the listing: of a session that is over it has nothing
		return false, err
	}
	s := &shift{e: e, ps: ps}
	s.list()
	e.countPass(ps)
	if err := s.run(ctx, e.plan.tasksAtOnce(ps.pass.Kind)); err != nil {
		return false, err
	}
	if s.waits != nil {
		return false, e.waiting(s.waits)
	}
	if s.did > 0 {
		return true, nil
	}
	if readsInput(ps.pass) {
		if again, err := e.relist(ctx); again || err != nil {
			return again, err
		}
	}
	return s.takeOver(ctx)
}

// list finds the lots that nobody had.
func (s *shift) list() {
	s.fresh, s.lost = nil, 0
	for _, i := range s.e.order(s.ps) {
		name := s.ps.lots[i].Name
		if _, done := s.ps.done[name]; !done && s.ps.tops[name].Claims == 0 {
			s.fresh = append(s.fresh, i)
		}
	}
}

// run works on lots until none is to be had, several tasks at once.
func (s *shift) run(ctx context.Context, slots int) error {
	g, ctx := errgroup.WithContext(ctx)
	for range slots {
		g.Go(func() error {
			for {
				c, err := s.next(ctx)
				if err != nil || c.lot == nil {
					return err
				}
				if err := s.do(ctx, c); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// next gives the tasks to run next, of a lot that is claimed here or of another one.
func (s *shift) next(ctx context.Context) (chain, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return chain{}, context.Cause(ctx)
		}
		if len(s.queue) > 0 {
			c := s.queue[0]
			s.queue = s.queue[1:]
			return c, nil
		}
		if len(s.fresh) == 0 {
			return chain{}, nil
		}
		if err := s.e.stillThere(ctx); err != nil {
			return chain{}, err
		}
		lot := &s.ps.lots[s.fresh[0]]
		s.fresh = s.fresh[1:]
		c, err := s.e.claims.Take(ctx, lot.Name, claims.Top{}, s.e.session.id)
		if errors.Is(err, claims.ErrBusy) {
			if s.lost++; s.lost >= 3 { // much happened since
				if err := s.e.look(ctx, s.ps); err != nil {
					return chain{}, err
				}
				s.list()
			}
			continue
		}
		if err != nil {
			return chain{}, err
		}
		if err := s.e.stillThere(ctx); errors.Is(err, errEnded) { // suspended while it claimed
			return chain{}, errors.Join(err, c.Withdraw(ctx))
		} else if err != nil {
			return chain{}, err
		}
		if err := s.open(ctx, lot, c); err != nil {
			return chain{}, err
		}
	}
}

// takeOver takes a lot that another worker had and has no more. One that somebody died of
// is worked on alone, a task at a time: so who dies of it next says which task it is.
func (s *shift) takeOver(ctx context.Context) (bool, error) {
	e, looked := s.e, 0
	for _, i := range e.order(s.ps) {
		lot := &s.ps.lots[i]
		top := s.ps.tops[lot.Name]
		if _, done := s.ps.done[lot.Name]; done || top.Claims == 0 {
			continue
		}
		if looked++; looked > takeoverMax {
			break
		}
		c, err := e.claims.Take(ctx, lot.Name, top, e.session.id)
		var deadly *claims.DeadlyError
		switch {
		case errors.Is(err, claims.ErrBusy):
			e.progress.waiting(lot.Task(0).Label)
			continue
		case errors.As(err, &deadly):
			return e.deadly(ctx, lot, deadly)
		case err != nil:
			return false, err
		}
		if c.Dead > 0 {
			e.plan.log.Warn("a worker died or stood still: its tasks are taken over", "pass", s.ps.pass.Name, "task", lot.Task(0).Label, "dead", c.Dead)
		}
		if err := s.open(ctx, lot, c); err != nil {
			return false, err
		}
		slots := e.plan.tasksAtOnce(s.ps.pass.Kind)
		if c.Dead > 0 {
			slots = 1
		}
		s.fresh = nil
		if err := s.run(ctx, slots); err != nil || s.waits == nil {
			return true, err
		}
		return true, e.waiting(s.waits)
	}
	return false, nil
}

// ErrDeadly ends a run of which tasks kill the workers.
var ErrDeadly = errors.New("workers die of a task")

// deadly ends the run and names the task, unless its input may be set aside: then the run
// goes on, which it reports.
func (e *Engine) deadly(ctx context.Context, lot *plan.Lot, d *claims.DeadlyError) (bool, error) {
	t := lot.Task(0)
	for _, x := range lot.Tasks() { // the last owners ran them in order, one at a time
		if c, err := e.plan.ledger.Find(ctx, x.Pass, x.Key); err == nil && c == nil {
			t = x
			break
		}
	}
	if on, err := e.asidePoison(ctx, t, d); on || err != nil {
		return on, err
	}
	if err := e.claims.Fail(ctx, d, e.session.id); err != nil {
		return false, err
	}
	return false, fmt.Errorf("%w: %s of pass %s (%s): %w; give it more --memory or take it out of the input, or see for yourself with --only-task %s: the same line again goes on from here",
		ErrDeadly, t.Label, t.Pass, t.Key, d, t.Key)
}

// open finds out what of a lot is committed, and queues the rest.
func (s *shift) open(ctx context.Context, lot *plan.Lot, c *claims.Claim) error {
	e := s.e
	h := &heldLot{Lot: lot, tasks: lot.Tasks(), claim: c}
	h.ctx, h.cancel = context.WithCancelCause(ctx)
	go func() {
		select {
		case <-c.Lost():
			h.cancel(claims.ErrLost)
		case <-h.ctx.Done():
		}
	}()
	if err := s.resume(ctx, h); err != nil {
		return err
	}
	var missing []int
	for i, c := range h.commits {
		if c == nil {
			missing = append(missing, i)
		}
	}
	kept := len(h.tasks) - len(missing)
	e.count(s.ps.pass.Name, 0, kept)
	var keptBytes int64
	for i, c := range h.commits {
		if c != nil {
			keptBytes += e.taskBytes(&h.tasks[i])
		}
	}
	e.progress.tasks(kept, keptBytes, true)
	if len(missing) == 0 {
		return s.finish(ctx, h)
	}
	for _, i := range missing {
		if err := e.ensure(ctx, h.tasks[i]); err != nil {
			return err
		}
	}
	if err := e.openPool(ctx, s.ps.pass, h.tasks[missing[0]]); err != nil {
		return err
	}
	list := chains(h.tasks, missing)
	h.left = len(list)
	e.hold(h)
	for _, tasks := range list {
		s.queue = append(s.queue, chain{h, tasks})
	}
	return nil
}

// resume finds the commits of a lot that are there and as they should be.
func (s *shift) resume(ctx context.Context, h *heldLot) error {
	e, ps := s.e, s.ps
	h.commits = make([]*ledger.Commit, len(h.tasks))
	if ps.committed == nil { // one listing in place of a question for each task
		ps.committed = map[string]bool{}
		for id, err := range e.plan.ledger.Committed(ctx, ps.pass.Name) {
			if err != nil {
				return err
			}
			ps.committed[id.Key] = true
		}
	}
	had := s.ps.tops[h.Name].Claims > 0 // its owner may have committed some since
	if !had {
		had = containsTask(h.tasks, ps.committed)
	}
	if !had {
		return nil
	}
	commits, stats, err := e.resumeAll(ctx, h.tasks)
	if err != nil {
		return err
	}
	h.commits = commits
	for i, c := range commits {
		if c != nil {
			h.count(h.tasks[i].Number, c, stats[i])
		}
	}
	return nil
}

func containsTask(tasks []plan.Task, keys map[string]bool) bool {
	for _, t := range tasks {
		if keys[t.Key] {
			return true
		}
	}
	return false
}

func (h *heldLot) count(number int, c *ledger.Commit, s *ledger.Stats) {
	if s != nil {
		h.stats = append(h.stats, s)
		h.losses.add(number, c, s)
	}
}

// dropped reports whether the lot is this worker's no more.
func (h *heldLot) dropped() bool {
	cause := context.Cause(h.ctx)
	return errors.Is(cause, claims.ErrLost) || errors.Is(cause, errStuck)
}

// do runs tasks one after the other.
func (s *shift) do(ctx context.Context, c chain) error {
	e, h := s.e, c.lot
	for _, i := range c.tasks {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if h.dropped() {
			break
		}
		product, err := e.perform(h.ctx, h.tasks[i])
		if err != nil && h.dropped() {
			break
		}
		if errors.Is(err, stage.ErrWaiting) { // what follows in the chain goes by what this one ends with
			s.mu.Lock()
			defer s.mu.Unlock()
			s.waits = err
			return nil
		}
		ran := 1
		if err != nil {
			if product, err = s.failed(h.ctx, h.tasks[i], err); err != nil {
				return err
			}
			if product == nil {
				h.mu.Lock()
				h.aside = true
				h.mu.Unlock()
				break // tasks behind it read the same file
			}
			ran = 0
		}
		s.mu.Lock()
		h.mu.Lock()
		h.commits[i] = product.Commit
		h.mu.Unlock()
		e.count(s.ps.pass.Name, ran, 1-ran)
		h.count(h.tasks[i].Number, product.Commit, product.stats)
		s.mu.Unlock()
		e.remember(product.Commit)
		e.fresh(product.Commit)
		e.progress.tasks(1, e.taskBytes(&h.tasks[i]), false)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.left--; h.left > 0 {
		return nil
	}
	if h.dropped() {
		return s.drop(h)
	}
	if h.aside { // without what failed it is another lot: the passes begin anew
		e.release(h)
		return nil
	}
	return s.finish(ctx, h)
}

// drop leaves a lot to whom it belongs now.
func (s *shift) drop(h *heldLot) error {
	s.e.plan.log.Warn("another worker took over what this one had, as it was silent or stood still: it drops it", "pass", s.ps.pass.Name, "task", h.tasks[0].Label)
	s.e.release(h)
	s.did++ // the pass is to be looked at anew
	return nil
}

// waiting ends a run that waits for answers, when all is asked that can be.
func (e *Engine) waiting(err error) error {
	for _, st := range e.plan.steps {
		if f, ok := st.Object.(stage.Finisher); ok {
			if err := f.Asked(); err != nil {
				return fmt.Errorf("stage %s: %w", st.Name, err)
			}
		}
	}
	return err
}

// perform runs a task and commits it.
func (e *Engine) perform(ctx context.Context, t plan.Task) (*product, error) {
	began := time.Now()
	c, err := e.attempt(ctx, t, e.workers)
	if err != nil {
		return nil, err
	}
	if err := e.publish(ctx, c); err != nil {
		return c, err
	}
	e.slowest.took(t, time.Since(began))
	return c, nil
}

// finish says that a lot is done, and counts it.
func (s *shift) finish(ctx context.Context, h *heldLot) error {
	e := s.e
	defer e.release(h)
	sums, err := json.Marshal(h.losses)
	if err != nil {
		return err
	}
	l := &ledger.Lot{Commits: h.commits, Sums: sums}
	b, err := l.Encode()
	if err != nil {
		return err
	}
	if err := h.claim.Done(ctx, b); errors.Is(err, claims.ErrLost) {
		return s.drop(h)
	} else if err != nil {
		return err
	}
	if err := e.absorb(s.ps, h.Lot, l); err != nil {
		return err
	}
	for _, stats := range h.stats {
		e.account.add(stats)
	}
	e.account.own[h.Name] = true
	s.did++
	return nil
}
