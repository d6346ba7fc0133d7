package report

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// Facts are what a report says of a run. All but Timings and Running follows from what the
// run decided: the same run gives the same facts.
type Facts struct {
	Name  string // of the pipeline
	Dir   string
	Plan  string // plan.yaml
	Stats *ledger.Stats
	// Running says how far the run is; nil where the results are those of a finished one.
	Running *Running
	// Old says that a later run in the folder did not come to its end: the results are those
	// of the one before.
	Old bool
	// Grouping are the stages that work across documents, by their names.
	Grouping map[string]bool
	// Auditing are those among them that drop hosts whole: no document of theirs is a
	// duplicate of another.
	Auditing map[string]bool
	Settled  []SettledLimit
	Sinks    []PartFiles
	// Sizing is sizing.json, nil where there is none.
	Sizing  json.RawMessage
	Timings []Timings
	Survey  *Survey
	// TextsKept says which rejects keep their text.
	TextsKept string
}

// SettledLimit is a limit that a calibration settled, with the stage it is for.
type SettledLimit struct {
	Stage string
	ledger.Settled
}

// Running is how far a run is that has no results yet.
type Running struct{ Passes []PassState }

// PassState counts the tasks of a pass.
type PassState struct {
	Pass      string
	Tasks     int // 0 where nobody has filed them yet
	Committed int
}

// Rule measures a document as a stage of the run does.
type Rule struct {
	Stage   string
	Columns []string
	// Measure gives a value for each column, NaN for one that is missing; nil where the
	// document does not meet the stage.
	Measure func(*corpus.Document) []float64
}

// Reading says what Facts reads beside statistics and timings.
type Reading struct {
	// Rules measure some of the kept documents anew, where the run has not stored values.
	Rules []Rule
	// Bare leaves out all rows of parts and rejects: a row may be of 64 MiB, and reading it
	// takes several times that.
	Bare bool
}

// ReadingBytes is what reading rows may take, in bytes, where they are as large as a run
// takes them by default.
const ReadingBytes = 1 << 30

// Facts reads what a report shows of the run: statistics, a bounded sample of its rows, and
// what was measured. A run that is under way gives what its tasks have committed so far.
func (f *Folder) Facts(ctx context.Context, r Reading) (*Facts, error) {
	x := &Facts{Name: f.Pipeline.Name, Dir: f.Dir, Grouping: map[string]bool{}, Auditing: map[string]bool{}, TextsKept: f.Pipeline.TextsKept()}
	for _, st := range f.Pipeline.Stages {
		if st.Def == "host_audit" {
			x.Auditing[st.Instance()] = true
		}
	}
	src, err := f.Ledger.ReadFile(ctx, ledger.PlanFile)
	if err != nil {
		return nil, err
	}
	x.Plan = string(src)
	commits, err := f.results(ctx, x)
	if err != nil {
		return nil, err
	}
	for _, c := range commits {
		if c.Kind == plan.Resolve {
			x.Grouping[c.Operator()] = true
		}
		for _, s := range c.Settled {
			x.Settled = append(x.Settled, SettledLimit{c.Operator(), s})
		}
	}
	if x.Running == nil {
		if x.Sinks, err = f.PartFiles(ctx); errors.Is(err, ErrReplaced) {
			x.Sinks = nil
		} else if err != nil {
			return nil, err
		}
		if b, err := f.Ledger.ReadFile(ctx, ledger.SizingFile); err == nil {
			x.Sizing = b
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if x.Timings, err = f.timings(ctx); err != nil {
		return nil, err
	}
	x.Survey, err = f.survey(ctx, x, commits, r)
	return x, err
}

// results reads the statistics and commits of the finished run, or of the one under way.
func (f *Folder) results(ctx context.Context, x *Facts) ([]*ledger.Commit, error) {
	var err error
	x.Stats, err = f.Stats(ctx)
	if errors.Is(err, ErrUnfinished) {
		return f.running(ctx, x)
	}
	if err != nil {
		return nil, err
	}
	if x.Old, err = f.Unfinished(ctx); err != nil {
		return nil, err
	}
	return f.Manifest(ctx)
}

// running sums what the tasks of a run have committed so far.
func (f *Folder) running(ctx context.Context, x *Facts) (commits []*ledger.Commit, err error) {
	x.Running = &Running{}
	var graph struct {
		Sources []plan.Source
		Ops     []plan.Op
		Passes  []plan.Pass
	}
	if err := f.Ledger.ReadJSON(ctx, "tasks/graph.json", &graph); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var sources, stages []string
	for _, s := range graph.Sources {
		sources = append(sources, s.Name)
	}
	for _, op := range graph.Ops {
		if op.Kind != plan.Checkpoint {
			stages = append(stages, op.Name)
		}
	}
	x.Stats = ledger.NewStats(sources, stages)
	for _, pass := range graph.Passes {
		state := PassState{Pass: pass.Name, Tasks: f.filed(ctx, pass.Name)}
		for id, err := range f.Ledger.Committed(ctx, pass.Name) {
			if err != nil {
				return nil, err
			}
			c, err := f.Ledger.Find(ctx, id.Pass, id.Key)
			if err != nil || c == nil {
				continue // damaged, or taken back meanwhile
			}
			state.Committed++
			commits = append(commits, c)
			if s, err := f.Ledger.Stats(ctx, c); err == nil && s != nil {
				f.addKnown(x.Stats, s)
			}
		}
		if state.Tasks+state.Committed > 0 {
			x.Running.Passes = append(x.Running.Passes, state)
		}
	}
	x.Stats.Hosts.Cut()
	return commits, nil
}

// addKnown adds the account of a task, unless it is of a plan with other stages.
func (f *Folder) addKnown(sum, s *ledger.Stats) {
	for _, st := range s.Stages {
		if sum.Stage(st.Name) == nil {
			return
		}
	}
	for _, src := range s.Sources {
		if sum.Source(src.Name) == nil {
			return
		}
	}
	sum.Add(s)
}

// filed is how many tasks a pass has, 0 where that is not known yet.
func (f *Folder) filed(ctx context.Context, pass string) (n int) {
	b, err := f.Ledger.ReadFile(ctx, "tasks/"+pass+".jsonl")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, `{"tasks":`) {
			break
		}
		n++
	}
	return n
}

// Timings is what a process of the run measured.
type Timings struct {
	Version     string         `json:"version"`
	Host        string         `json:"host"`
	Workers     int            `json:"workers"`
	WallSeconds float64        `json:"wall_seconds"`
	TasksRun    int            `json:"tasks_run"`
	TasksKept   int            `json:"tasks_resumed"`
	Stages      []StageSeconds `json:"stages"`
	Slowest     []TaskSeconds  `json:"slowest_tasks"`
	PeakRSS     int64          `json:"peak_rss_bytes"`
}

// StageSeconds is the time of a stage, over all workers.
type StageSeconds struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// TaskSeconds is the time of a task, from its start to its commit.
type TaskSeconds struct {
	Pass    string  `json:"pass"`
	Label   string  `json:"label"`
	Key     string  `json:"key"`
	Seconds float64 `json:"seconds"`
}

// timingsMax is how many processes a report reads the timings of.
const timingsMax = 256

// timings reads what the processes of the run measured.
func (f *Folder) timings(ctx context.Context) (list []Timings, err error) {
	var names []string
	for o, err := range f.Ledger.Store.List(ctx, "timings") {
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(o.Name, ".json") && !strings.Contains(o.Name, "/") {
			names = append(names, o.Name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:min(len(names), timingsMax)] {
		var t Timings
		if err := f.Ledger.ReadJSON(ctx, name, &t); err != nil {
			continue // it is no part of the results
		}
		list = append(list, t)
	}
	return list, nil
}

// File is the name of the report in the run folder.
const File = ledger.ReportFile

// WriteReport puts a report into the run folder, in place of the one before. It is the one
// file that this package writes.
func (f *Folder) WriteReport(ctx context.Context, html []byte) error {
	return f.Ledger.WriteFile(ctx, File, html)
}
