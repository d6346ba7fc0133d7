package evidence

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Level is that of all intervals.
const Level = 0.95

// normal95 is the quantile of the standard normal distribution for [Level].
const normal95 = 1.959963984540054

// Interval bounds an estimate at [Level].
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Wilson is the score interval (Wilson 1927) of a share of n, of which k passed; 0 to 1 of
// none. It takes the population to be without end.
func Wilson(k, n int64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	p, m, z2 := float64(k)/float64(n), float64(n), normal95*normal95
	center := (p + z2/(2*m)) / (1 + z2/m)
	half := normal95 / (1 + z2/m) * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	x := Interval{max(0, center-half), min(1, center+half)}
	if k == 0 {
		x.Low = 0 // it is, and sums of floats are not
	}
	if k == n {
		x.High = 1
	}
	return x
}

// Rate counts verdicts.
type Rate struct {
	Judged int64 `json:"judged"`
	Passed int64 `json:"passed"`
	Open   int64 `json:"open"` // without a verdict
	// Ratio is the share that passed of those judged, null of none.
	Ratio    *float64 `json:"pass_ratio"`
	Interval Interval `json:"interval"`
}

func (r *Rate) add(v Verdict) {
	switch v {
	case Open:
		r.Open++
	case Pass:
		r.Passed++
		r.Judged++
	case Fail:
		r.Judged++
	}
}

func (r *Rate) settle() {
	r.Interval = Wilson(r.Passed, r.Judged)
	if r.Judged > 0 {
		p := ratio(r.Passed, r.Judged)
		r.Ratio = &p
	}
}

// GroupRate is the rate of a stratum or source.
type GroupRate struct {
	Value      string `json:"value"`
	Population int64  `json:"population"` // documents of the parts
	Rate
}

// Review is what a sheet says.
type Review struct {
	Sheet string `json:"sheet"`
	// Rate is that of all documents of the parts: where the sample was drawn by a column,
	// the rates of its values weighed by their documents, with the interval that follows from
	// theirs (MOVER, Zou and Donner 2008). Its counts are those of the sheet.
	Rate
	// Groups are the values of the column that the sample was drawn by, else the sources.
	By     string       `json:"by"`
	Groups []*GroupRate `json:"groups"`
	// Missing is how many documents of the sample the sheet lacks.
	Missing int `json:"missing"`
}

// Reviews are the verdicts of one reviewer or two.
type Reviews struct {
	Run         string    `json:"run"`
	PartsSHA256 string    `json:"parts_sha256"`
	Seed        string    `json:"seed"`
	Level       float64   `json:"level"`
	Reviews     []*Review `json:"reviews"`
	// Agreement is that of two reviewers, nil of one.
	Agreement *Agreement `json:"agreement,omitempty"`
}

// Agreement compares two reviewers on what both have judged.
type Agreement struct {
	Both     int64 `json:"judged_by_both"`
	PassPass int64 `json:"pass_pass"`
	PassFail int64 `json:"pass_fail"` // the first says pass, the second fail
	FailPass int64 `json:"fail_pass"`
	FailFail int64 `json:"fail_fail"`
	// Ratio is the share of equal verdicts, null of none.
	Ratio    *float64 `json:"agreement_ratio"`
	Interval Interval `json:"interval"`
	// Kappa is Cohen's (1960), null where all verdicts of both are one and the same; its
	// interval goes by the error of Fleiss, Cohen and Everitt (1969), for many documents.
	Kappa         *float64  `json:"kappa"`
	KappaInterval *Interval `json:"kappa_interval"`
}

// Agree compares the counts of two reviewers.
func Agree(passPass, passFail, failPass, failFail int64) *Agreement {
	n := passPass + passFail + failPass + failFail
	a := &Agreement{Both: n, PassPass: passPass, PassFail: passFail, FailPass: failPass, FailFail: failFail, Interval: Wilson(passPass+failFail, n)}
	if n == 0 {
		return a
	}
	same := ratio(passPass+failFail, n)
	a.Ratio = &same
	share := [2][2]float64{{ratio(passPass, n), ratio(passFail, n)}, {ratio(failPass, n), ratio(failFail, n)}}
	row := [2]float64{share[0][0] + share[0][1], share[1][0] + share[1][1]}
	column := [2]float64{share[0][0] + share[1][0], share[0][1] + share[1][1]}
	chance := row[0]*column[0] + row[1]*column[1]
	if chance >= 1 {
		return a
	}
	kappa := (same - chance) / (1 - chance)
	var v float64
	for i := range 2 {
		for j := range 2 {
			if i == j {
				d := 1 - (row[i]+column[i])*(1-kappa)
				v += share[i][i] * d * d
			} else {
				d := column[i] + row[j]
				v += (1 - kappa) * (1 - kappa) * share[i][j] * d * d
			}
		}
	}
	d := kappa - chance*(1-kappa)
	half := normal95 * math.Sqrt(max(0, v-d*d)/float64(n)) / (1 - chance)
	a.Kappa, a.KappaInterval = &kappa, &Interval{max(-1, kappa-half), min(1, kappa+half)}
	return a
}

// NamedSheet is a sheet that came back.
type NamedSheet struct {
	Name string
	Rows []Judged
}

// MaxSheets is how many reviewers are compared.
const MaxSheets = 2

// Review reads verdicts on the sample of the evidence. A document that is not of the sample,
// or stands twice in a sheet, is an error that names the line; of documents of one source
// that have one id, the sheet's first is the first of the sample.
func (e *Evidence) Review(sheets []NamedSheet) (*Reviews, error) {
	switch {
	case e.Sample == nil:
		return nil, errors.New("no sample was drawn")
	case len(sheets) < 1 || len(sheets) > MaxSheets:
		return nil, fmt.Errorf("want 1 or %d sheets", MaxSheets)
	}
	out := &Reviews{Run: e.Run.ID, PartsSHA256: e.Run.PartsSHA256, Seed: e.Sample.Seed, Level: Level}
	var all []map[int]Verdict // by the place in the sample
	places := e.places()
	for _, s := range sheets {
		given := map[int]Verdict{}
		for _, row := range s.Rows {
			same, err := places.find(row)
			if err != nil {
				return nil, fmt.Errorf("%s: line %d: %w", s.Name, row.Line, err)
			}
			free := slices.IndexFunc(same, func(at int) bool { _, ok := given[at]; return !ok })
			switch {
			case free < 0 && len(same) == 1:
				return nil, fmt.Errorf("%s: line %d: %s stands there twice", s.Name, row.Line, row.ID)
			case free < 0:
				return nil, fmt.Errorf("%s: line %d: %s stands there more often than the %d times of the sample", s.Name, row.Line, row.ID, len(same))
			}
			given[same[free]] = row.Verdict
		}
		all = append(all, given)
		out.Reviews = append(out.Reviews, e.review(s.Name, given))
	}
	if len(all) == 2 {
		var n [3][3]int64
		for at, v := range all[0] {
			n[v][all[1][at]]++ // one that the second lacks is open
		}
		out.Agreement = Agree(n[Pass][Pass], n[Pass][Fail], n[Fail][Pass], n[Fail][Fail])
	}
	return out, nil
}

// places find the documents of a sample.
type places struct {
	both map[[2]string][]int // by source and id
	id   map[string][]int
	// source is that of each place.
	source []string
}

func (e *Evidence) places() *places {
	p := &places{map[[2]string][]int{}, map[string][]int{}, nil}
	for i, d := range e.Sample.Drawn {
		both := [2]string{d.Source, d.ID}
		p.both[both] = append(p.both[both], i)
		p.id[d.ID] = append(p.id[d.ID], i)
		p.source = append(p.source, d.Source)
	}
	return p
}

// find are the places of a row, several where a source has an id several times.
func (p *places) find(row Judged) ([]int, error) {
	for _, id := range []string{row.ID, strings.TrimPrefix(row.ID, "'")} { // as WriteCSV has it
		if at, ok := p.both[[2]string{strings.TrimPrefix(row.Source, "'"), id}]; ok {
			return at, nil
		}
		at := p.id[id]
		if row.Source != "" || len(at) == 0 {
			continue
		}
		if both := p.both[[2]string{p.source[at[0]], id}]; len(both) == len(at) {
			return at, nil
		}
		return nil, fmt.Errorf("%s: several sources have it: the column source is needed", row.ID)
	}
	return nil, fmt.Errorf("%s is not of the sample", row.ID)
}

// review sums up a sheet.
func (e *Evidence) review(name string, given map[int]Verdict) *Review {
	s := e.Sample
	r := &Review{Sheet: name, By: s.Per, Groups: []*GroupRate{}, Missing: len(s.Drawn) - len(given)}
	groups := map[string]*GroupRate{}
	if s.Per == "" {
		r.By = "source"
		for _, x := range e.Sources {
			groups[x.Name] = &GroupRate{Value: x.Name, Population: x.Amount.Documents}
		}
	} else {
		for _, x := range s.Strata {
			groups[x.Value] = &GroupRate{Value: x.Value, Population: x.Population}
		}
	}
	for at, v := range given {
		d := s.Drawn[at]
		key := d.Source
		if s.Per != "" {
			key = s.Strata[d.Stratum].Value
		}
		groups[key].add(v)
		r.add(v)
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		groups[key].settle()
		r.Groups = append(r.Groups, groups[key])
	}
	r.settle()
	if s.Per != "" {
		r.weigh()
	}
	return r
}

// weigh makes the rate one of all documents: the rates of the groups, weighed.
func (r *Review) weigh() {
	total := int64(0)
	for _, g := range r.Groups {
		total += g.Population
	}
	var p, low, high float64
	for _, g := range r.Groups {
		if g.Judged == 0 && g.Population > 0 { // of these nothing is known
			r.Ratio, r.Interval = nil, Interval{0, 1}
			return
		}
		if g.Population == 0 {
			continue
		}
		w := ratio(g.Population, total)
		p += w * *g.Ratio
		low += w * w * (*g.Ratio - g.Interval.Low) * (*g.Ratio - g.Interval.Low)
		high += w * w * (g.Interval.High - *g.Ratio) * (g.Interval.High - *g.Ratio)
	}
	if total > 0 {
		r.Ratio, r.Interval = &p, Interval{max(0, p-math.Sqrt(low)), min(1, p+math.Sqrt(high))}
	}
}
