package transform

import (
	"slices"
	"strconv"
	"strings"
)

// wordTable maps hashed lower-case words to small signed weights. It is a
// read-only open-addressed table.
type wordTable struct {
	keys []uint32
	vals []int8
	mask uint32
}

const (
	fnvBasis = 2166136261
	fnvPrime = 16777619

	fnvBasis64 = 14695981039346656037
	fnvPrime64 = 1099511628211
)

// newWordTable reads lines or fields of the form "word:weight".
func newWordTable(list string) *wordTable {
	fields := strings.Fields(list)
	size := 16
	for size < 2*len(fields) {
		size *= 2
	}
	t := &wordTable{keys: make([]uint32, size), vals: make([]int8, size), mask: uint32(size - 1)}
	for _, f := range fields {
		i := strings.LastIndexByte(f, ':')
		if i <= 0 {
			continue
		}
		w, err := strconv.Atoi(f[i+1:])
		if err != nil {
			continue
		}
		t.put(hashWord(f[:i]), int8(max(-127, min(127, w))))
	}
	return t
}

func hashWord(s string) uint32 {
	h := uint32(fnvBasis)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * fnvPrime
	}
	return h | 1
}

func (t *wordTable) put(h uint32, v int8) {
	i := h & t.mask
	for t.keys[i] != 0 && t.keys[i] != h {
		i = (i + 1) & t.mask
	}
	t.keys[i], t.vals[i] = h, v
}

// get returns the weight of a hashed word, 0 when it is not in the table.
func (t *wordTable) get(h uint32) int8 {
	if t == nil {
		return 0
	}
	for i := h & t.mask; t.keys[i] != 0; i = (i + 1) & t.mask {
		if t.keys[i] == h {
			return t.vals[i]
		}
	}
	return 0
}

const (
	maxClassBytes = 256
	maxClassWords = 24
)

// Class words of containers of readers' comments.
var commentWords = [...]uint32{hashWord("comment"), hashWord("comments"), hashWord("commentlist"), hashWord("disqus"),
	hashWord("reply"), hashWord("replies"), hashWord("review"), hashWord("reviews")}

// Names of classes of text for screen readers, which no page shows: words, and pairs
// of words.
var (
	unseenWords = [...]uint32{hashWord("sronly"), hashWord("visuallyhidden"), hashWord("screenreader")}
	unseenPairs = [...][2]uint32{{hashWord("sr"), hashWord("only")}, {hashWord("visually"), hashWord("hidden")},
		{hashWord("hidden"), hashWord("visually")}, {hashWord("screen"), hashWord("reader")}, {hashWord("element"), hashWord("invisible")}}
	notWord = hashWord("not")
)

// classReader sums up the class words of an element.
type classReader struct {
	words        *wordTable
	total, n     int
	ctx          uint32
	before, last uint32 // the two words before in the running name
	stop         int    // where the last one ends
}

// score adds the weights of the words of a class, an id and an itemprop, clipped to
// int8, and gives the context that they name: inReplies, inUnseen.
func (t *wordTable) score(class, id, prop string) (sum int8, ctx uint32) {
	r := classReader{words: t}
	for _, s := range [3]string{class, id, prop} {
		r.stop = -2
		eachClassWord(s, func(h uint32, start, stop int) {
			if r.n++; r.n <= maxClassWords {
				r.word(s, h, start, stop)
			}
		})
	}
	return int8(max(-120, min(120, r.total))), r.ctx
}

func (r *classReader) word(s string, h uint32, start, stop int) {
	r.total += int(r.words.get(h))
	if slices.Contains(commentWords[:], h) {
		r.ctx |= inReplies
	}
	switch {
	case start > 0 && s[start-1] == ':': // holds in a state or at a size of the screen only
		r.last = notWord
	case start > r.stop+1 || start > 0 && isSpace(s[start-1]):
		r.before, r.last = 0, 0
	}
	if slices.Contains(unseenWords[:], h) && r.last != notWord || slices.Contains(unseenPairs[:], [2]uint32{r.last, h}) && r.before != notWord {
		r.ctx |= inUnseen
	}
	r.before, r.last, r.stop = r.last, h, stop
}

// eachClassWord splits an identifier at everything that is no letter and at
// changes from lower to upper case, and gives the hash and place of each
// lower-cased word of two letters or more.
func eachClassWord(s string, f func(h uint32, start, stop int)) {
	s = s[:min(len(s), maxClassBytes)]
	h, n := uint32(fnvBasis), 0
	prevLower := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		l := lowerTable[c]
		if l < 'a' || l > 'z' {
			if n > 1 {
				f(h|1, i-n, i)
			}
			h, n, prevLower = fnvBasis, 0, false
			continue
		}
		if c != l && prevLower {
			if n > 1 {
				f(h|1, i-n, i)
			}
			h, n = fnvBasis, 0
		}
		prevLower = c == l
		h = (h ^ uint32(l)) * fnvPrime
		n++
	}
	if n > 1 {
		f(h|1, len(s)-n, len(s))
	}
}

// ClassWords returns the lower-case words of a class or id attribute as the
// extractor splits them. It is of use to training programs.
func ClassWords(s string) []string {
	var out []string
	eachClassWord(s, func(_ uint32, a, b int) { out = append(out, strings.ToLower(s[a:b])) })
	return out
}

// hashClass mixes a class attribute, without its digits, into a signature.
func hashClass(h uint32, class string) uint32 {
	class = class[:min(len(class), maxClassBytes)]
	for i := 0; i < len(class); i++ {
		if c := class[i]; c < '0' || c > '9' {
			h = (h ^ uint32(c)) * fnvPrime
		}
	}
	return h
}
