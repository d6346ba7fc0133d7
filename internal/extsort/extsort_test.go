package extsort

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func sorted(t *testing.T, s *Sorter) []Record {
	t.Helper()
	var got []Record
	for r, err := range s.Sorted() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	return got
}

// Spilling must not change the order: in memory, in a few runs, and in more runs
// than are merged at once.
func TestSortedIsTheSameHoweverOftenItSpills(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	want := make([]Record, 300*minRecords+7)
	for i := range want {
		want[i] = Record{rng.Uint64() % 1000, rng.Uint64() % 3, uint64(i), 0}
	}
	for _, memory := range []int64{1 << 40, 64 * minRecords * recordBytes, 1} {
		s := New(memory, t.TempDir())
		for _, r := range want {
			if err := s.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		ref := slices.Clone(want)
		slices.SortFunc(ref, Compare)
		if s.Len() != int64(len(want)) {
			t.Fatalf("Len = %d", s.Len())
		}
		if got := sorted(t, s); !slices.Equal(got, ref) {
			t.Fatalf("memory %d: wrong order", memory)
		}
	}
}

func TestEmpty(t *testing.T) {
	if got := sorted(t, New(1, t.TempDir())); len(got) != 0 {
		t.Fatal(got)
	}
}

func TestStoppingEarlyIsFine(t *testing.T) {
	s := New(1, t.TempDir())
	for i := range uint64(5 * minRecords) {
		if err := s.Add(Record{i}); err != nil {
			t.Fatal(err)
		}
	}
	for r, err := range s.Sorted() {
		if err != nil || r[0] != 0 {
			t.Fatal(r, err)
		}
		break
	}
}

func BenchmarkSort(b *testing.B) {
	b.SetBytes(1 << 20 * recordBytes)
	for b.Loop() {
		rng := rand.New(rand.NewPCG(1, 2))
		s := New(1<<30, "")
		for range 1 << 20 {
			_ = s.Add(Record{rng.Uint64(), rng.Uint64(), 0, 0})
		}
		for _, err := range s.Sorted() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
