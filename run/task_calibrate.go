package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// A calibration settles the limits of a stage that are shares of the documents
// that reach it. Its tasks take a sample through the stages before, and gather
// the values; a last task sorts them and commits the limits, which then are plain
// numbers and part of the stage's key.

// allGroups is the group that every document belongs to; a language or source
// that the sample lacks takes its limits.
const allGroups = "*"

// groupOf is the group in which the document's limits are settled.
func (st *Step) groupOf(d *corpus.Document) string {
	if len(st.Per) == 0 {
		return allGroups
	}
	var names []string
	for _, per := range st.Per {
		switch per {
		case "lang":
			names = append(names, cmp.Or(d.Lang, "und"))
		case "source":
			names = append(names, d.Origin.Source)
		}
	}
	return strings.Join(names, "/")
}

func (st *Step) limitsOf(d *corpus.Document) []float64 {
	if limits, ok := st.settled[st.groupOf(d)]; ok {
		return limits
	}
	return st.settled[allGroups]
}

// sample keeps the values of a document that reached the probed stage.
func (w *worker) sample(d *corpus.Document) {
	st := w.probe
	w.current = st
	if !st.applies(d) {
		return
	}
	if st.scorer != nil {
		w.waiting[len(w.steps)] = append(w.waiting[len(w.steps)], d)
		return
	}
	w.probed.Clear()
	if err := st.measurer.Measure(d, w.probed); err == nil { // else the pass itself sends it to quarantine
		w.keepSample(d, w.probed)
	}
}

func (w *worker) keepSample(d *corpus.Document, values *corpus.Values) {
	st := w.probe
	s := segment.Sample{Group: st.groupOf(d), Values: make([]float64, len(st.shares))}
	for i, share := range st.shares {
		s.Values[i] = values.Get(share.Column)
	}
	w.frame = segment.AppendSample(w.frame, s)
	w.out.documents++
}

// origin is one thing that a calibration may read: a shard or a segment.
type origin struct {
	key, label string
	hash       uint64
	bytes      int64
	input      input
	inputs     []*ledger.Commit
}

// calibrate settles every share of a section, stage after stage: a later one sees
// what the earlier leave.
func (e *Engine) calibrate(ctx context.Context, sec *Section, origins func() []origin) error {
	for i, st := range sec.Steps {
		if len(st.shares) == 0 {
			continue
		}
		if err := e.settle(ctx, &Section{Steps: sec.Steps[:i], Probe: st}, origins()); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) settle(ctx context.Context, sec *Section, all []origin) error {
	st, pass := sec.Probe, e.passName(sec.Probe.Name+"-calibrate")
	chosen, rate := e.plan.drawOrigins(all)
	pl := e.plan
	upstream := []string{pass, sec.key(), st.key,
		fmt.Sprintf("seed %d record %d limit %d sample %g rate %g", pl.Seed, pl.RecordBytesMax, pl.Options.Limit, pl.Options.Sample, rate)}
	var tasks []task
	settle := &settleTask{engine: e, step: st, whole: rate >= 1 && len(chosen) == len(all)}
	for _, o := range chosen {
		t := &calibrateTask{engine: e, pass: pass, key: taskKey(append(upstream, o.key)...), label: o.label, input: e.plan.thinned(o.input, rate)}
		tasks = append(tasks, task{key: t.key, label: t.label, run: t.run, inputs: o.inputs})
		e.maker(t.key, sec, t.run, o.inputs)
		settle.key += t.key + " "
	}
	commits, err := e.pass(ctx, pass, sec, tasks)
	if err != nil {
		return err
	}
	settle.pass, settle.samples = e.passName(st.Name+"-settle"), commits
	settle.key = taskKey(settle.pass, settle.key, strconv.FormatBool(settle.whole))
	done, err := e.pass(ctx, settle.pass, nil, []task{{key: settle.key, label: st.Name, run: settle.run, inputs: commits}})
	if err != nil {
		return err
	}
	st.settle(done[0].Settled)
	return nil
}

// settle takes the limits of a commit: they are plain numbers now.
func (st *Step) settle(limits []ledger.Settled) {
	unknown := slices.Repeat([]float64{math.NaN()}, len(st.shares))
	st.settled = map[string][]float64{allGroups: unknown}
	for _, s := range limits {
		if _, ok := st.settled[s.Group]; !ok {
			st.settled[s.Group] = slices.Clone(unknown)
		}
		st.settled[s.Group][s.Share] = s.Limit
		st.key += fmt.Sprintf("|%s %d %g", s.Group, s.Share, s.Limit)
	}
}

// drawOrigins chooses what a calibration reads, and the share of its documents.
func (pl *Plan) drawOrigins(all []origin) ([]origin, float64) {
	c := pl.Calibration
	if c.Exact || pl.Options.Limit > 0 { // a limit counts documents of a shard from its beginning
		return all, 1
	}
	chosen := slices.Clone(all)
	slices.SortFunc(chosen, func(a, b origin) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.label, b.label)) })
	chosen = chosen[:min(len(chosen), c.Shards*len(pl.sources))]
	slices.SortFunc(chosen, func(a, b origin) int { return cmp.Compare(a.label, b.label) })
	var bytes int64
	for _, o := range chosen {
		bytes += max(o.bytes, 0)
	}
	return chosen, min(1, float64(c.Bytes)/float64(max(bytes, 1)))
}

func (pl *Plan) originHash(label string) uint64 { return xxh3.HashStringSeed(label, pl.Seed) }

// shardOrigins are the shards of all sources.
func (e *Engine) shardOrigins(shards []sourceShard) []origin {
	var all []origin
	for _, sh := range shards {
		all = append(all, origin{key: taskKey(sh.key()...), label: sh.String(), hash: e.plan.originHash(sh.String()),
			bytes: sh.Size, input: e.plan.shardInput(sh.src, sh.Shard)})
	}
	return all
}

// segmentOrigins are the segments that a section reads, with their edits.
func (e *Engine) segmentOrigins(sec *Section, segments []*ledger.Commit, edits []*resolved) []origin {
	var all []origin
	for _, c := range segments {
		all = append(all, origin{key: segmentKey(nil, c, edits), label: c.Label, hash: e.plan.originHash(c.Label), bytes: c.TextBytes,
			input: e.segmentInput(sec, []*ledger.Commit{c}, edits), inputs: append(commitsOf(edits), c)})
	}
	return all
}

// thinned lets through the documents of an input whose hash falls below a rate.
func (pl *Plan) thinned(read input, rate float64) input {
	if rate >= 1 {
		return read
	}
	if pl.Options.Sample > 0 {
		rate *= pl.Options.Sample // those of a sampled run have the lowest hashes
	}
	return func(ctx context.Context, emit func(*batch) error, s *ledger.Stats) error {
		return read(ctx, func(b *batch) error {
			b.docs = slices.DeleteFunc(b.docs, func(d *corpus.Document) bool { return pl.draw(d) >= rate })
			b.quarantine = nil
			if len(b.docs) == 0 {
				return nil
			}
			return emit(b)
		}, s)
	}
}

// calibrateTask writes the values of one shard's or segment's sample.
type calibrateTask struct {
	engine           *Engine
	pass, key, label string
	input            input
}

func (t *calibrateTask) run(ctx context.Context, p *pool) (*ledger.Commit, error) {
	pl := t.engine.plan
	c := &ledger.Commit{Pass: t.pass, Key: t.key, Label: t.label}
	f, err := pl.ledger.Create(ctx, segmentFile(t.key, ".sample"))
	if err != nil {
		return nil, err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	read := func(ctx context.Context, emit func(*batch) error) error { return t.input(ctx, emit, pl.newStats()) }
	w := segment.NewWriter(f)
	err = p.stream(ctx, read, func(r *result) error {
		c.Documents += r.documents
		if r.documents == 0 {
			return nil
		}
		return w.Add(r.frame, r.documents)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, err
	}
	file, err := f.Commit(ctx)
	c.Files = []ledger.File{file}
	return c, err
}

// settleTask sorts the values of all samples and picks the limits.
type settleTask struct {
	engine    *Engine
	step      *Step
	pass, key string
	samples   []*ledger.Commit
	whole     bool // the sample is all there is
}

// pot is the values of one share in one group.
type pot struct {
	group string
	share int
	n     int64
	seen  int64
	want  [3]int64 // ranks of the limit and its interval
	got   [3]float64
}

func (t *settleTask) run(ctx context.Context, _ *pool) (*ledger.Commit, error) {
	sorter := extsort.New(t.engine.plan.sortBytes(), t.engine.plan.Options.TempDir)
	defer sorter.Close()
	pots, err := t.gather(ctx, sorter)
	if err != nil {
		return nil, err
	}
	for _, p := range pots {
		p.want = ranks(t.step.shares[p.share], p.n, t.whole)
	}
	for r, err := range sorter.Sorted() {
		if err != nil {
			return nil, err
		}
		p := pots[r[0]]
		for i, want := range p.want {
			if p.seen == want {
				p.got[i] = unordered(r[1])
			}
		}
		p.seen++
	}
	slices.SortFunc(pots, func(a, b *pot) int { return cmp.Or(strings.Compare(a.group, b.group), cmp.Compare(a.share, b.share)) })
	c := &ledger.Commit{Pass: t.pass, Key: t.key, Label: t.step.Name}
	for _, p := range pots {
		if p.n == 0 {
			continue
		}
		s := t.step.shares[p.share]
		c.Settled = append(c.Settled, ledger.Settled{Share: p.share, Column: t.step.columns[s.Column].Name, Ratio: s.Ratio, Highest: s.Highest,
			Group: p.group, Documents: p.n, Limit: p.got[0], Low: p.got[1], High: p.got[2]})
	}
	return c, nil
}

// gather feeds the sorter with (pot, value) and returns the pots by number.
func (t *settleTask) gather(ctx context.Context, sorter *extsort.Sorter) ([]*pot, error) {
	var pots []*pot
	numbers := map[string]int{} // of a group's first pot
	add := func(group string, share int, x float64) error {
		first, ok := numbers[group]
		if !ok {
			if len(numbers) > groupsMax {
				return fmt.Errorf("%s: per: more than %d groups", t.step.Name, groupsMax)
			}
			first = len(pots)
			numbers[group] = first
			for i := range t.step.shares {
				pots = append(pots, &pot{group: group, share: i})
			}
		}
		pots[first+share].n++
		return sorter.Add(extsort.Record{uint64(first + share), ordered(x)})
	}
	for _, c := range t.samples {
		for s, err := range segment.Samples(ctx, fileOf(t.engine.plan.ledger, c.Files[0]), c.Documents, len(t.step.shares)) {
			if err != nil {
				return nil, err
			}
			for share, x := range s.Values {
				if math.IsNaN(x) {
					continue
				}
				err := add(allGroups, share, x)
				if s.Group != allGroups && err == nil {
					err = add(s.Group, share, x)
				}
				if err != nil {
					return nil, err
				}
			}
		}
	}
	return pots, nil
}

// groupsMax bounds the languages and sources that limits are settled for.
const groupsMax = 100_000

// ranks are the places, in ascending order of n values, of a share's limit and of
// the ends of its 95 % interval: order statistics of a binomial count.
func ranks(s stage.Share, n int64, whole bool) [3]int64 {
	if n == 0 {
		return [3]int64{-1, -1, -1}
	}
	m := min(max(int64(math.Ceil(s.Ratio*float64(n)-1e-9)), 1), n)
	at := m - 1
	if s.Highest {
		at = n - m
	}
	var spread int64
	if !whole {
		spread = int64(math.Ceil(1.96 * math.Sqrt(float64(n)*s.Ratio*(1-s.Ratio))))
	}
	return [3]int64{at, max(at-spread, 0), min(at+spread, n-1)}
}

// ordered maps a float to an integer of the same order; unordered is its inverse.
func ordered(x float64) uint64 {
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func unordered(u uint64) float64 {
	if u>>63 != 0 {
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}
