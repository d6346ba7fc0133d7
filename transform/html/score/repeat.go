package score

// RepeatWords is the length from which a block whose text came before is dropped.
const RepeatWords = 8

// recall looks a block up among those before it: by its shape, which the model learned
// from, and by its text. Pages carry text twice, for two screen sizes; what differs in
// its numbers or marks alone is another record or sentence.
func (x *Scorer) recall(i int32) {
	b := &x.p.Blocks[i]
	b.Twin = 0
	first, ok := x.seen.put(b.Shape, i)
	if !ok {
		return
	}
	b.Seen = 1
	f := &x.p.Blocks[first]
	if f.Seen == 0 {
		f.Seen = 2
	}
	if b.Words < RepeatWords {
		return
	}
	if b.Hash != f.Hash {
		if first, ok = x.seen.put(b.Hash, i); !ok {
			return
		}
	}
	b.Twin = first + 1
}
