package purify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Sample keeps documents by a draw, more of the better ones, so that no threshold cuts
// what lies just below it.
//
//	sample: { by: quality_class_score, curve: [[0, 0.02], [0.5, 0.3], [1, 1]] }
//	sample: { by: genre_name, curve: { fiction: 0.1, commerce: 0.3 } }
//
// The draw is a hash of the pipeline's seed, the stage's name, and the document's source
// and ID, 0 to 1: the same at any number of workers, in every run of the same seed. A
// document stays if its draw is below the probability that the curve gives its value. Each
// drop tells both, as value and limit.
//
// Caps bound what words of a column, such as genres, may have of what stays. Which part
// of such documents has to go then, is settled on a sample before the pass (see
// `calibration`); where there are no others, nothing has to. With a top-level `fit: { tokens: 600B }` all probabilities are
// multiplied by one factor, settled so that so many tokens are left; those above 1 count as
// 1.
type Sample struct {
	// By is the column that the curve is of: a number, or words.
	By string `yaml:"by"`
	// Curve gives a value its probability: points [[0, 0.1], [1, 1]], straight between
	// them; probabilities by bucket [0.1, 0.5, 1]; or by word { news: 1, "*": 0.5 }.
	// Default 1 for all.
	Curve Curve `yaml:"curve"`
	// Missing is the probability of a document that does not have the value, 0 to 1.
	Missing float64 `yaml:"missing" default:"1"`
	// CapBy is the column of words, such as genre_name, that the caps are of. Default that of by.
	CapBy string `yaml:"cap_by"`
	// Caps are the greatest shares of what stays that documents with these words may have,
	// each 0 to 1 and below 1 together: { fiction: 0.1 }.
	Caps map[string]float64 `yaml:"caps"`
	// CapOf says what a share is of: bytes of the texts, or documents.
	CapOf string `yaml:"cap_of" default:"bytes"`
}

// What a cap is a share of.
const (
	capOfBytes     = "bytes"
	capOfDocuments = "documents"
)

// capParts is into how many parts what stays is cut, to find the shares of words.
const capParts = 1000

// Validate checks the settings.
func (s *Sample) Validate() error {
	switch {
	case s.By == "" && !s.Curve.empty():
		return errors.New("by: name the column that the curve is of")
	case !(s.Missing >= 0 && s.Missing <= 1):
		return fmt.Errorf("missing: %g: want a probability, 0 to 1", s.Missing)
	case s.CapOf != capOfBytes && s.CapOf != capOfDocuments:
		return fmt.Errorf("cap_of: %q: want bytes or documents", s.CapOf)
	case s.CapBy != "" && len(s.Caps) == 0:
		return errors.New("caps: say what share each word may have, as { fiction: 0.1 }")
	case len(s.Caps) > 0 && s.CapBy == "" && s.By == "":
		return errors.New("cap_by: name the column whose words are capped")
	case len(s.Caps) > maxClasses:
		return fmt.Errorf("caps: %d: want at most %d", len(s.Caps), maxClasses)
	}
	sum := 0.0
	for _, word := range slices.Sorted(maps.Keys(s.Caps)) {
		x := s.Caps[word]
		if !(x > 0 && x < 1) {
			return fmt.Errorf("caps: %s: %g: want a share between 0 and 1; a curve with 0 drops all", word, x)
		}
		sum += x
	}
	if sum >= 1 {
		return fmt.Errorf("caps: %g together leave nothing for others", sum)
	}
	return s.Curve.check()
}

// SampleDef defines the stage sample.
var SampleDef = stage.DefineOpen("sample", 1, newSample)

func newSample(_ context.Context, s Sample, env *stage.Env) (*SampleStage, error) {
	st := &SampleStage{settings: s, seed: xxh3.HashStringSeed(env.Name, env.Seed)}
	if s.By == "" && len(s.Caps) == 0 {
		st.probability = func(*corpus.Document) float64 { return 1 }
	}
	for _, word := range slices.Sorted(maps.Keys(s.Caps)) {
		st.words = append(st.words, word)
		st.caps = append(st.caps, s.Caps[word])
	}
	return st, nil
}

// SampleStage is the opened stage. With its columns found it is safe for concurrent use.
type SampleStage struct {
	settings    Sample
	seed        uint64
	words       []string // that are capped, in order
	caps        []float64
	probability func(*corpus.Document) float64
	word        func(*corpus.Document) corpus.Value
	reads       []string
	fits        bool
}

// FindColumns implements stage.ColumnFinder.
func (s *SampleStage) FindColumns(columns corpus.Schema) error {
	s.reads = nil
	s.probability = func(*corpus.Document) float64 { return 1 }
	if s.settings.By != "" {
		c, err := stage.FindColumn(columns, s.settings.By)
		if err != nil {
			return fmt.Errorf("by: %w", err)
		}
		if s.probability, err = s.curveOf(c); err != nil {
			return fmt.Errorf("by: %w", err)
		}
		s.reads = append(s.reads, c.Name)
	}
	if len(s.caps) == 0 {
		return nil
	}
	name := s.settings.CapBy
	if name == "" {
		name = s.settings.By
	}
	c, err := stage.FindColumn(columns, name)
	if err == nil && c.Type != corpus.String {
		err = fmt.Errorf("%s holds no words", c.Name)
	}
	if err != nil {
		return fmt.Errorf("cap_by: %w", err)
	}
	s.word, s.reads = c.Value, append(s.reads, c.Name)
	if s.settings.CapOf == capOfBytes {
		s.reads = append(s.reads, "text")
	}
	return nil
}

// curveOf is the curve on a column.
func (s *SampleStage) curveOf(c corpus.Column) (func(*corpus.Document) float64, error) {
	curve, missing := &s.settings.Curve, s.settings.Missing
	if c.Type == corpus.String {
		if len(curve.Points) > 0 {
			return nil, fmt.Errorf("%s holds words: want a curve by word, as { news: 1, \"*\": 0.5 }", c.Name)
		}
		return func(d *corpus.Document) float64 {
			if v := c.Value(d); !v.Null {
				return curve.word(v.Str)
			}
			return missing
		}, nil
	}
	if len(curve.Words) > 0 {
		return nil, fmt.Errorf("%s holds no words: want a curve of numbers", c.Name)
	}
	number, err := numberOf(c, nil)
	if err != nil {
		return nil, err
	}
	return func(d *corpus.Document) float64 {
		if x := number(d); x == x {
			return curve.at(x)
		}
		return missing
	}, nil
}

// The columns of SampleStage.
const (
	sampleDraw = iota
	sampleProbability
	sampleWord
	sampleCapped
	sampleWeight
)

// Columns declares the draw and what it is held against.
func (*SampleStage) Columns() []corpus.Column {
	return []corpus.Column{
		{Name: "draw", Type: corpus.Float, Doc: "draw of the document, 0 to 1"},
		{Name: "probability", Type: corpus.Float, Doc: "probability that the curve gives it"},
		{Name: "word", Type: corpus.Int, Doc: "which of the capped words it has, in their alphabetical order; their number for none; empty without caps"},
		{Name: "capped", Type: corpus.Int, Doc: "the same, empty where the draw drops the document"},
		{Name: "weight", Type: corpus.Int, Doc: "what it counts in the share of its word: bytes, or 1; empty without caps"},
	}
}

// Reads lists the columns that it goes by.
func (s *SampleStage) Reads() []string { return append([]string{"id", "source"}, s.reads...) }

// Rules are the rules that the stage may give.
func (*SampleStage) Rules() []string { return []string{"not_drawn", "capped"} }

// Measure draws.
func (s *SampleStage) Measure(d *corpus.Document, v *corpus.Values) error {
	if s.probability == nil {
		return nil
	}
	h := xxh3.HashStringSeed(d.ID, xxh3.HashStringSeed(d.Origin.Source, s.seed))
	draw, p := float64(h>>11)/(1<<53), s.probability(d)
	v.Set(sampleDraw, draw)
	v.Set(sampleProbability, p)
	if s.word == nil {
		return nil
	}
	v.Set(sampleWeight, 1)
	if s.settings.CapOf == capOfBytes {
		v.Set(sampleWeight, float64(max(1, len(d.Text))))
	}
	capped := len(s.words)
	if x := s.word(d); !x.Null {
		if i, ok := slices.BinarySearch(s.words, x.Str); ok {
			capped = i
		}
	}
	v.Set(sampleWord, float64(capped))
	if draw < p {
		v.Set(sampleCapped, float64(capped))
	}
	return nil
}

// Fit implements stage.Fitter: the limit is the factor of all probabilities.
func (s *SampleStage) Fit() (int, error) {
	s.fits = true
	return len(s.Shares()) - 1, nil
}

// Shares are a table of what the draw leaves by capped word, and the factor of a budget.
func (s *SampleStage) Shares() (shares []stage.Share) {
	if len(s.caps) > 0 {
		shares = append(shares, stage.Share{Column: sampleCapped, Parts: capParts, Weighted: true, Why: "caps"})
	}
	if s.fits {
		shares = append(shares, stage.Share{Column: stage.Derived, Ratio: 0.5, Why: "fit: factor of the probabilities"})
	}
	return shares
}

// Derive returns the least factor of the probabilities with which the document stays.
func (s *SampleStage) Derive(v *corpus.Values, limits []float64) float64 {
	p := v.Get(sampleProbability) * s.share(v, limits)
	if !(p > 0) {
		return math.MaxFloat64
	}
	return v.Get(sampleDraw) / p
}

// share is the part of the documents with the same capped word that may stay.
func (s *SampleStage) share(v *corpus.Values, limits []float64) float64 {
	i := v.Get(sampleWord)
	if len(s.caps) == 0 || len(limits) < capParts-1 || !(i < float64(len(s.caps))) || limits[0] != limits[0] {
		return 1
	}
	return s.parts(limits[:capParts-1])[int(i)]
}

// parts are the shares of the documents of each word that may stay, by what the draw
// leaves of each: caps that bind take their share of what then stays, the others nothing
// off.
func (s *SampleStage) parts(table []float64) (parts [maxClasses]float64) {
	var of [maxClasses]float64
	free := 1.0 // what no cap binds
	for i := range s.caps {
		from, _ := slices.BinarySearch(table, float64(i))
		to, _ := slices.BinarySearch(table, float64(i+1))
		of[i], parts[i] = float64(to-from)/float64(len(table)), 1
	}
	bound := [maxClasses]bool{}
	for range len(s.caps) + 1 {
		free = 1
		sum := 0.0
		for i := range s.caps {
			if bound[i] {
				free -= of[i]
				sum += s.caps[i]
			}
		}
		kept, more := max(0, free)/(1-sum), false
		for i := range s.caps {
			if bound[i] && of[i] > 0 {
				parts[i] = min(1, s.caps[i]*kept/of[i])
			} else if !bound[i] && of[i] > s.caps[i]*kept {
				bound[i], more = true, true
			}
		}
		if !more {
			break
		}
	}
	if free <= 0 { // there is nothing else
		for i := range s.caps {
			parts[i] = 1
		}
	}
	return parts
}

// Decide holds the draw against the probability.
func (s *SampleStage) Decide(v *corpus.Values) corpus.Verdict { return s.DecideAt(v, nil) }

// DecideAt is Decide with the settled shares of capped words and the factor of a budget.
func (s *SampleStage) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	draw, p := v.Get(sampleDraw), v.Get(sampleProbability)
	if draw != draw {
		return corpus.Keep
	}
	share, factor := s.share(v, limits), 1.0
	if n := len(limits); s.fits && n > 0 && limits[n-1] == limits[n-1] {
		factor = limits[n-1]
	}
	if !(draw < p) && factor <= 1 || p == 0 {
		return corpus.Verdict{Rule: "not_drawn", Value: draw, Limit: p}
	}
	if s.fits && len(limits) > 0 {
		if s.Derive(v, limits) <= factor {
			return corpus.Keep
		}
		return corpus.Verdict{Rule: "not_drawn", Value: draw, Limit: p * share * factor}
	}
	if draw < p*share {
		return corpus.Keep
	}
	return corpus.Verdict{Rule: "capped", Value: draw, Limit: p * share, Detail: s.words[int(v.Get(sampleWord))]}
}
