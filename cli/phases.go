package cli

import (
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/report"
)

// phasesTable is the yield of each phase, "" where a pipeline has none: documents, bytes of
// text, and tokens, of which those of all but the last phase follow from the bytes.
func phasesTable(s *ledger.Stats) string {
	phases := s.Phases()
	if len(phases) == 0 {
		return ""
	}
	var b strings.Builder
	raw := phases[0].BytesIn
	fmt.Fprintf(&b, "\n%-20s %9s %11s %9s %13s %13s\n", "phase", "documents", "of before", "text", "of raw bytes", "tokens")
	fmt.Fprintf(&b, "%-20s %9d %11s %9s\n", "read", phases[0].In, "", human(raw))
	for i, p := range phases {
		tokens := ""
		switch {
		case s.Tokens == 0 || s.Bytes == 0:
		case i == len(phases)-1:
			tokens = grouped(s.Tokens)
		default:
			tokens = "about " + tokensOf(float64(report.TokensOf(s, p.Bytes)))
		}
		row := fmt.Sprintf("%-20s %9d %11s %9s %13s %13s", clip(p.Name, 20), p.Documents, share(p.Documents, p.In), human(p.Bytes), report.RawShare(p.Bytes, raw), tokens)
		b.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	if report.PhasesOfMDFS(phases) {
		for _, l := range wrapped(report.MDFSYield, columns) {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// phasesBrief is the same in a line or two.
func phasesBrief(s *ledger.Stats) []string {
	phases := s.Phases()
	if len(phases) == 0 {
		return nil
	}
	parts := make([]string, 0, len(phases))
	documents, ofRaw := " documents", " of the raw bytes" // said once
	for _, p := range phases {
		parts = append(parts, fmt.Sprintf("%s %s%s (%s%s)", p.Name, grouped(p.Documents), documents, report.RawShare(p.Bytes, phases[0].BytesIn), ofRaw))
		documents, ofRaw = "", ""
	}
	const indent = 14
	return wrappedParts(strings.Join(parts, ", "), columns-indent)
}
