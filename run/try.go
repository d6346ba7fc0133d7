package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/corpus/where"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
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
	// dropped), "bypassed" (`when` or `where` leads past it), "across documents", or
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

// TraceItem is one measured value with the limits it is held against, or a column that the
// stage adds.
type TraceItem struct {
	Name  string   `json:"name"`
	Doc   string   `json:"doc,omitempty"`
	Value *float64 `json:"value"` // nil is not measured, or a column
	// Text is the cell of a column that is not null.
	Text string `json:"text,omitempty"`
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
// The document is changed. An error is of a stage that could not work at all.
func (pl *Plan) Try(ctx context.Context, d *corpus.Document) (*Trace, error) {
	t := &Trace{ID: d.ID, URL: d.URL, Source: d.Origin.Source, Shard: d.Origin.Shard, Record: d.Origin.Record,
		Media: d.Media, RawBytes: len(d.Raw), Outcome: Kept}
	var links []flow.Link
	for _, st := range pl.steps {
		if !st.Checkpoint {
			links = append(links, flow.Link{Step: st})
		}
	}
	x := &tracer{Trace: t, plan: pl, document: d}
	err := flow.NewExplaining(x, len(pl.Signals), links...).Process(ctx, []*corpus.Document{d})
	t.Lang, t.Tokens, t.Text = x.document.Lang, x.document.Tokens, x.document.Text
	return t, pl.Pipeline.secrets.err(err)
}

// tracer is the observer of one document.
type tracer struct {
	*Trace
	plan     *Plan
	document *corpus.Document // as it is now
}

// Visited writes down what a stage made of the document. A splitter hands on its first
// piece.
func (t *tracer) Visited(v *flow.Visit) bool {
	if v.Step == nil { // between two stages
		t.Outcome = Quarantined
		return false
	}
	s := TraceStep{Stage: v.Step.Name, Type: t.plan.Stages[v.Step.Index].Def.Name, AfterReject: t.Outcome != Kept}
	t.tell(&s, v)
	s.Error = t.plan.Pipeline.secrets.conceal(s.Error)
	t.document = v.Document
	if len(v.Pieces) > 0 {
		v.Pieces = v.Pieces[:1]
		t.document = v.Pieces[0]
	}
	if after := t.document.Text; after != v.Before {
		s.Before, s.After = v.Before, after
		if s.Outcome == Kept {
			s.Outcome = Changed
		}
	}
	t.Steps = append(t.Steps, s)
	if t.Outcome == Kept && (s.Outcome == Rejected || s.Outcome == Quarantined) {
		t.Outcome = s.Outcome
	}
	return s.Outcome != Quarantined && (s.Outcome != Rejected || t.document.Text != "")
}

// Done is told of the document that is through.
func (t *tracer) Done(d *corpus.Document) { t.document = d }

func (t *tracer) tell(s *TraceStep, v *flow.Visit) {
	s.Outcome = Kept
	if v.Values != nil && v.Err == nil {
		s.measured(v)
	}
	if v.Step.Place >= 0 && v.Err == nil && !v.Bypassed {
		s.added(v)
	}
	switch {
	case v.Err != nil:
		s.Outcome, s.Error = Quarantined, firstLine(v.Err.Error())
	case v.Bypassed:
		s.Outcome, s.Note = Bypassed, t.plan.pastNote(v)
	case v.Step.Switch != nil:
		s.Note = "takes the case " + caseTaken(v)
	case v.Step.Grouping != nil:
		s.Outcome, s.Note = AcrossDocuments, "grouping keys: "+strconv.Itoa(len(v.Keys))
	case v.Step.Annotate:
		s.reject(v.Would)
		s.Outcome = Annotated
	case !v.Verdict.Kept():
		s.reject(v.Verdict)
		if v.Step.Where != "" {
			s.Note = fmt.Sprintf("`where` holds: %s", t.plan.whereNote(v))
		}
	case v.Pieces != nil:
		s.Outcome, s.Note = Changed, fmt.Sprintf("split into %d pieces; the first goes on", len(v.Pieces))
	}
	if len(v.Step.Shares) > 0 && s.Note == "" && v.Err == nil {
		s.Note = "a share of all documents: its limit is settled by the run, and not applied here"
	}
}

// pastNote says which of a stage's conditions led a document past it, with what the document
// has.
func (pl *Plan) pastNote(v *flow.Visit) string {
	d, when := v.Document, v.Step.When
	switch {
	case len(when.Lang) > 0 && !slices.Contains(when.Lang, d.Lang):
		return fmt.Sprintf("`when` leads past it: lang is %s, not %s", cmp.Or(d.Lang, "not known"), strings.Join(when.Lang, " or "))
	case !when.Admits(d):
		return fmt.Sprintf("`when` leads past it: source is %s, not %s", d.Origin.Source, strings.Join(when.Source, " or "))
	}
	return "`where` does not hold: " + pl.whereNote(v)
}

// whereNote is a stage's condition with the values of its columns.
func (pl *Plan) whereNote(v *flow.Visit) string {
	x, err := where.Parse(v.Step.Where)
	if err != nil {
		return v.Step.Where // it was parsed before
	}
	known := pl.columnsBefore(v.Step.In)
	var values []string
	for _, name := range x.Columns() {
		i := slices.IndexFunc(known, func(c corpus.Column) bool { return c.Name == name })
		if i < 0 || known[i].Value == nil {
			continue
		}
		value := "null"
		if cell := known[i].Value(v.Document); !cell.Null {
			value = clipped(known[i].Type.Text(cell))
		}
		values = append(values, name+" is "+value)
	}
	if len(values) == 0 {
		return v.Step.Where
	}
	return v.Step.Where + "; " + strings.Join(values, ", ")
}

// clipped shortens a long value.
func clipped(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return s
}

// caseTaken is the way that a switch sent the document.
func caseTaken(v *flow.Visit) string {
	sw := v.Step.Switch
	if v.Case < len(sw.Cases) {
		return sw.By + ": " + sw.Cases[v.Case]
	}
	return "default: its " + sw.By + " has none of its own"
}

// firstLine leaves the stack of a panic out.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func (s *TraceStep) measured(v *flow.Visit) {
	for i, c := range v.Step.Columns {
		low, high := v.Step.LimitsOf(i)
		s.Values = append(s.Values, TraceItem{Name: c.Name, Doc: c.Doc, Value: number(v.Values.Get(i)), Min: number(low), Max: number(high)})
	}
}

// added are the columns that the stage gave the document.
func (s *TraceStep) added(v *flow.Visit) {
	for i, c := range v.Step.Cells {
		if cell := v.Document.Cells[v.Step.Place+i]; !cell.Null {
			text := c.Type.Text(cell)
			if c.Type == corpus.Float {
				text = fmt.Sprintf("%.6g", cell.Float) // as other values are shown
			}
			s.Values = append(s.Values, TraceItem{Name: c.Name, Doc: c.Doc, Text: text})
		}
	}
}

func (s *TraceStep) reject(v corpus.Verdict) {
	if v.Kept() {
		return
	}
	s.Outcome, s.Rule, s.Detail = Rejected, v.Rule, v.Detail
	s.Value, s.Limit = number(v.Value), number(v.Limit)
}

func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// ErrNotFound means that no document of the sources matches.
var ErrNotFound = errors.New("no document of the sources matches")

// Find reads the sources, shard by shard, until a document has that URL or ID. An
// empty string matches nothing.
func (pl *Plan) Find(ctx context.Context, url, id string) (_ *corpus.Document, err error) {
	defer func() { err = pl.Pipeline.secrets.err(err) }()
	for i := range pl.sources {
		src := &pl.sources[i]
		for d, err := range stage.Documents(ctx, src.src) {
			var bad *corpus.RecordError
			switch {
			case errors.As(err, &bad): // of another document
			case err != nil:
				return nil, fmt.Errorf("source %s: %w", src.Name, err)
			case url != "" && d.URL == url || id != "" && d.ID == id:
				src.place(d, len(pl.Input))
				return d, nil
			}
		}
	}
	return nil, ErrNotFound
}
