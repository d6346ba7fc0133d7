// Package flow takes documents through opened stages. It is the one way of a document:
// a run, a calibration and a trial differ in who observes it.
package flow

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/corpus/where"
	"github.com/corpusmill/corpusmill/stage"
)

// Setup is what a pipeline says of a stage beside its settings.
type Setup struct {
	// Name is the instance name.
	Name string
	// When restricts the stage to some documents; the others go past it.
	When When
	// Where is a condition on columns that restricts it further, "" for none.
	Where string
	// Annotate stores the stage's values as columns and keeps every document.
	Annotate bool
	// Per settles the shares of a calibrated stage for every "lang" or "source" by
	// itself.
	Per []string
	// Within are columns in which documents must be equal to be compared.
	Within []string
}

// When restricts a stage to documents of some languages or sources; an empty list
// restricts nothing.
type When struct {
	Lang   []string `yaml:"lang"`
	Source []string `yaml:"source"`
}

// Empty reports whether every document meets the stage.
func (w When) Empty() bool { return len(w.Lang)+len(w.Source) == 0 }

// Admits reports whether a document is of a language and source that meet the stage.
func (w When) Admits(d *corpus.Document) bool {
	return (len(w.Lang) == 0 || slices.Contains(w.Lang, d.Lang)) &&
		(len(w.Source) == 0 || slices.Contains(w.Source, d.Origin.Source))
}

// admits reports whether a document meets the stage.
func (st *Step) admits(d *corpus.Document) bool {
	return st.When.Admits(d) && (st.Match == nil || st.Match(d))
}

// Step is one opened stage of a pipeline. It does not change: what a run settles is
// handed to the chain.
type Step struct {
	Setup
	// Index is its place in the pipeline.
	Index int
	// Object is what was opened.
	Object any
	// In is the case of a switch that it stands in, nil for none.
	In *Branch
	// Switch is set for a step that sends documents into cases; it does nothing else.
	Switch *Switch
	// Reads are the columns that it reads, those of When and of the survivor's rule
	// among them; nil reads all.
	Reads []string
	// Match is Where, bound to the columns that are there; nil is fulfilled by all.
	Match func(*corpus.Document) bool
	// Writes are the columns that it may set or change, beside its own; nil is all.
	Writes []string
	// Columns are the values that it measures or records.
	Columns []corpus.Column
	// Cells are the columns that it adds to documents, and Place is the first one's among
	// the cells of a document; -1 adds none.
	Cells []corpus.Column
	Place int
	// Slot is the place of its first value among the stored ones; -1 stores none.
	Slot int
	// Shares are its limits that are shares of the documents.
	Shares []stage.Share
	// Fit is set where one of them follows from a token budget.
	Fit *Fit
	// Grouping is set for a stage that works across documents.
	Grouping *Grouping
	// Checkpoint says that it does nothing to a document.
	Checkpoint bool
}

// Fit is a token budget that a share follows from.
type Fit struct {
	Share  int     // which of the shares
	Tokens float64 // that the output is to have
}

// Why says for people what the share follows from.
func (f *Fit) Why() string { return config.Count(f.Tokens).String() + " tokens" }

// Grouping is how a stage that works across documents does so.
type Grouping struct {
	stage.Grouper
	// Spanner is set where it compares parts of documents, Verifier where it looks at
	// what candidates are made of.
	Spanner  stage.Spanner
	Verifier stage.Verifier
	// SketchBytes is the size of each document's sketch; 0 keeps none.
	SketchBytes int
	// Rule is the rule of its verdict on a document that does not survive.
	Rule string
	// Rank is what the survivor of a cluster is chosen by, of one document.
	Rank func(*corpus.Document) corpus.Rank
	// Within appends what two documents must have in common to be compared, so that no
	// two lists of values run together. It is nil where that is nothing.
	Within func(dst []byte, d *corpus.Document) []byte
}

// NewStep looks up the contracts of an opened stage.
func NewStep(s Setup, index int, object any) (*Step, error) {
	st := &Step{Setup: s, Index: index, Object: object, Slot: -1, Place: -1}
	if sw, ok := object.(*Switch); ok {
		st.Switch, st.Reads, st.Writes = sw, []string{sw.By}, []string{}
		return st, nil
	}
	_, st.Checkpoint = object.(*stage.Checkpoint)
	measurer, measures := object.(stage.Measurer)
	_, edits := object.(stage.Editor)
	_, splits := object.(stage.Splitter)
	grouper, groups := object.(stage.Grouper)
	generator, generates := object.(stage.Generator)
	if !st.Checkpoint && !measures && !edits && !splits && !groups && !generates {
		return nil, fmt.Errorf("stage %s: %T implements none of the stage contracts: a rule has Columns and Measure, and Decide where it drops; what changes or drops documents otherwise has Apply, what makes several of one Split (package stage)", s.Name, object)
	}
	if measures {
		st.Columns = measurer.Columns()
	}
	if r, ok := object.(stage.Recorder); ok {
		st.Columns = r.Columns()
	}
	if a, ok := object.(interface{ Cells() []corpus.Column }); ok {
		st.Cells = a.Cells()
	}
	if generates {
		st.Cells = generator.Cells()
	}
	if c, ok := object.(stage.Calibrator); ok && !s.Annotate {
		st.Shares = c.Shares()
	}
	_, grades := object.(stage.Grader)
	switch {
	case grades && s.Annotate:
		return nil, fmt.Errorf("annotate: %s adds columns of its own", s.Name)
	case len(s.Per) > 0 && len(st.Shares) == 0:
		return nil, fmt.Errorf("per: %s has no limit that is a share, such as keep_top", s.Name)
	case s.Annotate && !measures:
		return nil, fmt.Errorf("annotate: %s measures nothing that could be stored", s.Name)
	case groups && (!s.When.Empty() || s.Where != "" || s.Annotate):
		return nil, fmt.Errorf("%s works across documents: when, where and annotate do not apply to it", s.Name)
	case len(s.Within) > 0 && !groups:
		return nil, fmt.Errorf("within: %s compares no documents", s.Name)
	}
	if groups {
		st.Grouping = newGrouping(grouper)
	}
	st.Reads = st.reads()
	if w, ok := object.(stage.ColumnWriter); ok {
		st.Writes = append([]string{}, w.Writes()...)
	} else if !edits && !splits && !generates {
		st.Writes = []string{}
	}
	if groups && st.Grouping.Spanner != nil {
		st.Writes = append(st.Writes, "text")
	}
	return st, nil
}

func (st *Step) reads() []string {
	r, ok := st.Object.(stage.ColumnReader)
	if !ok {
		return nil
	}
	columns := append(r.Reads(), st.SetupReads()...)
	slices.Sort(columns)
	return append([]string{}, slices.Compact(columns)...)
}

// SetupReads are the columns by which the pipeline's own keys go: when, where, per, within
// and the survivor's rule.
func (st *Step) SetupReads() (columns []string) {
	columns = append(columns, st.Within...)
	if x, err := where.Parse(st.Where); err == nil { // it was parsed before
		columns = append(columns, x.Columns()...)
	}
	if len(st.When.Lang) > 0 || slices.Contains(st.Per, "lang") {
		columns = append(columns, "lang")
	}
	if len(st.When.Source) > 0 || slices.Contains(st.Per, "source") {
		columns = append(columns, "source")
	}
	if st.Grouping != nil {
		switch column := st.Grouping.Survivor().Column; column {
		case "":
		case "text_bytes":
			columns = append(columns, "text")
		default:
			columns = append(columns, column)
		}
	}
	return columns
}

func newGrouping(g stage.Grouper) *Grouping {
	x := &Grouping{Grouper: g, Rule: "duplicate"}
	x.Spanner, _ = g.(stage.Spanner)
	if v, ok := g.(stage.Verifier); ok && v.Verifies() {
		x.Verifier = v
	}
	if s, ok := g.(stage.Sketcher); ok {
		x.SketchBytes = s.SketchBytes()
	}
	if l, ok := g.(stage.Lister); ok && len(l.Rules()) > 0 {
		x.Rule = l.Rules()[0]
	}
	return x
}

// Stores reports whether the values of the step become columns of the parts.
func (st *Step) Stores() bool {
	_, records := st.Object.(stage.Recorder)
	return st.Annotate || records && len(st.Columns) > 0
}

// Linker makes the edges of a group: the stage's own way, on a copy for the caller
// alone, else every unit is linked to the first.
func (st *Step) Linker() stage.Linker {
	if l, ok := st.fork().(stage.Linker); ok {
		return l
	}
	return starLinker{}
}

// Checks are copies for the caller alone of what looks at candidates, nil for a stage that
// does not, and of what knows the parts of a text, nil for one that compares documents.
func (st *Step) Checks() (stage.Verifier, stage.Spanner) {
	object := st.fork()
	s, _ := object.(stage.Spanner)
	if v, ok := object.(stage.Verifier); ok && v.Verifies() {
		return v, s
	}
	return nil, s
}

// fork is the object for one worker.
func (st *Step) fork() any {
	if f, ok := st.Object.(stage.Forker); ok {
		return f.Fork()
	}
	return st.Object
}

// starLinker is the Linker of a stage that has none.
type starLinker struct{}

func (starLinker) Link(g stage.Group, edge func(a, b stage.Unit)) error {
	g.Star(edge)
	return nil
}

// AllGroups is the group that every document belongs to; a language or source that a
// calibration did not see takes its limits.
const AllGroups = "*"

// Group is the group in which the document's limits are settled.
func (st *Step) Group(d *corpus.Document) string {
	if len(st.Per) == 0 {
		return AllGroups
	}
	var names []string
	for _, per := range st.Per {
		switch per {
		case "lang":
			names = append(names, cmp.Or(d.Lang, "und"))
		case "source":
			names = append(names, d.Origin.Source)
		}
	}
	return strings.Join(names, "/")
}

// Limits are the settled limits of a step by group, those of each share behind those of
// the one before; NaN where no document had a value. AllGroups is always there.
type Limits map[string][]float64

// NewLimits has no limit settled yet.
func (st *Step) NewLimits() Limits { return Limits{AllGroups: st.unknown()} }

func (st *Step) unknown() []float64 {
	return slices.Repeat([]float64{math.NaN()}, stage.CountLimits(st.Shares))
}

// Set settles the limits of one share in one group: one, or those of its table.
func (st *Step) Set(l Limits, group string, share int, limits ...float64) error {
	if share < 0 || share >= len(st.Shares) || len(limits) != st.Shares[share].Limits() {
		return errors.New("a limit of a share that " + st.Name + " does not have")
	}
	if _, ok := l[group]; !ok {
		l[group] = st.unknown()
	}
	copy(l[group][stage.CountLimits(st.Shares[:share]):], limits)
	return nil
}

// Of are the limits of a group; those of all documents where it has none.
func (l Limits) Of(group string) []float64 {
	if own, ok := l[group]; ok {
		return own
	}
	return l[AllGroups]
}

func (st *Step) limits(l Limits, d *corpus.Document) []float64 { return l.Of(st.Group(d)) }

// extreme is a value beyond every limit.
const extreme = 1e300

// LimitsOf asks the stage for the limits below and above which the value of one column
// alone drops a document; NaN where there is none. A stage that decides is pure and
// lets missing values pass, so that an extreme value of one column draws the verdict
// that names its limit. A rule over several columns shows none.
func (st *Step) LimitsOf(column int) (low, high float64) {
	decider, ok := st.Object.(stage.Decider)
	if !ok {
		return math.NaN(), math.NaN()
	}
	ask := func(x float64) (limit float64) {
		limit = math.NaN()
		defer func() { _ = recover() }() // a decider that indexes by its value
		values := corpus.NewValues(len(st.Columns))
		values.Set(column, x)
		if v := decider.Decide(values); !v.Kept() && v.Value == x {
			limit = v.Limit
		}
		return limit
	}
	return ask(-extreme), ask(extreme)
}
