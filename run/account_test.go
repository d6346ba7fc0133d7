package run

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// hostTables are those of tasks: some hosts are in each, and more and more are in one.
func hostTables(tasks, each int) (list []*ledger.Stats) {
	for i := range tasks {
		s := ledger.NewStats(nil, nil)
		for k := range each {
			s.Hosts.Of(fmt.Sprintf("rare%d-%d.example", i, k)).Documents = 1
		}
		for k := range 5 {
			h := s.Hosts.Of(fmt.Sprintf("large%d.example", k))
			h.Documents, h.Kept, h.Bytes = int64(100*(k+1)+i%7), int64(k), int64(i)
		}
		list = append(list, s)
	}
	return list
}

func inOrder(list []*ledger.Stats) iter.Seq2[ledger.Hosts, error] {
	return func(yield func(ledger.Hosts, error) bool) {
		for _, s := range list {
			if !yield(s.Hosts, nil) {
				return
			}
		}
	}
}

// The table of hosts is the same in whichever order tasks end, and what is held at once is
// bounded, on both sides of the bound.
func TestHostsAreBounded(t *testing.T) {
	const tasks, each = 40, 10
	for _, c := range []struct {
		held    int
		crowded bool
	}{{tasks*each + 5, false}, {tasks*each + 4, true}, {50, true}, {12, true}} {
		list := hostTables(tasks, each)
		var want string
		for round := range 5 {
			a := &account{total: ledger.NewStats(nil, nil), held: c.held}
			shuffled := slices.Clone(list)
			rand.New(rand.NewPCG(1, uint64(round))).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			for _, s := range shuffled {
				a.add(s)
				if len(a.total.Hosts) > c.held {
					t.Fatalf("%d hosts are held, not %d", len(a.total.Hosts), c.held)
				}
			}
			if a.crowded != c.crowded {
				t.Errorf("%d held: crowded %t", c.held, a.crowded)
			}
			if a.crowded {
				if err := a.sumHosts(inOrder(list)); err != nil {
					t.Fatal(err)
				}
			}
			b, err := json.Marshal(a.total.Hosts)
			if err != nil || want != "" && string(b) != want {
				t.Errorf("%d held, round %d: %s and not %s, %v", c.held, round, b, want, err)
			}
			want = string(b)
			for k := range 5 {
				if got := a.total.Hosts.Of(fmt.Sprintf("large%d.example", k)); got.Documents < int64(tasks*100*(k+1)) || got.Bytes != tasks*(tasks-1)/2 {
					t.Errorf("%d held: host %d has %+v", c.held, k, got)
				}
			}
		}
	}
}
