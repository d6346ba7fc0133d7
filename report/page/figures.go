package page

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/report"
)

// grouped is a whole number with its digits in threes.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// signed is a difference.
func signed(n int64) string {
	if n > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}

// short is a number of three digits with a unit, such as 33.7K.
func short(n int64) string {
	f := float64(n)
	for _, u := range []struct {
		of   float64
		unit string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		if math.Abs(f) >= u.of*0.9995 {
			return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3g", f/u.of), ""), ".") + u.unit
		}
	}
	return strconv.FormatInt(n, 10)
}

func size(n int64) string { return config.Bytes(n).Human() }

// percent is a share of a whole, "" of nothing.
func percent(part, of int64) string {
	switch {
	case of == 0:
		return ""
	case part == 0:
		return "0\u00a0%"
	}
	p := 100 * float64(part) / float64(of)
	switch {
	case p < 0.1:
		return "<\u00a00.1\u00a0%"
	case p > 99.9 && part < of:
		return ">\u00a099.9\u00a0%"
	case p < 9.95:
		return fmt.Sprintf("%.1f\u00a0%%", p)
	}
	return fmt.Sprintf("%.0f\u00a0%%", p)
}

// seconds is a time for people.
func seconds(s float64) string {
	switch {
	case s >= 3600:
		return fmt.Sprintf("%d h %02d min", int(s)/3600, int(s)%3600/60)
	case s >= 60:
		return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
	case s >= 10:
		return fmt.Sprintf("%.0f s", s)
	case s >= 0.995:
		return fmt.Sprintf("%.1f s", s)
	case s >= 0.0005:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s == 0:
		return "0"
	}
	return "< 1 ms"
}

// figure is a measured value.
func figure(f float64) string {
	if a := math.Abs(f); a >= 1e4 && a < 1e15 {
		return grouped(int64(math.Round(f)))
	}
	return strings.Replace(strconv.FormatFloat(f, 'g', 4, 64), "-", "−", 1)
}

// nameBytes is how much of an ID, an address or another name is shown.
const nameBytes = 160

// cutName shortens a name.
func cutName(s string) string {
	if len(s) <= nameBytes {
		return s
	}
	return strings.ToValidUTF8(s[:nameBytes], "") + "…"
}

// preview is the text of a sample, with its beginning in sight.
func preview(s report.Sample) template.HTML {
	esc := template.HTMLEscapeString
	if s.Text == "" {
		return `<span class="none">its text was not kept</span>`
	}
	text := esc(s.Text)
	if s.Cut {
		text += ` <span class="none">(goes on)</span>`
	}
	return template.HTML(text)
}

// quote is an argument for a shell.
func quote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,#", r)) || r == '#'
	}) < 0
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
