package sentencepiece

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

const (
	// cacheBytes is the longest stretch that is remembered, cacheSymbols the most
	// symbols; cacheSets sets of two entries of 48 bytes are 1.5 MiB.
	cacheBytes   = 15
	cacheSymbols = 6
	cacheSets    = 1 << 14
	// keepBytes bounds the normal text, keepIDs the ids that are kept between calls.
	keepBytes = 512 << 10
	keepIDs   = 128 << 10
	// maxText is how much text is encoded as one: longer texts, which no document is,
	// are cut.
	maxText = 256 << 20
)

// Encoder encodes with one [Model]. It keeps its scratch memory and, for BPE, what it
// has seen of late, so that it allocates nothing per text once warm; what it returns
// does not depend on it. An Encoder is for one goroutine at a time.
type Encoder struct {
	m       *Model
	normal  []byte
	symbols []int32
	ids     []int32
	merger  Merger
	cache   [][2]cacheEntry
	path    Path[float32]
	// first is the number of ids that were in dst before the call: unknown pieces are
	// not put together with those.
	first int
	// unknowns is the text of the unknown pieces of the last call, one after the other;
	// ends says where each ends.
	unknowns []byte
	ends     []int
}

// cacheKey is a byte string of 1..cacheBytes bytes, zero-padded, with its length in the
// top byte.
type cacheKey struct{ low, high uint64 }

type cacheEntry struct {
	key     cacheKey
	n       int32
	odd     bool // not all symbols are ids
	symbols [cacheSymbols]int32
}

func cacheKeyOf(b []byte) cacheKey {
	var w [16]byte
	copy(w[:cacheBytes], b)
	w[15] = byte(len(b))
	return cacheKey{binary.LittleEndian.Uint64(w[:]), binary.LittleEndian.Uint64(w[8:])}
}

// hash mixes both words by one folded multiplication (as wyhash does).
func (k cacheKey) hash() uint64 {
	high, low := bits.Mul64(k.low^0xa0761d6478bd642f, k.high^0xe7037ed1a0b428db)
	return high ^ low
}

// NewEncoder returns an Encoder of its own for one goroutine.
func (m *Model) NewEncoder() *Encoder {
	e := &Encoder{m: m}
	if m.bpe != nil && !m.bpe.again {
		e.cache = make([][2]cacheEntry, cacheSets)
	}
	return e
}

// Count returns the number of ids of text: len(e.AppendIDs(nil, text)).
func (e *Encoder) Count(text string) int {
	e.ids = e.AppendIDs(e.ids[:0], text)
	n := len(e.ids)
	if cap(e.ids) > keepIDs {
		e.ids = nil
	}
	return n
}

// AppendIDs appends the ids of text to dst, without control symbols such as <s>. Each
// byte of invalid UTF-8 counts as U+FFFD. Time is linear in the length of the text for
// unigram models, O(n log n) for BPE.
func (e *Encoder) AppendIDs(dst []int32, text string) []int32 {
	e.unknowns, e.ends = e.unknowns[:0], e.ends[:0]
	// Read only, and not kept beyond the call.
	b := unsafe.Slice(unsafe.StringData(text), len(text))
	for len(b) > maxText {
		cut := maxText
		for cut > maxText-utf8.UTFMax && !utf8.RuneStart(b[cut]) {
			cut--
		}
		dst = e.append(dst, b[:cut])
		b = b[cut:]
	}
	return e.append(dst, b)
}

func (e *Encoder) append(dst []int32, text []byte) []int32 {
	e.first = len(dst)
	e.normal = e.m.norm.append(e.normal[:0], text)
	switch e.m.algorithm {
	case algorithmUnigram:
		for _, s := range e.m.unigram.Best(&e.path, e.normal) {
			if s.ID == e.m.unk {
				dst = e.unknown(dst, e.normal[s.Start:s.End])
			} else {
				dst = append(dst, s.ID)
			}
		}
	case algorithmBPE:
		dst = e.appendBPE(dst, e.normal)
	case algorithmWord:
		dst = e.appendWords(dst, e.normal)
	default:
		dst = e.appendChars(dst, e.normal)
	}
	if cap(e.normal) > keepBytes {
		e.normal = nil
	}
	if cap(e.symbols) > keepIDs {
		e.symbols = nil
	}
	if cap(e.unknowns) > keepBytes && len(e.unknowns) == 0 {
		e.unknowns, e.ends = nil, nil
	}
	return dst
}

// unknown appends the ids of text that is no piece: of its bytes, or one id for all of a
// run.
func (e *Encoder) unknown(dst []int32, text []byte) []int32 {
	m := e.m
	if m.fallback {
		for _, c := range text {
			dst = append(dst, m.bytes[c])
		}
		return dst
	}
	e.unknowns = append(e.unknowns, text...)
	if len(dst) > e.first && dst[len(dst)-1] == m.unk {
		e.ends[len(e.ends)-1] = len(e.unknowns)
		return dst
	}
	e.ends = append(e.ends, len(e.unknowns))
	return append(dst, m.unk)
}

// Unknown returns the text of the n-th unknown piece, counted from 0, among the ids that
// the last AppendIDs appended: what the reference gives for it in place of the piece's
// name. It is nil if there are not so many, and holds until the next call.
func (e *Encoder) Unknown(n int) []byte {
	if n < 0 || n >= len(e.ends) {
		return nil
	}
	start := 0
	if n > 0 {
		start = e.ends[n-1]
	}
	return e.unknowns[start:e.ends[n]]
}

// appendWords encodes with a word model: a space begins a word.
func (e *Encoder) appendWords(dst []int32, text []byte) []int32 {
	for len(text) > 0 {
		n := min(charLen(text, 0), len(text))
		for n < len(text) && string(text[n:min(n+len(space), len(text))]) != space {
			n++
		}
		dst = e.word(dst, text[:n])
		text = text[n:]
	}
	return dst
}

// appendChars encodes with a char model: user-defined symbols and code points.
func (e *Encoder) appendChars(dst []int32, text []byte) []int32 {
	for len(text) > 0 {
		n := 0
		if e.m.user != nil {
			n, _ = e.m.user.Longest(text)
		}
		if n == 0 {
			n = charLen(text, 0)
		}
		dst = e.word(dst, text[:n])
		text = text[n:]
	}
	return dst
}

func (e *Encoder) word(dst []int32, text []byte) []int32 {
	if id, ok := e.m.words[string(text)]; ok {
		return append(dst, id)
	}
	return e.unknown(dst, text)
}
