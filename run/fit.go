package run

import (
	"fmt"
	"math"
	"slices"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// Fit is a token budget: what a pipeline says of how much is to be left.
type Fit struct {
	// Tokens is how many the output is to have, such as 600B.
	Tokens config.Count `yaml:"tokens"`
	// Stage is the stage whose share follows from it; default the last that has one.
	Stage string `yaml:"stage"`
}

func (f *Fit) check() error {
	if f.Tokens < 1 {
		return fmt.Errorf("fit: tokens: %v: want a number of tokens, such as 600B", f.Tokens)
	}
	return nil
}

// fittedStage is the number of the stage that a budget is for, -1 without a budget. It
// turns the share of that stage on.
func (pl *Plan) fittedStage(objects []any) (at int, share int, err error) {
	if pl.Fit == nil {
		return -1, 0, nil
	}
	at = -1
	var names []string
	for i, s := range pl.Pipeline.Stages {
		if _, ok := objects[i].(stage.Fitter); !ok || s.Annotate {
			continue
		}
		names = append(names, s.Name)
		if pl.Fit.Stage == "" && s.In == nil || s.Name == pl.Fit.Stage {
			at = i
		}
	}
	if at < 0 && pl.Fit.Stage != "" {
		if near := config.Nearest(pl.Fit.Stage, names); near != "" {
			return 0, 0, fmt.Errorf("fit: stage: %q has no share that a budget could set; did you mean %q?", pl.Fit.Stage, near)
		}
		return 0, 0, fmt.Errorf("fit: stage: %q has no share that a budget could set", pl.Fit.Stage)
	}
	if at < 0 {
		return 0, 0, fmt.Errorf("fit: no stage has a share that a budget could set: put sample: { by: COLUMN }, or a stage with keep_top, behind those that work across documents")
	}
	s := pl.Pipeline.Stages[at]
	if s.In != nil {
		return 0, 0, s.node.Errorf("fit: %s stands in a case of %s: the budget is of all documents, put it behind the switch", s.Name, pl.Pipeline.Stages[s.In.Switch].Name)
	}
	share, err = objects[at].(stage.Fitter).Fit()
	if err != nil {
		return 0, 0, s.node.Errorf("fit: %v", err)
	}
	return at, share, nil
}

// checkFit refuses a budget whose stage has something behind it by which nobody could
// reckon how many tokens are left.
func (pl *Plan) checkFit() error {
	at := slices.IndexFunc(pl.steps, func(st *flow.Step) bool { return st.Fit != nil })
	if at < 0 {
		return nil
	}
	fit := pl.steps[at]
	node := pl.Stages[at].node
	if !pl.settersBefore(len(pl.steps), nil).set("tokens") {
		return node.Errorf("fit: nothing counts tokens: put token_count among the stages")
	}
	for _, st := range pl.steps[at+1:] {
		_, splits := st.Object.(stage.Splitter)
		switch {
		case st.Grouping != nil:
			return node.Errorf("fit: %s stands before %s, and how many tokens that leaves is not known before: put %s behind it", fit.Name, st.Name, fit.Name)
		case st.Checkpoint:
			return node.Errorf("fit: put %s behind %s", fit.Name, st.Name)
		case len(st.Shares) > 0:
			return node.Errorf("fit: %s behind %s has a limit that is a share too: put %s behind it", st.Name, fit.Name, fit.Name)
		case splits:
			return node.Errorf("fit: %s behind %s makes several documents of one: put %s behind it", st.Name, fit.Name, fit.Name)
		}
		for _, c := range fit.Cells {
			if name := fit.Name + "_" + c.Name; slices.Contains(st.Reads, name) {
				return node.Errorf("fit: %s goes by %s, which is not settled before the budget: give %s no share, and put a sample behind %s for the budget", st.Name, name, fit.Name, st.Name)
			}
		}
	}
	return nil
}

// fitted solves a share so that the tokens of what is kept meet a budget.
type fitted struct {
	task    *settleTask
	share   stage.Share
	n       int64
	all     float64 // tokens of the sample
	squares float64 // sum of their squares
	free    float64 // tokens of documents that have no value, and so stay
	targets [3]float64
	got     [3]float64
	found   [3]bool
	first   float64
	last    float64
	seen    int64
	passed  float64 // tokens of the values before
	kept    int64   // documents with a value that stay
	tokens  float64 // of these
	run     struct {
		x      float64
		n      int64
		tokens float64
	}
}

func newFitted(t *settleTask) *fitted {
	return &fitted{task: t, share: t.step.Shares[t.step.Fit.Share]}
}

// count takes a document of the sample.
func (f *fitted) count(x, tokens float64) {
	if x != x {
		f.free += tokens
		return
	}
	f.n++
	f.all += tokens
	f.squares += tokens * tokens
}

// begin reckons what is asked for of the sample.
func (f *fitted) begin() {
	want := f.task.step.Fit.Tokens/f.task.scale - f.free
	se := f.standardError(min(want, f.all))
	f.targets = [3]float64{want, want - 1.96*se, want + 1.96*se}
}

// standardError is that of the tokens of a part of the sample, in tokens of the sample: the
// sum of the squares that such a part has on average.
func (f *fitted) standardError(tokens float64) float64 {
	if f.task.whole || f.all == 0 || tokens <= 0 {
		return 0
	}
	return math.Sqrt(tokens * f.squares / f.all * max(0, 1-1/f.task.scale))
}

// next takes the values in ascending order. Equal ones stay together.
func (f *fitted) next(x, tokens float64) {
	if f.seen > 0 && x != f.run.x {
		f.close()
	}
	if f.seen == 0 {
		f.first = x
	}
	f.last = x
	f.run.x = x
	f.run.n++
	f.run.tokens += tokens
	f.seen++
}

// close looks at all documents of one value. Of the highest the limit is the greatest
// value that leaves as many tokens as the target, of the lowest the least.
func (f *fitted) close() {
	before, upTo := f.passed, f.passed+f.run.tokens
	for i, target := range f.targets {
		switch {
		case f.share.Highest && f.all-before >= target:
			f.got[i], f.found[i] = f.run.x, true
			if i == 0 {
				f.kept, f.tokens = f.n-(f.seen-f.run.n), f.all-before
			}
		case !f.share.Highest && !f.found[i] && upTo >= target:
			f.got[i], f.found[i] = f.run.x, true
			if i == 0 {
				f.kept, f.tokens = f.seen, upTo
			}
		}
	}
	f.passed = upTo
	f.run.n, f.run.tokens = 0, 0
}

// settled is what came of it. A budget beyond what there is keeps everything.
func (f *fitted) settled() ledger.Settled {
	if f.seen > 0 {
		f.close()
	}
	least := f.last
	if f.share.Highest {
		least = f.first
	}
	for i := range f.got {
		if !f.found[i] {
			f.got[i] = least
			if i == 0 {
				f.kept, f.tokens = f.n, f.all
			}
		}
	}
	fit, scale := f.task.step.Fit, f.task.scale
	s := ledger.Settled{Share: fit.Share, Column: f.task.columnName(f.share.Column), Highest: f.share.Highest, Group: flow.AllGroups,
		Documents: f.n, Limit: f.got[0], Low: min(f.got[1], f.got[2]), High: max(f.got[1], f.got[2]), Why: "fit: " + f.task.step.Fit.Why(),
		Fit: &ledger.Fit{Budget: fit.Tokens, Available: (f.all + f.free) * scale, Forecast: (f.tokens + f.free) * scale,
			Error: f.standardError(f.tokens) * scale}}
	if f.n > 0 {
		s.Ratio = float64(f.kept) / float64(f.n)
	}
	return s
}
