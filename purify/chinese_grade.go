package purify

import (
	"fmt"
	"math"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// ChineseGrade puts Chinese texts into three classes, high, middle and low, that a switch
// can go by: stricter rules for what is worse.
//
//	switch: { by: chinese_grade_class, cases: { low: [gopher_repetition] } }
//
// The score is the mean of nine ranks, 0 to 1 each, of what ChineseQuality measures: share
// of sentences, marks of prose, length of lines and of the text, and how little there is of
// page furniture, digits, Latin letters and repetition. Where a rank is 0 and 1 was set on
// gold texts of Chinese pages; the limits of the classes are defaults of ours, not
// calibrated on labels.
type ChineseGrade struct {
	// MinHigh is the least score of class high, 0..1. Default 0.8.
	MinHigh float64 `yaml:"min_high" default:"0.8"`
	// MinMiddle is the least score of class middle, 0..1. Default 0.6.
	MinMiddle float64 `yaml:"min_middle" default:"0.6"`
}

// ChineseGradeDef defines the stage chinese_grade.
var ChineseGradeDef = stage.Define[ChineseGrade]("chinese_grade", 3)

// Validate checks the limits.
func (g *ChineseGrade) Validate() error {
	if !(0 <= g.MinMiddle && g.MinMiddle <= g.MinHigh && g.MinHigh <= 1) {
		return fmt.Errorf("min_middle, min_high: %g and %g: want 0 to 1, the first no larger", g.MinMiddle, g.MinHigh)
	}
	return nil
}

var gradeColumns = []corpus.Column{
	{Name: "class", Type: corpus.String, Few: true, Doc: "high, middle or low"},
	{Name: "score", Type: corpus.Float, Doc: "mean of the ranks, 0 to 1"},
}

// gradeRank says at which values of a column the rank is 0 and 1.
type gradeRank struct {
	column    int
	none, all float64
}

var gradeRanks = []gradeRank{
	{zhChars, math.Log(150), math.Log(1200)}, // of the logarithm
	{zhSentences, 0.4, 0.97},
	{zhPunct, 0.03, 0.085},
	{zhMeanLine, 8, 55},
	{zhBoilerplate, 0.2, 0},
	{zhDigits, 0.2, 0.04},
	{zhLatin, 0.3, 0.03},
	{zhDupLines, 0.15, 0},
	{zhDupGrams, 0.125, 0.015},
}

// Rules is empty: the stage rejects nothing.
func (*ChineseGrade) Rules() []string { return nil }

// Reads lists the column that is measured.
func (*ChineseGrade) Reads() []string { return []string{"text"} }

// Writes lists no column of a document.
func (*ChineseGrade) Writes() []string { return []string{} }

// Cells declares the columns.
func (*ChineseGrade) Cells() []corpus.Column { return gradeColumns }

// Values lists the classes.
func (*ChineseGrade) Values(column string) []string {
	if column == "class" {
		return []string{"high", "middle", "low"}
	}
	return nil
}

// Apply changes nothing.
func (*ChineseGrade) Apply(*corpus.Document) (corpus.Verdict, error) { return corpus.Keep, nil }

// Attach sets class and score.
func (g *ChineseGrade) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	class, score := g.Grade(d)
	cells[0], cells[1] = corpus.Str(class), corpus.Float64(score)
	return corpus.Keep, nil
}

// Grade returns the class of a document and its score.
func (g *ChineseGrade) Grade(d *corpus.Document) (class string, score float64) {
	s := chinesePool.Get().(*chinese)
	s.view = d.View()
	s.values.Clear()
	for _, phase := range chinesePhases {
		phase(s, s.values)
	}
	for _, r := range gradeRanks {
		x := s.values.Get(r.column)
		if r.column == zhChars {
			x = math.Log(max(1, x))
		}
		score += min(1, max(0, (x-r.none)/(r.all-r.none)))
	}
	s.end()
	score /= float64(len(gradeRanks))
	switch {
	case score >= g.MinHigh:
		return "high", score
	case score >= g.MinMiddle:
		return "middle", score
	}
	return "low", score
}

// TakesBytes implements stage.Taker.
func (*ChineseGrade) TakesBytes(d *corpus.Document, _ int64) int64 {
	return int64(len(d.Text)) * chineseBytesByte
}
