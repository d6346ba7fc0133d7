package run

import (
	"bytes"
	"flag"
	"fmt"
	"runtime"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

var (
	scaleTasks = flag.Int("scale.tasks", 20_000, "tasks of the first pass of TestMemoryOfAWorker")
	scaleBytes = flag.Int64("scale.bytes", 2200, "bytes of a worker that one of them may take")
)

// A worker of a run of many tasks, all of which others do, holds little for each. (-v tells
// its resident memory, -scale.tasks 1000000 makes it that of a million.)
func TestMemoryOfAWorker(t *testing.T) {
	s := store.Local(t.TempDir())
	g := plan.New(plan.Spec{Sources: []plan.Source{{Name: "web", Digest: "d"}}, Ops: []plan.Op{{Name: "exact", Kind: plan.Grouping, Digest: "d"}},
		Sinks: []plan.Sink{{Digest: "s"}}, PartBytes: 1 << 30})
	e := newEngine(&Plan{Graph: g, Pipeline: &Pipeline{}, ledger: &ledger.Ledger{Store: s}}, &tenancy{})
	defer e.progress.stop()
	var err error
	if e.claims, err = claims.Join(t.Context(), s, claims.Settings{}); err != nil {
		t.Fatal(err)
	}
	defer e.claims.Leave(t.Context()) //nolint:errcheck // of a test
	list := &ledger.Commit{Head: plan.Head{Pass: "list", Kind: plan.List, Key: "list"}}
	sources := map[string]string{}
	list.Shards = make([]plan.Shard, 0, *scaleTasks)
	for i := range *scaleTasks {
		list.Shards = append(list.Shards, compact(plan.Shard{Source: "web", Name: fmt.Sprintf("segments/%04d/warc/part-%07d.warc.gz", i/1000, i), Size: 1 << 30,
			Stamp: fmt.Sprintf("%032x", i), Path: fmt.Sprintf("s3://commoncrawl/crawl-data/segments/%04d/warc/part-%07d.warc.gz", i/1000, i)}, sources))
	}
	before := heap()
	t.Logf("the listing: %.0f MiB", float64(before)/(1<<20))
	var most int64
	e.listed(list)
	for _, ps := range e.states[1:] {
		if err := e.expand(t.Context(), ps); err != nil {
			t.Fatal(err)
		}
		if !ps.whole {
			t.Fatalf("%s is not given whole", ps.pass.Name)
		}
		for i := range ps.lots {
			if err := e.absorb(ps, &ps.lots[i], doneLot(t, &ps.lots[i])); err != nil {
				t.Fatal(err)
			}
		}
		most = max(most, heap()-before)
		t.Logf("%s: %d tasks in %d lots, %.0f MiB behind it, resident at most %.0f MiB", ps.pass.Name, ps.tasks.Len(), len(ps.lots), float64(heap()-before)/(1<<20), float64(peakRSS())/(1<<20))
		if err := e.closePass(t.Context(), ps); err != nil {
			t.Fatal(err)
		}
	}
	if per := most / int64(*scaleTasks); per > *scaleBytes {
		t.Errorf("%d bytes a task, want %d at most", per, *scaleBytes)
	}
}

// doneLot is what another worker says of a lot, as this one reads it.
func doneLot(t *testing.T, lot *plan.Lot) *ledger.Lot {
	t.Helper()
	l := &ledger.Lot{Sums: []byte("{}")}
	for _, x := range lot.Tasks() {
		l.Commits = append(l.Commits, &ledger.Commit{Head: plan.Head{Pass: x.Pass, Kind: x.Kind, Key: x.Key, Label: x.Label, Documents: 1, TextBytes: 100 << 20, Keys: []int64{1},
			KeyDigests: []string{x.Key}, Content: x.Key, Shards: x.Work.Shards}, Files: []ledger.File{{Name: "segments/" + x.Key + ".docs", SHA256: x.Key + x.Key, End: x.Key}}})
	}
	b, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if l, err = ledger.ReadLot(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return l
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
