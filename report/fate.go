package report

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

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

	// Lacks are the columns that the sink of a kept document leaves out, so that nothing is
	// known of them here.
	Lacks []string `json:"lacks,omitempty"`

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

	// Cut is what stages cut out of its text, where the segments of the run are kept.
	Cut []Cut `json:"cut,omitempty"`

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
	err = f.scan(ctx, f.rejects, dropped, rejectsOf, commits, func(r *outRow, file string, row int64) {
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

func rejectsOf(c *ledger.Commit) []stage.Part { return c.Rejects }

// scan reads every row of the parts or rejects of a run.
func (f *Folder) scan(ctx context.Context, s store.Store, kind rowKind, of func(*ledger.Commit) []stage.Part, commits []*ledger.Commit, see func(*outRow, string, int64)) error {
	for _, c := range commits {
		for _, p := range of(c) {
			row, folders := int64(0), output.HiveValues(p.File)
			for r, err := range readRows(ctx, s, p.File, kind) {
				if err != nil {
					return err
				}
				r.fill(kind, folders)
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
	for _, s := range f.parts {
		if _, err := f.current(ctx, s); err != nil {
			return nil, err
		}
	}
	grouping := map[string]bool{} // stages whose rejects name their winner
	for _, c := range commits {
		if c.Kind == plan.Resolve {
			grouping[c.Operator()] = true
		}
	}
	fates, blind, err := f.find(ctx, commits, func(id, url string) bool { return id == urlOrID || url == urlOrID })
	if err != nil || len(fates) == 0 {
		return nil, cmp.Or(err, blind)
	}
	if err := f.cuts(ctx, commits, fates); err != nil {
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
		winners, _, err := f.find(ctx, commits, func(id, _ string) bool { return lost[id] != nil })
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

// find reads all parts, rejects and quarantine files for matching documents. blind says why
// some may be missing: parts of a format that is not read, or without the columns.
func (f *Folder) find(ctx context.Context, commits []*ledger.Commit, match func(id, url string) bool) (found []*Fate, blind, err error) {
	add := func(x *Fate) {
		if len(found) < fatesMax {
			found = append(found, x)
		}
	}
	type place struct {
		s       store.Store
		kind    rowKind
		of      func(*ledger.Commit) []stage.Part
		outcome string
	}
	var places []place
	for _, s := range f.parts {
		places = append(places, place{s.store, rowKind{kept, s.InParts, false}, s.of, Kept})
		if err := s.nameless(); err != nil {
			blind = err
		}
		if s.InParts("id") == "" && s.InParts("url") == "" {
			places = places[:len(places)-1]
		}
	}
	for _, p := range append(places, place{f.rejects, dropped, rejectsOf, Rejected}) {
		lacks := p.kind.lacking()
		err := f.scan(ctx, p.s, p.kind, p.of, commits, func(r *outRow, file string, row int64) {
			if match(r.ID, r.URL) {
				x := r.fate(p.outcome, file, row)
				x.Lacks = lacks
				add(x)
			}
		})
		if errors.Is(err, ErrUnreadable) {
			blind = err // rejects can be told all the same
		} else if err != nil {
			return nil, nil, err
		}
	}
	for _, c := range commits {
		for _, file := range c.Files {
			if !strings.HasPrefix(file.Name, ledger.QuarantineFolder) { // also in runs of before files had roles
				continue
			}
			err := f.quarantine(ctx, file.Name, func(q ledger.QuarantineLine, row int64) {
				if match(cmp.Or(q.ID, fmt.Sprintf("%s#%d", q.Shard, q.Record)), q.URL) {
					add(&Fate{ID: q.ID, URL: q.URL, Shard: q.Shard, Record: q.Record, Outcome: Quarantined,
						File: file.Name, Row: row, Stage: q.Stage, Error: q.Error})
				}
			})
			if err != nil {
				return nil, nil, err
			}
		}
	}
	return found, blind, nil
}

// nameless says why documents cannot be found in the parts of a sink, or not by all that
// one may ask for; nil where they can.
func (s sinkParts) nameless() error {
	what := "the run"
	if s.Name != "" {
		what = "the sink " + s.Name
	}
	switch id, url := s.InParts("id"), s.InParts("url"); {
	case id == "" && url == "":
		return fmt.Errorf("nothing found; the parts of %s have neither id nor url (drop): what became of a document there cannot be told", what)
	case id == "":
		return fmt.Errorf("nothing found; the parts of %s have no id (drop): a document there is found by its URL alone", what)
	case url == "":
		return fmt.Errorf("nothing found; the parts of %s have no url (drop): a document there is found by its ID alone", what)
	}
	return nil
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
