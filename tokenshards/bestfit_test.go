package tokenshards_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/tokenshards"
)

func TestPackBestFit(t *testing.T) {
	type span = tokenshards.Span
	for _, c := range []struct {
		lengths  []int
		sequence int
		want     [][]span
	}{
		{nil, 4, nil},
		{[]int{0, 0}, 4, nil},
		{[]int{4}, 4, [][]span{{{0, 0, 4}}}},
		{[]int{5}, 4, [][]span{{{0, 0, 4}}, {{0, 4, 1}}}},
		{[]int{3, 3, 1, 1}, 4, [][]span{{{0, 0, 3}, {3, 0, 1}}, {{1, 0, 3}, {2, 0, 1}}}},
		{[]int{5, 3, 2}, 8, [][]span{{{0, 0, 5}, {1, 0, 3}}, {{2, 0, 2}}}},
		// the rest of 3 goes where it fits best, not where it fits first
		{[]int{6, 7, 3}, 10, [][]span{{{0, 0, 6}}, {{1, 0, 7}, {2, 0, 3}}}},
		{[]int{2, 1}, 1, [][]span{{{0, 0, 1}}, {{0, 1, 1}}, {{1, 0, 1}}}},
	} {
		got, err := tokenshards.PackBestFit(c.lengths, c.sequence)
		if err != nil || !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%v by %d: %v, %v, want %v", c.lengths, c.sequence, got, err, c.want)
		}
	}
	for _, c := range []struct {
		lengths  []int
		sequence int
	}{{nil, 0}, {nil, 1<<26 + 1}, {[]int{1, -1}, 4}} {
		if _, err := tokenshards.PackBestFit(c.lengths, c.sequence); err == nil {
			t.Errorf("%v by %d is accepted", c.lengths, c.sequence)
		}
	}
}

// Every token is laid once, no document that fits a sequence is cut, and hardly any
// room is lost.
func TestPackBestFitLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		sequence := 1 + rng.IntN(4096)
		lengths := make([]int, rng.IntN(3000))
		var total int
		for i := range lengths {
			lengths[i] = int(rng.ExpFloat64() * 700)
			total += lengths[i]
		}
		packed, err := tokenshards.PackBestFit(lengths, sequence)
		if err != nil {
			t.Fatal(err)
		}
		laid := make([]int, len(lengths))
		pieces := make([]int, len(lengths))
		for _, spans := range packed {
			if n := tokenshards.Boundaries(nil, spans); int(n[len(n)-1]) > sequence {
				t.Fatalf("a sequence of %d tokens, at most %d fit", n[len(n)-1], sequence)
			}
			for _, s := range spans {
				laid[s.Document] += s.Tokens
				pieces[s.Document]++
			}
		}
		for i, n := range lengths {
			if want := (n + sequence - 1) / sequence; laid[i] != n || pieces[i] != want {
				t.Fatalf("document of %d tokens: %d laid in %d pieces, want %d pieces of at most %d", n, laid[i], pieces[i], want, sequence)
			}
		}
		if ideal := (total + sequence - 1) / sequence; sequence > 1400 && len(packed) > ideal+ideal/20+1 {
			t.Errorf("%d sequences of %d tokens, %d would hold all", len(packed), sequence, ideal)
		}
	}
}

func ExamplePackBestFit() {
	packed, err := tokenshards.PackBestFit([]int{6, 3, 2, 5}, 8)
	if err != nil {
		log.Fatal(err)
	}
	for _, spans := range packed {
		fmt.Println(spans, tokenshards.Boundaries(nil, spans))
	}
	// Output:
	// [{0 0 6} {2 0 2}] [0 6 8]
	// [{1 0 3} {3 0 5}] [0 3 8]
}
