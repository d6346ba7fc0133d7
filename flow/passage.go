package flow

import (
	"context"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Passage is a batch on its way through a chain. Where it waits for a batched stage it
// belongs to no chain: any that was made of the same links can take it on.
type Passage struct {
	link    int        // whose stage is to be asked; -1 once the batch is through
	asked   []waiter   // about these, in the order of reading
	waiting [][]waiter // for the stages of later links
	open    bool       // a batched stage is still ahead: documents are parked at the gate
	parked  []waiter
}

// Answer is what a batched stage says of a document.
type Answer struct {
	// Values are those of its columns.
	Values *corpus.Values
	// Asked says, of a stage that makes documents, that there is a reply, and Reply is it.
	// Without one the document goes past the stage.
	Asked bool
	Reply []byte
}

// Waits reports whether the batch waits for a batched stage. Otherwise it is through.
func (p *Passage) Waits() bool { return p.link >= 0 }

// Link is the number of the link whose stage is to be asked about [Passage.Documents].
func (p *Passage) Link() int { return p.link }

// Documents are those that the stage of [Passage.Link] is to be asked about, one at
// least, in the order of reading.
func (p *Passage) Documents() []*corpus.Document {
	docs := make([]*corpus.Document, len(p.asked))
	for i, w := range p.asked {
		docs[i] = w.Document
	}
	return docs
}

// Bytes is the size of all documents that are left of the batch while it waits.
func (p *Passage) Bytes() (n int64) {
	for _, list := range append([][]waiter{p.asked, p.parked}, p.waiting...) {
		for _, w := range list {
			n += SizeOf(w.Document)
		}
	}
	return n
}

// Ask asks a batched stage about documents, in one call.
func Ask(ctx context.Context, s stage.Scorer, docs []*corpus.Document) ([]Answer, error) {
	values, answers, columns := make([]*corpus.Values, len(docs)), make([]Answer, len(docs)), len(s.Columns())
	for i := range docs {
		values[i] = corpus.NewValues(columns)
		answers[i].Values = values[i]
	}
	return answers, s.Score(ctx, docs, values)
}

// AskEach asks a stage that makes documents about those that it chooses, one after the
// other.
func AskEach(ctx context.Context, g stage.Generator, docs []*corpus.Document) ([]Answer, error) {
	answers, chosen := make([]Answer, len(docs)), Chosen(g, docs)
	for i, d := range docs {
		if !chosen[i] {
			continue
		}
		r, err := g.Generate(ctx, d)
		if err != nil {
			return nil, err
		}
		answers[i] = Answer{Asked: true, Reply: r.Data}
	}
	return answers, nil
}

// Chosen are the documents of a batch that a stage is to be asked about.
func Chosen(g stage.Generator, docs []*corpus.Document) []bool {
	if c, ok := g.(stage.Chooser); ok {
		return c.Choose(docs)
	}
	return slices.Repeat([]bool{true}, len(docs))
}

// Scorer is the stage of a link at which documents wait for each other, to be measured; nil
// is one at which they do not.
func (c *Chain) Scorer(link int) stage.Scorer {
	if s, ok := c.links[link].adapter.(*scores); ok {
		return s.scorer
	}
	return nil
}

// Generator is the stage of a link at which documents wait to be made others of; nil is
// another one.
func (c *Chain) Generator(link int) stage.Generator {
	if s, ok := c.links[link].adapter.(*makes); ok {
		return s.Generator
	}
	return nil
}

// ask asks the stage of a link.
func (c *Chain) ask(ctx context.Context, link int, docs []*corpus.Document) ([]Answer, error) {
	if g := c.Generator(link); g != nil {
		return AskEach(ctx, g, docs)
	}
	return Ask(ctx, c.Scorer(link), docs)
}

// Begin takes the documents of a batch as far as they come without a batched stage.
func (c *Chain) Begin(docs []*corpus.Document) *Passage {
	p := &Passage{link: -1, open: c.gate.last >= 0}
	var places []place
	if p.open {
		p.waiting, places = make([][]waiter, c.gate.last+1), placesOf(len(docs))
	}
	c.on = p
	for i, d := range docs {
		c.guard(d, func() {
			d.Signals = c.room(d.Signals)
			var at place
			if places != nil {
				at = places[i]
			}
			c.walk(d, at, 0)
		})
	}
	c.advance(0)
	return p
}

// Continue takes a batch on with the answers to its [Passage.Documents], one each: those
// come first at the observer, in order; behind the last batched stage those that were
// parked go with them.
func (c *Chain) Continue(p *Passage, answers []Answer) {
	c.on = p
	docs, link, last := p.asked, p.link, p.link == c.gate.last
	p.asked, p.link = nil, -1
	s := &c.links[link]
	if last {
		p.close()
	}
	for i, w := range docs {
		if last {
			c.release(w.place)
		}
		c.guard(w.Document, func() {
			v := c.stop(s, w.Document)
			v.Values, v.answer = answers[i].Values, answers[i]
			s.take(v)
			if !c.observer.Visited(v) {
				return
			}
			if len(v.Pieces) > 0 {
				c.pieces(v.Pieces, w.place, s.next)
				return
			}
			if v.Ended {
				return
			}
			c.walk(w.Document, w.place, s.next)
		})
	}
	if last {
		c.release(nil)
	}
	c.advance(link + 1)
}

// advance finds the next link, from one on, for whose stage documents wait. All leads go
// forward, so that none will come to an earlier one.
func (c *Chain) advance(from int) {
	p := c.on
	for i := from; i < len(p.waiting); i++ {
		if docs := p.waiting[i]; len(docs) > 0 {
			inOrder(docs)
			p.link, p.asked, p.waiting[i] = i, docs, nil
			return
		}
	}
	if p.open { // nobody came to the last batched stage
		p.close()
		c.release(nil)
	}
}

// release takes the parked documents before a place through; nil is behind all.
func (c *Chain) release(before place) {
	for _, w := range c.on.before(before) {
		c.guard(w.Document, func() { c.walk(w.Document, w.place, c.gate.join) })
	}
}

// gate is where documents of a chain with batched stages wait for each other, so that
// they leave it in the order of reading: those that no stage held up are parked where all
// ways are one again, until the last batched stage has given its answers.
type gate struct {
	last int // the last link with a batched stage, -1 for none
	join int // the first link behind it that all documents meet
}

func newGate(links []station) gate {
	g := gate{last: -1}
	for i := range links {
		if links[i].waits() {
			g.last = i
		}
	}
	for g.join = g.last + 1; g.join < len(links) && links[g.join].Step.In != nil; g.join++ {
	}
	return g
}

// hold parks a document that has come to a link, if it must wait there. It is for open
// passages alone.
func (c *Chain) hold(d *corpus.Document, at place, link int) bool {
	if link < c.gate.join {
		return false
	}
	c.on.parked = append(c.on.parked, waiter{d, at})
	return true
}

// close lets documents through from now on.
func (p *Passage) close() {
	p.open = false
	inOrder(p.parked)
}

// before takes the parked documents that stand before a place; nil takes all.
func (p *Passage) before(at place) (list []waiter) {
	n := len(p.parked)
	if at != nil {
		n, _ = slices.BinarySearchFunc(p.parked, at, func(w waiter, at place) int { return slices.Compare(w.place, at) })
	}
	list, p.parked = p.parked[:n], p.parked[n:]
	return list
}

// placesOf are the places of the documents of a batch.
func placesOf(documents int) []place {
	numbers, places := make([]int, documents), make([]place, documents)
	for i := range numbers {
		numbers[i] = i
		places[i] = numbers[i : i+1 : i+1]
	}
	return places
}
