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
