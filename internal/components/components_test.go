package components

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
)

// inMemory is the answer of a union-find over all nodes.
func inMemory(nodes uint64, edges [][2]uint64) (labels []Label) {
	parent := make([]uint64, nodes)
	touched := make([]bool, nodes)
	for i := range parent {
		parent[i] = uint64(i)
	}
	find := func(i uint64) uint64 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, e := range edges {
		touched[e[0]], touched[e[1]] = true, true
		a, b := find(e[0]), find(e[1])
		parent[max(a, b)] = min(a, b)
	}
	for i, t := range touched {
		if t {
			labels = append(labels, Label{uint64(i), find(uint64(i))})
		}
	}
	return labels
}

func found(t *testing.T, nodes uint64, edges [][2]uint64, memory int64) (labels []Label) {
	t.Helper()
	f, err := New(nodes, memory, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // of a test
	for _, e := range edges {
		if err := f.Add(e[0], e[1]); err != nil {
			t.Fatal(err)
		}
	}
	for l, err := range f.Labels() {
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels, l)
	}
	return labels
}

// shapes are graphs over nodes in a random order.
func shapes(rng *rand.Rand) map[string][][2]uint64 {
	const nodes = 100_000
	at := rng.Perm(nodes)
	edge := func(a, b int) [2]uint64 { return [2]uint64{uint64(at[a]), uint64(at[b])} }
	all := map[string][][2]uint64{"none": nil}
	for i := range nodes - 1 {
		all["path"] = append(all["path"], edge(i, i+1))
		all["ordered path"] = append(all["ordered path"], [2]uint64{uint64(i + 1), uint64(i)})
		all["star"] = append(all["star"], edge(0, i+1))
		if i%3 != 2 {
			all["small ones"] = append(all["small ones"], edge(i, i+1))
		}
	}
	for i := range 300 {
		for j := range i {
			all["clique"] = append(all["clique"], edge(300*i%7+i, j))
		}
	}
	for range nodes / 2 {
		all["sparse"] = append(all["sparse"], edge(rng.IntN(nodes), rng.IntN(nodes)))
		all["few nodes"] = append(all["few nodes"], edge(rng.IntN(1000), rng.IntN(1000)))
	}
	for _, edges := range all {
		rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	}
	return all
}

func TestLabelsAreThoseOfAnUnionFindInMemory(t *testing.T) {
	const nodes = 100_000
	for seed := range uint64(3) {
		for name, edges := range shapes(rand.New(rand.NewPCG(seed, 1))) {
			want := inMemory(nodes, edges)
			for _, memory := range []int64{0, 1 << 18, 1 << 24} { // 98 buckets, 7, one
				if got := found(t, nodes, edges, memory); !slices.Equal(got, want) {
					t.Errorf("seed %d, %s, %d bytes: other labels than in memory", seed, name, memory)
				}
			}
		}
	}
}

// What leaves a bucket is never more than what came to it, and chunks are used again.
func TestSpillIsBounded(t *testing.T) {
	const nodes = 200_000
	for name, edges := range shapes(rand.New(rand.NewPCG(9, 9))) {
		f, err := New(nodes, 0, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edges {
			if err := f.Add(e[0], e[1]); err != nil {
				t.Fatal(err)
			}
		}
		before := f.Spilled()
		for _, err := range f.Labels() {
			if err != nil {
				t.Fatal(err)
			}
		}
		// sets, questions and answers of at most 2 nodes an edge, and a chunk that is not
		// full in each list
		most := before + int64(min(2*len(edges), nodes))*(setBytes+2*recordBytes)
		if got := f.Spilled(); got > most {
			t.Errorf("%s: %d bytes in the file, want at most %d", name, got, most)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNodesOutOfRange(t *testing.T) {
	f, err := New(10, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // of a test
	if f.Add(9, 10) == nil || f.Add(10, 9) == nil {
		t.Error("an edge of a node that is not there is taken")
	}
	if err := f.Add(9, 0); err != nil {
		t.Error(err)
	}
}

func TestTooManyBuckets(t *testing.T) {
	if f, err := New(widthMin*bucketsMax+1, 0, ""); err == nil {
		_ = f.Close()
		t.Error("too many buckets are taken")
	}
}

func TestErrorsOfTheFile(t *testing.T) {
	if _, err := New(10, 0, "/does/not/exist"); err == nil {
		t.Error("no error of a folder that is not there")
	}
	const nodes = 100_000
	f, err := New(nodes, 0, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(nodes - 1) {
		if err := f.Add(i, nodes-1); err != nil {
			t.Fatal(err)
		}
	}
	if f.Spilled() == 0 {
		t.Fatal("nothing is spilled")
	}
	if err := os.Truncate("/proc/self/fd/"+strconv.Itoa(int(f.spill.f.Fd())), 1); err != nil {
		t.Skip(err) // no such folder here
	}
	failed := false
	for _, err := range f.Labels() {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("a file that was cut gives labels")
	}
}

func TestStops(t *testing.T) {
	f, err := New(10, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // of a test
	for i := range uint64(9) {
		if err := f.Add(i, i+1); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for range f.Labels() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d labels", n)
	}
}

func BenchmarkLabels(b *testing.B) {
	const nodes, count = 1 << 24, 1 << 23
	rng := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		f, err := New(nodes, 16<<20, b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		for range count {
			if err := f.Add(rng.Uint64N(nodes), rng.Uint64N(nodes)); err != nil {
				b.Fatal(err)
			}
		}
		for _, err := range f.Labels() {
			if err != nil {
				b.Fatal(err)
			}
		}
		_ = f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/edge")
}
