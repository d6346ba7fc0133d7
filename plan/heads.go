package plan

import (
	"encoding/hex"
	"iter"
)

// Heads are those of the commits of a pass, by number. A run has millions: what each says in
// the same way is held in columns, digests as the 16 bytes that they are, and a [Head] is made
// when it is asked for.
type Heads struct {
	pass   string
	kind   Kind
	key    func(i int) string
	label  func(i int) string // nil: as they were given
	labels []string

	there   []bool
	missing int
	wide    int // keys of each
	numbers []int64
	digests [][16]byte
	other   map[int]*Head // that have more, or other digests
}

// numbersOf is how many numbers stand before the keys of a head: documents and bytes of text.
const numbersOf = 2

// NewHeads are those of so many tasks, none of which is committed yet. The label of each is
// as a task of that number has it, where a function says so, which saves to hold it.
func NewHeads(pass Pass, keys []string, label func(i int) string) *Heads {
	return &Heads{pass: pass.Name, kind: pass.Kind, key: func(i int) string { return keys[i] }, label: label,
		there: make([]bool, len(keys)), missing: len(keys), wide: -1, other: map[int]*Head{}}
}

// HeadsOf are those of a list; nil where a task is not committed.
func HeadsOf(list ...*Head) *Heads {
	h := &Heads{there: make([]bool, len(list)), missing: len(list), other: map[int]*Head{}}
	for i, x := range list {
		if x != nil {
			h.there[i], h.other[i], h.missing = true, x, h.missing-1
		}
	}
	return h
}

// Len is the number of tasks.
func (h *Heads) Len() int {
	if h == nil {
		return 0
	}
	return len(h.there)
}

// Whole reports whether all tasks are committed.
func (h *Heads) Whole() bool { return h == nil || h.missing == 0 }

// Has reports whether a task is committed.
func (h *Heads) Has(i int) bool { return h.there[i] }

// Set notes a commit.
func (h *Heads) Set(i int, x *Head) {
	if !h.there[i] {
		h.there[i], h.missing = true, h.missing-1
	}
	if !h.pack(i, x) {
		own := *x
		h.other[i] = &own
	}
}

// pack holds a head in columns, if it fits in there.
func (h *Heads) pack(i int, x *Head) bool {
	delete(h.other, i)
	if h.key == nil || len(x.Keys) != len(x.KeyDigests) || x.Segments != 0 || len(x.Edits)+len(x.Shards) > 0 || x.Key != h.key(i) || x.Pass != h.pass || x.Kind != h.kind {
		return false
	}
	var content [16]byte
	if h.wide < 0 {
		h.wide = len(x.Keys)
		h.numbers = make([]int64, len(h.there)*(numbersOf+h.wide))
		h.digests = make([][16]byte, len(h.there)*(1+h.wide))
		if h.label == nil {
			h.labels = make([]string, len(h.there))
		}
	}
	if h.wide != len(x.Keys) || !binary(&content, x.Content) {
		return false
	}
	digests := h.digests[i*(1+h.wide):][:1+h.wide]
	for k, d := range x.KeyDigests {
		if !binary(&digests[1+k], d) {
			return false
		}
	}
	digests[0] = content
	numbers := h.numbers[i*(numbersOf+h.wide):][:numbersOf+h.wide]
	numbers[0], numbers[1] = x.Documents, x.TextBytes
	copy(numbers[numbersOf:], x.Keys)
	if h.label == nil {
		h.labels[i] = x.Label
	} else if x.Label != h.label(i) {
		return false
	}
	return true
}

// TextBytes are those of a commit, 0 where there is none.
func (h *Heads) TextBytes(i int) int64 {
	switch x := h.other[i]; {
	case !h.there[i]:
		return 0
	case x != nil:
		return x.TextBytes
	}
	return h.numbers[i*(numbersOf+h.wide)+1]
}

// binary reads a digest that is written as [Digest] does.
func binary(to *[16]byte, digest string) bool {
	if len(digest) != hex.EncodedLen(len(to)) {
		return false
	}
	if _, err := hex.Decode(to[:], []byte(digest)); err != nil {
		return false
	}
	return hex.EncodeToString(to[:]) == digest
}

// At is the head of a commit, nil where the task has none. Where its place in a range ended
// ([Head.Next]) it does not say: no plan hangs on it.
func (h *Heads) At(i int) *Head {
	if !h.there[i] {
		return nil
	}
	if x := h.other[i]; x != nil {
		return x
	}
	numbers, digests := h.numbers[i*(numbersOf+h.wide):][:numbersOf+h.wide], h.digests[i*(1+h.wide):][:1+h.wide]
	x := &Head{Pass: h.pass, Kind: h.kind, Key: h.key(i), Documents: numbers[0], TextBytes: numbers[1], Content: hex.EncodeToString(digests[0][:])}
	if h.label != nil {
		x.Label = h.label(i)
	} else {
		x.Label = h.labels[i]
	}
	if h.wide > 0 {
		x.Keys, x.KeyDigests = numbers[numbersOf:numbersOf+h.wide:numbersOf+h.wide], make([]string, h.wide)
		for k := range h.wide {
			x.KeyDigests[k] = hex.EncodeToString(digests[1+k][:])
		}
	}
	return x
}

// Range yields heads from..to-1 by number; nil where a task is not committed.
func (h *Heads) Range(from, to int) iter.Seq2[int, *Head] {
	return func(yield func(int, *Head) bool) {
		for i := from; i < to; i++ {
			if !yield(i, h.At(i)) {
				return
			}
		}
	}
}

// All yields all heads.
func (h *Heads) All() iter.Seq2[int, *Head] { return h.Range(0, h.Len()) }
