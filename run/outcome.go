package run

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
)

// Output is where the parts of a sink are.
type Output struct {
	Sink  string `json:"sink,omitempty"` // its name, "" for the only one
	Dir   string `json:"dir"`
	Parts int    `json:"parts"`
	Bytes int64  `json:"bytes"` // of the files
}

// Loss is what one rule dropped.
type Loss struct {
	Stage     string `json:"stage"`
	Rule      string `json:"rule"`
	Documents int64  `json:"documents"`
}

// Cause is an error by which records went to quarantine, with its numbers left out.
type Cause struct {
	Error   string `json:"error"`
	Records int64  `json:"records"`
}

// Losses lists what rules dropped, the most first.
func Losses(s *ledger.Stats) []Loss {
	var list []Loss
	for _, st := range s.Stages {
		for _, rule := range slices.Sorted(maps.Keys(st.Rejected)) {
			list = append(list, Loss{st.Name, rule, st.Rejected[rule]})
		}
	}
	slices.SortStableFunc(list, func(a, b Loss) int { return cmp.Compare(b.Documents, a.Documents) })
	return list
}

// lossesMax bounds the losses and causes of a summary.
const lossesMax = 20

// describe notes where the parts are, and what was lost by what.
func (e *Engine) describe(s *Summary) {
	s.Name, s.Read = e.plan.Name, 0
	for _, src := range s.Stats.Sources {
		s.Read += src.Documents
	}
	s.Losses = Losses(s.Stats)
	s.Losses = s.Losses[:min(len(s.Losses), lossesMax)]
	s.Outputs = nil
	for i, o := range e.plan.outlets()[:e.sinks()] {
		s.Outputs = append(s.Outputs, Output{Sink: e.plan.sinks[i].Name, Dir: e.plan.Pipeline.secrets.conceal(o.place)})
	}
}

// countFiles counts the parts of each sink, and why records are in quarantine.
func (e *Engine) countFiles(ctx context.Context, s *Summary) error {
	causes := map[string]int64{}
	outlets := e.plan.outlets()[:e.sinks()]
	left := int64(causesRead)
	for c, err := range e.all(ctx) {
		if err != nil {
			return err
		}
		for i, o := range outlets {
			for _, p := range o.files(c) {
				s.Outputs[i].Parts++
				s.Outputs[i].Bytes += p.Bytes
			}
		}
		for _, f := range c.Files {
			if strings.HasPrefix(f.Name, ledger.QuarantineFolder) && left > 0 {
				if err := e.countCauses(ctx, f.Name, causes); err != nil {
					return err
				}
				left -= f.Bytes
			}
		}
	}
	for text, n := range causes {
		s.Causes = append(s.Causes, Cause{text, n})
	}
	slices.SortFunc(s.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), strings.Compare(a.Error, b.Error))
	})
	s.Causes = s.Causes[:min(len(s.Causes), lossesMax)]
	return nil
}

// Bounds of what is looked at for the causes of a quarantine.
const (
	causesRead = 64 << 20 // bytes of its files, about
	causesMax  = 10_000   // different causes
	causeRunes = 200
)

var digits = regexp.MustCompile(`[0-9]+`)

func (e *Engine) countCauses(ctx context.Context, name string, causes map[string]int64) error {
	r, err := e.plan.ledger.Store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	lines := json.NewDecoder(bufio.NewReader(r))
	for lines.More() {
		var q ledger.QuarantineLine
		if err := lines.Decode(&q); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		text, _, _ := strings.Cut(q.Error, "\n")
		if q.Stage != "" {
			text = q.Stage + ": " + text
		}
		text = digits.ReplaceAllString(text, "N")
		if runes := []rune(text); len(runes) > causeRunes {
			text = string(runes[:causeRunes]) + "..."
		}
		if _, known := causes[text]; known || len(causes) < causesMax {
			causes[text] += max(q.Records, 1)
		}
	}
	return nil
}
