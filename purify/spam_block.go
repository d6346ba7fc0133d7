package purify

import (
	"slices"
	"strings"
)

// Limits of what is taken for part of a block of spam.
const (
	maxBlockChars = 80 // letters of a line that goes with its neighbours
	maxShortChars = 40 // letters of a line that is an address or an invitation
)

// narrative are the kinds of which a whole document may be: what sells in long sentences,
// none of which says enough by itself.
var narrative = [spamKinds]bool{spamGambling: true, spamDrugs: true, spamEscort: true, spamInvoice: true, spamGameServer: true, spamForgery: true}

// block marks runs of short lines that are spam together, and what stands around spam.
func (r *spamReader) block() {
	lines := r.lines
	for i := 0; i < len(lines); {
		j := i
		for j < len(lines) && lines[j].mayJoin() {
			j++
		}
		if j > i+1 {
			r.joined(lines[i:j])
		}
		i = max(j, i+1)
	}
	for i := range lines {
		if lines[i].kind == spamNone || lines[i].chars == 0 {
			continue
		}
		for j := i - 1; j >= 0 && lines[j].goesWith(lines[i].kind); j-- {
			lines[j].kind = lines[i].kind
		}
	}
	for i := range slices.Backward(lines) {
		if lines[i].kind == spamNone || lines[i].chars == 0 {
			continue
		}
		for j := i + 1; j < len(lines) && lines[j].goesWith(lines[i].kind); j++ {
			lines[j].kind = lines[i].kind
		}
	}
}

// mayJoin reports whether a line can be one of a run that is judged together.
func (l *spamLine) mayJoin() bool {
	return l.chars <= maxBlockChars && l.reports == 0 && (l.chars == 0 || l.hints != 0 || l.contact > 0)
}

// goesWith reports whether a line that is no spam by itself goes with spam beside it.
func (l *spamLine) goesWith(kind spamKind) bool {
	switch {
	case l.kind != spamNone, l.reports > 0:
		return false
	case l.chars == 0:
		return false
	case l.hints>>kind&1 != 0:
		return l.chars <= maxBlockChars || l.score*2 >= l.need
	case l.contact == 2:
		return l.chars <= maxShortChars
	case l.contact == 1, l.hints != 0:
		return l.chars*4 <= maxShortChars*3 && l.sentences == 0
	case kind == spamCities:
		return l.places >= 2 && l.chars <= maxShortChars
	}
	return false
}

// joined judges a run of short lines as one.
func (r *spamReader) joined(run []spamLine) {
	var scores, need [spamKinds]float32
	var lines [spamKinds]int
	contact := uint8(0)
	for i := range run {
		l := &run[i]
		contact = max(contact, l.contact)
		for k := spamGambling; k < spamKinds; k++ {
			if l.hints>>k&1 != 0 {
				lines[k]++
				need[k] += float32(l.chars) / charsPerScore
			}
		}
		scores[l.leading] += l.score
	}
	for k := spamGambling; k < spamKinds; k++ {
		if lines[k] < 2 || contact == 0 || scores[k] < leastSpamScore+2*common[k]+need[k] {
			continue
		}
		for i := range run {
			if l := &run[i]; l.hints>>k&1 != 0 && l.kind == spamNone {
				l.kind = k
			}
		}
	}
}

// spamSum is what is spam in a document.
type spamSum struct {
	kind       spamKind // of the most letters that are cut
	chars, cut int      // letters and digits
	lines      int      // that are cut
}

// ratio is the share of letters that is cut.
func (s *spamSum) ratio() float64 { return ratio(s.cut, s.chars) }

// sum counts what is cut, and takes the whole for spam where it is of one piece.
func (r *spamReader) sum() spamSum {
	var s spamSum
	var cut [spamKinds]int
	var scores [spamKinds]float32
	reporting := 0
	for i := range r.lines {
		l := &r.lines[i]
		s.chars += int(l.chars)
		if l.reports > 0 {
			reporting += int(l.chars)
		} else if l.kind == spamNone {
			scores[l.leading] += l.score
		}
		if l.kind != spamNone && l.chars > 0 {
			cut[l.kind] += int(l.chars)
			s.cut += int(l.chars)
			s.lines++
		}
	}
	for k := spamGambling; k < spamKinds; k++ {
		if cut[k] > cut[s.kind] {
			s.kind = k
		}
	}
	for k := spamGambling; k < spamKinds && reporting*5 < s.chars; k++ {
		if narrative[k] && scores[k] >= 2*leastSpamScore+float32(s.chars)/(charsPerScore) {
			s.kind, s.cut = k, s.chars
		}
	}
	return s
}

// without returns the text without the lines that are spam.
func (r *spamReader) without(text string) string {
	size := len(text)
	for i := range r.lines {
		if l := &r.lines[i]; l.kind != spamNone {
			size -= int(l.end-l.start) + 1
		}
	}
	var out strings.Builder
	out.Grow(max(0, size))
	first := true
	for i := range r.lines {
		l := &r.lines[i]
		if l.kind != spamNone {
			continue
		}
		if !first {
			out.WriteByte('\n')
		}
		first = false
		out.WriteString(text[l.start:l.end])
	}
	return out.String()
}

// newSpamReader makes scratch that knows no entry of the kinds that are allowed.
func newSpamReader(a *automaton, allowed uint32) *spamReader {
	return &spamReader{automaton: a, allowed: allowed, seen: make([]uint32, len(a.entries))}
}

// end gives back what is too large to keep.
func (r *spamReader) end() {
	if cap(r.lines) > maxIdleSlots/8 {
		r.lines = nil
	}
}
