package report

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// account is one that adds up: 10 read, 2 skipped, 1 quarantined; 7 in, 2
// rejected; 5 in the parts.
func account() *ledger.Stats {
	s := ledger.NewStats([]string{"src"}, []string{"rule", "count"})
	s.Sources[0].Read, s.Sources[0].Documents, s.Sources[0].Quarantined = 10, 7, 1
	s.Sources[0].Skipped["media type"] = 2
	for i := range 7 {
		o := ledger.Outcome{Lang: "en", Source: "src", Pieces: 1, BytesIn: 5, BytesOut: 5}
		if i < 2 {
			o.Verdict = corpus.Verdict{Rule: "short"}
		} else {
			s.Stages[1].Count(o)
		}
		s.Stages[0].Count(o)
	}
	s.Documents = 5
	return s
}

func TestAccounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ledger.Stats)
		want   []string
	}{
		{"whole", func(*ledger.Stats) {}, nil},
		{"source", func(s *ledger.Stats) { s.Sources[0].Read++ },
			[]string{"source src: read 11, but 7 documents + 2 skipped + 1 quarantined"}},
		{"chain", func(s *ledger.Stats) { s.Sources[0].Documents, s.Sources[0].Read = 8, 11 },
			[]string{"stage rule: 7 documents in, but 8 left the sources"}},
		{"stage", func(s *ledger.Stats) { s.Stages[0].Rejected["short"]++ },
			[]string{"stage rule: in 7 + split 0, but kept 5 + rejected 3 + quarantined 0"}},
		{"by", func(s *ledger.Stats) { s.Stages[1].By["lang"]["en"].In-- },
			[]string{"stage count by lang: in 4 of 5, kept 5 of 5"}},
		{"parts", func(s *ledger.Stats) { s.Documents = 4 },
			[]string{"5 documents left count, 4 are in the parts"}},
	} {
		s := account()
		c.change(s)
		v := &verifier{out: &Verification{}}
		v.accounts(s)
		if !slices.Equal(v.out.Problems, c.want) {
			t.Errorf("%s: %q, want %q", c.name, v.out.Problems, c.want)
		}
	}
}

func TestSums(t *testing.T) {
	part, whole := account(), account()
	v := &verifier{out: &Verification{}}
	commits := []*ledger.Commit{{Head: plan.Head{Pass: "segment"}, Stats: part}}
	whole.Documents = 0
	part.Documents = 0
	v.sums(commits, whole)
	if len(v.out.Problems) > 0 {
		t.Errorf("equal sums: %q", v.out.Problems)
	}
	whole.Stages[1].BytesIn++
	whole.Tokens = 3
	v.sums(commits, whole)
	if want := []string{"stats.json: stage count is not the sum of the commits",
		"stats.json: 0 documents, 3 tokens, 0 bytes; the commits sum to 0, 0, 0"}; !slices.Equal(v.out.Problems, want) {
		t.Errorf("%q, want %q", v.out.Problems, want)
	}
}
