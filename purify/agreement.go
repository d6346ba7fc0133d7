package purify

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Graded is a document that somebody put into a class, with what a classifier says of it.
type Graded struct {
	// Score is the classifier's, higher for later classes.
	Score float64
	// Label is the number of its class, from 0; Predicted is the classifier's.
	Label, Predicted int
	// Group is what it was held out with, such as a hash of its host: documents of one
	// group are drawn together where intervals are made.
	Group uint64
}

// Interval is a figure with the range that it has in 95 of 100 samples like this one.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Agreement is how far a classifier agrees with those who labelled. Make one with Agree.
type Agreement struct {
	// Documents counts them, Groups what they were held out by.
	Documents int `json:"documents"`
	Groups    int `json:"groups"`
	// Accuracy is the share of equal classes.
	Accuracy Interval `json:"accuracy"`
	// Kappa is Cohen's, of classes on a scale with quadratic weights: 0 is chance, 1 all.
	Kappa Interval `json:"kappa"`
	// MacroF1 is the mean of the F1 of the classes that occur.
	MacroF1 Interval `json:"macro_f1"`
	// Spearman is the correlation of the ranks of score and class; of classes on a scale.
	Spearman *Interval `json:"spearman,omitempty"`
	// Confusion counts documents by class, then by the classifier's.
	Confusion [][]int `json:"confusion"`
}

// Limits of the intervals.
const (
	resamplesMost  = 1000
	resamplesLeast = 100
	resampleWork   = 300_000_000 // documents looked at
)

// Agree compares classes. Scale has the number that each class stands for, rising, or is nil
// where classes are names. Intervals are percentiles of samples drawn from the groups with
// replacement, the same for the same documents in the same order. It wants one document.
func Agree(docs []Graded, classes int, scale []float64) *Agreement {
	docs = slices.Clone(docs)
	slices.SortStableFunc(docs, func(a, b Graded) int { return cmp.Compare(a.Score, b.Score) })
	a := &Agreement{Documents: len(docs), Confusion: make([][]int, classes)}
	for i := range a.Confusion {
		a.Confusion[i] = make([]int, classes)
	}
	for _, d := range docs {
		a.Confusion[d.Label][d.Predicted]++
	}
	figures := func(weight func(int) int) []float64 {
		counts := newCounts(classes)
		for i, d := range docs {
			counts.add(d.Label, d.Predicted, weight(i))
		}
		list := []float64{counts.accuracy(), counts.kappa(scale), counts.macroF1()}
		if scale != nil {
			list = append(list, spearman(docs, classes, weight))
		}
		return list
	}
	groups := make([]uint64, len(docs))
	for i, d := range docs {
		groups[i] = d.Group
	}
	list, n := intervals(groups, figures)
	a.Groups, a.Accuracy, a.Kappa, a.MacroF1 = n, list[0], list[1], list[2]
	if scale != nil {
		a.Spearman = &list[3]
	}
	return a
}

// intervals gives figures of documents, and how they vary among samples of their groups. It
// returns the number of groups too.
func intervals(groups []uint64, figures func(weight func(int) int) []float64) ([]Interval, int) {
	number, at := map[uint64]int{}, make([]int, len(groups))
	for i, g := range groups {
		n, ok := number[g]
		if !ok {
			n = len(number)
			number[g] = n
		}
		at[i] = n
	}
	var list []Interval
	for _, x := range figures(func(int) int { return 1 }) {
		list = append(list, Interval{Value: x})
	}
	drawn := make([][]float64, len(list))
	r, times := rand.New(rand.NewPCG(1, uint64(len(groups)))), make([]int, len(number))
	for range min(max(resampleWork/max(len(groups), 1), resamplesLeast), resamplesMost) {
		clear(times)
		for range times {
			times[r.IntN(len(times))]++
		}
		for i, x := range figures(func(i int) int { return times[at[i]] }) {
			if x == x {
				drawn[i] = append(drawn[i], x)
			}
		}
	}
	for i, d := range drawn {
		slices.Sort(d)
		list[i].Low, list[i].High = list[i].Value, list[i].Value
		if n := len(d); n > 0 {
			list[i].Low, list[i].High = d[int(0.025*float64(n))], d[min(int(math.Ceil(0.975*float64(n))), n-1)]
		}
	}
	return list, len(number)
}

// counts are documents by class and the classifier's class.
type counts struct {
	cell                  []int
	label, predicted, hit []int
	all                   int
}

func newCounts(classes int) *counts {
	return &counts{cell: make([]int, classes*classes), label: make([]int, classes), predicted: make([]int, classes), hit: make([]int, classes)}
}

func (c *counts) add(label, predicted, n int) {
	c.cell[label*len(c.label)+predicted] += n
	c.label[label] += n
	c.predicted[predicted] += n
	c.all += n
	if label == predicted {
		c.hit[label] += n
	}
}

func (c *counts) accuracy() float64 {
	hits := 0
	for _, n := range c.hit {
		hits += n
	}
	return float64(hits) / float64(c.all)
}

// kappa is 1 less the disagreement over that of chance; NaN where chance has none.
func (c *counts) kappa(scale []float64) float64 {
	seen, chance, n := 0.0, 0.0, len(c.label)
	for i := range n {
		for j := range n {
			w := 1.0
			if scale != nil {
				w = (scale[i] - scale[j]) * (scale[i] - scale[j])
			}
			if i != j {
				seen += float64(w * float64(c.cell[i*n+j]))
				chance += float64(w * float64(c.label[i]) * float64(c.predicted[j]) / float64(c.all))
			}
		}
	}
	if chance == 0 {
		return math.NaN()
	}
	return 1 - seen/chance
}

func (c *counts) macroF1() float64 {
	sum, n := 0.0, 0
	for i := range c.label {
		if c.label[i] > 0 {
			sum += f1(c.hit[i], c.predicted[i], c.label[i])
			n++
		}
	}
	return sum / float64(n)
}

// f1 is the harmonic mean of hits among what was named and among what there is.
func f1(hits, named, there int) float64 {
	if named+there == 0 {
		return 0
	}
	return 2 * float64(hits) / float64(named+there)
}

// spearman correlates the ranks of scores, by which the documents are sorted, with those of
// classes, equal ones having the mean of their ranks; NaN where one of them does not vary.
func spearman(docs []Graded, classes int, weight func(int) int) float64 {
	sizes, all := make([]int, classes), 0
	for i, d := range docs {
		sizes[d.Label] += weight(i)
		all += weight(i)
	}
	ranks, below := make([]float64, classes), 0
	middle := float64(all) / 2
	var xx, yy, xy float64
	for k, n := range sizes {
		ranks[k] = float64(below) + float64(n)/2 - middle
		yy += float64(float64(n) * ranks[k] * ranks[k])
		below += n
	}
	below = 0
	for i := 0; i < len(docs); {
		n, sum := 0, 0.0 // of one score
		for score := docs[i].Score; i < len(docs) && docs[i].Score == score; i++ {
			n += weight(i)
			sum += float64(float64(weight(i)) * ranks[docs[i].Label])
		}
		x := float64(below) + float64(n)/2 - middle
		xx += float64(float64(n) * x * x)
		xy += float64(x * sum)
		below += n
	}
	if !(xx > 0) || !(yy > 0) {
		return math.NaN()
	}
	return xy / math.Sqrt(xx*yy)
}

// GradeCuts returns the least score of each class above the first, such that the classes
// have the shares of the documents that they have by label: the classes are on a scale,
// worst first. Empty classes above have a cut that no score reaches.
func GradeCuts(docs []Graded, classes int) []float64 {
	scores, above := make([]float64, 0, len(docs)), make([]int, classes)
	for _, d := range docs {
		scores = append(scores, d.Score)
		for k := range d.Label {
			above[k+1]++
		}
	}
	slices.SortFunc(scores, func(a, b float64) int { return cmp.Compare(b, a) })
	cuts := make([]float64, classes-1)
	for k := range cuts {
		switch n := above[k+1]; {
		case n == 0:
			cuts[k] = math.Nextafter(scores[0], 2)
		case n < len(scores):
			cuts[k] = (scores[n-1] + scores[n]) / 2
		default:
			cuts[k] = 0
		}
	}
	return cuts
}

// GradeBy is the class of a score by cuts.
func GradeBy(cuts []float64, score float64) (class int) {
	for class < len(cuts) && score >= cuts[class] {
		class++
	}
	return class
}

// BestF1 returns the threshold at which the wanted documents and those kept have the
// greatest F1, half-way to the next lower score.
func (e *Evaluation) BestF1() float64 {
	wanted, best, at := 0, -1.0, 0
	for i, d := range e.docs {
		if d.Wanted {
			wanted++
		}
		if i+1 < len(e.docs) && e.docs[i+1].Score == d.Score {
			continue
		}
		if f := f1(wanted, i+1, e.Wanted); f > best {
			best, at = f, i
		}
	}
	if at+1 == len(e.docs) {
		return e.docs[at].Score
	}
	return (e.docs[at].Score + e.docs[at+1].Score) / 2
}

// CutAgreement is what becomes of documents of good classes and of others at a threshold.
type CutAgreement struct {
	Threshold float64  `json:"threshold"`
	Precision Interval `json:"precision"`
	Recall    Interval `json:"recall"`
	F1        Interval `json:"f1"`
}

// AgreeAt holds the scores against a threshold: classes from good on are wanted.
func AgreeAt(docs []Graded, good int, threshold float64) CutAgreement {
	groups := make([]uint64, len(docs))
	for i, d := range docs {
		groups[i] = d.Group
	}
	list, _ := intervals(groups, func(weight func(int) int) []float64 {
		hits, kept, there := 0, 0, 0
		for i, d := range docs {
			if d.Label >= good {
				there += weight(i)
			}
			if d.Score >= threshold {
				if kept += weight(i); d.Label >= good {
					hits += weight(i)
				}
			}
		}
		return []float64{float64(hits) / float64(max(kept, 1)), float64(hits) / float64(max(there, 1)), f1(hits, kept, there)}
	})
	return CutAgreement{threshold, list[0], list[1], list[2]}
}
