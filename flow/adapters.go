package flow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// adapter puts one contract of stages into a chain: it works on the document of a
// visit, and leaves there what came of it.
type adapter interface{ take(*Visit) }

// adapt chooses the adapter of a link.
func (l Link) adapt(explain bool) adapter {
	if l.Role == Outcome {
		if s, ok := l.Step.fork().(stage.Spanner); ok {
			return cuts{s, l.Step.Grouping.Rule}
		}
		return outcome{}
	}
	if l.Step.Switch != nil {
		return routes{l.Step.Switch}
	}
	if g, ok := l.Step.Object.(stage.Generator); ok {
		return &makes{Generator: g, name: l.Step.Name, place: max(l.Step.Place, 0)}
	}
	object, values := l.Step.fork(), corpus.NewValues(len(l.Step.Columns))
	if g, ok := object.(stage.Grouper); ok {
		s, _ := object.(stage.Sketcher)
		return &keys{grouper: g, sketcher: s, size: l.Step.Grouping.SketchBytes, within: l.Step.Grouping.Within, units: l.Step.Grouping.Spanner != nil}
	}
	if r, ok := object.(stage.Recorder); ok && len(l.Step.Columns) > 0 {
		return &records{r, l.Step.Slot, values}
	}
	if a, ok := object.(stage.Attacher); ok && l.Step.Place >= 0 {
		return attaches{a, l.Step.Place, len(l.Step.Cells)}
	}
	if e, ok := object.(stage.Editor); ok {
		return edits{e}
	}
	if s, ok := object.(stage.CellSplitter); ok && l.Step.Place >= 0 {
		return cellSplits{s, l.Step.Place}
	}
	if s, ok := object.(stage.Splitter); ok {
		return splits{s}
	}
	m, ok := object.(stage.Measurer)
	if !ok {
		return passes{}
	}
	if g, ok := object.(stage.Grader); ok && l.Role == Work && l.Step.Place >= 0 {
		return &grades{g, l.Step.Place, len(l.Step.Cells), values}
	}
	measure := &measures{m, values, l.decision(object, explain)}
	if s, ok := l.Step.Object.(stage.Scorer); ok {
		return &scores{measure, s}
	}
	if k, ok := object.(stage.Keeper); ok && !explain && l.Role == Work && !l.Step.Annotate && l.Limits == nil {
		return judges{k}
	}
	return measure
}

// passes is the adapter of a stage that leaves a document alone.
type passes struct{}

func (passes) take(*Visit) {}

// outcome applies what an earlier pass wrote into the document.
type outcome struct{}

func (outcome) take(v *Visit) {
	if r := v.Document.Rejection; r != nil && r.Stage == v.Step.Name {
		v.Verdict = r.Verdict
	}
}

type edits struct{ stage.Editor }

func (a edits) take(v *Visit) { v.Verdict, v.Err = a.Apply(v.Document) }

type records struct {
	stage.Recorder
	slot   int
	values *corpus.Values
}

func (a *records) take(v *Visit) {
	a.values.Clear()
	v.Verdict, v.Err = a.Record(v.Document, a.values)
	v.Values = a.values
	copy(v.Document.Signals[a.slot:], a.values.All())
}

type attaches struct {
	stage.Attacher
	place, columns int
}

func (a attaches) take(v *Visit) {
	v.Verdict, v.Err = a.Attach(v.Document, ownCells(v.Document, a.place, a.columns))
}

// ownCells gives the document cells of its own, and returns those of the stage: pieces of
// one document share those that they came with.
func ownCells(d *corpus.Document, place, columns int) []corpus.Value {
	cells := slices.Repeat([]corpus.Value{corpus.Null}, max(len(d.Cells), place+columns))
	copy(cells, d.Cells)
	d.Cells = cells
	return cells[place : place+columns]
}

// grades is the adapter of a stage that adds what follows from its settled limits.
type grades struct {
	stage.Grader
	place, columns int
	values         *corpus.Values
}

func (a *grades) take(v *Visit) {
	a.values.Clear()
	v.Values = a.values
	if v.Err = a.Measure(v.Document, v.Values); v.Err != nil {
		return
	}
	var limits []float64
	if v.Limits != nil {
		limits = v.Step.limits(v.Limits, v.Document)
	}
	v.Verdict = a.Grade(v.Values, limits, ownCells(v.Document, a.place, a.columns))
}

type splits struct{ stage.Splitter }

func (a splits) take(v *Visit) {
	d := v.Document
	var pieces []*corpus.Document
	if v.Err = a.Split(d, func(p *corpus.Document) { pieces = append(pieces, p) }); v.Err != nil {
		return
	}
	if len(pieces) == 0 {
		v.Verdict = corpus.Verdict{Rule: "no_pieces"}
	}
	for i, p := range pieces {
		p.ID, p.Origin, p.Cells = d.ID+"."+strconv.Itoa(i), d.Origin, d.Cells
	}
	v.Pieces = pieces
}

// cellSplits is splits for pieces with cells of their own.
type cellSplits struct {
	stage.CellSplitter
	place int
}

func (a cellSplits) take(v *Visit) {
	d := v.Document
	v.Err = a.SplitCells(d, func(p *corpus.Document, own []corpus.Value) {
		p.ID, p.Origin = d.ID+"."+strconv.Itoa(len(v.Pieces)), d.Origin
		p.Cells = withCells(d, a.place, own)
		v.Pieces = append(v.Pieces, p)
	})
	switch {
	case v.Err != nil:
		v.Pieces = nil
	case len(v.Pieces) == 0:
		v.Verdict = corpus.Verdict{Rule: "no_pieces"}
	}
}

// makes is the adapter of a stage that makes documents of what was answered: documents wait
// at its link, and take finds the answer in the visit. All workers use the one stage.
type makes struct {
	stage.Generator
	name  string
	place int
}

func (a *makes) take(v *Visit) {
	if !v.answer.Asked {
		v.Bypassed = true
		return
	}
	d, own, made := v.Document, false, 0
	v.Err = a.Make(d, v.answer.Reply, func(m stage.Made) {
		p := m.Document
		if p == d {
			own, v.Verdict = true, m.Verdict
			p.Cells = withCells(d, a.place, m.Cells)
			v.Pieces = append([]*corpus.Document{d}, v.Pieces...)
			return
		}
		p.ID, p.Origin = d.ID+"."+a.name+"."+strconv.Itoa(made), d.Origin
		p.Cells = withCells(d, a.place, m.Cells)
		p.Signals = slices.Repeat([]float64{math.NaN()}, len(d.Signals))
		made++
		if !m.Verdict.Kept() {
			v.Dropped = append(v.Dropped, Dropped{p, m.Verdict})
			return
		}
		v.Pieces = append(v.Pieces, p)
	})
	switch {
	case v.Err != nil || !v.Verdict.Kept():
		v.Pieces, v.Dropped = nil, nil
	case own && len(v.Pieces) == 1:
		v.Pieces = nil
	case !own && made == 0:
		v.Verdict = corpus.Verdict{Rule: "nothing_made"}
	case !own:
		v.Ended = true
	}
}

// withCells are the cells of a document with a stage's own at their place.
func withCells(d *corpus.Document, place int, own []corpus.Value) []corpus.Value {
	if len(own) == 0 {
		return d.Cells
	}
	cells := slices.Repeat([]corpus.Value{corpus.Null}, max(len(d.Cells), place+len(own)))
	copy(cells, d.Cells)
	copy(cells[place:], own)
	return cells
}

type judges struct{ stage.Keeper }

func (a judges) take(v *Visit) { v.Verdict = a.Keep(v.Document) }

type measures struct {
	stage.Measurer
	values *corpus.Values
	decide func(*Visit)
}

func (a *measures) take(v *Visit) {
	a.values.Clear()
	v.Values = a.values
	if v.Err = a.Measure(v.Document, v.Values); v.Err == nil {
		a.decide(v)
	}
}

// scores is the adapter of a batched stage, which wants many documents at once: they wait
// at its link, and take finds the values of each in its visit. All workers ask the one
// stage.
type scores struct {
	*measures
	scorer stage.Scorer
}

func (a *scores) take(v *Visit) { a.decide(v) }

// decision is what becomes of measured values.
func (l Link) decision(object any, explain bool) func(*Visit) {
	decider, decides := object.(stage.Decider)
	switch {
	case l.Role == Probe:
		return func(*Visit) {}
	case l.Step.Annotate:
		return func(v *Visit) {
			copy(v.Document.Signals[v.Step.Slot:], v.Values.All())
			if explain && decides {
				v.Would = decider.Decide(v.Values)
			}
		}
	case l.Limits != nil:
		calibrator := object.(stage.Calibrator)
		return func(v *Visit) { v.Verdict = calibrator.DecideAt(v.Values, v.Step.limits(v.Limits, v.Document)) }
	case decides:
		return func(v *Visit) { v.Verdict = decider.Decide(v.Values) }
	}
	return func(*Visit) {}
}

type keys struct {
	grouper  stage.Grouper
	sketcher stage.Sketcher
	size     int
	within   func([]byte, *corpus.Document) []byte
	values   []byte
	units    bool // it compares parts of documents
}

func (a *keys) take(v *Visit) {
	parts := false
	v.Err = a.grouper.Keys(v.Document, func(k stage.Key, part uint32) {
		v.Keys = append(v.Keys, k)
		parts = parts || part != 0
		if a.units {
			v.Parts = append(v.Parts, part)
		}
	})
	if a.within != nil {
		a.mix(v)
	}
	if v.Err == nil && parts && !a.units {
		v.Err = errors.New("keys of lines or windows, of a stage that does not say where these are")
	}
	if v.Err != nil || a.size == 0 {
		return
	}
	if v.Sketch = a.sketcher.Sketch(v.Sketch); len(v.Sketch) != a.size {
		v.Err = fmt.Errorf("sketch of %d bytes, declared %d", len(v.Sketch), a.size)
	}
}

// mix makes keys of keys and values, so that documents of other values meet in no group.
func (a *keys) mix(v *Visit) {
	a.values = a.within(a.values[:0], v.Document)
	salt := xxh3.Hash128(a.values).Bytes()
	var b [32]byte
	copy(b[16:], salt[:])
	narrow := a.grouper.KeyBytes() == 8
	for i, k := range v.Keys {
		if narrow {
			k.Lo = 0 // unused
		}
		binary.LittleEndian.PutUint64(b[:], k.Hi)
		binary.LittleEndian.PutUint64(b[8:], k.Lo)
		h := xxh3.Hash128(b[:])
		v.Keys[i] = stage.Key{Hi: h.Hi, Lo: h.Lo}
	}
}
