package run

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// batch is the unit of transport between a reader and the workers. Batches are
// cut by the reader alone, so that they are the same at any worker count.
type batch struct {
	docs       []*corpus.Document
	quarantine []ledger.QuarantineLine // of the reader, before these documents
	bytes      int64
}

// Limits of a batch.
const (
	batchDocuments = 128
	batchBytes     = 2 << 20
)

// result is what a worker makes of a batch.
type result struct {
	stats      *ledger.Stats
	kept       []*corpus.Document // in the last section
	rejects    []*corpus.Document
	quarantine []ledger.QuarantineLine
	documents  int64
	textBytes  int64

	// of a section that ends in a cut
	frame    []byte // compressed documents
	index    []byte // compressed index rows
	keys     [][]keyRecord
	sketches [][]byte

	err error
}

// keyRecord is a grouping key with the row of its document within the batch.
type keyRecord struct {
	hi, lo uint64
	row    uint32
	part   uint32
}

// worker takes batches through the stages of one section, document by document.
type worker struct {
	plan    *Plan
	sec     *Section
	last    bool
	steps   []*Step
	cut     []*Step
	values  []*corpus.Values
	waiting [][]*corpus.Document // for the scorer of a step, and last for that of the probe
	probe   *Step                // of a calibration
	probed  *corpus.Values       // its values
	view    text.View
	packer  *segment.Compressor
	seconds []time.Duration // by stage of the plan
	at      []int           // place in the section's account, by stage of the plan
	out     *result
	current *Step
	frame   []byte // scratch
	index   []byte // scratch
	guess   struct {
		text string
		lang string
	}
}

func newWorker(pl *Plan, sec *Section, last bool) *worker {
	w := &worker{plan: pl, sec: sec, last: last, at: sec.places(len(pl.steps)), seconds: make([]time.Duration, len(pl.Pipeline.Stages))}
	for _, st := range sec.Steps {
		f := st
		if st.grouper == nil {
			f = st.fork()
		}
		w.steps = append(w.steps, f)
		w.values = append(w.values, corpus.NewValues(len(f.columns)))
	}
	for _, st := range sec.Cut {
		w.cut = append(w.cut, st.fork())
	}
	if sec.Probe != nil {
		w.probe = sec.Probe.fork()
		w.probed = corpus.NewValues(len(w.probe.columns))
	}
	w.waiting = make([][]*corpus.Document, len(w.steps)+1)
	if !last {
		w.packer = segment.NewCompressor()
	}
	return w
}

// process runs a batch to the end.
func (w *worker) process(ctx context.Context, b *batch) *result {
	w.out = &result{stats: w.sec.newStats(), quarantine: b.quarantine,
		keys: make([][]keyRecord, len(w.cut)), sketches: make([][]byte, len(w.cut))}
	w.frame, w.index = w.frame[:0], w.index[:0]
	clear(w.waiting) // of a batch that failed
	for _, d := range b.docs {
		w.guard(d, func() { w.start(d) })
	}
	for i := range w.waiting {
		if w.out.err = w.score(ctx, i); w.out.err != nil {
			return w.out
		}
	}
	if !w.last && w.out.documents > 0 {
		w.out.frame = w.packer.Compress(make([]byte, 0, len(w.frame)/2), w.frame)
		w.out.index = w.packer.Compress(nil, w.index)
	}
	return w.out
}

// guard works on one document; a panic in a stage costs only this document.
func (w *worker) guard(d *corpus.Document, work func()) {
	defer func() {
		if r := recover(); r != nil {
			w.forgetKeys()
			w.quarantined(d, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
		d.Lend(nil)
	}()
	work()
}

func (w *worker) start(d *corpus.Document) {
	for len(d.Signals) < w.sec.columns {
		d.Signals = append(d.Signals, math.NaN())
	}
	w.run(d, 0)
}

func (w *worker) run(d *corpus.Document, from int) {
	d.Lend(&w.view)
	for i := from; i < len(w.steps); i++ {
		st := w.steps[i]
		w.current = st
		in := sizeOf(d)
		if st.grouper != nil {
			w.applyEdit(st, d, in)
			if d.Rejection != nil && d.Rejection.Stage == st.Name {
				return
			}
			continue
		}
		if !st.applies(d) {
			w.count(st, d, ledger.Outcome{Bypassed: true, Pieces: 1, BytesIn: in, BytesOut: in})
			continue
		}
		if st.scorer != nil {
			w.waiting[i] = append(w.waiting[i], d)
			return
		}
		start := time.Now()
		if st.splitter != nil {
			w.split(st, d, i, in)
			return
		}
		v, err := w.apply(st, i, d)
		w.seconds[st.index] += time.Since(start)
		if err != nil {
			w.quarantined(d, err)
			return
		}
		if !w.passed(st, d, v, in) {
			return
		}
	}
	w.current = nil
	w.done(d)
}

// passed counts a verdict and reports whether the document goes on.
func (w *worker) passed(st *Step, d *corpus.Document, v corpus.Verdict, in int64) bool {
	w.count(st, d, ledger.Outcome{Verdict: v, Pieces: 1, BytesIn: in, BytesOut: sizeOf(d)})
	if !v.Kept() {
		w.rejected(st, d, v)
	}
	return v.Kept()
}

// score hands the documents that wait for a step to its scorer, and goes on with
// each, in order.
func (w *worker) score(ctx context.Context, i int) error {
	docs := w.waiting[i]
	if len(docs) == 0 {
		return nil
	}
	w.waiting[i] = nil
	st := w.probe
	if i < len(w.steps) {
		st = w.steps[i]
	}
	values := make([]*corpus.Values, len(docs))
	for j := range values {
		values[j] = corpus.NewValues(len(st.columns))
	}
	start := time.Now()
	if err := st.scorer.Score(ctx, docs, values); err != nil {
		return fmt.Errorf("stage %s: %w", st.Name, err)
	}
	w.seconds[st.index] += time.Since(start)
	for j, d := range docs {
		w.guard(d, func() {
			w.current = st
			if i == len(w.steps) {
				w.keepSample(d, values[j])
			} else if w.passed(st, d, st.decide(d, values[j]), sizeOf(d)) {
				w.run(d, i+1)
			}
		})
	}
	return nil
}

// applyEdit counts what the cut before this section decided of the document.
func (w *worker) applyEdit(st *Step, d *corpus.Document, in int64) {
	o := ledger.Outcome{Pieces: 1, BytesIn: in, BytesOut: in}
	if d.Rejection != nil && d.Rejection.Stage == st.Name {
		o.Verdict = d.Rejection.Verdict
		w.count(st, d, o)
		w.rejected(st, d, o.Verdict)
		return
	}
	w.count(st, d, o)
}

func (w *worker) apply(st *Step, i int, d *corpus.Document) (corpus.Verdict, error) {
	v := w.values[i]
	if st.recorder != nil {
		v.Clear()
		verdict, err := st.recorder.Record(d, v)
		copy(d.Signals[st.slot:], v.All())
		return verdict, err
	}
	if st.editor != nil {
		return st.editor.Apply(d)
	}
	if st.keeper != nil && !st.Annotate && st.settled == nil {
		return st.keeper.Keep(d), nil
	}
	v.Clear()
	if err := st.measurer.Measure(d, v); err != nil {
		return corpus.Keep, err
	}
	return st.decide(d, v), nil
}

// decide turns measured values into a verdict, or stores them.
func (st *Step) decide(d *corpus.Document, v *corpus.Values) corpus.Verdict {
	switch {
	case st.Annotate:
		copy(d.Signals[st.slot:], v.All())
	case st.settled != nil:
		return st.measurer.(stage.Calibrator).DecideAt(v, st.limitsOf(d))
	case st.decider != nil:
		return st.decider.Decide(v)
	}
	return corpus.Keep
}

func (w *worker) split(st *Step, d *corpus.Document, i int, in int64) {
	var pieces []*corpus.Document
	if err := st.splitter.Split(d, func(p *corpus.Document) { pieces = append(pieces, p) }); err != nil {
		w.quarantined(d, err)
		return
	}
	if len(pieces) == 0 {
		v := corpus.Verdict{Rule: "no_pieces"}
		w.count(st, d, ledger.Outcome{Verdict: v, Pieces: 1, BytesIn: in})
		w.rejected(st, d, v)
		return
	}
	var out int64
	for n, p := range pieces {
		p.ID, p.Origin = d.ID+"."+strconv.Itoa(n), d.Origin
		out += sizeOf(p)
	}
	w.count(st, d, ledger.Outcome{Pieces: len(pieces), BytesIn: in, BytesOut: out})
	for _, p := range pieces {
		w.run(p, i+1)
	}
}

func (w *worker) count(st *Step, d *corpus.Document, o ledger.Outcome) {
	o.Lang, o.Source = w.langOf(d), d.Origin.Source
	w.out.stats.Stages[w.at[st.index]].Count(o)
}

// langOf is the document's language, or a cheap guess from its script.
func (w *worker) langOf(d *corpus.Document) string {
	if d.Lang != "" {
		return d.Lang
	}
	if d.Text == "" {
		return "und"
	}
	if w.guess.text != d.Text { // the same string costs one comparison of pointers
		w.guess.text, w.guess.lang = d.Text, "und-"+text.DominantScript(d.Text).String()
	}
	return w.guess.lang
}

func (w *worker) rejected(st *Step, d *corpus.Document, v corpus.Verdict) {
	w.host(d, false)
	d.Rejection = &corpus.Rejection{Stage: st.Name, Verdict: v}
	d.Raw, d.Signals = nil, nil
	tie := segment.TieOf(d)
	if float64(tie[1]>>11)/(1<<53) >= w.plan.TextSample {
		d.Text = ""
	}
	d.Lend(nil)
	w.out.rejects = append(w.out.rejects, d)
}

func (w *worker) quarantined(d *corpus.Document, err error) {
	w.host(d, false)
	line := ledger.QuarantineLine{Shard: d.Origin.Source + "/" + d.Origin.Shard, Record: d.Origin.Record,
		Offset: d.Origin.Offset, ID: d.ID, URL: d.URL, Error: err.Error()}
	if w.current != nil {
		line.Stage = w.current.Name
		w.count(w.current, d, ledger.Outcome{Quarantined: true, Pieces: 1, BytesIn: sizeOf(d)})
	}
	w.out.quarantine = append(w.out.quarantine, line)
}

// host counts the document once, where its way ends.
func (w *worker) host(d *corpus.Document, kept bool) {
	host := d.Host()
	if host == "" {
		return
	}
	h := w.out.stats.Hosts.Of(host)
	h.Documents++
	if kept {
		h.Kept++
		h.Bytes += int64(len(d.Text))
	}
}

// done takes a document that passed every stage of the section.
func (w *worker) done(d *corpus.Document) {
	if w.probe != nil {
		w.sample(d)
		return
	}
	if w.last {
		w.host(d, true)
		w.yield(d)
		d.Lend(nil)
		w.out.kept = append(w.out.kept, d)
	} else if err := w.keep(d); err != nil {
		w.forgetKeys()
		w.quarantined(d, err)
		return
	}
	w.out.documents++
	w.out.textBytes += int64(len(d.Text))
}

// yield counts a document of the output.
func (w *worker) yield(d *corpus.Document) {
	y := ledger.Yield{Documents: 1, Tokens: d.Tokens, Bytes: int64(len(d.Text)), Words: int64(len(d.View().Words(text.UAX29)))}
	for slot, c := range w.plan.Signals { // the last section has all of them
		if c.Type == corpus.Int && !math.IsNaN(d.Signals[slot]) {
			if y.Counts == nil {
				y.Counts = map[string]int64{}
			}
			y.Counts[c.Name] = int64(d.Signals[slot])
		}
	}
	w.out.stats.CountYield(w.langOf(d), d.Origin.Source, &y)
}

// keep stores the document and its grouping keys for the cut.
func (w *worker) keep(d *corpus.Document) error {
	tie := segment.TieOf(d)
	values := make([]float64, len(w.cut))
	for i, st := range w.cut {
		w.current = st
		values[i] = st.keepValue(d)
		if err := w.keys(i, st, d, tie); err != nil {
			return err
		}
	}
	w.current = nil
	w.frame = segment.AppendDocument(w.frame, d)
	w.index = segment.AppendIndexRow(w.index, segment.IndexRow{Tie: tie, Weight: max(d.ClusterSize, 1), Values: values, ID: d.ID})
	return nil
}

func (w *worker) keys(i int, st *Step, d *corpus.Document, tie [2]uint64) error {
	start := time.Now()
	defer func() { w.seconds[st.index] += time.Since(start) }()
	row, narrow := uint32(w.out.documents), st.grouper.KeyBytes() == 8
	err := st.grouper.Keys(d, func(k stage.Key, part uint32) {
		if narrow {
			k.Lo = tie[1] // members of a group come in an order of their own
		}
		w.out.keys[i] = append(w.out.keys[i], keyRecord{k.Hi, k.Lo, row, part})
	})
	if err == nil && st.sketch > 0 {
		before := len(w.out.sketches[i])
		w.out.sketches[i] = st.sketcher.Sketch(w.out.sketches[i])
		if n := len(w.out.sketches[i]) - before; n != st.sketch {
			err = fmt.Errorf("sketch of %d bytes, declared %d", n, st.sketch)
		}
	}
	return err
}

// forgetKeys takes back the keys of a document that failed half-way.
func (w *worker) forgetKeys() {
	row := uint32(w.out.documents)
	for i := range w.out.keys {
		w.out.keys[i] = slices.DeleteFunc(w.out.keys[i], func(k keyRecord) bool { return k.row == row })
		w.out.sketches[i] = w.out.sketches[i][:int(row)*w.cut[i].sketch]
	}
}

func sizeOf(d *corpus.Document) int64 { return int64(len(d.Text) + len(d.Raw)) }

// pool is the workers of one pass. Every task of the pass sends its batches here
// and takes the results back in its own order.
type pool struct {
	jobs    chan *job
	flight  *flight
	workers []*worker
	done    chan struct{}
}

type job struct {
	ctx   context.Context // of the task
	batch *batch
	bytes int64
	ready chan *result
}

// newStats is an account of the section's stages.
func (sec *Section) newStats() *ledger.Stats { return ledger.NewStats(nil, namesOf(sec.stages())) }

// places gives each stage's place in the section's account, by its number in the plan.
func (sec *Section) places(stages int) []int {
	at := make([]int, stages)
	for i, st := range sec.stages() {
		at[st.index] = i
	}
	return at
}

// stats is an empty account of what the pool's workers count.
func (p *pool) stats() *ledger.Stats { return p.workers[0].sec.newStats() }

func newPool(pl *Plan, sec *Section, last bool) *pool {
	p := &pool{jobs: make(chan *job), flight: newFlight(pl.flightBytes()), done: make(chan struct{})}
	running := make(chan struct{}, pl.Options.Workers)
	for range pl.Options.Workers {
		w := newWorker(pl, sec, last)
		p.workers = append(p.workers, w)
		go func() {
			for j := range p.jobs {
				j.ready <- w.process(j.ctx, j.batch)
			}
			running <- struct{}{}
		}()
	}
	go func() {
		for range pl.Options.Workers {
			<-running
		}
		close(p.done)
	}()
	return p
}

// close stops the workers and returns the time that they spent by stage.
func (p *pool) close() []time.Duration {
	if p == nil { // of tasks that no stage works on
		return nil
	}
	close(p.jobs)
	<-p.done
	sum := make([]time.Duration, len(p.workers[0].seconds))
	for _, w := range p.workers {
		for i, s := range w.seconds {
			sum[i] += s
		}
	}
	return sum
}

// stream reads batches, has them worked on in parallel, and hands the results to
// consume in the order of reading. At most window batches are in between.
func (p *pool) stream(ctx context.Context, read func(ctx context.Context, emit func(*batch) error) error, consume func(*result) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	window := make(chan *job, 2*len(p.workers)+2)
	var readErr error
	go func() {
		defer close(window)
		readErr = read(ctx, func(b *batch) error {
			j := &job{ctx: ctx, batch: b, bytes: b.bytes, ready: make(chan *result, 1)}
			if err := p.flight.acquire(ctx, j.bytes); err != nil {
				return err
			}
			select {
			case p.jobs <- j:
			case <-ctx.Done():
				p.flight.release(j.bytes)
				return context.Cause(ctx)
			}
			window <- j // never blocks for ever: the consumer drains it to the end
			return nil
		})
	}()
	var failed error
	for j := range window {
		r := <-j.ready
		j.batch = nil
		if failed == nil {
			if failed = r.err; failed == nil {
				failed = consume(r)
			}
			if failed != nil {
				cancel(failed)
			}
		}
		p.flight.release(j.bytes)
	}
	if failed != nil {
		return failed
	}
	return readErr
}
