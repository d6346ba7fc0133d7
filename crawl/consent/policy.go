package consent

import (
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
)

// rule is a reason to leave a page alone. The order is that in which they are looked at.
type rule uint8

const (
	ruleRobots rule = iota
	ruleReserved
	ruleTrainAI
	ruleNoAI
	ruleAITxt
	ruleNoIndex
	ruleUnavailable
	ruleNoArchive
	ruleNoSnippet
	ruleNoImageAI
	ruleAIInput
	ruleSearch
	ruleRSL
	rules
)

// standardRules is how many of the rules the policy standard obeys, from the first on.
const standardRules = ruleNoIndex

var ruleNames = [rules]string{"robots", "tdm_reserved", "train_ai", "noai", "ai_txt",
	"noindex", "unavailable_after", "noarchive", "nosnippet", "noimageai", "ai_input", "search", "rsl"}

// robotsUnknown is the rule of pages whose robots.txt is not known although it should be.
const robotsUnknown = "robots_unknown"

// Policy says which signals are obeyed.
type Policy uint8

// The policies, each with what it obeys. Before a page is asked for only robots.txt,
// tdmrep.json and ai.txt are known: what they say against it keeps it from being fetched.
const (
	// Standard obeys what speaks against fetching a page or training on it: robots.txt for
	// all agents, a reservation by TDMRep, train-ai=n of Content-Usage, ai-train=no of
	// Content-Signal, noai and noml, and ai.txt.
	Standard Policy = iota
	// Strict obeys every signal that speaks against any use: those of Standard, and
	// noindex, noarchive, nosnippet, noimageai, an unavailable_after that was over when the
	// page was fetched, ai-input=no, search=no, and terms by RSL, which nobody here reads.
	Strict
	// Record obeys none: what sites say is in the columns.
	Record
)

var policyNames = []string{Standard: "standard", Strict: "strict", Record: "record"}

// PolicyNames are the policies as settings name them.
func PolicyNames() []string { return slices.Clone(policyNames) }

// String is the policy as settings name it.
func (p Policy) String() string { return policyNames[p] }

// ParsePolicy reads the name of a policy.
func ParsePolicy(name string) (Policy, error) {
	if i := slices.Index(policyNames, name); i >= 0 {
		return Policy(i), nil
	}
	return 0, fmt.Errorf("policy: %q: want standard, strict or record", name)
}

// obeys is how many of the rules the policy goes by.
func (p Policy) obeys() rule {
	switch p {
	case Standard:
		return standardRules
	case Strict:
		return rules
	}
	return 0
}

// Decide keeps a page, or names the first rule against it with the signal as detail.
func (p Policy) Decide(m Meaning) corpus.Verdict {
	for r := range p.obeys() {
		if x := m.against[r]; x.Name != "" {
			return corpus.Verdict{Rule: ruleNames[r], Value: 1, Limit: 1, Detail: x.String()}
		}
	}
	return corpus.Keep
}

// Against lists the rules that speak against the page under the strictest policy, in the
// order in which they are looked at.
func (m Meaning) Against() (names []string) {
	for r := range rules {
		if m.against[r].Name != "" {
			names = append(names, ruleNames[r])
		}
	}
	return names
}

// Rules are the rules that Decide may give.
func (p Policy) Rules() []string { return slices.Clone(ruleNames[:p.obeys()]) }
