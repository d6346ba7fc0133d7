package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
)

// rulesShown is how many rules of a stage the funnel names.
const rulesShown = 3

// Funnel is the table of a run for people: what came in, what each stage kept and
// why it dropped the rest.
func Funnel(s *ledger.Stats) string {
	var b strings.Builder
	for _, src := range s.Sources {
		fmt.Fprintf(&b, "%-20s %9d read  %9d documents", src.Name, src.Read, src.Documents)
		if src.Quarantined > 0 {
			fmt.Fprintf(&b, "  %d quarantined", src.Quarantined)
		}
		b.WriteString(topCounts("  skipped: ", src.Skipped) + "\n")
	}
	fmt.Fprintf(&b, "\n%-20s %9s %9s %9s\n", "stage", "in", "kept", "dropped")
	for _, st := range s.Stages {
		fmt.Fprintf(&b, "%-20s %9d %9d %9d%s\n", st.Name, st.In+st.Split, st.Kept, st.RejectedSum()+st.Quarantined, topCounts("  ", st.Rejected))
	}
	return b.String()
}

func topCounts(head string, counts map[string]int64) string {
	if len(counts) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return int(counts[b] - counts[a])
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for i, name := range names {
		if i == rulesShown {
			parts = append(parts, fmt.Sprintf("%d more", len(names)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return head + strings.Join(parts, ", ")
}
