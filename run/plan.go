package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corpusmill/corpusmill/config"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
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
	// Rank and World say where in the list of tasks this process begins to look for work, of
	// World places: all processes of a run take what is left. World 0 or 1 begins at the first.
	Rank, World int
	// Limit reads at most so many documents of every shard; 0 reads all.
	Limit int64
	// Sample reads the share of documents whose hash falls below it; 0 reads all.
	Sample float64
	// Only runs the one task of that key, also if it is committed already. Its spec is
	// read from the run folder, where a run or [App.Pending] left it.
	Only string
	// Replace takes output folders over that are another's, and drops documents that a
	// run asks about otherwise: of shards that are gone, for a Limit or Sample.
	Replace bool
	// InputMoves says that shards which are gone are no reason to ask, as where the input
	// is the output of another run.
	InputMoves bool
	// Check reads the files of all tasks that are committed, and runs those again whose
	// files are not as they were: parts, rejects, quarantine and what lies between passes.
	Check bool
	// CheckInput reads all input of tasks that are committed, compares it with what they
	// read, and reads again what holds something else. Each process of a run does.
	CheckInput bool
	// TakeUp takes shards up again that were set aside: a run that begins with it reads them
	// as if they had never failed.
	TakeUp bool
	// Scale says from which counts on a run takes more passes; zeros are those of
	// [plan.DefaultScale]. It is for tests: all processes of a run must have the same.
	Scale plan.Scale
	// ClaimExpiry is how long another process of the run is silent before its work is taken
	// over, the same for all; default 1 minute, at least 1 second.
	ClaimExpiry time.Duration
	// ExitWhenIdle ends the process with [ErrIdle] when for so long there was nothing that
	// it could do and the run was not whole; 0 waits for the others.
	ExitWhenIdle time.Duration
	// Log takes warnings; nil discards them.
	Log *slog.Logger
	// Progress is called now and then from one goroutine at a time; may be nil.
	Progress func(Progress)

	listOnly bool   // expands passes and runs none
	filed    bool   // goes by the plan and the listing in the run folder
	away     string // the folder that the plan was made in, where this machine has none such
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
	Options Options
	// Graph is the plan as a value: sections, passes, tasks.
	Graph *plan.Graph
	// Sections are those of the graph, with their stages opened.
	Sections []*Section
	// Input are the columns of the input, then those that stages add, by their place in
	// Document.Cells.
	Input []corpus.Column
	// Signals are the stored columns of annotated stages, by slot.
	Signals []corpus.Column

	ledger  *ledger.Ledger
	stores  store.Schemes
	log     *slog.Logger
	steps   []*flow.Step // of all stages
	sources []openSource
	sinks   []*openSink
	rejects stage.Sink
	sizer   Sizer
	replies map[int]*replies // by step, of stages that make documents
	replied atomic.Int64     // replies that came: a batch of them may take long
	unseen  []error          // why columns of the input are not known
	program string           // its version
	notes   []string         // what a user may not have meant, for people

	inputRead atomic.Int64 // bytes of the input, as they lie

	mu     sync.Mutex
	opened []any // all that was opened, to be closed
	needed sync.Once
	need   memoryNeed
}

type openSource struct {
	Source
	src   stage.Source
	key   string
	cells []int // place of each cell of its documents in the plan's
}

// Section is a run of stages that a document passes without leaving memory: first the
// outcome of the grouping stages before it, last the keys of those that end it.
type Section struct {
	Edits []*flow.Step // grouping stages of the cut before
	Steps []*flow.Step
	Cut   []*flow.Step // grouping stages that end the section; empty in the last

	columns int // stored columns of a document at its end
}

// column is the place of a grouping stage in the cut.
func (sec *Section) column(st *flow.Step) int { return slices.Index(sec.Cut, st) }

// stages are all stages that count documents in the section.
func (sec *Section) stages() []*flow.Step { return slices.Concat(sec.Edits, sec.Steps, sec.Cut) }

// newStats is an account of the section's stages.
func (sec *Section) newStats() *ledger.Stats { return newAccount(nil, sec.stages()) }

// places gives each stage's place in the section's account, by its number in the plan.
func (sec *Section) places(stages int) []int {
	at := make([]int, stages)
	for i, st := range sec.stages() {
		at[st.Index] = i
	}
	return at
}

// Plan opens everything that the pipeline names; close it. Opening sinks and the run
// folder writes nothing. What was opened before an error is closed.
func (a *App) Plan(ctx context.Context, p *Pipeline, o Options) (*Plan, error) {
	o.defaults()
	own := *p // what is found out of the sources is this plan's
	own.Sources = slices.Clone(p.Sources)
	pl := &Plan{Pipeline: &own, Options: o, program: a.Version}
	if err := pl.open(ctx, a); err != nil {
		return nil, p.secrets.err(errors.Join(err, pl.Close()))
	}
	return pl, nil
}

func (pl *Plan) open(ctx context.Context, a *App) error {
	env := a.env(pl.Pipeline, pl.Options)
	pl.stores, pl.log = env.Stores, env.Log
	for _, s := range pl.Pipeline.Sources {
		obj, err := pl.openPart(ctx, s.Part, env, s.Name)
		if err != nil {
			return err
		}
		src, ok := obj.(stage.Source)
		if !ok {
			return fmt.Errorf("source %s: %T is no source", s.Def.Name, obj)
		}
		pl.sources = append(pl.sources, openSource{Source: s, src: src, key: partKey(s.Part, obj)})
	}
	if err := pl.openColumns(ctx); err != nil {
		return err
	}
	if err := pl.openSteps(ctx, env); err != nil {
		return err
	}
	pl.askSources()
	if err := pl.checkColumns(a.Setters); err != nil {
		return err
	}
	if err := pl.checkFit(); err != nil {
		return err
	}
	pl.noteTextless(a.Setters["text"])
	if err := pl.openSinks(ctx, env, a); err != nil {
		return err
	}
	if err := pl.checkSinkColumns(a.Setters); err != nil {
		return err
	}
	st, err := env.Stores.Open(ctx, pl.Options.Dir)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	pl.ledger = &ledger.Ledger{Store: st}
	pl.compile()
	return pl.resolveKeeps()
}

// openPart makes a part's object, which Close closes. It may be called concurrently.
func (pl *Plan) openPart(ctx context.Context, p Part, env *stage.Env, name string) (any, error) {
	own := *env
	own.Name = name
	obj, err := p.Def.OpenExact(ctx, p.Settings, &own)
	var wrong *stage.OpenError
	switch {
	case err == nil || p.node == nil:
	case errors.As(err, &wrong):
		return nil, p.node.Wrong(wrong.Part, wrong.Err)
	default:
		return nil, p.node.Errorf("%v", err)
	}
	if err != nil {
		return nil, err
	}
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.opened = append(pl.opened, obj)
	return obj, nil
}

// Close frees what the parts of the plan hold.
func (pl *Plan) Close() error {
	var errs []error
	for _, obj := range pl.opened {
		if c, ok := obj.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

func (pl *Plan) openSinks(ctx context.Context, env *stage.Env, a *App) error {
	if err := pl.openSinkParts(ctx, env); err != nil {
		return err
	}
	if pl.Sizing == nil {
		return nil
	}
	obj, err := a.Sizing.OpenExact(ctx, pl.Sizing, env)
	if err != nil {
		return err
	}
	pl.sizer, _ = obj.(Sizer)
	return nil
}

// cloned copies a pointer to settings.
func cloned(settings any) any {
	c := reflect.New(reflect.TypeOf(settings).Elem())
	c.Elem().Set(reflect.ValueOf(settings).Elem())
	return c.Interface()
}

func joinLocation(dir, name string) string { return strings.TrimSuffix(dir, "/") + "/" + name }

func (pl *Plan) openSteps(ctx context.Context, env *stage.Env) error {
	objects, errs := make([]any, len(pl.Pipeline.Stages)), make([]error, len(pl.Pipeline.Stages))
	var all sync.WaitGroup // models and vocabularies load side by side
	for i, s := range pl.Pipeline.Stages {
		all.Go(func() { objects[i], errs[i] = pl.openPart(ctx, s.Part, env, s.Name) })
	}
	all.Wait()
	if err := config.Together(errs...); err != nil {
		return err
	}
	return pl.openStages(objects)
}

// columnName is the name of a stage's stored column in the parts.
func columnName(st *flow.Step, c corpus.Column) string { return "sig_" + st.Name + "_" + c.Name }

// resolveKeeps finds the columns by which survivors are chosen.
func (pl *Plan) resolveKeeps() error {
	for _, sec := range pl.Sections {
		for _, st := range sec.Cut {
			k := st.Grouping.Survivor()
			if k.Column == "" {
				st.Grouping.Rank = func(*corpus.Document) corpus.Rank { return corpus.Rank{} } // by order or by tie
				continue
			}
			get, ok := pl.numericColumn(k.Column, sec.columns, st)
			if !ok {
				return pl.Stages[st.Index].node.Wrong(st.Name, fmt.Errorf("keep: no numeric column %q before %s; known: %s", k.Column, st.Name, strings.Join(pl.numericColumns(sec.columns, st), ", ")))
			}
			st.Grouping.Rank = get
		}
	}
	return nil
}

func (pl *Plan) numericColumn(name string, stored int, reader *flow.Step) (func(*corpus.Document) corpus.Rank, bool) {
	whole := func(get func(*corpus.Document) int64) (func(*corpus.Document) corpus.Rank, bool) {
		return func(d *corpus.Document) corpus.Rank { return corpus.Int.Rank(corpus.Int64(get(d))) }, true
	}
	float := func(get func(*corpus.Document) float64) (func(*corpus.Document) corpus.Rank, bool) {
		return func(d *corpus.Document) corpus.Rank { return corpus.Float.Rank(corpus.Float64(get(d))) }, true
	}
	switch name {
	case "text_bytes":
		return whole(func(d *corpus.Document) int64 { return int64(len(d.Text)) })
	case "lang_score":
		return float(func(d *corpus.Document) float64 { return d.LangScore })
	case "tokens":
		return whole(func(d *corpus.Document) int64 { return d.Tokens })
	case "fetched_at":
		return func(d *corpus.Document) corpus.Rank { return fetchedRank(d.FetchedAt) }, true
	}
	for slot, c := range pl.Signals[:stored] {
		if c.Name == name || strings.TrimPrefix(c.Name, "sig_") == name {
			return float(func(d *corpus.Document) float64 { return d.Signals[slot] })
		}
	}
	for at, c := range pl.Input {
		if c.Name == name && !c.Type.Textual() && pl.hasBefore(at, reader) {
			get := corpus.InputColumn(c, at).Value
			return func(d *corpus.Document) corpus.Rank { return c.Type.Rank(get(d)) }, true
		}
	}
	return nil, false
}

// fetchedRank goes by the second.
func fetchedRank(s string) corpus.Rank {
	t, err := time.Parse(time.RFC3339, s)
	return corpus.Int.Rank(corpus.Value{Int: t.Unix(), Null: err != nil})
}

func (pl *Plan) numericColumns(stored int, reader *flow.Step) []string {
	names := []string{"text_bytes", "lang_score", "tokens", "fetched_at"}
	for _, c := range pl.Signals[:stored] {
		names = append(names, c.Name)
	}
	for at, c := range pl.Input {
		if !c.Type.Textual() && pl.hasBefore(at, reader) {
			names = append(names, c.Name)
		}
	}
	return names
}

// partKey is what of a source, stage or sink can change output bytes.
func partKey(p Part, obj any) string {
	key := fmt.Sprintf("%s/%d\n%s", p.Def.Name, p.Def.Revision, config.KeyText(p.Settings))
	if d, ok := obj.(stage.Digester); ok {
		key += d.Digest()
	}
	if j, ok := obj.(stage.Judger); ok {
		key += j.JudgeDigest()
	}
	return key
}

// namesOf are the instance names of the steps that count documents.
func namesOf(steps []*flow.Step) []string {
	var names []string
	for _, st := range steps {
		if !st.Checkpoint {
			names = append(names, st.Name)
		}
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

// newStats is an account of the whole run, sourceStats one of what is read.
func (pl *Plan) newStats() *ledger.Stats    { return newAccount(pl.sourceNames(), pl.steps) }
func (pl *Plan) sourceStats() *ledger.Stats { return ledger.NewStats(pl.sourceNames(), nil) }
