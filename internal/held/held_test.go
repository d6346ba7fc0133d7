package held_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/internal/held"
)

type node struct {
	name     string
	children []*node
	any      any
	next     *node
	table    [2][]byte
}

// heap is what the heap holds.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The bytes that a value holds are no fewer than the heap grew, and not many more.
func TestBytes(t *testing.T) {
	const size = 4 << 20
	for name, build := range map[string]func() any{
		"slice":   func() any { return make([]uint32, size/4) },
		"spare":   func() any { return make([]byte, 1, size) },
		"string":  func() any { s := strings.Repeat("x", size); return &s },
		"structs": func() any { return make([]struct{ a, b int64 }, size/16) },
		"strings": func() any {
			var list []string
			for i := range size / 40 {
				list = append(list, fmt.Sprint("string ", i))
			}
			return list
		},
		"map": func() any {
			m := map[uint64]uint32{}
			for i := range uint64(size / 16) {
				m[i*7919] = 1
			}
			return m
		},
		"map of strings": func() any {
			m := map[string][]int{}
			for i := range size / 200 {
				m[fmt.Sprint("key ", i)] = make([]int, 10)
			}
			return m
		},
		"tree": func() any {
			root := &node{name: "root"}
			for i := range size / 400 {
				root.children = append(root.children, &node{name: fmt.Sprint(i), any: []int{1, 2, 3}, next: root, table: [2][]byte{1: make([]byte, 100)}})
			}
			return root
		},
	} {
		before := heap()
		x := build()
		grown := heap() - before
		if got := held.Bytes(x); got < grown-4<<10 || got > 3*grown {
			t.Errorf("%s: %d bytes, the heap grew by %d", name, got, grown)
		}
		runtime.KeepAlive(x)
	}
}

func TestBytesCountsOnce(t *testing.T) {
	b := make([]byte, 1<<20)
	p := &b
	once := held.Bytes(b)
	if got := held.Bytes(b, b, p, &p, []any{b, p}); got < once || got > once+1<<10 {
		t.Errorf("%d bytes for one array of %d", got, once)
	}
	cyclic := &node{}
	cyclic.next, cyclic.any = cyclic, cyclic
	if got := held.Bytes(cyclic); got < 1 || got > 1<<10 {
		t.Errorf("%d bytes for a node that is its own", got)
	}
	pool := &sync.Pool{New: func() any { return b }}
	pool.Put(&b)
	var nothing *node
	if got := held.Bytes(pool, nothing, nil, map[string]int(nil), []int(nil), "", 7, make(chan []byte)); got > 1<<10 {
		t.Errorf("%d bytes for nothing", got)
	}
}
