package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// planChanges turn the golden pipeline into others: each replaces one text by another.
var planChanges = []struct{ what, old, new string }{
	{"a fine filter", "min_words: 60", "min_words: 90"},
	{"a coarse filter", "- gopher_quality: { words: uax29 }", "- gopher_quality: { words: uax29, min_words: 70 }"},
	{"a grouping stage more", "  - exact_dedup: {}\n", "  - exact_dedup: {}\n  - line_dedup: {}\n"},
	{"a grouping stage less", "  - minhash: {}\n", ""},
	{"a checkpoint", "  - exact_dedup: {}\n", "  - checkpoint: {}\n  - exact_dedup: {}\n"},
	{"smaller parts", "part_bytes: 100KiB", "part_bytes: 60KiB"},
	{"a sink that takes less", "sink:\n", "sink:\n  where: \"tokens > 120\"\n"},
	{"a sink with folders", "sink:\n", "sink:\n  partition_by: [source]\n"},
	{"other rejects", "text_sample: 0.3", "text_sample: 0.6"},
	{"no segments", "name: golden\n", "name: golden\nsegments: delete\n"},
	{"another source first", "name: second, jsonl", "name: another, jsonl"},
}

var plansRounds = flag.Int("damage.rounds", 3, "rounds of TestKillsAcrossPlans")

// temporaries are what a process that was killed left half-written.
func temporaries(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(e.Name(), ".tmp-") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Plans and input change from kill to kill; what a run that comes to its end leaves is
// what a run of that plan leaves in folders of its own: to the byte, and nothing else.
func TestKillsAcrossPlans(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 6)
	rounds := *plansRounds
	if testing.Short() {
		rounds = 3
	}
	rng := rand.New(rand.NewPCG(*damageSeed, 32))
	g := newGolden(t, in)
	added := filepath.Join(in, "second", "s99.jsonl")
	line, _ := json.Marshal(map[string]string{"id": "new", "text": strings.Repeat("A wholly new page that have the word of stone and that is with us to be read. ", 9)})
	kills := 0
	for round := range rounds {
		var whole []string // what was changed, plan by plan
		for range 3 {      // the run that is not killed is of the last of these plans
			var what []string
			yaml := goldenPipeline
			for _, i := range rng.Perm(len(planChanges))[:1+rng.IntN(2)] {
				c := planChanges[i]
				yaml = strings.Replace(yaml, c.old, c.new, 1)
				what = append(what, c.what)
			}
			g.write(t, in, yaml)
			switch rng.IntN(4) {
			case 0:
				writeFile(t, added, append(line, '\n'))
				what = append(what, "a file more")
			case 1:
				_ = os.Remove(added) // it may not be there
				what = append(what, "no file more")
			}
			if killAmong(t, g, 1+rng.IntN(20), time.Duration(rng.IntN(6))*time.Millisecond) {
				kills++
				what = append(what, "killed")
			}
			whole = append(whole, strings.Join(what, " and "))
		}
		g.run(t, "--replace") // of input that is gone too
		fresh := newGolden(t, in)
		yaml, err := os.ReadFile(g.pipeline)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, fresh.pipeline, []byte(strings.ReplaceAll(string(yaml), g.dir, fresh.dir)))
		fresh.run(t)
		same(t, fmt.Sprintf("round %d: %s", round, strings.Join(whole, "; ")), g.bytes(t), fresh.bytes(t))
		g.verify(t)
		if left := temporaries(t, g.dir); len(left) > 0 {
			t.Errorf("half-written: %v", left)
		}
	}
	t.Logf("%d kills in %d rounds, seed %d", kills, rounds, *damageSeed)
	if kills < rounds {
		t.Errorf("only %d runs were killed before they came to their end", kills)
	}
}

// write puts a pipeline in place of the one that is there.
func (g golden) write(t *testing.T, in, pipeline string) {
	t.Helper()
	writeFile(t, g.pipeline, []byte(strings.NewReplacer("IN", in, "OUT", filepath.Join(g.dir, "out")).Replace(pipeline)))
}

// killAmong begins a run and kills it a moment after it has so many commits more; it reports whether
// the run was killed before it came to its end.
func killAmong(t *testing.T, g golden, more int, moment time.Duration) bool {
	t.Helper()
	target := g.commits(t) + more
	c := program(t, g.args("--workers", "2", "--replace")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait()
		close(ended)
	}()
	for g.commits(t) < target {
		select {
		case <-ended:
			return false
		case <-time.After(200 * time.Microsecond):
		}
	}
	time.Sleep(moment)
	_ = c.Process.Kill()
	<-ended
	return !c.ProcessState.Exited()
}

// A task hangs on the source that it reads, not on what other sources there are: those may
// come, go and be renamed, and what was read of the first is kept.
func TestSourcesComeAndGo(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 4)
	g := newGolden(t, in)
	all := g.run(t)
	const second = "  - { name: second, jsonl: { paths: [\"IN/second/*.jsonl\"] } }\n"
	for _, c := range []struct {
		what, with string
		kept       int // tasks of the first pass: a file each
	}{
		{"renamed", strings.Replace(second, "second", "another", 1), 2},
		{"gone", "", 2},
		{"back", second, 2},
	} {
		yaml := strings.Replace(goldenPipeline, second, c.with, 1)
		g.write(t, in, yaml)
		s, fresh := g.run(t, "--replace"), newGoldenOf(t, in, yaml)
		fresh.run(t)
		same(t, "the second source is "+c.what, g.bytes(t), fresh.bytes(t))
		if s.Passes[0].Pass != "segment" || s.Passes[0].Kept != c.kept {
			t.Errorf("the second source is %s: %+v, in all %+v", c.what, s.Passes, all.Passes)
		}
	}
}
