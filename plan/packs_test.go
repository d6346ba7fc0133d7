package plan

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func named(source, prefix string, n int, size int64) (shards []Shard) {
	for i := range n {
		shards = append(shards, Shard{Source: source, Name: fmt.Sprintf("%s%04d", prefix, i), Size: size, Stamp: "t"})
	}
	return shards
}

// What a pack may hold, at both sides of each limit.
func TestPacksHaveLimits(t *testing.T) {
	two := func(p Packing, a, b Shard) int { return len(p.Packs([]Shard{a, b})) }
	// Neither name begins a pack by itself where packs are large.
	const a, b = "n0001", "n0002"
	of := func(name string, size int64) Shard { return Shard{Source: "s", Name: name, Size: size} }
	large := Packing{Files: 1000, Bytes: 1000}
	for _, c := range []struct {
		name string
		p    Packing
		a, b Shard
		want int
	}{
		{"two small files", large, of(a, 1), of(b, 1), 1},
		{"empty files", large, of(a, 0), of(b, 0), 1},
		{"no packs", Packing{Files: 1, Bytes: 1000}, of(a, 1), of(b, 1), 2},
		{"no setting", Packing{}, of(a, 1), of(b, 1), 2},
		{"the first is of an unknown size", large, of(a, -1), of(b, 1), 2},
		{"the second is of an unknown size", large, of(a, 1), of(b, -1), 2},
		{"the first is just not large", large, of(a, 999), of(b, 1), 1},
		{"the first is large", large, of(a, 1000), of(b, 1), 2},
		{"the second is large", large, of(a, 1), of(b, 1000), 2},
		{"two sources", large, of(a, 1), Shard{Source: "t", Name: b, Size: 1}, 2},
	} {
		if got := two(c.p, c.a, c.b); got != c.want {
			t.Errorf("%s: %d packs, want %d", c.name, got, c.want)
		}
	}
	if got := large.Packs(nil); got != nil {
		t.Errorf("no files give %v", got)
	}
}

// A pack has about as many files and bytes as it should, and never more than four times
// as many.
func TestPackSizes(t *testing.T) {
	for _, c := range []struct {
		size int64
		mean float64 // files of a pack
	}{{0, 100}, {1, 99}, {100, 50}, {5000, 2}} {
		p := Packing{Files: 100, Bytes: 10_000}
		shards := named("s", "f", 20_000, c.size)
		packs := p.Packs(shards)
		if mean := float64(len(shards)) / float64(len(packs)); mean < c.mean*0.8 || mean > c.mean*1.3 {
			t.Errorf("files of %d bytes: %.1f files a pack, want about %.0f", c.size, mean, c.mean)
		}
		for _, pack := range packs {
			if n := len(pack); n > 400 || int64(n)*c.size > 40_000 {
				t.Fatalf("files of %d bytes: a pack of %d", c.size, n)
			}
		}
	}
}

// A file that is added or removed changes the packs between two files that begin one
// wherever they stand, and no other; and no file is lost or moved.
func TestPacksChangeUpToTheNextBorder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	p := Packing{Files: 8, Bytes: 1000}
	for range 300 {
		var shards []Shard
		for _, s := range named("s", "f", 200, 0) {
			if rng.IntN(3) > 0 {
				s.Size = rng.Int64N(300)
				if rng.IntN(20) == 0 {
					s.Size = 2000
				}
				shards = append(shards, s)
			}
		}
		before := p.Packs(shards)
		if !reflect.DeepEqual(slices.Concat(before...), shards) {
			t.Fatal("the packs are not the files in their order")
		}
		extra := Shard{Source: "s", Name: fmt.Sprintf("f%04dx", rng.IntN(200)), Size: rng.Int64N(300), Stamp: "t"}
		at, _ := slices.BinarySearchFunc(shards, extra, func(a, b Shard) int { return strings.Compare(a.Name, b.Name) })
		after := p.Packs(slices.Insert(slices.Clone(shards), at, extra))
		fixed := func(i int) bool { return i <= 0 || p.alone(shards[i-1]) || p.alone(shards[i]) || p.begins(shards[i]) }
		from, to := at, at // the files between the two borders
		for from = max(at-1, 0); !fixed(from); from-- {
		}
		for to < len(shards) && (!fixed(to) || to == at && !p.alone(shards[to]) && !p.begins(shards[to])) {
			to++ // behind the new file stands no large one
		}
		known := map[string]bool{}
		for _, pack := range after {
			known[fmt.Sprint(pack)] = true
		}
		for _, pack := range before {
			i := slices.Index(shards, pack[0])
			if outside := i+len(pack) <= from || i >= to; outside && !known[fmt.Sprint(pack)] {
				t.Fatalf("%s was added at %d: the pack at %d, outside %d to %d, is gone", extra.Name, at, i, from, to)
			}
		}
	}
}

// Ranges cover a file, at multiples of their size, whatever its size is.
func TestRanges(t *testing.T) {
	for _, c := range []struct {
		size, cut int64
		want      string
	}{
		{350, 0, "0-0"}, {-1, 100, "0-0"}, {0, 100, "0-0"}, {199, 100, "0-0"}, {200, 100, "0-100 100-200"},
		{299, 100, "0-100 100-299"}, {300, 100, "0-100 100-200 200-300"},
	} {
		var got []string
		for _, r := range (Packing{Cut: c.cut}).Ranges(Shard{Name: "f", Size: c.size}) {
			got = append(got, fmt.Sprintf("%d-%d", r.From, r.To))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%d bytes cut at %d: %s, want %s", c.size, c.cut, s, c.want)
		}
	}
}
