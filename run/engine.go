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
	"github.com/corpusmill/corpusmill/stage"
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
	sections := e.plan.Sections
	shards, err := e.listShards(ctx)
	if err != nil {
		return err
	}
	if err := e.calibrate(ctx, sections[0], func() []origin { return e.shardOrigins(shards) }); err != nil {
		return err
	}
	segments, err := e.shardPass(ctx, shards)
	if err != nil {
		return err
	}
	for i := 1; i < len(sections); i++ {
		edits, err := e.cutPasses(ctx, sections[i-1], segments)
		if err != nil {
			return err
		}
		err = e.calibrate(ctx, sections[i], func() []origin { return e.segmentOrigins(sections[i], segments, edits) })
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
		pl.Options.Limit, pl.Options.Sample, pl.TextSample, partKey(pl.Pipeline.Rejects, pl.rejects))
	for _, c := range pl.Signals {
		b.WriteString(c.Name + "\n")
	}
	b.WriteString(strings.Join(pl.stageNames(), " ") + "\n" + strings.Join(pl.sourceNames(), " "))
	return b.String()
}

// sourceShard is a shard with the source that reads it.
type sourceShard struct {
	src openSource
	corpus.Shard
}

// key is what tells the shard from others, and from itself as it was.
func (s sourceShard) key() []string {
	return []string{s.src.key, s.Source, s.Name, strconv.FormatInt(s.Size, 10), s.Stamp}
}

// listShards lists the input of all sources, once for all passes that read it.
func (e *Engine) listShards(ctx context.Context) ([]sourceShard, error) {
	var all []sourceShard
	for _, src := range e.plan.sources {
		shards, err := e.plan.shards(ctx, src)
		if err != nil {
			return nil, err
		}
		for _, sh := range shards {
			all = append(all, sourceShard{src, sh})
		}
	}
	return all, nil
}

func (e *Engine) shardPass(ctx context.Context, shards []sourceShard) ([]*ledger.Commit, error) {
	pl, sec := e.plan, e.plan.Sections[0]
	pass, stages, output := e.passName("segment"), sec.key(), e.outputKey()
	var tasks []task
	for _, sh := range shards {
		t := &segmentTask{engine: e, sec: sec, pass: pass, label: sh.String(),
			key:   taskKey(append([]string{pass, stages, output}, sh.key()...)...),
			shard: &ledger.ShardStamp{Source: sh.Source, Name: sh.Name, Size: sh.Size, Stamp: sh.Stamp},
			input: pl.shardInput(sh.src, sh.Shard)}
		tasks = append(tasks, task{key: t.key, label: t.label, run: t.run})
		e.maker(t.key, sec, t.run, nil)
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
	upstream := []string{pass, sec.key(), e.outputKey()}
	var tasks []task
	for _, c := range segments {
		t := &segmentTask{engine: e, sec: sec, pass: pass, label: c.Label, key: segmentKey(upstream, c, edits),
			input: e.segmentInput(sec, []*ledger.Commit{c}, edits)}
		inputs := append(commitsOf(edits), c)
		tasks = append(tasks, task{key: t.key, label: t.label, run: t.run, inputs: inputs})
		e.maker(t.key, sec, t.run, inputs)
	}
	return e.pass(ctx, pass, sec, tasks)
}

// segmentKey is the key of reading a segment with its edits, in a pass whose own part
// of the key is upstream.
func segmentKey(upstream []string, c *ledger.Commit, edits []*resolved) string {
	parts := append(slices.Clone(upstream), c.Key)
	for _, r := range edits {
		parts = append(parts, r.digest(c.Key))
	}
	return taskKey(parts...)
}

// cutPasses resolves the grouping stages that end a section, in their order.
func (e *Engine) cutPasses(ctx context.Context, sec *Section, segments []*ledger.Commit) ([]*resolved, error) {
	var out []*resolved
	for i, st := range sec.Cut {
		groups, err := e.groupPass(ctx, st, i, segments, out)
		if err != nil {
			return nil, err
		}
		res, err := e.resolvePass(ctx, st, i, segments, groups, out)
		if err != nil {
			return nil, err
		}
		out = append(out, res)
	}
	return out, nil
}

func (e *Engine) groupPass(ctx context.Context, st *Step, column int, segments []*ledger.Commit, earlier []*resolved) ([]*ledger.Commit, error) {
	pass := e.passName(st.Name + "-group")
	inputs := append(commitsOf(earlier), segments...)
	upstream := []string{pass, st.key}
	for _, c := range inputs {
		upstream = append(upstream, c.Key)
	}
	var total int64
	for _, c := range segments {
		total += c.Keys[column]
	}
	dropped := sync.OnceValues(func() ([]bitmap, error) { return e.dropped(ctx, segments, earlier) })
	n := groupTasks(total)
	var tasks []task
	for g := range n {
		t := &groupTask{engine: e, step: st, column: column, pass: pass, segments: segments, dropped: dropped,
			from: g * 256 / n, to: (g + 1) * 256 / n, key: taskKey(append(upstream, strconv.Itoa(g), strconv.Itoa(n))...)}
		tasks = append(tasks, task{key: t.key, label: fmt.Sprintf("%s %d/%d", st.Name, g+1, n), run: t.run, inputs: inputs})
		e.maker(t.key, nil, t.run, inputs)
	}
	return e.pass(ctx, pass, nil, tasks)
}

func (e *Engine) resolvePass(ctx context.Context, st *Step, column int, segments, groups []*ledger.Commit, earlier []*resolved) (*resolved, error) {
	pass := e.passName(st.Name + "-resolve")
	t := &resolveTask{engine: e, step: st, column: column, pass: pass, segments: segments, groups: groups, earlier: earlier}
	upstream := []string{pass, st.key}
	for _, g := range groups {
		upstream = append(upstream, g.Key)
	}
	t.key = taskKey(upstream...)
	inputs := slices.Concat(segments, groups, commitsOf(earlier))
	e.maker(t.key, nil, t.run, inputs)
	done, err := e.pass(ctx, pass, nil, []task{{key: t.key, label: st.Name, run: t.run, inputs: inputs}})
	if err != nil {
		return nil, err
	}
	return newResolved(st, done[0]), nil
}

// dropped marks the documents that earlier stages of a cut dropped, by segment.
func (e *Engine) dropped(ctx context.Context, segments []*ledger.Commit, earlier []*resolved) ([]bitmap, error) {
	rows := make([]bitmap, len(segments))
	for _, res := range earlier {
		if err := res.dropped(ctx, e.plan.ledger, segments, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func commitsOf(list []*resolved) []*ledger.Commit {
	var commits []*ledger.Commit
	for _, r := range list {
		commits = append(commits, r.commit)
	}
	return commits
}

func (e *Engine) assemblePass(ctx context.Context, sec *Section, segments []*ledger.Commit, edits []*resolved) error {
	pass := e.passName("assemble")
	upstream := []string{pass, sec.key(), e.outputKey()}
	sink := partKey(e.plan.Pipeline.Sink, e.plan.sink)
	var tasks []task
	for i, group := range partGroups(segments, e.plan.sink.PartBytes()) {
		t := &assembleTask{engine: e, sec: sec, pass: pass, group: i, segments: group, edits: edits}
		parts := append(slices.Clone(upstream), strconv.Itoa(i), sink)
		for _, c := range group {
			parts = append(parts, segmentKey(upstream, c, edits))
		}
		t.key = taskKey(parts...)
		tasks = append(tasks, task{key: t.key, label: fmt.Sprintf("group %d", i), run: t.run, inputs: append(commitsOf(edits), group...)})
	}
	if err := e.revokeOthers(ctx, tasks); err != nil {
		return err
	}
	_, err := e.pass(ctx, pass, sec, tasks)
	return err
}

// revokeOthers takes back the assemble commits of other plans before a part is
// written: parts of two plans have the same names.
func (e *Engine) revokeOthers(ctx context.Context, tasks []task) error {
	if e.plan.Options.Only != "" {
		return nil // the tasks before and after this one are of the same plan
	}
	ours := map[string]bool{}
	for _, t := range tasks {
		ours[t.key] = true
	}
	for c, err := range e.plan.ledger.Committed(ctx, assembleSuffix) {
		if err == nil && !ours[c.Key] {
			err = e.plan.ledger.Revoke(ctx, c.Pass, c.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// assembleSuffix ends the name of the last pass, whatever its number.
const assembleSuffix = "-assemble"

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
		if c, err = e.present(ctx, c); err != nil {
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

// present takes a commit back whose parts or rejects are gone: somebody removed
// them, or the pipeline names another folder now.
func (e *Engine) present(ctx context.Context, c *ledger.Commit) (*ledger.Commit, error) {
	if c == nil {
		return nil, nil
	}
	for _, x := range []struct {
		sink  stage.Sink
		parts []stage.Part
	}{{e.plan.sink, c.Parts}, {e.plan.rejects, c.Rejects}} {
		for _, p := range x.parts {
			ok, err := x.sink.Has(ctx, p)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, e.plan.ledger.Revoke(ctx, c.Pass, c.Key)
			}
		}
	}
	return c, nil
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

// maker remembers how to make the files of a task once more. sec is the section
// whose stages it runs, nil if it runs none.
func (e *Engine) maker(key string, sec *Section, run func(context.Context, *pool) (*ledger.Commit, error), inputs []*ledger.Commit) {
	e.makers[key] = func(ctx context.Context) error {
		if err := e.ensureLocked(ctx, inputs); err != nil {
			return err
		}
		var p *pool
		if sec != nil {
			p = newPool(e.plan, sec, false)
			defer func() {
				for i, s := range p.close() {
					e.seconds[i] += s
				}
			}()
		}
		c, err := run(ctx, p)
		if err != nil {
			return err
		}
		e.ran++
		return e.plan.ledger.Publish(ctx, c) // equal to the commit that is there, or an error
	}
}

// ensure remakes the files of committed tasks where they are gone: an earlier run
// deleted them when nothing needed them any more.
func (e *Engine) ensure(ctx context.Context, commits []*ledger.Commit) error {
	e.making.Lock()
	defer e.making.Unlock()
	return e.ensureLocked(ctx, commits)
}

func (e *Engine) ensureLocked(ctx context.Context, commits []*ledger.Commit) error {
	for _, c := range commits {
		remake := e.makers[c.Key]
		if remake == nil {
			continue
		}
		delete(e.makers, c.Key) // looked at once
		// files are removed in the order of the commit: the first tells of all
		_, err := e.plan.ledger.Store.Stat(ctx, c.Files[0].Name)
		if errors.Is(err, fs.ErrNotExist) {
			err = remake(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
