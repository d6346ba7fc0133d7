package parse

import (
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// maxClassWords is how many words of class, id and itemprop together count.
const maxClassWords = 24

// Class words of containers of readers' comments.
var commentWords = [...]uint32{words.Hash("comment"), words.Hash("comments"), words.Hash("commentlist"), words.Hash("disqus"),
	words.Hash("reply"), words.Hash("replies"), words.Hash("review"), words.Hash("reviews")}

// Class words of containers of what other pages are about.
var elsewhereWords = [...]uint32{words.Hash("recommend"), words.Hash("recommends"), words.Hash("recommended"), words.Hash("recommendation"),
	words.Hash("recommendations"), words.Hash("related"), words.Hash("relate"), words.Hash("tuijian"), words.Hash("xiangguan"), words.Hash("paihang"),
	words.Hash("popular"), words.Hash("trending"), words.Hash("remen"), words.Hash("redian")}

// Class words of what stands beside the posts of a thread and is nobody's words.
var besideWords = [...]uint32{words.Hash("signature"), words.Hash("sig"), words.Hash("alert"), words.Hash("legal")}

// Names of classes of text for screen readers, which no page shows: words, and pairs
// of words.
var (
	unseenWords = [...]uint32{words.Hash("sronly"), words.Hash("visuallyhidden"), words.Hash("screenreader")}
	unseenPairs = [...][2]uint32{{words.Hash("sr"), words.Hash("only")}, {words.Hash("visually"), words.Hash("hidden")},
		{words.Hash("hidden"), words.Hash("visually")}, {words.Hash("screen"), words.Hash("reader")}, {words.Hash("element"), words.Hash("invisible")}}
	notWord   = words.Hash("not")
	labelWord = words.Hash("label")
)

// special tells the words above from nearly all others by the first byte of their hash.
var special = func() (t [256]bool) {
	for _, h := range commentWords {
		t[h>>24] = true
	}
	for _, h := range unseenWords {
		t[h>>24] = true
	}
	for _, p := range unseenPairs {
		t[p[1]>>24] = true
	}
	t[labelWord>>24] = true
	for h := range bodyNames {
		t[h>>24] = true
	}
	for _, h := range elsewhereWords {
		t[h>>24] = true
	}
	for _, h := range besideWords {
		t[h>>24] = true
	}
	return t
}()

// classReader sums up the class words of an element.
type classReader struct {
	words        *words.Table
	total, n     int
	ctx          uint32
	before, last uint32 // the two words before in the running name
	stop         int    // where the last one ends
}

// read adds the weights of the words of a class, an id or an itemprop, and the context
// that they name: inReplies, inUnseen.
func (r *classReader) read(s string) {
	r.stop = -2
	words.EachOfClass(s, func(h uint32, start, stop int) {
		if r.n++; r.n <= maxClassWords {
			r.word(s, h, start, stop)
		}
	})
}

func (r *classReader) word(s string, h uint32, start, stop int) {
	r.total += int(r.words.Get(h))
	switch {
	case start > 0 && s[start-1] == ':': // holds in a state or at a size of the screen only
		r.last = notWord
	case start > r.stop+1 || start > 0 && token.IsSpace(s[start-1]):
		r.before, r.last = 0, 0
	}
	if special[h>>24] {
		r.special(h, r.stop >= start-1)
		if h == labelWord && strings.HasSuffix(strings.TrimRight(s[:start], "-"), "field") {
			h = notWord // Drupal's name for a field whose label alone is unseen
		}
	}
	r.before, r.last, r.stop = r.last, h, stop
}

// special looks at a word that may be one that names a context; beside says that it goes
// on with the name of the word before.
func (r *classReader) special(h uint32, beside bool) {
	if beside && r.last != h && bodyNames[h] && postNames[r.last] {
		r.ctx |= dom.InPosting
	}
	if slices.Contains(elsewhereWords[:], h) {
		r.ctx |= dom.Elsewhere
	}
	if slices.Contains(besideWords[:], h) {
		r.ctx |= dom.PostNotice
	}
	if slices.Contains(commentWords[:], h) {
		r.ctx |= dom.InReplies
	}
	if slices.Contains(unseenWords[:], h) && r.last != notWord || slices.Contains(unseenPairs[:], [2]uint32{r.last, h}) && r.before != notWord {
		r.ctx |= dom.InUnseen
	}
}

// classes remembers what the last class attributes of a page say: they come again and
// again. A place is by the hash of a class; the last one has it.
type classes [512]classEntry

type classEntry struct {
	class string
	total int16 // of the weights of its words
	n     uint16
	ctx   uint32
	hash  uint32 // without its digits
}

// of returns what a class says.
func (c *classes) of(class string, t *words.Table) *classEntry {
	e := &c[placeOf(class)]
	if e.class != class {
		r := classReader{words: t}
		r.read(class)
		*e = classEntry{class: class, total: int16(r.total), n: uint16(r.n), ctx: r.ctx | postContext(class), hash: words.HashClass(words.Basis32, class)}
	}
	return e
}

// placeOf hashes a class by its length, its first and its last bytes.
func placeOf(s string) uint64 {
	h := uint64(len(s))
	if n := len(s); n >= 8 {
		h = (h*0x9e3779b97f4a7c15 ^ token.Load64(s[n-8:])) * 0x9e3779b97f4a7c15
		h ^= h>>32 ^ token.Load64(s)
	} else {
		for i := range n {
			h = h<<8 | uint64(s[i])
		}
	}
	return h * 0x9e3779b97f4a7c15 >> (64 - 9)
}

// nameScore is the sum of the weights of the words of the running tag's class, id and
// itemprop, clipped to int8, the context that they name, and its signature.
func (p *Parser) nameScore(tag token.Tag) (sum int8, ctx, sig uint32) {
	r := classReader{words: p.Words}
	sig = tagSignature(tag)
	if p.a.Class != "" {
		e := p.classes.of(p.a.Class, p.Words)
		r.total, r.n, r.ctx = int(e.total), int(e.n), e.ctx
		if e.hash != words.Basis32 { // it has more than digits
			sig = (sig ^ e.hash) * words.Prime32
		}
	}
	if p.a.ID != "" {
		r.read(p.a.ID)
		r.ctx |= postContext(p.a.ID)
	}
	if p.a.Prop != "" {
		r.read(p.a.Prop)
		if postProp(p.a.Prop) {
			r.ctx |= dom.InPost
		}
	}
	return int8(max(-120, min(120, r.total))), r.ctx, sig
}

// tagSignature is the signature of an element without a class.
func tagSignature(tag token.Tag) uint32 { return uint32(tag) * 2654435761 }
