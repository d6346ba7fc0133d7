package main

import (
	"strings"
	"unicode"
)

// words splits as score_extraction.py does: lower case, every CJK character a
// word, else runs of letters, digits and underscores.
func words(s string) []string {
	var out []string
	start := -1
	for i, r := range s {
		cjk := r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af
		in := !cjk && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
		if !in && start >= 0 {
			out = append(out, strings.ToLower(s[start:i]))
			start = -1
		}
		if cjk {
			out = append(out, string(r))
		} else if in && start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, strings.ToLower(s[start:]))
	}
	return out
}

// Weights of an alignment of a page's words with those of its gold text. A match that
// goes on from the one before counts more than one that begins, so that words are
// matched in runs; a run begins better with a block than inside one.
const (
	alignGoesOn = 4
	alignBegins = 2
	alignInside = 1
)

const (
	alignCells  = 400 << 20 // words of the page times words of the gold text
	alignRounds = 3
	alignWords  = 4   // words of a block that is looked for out of order
	alignShare  = 0.7 // share of its words that must then be found in one run of rounds
	sameWords   = 8   // words of a block whose repetition is labelled as it is
)

// labels gives each block the share of its words that an alignment of the page with
// the gold text matches: every word of the gold text is matched once at most. What
// stands in another order than in the page is found in further alignments of what is
// left over. It returns nil where the two are too long to be aligned.
func labels(blocks [][]string, gold []string) []float32 {
	ids := map[string]int32{}
	a := aligner{}
	for _, w := range gold {
		if _, ok := ids[w]; !ok {
			ids[w] = int32(len(ids))
		}
		a.gold = append(a.gold, ids[w])
	}
	hits := make([]int, len(blocks))
	for round := range alignRounds {
		a.page = a.page[:0]
		for i, b := range blocks {
			if round > 0 && (2*hits[i] >= len(b) || len(b) < alignWords) {
				continue
			}
			for k, w := range b {
				id, ok := ids[w]
				if !ok {
					id = -1
				}
				a.page = append(a.page, pageWord{id, int32(i), k == 0})
			}
		}
		if len(a.page)*len(a.gold) > alignCells {
			return nil
		}
		if !a.take(blocks, hits, round > 0) {
			break
		}
	}
	out := make([]float32, len(blocks))
	for i, b := range blocks {
		if len(b) > 0 {
			out[i] = min(1, float32(hits[i])/float32(len(b)))
		}
	}
	labelSame(blocks, out)
	return out
}

// take adds the matches of one alignment to the blocks' hits and strikes them off the
// gold text. Strictly, only blocks count of which most words are found.
func (a *aligner) take(blocks [][]string, hits []int, strict bool) bool {
	pairs := a.align()
	found := make([]int, len(blocks))
	for _, m := range pairs {
		found[a.page[m[0]].block]++
	}
	took := false
	for _, m := range pairs {
		b := a.page[m[0]].block
		if strict && float64(found[b]) < alignShare*float64(len(blocks[b])) {
			continue
		}
		hits[b]++
		a.gold[m[1]] = -2
		took = true
	}
	return took
}

// labelSame gives longer blocks that occur more than once the best of their labels.
func labelSame(blocks [][]string, out []float32) {
	best := map[string]float32{}
	for i, b := range blocks {
		if len(b) >= sameWords {
			k := strings.Join(b, " ")
			best[k] = max(best[k], out[i])
		}
	}
	for i, b := range blocks {
		if len(b) >= sameWords {
			out[i] = best[strings.Join(b, " ")]
		}
	}
}

// pageWord is a word of the page and the block that it stands in.
type pageWord struct {
	id, block int32
	first     bool // of its block
}

// aligner aligns words by number; below 0 they match nothing.
type aligner struct {
	page []pageWord
	gold []int32
	from []byte // how each cell was reached; a row for each word of the page
}

// How a cell of the alignment was reached.
const (
	fromSkipPage = iota
	fromSkipGold
	fromMatch

	goesOn = 4 // added where the match before is part of the run
)

// align returns the matched pairs of a best alignment, in order.
func (a *aligner) align() (pairs [][2]int) {
	n, m := len(a.page), len(a.gold)
	if cap(a.from) < n*m {
		a.from = make([]byte, n*m)
	}
	a.from = a.from[:n*m]
	// best[j]: of all alignments up to here; run[j]: of those that end with a match of
	// this word of the page with word j-1 of the gold text.
	const none = -1 << 30
	best, last := make([]int32, m+1), make([]int32, m+1)
	run, lastRun := make([]int32, m+1), make([]int32, m+1)
	for j := range lastRun {
		lastRun[j] = none
	}
	for i, p := range a.page {
		begin := int32(alignInside)
		if p.first {
			begin = alignBegins
		}
		row := a.from[i*m : (i+1)*m]
		run[0] = none
		for j, g := range a.gold {
			run[j+1] = none
			how, on := byte(fromSkipPage), byte(0)
			v := last[j+1]
			if best[j] > v {
				v, how = best[j], fromSkipGold
			}
			if g == p.id && g >= 0 {
				r := last[j] + begin
				if o := lastRun[j] + alignGoesOn; o >= r {
					r, on = o, goesOn
				}
				run[j+1] = r
				if r >= v {
					v, how = r, fromMatch
				}
			}
			best[j+1] = v
			row[j] = how | on
		}
		best, last = last, best
		run, lastRun = lastRun, run
	}
	for i, j := n-1, m-1; i >= 0 && j >= 0; {
		how := a.from[i*m+j]
		switch how &^ goesOn {
		case fromSkipPage:
			i--
		case fromSkipGold:
			j--
		default:
			for {
				pairs = append(pairs, [2]int{i, j})
				on := a.from[i*m+j]&goesOn != 0
				i, j = i-1, j-1
				if !on {
					break
				}
			}
		}
	}
	return pairs
}
