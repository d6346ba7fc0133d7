package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/ledger"
)

// rulesShown is how many rules of a stage the funnel names.
const rulesShown = 3

// nameColumnsMax bounds the first column of a table.
const nameColumnsMax = 32

// Funnel is the table of a run for people: what came in, what each stage kept and
// why it dropped the rest. Its lines have 80 columns: what does not fit stands below.
func Funnel(s *ledger.Stats) string {
	var b strings.Builder
	for _, src := range s.Sources {
		row := fmt.Sprintf("%-20s %9d read  %9d documents", src.Name, src.Read, src.Documents)
		if src.Quarantined > 0 {
			row += fmt.Sprintf("  %d quarantined", src.Quarantined)
		}
		b.WriteString(noted(row, topCounts("skipped: ", src.Skipped), topCounts("but: ", src.Noted)))
	}
	wide := 20
	for _, st := range s.Stages {
		wide = min(max(wide, utf8.RuneCountInString(placeOf(s, st)+st.Name)), nameColumnsMax)
	}
	fmt.Fprintf(&b, "\n%-*s %9s %9s %9s\n", wide, "stage", "in", "kept", "dropped")
	for _, st := range s.Stages {
		row := fmt.Sprintf("%-*s %9d %9d %9d", wide, placeOf(s, st)+st.Name, st.In+st.Split, st.Kept, st.RejectedSum()+st.Quarantined)
		b.WriteString(noted(row, topCounts("", st.Rejected), cuts(st), ways(st)))
	}
	return b.String()
}

// noted ends a row with notes: behind it where they fit, else in lines below it.
func noted(row string, notes ...string) string {
	text := ""
	for _, n := range notes {
		if n != "" {
			text += "  " + n
		}
	}
	if utf8.RuneCountInString(row+text) <= columns {
		return row + text + "\n"
	}
	const indent = 22
	for _, n := range notes {
		for _, l := range wrappedParts(n, columns-indent) {
			row += fmt.Sprintf("\n%*s%s", indent, "", l)
		}
	}
	return row + "\n"
}

// wrappedParts cuts a list at its commas, so that no rule loses its count; a part that is
// longer than a line is cut at spaces.
func wrappedParts(text string, width int) []string {
	var lines []string
	line := ""
	for i, part := range strings.Split(text, ", ") {
		if i > 0 {
			if utf8.RuneCountInString(line)+2+utf8.RuneCountInString(part)+1 <= width {
				line += ", " + part
				continue
			}
			lines = append(lines, wrapped(line+",", width)...)
		}
		line = part
	}
	return append(lines, wrapped(line, width)...)
}

// placeOf stands before the name of a stage in a switch: as far in as there are switches
// around it, and the case.
func placeOf(s *ledger.Stats, st *ledger.StageStats) string {
	if st.Branch == nil {
		return ""
	}
	place := cmp.Or(st.Branch.Case, "default") + ": "
	for at := st; at != nil && at.Branch != nil; at = s.Stage(at.Branch.Switch) {
		place = "  " + place
	}
	return place
}

// cuts says what a stage cut out of the documents that it saw.
func cuts(st *ledger.StageStats) string {
	u := st.Units
	if u == nil {
		return ""
	}
	return fmt.Sprintf("cut %d of %d lines or windows, %d bytes", u.Cut, u.In, u.BytesCut)
}

// ways says where a switch sent the documents.
func ways(st *ledger.StageStats) string {
	if st.Switch == nil {
		return ""
	}
	var parts []string
	for _, b := range st.Branches() {
		parts = append(parts, fmt.Sprintf("%s %d", cmp.Or(b.Case, "default"), st.Switch.Of(b)))
	}
	return "by " + st.Switch.By + ": " + strings.Join(parts, ", ")
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

// groupsShown is how many languages or sources the table of the yield names.
const groupsShown = 12

// yieldTable shows tokens, fertility and compression by language and by source.
func yieldTable(s *ledger.Stats) string {
	var b strings.Builder
	row := func(name string, y *ledger.Yield) {
		fmt.Fprintf(&b, "%-20s %9d %13d %9s %11.2f %11.2f\n", name, y.Documents, y.Tokens, human(y.Bytes), y.Fertility(), y.Compression())
	}
	for _, by := range slices.Sorted(maps.Keys(s.By)) {
		names := slices.SortedFunc(maps.Keys(s.By[by]), func(x, y string) int {
			return cmp.Or(cmp.Compare(s.By[by][y].Tokens, s.By[by][x].Tokens), cmp.Compare(x, y))
		})
		fmt.Fprintf(&b, "\n%-20s %9s %13s %9s %11s %11s\n", by, "documents", "tokens", "text", "tokens/word", "bytes/token")
		for _, name := range names[:min(len(names), groupsShown)] {
			row(name, s.By[by][name])
		}
		if rest := len(names) - groupsShown; rest > 0 {
			var sum ledger.Yield
			for _, name := range names[groupsShown:] {
				sum.Add(s.By[by][name])
			}
			row(fmt.Sprintf("%d more", rest), &sum)
		}
	}
	for _, name := range sortedKeys(s.Counts) {
		fmt.Fprintf(&b, "%-30s %13d tokens, %.2f bytes/token\n", name, s.Counts[name], float64(s.Bytes)/float64(max(s.Counts[name], 1)))
	}
	return b.String()
}

// sinkTable says what each of several sinks took, and how many documents none did.
func sinkTable(s *ledger.Stats) string {
	var b strings.Builder
	for _, name := range sortedKeys(s.Sinks) {
		y := s.Sinks[name]
		fmt.Fprintf(&b, "sink %-24s %d documents, %d tokens, %s of text\n", name, y.Documents, y.Tokens, human(y.Bytes))
	}
	if s.Unrouted > 0 {
		fmt.Fprintf(&b, "%d documents passed all stages and are in no sink\n", s.Unrouted)
	}
	return b.String()
}
