package datagen

import (
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
)

// Choose implements stage.Chooser: documents of a size, a share of them, and as many as keep
// the shares of what is made below their limits, in every batch and for every source in it.
// What may be made hangs on what leaves the stage besides: m bytes of all are no more than a
// share s of them where m <= s/(1-s) * rest.
func (m *maker) Choose(docs []*corpus.Document) []bool {
	chosen := make([]bool, len(docs))
	ofAll, ofSource := allowed(m.set.MaxShare), allowed(m.set.MaxShareOfSource)
	credit, credits := 0.0, map[string]float64{}
	for _, d := range docs {
		size := float64(len(d.Text))
		credit += ofAll * size
		credits[d.Origin.Source] += ofSource * size
	}
	for i, d := range docs {
		if n := utf8.RuneCountInString(d.Text); n < m.set.MinChars || n > m.set.MaxChars || n == 0 {
			continue
		}
		if m.set.Sample < 1 && float64(xxh3.HashStringSeed(d.ID, m.set.Sampling.Seed)>>11)/(1<<53) >= m.set.Sample {
			continue
		}
		size, source := float64(len(d.Text)), d.Origin.Source
		cost := m.growth() * size
		most, mostOfSource := cost, cost
		if !m.set.keep { // the document leaves the rest
			most, mostOfSource = cost+ofAll*size, cost+ofSource*size
		}
		if m.set.MaxShare < 1 && credit < most || m.set.MaxShareOfSource < 1 && credits[source] < mostOfSource {
			continue
		}
		chosen[i] = true
		credit -= most
		credits[source] -= mostOfSource
	}
	return chosen
}

// allowed is how many bytes may be made for each that leaves the stage besides.
func allowed(share float64) float64 {
	if share < 1 {
		return share / (1 - share)
	}
	return 0 // does not count
}

// growth is how many bytes may be made of each of a document where shares have limits.
func (m *maker) growth() float64 {
	if x, on := m.judge.maxRatio.Get(); on && x > 0 {
		return x
	}
	return growthDefault
}

const growthDefault = 4

// capped reports whether made documents must stay within growth.
func (m *maker) capped() bool { return m.set.MaxShare < 1 || m.set.MaxShareOfSource < 1 }
