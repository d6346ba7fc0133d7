package purify

import (
	"errors"
	"regexp"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Reject rejects every document that reaches it: which these are its conditions say, when
// and where. So documents leave by any column that is there, before what stands behind
// spends time on them and before duplicates are looked for:
//
//	reject: { where: "lang_score < 0.65 and lang != 'zh'", rule: unsure_language }
type Reject struct {
	// Rule is the rule that the verdicts, statistics and rejects name: letters, digits, _
	// and -, 64 at most.
	Rule string `yaml:"rule" default:"where"`
}

// RejectDef defines the stage reject.
var RejectDef = stage.Define[Reject]("reject", 1)

var ruleName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Validate checks the settings.
func (r *Reject) Validate() error {
	if !ruleName.MatchString(r.Rule) {
		return errors.New("rule: want letters, digits, _ and -, 64 at most")
	}
	return nil
}

// Rules lists the one rule.
func (r *Reject) Rules() []string { return []string{r.Rule} }

// Reads lists no column: what is looked at stands in the conditions.
func (*Reject) Reads() []string { return []string{} }

// Writes lists no column.
func (*Reject) Writes() []string { return []string{} }

// Apply rejects the document.
func (r *Reject) Apply(*corpus.Document) (corpus.Verdict, error) {
	return corpus.Verdict{Rule: r.Rule}, nil
}
