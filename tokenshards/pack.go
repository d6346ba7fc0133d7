package tokenshards

import (
	"fmt"
	"iter"
)

// Span is a piece of a document within a training sequence.
type Span struct {
	Document int // number of the document
	Offset   int // first token within the document
	Tokens   int // at least 1
}

// Pack lays documents back to back and cuts the row into sequences of so many tokens,
// the way GPT-style training reads a shard: no token is lost, none is padded, and a
// document goes on in the next sequence where one ends. lengths are the tokens of each
// document, separators included; documents without tokens give no span. The last
// sequence may be shorter. Each list of spans is valid until the next one. Use
// [Boundaries] and [LossMask] to keep documents apart within a sequence.
func Pack(lengths []int, sequence int) (iter.Seq[[]Span], error) {
	if err := checkLengths(lengths, sequence); err != nil {
		return nil, err
	}
	return func(yield func([]Span) bool) {
		var spans []Span
		room := sequence
		for i, n := range lengths {
			for offset := 0; offset < n; {
				take := min(n-offset, room)
				spans = append(spans, Span{i, offset, take})
				offset += take
				if room -= take; room > 0 {
					continue
				}
				if !yield(spans) {
					return
				}
				spans, room = spans[:0], sequence
			}
		}
		if len(spans) > 0 {
			yield(spans)
		}
	}, nil
}

func checkLengths(lengths []int, sequence int) error {
	if sequence < 1 || sequence > maxSequence {
		return fmt.Errorf("sequences of %d tokens: want 1 to %d", sequence, maxSequence)
	}
	for i, n := range lengths {
		if n < 0 {
			return fmt.Errorf("document %d has %d tokens", i, n)
		}
	}
	return nil
}

// maxSequence bounds the tables of a packing.
const maxSequence = 1 << 26

// Boundaries appends where the documents of a sequence begin and end, 0 first, the
// number of its tokens last: the cu_seqlens by which attention is kept within each
// document. Positions count from the boundary before them.
func Boundaries(dst []int32, spans []Span) []int32 {
	at := int32(0)
	dst = append(dst, at)
	for _, s := range spans {
		at += int32(s.Tokens)
		dst = append(dst, at)
	}
	return dst
}

// LossMask appends for each token of a sequence whether the next token is to be
// predicted from it: true within a document, false at the last token of each span,
// after which another document begins or the sequence ends.
func LossMask(dst []bool, spans []Span) []bool {
	for _, s := range spans {
		for range s.Tokens - 1 {
			dst = append(dst, true)
		}
		dst = append(dst, false)
	}
	return dst
}
