package cli

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// phased are statistics of a run of the four phases of MDFS.
func phased(names ...string) *ledger.Stats {
	s := &ledger.Stats{}
	s.Documents, s.Bytes, s.Tokens = 10, 4_000, 1_000
	for i, name := range names {
		in := int64(1000 - 100*i)
		s.Stages = append(s.Stages, &ledger.StageStats{Name: name, Flow: ledger.Flow{In: in, BytesIn: in * 1000}})
	}
	return s
}

func TestPhasesTable(t *testing.T) {
	s := phased("collect_a", "collect_b", "coarse_a", "coarse_b", "classify_a", "classify_b", "fine_a", "fine_b")
	table := phasesTable(s)
	for _, row := range []string{
		"phase                documents   of before      text  of raw bytes        tokens",
		"read                      1000                1.0 MB",
		"collect                    800        80 %  800.0 kB       80.00 %    about 200k",
		"fine                        10       2.5 %    4.0 kB        0.40 %         1,000",
		"0.58 %",
	} {
		if !strings.Contains(table, row) {
			t.Errorf("no %q in\n%s", row, table)
		}
	}
	for line := range strings.Lines(table) {
		if len(strings.TrimSuffix(line, "\n")) > columns || strings.HasSuffix(line, " \n") {
			t.Errorf("%q", line)
		}
	}
	if brief := strings.Join(phasesBrief(s), " "); brief != "collect 800 documents (80.00 % of the raw bytes), coarse 600 (60.00 %), classify 400 (40.00 %), fine 10 (0.40 %)" {
		t.Error(brief)
	}
	other := phased("get_a", "get_b", "keep_a", "keep_b")
	other.Tokens = 0
	if table := phasesTable(other); strings.Contains(table, "MDFS") || strings.Contains(table, "about") || !strings.Contains(table, "keep") {
		t.Errorf("other phases:\n%s", table)
	}
	if none := phased("language", "html_text"); phasesTable(none) != "" || phasesBrief(none) != nil {
		t.Error("stages without phases have some")
	}
}
