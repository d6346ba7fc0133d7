package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
)

// Engine carries one plan through its passes.
type Engine struct {
	plan     *Plan
	progress *progress
	done     []*ledger.Commit // of all passes so far, in order of the plan
	// makers remake the files of a segment whose commit is there and whose files
	// are not.
	makers  map[string]func(context.Context) error
	making  sync.Mutex
	passNo  int
	seconds []time.Duration // by stage
	ran     int
	resumed int
	pending []Task
}

// Task names one unit of work of a run.
type Task struct {
	Pass  string `json:"pass"`
	Key   string `json:"key"`
	Label string `json:"label"`
}

// ErrPending means that a pass is not committed whole: other processes have its
// remaining tasks.
var ErrPending = errors.New("tasks of this pass are not committed yet")

// errOnly ends a run that was asked for one task.
var errOnly = errors.New("the one task is done")

// task is a unit of work of a pass.
type task struct {
	key, label string
	run        func(context.Context, *pool) (*ledger.Commit, error)
	// inputs are the segments whose files the task reads.
	inputs []*ledger.Commit
}

func newEngine(pl *Plan) *Engine {
	return &Engine{plan: pl, progress: newProgress(pl.Options.Progress), makers: map[string]func(context.Context) error{},
		seconds: make([]time.Duration, len(pl.Pipeline.Stages))}
}

// passes runs pass after pass until the parts are written.
func (e *Engine) passes(ctx context.Context) error {
	segments, err := e.shardPass(ctx)
	if err != nil {
		return err
	}
	sections := e.plan.Sections
	for i := 1; i < len(sections); i++ {
		edits, err := e.cutPasses(ctx, sections[i-1], segments)
		if err != nil {
			return err
		}
		if i == len(sections)-1 {
			return e.assemblePass(ctx, sections[i], segments, edits)
		}
		if segments, err = e.segmentPass(ctx, sections[i], segments, edits); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) passName(what string) string {
	e.passNo++
	return fmt.Sprintf("%02d-%s", e.passNo, what)
}

// outputKey is what changes the bytes of every task besides its stages.
func (e *Engine) outputKey() string {
	pl := e.plan
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d carry %s record %d limit %d sample %g text %g rejects %s\n", pl.Seed, pl.Carry, pl.RecordBytesMax,
		pl.Options.Limit, pl.Options.Sample, pl.TextSample, partKey(pl.Pipeline.Rejects, nil))
	for _, c := range pl.Signals {
		b.WriteString(c.Name + "\n")
	}
	b.WriteString(strings.Join(pl.stageNames(), " ") + "\n" + strings.Join(pl.sourceNames(), " "))
	return b.String()
}

func (e *Engine) shardPass(ctx context.Context) ([]*ledger.Commit, error) {
	pl, sec := e.plan, e.plan.Sections[0]
	pass := e.passName("segment")
	var tasks []task
	for _, src := range pl.sources {
		shards, err := pl.shards(ctx, src)
		if err != nil {
			return nil, err
		}
		for _, sh := range shards {
			t := &segmentTask{engine: e, sec: sec, pass: pass, label: sh.String(),
				key:   taskKey(pass, src.key, sec.key(), e.outputKey(), sh.Source, sh.Name, strconv.FormatInt(sh.Size, 10), sh.Stamp),
				shard: &ledger.ShardStamp{Source: sh.Source, Name: sh.Name, Size: sh.Size, Stamp: sh.Stamp},
				input: pl.shardInput(src, sh)}
			tasks = append(tasks, task{key: t.key, label: t.label, run: t.run})
			e.maker(sec, t.key, t.run, nil)
		}
	}
	return e.pass(ctx, pass, sec, tasks)
}

// shards lists the input of a source, sorted by name. Input that is not there is
// a mistake in the pipeline.
func (pl *Plan) shards(ctx context.Context, src openSource) ([]corpus.Shard, error) {
	shards, err := src.src.Shards(ctx)
	if err == nil && len(shards) == 0 {
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) && src.node != nil {
		return nil, src.node.Errorf("source %s: %v", src.Name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", src.Name, err)
	}
	slices.SortFunc(shards, func(a, b corpus.Shard) int { return strings.Compare(a.Name, b.Name) })
	for i := range shards {
		shards[i].Source = src.Name
	}
	return shards, nil
}

// segmentPass is a section between two cuts: segments in, segments out.
func (e *Engine) segmentPass(ctx context.Context, sec *Section, segments []*ledger.Commit, edits []*resolved) ([]*ledger.Commit, error) {
	pass := e.passName("segment")
	var tasks []task
	for _, c := range segments {
		t := &segmentTask{engine: e, sec: sec, pass: pass, label: c.Label, key: e.segmentKey(pass, sec, c, edits),
			input: e.segmentInput(sec, []*ledger.Commit{c}, edits)}
		tasks = append(tasks, task{key: t.key, label: t.label, run: t.run, inputs: []*ledger.Commit{c}})
		e.maker(sec, t.key, t.run, []*ledger.Commit{c})
	}
	return e.pass(ctx, pass, sec, tasks)
}

func (e *Engine) segmentKey(pass string, sec *Section, c *ledger.Commit, edits []*resolved) string {
	parts := []string{pass, sec.key(), e.outputKey(), c.Key}
	for _, r := range edits {
		parts = append(parts, r.digest(c.Key))
	}
	return taskKey(parts...)
}

// cutPasses resolves the grouping stages that end a section, in their order.
func (e *Engine) cutPasses(ctx context.Context, sec *Section, segments []*ledger.Commit) ([]*resolved, error) {
	var out []*resolved
	keys := make([]string, len(segments))
	for i, c := range segments {
		keys[i] = c.Key
	}
	all := strings.Join(keys, " ")
	var dropped []bitmap
	for i, st := range sec.Cut {
		group := e.passName(st.Name + "-group")
		upstream := all
		for _, r := range out {
			upstream += " " + r.commit.Key
		}
		var total int64
		for _, c := range segments {
			total += c.Keys[i]
		}
		n := groupTasks(total)
		var tasks []task
		for g := range n {
			t := &groupTask{engine: e, step: st, pass: group, segments: segments, dropped: dropped,
				from: g * 256 / n, to: (g + 1) * 256 / n, key: taskKey(group, st.key, upstream, strconv.Itoa(g), strconv.Itoa(n))}
			tasks = append(tasks, task{key: t.key, label: fmt.Sprintf("%s %d/%d", st.Name, g+1, n), inputs: segments,
				run: func(ctx context.Context, _ *pool) (*ledger.Commit, error) { return t.run(ctx) }})
		}
		groups, err := e.pass(ctx, group, nil, tasks)
		if err != nil {
			return nil, err
		}
		resolve := e.passName(st.Name + "-resolve")
		t := &resolveTask{engine: e, step: st, column: i, pass: resolve, segments: segments, groups: groups, earlier: out}
		for _, g := range groups {
			t.key += g.Key
		}
		t.key = taskKey(resolve, st.key, t.key)
		done, err := e.pass(ctx, resolve, nil, []task{{key: t.key, label: st.Name, inputs: segments,
			run: func(ctx context.Context, _ *pool) (*ledger.Commit, error) { return t.run(ctx) }}})
		if err != nil {
			return nil, err
		}
		res := newResolved(st, done[0])
		out = append(out, res)
		if i < len(sec.Cut)-1 {
			if dropped == nil {
				dropped = make([]bitmap, len(segments))
			}
			if err := res.dropped(ctx, e.plan.ledger, segments, dropped); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (e *Engine) assemblePass(ctx context.Context, sec *Section, segments []*ledger.Commit, edits []*resolved) error {
	pass := e.passName("assemble")
	var tasks []task
	for i, group := range partGroups(segments, e.plan.sink.PartBytes()) {
		t := &assembleTask{engine: e, sec: sec, pass: pass, group: i, segments: group, edits: edits}
		parts := []string{pass, strconv.Itoa(i), sec.key(), e.outputKey(), partKey(e.plan.Pipeline.Sink, nil)}
		for _, c := range group {
			parts = append(parts, e.segmentKey(pass, sec, c, edits))
		}
		t.key = taskKey(parts...)
		tasks = append(tasks, task{key: t.key, label: fmt.Sprintf("group %d", i), run: t.run, inputs: group})
	}
	_, err := e.pass(ctx, pass, sec, tasks)
	return err
}

// pass runs this process's share of the tasks and returns the commits of all, in
// order. It ends only when the pass is committed whole.
func (e *Engine) pass(ctx context.Context, name string, sec *Section, tasks []task) ([]*ledger.Commit, error) {
	o := e.plan.Options
	commits := make([]*ledger.Commit, len(tasks))
	var mine []int
	for i, t := range tasks {
		c, err := e.plan.ledger.Find(ctx, name, t.key)
		if err != nil {
			return nil, err
		}
		commits[i] = c
		if c != nil && t.key != o.Only {
			e.resumed++
			continue
		}
		e.pending = append(e.pending, Task{name, t.key, t.label})
		if o.Only == t.key || o.Only == "" && rankOf(t.key, o.World) == o.Rank {
			mine = append(mine, i)
		}
	}
	e.progress.pass(name, len(tasks), len(tasks)-len(mine))
	if err := e.runTasks(ctx, sec, tasks, commits, mine); err != nil {
		return nil, err
	}
	if o.Only != "" && len(mine) > 0 {
		return nil, errOnly
	}
	if err := e.await(ctx, name, tasks, commits); err != nil {
		return nil, err
	}
	e.pending = nil
	e.done = append(e.done, commits...)
	return commits, e.checkErrors(name, commits)
}

// rankOf says which process of a world takes a task.
func rankOf(key string, world int) int {
	n, _ := strconv.ParseUint(key[:15], 16, 64) // keys are ours: always hexadecimal
	return int(n % uint64(max(world, 1)))
}

func (e *Engine) runTasks(ctx context.Context, sec *Section, tasks []task, commits []*ledger.Commit, mine []int) error {
	if len(mine) == 0 {
		return nil
	}
	for _, i := range mine {
		if err := e.ensure(ctx, tasks[i].inputs); err != nil {
			return err
		}
	}
	var p *pool
	if sec != nil {
		p = newPool(e.plan, sec, sec == e.plan.Sections[len(e.plan.Sections)-1])
		defer func() { e.addSeconds(p.close()) }()
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(e.plan.Options.Workers)
	for _, i := range mine {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			c, err := tasks[i].run(ctx, p)
			if err != nil {
				return err
			}
			if err := e.plan.ledger.Publish(ctx, c); err != nil {
				return err
			}
			commits[i] = c
			e.progress.task()
			return nil
		})
	}
	err := g.Wait()
	e.ran += len(mine)
	return err
}

func (e *Engine) addSeconds(s []time.Duration) {
	e.making.Lock()
	defer e.making.Unlock()
	for i := range s {
		e.seconds[i] += s[i]
	}
}

// pollEvery is how often a process looks for the commits of others.
const pollEvery = 200 * time.Millisecond

// await waits for the commits of tasks that other processes run.
func (e *Engine) await(ctx context.Context, name string, tasks []task, commits []*ledger.Commit) error {
	for i := range tasks {
		for commits[i] == nil {
			if e.plan.Options.World <= 1 || e.plan.Options.Only != "" {
				return fmt.Errorf("%s: %w", name, ErrPending)
			}
			c, err := e.plan.ledger.Find(ctx, name, tasks[i].key)
			if err != nil {
				return err
			}
			if commits[i] = c; c != nil {
				break
			}
			e.progress.waiting(name, tasks[i].label)
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(pollEvery):
			}
		}
	}
	return nil
}

// maker remembers how to remake a segment.
func (e *Engine) maker(sec *Section, key string, run func(context.Context, *pool) (*ledger.Commit, error), inputs []*ledger.Commit) {
	e.makers[key] = func(ctx context.Context) error {
		if err := e.ensureLocked(ctx, inputs); err != nil {
			return err
		}
		p := newPool(e.plan, sec, false)
		c, err := run(ctx, p)
		for i, s := range p.close() {
			e.seconds[i] += s
		}
		if err != nil {
			return err
		}
		e.ran++
		return e.plan.ledger.Publish(ctx, c) // equal to the commit that is there, or an error
	}
}

// ensure remakes committed segments whose files are gone: an earlier run deleted
// them when nothing needed them any more.
func (e *Engine) ensure(ctx context.Context, segments []*ledger.Commit) error {
	e.making.Lock()
	defer e.making.Unlock()
	return e.ensureLocked(ctx, segments)
}

func (e *Engine) ensureLocked(ctx context.Context, segments []*ledger.Commit) error {
	for _, c := range segments {
		if e.makers[c.Key] == nil {
			continue
		}
		_, err := e.plan.ledger.Store.Stat(ctx, segmentFile(c.Key, ".docs"))
		if errors.Is(err, fs.ErrNotExist) {
			err = e.makers[c.Key](ctx)
		}
		if err != nil {
			return err
		}
		delete(e.makers, c.Key) // looked at once
	}
	return nil
}

// ErrTooManyErrors ends a run whose quarantine passed errors_max.
var ErrTooManyErrors = errors.New("too many records in quarantine")

func (e *Engine) checkErrors(pass string, commits []*ledger.Commit) error {
	var bad, docs int64
	for _, c := range commits {
		if c.Stats != nil {
			bad += c.Stats.QuarantinedSum()
			for _, s := range c.Stats.Sources {
				docs += s.Read
			}
			docs = max(docs, c.Documents)
		}
	}
	limit := max(100, docs/100)
	switch x, on := e.plan.ErrorsMax.Get(); {
	case on:
		limit = int64(x)
	case e.plan.ErrorsMax.String() == "off":
		return nil
	}
	if bad > limit {
		return fmt.Errorf("%s: %w: %d, errors_max is %d; the quarantine folder of the run has each with its file, record and offset", pass, ErrTooManyErrors, bad, limit)
	}
	return nil
}
