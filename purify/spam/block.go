package spam

import (
	"slices"

	"github.com/corpusmill/corpusmill/internal/hashtable"
)

// Limits of what is taken for part of a block of spam.
const (
	maxBlockChars = 80 // letters of a line that goes with its neighbours
	maxShortChars = 40 // letters of a line that is an address or an invitation
)

// narrative are the kinds of which a whole document may be: what sells in long sentences,
// none of which says enough by itself.
var narrative = [kindsEnd]bool{kindGambling: true, kindDrugs: true, kindEscort: true, kindInvoice: true, kindGameServer: true, kindForgery: true}

// block marks runs of short lines that are spam together, and what stands around spam.
func (r *reader) block(text string) {
	r.learned()
	if r.model != nil {
		r.foreign(text)
	}
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
		if lines[i].kind == kindNone || lines[i].chars == 0 || lines[i].spun && lines[i].learned {
			continue
		}
		for j := i - 1; j >= 0 && lines[j].goesWith(lines[i].kind); j-- {
			lines[j].kind = lines[i].kind
		}
	}
	for i := range slices.Backward(lines) {
		if lines[i].kind == kindNone || lines[i].chars == 0 || lines[i].spun && lines[i].learned {
			continue
		}
		for j := i + 1; j < len(lines) && lines[j].goesWith(lines[i].kind); j++ {
			lines[j].kind = lines[i].kind
		}
	}
	r.beside()
}

// mayJoin reports whether a line can be one of a run that is judged together.
func (l *spamLine) mayJoin() bool {
	return l.chars <= maxBlockChars && l.reports == 0 && (l.chars == 0 || l.hints != 0 || l.contact > 0)
}

// goesWith reports whether a line that is no spam by itself goes with spam beside it.
func (l *spamLine) goesWith(kind spamKind) bool {
	switch {
	case l.kind != kindNone, l.reports > 0, l.margin < soundMargin && l.contact < 2:
		return false
	case l.chars == 0:
		return false
	case l.hints>>kind&1 != 0:
		return l.chars <= maxBlockChars || l.score*2 >= l.need
	case l.contact == 2:
		return l.chars <= maxShortChars
	case l.contact == 1, l.hints != 0:
		return l.chars*4 <= maxShortChars*3 && l.sentences == 0
	case kind == kindCities:
		return l.places >= 2 && l.chars <= maxShortChars
	}
	return false
}

// joined judges a run of short lines as one.
func (r *reader) joined(run []spamLine) {
	var scores, need [kindsEnd]float32
	var lines [kindsEnd]int
	contact := uint8(0)
	for i := range run {
		l := &run[i]
		contact = max(contact, l.contact)
		for k := kindGambling; k < kindsEnd; k++ {
			if l.hints>>k&1 != 0 {
				lines[k]++
				need[k] += float32(l.chars) / charsPerScore
			}
		}
		scores[l.leading] += l.score
	}
	for k := kindGambling; k < kindsEnd; k++ {
		if lines[k] < 2 || contact == 0 || scores[k] < leastSpamScore+2*common[k]+need[k] {
			continue
		}
		for i := range run {
			if l := &run[i]; l.hints>>k&1 != 0 && l.kind == kindNone && l.margin >= soundMargin {
				l.kind = k
			}
		}
	}
}

// summary is what is spam in a document.
type summary struct {
	kind       spamKind // of the most letters that are cut
	chars, cut int      // letters and digits
	lines      int      // that are cut
	learned    int      // of them by the model
	highest    int32    // margin of a line
}

// ratio is the share of letters that is cut.
func (s *summary) ratio() float64 {
	if s.chars == 0 {
		return 0
	}
	return float64(s.cut) / float64(s.chars)
}

// sum counts what is cut, and takes the whole for spam where it is of one piece.
func (r *reader) sum() summary {
	var s summary
	var cut [kindsEnd]int
	var scores [kindsEnd]float32
	s.highest = r.highest
	reporting := 0
	for i := range r.lines {
		l := &r.lines[i]
		s.chars += int(l.chars)
		if l.reports > 0 {
			reporting += int(l.chars)
		} else if l.kind == kindNone {
			scores[l.leading] += l.score
		}
		if l.kind != kindNone && l.chars > 0 {
			cut[l.kind] += int(l.chars)
			s.cut += int(l.chars)
			s.lines++
			if l.learned {
				s.learned++
			}
		}
	}
	for k := kindGambling; k < kindsEnd; k++ {
		if cut[k] > cut[s.kind] {
			s.kind = k
		}
	}
	for k := kindGambling; k < kindsEnd && reporting*5 < s.chars; k++ {
		if narrative[k] && scores[k] >= 2*leastSpamScore+float32(s.chars)/(charsPerScore) {
			s.kind, s.cut = k, s.chars
		}
	}
	return s
}

// newReader makes scratch that knows no entry of the kinds that are allowed.
func newReader(a *finder, allowed uint32) *reader {
	return &reader{finder: a, allowed: allowed, seen: make([]uint32, len(a.entries))}
}

// end gives back what is too large to keep.
func (r *reader) end() {
	if cap(r.lines) > hashtable.MaxIdle/8 {
		r.lines = nil
	}
	if r.others != nil && cap(r.others.pairs) > hashtable.MaxIdle/8 {
		r.others.pairs, r.others.needs = nil, nil
	}
}
