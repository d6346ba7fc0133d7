// Command train fits the model of the HTML extractor on pages with gold texts
// and writes it as a Go file.
//
//	go run ./transform/train -data ../shared/data -folds 4            # cross-validated by site
//	go run ./transform/train -data ../shared/data -folds 4 -models DIR -out transform/html/score/model_table.go
//
// The second also judges the model by site, and learns from what that says how sure the
// text of a page is; the models of the folds stay in DIR for a next time. After a change of
// rules alone, -folds 4 -models DIR -confidence transform/html/score/model_table.go learns
// that anew.
//
// Pages are read from DATA/{train,web,zh,magic}.{warc.gz,pages.jsonl,gold.jsonl.gz};
// nothing of them is stored but the weights of words that occur on many sites.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform"
)

type config struct {
	data   string
	sets   string
	out    string
	pred   string
	hold   string
	report string
	mode   string
	dump   string
	models string
	only   string
	folds  int
	upto   int
	trees  int
	first  int
	kinds  int
	jobs   int
	stubs  int
	blind  int
	rate   float64
	lambda float64
	sample float64
	sites  int
}

func main() {
	var c config
	flag.StringVar(&c.data, "data", "../shared/data", "folder of the page sets")
	flag.StringVar(&c.sets, "sets", "train,web,zh,magic", "page sets to learn from")
	flag.StringVar(&c.out, "out", "", "Go file to write the model of all pages to")
	flag.StringVar(&c.pred, "pred", "", "file for cross-validated {id,text} lines")
	flag.StringVar(&c.hold, "holdout", "", "page set whose sites are not learned from; its pages are scored by the model")
	flag.StringVar(&c.report, "report", "", "with -folds: only pages of this set are held out and scored")
	flag.StringVar(&c.mode, "mode", "default", "with -folds: how pages are extracted: precision, default, recall or all")
	flag.StringVar(&c.dump, "dump", "", "file for the blocks of scored pages with labels and scores (JSON lines)")
	flag.StringVar(&c.models, "models", "", "folder that keeps the models of the folds: those that are there are not learned again")
	flag.StringVar(&c.only, "confidence", "", "with -folds: Go file of a model in which only how sure a text is is written anew, after a change of rules")
	flag.IntVar(&c.folds, "folds", 0, "cross-validate by site in so many folds")
	flag.IntVar(&c.upto, "upto", 1<<30, "stop after so many folds")
	flag.IntVar(&c.trees, "trees", 400, "trees")
	flag.IntVar(&c.first, "first", 160, "trees of the first stage")
	flag.IntVar(&c.kinds, "kinds", 24, "trees for each kind of page")
	flag.IntVar(&c.stubs, "stubs", 8, "one page of so many is learned from a second time, with next to no content (0: none)")
	flag.IntVar(&c.blind, "blind", 4, "one page of so many is learned from a second time with all its words unknown, another with all its classes (0: none)")
	flag.IntVar(&c.jobs, "jobs", 2, "folds at a time")
	flag.Float64Var(&c.rate, "rate", 0.08, "learning rate")
	flag.Float64Var(&c.lambda, "lambda", 1.5, "L2 on leaf values; a page's blocks weigh up to 1")
	flag.Float64Var(&c.sample, "sample", 0.22, "share of the blocks that a tree sees")
	flag.IntVar(&c.sites, "sites", 6, "sites on which a word must occur")
	flag.Parse()
	if err := run(c); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(c config) error {
	var docs []*doc
	for set := range strings.SplitSeq(c.sets, ",") {
		d, err := load(c.data, set)
		if err != nil {
			return err
		}
		docs = append(docs, d...)
	}
	weigh(docs)
	if !c.kept() {
		if err := prepare(docs, c.stubs); err != nil {
			return err
		}
	}
	var confidence transform.Stage
	if c.folds > 1 {
		var err error
		if confidence, err = crossValidate(c, docs); err != nil {
			return err
		}
	}
	if c.only != "" && len(confidence.Trees) > 0 {
		return exportConfidence(c.only, confidence)
	}
	if c.out == "" && c.hold == "" {
		return nil
	}
	var held []*doc
	if c.hold != "" {
		var err error
		if held, err = load(c.data, c.hold); err != nil {
			return err
		}
		sites := map[uint64]bool{}
		for _, d := range held {
			sites[d.siteHash] = true
		}
		docs = slices.DeleteFunc(docs, func(d *doc) bool { return sites[d.siteHash] })
	}
	m, err := fit(c, docs)
	if err != nil {
		return err
	}
	m.confidence = confidence
	if len(held) > 0 {
		if err := judge(c, m, held); err != nil {
			return err
		}
	}
	if c.out == "" {
		return nil
	}
	return export(c.out, m)
}

// judge scores the pages of the held-out set, at several balances.
func judge(c config, m *fitted, docs []*doc) error {
	model, err := m.build()
	if err != nil {
		return err
	}
	w, err := newPredictions(c.pred)
	if err != nil {
		return err
	}
	x := transform.NewExtractor(model)
	for _, beta := range []float64{0.5, 0.65, 0.8, 0.9, 1, 0} {
		sc := newScores()
		for _, d := range docs {
			pg, err := x.Extract(d.html, transform.Options{Beta: beta})
			if err != nil {
				return err
			}
			sc.add(d, pg.Text)
			if beta == 0 {
				if err := w.write(d.id, pg.Text); err != nil {
					return err
				}
			}
		}
		fmt.Println("beta", beta, "(0 = default mode)")
		sc.print()
	}
	return w.close()
}

// split parts the pages of a fold: those learned from, and those scored by
// what they teach. No site is in both; with a report set the other pages of a
// held-out site are in neither.
func split(c config, docs []*doc, fold int) (in, out []*doc) {
	held := map[uint64]bool{}
	for _, d := range docs {
		if (c.report == "" || d.set == c.report) && int(d.siteHash%uint64(c.folds)) == fold {
			held[d.siteHash] = true
			out = append(out, d)
		}
	}
	for _, d := range docs {
		if !held[d.siteHash] {
			in = append(in, d)
		}
	}
	return in, out
}

// crossValidate scores every page by a model that saw no page of its site, and learns
// from the scores how sure a page's text is.
func crossValidate(c config, docs []*doc) (confidence transform.Stage, err error) {
	mode, err := transform.ParseMode(c.mode)
	if err != nil {
		return confidence, err
	}
	w, err := newPredictions(c.pred)
	if err != nil {
		return confidence, err
	}
	models, held, err := fitFolds(c, docs)
	if err != nil {
		return confidence, err
	}
	sc := newScores()
	var pages []judged
	for f, m := range models {
		if m == nil {
			continue
		}
		x := transform.NewExtractor(m)
		for _, d := range held[f] {
			pg, err := x.Extract(d.html, transform.Options{Mode: mode})
			if err != nil {
				return confidence, err
			}
			f1 := sc.add(d, pg.Text)
			if !d.onlySnippets() {
				pages = append(pages, judged{d, x.ConfidenceFeatures(), f1})
			}
			if err := w.write(d.id, pg.Text); err != nil {
				return confidence, err
			}
		}
		if c.dump != "" {
			if err := dumpPages(c.dump, x, held[f]); err != nil {
				return confidence, err
			}
		}
	}
	sc.print()
	return fitConfidence(c, pages), w.close()
}

// fitFolds learns a model for each fold; held are the pages that it did not see.
func fitFolds(c config, docs []*doc) (models []*transform.Model, held [][]*doc, err error) {
	models = make([]*transform.Model, c.folds)
	held = make([][]*doc, c.folds)
	var g jobs
	g.limit(c.jobs)
	for f := range min(c.folds, c.upto) {
		g.run(func() error {
			in, out := split(c, docs, f)
			m, err := fitFold(c, in, f)
			if err != nil {
				return err
			}
			held[f] = out
			models[f], err = m.build()
			fmt.Printf("fold %d: %d pages to score\n", f, len(out))
			return err
		})
	}
	return models, held, g.wait()
}
