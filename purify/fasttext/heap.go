package fasttext

// ranked is a label with its logarithmic score.
type ranked struct {
	score float32
	label int32
}

// ranking is a binary heap with the worst label on top. It moves elements exactly as
// the C++ standard library (libstdc++) moves them in push_heap, pop_heap and
// sort_heap, so that labels of equal score come out in fastText's order.
type ranking []ranked

// before is the order of the heap: the worst is on top.
func before(a, b ranked) bool { return a.score > b.score }

// push adds e and drops the worst when there are more than k.
func (h *ranking) push(e ranked, k int) {
	*h = append(*h, e)
	h.up(len(*h)-1, 0, e)
	if len(*h) > k {
		h.pop(len(*h))
		*h = (*h)[:len(*h)-1]
	}
}

// sort orders the heap from the best label to the worst.
func (h ranking) sort() {
	for n := len(h); n > 1; n-- {
		h.pop(n)
	}
}

// pop moves the top of the first n elements behind the others.
func (h ranking) pop(n int) {
	if n < 2 {
		return
	}
	last := h[n-1]
	h[n-1] = h[0]
	h.down(n-1, last)
}

func (h ranking) up(hole, top int, e ranked) {
	for hole > top {
		parent := (hole - 1) / 2
		if !before(h[parent], e) {
			break
		}
		h[hole] = h[parent]
		hole = parent
	}
	h[hole] = e
}

// down fills the hole at the top of the first n elements and places e.
func (h ranking) down(n int, e ranked) {
	hole, child := 0, 0
	for child < (n-1)/2 {
		child = 2 * (child + 1)
		if before(h[child], h[child-1]) {
			child--
		}
		h[hole] = h[child]
		hole = child
	}
	if n&1 == 0 && child == (n-2)/2 {
		child = 2 * (child + 1)
		h[hole] = h[child-1]
		hole = child - 1
	}
	h.up(hole, 0, e)
}
