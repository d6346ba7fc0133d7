package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// heads are segments with labels of their own and so many keys.
func heads(n int, keys int64) []*Head {
	all := make([]*Head, n)
	for i := range all {
		all[i] = &Head{Label: fmt.Sprintf("web/CC-MAIN-%05d.warc.gz", i), Keys: []int64{keys}}
	}
	return all
}

func bytesOf(h *Head) int64 { return h.Keys[0] * keyBytes }

// labels are those of each bundle, as one string.
func labelsOf(segments []*Head, all []bundle) map[string]bool {
	sets := map[string]bool{}
	for _, b := range all {
		s := ""
		for _, h := range segments[b.from:b.to] {
			s += h.Label + "\n"
		}
		sets[s] = true
	}
	return sets
}

// A segment that is added, changed or removed changes the bundle that it is in, and at most
// as many behind it as come before the next that begins by itself.
func TestOneSegmentChangesOneBundle(t *testing.T) {
	s := Scale{Files: 128, Bytes: 8 << 30}
	before := heads(5_000, 20_000)
	was := labelsOf(before, s.bundles(HeadsOf(before...), bytesOf))
	rng := rand.New(rand.NewPCG(1, 2))
	changed := map[int]int{}
	for range 100 {
		at := rng.IntN(len(before))
		after := slices.Insert(slices.Clone(before), at, &Head{Label: fmt.Sprint("web/new", rng.Uint64()), Keys: []int64{20_000}})
		if rng.IntN(2) == 0 {
			after = slices.Delete(slices.Clone(before), at, at+1)
		}
		n := 0
		for x := range labelsOf(after, s.bundles(HeadsOf(after...), bytesOf)) {
			if !was[x] {
				n++
			}
		}
		changed[n]++
	}
	for n, times := range changed {
		if n > 4 || n > 2 && times > 5 {
			t.Errorf("%d bundles changed, %d times of 100", n, times)
		}
	}
	if changed[1] < 85 {
		t.Errorf("one bundle changed %d times of 100: %v", changed[1], changed)
	}
}

// Bundles are of about the files and bytes that are wanted, never of more than packMost
// times as many, and have every segment once, in order.
func TestBundles(t *testing.T) {
	for _, c := range []struct {
		n                  int
		keys               int64
		files              int
		bytes              int64
		least, most, ofOne int
	}{
		{0, 0, 128, 8 << 30, 0, 0, 0},
		{1, 1, 128, 8 << 30, 1, 1, 1},
		{90_000, 20_000, 128, 8 << 30, 550, 900, 30},
		{90_000, 20_000 * 16, 128, 8 << 30, 600, 1100, 40},
		{1000, 20_000 * 16, 1 << 20, 1 << 30, 60, 200, 30},
		{1000, 20_000, 128, 8 << 30, 60, 200, 30},
		{50, 1 << 30, 128, 8 << 30, 50, 50, 50}, // each is large enough by itself
		{1000, 0, 1 << 20, 1 << 30, 60, 200, 30},
	} {
		s := Scale{Files: c.files, Bytes: c.bytes}
		segments := heads(c.n, c.keys)
		all := s.bundles(HeadsOf(segments...), bytesOf)
		at, alone := 0, 0
		for _, b := range all {
			if b.from != at || b.to <= b.from {
				t.Fatalf("%+v: a bundle %+v behind %d", c, b, at)
			}
			at = b.to
			if n := b.to - b.from; n > packMost*c.files || n > 1 && int64(n)*c.keys*keyBytes > packMost*c.bytes {
				t.Errorf("%+v: a bundle of %d segments", c, n)
			} else if n == 1 {
				alone++
			}
		}
		if at != c.n || len(all) < c.least || len(all) > c.most || alone > c.ofOne {
			t.Errorf("%+v: %d bundles of %d segments, %d of one", c, len(all), at, alone)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		n, spread int
		text      int64
		texts     bool
		want      int
	}{{0, 4, 0, true, 0}, {3, 4, 0, false, 3}, {4, 4, 0, false, 4}, {5, 4, 0, false, 4}, {1000, 4, 1 << 32, false, 4}, {1000, 4, 1 << 32, true, 15}} {
		segments := make([]*Head, c.n)
		for i := range segments {
			segments[i] = &Head{TextBytes: c.text}
		}
		all := Scale{Spread: c.spread}.spread(HeadsOf(segments...), c.texts)
		at := 0
		for _, b := range all {
			if b.from != at || b.to <= b.from {
				t.Errorf("%+v: %v", c, all)
			}
			at = b.to
		}
		if at != c.n || len(all) != c.want {
			t.Errorf("%+v: %d of %d segments in %d", c, at, c.n, len(all))
		}
	}
}

// A crawl of 90,000 archives asks for some ten requests an archive and stage, not for one an
// archive and group task; and the forecast is there at once.
func TestForecastOfACrawl(t *testing.T) {
	const archives, documents = 90_000, 30_000
	g := New(Spec{Sources: []Source{{Name: "web"}}, PartBytes: 10 << 30, Ops: []Op{
		{Name: "extract", Kind: PerDocument}, {Name: "exact", Kind: Grouping}, {Name: "minhash", Kind: Grouping, Sketch: 112},
		{Name: "lines", Kind: Grouping, Units: true, Verifies: true}}})
	shards := make([]Shard, archives)
	for i := range shards {
		shards[i] = Shard{Source: "web", Name: fmt.Sprintf("CC-MAIN-%05d.warc.gz", i), Size: 1 << 30}
	}
	costs := g.Forecast(shards, Guess{DocumentBytes: (1 << 30) / documents, Edges: 0.1, Keys: func(op Op) int64 {
		return map[string]int64{"exact": 1, "minhash": 16, "lines": 32}[op.Name]
	}})
	sum := map[string]int64{}
	for _, c := range costs {
		t.Logf("%-20s %7d tasks %10d reads %8d writes", c.Pass, c.Tasks, c.Reads, c.Writes)
		sum["reads"] += c.Reads
	}
	byName := func(name string) Cost {
		return costs[slices.IndexFunc(costs, func(c Cost) bool { return c.Pass == name })]
	}
	for name, most := range map[string]int64{"exact-merge": 2 * archives, "exact-group": 1e6, "minhash-merge": 5 * archives, "minhash-group": 5e6, "exact-nominate": 3 * archives, "exact-resolve": 1e6} {
		if c := byName(name); c.Reads > most || c.Reads == 0 {
			t.Errorf("%+v, want at most %d reads", c, most)
		}
	}
	if c := byName("minhash-group"); c.Tasks <= 256 {
		t.Errorf("%+v: want more than 256 tasks", c)
	}
	if sum["reads"] > 50e6 {
		t.Errorf("%d reads in all", sum["reads"])
	}
}
