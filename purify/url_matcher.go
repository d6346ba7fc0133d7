package purify

// matcher finds which of many words occurs first in a text, in one pass: the
// automaton of Aho and Corasick (1975). Bytes that occur in no word share one
// class, so that a state has as many transitions as there are other bytes: the
// 40 or so of a list of Latin words.
type matcher struct {
	classes int
	class   [256]uint8
	next    []uint32 // by state*classes + class
	hit     []int32  // by state: the longest word that ends here, -1 if none
	words   []string
}

const maxTransitions = 16 << 20

// newMatcher makes the automaton of the words, which are sorted and not empty.
func newMatcher(words []string) (*matcher, error) {
	m := &matcher{classes: 1, words: words}
	for _, w := range words {
		for i := range len(w) {
			if m.class[w[i]] == 0 {
				if m.classes == 256 {
					return nil, errTooManyStates // no text has 255 bytes of UTF-8
				}
				m.class[w[i]] = uint8(m.classes)
				m.classes++
			}
		}
	}
	m.state()
	for i, w := range words {
		at := 0
		for j := range len(w) {
			if len(m.next)+m.classes > maxTransitions {
				return nil, errTooManyStates
			}
			edge := at*m.classes + int(m.class[w[j]])
			if m.next[edge] == 0 {
				m.next[edge] = m.state()
			}
			at = int(m.next[edge])
		}
		m.hit[at] = int32(i)
	}
	m.link()
	return m, nil
}

// state adds a state and returns its number; the root is 0.
func (m *matcher) state() uint32 {
	m.next = append(m.next, make([]uint32, m.classes)...)
	m.hit = append(m.hit, -1)
	return uint32(len(m.hit) - 1)
}

// link turns the tree into an automaton: a missing transition goes where the
// longest proper suffix of the state would go.
func (m *matcher) link() {
	fail := make([]uint32, len(m.hit))
	queue := make([]uint32, 0, len(m.hit))
	for _, to := range m.next[:m.classes] {
		if to != 0 {
			queue = append(queue, to)
		}
	}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		back := fail[at]
		if m.hit[at] < 0 {
			m.hit[at] = m.hit[back]
		}
		for c := range m.classes {
			edge, other := int(at)*m.classes+c, m.next[int(back)*m.classes+c]
			if to := m.next[edge]; to != 0 {
				fail[to] = other
				queue = append(queue, to)
			} else {
				m.next[edge] = other
			}
		}
	}
}

// find returns the word whose occurrence ends first, of several the longest.
func (m *matcher) find(text []byte) (word string, found bool) {
	if len(m.words) == 0 {
		return "", false
	}
	at := 0
	for _, c := range text {
		at = int(m.next[at*m.classes+int(m.class[c])])
		if hit := m.hit[at]; hit >= 0 {
			return m.words[hit], true
		}
	}
	return "", false
}
