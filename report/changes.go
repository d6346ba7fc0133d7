package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// Changes are what differs between two runs.
type Changes struct {
	From RunTotals `json:"from"`
	To   RunTotals `json:"to"`
	// Plan are the settings that differ, by their paths in plan.yaml.
	Plan []SettingChange `json:"plan"`
	// Revised are stages whose settings are the same and whose work is not: another
	// revision of the stage, or another model or list.
	Revised []string      `json:"revised"`
	Stages  []StageChange `json:"stages"`
	Rules   []RuleChange  `json:"rules"`
	Langs   []GroupChange `json:"languages"`
	Sources []GroupChange `json:"sources"`
	// Documents tells the documents of the parts apart by their IDs.
	Documents DocumentChanges `json:"documents"`
	Seconds   []TimeChange    `json:"stage_seconds"`
}

// RunTotals are the sums of one of the two runs.
type RunTotals struct {
	Dir         string  `json:"run"`
	Pipeline    string  `json:"pipeline"`
	Read        int64   `json:"read"`
	Documents   int64   `json:"documents"`
	Tokens      int64   `json:"tokens"`
	Bytes       int64   `json:"bytes"`
	Quarantined int64   `json:"quarantined"`
	Seconds     float64 `json:"wall_seconds"`
}

// SettingChange is a setting that differs; "" where one of the plans has none.
type SettingChange struct {
	Path string `json:"path"`
	From string `json:"from"`
	To   string `json:"to"`
}

// StageChange is a stage whose counts differ.
type StageChange struct {
	Stage    string `json:"stage"`
	FromIn   int64  `json:"from_in"`
	ToIn     int64  `json:"to_in"`
	FromKept int64  `json:"from_kept"`
	ToKept   int64  `json:"to_kept"`
}

// RuleChange is a rule that dropped another number of documents.
type RuleChange struct {
	Stage string `json:"stage"`
	Rule  string `json:"rule"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
}

// GroupChange is a language or source with another yield.
type GroupChange struct {
	Name          string `json:"name"`
	FromDocuments int64  `json:"from_documents"`
	ToDocuments   int64  `json:"to_documents"`
	FromTokens    int64  `json:"from_tokens"`
	ToTokens      int64  `json:"to_tokens"`
}

// TimeChange is the time of a stage in both runs, over all workers.
type TimeChange struct {
	Stage string  `json:"stage"`
	From  float64 `json:"from"`
	To    float64 `json:"to"`
}

// DocumentChanges counts the documents of the parts of either run by their IDs.
type DocumentChanges struct {
	Same  int64 `json:"same"`
	Added int64 `json:"added"`
	Lost  int64 `json:"lost"`
	// AddedIDs and LostIDs are up to 20 of them, those with the lowest hashes.
	AddedIDs []string `json:"added_ids"`
	LostIDs  []string `json:"lost_ids"`
	// Unknown says why documents were not compared.
	Unknown string `json:"unknown,omitempty"`
}

// Against compares the run with an earlier one.
func (f *Folder) Against(ctx context.Context, earlier *Folder) (*Changes, error) {
	from, err := earlier.Stats(ctx)
	if err != nil {
		return nil, err
	}
	to, err := f.Stats(ctx)
	if err != nil {
		return nil, err
	}
	c := &Changes{Plan: []SettingChange{}, Revised: []string{}, Stages: []StageChange{}, Rules: []RuleChange{}, Langs: []GroupChange{}, Sources: []GroupChange{}, Seconds: []TimeChange{}}
	fromTimes, err := earlier.timings(ctx)
	if err != nil {
		return nil, err
	}
	toTimes, err := f.timings(ctx)
	if err != nil {
		return nil, err
	}
	c.From, c.To = totals(earlier, from, fromTimes), totals(f, to, toTimes)
	if err := c.plans(ctx, earlier, f); err != nil {
		return nil, err
	}
	c.counts(from, to)
	c.Langs, c.Sources = changed(from.By["lang"], to.By["lang"]), changed(from.By["source"], to.By["source"])
	c.times(to, fromTimes, toTimes)
	return c, c.documents(ctx, earlier, f)
}

func totals(f *Folder, s *ledger.Stats, times []Timings) RunTotals {
	t := RunTotals{Dir: f.Dir, Pipeline: f.Pipeline.Name, Documents: s.Documents, Tokens: s.Tokens, Bytes: s.Bytes, Quarantined: s.QuarantinedSum()}
	for _, src := range s.Sources {
		t.Read += src.Documents
	}
	for _, x := range times {
		t.Seconds = max(t.Seconds, x.WallSeconds)
	}
	return t
}

// plans compares the settings of two runs, and what the stages are beside these.
func (c *Changes) plans(ctx context.Context, from, to *Folder) error {
	a, err := from.settings(ctx)
	if err != nil {
		return err
	}
	b, err := to.settings(ctx)
	if err != nil {
		return err
	}
	touched := map[string]bool{}
	for _, path := range union(a, b) {
		if a[path] == b[path] {
			continue
		}
		c.Plan = append(c.Plan, SettingChange{path, a[path], b[path]})
		if rest, ok := strings.CutPrefix(path, "stages."); ok {
			name, _, _ := strings.Cut(rest, ".")
			touched[name] = true
		}
	}
	x, y := from.digests(ctx), to.digests(ctx)
	for _, name := range union(x, y) {
		if x[name] != "" && y[name] != "" && x[name] != y[name] && !touched[name] {
			c.Revised = append(c.Revised, name)
		}
	}
	return nil
}

func union[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// settings are the settings of plan.yaml by their paths; stages go by their names.
func (f *Folder) settings(ctx context.Context) (map[string]string, error) {
	src, err := f.Ledger.ReadFile(ctx, ledger.PlanFile)
	if err != nil {
		return nil, err
	}
	root, err := config.ParseYAML(ledger.PlanFile, src)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	flatten(out, "", root)
	return out, nil
}

func flatten(out map[string]string, path string, n *config.Node) {
	join := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch n.Kind {
	case config.MapNode:
		for _, f := range n.Fields {
			flatten(out, join(f.Key), f.Value)
		}
	case config.ListNode:
		named := path == "stages" || strings.HasPrefix(path, "stages.") && len(n.Items) > 0 && n.Items[0].Kind == config.MapNode
		var list []string
		for i, item := range n.Items {
			switch {
			case named && item.Kind == config.MapNode && len(item.Fields) > 0:
				field := item.Fields[0]
				name := field.Key
				if as := field.Value.Get("as"); as != nil {
					name = as.Scalar
				}
				out[join(name)] = fmt.Sprintf("stage %d", i+1)
				flatten(out, join(name), field.Value)
			case item.Kind == config.ScalarNode:
				list = append(list, item.Scalar)
			default:
				flatten(out, join(fmt.Sprint(i)), item)
			}
		}
		if len(list) > 0 {
			out[path] = strings.Join(list, ", ")
		}
	default:
		out[path] = n.Scalar
	}
}

// digests are those of the stages of the plan, by name; none where no plan is filed.
func (f *Folder) digests(ctx context.Context) map[string]string {
	var graph struct{ Ops []plan.Op }
	out := map[string]string{}
	if err := f.Ledger.ReadJSON(ctx, "tasks/graph.json", &graph); err != nil {
		return out
	}
	for _, op := range graph.Ops {
		out[op.Name] = op.Digest
	}
	return out
}

// counts compares stages and rules.
func (c *Changes) counts(from, to *ledger.Stats) {
	var names []string
	for _, s := range slices.Concat(to.Stages, from.Stages) {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	empty := &ledger.StageStats{}
	for _, name := range names {
		a, b := cmp.Or(from.Stage(name), empty), cmp.Or(to.Stage(name), empty)
		if a.In != b.In || a.Kept != b.Kept {
			c.Stages = append(c.Stages, StageChange{name, a.In, b.In, a.Kept, b.Kept})
		}
		for _, rule := range union(a.Rejected, b.Rejected) {
			if a.Rejected[rule] != b.Rejected[rule] {
				c.Rules = append(c.Rules, RuleChange{name, rule, a.Rejected[rule], b.Rejected[rule]})
			}
		}
	}
}

// changed are the groups whose yield differs.
func changed(from, to map[string]*ledger.Yield) []GroupChange {
	list := []GroupChange{}
	empty := &ledger.Yield{}
	for _, name := range union(from, to) {
		a, b := cmp.Or(from[name], empty), cmp.Or(to[name], empty)
		if a.Documents != b.Documents || a.Tokens != b.Tokens {
			list = append(list, GroupChange{name, a.Documents, b.Documents, a.Tokens, b.Tokens})
		}
	}
	return list
}

// times compares what the stages took.
func (c *Changes) times(to *ledger.Stats, a, b []Timings) {
	sum := func(list []Timings) map[string]float64 {
		m := map[string]float64{}
		for _, t := range list {
			for _, s := range t.Stages {
				m[s.Name] += s.Seconds
			}
		}
		return m
	}
	x, y := sum(a), sum(b)
	for _, s := range to.Stages {
		if x[s.Name] > 0 || y[s.Name] > 0 {
			c.Seconds = append(c.Seconds, TimeChange{s.Name, x[s.Name], y[s.Name]})
		}
	}
}

const (
	// idsAtOnce bounds what a comparison holds: 8 bytes an ID of the earlier run. Of more
	// documents the IDs are read several times, a share of their hashes each.
	idsAtOnce = 8 << 20
	idsShown  = 20
)

// documents compares the IDs in the parts of two runs.
func (c *Changes) documents(ctx context.Context, from, to *Folder) error {
	d := &c.Documents
	d.AddedIDs, d.LostIDs = []string{}, []string{}
	shares := uint64(max(c.From.Documents, c.To.Documents)/idsAtOnce + 1)
	added, lost := &lowest{}, &lowest{}
	for share := range shares {
		held, err := from.hashes(ctx, share, shares)
		if err == nil {
			err = d.share(ctx, from, to, share, shares, held, added, lost)
		}
		if errors.Is(err, ErrUnreadable) || errors.Is(err, ErrReplaced) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoIDs) {
			*d = DocumentChanges{AddedIDs: []string{}, LostIDs: []string{}, Unknown: err.Error()}
			return nil
		}
		if err != nil {
			return err
		}
	}
	d.AddedIDs, d.LostIDs = added.list(), lost.list()
	return nil
}

// share compares the IDs of one share of the hashes.
func (d *DocumentChanges) share(ctx context.Context, from, to *Folder, share, shares uint64, held []uint64, added, lost *lowest) error {
	found := make([]bool, len(held))
	err := to.ids(ctx, func(id string) {
		h := xxh3.HashString(id)
		if h%shares != share {
			return
		}
		if i, ok := slices.BinarySearch(held, h); ok {
			if !found[i] {
				found[i] = true
				d.Same++
			}
			return
		}
		d.Added++
		added.add(h, id)
	})
	if err != nil {
		return err
	}
	gone := held[:0:0]
	for i, h := range held {
		if !found[i] {
			gone = append(gone, h)
		}
	}
	d.Lost += int64(len(gone))
	if len(gone) == 0 {
		return nil
	}
	return from.ids(ctx, func(id string) {
		h := xxh3.HashString(id)
		if _, ok := slices.BinarySearch(gone, h); ok {
			lost.add(h, id)
		}
	})
}

// lowest keeps the IDs with the lowest hashes.
type lowest struct {
	hashes []uint64
	ids    []string
}

func (l *lowest) add(h uint64, id string) {
	i, ok := slices.BinarySearch(l.hashes, h)
	if ok || i >= idsShown {
		return
	}
	l.hashes, l.ids = slices.Insert(l.hashes, i, h), slices.Insert(l.ids, i, id)
	l.hashes, l.ids = l.hashes[:min(len(l.hashes), idsShown)], l.ids[:min(len(l.ids), idsShown)]
}

func (l *lowest) list() []string { return append([]string{}, l.ids...) }

// hashes are those of the IDs of a share, sorted.
func (f *Folder) hashes(ctx context.Context, share, shares uint64) ([]uint64, error) {
	var list []uint64
	err := f.ids(ctx, func(id string) {
		if h := xxh3.HashString(id); h%shares == share {
			list = append(list, h)
		}
	})
	slices.Sort(list)
	return slices.Compact(list), err
}

// errNoIDs means that the parts of a run have no IDs.
var errNoIDs = errors.New("the parts have no column id (drop)")

// ids yields the IDs in the parts of all sinks of a run; a document of several sinks comes
// several times.
func (f *Folder) ids(ctx context.Context, see func(id string)) error {
	for _, s := range f.parts {
		if s.InParts("id") == "" {
			return errNoIDs
		}
		m, err := f.current(ctx, s)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("%s: %w", s.store, fs.ErrNotExist)
		}
		for _, p := range m.Parts {
			for r, err := range readRows(ctx, s.store, p.File, rowKind{[]string{"id"}, s.InParts, false}) {
				if err != nil {
					return err
				}
				see(r.ID)
			}
		}
	}
	return nil
}
