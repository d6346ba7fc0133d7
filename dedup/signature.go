package dedup

import (
	"math"

	"github.com/corpusmill/corpusmill/text"
	"github.com/corpusmill/corpusmill/text/opencc"
)

// signer computes signatures of one kind; it is scratch for one goroutine.
type signer struct {
	params
	view     text.View // of texts that bring no view of their own
	sig      []uint64
	signed   bool // sig holds the signature of the last text
	shingles []uint64
	seeds    []uint64 // fss: one for each round
	leave    uint64   // fss: factor of the word that leaves a shingle
	trove    *troveScratch
	simplify *opencc.Simplifier // nil where the text is taken as it is
	plain    []byte             // a text in simplified characters
	plainOf  text.View
}

// maxIdleShingles bounds the scratch that is kept between documents.
const maxIdleShingles = 64 << 10

func newSigner(p params) *signer {
	s := &signer{params: p, sig: make([]uint64, p.bands*p.rows)}
	if p.simplified {
		s.simplify, _ = opencc.OpenSimplifier() // Validate has opened it
	}
	if p.kind == kindDatatrove {
		s.trove = newTroveScratch(p)
		return s
	}
	s.seeds = make([]uint64, 2*len(s.sig))
	state := p.seed
	for i := range s.seeds {
		state += golden
		s.seeds[i] = mix(state)
	}
	s.leave = 1
	for range p.ngram {
		s.leave *= wordFactor
	}
	return s
}

// sign computes the signature; false where the text has none.
func (s *signer) sign(v *text.View) bool {
	if s.simplify != nil {
		b, changed := s.simplify.Append(s.plain[:0], v.Text())
		if changed {
			s.plainOf.Reset(string(b))
			defer s.plainOf.Reset("")
			v = &s.plainOf
		}
		if s.plain = b; cap(b) > maxIdleBytes {
			s.plain = nil
		}
	}
	if s.kind == kindDatatrove {
		s.shingles = s.trove.shingles(s.shingles[:0], v.Text(), s.params)
		s.signed = len(s.shingles) > 0
		s.trove.permute(s.sig, s.shingles)
	} else {
		s.shingles = s.wordShingles(s.shingles[:0], v.Folded(text.UAX29))
		s.signed = len(s.shingles) > 0
		s.fss()
	}
	if cap(s.shingles) > maxIdleShingles {
		s.shingles = nil
	}
	return s.signed
}

// golden is 2^64 over the golden ratio, the step of the splitmix64 generator.
const golden = 0x9E3779B97F4A7C15

// mix is the finaliser of splitmix64 (Stafford's Mix13): a bijection in which
// each bit of the input flips each bit of the output with probability 1/2.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// wordFactor is the base of the polynomial over the words of a shingle. It is 3
// mod 8, so that swapped words differ in all but a few of the high bits.
const wordFactor = 0xD6E8FEB86659FD93

// wordShingles appends the hash of each run of ngram words: a polynomial over
// their 64-bit hashes, rolled from run to run, then mixed. Fewer words than
// ngram make one shingle of them all, no words make none.
func (s *signer) wordShingles(dst, words []uint64) []uint64 {
	if len(words) == 0 {
		return dst
	}
	var h uint64
	n := min(s.ngram, len(words))
	for _, w := range words[:n] {
		h = h*wordFactor + w
	}
	if n < s.ngram { // not a run of a longer text
		return append(dst, mix(h^uint64(n)*golden))
	}
	dst = append(dst, mix(h))
	for i, w := range words[n:] {
		h = h*wordFactor + w - words[i]*s.leave
		dst = append(dst, mix(h))
	}
	return dst
}

// fss fills the signature by Fast Similarity Sketching (Dahlgaard, Knudsen,
// Thorup, FOCS 2017): in round i every shingle falls into a random value of the
// signature, which keeps the least (round, hash) it sees; rounds end when every
// value is taken. Once as many rounds as values have passed, what is left is
// filled with plain minimum hashes. A text of n shingles costs
// O(n + k log k), where k hash functions would cost n*k.
func (s *signer) fss() {
	if !s.signed {
		return
	}
	for i := range s.sig {
		s.sig[i] = math.MaxUint64
	}
	k := uint64(len(s.sig))
	sig, left := s.sig, k
	for round := uint64(0); round < k && left > 0; round++ {
		seed := s.seeds[round]
		for _, x := range s.shingles {
			h := mix(x ^ seed)
			at, v := h>>32*k>>32, round<<32|h&math.MaxUint32
			if old := sig[at]; v < old {
				if old == math.MaxUint64 {
					left--
				}
				sig[at] = v
			}
		}
	}
	for i := uint64(0); i < k && left > 0; i++ {
		if sig[i] != math.MaxUint64 {
			continue
		}
		round, least := k+i, uint64(math.MaxUint32)
		for _, x := range s.shingles {
			least = min(least, mix(x^s.seeds[round])&math.MaxUint32)
		}
		sig[i] = round<<32 | least
		left--
	}
}

// bandKey hashes the rows of a band together with its number.
func (s *signer) bandKey(band int) uint64 {
	h := mix(uint64(band+1) * golden)
	for _, v := range s.sig[band*s.rows : (band+1)*s.rows] {
		h = mix(h*wordFactor + v)
	}
	return h
}

// appendSketch appends the low byte of each value.
func (s *signer) appendSketch(dst []byte) []byte {
	for _, v := range s.sig {
		if !s.signed {
			v = 0
		}
		dst = append(dst, byte(v))
	}
	return dst
}
