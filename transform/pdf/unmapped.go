package pdf

import (
	"unicode"
	"unicode/utf16"
)

// A font may draw its glyphs without saying which characters they are. pdfium then
// gives their codes, which read as garbage, and flags them.

const (
	// unmapped is what a flagged character becomes.
	unmapped = '\uFFFD'
	// maxUnmapped is the share of characters without a meaning beyond which a
	// document has no text worth keeping.
	maxUnmapped = 0.5
)

// dropUnmapped replaces the flagged characters of a page and counts them. Whether
// there are any is told by three characters of each line, and by such as no text has,
// since each question is a call.
func (d *document) dropUnmapped(text uint64, units []uint16, at func(int) uint64) error {
	flagged := false
	for start := 0; start < len(units) && !flagged; {
		end, next := lineEnd(units, start)
		from, to := trimSpace(units, start, end)
		start = next
		if from == to {
			flagged = from < end && odd(units[from:end])
			continue
		}
		flagged = odd(units[from:to])
		for _, i := range [...]int{from, (from + to) / 2, to - 1} {
			if flagged {
				break
			}
			v, err := d.call("FPDFText_HasUnicodeMapError", text, at(i))
			if err != nil {
				return err
			}
			flagged = int32(v) == 1
		}
	}
	d.flagged = d.flagged[:0]
	wide := 0
	for i, u := range units {
		if u == ' ' || u == '\n' || u == '\r' {
			continue
		}
		if d.characterCount++; !flagged {
			continue
		}
		v, err := d.call("FPDFText_HasUnicodeMapError", text, at(i))
		if err != nil {
			return err
		}
		if int32(v) == 1 {
			d.flagged = append(d.flagged, i)
			if isWide(rune(u)) || u >= 0xac00 && u < 0xd7a4 {
				wide++
			}
		}
	}
	if 20*wide >= 19*len(d.flagged) {
		// The codes are characters, as in many Chinese and Japanese documents: numbers
		// of glyphs would be all over.
		return nil
	}
	d.unmappedCount += len(d.flagged)
	for _, i := range d.flagged {
		units[i] = unmapped
	}
	return nil
}

// odd says whether a line has what codes of glyphs look like: control characters,
// those of private use, capitals in the middle of a word.
func odd(units []uint16) bool {
	small := false
	for _, u := range units {
		switch {
		case u < ' ' && u != '\t' && u != '\r' && u != '\n', u >= 0xe000 && u < 0xf900, small && u >= 'A' && u <= 'Z':
			return true
		}
		small = u >= 'a' && u <= 'z'
	}
	return false
}

// mendUnmapped leaves one mark of a run of characters without a meaning inside of a
// word, and none of a run that stands alone, such as a bullet.
func mendUnmapped(line []uint16) []uint16 {
	out := line[:0]
	for i := 0; i < len(line); {
		if line[i] != unmapped {
			out = append(out, line[i])
			i++
			continue
		}
		end := i
		for end < len(line) && line[end] == unmapped {
			end++
		}
		if len(out) > 0 && inWord(out[len(out)-1]) || end < len(line) && inWord(line[end]) {
			out = append(out, unmapped)
		}
		i = end
	}
	return out
}

func inWord(u uint16) bool {
	r := rune(u)
	return utf16.IsSurrogate(r) || unicode.IsLetter(r) || unicode.IsDigit(r)
}
