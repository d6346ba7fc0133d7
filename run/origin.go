package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// originFile says how the plan in the run folder was made, as far as its YAML does not:
// with it a process needs nothing but the folder. Nothing of it goes into an output byte
// that the plan's keys do not tell already.
const originFile = "tasks/origin.json"

// Origin is where and how the plan of a run folder was made.
type Origin struct {
	// Folder is the working directory: relative locations of the plan begin there.
	Folder string `json:"folder"`
	// Limit and Sample are those of [Options].
	Limit  int64   `json:"limit,omitempty"`
	Sample float64 `json:"sample,omitempty"`
}

// fileOrigin writes down how this plan was made.
func (e *Engine) fileOrigin(ctx context.Context) error {
	folder, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	o := e.plan.Options
	if err := e.plan.ledger.WriteJSON(ctx, originFile, Origin{Folder: folder, Limit: o.Limit, Sample: o.Sample}); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// ErrNoPlan means that a run folder has no plan whose tasks could be run.
var ErrNoPlan = errors.New("no plan with tasks is there: corpusmill run or corpusmill tasks PIPELINE --run makes it")

// Filed is a plan as it lies in a run folder.
type Filed struct {
	*Pipeline
	Origin
	// Dir is the location of the run folder; absolute where it is a local one.
	Dir string
	// Elsewhere says that this machine has no such Folder: a plan with relative locations is
	// refused then.
	Elsewhere bool
}

// Filed reads the plan of a run folder. Variables that the plan names in place of secrets
// are those of this process's environment.
func (a *App) Filed(ctx context.Context, dir string, server store.Server) (*Filed, error) {
	var schemes store.Schemes
	if a.Stores != nil {
		schemes = a.Stores(server)
	}
	s, err := schemes.Open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f, l := &Filed{Dir: dir}, &ledger.Ledger{Store: s}
	if !remote(dir) {
		if f.Dir, err = filepath.Abs(dir); err != nil {
			return nil, fmt.Errorf("run folder: %w", err)
		}
	}
	if err := l.ReadJSON(ctx, originFile, &f.Origin); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoPlan)
	} else if err != nil {
		return nil, err
	}
	src, err := l.ReadFile(ctx, ledger.PlanFile)
	if err != nil {
		return nil, err
	}
	f.Pipeline, err = a.Parse(strings.TrimSuffix(dir, "/")+"/"+ledger.PlanFile, src, nil)
	return f, err
}

// remote reports whether a location is no local path.
func remote(location string) bool {
	scheme, _, ok := strings.Cut(location, "://")
	return ok && scheme != "file" || strings.HasPrefix(location, "embedded:")
}

// Options are those of a process that goes by the plan: its place, Limit and Sample.
func (f *Filed) Options(o Options) Options {
	o.Dir, o.Limit, o.Sample = f.Dir, f.Limit, f.Sample
	if f.Elsewhere {
		o.away = f.Folder
	}
	return o
}

// refuseRelative refuses a plan with locations that begin in a folder which is not here:
// they would lead elsewhere.
func (pl *Plan) refuseRelative(ctx context.Context) error {
	if pl.Options.away == "" {
		return nil
	}
	list := pl.Graph.PassOf(plan.List, -1).Name // its key may hang on columns of input that is not here
	tasks, err := newFiledPlan(pl.ledger).readTasks(ctx, list)
	if err != nil {
		return err
	}
	var shards []plan.Shard
	for key := range tasks {
		c, err := pl.ledger.Find(ctx, list, key)
		if err != nil {
			return err
		}
		if c != nil {
			shards = append(shards, c.Shards...)
		}
	}
	if at := pl.relative(shards); at != "" {
		return fmt.Errorf("the plan reads or writes %s, relative to %s, which is not on this machine: name shared locations, such as /mnt/data or s3://bucket/prefix, in the pipeline",
			at, pl.Options.away)
	}
	return nil
}

// relative is the first relative location that the plan reads or writes, "" if it has none:
// it would lead elsewhere on a machine that has not the folder the plan was made in.
func (pl *Plan) relative(shards []plan.Shard) string {
	here := func(location string) bool {
		return location != "" && !strings.Contains(location, ":") && !filepath.IsAbs(location)
	}
	for _, o := range pl.outlets() {
		if s := o.folder(); s != nil && here(s.String()) {
			return s.String()
		}
	}
	for _, s := range shards {
		if here(s.Path) {
			return s.Path
		}
	}
	return ""
}
