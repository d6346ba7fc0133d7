package flow

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// Role is what a chain does with a step.
type Role uint8

const (
	// Work runs the stage. Of a grouping stage it takes the keys.
	Work Role = iota
	// Outcome applies what a grouping stage decided of the document in an earlier pass.
	Outcome
	// Probe measures the document and decides nothing.
	Probe
)

// Link is a step in a chain.
type Link struct {
	Step *Step
	Role Role
	// Limits are the settled limits of its shares; nil where they are not settled.
	Limits Limits
}

// Visit is a document's stop at one step. It is valid until the observer returns.
type Visit struct {
	Link
	Document *corpus.Document // after the stage
	// Before is the text before the stage, BytesIn the size of text and raw bytes.
	Before  string
	BytesIn int64
	// Bypassed says that `when` or `where` leads past the stage.
	Bypassed bool
	// Case is the number of the case that a switch sends it into; len(Cases) is the
	// default.
	Case    int
	Verdict corpus.Verdict
	// Would is the verdict that an annotated stage does not give. It is known to an
	// explaining chain alone.
	Would corpus.Verdict
	// Values were measured or recorded. They are nil where the stage decided without.
	Values *corpus.Values
	// Pieces take the document's place. An observer may shorten the list.
	Pieces []*corpus.Document
	// Dropped are made documents that the stage itself dropped, each with its verdict. The
	// document may have ended without a piece then: see Ended.
	Dropped []Dropped
	// Ended says that the document went up in what was made of it.
	Ended bool
	// Keys are those of a grouping stage, Sketch its sketch of the document. Parts are the
	// units that the keys are of, where it compares units.
	Keys   []stage.Key
	Parts  []uint32
	Sketch []byte
	// Cut is what the outcome of such a stage cut out of the document.
	Cut stage.Cut
	// Err says that the stage failed, or panicked, on this document.
	Err error

	answer Answer // of a stage that makes documents
}

// Dropped is a made document that its stage dropped.
type Dropped struct {
	Document *corpus.Document
	Verdict  corpus.Verdict
}

// Observer is told of every document's way.
type Observer interface {
	// Visited is called after each stop, and for a failure between two with no step. It
	// reports whether the document, or its pieces, go on.
	Visited(*Visit) bool
	// Done takes a document that is through. Documents come in the order of reading,
	// pieces in the place of what they were split from.
	Done(*corpus.Document)
}

// Chain takes documents through its links, one document after the other. Links stand in
// the order of the pipeline, those of a case behind their switch; a document leaps over
// those of the other cases. It serves one goroutine.
type Chain struct {
	observer Observer
	explain  bool
	links    []station
	gate     gate
	signals  int
	view     text.View
	visit    Visit
	on       *Passage // of the batch at hand
	at       *station // where the document is; nil between two
	memory   int64    // for a large document and what a stage takes for it; 0 is any
	failed   error    // one did not fit
}

// station is a link made ready for one worker.
type station struct {
	Link
	adapter
	next  int   // the link behind it
	cases []int // of a switch: the first link in each case, last of the default
	spent time.Duration
}

// New makes a chain of links, with copies of all stages that need one. Signals is the
// number of stored columns that a document has at its end.
func New(o Observer, signals int, links ...Link) *Chain { return newChain(o, signals, false, links) }

// NewExplaining makes a chain that measures every value, also where a verdict can be
// had for less.
func NewExplaining(o Observer, signals int, links ...Link) *Chain {
	return newChain(o, signals, true, links)
}

func newChain(o Observer, signals int, explain bool, links []Link) *Chain {
	c := &Chain{observer: o, explain: explain, signals: signals}
	for _, l := range links {
		c.links = append(c.links, station{Link: l, adapter: l.adapt(explain)})
	}
	lead(c.links)
	c.gate = newGate(c.links)
	return c
}

// Process takes the documents through the chain, and asks its batched stages itself.
// What a stage makes of one document is told to the observer; an error is of all of them.
func (c *Chain) Process(ctx context.Context, docs []*corpus.Document) error {
	p := c.Begin(docs)
	for p.Waits() {
		s := &c.links[p.link]
		start := time.Now()
		answers, err := c.ask(ctx, p.link, p.Documents())
		s.spent += time.Since(start)
		if err != nil {
			return fmt.Errorf("stage %s: %w", s.Step.Name, err)
		}
		c.Continue(p, answers)
	}
	return nil
}

// Spent adds the time that each step took to sum, by its index.
func (c *Chain) Spent(sum []time.Duration) {
	for i := range c.links {
		sum[c.links[i].Step.Index] += c.links[i].spent
	}
}

// guard works on one document: a panic costs only this one.
func (c *Chain) guard(d *corpus.Document, work func()) {
	defer func() {
		if r := recover(); r != nil {
			v := c.stop(c.at, d)
			v.Err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			c.observer.Visited(v)
		}
		d.Lend(nil)
	}()
	work()
}

// stop begins a visit.
func (c *Chain) stop(s *station, d *corpus.Document) *Visit {
	v := &c.visit
	*v = Visit{Document: d, Before: d.Text, BytesIn: SizeOf(d), Keys: v.Keys[:0], Parts: v.Parts[:0], Sketch: v.Sketch[:0]}
	if c.at = s; s != nil {
		v.Link = s.Link
	}
	return v
}

func (c *Chain) walk(d *corpus.Document, at place, from int) {
	d.Lend(&c.view)
	for i := from; i < len(c.links) && c.failed == nil; {
		if c.on.open && c.hold(d, at, i) {
			return
		}
		s := &c.links[i]
		v := c.stop(s, d)
		v.Bypassed = s.Role != Outcome && !s.Step.admits(d)
		if !v.Bypassed {
			if s.waits() {
				c.on.waiting[i] = append(c.on.waiting[i], waiter{d, at})
				return
			}
			if v.BytesIn > stage.LargeBytes && !c.fits(s, d) {
				return
			}
			s.run(v)
		}
		if !c.observer.Visited(v) {
			return
		}
		i = s.next
		if len(v.Pieces) > 0 {
			c.pieces(v.Pieces, at, i)
			return
		}
		if s.cases != nil {
			i = s.cases[v.Case]
		}
	}
	if c.failed != nil || c.on.open && c.hold(d, at, len(c.links)) {
		return
	}
	if n := SizeOf(d); n > stage.LargeBytes && !c.has(d, copiesEnd*n, "to be written") {
		return
	}
	c.at = nil
	c.observer.Done(d)
}

// waits reports whether documents wait at the link for the rest of their batch.
func (s *station) waits() bool {
	switch s.adapter.(type) {
	case *scores, *makes:
		return true
	}
	return false
}

// room makes room for all stored columns, without values yet.
func (c *Chain) room(signals []float64) []float64 {
	for len(signals) < c.signals {
		signals = append(signals, math.NaN())
	}
	return signals
}

func (s *station) run(v *Visit) {
	start := time.Now()
	s.take(v)
	s.spent += time.Since(start)
}

// pieces takes each piece on from a link; one that fails leaves the others alone.
func (c *Chain) pieces(pieces []*corpus.Document, at place, from int) {
	for i, p := range pieces {
		c.guard(p, func() { c.walk(p, at.piece(i), from) })
	}
}

// SizeOf is what a document counts for: its text and raw bytes.
func SizeOf(d *corpus.Document) int64 { return int64(len(d.Text) + len(d.Raw)) }
