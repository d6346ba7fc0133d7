package dedup_test

import (
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/stage"
)

const heron = "The heron stood in the shallows for an hour, as still as the reeds around it, " +
	"while the tide crept back over the mud and the small crabs went about their work. "

func ExampleMinHash_Cluster() {
	docs := []*corpus.Document{
		{ID: "a", Text: heron},
		{ID: "b", Text: "A recipe for rye bread with caraway, to be baked in a hot iron pot for fifty minutes."},
		{ID: "c", Text: heron + "Then it flew."},
	}
	var m dedup.MinHash
	of, err := m.Cluster(docs)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, d := range docs {
		fmt.Println(d.ID, "is represented by", docs[of[i]].ID)
	}
	// Output:
	// a is represented by c
	// b is represented by b
	// c is represented by c
}

func ExampleSimilarity() {
	var m dedup.MinHash
	a := m.Signature(nil, heron)
	b := m.Signature(nil, "THE HERON stood  in the shallows"+heron[len("The heron stood in the shallows"):])
	fmt.Println(len(a), dedup.Similarity(a, b))
	// Output: 112 1
}

func ExampleExactDedup() {
	e := &dedup.ExactDedup{By: "normalized_text"}
	var first stage.Key
	for _, s := range []string{"One two.", "one  TWO.\n", "one two three."} {
		_ = e.Keys(&corpus.Document{Text: s}, func(k stage.Key, _ uint32) {
			if first == (stage.Key{}) {
				first = k
			}
			fmt.Println(k == first)
		})
	}
	// Output:
	// true
	// true
	// false
}
