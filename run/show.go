package run

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Folder is the folder of an earlier run, opened for reading.
type Folder struct {
	Dir      string
	Pipeline *Pipeline
	Ledger   *ledger.Ledger

	parts, rejects store.Store
}

// ErrNoRun means that a folder is not the folder of a run.
var ErrNoRun = errors.New("this is no run folder: it has no plan.yaml")

// ErrUnfinished means that a run has no results yet.
var ErrUnfinished = errors.New("the run is not finished: run it again to resume")

// OpenRun opens the folder of an earlier run, finished or not. It loads no model
// and writes nothing.
func (a *App) OpenRun(ctx context.Context, dir string, o store.Options) (*Folder, error) {
	s, err := store.Open(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f := &Folder{Dir: dir, Ledger: &ledger.Ledger{Store: s}}
	plan, err := readAll(ctx, s, "plan.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoRun)
	}
	if err != nil {
		return nil, err
	}
	if f.Pipeline, err = a.Parse(joinLocation(dir, "plan.yaml"), plan, nil); err != nil {
		return nil, err
	}
	env := a.env(f.Pipeline, Options{})
	if o.Endpoint != "" {
		env.Store = o
	}
	if f.parts, err = sinkFolder(ctx, f.Pipeline.Sink, joinLocation(dir, "parts"), env); err != nil {
		return nil, err
	}
	f.rejects, err = sinkFolder(ctx, f.Pipeline.Rejects, joinLocation(dir, "rejects"), env)
	return f, err
}

// sinkFolder opens the folder that a sink wrote to: its dir setting, or beside
// the plan where the run folder was moved since.
func sinkFolder(ctx context.Context, p Part, beside string, env *stage.Env) (store.Store, error) {
	dir := beside
	if n := config.Encode(p.Settings).Get("dir"); n != nil && n.Scalar != "" {
		dir = n.Scalar
	}
	for _, d := range []string{dir, beside} {
		s, err := store.Open(ctx, d, env.Store)
		if err != nil {
			return nil, err
		}
		for _, err := range s.List(ctx, "") {
			return s, err
		}
	}
	return store.Open(ctx, dir, env.Store)
}

// Stats reads the statistics of the run.
func (f *Folder) Stats(ctx context.Context) (*ledger.Stats, error) {
	s := &ledger.Stats{}
	return s, f.finished(f.Ledger.ReadJSON(ctx, "stats.json", s))
}

// Manifest reads the commits of the run.
func (f *Folder) Manifest(ctx context.Context) ([]*ledger.Commit, error) {
	c, err := f.Ledger.Manifest(ctx)
	return c, f.finished(err)
}

// Unfinished reports whether a run in the folder did not come to its end since the
// results were written.
func (f *Folder) Unfinished(ctx context.Context) (bool, error) {
	_, err := f.Ledger.Store.Stat(ctx, unfinished)
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

// PartLocations lists the parts of the run in order, without their companions.
func (f *Folder) PartLocations(ctx context.Context) ([]string, error) {
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, c := range commits {
		for _, p := range c.Parts {
			list = append(list, joinLocation(f.parts.String(), p.File))
		}
	}
	return list, nil
}

// Setting returns a setting of the first stage of that definition, "" where the
// run has no such stage.
func (f *Folder) Setting(stageName, key string) string {
	for _, s := range f.Pipeline.Stages {
		if s.Def.Name == stageName {
			if n := config.Encode(s.Settings).Get(key); n != nil {
				return n.Scalar
			}
		}
	}
	return ""
}

// Fate is what became of one document of a run.
type Fate struct {
	ID     string `json:"id"`
	URL    string `json:"url,omitempty"`
	Lang   string `json:"lang,omitempty"`
	Source string `json:"source,omitempty"`
	Shard  string `json:"shard,omitempty"`
	Record int64  `json:"record"`
	// Outcome is "kept", "rejected" or "quarantined".
	Outcome string `json:"outcome"`
	// File is the part, the file of rejects or the quarantine file that has it,
	// and Row its row there, from 0.
	File string `json:"file"`
	Row  int64  `json:"row"`

	// Of a kept document.
	Tokens      int64  `json:"tokens,omitempty"`
	ClusterID   string `json:"cluster_id,omitempty"`
	ClusterSize int64  `json:"cluster_size,omitempty"`

	// Of a rejected or quarantined one.
	Stage  string   `json:"stage,omitempty"`
	Rule   string   `json:"rule,omitempty"`
	Value  *float64 `json:"value,omitempty"`
	Limit  *float64 `json:"limit,omitempty"`
	Detail string   `json:"detail,omitempty"`
	Error  string   `json:"error,omitempty"`

	// Text is there for kept documents and for a sample of the rejects.
	Text string `json:"text,omitempty"`
	// Winner is the document that a duplicate lost to, and what became of it.
	Winner *Fate `json:"winner,omitempty"`
}

// Outcomes of a Fate.
const (
	Kept        = "kept"
	Rejected    = "rejected"
	Quarantined = "quarantined"
)

// Rejects returns up to n rejects of a rule: those with the lowest hash of their
// ID, so that the sample is the same each time, and those that kept their text
// first. rule is a rule, a stage, or stage.rule. total counts all of them.
func (f *Folder) Rejects(ctx context.Context, rule string, n int) (sample []*Fate, total int64, err error) {
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, 0, err
	}
	type drawn struct {
		*Fate
		hash uint64
	}
	var best []drawn
	err = f.scan(ctx, f.rejects, rejectsOf, commits, func(r *outRow, file string, row int64) {
		if r.Rule != rule && r.Stage != rule && r.Stage+"."+r.Rule != rule {
			return
		}
		total++
		best = append(best, drawn{r.fate(Rejected, file, row), xxh3.HashString(r.ID)})
		if len(best) < 2*n+64 {
			return
		}
		slices.SortFunc(best, func(a, b drawn) int {
			return cmp.Or(-cmp.Compare(min(len(a.Text), 1), min(len(b.Text), 1)), cmp.Compare(a.hash, b.hash), cmp.Compare(a.ID, b.ID))
		})
		best = best[:n]
	})
	slices.SortFunc(best, func(a, b drawn) int {
		return cmp.Or(-cmp.Compare(min(len(a.Text), 1), min(len(b.Text), 1)), cmp.Compare(a.hash, b.hash), cmp.Compare(a.ID, b.ID))
	})
	for _, d := range best[:min(n, len(best))] {
		sample = append(sample, d.Fate)
	}
	return sample, total, err
}

func partsOf(c *ledger.Commit) []stage.Part   { return c.Parts }
func rejectsOf(c *ledger.Commit) []stage.Part { return c.Rejects }

// scan reads every row of the parts or rejects of a run.
func (f *Folder) scan(ctx context.Context, s store.Store, of func(*ledger.Commit) []stage.Part, commits []*ledger.Commit, see func(*outRow, string, int64)) error {
	for _, c := range commits {
		for _, p := range of(c) {
			row := int64(0)
			for r, err := range readRows(ctx, s, p.File) {
				if err != nil {
					return err
				}
				see(r, p.File, row)
				row++
			}
		}
	}
	return nil
}

func (r *outRow) fate(outcome, file string, row int64) *Fate {
	return &Fate{ID: r.ID, URL: r.URL, Lang: r.Lang, Source: r.Source, Shard: r.Shard, Record: r.Record, Outcome: outcome,
		File: file, Row: row, Tokens: r.Tokens, ClusterID: r.ClusterID, ClusterSize: r.ClusterSize,
		Stage: r.Stage, Rule: r.Rule, Value: r.Value, Limit: r.Limit, Detail: r.Detail, Text: r.Text}
}

// winnersDeep is how far a chain of lost duplicates is followed, and fatesMax how
// many documents of one URL are reported.
const (
	winnersDeep = 16
	fatesMax    = 1000
)

// Why tells what became of the documents with that URL or ID: the rule that
// dropped each, or the part that has it; of a duplicate also which document won,
// and what became of that one. A document that the run never saw is in none.
func (f *Folder) Why(ctx context.Context, urlOrID string) ([]*Fate, error) {
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	grouping := map[string]bool{} // stages whose rejects name their winner
	for _, c := range commits {
		if c.Kind == plan.Resolve {
			grouping[c.Label] = true
		}
	}
	fates, err := f.find(ctx, commits, func(id, url string) bool { return id == urlOrID || url == urlOrID })
	if err != nil {
		return nil, err
	}
	open := slices.Clone(fates)
	known := map[string]bool{}
	for range winnersDeep {
		lost := map[string][]*Fate{}
		for _, x := range open {
			known[x.ID] = true
			if x.Outcome == Rejected && grouping[x.Stage] && x.Detail != "" && x.Detail != x.ID {
				lost[x.Detail] = append(lost[x.Detail], x)
			}
		}
		if len(lost) == 0 {
			break
		}
		winners, err := f.find(ctx, commits, func(id, _ string) bool { return lost[id] != nil })
		if err != nil {
			return nil, err
		}
		open = open[:0]
		for _, w := range winners {
			for _, x := range lost[w.ID] {
				if x.Winner == nil || w.Outcome == Kept {
					x.Winner = w
				}
			}
			if !known[w.ID] {
				open = append(open, w)
			}
		}
	}
	return fates, nil
}

// find reads all parts, rejects and quarantine files for matching documents.
func (f *Folder) find(ctx context.Context, commits []*ledger.Commit, match func(id, url string) bool) ([]*Fate, error) {
	var found []*Fate
	var unreadable error
	add := func(x *Fate) {
		if len(found) < fatesMax {
			found = append(found, x)
		}
	}
	for _, kind := range []struct {
		s       store.Store
		of      func(*ledger.Commit) []stage.Part
		outcome string
	}{{f.parts, partsOf, Kept}, {f.rejects, rejectsOf, Rejected}} {
		err := f.scan(ctx, kind.s, kind.of, commits, func(r *outRow, file string, row int64) {
			if match(r.ID, r.URL) {
				add(r.fate(kind.outcome, file, row))
			}
		})
		if errors.Is(err, ErrUnreadable) {
			unreadable = err // rejects can be told all the same
		} else if err != nil {
			return nil, err
		}
	}
	for _, c := range commits {
		for _, file := range c.Files {
			if !strings.HasPrefix(file.Name, "quarantine/") {
				continue
			}
			err := f.quarantine(ctx, file.Name, func(q ledger.QuarantineLine, row int64) {
				if match(cmp.Or(q.ID, fmt.Sprintf("%s#%d", q.Shard, q.Record)), q.URL) {
					add(&Fate{ID: q.ID, URL: q.URL, Shard: q.Shard, Record: q.Record, Outcome: Quarantined,
						File: file.Name, Row: row, Stage: q.Stage, Error: q.Error})
				}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	if len(found) == 0 {
		return nil, unreadable
	}
	return found, nil
}

// quarantine reads one file of quarantine lines.
func (f *Folder) quarantine(ctx context.Context, name string, see func(ledger.QuarantineLine, int64)) error {
	r, err := f.Ledger.Store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, quarantineLineMax)
	for row := int64(0); lines.Scan(); row++ {
		var q ledger.QuarantineLine
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return fmt.Errorf("%s: line %d: %w", name, row+1, err)
		}
		see(q, row)
	}
	return lines.Err()
}

// quarantineLineMax bounds a line: an error may hold a stack.
const quarantineLineMax = 4 << 20

func readAll(ctx context.Context, s store.Store, name string) ([]byte, error) {
	r, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := readLimited(r, 1<<30)
	return b, errors.Join(err, r.Close())
}
