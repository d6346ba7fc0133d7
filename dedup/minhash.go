package dedup

import (
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
	"github.com/corpusmill/corpusmill/text/opencc"
)

// MinHash drops near-duplicates: documents that share most of their word
// n-grams. Each document gets a signature of bands x rows values, so that two
// documents agree in a value with the probability of their Jaccard similarity J
// over sets of word n-grams. Documents that agree in all rows of a band are
// candidates, which happens with probability 1-(1-J^rows)^bands; candidates whose
// estimated J reaches MinSimilarity are joined.
//
// The default, 16 bands of 7 rows, makes candidates of half of the pairs at
// J = 0.64, of 75 % at 0.7 and 98 % at 0.8. For more recall set bands 20 and rows
// 5: half at J = 0.51, 97 % at 0.7; verification then decides alone.
//
// The zero value is ready to use and means the defaults. Concurrent calls are
// safe; Sketch after Keys needs a copy of one's own (Fork). Do not copy a MinHash
// after first use.
type MinHash struct {
	// Kind is the family of signatures: "fss" (Fast Similarity Sketching of
	// Unicode words) or "datatrove" (equal to the bit to datatrove's signatures,
	// for parity: spaCy English words whatever the language).
	Kind string `yaml:"sketch" default:"fss"`
	// NGram is the number of words of a shingle, 1 to 64. Of Chinese, Japanese and
	// other scripts without spaces, words are characters.
	NGram int `yaml:"ngram" default:"5"`
	// Bands is the number of keys of a document. 0 is 16 for fss and 14 for
	// datatrove, as there.
	Bands int `yaml:"bands"`
	// Rows is the number of values of a band. 0 is 7 for fss and 8 for datatrove.
	// Bands x Rows is at most 16384.
	Rows int `yaml:"rows"`
	// Seed chooses the hash functions; below 2^32 for datatrove.
	Seed uint64 `yaml:"seed" default:"1"`
	// Hash is the hash of shingles of the datatrove sketch: "xxhash64" or "sha1"
	// (its first 64 bits, as for FineWeb).
	Hash string `yaml:"hash" default:"xxhash64"`
	// MinSimilarity is the estimated Jaccard similarity, 0 to 1, that joins two
	// candidates; off joins every candidate. The default is 0.5 for fss and off
	// for datatrove, which verifies nothing.
	MinSimilarity stage.Limit `yaml:"min_similarity"`
	// KeepRule says which document of a cluster stays: first, none, all,
	// {max: COLUMN} or {min: COLUMN}; ties go by a hash of source and ID. The
	// default keeps the longest text.
	KeepRule stage.Keep `yaml:"keep" default:"max text_bytes"`
	// Simplified makes shingles of simplified characters, so that a Chinese text in
	// traditional ones is near to the same in simplified ones; the text that is kept stays
	// as it is. Default false.
	Simplified bool `yaml:"simplified"`

	// Scratch of the last call, taken out for the length of a call: one goroutine
	// reuses it without allocating, concurrent ones make their own.
	signer atomic.Pointer[signer]
	linker atomic.Pointer[linker]
}

// MinHashDef defines the stage minhash.
var MinHashDef = stage.Define[MinHash]("minhash", 1)

// The families of signatures.
const (
	kindFSS       = "fss"
	kindDatatrove = "datatrove"
)

// Limits of the settings.
const (
	maxNGram  = 64
	maxValues = 16384 // values of a signature: fss rounds fit 16 bits with room
)

// fssMinSimilarity is the default verification limit of fss. The estimate from
// 112 values has a standard error of 0.047 there.
const fssMinSimilarity = 0.5

// Validate checks the settings.
func (m *MinHash) Validate() error {
	p := m.params()
	switch p.kind {
	case kindFSS:
		if p.hash != "xxhash64" {
			return fmt.Errorf("hash: %q: only the datatrove sketch has a choice of hash", m.Hash)
		}
	case kindDatatrove:
		if p.hash != "xxhash64" && p.hash != "sha1" {
			return fmt.Errorf("hash: %q: want xxhash64 or sha1", m.Hash)
		}
		if p.seed > math.MaxUint32 {
			return fmt.Errorf("seed: %d: want at most %d for the datatrove sketch", p.seed, uint32(math.MaxUint32))
		}
	default:
		return fmt.Errorf("sketch: %q: want fss or datatrove", m.Kind)
	}
	if p.ngram < 1 || p.ngram > maxNGram {
		return fmt.Errorf("ngram: %d: want 1 to %d words", p.ngram, maxNGram)
	}
	if p.bands < 1 || p.rows < 1 || p.bands > maxValues || p.rows > maxValues || p.bands*p.rows > maxValues {
		return fmt.Errorf("bands: %d x rows: %d: want each at least 1 and the product at most %d", p.bands, p.rows, maxValues)
	}
	if x, on := m.minSimilarity(); on && (x < 0 || x > 1) {
		return fmt.Errorf("min_similarity: %g: want 0 to 1, or off", x)
	}
	if m.Simplified {
		if _, err := opencc.OpenSimplifier(); err != nil {
			return err
		}
	}
	if m.KeepRule == (stage.Keep{}) {
		return nil
	}
	return m.KeepRule.Validate()
}

// params are the settings that decide a signature, defaults filled in.
type params struct {
	kind, hash         string
	ngram, bands, rows int
	seed               uint64
	simplified         bool
}

func (m *MinHash) params() params {
	p := params{kind: m.Kind, hash: m.Hash, ngram: m.NGram, bands: m.Bands, rows: m.Rows, seed: m.Seed, simplified: m.Simplified}
	if p.kind == "" {
		p.kind = kindFSS
	}
	if p.hash == "" {
		p.hash = "xxhash64"
	}
	if p.ngram == 0 {
		p.ngram = 5
	}
	bands, rows := 16, 7
	if p.kind == kindDatatrove {
		bands, rows = 14, 8
	}
	if p.bands == 0 {
		p.bands = bands
	}
	if p.rows == 0 {
		p.rows = rows
	}
	if p.seed == 0 {
		p.seed = 1
	}
	return p
}

func (m *MinHash) minSimilarity() (float64, bool) {
	d := stage.At(fssMinSimilarity)
	if m.Kind == kindDatatrove {
		d = stage.Off()
	}
	return m.MinSimilarity.Or(d).Get()
}

// SketchID names everything that a signature depends on besides the text: the
// family and its version, the number of values, the shingles, the normaliser and
// the seed. Signatures of different IDs must not be compared.
func (m *MinHash) SketchID() string {
	p := m.params()
	family, words := "fss1", "uax29-nfkc-lower"
	if p.kind == kindDatatrove {
		family, words = "datatrove-"+p.hash, "simplify-spacy-en"
	}
	if p.simplified {
		words += "-t2s"
	}
	return fmt.Sprintf("%s/k%d/w%d/%s/seed%d", family, p.bands*p.rows, p.ngram, words, p.seed)
}

// HoldsBytes implements stage.Holder: the hash functions and the scratch of each worker.
func (m *MinHash) HoldsBytes(workers int) int64 {
	p := m.params()
	n := int64(3*8*p.bands*p.rows) + 8*maxIdleShingles
	if p.kind == kindDatatrove {
		n += 3*maxIdleBytes + maxIdleBytes/2*int64(unsafe.Sizeof(text.Word{})+8) // a word and a space take two bytes
	}
	if p.simplified {
		n += maxIdleBytes + maxIdleBytes/3*int64(unsafe.Sizeof(text.Word{})+8) // a Han character is a word of three bytes
	}
	return int64(workers) * n
}

// Fork returns a copy with scratch of its own.
func (m *MinHash) Fork() any {
	return &MinHash{Kind: m.Kind, NGram: m.NGram, Bands: m.Bands, Rows: m.Rows, Seed: m.Seed, Hash: m.Hash,
		MinSimilarity: m.MinSimilarity, KeepRule: m.KeepRule, Simplified: m.Simplified}
}

// KeyBytes is the width of the keys.
func (m *MinHash) KeyBytes() int { return 8 }

// Survivor is the keep rule.
func (m *MinHash) Survivor() stage.Keep {
	if m.KeepRule == (stage.Keep{}) {
		return stage.Keep{Policy: "max", Column: "text_bytes"}
	}
	return m.KeepRule
}

// Rules are the rules that the stage may give.
func (m *MinHash) Rules() []string { return []string{"near_duplicate"} }

// Reads lists the column whose shingles are hashed.
func (*MinHash) Reads() []string { return []string{"text"} }

// Keys emits one key for each band. A document without words has none: it is
// never a duplicate. One of fewer words than NGram is a single shingle for fss,
// and has no key for datatrove.
func (m *MinHash) Keys(doc *corpus.Document, emit func(stage.Key, uint32)) error {
	s := m.takeSigner()
	if s == nil {
		return m.Validate()
	}
	if s.sign(doc.View()) {
		for band := range s.bands {
			emit(stage.Key{Hi: s.bandKey(band)}, 0)
		}
	}
	m.signer.Store(s)
	return nil
}

// SketchBytes is one byte for each value of the signature, 0 without
// verification.
func (m *MinHash) SketchBytes() int {
	if _, on := m.minSimilarity(); !on {
		return 0
	}
	p := m.params()
	return max(p.bands, 0) * max(p.rows, 0)
}

// Sketch appends the low byte of each value of the last signature; zeros where
// the document had none.
func (m *MinHash) Sketch(dst []byte) []byte {
	if m.SketchBytes() == 0 {
		return dst
	}
	s := m.takeSigner()
	if s == nil {
		return dst
	}
	dst = s.appendSketch(dst)
	m.signer.Store(s)
	return dst
}

// Signature appends the signature of text to dst: Bands x Rows values, or none
// where the text has no signature. It allocates nothing once the scratch of this
// MinHash has grown, if one goroutine uses it. With settings that [MinHash.Validate]
// refuses it appends nothing.
func (m *MinHash) Signature(dst []uint64, text string) []uint64 {
	s := m.takeSigner()
	if s == nil {
		return dst
	}
	s.view.Reset(text)
	if s.sign(&s.view) {
		dst = append(dst, s.sig...)
	}
	s.view.Reset("")
	m.signer.Store(s)
	return dst
}

// Similarity estimates the Jaccard similarity of two texts from their signatures,
// made under one SketchID: the share of equal values, with a standard error of at
// most 0.5/sqrt(len). It is 0 where a signature is empty or lengths differ.
func Similarity(a, b []uint64) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return 0
	}
	equal := 0
	for i, x := range a {
		if x == b[i] {
			equal++
		}
	}
	return float64(equal) / float64(len(a))
}

// takeSigner takes the scratch out of m, or makes it where it is in use or was
// made for other settings; nil where the settings are wrong, as those of a literal may be.
func (m *MinHash) takeSigner() *signer {
	p := m.params()
	if s := m.signer.Swap(nil); s != nil && s.params == p {
		return s
	}
	if m.Validate() != nil {
		return nil
	}
	return newSigner(p)
}

// wordBytes is what it takes for each word of the text: its place, and hashes.
const wordBytes = 64

// TakesBytes implements stage.Taker.
func (m *MinHash) TakesBytes(_ *corpus.Document, words int64) int64 { return words * wordBytes }
