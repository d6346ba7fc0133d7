package main

import (
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
}

func newModel(bits int) *model {
	return &model{bits: bits, shapes: make([]float64, spam.MaxShape), grams: make([]float64, 1<<bits)}
}

// margin says in nats how much a line is spam.
func (m *model) margin(s *spam.Sample) float64 {
	sum, shapes := 0.0, 0.0
	for _, h := range s.Grams {
		sum += m.grams[h>>(64-m.bits)]
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
func learn(list []*line, o *settings) *model {
	m, mean, seen := newModel(o.bits), newModel(o.bits), newModel(o.bits)
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
	move := func(w, slope *float64, g float64) {
		g += o.decay * *w
		*slope += g * g
		*w -= o.rate * g / math.Sqrt(*slope+leastSlope)
	}
	norm := spam.GramNorm(len(l.sample.Grams))
	for _, h := range l.sample.Grams {
		i := h >> (64 - m.bits)
		move(&m.grams[i], &s.grams[i], g*norm)
	}
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
	c := &corpus{sampler: sampler}
	lines, err := c.labelled(o.folder, o.from, o.hard)
	if err != nil {
		return err
	}
	articles, err := c.articles(o.gold)
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
		held := func(l *line) bool { return l.fold < heldOut && l.set == "" }
		m := learn(slices.Concat(lines, slices.DeleteFunc(slices.Clone(articles), held)), o)
		report(m, test, slices.DeleteFunc(articles, func(l *line) bool { return !held(l) }), o)
		return nil
	}
	m := learn(slices.Concat(lines, articles), o)
	packed, err := spam.PackLineModel(m.bias, m.shapes, m.grams, o.bits)
	if err != nil {
		return err
	}
	fmt.Println(len(lines), "lines of passages,", len(articles), "of articles,", len(packed), "bytes")
	return os.WriteFile(o.out, packed, 0o644)
}

// limit is the margin that the highest line of so large a share of articles is above, less
// what the stage asks more for of articles that sound like spam as a whole.
func (m *model) limit(articles []*line, share float64) float64 {
	byArticle := map[string][]float64{}
	for _, l := range articles {
		byArticle[l.kind] = append(byArticle[l.kind], m.margin(&l.sample))
	}
	highest := make([]float64, 0, len(byArticle))
	for _, margins := range byArticle {
		highest = append(highest, spam.Highest(margins))
	}
	slices.Sort(highest)
	return highest[len(highest)-1-int(share*float64(len(highest)))]
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

// report prints by kind what is found whole: by the model, by the rules, by one of both.
func report(m *model, test, articles []*line, o *settings) {
	limit := m.limit(articles, o.falseTexts)
	var list []*passage
	last := -1
	for _, l := range test {
		if l.passage != last {
			last = l.passage
			list = append(list, &passage{kind: l.kind, spam: l.spam})
		}
		p := list[len(list)-1]
		p.lines++
		margin := m.margin(&l.sample)
		if margin > limit {
			p.model++
		}
		if l.sample.Rule {
			p.rule++
		}
		if margin > limit || l.sample.Rule {
			p.both++
		}
		if o.missed && (margin > limit || l.sample.Rule) != l.spam {
			fmt.Printf("%-12s spam %5t %6.2f %s\n", l.kind, l.spam, margin, l.text)
		}
	}
	if o.missed {
		for _, l := range articles {
			if margin := m.margin(&l.sample); margin > limit {
				fmt.Printf("%-12s %6.2f %s\n", "article", margin, l.text)
			}
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
	fmt.Printf("limit %.2f\n", limit)
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
