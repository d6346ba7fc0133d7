package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/report"
)

// bar is a bar of two parts in the cell of a table: kept and dropped, of a whole.
func bar(kept, dropped, of int64) template.HTML {
	if of <= 0 {
		return ""
	}
	k, d := 100*float64(kept)/float64(of), 100*float64(dropped)/float64(of)
	if d > 0 {
		d = max(d, 0.6)
	}
	return template.HTML(fmt.Sprintf(`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">`+
		`<rect class="k" width="%.2f" height="10"/><rect class="d" x="%.2f" width="%.2f" height="10"/></svg>`, k, min(k, 100-d), d))
}

// Histogram is the chart of a panel.
type Histogram struct {
	Title, Desc string
	SVG         template.HTML
	Marks       []mark // of limits, above the chart
	Ticks       []mark // below it
	Log         bool
	Beyond      bool // values lie beyond the axis: they are in the first and last bars
}

// mark is a label at a place, in per cent of the width.
type mark struct {
	At    string
	Label string
	Side  string // "", "left" or "right": which way it may grow
}

const bins = 60

// valueMost is the largest value that has a place of its own on an axis.
const valueMost = 1e300

// scale maps values to 0..1.
type scale struct {
	low, high float64
	log       bool
}

func (s scale) at(v float64) float64 {
	if s.log {
		v = math.Log10(max(v, math.Pow(10, s.low)))
	}
	x := min(max((v-s.low)/(s.high-s.low), 0), 1)
	if x != x {
		return 0
	}
	return x
}

// beyond reports whether a value has no place of its own on the axis.
func (s scale) beyond(v float64) bool {
	if s.log {
		v = math.Log10(v)
	}
	return v < s.low || v > s.high
}

// scaleOf chooses an axis: from the first to the last hundredth of the values and all limits,
// of logarithms where they span more than two decades.
func scaleOf(p *report.Panel) scale {
	values := slices.Concat(p.Kept, p.Dropped)
	slices.Sort(values)
	low, high := values[len(values)/100], values[len(values)-1-len(values)/100]
	low, high = max(low, -valueMost), min(high, valueMost)
	for _, l := range p.Limits {
		low, high = min(low, l.Value), max(high, l.Value)
	}
	for _, l := range p.Limits { // what passes has a place too
		room := max((high-low)/8, math.Abs(l.Value)/20)
		if l.Value == low && low > 0 {
			low = max(low-room, 0)
		}
		if l.Value == high {
			high += room
		}
	}
	if values[0] > 0 && low > 0 && high/low > 100 && values[len(values)/2] < high/10 {
		return scale{math.Floor(math.Log10(low)*4) / 4, math.Ceil(math.Log10(high)*4) / 4, true}
	}
	if low >= 0 && low < 0.25*high {
		low = 0
	}
	if high <= low {
		high = low + max(1, math.Abs(low)*0.1)
	}
	return scale{low, low + (high-low)*1.02, false}
}

// histogram draws the values of a panel, those dropped on top of those kept.
func histogram(p *report.Panel, id string) Histogram {
	s := scaleOf(p)
	var kept, dropped [bins]float64
	h := Histogram{Log: s.log, Title: p.Stage + ": " + p.Name}
	fill := func(bin *[bins]float64, values []float64, each float64) {
		for _, v := range values {
			bin[min(int(s.at(v)*bins), bins-1)] += cmp.Or(each, 1)
			h.Beyond = h.Beyond || s.beyond(v)
		}
	}
	fill(&kept, p.Kept, p.KeptEach)
	fill(&dropped, p.Dropped, p.DroppedEach)
	most := 0.0
	for i := range kept {
		most = max(most, kept[i]+dropped[i])
	}
	h.Desc = describe(p)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="hist" viewBox="0 0 %d 100" preserveAspectRatio="none" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		bins*10, id, id, id, template.HTMLEscapeString("Histogram of "+h.Title), id, template.HTMLEscapeString(h.Desc))
	height := func(n float64) float64 {
		if n == 0 {
			return 0
		}
		return max(100*n/most, 1)
	}
	for i := range kept {
		k, d := height(kept[i]), height(dropped[i])
		if k > 0 {
			fmt.Fprintf(&b, `<rect class="k" x="%d" y="%.1f" width="9" height="%.1f"/>`, i*10, 100-k, k)
		}
		if d > 0 {
			fmt.Fprintf(&b, `<rect class="d" x="%d" y="%.1f" width="9" height="%.1f"/>`, i*10, max(100-k-d, 0), d)
		}
	}
	for _, l := range p.Limits {
		x := s.at(l.Value)
		fmt.Fprintf(&b, `<line class="limit" x1="%.1f" x2="%.1f" y1="0" y2="100"/>`, x*bins*10, x*bins*10)
		h.Marks = append(h.Marks, markAt(x, l.Words()+" "+figure(l.Value)))
	}
	b.WriteString(`</svg>`)
	h.SVG = template.HTML(b.String())
	h.Ticks = s.ticks()
	return h
}

func markAt(x float64, label string) mark {
	m := mark{At: strconv.FormatFloat(100*x, 'f', 1, 64), Label: label}
	switch {
	case x > 0.7:
		m.Side = "left"
	case x < 0.3:
		m.Side = "right"
	}
	return m
}

// ticks are about five round values.
func (s scale) ticks() (list []mark) {
	if s.log {
		step := max(1, math.Ceil((s.high-s.low)/5))
		for e := math.Ceil(s.low); e <= s.high; e += step {
			list = append(list, tick(s.at(math.Pow(10, e)), math.Pow(10, e)))
		}
		return list
	}
	step := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/4)))
	for _, k := range []float64{5, 2} {
		if (s.high-s.low)/(step*k) >= 3 {
			step *= k
			break
		}
	}
	for i := math.Ceil(s.low / step); i*step <= s.high && len(list) < 12; i++ {
		list = append(list, tick(s.at(i*step), i*step))
	}
	return list
}

func tick(x, v float64) mark {
	m := mark{At: strconv.FormatFloat(100*x, 'f', 1, 64), Label: axis(v)}
	switch {
	case x > 0.97:
		m.Side = "left"
	case x < 0.03:
		m.Side = "right"
	}
	return m
}

// axis is a round value without what the arithmetic of floats leaves.
func axis(v float64) string {
	if math.Abs(v) >= 1e3 {
		return short(int64(math.Round(v)))
	}
	return strings.Replace(strconv.FormatFloat(v, 'g', 6, 64), "-", "−", 1)
}

// describe says in words what a histogram shows.
func describe(p *report.Panel) string {
	of := func(values []float64) string {
		sorted := slices.Sorted(slices.Values(values))
		return fmt.Sprintf("from %s to %s, median %s", figure(sorted[0]), figure(sorted[len(sorted)-1]), figure(sorted[len(sorted)/2]))
	}
	var parts []string
	if n := len(p.Kept); n > 0 {
		parts = append(parts, fmt.Sprintf("%s documents kept, %s", grouped(int64(n)), of(p.Kept)))
	}
	if n := len(p.Dropped); n > 0 {
		word := "dropped"
		if p.Annotated {
			word = "beyond a limit"
		}
		parts = append(parts, fmt.Sprintf("%s %s, %s", grouped(int64(n)), word, of(p.Dropped)))
	}
	for _, l := range p.Limits {
		parts = append(parts, l.Words()+" "+figure(l.Value)+" passes")
	}
	return strings.Join(parts, "; ") + "."
}
