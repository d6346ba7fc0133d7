// Command lang measures package purify/language and its peers on labelled texts of
// 20, 50, 100 and 500 code points.
//
//	lang samples LANGID.JSONL.GZ           writes the samples, a JSON object a line
//	lang pages LANGID.JSONL.GZ FOLDER      writes pages of sentences, code and lists as samples
//	lang score [-ftz MODEL] [-arbiter] [-all] [-variants] [-pages] SAMPLES [NAME=ANSWERS ...]
//	                                       prints the tables; ANSWERS has a code a line
//	lang time MODEL|own|lines               reads frames (length as 4 bytes, little-endian,
//	                                       and the text) up to an empty one, then names the
//	                                       language of all of them for each further byte and
//	                                       prints the user CPU seconds
//	lang open MODEL|own|lines               opens the model and prints the milliseconds and
//	                                       the peak resident set in MB
//
// The program in peers gives the answers of lingua-go and whatlanggo, speed.py those of
// the C++ library and its speed. README.md says how the tables were made.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lang:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("want samples, pages, score, time or open, and what to work on")
	}
	switch args[0] {
	case "samples":
		return writeSamples(args[1])
	case "pages":
		if len(args) != 3 {
			return errors.New("want the labelled texts and a folder of code")
		}
		return writePages(args[1], args[2])
	case "time":
		return clock(args[1], os.Stdin, os.Stdout)
	case "open":
		return openModel(args[1], os.Stdout)
	case "score":
		flags := flag.NewFlagSet("score", flag.ContinueOnError)
		var o options
		flags.StringVar(&o.ftz, "ftz", "", "a fastText model to measure too")
		flags.BoolVar(&o.arbiter, "arbiter", false, "measure arbiter: lingua too, alone and with the fastText model")
		flags.BoolVar(&o.perLanguage, "all", false, "print every language")
		flags.BoolVar(&o.variants, "variants", false, "the samples are of zh-Hans, zh-Hant and yue")
		flags.BoolVar(&o.pages, "pages", false, "the samples are pages")
		if err := flags.Parse(args[1:]); err != nil || flags.NArg() == 0 {
			return errors.Join(err, errors.New("want the file of samples"))
		}
		return score(o, flags.Args())
	}
	return fmt.Errorf("%s: want samples, pages, score, time or open", args[0])
}
