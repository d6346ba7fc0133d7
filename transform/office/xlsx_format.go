package office

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// numberFormat is what a format of cells means for the text of a number: it is a time, has
// so many decimals, is a share.
type numberFormat struct {
	date, clock, seconds bool
	elapsed              bool // hours beyond a day
	percent              bool
	decimals             int // +1; 0 is as many as there are
	text                 bool
}

// formatsWalk reads the formats of the styles part.
type formatsWalk struct {
	codes map[int]string // of the workbook itself
	ids   []int          // of the styles of cells
	in    bool
}

func (f *formatsWalk) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "numFmt":
		if id, err := strconv.Atoi(attr(e, "numFmtId")); err == nil && len(f.codes) < maxCellFormats {
			f.codes[id] = attr(e, "formatCode")
		}
	case "cellXfs":
		f.in = true
	case "xf":
		if f.in && len(f.ids) < maxCellFormats {
			id, _ := strconv.Atoi(attr(e, "numFmtId")) // 0 is the general one
			f.ids = append(f.ids, id)
		}
	case "fonts", "fills", "borders", "dxfs":
		return false
	}
	return true
}

func (f *formatsWalk) end(name xml.Name) {
	if name.Local == "cellXfs" {
		f.in = false
	}
}
func (f *formatsWalk) text([]byte) error { return nil }

func (f *formatsWalk) formats() []numberFormat {
	known := map[int]numberFormat{}
	list := make([]numberFormat, len(f.ids))
	for i, id := range f.ids {
		n, ok := known[id]
		if !ok {
			code, own := f.codes[id]
			if !own {
				code = builtinFormat(id)
			}
			n = parseFormat(code)
			known[id] = n
		}
		list[i] = n
	}
	return list
}

// builtinFormat is the code of a format that files only number (section 18.8.30); those
// of East Asian dates as far as they tell a day from a time.
func builtinFormat(id int) string {
	switch {
	case id == 1 || id == 3 || id == 37 || id == 38:
		return "0"
	case id == 2 || id == 4 || id == 39 || id == 40:
		return "0.00"
	case id == 9:
		return "0%"
	case id == 10:
		return "0.00%"
	case id == 20 || id == 32:
		return "h:mm"
	case id == 18:
		return "h:mm AM/PM"
	case id == 21 || id == 33:
		return "h:mm:ss"
	case id == 19:
		return "h:mm:ss AM/PM"
	case id == 22:
		return "yyyy-mm-dd h:mm"
	case id == 45 || id == 47:
		return "mm:ss"
	case id == 46:
		return "[h]:mm:ss"
	case id >= 14 && id <= 17 || id >= 27 && id <= 31 || id >= 34 && id <= 36 || id >= 50 && id <= 58:
		return "yyyy-mm-dd"
	case id == 49:
		return "@"
	}
	return ""
}

// maxDecimals is how many digits behind the point a double has.
const maxDecimals = 15

// parseFormat reads the first section of a code: what stands in quotes, behind a
// backslash, an underscore or a star, and in brackets is no part of it.
func parseFormat(code string) (f numberFormat) {
	var plain strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if n := strings.IndexByte(code[i+1:], '"'); n >= 0 {
				i += n + 1
			} else {
				i = len(code)
			}
		case '\\', '_', '*':
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				n = len(code) - i - 1
			}
			switch strings.ToLower(strings.Trim(code[i:i+n], "[]")) {
			case "h", "hh", "m", "mm", "s", "ss":
				f.elapsed, f.clock = true, true
				f.seconds = f.seconds || strings.ContainsAny(code[i:i+n], "sS")
			}
			i += n
		case ';':
			i = len(code)
		default:
			plain.WriteByte(c)
		}
	}
	s := strings.ToLower(strings.NewReplacer("General", "", "general", "", "AM/PM", "", "A/P", "", "am/pm", "").Replace(plain.String()))
	f.date = strings.ContainsAny(s, "yd") || strings.Contains(s, "m") && !strings.ContainsAny(s, "hs0#") && !f.elapsed
	f.clock = f.clock || strings.Contains(s, "h") || strings.Contains(s, "ss")
	f.seconds = f.seconds || strings.Contains(s, "s")
	if f.date || f.clock {
		return f
	}
	f.percent, f.text = strings.Contains(s, "%"), strings.Contains(s, "@")
	if !strings.ContainsAny(s, "e/?") && strings.ContainsAny(s, "0#") {
		_, decimals, _ := strings.Cut(s, ".")
		f.decimals = min(strings.Count(decimals, "0")+strings.Count(decimals, "#"), maxDecimals) + 1
	}
	return f
}

// Days of the calendar of workbooks: their first, and the last that they have, which is in
// the year 9999.
const maxDay = 2_958_466

// format writes a number, and says whether it is one in the sense of a table of numbers:
// times are none.
func (f numberFormat) format(x float64, epoch1904 bool) (text string, number bool) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "", false
	}
	if (f.date || f.clock) && x >= 0 && x < maxDay {
		return f.time(x, epoch1904), false
	}
	suffix := ""
	if f.percent {
		x, suffix = x*100, "%"
	}
	if math.IsInf(x, 0) {
		return "", false
	}
	// Fifteen digits, as programs of sheets show them: what is behind is the error of a sum.
	s := strconv.FormatFloat(x, 'g', maxDecimals, 64)
	x, _ = strconv.ParseFloat(s, 64) // of what was just written
	if f.decimals > 0 && math.Abs(x) < 1e15 {
		s = strconv.FormatFloat(x, 'f', f.decimals-1, 64)
	} else if a := math.Abs(x); a < 1e15 && (a >= 1e-9 || a == 0) {
		s = strconv.FormatFloat(x, 'f', -1, 64)
	} else {
		s = strconv.FormatFloat(x, 'g', -1, 64)
	}
	if slices.Contains([]string{"-0", "-0.0", "-0.00"}, s) {
		s = s[1:]
	}
	return s + suffix, !f.text
}

// time writes a number of days as a date, a time of the day, or both.
func (f numberFormat) time(x float64, epoch1904 bool) string {
	day := math.Floor(x)
	second := int64(math.Round((x - day) * 86_400))
	if f.elapsed {
		total := int64(math.Round(x * 86_400))
		s := strconv.FormatInt(total/3600, 10) + ":" + two(total/60%60)
		if f.seconds {
			s += ":" + two(total%60)
		}
		return s
	}
	if !f.date || x < 1 && !epoch1904 { // the day 0 is no day
		form := "15:04"
		if f.seconds || second%60 != 0 {
			form = time.TimeOnly
		}
		return time.Unix(second, 0).UTC().Format(form)
	}
	begin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case epoch1904:
		begin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 60: // the calendar has a 29 February 1900
		begin = begin.AddDate(0, 0, 1)
	}
	at := begin.AddDate(0, 0, int(day)).Add(time.Duration(second) * time.Second)
	switch {
	case !f.clock && second == 0:
		return at.Format(time.DateOnly)
	case at.Second() != 0:
		return at.Format(time.DateTime)
	}
	return at.Format("2006-01-02 15:04")
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}
