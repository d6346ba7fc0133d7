package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Options are what a run takes from its command line: nothing here but Limit and
// Sample changes an output byte.
type Options struct {
	// Dir is the run folder or its s3:// location.
	Dir string
	// Workers is the number of documents worked on at once; default 1.
	Workers int
	// Memory is the budget in bytes; default 4 GiB.
	Memory int64
	// TempDir holds spilled sorts; "" is the system's.
	TempDir string
	// Rank and World share the tasks of a run between processes: this one takes
	// those whose key hashes to Rank. World 0 or 1 takes all.
	Rank, World int
	// Limit reads at most so many documents of every shard; 0 reads all.
	Limit int64
	// Sample reads the share of documents whose hash falls below it; 0 reads all.
	Sample float64
	// Only runs the one task of that key, also if it is committed already.
	Only string
	// Log takes warnings; nil discards them.
	Log *slog.Logger
	// Progress is called now and then from one goroutine at a time; may be nil.
	Progress func(Progress)
}

func (o *Options) defaults() {
	o.Workers = max(o.Workers, 1)
	o.World = max(o.World, 1)
	if o.Memory <= 0 {
		o.Memory = 4 << 30
	}
}

// Plan is a pipeline made ready: sources, stages and sinks opened, columns fixed,
// stages cut into sections at the stages that work across documents.
type Plan struct {
	*Pipeline
	Options  Options
	Sections []*Section
	// Signals are the stored columns of annotated stages, by slot.
	Signals []corpus.Column

	ledger  *ledger.Ledger
	sources []openSource
	sink    stage.Sink
	rejects stage.Sink
	sizer   Sizer
}

type openSource struct {
	Source
	src stage.Source
	key string
}

// Section is a run of per-document stages, with the cut that ends it: grouping
// stages that stand side by side and are resolved in their order.
type Section struct {
	Steps []*Step // of the whole section; those of the cut before come first
	Cut   []*Step // grouping stages that end the section; empty in the last
	// Probe is the stage whose values are gathered where Steps end; nil outside a
	// calibration.
	Probe *Step
}

// Step is one opened stage.
type Step struct {
	Stage
	index int // in the plan's list of stages
	obj   any
	key   string // name, revision, settings, digest

	columns   []corpus.Column
	slot      int // of the first signal; -1 stores none
	measurer  stage.Measurer
	scorer    stage.Scorer
	decider   stage.Decider
	keeper    keeper
	editor    stage.Editor
	recorder  stage.Recorder
	splitter  stage.Splitter
	shares    []stage.Share        // to be settled before the pass
	settled   map[string][]float64 // by group, one limit a share; that of allGroups is always there
	grouper   stage.Grouper
	sketcher  stage.Sketcher
	sketch    int
	dropRule  string
	keepValue func(*corpus.Document) float64
	cutSize   int // grouping stages of its cut
}

// keeper is the one-call form of a threshold rule: Decide(Measure), which may
// stop at the first limit.
type keeper interface {
	Keep(*corpus.Document) corpus.Verdict
}

// Plan opens everything that the pipeline names. Opening sinks and the run folder
// writes nothing.
func (a *App) Plan(ctx context.Context, p *Pipeline, o Options) (*Plan, error) {
	o.defaults()
	env := a.env(p, o)
	pl := &Plan{Pipeline: p, Options: o}
	for _, s := range p.Sources {
		obj, err := s.open(ctx, env, s.Name)
		if err != nil {
			return nil, err
		}
		src, ok := obj.(stage.Source)
		if !ok {
			return nil, fmt.Errorf("source %s: %T is no source", s.Def.Name, obj)
		}
		pl.sources = append(pl.sources, openSource{s, src, partKey(s.Part, obj)})
	}
	if err := pl.openSteps(ctx, env); err != nil {
		return nil, err
	}
	if err := pl.openSinks(ctx, env, a); err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, o.Dir, env.Store)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	pl.ledger = &ledger.Ledger{Store: st}
	return pl, nil
}

func (pl *Plan) openSinks(ctx context.Context, env *stage.Env, a *App) error {
	for _, x := range []struct {
		part Part
		dst  *stage.Sink
		dir  string
	}{{pl.Pipeline.Sink, &pl.sink, ""}, {pl.Pipeline.Rejects, &pl.rejects, "rejects"}} {
		if d, ok := x.part.Settings.(interface{ DefaultDir(string) }); ok {
			d.DefaultDir(joinLocation(pl.Options.Dir, cmpOr(x.dir, "parts")))
		}
		obj, err := x.part.open(ctx, env, x.part.Def.Name)
		if err != nil {
			return err
		}
		sink, ok := obj.(stage.Sink)
		if !ok {
			return fmt.Errorf("sink %s: %T is no sink", x.part.Def.Name, obj)
		}
		*x.dst = sink
	}
	if pl.Sizing == nil {
		return nil
	}
	obj, err := a.Sizing.Open(ctx, pl.Sizing, env)
	if err != nil {
		return err
	}
	pl.sizer, _ = obj.(Sizer)
	return nil
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func joinLocation(dir, name string) string { return strings.TrimSuffix(dir, "/") + "/" + name }

func (pl *Plan) openSteps(ctx context.Context, env *stage.Env) error {
	objects := make([]any, len(pl.Pipeline.Stages))
	var g errgroup.Group // models and vocabularies load side by side
	for i, s := range pl.Pipeline.Stages {
		g.Go(func() (err error) {
			objects[i], err = s.open(ctx, env, s.Name)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	section := &Section{}
	for i, s := range pl.Pipeline.Stages {
		st, err := newStep(s, i, objects[i])
		if err != nil {
			return err
		}
		if s.Annotate {
			if st.measurer == nil {
				return s.node.Errorf("annotate: %s measures nothing that could be stored", s.Def.Name)
			}
		}
		if s.Annotate || st.recorder != nil {
			st.slot = len(pl.Signals)
			for _, c := range st.columns {
				c.Name = "sig_" + s.Name + "_" + c.Name
				pl.Signals = append(pl.Signals, c)
			}
		}
		switch {
		case st.grouper != nil:
			section.Cut = append(section.Cut, st)
		case len(section.Cut) > 0:
			pl.Sections = append(pl.Sections, section)
			section = &Section{Steps: append(slices.Clone(section.Cut), st)}
		default:
			section.Steps = append(section.Steps, st)
		}
	}
	pl.Sections = append(pl.Sections, section)
	if len(section.Cut) > 0 { // the cut stands last: a section that only applies it
		pl.Sections = append(pl.Sections, &Section{Steps: slices.Clone(section.Cut)})
	} else if len(pl.Sections) == 1 { // no cut at all: assemble copies the segments
		pl.Sections = append(pl.Sections, &Section{})
	}
	return pl.resolveKeeps()
}

// resolveKeeps finds the columns by which survivors are chosen.
func (pl *Plan) resolveKeeps() error {
	for _, sec := range pl.Sections {
		for _, st := range sec.Cut {
			st.cutSize = len(sec.Cut)
			k := st.grouper.Survivor()
			if k.Column == "" {
				st.keepValue = func(*corpus.Document) float64 { return 0 }
				continue
			}
			get, ok := pl.numericColumn(k.Column)
			if !ok {
				return st.node.Errorf("keep: no numeric column %q before %s; known: %s", k.Column, st.Name, strings.Join(pl.numericColumns(), ", "))
			}
			st.keepValue = get
		}
	}
	return nil
}

func (pl *Plan) numericColumn(name string) (func(*corpus.Document) float64, bool) {
	switch name {
	case "text_bytes":
		return func(d *corpus.Document) float64 { return float64(len(d.Text)) }, true
	case "lang_score":
		return func(d *corpus.Document) float64 { return d.LangScore }, true
	case "tokens":
		return func(d *corpus.Document) float64 { return float64(d.Tokens) }, true
	case "fetched_at":
		return func(d *corpus.Document) float64 { return fetchedSeconds(d.FetchedAt) }, true
	}
	for slot, c := range pl.Signals {
		if c.Name == name || strings.TrimPrefix(c.Name, "sig_") == name {
			return func(d *corpus.Document) float64 { return d.Signals[slot] }, true
		}
	}
	return nil, false
}

func fetchedSeconds(s string) float64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return math.NaN()
	}
	return float64(t.Unix())
}

func (pl *Plan) numericColumns() []string {
	names := []string{"text_bytes", "lang_score", "tokens", "fetched_at"}
	for _, c := range pl.Signals {
		names = append(names, c.Name)
	}
	return names
}

func newStep(s Stage, index int, obj any) (*Step, error) {
	st := &Step{Stage: s, index: index, obj: obj, slot: -1, key: partKey(s.Part, obj) + fmt.Sprintf("|%v|%v|%v", s.When, s.Annotate, s.Per)}
	if !st.bind(obj) {
		return nil, fmt.Errorf("stage %s: %T implements none of the stage contracts", s.Name, obj)
	}
	if st.measurer != nil {
		st.columns = st.measurer.Columns()
	}
	if st.recorder != nil {
		if st.columns = st.recorder.Columns(); len(st.columns) == 0 {
			st.recorder = nil
		}
	}
	if c, ok := obj.(stage.Calibrator); ok && !s.Annotate {
		st.shares = c.Shares()
	}
	if len(s.Per) > 0 && len(st.shares) == 0 {
		return nil, s.node.Errorf("per: %s has no limit that is a share, such as keep_top", s.Name)
	}
	if st.sketcher != nil {
		st.sketch = st.sketcher.SketchBytes()
	}
	if st.grouper != nil {
		if len(s.When.Lang)+len(s.When.Source) > 0 || s.Annotate {
			return nil, s.node.Errorf("%s works across documents: when and annotate do not apply to it", s.Name)
		}
		st.dropRule = "duplicate"
		if l, ok := obj.(stage.Lister); ok && len(l.Rules()) > 0 {
			st.dropRule = l.Rules()[0]
		}
	}
	return st, nil
}

// bind looks up which contracts the object implements.
func (st *Step) bind(obj any) bool {
	st.obj = obj
	st.measurer, _ = obj.(stage.Measurer)
	st.scorer, _ = obj.(stage.Scorer)
	st.decider, _ = obj.(stage.Decider)
	st.keeper, _ = obj.(keeper)
	st.editor, _ = obj.(stage.Editor)
	st.recorder, _ = obj.(stage.Recorder)
	st.splitter, _ = obj.(stage.Splitter)
	st.grouper, _ = obj.(stage.Grouper)
	st.sketcher, _ = obj.(stage.Sketcher)
	return st.measurer != nil || st.editor != nil || st.splitter != nil || st.grouper != nil
}

// fork returns the step for one worker.
func (st *Step) fork() *Step {
	c := *st
	if f, ok := st.obj.(stage.Forker); ok {
		c.bind(f.Fork())
		if st.recorder == nil { // it records nothing
			c.recorder = nil
		}
	}
	return &c
}

func (st *Step) applies(d *corpus.Document) bool {
	return (len(st.When.Lang) == 0 || slices.Contains(st.When.Lang, d.Lang)) &&
		(len(st.When.Source) == 0 || slices.Contains(st.When.Source, d.Origin.Source))
}

// partKey is what of a source, stage or sink can change output bytes.
func partKey(p Part, obj any) string {
	key := fmt.Sprintf("%s/%d\n%s", p.Def.Name, p.Def.Revision, stage.KeyText(p.Settings))
	if d, ok := obj.(stage.Digester); ok {
		key += d.Digest()
	}
	return key
}

// formatVersion is part of every task key: it grows when segments, key files or
// commits change their layout.
const formatVersion = "3"

// taskKey hashes what a task's output depends on.
func taskKey(parts ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "corpusmill task %s\n", formatVersion)
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (sec *Section) key() string {
	var b strings.Builder
	for _, st := range sec.Steps {
		if st.grouper == nil {
			b.WriteString(st.key)
		} else {
			b.WriteString("edits of " + st.Name)
		}
		b.WriteByte('\n')
	}
	for _, st := range sec.Cut {
		fmt.Fprintf(&b, "cut %s %s\n", st.Name, st.key)
	}
	return b.String()
}

// stageNames are the instance names in plan order.
func (pl *Plan) stageNames() []string {
	names := make([]string, len(pl.Pipeline.Stages))
	for i, s := range pl.Pipeline.Stages {
		names[i] = s.Name
	}
	return names
}

func (pl *Plan) sourceNames() []string {
	names := make([]string, len(pl.sources))
	for i, s := range pl.sources {
		names[i] = s.Name
	}
	return names
}

func (pl *Plan) newStats() *ledger.Stats { return ledger.NewStats(pl.sourceNames(), pl.stageNames()) }

// Describe writes the plan for people: passes, cuts, columns, memory.
func (pl *Plan) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pipeline %s, seed %d\n", pl.Name, pl.Seed)
	for _, s := range pl.sources {
		fmt.Fprintf(&b, "source   %s (%s)\n", s.Name, s.Def.Name)
	}
	pass := 1
	for i, sec := range pl.Sections {
		for _, st := range sec.Steps {
			if len(st.shares) > 0 {
				fmt.Fprintf(&b, "pass %d   calibrate %s\npass %d   settle    %s\n", pass, st.Name, pass+1, st.Name)
				pass += 2
			}
		}
		what := "segment"
		if i == len(pl.Sections)-1 {
			what = "assemble"
		}
		fmt.Fprintf(&b, "pass %d   %-9s", pass, what)
		for _, st := range sec.Steps {
			if st.grouper == nil {
				fmt.Fprintf(&b, " %s", st.Name)
			}
		}
		b.WriteByte('\n')
		for _, st := range sec.Cut {
			fmt.Fprintf(&b, "pass %d   group     %s\npass %d   resolve   %s\n", pass+1, st.Name, pass+2, st.Name)
			pass += 2
		}
		pass++
	}
	if n := len(pl.Sections); n > 2 {
		fmt.Fprintf(&b, "note     %d cuts: an editing stage stands between grouping stages; side by side they would share one\n", n-1)
	}
	fmt.Fprintf(&b, "columns  %s\n", strings.Join(corpus.PartSchema(pl.Signals).Names(), " "))
	need := pl.memoryNeed()
	for _, m := range need {
		fmt.Fprintf(&b, "memory   %-26s %s\n", m.what, stage.Bytes(m.bytes>>20<<20))
	}
	fmt.Fprintf(&b, "memory   %-26s %s of %s\n", "sum", stage.Bytes(sumMemory(need)>>20<<20), stage.Bytes(pl.Options.Memory>>20<<20))
	return b.String()
}

type memoryItem struct {
	what  string
	bytes int64
}

// memoryNeed is the sum that check prints: what the program and its models take,
// what is in flight, and what sorts hold.
func (pl *Plan) memoryNeed() []memoryItem {
	return []memoryItem{
		{"program and models", baseMemory},
		{"documents in flight", pl.flightBytes()},
		{"sorting", pl.sortBytes() * int64(pl.Options.Workers)},
		{"output row groups", int64(pl.Options.Workers) * writerMemory},
	}
}

const (
	baseMemory   = 192 << 20
	writerMemory = 64 << 20
)

func sumMemory(items []memoryItem) (n int64) {
	for _, m := range items {
		n += m.bytes
	}
	return n
}

// flightBytes bounds the raw bytes and text of documents between reader and
// writer. A document costs about three times its bytes on the way.
func (pl *Plan) flightBytes() int64 { return pl.Options.Memory / 4 }

// sortBytes is what one sorter may hold.
func (pl *Plan) sortBytes() int64 { return pl.Options.Memory / 8 / int64(pl.Options.Workers) }

// CheckMemory refuses a plan that needs more than its budget.
func (pl *Plan) CheckMemory() error {
	if need := sumMemory(pl.memoryNeed()); need > pl.Options.Memory {
		return &stage.ConfigError{File: pl.File, Msg: fmt.Sprintf("the plan needs %s of memory and may use %s: fewer --workers, or more --memory", stage.Bytes(need>>20<<20), stage.Bytes(pl.Options.Memory>>20<<20))}
	}
	return nil
}

// Access lists the input and tries to write to the run folder: what can fail
// before the first document fails here.
func (pl *Plan) Access(ctx context.Context) ([]string, error) {
	var lines []string
	for _, src := range pl.sources {
		shards, err := pl.shards(ctx, src)
		if err != nil {
			return lines, err
		}
		var bytes int64
		for _, s := range shards {
			bytes += max(s.Size, 0)
		}
		lines = append(lines, fmt.Sprintf("access   source %s: %d shards, %s", src.Name, len(shards), stage.Bytes(bytes)))
	}
	if err := store.Probe(ctx, pl.ledger.Store); err != nil {
		return lines, fmt.Errorf("run folder: %w", err)
	}
	return append(lines, "access   run folder "+pl.ledger.Store.String()+": can be written, commits are atomic"), nil
}
