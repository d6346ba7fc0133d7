package transform

const (
	repeatWords = 8     // words from which a block whose text came before is dropped
	repeatFrom  = 150   // letters from which a block is held against the text before it
	repeatShare = 0.895 // share of its runs of words from which it repeats that text
	repeatFresh = 500   // runs of words from which one number of its own may be a slip
	wordRun     = 3     // words of a run
	hanRun      = 6     // characters of one in a script without spaces
	repeatBits  = 1 << 19
	repeatMost  = repeatBits / 16 // runs of words that are remembered
)

// recall looks a block up among those before it: by its shape, which the model learned
// from, and by its text. Pages carry text twice, for two screen sizes; what differs in
// its numbers or marks alone is another record or sentence.
func (x *Extractor) recall(i int32) {
	b := &x.p.blocks[i]
	b.twin = 0
	first, ok := x.seen[b.shape]
	if !ok {
		x.seen[b.shape] = i
		return
	}
	b.seen = 1
	f := &x.p.blocks[first]
	if f.seen == 0 {
		f.seen = 2
	}
	if b.words < repeatWords {
		return
	}
	if b.hash != f.hash {
		if first, ok = x.seen[b.hash]; !ok {
			x.seen[b.hash] = i
			return
		}
	}
	b.twin = first + 1
}

// repeats reports a longer block whose text came before: it is kept once.
func (b *block) repeats() bool { return b.twin > 0 }

const (
	headWords = 12   // words of the head of a post
	headKind  = 0.25 // probability of a forum from which heads are looked for
)

// postHead reports what stands above each post of a forum: words that came before with
// the time at which that one was written, no other number, and text between the two.
func (x *Extractor) postHead(i int) bool {
	b := &x.p.blocks[i]
	if x.kinds[onForum] < headKind || b.seen != 1 || b.words < repeatWords || b.words > headWords || b.stops > 0 ||
		x.p.blocks[i-1].shape == b.shape {
		return false
	}
	x.out = x.appendBlock(x.out[:0], b)
	return stamped(x.out)
}

// stamped reports a text whose numbers are the parts of one date and one time of day:
// a year, a day, perhaps a month, hours and minutes.
func stamped(t []byte) bool {
	var years, days, clocks int
	for i := 0; i < len(t); i++ {
		start, colons := i, 0
		for i < len(t) && (byteClass[t[i]] == clsDigit || t[i] == ':' && i > start) {
			if t[i] == ':' {
				colons++
			}
			i++
		}
		switch n := i - start; {
		case n == 0:
		case colons > 0:
			clocks++
		case n == 4 && (t[start] == '1' || t[start] == '2'):
			years++
		case n <= 2:
			days++
		default:
			return false
		}
	}
	return years == 1 && clocks == 1 && (days == 1 || days == 2)
}

// repeats is a Bloom filter of the runs of words of what is kept, by
// which a text is found that comes twice in other pieces: pages carry their body
// once more in one piece, for search engines or for another screen.
type repeats struct {
	bits  [repeatBits / 64]uint64
	size  int       // runs remembered
	words [6]uint32 // the last words, the newest first
	seen  int       // words of the running block
	known int       // its runs that the text before holds
	told  int       // its first word with a digit or mark that is in none of them; 0 = none
	fresh int       // how many there were
	runs  []uint32
}

// dropRepeats drops kept blocks whose words, run by run, stand in blocks kept
// before them; numbers, and what asks or calls, all of them.
func (x *Extractor) dropRepeats() {
	long := 0
	for i := range x.p.blocks {
		if b := &x.p.blocks[i]; b.keep && b.weight >= repeatFrom {
			long++
		}
	}
	if long < 2 {
		return
	}
	if x.twice == nil {
		x.twice = &repeats{}
	}
	r := x.twice
	clear(r.bits[:])
	r.size = 0
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if !b.keep || r.size > repeatMost {
			continue
		}
		r.runs, r.words, r.seen, r.known, r.told, r.fresh = r.runs[:0], [6]uint32{}, 0, 0, 0, 0
		for _, p := range x.p.pieces[b.p0:b.p1] {
			if p.kind <= pieceLink {
				r.read(x.p.html[p.start:p.stop])
			}
		}
		if b.weight >= repeatFrom && r.repeated() {
			b.keep, b.rule = false, byRepetition
			continue
		}
		for _, h := range r.runs {
			r.bits[h>>19] |= 1 << (h >> 13 & 63)
		}
		r.size += len(r.runs)
	}
}

// repeated reports a block that says nothing new.
func (r *repeats) repeated() bool {
	return len(r.runs) > 0 && r.fresh <= len(r.runs)/repeatFresh && r.told == 0 && float64(r.known) >= repeatShare*float64(len(r.runs))
}

// read takes the words of a run of text: letters, digits, question and exclamation
// marks, signs of numbers between other bytes, and every character of three bytes from
// U+3000 on.
func (r *repeats) read(s string) {
	h, n, tells := uint32(fnvBasis), 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch cls := byteClass[c]; {
		case cls == clsHigh && c >= 0xe3 && c < 0xf0 && i+2 < len(s):
			if n > 0 {
				r.add(h, wordRun, tells)
			}
			// The full-width forms up to the question mark: digits and marks.
			r.add(uint32(c)<<16|uint32(s[i+1])<<8|uint32(s[i+2]), hanRun, c == 0xef && s[i+1] == 0xbc && s[i+2] <= 0x9f && s[i+2] != 0x8c)
			i += 2
			h, n, tells = fnvBasis, 0, false
		case cls == clsLower || cls == clsUpper || cls == clsHigh:
			h = (h ^ uint32(lowerTable[c])) * fnvPrime
			n++
		case cls == clsDigit || c == '?' || c == '!' || n == 0 && (c == '-' || c == '+') && i+1 < len(s) && byteClass[s[i+1]] == clsDigit:
			h = (h ^ uint32(c)) * fnvPrime
			n, tells = n+1, true
		case n > 0:
			r.add(h, wordRun, tells)
			h, n, tells = fnvBasis, 0, false
		}
	}
	if n > 0 {
		r.add(h, wordRun, tells)
	}
}

// add takes one word and the run of so many words that ends with it.
func (r *repeats) add(word uint32, run int, tells bool) {
	copy(r.words[1:], r.words[:])
	r.words[0] = word
	r.seen++
	if tells && r.told == 0 {
		r.told = r.seen
	}
	if r.seen < run {
		return
	}
	h := uint32(0)
	for _, w := range r.words[:run] {
		h = h*31 + w
	}
	h *= 2654435761
	r.runs = append(r.runs, h)
	if r.bits[h>>19]&(1<<(h>>13&63)) == 0 {
		return
	}
	r.known++
	if r.told > 0 {
		if r.told <= r.seen-run {
			r.fresh++
		}
		r.told = 0
	}
}

// inRow reports a cell of a table's row: rows say the same of several things.
func (x *Extractor) inRow(b *block) bool {
	row, _ := x.row(b)
	return row >= 0
}
