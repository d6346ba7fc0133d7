package purify

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/text"
)

// windowBytes is the prefix by which dupNGrams finds n-grams that may be equal.
const windowBytes = 16

// dupNGrams measures repeated 5- to 10-grams as datatrove does: a scan that
// remembers each n-gram and steps one word, or, if it has met the n-gram before,
// adds its code points and steps n words. It joins words without spaces, so that
// "can not" equals "cannot".
//
// An n-gram that occurs once needs no remembering. Two equal ones share their
// first windowBytes bytes or are both shorter, which markTwins finds in one pass
// for all n; most texts leave next to nothing to hash.
func (r *repetition) dupNGrams(v *corpus.Values) {
	words := r.view.Words(r.words)
	r.join(words)
	twins := r.markTwins(len(words))
	for n := 5; n <= 10; n++ {
		chars := 0
		if twins > 0 {
			chars = r.dupChars(len(words), n, twins)
		}
		v.Set(repDup5+n-5, ratio(chars, r.view.Runes()))
	}
}

func (r *repetition) dupChars(words, n, twins int) int {
	r.seen.reset(twins)
	chars := 0
	for i := 0; i+n <= words; {
		if r.twin[i] {
			if _, fresh := r.seen.add(xxh3.Hash(r.concat[r.offset[i]:r.offset[i+n]]), 0); !fresh {
				chars += int(r.runes[i+n] - r.runes[i])
				i += n
				continue
			}
		}
		i++
	}
	return chars
}

// join writes the words one after the other into concat, each run of adjoining
// words at once.
func (r *repetition) join(words []text.Word) {
	t := r.view.Text()
	r.offset = grown(r.offset, len(words)+1)
	r.concat = grown(r.concat, len(t))[:0]
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

// markTwins marks the words at which an n-gram of five or more words may occur
// elsewhere too, and returns how many there are.
func (r *repetition) markTwins(words int) int {
	r.twin = grown(r.twin, words)
	clear(r.twin)
	r.seen.reset(words)
	twins := 0
	mark := func(i int) {
		if !r.twin[i] {
			r.twin[i] = true
			twins++
		}
	}
	for i := 0; i+5 <= words; i++ {
		if r.offset[i+5]-r.offset[i] < windowBytes {
			mark(i)
			continue
		}
		window := r.concat[r.offset[i]:]
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(window)^0x9E3779B97F4A7C15, binary.LittleEndian.Uint64(window[8:])^0xD1B54A32D192ED03)
		if first, fresh := r.seen.add(hi^lo, uint32(i)); !fresh {
			mark(int(first))
			mark(i)
		}
	}
	return twins
}
