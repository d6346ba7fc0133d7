package report

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// What rows count is compared with the statistics, as far as the parts have the columns.
func TestRowsAgainstStatistics(t *testing.T) {
	all := func(column string) string { return column }
	want := ledger.Yield{Documents: 3, Tokens: 20, Bytes: 90}
	for _, c := range []struct {
		what   string
		inFile func(string) string
		got    ledger.Yield
		want   []string
	}{
		{"equal", all, want, nil},
		{"a row less", all, ledger.Yield{Documents: 2, Tokens: 20, Bytes: 90}, []string{"sink a: its parts have 2 rows, the statistics 3 documents"}},
		{"a token more", all, ledger.Yield{Documents: 3, Tokens: 21, Bytes: 90}, []string{"sink a: the rows of its parts have 21 tokens, the statistics 20"}},
		{"a byte less", all, ledger.Yield{Documents: 3, Tokens: 20, Bytes: 89}, []string{"sink a: the texts of its parts have 89 bytes, the statistics 90"}},
		{"no such columns", func(string) string { return "" }, ledger.Yield{Documents: 3}, nil},
	} {
		v := &verifier{out: &Verification{}}
		v.yields("sink a", rowKind{nil, c.inFile, false}, c.got, want)
		if !slices.Equal(v.out.Problems, c.want) {
			t.Errorf("%s: %q, want %q", c.what, v.out.Problems, c.want)
		}
	}
}

func TestRejectsAgainstStatistics(t *testing.T) {
	stats := ledger.NewStats(nil, []string{"one", "two"})
	stats.Stages[0].Rejected["short"], stats.Stages[1].Rejected["copy"] = 2, 1
	for _, c := range []struct {
		what string
		got  map[[2]string]int64
		want []string
	}{
		{"equal", map[[2]string]int64{{"one", "short"}: 2, {"two", "copy"}: 1}, nil},
		{"one is missing", map[[2]string]int64{{"one", "short"}: 1, {"two", "copy"}: 1}, []string{"stage one: 2 documents rejected by short, the files of rejects have 1"}},
		{"one too many", map[[2]string]int64{{"one", "short"}: 2, {"two", "copy"}: 1, {"two", "long"}: 1}, []string{"stage two: rejected none by long, the files of rejects have 1"}},
	} {
		v := &verifier{out: &Verification{}}
		v.dropped(c.got, stats)
		if !slices.Equal(v.out.Problems, c.want) {
			t.Errorf("%s: %q, want %q", c.what, v.out.Problems, c.want)
		}
	}
}
