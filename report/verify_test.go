package report

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
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
	for _, c := range []struct {
		name   string
		change func(whole *ledger.Stats, parts *sum)
		want   []string
	}{
		{"equal", func(*ledger.Stats, *sum) {}, nil},
		{"rows", func(_ *ledger.Stats, parts *sum) { parts.rows = 1 }, []string{"stats.json: 0 documents, the parts have 1 rows"}},
		{"a stage and the yield", func(whole *ledger.Stats, _ *sum) { whole.Stages[1].BytesIn++; whole.Tokens = 3 },
			[]string{"stats.json: stage count is not the sum of the commits", "stats.json: 0 documents, 3 tokens, 0 bytes; the commits sum to 0, 0, 0"}},
		{"a source", func(whole *ledger.Stats, _ *sum) { whole.Sources[0].BytesLost++ }, []string{"stats.json: source src is not the sum of the commits"}},
		{"hosts", func(whole *ledger.Stats, _ *sum) { whole.Hosts.Of("h").Documents++ }, []string{"stats.json: hosts are not the sum of the commits"}},
		{"a sum that lacks a task is not compared", func(whole *ledger.Stats, parts *sum) { whole.Tokens, parts.lacking = 3, true }, nil},
	} {
		whole, part := account(), account()
		whole.Documents, part.Documents = 0, 0
		v := &verifier{out: &Verification{}}
		parts := newSum(whole)
		v.add(parts, "segment s/a", part)
		c.change(whole, parts)
		v.sums(parts, whole)
		if !slices.Equal(v.out.Problems, c.want) {
			t.Errorf("%s: %q, want %q", c.name, v.out.Problems, c.want)
		}
	}
	v := &verifier{out: &Verification{}}
	parts := newSum(account())
	v.add(parts, "segment s/a", ledger.NewStats([]string{"src"}, []string{"another"}))
	if want := []string{"segment s/a: the commit counts other stages than stats.json"}; !slices.Equal(v.out.Problems, want) || !parts.lacking {
		t.Errorf("another stage: %q, lacking %v", v.out.Problems, parts.lacking)
	}
}

// A run folder that this program did not write is told as such, once; and statistics
// that are not as committed are left to the check of the files.
func TestVerifyReadsStatisticsOfEachTask(t *testing.T) {
	ctx := t.Context()
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	v := &verifier{folder: &Folder{Ledger: l}, out: &Verification{}}
	commit := func(key string, stats *ledger.Stats) *ledger.Commit {
		c := &ledger.Commit{Head: plan.Head{Pass: "segment", Kind: plan.Segment, Key: key, Label: key}}
		if stats != nil {
			if err := l.WriteStats(ctx, c, stats); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Publish(ctx, c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	parts := newSum(account())
	dropped := commit("dropped", account())
	damaged := commit("damaged", account())
	if err := l.WriteFile(ctx, "stats/segment/damaged.json", nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*ledger.Commit{dropped, damaged} {
		if err := v.commit(ctx, c, parts); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"segment dropped: 2 documents were rejected, 0 rejects are filed"}; !slices.Equal(v.out.Problems, want) || !parts.lacking || parts.total.Stages[0].In != 7 {
		t.Errorf("%q, want %q; lacking %v, sum %d", v.out.Problems, want, parts.lacking, parts.total.Stages[0].In)
	}
	v.out.Problems, parts = nil, newSum(account())
	for _, key := range []string{"old", "older"} {
		if err := v.commit(ctx, commit(key, nil), parts); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"segment old: the commit names no statistics: the run is of another version of the program; run it again"}
	if !slices.Equal(v.out.Problems, want) {
		t.Errorf("%q, want %q", v.out.Problems, want)
	}
}
