package main

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/purify/spam"
)

// TestGrammar: each template can be filled, and what is filled in is the same each time.
func TestGrammar(t *testing.T) {
	o := &settings{rules: "grammar", seed: 1, each: 2, grammar: 1}
	sampler, err := spam.NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	var first []*line
	for n := range 2 {
		c := &passages{sampler: sampler}
		list, err := c.made(o)
		if err != nil {
			t.Fatal(err)
		}
		isSpam := 0
		for i, l := range list {
			if strings.ContainsAny(l.text, "{}") {
				t.Errorf("%q is not filled", l.text)
			}
			if l.spam {
				isSpam++
			}
			if n > 0 && l.text != first[i].text {
				t.Errorf("%q and %q", first[i].text, l.text)
			}
		}
		if isSpam < 400 || len(list)-isSpam < 150 {
			t.Errorf("%d lines of spam, %d sound", isSpam, len(list)-isSpam)
		}
		first = list
	}
}

func TestFill(t *testing.T) {
	g, err := readGrammar("grammar", 1)
	if err != nil {
		t.Fatal(err)
	}
	g.words = map[string][]string{"one": {"x{two}"}, "two": {"y"}, "loop": {"{loop}"}}
	for template, want := range map[string]string{"a{one}b": "axyb", "{=p:one}{p}-{p}": "xy-xy", "{none}": "", "{one": "", "{loop}": ""} {
		got, err := g.fill(template, map[string]string{}, 0)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", template, got, err)
		}
	}
}

// TestLearn: a model of two lines tells them apart, and is the same each time.
func TestLearn(t *testing.T) {
	sampler, err := spam.NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	c := &passages{sampler: sampler}
	lines := c.add(nil, "代开发票加微信", line{spam: true, weight: 1})
	lines = c.add(lines, "村里的桥修好了", line{weight: 1})
	o := &settings{bits: 12, epochs: 40, rate: 0.1, seed: 1}
	m, again := learn(lines, o, false), learn(lines, o, false)
	bad, good := m.margin(&lines[0].sample), m.margin(&lines[1].sample)
	if bad < 1 || good > -1 || bad != again.margin(&lines[0].sample) {
		t.Errorf("margins %g and %g", bad, good)
	}
}
