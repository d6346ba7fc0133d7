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
	// Bypassed says that `when` leads past the stage.
	Bypassed bool
	Verdict  corpus.Verdict
	// Would is the verdict that an annotated stage does not give. It is known to an
	// explaining chain alone.
	Would corpus.Verdict
	// Values were measured or recorded. They are nil where the stage decided without.
	Values *corpus.Values
	// Pieces take the document's place. An observer may shorten the list.
	Pieces []*corpus.Document
	// Keys are those of a grouping stage, Sketch its sketch of the document.
	Keys   []stage.Key
	Sketch []byte
	// Err says that the stage failed, or panicked, on this document.
	Err error
}

// Observer is told of every document's way.
type Observer interface {
	// Visited is called after each stop, and for a failure between two with no step. It
	// reports whether the document, or its pieces, go on.
	Visited(*Visit) bool
	// Done takes a document that is through.
	Done(*corpus.Document)
}

// Chain takes documents through its links, one document after the other. It serves one
// goroutine.
type Chain struct {
	observer Observer
	explain  bool
	links    []station
	waiting  [][]*corpus.Document // for the batched stage of a link
	signals  int
	view     text.View
	visit    Visit
	at       *station // where the document is; nil between two
}

// station is a link made ready for one worker.
type station struct {
	Link
	adapter
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
	c := &Chain{observer: o, explain: explain, signals: signals, waiting: make([][]*corpus.Document, len(links))}
	for _, l := range links {
		c.links = append(c.links, station{Link: l, adapter: l.adapt(explain)})
	}
	return c
}

// Process takes the documents through the chain. What a stage makes of one document is
// told to the observer; an error is of all of them.
func (c *Chain) Process(ctx context.Context, docs []*corpus.Document) error {
	clear(c.waiting) // of documents that failed
	for _, d := range docs {
		c.guard(d, func() {
			for len(d.Signals) < c.signals {
				d.Signals = append(d.Signals, math.NaN())
			}
			c.walk(d, 0)
		})
	}
	for i := range c.links {
		if err := c.batch(ctx, i); err != nil {
			return err
		}
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
	*v = Visit{Document: d, Before: d.Text, BytesIn: SizeOf(d), Keys: v.Keys[:0], Sketch: v.Sketch[:0]}
	if c.at = s; s != nil {
		v.Link = s.Link
	}
	return v
}

func (c *Chain) walk(d *corpus.Document, from int) {
	d.Lend(&c.view)
	for i := from; i < len(c.links); i++ {
		s := &c.links[i]
		v := c.stop(s, d)
		v.Bypassed = s.Role != Outcome && !s.Step.When.admits(d)
		if !v.Bypassed {
			if _, ok := s.adapter.(batcher); ok {
				c.waiting[i] = append(c.waiting[i], d)
				return
			}
			s.run(v)
		}
		if !c.observer.Visited(v) {
			return
		}
		if len(v.Pieces) > 0 {
			c.pieces(v.Pieces, i+1)
			return
		}
	}
	c.at = nil
	c.observer.Done(d)
}

func (s *station) run(v *Visit) {
	start := time.Now()
	s.take(v)
	s.spent += time.Since(start)
}

// pieces takes each piece on from a link; one that fails leaves the others alone.
func (c *Chain) pieces(pieces []*corpus.Document, from int) {
	for _, p := range pieces {
		c.guard(p, func() { c.walk(p, from) })
	}
}

// batch hands the documents that wait at a link to its stage together, and goes on with
// each, in order.
func (c *Chain) batch(ctx context.Context, i int) error {
	docs := c.waiting[i]
	if len(docs) == 0 {
		return nil
	}
	c.waiting[i] = nil
	s := &c.links[i]
	values := make([]*corpus.Values, len(docs))
	for j := range values {
		values[j] = corpus.NewValues(len(s.Step.Columns))
	}
	start := time.Now()
	if err := s.adapter.(batcher).score(ctx, docs, values); err != nil {
		return fmt.Errorf("stage %s: %w", s.Step.Name, err)
	}
	s.spent += time.Since(start)
	for j, d := range docs {
		c.guard(d, func() {
			v := c.stop(s, d)
			v.Values = values[j]
			s.take(v)
			if c.observer.Visited(v) {
				c.walk(d, i+1)
			}
		})
	}
	return nil
}

// SizeOf is what a document counts for: its text and raw bytes.
func SizeOf(d *corpus.Document) int64 { return int64(len(d.Text) + len(d.Raw)) }
