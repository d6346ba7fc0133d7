package tokenshards

import (
	"cmp"
	"slices"
)

// PackBestFit lays documents into training sequences of at most so many tokens and
// cuts only those that are longer than one: best-fit-decreasing bin packing, as in
// "Fewer Truncations Improve Language Modeling" (Ding et al. 2024, arXiv:2404.10830).
// A longer document gives full sequences and a rest that is packed like the others.
// Sequences may end short of their size: pad them, or leave the room. They come in
// the order of their first documents, whose lengths alone decide the result. It
// takes O(n log sequence) time and about 40 bytes a document. See [Pack] for the
// terms.
func PackBestFit(lengths []int, sequence int) ([][]Span, error) {
	if err := checkLengths(lengths, sequence); err != nil {
		return nil, err
	}
	var packed [][]Span
	var rests []Span
	for i, n := range lengths {
		offset := 0
		for ; n-offset >= sequence; offset += sequence {
			packed = append(packed, []Span{{i, offset, sequence}})
		}
		if n > offset {
			rests = append(rests, Span{i, offset, n - offset})
		}
	}
	slices.SortStableFunc(rests, func(a, b Span) int { return cmp.Compare(b.Tokens, a.Tokens) })
	full := len(packed)
	open := newRooms(sequence)
	for _, s := range rests {
		i, room, ok := open.take(s.Tokens)
		if !ok {
			i, room = len(packed), sequence
			packed = append(packed, nil)
		}
		packed[i] = append(packed[i], s)
		open.put(i, room-s.Tokens)
	}
	for _, spans := range packed[full:] {
		slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Document, b.Document) })
	}
	slices.SortFunc(packed, func(a, b []Span) int {
		return cmp.Or(cmp.Compare(a[0].Document, b[0].Document), cmp.Compare(a[0].Offset, b[0].Offset))
	})
	return packed, nil
}

// rooms holds sequences by the room that they have left.
type rooms struct {
	by    [][]int // stacks of sequences
	leaf  int     // of room 0 in the tree
	count []int   // a tree of the sequences below each node
}

func newRooms(most int) *rooms {
	leaf := 1
	for leaf <= most {
		leaf *= 2
	}
	return &rooms{by: make([][]int, most+1), leaf: leaf, count: make([]int, 2*leaf)}
}

func (r *rooms) add(room, n int) {
	for at := r.leaf + room; at > 0; at /= 2 {
		r.count[at] += n
	}
}

func (r *rooms) put(sequence, room int) {
	if room > 0 {
		r.by[room] = append(r.by[room], sequence)
		r.add(room, 1)
	}
}

// take removes the sequence with the least room that is enough.
func (r *rooms) take(least int) (sequence, room int, ok bool) {
	at := r.leaf + least
	for r.count[at] == 0 { // up to the next subtree on the right that holds any
		for at&1 == 1 {
			if at /= 2; at <= 1 {
				return 0, 0, false
			}
		}
		at++
	}
	for at < r.leaf {
		if at *= 2; r.count[at] == 0 {
			at++
		}
	}
	room = at - r.leaf
	last := len(r.by[room]) - 1
	sequence, r.by[room] = r.by[room][last], r.by[room][:last]
	r.add(room, -1)
	return sequence, room, true
}
