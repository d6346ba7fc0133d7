package run

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// Progress is where a run stands, as far as this process knows.
type Progress struct {
	Pass      string // that is worked on; "" before the first
	Tasks     int    // of the pass
	Done      int    // committed
	Documents int64
	TextBytes int64
	// Waiting names a task of another process that this one waits for;
	// since WaitingSince no task that it waits for has been committed.
	Waiting      string
	WaitingSince time.Time
	// Line says how far a crawl is, in words; "" in passes, which count tasks.
	Line string
	// Passes are those of the plan, in its order, without those that only large runs have
	// and this one does not.
	Passes []PassProgress
	// Stages counts documents that this process took through the stages, in YAML order.
	Stages []StageProgress
}

// PassProgress is where one pass stands.
type PassProgress struct {
	Name  string
	Kind  plan.Kind
	Tasks int  // that are known
	Done  int  // of them committed, by any process
	Whole bool // nothing is left to do
	// Bytes are about those that the tasks read: of the input as it is stored, or of text;
	// 0 in passes that go by tasks alone. Read are those of tasks that are done and of what
	// this process read of others; Resumed those of them that were done before it came.
	Bytes, Read, Resumed int64
	// Documents are those that this process took through the pass, Kept those that stayed,
	// Quarantined the records that could not be read or worked on.
	Documents, Kept, Quarantined int64
	// Spent is how long this process has worked on the pass.
	Spent time.Duration
}

// StageProgress counts documents of one stage.
type StageProgress struct {
	Name              string
	In, Kept, Dropped int64
}

// progressEvery is the pause between two calls of Options.Progress.
const progressEvery = 200 * time.Millisecond

type progress struct {
	mu     sync.Mutex
	p      Progress
	passes []*passCount
	at     atomic.Pointer[passCount]
	stages []*stageCount
	input  *atomic.Int64 // bytes of the input that were read
	moved  atomic.Int64  // batches of all passes
	quit   chan struct{}
	gone   chan struct{}
}

// passCount is what is known of a pass. What is no atomic belongs to the lock of progress.
type passCount struct {
	PassProgress
	pass       plan.Pass
	began      time.Time // this spell of work; zero while another pass is worked on
	readBefore int64     // of the counter, when its tasks were last counted
	done       int64     // bytes of tasks that were committed since

	docs, kept, quarantined, text, read atomic.Int64
}

type stageCount struct {
	name              string
	in, kept, dropped atomic.Int64
}

func newProgress(pl *Plan) *progress {
	p := &progress{quit: make(chan struct{}), gone: make(chan struct{}), input: &pl.inputRead}
	for _, pass := range pl.Graph.Passes {
		if pass.Kind != plan.List {
			p.passes = append(p.passes, &passCount{PassProgress: PassProgress{Name: pass.Name, Kind: pass.Kind}, pass: pass})
		}
	}
	for _, st := range pl.steps {
		if !st.Checkpoint {
			p.stages = append(p.stages, &stageCount{name: st.Name})
		}
	}
	call := pl.Options.Progress
	if call == nil {
		close(p.gone)
		return p
	}
	go func() {
		defer close(p.gone)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			call(p.now())
			select {
			case <-p.quit:
				call(p.now())
				return
			case <-tick.C:
			}
		}
	}()
	return p
}

// now is where the run stands.
func (p *progress) now() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.p
	for _, c := range p.passes {
		if c.pass.Optional() && c.Tasks == 0 {
			continue
		}
		x := c.PassProgress
		x.Documents, x.Kept, x.Quarantined = c.docs.Load(), c.kept.Load(), c.quarantined.Load()
		if !c.began.IsZero() {
			x.Spent += time.Since(c.began)
			x.Read += max(c.done, p.readBy(c)-c.readBefore)
		}
		x.Read = min(x.Read, x.Bytes)
		now.Passes = append(now.Passes, x)
	}
	if c := p.at.Load(); c != nil {
		now.Documents, now.TextBytes = c.docs.Load(), c.text.Load()
	}
	now.Stages = make([]StageProgress, len(p.stages))
	for i, s := range p.stages {
		now.Stages[i] = StageProgress{s.name, s.in.Load(), s.kept.Load(), s.dropped.Load()}
	}
	return now
}

// readBy counts what tasks of a pass read here: stored bytes where they read the input.
func (p *progress) readBy(c *passCount) int64 {
	if c.pass.Section == 0 {
		return p.input.Load()
	}
	return c.read.Load()
}

// pass notes which pass is worked on, and what of it is done.
func (p *progress) pass(pass plan.Pass, tasks, done int, bytes, doneBytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.passes[slices.IndexFunc(p.passes, func(c *passCount) bool { return c.Name == pass.Name })]
	if old := p.at.Swap(c); old != c {
		p.rest(old)
	}
	if c.began.IsZero() {
		c.began = time.Now()
		if c.Spent == 0 {
			c.Resumed = doneBytes
		}
	}
	waiting, since := p.p.Waiting, p.p.WaitingSince
	if c.Name != p.p.Pass || done != p.p.Done {
		waiting, since = "", time.Time{}
	}
	c.Whole = false // of a listing that was made again
	c.Tasks, c.Done, c.Bytes, c.Read, c.done, c.readBefore = tasks, done, bytes, doneBytes, 0, p.readBy(c)
	p.p = Progress{Pass: c.Name, Tasks: tasks, Done: done, Waiting: waiting, WaitingSince: since}
}

// rest ends a spell of work on a pass.
func (p *progress) rest(c *passCount) {
	if c == nil || c.began.IsZero() {
		return
	}
	c.Spent += time.Since(c.began)
	c.Read += max(c.done, p.readBy(c)-c.readBefore)
	c.began, c.done = time.Time{}, 0
}

// whole notes that nothing of a pass is left to do.
func (p *progress) whole(pass plan.Pass, tasks int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.passes {
		if c.Name == pass.Name {
			p.rest(c)
			c.Tasks, c.Done, c.Read, c.Whole = tasks, tasks, c.Bytes, true
		}
	}
}

// tasks counts tasks of the pass that are done, with the bytes that they are taken for;
// resumed are those that were done before.
func (p *progress) tasks(n int, bytes int64, resumed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.p.Done += n
	c := p.at.Load()
	c.Done += n
	if resumed {
		c.Read += bytes
		c.Resumed += bytes
		return
	}
	c.done += bytes
}

func (p *progress) waiting(label string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.p.Waiting != label {
		p.p.Waiting, p.p.WaitingSince = label, time.Now()
	}
}

// add counts what a worker made of a batch.
func (p *progress) add(r *result) {
	p.moved.Add(1)
	c := p.at.Load()
	if c == nil { // of one task by its key
		return
	}
	c.docs.Add(r.documents + int64(len(r.rejects)))
	c.kept.Add(r.documents)
	c.quarantined.Add(int64(len(r.quarantine)))
	c.text.Add(r.textBytes)
	c.read.Add(r.bytesIn)
	if r.stats != nil {
		p.addStages(r.stats)
	}
}

// addStages counts by stage. An account has the stages of a section, in the order of all.
func (p *progress) addStages(s *ledger.Stats) {
	at := 0
	for _, st := range s.Stages {
		for at < len(p.stages) && p.stages[at].name != st.Name {
			at++
		}
		if at == len(p.stages) { // outcomes stand before what comes first in YAML
			at = slices.IndexFunc(p.stages, func(c *stageCount) bool { return c.name == st.Name })
		}
		c := p.stages[at]
		c.in.Add(st.In + st.Split)
		c.kept.Add(st.Kept)
		c.dropped.Add(st.RejectedSum() + st.Quarantined)
	}
}

func (p *progress) stop() {
	close(p.quit)
	<-p.gone
}

// lotBytes are about those that the tasks of a lot read; 0 in passes of keys and edges.
func (e *Engine) lotBytes(ps *passState, lot *plan.Lot) int64 {
	if !slices.Contains([]plan.Kind{plan.Segment, plan.Assemble, plan.Calibrate}, ps.pass.Kind) {
		return 0
	}
	if n, ok := ps.bytes[lot.Name]; ok {
		return n
	}
	n := lot.Bytes
	if n == 0 {
		for i := range lot.Len() {
			t := lot.Task(i)
			n += e.taskBytes(&t)
		}
	}
	if ps.bytes == nil {
		ps.bytes = map[string]int64{}
	}
	ps.bytes[lot.Name] = n
	return n
}

// taskBytes are about those that a task reads: of its shards, or the text of its segments.
func (e *Engine) taskBytes(t *plan.Task) (n int64) {
	for _, s := range t.Work.Shards {
		if s.To > 0 {
			n += s.To - s.From
		} else {
			n += max(s.Size, 0)
		}
	}
	for _, in := range t.Inputs {
		pass := e.plan.Graph.Pass(in.Pass)
		if pass == nil || pass.Kind != plan.Segment || e.commits[in.Pass] == nil {
			continue
		}
		heads := e.commits[in.Pass].Heads
		for i := in.From; i < min(in.To, heads.Len()); i++ {
			n += heads.TextBytes(i)
		}
	}
	return n
}

// countPass tells of the pass that is worked on from here.
func (e *Engine) countPass(ps *passState) {
	var bytes, done int64
	for i := range ps.lots {
		n := e.lotBytes(ps, &ps.lots[i])
		bytes += n
		if _, ok := ps.done[ps.lots[i].Name]; ok {
			done += n
		}
	}
	e.progress.pass(ps.pass, ps.tasks.Len(), ps.tasksDone(), bytes, done)
}
