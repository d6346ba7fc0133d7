package cli

import (
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/ledger"
)

// settledTable says which limits calibrations settled, with their intervals and where they
// come from; of tables of ranks and buckets how many there are.
func settledTable(commits []*ledger.Commit) string {
	var b strings.Builder
	head := "\nsettled limits\n"
	for _, commit := range commits {
		tables, groups := 0, map[string]bool{}
		for _, l := range commit.Settled {
			if len(l.Table) > 0 {
				tables++
				groups[l.Group] = true
				continue
			}
			b.WriteString(head)
			head = ""
			b.WriteString(settledLine(commit.Label, &l))
		}
		if tables > 0 {
			b.WriteString(head)
			head = ""
			fmt.Fprintf(&b, "%s: %s of values in %s, for ranks, buckets or caps\n", commit.Label, plural(int64(tables), "table"), plural(int64(len(groups)), "group"))
		}
	}
	return b.String()
}

func settledLine(label string, l *ledger.Settled) string {
	side := map[bool]string{true: "highest", false: "lowest"}[l.Highest]
	line := fmt.Sprintf("%s: %s %.6g by %s", label, side, l.Ratio, l.Column)
	if l.Why != "" {
		line += " (" + l.Why + ")"
	}
	line += fmt.Sprintf("\n  %-12s limit %.6g, 95 %% interval %.5g to %.5g, of %d documents\n", l.Group, l.Limit, l.Low, l.High, l.Documents)
	if f := l.Fit; f != nil {
		line += fmt.Sprintf("  budget       %s tokens asked for, %s there%s;\n               forecast %s (%s to %s)\n", config.Count(f.Budget), tokensOf(f.Available),
			missing(f), tokensOf(f.Forecast), tokensOf(max(0, f.Forecast-1.96*f.Error)), tokensOf(f.Forecast+1.96*f.Error))
	}
	return line
}

// missing says what a budget asks for beyond what there is.
func missing(f *ledger.Fit) string {
	if f.Available >= f.Budget {
		return ""
	}
	return ": everything is kept"
}

// tokensOf writes a number of tokens to three digits.
func tokensOf(x float64) string {
	for _, u := range []struct {
		n    float64
		name string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if x >= u.n {
			return fmt.Sprintf("%.3g%s", x/u.n, u.name)
		}
	}
	return fmt.Sprintf("%.0f", x)
}

// settledShown is how many limits the end of a run names, in two lines each.
const settledShown = 2

// settledBrief is what the end of a run says of settled limits: of a budget what came of
// it, and the first of those of all documents.
func settledBrief(commits []*ledger.Commit) (lines []string) {
	more := 0
	for _, commit := range commits {
		for _, l := range commit.Settled {
			side := map[bool]string{true: "at least", false: "at most"}[l.Highest]
			line := fmt.Sprintf("%s: %s %s %.4g", commit.Label, l.Column, side, l.Limit)
			if l.Low != l.High { // equal where all documents were looked at
				line += fmt.Sprintf(" (%.4g to %.4g)", l.Low, l.High)
			}
			line += ", " + l.Why
			if f := l.Fit; f != nil {
				line += fmt.Sprintf(": forecast %s of %s%s", tokensOf(f.Forecast), tokensOf(f.Available), missing(f))
			}
			switch {
			case len(l.Table) > 0 || l.Group != "*" && l.Fit == nil:
				more++
			case l.Fit != nil:
				lines = append([]string{line}, lines...)
			default:
				lines = append(lines, line)
			}
		}
	}
	if n := len(lines) - settledShown; n > 0 {
		lines, more = lines[:settledShown], more+n
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("%d more limits and tables: corpusmill show", more))
	}
	return lines
}
