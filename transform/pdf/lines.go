package pdf

import (
	"math"
	"unicode/utf16"
)

// pdfium begins a new line wherever the baseline moves: at every superscript,
// and at every letter of text that runs up or down the page. And it reads what
// lies outside of the visible page, the other half of a spread or a printer's
// marks. The places of the first and the last character of each line, which cost
// little to ask for, set both right.

// box is the place of a character of the height of its font, in points from the
// page's origin.
type box struct{ left, top, right, bottom float64 }

// line is a line of a page as pdfium has it.
type line struct {
	units       []uint16
	first, last box
	turn        turn     // of its first character
	placed      bool     // the boxes are known
	from, to    int      // of the text without the space around
	between     []uint16 // what stands between it and the line before
}

// turn is the direction in which a line runs.
type turn int8

const (
	level turn = iota
	upward
	downward
	slanted
)

// Gaps between two pieces of a line in heights of its characters: up to a narrow
// one they are one word, up to a wide one words of one line. A piece may overlap
// the one before, as italics and accents do.
const (
	narrowGap  = 0.15
	wideGap    = 0.6
	overlapGap = -0.3
	// sharedHeight is how much of the lower of two pieces must stand beside the
	// other; lines one below the other share next to nothing.
	sharedHeight = 0.4
)

// arrange returns the text of a page, units, without the lines outside of it and
// with the pieces of broken lines joined. count is pdfium's number of characters.
func (d *document) arrange(page, text uint64, units []uint16, count int) (string, error) {
	index, err := d.characterIndex(text, units, count)
	if err != nil || index == nil && len(units) != count {
		return string(utf16.Decode(units)), err
	}
	at := func(i int) uint64 {
		if index == nil {
			return uint64(i)
		}
		return uint64(index[i])
	}
	if err := d.dropUnmapped(text, units, at); err != nil {
		return "", err
	}
	visible, err := d.pageBox(page)
	if err != nil {
		return "", err
	}
	lines := d.lines[:0]
	var last line
	for start := 0; start < len(units); {
		end, next := lineEnd(units, start)
		l := line{units: units[start:end]}
		l.from, l.to = trimSpace(units, start, end)
		start = next
		if l.from < l.to {
			if err := d.place(text, at(l.from), at(l.to-1), &l); err != nil {
				return "", err
			}
		}
		if l.placed && l.first.outside(visible) && l.last.outside(visible) {
			continue
		}
		if l.units = mendUnmapped(l.units); len(l.units) == 0 && l.from < l.to {
			continue
		}
		l.between = joint(last, l)
		lines = append(lines, l)
		last = l
	}
	d.lines = lines
	return d.write(text, visible, units, at)
}

// lineEnd returns where the line that begins at start ends, and the next begins.
func lineEnd(units []uint16, start int) (end, next int) {
	for i := start; i < len(units); i++ {
		switch {
		case units[i] == '\n':
			return i, i + 1
		case units[i] == '\r' && i+1 < len(units) && units[i+1] == '\n':
			return i, i + 2
		}
	}
	return len(units), len(units)
}

func trimSpace(units []uint16, from, to int) (int, int) {
	for from < to && units[from] <= ' ' {
		from++
	}
	for from < to && units[to-1] <= ' ' {
		to--
	}
	return from, to
}

// characterIndex returns the number of pdfium's character for each unit of the
// text; nil where the two are the same, and where they cannot be matched.
func (d *document) characterIndex(text uint64, units []uint16, count int) ([]int32, error) {
	if len(units) == count {
		return nil, nil
	}
	index := make([]int32, 0, len(units))
	for i := range count {
		v, err := d.call("FPDFText_GetUnicode", text, uint64(i))
		if err != nil {
			return nil, err
		}
		r := rune(v)
		if leftOut(r) {
			hyphen, err := d.call("FPDFText_IsHyphen", text, uint64(i))
			if err != nil {
				return nil, err
			}
			if hyphen != 1 {
				continue
			}
		}
		switch {
		case r == 0: // a glyph without a meaning is no part of the text
		case r > 0xffff:
			index = append(index, int32(i), int32(i))
		default:
			index = append(index, int32(i))
		}
	}
	if len(index) != len(units) {
		return nil, nil
	}
	return index, nil
}

// leftOut says whether pdfium leaves a character out of the text, unless it stands for
// a hyphen (IsControlChar in its cpdf_textpage.cpp).
func leftOut(r rune) bool {
	switch r {
	case 0x02, 0x03, 0x93, 0x94, 0x96, 0x97, 0x98, 0xfffe:
		return true
	}
	return false
}

// rectBytes is the size of pdfium's rectangle: four floats, left, top, right and
// bottom.
const rectBytes = 16

// rect returns what pdfium wrote to the document's rectangle.
func (d *document) rect() box {
	b, ok := d.in.module.Memory().Read(uint32(d.scratch), rectBytes)
	if !ok {
		return box{}
	}
	f := func(i int) float64 {
		return float64(math.Float32frombits(uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24))
	}
	return box{left: f(0), top: f(4), right: f(8), bottom: f(12)}
}

// pageBox is the visible part of a page: its crop box within its media box.
func (d *document) pageBox(page uint64) (box, error) {
	ok, err := d.call("FPDF_GetPageBoundingBox", page, d.scratch)
	if err != nil || ok == 0 {
		return box{}, err
	}
	return d.rect(), nil
}

// place asks for the places of a line's first and last character.
func (d *document) place(text, first, last uint64, l *line) error {
	ok, err := d.call("FPDFText_GetLooseCharBox", text, first, d.scratch)
	if err != nil || ok == 0 {
		return err
	}
	l.first = d.rect()
	if l.last = l.first; last != first {
		if ok, err = d.call("FPDFText_GetLooseCharBox", text, last, d.scratch); err != nil || ok == 0 {
			return err
		}
		l.last = d.rect()
	}
	angle, err := d.call("FPDFText_GetCharAngle", text, first)
	if err != nil {
		return err
	}
	l.turn = turnOf(float64(math.Float32frombits(uint32(angle))))
	l.placed = l.first.sound() && l.last.sound()
	return nil
}

// maxSlant is how far from level or upright, in radians, a line may run and
// still count as such.
const maxSlant = 0.1

func turnOf(angle float64) turn {
	switch {
	case angle < maxSlant || angle > 2*math.Pi-maxSlant:
		return level
	case math.Abs(angle-math.Pi/2) < maxSlant:
		return upward
	case math.Abs(angle-3*math.Pi/2) < maxSlant:
		return downward
	}
	return slanted
}

// sound says whether a box has a width and a height; fonts may lack either.
func (b box) sound() bool { return b.right > b.left && b.top > b.bottom }

// outside says whether no part of b lies on a page.
func (b box) outside(page box) bool {
	return page.sound() && (b.right <= page.left || b.left >= page.right || b.top <= page.bottom || b.bottom >= page.top)
}

var (
	newLine  = []uint16{'\n'}
	oneSpace = []uint16{' '}
)

// joint is what stands between two lines.
func joint(a, b line) []uint16 {
	switch {
	case a.units == nil:
		return nil
	case !a.placed || !b.placed || a.turn != b.turn:
		return newLine
	}
	p, q := a.last.along(a.turn), b.first.along(a.turn)
	lower := min(p.top-p.bottom, q.top-q.bottom)
	higher := max(p.top-p.bottom, q.top-q.bottom)
	shared := min(p.top, q.top) - max(p.bottom, q.bottom)
	gap := (q.left - p.right) / higher
	switch {
	case a.turn == slanted, shared < sharedHeight*lower, gap < overlapGap, gap > wideGap:
		return newLine
	case gap < narrowGap:
		return nil
	}
	return oneSpace
}

// headScale is how much higher than the next line a running head may be: what is
// larger is a heading.
const headScale = 1.2

// setApart says whether the space between two lines is higher than they are, as
// beside running heads and feet; where that is not known, it may be. A heading at the
// head of a page is not set apart from its text.
func setApart(a, b line, head bool) bool {
	if !a.placed || !b.placed || a.turn != level || b.turn != level {
		return true
	}
	high, low := a.last.top-a.last.bottom, b.first.top-b.first.bottom
	if head && high > headScale*low {
		return false
	}
	return max(a.last.bottom-b.first.top, b.first.bottom-a.last.top) > min(high, low)
}

// along turns the page so that a line which runs in direction t is level.
func (b box) along(t turn) box {
	switch t {
	case upward:
		return box{left: b.bottom, right: b.top, top: -b.left, bottom: -b.right}
	case downward:
		return box{left: -b.top, right: -b.bottom, top: b.right, bottom: b.left}
	}
	return b
}
