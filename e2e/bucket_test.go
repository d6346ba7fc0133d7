package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/store"
)

// bucketDocuments are enough for a group of more than 262,144 units, which is linked in pieces.
const bucketDocuments = 280_000

// bucketPipeline has two keys a document and an estimate of three steps, so that which of a
// bucket a document is compared with decides whether the two are joined.
const bucketPipeline = `
source: { jsonl: { paths: ["IN/*.jsonl"] } }
stages: [ minhash: { ngram: 1, bands: 2, rows: 1, min_similarity: 1, keep: first } ]
sink: { jsonl: { dir: "OUT" } }
`

// bucketInput writes documents that share most of their words.
func bucketInput(t *testing.T) string {
	t.Helper()
	in := t.TempDir()
	var words strings.Builder
	for i := range 24 {
		fmt.Fprintf(&words, "w%d ", i)
	}
	var b bytes.Buffer
	for i := range bucketDocuments {
		fmt.Fprintf(&b, "{\"id\":\"d%d\",\"text\":\"%sx%d\"}\n", i, words.String(), i%50_000)
		if (i+1)%(bucketDocuments/4) == 0 {
			writeFile(t, fmt.Sprintf("%s/%d.jsonl", in, i), b.Bytes())
			b.Reset()
		}
	}
	return in
}

// A bucket larger than what is linked at once gives the same bytes, edges and manifest
// included, at any memory and with any number of workers; and files of it that are gone
// are made again to the same bytes by a run of other memory and workers.
func TestLargeBucket(t *testing.T) {
	if testing.Short() {
		t.Skip("280,000 documents, several times")
	}
	in := bucketInput(t)
	want := newGoldenOf(t, in, bucketPipeline)
	s := want.run(t, "--workers", "1", "--memory", "256MiB")
	wanted := want.bytes(t)
	if s.Documents < 100 || largestGroup(t, want) <= 1<<18 {
		t.Fatalf("%d documents are left, the largest bucket has %d: that shows nothing", s.Documents, largestGroup(t, want))
	}
	var last golden
	for _, args := range [][]string{{"--workers", "2", "--memory", "256MiB"}, {"--workers", "8", "--memory", "256MiB"}, {"--workers", "8", "--memory", "1GiB"}} {
		last = newGoldenOf(t, in, bucketPipeline)
		last.run(t, args...)
		same(t, strings.Join(args, " "), last.bytes(t), wanted)
	}
	for _, pattern := range []string{"segments/*.edges", "segments/*.keys", "segments/*.sketch", "commits/minhash-resolve/*"} {
		names, err := filepath.Glob(last.dir + "/run/" + pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, names, err)
		}
		if err := os.Remove(names[0]); err != nil {
			t.Fatal(err)
		}
	}
	last.run(t, "--workers", "2", "--memory", "256MiB")
	same(t, "files were removed", last.bytes(t), wanted)
	last.verify(t)
}

// largestGroup is the number of documents that share the most frequent key.
func largestGroup(t *testing.T, g golden) (most int) {
	t.Helper()
	names, err := filepath.Glob(g.dir + "/run/segments/*.keys")
	if err != nil {
		t.Fatal(err)
	}
	units := map[uint64]int{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		f := segment.File{Store: store.Local(filepath.Dir(name)), Name: filepath.Base(name), Bytes: info.Size()}
		r, err := segment.Open(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := segment.OpenKeys(t.Context(), f, r.Len(), 0, 256)
		if err != nil {
			t.Fatal(err)
		}
		for {
			var k extsort.Record
			if err := keys.Next(&k); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			units[k[0]]++
			most = max(most, units[k[0]])
		}
		_ = keys.Close()
	}
	return most
}
