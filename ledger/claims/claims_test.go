package claims

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// clock is one that several workers read, each with its own offset.
type clock struct{ at time.Duration }

func (c *clock) with(offset time.Duration) func() time.Duration {
	return func() time.Duration { return c.at + offset }
}

// worker joins as a worker of a machine of its own, which beats when it is told to.
func worker(t testing.TB, s store.Store, name string, c *clock, offset time.Duration) *Folder {
	t.Helper()
	f, err := Join(t.Context(), s, Settings{Expiry: time.Minute, now: c.with(offset), manual: true, self: &Worker{ID: name}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *Folder) mustBeat(t testing.TB) {
	t.Helper()
	if err := f.beatAndLook(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// top is what a listing says of a piece of work.
func top(t testing.TB, f *Folder, work string) Top {
	t.Helper()
	tops, err := f.Tops(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	return tops[work]
}

func take(t testing.TB, f *Folder, work string) (*Claim, error) {
	t.Helper()
	return f.Take(t.Context(), work, top(t, f, work), "session")
}

func mustTake(t testing.TB, f *Folder, work string, dead int) *Claim {
	t.Helper()
	c, err := take(t, f, work)
	if err != nil || c.Dead != dead {
		t.Fatalf("%s took %s: %+v, %v; want %d dead", f.ID(), work, c, err, dead)
	}
	return c
}

func wantBusy(t testing.TB, f *Folder, work string) {
	t.Helper()
	if c, err := take(t, f, work); !errors.Is(err, ErrBusy) {
		t.Fatalf("%s took %s, which another has: %+v, %v", f.ID(), work, c, err)
	}
}

// Of all workers that ask for a piece of work at once one gets it.
func TestOneOwner(t *testing.T) {
	s := store.Local(t.TempDir())
	var wg sync.WaitGroup
	var owners atomic.Int64
	for i := range 16 {
		f := worker(t, s, fmt.Sprint("w", i), &clock{}, 0)
		wg.Go(func() {
			_, err := f.Take(t.Context(), "p/b", Top{}, "")
			if err == nil {
				owners.Add(1)
			} else if !errors.Is(err, ErrBusy) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if owners.Load() != 1 {
		t.Errorf("%d owners", owners.Load())
	}
}

// liar is a store that makes the object and does not say so.
type liar struct {
	store.Store
	err error
}

func (l liar) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	created, err := l.Store.PutIfAbsent(ctx, name, data)
	if created && strings.HasPrefix(name, ClaimsFolder) {
		return false, l.err
	}
	return created, err
}

// A store may tell the winner that it lost, as NFS does, or lose its answer: the nonce
// decides.
func TestWinnerIsToldOtherwise(t *testing.T) {
	for _, told := range []error{nil, errors.New("the answer was lost")} {
		s := liar{store.Local(t.TempDir()), told}
		c := &clock{}
		a, b := worker(t, s, "a", c, 0), worker(t, s, "b", c, 0)
		mustTake(t, a, "p/x", 0)
		wantBusy(t, b, "p/x")
		if _, err := b.Take(t.Context(), "p/x", Top{}, ""); !errors.Is(err, ErrBusy) { // it lost the race
			t.Error(err)
		}
	}
}

// broken refuses to put claims.
type broken struct{ store.Store }

func (b broken) PutIfAbsent(context.Context, string, []byte) (bool, error) {
	return false, io.ErrUnexpectedEOF
}

func TestPutFails(t *testing.T) {
	f := worker(t, broken{store.Local(t.TempDir())}, "a", &clock{}, 0)
	if _, err := f.Take(t.Context(), "p/x", Top{}, ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

// Work is taken over from who died, not from who lives, whatever their clocks say; and
// within twice the expiry.
func TestTakeover(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var longest time.Duration
	for i := range 100 {
		s, c := newMemory(), &clock{}
		a := worker(t, s, "a", c, time.Duration(rng.Int64N(int64(48*time.Hour)))-24*time.Hour)
		b := worker(t, s, "b", c, time.Duration(rng.Int64N(int64(48*time.Hour)))-24*time.Hour)
		mustTake(t, a, "p/x", 0)
		phase := time.Duration(rng.Int64N(int64(a.Poll())))
		death := a.Poll() + time.Duration(rng.Int64N(int64(10*time.Minute)))
		for c.at = time.Second; ; c.at += time.Second {
			if c.at < death && c.at%a.Poll() == 0 {
				a.mustBeat(t)
			}
			if (c.at+phase)/time.Second%(b.Poll()/time.Second) != 0 {
				continue
			}
			b.mustBeat(t)
			got, err := take(t, b, "p/x")
			if err == nil && c.at < death {
				t.Fatalf("%d: taken from the living at %s", i, c.at)
			}
			if err == nil {
				if got.Dead != 1 {
					t.Errorf("%d dead", got.Dead)
				}
				longest = max(longest, c.at-death)
				break
			}
			if !errors.Is(err, ErrBusy) {
				t.Fatal(err)
			}
		}
	}
	t.Logf("the longest of 100 takeovers took %s of an expiry of %s", longest, time.Minute)
	if longest > 2*time.Minute {
		t.Error("longer than twice the expiry")
	}
}

// A worker that was suspended loses what others took meanwhile, and nothing else.
func TestSuspended(t *testing.T) {
	s, c := store.Local(t.TempDir()), &clock{}
	a, b := worker(t, s, "a", c, time.Hour), worker(t, s, "b", c, 0)
	first, second := mustTake(t, a, "p/1", 0), mustTake(t, a, "p/2", 0)
	wantBusy(t, b, "p/1")
	c.at += a.expiry
	if a.Lapsed() {
		t.Error("lapsed at the expiry")
	}
	mustTake(t, b, "p/1", 1)
	c.at++
	if !a.Lapsed() {
		t.Error("not lapsed behind the expiry")
	}
	a.mustBeat(t)
	if a.Lapsed() {
		t.Error("lapsed behind a beat")
	}
	select {
	case <-first.Lost():
	default:
		t.Error("it still thinks that it has what another took")
	}
	select {
	case <-second.Lost():
		t.Error("it lost what nobody took")
	default:
	}
	wantBusy(t, b, "p/2") // it beats again
	if err := first.Done(t.Context(), nil); !errors.Is(err, ErrLost) {
		t.Errorf("what it lost is done: %v", err)
	}
	if err := second.Done(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if n := a.Silences(); n != 1 {
		t.Errorf("%d silences", n)
	}
	third := mustTake(t, a, "p/3", 0)
	if err := b.Remove(t.Context(), "p/3", top(t, b, "p/3")); err != nil { // the run has ended
		t.Fatal(err)
	}
	c.at += a.expiry + 1
	if err := third.Done(t.Context(), nil); !errors.Is(err, ErrLost) || top(t, b, "p/3") != (Top{}) {
		t.Errorf("done in a run that has ended: %v", err)
	}
}

// An owner that died counts, one that left does not, one that makes no progress does.
func TestDeadOwners(t *testing.T) {
	s, c := newMemory(), &clock{}
	next := 0
	join := func() *Folder {
		next++
		return worker(t, s, fmt.Sprint("w", next), c, 0)
	}
	// heir joins, and all that do not beat from then on are dead for it.
	heir := func() *Folder {
		f := join()
		if _, err := f.Workers(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.at += f.expiry
		f.mustBeat(t)
		return f
	}
	mustTake(t, join(), "p/x", 0)
	left := heir()
	mustTake(t, left, "p/x", 1)
	if err := left.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := mustTake(t, join(), "p/x", 1).GiveBack(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := mustTake(t, join(), "p/x", 2).GiveBack(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	mustTake(t, join(), "p/x", 2)
	last := heir()
	_, err := take(t, last, "p/x")
	var deadly *DeadlyError
	if !errors.As(err, &deadly) || deadly.Work != "p/x" || !slices.Equal(deadly.Workers, []string{"w1", "w3 (no progress)", "w5"}) {
		t.Fatalf("three died: %v", err)
	}
	for range 2 { // two may find it out
		if err := last.Fail(t.Context(), deadly, "session"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := take(t, join(), "p/x"); !errors.As(err, &deadly) || len(deadly.Workers) != DeadMax {
		t.Errorf("taken although it failed in this session: %v", err)
	}
	f := join()
	if got, err := f.Take(t.Context(), "p/x", top(t, f, "p/x"), "another"); err != nil || got.Dead != 0 {
		t.Errorf("another session begins anew: %+v, %v", got, err)
	}
}

func TestDone(t *testing.T) {
	s, c := store.Local(t.TempDir()), &clock{}
	a, b := worker(t, s, "a", c, 0), worker(t, s, "b", c, 0)
	if got := top(t, b, "p/x"); got != (Top{}) {
		t.Errorf("of nothing: %+v", got)
	}
	x := mustTake(t, a, "p/x", 0)
	if ok, err := x.Held(t.Context()); !ok || err != nil {
		t.Error(ok, err)
	}
	if err := x.Done(t.Context(), []byte("result")); err != nil {
		t.Fatal(err)
	}
	mustTake(t, a, "p/y", 0)
	tops, err := b.Tops(t.Context(), "p/")
	if err != nil || len(tops) != 2 || tops["p/x"] != (Top{1, 1}) || tops["p/y"] != (Top{1, 0}) {
		t.Errorf("%+v, %v", tops, err)
	}
	r, err := b.Result(t.Context(), "p/x", tops["p/x"])
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != "result" || r.Close() != nil {
		t.Errorf("%q, %v", got, err)
	}
	n, err := b.Nonce(t.Context(), "p/x", tops["p/x"])
	if err != nil || n != x.body.Nonce {
		t.Errorf("nonce %q, %v", n, err)
	}
	if err := b.Remove(t.Context(), "p/x", tops["p/x"]); err != nil {
		t.Fatal(err)
	}
	if ok, err := x.Held(t.Context()); ok || err != nil {
		t.Error("held although it was removed", err)
	}
	if names := storetest.Names(t, s, ClaimsFolder); !slices.Equal(names, []string{"claims/p/y.000000"}) {
		t.Errorf("left: %q", names)
	}
	if _, err := b.Take(t.Context(), "p/x", tops["p/x"], ""); !errors.Is(err, ErrBusy) {
		t.Errorf("by an old listing: %v", err)
	}
}

// Who begins a session takes from the one before what nobody died of, and lets the dead be
// counted on.
func TestBury(t *testing.T) {
	s, c := newMemory(), &clock{}
	a, left := worker(t, s, "a", c, 0), worker(t, s, "left", c, 0)
	if err := mustTake(t, a, "p/done", 0).Done(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	mustTake(t, a, "p/died", 0)
	mustTake(t, left, "p/left", 0)
	if err := left.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := worker(t, s, "b", c, 0)
	for range 2 { // whoever begins may die and be followed
		if _, err := b.Workers(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.at += b.expiry
		tops, err := b.Tops(t.Context(), "p/")
		if err != nil {
			t.Fatal(err)
		}
		for work, top := range tops {
			if err := b.Bury(t.Context(), work, top); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Forget(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	b.mustBeat(t)
	mustTake(t, b, "p/died", 1)
	for _, work := range []string{"p/done", "p/left"} {
		if got := top(t, b, work); got != (Top{}) {
			t.Errorf("%s: %+v", work, got)
		}
	}
}

// One that was taken for dead may come back while the next session begins, and be the first
// to say what becomes of its work: that ends the beginning of no session.
func TestBuryOfOneThatComesBack(t *testing.T) {
	s, c := newMemory(), &clock{}
	a, b := worker(t, s, "a", c, 0), worker(t, s, "b", c, 0)
	claim := mustTake(t, a, "p/x", 0)
	if _, err := b.Workers(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.at += b.expiry
	before := top(t, b, "p/x")
	if err := claim.GiveBack(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := b.Bury(t.Context(), "p/x", before); err != nil {
		t.Error(err)
	}
	b.mustBeat(t)
	mustTake(t, b, "p/x", 0)
}

// A worker that did not see the end of its session removes what it put since, but nothing that
// who ended it has removed already, nor what is another session's.
func TestSweep(t *testing.T) {
	s, c := newMemory(), &clock{}
	a, b := worker(t, s, "a", c, 0), worker(t, s, "b", c, 0)
	long, early := mustTake(t, a, "p/long", 0), mustTake(t, a, "p/early", 0)
	if err := early.Done(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	a.Looks()() // it stands
	stands := a.Looks()
	late, again, back := mustTake(t, a, "p/late", 0), mustTake(t, a, "p/again", 0), mustTake(t, a, "p/back", 0)
	stands() // it did when a looked

	for work, top := range map[string]Top{"p/long": {Claims: 1}, "p/again": {Claims: 1}} { // the end
		if err := b.Remove(t.Context(), work, top); err != nil {
			t.Fatal(err)
		}
	}
	mustTake(t, b, "p/again", 0) // of the next session
	for _, claim := range []*Claim{long, late, again} {
		if err := claim.Done(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := back.GiveBack(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := a.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for work, want := range map[string]Top{"p/early": {Claims: 1, Done: 1}, "p/long": {}, "p/late": {}, "p/back": {}, "p/again": {Claims: 1, Done: 1}} {
		if got := top(t, b, work); got != want {
			t.Errorf("%s: %+v, want %+v", work, got, want)
		}
	}
}

// A process of this machine that is gone needs no expiry; one that lives is alive at once.
func TestThisMachine(t *testing.T) {
	s := store.Local(t.TempDir())
	a, err := Join(t.Context(), s, Settings{Expiry: time.Minute, manual: true})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{}
	other := a.self
	other.ID = "other"
	b, err := Join(t.Context(), s, Settings{Expiry: time.Minute, manual: true, now: c.with(0), self: &other})
	if err != nil {
		t.Fatal(err)
	}
	if other.Machine == "" {
		t.Skip("the machine has no name here")
	}
	want := func(w State) {
		t.Helper()
		c.at += time.Second // one reading serves for a moment
		if got, err := b.Judge(t.Context(), a.ID()); got != w || err != nil {
			t.Errorf("%v, %v; want %v", got, err, w)
		}
	}
	want(Live)
	c.at = b.expiry // it does not beat, and so is suspended
	want(Dead)
	a.mustBeat(t)
	want(Live)
	a.self.PID = 1 << 30
	a.mustBeat(t)
	want(Dead)
	a.self.PID = other.PID
	a.self.Started = "another process of that number"
	a.mustBeat(t)
	if other.Started != "" {
		want(Dead)
	}
	all, err := b.Workers(t.Context())
	if err != nil || other.Started != "" && len(all[Dead]) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := b.Forget(t.Context(), a.ID()); err != nil {
		t.Fatal(err)
	}
	want(Left)
}

// A worker beats by itself until it leaves.
func TestBeats(t *testing.T) {
	s := store.Local(t.TempDir())
	a, err := Join(t.Context(), s, Settings{Expiry: LeastExpiry, Program: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	other := Worker{ID: "b", Machine: "another"}
	b, err := Join(t.Context(), s, Settings{Expiry: time.Hour, manual: true, self: &other})
	if err != nil {
		t.Fatal(err)
	}
	for {
		all, err := b.Workers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(all[Live]) == 1 {
			if w := all[Live][0]; w.Program != "v1" || w.PID != os.Getpid() || w.ID != a.ID() {
				t.Errorf("%+v", w)
			}
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := a.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		got, err := b.Judge(t.Context(), a.ID())
		if err != nil {
			t.Fatal(err)
		}
		if got == Left {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := Join(t.Context(), s, Settings{Expiry: LeastExpiry - 1}); err == nil {
		t.Error("an expiry below the least")
	}
}

// late is a store whose server carries out what its client has given up, as any may.
type late struct {
	store.Store
	began, answer chan struct{}
	commits       atomic.Int64
}

func (s *late) Create(ctx context.Context, name string) (store.Writer, error) {
	w, err := s.Store.Create(context.WithoutCancel(ctx), name)
	return &lateWriter{w, ctx, s}, err
}

type lateWriter struct {
	store.Writer
	ctx context.Context
	s   *late
}

func (w *lateWriter) Commit(ctx context.Context) (store.Object, error) {
	if w.s.commits.Add(1) != 2 { // the first beat of all is that of Join
		return w.Writer.Commit(ctx)
	}
	close(w.s.began)
	select {
	case <-w.s.answer:
		return w.Writer.Commit(ctx)
	case <-w.ctx.Done():
		go func() {
			<-w.s.answer
			_, _ = w.Writer.Commit(context.WithoutCancel(ctx))
			close(w.s.began)
		}()
		return store.Object{}, w.ctx.Err()
	}
}

// Nothing is left of a worker that leaves while it beats.
func TestLeaveWhileItBeats(t *testing.T) {
	s := &late{Store: store.Local(t.TempDir()), began: make(chan struct{}), answer: make(chan struct{})}
	f, err := Join(t.Context(), s, Settings{Expiry: LeastExpiry})
	if err != nil {
		t.Fatal(err)
	}
	<-s.began
	s.began = make(chan struct{})
	left := make(chan error, 1)
	go func() { left <- f.Leave(t.Context()) }()
	time.Sleep(20 * time.Millisecond) // for one that does not wait to be gone
	cut := len(left) > 0
	close(s.answer)
	if cut {
		<-s.began
	} else if err := <-left; err != nil {
		t.Error(err)
	}
	for o, err := range s.List(t.Context(), WorkersFolder) {
		t.Errorf("left behind: %s, %v", o.Name, err)
	}
}

// FuzzRead reads what is no claim: such a thing is nobody's, and never this worker's.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"worker":"w","nonce":"n"}`, `{"nonce":1}`, "[", `{"worker":"x","nonce":"n","dead":["a","b","c"]}`, `{"nonce":"n","failed":"session"}`} {
		f.Add([]byte(seed), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, claim, worker []byte) {
		s := newMemory()
		w := workerOf(t, s)
		s.objects["claims/p/x.000000"] = claim
		b, err := w.read(t.Context(), "claims/p/x.000000")
		if err != nil {
			t.Fatal(err)
		}
		if b.Worker != "" && store.CheckName("open", workerName(b.Worker)) == nil && b.Worker != w.ID() {
			s.objects[workerName(b.Worker)] = worker
		}
		c, err := take(t, w, "p/x")
		var deadly *DeadlyError
		if err != nil && !errors.Is(err, ErrBusy) && !errors.As(err, &deadly) {
			t.Error(err)
		}
		if err == nil && c.number != 1 {
			t.Errorf("taken as number %d", c.number)
		}
	})
}

func workerOf(t *testing.T, s store.Store) *Folder { return worker(t, s, "w1", &clock{}, 0) }

// replacing is a store that says of the first reads of a worker that the object was replaced.
type replacing struct {
	store.Store
	left atomic.Int64
}

func (s *replacing) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if strings.HasPrefix(name, WorkersFolder) && s.left.Add(-1) >= 0 {
		return io.NopCloser(iotest.ErrReader(errors.New("the object was replaced while it was read"))), nil
	}
	return s.Store.Open(ctx, name)
}

// A worker that beats while another reads of it is read again.
func TestReadWhileItBeats(t *testing.T) {
	for fails, ok := range map[int64]bool{rereads - 1: true, rereads: false} {
		s := &replacing{Store: store.Local(t.TempDir())}
		c := &clock{}
		mustTake(t, worker(t, s, "a", c, 0), "p/b", 0)
		s.left.Store(fails)
		_, err := take(t, worker(t, s, "b", c, 0), "p/b")
		if busy := errors.Is(err, ErrBusy); busy != ok {
			t.Errorf("%d reads that fail: %v", fails, err)
		}
	}
}
