package main

import (
	"slices"

	"github.com/corpusmill/corpusmill/transform"
)

// kindFit learns to tell kinds of pages apart.
type kindFit struct {
	c    config
	each [transform.Kinds]*booster
	made map[int][]transform.Stage
}

func fitKinds(c config, docs []*doc) (*kindFit, error) {
	c.lambda, c.rate, c.sample = 4, 0.15, 0.7
	k := &kindFit{c: c, made: map[int][]transform.Stage{}}
	names := transform.KindNames()
	for i := range k.each {
		k.each[i] = newBooster(c, transform.PageFeatureCount)
		k.each[i].quiet = true
	}
	for _, d := range docs {
		for i, b := range k.each {
			b.raw = append(b.raw, d.page...)
			b.part = append(b.part, uint8(partOf(d)))
			y := float32(0)
			if slices.Index(names[:], d.kind) == i {
				y = 1
			}
			b.label = append(b.label, y)
			b.weight = append(b.weight, d.share)
			b.n++
		}
	}
	for _, b := range k.each {
		b.quantise()
	}
	return k, nil
}

// of returns the models that saw no page of a part (-1: that saw all).
func (k *kindFit) of(part int) []transform.Stage {
	if m := k.made[part]; m != nil {
		return m
	}
	var out []transform.Stage
	for _, b := range k.each {
		out = append(out, b.train(k.c.kinds, part))
	}
	k.made[part] = out
	return out
}
