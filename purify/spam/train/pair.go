package main

import (
	"slices"

	"github.com/corpusmill/corpusmill/purify/spam"
)

// pair is a model of all spam, and one of shapes alone for spun text, which is of any matter:
// the higher margin counts.
type pair struct {
	all, spun *model
}

// learnPair fits both.
func learnPair(list []*line, o *settings) *pair {
	ofOthers := func(l *line) bool { return l.spam && l.kind != "spun" }
	spun := *o
	spun.shapeRate = o.spunRate
	return &pair{learn(list, o, false), learn(slices.DeleteFunc(slices.Clone(list), ofOthers), &spun, true)}
}

func (m *pair) margin(s *spam.Sample) float64 { return max(m.all.margin(s), m.spun.margin(s)) }

func (m *pair) pack(o *settings) ([]byte, error) {
	return spam.PackLineModel(m.all.bias, m.spun.bias, m.all.shapes, m.spun.shapes, m.all.grams, o.bits)
}
