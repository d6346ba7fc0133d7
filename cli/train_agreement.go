package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

// labelledResult is what train quality --labelled says, with --json as it stands here.
type labelledResult struct {
	Preset   string          `json:"preset"`
	SplitBy  string          `json:"split_by"`
	Several  bool            `json:"several"` // labels of a document
	Labels   []labelCount    `json:"labels"`  // the worst first where they are a scale
	Model    modelFile       `json:"model"`
	Training trainingSummary `json:"training"`
	// Thresholds were chosen by so many of the documents held out.
	Chosen int `json:"threshold_documents,omitempty"`
	// Of classes that exclude each other: the most probable one, and on a scale the one by cuts.
	MostProbable *purify.Agreement `json:"most_probable,omitempty"`
	Graded       *gradedResult     `json:"graded,omitempty"`
	// Of lists of labels.
	Lists *purify.LabelAgreement `json:"lists,omitempty"`

	scale []float64 // by place in Labels; nil: none
	place []int     // in Labels, by number of the label
	good  int       // place of the least good class
}

type labelCount struct {
	Label string `json:"label"`
	textCount
}

// gradedResult is of classes on a scale.
type gradedResult struct {
	*purify.Agreement
	// Cuts are the least scores of the classes above the first.
	Cuts []float64 `json:"cuts"`
	// Good is the least class that counts as good, and what a threshold makes of those.
	Good string              `json:"good"`
	At   purify.CutAgreement `json:"at"`
	AUC  float64             `json:"auc"`
	// Top keeps a share of all documents held out.
	Top purify.Top `json:"top"`
}

func (r *labelledResult) names() (names []string) {
	for _, l := range r.Labels {
		names = append(names, l.Label)
	}
	return names
}

// ownGrades reports whether the model's labels are the scale by themselves, in the preset.
func (r *labelledResult) ownGrades() bool {
	preset, _ := purify.FindClassifierPreset(r.Preset)
	for i, l := range r.Labels {
		if r.scale == nil || exact(r.scale[i]) != l.Label {
			return false
		}
	}
	return preset.Graded
}

// scored is a text that was held out, with what the stages say.
type scored struct {
	heldText
	grade  float64
	scores []purify.LabelScore
}

// evaluate scores what was held out with the stages themselves: half of it chooses
// thresholds, the other half is what the figures are of.
func (t *labelledTexts) evaluate(ctx context.Context, r *labelledResult) error {
	held := 0
	for _, c := range t.counts {
		held += c.HeldOut
	}
	if t.several && held > maxHeldScores/len(t.counts) {
		return fmt.Errorf("--held-out %g: %d texts with %d labels are too many to compare: hold out less", t.q.heldOut, held, len(t.counts))
	}
	classify, err := purify.OpenClassify(ctx, purify.Classify{Model: t.q.out, Preset: t.q.preset}, stage.NewEnv())
	if err != nil {
		return withoutStage(err)
	}
	defer classify.Close() //nolint:errcheck // read only
	grade := func(string) float64 { return 0 }
	if r.scale != nil {
		settings := purify.QualityClassifier{Model: t.q.out, Preset: t.q.preset, MinScore: stage.Off()}
		if !r.ownGrades() {
			settings.Grades = map[string]float64{}
			for i, l := range r.Labels {
				settings.Grades[l.Label] = r.scale[i]
			}
		}
		st, err := purify.OpenQualityClassifier(ctx, settings, stage.NewEnv())
		if err != nil {
			return withoutStage(err)
		}
		defer st.Close() //nolint:errcheck // read only
		grade = st.Score
	}
	places := make([]int, len(r.Labels)) // by number in the model
	for i, name := range classify.Labels() {
		places[i] = slices.Index(r.names(), name)
	}
	var choose, judge []scored
	err = ordered(ctx, t.q.Threads, t.held.each, func() func(heldText) scored {
		return func(h heldText) scored { return scored{h, grade(h.text), classify.Scores(h.text)} }
	}, func(s scored) error {
		for i, n := range s.labels {
			s.labels[i] = r.place[n]
		}
		for i := range s.scores {
			s.scores[i].Label = places[s.scores[i].Label]
		}
		if s.text = ""; t.q.isHeldOut(s.group, 0.5) {
			choose = append(choose, s)
		} else {
			judge = append(judge, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(choose) == 0 || len(judge) == 0 {
		fmt.Fprintf(t.program.stderr, "corpusmill: of the texts held out %d choose thresholds and %d are left: nothing to evaluate; raise --held-out\n", len(choose), len(judge))
		return nil
	}
	r.Chosen = len(choose)
	if t.several {
		c, j := listed(choose, len(r.Labels)), listed(judge, len(r.Labels))
		thresholds := purify.LabelThresholds(c, len(r.Labels))
		for i, x := range thresholds {
			thresholds[i] = rounded(x)
		}
		r.Lists = purify.AgreeOnLabels(j, thresholds)
		return nil
	}
	return t.agree(r, choose, judge)
}

// rounded takes digits off a threshold, downwards, so that what stood on it stays.
func rounded(x float64) float64 { return math.Floor(x*1e6) / 1e6 }

// listed are the documents with a score for each label.
func listed(docs []scored, labels int) []purify.Labelled {
	list := make([]purify.Labelled, 0, len(docs))
	for _, d := range docs {
		x := purify.Labelled{Labels: d.labels, Scores: make([]float64, labels), Group: d.group}
		for _, s := range d.scores {
			x.Scores[s.Label] = s.Score
		}
		list = append(list, x)
	}
	return list
}

// agree compares classes that exclude each other.
func (t *labelledTexts) agree(r *labelledResult, choose, judge []scored) error {
	classes := len(r.Labels)
	graded := func(docs []scored) (list []purify.Graded) {
		for _, d := range docs {
			if len(d.scores) == 0 {
				continue // no word of it is known, as good as never: the end of a line is one
			}
			list = append(list, purify.Graded{Score: d.grade, Label: d.labels[0], Predicted: d.scores[0].Label, Group: d.group})
		}
		return list
	}
	c, j := graded(choose), graded(judge)
	r.MostProbable = purify.Agree(j, classes, r.scale)
	if r.scale == nil {
		return nil
	}
	r.MostProbable.Spearman = nil // it has no score of its own
	wanted := func(docs []purify.Graded) (list []purify.Scored) {
		for _, d := range docs {
			list = append(list, purify.Scored{Score: d.Score, Wanted: d.Label >= r.good})
		}
		return list
	}
	g := &gradedResult{Good: r.Labels[r.good].Label, Cuts: purify.GradeCuts(c, classes)}
	for i, x := range g.Cuts {
		g.Cuts[i] = rounded(x)
	}
	for i := range j {
		j[i].Predicted = purify.GradeBy(g.Cuts, j[i].Score)
	}
	g.Agreement = purify.Agree(j, classes, r.scale)
	threshold := g.Cuts[r.good-1]
	if e, ok := purify.Evaluate(wanted(c)); ok {
		threshold = rounded(e.BestF1())
	}
	g.At = purify.AgreeAt(j, r.good, threshold)
	if e, ok := purify.Evaluate(wanted(j)); ok {
		g.AUC = e.AUC
	}
	if e, ok := purify.Evaluate(wanted(slices.Concat(c, j))); ok {
		g.Top = e.Top(t.q.keepTop, false)
	}
	r.Graded = g
	return nil
}

// print writes the result for people.
func (r *labelledResult) print(out io.Writer) error {
	var b strings.Builder
	for i, l := range r.Labels {
		name := "labels"
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(&b, "%-11s %s: %d documents, %.1f MB, %d held out\n", name, l.Label, l.Documents, float64(l.Bytes)/1e6, l.HeldOut)
	}
	r.Training.print(&b, &r.Model)
	switch {
	case r.Lists != nil:
		r.printLists(&b)
	case r.MostProbable != nil:
		r.printClasses(&b)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func figure(b *strings.Builder, name string, x purify.Interval) {
	fmt.Fprintf(b, "%-18s %-8.4f %.4f to %.4f\n", name, x.Value, x.Low, x.High)
}

func (r *labelledResult) printClasses(b *strings.Builder) {
	a := r.MostProbable
	fmt.Fprintf(b, "\nheld out    %d documents (%d groups by %s), beside %d that choose thresholds\n\n", a.Documents, a.Groups, r.SplitBy, r.Chosen)
	fmt.Fprintln(b, "                   value    95 %")
	g := r.Graded
	if g == nil {
		figure(b, "accuracy", a.Accuracy)
		figure(b, "kappa", a.Kappa)
		figure(b, "macro F1", a.MacroF1)
		r.confusion(b, a.Confusion)
		fmt.Fprintf(b, "\nstages:\n  - classify: { model: %s, preset: %s }\n", r.Model.Path, r.Preset)
		return
	}
	figure(b, "accuracy", g.Accuracy)
	figure(b, "quadratic kappa", g.Kappa)
	figure(b, "Spearman", *g.Spearman)
	figure(b, "macro F1", g.MacroF1)
	fmt.Fprintf(b, "\nby the most probable label: accuracy %.4f, quadratic kappa %.4f\n", a.Accuracy.Value, a.Kappa.Value)
	fmt.Fprintf(b, "\n%s and above, at the score %s (AUC %.4f)\n", g.Good, exact(g.At.Threshold), g.AUC)
	figure(b, "precision", g.At.Precision)
	figure(b, "recall", g.At.Recall)
	figure(b, "F1", g.At.F1)
	r.confusion(b, g.Confusion)
	fmt.Fprintf(b, "\nTo keep the best %g %% of all texts: %.6f (95 %% confidence: %.6f to %.6f).\n", 100*g.Top.Share, g.Top.Threshold, g.Top.Low, g.Top.High)
	settings := fmt.Sprintf("model: %s, preset: %s", r.Model.Path, r.Preset)
	if !r.ownGrades() {
		var grades []string
		for i, l := range r.Labels {
			grades = append(grades, yamlKey(l.Label)+": "+exact(r.scale[i]))
		}
		settings += ", grades: { " + strings.Join(grades, ", ") + " }"
	}
	fmt.Fprintf(b, "\nstages: # %s and above\n  - quality_classifier: { %s, min_score: %s }\n", g.Good, settings, exact(g.At.Threshold))
	var classes []string
	for i := len(r.Labels) - 1; i > 0; i-- {
		classes = append(classes, fmt.Sprintf("%s: { min_score: %s }", yamlKey(r.Labels[i].Label), exact(g.Cuts[i-1])))
	}
	fmt.Fprintf(b, "\nstages: # a class for a switch, with the shares of the labels\n  - quality_classifier: { %s, min_score: off, annotate: true }\n", settings)
	fmt.Fprintf(b, "  - quality_class: { signals: [{ column: quality_classifier_score }], by: mean, buckets: 1,\n      classes: { %s, %s: rest } }\n",
		strings.Join(classes, ", "), yamlKey(r.Labels[0].Label))
}

// confusion prints the table of small ones.
func (r *labelledResult) confusion(b *strings.Builder, table [][]int) {
	const most = 12
	if len(table) > most {
		return
	}
	wide := 7
	for _, l := range r.Labels {
		wide = min(max(wide, len([]rune(l.Label))+2), 16)
	}
	cell := func(s string) { fmt.Fprintf(b, "%*.*s", wide, wide-1, s) }
	fmt.Fprintf(b, "\n%-*s", wide, "label")
	for _, l := range r.Labels {
		cell(l.Label)
	}
	fmt.Fprintln(b, "  by the model")
	for i, row := range table {
		fmt.Fprintf(b, "%-*.*s", wide, wide-1, r.Labels[i].Label)
		for _, n := range row {
			cell(fmt.Sprint(n))
		}
		fmt.Fprintln(b)
	}
}

func (r *labelledResult) printLists(b *strings.Builder) {
	a := r.Lists
	fmt.Fprintf(b, "\nheld out    %d documents (%d groups by %s), beside %d that choose thresholds\n\n", a.Documents, a.Groups, r.SplitBy, r.Chosen)
	fmt.Fprintln(b, "                   value    95 %")
	figure(b, "micro F1", a.MicroF1)
	figure(b, "macro F1", a.MacroF1)
	figure(b, "all labels equal", a.AllEqual)
	fmt.Fprintln(b, "\nlabel               documents  threshold  precision  recall   F1      AUC")
	var limits []string
	for i, l := range a.Labels {
		name := r.Labels[i].Label
		fmt.Fprintf(b, "%-18.18s  %-9d  %-9s  %-9.4f  %-7.4f  %-6.4f  %.4f\n", name, l.Documents, exact(l.Threshold), l.Precision, l.Recall, l.F1, l.AUC)
		limits = append(limits, yamlKey(name)+": "+exact(l.Threshold))
	}
	fmt.Fprintf(b, "\nstages:\n  - classify: { model: %s, preset: %s,\n      min_scores: { %s } }\n", r.Model.Path, r.Preset, strings.Join(limits, ", "))
}

var plainKey = regexp.MustCompile(`^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_])?$`)

// yamlKey is a name as a key of a mapping.
func yamlKey(s string) string {
	if plainKey.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
