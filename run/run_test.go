package run

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// A group that is larger than memory is linked in pieces that share their first
// unit, so that its edges still join all of it.
func TestHugeGroupsStayConnected(t *testing.T) {
	var pieces [][]stage.Unit
	g := grouping{max: 4, link: func(g stage.Group, units []stage.Unit, sketches []byte) error {
		pieces = append(pieces, slices.Collect(g.Units))
		find := (&groupSketches{size: 2}).carried(units, sketches)
		for _, i := range append([]int{len(units) - 1}, order(len(units))...) { // out of order, and in order
			if b, err := find(units[i]); err != nil || !slices.Equal(b, []byte{byte(units[i].Doc), 1}) {
				t.Errorf("the sketch of %d is %v, %v", units[i].Doc, b, err)
			}
		}
		if _, err := find(stage.Unit{Doc: 999}); err == nil {
			t.Error("a unit of another group has a sketch")
		}
		return nil
	}}
	for row := range uint64(10) {
		key, u := unitOf(extsort.Record{5, 5, 0, row << 32}, false)
		if err := g.add(key, u, []byte{byte(row), 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.add(stage.Key{Hi: 6, Lo: 6}, stage.Unit{Doc: 77}, []byte{77, 1}); err != nil {
		t.Fatal(err)
	}
	if err := g.flush(); err != nil {
		t.Fatal(err)
	}
	if len(pieces) < 2 {
		t.Fatal("the group was never cut")
	}
	seen := map[uint64]bool{}
	for _, p := range pieces {
		if p[0].Doc != 0 {
			t.Errorf("a piece begins with %v", p[0])
		}
		for _, u := range p {
			seen[u.Doc] = true
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d of 10 units were linked", len(seen))
	}
}

func order(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

func TestNarrowKeysGroupByTheirFirstWord(t *testing.T) {
	var sizes []int
	g := grouping{max: 1 << 16, link: func(g stage.Group, _ []stage.Unit, _ []byte) error {
		sizes = append(sizes, len(slices.Collect(g.Units)))
		return nil
	}}
	for i, hi := range []uint64{1, 1, 1, 2, 3, 3} {
		key, u := unitOf(extsort.Record{hi, uint64(i), 0, uint64(i) << 32}, true)
		if err := g.add(key, u, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.flush(); err != nil || !slices.Equal(sizes, []int{3, 2}) {
		t.Errorf("%v %v", sizes, err)
	}
}

func TestBetter(t *testing.T) {
	a := node{doc: 1, tie: [2]uint64{9, 0}, rank: corpus.Rank{Order: 2}}
	b := node{doc: 2, tie: [2]uint64{3, 0}, rank: corpus.Rank{Order: 1}}
	missing := node{doc: 0, tie: [2]uint64{0, 0}, rank: corpus.Rank{Missing: true}}
	for _, c := range []struct {
		keep stage.Keep
		x, y node
		want bool
	}{
		{stage.Keep{Policy: "max", Column: "c"}, a, b, true},
		{stage.Keep{Policy: "min", Column: "c"}, a, b, false},
		{stage.Keep{Policy: "first"}, a, b, true},
		{stage.Keep{Policy: "all"}, a, b, false}, // by the tie
		{stage.Keep{Policy: "max", Column: "c"}, missing, b, false},
		{stage.Keep{Policy: "max", Column: "c"}, b, missing, true},
		{stage.Keep{Policy: "min", Column: "c"}, missing, a, false},
		{stage.Keep{Policy: "min", Column: "c"}, b, missing, true},
	} {
		if got := better(c.keep, &c.x, &c.y); got != c.want {
			t.Errorf("%v: %v against %v: %v", c.keep, c.x, c.y, got)
		}
	}
}

// Workers ask for the longest lots first, each from where its rank begins.
func TestOrderOfLots(t *testing.T) {
	var lots []plan.Lot
	for _, n := range []int64{5, 100, 7, 90, 0, 70} {
		lots = append(lots, plan.Lot{Bytes: n})
	}
	for _, c := range []struct {
		rank, world int
		want        []int
	}{
		{0, 0, []int{1, 3, 5, 0, 2, 4}}, {0, 1, []int{1, 3, 5, 0, 2, 4}}, {0, 2, []int{1, 3, 5, 0, 2, 4}},
		{1, 2, []int{0, 2, 4, 1, 3, 5}}, {2, 3, []int{2, 4, 1, 3, 5, 0}}, {99, 100, []int{4, 1, 3, 5, 0, 2}},
	} {
		if got := orderOfLots(lots, c.rank, c.world); !slices.Equal(got, c.want) {
			t.Errorf("rank %d of %d: %v, want %v", c.rank, c.world, got, c.want)
		}
	}
	if got := orderOfLots(nil, 3, 4); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}

// A commit that lacks what is asked for is told with its task.
func TestFileThatACommitDoesNotName(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	c := &ledger.Commit{Head: plan.Head{Pass: "segment", Key: "k", Label: "web/a"},
		Files: []ledger.File{segmentFile("k", ledger.RoleKeys, "exact"), segmentFile("k", ledger.RoleIndex, "")}}
	if f, err := fileOf(l, c, ledger.RoleKeys, "exact"); err != nil || f.Name != "segments/k.exact.keys" {
		t.Errorf("%+v, %v", f, err)
	}
	for _, x := range []struct {
		role        ledger.Role
		stage, want string
	}{
		{ledger.RoleKeys, "near", "commit k of segment (web/a) names no file of keys near"},
		{ledger.RoleDocuments, "", "commit k of segment (web/a) names no file of documents"},
	} {
		if _, err := fileOf(l, c, x.role, x.stage); err == nil || err.Error() != x.want {
			t.Errorf("%v, want %s", err, x.want)
		}
	}
}
