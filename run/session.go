package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// Work that is claimed beside the lots of passes. No pass has a name like these.
const (
	beginWork  = "run.begin/run"
	finishWork = "run.finish/run"
	filingWork = "run.tasks/" // and the pass
)

// ErrLocked means that other processes work on the run folder by another plan.
var ErrLocked = errors.New("other processes are working on this run by another plan")

// ErrSilent means that this process was silent, suspended say, for so long that the run went
// on without it and another one has begun.
var ErrSilent = errors.New("this process was silent for longer than the expiry, and another run has begun in the folder: run the same line again")

// session is a run from its first worker to its end. Workers that come later join it; one
// that comes when none is left begins another, which looks again at all that is there.
type session struct {
	id     string // the nonce of its first claim
	silent int64  // silences of this worker when it last looked whether the session is there
	looked time.Time
	// spared is since when this worker waits for those of a session that is over.
	spared time.Time
}

// beginning is what the worker that begins a session says of it.
type beginning struct {
	Version int    `json:"version"` // of the run folder
	Program string `json:"program"`
	Plan    string `json:"plan"`   // digest of the graph
	Places  string `json:"places"` // digest of where parts and rejects go
}

func (e *Engine) beginning() beginning {
	var places []string
	for _, o := range e.plan.outlets() {
		places = append(places, o.what, o.place)
	}
	return beginning{plan.Version, e.plan.program, plan.DigestOf(e.plan.Graph), plan.Digest(places...)}
}

// join makes this process a worker of the run: of the session that others are at, or the
// first of a new one.
func (e *Engine) join(ctx context.Context) (err error) {
	e.claims, err = claims.Join(ctx, e.plan.ledger.Store, claims.Settings{Expiry: e.plan.Options.ClaimExpiry, Program: e.plan.program})
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	wait := pollEvery
	for {
		joined, err := e.tryJoin(ctx)
		if err != nil || joined {
			return err
		}
		e.progress.waiting("the worker that begins the run, or ended it")
		if err := pauseFor(ctx, wait); err != nil {
			return err
		}
		wait = min(wait*3/2, e.claims.Poll(), pollMax)
	}
}

// leave ends this process's part. What it has is free then.
func (e *Engine) leave(ctx context.Context) error {
	if e.claims == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveMax)
	defer cancel()
	return e.claims.Leave(ctx)
}

// leaveMax bounds how long a worker that was stopped tries to say so. It is silent then all
// the same.
const leaveMax = 10 * time.Second

func (e *Engine) tryJoin(ctx context.Context) (bool, error) {
	tops, err := e.claims.Tops(ctx, "run.")
	if err != nil {
		return false, err
	}
	others, err := e.claims.Workers(ctx)
	if err != nil {
		return false, err
	}
	top := tops[beginWork]
	nonce, err := e.claims.Nonce(ctx, beginWork, top)
	if err != nil {
		return false, err
	}
	live, unknown := members(others[claims.Live], nonce), members(others[claims.Unknown], nonce)
	if top.Claims == 0 || len(live)+len(unknown) == 0 {
		if ended(others) && e.spares() {
			return false, nil // they have yet to see that their run is over, and read what came of it
		}
		return e.tryBegin(ctx, top, others[claims.Dead])
	}
	if top.Done < top.Claims || tops[finishWork].Done > 0 {
		return false, nil // it begins, or has ended: its workers leave or are found dead
	}
	why, err := e.otherThan(ctx, top)
	if err != nil {
		return false, err
	}
	if why != "" {
		if len(live) == 0 {
			return false, nil // they may be dead
		}
		return false, fmt.Errorf("%s: %w: %s is one, %s; wait for them, or stop them and run the same line again",
			e.plan.ledger.Store, ErrLocked, live[0].ID, why)
	}
	list, err := e.plan.ledger.FindListing(ctx, e.tenancy.listing.Pass, e.tenancy.listing.Key, e.tenancy.listing.Shards)
	if errors.Is(err, ledger.ErrDamaged) || err == nil && list == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(live) == 0 && (e.plan.Options.Check || !sameListing(list, e.tenancy.listing)) {
		return false, nil // if they are dead, the run begins anew with what is there now
	}
	e.session = session{id: nonce}
	if err := e.claims.Enter(ctx, nonce); err != nil {
		return false, err
	}
	if err := e.sameSession(ctx); errors.Is(err, errEnded) { // all left before they could see this one
		return false, e.claims.Enter(ctx, "")
	} else if err != nil {
		return false, err
	}
	if !sameListing(list, e.tenancy.listing) {
		e.plan.log.Warn("the input has changed since the run began: what is new is read by the next one")
	}
	e.tenancy.listing = list
	if e.plan.Options.TakeUp {
		e.plan.log.Warn("others are at this run: what is set aside is taken up by a run that begins when they have ended")
	}
	if _, err := e.readAside(ctx); err != nil {
		return false, err
	}
	return true, e.tenancy.join(ctx)
}

// members are the workers of a session. Others wait for one, as this one does.
func members(all []claims.Worker, session string) (list []claims.Worker) {
	for _, w := range all {
		if w.Session == session && session != "" {
			list = append(list, w)
		}
	}
	return list
}

// ended reports whether there are workers of a session, now that no session goes on.
func ended(others map[claims.State][]claims.Worker) bool {
	of := func(w claims.Worker) bool { return w.Session != "" }
	return slices.ContainsFunc(others[claims.Live], of) || slices.ContainsFunc(others[claims.Unknown], of)
}

// spares reports whether this worker waits for such workers: for an expiry at most, as one
// that computes for ever does not look.
func (e *Engine) spares() bool {
	if e.session.spared.IsZero() {
		e.session.spared = time.Now()
	}
	return time.Since(e.session.spared) < e.claims.Expiry()
}

// otherThan says in which way the session that others are at is another, "" where it is not.
func (e *Engine) otherThan(ctx context.Context, top claims.Top) (string, error) {
	r, err := e.claims.Result(ctx, beginWork, top)
	if errors.Is(err, store.ErrNotExist) {
		return "it ends", nil
	}
	if err != nil {
		return "", err
	}
	defer r.Close() //nolint:errcheck // read only
	var b beginning
	if err := json.NewDecoder(io.LimitReader(r, 1<<20)).Decode(&b); err != nil {
		return "and what the first of them says of the run cannot be read", nil
	}
	own := e.beginning()
	switch {
	case b.Version != own.Version:
		return fmt.Sprintf("of program %s, which has another layout of run folders (%d, this one %d)", b.Program, b.Version, own.Version), nil
	case b.Plan != own.Plan:
		why, err := e.differs(ctx, e.plan.Graph)
		if err == nil && why == "" {
			why = "its plan is another"
		}
		return why, err
	case b.Places != own.Places:
		return "the folders of parts or rejects are others", nil
	}
	return "", nil
}

// tryBegin begins a session, now that no worker is left of the one before.
func (e *Engine) tryBegin(ctx context.Context, top claims.Top, dead []claims.Worker) (bool, error) {
	c, err := e.claims.Take(ctx, beginWork, top, "")
	var deadly *claims.DeadlyError
	if errors.Is(err, claims.ErrBusy) {
		return false, nil
	}
	if errors.As(err, &deadly) { // the next one may try again
		return false, errors.Join(err, e.claims.Remove(ctx, beginWork, top))
	}
	if err != nil {
		return false, err
	}
	if err := e.beginSession(ctx, c, dead); err != nil {
		return false, err
	}
	b, err := json.Marshal(e.beginning())
	if err != nil {
		return false, err
	}
	e.session = session{id: c.Nonce()}
	if err := e.claims.Enter(ctx, c.Nonce()); err != nil { // before others see that it has begun
		return false, err
	}
	if err := c.Done(ctx, b); errors.Is(err, claims.ErrLost) { // suspended meanwhile: another begins the run
		e.session = session{}
		return false, e.claims.Enter(ctx, "")
	} else if err != nil {
		return false, err
	}
	return true, nil
}

// beginSession takes the folders and settles what earlier sessions left. Nobody else works yet.
func (e *Engine) beginSession(ctx context.Context, begin *claims.Claim, dead []claims.Worker) error {
	tops, err := e.claims.Tops(ctx, "")
	if err != nil {
		return err
	}
	for work, top := range tops {
		if work == begin.Work {
			continue
		}
		if err := e.claims.Bury(ctx, work, top); err != nil {
			return err
		}
	}
	for _, w := range dead {
		if err := e.claims.Forget(ctx, w.ID); err != nil {
			return err
		}
	}
	if err := e.tenancy.take(ctx); err != nil {
		return err
	}
	if err := e.tenancy.sweepTemporaries(ctx); err != nil {
		return err
	}
	l := e.plan.ledger
	if err := e.removeTimings(ctx); err != nil {
		return err
	}
	if err := e.filePlan(ctx); err != nil {
		return err
	}
	if err := l.WriteFile(ctx, ledger.UnfinishedFile, nil); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	if err := e.settleAside(ctx); err != nil {
		return err
	}
	return e.publishListing(ctx, e.tenancy.listing)
}

// errEnded means that the session ended without this worker: others finished it, while it
// was suspended or did not look.
var errEnded = errors.New("the run has ended")

// lookEvery is how long a worker goes by what it saw of the session.
const lookEvery = time.Second

// stillThere looks whether the session is over, unless it did a moment ago and was not
// silent since: claims of a session that is over are gone, and look as if nobody had any.
func (e *Engine) stillThere(ctx context.Context) error {
	n := e.claims.Silences()
	if n == e.session.silent && time.Since(e.session.looked) < lookEvery {
		return nil
	}
	at := time.Now()
	if err := e.sameSession(ctx); err != nil {
		return err
	}
	e.session.silent, e.session.looked = n, at
	return nil
}

// sameSession reports by [errEnded] that the session is over.
func (e *Engine) sameSession(ctx context.Context) error {
	stands := e.claims.Looks()
	tops, err := e.claims.Tops(ctx, "run.")
	if err != nil {
		return err
	}
	nonce, err := e.claims.Nonce(ctx, beginWork, tops[beginWork])
	if err != nil {
		return err
	}
	if nonce != e.session.id || tops[finishWork].Done > 0 {
		return errEnded
	}
	stands()
	return nil
}

// errRelisted means that shards were set aside since the passes were whole.
var errRelisted = errors.New("input files were set aside")

// end finishes the run, or waits until another worker has.
func (e *Engine) end(ctx context.Context, s *Summary) error {
	wait := pollEvery
	for {
		if err := e.sameSession(ctx); err != nil {
			return err
		}
		tops, err := e.claims.Tops(ctx, "run.finish/")
		if err != nil {
			return err
		}
		if tops[finishWork].Done > 0 { // since
			return errEnded
		}
		c, err := e.claims.Take(ctx, finishWork, tops[finishWork], e.session.id)
		var deadly *claims.DeadlyError
		switch {
		case errors.As(err, &deadly):
			return errors.Join(fmt.Errorf("%w: the end of the run: %w", ErrDeadly, err), e.claims.Fail(ctx, deadly, e.session.id))
		case errors.Is(err, claims.ErrBusy):
			e.progress.waiting("the worker that finishes the run")
			if err := pauseFor(ctx, wait); err != nil {
				return err
			}
			wait = min(wait*3/2, pollMax, e.claims.Poll())
			continue
		case err != nil:
			return err
		}
		again, err := e.relist(ctx)
		if err != nil || again {
			err = errors.Join(err, c.GiveBack(ctx, false))
			return cmp.Or(err, errRelisted)
		}
		err = e.finish(ctx, s)
		if held, failed := c.Held(ctx); failed == nil && !held { // suspended meanwhile: another has finished it, or does
			s.Parts, s.Settled = 0, nil
			continue
		}
		if err != nil {
			return errors.Join(err, c.GiveBack(ctx, false))
		}
		if err := c.Done(ctx, nil); errors.Is(err, claims.ErrLost) {
			s.Parts, s.Settled = 0, nil
			continue
		} else if err != nil {
			return err
		}
		return e.clear(ctx)
	}
}

// clear removes what the session kept of who does what: its beginning first, so that nobody
// takes what is free for being removed, and its end last, so that who comes waits.
func (e *Engine) clear(ctx context.Context) error {
	tops, err := e.claims.Tops(ctx, "")
	if err != nil {
		return err
	}
	others, err := e.claims.Workers(ctx)
	if err != nil {
		return err
	}
	for _, w := range others[claims.Dead] {
		if err := e.claims.Forget(ctx, w.ID); err != nil {
			return err
		}
	}
	if err := e.claims.Remove(ctx, beginWork, tops[beginWork]); err != nil {
		return err
	}
	for work, top := range tops {
		if work == beginWork || work == finishWork {
			continue
		}
		if err := e.claims.Remove(ctx, work, top); err != nil {
			return err
		}
	}
	return e.claims.Remove(ctx, finishWork, tops[finishWork])
}

// joinEnded fills the summary of a worker whose run others finished.
func (e *Engine) joinEnded(ctx context.Context, s *Summary) error {
	if err := e.claims.Sweep(ctx); err != nil {
		e.plan.log.Warn("claims of a run that is over are left", "error", err)
	}
	_, err := e.plan.ledger.Store.Stat(ctx, ledger.UnfinishedFile)
	if err == nil {
		return ErrSilent
	}
	if !errors.Is(err, store.ErrNotExist) {
		return err
	}
	stats := e.plan.newStats()
	if err := e.plan.ledger.ReadJSON(ctx, ledger.StatsFile, stats); err != nil {
		return fmt.Errorf("the run was ended by another worker: %w", err)
	}
	for _, ps := range e.states {
		s.Parts += ps.parts
	}
	s.take(stats)
	e.verdict(s)
	e.describe(s)
	return nil
}
