package phrases

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Scanner finds the words of lists in texts of any script. Characters are compared as
// Folding has them. Between the letters of scripts without blanks, such as Chinese, marks
// and blanks of a text do not count; a word that begins or ends with a letter of a script
// with blanks, or with a digit, has a border there, and between two of these letters a
// text has a blank or mark where the word has one, and nowhere else.
//
// It is read-only and safe for concurrent use.
type Scanner struct {
	automata []*Automaton
	words    [][]gap // of each word, what stands before each of its letters
}

// ScanMaxRunes bounds the letters and digits of a scanner's word.
const ScanMaxRunes = 256

// scanWords is how many words an automaton of a scanner has: places of a double array get
// harder to find the more there are.
const scanWords = 50_000

// marksMax is how many blanks and marks may stand between two letters of a word.
const marksMax = 8

// gap is what stands between two letters of a text or word.
type gap uint8

const (
	gapNone   gap = iota
	gapMark       // blanks and marks
	gapLine       // the end of a line
	gapClause     // a mark that ends a clause, or too many marks
)

// NewScanner returns a scanner of words as people write them, numbered in their order.
func NewScanner(words []string) (*Scanner, error) {
	f, err := NewFolding()
	if err != nil {
		return nil, err
	}
	s := &Scanner{words: make([][]gap, len(words))}
	folded := make([]string, len(words))
	for i, w := range words {
		if folded[i], s.words[i], err = foldScanned(w, f); err != nil {
			return nil, err
		}
	}
	for from := 0; from < len(folded); from += scanWords {
		a, err := New(folded[from:min(from+scanWords, len(folded))], f)
		if err != nil {
			return nil, err
		}
		s.automata = append(s.automata, a)
	}
	return s, nil
}

// Scannable says why a scanner cannot look for a word, nil if it can.
func (f *Folding) Scannable(word string) error {
	_, _, err := foldScanned(word, f)
	return err
}

// foldScanned is a word as automata have it, and its gaps.
func foldScanned(word string, f *Folding) (string, []gap, error) {
	if !utf8.ValidString(word) {
		return "", nil, errors.New("not UTF-8")
	}
	var letters []rune
	var gaps []gap
	var between spacing
	for _, r := range word {
		to := f.Of(r)
		switch {
		case to == Skip || to == Break || to >= lettersEnd:
			between.see(r, to == Break)
			continue
		}
		letters, gaps = append(letters, to), append(gaps, between.gap)
		between = spacing{}
	}
	switch {
	case len(letters) == 0:
		return "", nil, fmt.Errorf("%q has no letter or digit", word)
	case len(letters) > ScanMaxRunes:
		return "", nil, fmt.Errorf("%.40q...: more than %d letters and digits", word, ScanMaxRunes)
	}
	return string(letters), gaps, nil
}

// spacing sums up what stands between two letters.
type spacing struct {
	gap
	marks int
}

func (s *spacing) see(r rune, breaks bool) {
	switch {
	case r == '\n':
		s.gap = max(s.gap, gapLine)
	case breaks:
		s.gap = gapClause
	case r >= 0x80 && unicode.In(r, unicode.Mn, unicode.Cf): // accents, and what takes no place
	default:
		s.gap = max(s.gap, gapMark)
		if s.marks++; s.marks > marksMax {
			s.gap = gapClause
		}
	}
}

// spaced reports whether a letter or digit is of a script that puts blanks between words.
func spaced(r rune) bool {
	switch {
	case r < 0x0E00:
		return true
	case r < 0x1200: // Thai, Lao, Tibetan, Burmese, Georgian, Hangul
		return 0x10A0 <= r && r <= 0x10FF
	case 0x1780 <= r && r <= 0x17FF || 0x1950 <= r && r <= 0x1AAF: // Khmer, Tai
		return false
	case r < 0x2E80:
		return true
	case 0xA4D0 <= r && r < 0xA960 || 0xAB30 <= r && r < 0xAC00: // letters between the ideographs and Hangul
		return true
	case 0xFB00 <= r && r < 0xFE00, 0xFE70 <= r && r <= 0xFF5E: // Arabic forms, full width
		return true
	case 0x10000 <= r && r < 0x16F00, 0x1BC00 <= r && r < 0x20000:
		return true
	}
	return false
}

// letter is one of a text.
type letter struct {
	start, end int // bytes
	before     gap
	spaced     bool
}

// ring is how many letters are remembered: more than the longest word has.
const ring = 512

// Scan calls found with the number and place in bytes of every occurrence of a word, in the
// order of their ends, those of an automaton together. Occurrences may overlap.
func (s *Scanner) Scan(text string, found func(word, start, end int)) {
	if len(s.automata) == 0 {
		return
	}
	var last [ring]letter
	states := make([]int32, len(s.automata))
	n, between := 0, spacing{gap: gapClause}
	for at, r := range text {
		class := s.automata[0].Class(r)
		if class == ClassSkip || class == ClassBreak {
			between.see(r, class == ClassBreak)
			continue
		}
		last[n%ring] = letter{at, at + utf8.RuneLen(r), between.gap, spaced(r)}
		n++
		between = spacing{}
		for i, a := range s.automata {
			states[i] = a.Step(states[i], a.Class(r))
			if !a.Ends(states[i]) {
				continue
			}
			for _, id := range a.At(states[i]) {
				w := i*scanWords + int(id)
				if start, ok := fits(&last, n, s.words[w]); ok && s.border(text, &last[(n-1)%ring]) {
					found(w, start, at+utf8.RuneLen(r))
				}
			}
		}
	}
}

// fits compares what stands between the last letters with the gaps of a word, and says
// where this begins.
func fits(last *[ring]letter, n int, gaps []gap) (start int, ok bool) {
	from := n - len(gaps)
	first := &last[from%ring]
	if first.spaced && first.before == gapNone && last[(from-1)%ring].spaced { // the first letter of a text has a gap
		return 0, false
	}
	for i := 1; i < len(gaps); i++ {
		a, b := &last[(from+i-1)%ring], &last[(from+i)%ring]
		switch {
		case gaps[i] == gapClause:
			ok = b.before == gapClause || !a.spaced || !b.spaced
		case a.spaced && b.spaced:
			ok = (b.before == gapNone) == (gaps[i] == gapNone) && b.before != gapClause
		default:
			ok = b.before <= gapMark
		}
		if !ok {
			return 0, false
		}
	}
	return first.start, true
}

// border reports whether a word may end with a letter.
func (s *Scanner) border(text string, l *letter) bool {
	if !l.spaced {
		return true
	}
	var between spacing
	for _, r := range text[l.end:] {
		class := s.automata[0].Class(r)
		if class != ClassSkip && class != ClassBreak {
			return !spaced(r)
		}
		if between.see(r, class == ClassBreak); between.gap != gapNone {
			return true
		}
	}
	return true
}
