package language

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

const testModel = "../fasttext/testdata/softmax.bin" // labels all de en fr zh ru

func TestModelDecides(t *testing.T) {
	s, err := Open(t.Context(), Language{Keep: map[string]float64{"en": 0.75}, Model: testModel}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	f := func(text, rule, lang string) {
		t.Helper()
		d := &corpus.Document{Text: text}
		v, err := s.Apply(d)
		if err != nil || v.Rule != rule || d.Lang != lang {
			t.Errorf("%q: %v, %s %.4f, %v", text, v, d.Lang, d.LangScore, err)
		}
	}
	f("the mill grinds the grain that the river brings", "", "en")  // 0.8086
	f("the mill grinds the grain\nthat the river brings", "", "en") // a line end is a space
	f("bread is made of flour and water", "language_score", "en")   // 0.7353
	f("casino bonus win", "language", "ru")                         // unknown words
	if s.Digest() == "" || !strings.HasPrefix(s.Digest(), "fasttext-") {
		t.Error(s.Digest())
	}
}

func TestModelMistakes(t *testing.T) {
	f := func(l Language, want string) {
		t.Helper()
		if _, err := Open(t.Context(), l, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", l, err)
		}
	}
	f(Language{Model: testModel, Keep: map[string]float64{"eng": 0.5}}, `has no label "eng"; did you mean en?`)
	f(Language{Model: "nowhere.ftz"}, "nowhere.ftz")
	f(Language{Model: "fasttext_test.go"}, "no fastText model")
}
