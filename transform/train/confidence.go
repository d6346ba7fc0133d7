package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/corpusmill/corpusmill/transform"
)

const (
	goodF1     = 0.8 // word F1 above which a page's text counts as right
	sureFrom   = 0.9 // confidence that is looked at
	confTrees  = 80
	confLambda = 6
	confRate   = 0.1
)

// judged is a page that a model judged which saw no page of its site.
type judged struct {
	doc  *doc
	feat []float32
	f1   float64
}

// fitConfidence learns how sure a page's text is from pages that were scored without
// their sites, and prints how it holds, judged the same way.
func fitConfidence(c config, pages []judged) transform.Stage {
	c.lambda, c.rate, c.sample = confLambda, confRate, 0.7
	b := newBooster(c, transform.ConfidenceFeatureCount)
	b.quiet = true
	for _, p := range pages {
		y := float32(0)
		if p.f1 > goodF1 {
			y = 1
		}
		b.raw = append(b.raw, p.feat...)
		b.part = append(b.part, uint8(partOf(p.doc)))
		b.label = append(b.label, y)
		b.weight = append(b.weight, p.doc.share)
		b.n++
	}
	raw := slices.Clone(b.raw)
	b.quantise()
	type held struct {
		p, f1, share float64
		set          string
	}
	var out []held
	for part := range parts {
		s := b.train(confTrees, part)
		for i, p := range pages {
			if partOf(p.doc) == part {
				out = append(out, held{probability(s, raw[i*b.nf:(i+1)*b.nf]), p.f1, float64(p.doc.share), p.doc.set})
			}
		}
	}
	for _, set := range []string{"", "web", "train", "zh", "magic"} {
		for lo := 0.0; lo < 1; lo += 0.1 {
			n, good, sum := 0.0, 0.0, 0.0
			for _, h := range out {
				if (set == "" || h.set == set) && h.p >= lo && (h.p < lo+0.1 || lo == sureFrom) {
					n += h.share
					sum += h.p * h.share
					if h.f1 > goodF1 {
						good += h.share
					}
				}
			}
			if n > 0 {
				fmt.Printf("confidence %-5s %.1f to %.1f: weight %6.1f, mean %.3f, right %.3f\n", set, lo, lo+0.1, n, sum/n, good/n)
			}
		}
	}
	return b.train(confTrees, -1)
}

func probability(s transform.Stage, f []float32) float64 {
	sum := float64(s.Bias)
	for _, t := range s.Trees {
		k := 0
		for d, feature := range t.Feature {
			if f[feature] > t.Cut[d] {
				k |= 1 << d
			}
		}
		sum += float64(t.Leaf[k])
	}
	return 1 / (1 + math.Exp(-sum))
}
