package purify_test

import (
	"math"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

const testClassifier = "fasttext/testdata/softmax.bin" // labels all de en fr zh ru

func TestQualityClassifier(t *testing.T) {
	open := func(q purify.QualityClassifier) *purify.QualityClassifierStage {
		t.Helper()
		q.Model = testClassifier
		s, err := purify.OpenQualityClassifier(t.Context(), q, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const text = "the mill grinds the grain\nthat the river brings" // en 0.8085815
	s := open(purify.QualityClassifier{Label: "en"})
	if got := s.Score(text); math.Abs(got-0.8085815) > 1e-6 {
		t.Errorf("score %v", got)
	}
	verdict := func(limit stage.Limit) corpus.Verdict {
		t.Helper()
		s, v := open(purify.QualityClassifier{Label: "__label__en", MinScore: limit}), corpus.NewValues(1)
		if err := s.Measure(&corpus.Document{Text: text}, v); err != nil {
			t.Fatal(err)
		}
		return s.Decide(v)
	}
	for limit, kept := range map[stage.Limit]bool{stage.At(0.8085): true, stage.At(0.8087): false, stage.Off(): true, {}: true} {
		if v := verdict(limit); v.Kept() != kept {
			t.Errorf("limit %v: %v", limit, v)
		}
	}
}

func TestQualityClassifierMistakes(t *testing.T) {
	if err := (&purify.QualityClassifier{}).Validate(); err == nil {
		t.Error("no model")
	}
	if err := (&purify.QualityClassifier{Model: "x", MinScore: stage.At(1.5)}).Validate(); err == nil {
		t.Error("a score over 1")
	}
	_, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: testClassifier, Label: "hq"}, stage.NewEnv())
	if err == nil || !strings.Contains(err.Error(), `has no label "__label__hq"`) {
		t.Error(err)
	}
}
