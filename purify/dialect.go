package purify

import (
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/text"
)

// The names of the dialects.
const (
	datatrove = "datatrove"
	dclm      = "dclm"
)

// ruleEmpty drops a document without text or words, where a peer would divide
// by zero.
const ruleEmpty = "empty"

func empty() corpus.Verdict { return corpus.Verdict{Rule: ruleEmpty, Value: 0, Limit: 1} }

// checkDialect returns an error unless name is "" or one of known.
func checkDialect(name string, known ...string) error {
	if name == "" {
		return nil
	}
	for _, k := range known {
		if name == k {
			return nil
		}
	}
	return fmt.Errorf("dialect: %q is unknown, want %s", name, strings.Join(known, " or "))
}

// checkWords returns an error unless name is "" or a segmenter.
func checkWords(name string) error {
	if name == "" {
		return nil
	}
	if _, err := text.ParseSegmenter(name); err != nil {
		return fmt.Errorf("words: %q is unknown, want uax29, spacy_en or whitespace", name)
	}
	return nil
}

// segmenter returns the segmenter of that name, d if there is none.
func segmenter(name string, d text.Segmenter) text.Segmenter {
	if name == "" {
		return d
	}
	s, err := text.ParseSegmenter(name)
	if err != nil {
		return d // Validate has said so
	}
	return s
}

// ratio returns part/whole, 0 for a share of nothing.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// onlyKnown returns the rules of names that are not "".
func onlyKnown(names []string) []string {
	rules := []string{ruleEmpty}
	for _, n := range names {
		if n != "" {
			rules = append(rules, n)
		}
	}
	return rules
}

// checkPositive returns an error if n is negative; 0 is the default.
func checkPositive(key string, n int) error {
	if n < 0 {
		return fmt.Errorf("%s: %d is negative, want at least 1", key, n)
	}
	return nil
}
