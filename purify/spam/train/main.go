// Command train makes model.bin.gz, the model of lines of the stage chinese_spam. Run it in
// the module's root:
//
//	go run ./purify/spam/train -gold 'GLOB of .jsonl.gz'
//
// It learns from the passages in passages/*.jsonl, spam and sound, from what the templates of
// grammar are filled to, and from the lines of sound articles, the column gold of the files
// of -gold. Nothing of these but the weights is
// kept. Equal input gives an equal model. A score of 0.5 is where a share of -false of the articles
// of sites that were not learned from has a line above.
//
// With -test it learns from the passages of -from and the articles of two of three parts of the
// sites, by turns, writes nothing and tells what it finds of the passages of -test, each planted in
// an article of the other sites, at the limit that a share of those is above, and at the one that a
// share of the sound passages is above.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// settings of the training.
type settings struct {
	bits         int     // of a gram's number
	epochs       int     // passes over the lines
	rate         float64 // of AdaGrad
	shapeRate    float64 // of weights of shapes
	spunRate     float64
	decay        float64 // of a weight, as a share of it in a step
	hard         float64 // weight of a line of a sound passage
	article      float64 // of a line of an article
	seed         uint64
	each         int     // lines of a template
	grammar      float64 // weight of one
	rules        string
	folder, gold string
	from, test   []string
	out          string
	falseTexts   float64
	missed       bool
}

func main() {
	o := settings{}
	flag.IntVar(&o.bits, "bits", 18, "bits of a gram's number")
	flag.IntVar(&o.epochs, "epochs", 8, "passes over the lines")
	flag.Float64Var(&o.rate, "rate", 0.015, "rate")
	flag.Float64Var(&o.shapeRate, "shaperate", 0.015, "rate of weights of shapes")
	flag.Float64Var(&o.spunRate, "spunrate", 0.02, "rate of weights of shapes in the model of spun text")
	flag.Float64Var(&o.decay, "decay", 1e-2, "decay of weights")
	flag.Float64Var(&o.hard, "hard", 8, "weight of a line of a sound passage, where one of spam has 1")
	flag.Float64Var(&o.article, "article", 2, "weight of a line of an article")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the order")
	flag.IntVar(&o.each, "each", 8, "lines of a template")
	flag.Float64Var(&o.grammar, "grammar", 0.5, "weight of the line of a template, 0 for none")
	flag.StringVar(&o.rules, "templates", "purify/spam/train/grammar", "folder of templates and their words")
	flag.StringVar(&o.folder, "passages", "purify/spam/train/passages", "folder of passages")
	flag.StringVar(&o.gold, "gold", "", "glob of gzip JSON Lines with the texts of sound articles in the column gold")
	from := flag.String("from", "", "sets of passages to learn from, such as a,b: all if empty")
	test := flag.String("test", "", "sets of passages to test with")
	flag.StringVar(&o.out, "o", "purify/spam/model.bin.gz", "file to write")
	flag.Float64Var(&o.falseTexts, "false", 0.01, "share of articles with a line above the limit of a test, and of sound passages")
	flag.BoolVar(&o.missed, "missed", false, "print the lines that a test gets wrong")
	flag.Parse()
	o.from, o.test = names(*from), names(*test)
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
