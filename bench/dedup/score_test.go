package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
)

const data = "../../../shared/data/neardup/"

func load(t *testing.T) ([]*corpus.Document, *truth) {
	t.Helper()
	if _, err := os.Stat(data); err != nil {
		t.Skip("no ../shared/data/neardup: ", err)
	}
	docs, base, err := readDocuments(data + "docs.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	known, err := readPairs(data+"pairs.jsonl", docs, base)
	if err != nil {
		t.Fatal(err)
	}
	return docs, known
}

// The default must find what datatrove finds, in every bin, for any seed.
func TestRecall(t *testing.T) {
	docs, known := load(t)
	floor := [bins]float64{9: 1, 8: 0.94, 7: 0.80, 6: 0.51, 5: 0.24, 4: 0.05}
	for seed := uint64(1); seed <= 3; seed++ {
		m := &dedup.MinHash{Seed: seed}
		of, err := m.Cluster(docs)
		if err != nil {
			t.Fatal(err)
		}
		s := known.score(of)
		if err := known.edges(m, docs, &s); err != nil {
			t.Fatal(err)
		}
		for b, want := range floor {
			if got := float64(s.joined[b]) / float64(s.pairs[b]); got < want {
				t.Errorf("seed %d, w5 from %.1f: %.3f of the pairs joined, want %.2f", seed, float64(b)/bins, got, want)
			}
		}
		if s.lowEdges > 0 || s.amiss > 8 {
			t.Errorf("seed %d: %d edges of J < 0.4 (least %.3f), %d wrong joins among %d", seed, s.lowEdges, s.leastEdge, s.amiss, s.spaced)
		}
	}
}

// The datatrove sketch makes datatrove's clusters.
func TestDatatroveClusters(t *testing.T) {
	docs, _ := load(t)
	m := &dedup.MinHash{Kind: "datatrove", Hash: "sha1"}
	of, err := m.Cluster(docs)
	if err != nil {
		t.Fatal(err)
	}
	size := map[int]int{}
	for _, r := range of {
		size[r]++
	}
	ours, theirs, i := map[int]int{}, map[int]int{}, 0 // one cluster number to the other
	err = readLines(data+"datatrove_minhash.jsonl", func(line []byte) error {
		var d struct {
			ID            string
			Cluster, Size int
		}
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		if d.ID != docs[i].ID {
			t.Fatalf("document %d is %s, in datatrove's list %s", i, docs[i].ID, d.ID)
		}
		r := of[i]
		i++
		if size[r] != max(d.Size, 1) {
			t.Errorf("%s: cluster of %d, datatrove's has %d", d.ID, size[r], d.Size)
		}
		if size[r] == 1 {
			return nil
		}
		if c, ok := ours[r]; ok && c != d.Cluster {
			t.Errorf("%s: datatrove has it in another cluster", d.ID)
		}
		if c, ok := theirs[d.Cluster]; ok && c != r {
			t.Errorf("%s: we have it in another cluster", d.ID)
		}
		ours[r], theirs[d.Cluster] = d.Cluster, r
		return nil
	})
	if err != nil || i != len(docs) {
		t.Errorf("%d of %d documents compared: %v", i, len(docs), err)
	}
}
