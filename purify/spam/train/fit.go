package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/corpusmill/corpusmill/purify/spam"
)

// model is a logistic regression on shapes and grams.
type model struct {
	bits          int
	bias          float64
	shapes, grams []float64
	plain         bool // it knows no grams
}

func newModel(bits int) *model {
	return &model{bits: bits, shapes: make([]float64, spam.MaxShape), grams: make([]float64, 1<<bits)}
}

// margin says in nats how much a line is spam.
func (m *model) margin(s *spam.Sample) float64 {
	sum, shapes := 0.0, 0.0
	if !m.plain {
		for _, h := range s.Grams {
			sum += m.grams[h>>(64-m.bits)]
		}
	}
	for _, n := range s.Shape {
		shapes += m.shapes[n]
	}
	return m.bias + shapes + sum*spam.GramNorm(len(s.Grams))
}

// slopes are the sums of squared gradients.
type slopes struct {
	bias          float64
	shapes, grams []float64
}

// learn fits a model by AdaGrad (Duchi et al. 2011). The weights are the mean of those at the ends
// of the passes but the first ones.
func learn(list []*line, o *settings, plain bool) *model {
	m, mean, seen := newModel(o.bits), newModel(o.bits), newModel(o.bits)
	m.plain, mean.plain = plain, plain
	s := &slopes{bias: 1, shapes: seen.shapes, grams: seen.grams}
	rng := rand.New(rand.NewPCG(o.seed, 2))
	order := rng.Perm(len(list))
	from := o.epochs / 2
	for n := range o.epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			m.step(list[i], s, o)
		}
		if n >= from {
			mean.add(m, 1/float64(o.epochs-from))
		}
	}
	return mean
}

// leastSlope keeps the first steps small.
const leastSlope = 1e-2

// step moves the weights of one line.
func (m *model) step(l *line, s *slopes, o *settings) {
	y := 0.0
	if l.spam {
		y = 1
	}
	g := (1/(1+math.Exp(-m.margin(&l.sample))) - y) * l.weight
	rate := o.rate
	move := func(w, slope *float64, g float64) {
		g += o.decay * *w
		*slope += g * g
		*w -= rate * g / math.Sqrt(*slope+leastSlope)
	}
	norm := spam.GramNorm(len(l.sample.Grams))
	if !m.plain {
		for _, h := range l.sample.Grams {
			i := h >> (64 - m.bits)
			move(&m.grams[i], &s.grams[i], g*norm)
		}
	}
	rate = o.shapeRate
	for _, n := range l.sample.Shape {
		move(&m.shapes[n], &s.shapes[n], g)
	}
	s.bias += g * g
	m.bias -= o.rate * g / math.Sqrt(s.bias)
}

// add adds a share of another model.
func (m *model) add(other *model, share float64) {
	m.bias += share * other.bias
	for i, w := range other.shapes {
		m.shapes[i] += share * w
	}
	for i, w := range other.grams {
		m.grams[i] += share * w
	}
}

// run learns, and writes or tests.
func run(o *settings) error {
	sampler, err := spam.NewSampler()
	if err != nil {
		return err
	}
	c := &passages{sampler: sampler}
	lines, err := c.labelled(o.folder, o.from, o.hard)
	if err != nil {
		return err
	}
	articles, err := c.articles(context.Background(), o.gold, o.article)
	if err != nil {
		return err
	}
	more, err := c.made(o)
	if err != nil {
		return err
	}
	articles = append(articles, more...)
	if len(o.test) > 0 {
		test, err := c.labelled(o.folder, o.test, 1)
		if err != nil {
			return err
		}
		report(crossed(sampler, lines, articles, o), test, o)
		return nil
	}
	limit := limitOf(highest(crossed(sampler, lines, articles, o)), o.falseTexts)
	m := learnPair(slices.Concat(lines, articles), o)
	m.all.bias -= limit
	m.spun.bias -= limit
	packed, err := m.pack(o)
	if err != nil {
		return err
	}
	fmt.Printf("a score of 0.5 is a margin of %.2f\n", limit)
	fmt.Println(len(lines), "lines of passages,", len(articles), "of articles,", len(packed), "bytes")
	return os.WriteFile(o.out, packed, 0o644)
}

// crossing is a model that has not seen a part of the sites, and the margins of the articles of
// those.
type crossing struct {
	*pair
	sampler  *spam.Sampler
	articles []article
}

// article is the lines of an article and their margins.
type article struct {
	lines   []string
	margins []float64
}

// scores are the margins of lines, that of those that stand in one document, less what it asks for.
func (c *crossing) scores(a article) []float64 {
	margins := spam.InDocument(a.margins)
	for i, less := range c.sampler.Foreign(a.lines) {
		margins[i] += less
	}
	return margins
}

// crossed are models of all parts.
func crossed(sampler *spam.Sampler, lines, articles []*line, o *settings) (list []crossing) {
	for f := range tests {
		held := func(l *line) bool { return l.set == "" && l.fold%tests == f }
		m := learnPair(slices.Concat(lines, slices.DeleteFunc(slices.Clone(articles), held)), o)
		list = append(list, crossing{m, sampler, m.inArticles(slices.DeleteFunc(slices.Clone(articles), func(l *line) bool { return !held(l) }))})
	}
	return list
}

// highest are the highest margins of all articles.
func highest(list []crossing) (margins []float64) {
	for _, c := range list {
		for _, a := range c.articles {
			margins = append(margins, slices.Max(c.scores(a)))
		}
	}
	return margins
}

// limitOf is the margin that so large a share is above.
func limitOf(margins []float64, share float64) float64 {
	slices.Sort(margins)
	return margins[len(margins)-1-int(share*float64(len(margins)))]
}

// inArticles are the lines of articles and their margins.
func (m *pair) inArticles(lines []*line) (list []article) {
	at := map[string]int{}
	for _, l := range lines {
		n, found := at[l.kind]
		if !found {
			n = len(list)
			at[l.kind] = n
			list = append(list, article{})
		}
		a := &list[n]
		a.lines, a.margins = append(a.lines, l.text), append(a.margins, m.margin(&l.sample))
	}
	return list
}

// planted are the margins of the lines of passages in articles, each in another one: the mean
// of what the models say.
func planted(models []crossing, test []*line) []float64 {
	margins := make([]float64, len(test))
	for _, m := range models {
		for i := 0; i < len(test); {
			into := m.articles[test[i].passage%len(m.articles)]
			all := article{slices.Clone(into.lines), slices.Clone(into.margins)}
			j := i
			for ; j < len(test) && test[j].passage == test[i].passage; j++ {
				all.lines, all.margins = append(all.lines, test[j].text), append(all.margins, m.margin(&test[j].sample))
			}
			for n, x := range m.scores(all)[len(into.lines):] {
				margins[i+n] += x / float64(len(models))
			}
			i = j
		}
	}
	return margins
}

// found is what a test finds of the passages of a kind.
type found struct{ spam, whole, rules, both, sound, touched int }

// passage is what a test finds of the lines of one.
type passage struct {
	kind              string
	spam              bool
	lines             int
	model, rule, both int
}

// report prints by kind what is found whole: by the model, by the rules, by one of both. The
// limit is the margin that so large a share of articles is above, then the one that so large a
// share of sound passages is.
func report(models []crossing, test []*line, o *settings) {
	margins, highest := planted(models, test), highest(models)
	byPassage := map[int]float64{} // of sound ones
	for i, l := range test {
		if high, found := byPassage[l.passage]; !l.spam && (!found || margins[i] > high) {
			byPassage[l.passage] = margins[i]
		}
	}
	above := func(limit float64, list []float64) float64 {
		n := 0
		for _, x := range list {
			if x > limit {
				n++
			}
		}
		return float64(n) / float64(len(list))
	}
	sound := slices.Collect(maps.Values(byPassage))
	for _, of := range [][]float64{highest, sound} {
		limit := limitOf(of, o.falseTexts)
		fmt.Printf("limit %.2f: %.4f of articles, %.4f of sound passages\n", limit, above(limit, highest), above(limit, sound))
		reportAt(limit, test, margins, o)
	}
}

// reportAt prints what is above a limit.
func reportAt(limit float64, test []*line, margins []float64, o *settings) {
	var list []*passage
	last := -1
	for i, l := range test {
		if l.passage != last {
			last = l.passage
			list = append(list, &passage{kind: l.kind, spam: l.spam})
		}
		p := list[len(list)-1]
		p.lines++
		if margins[i] > limit {
			p.model++
		}
		if l.sample.Rule {
			p.rule++
		}
		if margins[i] > limit || l.sample.Rule {
			p.both++
		}
		if o.missed && (margins[i] > limit || l.sample.Rule) != l.spam {
			fmt.Printf("%-12s spam %5t %6.2f %s\n", l.kind, l.spam, margins[i], l.text)
		}
	}
	kinds := map[string]*found{"all": {}}
	for _, p := range list {
		if kinds[p.kind] == nil {
			kinds[p.kind] = &found{}
		}
		p.count(kinds[p.kind])
		p.count(kinds["all"])
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		f := kinds[kind]
		share := func(n int) float64 { return float64(n) / float64(max(1, f.spam)) }
		fmt.Printf("%-12s %4d spam: model %.3f, rules %.3f, both %.3f; %4d sound, %d touched\n", kind, f.spam, share(f.whole), share(f.rules), share(f.both), f.sound, f.touched)
	}
}

func (p *passage) count(f *found) {
	if !p.spam {
		f.sound++
		if p.both > 0 {
			f.touched++
		}
		return
	}
	f.spam++
	if p.model == p.lines {
		f.whole++
	}
	if p.rule == p.lines {
		f.rules++
	}
	if p.both == p.lines {
		f.both++
	}
}
