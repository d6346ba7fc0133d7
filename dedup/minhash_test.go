package dedup

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// The contracts that the engine looks for.
var (
	_ stage.Grouper   = (*MinHash)(nil)
	_ stage.Sketcher  = (*MinHash)(nil)
	_ stage.Linker    = (*MinHash)(nil)
	_ stage.Forker    = (*MinHash)(nil)
	_ stage.Validator = (*MinHash)(nil)
	_ stage.Lister    = (*MinHash)(nil)
	_ stage.Grouper   = (*ExactDedup)(nil)
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		m   *MinHash
		err string // "" is valid
	}{
		{&MinHash{}, ""},
		{&MinHash{Kind: "datatrove", Hash: "sha1"}, ""},
		{&MinHash{Kind: "simhash"}, "sketch"},
		{&MinHash{Hash: "sha1"}, "hash"},
		{&MinHash{Kind: "datatrove", Hash: "md5"}, "hash"},
		{&MinHash{Kind: "datatrove", Seed: math.MaxUint32}, ""},
		{&MinHash{Kind: "datatrove", Seed: math.MaxUint32 + 1}, "seed"},
		{&MinHash{Seed: math.MaxUint64}, ""},
		{&MinHash{NGram: 1}, ""},
		{&MinHash{NGram: -1}, "ngram"},
		{&MinHash{NGram: 64}, ""},
		{&MinHash{NGram: 65}, "ngram"},
		{&MinHash{Bands: 128, Rows: 128}, ""},
		{&MinHash{Bands: 128, Rows: 129}, "bands"},
		{&MinHash{Bands: math.MaxInt, Rows: math.MaxInt}, "bands"},
		{&MinHash{Bands: -1}, "bands"},
		{&MinHash{Rows: -1}, "rows"},
		{&MinHash{MinSimilarity: stage.At(0)}, ""},
		{&MinHash{MinSimilarity: stage.At(1)}, ""},
		{&MinHash{MinSimilarity: stage.At(1.01)}, "min_similarity"},
		{&MinHash{MinSimilarity: stage.At(-0.01)}, "min_similarity"},
		{&MinHash{MinSimilarity: stage.Off()}, ""},
		{&MinHash{KeepRule: stage.Keep{Policy: "max"}}, "keep"},
	} {
		switch err := c.m.Validate(); {
		case err == nil && c.err != "":
			t.Errorf("%+v: want an error about %s", c.m.params(), c.err)
		case err != nil && (c.err == "" || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%+v: error %v, want %q", c.m.params(), err, c.err)
		}
	}
}

// words makes a text of n words from a numbered vocabulary, one word per number.
func words(from, n int) string {
	var b strings.Builder
	for i := range n {
		x := uint64(from + i)
		b.WriteByte(' ')
		for x = mix(x) | 1<<40; x > 0; x /= 26 {
			b.WriteByte('a' + byte(x%26))
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

func TestEmptyAndShort(t *testing.T) {
	for _, c := range []struct {
		text             string
		fss, trove, trio bool // has a signature: fss, datatrove, fss of 3-grams
	}{
		{"", false, false, false},
		{" \n\t", false, false, false},
		{"... --- !!!", false, false, false},
		{"one", true, false, true},
		{"one two three four", true, false, true},
		{"one two three four five", true, true, true},
		{"one two three four five six", true, true, true},
	} {
		for i, m := range []*MinHash{{}, {Kind: "datatrove"}, {NGram: 3}} {
			want := []bool{c.fss, c.trove, c.trio}[i]
			p := m.params()
			sig := m.Signature([]uint64{7}, c.text)
			if sig[0] != 7 || (len(sig) == 1+p.bands*p.rows) != want || !want && len(sig) != 1 {
				t.Errorf("%s of %q: %d values, signature wanted: %v", m.SketchID(), c.text, len(sig)-1, want)
			}
			keys := 0
			doc := &corpus.Document{Text: c.text}
			if err := m.Keys(doc, func(stage.Key, uint32) { keys++ }); err != nil || (keys == p.bands) != want || !want && keys != 0 {
				t.Errorf("%s of %q: %d keys, error %v", m.SketchID(), c.text, keys, err)
			}
			if n := len(m.Sketch(nil)); n != m.SketchBytes() {
				t.Errorf("%s of %q: sketch of %d bytes, declared %d", m.SketchID(), c.text, n, m.SketchBytes())
			}
		}
	}
	m := &MinHash{}
	sig := func(s string) []uint64 { return m.Signature(nil, s) }
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"one two three", "ONE, two\nthree!", 1},
		{"one two three", "three two one", 0},
		{"one two three four", "one two three four five", 0},
		{"a b", "a b a", 0},
		{"", "", 0},
	} {
		if got := Similarity(sig(c.a), sig(c.b)); got != c.want {
			t.Errorf("similarity of %q and %q: %g, want %g", c.a, c.b, got, c.want)
		}
	}
	if Similarity(sig("one"), sig("one")[1:]) != 0 {
		t.Error("signatures of unequal length are similar")
	}
}

// Sets of shingles of known similarity: the estimate has the standard error
// sqrt(J(1-J)/k) or less, and no bias.
func TestEstimate(t *testing.T) {
	const k, pairs = 112, 400
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 3, 40, 112, 700, 5000} {
		for _, want := range []float64{0, 0.3, 0.5, 0.8, 1} {
			both := int(math.Round(want * float64(n)))
			j := float64(both) / float64(n)
			sum, square := 0.0, 0.0
			s := newSigner(params{kind: kindFSS, ngram: 5, bands: 16, rows: 7, seed: 1})
			for range pairs {
				var sig [2][]uint64
				common := random(rng, both)
				for i := range sig { // each has its half of what is not common
					own := random(rng, (n-both+i)/2)
					s.shingles, s.signed = append(slices.Clone(common), own...), true
					if len(s.shingles) == 0 {
						s.shingles = random(rng, 1)
					}
					s.fss()
					sig[i] = slices.Clone(s.sig)
				}
				e := Similarity(sig[0], sig[1])
				sum, square = sum+e, square+(e-j)*(e-j)
			}
			mean, ideal := sum/pairs, math.Sqrt(j*(1-j)/k)
			if rmse := math.Sqrt(square / pairs); math.Abs(mean-j) > 5*ideal/math.Sqrt(pairs)+1e-9 || rmse > ideal*1.15+1e-9 {
				t.Errorf("n %d, J %.3f: mean %.4f, RMSE %.4f, want RMSE <= %.4f", n, j, mean, rmse, ideal)
			}
		}
	}
}

func random(rng *rand.Rand, n int) []uint64 {
	x := make([]uint64, n)
	for i := range x {
		x[i] = rng.Uint64()
	}
	return x
}

// The share of pairs with a common band follows 1-(1-J^rows)^bands.
func TestCandidates(t *testing.T) {
	const pairs, n = 2000, 300
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ bands, rows int }{{14, 8}, {16, 7}, {20, 5}} {
		s := newSigner(params{kind: kindFSS, ngram: 5, bands: c.bands, rows: c.rows, seed: 1})
		for _, j := range []float64{0.3, 0.5, 0.6, 0.7, 0.8, 0.9} {
			both := int(math.Round(j * n))
			want := 1 - math.Pow(1-math.Pow(float64(both)/n, float64(c.rows)), float64(c.bands))
			hits := 0
			for range pairs {
				common := random(rng, both)
				var keys [2][]uint64
				for i := range keys {
					s.shingles, s.signed = append(slices.Clone(common), random(rng, (n-both)/2)...), true
					s.fss()
					for band := range c.bands {
						keys[i] = append(keys[i], s.bandKey(band))
					}
				}
				for band := range c.bands {
					if keys[0][band] == keys[1][band] {
						hits++
						break
					}
				}
			}
			if got := float64(hits) / pairs; math.Abs(got-want) > 0.02+4*math.Sqrt(want*(1-want)/pairs) {
				t.Errorf("%d x %d, J %.2f: %.3f of the pairs are candidates, formula %.3f", c.bands, c.rows, j, got, want)
			}
		}
	}
}

// Through the text pass: a text and the same with its tail replaced.
func TestSimilarityOfTexts(t *testing.T) {
	m := &MinHash{}
	const n = 1000
	for _, common := range []int{0, 500, 800, 950, 1000} {
		a := m.Signature(nil, words(0, n))
		b := m.Signature(nil, words(0, common)+" "+words(5000, n-common))
		shared := float64(max(common-4, 0))
		j := shared / (2*(n-4) - shared)
		if got := Similarity(a, b); math.Abs(got-j) > 0.15 || j == 0 && got > 0.01 || j == 1 && got != 1 {
			t.Errorf("%d of %d words in common: %.3f, want %.3f", common, n, got, j)
		}
	}
}

func TestDeterminismAndSeeds(t *testing.T) {
	long := words(0, 600)
	for _, kind := range []string{"fss", "datatrove"} {
		m := &MinHash{Kind: kind}
		first := m.Signature(nil, long)
		m.Signature(nil, words(50, 3000))
		if !slices.Equal(first, m.Signature(nil, long)) || !slices.Equal(first, m.Fork().(*MinHash).Signature(nil, long)) {
			t.Errorf("%s: the signature depends on what came before", kind)
		}
		other := &MinHash{Kind: kind, Seed: 2}
		if s := Similarity(first, other.Signature(nil, long)); s > 0.05 {
			t.Errorf("%s: seeds 1 and 2 agree in %.2f of the values", kind, s)
		}
		if m.SketchID() == other.SketchID() {
			t.Errorf("%s: one ID for two seeds", kind)
		}
		m.Seed = 2
		if !slices.Equal(m.Signature(nil, long), other.Signature(nil, long)) {
			t.Errorf("%s: a change of settings does not reach the signature", kind)
		}
	}
}

// A change of these values is a change of every stored key: raise the revision of
// the stage and the version in SketchID.
func TestGoldenSignature(t *testing.T) {
	m := &MinHash{}
	sig := m.Signature(nil, "The heron stood in the shallows for an hour, as still as the reeds around it.")
	want := []uint64{0x1758712565, 0x2bee6f8be, 0xcab887b0f, 0x1726d253db}
	if !slices.Equal(sig[:4], want) {
		t.Errorf("%s: %#x", m.SketchID(), sig[:4])
	}
}

func TestConcurrentCalls(t *testing.T) {
	m := &MinHash{}
	want := m.Signature(nil, words(0, 400))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if !slices.Equal(want, m.Signature(nil, words(0, 400))) {
					t.Error("another signature under concurrency")
				}
			}
		})
	}
	wg.Wait()
}

// Normalising a text that is not in its normal form allocates in golang.org/x/text;
// nothing else does.
func TestNoAllocations(t *testing.T) {
	for _, m := range []*MinHash{{}, {Simplified: true}, {Kind: "datatrove"}, {Kind: "datatrove", Hash: "sha1"}} {
		m = m.Fork().(*MinHash)
		doc := &corpus.Document{}
		doc.Lend(new(text.View))
		texts := []string{words(0, 300), words(7, 900), "short", "", "Straße 春天来了 花园里"}
		var sketch []byte
		sink := uint64(0)
		emit := func(k stage.Key, _ uint32) { sink += k.Hi }
		pass := func() {
			for _, s := range texts {
				doc.Text = s
				if err := m.Keys(doc, emit); err != nil {
					t.Fatal(err)
				}
				sketch = m.Sketch(sketch[:0])
			}
		}
		pass()
		if n := testing.AllocsPerRun(20, pass); n > 0 {
			t.Errorf("%s: %g allocations in %d documents", m.SketchID(), n, len(texts))
		}
	}
}

func TestLiteralsAreChecked(t *testing.T) {
	for _, m := range []*MinHash{{Bands: -1}, {NGram: 65}, {Kind: "x"}} {
		if _, err := m.Cluster([]*corpus.Document{{Text: "a b c d e f"}}); err == nil {
			t.Errorf("%+v was not refused", m)
		}
	}
}
