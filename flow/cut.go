package flow

import (
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// cuts is the adapter of the outcome of a stage that compares parts of documents.
type cuts struct {
	stage.Spanner
	rule string // of a document of which nothing is left
}

func (a cuts) take(v *Visit) {
	d := v.Document
	parts := d.Cut
	d.Cut = nil
	var text string
	if text, v.Cut, v.Err = cutOut(a, d.Text, parts); v.Err != nil || v.Cut.UnitsCut == 0 {
		return
	}
	d.Text = text
	if strings.TrimSpace(text) == "" {
		v.Verdict = corpus.Verdict{Rule: a.rule, Value: float64(v.Cut.UnitsCut)}
		return
	}
	v.Verdict = a.Left(text, v.Cut)
}

// cutOut cuts the spans of parts, in ascending order, out of a text.
func cutOut(s stage.Spanner, text string, parts []uint32) (left string, c stage.Cut, err error) {
	c.Bytes = len(text)
	kept := make([]byte, 0, len(text)*min(len(parts), 1))
	end, last := 0, 0 // of what was cut so far, and where the last span begins
	s.Spans(text, func(part uint32, from, to int) {
		c.Units++
		if from < last || to < from || to > len(text) {
			err = fmt.Errorf("part %d has bytes %d to %d of a text of %d, the part before begins at %d", part, from, to, len(text), last)
		}
		if last = from; err != nil || len(parts) == 0 || part != parts[0] {
			return
		}
		parts = parts[1:]
		c.UnitsCut++
		if from > end {
			kept = append(kept, text[end:from]...)
		}
		end = max(end, to)
	})
	if err == nil && len(parts) > 0 {
		err = fmt.Errorf("part %d was compared and is not there", parts[0])
	}
	if err != nil || c.UnitsCut == 0 {
		return text, c, err
	}
	left = string(append(kept, text[end:]...))
	c.BytesCut = len(text) - len(left)
	return left, c, nil
}
