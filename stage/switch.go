package stage

import (
	"errors"

	"github.com/corpusmill/corpusmill/config"
)

// Switch sends every document through the stages of one of several cases, chosen by its
// language, source, media type or a stored value; behind it all are in one stream again,
// in the order of reading.
//
//	switch: { by: lang, cases: { zh: [{ chinese_quality: {} }],
//	en: [{ c4_quality: {} }] }, default: [{ gopher_quality: {} }] }
//
// Cases hold stages that work on one document at a time, limits that are shares of the
// documents among them (of those that come into the case), and further switches. What
// works across documents, and checkpoints, stand outside. A value that only the stages of
// some cases store is null for the other documents. Names of stages are unique in the
// whole pipeline: a stage that stands in two cases has a name in one of them (as).
//
// Of the keys that every stage takes a switch has the name (as) alone.
type Switch struct {
	// By is what documents are sent by: lang (of one that is not known "und"), source,
	// media, or a stored column such as sig_gopher_quality_words.
	By string `yaml:"by"`
	// Cases are lists of stages by the value that leads to them. A list may be empty.
	Cases map[string][]*config.Node `yaml:"cases"`
	// Default is the list of stages for documents whose value has no case; without it they
	// go on as they are.
	Default []*config.Node `yaml:"default"`
}

// Validate checks that there is something to choose.
func (s *Switch) Validate() error {
	switch {
	case s.By == "":
		return errors.New("by: want lang, source, media or a stored column")
	case len(s.Cases) == 0:
		return errors.New("cases: want lists of stages by value, as { zh: [...], en: [...] }")
	}
	return nil
}

// SwitchDef defines the switch. The engine alone can open what is in it.
var SwitchDef = Define[Switch]("switch", 1)
