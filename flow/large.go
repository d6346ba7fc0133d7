package flow

import (
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// TooLargeError is a document that a stage has no memory for.
type TooLargeError struct {
	Origin      corpus.Origin
	Where       string // in which stage, or to be written
	Bytes       int64  // of the document
	Need, Limit int64  // memory
}

// Error names the document, and what can be done.
func (e *TooLargeError) Error() string {
	more := (e.Need - e.Limit) * 5 / 4 // a part of what is given goes to sorting
	return fmt.Sprintf("record %d of %s/%s, %s, takes %s of memory %s, where --memory leaves %s: give --memory %s more and run the same line again, or have records of its size in quarantine with a record_bytes_max below %d",
		e.Origin.Record, e.Origin.Source, e.Origin.Shard, config.Bytes(e.Bytes).Human(), config.Bytes(e.Need).Human(), e.Where, config.Bytes(e.Limit).Human(),
		config.Bytes((more+1<<20-1)>>20<<20), e.Bytes)
}

// Within gives the chain so much memory for a document of more than stage.LargeBytes, and
// for what stages take for it. One that needs more ends the chain, see [Chain.Err]. 0 is
// any.
func (c *Chain) Within(bytes int64) { c.memory = bytes }

// Forget gives back what a large document has left in the chain.
func (c *Chain) Forget() { c.visit, c.view, c.on, c.at = Visit{}, text.View{}, nil, nil }

// Err is a *TooLargeError, once a document did not fit; the chain does nothing after that.
func (c *Chain) Err() error { return c.failed }

// copies is how often a large document lies in memory while a stage works on it: as it
// came and as it is left. At its end it is copied into a frame or cells, which are packed.
const (
	copies    = 2
	copiesEnd = 4
)

// LargeFactor is what a large document takes for each byte where stages take so much.
func LargeFactor(scratch int64) int64 { return max(copies+scratch, copiesEnd) }

// fits reports whether there is memory for a stage to work on a large document. What
// stages before it have computed of the text is given back.
func (c *Chain) fits(s *station, d *corpus.Document) bool {
	c.view = text.View{}
	d.Lend(&c.view)
	takes := int64(0)
	if t, ok := s.Step.Object.(stage.Taker); ok && s.Role != Outcome {
		takes = t.TakesBytes(d, WordsAtMost(d.Text))
	}
	return c.has(d, copies*SizeOf(d)+takes, "in the stage "+s.Step.Name)
}

// has reports whether there is so much memory.
func (c *Chain) has(d *corpus.Document, need int64, where string) bool {
	if c.memory > 0 && need > c.memory {
		c.failed = &TooLargeError{Origin: d.Origin, Where: where, Bytes: SizeOf(d), Need: need, Limit: c.memory}
	}
	return c.failed == nil
}

// WordsAtMost bounds the words of a text, marks and characters that are words among them.
func WordsAtMost(t string) (n int64) {
	in := false
	for i := range len(t) {
		switch b := t[i]; {
		case b <= ' ':
			in = false
		case b < 0x80 && b|0x20 >= 'a' && b|0x20 <= 'z', b >= '0' && b <= '9', b >= 0xC0 && b < 0xE0:
			if !in {
				n++
			}
			in = true
		case b < 0x80, b >= 0xE0:
			n++
			in = false
		}
	}
	return n
}
