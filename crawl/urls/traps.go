package urls

import (
	"slices"
	"strings"
)

// Traps are limits on what one site can make a crawl ask for by making up addresses. 0
// switches one off.
type Traps struct {
	// LengthMax is the longest address, in bytes.
	LengthMax int `yaml:"length_max" default:"2000"`
	// SegmentsMax is how many segments a path has at most.
	SegmentsMax int `yaml:"segments_max" default:"20"`
	// RepeatsMax is how often a segment, or up to four in a row, may follow itself.
	RepeatsMax int `yaml:"repeats_max" default:"2"`
	// ParametersMax is how many parameters a query has at most.
	ParametersMax int `yaml:"parameters_max" default:"16"`
	// SimilarMax is how many addresses of a host may differ in numbers, long hex strings
	// and values of parameters alone.
	SimilarMax int `yaml:"similar_max" default:"10000"`
	// CalendarMax is the same for addresses that end in a date, or have one in a parameter.
	CalendarMax int `yaml:"calendar_max" default:"500"`
}

// Names of traps, as a report counts them.
const (
	TrapLength     = "length"
	TrapSegments   = "segments"
	TrapRepeats    = "repeats"
	TrapParameters = "parameters"
	TrapSimilar    = "similar"
	TrapCalendar   = "calendar"
)

// unitMax is how many segments in a row are looked at as one that repeats.
const unitMax = 4

// Check gives "" or the name of the trap that an address alone shows.
func (t *Traps) Check(u URL) string {
	if t.LengthMax > 0 && len(u.text) > t.LengthMax {
		return TrapLength
	}
	if q := u.Query(); t.ParametersMax > 0 && q != "" && strings.Count(q, "&")+1 > t.ParametersMax {
		return TrapParameters
	}
	n := strings.Count(u.Path(), "/")
	switch {
	case t.SegmentsMax > 0 && n > t.SegmentsMax:
		return TrapSegments
	case t.RepeatsMax > 0 && n > t.RepeatsMax && repeats(strings.Split(u.Path()[1:], "/")) > t.RepeatsMax:
		return TrapRepeats
	}
	return ""
}

// repeats is how often the most frequent run of up to four segments follows itself.
func repeats(segments []string) int {
	most := 1
	for unit := 1; unit <= unitMax; unit++ {
		// Segments that equal the one a unit before, in a row, make the repeats.
		row := 0
		for i := unit; i < len(segments); i++ {
			if segments[i] == "" || segments[i] != segments[i-unit] {
				row = 0
				continue
			}
			row++
			most = max(most, 1+row/unit)
		}
	}
	return most
}

// Shape is what addresses of one kind have in common: their path with 0 for numbers and x
// for long hex strings, and the sorted names of their parameters. Budget is how many a
// host may have of it, 0 for any number; trap names the limit. Only addresses that have
// such a part have a shape; "" for others.
func (t *Traps) Shape(u URL) (shape, trap string, budget int) {
	var b []byte
	varies := false
	dates := 0
	for s := range strings.SplitSeq(u.Path()[1:], "/") {
		b = append(b, '/')
		s, ending := cutEnding(s)
		switch {
		case isDate(s):
			b, varies = append(b, 'd'), true
			dates = 3
		case isNumber(s):
			b, varies = append(b, '0'), true
			dates++
		case isHex(s):
			b, varies = append(b, 'x'), true
			dates = 0
		default:
			b = appendDigitless(b, s)
			varies = varies || strings.ContainsAny(s, "0123456789")
			if s != "" {
				dates = 0
			}
		}
		b = append(b, ending...)
	}
	calendar := dates >= 2 && hasYear(u.Path())
	if q := u.Query(); q != "" {
		varies = true
		var names []string
		for pair := range strings.SplitSeq(q, "&") {
			name, value, _ := strings.Cut(pair, "=")
			names = append(names, name)
			calendar = calendar || isDate(value) || isCalendarName(name) && isNumber(value)
		}
		slices.Sort(names)
		b = append(append(b, '?'), strings.Join(names, "&")...)
	}
	switch {
	case !varies:
		return "", "", 0
	case calendar:
		return string(b), TrapCalendar, t.CalendarMax
	}
	return string(b), TrapSimilar, t.SimilarMax
}

// cutEnding takes .html and its like off a segment.
func cutEnding(s string) (stem, ending string) {
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 6 && !isNumber(s[i+1:]) {
		return s[:i], s[i:]
	}
	return s, ""
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// hexBytes is how long a string of hex digits is that no word looks like.
const hexBytes = 16

func isHex(s string) bool {
	return len(s) >= hexBytes && strings.Trim(s, "0123456789abcdefABCDEF-") == ""
}

// isDate takes 2026-11, 2026-11-29 and both without or with other marks.
func isDate(s string) bool {
	if len(s) < 6 || len(s) > 10 || !year(s) {
		return false
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c != '-' && c != '_' && c != '.':
			return false
		}
	}
	if digits == len(s) && digits != 8 {
		return false
	}
	month, _, _ := strings.Cut(strings.TrimLeft(s[4:], "-_."), "-")
	month = month[:min(2, len(month))]
	return isNumber(month) && strings.TrimLeft(month, "0") != "" && (len(month) == 1 || month <= "12")
}

// year reports whether four digits at the beginning are a year as calendars have it.
func year(s string) bool {
	return len(s) >= 4 && isNumber(s[:4]) && (s[0] == '1' && s[1] >= '8' || s[0] == '2' && s[1] <= '2')
}

// hasYear reports whether a segment is a year or a date.
func hasYear(p string) bool {
	for s := range strings.SplitSeq(p, "/") {
		if stem, _ := cutEnding(s); len(stem) == 4 && year(stem) || isDate(stem) {
			return true
		}
	}
	return false
}

func isCalendarName(name string) bool {
	switch strings.ToLower(name) {
	case "year", "month", "day", "week", "date", "yr", "mon":
		return true
	}
	return false
}

// appendDigitless writes a segment with 0 for each run of digits.
func appendDigitless(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < '0' || c > '9' {
			b = append(b, c)
			continue
		}
		for i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			i++
		}
		b = append(b, '0')
	}
	return b
}
