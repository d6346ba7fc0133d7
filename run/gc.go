package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// Garbage is what a run folder holds that nothing names: neither the last finished run nor
// the plan that lies there.
type Garbage struct {
	Run string `json:"run"`
	// Folders are by name, with those of which all is named left out.
	Folders []GarbageFolder `json:"folders"`
	Files   int64           `json:"files"`
	Bytes   int64           `json:"bytes"`
	// Removed says that they are gone.
	Removed bool `json:"removed"`

	names []string // commits first
}

// GarbageFolder counts a folder of the run folder.
type GarbageFolder struct {
	Folder string `json:"folder"`
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"`
}

// ErrWorking means that workers are at the run, or that nobody can tell.
var ErrWorking = errors.New("workers are at this run: try again when they have ended")

// Garbage finds what nothing in a run folder names, and with remove removes it: never while a
// worker lives. Answers of servers, input of a crawl and what a folder keeps by other names
// are left alone, and so are folders of sinks elsewhere, which the end of a run sweeps.
func (a *App) Garbage(ctx context.Context, f *Filed, o Options, remove bool) (_ *Garbage, err error) {
	o = f.Options(o)
	o.filed = true
	pl, err := a.Plan(ctx, f.Pipeline, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = f.secrets.err(errors.Join(err, pl.Close())) }()
	if remove {
		if err := pl.noWorkers(ctx); err != nil {
			return nil, err
		}
	}
	named, err := pl.named(ctx)
	if err != nil {
		return nil, err
	}
	g := &Garbage{Run: f.Dir, Folders: []GarbageFolder{}}
	if err := g.find(ctx, pl, named); err != nil || !remove {
		return g, err
	}
	for _, name := range g.names {
		if err := pl.ledger.Store.Remove(ctx, name); err != nil {
			return g, err
		}
	}
	g.Removed = true
	return g, nil
}

// names are what is kept of a run folder.
type names struct {
	commits  map[ledger.ID]bool
	files    map[string]bool // below the run folder
	finished bool            // nothing is under way
}

// named are the commits of the last finished run and of the plan in the folder, and their
// files.
func (pl *Plan) named(ctx context.Context) (*names, error) {
	n := &names{commits: map[ledger.ID]bool{}, files: map[string]bool{graphFile: true, originFile: true}}
	l := pl.ledger
	done, err := l.Manifest(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	_, stat := l.Store.Stat(ctx, ledger.UnfinishedFile)
	n.finished = err == nil && errors.Is(stat, fs.ErrNotExist)
	for _, c := range done {
		n.commit(pl, c)
	}
	var graph plan.Graph
	if err := l.ReadJSON(ctx, graphFile, &graph); err != nil {
		return nil, err
	}
	filed := newFiledPlan(l)
	for _, pass := range graph.Passes {
		tasks, err := filed.readTasks(ctx, pass.Name)
		if err != nil {
			return nil, err
		}
		n.files[tasksFile(pass.Name)] = true
		list := plan.Keys{Pass: pass.Name, Keys: make([]string, len(tasks))}
		for _, t := range tasks {
			n.commits[ledger.ID{Pass: t.Pass, Key: t.Key}] = true
			if t.Number < len(list.Keys) {
				list.Keys[t.Number] = t.Key
			}
			for _, in := range t.Inputs {
				n.files[listFile(in.List)] = true
			}
		}
		n.files[listFile(list.Digest())] = true // those of the last pass no input names yet
	}
	return n, n.read(ctx, pl, done)
}

// read takes the files of commits that the manifest has not.
func (n *names) read(ctx context.Context, pl *Plan, done []*ledger.Commit) error {
	for id, err := range pl.ledger.Committed(ctx, "") {
		if err != nil {
			return err
		}
		if !n.commits[id] || slices.ContainsFunc(done, func(c *ledger.Commit) bool { return c.Key == id.Key && c.Pass == id.Pass }) {
			continue
		}
		c, err := pl.ledger.Find(ctx, id.Pass, id.Key)
		if err != nil && !errors.Is(err, ledger.ErrDamaged) {
			return err
		}
		if c != nil {
			n.commit(pl, c)
		}
	}
	return nil
}

// commit takes a commit, its files, and its parts and rejects that lie in the run folder.
func (n *names) commit(pl *Plan, c *ledger.Commit) {
	n.commits[ledger.ID{Pass: c.Pass, Key: c.Key}] = true
	for _, f := range c.Files {
		n.files[f.Name] = true
	}
	for _, o := range pl.outlets() {
		prefix, ok := pl.within(o)
		if !ok {
			continue
		}
		for _, p := range o.files(c) {
			n.files[prefix+p.File] = true
			for _, x := range p.Companions {
				n.files[prefix+x.File] = true
			}
		}
	}
}

// within is the folder of an outlet as a prefix of names in the run folder.
func (pl *Plan) within(o *outlet) (prefix string, ok bool) {
	if o.place == "" {
		return "", false
	}
	inside := inside(o.place, pl.stores.Place(pl.Options.Dir))
	if len(inside) == 0 {
		return "", false
	}
	return inside[0], true
}

// swept are the folders that hold nothing but what commits and plans name.
var swept = []string{ledger.TaskStatsFolder, ledger.SegmentsFolder, ledger.QuarantineFolder, "tasks/"}

// find lists the run folder.
func (g *Garbage) find(ctx context.Context, pl *Plan, n *names) error {
	var rest []string // commits go first: their tasks count as not done
	take := func(list *[]string, o store.Object) {
		*list = append(*list, o.Name)
		folder, _, _ := strings.Cut(o.Name, "/")
		i := slices.IndexFunc(g.Folders, func(f GarbageFolder) bool { return f.Folder == folder })
		if i < 0 {
			i = len(g.Folders)
			g.Folders = append(g.Folders, GarbageFolder{Folder: folder})
		}
		g.Folders[i].Files, g.Folders[i].Bytes = g.Folders[i].Files+1, g.Folders[i].Bytes+o.Size
		g.Files, g.Bytes = g.Files+1, g.Bytes+o.Size
	}
	unnamed, err := pl.unnamedParts(ctx)
	if err != nil {
		return err
	}
	for o, err := range pl.ledger.Store.List(ctx, "") {
		if err != nil {
			return err
		}
		below := func(folder string) bool { return strings.HasPrefix(o.Name, folder) }
		switch {
		case below("commits/"):
			pass, file, _ := strings.Cut(strings.TrimPrefix(o.Name, "commits/"), "/")
			if !n.commits[ledger.ID{Pass: pass, Key: strings.TrimSuffix(file, ".json")}] {
				take(&g.names, o)
			}
		case below(claims.ClaimsFolder), below(claims.WorkersFolder):
			if n.finished {
				take(&rest, o)
			}
		case n.files[o.Name]:
		case slices.ContainsFunc(swept, below), unnamed[o.Name]:
			take(&rest, o)
		}
	}
	g.names = append(g.names, rest...)
	slices.SortFunc(g.Folders, func(a, b GarbageFolder) int { return strings.Compare(a.Folder, b.Folder) })
	return nil
}

// unnamedParts are files in folders of sinks below the run folder that no manifest names.
func (pl *Plan) unnamedParts(ctx context.Context) (map[string]bool, error) {
	list := map[string]bool{}
	for _, o := range pl.outlets() {
		prefix, ok := pl.within(o)
		if !ok {
			continue
		}
		for name, err := range output.Unnamed(ctx, o.folder()) {
			if err != nil {
				return nil, err
			}
			list[prefix+name] = true
		}
	}
	return list, nil
}

// noWorkers waits until all workers of the folder are known to have ended: of another machine
// one that is silent for as long as its claims hold.
func (pl *Plan) noWorkers(ctx context.Context) (err error) {
	for _, err := range pl.ledger.Store.List(ctx, claims.WorkersFolder) {
		if err != nil {
			return err
		}
		return pl.judgeWorkers(ctx)
	}
	return nil // nobody pulls
}

func (pl *Plan) judgeWorkers(ctx context.Context) (err error) {
	f, err := claims.Join(ctx, pl.ledger.Store, claims.Settings{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Leave(context.WithoutCancel(ctx))) }()
	tick := time.NewTicker(f.Poll())
	defer tick.Stop()
	for {
		states, err := f.Workers(ctx)
		if err != nil {
			return err
		}
		if live := states[claims.Live]; len(live) > 0 {
			return fmt.Errorf("%s: %w: %s", pl.Options.Dir, ErrWorking, live[0].ID)
		}
		if len(states[claims.Unknown]) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
