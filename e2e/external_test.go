package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill"
)

// thirdPartyMain is a program of somebody else: every stage, source and sink of
// ours, and one rule of their own.
const thirdPartyMain = `package main

import (
	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/stage"
)

func main() {
	corpusmill.Main(stage.Define[ShoutQuality]("shout_quality", 1))
}
`

const thirdPartyStage = `package main

import (
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// ShoutQuality drops documents that shout.
type ShoutQuality struct {
	// MaxShoutRatio is the most exclamation marks per word, 0 to 1.
	MaxShoutRatio stage.Limit ` + "`" + `yaml:"max_shout_ratio" doc:"the most exclamation marks per word, 0 to 1"` + "`" + `
	// Words are left out of the count.
	Words []string ` + "`" + `yaml:"words"` + "`" + `
	// Least is how many words a text must have.
	Least int ` + "`" + `yaml:"least" default:"5"` + "`" + `
}

// Doc is what the program's help says.
func (s *ShoutQuality) Doc() string { return "shout_quality drops documents that shout. It counts marks." }

// Rules lists the rule.
func (s *ShoutQuality) Rules() []string { return []string{"shout_ratio"} }

// Columns declares the one value.
func (s *ShoutQuality) Columns() []corpus.Column {
	return []corpus.Column{{Name: "shout_ratio", Type: corpus.Float, Doc: "exclamation marks per word"}}
}

// Measure counts.
func (s *ShoutQuality) Measure(d *corpus.Document, v *corpus.Values) error {
	words := max(len(d.View().Words(text.UAX29)), 1)
	v.Set(0, float64(strings.Count(d.Text, "!"))/float64(words))
	return nil
}

// Decide compares.
func (s *ShoutQuality) Decide(v *corpus.Values) corpus.Verdict {
	return s.MaxShoutRatio.Or(stage.At(0.1)).Above("shout_ratio", v.Get(0))
}
`

const thirdPartyPipeline = `
name: outside
source:
  jsonl: { paths: ["in.jsonl"] }
stages:
  - shout_quality: { max_shout_ratio: 0.2 }
  - exact_dedup: {}
sink:
  jsonl: { dir: out }
rejects: { jsonl: { dir: rejects } }
`

const thirdPartyInput = `{"id":"calm","text":"A calm sentence about a river and a bridge."}
{"id":"copy-of-calm","text":"A calm sentence about a river and a bridge."}
{"id":"loud","text":"Buy now! Really! The best! Only today! Call!"}
{"id":"other","text":"Another calm sentence, of ten words or so! Not loud."}
`

// A main of ten lines outside this module has the whole program and a stage of
// its own: in the YAML, in the statistics, in the rejects.
func TestThirdPartyMain(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program: left out in short mode")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go tool is not in the PATH: nothing to build a third party's program with")
	}
	dir := t.TempDir()
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"go.mod": "module example.com/outside\n\ngo 1.26.0\n\nrequire github.com/corpusmill/corpusmill v0.0.0\n\n" +
			"replace github.com/corpusmill/corpusmill => " + filepath.ToSlash(here) + "\n",
		"go.sum": string(sums), "main.go": thirdPartyMain, "shout_quality.go": thirdPartyStage,
		"outside.yaml": thirdPartyPipeline, "in.jsonl": thirdPartyInput,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := func(name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	program := filepath.Join(dir, "outside.exe") // the name that runs everywhere
	command(tool, "build", "-o", program, ".")
	command(program, "check", "outside.yaml")
	command(program, "run", "outside.yaml", "--run", "run", "--workers", "2", "--memory", "1GiB")

	if got := command(program, "--version"); got != "corpusmill version "+corpusmill.Version+" in example.com/outside (devel)\n" {
		t.Errorf("version %q", got)
	}
	help := command(program, "stages", "shout_quality")
	for _, want := range []string{"shout_quality (stage, measures and decides; revision 1)\n", "shout_quality drops documents that shout.", "  max_shout_ratio: limit",
		"      the most exclamation marks per word, 0 to 1\n", "  words: list of string, no default\n", "  least: whole number, default 5\n", "  shout_ratio\n      exclamation marks per word\n"} {
		if !strings.Contains(help, want) {
			t.Errorf("no %q in the help:\n%s", want, help)
		}
	}
	if got := fmt.Sprint(fieldOf(t, dir, "out", "id")); got != "[calm other]" && got != "[copy-of-calm other]" {
		t.Errorf("documents %s, want calm or its copy, and other", got)
	}
	rules := strings.Join(fieldOf(t, dir, "rejects", "stage"), " ")
	if !strings.Contains(rules, "shout_quality") || !strings.Contains(rules, "exact_dedup") {
		t.Errorf("rejects of the stages %q, want shout_quality and exact_dedup", rules)
	}
}

// fieldOf reads one field of every line of the JSONL files of a folder, in order.
func fieldOf(t *testing.T, dir, folder, field string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, folder, "*.jsonl.zst"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no JSONL files (%v)", folder, err)
	}
	var values []string
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := zstd.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for s := bufio.NewScanner(z); s.Scan(); {
			var line map[string]any
			if err := json.Unmarshal(s.Bytes(), &line); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			values = append(values, fmt.Sprint(line[field]))
		}
	}
	return values
}
