// Package components finds the connected components of a graph that is larger than memory.
//
// Nodes are numbers below a count, cut into buckets of as many as memory has room for. A
// sweep from the last bucket to the first joins the nodes of a bucket in memory and hands
// what is left to the buckets below: of each set of joined nodes that has edges out of the
// bucket, the least node at their other ends stands for the set, and the others are joined
// to that one. A sweep back tells each set the label of the node that stands for it.
// An edge is read twice in each bucket that it comes to; nothing is sorted.
package components

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// Limits of the buckets.
const (
	nodeBytes  = 12      // of memory for each node of a bucket
	widthMin   = 1 << 10 // nodes of a bucket, under an absurd limit of memory
	widthMax   = 1 << 31 // so that a place in a bucket has 32 bits
	bucketsMax = 1 << 20 // buckets, each with three lists
)

// absent marks a node without edges.
const absent = math.MaxUint32

// Finder takes edges and gives the component of each node that has one. It is for one
// goroutine.
type Finder struct {
	nodes, width uint64
	spill        *spill
	edges        []list // by bucket of the larger node: its place (4), the smaller node (8)
	asked        []list // by bucket of the node asked for: its place (4), the node that asks (8)
	told         []list // by bucket of the node that asked: its place (4), its label (8)
	sets         []list // place of a node (4), place of the least of its set (4)
	parent       []uint32
	least        []uint64 // of a set: the least node outside that it has an edge to; in the sweep back its label
	added        int64
}

// New finds components of a graph whose nodes are less than a count. It holds about memory
// bytes and spills the rest to an unlinked file in dir ("" = the system's temporary folder).
func New(nodes uint64, memory int64, dir string) (*Finder, error) {
	width := min(max(uint64(memory)*3/4/nodeBytes, widthMin), widthMax)
	width = max(min(width, nodes), 1)
	buckets := (nodes + width - 1) / width
	if buckets > bucketsMax {
		return nil, fmt.Errorf("components of %d nodes: %d buckets of %d nodes are more than %d: there is too little memory", nodes, buckets, width, bucketsMax)
	}
	s, err := newSpill(dir, memory/4, int(buckets)*4)
	if err != nil {
		return nil, err
	}
	f := &Finder{nodes: nodes, width: width, spill: s}
	for _, l := range []*[]list{&f.edges, &f.asked, &f.told, &f.sets} {
		*l = make([]list, buckets)
	}
	return f, nil
}

// Close gives back memory and file.
func (f *Finder) Close() error {
	f.parent, f.least = nil, nil
	return f.spill.close()
}

// Add takes an edge between two nodes.
func (f *Finder) Add(a, b uint64) error {
	if a >= f.nodes || b >= f.nodes {
		return fmt.Errorf("components: an edge of nodes %d and %d among %d", a, b, f.nodes)
	}
	f.added++
	return f.edge(a, b)
}

// Spilled is how many bytes the file has.
func (f *Finder) Spilled() int64 { return f.spill.end }

func (f *Finder) edge(a, b uint64) error {
	if a < b {
		a, b = b, a
	}
	return f.add(f.edges, a, b)
}

// add appends a record to the list of the bucket that a node is in.
func (f *Finder) add(lists []list, node, value uint64) error {
	var b [recordBytes]byte
	binary.LittleEndian.PutUint32(b[:], uint32(node%f.width))
	binary.LittleEndian.PutUint64(b[4:], value)
	return f.spill.add(&lists[node/f.width], b[:])
}

// Label is the component of a node: the least of its nodes.
type Label struct{ Node, Component uint64 }

// Labels yields the label of each node that has an edge to another, in the order of the
// nodes. It can be called once.
func (f *Finder) Labels() iter.Seq2[Label, error] {
	return func(yield func(Label, error) bool) {
		f.parent, f.least = make([]uint32, f.width), make([]uint64, f.width)
		for b := range slices.Backward(f.edges) {
			if err := f.down(b); err != nil {
				yield(Label{}, err)
				return
			}
		}
		for b := range f.edges {
			if err := f.up(b, yield); err != nil {
				if !errors.Is(err, errStopped) {
					yield(Label{}, err)
				}
				return
			}
		}
	}
}

var errStopped = errors.New("stopped")

// clear makes the tables those of a bucket without edges.
func (f *Finder) clear() {
	for i := range f.parent {
		f.parent[i] = absent
	}
	for i := range f.least {
		f.least[i] = math.MaxUint64
	}
}

func (f *Finder) touch(i uint32) {
	if f.parent[i] == absent {
		f.parent[i] = i
	}
}

func (f *Finder) find(i uint32) uint32 {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

// down joins the nodes of a bucket and hands the edges that leave it on.
func (f *Finder) down(b int) error {
	start := uint64(b) * f.width
	if f.edges[b].empty() {
		return nil
	}
	f.clear()
	leave := false
	err := f.spill.each(&f.edges[b], recordBytes, func(r []byte) error {
		i, low := binary.LittleEndian.Uint32(r), binary.LittleEndian.Uint64(r[4:])
		f.touch(i)
		root := f.find(i)
		if low < start {
			f.least[root], leave = min(f.least[root], low), true
			return nil
		}
		j := uint32(low - start)
		f.touch(j)
		other := f.find(j)
		if root > other {
			root, other = other, root
		}
		if root != other {
			f.parent[other] = root
			f.least[root] = min(f.least[root], f.least[other])
		}
		return nil
	})
	if err != nil {
		return err
	}
	if leave {
		err = f.spill.each(&f.edges[b], recordBytes, func(r []byte) error {
			low := binary.LittleEndian.Uint64(r[4:])
			if low >= start {
				return nil
			}
			if least := f.least[f.find(binary.LittleEndian.Uint32(r))]; low != least {
				return f.edge(low, least)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	f.spill.free(&f.edges[b])
	return f.keep(b, start)
}

// keep stores the sets of a bucket, and asks for the labels of those that others stand for.
func (f *Finder) keep(b int, start uint64) error {
	var r [setBytes]byte
	for i, p := range f.parent {
		if p == absent {
			continue
		}
		p = f.parent[p] // the root: a parent is less than its node, and was here before
		f.parent[i] = p
		binary.LittleEndian.PutUint32(r[:], uint32(i))
		binary.LittleEndian.PutUint32(r[4:], p)
		if err := f.spill.add(&f.sets[b], r[:]); err != nil {
			return err
		}
		if p == uint32(i) && f.least[i] != math.MaxUint64 {
			if err := f.add(f.asked, f.least[i], start+uint64(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// up gives the labels of a bucket and answers those who asked for some.
func (f *Finder) up(b int, yield func(Label, error) bool) error {
	start := uint64(b) * f.width
	if f.sets[b].empty() && f.asked[b].empty() {
		return nil
	}
	f.clear()
	label := f.least
	err := f.spill.each(&f.sets[b], setBytes, func(r []byte) error {
		i, p := binary.LittleEndian.Uint32(r), binary.LittleEndian.Uint32(r[4:])
		f.parent[i], label[i] = p, start+uint64(i)
		return nil
	})
	if err == nil {
		err = f.spill.each(&f.told[b], recordBytes, func(r []byte) error {
			label[binary.LittleEndian.Uint32(r)] = binary.LittleEndian.Uint64(r[4:])
			return nil
		})
	}
	if err == nil {
		err = f.spill.each(&f.asked[b], recordBytes, func(r []byte) error {
			i := binary.LittleEndian.Uint32(r)
			if f.parent[i] == absent {
				f.parent[i], label[i] = i, start+uint64(i)
			}
			return f.add(f.told, binary.LittleEndian.Uint64(r[4:]), label[f.parent[i]])
		})
	}
	if err != nil {
		return err
	}
	for _, l := range []*list{&f.sets[b], &f.told[b], &f.asked[b]} {
		f.spill.free(l)
	}
	for i, p := range f.parent {
		if p != absent && !yield(Label{start + uint64(i), label[p]}, nil) {
			return errStopped
		}
	}
	return nil
}
