package language

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// temper is the weight of the model's evidence: letters depend on each other
// more than a model of three letters knows. Between 0.2 and 1 it matters little
// (bench/lang).
const temper = 0.3

// tally is the cost of a piece of text in each language, in sixteenths of a nat.
type tally struct {
	costs [maxLanguages]uint32
}

// add counts the letters of one script in a text, at most a few thousand.
func (m *model) add(t *tally, text string, s *scriptRange) {
	var key uint64
	width := len(m.languages)
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		if r = unicode.ToLower(r); !inScript(r, s.script) {
			key = 0
			continue
		}
		key = gramKey(key, r)
		row := m.row(key)
		if row < 0 {
			continue
		}
		costs := t.costs[s.from:s.to]
		for l, c := range m.costs[row*width+s.from : row*width+s.to] {
			costs[l] += uint32(c)
		}
	}
}

func inScript(r rune, script *unicode.RangeTable) bool {
	if r < utf8.RuneSelf {
		return script == unicode.Latin && 'a' <= r && r <= 'z'
	}
	return unicode.Is(script, r)
}

// share adds to each candidate's sum its probability given the tally, times
// weight; each language is as likely as another beforehand.
func (m *model) share(t *tally, s *scriptRange, candidates *[maxLanguages]bool, weight float64, sums *[maxLanguages]float64) {
	least := uint32(math.MaxUint32)
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			least = min(least, t.costs[l])
		}
	}
	var p [maxLanguages]float64
	total := 0.0
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			p[l] = math.Exp(-temper / 16 * float64(t.costs[l]-least))
			total += p[l]
		}
	}
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			sums[l] += weight * p[l] / total
		}
	}
}
