package purify_test

import (
	"math"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/purify"
)

// Figures of a small table, reckoned by scikit-learn 1.9.1 and SciPy 1.17.1: accuracy_score,
// cohen_kappa_score, f1_score(average="macro") and spearmanr.
func TestAgree(t *testing.T) {
	labels := []int{0, 0, 1, 1, 2, 2, 3, 3, 3, 0, 1, 2}
	predicted := []int{0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 0, 3}
	scores := []float64{0.1, 0.3, 0.35, 0.5, 0.55, 0.6, 0.9, 0.6, 0.95, 0.05, 0.2, 0.85}
	var docs []purify.Graded
	for i, l := range labels {
		docs = append(docs, purify.Graded{Label: l, Predicted: predicted[i], Score: scores[i], Group: uint64(i / 2)})
	}
	a := purify.Agree(docs, 4, []float64{0, 1, 2, 3})
	if !near(a.Accuracy.Value, 0.583333333333) || !near(a.Kappa.Value, 0.833333333333) || !near(a.MacroF1.Value, 0.57619047619) || !near(a.Spearman.Value, 0.919254719741) {
		t.Errorf("%+v %+v", a, *a.Spearman)
	}
	if a.Documents != 12 || a.Groups != 6 || a.Confusion[1][2] != 1 || a.Confusion[3][3] != 2 || a.Confusion[0][0] != 2 {
		t.Errorf("%+v", a)
	}
	for _, x := range []purify.Interval{a.Accuracy, a.Kappa, a.MacroF1, *a.Spearman} {
		if !(x.Low <= x.Value && x.Value <= x.High && x.Low < x.High) {
			t.Errorf("interval %+v", x)
		}
	}
	if names := purify.Agree(docs, 4, nil); !near(names.Kappa.Value, 0.444444444444) || names.Spearman != nil {
		t.Errorf("%+v", names)
	}
	if again := purify.Agree(docs, 4, []float64{0, 1, 2, 3}); again.Kappa != a.Kappa || *again.Spearman != *a.Spearman {
		t.Errorf("%+v and %+v", again, a)
	}
	cut := purify.AgreeAt(docs, 2, 0.55)
	if cut.Precision.Value != 1 || cut.Recall.Value != 1 || cut.F1.Value != 1 {
		t.Errorf("%+v", cut)
	}
	if cut = purify.AgreeAt(docs, 2, 0.5); !near(cut.Precision.Value, 6.0/7) || cut.Recall.Value != 1 {
		t.Errorf("%+v", cut)
	}
	if cut = purify.AgreeAt(docs, 2, 0.5500001); cut.Precision.Value != 1 || !near(cut.Recall.Value, 5.0/6) {
		t.Errorf("%+v", cut)
	}
}

// Groups are drawn whole: documents that repeat their host tell no more than one of them.
func TestIntervalsGoByGroups(t *testing.T) {
	var alone, together []purify.Graded
	for i := range 400 {
		d := purify.Graded{Label: i / 10 % 2, Predicted: i / 40 % 2, Group: uint64(i)}
		alone = append(alone, d)
		d.Group /= 10
		together = append(together, d)
	}
	a, b := purify.Agree(alone, 2, nil), purify.Agree(together, 2, nil)
	wide := func(x purify.Interval) float64 { return x.High - x.Low }
	// 1.96 x 2 x sqrt(p (1 - p) / n), p being 0.5, of 400 and of 40
	if a.Groups != 400 || b.Groups != 40 || math.Abs(wide(a.Accuracy)-0.098) > 0.015 || math.Abs(wide(b.Accuracy)-0.31) > 0.05 {
		t.Errorf("%d groups %+v, %d groups %+v", a.Groups, a.Accuracy, b.Groups, b.Accuracy)
	}
}

// Cuts give classes the shares of the labels; a score on a cut is of the class above.
func TestGradeCuts(t *testing.T) {
	var docs []purify.Graded
	for i, l := range []int{0, 0, 2, 0, 1, 1, 2, 4, 2, 4} {
		docs = append(docs, purify.Graded{Label: l, Score: float64(i) / 10})
	}
	cuts := purify.GradeCuts(docs, 5)
	counts := make([]int, 5)
	for _, d := range docs {
		counts[purify.GradeBy(cuts, d.Score)]++
	}
	if !slices.Equal(counts, []int{3, 2, 3, 0, 2}) || !slices.IsSorted(cuts) {
		t.Errorf("cuts %v: classes of %v", cuts, counts)
	}
	if purify.GradeBy(cuts, cuts[0]) != 1 || purify.GradeBy(cuts, math.Nextafter(cuts[0], 0)) != 0 || purify.GradeBy(cuts, 2) != 4 {
		t.Errorf("cuts %v", cuts)
	}
	if top := purify.GradeCuts(docs, 6); purify.GradeBy(top, 0.9) != 4 || purify.GradeBy(top, top[4]) != 5 {
		t.Errorf("cuts %v", top)
	}
}

func TestBestF1(t *testing.T) {
	e, ok := purify.Evaluate([]purify.Scored{{Score: 0.9, Wanted: true}, {Score: 0.8, Wanted: true}, {Score: 0.8}, {Score: 0.6, Wanted: true}, {Score: 0.4}, {Score: 0.2}})
	if x := e.BestF1(); !ok || !near(x, 0.5) || !near(e.At(x).F1, 6.0/7) {
		t.Errorf("threshold %v, F1 %v", x, e.At(x).F1)
	}
	if e, ok = purify.Evaluate([]purify.Scored{{Score: 0.9}, {Score: 0.3, Wanted: true}}); !ok || e.BestF1() != 0.3 {
		t.Errorf("threshold %v", e.BestF1())
	}
}

// Lists of labels: each label has its own threshold, and figures of its own.
func TestAgreeOnLabels(t *testing.T) {
	var docs []purify.Labelled
	for i := range 40 {
		d := purify.Labelled{Scores: []float64{0.1, 0.2, 0.3}, Group: uint64(i)}
		if i%2 == 0 {
			d.Labels, d.Scores[0] = append(d.Labels, 0), 0.4
		}
		if i%4 == 0 {
			d.Labels, d.Scores[1] = append(d.Labels, 1), 0.9
		}
		if i == 7 {
			d.Labels = append(d.Labels, 2)
		}
		docs = append(docs, d)
	}
	thresholds := purify.LabelThresholds(docs, 3)
	if !near(thresholds[0], 0.25) || !near(thresholds[1], 0.55) || thresholds[2] != 0.5 {
		t.Errorf("thresholds %v", thresholds)
	}
	a := purify.AgreeOnLabels(docs, thresholds)
	if a.Documents != 40 || a.Groups != 40 || !near(a.MicroF1.Value, 60.0/61) || !near(a.MacroF1.Value, 2.0/3) || !near(a.AllEqual.Value, 39.0/40) {
		t.Errorf("%+v", a)
	}
	if l := a.Labels[0]; l.Documents != 20 || l.F1 != 1 || l.AUC != 1 || a.Labels[2].Recall != 0 || a.Labels[2].AUC != 0.5 {
		t.Errorf("%+v", a.Labels)
	}
	if on := purify.AgreeOnLabels(docs, []float64{0.4, 0.9, 0.5}); on.Labels[0].F1 != 1 || on.Labels[1].F1 != 1 {
		t.Errorf("on the scores: %+v", on.Labels)
	}
	if over := purify.AgreeOnLabels(docs, []float64{0.4000001, 0.9, 0.5}); over.Labels[0].F1 != 0 {
		t.Errorf("over the scores: %+v", over.Labels)
	}
}
