package report

import (
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/ledger"
)

// MDFSYield is what the authors of MDFS tell of theirs.
const MDFSYield = "MDFS, whose phases these are, left 5 TB of 866 TB, 0.58 %: of another crawl by other rules, and no target."

// PhasesOfMDFS reports whether the phases are the four of MDFS.
func PhasesOfMDFS(phases []ledger.Phase) bool {
	names := make([]string, len(phases))
	for i, p := range phases {
		names[i] = p.Name
	}
	return slices.Equal(names, []string{"collect", "coarse", "classify", "fine"})
}

// TokensOf is about how many tokens a text of so many bytes has, by those that the run counted.
func TokensOf(s *ledger.Stats, bytes int64) int64 {
	if s.Bytes == 0 {
		return 0
	}
	return int64(float64(bytes) / float64(s.Bytes) * float64(s.Tokens))
}

// RawShare is a share of the raw bytes for people, in percent with two digits.
func RawShare(part, raw int64) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(max(raw, 1)))
}
