package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// Trace is the way of one document through every stage of a plan.
type Trace struct {
	ID       string `json:"id"`
	URL      string `json:"url,omitempty"`
	Source   string `json:"source"`
	Shard    string `json:"shard,omitempty"`
	Record   int64  `json:"record"`
	Media    string `json:"media,omitempty"`
	RawBytes int    `json:"raw_bytes"`
	// Steps are the stages in plan order; they end early only where nothing is
	// left to work on.
	Steps []TraceStep `json:"steps"`
	// Outcome is "kept", "rejected" or "quarantined", by what one document can
	// show: stages that work across documents may still drop it.
	Outcome string `json:"outcome"`
	Lang    string `json:"lang,omitempty"`
	Tokens  int64  `json:"tokens,omitempty"`
	Text    string `json:"text"`
}

// TraceStep is what one stage made of the document.
type TraceStep struct {
	Stage string `json:"stage"`           // instance name
	Type  string `json:"type"`            // name of its definition
	Note  string `json:"note,omitempty"`  // what the outcome does not say
	Error string `json:"error,omitempty"` // of a document that could not be processed
	// Outcome is "kept", "changed", "rejected", "annotated" (values stored, never
	// dropped), "bypassed" (`when` leads past it), "across documents", or
	// "quarantined".
	Outcome string `json:"outcome"`
	// Rule, Value, Limit and Detail are the verdict that dropped the document, or
	// of an annotated stage would have.
	Rule   string      `json:"rule,omitempty"`
	Value  *float64    `json:"value,omitempty"`
	Limit  *float64    `json:"limit,omitempty"`
	Detail string      `json:"detail,omitempty"`
	Values []TraceItem `json:"values,omitempty"`
	// AfterReject tells that an earlier stage had dropped the document: in a run
	// this stage would not see it.
	AfterReject bool `json:"after_reject,omitempty"`
	// Before and After are the texts of a stage that changed it.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// TraceItem is one measured value with the limits it is held against.
type TraceItem struct {
	Name  string   `json:"name"`
	Doc   string   `json:"doc,omitempty"`
	Value *float64 `json:"value"` // nil is not measured
	// Min and Max are the limits below or above which the value alone drops the
	// document; nil where there is none.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
}

// Outcomes of a Trace, and of its steps.
const (
	Kept        = "kept"
	Rejected    = "rejected"
	Quarantined = "quarantined"
)

// Further outcomes of a TraceStep.
const (
	Changed         = "changed"
	Annotated       = "annotated"
	Bypassed        = "bypassed"
	AcrossDocuments = "across documents"
)

// Try takes one document through every stage and tells what each made of it. It
// goes on behind a stage that dropped the document, as far as there is text.
// The document is changed.
func (pl *Plan) Try(d *corpus.Document) *Trace {
	t := &Trace{ID: d.ID, URL: d.URL, Source: d.Origin.Source, Shard: d.Origin.Shard, Record: d.Origin.Record,
		Media: d.Media, RawBytes: len(d.Raw), Outcome: Kept}
	if n := len(pl.Signals); n > 0 && d.Signals == nil {
		d.Signals = make([]float64, n)
	}
	var view text.View
	d.Lend(&view)
	defer func() { d.Lend(nil) }()
	seen := map[string]bool{} // a section lists the cut before it again
	for _, sec := range pl.Sections {
		for _, list := range [][]*Step{sec.Steps, sec.Cut} {
			for _, st := range list {
				if seen[st.Name] {
					continue
				}
				seen[st.Name] = true
				step := tryStep(st.fork(), &d)
				step.AfterReject = t.Outcome != Kept
				t.Steps = append(t.Steps, step)
				if t.Outcome == Kept && (step.Outcome == Rejected || step.Outcome == Quarantined) {
					t.Outcome = step.Outcome
				}
				if step.Outcome == Quarantined || step.Outcome == Rejected && d.Text == "" {
					t.end(d)
					return t
				}
			}
		}
	}
	t.end(d)
	return t
}

func (t *Trace) end(d *corpus.Document) { t.Lang, t.Tokens, t.Text = d.Lang, d.Tokens, d.Text }

// tryStep runs one stage; a splitter hands on its first piece.
func tryStep(st *Step, doc **corpus.Document) (s TraceStep) {
	d := *doc
	s = TraceStep{Stage: st.Name, Type: st.Def.Name, Outcome: Kept}
	before := d.Text
	defer func() {
		if r := recover(); r != nil {
			s.Outcome, s.Error = Quarantined, fmt.Sprintf("panic: %v", r)
		}
		if after := (*doc).Text; after != before {
			s.Before, s.After = before, after
			if s.Outcome == Kept {
				s.Outcome = Changed
			}
		}
	}()
	if st.grouper == nil && !st.applies(d) {
		s.Outcome, s.Note = Bypassed, "`when` leads past it"
		return s
	}
	switch {
	case st.grouper != nil:
		n := 0
		err := st.grouper.Keys(d, func(stage.Key, uint32) { n++ })
		s.Outcome, s.Note = AcrossDocuments, "grouping keys: "+strconv.Itoa(n)
		s.failed(err)
	case st.splitter != nil:
		var pieces []*corpus.Document
		err := st.splitter.Split(d, func(p *corpus.Document) { pieces = append(pieces, p) })
		s.failed(err)
		if len(pieces) == 0 && err == nil {
			s.reject(corpus.Verdict{Rule: "no_pieces"})
		} else if err == nil {
			pieces[0].ID, pieces[0].Origin = d.ID+".0", d.Origin
			*doc = pieces[0]
			s.Outcome, s.Note = Changed, fmt.Sprintf("split into %d pieces; the first goes on", len(pieces))
		}
	case st.editor != nil:
		v, err := st.applyEditor(d, &s)
		s.failed(err)
		if err == nil && !v.Kept() {
			s.reject(v)
		}
	default:
		s.measure(st, d)
	}
	return s
}

// applyEditor runs an editor; what it records goes to the step.
func (st *Step) applyEditor(d *corpus.Document, s *TraceStep) (corpus.Verdict, error) {
	if st.recorder == nil {
		return st.editor.Apply(d)
	}
	values := corpus.NewValues(len(st.columns))
	v, err := st.recorder.Record(d, values)
	copy(d.Signals[st.slot:], values.All())
	for i, c := range st.columns {
		s.Values = append(s.Values, TraceItem{Name: c.Name, Doc: c.Doc, Value: number(values.Get(i))})
	}
	return v, err
}

func (s *TraceStep) failed(err error) {
	if err != nil {
		s.Outcome, s.Error = Quarantined, err.Error()
	}
}

func (s *TraceStep) reject(v corpus.Verdict) {
	s.Outcome, s.Rule, s.Detail = Rejected, v.Rule, v.Detail
	s.Value, s.Limit = number(v.Value), number(v.Limit)
}

func (s *TraceStep) measure(st *Step, d *corpus.Document) {
	values := corpus.NewValues(len(st.columns))
	if err := st.measurer.Measure(d, values); err != nil {
		s.failed(err)
		return
	}
	for i, c := range st.columns {
		item := TraceItem{Name: c.Name, Doc: c.Doc, Value: number(values.Get(i))}
		if st.decider != nil {
			item.Min, item.Max = limitsOf(st.decider, len(st.columns), i)
		}
		s.Values = append(s.Values, item)
	}
	if len(st.shares) > 0 && !st.Annotate {
		s.Note = "a share of all documents: its limit is settled by the run, and not applied here"
	}
	if st.decider != nil {
		if v := st.decider.Decide(values); !v.Kept() {
			s.reject(v)
		}
	}
	if st.Annotate {
		copy(d.Signals[st.slot:], values.All())
		s.Outcome = Annotated
	}
}

// extreme is a value beyond every limit.
const extreme = 1e300

// limitsOf asks a decider for the limits of one column: it is pure and lets
// missing values pass, so that an extreme value of one column alone draws the
// verdict that names its limit. A rule over several columns shows none.
func limitsOf(d stage.Decider, columns, i int) (low, high *float64) {
	ask := func(x float64) (limit *float64) {
		defer func() {
			if recover() != nil { // a decider that indexes by its value
				limit = nil
			}
		}()
		values := corpus.NewValues(columns)
		values.Set(i, x)
		if v := d.Decide(values); !v.Kept() && v.Value == x {
			return number(v.Limit)
		}
		return nil
	}
	return ask(-extreme), ask(extreme)
}

func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// ErrNotFound means that no document of the sources matches.
var ErrNotFound = errors.New("no document of the sources matches")

// errFound ends the reading of a shard at the wanted document.
var errFound = errors.New("found")

// Find reads the sources, shard by shard, until a document has that URL or ID. An
// empty string matches nothing.
func (pl *Plan) Find(ctx context.Context, url, id string) (*corpus.Document, error) {
	return pl.FindBy(ctx, func(d *corpus.Document) bool { return url != "" && d.URL == url || id != "" && d.ID == id })
}

// FindBy is Find with a condition of the caller's.
func (pl *Plan) FindBy(ctx context.Context, match func(*corpus.Document) bool) (*corpus.Document, error) {
	for _, src := range pl.sources {
		shards, err := src.src.Shards(ctx)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", src.Name, err)
		}
		for _, shard := range shards {
			shard.Source = src.Name
			f := &finder{shard: shard, match: match}
			err := src.src.Read(ctx, shard, f)
			switch {
			case f.found != nil:
				return f.found, nil
			case err != nil:
				return nil, fmt.Errorf("%s: %w", shard, err)
			}
		}
	}
	return nil, ErrNotFound
}

// finder is a Feed that waits for one document.
type finder struct {
	shard corpus.Shard
	match func(*corpus.Document) bool
	found *corpus.Document
}

func (f *finder) Document(d *corpus.Document) error {
	d.Origin.Source, d.Origin.Shard = f.shard.Source, f.shard.Name
	if d.ID == "" {
		d.ID = f.shard.RecordID(d.Origin.Record)
	}
	if !f.match(d) {
		return nil
	}
	f.found = d
	return errFound
}

func (f *finder) Skip(string) {}

func (f *finder) Note(string, int64) {}

func (f *finder) Quarantine(*corpus.RecordError) {}
