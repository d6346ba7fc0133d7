package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// cases is the folder of inputs that were rebuilt from public bug reports.
func cases(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "shared", "cases", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no shared cases: ", err)
	}
	return dir
}

// Every file of the extraction cases has what it must have in its text, and has not
// what it must not.
func TestSharedExtractionCases(t *testing.T) {
	dir := cases(t, "extraction")
	f, err := os.Open(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c struct {
			File, Kind, Expected string
			Must                 []string `json:"must"`
			MustNot              []string `json:"must_not"`
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		t.Run(c.File, func(t *testing.T) {
			file, command := filepath.Join(dir, c.File), "extract"
			if strings.HasSuffix(c.File, ".txt") {
				command = "lang"
			}
			out, _ := program(t, command, file).Output() // some must fail: the text decides
			text := string(out)
			has := func(s string) bool { return strings.Contains(text, s) }
			if command == "lang" {
				labels := strings.Fields(strings.ReplaceAll(text, file, ""))
				has = func(s string) bool { return slices.Contains(labels, s) }
			}
			for _, s := range c.Must {
				if !has(s) {
					t.Errorf("%s: no %q (%s) in\n%s", c.Kind, s, c.Expected, text)
				}
			}
			for _, s := range c.MustNot {
				if has(s) {
					t.Errorf("%s: %q (%s) in\n%s", c.Kind, s, c.Expected, text)
				}
			}
		})
	}
}

// engineCase is an input of a run: what it has to become.
type engineCase struct {
	source      string // with DIR for the folder of cases
	more        string // of the pipeline
	lost        bool   // it ends with 1
	documents   int64
	quarantined int64
	noted       int64
	ids         []string
	texts       []string           // all of them, where given
	gone        string             // in no text
	numbers     map[string]float64 // the column h, by id
}

func TestSharedEngineCases(t *testing.T) {
	dir := cases(t, "engine")
	parquet := func(name string) string { return fmt.Sprintf("parquet: { paths: [%q] }", "DIR/"+name) }
	jsonl := func(name string) string { return fmt.Sprintf("jsonl: { paths: [%q] }", "DIR/"+name) }
	pii := "stages: [pii]"
	for name, c := range map[string]engineCase{
		"lost_files":           {source: parquet("lost_files_parquet/*.parquet"), lost: true},
		"lost_files_allowed":   {source: parquet("lost_files_parquet/*.parquet"), more: "shards_lost_max: 59", documents: 100, quarantined: 59},
		"extra_column_damaged": {source: parquet("extra_column_damaged.parquet"), documents: 200, noted: 200},
		"codec_lz4_legacy":     {source: parquet("codec_lz4_legacy.parquet"), documents: 5},
		"id_uuid":              {source: parquet("id_uuid.parquet"), documents: 5, ids: []string{"01234567-89ab-cdef-0123-456789abcd00"}},
		"id_decimal":           {source: parquet("id_decimal.parquet"), documents: 5, ids: []string{"10", "11", "12", "13", "14"}},
		"id_binary":            {source: parquet("id_binary.parquet"), documents: 5},
		"extra_float16":        {source: parquet("extra_float16.parquet"), documents: 5, numbers: map[string]float64{"d0": 1, "d1": 0.5, "d2": 2, "d3": -3.25, "d4": 65504}},
		"empty_partition":      {source: parquet("empty_partition/*.parquet"), documents: 5},
		"zstd_window_31":       {source: jsonl("zstd_window_31.jsonl.zst"), documents: 3},
		"json_array":           {source: jsonl("json_array.json"), documents: 2, texts: []string{"aa", "bb"}},
		"tar":                  {source: jsonl("tar.jsonl.tar"), lost: true},
		"gzip_zero_padded":     {source: jsonl("gzip_zero_padded.jsonl.gz"), documents: 3},
		"bracket_name":         {source: jsonl("bracket_name/br[1].jsonl"), documents: 1},
		"stray_name":           {source: jsonl("stray_name/*.jsonl"), documents: 1},
		"hidden_files":         {source: parquet("hidden_files/**/*.parquet"), documents: 5},
		"pii_ip_missed":        {source: jsonl("pii_ip_missed.jsonl"), more: pii, documents: 2, gone: "93.184.216.34"},
		"pii_not_an_ip": {source: jsonl("pii_not_an_ip.jsonl"), more: pii, documents: 2,
			texts: []string{"OID 1.3.6.1 is the internet arc", "See section 4.3.2.1 of the manual."}},
		"pii_not_an_email": {source: jsonl("pii_not_an_email.jsonl"), more: pii, documents: 1, texts: []string{"![mill](img/icon@2x.png)"}},
		"yaml_bom":         {source: "-"},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, dir) })
	}
	t.Run("shared_sink", func(t *testing.T) {
		refusedSecond(t, dir, []string{"shared_sink_1.yaml", "shared_sink_2.yaml"}, "shared_out holds the parts of another run (")
	})
	t.Run("own_output", func(t *testing.T) {
		copied := copyCases(t, dir)
		for range 2 {
			if code, stderr := exit(t, programIn(t, copied, "run", "own_output.yaml")); code != 2 || !strings.Contains(stderr, "its pattern covers the folder of the sink, ") {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		}
	})
}

// refusedSecond runs pipelines from a copy of the folder: the last must be refused, and
// change nothing of what the others wrote.
func refusedSecond(t *testing.T, dir string, pipelines []string, want string) {
	copied := copyCases(t, dir)
	for i, p := range pipelines {
		before := tree(t, copied)
		code, stderr := exit(t, programIn(t, copied, "run", p))
		if last := i == len(pipelines)-1; !last && code != 0 || last && (code != 2 || !strings.Contains(stderr, want) || !maps.Equal(before, tree(t, copied))) {
			t.Errorf("%s: exit code %d: %s", p, code, stderr)
		}
	}
}

// copyCases copies the pipelines that write beside themselves, and what they read.
func copyCases(t *testing.T, dir string) string {
	t.Helper()
	copied := t.TempDir()
	for _, pattern := range []string{"shared_*.yaml", "shared_*.jsonl", "own_output.yaml", "own_output/*.jsonl"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(names) == 0 {
			t.Fatal("no case ", pattern)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, name)
			writeFile(t, filepath.Join(copied, rel), b)
		}
	}
	return copied
}

func programIn(t *testing.T, dir string, args ...string) *exec.Cmd {
	c := program(t, args...)
	c.Dir = dir
	return c
}

func (c engineCase) check(t *testing.T, dir string) {
	if c.source == "-" { // a pipeline of its own
		yaml, err := os.ReadFile(filepath.Join(dir, filepath.Base(t.Name())+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := corpusmill.App().Parse("case.yaml", yaml, nil); err != nil {
			t.Error(err)
		}
		return
	}
	folder := t.TempDir()
	yaml := writeFile(t, folder+"/case.yaml", fmt.Appendf(nil, "source: { name: in, %s }\nsink: { jsonl: {} }\n%s\n", strings.ReplaceAll(c.source, "DIR", dir), c.more))
	code, stderr := exit(t, program(t, "run", yaml, "--run", folder))
	if c.lost {
		if code != 1 || !strings.Contains(stderr, run.ErrShardsLost.Error()) {
			t.Errorf("exit code %d: %s", code, stderr)
		}
		return
	}
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var s ledger.Stats
	l := &ledger.Ledger{Store: store.Local(folder)}
	if err := l.ReadJSON(t.Context(), "stats.json", &s); err != nil {
		t.Fatal(err)
	}
	var noted int64
	for _, n := range s.Sources[0].Noted {
		noted += n
	}
	if s.Documents != c.documents || s.QuarantinedSum() != c.quarantined || noted != c.noted {
		t.Errorf("%d documents, %d in quarantine, %d noted; want %d, %d, %d\n%s",
			s.Documents, s.QuarantinedSum(), noted, c.documents, c.quarantined, c.noted, quarantine(t, folder))
	}
	docs := readParts(t, folder+"/parts")
	if int64(len(docs)) != c.documents {
		t.Errorf("%d different ids among %d documents", len(docs), c.documents)
	}
	for _, id := range c.ids {
		if docs[id] == nil {
			t.Errorf("no document %s", id)
		}
	}
	var texts []string
	for id, d := range docs {
		texts = append(texts, d["text"].(string))
		t.Logf("%s: %.80q", id, d["text"])
		if c.gone != "" && strings.Contains(d["text"].(string), c.gone) {
			t.Errorf("%s has %s", id, c.gone)
		}
		if c.numbers != nil && d["h"] != c.numbers[id] {
			t.Errorf("%s: h is %v, want %v", id, d["h"], c.numbers[id])
		}
	}
	slices.Sort(texts)
	if c.texts != nil && !slices.Equal(texts, c.texts) {
		t.Errorf("texts %q, want %q", texts, c.texts)
	}
}
