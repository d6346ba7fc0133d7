package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// Summary is the outcome of a run.
type Summary struct {
	Run         string      `json:"run"`
	Documents   int64       `json:"documents"`
	Tokens      int64       `json:"tokens"`
	Bytes       int64       `json:"bytes"`
	Parts       int         `json:"parts"`
	Quarantined int64       `json:"quarantined"`
	ShardsCut   int64       `json:"shards_cut"`  // not read to their end
	ShardsLost  int64       `json:"shards_lost"` // not one record could be read
	TasksRun    int         `json:"tasks_run"`
	TasksKept   int         `json:"tasks_resumed"` // committed before, not run again
	Passes      []PassTasks `json:"passes"`
	Seconds     float64     `json:"seconds"`
	Sizing      any         `json:"sizing,omitempty"`
	SizingLines []string    `json:"-"`
	// Cause is the first record in quarantine of a run of which no document is left.
	Cause *ledger.QuarantineLine `json:"cause,omitempty"`
	Stats *ledger.Stats          `json:"-"`
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
	folders, err := pl.tenancy(ctx) // refuses before it writes a byte
	if err != nil {
		return nil, err
	}
	if err := errors.Join(pl.unseen...); err != nil {
		return nil, err
	}
	unlock, err := lockRun(o.Dir, pl.Options.Rank, o.Only)
	if err != nil {
		return nil, err
	}
	defer unlock()
	e := newEngine(pl, folders)
	defer e.progress.stop()
	s := &Summary{Run: o.Dir}
	if o.Only != "" {
		err := e.listedHere(ctx)
		if err == nil {
			err = folders.take(ctx)
		}
		if err == nil {
			err = e.only(ctx, o.Only)
		}
		s.countTasks(e)
		return s, err
	}
	if err := folders.take(ctx); err != nil {
		return nil, err
	}
	if o.Rank == 0 && !o.listOnly {
		if err := folders.sweepTemporaries(ctx); err != nil {
			return nil, err
		}
	}
	if err := pl.ledger.WriteFile(ctx, ledger.PlanFile, []byte(planHead+pl.Pipeline.YAML())); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if o.Rank == 0 {
		if err := errors.Join(e.fileGraph(ctx, pl.Graph), e.fileOrigin(ctx)); err != nil {
			return nil, err
		}
	}
	if !o.listOnly {
		if err := pl.ledger.WriteFile(ctx, ledger.UnfinishedFile, nil); err != nil {
			return nil, fmt.Errorf("run folder: %w", err)
		}
	}
	err = e.passes(ctx)
	s.Pending = e.pending
	if pl.Options.CheckInput {
		s.Input = e.recheck.count()
	}
	s.countTasks(e)
	if err != nil {
		return s, err
	}
	err = e.finish(ctx, s)
	if s.countTasks(e); err != nil { // finish makes damaged intermediate files again
		return s, err
	}
	s.Seconds = time.Since(start).Seconds()
	return s, e.writeTimings(ctx, s, a.Version)
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

// finish makes the parts current, writes what is derived from the commits: manifest,
// statistics, sizing; and removes what an earlier plan left behind.
func (e *Engine) finish(ctx context.Context, s *Summary) error {
	l := e.plan.ledger
	var manifest bytes.Buffer
	stats := e.account.total
	for _, c := range e.done {
		s.Parts += len(c.Parts)
		line, err := json.Marshal(c.Result())
		if err != nil {
			return err
		}
		manifest.Write(append(line, '\n'))
	}
	stats.Hosts.Cut()
	if (e.plan.Segments == "keep" || e.plan.Options.Check) && e.plan.Options.Rank == 0 {
		if err := e.mend(ctx); err != nil {
			return err
		}
	}
	if err := e.tenancy.settle(ctx, e.done); err != nil {
		return err
	}
	if err := e.removeStale(ctx); err != nil {
		return err
	}
	if err := l.WriteFile(ctx, ledger.ManifestFile, manifest.Bytes()); err != nil {
		return err
	}
	if err := l.WriteJSON(ctx, ledger.StatsFile, stats); err != nil {
		return err
	}
	s.Stats, s.Documents, s.Tokens, s.Bytes, s.Quarantined = stats, stats.Documents, stats.Tokens, stats.Bytes, stats.QuarantinedSum()
	s.ShardsCut, s.ShardsLost = stats.Damage().ShardsCut, stats.Damage().ShardsLost
	if err := e.size(ctx, s); err != nil {
		return err
	}
	if e.plan.Segments != "keep" {
		if err := e.removeSegments(ctx); err != nil {
			return err
		}
	}
	if err := e.tenancy.sweep(ctx); err != nil {
		return err
	}
	return l.Store.Remove(ctx, ledger.UnfinishedFile)
}

// size gives the verdict on the tokens, if there are any.
func (e *Engine) size(ctx context.Context, s *Summary) (err error) {
	l, sizer := e.plan.ledger, e.plan.sizer
	if s.Documents == 0 {
		s.Cause, err = e.firstQuarantined(ctx)
	}
	switch {
	case sizer == nil || s.Documents == 0:
	case !e.plan.settersBefore(len(e.plan.steps), nil).set("tokens"):
		s.SizingLines = []string{"No verdict on size: nothing in the pipeline counts tokens; put token_count behind its stages."}
	default:
		verdict, lines, err := sizer.Size(s.Tokens)
		if err == nil {
			s.Sizing, s.SizingLines = verdict, lines
			return l.WriteJSON(ctx, ledger.SizingFile, verdict)
		}
		s.SizingLines = []string{fmt.Sprintf("No verdict on size: %v.", err)} // of too few tokens: the settings were checked before
	}
	return errors.Join(err, l.Store.Remove(ctx, ledger.SizingFile))
}

// firstQuarantined is the first record in quarantine, nil if there is none.
func (e *Engine) firstQuarantined(ctx context.Context) (*ledger.QuarantineLine, error) {
	for _, c := range e.done {
		for _, f := range c.Files {
			if !strings.HasPrefix(f.Name, ledger.QuarantineFolder) {
				continue
			}
			r, err := e.plan.ledger.Store.Open(ctx, f.Name)
			if err != nil {
				return nil, err
			}
			q := new(ledger.QuarantineLine)
			return q, errors.Join(json.NewDecoder(r).Decode(q), r.Close())
		}
	}
	return nil, nil
}

// removeStale removes from the run folder what this manifest does not name: of plans
// that came to their end and of others that never did. Commits go first, so that their
// tasks count as not done.
func (e *Engine) removeStale(ctx context.Context) error {
	if err := e.forget(ctx); err != nil {
		return err
	}
	if e.plan.Options.Rank > 0 {
		return nil
	}
	keep := map[string]bool{}
	commits := map[ledger.ID]bool{{Pass: e.tenancy.listing.Pass, Key: e.tenancy.listing.Key}: true}
	for _, c := range e.done {
		commits[ledger.ID{Pass: c.Pass, Key: c.Key}] = true
		for _, f := range c.Files {
			keep[f.Name] = true
		}
	}
	l := e.plan.ledger
	var stale []ledger.ID
	for id, err := range l.Committed(ctx, "") {
		if err != nil {
			return err
		}
		if !commits[id] {
			stale = append(stale, id)
		}
	}
	for _, id := range stale {
		if err := l.Revoke(ctx, id.Pass, id.Key); err != nil {
			return err
		}
	}
	for _, folder := range []string{ledger.TaskStatsFolder, ledger.SegmentsFolder, ledger.QuarantineFolder} {
		if err := removeAll(ctx, l.Store, folder, func(name string) bool { return !keep[name] }); err != nil {
			return err
		}
	}
	return nil
}

// removeAll removes the files of a folder that are wanted to go.
func removeAll(ctx context.Context, s store.Store, folder string, gone func(name string) bool) error {
	var names []string
	for o, err := range s.List(ctx, folder) {
		if err != nil {
			return err
		}
		if gone(o.Name) {
			names = append(names, o.Name)
		}
	}
	for _, name := range names {
		if err := s.Remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) removeSegments(ctx context.Context) error {
	for _, c := range e.done {
		sec := e.plan.Graph.Sections[e.plan.Graph.Pass(c.Pass).Section]
		if e.plan.Segments == "checkpoints" && c.Kind == plan.Segment && sec.Checkpoint >= 0 {
			continue
		}
		for _, f := range c.Files {
			if f.Intermediate() {
				if err := e.plan.ledger.Store.Remove(ctx, f.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

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
	PeakRSS     int64         `json:"peak_rss_bytes"`
}

type stageTiming struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"` // over all workers
}

func (e *Engine) writeTimings(ctx context.Context, s *Summary, version string) error {
	host, _ := os.Hostname() // a nameless host is none the worse
	t := timings{Version: version, Host: host, Rank: e.plan.Options.Rank, Workers: e.plan.Options.Workers, WallSeconds: s.Seconds,
		TasksRun: s.TasksRun, TasksKept: s.TasksKept, PeakRSS: peakRSS()}
	for _, st := range e.plan.steps {
		if !st.Checkpoint {
			t.Stages = append(t.Stages, stageTiming{st.Name, e.seconds[st.Index].Seconds()})
		}
	}
	name := "timings.json"
	if t.Rank > 0 {
		name = fmt.Sprintf("timings-%d.json", t.Rank)
	}
	return e.plan.ledger.WriteJSON(ctx, name, t)
}
