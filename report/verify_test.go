package report

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
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
		{"units", func(s *ledger.Stats) { s.Stages[1].Units = &ledger.UnitStats{In: 5, Cut: 5} }, nil},
		{"more units cut than there were", func(s *ledger.Stats) { s.Stages[1].Units = &ledger.UnitStats{In: 5, Cut: 6} },
			[]string{"stage count: 6 of 5 units cut, 0 of 25 bytes"}},
		{"more bytes cut than there were", func(s *ledger.Stats) { s.Stages[1].Units = &ledger.UnitStats{In: 5, Cut: 1, BytesCut: 26} },
			[]string{"stage count: 1 of 5 units cut, 26 of 25 bytes"}},
		{"bytes cut that are there", func(s *ledger.Stats) { s.Stages[1].Units = &ledger.UnitStats{In: 5, Cut: 1, BytesCut: 1} },
			[]string{"stage count: bytes in 25 - cut 1, but bytes out 25"}},
		{"bytes of documents that were dropped", func(s *ledger.Stats) { s.Stages[0].Units = &ledger.UnitStats{In: 5, Cut: 1, BytesCut: 1} }, nil},
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

// switched is the account of a switch that sends 4 documents to one case, which drops one
// of them, 1 to a case without stages, and 2 past it all; then one more is dropped.
func switched() *ledger.Stats {
	s := ledger.NewStats([]string{"src"}, []string{"route", "rule", "inner", "deep", "count"})
	s.Sources[0].Read, s.Sources[0].Documents, s.Documents = 7, 7, 5
	zh := ledger.Branch{Switch: "route", Case: "zh"}
	s.Stages[1].Branch, s.Stages[2].Branch, s.Stages[3].Branch = &zh, &zh, &ledger.Branch{Switch: "inner", Default: true}
	s.Stages[0].Switch = &ledger.SwitchStats{By: "lang", Cases: map[string]int64{"zh": 4, "en": 1}, Default: 2}
	s.Stages[2].Switch = &ledger.SwitchStats{By: "source", Cases: map[string]int64{"web": 2}, Default: 1}
	for i, in := range []int{7, 4, 3, 1, 6} {
		for n := range in {
			o := ledger.Outcome{Lang: "zh", Source: "src", Pieces: 1}
			if n == 0 && (i == 1 || i == 4) {
				o.Verdict = corpus.Verdict{Rule: "short"}
			}
			s.Stages[i].Count(o)
		}
	}
	return s
}

// What a switch takes is what its cases and the default get, and what these leave goes on.
func TestAccountsOfASwitch(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ledger.Stats)
		want   []string
	}{
		{"whole", func(*ledger.Stats) {}, nil},
		{"a case that lacks one", func(s *ledger.Stats) { s.Stages[0].Switch.Cases["zh"]-- },
			[]string{"stage rule: 4 documents in, but 3 left switch route for case zh", "switch route: in 7, but 6 in its cases and the default"}},
		{"one too many past it", func(s *ledger.Stats) { s.Stages[0].Switch.Default++ },
			[]string{"switch route: in 7, but 8 in its cases and the default", "stage count: 6 documents in, but 7 left the cases of route"}},
		{"a case without stages", func(s *ledger.Stats) { s.Stages[0].Switch.Cases["en"]-- },
			[]string{"switch route: in 7, but 6 in its cases and the default", "stage count: 6 documents in, but 5 left the cases of route"}},
		{"the inner one", func(s *ledger.Stats) { s.Stages[2].Switch.Default = 0 },
			[]string{"stage deep: 1 documents in, but 0 left switch inner for the default", "switch inner: in 3, but 2 in its cases and the default"}},
		{"a stage in a case", func(s *ledger.Stats) { s.Stages[1].Rejected["short"]++ },
			[]string{"stage rule: in 4 + split 0, but kept 3 + rejected 2 + quarantined 0"}},
	} {
		s := switched()
		c.change(s)
		v := &verifier{out: &Verification{}}
		v.accounts(s)
		if !slices.Equal(v.out.Problems, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, v.out.Problems, c.want)
		}
	}
	// the sum of two tasks is checked case by case
	whole, parts := switched(), newSum(switched())
	v := &verifier{out: &Verification{}}
	v.add(parts, "segment s/a", switched())
	parts.rows[""] = whole.Documents
	parts.total.Yield, parts.total.Sources = whole.Yield, whole.Sources
	v.sums(parts, whole)
	if len(v.out.Problems) > 0 {
		t.Errorf("one task is the whole: %q", v.out.Problems)
	}
	whole.Stages[0].Switch.Cases["en"]++
	v.sums(parts, whole)
	if want := []string{"stats.json: stage route is not the sum of the commits"}; !slices.Equal(v.out.Problems, want) {
		t.Errorf("%q, want %q", v.out.Problems, want)
	}
}

func TestSums(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(whole *ledger.Stats, parts *sum)
		want   []string
	}{
		{"equal", func(*ledger.Stats, *sum) {}, nil},
		{"rows", func(_ *ledger.Stats, parts *sum) { parts.rows[""] = 1 }, []string{"stats.json: 0 documents, the parts have 1 rows"}},
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

// refusing is a store whose files are not to be read.
type refusing struct{ store.Store }

func (refusing) Open(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("opened")
}

// A file of another size than the manifest says is not read: it may be a terabyte of zeros.
func TestVerifyReadsNoFileOfAnotherSize(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := store.Local(dir)
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{3, 5} {
		if n, sum, err := digest(ctx, stored{store: refusing{s}, name: "a", bytes: size}); n != 4 || sum != "" || err != nil {
			t.Errorf("size %d: %d, %q, %v", size, n, sum, err)
		}
	}
	if _, _, err := digest(ctx, stored{store: refusing{s}, name: "a", bytes: 4}); err == nil {
		t.Error("a file of the right size was not opened")
	}
	if n, sum, err := digest(ctx, stored{store: s, name: "a", bytes: 4}); n != 4 || len(sum) != 64 || err != nil {
		t.Errorf("%d, %q, %v", n, sum, err)
	}
}
