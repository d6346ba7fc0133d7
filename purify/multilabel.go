package purify

// Labelled is a document with labels that somebody gave it, and a classifier's scores.
type Labelled struct {
	// Labels are the numbers of its labels, each once.
	Labels []int
	// Scores has the probability of every label, 0 to 1.
	Scores []float64
	// Group is as that of Graded.
	Group uint64
}

// LabelAgreement is how far a classifier that names any number of labels agrees with those
// who labelled. Make one with AgreeOnLabels.
type LabelAgreement struct {
	Documents int `json:"documents"`
	Groups    int `json:"groups"`
	// MicroF1 is of all pairs of document and label, MacroF1 the mean of the F1 of the labels
	// that occur; AllEqual is the share of the documents with no label missing or too many.
	MicroF1  Interval `json:"micro_f1"`
	MacroF1  Interval `json:"macro_f1"`
	AllEqual Interval `json:"all_equal"`
	// Labels has each label's own figures.
	Labels []LabelFigures `json:"labels"`
}

// LabelFigures are those of one label.
type LabelFigures struct {
	// Documents have it.
	Documents int `json:"documents"`
	// AUC is as in Evaluation, 0 where all documents have it or none.
	AUC float64 `json:"auc"`
	Operating
}

// thresholdDocuments is the least number of documents of a label that its threshold is
// chosen by, and labelThreshold what stands for one that is not.
const (
	thresholdDocuments = 5
	labelThreshold     = 0.5
)

// LabelThresholds chooses a threshold for each label, that of the greatest F1; labels of
// fewer than 5 documents have 0.5.
func LabelThresholds(docs []Labelled, labels int) []float64 {
	list := make([]float64, labels)
	for l := range list {
		list[l] = labelThreshold
		if e, ok := Evaluate(scoredBy(docs, l)); ok && e.Wanted >= thresholdDocuments {
			list[l] = e.BestF1()
		}
	}
	return list
}

// scoredBy are the documents as one label sees them.
func scoredBy(docs []Labelled, label int) []Scored {
	list := make([]Scored, len(docs))
	for i, d := range docs {
		list[i].Score = d.Scores[label]
		for _, l := range d.Labels {
			if l == label {
				list[i].Wanted = true
			}
		}
	}
	return list
}

// AgreeOnLabels compares labels with those whose scores reach their thresholds. Intervals
// are made as in Agree. It wants one document.
func AgreeOnLabels(docs []Labelled, thresholds []float64) *LabelAgreement {
	n := len(thresholds)
	named, groups, equal := make([][]int, len(docs)), make([]uint64, len(docs)), make([]bool, len(docs))
	mark := make([]int, n) // by label: the last document that has it, from 1
	hits := make([][]int, len(docs))
	for i, d := range docs {
		groups[i] = d.Group
		for _, l := range d.Labels {
			mark[l] = i + 1
		}
		for l, x := range d.Scores {
			if x >= thresholds[l] {
				named[i] = append(named[i], l)
				if mark[l] == i+1 {
					hits[i] = append(hits[i], l)
				}
			}
		}
		equal[i] = len(hits[i]) == len(named[i]) && len(hits[i]) == len(d.Labels)
	}
	hit, name, there := make([]int, n), make([]int, n), make([]int, n)
	list, count := intervals(groups, func(weight func(int) int) []float64 {
		clear(hit)
		clear(name)
		clear(there)
		same, all := 0, 0
		for i, d := range docs {
			w := weight(i)
			if w == 0 {
				continue
			}
			if all += w; equal[i] {
				same += w
			}
			for _, l := range hits[i] {
				hit[l] += w
			}
			for _, l := range named[i] {
				name[l] += w
			}
			for _, l := range d.Labels {
				there[l] += w
			}
		}
		h, m, t, sum, labels := 0, 0, 0, 0.0, 0
		for l := range n {
			h, m, t = h+hit[l], m+name[l], t+there[l]
			if there[l] > 0 {
				sum += f1(hit[l], name[l], there[l])
				labels++
			}
		}
		return []float64{f1(h, m, t), sum / float64(max(labels, 1)), float64(same) / float64(max(all, 1))}
	})
	a := &LabelAgreement{Documents: len(docs), Groups: count, MicroF1: list[0], MacroF1: list[1], AllEqual: list[2]}
	for l, x := range thresholds {
		f := LabelFigures{Operating: Operating{Threshold: x}}
		e, ok := Evaluate(scoredBy(docs, l))
		if f.Documents = e.Wanted; ok {
			f.AUC, f.Operating = e.AUC, e.At(x)
		}
		a.Labels = append(a.Labels, f)
	}
	return a
}
