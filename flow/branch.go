package flow

import (
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
)

// Switch sends a document into one of several cases, which are the links behind it that
// stand in a [Branch] of it.
type Switch struct {
	// By names what documents are sent by.
	By string
	// Cases are the names of the cases, in their order.
	Cases []string
	// Choose gives the number of a document's case; len(Cases) is the default.
	Choose func(*corpus.Document) int
}

// Choice is the choice by a value that has a case of its name, or else none.
func Choice(cases []string, value func(*corpus.Document) string) func(*corpus.Document) int {
	return func(d *corpus.Document) int {
		if i := slices.Index(cases, value(d)); i >= 0 {
			return i
		}
		return len(cases)
	}
}

// Branch is a case of a switch. Nested ones hang together by the switch's own place.
type Branch struct {
	Switch *Step
	// Case is the number of the case; len(Cases) is the default.
	Case int
}

// Apart reports whether no document passes both places: they lie in two cases of one
// switch. Nil is outside of all switches.
func Apart(a, b *Branch) bool {
	for x := a; x != nil; x = x.Switch.In {
		for y := b; y != nil; y = y.Switch.In {
			if x.Switch == y.Switch && x.Case != y.Case {
				return true
			}
		}
	}
	return false
}

// routes is the adapter of a switch.
type routes struct{ *Switch }

func (a routes) take(v *Visit) { v.Case = a.Choose(v.Document) }

// lead finds for every link the one behind it on a document's way. All leads go forward.
func lead(links []station) {
	behind := func(i int, in *Branch) int {
		for i++; i < len(links) && Apart(links[i].Step.In, in); i++ {
		}
		return i
	}
	for i := range links {
		s := &links[i]
		s.next = behind(i, s.Step.In)
		if s.Step.Switch == nil {
			continue
		}
		for n := range len(s.Step.Switch.Cases) + 1 {
			s.cases = append(s.cases, behind(i, &Branch{s.Step, n}))
		}
	}
}

// place is where a document stands in the order of reading: its number in the batch,
// behind it those of the pieces that it came from. A chain without batched stages needs
// none, since documents never overtake each other in it.
type place []int

// piece is the place of the document's n-th piece.
func (p place) piece(n int) place {
	if p == nil {
		return nil
	}
	return append(slices.Clip(p), n)
}

// waiter is a document that waits in a chain.
type waiter struct {
	*corpus.Document
	place place
}

func inOrder(list []waiter) {
	slices.SortFunc(list, func(a, b waiter) int { return slices.Compare(a.place, b.place) })
}

// queue is where documents of a chain with batched stages wait for each other, so that
// they leave it in the order of reading: those that no stage held up wait where all ways
// are one again, until the last batched stage has given its answers.
type queue struct {
	last   int // the last link with a batched stage, -1 for none
	join   int // the first link behind it that all documents meet
	open   bool
	parked []waiter
}

func newQueue(links []station) queue {
	q := queue{last: -1}
	for i := range links {
		if _, ok := links[i].adapter.(batcher); ok {
			q.last = i
		}
	}
	for q.join = q.last + 1; q.join < len(links) && links[q.join].Step.In != nil; q.join++ {
	}
	return q
}

// begin makes the queue ready for a batch and gives the documents' places.
func (q *queue) begin(documents int) []place {
	q.parked = q.parked[:0]
	q.open = q.last >= 0
	if !q.open {
		return nil
	}
	numbers, places := make([]int, documents), make([]place, documents)
	for i := range numbers {
		numbers[i] = i
		places[i] = numbers[i : i+1 : i+1]
	}
	return places
}

// hold parks a document that has come to a link, if it must wait there. It is for open
// queues alone.
func (q *queue) hold(d *corpus.Document, at place, link int) bool {
	if link < q.join {
		return false
	}
	q.parked = append(q.parked, waiter{d, at})
	return true
}

// close lets documents through from now on.
func (q *queue) close() {
	q.open = false
	inOrder(q.parked)
}

// before takes the parked documents that stand before a place; nil takes all.
func (q *queue) before(p place) (list []waiter) {
	n := len(q.parked)
	if p != nil {
		n, _ = slices.BinarySearchFunc(q.parked, p, func(w waiter, p place) int { return slices.Compare(w.place, p) })
	}
	list, q.parked = q.parked[:n], q.parked[n:]
	return list
}
