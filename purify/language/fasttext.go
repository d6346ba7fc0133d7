package language

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// openModel makes a stage that asks a fastText model.
func openModel(l Language, env *stage.Env) (*Stage, error) {
	path, err := env.ModelPath(l.Model)
	if err != nil {
		return nil, err
	}
	m, err := fasttext.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	d := &modelDetector{predictors: sync.Pool{New: func() any { return m.Predictor() }}}
	for _, label := range m.Labels() {
		d.codes = append(d.codes, strings.TrimPrefix(label, fasttext.LabelPrefix))
	}
	for _, code := range slices.Sorted(maps.Keys(l.Keep)) {
		if known := l.labels(d.codes); !slices.Contains(known, code) {
			hint := ""
			if near := config.Nearest(code, known); near != "" {
				hint = fmt.Sprintf("; did you mean %s?", near)
			}
			return nil, errors.Join(fmt.Errorf("keep: the model %s has no label %q%s", l.Model, code, hint), m.Close())
		}
	}
	digest := m.Digest()
	s := New(l.Keep, d, "fasttext-"+hex.EncodeToString(digest[:]))
	s.model, s.codes = m, l.labels(d.codes)
	return s, nil
}

// modelDetector asks a fastText model for its likeliest label, of the whole text
// as one line, as datatrove does.
type modelDetector struct {
	codes      []string
	predictors sync.Pool
}

// Detect returns the likeliest language. Probabilities of fastText exceed 1 by a
// rounding error at times.
func (d *modelDetector) Detect(text string) []Scored {
	p := d.predictors.Get().(*fasttext.Predictor)
	defer d.predictors.Put(p)
	var buf [1]fasttext.Prediction
	best := p.Predict(buf[:0], strings.ReplaceAll(text, "\n", " "), 1, 0)
	if len(best) == 0 {
		return nil
	}
	return []Scored{{Code: d.codes[best[0].Label], Score: min(float64(best[0].Prob), 1)}}
}
