package purify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// QualityClass puts documents into classes, and into buckets of equal size, by several
// signals that stages before it stored: scores of classifiers, perplexity, values of
// rules, a genre. A switch goes by the class, stricter for what is worse.
//
//	quality_class: { signals: [{ column: quality_classifier_score },
//	    { column: perplexity_perplexity, lower: true }],
//	classes: { high: 0.2, middle: 0.5, low: rest }, per: [lang] }
//
// A signal's rank is the place of its value among those of all documents, 0 to 1, to a
// hundredth; with `per: [lang]` among those of its language. The score of a document is
// the mean of its ranks, or the greatest of them, as Nemotron-CC joins its classifiers (Su
// et al. 2024, arXiv:2412.02595; there buckets are of the single scores, here of the joint
// one, so that all have one size), the mean of the values themselves, or the probability of
// a model that `corpusmill train class` fitted on labels. A signal that a document does not have counts for nothing, and a
// document that has none has no score and no class.
//
// Ranks, classes by share and buckets are settled on a sample before the pass (see
// `calibration`); `show` and the end of the run print the limits with their intervals.
type QualityClass struct {
	// Signals are the columns that the score is made of. Not with a model, which has its
	// own.
	Signals []ClassSignal `yaml:"signals"`
	// By is how one score is made of them: mean_of_ranks, max (of the ranks), mean of the
	// values as they are, or model. The mean is for scores of classifiers, and keeps the
	// limits that these were given: classes by min_score then need no sample.
	By string `yaml:"by" default:"mean_of_ranks"`
	// Model is a file of `corpusmill train class`, by path or by its name in the
	// pipeline's models.
	Model string `yaml:"model" key:"-"`
	// Classes are the classes, the best first, by the share of the documents that each
	// takes or by its least score. Default { high: 0.3, middle: 0.3, low: rest }, CCNet's
	// shares, which no label of yours has seen.
	Classes Classes `yaml:"classes"`
	// Buckets is the number of buckets of equal size by score, 0 being the worst; 1 sets
	// none; at most 100.
	Buckets int `yaml:"buckets" default:"20"`
	// Keep are the classes that stay. Default all. A document without a class stays.
	Keep []string `yaml:"keep"`
	// KeepTop is the share of the documents that stays, those with the highest scores, 0
	// to 1, settled as the classes are.
	KeepTop stage.Limit `yaml:"keep_top" default:"off"`
}

// ClassSignal is one signal of a class.
type ClassSignal struct {
	// Column is the column, by its name in the parts, without sig_ if it is so called.
	Column string `yaml:"column"`
	// Lower says that lower values are better, as of a perplexity.
	Lower bool `yaml:"lower"`
	// Weight is what its rank counts in the mean. Default 1.
	Weight stage.Limit `yaml:"weight"`
	// Values are the numbers that stand for the words of a column of text, such as a
	// genre: { news: 1, commerce: 0 }. Words without one count as missing.
	Values map[string]float64 `yaml:"values"`
}

// How a score is made of signals.
const (
	byMeanOfRanks = "mean_of_ranks"
	byMax         = "max"
	byMean        = "mean"
	byModel       = "model"
)

// rankParts is into how many equal parts the documents are cut to find ranks.
const rankParts = 100

// maxSignals bounds the signals of a class.
const maxSignals = 64

// Validate checks the settings.
func (q *QualityClass) Validate() error {
	switch {
	case !slices.Contains([]string{byMeanOfRanks, byMax, byMean, byModel}, q.By):
		return fmt.Errorf("by: %q: want mean_of_ranks, max, mean or model", q.By)
	case (q.By == byModel) != (q.Model != ""):
		return errors.New("model: it goes with by: model")
	case q.By == byModel && len(q.Signals) > 0:
		return errors.New("signals: the model has its own")
	case q.By != byModel && len(q.Signals) == 0:
		return errors.New("signals: name the columns that the score is made of")
	case len(q.Signals) > maxSignals:
		return fmt.Errorf("signals: %d: want at most %d", len(q.Signals), maxSignals)
	case q.Buckets < 1 || q.Buckets > 100:
		return fmt.Errorf("buckets: %d: want 1 to 100", q.Buckets)
	}
	for i, s := range q.Signals {
		w, on := s.Weight.Or(stage.At(1)).Get()
		switch {
		case s.Column == "":
			return fmt.Errorf("signals: the column of number %d is missing", i+1)
		case !on || !(w > 0):
			return fmt.Errorf("signals: %s: weight: want a number over 0", s.Column)
		case q.By == byMean && s.Lower:
			return fmt.Errorf("signals: %s: lower: the mean takes values as they are", s.Column)
		case q.By == byMax && s.Weight != (stage.Limit{}):
			return fmt.Errorf("signals: %s: weight: the greatest of the ranks has none", s.Column)
		}
	}
	if err := q.Classes.check(); err != nil {
		return err
	}
	known := q.classes().names()
	for _, k := range q.Keep {
		if !slices.Contains(known, k) {
			return fmt.Errorf("keep: no class is called %q; known: %s", k, strings.Join(known, ", "))
		}
	}
	return checkKeepTop(q.KeepTop)
}

func (q *QualityClass) classes() Classes {
	if len(q.Classes) == 0 {
		return defaultClasses
	}
	return q.Classes
}

// QualityClassDef defines the stage quality_class.
var QualityClassDef = stage.DefineOpen("quality_class", 1, newQualityClass)

func newQualityClass(_ context.Context, q QualityClass, env *stage.Env) (*QualityClassStage, error) {
	s := &QualityClassStage{settings: q, classes: q.classes(), keep: make([]bool, len(q.classes()))}
	for i, c := range s.classes {
		s.keep[i] = len(q.Keep) == 0 || slices.Contains(q.Keep, c.Name)
	}
	for _, x := range q.Signals {
		w, _ := x.Weight.Or(stage.At(1)).Get()
		s.signals = append(s.signals, signal{ClassSignal: x, weight: w})
	}
	if q.By == byModel {
		path, err := env.ModelPath(q.Model)
		if err != nil {
			return nil, err
		}
		if s.model, err = OpenClassModel(path); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
		for _, f := range s.model.Features {
			s.signals = append(s.signals, signal{ClassSignal: ClassSignal{Column: f.Column, Values: f.indices()}})
		}
	}
	return s, nil
}

// QualityClassStage is the opened stage. With its columns found it is safe for concurrent use.
type QualityClassStage struct {
	settings QualityClass
	classes  Classes
	keep     []bool
	signals  []signal
	model    *ClassModel
}

// signal is one that was found among the columns.
type signal struct {
	ClassSignal
	weight float64
	name   string
	value  func(*corpus.Document) float64
}

// FindColumns implements stage.ColumnFinder: it finds the signals.
func (q *QualityClassStage) FindColumns(columns corpus.Schema) error {
	for i := range q.signals {
		s := &q.signals[i]
		c, err := stage.FindColumn(columns, s.Column)
		if err != nil {
			return fmt.Errorf("signals: %w", err)
		}
		if s.value, err = numberOf(c, s.Values); err != nil {
			return fmt.Errorf("signals: %w", err)
		}
		s.name = c.Name
	}
	return nil
}

// numberOf reads a column as a number: words by what they stand for, true and false as 1
// and 0. NaN is a missing value.
func numberOf(c corpus.Column, words map[string]float64) (func(*corpus.Document) float64, error) {
	get := c.Value
	switch {
	case c.Type == corpus.String && len(words) > 0:
		return func(d *corpus.Document) float64 {
			v := get(d)
			if x, ok := words[v.Str]; ok && !v.Null {
				return x
			}
			return math.NaN()
		}, nil
	case c.Type == corpus.String:
		return nil, fmt.Errorf("%s holds words: say by values what each stands for", c.Name)
	case len(words) > 0:
		return nil, fmt.Errorf("%s holds no words that values could stand for", c.Name)
	case c.Type == corpus.Float:
		return func(d *corpus.Document) float64 {
			if v := get(d); !v.Null {
				return v.Float
			}
			return math.NaN()
		}, nil
	case c.Type == corpus.Int || c.Type == corpus.Bool:
		return func(d *corpus.Document) float64 {
			if v := get(d); !v.Null {
				return float64(v.Int)
			}
			return math.NaN()
		}, nil
	}
	return nil, fmt.Errorf("%s is a column of type %s: want numbers or words", c.Name, c.Type.Name())
}

// Digest identifies the model.
func (q *QualityClassStage) Digest() string {
	if q.model == nil {
		return ""
	}
	return q.model.Digest()
}

// Rules are the classes that may not stay, and below_top.
func (q *QualityClassStage) Rules() []string { return append(q.classes.names(), belowTop) }

// belowTop is the rule of keep_top.
const belowTop = "below_top"

// Reads lists the columns of the signals.
func (q *QualityClassStage) Reads() (columns []string) {
	columns = []string{}
	for _, s := range q.signals {
		if s.name != "" {
			columns = append(columns, s.name)
		}
	}
	return columns
}

// Columns declares the values of the signals.
func (q *QualityClassStage) Columns() (columns []corpus.Column) {
	for _, s := range q.signals {
		columns = append(columns, corpus.Column{Name: s.Column, Type: corpus.Float, Doc: "value of the signal"})
	}
	return columns
}

var classColumns = []corpus.Column{
	{Name: "class", Type: corpus.String, Few: true, Doc: "class of the document; null without a score"},
	{Name: "bucket", Type: corpus.Int, Doc: "bucket, from 0 for the worst; null without a score"},
	{Name: "score", Type: corpus.Float, Doc: "mean or greatest of the ranks, mean of the values, or probability of the model"},
}

// Cells declares the columns that are added.
func (*QualityClassStage) Cells() []corpus.Column { return classColumns }

// Values lists the classes.
func (q *QualityClassStage) Values(column string) []string {
	if column == "class" {
		return q.classes.names()
	}
	return nil
}

// Measure takes the values of the signals.
func (q *QualityClassStage) Measure(d *corpus.Document, v *corpus.Values) error {
	for i := range q.signals {
		if s := &q.signals[i]; s.value != nil {
			v.Set(i, s.value(d))
		}
	}
	return nil
}

// Fit implements stage.Fitter: the share is that of KeepTop.
func (q *QualityClassStage) Fit() (int, error) {
	if err := fitsTop(&q.settings.KeepTop); err != nil {
		return 0, err
	}
	return len(q.Shares()) - 1, nil
}

// Shares are the tables of the ranks, the limits of the classes, of the buckets, and of
// KeepTop.
func (q *QualityClassStage) Shares() (shares []stage.Share) {
	if q.ranks() {
		for i := range q.signals {
			shares = append(shares, stage.Share{Column: i, Parts: rankParts, Why: "ranks"})
		}
	}
	sum, why := 0.0, "classes"
	if len(q.settings.Classes) == 0 {
		why = "classes, a shipped default"
	}
	for _, c := range q.classes {
		if sum += c.Ratio; !c.Rest && !c.ByScore {
			shares = append(shares, stage.Share{Column: stage.Derived, Ratio: sum, Highest: true, Why: why + ": " + c.Name})
		}
	}
	if q.settings.Buckets > 1 {
		shares = append(shares, stage.Share{Column: stage.Derived, Parts: q.settings.Buckets, Why: "buckets"})
	}
	if x, on := q.settings.KeepTop.Get(); on {
		shares = append(shares, stage.Share{Column: stage.Derived, Ratio: x, Highest: true, Why: "keep_top"})
	}
	return shares
}

// ranks reports whether the score is made of ranks, which tables give.
func (q *QualityClassStage) ranks() bool {
	return q.settings.By == byMeanOfRanks || q.settings.By == byMax
}

// Derive returns the score by the settled ranks.
func (q *QualityClassStage) Derive(v *corpus.Values, limits []float64) float64 {
	if q.model != nil {
		return q.model.Score(v.All())
	}
	sum, weights, greatest := 0.0, 0.0, math.NaN()
	for i := range q.signals {
		x := v.Get(i)
		if q.settings.By == byMean && x == x {
			sum += float64(q.signals[i].weight * x)
			weights += q.signals[i].weight
			continue
		}
		table := i * (rankParts - 1)
		if x != x || len(limits) < table+rankParts-1 {
			continue
		}
		r := rankIn(limits[table:table+rankParts-1], x)
		if r != r {
			continue
		}
		if q.signals[i].Lower {
			r = 1 - r
		}
		if !(greatest >= r) {
			greatest = r
		}
		sum += float64(q.signals[i].weight * r)
		weights += q.signals[i].weight
	}
	if q.settings.By == byMax || weights == 0 {
		return greatest
	}
	return sum / weights
}

// rankIn is the place of a value in a table, 0 to 1: the middle of the places that equal
// values have.
func rankIn(table []float64, x float64) float64 {
	if table[0] != table[0] {
		return math.NaN()
	}
	below, _ := slices.BinarySearch(table, x)
	upTo := below
	for upTo < len(table) && table[upTo] == x {
		upTo++
	}
	return float64(below+upTo) / float64(2*len(table))
}

// DecideAt is Grade without the columns.
func (q *QualityClassStage) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	var cells [3]corpus.Value
	return q.Grade(v, limits, cells[:])
}

// Grade sets class, bucket and score, and holds them against Keep and KeepTop.
func (q *QualityClassStage) Grade(v *corpus.Values, limits []float64, cells []corpus.Value) corpus.Verdict {
	score := q.Derive(v, limits)
	if score != score {
		return corpus.Keep
	}
	cells[2] = corpus.Float64(score)
	rest := limits
	if q.ranks() {
		rest = limits[min(len(limits), len(q.signals)*(rankParts-1)):]
	}
	class, limit := len(q.classes)-1, math.NaN()
	for i, c := range q.classes[:len(q.classes)-1] {
		least := c.MinScore
		if !c.ByScore {
			if len(rest) == 0 {
				return corpus.Keep // nothing is settled yet
			}
			least, rest = rest[0], rest[1:]
		}
		if class == len(q.classes)-1 && score >= least {
			class = i
		} else if class == len(q.classes)-1 {
			limit = least // of the class above
		}
	}
	cells[0] = corpus.Str(q.classes[class].Name)
	if n := q.settings.Buckets - 1; n > 0 && len(rest) >= n {
		bucket, _ := slices.BinarySearch(rest[:n], score)
		cells[1] = corpus.Int64(int64(bucket))
		rest = rest[n:]
	}
	if !q.keep[class] {
		return corpus.Verdict{Rule: q.classes[class].Name, Value: score, Limit: limit}
	}
	if len(rest) > 0 && rest[0] == rest[0] {
		return stage.At(rest[0]).Below(belowTop, score)
	}
	return corpus.Keep
}
