// Package claims shares the work of a run folder between workers that come, go and die:
// any number of processes, on machines whose clocks may differ by hours, over a store
// that offers no more than PutIfAbsent.
//
// A claim is an object that one worker puts for a piece of work; what it says is never
// changed. Who takes the work over puts the next number. A worker beats a counter; others
// judge it by two readings of that counter on their own clock.
//
// Claims only save work. Two workers with one piece of work cost time: what is done is
// said by commits, which package ledger keeps.
package claims

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/store"
)

// Folders of the run folder that claims lie in.
const (
	ClaimsFolder  = "claims/"
	WorkersFolder = "workers/"
)

// DeadMax is how many workers may die at one piece of work before it is given up.
const DeadMax = 3

// ErrBusy means that somebody else has the work.
var ErrBusy = errors.New("another worker has it")

// ErrLost means that a claim is not the worker's any more: it was silent for longer than
// the expiry, and another took the work.
var ErrLost = errors.New("another worker took it over")

// DeadlyError means that workers died at a piece of work, one after the other.
type DeadlyError struct {
	Work    string
	Workers []string // that died, in order
}

// Error names the work and its workers.
func (e *DeadlyError) Error() string {
	return fmt.Sprintf("%d workers died at %s: %s", len(e.Workers), e.Work, strings.Join(e.Workers, ", "))
}

// body is what a claim says.
type body struct {
	Worker string `json:"worker,omitempty"` // "" where it gives the work back
	Nonce  string `json:"nonce"`
	// Dead are the owners so far that died at the work or made no progress.
	Dead []string `json:"dead,omitempty"`
	// Failed is the session that was ended by too many dead owners: for it the work stays
	// failed, for later ones the count begins anew.
	Failed string `json:"failed,omitempty"`
}

// Top is what a listing says of a piece of work; the zero value is of none that was claimed.
type Top struct {
	Claims int // the last claim has this number less one
	Done   int // the last claim that is done has this number less one; 0: none is
}

// Claim is a piece of work that this worker has.
type Claim struct {
	Work string
	// Dead is how many owners died at it before.
	Dead   int
	folder *Folder
	number int
	body   body
	silent int64 // silences of the worker when it took the claim
	lost   chan struct{}
	once   sync.Once
}

func nameOf(work string, number int) string {
	return fmt.Sprintf("%s%s.%06d", ClaimsFolder, work, number)
}

const doneSuffix = ".done"

// Tops lists what is claimed below a prefix, such as a pass: one listing.
func (f *Folder) Tops(ctx context.Context, prefix string) (map[string]Top, error) {
	return TopsOf(ctx, f.store, prefix)
}

// TopsOf is [Folder.Tops] for one who is no worker of the run folder.
func TopsOf(ctx context.Context, s store.Store, prefix string) (map[string]Top, error) {
	tops := map[string]Top{}
	for o, err := range s.List(ctx, ClaimsFolder+prefix) {
		if err != nil {
			return nil, err
		}
		name, done := strings.CutSuffix(strings.TrimPrefix(o.Name, ClaimsFolder), doneSuffix)
		dot := max(strings.LastIndexByte(name, '.'), 0)
		work := name[:dot]
		n, err := strconv.Atoi(strings.TrimPrefix(name[dot:], "."))
		if err != nil || n < 0 || work == "" {
			continue // not of our making
		}
		top := tops[work]
		if done {
			top.Done = max(top.Done, n+1)
		} else {
			top.Claims = max(top.Claims, n+1)
		}
		tops[work] = top
	}
	return tops, nil
}

// Take claims a piece of work of which top is known, for a session. The error is [ErrBusy]
// where somebody has it who may be alive, or was faster, and a [*DeadlyError] where too
// many died at it.
func (f *Folder) Take(ctx context.Context, work string, top Top, session string) (*Claim, error) {
	next, silences := body{Worker: f.self.ID, Nonce: nonce()}, f.Silences()
	if top.Claims > 0 {
		last, err := f.read(ctx, nameOf(work, top.Claims-1))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrBusy // somebody removed it since: the run has ended
		}
		if err != nil {
			return nil, err
		}
		if next.Dead, err = f.inherit(ctx, work, last, session, top.Done == top.Claims); err != nil {
			return nil, err
		}
	}
	if err := f.put(ctx, nameOf(work, top.Claims), next); err != nil {
		return nil, err
	}
	c := &Claim{Work: work, Dead: len(next.Dead), folder: f, number: top.Claims, body: next, silent: silences, lost: make(chan struct{})}
	f.hold(c)
	return c, nil
}

// inherit gives the dead owners of work that may be taken over.
func (f *Folder) inherit(ctx context.Context, work string, last body, session string, done bool) ([]string, error) {
	if done {
		return nil, nil // nobody died of it, and nobody is at it
	}
	dead := last.Dead
	switch {
	case last.Failed != "" && last.Failed == session:
		return nil, &DeadlyError{work, dead}
	case last.Failed != "":
		return nil, nil
	case last.Worker == f.self.ID:
		return dead, nil // given up here, or told of nothing
	case last.Worker != "":
		state, err := f.Judge(ctx, last.Worker)
		if err != nil {
			return nil, err
		}
		if state == Live || state == Unknown {
			return nil, fmt.Errorf("%w: %s", ErrBusy, last.Worker)
		}
		if state == Dead {
			dead = append(slices.Clip(dead), last.Worker)
		}
	}
	if len(dead) >= DeadMax {
		return nil, &DeadlyError{work, dead}
	}
	return dead, nil
}

// Fail marks work as failed for a session, so that nobody of it dies at it any more.
func (f *Folder) Fail(ctx context.Context, e *DeadlyError, session string) error {
	tops, err := f.Tops(ctx, e.Work+".")
	if err != nil {
		return err
	}
	err = f.put(ctx, nameOf(e.Work, tops[e.Work].Claims), body{Nonce: nonce(), Dead: e.Workers, Failed: session})
	if errors.Is(err, ErrBusy) { // another found it out too
		return nil
	}
	return err
}

// put puts a claim. Whether it is this worker's, reading it back says: a file system over
// a network may tell the one who made a file that it was there, and an answer may be lost.
func (f *Folder) put(ctx context.Context, name string, b body) error {
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	created, err := f.store.PutIfAbsent(ctx, name, data)
	f.puts.Add(1)
	if created && err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	there, failed := f.read(ctx, name)
	switch {
	case failed != nil && err != nil:
		return err
	case errors.Is(failed, fs.ErrNotExist):
		return ErrBusy // removed between the two: the run has ended
	case failed != nil:
		return failed
	case there.Nonce == b.Nonce:
		return nil
	}
	return ErrBusy
}

// Nonce tells the claim from all others.
func (c *Claim) Nonce() string { return c.body.Nonce }

// Lost is closed when the claim is another's.
func (c *Claim) Lost() <-chan struct{} { return c.lost }

// Held reports whether the claim is still the last one of its work.
func (c *Claim) Held(ctx context.Context) (bool, error) {
	for i, want := range []bool{true, false} {
		_, err := c.folder.store.Stat(ctx, nameOf(c.Work, c.number+i))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if there := err == nil; there != want {
			return false, nil
		}
	}
	return true, nil
}

func (c *Claim) lose() { c.once.Do(func() { close(c.lost) }) }

// Done says that the work is done and with what. What was said first stands. The error is
// [ErrLost] where the worker was silent and another took the work, or the run has ended.
func (c *Claim) Done(ctx context.Context, result []byte) error {
	if err := c.still(ctx); err != nil {
		return err
	}
	name := nameOf(c.Work, c.number) + doneSuffix
	if _, err := c.folder.store.PutIfAbsent(ctx, name, result); err != nil {
		return err
	}
	if err := c.still(ctx); err != nil { // it was suspended in between
		if errors.Is(err, ErrLost) {
			err = errors.Join(err, c.folder.store.Remove(ctx, name))
		}
		return err
	}
	c.folder.release(c)
	return nil
}

// still reports by [ErrLost] that the claim is another's or gone, if the worker was silent
// since it took it.
func (c *Claim) still(ctx context.Context) error {
	if c.folder.Silences() == c.silent {
		return nil
	}
	held, err := c.Held(ctx)
	if err == nil && !held {
		c.folder.release(c)
		c.lose()
		err = ErrLost
	}
	return err
}

// Withdraw removes a claim that was put although the run had ended.
func (c *Claim) Withdraw(ctx context.Context) error {
	c.folder.release(c)
	return c.folder.store.Remove(ctx, nameOf(c.Work, c.number))
}

// GiveBack lets others take the work, also while this worker lives. Stuck counts it as if
// its owner had died.
func (c *Claim) GiveBack(ctx context.Context, stuck bool) error {
	c.folder.release(c)
	free := body{Nonce: nonce(), Dead: c.body.Dead}
	if stuck {
		free.Dead = append(slices.Clip(free.Dead), c.body.Worker+" (no progress)")
	}
	f := c.folder
	f.mu.Lock()
	f.since[&Claim{Work: c.Work, number: c.number + 1, body: free}] = true
	f.mu.Unlock()
	err := f.put(ctx, nameOf(c.Work, c.number+1), free)
	if errors.Is(err, ErrBusy) {
		return nil
	}
	return err
}

// Bury settles what a session left that has no workers any more: what is done is removed,
// and what nobody died of; of the rest the dead stay counted. It comes before
// [Folder.Forget], and only the worker that begins the next session does it.
func (f *Folder) Bury(ctx context.Context, work string, top Top) error {
	if top.Claims == 0 || top.Done == top.Claims {
		return f.Remove(ctx, work, top)
	}
	last, err := f.read(ctx, nameOf(work, top.Claims-1))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dead := last.Dead
	if last.Worker != "" {
		state, err := f.Judge(ctx, last.Worker)
		if err != nil {
			return err
		}
		if state == Dead {
			dead = append(dead, last.Worker)
		}
	}
	if len(dead) == 0 || last.Failed != "" {
		return f.Remove(ctx, work, top)
	}
	if last.Worker == "" {
		return nil
	}
	err = f.put(ctx, nameOf(work, top.Claims), body{Nonce: nonce(), Dead: dead})
	if errors.Is(err, ErrBusy) { // one that was silent came back, and will see that its session is over
		return nil
	}
	return err
}

// Result opens what was said of work that is done.
func (f *Folder) Result(ctx context.Context, work string, top Top) (io.ReadCloser, error) {
	return ResultOf(ctx, f.store, work, top)
}

// ResultOf is [Folder.Result] for one who is no worker of the run folder.
func ResultOf(ctx context.Context, s store.Store, work string, top Top) (io.ReadCloser, error) {
	return s.Open(ctx, nameOf(work, top.Done-1)+doneSuffix)
}

// Remove removes all claims of a piece of work, what is done first.
func (f *Folder) Remove(ctx context.Context, work string, top Top) error {
	for n := top.Done - 1; n >= 0; n-- {
		if err := f.store.Remove(ctx, nameOf(work, n)+doneSuffix); err != nil {
			return err
		}
	}
	for n := top.Claims - 1; n >= 0; n-- {
		if err := f.store.Remove(ctx, nameOf(work, n)); err != nil {
			return err
		}
	}
	return nil
}

// Nonce is the last claim's of a piece of work, "" if there is none.
func (f *Folder) Nonce(ctx context.Context, work string, top Top) (string, error) {
	if top.Claims == 0 {
		return "", nil
	}
	b, err := f.read(ctx, nameOf(work, top.Claims-1))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return b.Nonce, err
}

// claimMax bounds what is read of a claim or a worker, in bytes.
const claimMax = 1 << 20

// read reads a claim. One that is damaged is nobody's: time hangs on it and nothing else.
func (f *Folder) read(ctx context.Context, name string) (b body, err error) {
	err = f.readJSON(ctx, name, &b)
	if errors.Is(err, errDamaged) || err == nil && b.Nonce == "" {
		return body{}, nil
	}
	return b, err
}

// errDamaged is what was read of an object that is not as it was written.
var errDamaged = errors.New("damaged")

// rereads is how often a small object is read again: one that is written over while it is
// read, as that of a worker at each beat, may give an error.
const rereads = 5

func (f *Folder) readJSON(ctx context.Context, name string, v any) (err error) {
	for range rereads {
		if err = f.readOnce(ctx, name, v); err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) || ctx.Err() != nil {
			break
		}
	}
	return err
}

func (f *Folder) readOnce(ctx context.Context, name string, v any) error {
	r, err := f.store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(r, claimMax))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w: %w", name, errDamaged, err)
	}
	return nil
}

func nonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
