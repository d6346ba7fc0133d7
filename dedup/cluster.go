package dedup

import (
	"cmp"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Cluster finds the near-duplicates among documents in memory. It returns, for
// each document, the index of the document that represents its cluster: the one
// with the longest text, ties broken by a hash of source and ID. A document
// without near-duplicates represents itself. The clusters, and the documents that
// represent them, do not depend on the order of docs; source and ID should tell
// documents apart. KeepRule is for pipelines and plays no part here.
//
// Memory is some 30 bytes a band and document, and the sketches.
func (m *MinHash) Cluster(docs []*corpus.Document) ([]int, error) {
	parent := make([]int, len(docs))
	for i := range parent {
		parent[i] = i
	}
	err := m.Edges(docs, func(a, b int) {
		a, b = root(parent, a), root(parent, b)
		parent[max(a, b)] = min(a, b)
	})
	if err != nil {
		return nil, err
	}
	ties := make([]xxh3.Uint128, len(docs))
	for i, d := range docs {
		ties[i] = tie(d)
	}
	best := make([]int, len(docs))
	for i := range best {
		best[i] = -1
	}
	for i, d := range docs {
		r := root(parent, i)
		b := best[r]
		if b < 0 || cmp.Or(cmp.Compare(len(docs[b].Text), len(d.Text)), cmp.Compare(ties[i].Hi, ties[b].Hi), cmp.Compare(ties[i].Lo, ties[b].Lo)) < 0 {
			best[r] = i
		}
	}
	of := make([]int, len(docs))
	for i := range of {
		of[i] = best[root(parent, i)]
	}
	return of, nil
}

func root(parent []int, i int) int {
	for parent[i] != i {
		parent[i] = parent[parent[i]]
		i = parent[i]
	}
	return i
}

// tie is a hash by which documents have an order of their own.
func tie(d *corpus.Document) xxh3.Uint128 {
	return xxh3.HashString128(d.Origin.Source + "\x00" + d.ID)
}

// member is one key of one document.
type member struct {
	key, order uint64
	doc        int
}

// Edges calls edge for every two documents, by their indices, that the stage
// links: for a cluster of n documents at least n-1 times, the same pair perhaps
// several times, never n^2 times. It is what an engine does with Keys and Link,
// in memory.
func (m *MinHash) Edges(docs []*corpus.Document, edge func(a, b int)) error {
	if err := m.Validate(); err != nil { // a literal may have passed no definition
		return err
	}
	own := m.Fork().(*MinHash)
	size := own.SketchBytes()
	var members []member
	sketches := make([]byte, 0, size*len(docs))
	s := own.takeSigner()
	for i, d := range docs {
		s.view.Reset(d.Text)
		order := tie(d).Lo
		if s.sign(&s.view) {
			for band := range s.bands {
				members = append(members, member{s.bandKey(band), order, i})
			}
		}
		if size > 0 {
			sketches = s.appendSketch(sketches)
		}
	}
	slices.SortFunc(members, func(x, y member) int {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.order, y.order), cmp.Compare(x.doc, y.doc))
	})
	for len(members) > 0 {
		n := 1
		for n < len(members) && members[n].key == members[0].key {
			n++
		}
		group := members[:n]
		members = members[n:]
		if n == 1 {
			continue
		}
		err := own.Link(stage.Group{
			Key: stage.Key{Hi: group[0].key},
			Units: func(yield func(stage.Unit) bool) {
				for _, x := range group {
					if !yield(stage.Unit{Doc: uint64(x.doc)}) {
						return
					}
				}
			},
			Sketch: func(u stage.Unit) ([]byte, error) {
				return sketches[int(u.Doc)*size:][:size], nil
			},
		}, func(a, b stage.Unit) { edge(int(a.Doc), int(b.Doc)) })
		if err != nil {
			return err
		}
	}
	return nil
}
