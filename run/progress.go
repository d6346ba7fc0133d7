package run

import (
	"sync"
	"sync/atomic"
	"time"
)

// Progress is where a run stands.
type Progress struct {
	Pass      string
	Tasks     int // of the pass
	Done      int // committed
	Documents int64
	TextBytes int64
	// Waiting names a task of another process that this one waits for;
	// since WaitingSince no task that it waits for has been committed.
	Waiting      string
	WaitingSince time.Time
	// Line says how far a crawl is, in words; "" in passes, which count tasks.
	Line string
}

// progressEvery is the pause between two calls of Options.Progress.
const progressEvery = 2 * time.Second

type progress struct {
	mu    sync.Mutex
	p     Progress
	docs  atomic.Int64
	moved atomic.Int64 // batches of all passes
	bytes atomic.Int64
	quit  chan struct{}
	gone  chan struct{}
}

func newProgress(call func(Progress)) *progress {
	p := &progress{quit: make(chan struct{}), gone: make(chan struct{})}
	if call == nil {
		close(p.gone)
		return p
	}
	go func() {
		defer close(p.gone)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				return
			case <-tick.C:
				call(p.now())
			}
		}
	}()
	return p
}

func (p *progress) now() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.p
	now.Documents, now.TextBytes = p.docs.Load(), p.bytes.Load()
	return now
}

func (p *progress) pass(name string, tasks, done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if name != p.p.Pass {
		p.docs.Store(0)
		p.bytes.Store(0)
	}
	waiting, since := p.p.Waiting, p.p.WaitingSince
	if name != p.p.Pass || done != p.p.Done {
		waiting, since = "", time.Time{}
	}
	p.p = Progress{Pass: name, Tasks: tasks, Done: done, Waiting: waiting, WaitingSince: since}
}

// tasks counts tasks that are done.
func (p *progress) tasks(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.p.Done += n
}

func (p *progress) waiting(label string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.p.Waiting != label {
		p.p.Waiting, p.p.WaitingSince = label, time.Now()
	}
}

func (p *progress) add(r *result) {
	p.docs.Add(r.documents + int64(len(r.rejects)))
	p.moved.Add(1)
	p.bytes.Add(r.textBytes)
}

func (p *progress) stop() {
	close(p.quit)
	<-p.gone
}
