package main

import (
	"math/rand/v2"
	"testing"

	"github.com/corpusmill/corpusmill/transform"
)

// What is learned is a probability: of pages at a confidence, that share is right.
func TestConfidenceIsCalibrated(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) (pages []judged) {
		for i := range n {
			f := make([]float32, transform.ConfidenceFeatureCount)
			for k := range f {
				f[k] = rng.Float32()
			}
			p := judged{doc: &doc{siteHash: uint64(i) * 1000003, share: 1}, feat: f}
			if rng.Float32() < f[0] { // the first says how likely it is
				p.f1 = 1
			}
			pages = append(pages, p)
		}
		return pages
	}
	var c config
	s := fitConfidence(c, draw(3000))
	var n, sum, right [3]float64 // below .3, between, from .8
	for _, p := range draw(20000) {
		v := probability(s, p.feat)
		k := 1
		switch {
		case v < 0.3:
			k = 0
		case v >= 0.8:
			k = 2
		}
		n[k]++
		sum[k] += v
		right[k] += p.f1
	}
	for k := range n {
		if n[k] < 1000 {
			t.Errorf("group %d: %v pages", k, n[k])
			continue
		}
		if d := sum[k]/n[k] - right[k]/n[k]; d < -0.05 || d > 0.05 {
			t.Errorf("group %d: mean %v, right %v", k, sum[k]/n[k], right[k]/n[k])
		}
	}
}
