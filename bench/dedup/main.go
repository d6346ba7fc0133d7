// Command dedup runs the near-duplicate search over documents whose pairwise
// Jaccard similarity is known, scores it by bins of similarity, and writes
// {id, keep, cluster} lines.
//
//	go run ./bench/dedup -data ../shared/data/neardup
//	go run ./bench/dedup -seeds 20           # mean, least and most over seeds
//	go run ./bench/dedup -rounds 10          # signing speed
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/stage"
)

func main() {
	data := flag.String("data", "../shared/data/neardup", "folder of docs.jsonl.gz and pairs.jsonl")
	out := flag.String("out", "", "where to write {id,keep,cluster} lines")
	seeds := flag.Int("seeds", 1, "seeds to run, from -seed on")
	rounds := flag.Int("rounds", 0, "timed signing passes instead of the score")
	m := &dedup.MinHash{}
	flag.StringVar(&m.Kind, "sketch", "fss", "fss or datatrove")
	flag.StringVar(&m.Hash, "hash", "xxhash64", "xxhash64 or sha1")
	flag.IntVar(&m.Bands, "bands", 0, "bands, 0 for the default")
	flag.IntVar(&m.Rows, "rows", 0, "rows of a band, 0 for the default")
	flag.Uint64Var(&m.Seed, "seed", 1, "first seed")
	flag.TextVar(&m.MinSimilarity, "min_similarity", stage.Limit{}, "verification limit, off or default")
	flag.Parse()
	if err := run(m, *data, *out, *seeds, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "dedup:", err)
		os.Exit(1)
	}
}

func run(m *dedup.MinHash, data, out string, seeds, rounds int) error {
	if err := m.Validate(); err != nil {
		return err
	}
	docs, base, err := readDocuments(filepath.Join(data, "docs.jsonl.gz"))
	if err != nil {
		return err
	}
	if rounds > 0 {
		speed(m, docs, rounds)
		return nil
	}
	truth, err := readPairs(filepath.Join(data, "pairs.jsonl"), docs, base)
	if err != nil {
		return err
	}
	var scores []score
	first := m.Seed
	for i := range max(seeds, 1) {
		one := m.Fork().(*dedup.MinHash)
		one.Seed = first + uint64(i)
		of, err := one.Cluster(docs)
		if err != nil {
			return err
		}
		s := truth.score(of)
		if err := truth.edges(one, docs, &s); err != nil {
			return err
		}
		scores = append(scores, s)
		if i == 0 && out != "" {
			if err := write(out, docs, of); err != nil {
				return err
			}
		}
	}
	report(os.Stdout, m.SketchID(), scores)
	return nil
}

// speed signs every document in turn from memory, as a worker does.
func speed(m *dedup.MinHash, docs []*corpus.Document, rounds int) {
	runtime.GOMAXPROCS(1)
	var bytes int64
	for _, d := range docs {
		bytes += int64(len(d.Text))
	}
	var sig []uint64
	for r := range rounds {
		start, cpu := time.Now(), userTime()
		for _, d := range docs {
			sig = m.Signature(sig[:0], d.Text)
		}
		used := userTime() - cpu
		fmt.Printf("round %d: %d documents, %.2f MB, user %.3f s, wall %.3f s: %.1f MB/s of user time\n",
			r, len(docs), float64(bytes)/1e6, used.Seconds(), time.Since(start).Seconds(), float64(bytes)/1e6/used.Seconds())
	}
}

func userTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano())
}

func readDocuments(path string) (docs []*corpus.Document, base []string, err error) {
	err = readLines(path, func(line []byte) error {
		var d struct{ ID, Base, Text string }
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		docs, base = append(docs, &corpus.Document{ID: d.ID, Text: d.Text}), append(base, d.Base)
		return nil
	})
	return docs, base, err
}

func readLines(path string, line func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	var r io.Reader = f
	if filepath.Ext(path) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if err := line(s.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return s.Err()
}

// write leaves the lines that score_dedup.py reads; cluster is -1 for a document
// alone.
func write(path string, docs []*corpus.Document, of []int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	size := make([]int, len(docs))
	for _, r := range of {
		size[r]++
	}
	w := bufio.NewWriter(f)
	for i, d := range docs {
		cluster := of[i]
		if size[cluster] == 1 {
			cluster = -1
		}
		fmt.Fprintf(w, "{\"id\": %q, \"keep\": %t, \"cluster\": %d, \"size\": %d}\n", d.ID, of[i] == i, cluster, size[of[i]])
	}
	return errors.Join(w.Flush(), f.Close())
}
