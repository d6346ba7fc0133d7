package purify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// QualityClassifier scores documents with a fastText classifier and drops those
// below a score. The score is the probability of Label, of the whole text as one
// line; Preset reads text and answer exactly as a published code does.
// DCLM-baseline keeps scores from 0.018112 with its classifier's label __label__hq
// (Li et al. 2024, arXiv:2406.11794). Of a model of grades the score is the expected
// grade (see Grades).
type QualityClassifier struct {
	// Model is a supervised fastText model, .bin or .ftz, by path or by its name in
	// the pipeline's models.
	Model string `yaml:"model" key:"-"`
	// Preset is how text is prepared and the score is read: plain (newlines become
	// spaces, the score is the probability of Label), words (words by UAX #29 in
	// lower case, each Chinese character one; for models of `train quality
	// --labelled`), or exactly as in the code of dclm (hq against cc), redpajama_v2
	// (all against cc), nemo (hq against all), datatrove (lines are glued together;
	// Label must be given) or dolma_1_7 (Label must be given).
	Preset string `yaml:"preset" default:"plain"`
	// Label is the class whose probability is the score, with or without
	// "__label__". Default hq, or the preset's; dclm and redpajama_v2 look at cc
	// alone. The preset words has none: see Grades.
	Label string `yaml:"label"`
	// Grades are the numbers that labels stand for, in place of Label: the score is the
	// expected grade, the sum of probability times grade, from 0 for the lowest grade to
	// 1 for the highest: of grades 0 to 5 a score of 0.6 is grade 3. Labels without a
	// number do not count. By default, in preset words without Label, the labels
	// themselves where all of them are numbers.
	Grades map[string]float64 `yaml:"grades"`
	// MinScore is the least score that stays, 0 to 1. Default 0.018112, DCLM's for
	// its own classifier: another model wants another limit. Presets but plain and
	// dclm have none, and want this or KeepTop.
	MinScore stage.Limit `yaml:"min_score"`
	// KeepTop is the share of the documents that stays, those with the highest
	// scores, 0 to 1: 0.1 is the best tenth of all that reach the stage, with `per`
	// of each language or source. The score that parts them is settled on a sample
	// before the pass (see `calibration`). With it MinScore is off unless given.
	KeepTop stage.Limit `yaml:"keep_top" default:"off"`
}

// Validate checks the settings.
func (q *QualityClassifier) Validate() error {
	if q.Model == "" {
		return errors.New("model: name a fastText classifier")
	}
	if err := q.validatePreset(); err != nil {
		return err
	}
	if x, on := q.MinScore.Get(); on && !(x >= 0 && x <= 1) {
		return fmt.Errorf("min_score: %g: want 0 to 1, or off", x)
	}
	return checkKeepTop(q.KeepTop)
}

// validatePreset checks that the preset and the other settings go together.
func (q *QualityClassifier) validatePreset() error {
	preset, ok := FindClassifierPreset(q.Preset)
	_, top := q.KeepTop.Get()
	switch {
	case !ok:
		return fmt.Errorf("preset: %q: want one of %s", q.Preset, ClassifierPresetNames())
	case q.Label != "" && len(q.Grades) > 0:
		return errors.New("grades: they take the place of label: give one of the two")
	case len(q.Grades) > 0 && (preset.Other != "" || preset.Best):
		return fmt.Errorf("grades: the preset %s looks at one label: take words or plain", preset.Name)
	case len(q.Grades) > maxClasses:
		return fmt.Errorf("grades: %d: want at most %d", len(q.Grades), maxClasses)
	case q.Label == "" && preset.Label == "" && !preset.Graded && len(q.Grades) == 0:
		return fmt.Errorf("label: the preset %s has none of its own: name the model's", preset.Name)
	case q.Label != "" && preset.Other != "":
		return fmt.Errorf("label: the preset %s looks at the label %s alone: leave it out", preset.Name, preset.Other)
	case (preset.MinScore == 0 || len(q.Grades) > 0) && q.MinScore == (stage.Limit{}) && !top:
		return fmt.Errorf("min_score: the preset %s has none of its own, grades have none: give one, or keep_top, or off", preset.Name)
	}
	return nil
}

// QualityClassifierDef defines the stage quality_classifier.
var QualityClassifierDef = stage.DefineOpen("quality_classifier", 1, newQualityClassifier)

// OpenQualityClassifier loads the model; zero fields take their defaults.
func OpenQualityClassifier(ctx context.Context, q QualityClassifier, env *stage.Env) (*QualityClassifierStage, error) {
	return stage.Open[*QualityClassifierStage](ctx, QualityClassifierDef, q, env)
}

// openFastText opens the fastText model that the setting model names.
func openFastText(model string, env *stage.Env) (*fasttext.Model, error) {
	path, err := env.ModelPath(model)
	if err != nil {
		return nil, err
	}
	m, err := fasttext.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return m, nil
}

func newQualityClassifier(_ context.Context, q QualityClassifier, env *stage.Env) (*QualityClassifierStage, error) {
	m, err := openFastText(q.Model, env)
	if err != nil {
		return nil, err
	}
	preset, _ := FindClassifierPreset(q.Preset)
	grades, err := gradesOf(m, q.Grades, preset.Graded && q.Label == "")
	label, other := -1, -1
	if err == nil && grades == nil {
		label, other, err = preset.labels(m, q.Label)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", q.Model, err), m.Close())
	}
	digest, minScore := m.Digest(), stage.At(preset.MinScore)
	if _, on := q.KeepTop.Get(); on {
		minScore = stage.Off()
	}
	return &QualityClassifierStage{model: m, preset: preset, label: label, other: other, grades: grades, labels: len(m.Labels()), digest: hex.EncodeToString(digest[:]),
		minScore: q.MinScore.Or(minScore), given: q.MinScore, keepTop: q.KeepTop,
		predictors: &sync.Pool{New: func() any { return m.Predictor() }}}, nil
}

const dclmMinScore = 0.018112

// QualityClassifierStage is the opened stage. It is safe for concurrent use.
type QualityClassifierStage struct {
	model                *fasttext.Model
	preset               ClassifierPreset
	label, other, labels int
	grades               []float64 // by label, 0 to 1; nil: a label is looked at
	digest               string
	minScore             stage.Limit
	given                stage.Limit // min_score as it stands in the settings
	keepTop              stage.Limit
	predictors           *sync.Pool
}

// Close frees the model; the stage must not be used any more.
func (q *QualityClassifierStage) Close() error { return q.model.Close() }

// HoldsBytes implements stage.Holder: the model and what predicts with it.
func (q *QualityClassifierStage) HoldsBytes(workers int) int64 { return q.model.HoldsBytes(workers) }

// Digest identifies the model.
func (q *QualityClassifierStage) Digest() string { return q.digest }

// Rules are the rules that the stage may give.
func (q *QualityClassifierStage) Rules() []string { return []string{"low_score", "below_top"} }

// Reads lists the column that is scored.
func (*QualityClassifierStage) Reads() []string { return []string{"text"} }

// Columns declares the score.
func (q *QualityClassifierStage) Columns() []corpus.Column {
	return []corpus.Column{{Name: "score", Type: corpus.Float, Doc: "probability of the label, or expected grade as a part of the scale, 0..1"}}
}

// Measure scores the document; a text without a known word has no score.
func (q *QualityClassifierStage) Measure(d *corpus.Document, v *corpus.Values) error {
	v.Set(0, q.Score(d.Text))
	return nil
}

// Score returns the score of a text, which it prepares as the preset says; NaN for a
// text without a known word.
func (q *QualityClassifierStage) Score(text string) float64 {
	p := q.predictors.Get().(*fasttext.Predictor)
	defer q.predictors.Put(p)
	best := p.Predict(make([]fasttext.Prediction, 0, q.labels), q.preset.Prepare(text), -1, 0)
	if len(best) == 0 {
		return math.NaN()
	}
	if q.grades != nil {
		return expectedGrade(q.grades, best)
	}
	return q.preset.score(q.label, q.other, best)
}

// gradesOf are the grades of a model's labels on a scale of 0 to 1, NaN for labels that have
// none: those that are given, or with own the labels as numbers. Nil is no grades.
func gradesOf(m *fasttext.Model, given map[string]float64, own bool) ([]float64, error) {
	if len(given) == 0 && !own {
		return nil, nil
	}
	grades, least, most := make([]float64, len(m.Labels())), math.Inf(1), math.Inf(-1)
	found := 0
	for i, label := range m.Labels() {
		name := strings.TrimPrefix(label, fasttext.LabelPrefix)
		x, ok := given[name]
		if len(given) == 0 {
			var err error
			if x, err = strconv.ParseFloat(name, 64); err != nil || math.IsInf(x, 0) || x != x {
				return nil, fmt.Errorf("label: the model's label %q is no number: name the label whose probability is the score, or give grades", name)
			}
			ok = true
		}
		if grades[i] = math.NaN(); ok {
			grades[i], least, most = x, min(least, x), max(most, x)
			found++
		}
	}
	switch {
	case found < len(given):
		return nil, fmt.Errorf("grades: the model has labels %s alone", strings.Join(m.Labels(), " "))
	case !(most > least) || math.IsInf(most-least, 0):
		return nil, errors.New("grades: want two different numbers at least")
	}
	for i, x := range grades {
		grades[i] = (x - least) / (most - least)
	}
	return grades, nil
}

// expectedGrade is the mean of the grades weighed by the probabilities, which need not add
// up to 1; NaN where no label with a grade has any.
func expectedGrade(grades []float64, all []fasttext.Prediction) float64 {
	sum, weight := 0.0, 0.0
	for _, x := range all {
		if g := grades[x.Label]; g == g {
			sum += float64(g * float64(x.Prob))
			weight += float64(x.Prob)
		}
	}
	if !(weight > 0) {
		return math.NaN()
	}
	return min(max(sum/weight, 0), 1)
}

// Decide holds the score against the limit.
func (q *QualityClassifierStage) Decide(v *corpus.Values) corpus.Verdict {
	return q.minScore.Below("low_score", v.Get(0))
}

// Fit implements stage.Fitter: the share is that of KeepTop, and MinScore counts only where
// it is given.
func (q *QualityClassifierStage) Fit() (int, error) {
	if err := fitsTop(&q.keepTop); err != nil {
		return 0, err
	}
	q.minScore = q.given.Or(stage.Off())
	return 0, nil
}

// Shares is the share of KeepTop, if it is on.
func (q *QualityClassifierStage) Shares() []stage.Share { return topShare(q.keepTop) }

// DecideAt is Decide with the score that parts the top from the rest.
func (q *QualityClassifierStage) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	return stage.First(q.Decide(v), stage.At(limits[0]).Below("below_top", v.Get(0)))
}
