// Package report reads run folders: what became of every document, samples of what a
// rule dropped, whether all files are as the manifest says. It runs nothing, loads no
// model and writes nothing; what it knows of a run stands in the run's folder.
package report

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Folder is the folder of a run, opened for reading.
type Folder struct {
	Dir      string
	Pipeline *Pipeline
	Ledger   *ledger.Ledger

	parts   []sinkParts // of each sink of the pipeline
	schemes store.Schemes
	rejects store.Store
}

// sinkParts is a sink with the folder of its parts.
type sinkParts struct {
	Part
	store store.Store
}

// of are the parts of a commit that are the sink's.
func (s sinkParts) of(c *ledger.Commit) (parts []stage.Part) {
	for _, p := range c.Parts {
		if p.Sink == s.Name {
			parts = append(parts, p)
		}
	}
	return parts
}

// ErrNoRun means that a folder is not the folder of a run.
var ErrNoRun = errors.New("this is no run folder: it has no plan.yaml")

// errNoFolder is ErrNoRun of a folder of this machine that is not there.
var errNoFolder error = noFolder{}

type noFolder struct{}

func (noFolder) Error() string        { return "no such folder" }
func (noFolder) Is(target error) bool { return target == ErrNoRun }

// ErrUnfinished means that a run has no results yet.
var ErrUnfinished = errors.New("the run is not finished: run it again to resume")

// Open opens the folder of a run, finished or not. stores are those of the program that
// reads, nil for local folders alone. The server is that of the folder, and where it has
// an endpoint also that of the folders of its parts and rejects; else the run's plan says
// where these are.
func Open(ctx context.Context, dir string, server store.Server, stores func(store.Server) store.Schemes) (*Folder, error) {
	if stores == nil {
		stores = func(store.Server) store.Schemes { return nil }
	}
	schemes := stores(server)
	s, err := schemes.Open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f := &Folder{Dir: dir, Ledger: &ledger.Ledger{Store: s}}
	src, err := f.Ledger.ReadFile(ctx, ledger.PlanFile)
	if errors.Is(err, fs.ErrNotExist) {
		if _, there := os.Stat(dir); !strings.Contains(dir, "://") && errors.Is(there, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", dir, errNoFolder)
		}
		return nil, fmt.Errorf("%s: %w", dir, ErrNoRun)
	}
	if err != nil {
		return nil, err
	}
	if f.Pipeline, err = parse(below(dir, ledger.PlanFile), src); err != nil {
		return nil, err
	}
	if server.Endpoint == "" {
		schemes = stores(f.Pipeline.server)
	}
	for _, p := range f.Pipeline.Sinks {
		s, err := sinkFolder(ctx, p, below(dir, strings.TrimSuffix("parts/"+p.Name, "/")), schemes)
		if err != nil {
			return nil, err
		}
		f.parts = append(f.parts, sinkParts{p, s})
	}
	f.schemes = schemes
	f.rejects, err = sinkFolder(ctx, f.Pipeline.Rejects, below(dir, "rejects"), schemes)
	return f, err
}

// below is a location below a folder.
func below(dir, name string) string { return strings.TrimSuffix(dir, "/") + "/" + name }

// sinkFolder opens the folder that a sink wrote to: its dir setting, or beside
// the plan where the run folder was moved since.
func sinkFolder(ctx context.Context, p Part, beside string, schemes store.Schemes) (store.Store, error) {
	dir := beside
	if d := p.Setting("dir"); d != "" {
		dir = d
	}
	for _, d := range []string{dir, beside} {
		s, err := schemes.Open(ctx, d)
		if err != nil {
			return nil, err
		}
		for _, err := range s.List(ctx, "") {
			return s, err
		}
	}
	return schemes.Open(ctx, dir)
}

// Stats reads the statistics of the run.
func (f *Folder) Stats(ctx context.Context) (*ledger.Stats, error) {
	s := &ledger.Stats{}
	return s, f.finished(f.Ledger.ReadJSON(ctx, ledger.StatsFile, s))
}

// Manifest reads the commits of the run, in the order of its plan.
func (f *Folder) Manifest(ctx context.Context) ([]*ledger.Commit, error) {
	c, err := f.Ledger.Manifest(ctx)
	return c, f.finished(err)
}

// Unfinished reports whether a run in the folder did not come to its end since the
// results were written.
func (f *Folder) Unfinished(ctx context.Context) (bool, error) {
	_, err := f.Ledger.Store.Stat(ctx, ledger.UnfinishedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (f *Folder) finished(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", f.Dir, ErrUnfinished)
	}
	return err
}

// ErrReplaced means that the parts of a run are gone: another run has their folder.
var ErrReplaced = errors.New("another run has replaced the parts of this one")

// current reads the manifest of the run's parts in a sink's folder; nil where it has none,
// since the run is of before folders had manifests. The error is ErrReplaced where the
// set is another run's.
func (f *Folder) current(ctx context.Context, s sinkParts) (*output.Manifest, error) {
	m, err := output.Read(ctx, s.store, s.Set)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	id, err := f.Ledger.ID(ctx)
	if err != nil {
		return nil, err
	}
	if m.Run != "" && m.Run != id {
		return nil, fmt.Errorf("%s: %w: %s holds those of run %s of pipeline %s", f.Dir, ErrReplaced, s.store, m.Run, m.Pipeline)
	}
	return m, nil
}

// ofSink finds the parts of a sink by its name, and the manifest of the run's own there, nil
// as [Folder.current] says.
func (f *Folder) ofSink(ctx context.Context, sink string) (s sinkParts, m *output.Manifest, err error) {
	i := slices.IndexFunc(f.parts, func(s sinkParts) bool { return s.Name == sink })
	if i < 0 {
		return s, nil, fmt.Errorf("%s has no sink %q", f.Dir, sink)
	}
	m, err = f.current(ctx, f.parts[i])
	return f.parts[i], m, err
}

// PartLocations lists the parts of a sink of the run that are current in their folder, in
// order, without their companions: as patterns that match them and nothing else, below the
// folder where they lie in folders of their own (partition_by). The name is "" where the
// pipeline has one sink without.
func (f *Folder) PartLocations(ctx context.Context, sink string) ([]string, error) {
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	s, m, err := f.ofSink(ctx, sink)
	if err != nil {
		return nil, err
	}
	var parts []stage.Part
	if m != nil {
		parts = m.Parts
	} else {
		for _, c := range commits {
			parts = append(parts, s.of(c)...)
		}
	}
	return patterns(s.store.String(), parts), nil
}

// Limits of a pattern that names several parts: those of package store.
const (
	patternBytes = 4_000
	patternParts = 1_000
)

// patterns are the locations of parts, or patterns of those in folders, whose fixed part is
// the folder that all lie in: files are told apart by their names below it.
func patterns(folder string, parts []stage.Part) (list []string) {
	var inside []string
	size := 0
	flush := func() {
		if len(inside) > 0 {
			list = append(list, below(folder, "{"+strings.Join(inside, ",")+"}"))
		}
		inside, size = nil, len(folder)
	}
	flush()
	for _, p := range parts {
		if !strings.Contains(p.File, "/") {
			list = append(list, below(folder, p.File))
			continue
		}
		name := escape(p.File)
		if len(inside) == patternParts || size+len(name) > patternBytes {
			flush()
		}
		inside = append(inside, name)
		size += len(name) + 1
	}
	flush()
	return list
}

// escape takes the meaning from characters that have one in patterns.
func escape(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if strings.IndexByte(`*?[]{},\`, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Columns are the columns of the parts of a sink, under the names that documents have for
// them; nil where the folder does not name them, since a run of before did not.
func (f *Folder) Columns(ctx context.Context, sink string) ([]output.Column, error) {
	for _, s := range f.parts {
		if s.Name != sink {
			continue
		}
		m, err := f.current(ctx, s)
		if err != nil || m == nil {
			return nil, err
		}
		columns := slices.Clone(m.Columns)
		for i := range columns {
			columns[i].Name = s.inDocuments(columns[i].Name)
		}
		return columns, nil
	}
	return nil, fmt.Errorf("%s has no sink %q", f.Dir, sink)
}

// Setting returns a setting of the first stage of that definition, "" where the run
// has no such stage or the setting is not one value.
func (f *Folder) Setting(stageName, key string) string {
	for _, s := range f.Pipeline.Stages {
		if s.Def == stageName {
			return s.Setting(key)
		}
	}
	return ""
}
