package run

import (
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Rule measures documents as a stage with limits does.
type Rule struct {
	// Stage is the instance name, Columns are the names of the values.
	Stage   string
	Columns []string
	// Measure gives the values of a document, NaN for one that is missing; nil where `when`
	// leads past the stage or it cannot be measured. It may be called by one goroutine at a
	// time.
	Measure func(*corpus.Document) []float64
}

// Rules are the stages of the pipeline that measure documents by their settings alone: those
// without models and lists, outside of switches, whose documents no condition chooses.
func (p *Pipeline) Rules() (rules []Rule) {
	for _, s := range p.Stages {
		m, ok := s.Settings.(stage.Measurer)
		if _, decides := s.Settings.(stage.Decider); !ok || !decides || s.Where != "" || s.In != nil {
			continue
		}
		r := Rule{Stage: s.Name}
		for _, c := range m.Columns() {
			r.Columns = append(r.Columns, c.Name)
		}
		values := corpus.NewValues(len(r.Columns))
		r.Measure = func(d *corpus.Document) (out []float64) {
			defer func() {
				if recover() != nil { // a run would have put it into quarantine
					out = nil
				}
			}()
			values.Clear()
			if !s.When.Admits(d) || m.Measure(d, values) != nil {
				return nil
			}
			return values.All()
		}
		rules = append(rules, r)
	}
	return rules
}
