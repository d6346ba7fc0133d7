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

const gram = 4

// labels gives each block the share of its words that the gold text holds.
// Blocks of at least gram words are looked up by their n-grams; shorter ones
// must occur in the gold text between the places of the long blocks around
// them, because their words alone prove nothing.
func labels(blocks [][]string, gold []string) []float32 {
	at := map[string][]int{}
	for i := range gold {
		for n := 1; n <= gram && i+n <= len(gold); n++ {
			k := strings.Join(gold[i:i+n], " ")
			at[k] = append(at[k], i)
		}
	}
	out := make([]float32, len(blocks))
	start := make([]int, len(blocks)) // place of anchors in the gold text, -1 = none
	cursor := 0
	for i, w := range blocks {
		start[i] = -1
		if len(w) < gram {
			continue
		}
		covered := make([]bool, len(w))
		for j := 0; j+gram <= len(w); j++ {
			places := at[strings.Join(w[j:j+gram], " ")]
			if len(places) == 0 {
				continue
			}
			if start[i] < 0 {
				start[i] = max(0, nearest(places, cursor)-j)
			}
			for k := j; k < j+gram; k++ {
				covered[k] = true
			}
		}
		n := 0
		for _, c := range covered {
			if c {
				n++
			}
		}
		out[i] = float32(n) / float32(len(w))
		if out[i] < 0.7 {
			start[i] = -1
			continue
		}
		cursor = start[i] + len(w)
	}
	shortLabels(blocks, gold, at, start, out)
	return out
}

func shortLabels(blocks [][]string, gold []string, at map[string][]int, start []int, out []float32) {
	next := make([]int, len(blocks))
	n := len(gold)
	for i := len(blocks) - 1; i >= 0; i-- {
		next[i] = n
		if start[i] >= 0 {
			n = start[i]
		}
	}
	lo := 0
	for i, w := range blocks {
		if start[i] >= 0 {
			lo = start[i] + len(w)
		}
		if len(w) >= gram || len(w) == 0 {
			continue
		}
		const slack = 8
		for _, at := range at[strings.Join(w, " ")] {
			if at >= lo-slack && at <= next[i]+slack {
				out[i] = 1
				break
			}
		}
	}
}

// nearest returns the first place at or behind cursor, else the first place.
func nearest(places []int, cursor int) int {
	for _, p := range places {
		if p >= cursor {
			return p
		}
	}
	return places[0]
}
