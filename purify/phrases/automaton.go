package phrases

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// Automaton finds all of a list of phrases in one pass (Aho and Corasick 1975), over the
// folded code points of a text. Its transitions are a double array: from state s by class
// c to base[s]+c, if that slot is owned by s. State 0 is the start.
//
// It is read-only and safe for concurrent use.
type Automaton struct {
	classes *[unicode.MaxRune + 1>>8]*[256]uint16 // of a code point as it is written
	slots   []acSlot
	digit   []bool     // by class: a digit
	latin   []bool     // by class: a Latin letter
	ends    [][]uint16 // phrases that end at a state, the longest first
	words   []string
}

type acSlot struct {
	base, owner int32 // owner is the state whose transition this is, -1 where free
	fail        int32
	end         int32 // index in ends, 0 if no phrase ends here
}

// The classes of code points; those of letters in phrases begin behind them.
const (
	classOther uint16 = iota // in no phrase: back to the start
	classDigit
	classLatin // in no phrase itself
	ClassSkip  // stands between the letters of a phrase, as Skip does
	ClassBreak // ends a clause, as Break does
	classFirst
)

// lettersEnd is behind the last code point that is a letter: what follows is for private
// use or selects a variant, and is skipped.
const lettersEnd = 0x32400

// MaxRunes bounds a phrase, so that the places of the last code points suffice.
const MaxRunes = 32

// MaxWords bounds the phrases of one automaton: they are numbered in 16 bits.
const MaxWords = 1<<16 - 1

var errTooManySlots = errors.New("too many and too long entries for one automaton")

const maxSlots = 1 << 22

// trieNode is a node of the trie that the double array is made of.
type trieNode struct {
	next map[uint16]*trieNode
	end  []uint16
	slot int32
	fail *trieNode
}

// New builds the automaton of folded words; they are numbered in their order, 65,535 at
// most.
func New(words []string, f *Folding) (*Automaton, error) {
	if len(words) > MaxWords {
		return nil, errTooManySlots
	}
	a := &Automaton{classes: new([unicode.MaxRune + 1>>8]*[256]uint16), words: words, ends: [][]uint16{nil}}
	class, next := make([]uint16, lettersEnd), classFirst
	root := &trieNode{}
	for id, w := range words {
		n := root
		for _, r := range w {
			if r >= lettersEnd {
				return nil, fmt.Errorf("%q: no letters from U+%X on", w, lettersEnd)
			}
			c := class[r]
			if c == 0 {
				c, next = next, next+1
				class[r] = c
			}
			if n.next == nil {
				n.next = map[uint16]*trieNode{}
			}
			if n.next[c] == nil {
				n.next[c] = &trieNode{}
			}
			n = n.next[c]
		}
		n.end = append(n.end, uint16(id))
	}
	a.indexClasses(class, int(next), f)
	return a, a.place(root)
}

// indexClasses tabulates the class of every code point in pages; pages that are alike are
// one.
func (a *Automaton) indexClasses(class []uint16, n int, f *Folding) {
	a.digit, a.latin = make([]bool, n), make([]bool, n)
	a.digit[classDigit], a.latin[classLatin] = true, true
	for r := '0'; r <= 'z'; r++ {
		if c := class[r]; c != 0 {
			a.digit[c], a.latin[c] = r <= '9', r >= 'a'
		}
	}
	shared := map[[256]uint16]*[256]uint16{}
	for high := range a.classes {
		var page [256]uint16
		for low := range page {
			r := rune(high<<8 | low)
			if r >= lettersEnd {
				page[low] = ClassSkip
				continue
			}
			folded := f.Of(r)
			switch {
			case folded >= 0 && folded < lettersEnd && class[folded] != 0:
				page[low] = class[folded]
			case folded == Skip:
				page[low] = ClassSkip
			case folded == Break:
				page[low] = ClassBreak
			case '0' <= folded && folded <= '9':
				page[low] = classDigit
			case 'a' <= folded && folded <= 'z':
				page[low] = classLatin
			}
		}
		if shared[page] == nil {
			kept := page
			shared[page] = &kept
		}
		a.classes[high] = shared[page]
	}
}

// place writes the trie into the double array, level by level, and links failures.
func (a *Automaton) place(root *trieNode) error {
	a.slots = []acSlot{{owner: -1}}
	queue, free := []*trieNode{root}, int32(1)
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if n.fail != nil {
			n.end = append(n.end, n.fail.end...)
			a.slots[n.slot].fail = n.fail.slot
		}
		if len(n.end) > 0 {
			a.slots[n.slot].end = int32(len(a.ends))
			a.ends = append(a.ends, n.end)
		}
		keys := make([]uint16, 0, len(n.next))
		for c := range n.next {
			keys = append(keys, c)
		}
		slices.Sort(keys)
		base, err := a.room(keys, &free)
		if err != nil {
			return err
		}
		a.slots[n.slot].base = base
		for _, c := range keys {
			child := n.next[c]
			child.slot = base + int32(c)
			a.slots[child.slot] = acSlot{owner: n.slot}
			child.fail = root
			for f := n.fail; f != nil; f = f.fail {
				if g := f.next[c]; g != nil {
					child.fail = g
					break
				}
			}
			queue = append(queue, child)
		}
	}
	return nil
}

// room finds a base at which the slots of all keys are free. Places before *free are given
// up: nearly all were taken when they were last looked through.
func (a *Automaton) room(keys []uint16, free *int32) (int32, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	first := max(*free, int32(keys[0])+1)
	taken := int32(0)
	for at := first; ; at++ {
		base := at - int32(keys[0])
		last := int(base) + int(keys[len(keys)-1])
		if last >= maxSlots {
			return 0, errTooManySlots
		}
		for len(a.slots) <= last {
			a.slots = append(a.slots, acSlot{owner: -1})
		}
		if a.slots[at].owner >= 0 {
			taken++
			continue
		}
		if !slices.ContainsFunc(keys, func(c uint16) bool { return a.slots[base+int32(c)].owner >= 0 }) {
			if seen := at - first + 1; seen > crowded && taken >= seen-seen/crowded {
				*free = at
			}
			return base, nil
		}
	}
}

// crowded is the share of free slots, one in so many, below which places are given up.
const crowded = 16

// Class returns the class of a code point.
func (a *Automaton) Class(r rune) uint16 { return a.classes[r>>8][r&0xFF] }

// Step goes from a state by a class.
func (a *Automaton) Step(state int32, c uint16) int32 {
	for {
		at := int(a.slots[state].base) + int(c)
		if at < len(a.slots) && a.slots[at].owner == state {
			return int32(at)
		}
		if state == 0 {
			return 0
		}
		state = a.slots[state].fail
	}
}

// Ends reports whether a phrase ends at a state.
func (a *Automaton) Ends(state int32) bool { return a.slots[state].end != 0 }

// At lists the numbers of the phrases that end at a state, the longest first.
func (a *Automaton) At(state int32) []uint16 { return a.ends[a.slots[state].end] }

// Digit reports whether a class is that of a digit.
func (a *Automaton) Digit(class uint16) bool { return a.digit[class] }

// Latin reports whether a class is that of a Latin letter.
func (a *Automaton) Latin(class uint16) bool { return a.latin[class] }

// Len is how many phrases there are.
func (a *Automaton) Len() int { return len(a.words) }

// Fitting reports whether a folded word can be a phrase: 2 to MaxRunes code points.
func Fitting(word string) bool {
	n := utf8.RuneCountInString(word)
	return n >= 2 && n <= MaxRunes
}

// Digest identifies the phrases.
func (a *Automaton) Digest() string {
	h := xxh3.New()
	for _, w := range a.words {
		_, _ = h.WriteString(w + "\n") // a hash takes everything
	}
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:])
}

// Of is the automaton of words in the form in which people write them, numbered in their
// order.
func Of(words []string) (*Automaton, error) {
	f, err := NewFolding()
	if err != nil {
		return nil, err
	}
	folded := make([]string, len(words))
	for i, w := range words {
		if folded[i] = f.Word(w); !Fitting(folded[i]) {
			return nil, fmt.Errorf("%q: want 2 to %d letters or digits", w, MaxRunes)
		}
	}
	return New(folded, f)
}
