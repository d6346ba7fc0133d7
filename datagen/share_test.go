package datagen

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func opened(t *testing.T, change func(*Rephrase)) *RephraseStage {
	t.Helper()
	r := RephraseDef.New().(*Rephrase)
	r.Server, r.Model, r.License = "http://localhost:1", "m", "none"
	change(r)
	s, err := stage.Open[*RephraseStage](t.Context(), RephraseDef, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// However long the texts are, what may be made of those that are chosen is no larger a share
// than it may be, of the batch and of each source in it.
func TestShares(t *testing.T) {
	for _, c := range []struct {
		keep            bool
		share, ofSource float64
		growth          float64 // max_ratio
		atLeast, atMost int     // documents chosen of 120 equal ones
	}{
		{true, 1, 1, 2.5, 120, 120},
		{false, 1, 1, 2.5, 120, 120},
		{true, 0.5, 1, 2.5, 48, 48},    // a byte for each; 2.5 for one that is chosen
		{false, 0.5, 1, 2.5, 34, 34},   // a byte for each that goes past
		{false, 0.5, 1, 0.5, 80, 80},   // 40 bytes of what is made, 40 that went past
		{false, 0.9, 1, 0.1, 118, 118}, // of 120, 2 go past, and 11.8 are made
		{true, 0.5, 0.2, 2.5, 12, 12},  // of two sources, a quarter each
		{false, 1, 0.2, 2.5, 10, 10},   // a quarter of 55 bytes for 5 of each that are chosen
		{true, 0.001, 1, 2.5, 0, 0},    // never enough for one
		{true, 0.9999, 1, 2.5, 120, 120},
	} {
		s := opened(t, func(r *Rephrase) {
			r.Keep, r.MaxShare, r.MaxShareOfSource, r.Judge.MaxRatio = c.keep, c.share, c.ofSource, stage.At(c.growth)
		})
		var docs []*corpus.Document
		for i := range 120 {
			docs = append(docs, &corpus.Document{ID: fmt.Sprint(i), Text: strings.Repeat("x", 100), Origin: corpus.Origin{Source: []string{"a", "b"}[i%2]}})
		}
		n := 0
		for _, chosen := range s.Choose(docs) {
			if chosen {
				n++
			}
		}
		if n < c.atLeast || n > c.atMost {
			t.Errorf("%+v: %d chosen", c, n)
		}
		for i, d := range docs { // of all lengths
			d.Text = strings.Repeat("x", 1+(i*i*37)%997)
		}
		made, all, ofSource, allOfSource := 0.0, 0.0, map[string]float64{}, map[string]float64{}
		for i, chosen := range s.Choose(docs) {
			size, d := float64(len(docs[i].Text)), docs[i].Origin.Source
			left := size
			if chosen {
				most := s.growth() * size
				made, ofSource[d] = made+most, ofSource[d]+most
				if !c.keep {
					left = 0
				}
				left += most
			}
			all, allOfSource[d] = all+left, allOfSource[d]+left
		}
		if made > c.share*all+1e-6 && c.share < 1 {
			t.Errorf("%+v: %g of %g bytes", c, made, all)
		}
		for source, x := range ofSource {
			if x > c.ofSource*allOfSource[source]+1e-6 && c.ofSource < 1 {
				t.Errorf("%+v: source %s: %g of %g bytes", c, source, x, allOfSource[source])
			}
		}
	}
}

// Documents that are too short, too long, or not of the sample go past, and the sample hangs
// on the ID alone.
func TestChoose(t *testing.T) {
	s := opened(t, func(r *Rephrase) { r.MinChars, r.MaxChars = 3, 5 })
	docs := []*corpus.Document{{ID: "a", Text: "xx"}, {ID: "b", Text: "xxx"}, {ID: "c", Text: "世界世界世"}, {ID: "d", Text: "xxxxxx"}, {ID: "e"}}
	if got := fmt.Sprint(s.Choose(docs)); got != "[false true true false false]" {
		t.Error(got)
	}
	s = opened(t, func(r *Rephrase) { r.Sample = 0.25 })
	n := 0
	for i := range 4000 {
		d := &corpus.Document{ID: fmt.Sprint("document ", i), Text: "x"}
		if s.Choose([]*corpus.Document{d})[0] {
			n++
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 4000 for a quarter", n)
	}
}

// Whoever asks and whatever the answers cost: a budget is not exceeded, and is used as far as
// it goes.
func TestPurse(t *testing.T) {
	p := newPurse(Budget{Tokens: 1000}, true)
	p.add(stage.Spending{Requests: 1, PromptTokens: 60, CompletionTokens: 40})
	most := stage.Spending{Requests: 1, PromptTokens: 10, CompletionTokens: 40}
	var spent, failed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				if err := p.reserve(t.Context(), most); err != nil {
					if !errors.Is(err, stage.ErrSpent) {
						t.Error(err)
					}
					failed.Add(1)
					return
				}
				now := stage.Spending{Requests: 1, PromptTokens: 10, CompletionTokens: 5}
				spent.Add(now.Tokens())
				p.settle(most, now)
			}
		})
	}
	wg.Wait()
	if n := spent.Load(); n > 900 || n < 900-50 || failed.Load() != 8 {
		t.Errorf("%d tokens were spent of 900, %d stopped", n, failed.Load())
	}
	money := newPurse(Budget{USD: 1, PromptPrice: 2, CompletionPrice: 8}, true)
	if err := money.reserve(t.Context(), stage.Spending{PromptTokens: 100_000, CompletionTokens: 100_000}); err != nil { // exactly
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := money.reserve(ctx, stage.Spending{PromptTokens: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("one that waits and is given up: %v", err)
	}
	batch := newPurse(Budget{Tokens: 10}, false) // nobody settles what waits for files
	if err := batch.reserve(t.Context(), stage.Spending{PromptTokens: 10}); err != nil {
		t.Error(err)
	}
	if err := batch.reserve(t.Context(), stage.Spending{PromptTokens: 1}); !errors.Is(err, stage.ErrSpent) {
		t.Error(err)
	}
}
