package purify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// ClassModel is a logistic regression on columns of documents, fitted on labels by
// TrainClassModel. It reckons with whole numbers, so that a score is the same everywhere.
type ClassModel struct {
	// Format is 1.
	Format int `json:"corpusmill_class_model"`
	// Features are the columns.
	Features []ClassFeature `json:"features"`
	// Bias is the logit where all columns have their means, in parts of fixedOne.
	Bias int64 `json:"bias"`

	digest string
}

// ClassFeature is one column of a model.
type ClassFeature struct {
	// Column is its name in the parts.
	Column string `json:"column"`
	// Mean and Scale put a number on a common scale: (x - Mean) / Scale, within -8..8.
	Mean  float64 `json:"mean"`
	Scale float64 `json:"scale"`
	// Weight is what it counts, in parts of fixedOne.
	Weight int64 `json:"weight"`
	// Missing counts where a document does not have the value.
	Missing int64 `json:"missing"`
	// Words are the words of a column of text, with what each counts.
	Words []ClassWord `json:"words,omitempty"`
}

// ClassWord is a word of a column of text.
type ClassWord struct {
	// Word is what stands in the column.
	Word string `json:"word"`
	// Weight is what it counts, in parts of fixedOne.
	Weight int64 `json:"weight"`
}

// Limits of a model.
const (
	fixedOne       = 1 << 20
	featureMax     = 8 // scales away from the mean
	maxClassModel  = 16 << 20
	maxClassWords  = 10_000
	maxClassWeight = 1 << 40
)

// indices number the words of the column; nil of a column of numbers.
func (f *ClassFeature) indices() map[string]float64 {
	if len(f.Words) == 0 {
		return nil
	}
	m := make(map[string]float64, len(f.Words))
	for i, w := range f.Words {
		m[w.Word] = float64(i)
	}
	return m
}

// logit is what a value counts, in parts of fixedOne.
func (f *ClassFeature) logit(x float64) int64 {
	switch {
	case x != x:
		return f.Missing
	case len(f.Words) > 0:
		return f.Words[int(x)].Weight
	}
	z := min(max((x-f.Mean)/f.Scale, -featureMax), featureMax)
	const step = 1 << 16
	return int64(math.Round(z*step)) * f.Weight / step
}

// Score is the probability of the class that was wanted, of the values by feature; those
// of words are their numbers. NaN where all values are missing.
func (m *ClassModel) Score(values []float64) float64 {
	sum, some := m.Bias, false
	for i := range m.Features {
		sum += m.Features[i].logit(values[i])
		some = some || values[i] == values[i]
	}
	if !some {
		return math.NaN()
	}
	p := 1 / (1 + math.Exp(-float64(sum)/fixedOne))
	return math.Round(p*1e6) / 1e6
}

// Digest is of the file.
func (m *ClassModel) Digest() string { return m.digest }

// OpenClassModel reads a model file.
func OpenClassModel(path string) (*ClassModel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, maxClassModel+1))
	if err == nil && len(b) > maxClassModel {
		err = fmt.Errorf("over %d bytes", maxClassModel)
	}
	var m *ClassModel
	if err == nil {
		m, err = ParseClassModel(b)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// ParseClassModel reads the bytes of a model file.
func ParseClassModel(b []byte) (*ClassModel, error) {
	m := &ClassModel{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("no model of train class: %w", err)
	}
	if m.Format != 1 {
		return nil, errors.New("no model of train class, or one of a later version")
	}
	if len(m.Features) == 0 || len(m.Features) > maxSignals {
		return nil, fmt.Errorf("%d features: want 1 to %d", len(m.Features), maxSignals)
	}
	bad := func(w int64) bool { return w > maxClassWeight || w < -maxClassWeight }
	for _, f := range m.Features {
		if f.Column == "" || len(f.Words) > maxClassWords || len(f.Words) == 0 && !(f.Scale > 0) || bad(f.Weight) || bad(f.Missing) || bad(m.Bias) {
			return nil, fmt.Errorf("feature %q is damaged", f.Column)
		}
		seen := map[string]bool{}
		for _, w := range f.Words {
			if seen[w.Word] || bad(w.Weight) {
				return nil, fmt.Errorf("feature %q is damaged: word %q", f.Column, w.Word)
			}
			seen[w.Word] = true
		}
	}
	sum := sha256.Sum256(b)
	m.digest = hex.EncodeToString(sum[:])
	return m, nil
}

// MarshalFile returns the bytes of the model's file.
func (m *ClassModel) MarshalFile() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

// ScoreRow is Score of a row whose columns are those of the model.
func (m *ClassModel) ScoreRow(r ClassRow) float64 {
	values := make([]float64, len(m.Features))
	for i := range m.Features {
		f := &m.Features[i]
		values[i] = r.Numbers[i]
		if len(f.Words) == 0 {
			continue
		}
		values[i] = math.NaN()
		if n := slices.IndexFunc(f.Words, func(w ClassWord) bool { return w.Word == r.Words[i] }); n >= 0 && r.Words[i] != "" {
			values[i] = float64(n)
		}
	}
	return m.Score(values)
}
