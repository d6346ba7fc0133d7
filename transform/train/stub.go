package main

import (
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform"
)

const (
	stubWords = 30 // words of content that a stub keeps, about
	stubFrom  = 5  // blocks of content from which a page gives a stub

	stubSet    = "stub"
	stubWeight = 0.2 // of a stub's blocks against those of a real page
)

// stub returns a page with nearly all of its content taken out and its
// furniture left: a page that says next to nothing, of which the gold sets hold
// too few. It is nil for a page with too little content to begin with.
func stub(x *transform.Extractor, d *doc) *doc {
	var cut [][2]int
	var kept []string
	n, content := 0, 0
	i := 0
	for b := range x.Blocks() {
		s := d.samples[i]
		i++
		if s.label < 0.3 {
			continue
		}
		content++
		if s.label > 0.9 && n+len(s.words) <= stubWords+len(d.id)%stubWords {
			n += len(s.words)
			kept = append(kept, b.Text)
			continue
		}
		cut = append(cut, b.Spans...)
	}
	if content < stubFrom || n == 0 {
		return nil
	}
	slices.SortFunc(cut, func(a, b [2]int) int { return a[0] - b[0] })
	var html strings.Builder
	at := 0
	for _, c := range cut {
		if c[0] > at {
			html.WriteString(d.html[at:c[0]])
		}
		at = max(at, c[1])
	}
	html.WriteString(d.html[at:])
	gold := strings.Join(kept, "\n")
	return &doc{id: d.id + "-stub", set: stubSet, kind: d.kind, source: d.source, siteHash: d.siteHash, share: d.share,
		html: html.String(), gold: gold, goldWords: words(gold)}
}
