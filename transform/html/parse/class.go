package parse

import (
	"slices"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// maxClassWords is how many words of class, id and itemprop together count.
const maxClassWords = 24

// Class words of containers of readers' comments.
var commentWords = [...]uint32{words.Hash("comment"), words.Hash("comments"), words.Hash("commentlist"), words.Hash("disqus"),
	words.Hash("reply"), words.Hash("replies"), words.Hash("review"), words.Hash("reviews")}

// Names of classes of text for screen readers, which no page shows: words, and pairs
// of words.
var (
	unseenWords = [...]uint32{words.Hash("sronly"), words.Hash("visuallyhidden"), words.Hash("screenreader")}
	unseenPairs = [...][2]uint32{{words.Hash("sr"), words.Hash("only")}, {words.Hash("visually"), words.Hash("hidden")},
		{words.Hash("hidden"), words.Hash("visually")}, {words.Hash("screen"), words.Hash("reader")}, {words.Hash("element"), words.Hash("invisible")}}
	notWord = words.Hash("not")
)

// classReader sums up the class words of an element.
type classReader struct {
	words        *words.Table
	total, n     int
	ctx          uint32
	before, last uint32 // the two words before in the running name
	stop         int    // where the last one ends
}

// score adds the weights of the words of a class, an id and an itemprop, clipped to
// int8, and gives the context that they name: inReplies, inUnseen.
func scoreClass(t *words.Table, class, id, prop string) (sum int8, ctx uint32) {
	r := classReader{words: t}
	for _, s := range [3]string{class, id, prop} {
		r.stop = -2
		words.EachOfClass(s, func(h uint32, start, stop int) {
			if r.n++; r.n <= maxClassWords {
				r.word(s, h, start, stop)
			}
		})
	}
	return int8(max(-120, min(120, r.total))), r.ctx
}

func (r *classReader) word(s string, h uint32, start, stop int) {
	r.total += int(r.words.Get(h))
	if slices.Contains(commentWords[:], h) {
		r.ctx |= dom.InReplies
	}
	switch {
	case start > 0 && s[start-1] == ':': // holds in a state or at a size of the screen only
		r.last = notWord
	case start > r.stop+1 || start > 0 && token.IsSpace(s[start-1]):
		r.before, r.last = 0, 0
	}
	if slices.Contains(unseenWords[:], h) && r.last != notWord || slices.Contains(unseenPairs[:], [2]uint32{r.last, h}) && r.before != notWord {
		r.ctx |= dom.InUnseen
	}
	r.before, r.last, r.stop = r.last, h, stop
}
