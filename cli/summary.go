package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/sizing"
)

// Bounds of the summary: it has at most 20 lines of 80 columns.
const (
	outputsShown = 2
	lossesShown  = 3
	gatesShown   = 2
)

// summaryLines say how a run ended, for people: where its parts are first, what to do next
// last; at is where the report is, "" for none. The funnel is for `show`.
func summaryLines(s *run.Summary, at string) []string {
	var lines []string
	atMost := func(most int, head, format string, args ...any) {
		const indent = 14
		list := wrapped(fmt.Sprintf(format, args...), columns-indent)
		for i, l := range list[:min(len(list), most)] {
			lines = append(lines, clip(fmt.Sprintf("  %-11s %s", first(i, head), l), columns))
		}
	}
	add := func(head, format string, args ...any) { atMost(1, head, format, args...) }
	lines = append(lines, fmt.Sprintf("%s: %s in %s", clip(s.Name, 40), plural(s.Documents, "document"), shortTime(seconds(s.Seconds))))
	for i, o := range s.Outputs {
		if i == outputsShown {
			add("", "and %s more", plural(int64(len(s.Outputs)-i), "sink"))
			break
		}
		what := ""
		if y := s.Stats.Sinks[o.Sink]; y != nil {
			what = fmt.Sprintf(": %s, %s", plural(y.Documents, "document"), plural(y.Tokens, "token"))
		}
		if o.Parts > 0 {
			what += fmt.Sprintf(" (%s, %s)", plural(int64(o.Parts), "file"), human(o.Bytes))
		}
		add(first(i, "parts"), "%s%s", nearPath(o.Dir), what)
	}
	unrouted := ""
	if n := s.Stats.Unrouted; n > 0 {
		unrouted = fmt.Sprintf("; %s in no sink", grouped(n))
	}
	add("documents", "%s of %s read (%s); %s of text%s", grouped(s.Documents), grouped(s.Read), share(s.Documents, s.Read), human(s.Bytes), unrouted)
	if s.Tokens > 0 {
		add("tokens", "%s, %.2f bytes each", grouped(s.Tokens), float64(s.Bytes)/float64(s.Tokens))
	}
	for i, l := range s.Losses[:min(len(s.Losses), lossesShown)] {
		lines = append(lines, fmt.Sprintf("  %-11s %-42s %11s  %s", first(i, "lost most"), clip(l.Stage+": "+l.Rule, 42), grouped(l.Documents), share(l.Documents, s.Read)))
	}
	for i, l := range phasesBrief(s.Stats) {
		add(first(i, "phases"), "%s", l)
	}
	if s.Quarantined > 0 {
		cause := ""
		if len(s.Causes) > 0 {
			cause = fmt.Sprintf(", %s by: %s", grouped(s.Causes[0].Records), s.Causes[0].Error)
		}
		atMost(2, "quarantine", "%s%s", plural(s.Quarantined, "record"), cause)
	}
	if d := s.Stats.Damage(); d.Any() {
		add("input", "%s", d)
	}
	if in := s.Input; in != nil {
		add("input", "%s compared, %s: %d changed and were read again", plural(int64(in.Files), "file"), human(in.Bytes), in.Changed)
	}
	for i, l := range settledBrief(s.Settled) {
		atMost(2, first(i, "limits"), "%s", l)
	}
	for i, g := range failedGates(s) {
		if i == gatesShown {
			break
		}
		add("FAILED", "%s", g)
	}
	if v, ok := s.Sizing.(sizing.Verdict); ok {
		for i, l := range v.Brief() {
			add(first(i, "size"), "%s", l)
		}
	} else if len(s.SizingLines) > 0 {
		atMost(2, "size", "%s", s.SizingLines[0])
	}
	tasks := fmt.Sprintf("%d run", s.TasksRun)
	if s.TasksKept > 0 {
		tasks += fmt.Sprintf(", %d done before", s.TasksKept)
	}
	add("tasks", "%s", tasks)
	if at != "" {
		add("report", "%s", at)
	}
	add("next", "corpusmill show %s", shellQuoted(s.Run))
	return lines
}

func failedGates(s *run.Summary) (list []run.GateResult) {
	for _, g := range s.Gates {
		if g.Failed {
			list = append(list, g)
		}
	}
	return list
}

// first is the head of the first line of several.
func first(i int, head string) string {
	if i > 0 {
		return ""
	}
	return head
}

// nearPath writes a path below the working directory from there.
func nearPath(path string) string {
	wd, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// outcome is the summary for programs: that of the engine, and how the command ended.
type outcome struct {
	*run.Summary
	Outcome  string `json:"outcome"` // done, empty, quarantined, gate, stopped or failed
	ExitCode int    `json:"exit_code"`
	Error    string `json:"error,omitempty"`
}

// outcomes names exit codes.
var outcomes = map[int]string{exitDone: "done", exitQuarantine: "quarantined", exitGate: "gate", exitEmpty: "empty", exitInterrupted: "stopped"}

func outcomeOf(s *run.Summary, code int, err error) outcome {
	if s == nil {
		s = &run.Summary{}
	}
	o := outcome{Summary: s, Outcome: cmp.Or(outcomes[code], "failed"), ExitCode: code}
	if err != nil {
		o.Error = err.Error()
	}
	return o
}

// writeSummary puts the summary into a file, whole or not at all.
func writeSummary(file string, o outcome) error {
	b, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(file, func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}
