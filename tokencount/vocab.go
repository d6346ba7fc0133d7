package tokencount

import (
	"encoding/binary"
	"math/bits"
)

const (
	noRank   = ^uint32(0)
	shortLen = 15 // longest byte string that fits a key
	maxProbe = 4096
)

// key is a byte string of 1..shortLen bytes, zero-padded, with its length in the
// top byte: equal keys are equal strings. The zero key is no string.
type key struct{ lo, hi uint64 }

// keyAt returns the key of b[p:p+n], 1 <= n <= shortLen; b must reach to p+16.
func keyAt(b []byte, p, n int) key {
	w := b[p : p+16]
	lo := binary.LittleEndian.Uint64(w)
	hi := binary.LittleEndian.Uint64(w[8:])
	return key{
		lo: lo & (uint64(1)<<(uint(n)*8) - 1),
		hi: hi&(^uint64(0)>>(uint(128)-uint(n)*8)) | uint64(n)<<56,
	}
}

// keyOf is keyAt for the whole of b without reading past it.
func keyOf(b []byte) key {
	var w [16]byte
	n := copy(w[:shortLen], b)
	return keyAt(w[:], 0, n)
}

// hash mixes both words by one folded multiplication (as wyhash does).
func (k key) hash() uint64 {
	hi, lo := bits.Mul64(k.lo^0xa0761d6478bd642f, k.hi^0xe7037ed1a0b428db)
	return hi ^ lo
}

// vocab maps byte strings to ranks and back. Ranks are the ids that users see.
type vocab struct {
	bytes  []byte   // all tokens, one after the other in order of rank
	start  []uint32 // token of rank r = bytes[start[r]:start[r+1]]; empty: no such rank
	longer int      // length of the longest token

	single [256]uint32 // ranks of the one-byte tokens
	pairs  []uint32    // ranks of the two-byte tokens by first<<8|second
	keys   []key       // by rank, tokens up to shortLen
	// short and long are open hash tables of rank+1 with hash bits above rankBits.
	short, long []uint32
	rankBits    uint
	// filter has a bit for the hash of each token up to shortLen. It stays in the
	// second-level cache, where short does not, and most look-ups end there.
	filter []uint64
}

// filterBits hashes select a bit of the filter, of which one in ten is set at most
// for 200,000 tokens.
const filterBits = 21

// mayBe returns false for the hash of a key that is no token.
func (v *vocab) mayBe(h uint64) bool {
	i := h >> (64 - filterBits)
	return v.filter[i>>6]>>(i&63)&1 != 0
}

// token returns the bytes of rank r, empty when there is none.
func (v *vocab) token(r uint32) []byte {
	if int64(r)+1 >= int64(len(v.start)) {
		return nil
	}
	return v.bytes[v.start[r]:v.start[r+1]]
}

// build fills the tables from bytes and start. It returns false when two ranks
// have the same bytes.
func (v *vocab) build() bool {
	ranks := len(v.start) - 1
	v.rankBits = uint(bits.Len(uint(ranks)))
	v.pairs = make([]uint32, 1<<16)
	for i := range v.pairs {
		v.pairs[i] = noRank
	}
	v.keys = make([]key, ranks)
	v.filter = make([]uint64, 1<<(filterBits-6))
	var shorts, longs int
	for r := range ranks {
		switch n := v.start[r+1] - v.start[r]; {
		case n > shortLen:
			longs++
		case n > 0:
			shorts++
		}
	}
	v.short = make([]uint32, tableSize(shorts))
	v.long = make([]uint32, tableSize(longs))
	for r := range ranks {
		t := v.token(uint32(r))
		v.longer = max(v.longer, len(t))
		if len(t) == 1 {
			v.single[t[0]] = uint32(r)
		} else if len(t) == 2 {
			v.pairs[int(t[0])<<8|int(t[1])] = uint32(r)
		}
		switch {
		case len(t) == 0:
			continue
		case len(t) > shortLen:
			if !v.insert(v.long, hashLong(t), uint32(r), t) {
				return false
			}
		default:
			k := keyOf(t)
			v.keys[r] = k
			i := k.hash() >> (64 - filterBits)
			v.filter[i>>6] |= 1 << (i & 63)
			if !v.insert(v.short, k.hash(), uint32(r), t) {
				return false
			}
		}
	}
	return true
}

// tableSize returns a power of two with at most half of the slots in use.
func tableSize(n int) int { return 1 << max(4, bits.Len(uint(2*n))) }

// insert adds rank r with bytes t and hash h; false when t is there already or when
// too many strings share a slot, which takes a file made for it.
func (v *vocab) insert(table []uint32, h uint64, r uint32, t []byte) bool {
	mask := uint64(len(table) - 1)
	tag := uint32(h>>32) >> v.rankBits << v.rankBits
	for i, probes := h&mask, 0; probes < maxProbe; i, probes = (i+1)&mask, probes+1 {
		e := table[i]
		if e == 0 {
			table[i] = tag | (r + 1)
			return true
		}
		if (e^tag)>>v.rankBits == 0 && string(v.token(e&(1<<v.rankBits-1)-1)) == string(t) {
			return false
		}
	}
	return false
}

// findShort returns the rank of the token with key k and hash h, or noRank.
func (v *vocab) findShort(k key, h uint64) uint32 {
	if !v.mayBe(h) {
		return noRank
	}
	mask := uint64(len(v.short) - 1)
	low := uint32(1)<<v.rankBits - 1
	for i := h & mask; ; i = (i + 1) & mask {
		e := v.short[i]
		if e == 0 {
			return noRank
		}
		if (e^uint32(h>>32))&^low == 0 {
			if r := e&low - 1; v.keys[r] == k {
				return r
			}
		}
	}
}

// findLong returns the rank of the token t, longer than shortLen, or noRank.
func (v *vocab) findLong(t []byte) uint32 {
	if len(t) > v.longer {
		return noRank
	}
	h := hashLong(t)
	mask := uint64(len(v.long) - 1)
	low := uint32(1)<<v.rankBits - 1
	for i := h & mask; ; i = (i + 1) & mask {
		e := v.long[i]
		if e == 0 {
			return noRank
		}
		if (e^uint32(h>>32))&^low == 0 {
			if r := e&low - 1; string(v.token(r)) == string(t) {
				return r
			}
		}
	}
}

// find returns the rank of t, or noRank.
func (v *vocab) find(t []byte) uint32 {
	switch {
	case len(t) == 0:
		return noRank
	case len(t) > shortLen:
		return v.findLong(t)
	}
	k := keyOf(t)
	return v.findShort(k, k.hash())
}

// hashLong hashes more than eight bytes.
func hashLong(b []byte) uint64 {
	h := uint64(len(b)) * 0x9E3779B97F4A7C15
	for i := 0; i+8 < len(b); i += 8 {
		hi, lo := bits.Mul64(h^binary.LittleEndian.Uint64(b[i:]), 0xa0761d6478bd642f)
		h = hi ^ lo
	}
	hi, lo := bits.Mul64(h^binary.LittleEndian.Uint64(b[len(b)-8:]), 0xe7037ed1a0b428db)
	return hi ^ lo
}
