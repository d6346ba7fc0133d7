package sentencepiece

import "slices"

// Float is the arithmetic of a [Lattice]: float32 as SentencePiece has it, float64 as
// Hugging Face's library has it. Which of two paths of nearly the same score wins
// depends on it.
type Float interface{ float32 | float64 }

// Lattice finds the pieces of the highest sum of scores that a text is made of (Kudo
// 2018, arXiv:1804.10959). It does not change and is safe for concurrent use.
type Lattice[F Float] struct {
	trie     *Trie
	scores   []F // by value of the trie
	unknown  int32
	unkScore F
	limit    F
}

// NewLattice returns a Lattice over the pieces of trie, whose values are places in
// scores. A code point that is no piece becomes unknown with unkScore. When a sum goes
// beyond limit on either side it starts again at zero, so that precision does not
// depend on the length of the text; limit 0 is none.
func NewLattice[F Float](trie *Trie, scores []F, unknown int32, unkScore, limit F) *Lattice[F] {
	return &Lattice[F]{trie: trie, scores: scores, unknown: unknown, unkScore: unkScore, limit: limit}
}

// Span is a piece of a text: bytes Start to End-1.
type Span struct{ Start, End, ID int32 }

// Path is the scratch memory of Best; the zero value is ready. It is for one goroutine
// at a time.
type Path[F Float] struct {
	ends  []pathEnd[F] // by place in the text
	spans []Span
}

// pathEnd is the last piece of the best path that ends at a place.
type pathEnd[F Float] struct {
	score F
	start int32 // -1: no path ends here
	id    int32
}

// keepPath bounds the places of scratch memory that are kept.
const keepPath = 64 << 10

// Best returns the pieces of text, valid UTF-8 of less than 2 GiB, until the next call.
// Time is O(n * length of the longest piece).
func (l *Lattice[F]) Best(p *Path[F], text []byte) []Span {
	n := len(text)
	if cap(p.ends) <= n {
		p.ends = make([]pathEnd[F], n+1, max(n+1, 512))
	}
	ends := p.ends[:n+1]
	for i := range ends {
		ends[i] = pathEnd[F]{start: -1}
	}
	units, root := l.trie.units, l.trie.root()
	front := 0 // last place that a path reaches
	for at := 0; at < n; {
		here := ends[at].score
		if l.limit > 0 && (here < -l.limit || here > l.limit) {
			rebase(ends[at:front+1], here)
			here = 0
		}
		size := charLen(text, at)
		single := false
		u := root
		for q := at; q < n; {
			c := text[q]
			if u = units[u.base()^uint32(c)]; u.label() != c {
				break
			}
			q++
			id := u.value()
			if id < 0 {
				continue
			}
			front = max(front, q)
			if s, e := l.scores[id]+here, &ends[q]; e.start < 0 || s > e.score {
				*e = pathEnd[F]{s, int32(at), id}
			}
			single = single || q-at == size
		}
		if !single {
			front = max(front, at+size)
			if s, e := l.unkScore+here, &ends[at+size]; e.start < 0 || s > e.score {
				*e = pathEnd[F]{s, int32(at), l.unknown}
			}
		}
		at += size
	}
	p.spans = p.spans[:0]
	for at := int32(n); at > 0; at = ends[at].start {
		p.spans = append(p.spans, Span{ends[at].start, at, ends[at].id})
	}
	slices.Reverse(p.spans)
	spans := p.spans
	if n > keepPath {
		*p = Path[F]{}
	}
	return spans
}

// rebase takes away what all paths on have in common.
func rebase[F Float](ends []pathEnd[F], score F) {
	for i := range ends {
		if i == 0 || ends[i].start >= 0 {
			ends[i].score -= score
		}
	}
}

// charLen returns the length of the code point at text[i], as its first byte says.
func charLen(text []byte, i int) int {
	switch c := text[i]; {
	case c < 0xC0:
		return 1
	case c < 0xE0:
		return min(2, len(text)-i)
	case c < 0xF0:
		return min(3, len(text)-i)
	}
	return min(4, len(text)-i)
}

// unkPenalty is what an unknown code point costs beyond the piece of the lowest score.
const unkPenalty = 10

// buildUnigram makes the lattice of a unigram model. User-defined symbols always win,
// the longest first.
func (m *Model) buildUnigram(ids map[string]int32) error {
	trie, err := m.trie(ids, kindNormal, kindUser)
	if err != nil {
		return err
	}
	if trie == nil {
		if trie, err = NewTrie(nil, nil); err != nil {
			return err
		}
	}
	scores := make([]float32, len(m.pieces))
	least := float32(maxFloat32)
	for i, p := range m.pieces {
		scores[i] = p.score
		switch p.kind {
		case kindNormal:
			least = min(least, p.score)
		case kindUser:
			scores[i] = float32(0.1 * float64(len(p.text)-1))
		}
	}
	m.unigram = NewLattice(trie, scores, m.unk, least-unkPenalty, scoreLimit)
	return nil
}

const (
	maxFloat32 = 0x1p127 * (1 + (1 - 0x1p-23))
	// scoreLimit is where the reference starts a sum again.
	scoreLimit = 100000
)
