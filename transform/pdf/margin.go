package pdf

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// marks are what the place of a line says of it: a set, which write puts before the
// line as one noncharacter.
type marks uint8

const (
	apart marks = 1 << iota // from the line before
	inner                   // in the body of the page, not in its margins
	large                   // a heading: nothing on the page is larger, most is smaller
	far                     // a number at the start or the end stands far from the rest

	firstMarks = '\uFDD0' // of the 32 noncharacters up to U+FDEF
	maxMarks   = apart | inner | large | far
)

func isMarks(r rune) bool { return r >= firstMarks && r <= firstMarks+rune(maxMarks) }

// takeMarks returns a line without its marks, and these with those before it.
func takeMarks(line string, m marks) (string, marks) {
	if !strings.Contains(line, "\xef\xb7") { // the first bytes of each
		return line, m
	}
	if r, _ := utf8.DecodeRuneInString(line); isMarks(r) {
		m |= marks(r - firstMarks)
	}
	return strings.Map(func(r rune) rune {
		if isMarks(r) {
			return -1
		}
		return r
	}, line), m
}

const (
	// marginShare of the height of a page, at the top and at the bottom, may hold
	// running heads and feet: text blocks made for small books stand on large paper.
	marginShare = 0.25
	// largeScale is how much higher than most lines of its page a heading is; fonts of
	// one size differ by less.
	largeScale = 1.5
	// farGap is how far, in heights of its characters, a page number stands from what
	// is beside it; the number of a heading stands one from its words.
	farGap = 2
	// markedLines at each end of a page are marked: more than edgeLines, since lines
	// may be joined later.
	markedLines = 2 * edgeLines
)

// write puts the lines of a page together, with their marks.
func (d *document) write(text uint64, visible box, units []uint16, at func(int) uint64) (string, error) {
	filled := 0
	d.heights = d.heights[:0]
	for _, l := range d.lines {
		if l.from < l.to {
			filled++
		}
		if l.placed {
			d.heights = append(d.heights, l.height())
		}
	}
	slices.Sort(d.heights)
	out := make([]uint16, 0, len(units))
	newLines, n := 0, 0
	for i := range d.lines {
		l := &d.lines[i]
		out = append(out, l.between...)
		m := marks(0)
		if len(l.between) > 0 && l.between[0] == '\n' {
			if newLines++; setApart(d.lines[i-1], *l, newLines <= edgeLines) {
				m = apart
			}
		}
		if l.from < l.to {
			if n++; min(n-1, filled-n) < markedLines {
				more, err := d.mark(text, visible, units, at, l, n <= filled/2)
				if err != nil {
					return "", err
				}
				m |= more
			}
		}
		if m != 0 && (i == 0 || m&apart != 0 || len(l.between) > 0 && l.between[0] == '\n') {
			out = append(out, uint16(firstMarks)+uint16(m))
		}
		out = append(out, l.units...)
	}
	return string(utf16.Decode(out)), nil
}

// mark returns the marks of a line in itself; upper says that it is of the upper half
// of its page.
func (d *document) mark(text uint64, visible box, units []uint16, at func(int) uint64, l *line, upper bool) (m marks, err error) {
	if !l.placed {
		return 0, nil
	}
	if upper && l.height() >= d.heights[len(d.heights)-1] && l.height() > largeScale*d.heights[(len(d.heights)-1)/2] {
		m |= large
	}
	if l.inBody(visible) {
		return m | inner, nil
	}
	isFar, err := d.standsFar(text, units, at, l)
	if isFar {
		m |= far
	}
	return m, err
}

// height is that of the first character.
func (l *line) height() float64 {
	b := l.first.along(l.turn)
	return b.top - b.bottom
}

// inBody says whether the middle of a line lies outside of the margins of its page.
func (l *line) inBody(page box) bool {
	if !page.sound() {
		return false
	}
	b, p := l.first.along(l.turn), page.along(l.turn)
	middle, margin := (b.top+b.bottom)/2, marginShare*(p.top-p.bottom)
	return middle < p.top-margin && middle > p.bottom+margin
}

// numberWords are the words in which a page number at the end of a line may stand:
// 3 of 10, 3 / 10.
const numberWords = 3

// standsFar says whether the number at the start of a line, or at its end, stands far
// from the other words.
func (d *document) standsFar(text uint64, units []uint16, at func(int) uint64, l *line) (bool, error) {
	if isDigit(units[l.from]) {
		i := l.from
		for i < l.to && units[i] > ' ' {
			i++
		}
		if isFar, err := d.isFar(text, units, at, l, i); isFar || err != nil {
			return isFar, err
		}
	}
	if !isDigit(units[l.to-1]) {
		return false, nil
	}
	for i, n := l.to-1, 0; i > l.from && n < numberWords; i-- {
		if units[i] > ' ' {
			continue
		}
		if isFar, err := d.isFar(text, units, at, l, i); isFar || err != nil {
			return isFar, err
		}
		for n++; i > l.from && units[i] <= ' '; {
			i--
		}
		i++
	}
	return false, nil
}

func isDigit(u uint16) bool { return u >= '0' && u <= '9' }

// isFar says whether the words on both sides of the space at i stand far from each
// other.
func (d *document) isFar(text uint64, units []uint16, at func(int) uint64, l *line, i int) (bool, error) {
	from, to := i, i
	for from > l.from && units[from-1] <= ' ' {
		from--
	}
	for to < l.to && units[to] <= ' ' {
		to++
	}
	if from == l.from || to == l.to || from == to {
		return false, nil
	}
	var sides line
	if err := d.place(text, at(from-1), at(to), &sides); err != nil || !sides.placed {
		return false, err
	}
	a, b := sides.first.along(l.turn), sides.last.along(l.turn)
	return b.left-a.right > farGap*l.height(), nil
}
