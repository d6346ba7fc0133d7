package claims

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corpusmill/corpusmill/store"
)

// DefaultExpiry is how long a worker is silent before others take its work; LeastExpiry the
// shortest time that may be asked for.
const (
	DefaultExpiry = time.Minute
	LeastExpiry   = time.Second
)

// beatsPerExpiry is how often a worker shows itself alive in the time after which it is
// taken for dead.
const beatsPerExpiry = 4

// State is what is known of a worker.
type State int

// States of workers.
const (
	Unknown State = iota // read once: a second reading tells
	Live                 // it beat since it was first read, or is a process of this machine
	Left                 // it went away as it should
	Dead                 // it was silent for the expiry, or its process is gone from this machine
)

// Worker is what a worker says of itself.
type Worker struct {
	ID      string `json:"id"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Machine string `json:"machine,omitempty"` // and its space of process ids; "" where nobody can tell
	Started string `json:"started,omitempty"` // of the process, as the machine counts
	Program string `json:"program,omitempty"` // its version
	Session string `json:"session,omitempty"` // that it works for; "" while it waits for one
	Beat    int64  `json:"beat"`
}

// Folder is the claims of a run folder as one worker sees them.
type Folder struct {
	store  store.Store
	expiry time.Duration
	now    func() time.Duration // monotonic
	puts   atomic.Int64

	mu     sync.Mutex
	self   Worker
	beaten time.Duration // when the counter was last written
	lapses int64
	seen   map[string]reading
	held   map[*Claim]bool
	since  map[*Claim]bool // held, or put since the session was last known to stand

	leaves func() // ends the beats, but none under way
	cancel context.CancelFunc
	gone   chan struct{}
}

// reading is the last change of a counter that was seen.
type reading struct {
	beat  int64
	at    time.Duration
	moved bool          // it changed since it was first read
	last  time.Duration // when it was read
	who   Worker
}

// Settings are those of a worker.
type Settings struct {
	// Expiry is how long a worker is silent before its work is taken over, the same for all
	// workers of a run; default [DefaultExpiry], at least [LeastExpiry].
	Expiry time.Duration
	// Program is the version of the program.
	Program string

	now    func() time.Duration // of tests
	manual bool                 // nothing beats by itself
	self   *Worker
}

// Join makes this process a worker of the run folder and beats for it until [Folder.Leave].
func Join(ctx context.Context, s store.Store, o Settings) (*Folder, error) {
	if o.Expiry == 0 {
		o.Expiry = DefaultExpiry
	}
	if o.Expiry < LeastExpiry && !o.manual {
		return nil, fmt.Errorf("claims expire after %s at least, not %s", LeastExpiry, o.Expiry)
	}
	start := time.Now()
	f := &Folder{store: s, expiry: o.Expiry, now: func() time.Duration { return time.Since(start) }, self: thisWorker(), seen: map[string]reading{}, held: map[*Claim]bool{}, since: map[*Claim]bool{}, gone: make(chan struct{})}
	f.self.Program = o.Program
	if o.now != nil {
		f.now = o.now
	}
	if o.self != nil {
		f.self = *o.self
	}
	if err := f.beat(ctx); err != nil {
		return nil, err
	}
	beating, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := make(chan struct{})
	f.cancel, f.leaves = cancel, sync.OnceFunc(func() { close(stop) })
	if o.manual {
		close(f.gone)
		return f, nil
	}
	go f.beats(beating, stop)
	return f, nil
}

// Enter makes the worker one of a session.
func (f *Folder) Enter(ctx context.Context, session string) error {
	f.mu.Lock()
	f.self.Session = session
	f.mu.Unlock()
	return f.beatAndLook(ctx)
}

// ID is the worker's name: host, process, and digits that no other has.
func (f *Folder) ID() string { return f.self.ID }

// Expiry is that of the settings.
func (f *Folder) Expiry() time.Duration { return f.expiry }

// Poll is how often to look again for what others have.
func (f *Folder) Poll() time.Duration { return f.expiry / beatsPerExpiry }

// Puts is how many claims this worker asked for.
func (f *Folder) Puts() int64 { return f.puts.Load() }

func workerName(id string) string { return WorkersFolder + id }

func (f *Folder) beats(ctx context.Context, stop <-chan struct{}) {
	defer close(f.gone)
	tick := time.NewTicker(f.Poll())
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if err := f.beatAndLook(ctx); err != nil {
			continue // the next one may succeed; until then it is as if this worker were silent
		}
	}
}

// beatAndLook beats, and behind a silence looks for what others took meanwhile.
func (f *Folder) beatAndLook(ctx context.Context) error {
	lapsed := f.Lapsed()
	if lapsed {
		f.mu.Lock()
		f.lapses++
		f.mu.Unlock()
	}
	err := f.beat(ctx)
	if err == nil && lapsed {
		f.look(ctx)
	}
	return err
}

// Silences counts the times that this worker was silent for so long that others may have
// taken its work, or ended the run. Who sees it grow has to look.
func (f *Folder) Silences() int64 {
	lapsed := f.Lapsed()
	f.mu.Lock()
	defer f.mu.Unlock()
	if lapsed {
		return f.lapses + 1
	}
	return f.lapses
}

// beat writes the counter.
func (f *Folder) beat(ctx context.Context) error {
	f.mu.Lock()
	f.self.Beat++
	self, at := f.self, f.now() // before it is written: others cannot have seen it earlier
	f.mu.Unlock()
	b, err := json.Marshal(self)
	if err != nil {
		return err
	}
	w, err := f.store.Create(ctx, workerName(self.ID))
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return errors.Join(err, w.Abort())
	}
	if _, err := w.Commit(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.beaten = at
	return nil
}

// Lapsed reports whether this worker was silent for so long that others may have taken its
// work: it was suspended, or could not write.
func (f *Folder) Lapsed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now()-f.beaten > f.expiry
}

// look loses the claims that others took.
func (f *Folder) look(ctx context.Context) {
	f.mu.Lock()
	var held []*Claim
	for c := range f.held {
		held = append(held, c)
	}
	f.mu.Unlock()
	for _, c := range held {
		if ok, err := c.Held(ctx); err == nil && !ok {
			f.release(c)
			c.lose()
		}
	}
}

func (f *Folder) hold(c *Claim) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[c], f.since[c] = true, true
}

func (f *Folder) release(c *Claim) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.held, c)
}

// Looks is called before this worker looks whether the session stands, and what it returns
// when it does: what was put before, who ends the session will find.
func (f *Folder) Looks() (stands func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var before []*Claim
	for c := range f.since {
		if !f.held[c] {
			before = append(before, c)
		}
	}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, c := range before {
			delete(f.since, c)
		}
	}
}

// Sweep removes what this worker put for a session that was over by then: who ended it may
// have removed its claims before.
func (f *Folder) Sweep(ctx context.Context) error {
	f.mu.Lock()
	list := slices.Collect(maps.Keys(f.since))
	f.mu.Unlock()
	for _, c := range list {
		name := nameOf(c.Work, c.number)
		there, err := f.read(ctx, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && there.Nonce != c.body.Nonce {
			continue // of another session
		}
		if err := f.store.Remove(ctx, name+doneSuffix); err != nil {
			return err
		}
		if err := f.store.Remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Leave ends the beats and says that this worker is gone: what it has is free.
func (f *Folder) Leave(ctx context.Context) error {
	f.leaves()
	select { // a beat that is cut off could still be carried out, behind the removal
	case <-f.gone:
	case <-ctx.Done():
	}
	f.cancel()
	<-f.gone
	return f.store.Remove(ctx, workerName(f.self.ID))
}

// Judge finds out whether a worker is alive. One that has no counter has left.
func (f *Folder) Judge(ctx context.Context, id string) (State, error) {
	state, _, err := f.judge(ctx, id, true)
	return state, err
}

// judge goes by what was read a moment ago, if it may.
func (f *Folder) judge(ctx context.Context, id string, recent bool) (State, Worker, error) {
	if id == f.self.ID {
		return Live, f.self, nil
	}
	if store.CheckName("open", workerName(id)) != nil {
		return Left, Worker{}, nil // nobody is called so: the claim is damaged
	}
	w, fresh := f.recent(id)
	if fresh = fresh && recent; !fresh {
		w = Worker{} // what is not written is not what was
		err := f.readJSON(ctx, workerName(id), &w)
		if errors.Is(err, fs.ErrNotExist) {
			return Left, w, nil
		}
		if err != nil && !errors.Is(err, errDamaged) {
			return Unknown, w, err
		}
		if err != nil {
			w = Worker{ID: id} // its next beat mends it, if it is alive
		}
	}
	here := w.Machine != "" && w.Machine == f.self.Machine
	if here && !runs(w.PID, w.Started) {
		return Dead, w, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	r, known := f.seen[id]
	switch {
	case !known || r.beat != w.Beat:
		r = reading{beat: w.Beat, at: now, moved: known}
	case now-r.at >= f.expiry:
		return Dead, w, nil
	}
	if !fresh {
		r.last, r.who = now, w
		f.seen[id] = r
	}
	if r.moved || here {
		return Live, w, nil
	}
	return Unknown, w, nil
}

// recentMax bounds how old what is known of a worker may be.
const recentMax = time.Second / 2

// recent is what was read of a worker a moment ago: many pieces of work have one owner.
func (f *Folder) recent(id string) (Worker, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.seen[id]
	return r.who, ok && f.now()-r.last < min(f.Poll()/8, recentMax)
}

// Workers reads and judges all other workers of the run folder.
func (f *Folder) Workers(ctx context.Context) (map[State][]Worker, error) {
	all := map[State][]Worker{}
	var ids []string
	for o, err := range f.store.List(ctx, WorkersFolder) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, strings.TrimPrefix(o.Name, WorkersFolder))
	}
	for _, id := range ids {
		if id == f.self.ID {
			continue
		}
		state, w, err := f.judge(ctx, id, false)
		if err != nil {
			return nil, err
		}
		if w.ID == "" {
			w.ID = id
		}
		all[state] = append(all[state], w)
	}
	return all, nil
}

// Signed lists the workers that signed in to a run folder and did not sign out, without those
// whose process is gone from this machine. Whether one of another machine lives only
// [Folder.Workers] finds out, which reads twice.
func Signed(ctx context.Context, s store.Store) (list []Worker, err error) {
	host, _ := os.Hostname() // a nameless host is none the worse
	here, _ := machineOf(host, os.Getpid())
	for o, err := range s.List(ctx, WorkersFolder) {
		if err != nil {
			return nil, err
		}
		w, err := readWorker(ctx, s, o.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // it has signed out
		case err != nil:
			return nil, err
		case here != "" && w.Machine == here && !runs(w.PID, w.Started):
			continue
		}
		list = append(list, w)
	}
	return list, nil
}

// workerBytes is more than any worker says of itself.
const workerBytes = 64 << 10

func readWorker(ctx context.Context, s store.Store, name string) (w Worker, err error) {
	r, err := s.Open(ctx, name)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b, err := io.ReadAll(io.LimitReader(r, workerBytes))
	if err != nil {
		return w, err
	}
	if json.Unmarshal(b, &w) != nil || w.ID == "" {
		w = Worker{ID: strings.TrimPrefix(name, WorkersFolder)} // it is being written
	}
	return w, nil
}

// Forget removes a worker that is dead.
func (f *Folder) Forget(ctx context.Context, id string) error {
	return f.store.Remove(ctx, workerName(id))
}

// thisWorker describes this process.
func thisWorker() Worker {
	host, _ := os.Hostname() // a nameless host is none the worse
	short := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return -1
	}, host)
	pid := os.Getpid()
	machine, started := machineOf(host, pid)
	return Worker{ID: fmt.Sprintf("%s-%d-%s", strings.Trim(short[:min(len(short), 60)]+"", ".-"), pid, nonce()[:8]), Host: host, PID: pid, Machine: machine, Started: started}
}
