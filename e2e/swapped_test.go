package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twinPipeline = `
packs: { files: 1 }
source: { jsonl: { paths: ["IN/*.jsonl"] } }
stages: [exact_dedup, minhash]
sink: { jsonl: { dir: "OUT" } }
`

// twins runs a pipeline over two shards whose files between passes have the same sizes:
// as many documents each, all different. Only the first pass is left committed.
func twins(t *testing.T, in string) golden {
	t.Helper()
	g := newGoldenOf(t, in, twinPipeline)
	g.run(t)
	passes, err := filepath.Glob(g.dir + "/run/commits/*")
	if err != nil || len(passes) < 6 {
		t.Fatal(passes, err)
	}
	for _, dir := range passes {
		if name := filepath.Base(dir); name != "list" && name != "segment" {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	return g
}

// A file is taken for what its commit says by its content, not by its name: of two sound
// files of one kind and size that changed places both are made again, and so are commits.
func TestFilesThatChangedPlaces(t *testing.T) {
	in := t.TempDir()
	for s := range 2 {
		var b strings.Builder
		for d := range 30 {
			text := fmt.Sprintf("A page of the number %d that have the word of stone and that is with us to be read, in the file %d. ", d*d, s*(d%3))
			line, _ := json.Marshal(map[string]string{"id": fmt.Sprintf("d%d-%d", s, d), "url": fmt.Sprintf("https://a.example/%d", d), "text": strings.Repeat(text, 1+d%7)})
			b.Write(append(line, '\n'))
		}
		writeFile(t, fmt.Sprintf("%s/s%d.jsonl", in, s), []byte(b.String()))
	}
	want := newGoldenOf(t, in, twinPipeline)
	if s := want.run(t); s.Documents == 0 || s.Documents == 60 {
		t.Fatalf("%d of 60 documents are left: that shows nothing", s.Documents)
	}
	for _, pattern := range []string{"segments/*.exact_dedup.keys", "segments/*.minhash.keys", "segments/*.minhash.sketch", "commits/segment/*.json"} {
		t.Run(pattern, func(t *testing.T) {
			g := twins(t, in)
			names, err := filepath.Glob(g.dir + "/run/" + pattern)
			if err != nil || len(names) != 2 {
				t.Fatal(names, err)
			}
			a, errA := os.ReadFile(names[0])
			b, errB := os.ReadFile(names[1])
			if err := errors.Join(errA, errB); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(pattern, "segments/") && len(a) != len(b) {
				t.Fatalf("%d and %d bytes: their size tells them apart", len(a), len(b))
			}
			if string(a) == string(b) {
				t.Fatal("they are the same")
			}
			writeFile(t, names[0], b)
			writeFile(t, names[1], a)
			g.run(t)
			same(t, "changed places", g.bytes(t), want.bytes(t))
			g.verify(t)
		})
	}
}
