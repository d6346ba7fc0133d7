package purify

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/text"
)

// windows are prefix lengths in bytes by which dupNGrams finds n-grams that may
// be equal: few texts repeat as much as a window.
var windows = [...]uint32{16, 24, 40}

// dupNGrams measures repeated 5- to 10-grams as datatrove does: a scan that
// remembers each n-gram and steps one word, or, if it has met the n-gram before,
// adds its code points and steps n words. It joins words without spaces, so that
// "can not" equals "cannot".
//
// An n-gram that occurs once needs no remembering. Equal ones have equal
// windows, up to their length; so one pass over the words for all n leaves few
// to remember.
func (r *repetition) dupNGrams(v *corpus.Values) {
	words := r.view.Words(r.words)
	r.join(words)
	r.findTwins(len(words))
	for n := 5; n <= 10; n++ {
		v.Set(repDup5+n-5, ratio(r.dupChars(len(words), n), r.view.Runes()))
	}
}

// dupChars is the scan for one n.
func (r *repetition) dupChars(words, n int) int {
	r.seen.Reset(len(r.twins))
	chars, next := 0, 0
	for _, twin := range r.twins {
		i := int(twin)
		if i+n > words {
			break
		}
		from, to := r.offset[i], r.offset[i+n]
		if i < next || r.shared[i] < windowsIn(to-from) {
			continue
		}
		if _, fresh := r.seen.Add(xxh3.Hash(r.concat[from:to]), 0); !fresh {
			chars += int(r.runes[i+n] - r.runes[i])
			next = i + n
		}
	}
	return chars
}

// windowsIn returns how many windows a string of n bytes has.
func windowsIn(n uint32) (k uint8) {
	for int(k) < len(windows) && windows[k] <= n {
		k++
	}
	return k
}

// join writes the words one after the other into concat, each run of adjoining
// words at once.
func (r *repetition) join(words []text.Word) {
	t := r.view.Text()
	r.offset = hashtable.Grown(r.offset, len(words)+1)
	r.concat = hashtable.Grown(r.concat, len(t))[:0]
	at, start, end := uint32(0), uint32(0), uint32(0)
	for i, w := range words {
		if w.Start != end {
			r.concat = append(r.concat, t[start:end]...)
			start = w.Start
		}
		r.offset[i] = at
		at += w.End - w.Start
		end = w.End
	}
	r.concat = append(r.concat, t[start:end]...)
	r.offset[len(words)] = at
}

// findTwins counts in shared how many windows at each word occur at another
// word too, and lists in twins the words at which a 5-gram may have an equal.
func (r *repetition) findTwins(words int) {
	r.shared = hashtable.Grown(r.shared, words)
	clear(r.shared)
	tried := words
	for k, window := range windows {
		r.seen.Reset(tried)
		tried = 0
		for i := range words {
			from := r.offset[i]
			if r.shared[i] < uint8(k) || from+window > r.offset[words] {
				continue
			}
			first, fresh := r.seen.Add(windowKey(r.concat[from:from+window]), uint32(i))
			if fresh {
				continue
			}
			if r.shared[first] == uint8(k) {
				r.shared[first]++
				tried++
			}
			r.shared[i]++
			tried++
		}
	}
	r.twins = hashtable.Grown(r.twins, words)[:0]
	for i := 0; i+5 <= words; i++ {
		if r.shared[i] > 0 || r.offset[i+5]-r.offset[i] < windows[0] {
			r.twins = append(r.twins, uint32(i))
		}
	}
}

// windowKey hashes a window. Windows that collide cost time and change nothing.
func windowKey(b []byte) (h uint64) {
	for ; len(b) >= 8; b = b[8:] {
		hi, lo := bits.Mul64(h^binary.LittleEndian.Uint64(b), 0x9E3779B97F4A7C15)
		h = hi ^ lo
	}
	return h
}
