package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// Summary is the outcome of a run.
type Summary struct {
	Name        string `json:"name"`
	Run         string `json:"run"`
	Read        int64  `json:"documents_read"`
	Documents   int64  `json:"documents"`
	Tokens      int64  `json:"tokens"`
	Bytes       int64  `json:"bytes"`
	Parts       int    `json:"parts"`
	Quarantined int64  `json:"quarantined"`
	ShardsCut   int64  `json:"shards_cut"`  // not read to their end
	ShardsLost  int64  `json:"shards_lost"` // not one record could be read
	// ShardsFailed are set aside: nothing of them was read.
	ShardsFailed int64       `json:"shards_failed,omitempty"`
	TasksRun     int         `json:"tasks_run"`
	TasksKept    int         `json:"tasks_resumed"` // committed before, not run again
	Passes       []PassTasks `json:"passes"`
	Seconds      float64     `json:"seconds"`
	Outputs      []Output    `json:"outputs"`                     // by sink
	Losses       []Loss      `json:"losses,omitempty"`            // by rule, the most first, 20 at most
	Causes       []Cause     `json:"quarantine_causes,omitempty"` // the most first, 20 at most
	Sizing       any         `json:"sizing,omitempty"`
	SizingLines  []string    `json:"-"`
	// Cause is the first record in quarantine of a run of which no document is left.
	Cause *ledger.QuarantineLine `json:"cause,omitempty"`
	Stats *ledger.Stats          `json:"-"`
	// Gates are those of the pipeline, with what came of each.
	Gates []GateResult `json:"gates,omitempty"`
	// Finished says that this process wrote the results: of several one does.
	Finished bool `json:"-"`
	// Settled are the commits that settled limits.
	Settled []*ledger.Commit `json:"-"`
	// Input is what Options.CheckInput compared.
	Input *InputCheck `json:"input_checked,omitempty"`
	// Pending are the tasks of the first pass that is not committed whole.
	Pending []plan.Task `json:"pending,omitempty"`
}

// PassTasks counts the tasks of one pass.
type PassTasks struct {
	Pass string `json:"pass"`
	Run  int    `json:"tasks_run"`
	Kept int    `json:"tasks_resumed"`
}

// Run carries the pipeline out, or resumes it: committed tasks are not run again.
func (a *App) Run(ctx context.Context, p *Pipeline, o Options) (_ *Summary, err error) {
	start := time.Now()
	defer func() { err = withRemedy(err, o) }()
	if err := a.gather(ctx, p, o); err != nil {
		return nil, err
	}
	pl, err := a.Plan(ctx, p, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = p.secrets.err(errors.Join(err, pl.Close())) }()
	if err := pl.CheckMemory(); err != nil {
		return nil, err
	}
	for _, note := range pl.notes {
		pl.log.Warn(note)
	}
	if err := pl.tellForecast(ctx); err != nil {
		return nil, err
	}
	folders, err := pl.tenancy(ctx) // refuses before it writes a byte
	if err != nil {
		return nil, err
	}
	if err := errors.Join(pl.unseen...); err != nil {
		return nil, err
	}
	e := newEngine(pl, folders)
	defer e.progress.stop()
	s := &Summary{Run: o.Dir}
	switch {
	case o.Only != "":
		err = e.runOnly(ctx, o.Only)
	case o.listOnly:
		err = e.list(ctx)
		s.Pending = e.pending
	default:
		if err = e.work(ctx, s); err == nil {
			s.Seconds = time.Since(start).Seconds()
			s.Gates = pl.FailIf.results(s)
		}
	}
	if pl.Options.CheckInput {
		s.Input = e.recheck.count()
	}
	s.countTasks(e)
	if err != nil || o.Only != "" || o.listOnly {
		return s, err
	}
	s.Finished = e.finished
	return s, e.writeTimings(ctx, s, a.Version)
}

// work is this process's part of the run, to its end.
func (e *Engine) work(ctx context.Context, s *Summary) (err error) {
	defer func() { err = errors.Join(err, e.leave(ctx)) }()
	if err := e.join(ctx); err != nil {
		return err
	}
	for _, ps := range e.states[:1] { // the list pass
		if err := e.expand(ctx, ps); err != nil {
			return err
		}
	}
	e.listed(e.tenancy.listing)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go e.watch(watching, stuckAfter)
	for again := true; again; again = errors.Is(err, errRelisted) {
		if err = e.passes(ctx); err == nil {
			err = e.end(ctx, s)
		}
	}
	if errors.Is(err, errEnded) {
		return e.joinEnded(ctx, s)
	}
	return err
}

// runOnly runs one task.
func (e *Engine) runOnly(ctx context.Context, key string) error {
	if err := e.listedHere(ctx); err != nil {
		return err
	}
	if err := e.tenancy.take(ctx); err != nil {
		return err
	}
	return e.only(ctx, key)
}

// list writes the tasks into the run folder and finds those that are not committed.
func (e *Engine) list(ctx context.Context) error {
	if err := e.tenancy.take(ctx); err != nil {
		return err
	}
	if err := e.filePlan(ctx); err != nil {
		return err
	}
	return e.survey(ctx)
}

func (s *Summary) countTasks(e *Engine) {
	s.Passes, s.TasksRun, s.TasksKept = e.counts, 0, 0
	for _, c := range e.counts {
		s.TasksRun, s.TasksKept = s.TasksRun+c.Run, s.TasksKept+c.Kept
	}
}

// Pending lists the tasks of the first pass that is not committed whole, without
// running any.
func (a *App) Pending(ctx context.Context, p *Pipeline, o Options) ([]plan.Task, error) {
	o.listOnly = true
	s, err := a.Run(ctx, p, o)
	if errors.Is(err, ErrPending) {
		err = nil
	}
	if s == nil {
		return nil, err
	}
	return s.Pending, err
}

const planHead = "# The plan of this run: the pipeline with every default written out.\n"

// timings is everything measured: it differs from run to run, and stands apart.
type timings struct {
	Version     string        `json:"version"`
	Host        string        `json:"host"`
	Rank        int           `json:"rank"`
	Workers     int           `json:"workers"`
	WallSeconds float64       `json:"wall_seconds"`
	TasksRun    int           `json:"tasks_run"`
	TasksKept   int           `json:"tasks_resumed"`
	Stages      []stageTiming `json:"stages"`
	Slowest     []taskTiming  `json:"slowest_tasks"` // of this process
	PeakRSS     int64         `json:"peak_rss_bytes"`
}

type stageTiming struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"` // over all workers
}

func (e *Engine) writeTimings(ctx context.Context, s *Summary, version string) error {
	host, _ := os.Hostname() // a nameless host is none the worse
	t := timings{Version: version, Host: host, Rank: e.plan.Options.Rank, Workers: e.plan.Options.Workers, WallSeconds: s.Seconds,
		TasksRun: s.TasksRun, TasksKept: s.TasksKept, Slowest: e.slowest.list, PeakRSS: peakRSS()}
	for _, st := range e.plan.steps {
		if !st.Checkpoint {
			t.Stages = append(t.Stages, stageTiming{st.Name, e.seconds[st.Index].Seconds()})
		}
	}
	name := "timings.json"
	if t.Rank > 0 {
		name = fmt.Sprintf("timings-%d.json", t.Rank)
	} else if !e.finished {
		name = fmt.Sprintf("timings-%s.json", e.claims.ID())
	}
	return e.plan.ledger.WriteJSON(ctx, name, t)
}
