package report

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/store"
)

func TestParse(t *testing.T) {
	const all = `# The plan of this run
segments: delete
s3: { endpoint: "host:9000", region: here, path_style: true, insecure: true }
source: [{ web: { jsonl: { paths: [a] } } }]
stages:
- a_stage_of_a_later_version: { as: other, list: [1, 2], tokenizer: gpt2 }
- bare
sink: { parquet: { dir: "" } }
rejects: { text_sample: 0.5, jsonl: { dir: s3://b/rejects } }
a_key_of_a_later_version: 1
`
	p, err := parse("plan.yaml", []byte(all))
	if err != nil {
		t.Fatal(err)
	}
	var defs []string
	for _, s := range append(p.Stages, p.Sinks[0], p.Rejects) {
		defs = append(defs, s.Def)
	}
	if want := []string{"a_stage_of_a_later_version", "bare", "parquet", "jsonl"}; !slices.Equal(defs, want) {
		t.Errorf("%q, want %q", defs, want)
	}
	for _, c := range []struct {
		part      Part
		key, want string
	}{
		{p.Stages[0], "tokenizer", "gpt2"}, {p.Stages[0], "list", ""}, {p.Stages[0], "none", ""}, {p.Stages[1], "tokenizer", ""},
		{p.Sinks[0], "dir", ""}, {p.Rejects, "dir", "s3://b/rejects"},
	} {
		if got := c.part.Setting(c.key); got != c.want {
			t.Errorf("%s.%s is %q, want %q", c.part.Def, c.key, got, c.want)
		}
	}
	if want := (store.Server{Endpoint: "host:9000", Region: "here", PathStyle: true, Insecure: true}); p.Segments != "delete" || p.server != want {
		t.Errorf("segments %s, server %+v", p.Segments, p.server)
	}
	if p, err = parse("plan.yaml", []byte("sink: parquet\nrejects: parquet")); err != nil || p.Segments != "keep" || p.Sinks[0].Def != "parquet" {
		t.Errorf("%+v, %v", p, err)
	}
}

// Columns are found under the names that a sink gives them.
func TestColumnsInParts(t *testing.T) {
	p, err := parse("plan.yaml", []byte("sink: { parquet: {}, rename: { text: content, tokens: text, source: '01' }, drop: [url], carry: \"drop\" }\nrejects: s"))
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]string{"text": "content", "tokens": "text", "source": "01", "url": "", "extra": "", "id": "id"} {
		if got := p.Sinks[0].InParts(column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
		if got := p.Rejects.InParts(column); got != column {
			t.Errorf("rejects: %s is %q", column, got)
		}
	}
}

// The stages in the cases of a switch are stages of the plan.
func TestParseSwitch(t *testing.T) {
	p, err := parse("plan.yaml", []byte("stages: [{ switch: { by: lang, cases: { zh: [a, { switch: { cases: { x: [{ b: { key: v } }] } } }], en: [] }, default: [c] } }, d]\nsink: s\nrejects: s"))
	if err != nil {
		t.Fatal(err)
	}
	var defs []string
	for _, s := range p.Stages {
		defs = append(defs, s.Def)
	}
	if want := []string{"switch", "a", "switch", "b", "c", "d"}; !slices.Equal(defs, want) || p.Stages[3].Setting("key") != "v" {
		t.Errorf("%q, want %q", defs, want)
	}
	if _, err := parse("plan.yaml", []byte("stages: [{ switch: { cases: { zh: [[]] } } }]\nsink: s\nrejects: s")); err == nil || !strings.Contains(err.Error(), "plan.yaml:1:36: stages: want") {
		t.Error(err)
	}
}

// A damaged plan is told with its place.
func TestParseMistakes(t *testing.T) {
	for src, want := range map[string]string{
		"sink: parquet":                            "plan.yaml:1:1: the plan of a run names its rejects",
		"rejects: parquet":                         "plan.yaml:1:1: the plan of a run names its sink",
		"sink: []\nrejects: parquet":               "plan.yaml:1:7: sink: want { name: { settings } }",
		"sink: x\nrejects:\n  text_sample: 1":      "rejects: want { name: { settings } }",
		"stages: [[]]\nsink: x\nrejects: parquet":  "stages: want { name: { settings } }",
		"s3: { bucket: b }\nsink: x\nrejects: x":   "unknown key",
		"sink: { parquet: { dir: a\nrejects: none": "plan.yaml:",
	} {
		_, err := parse("plan.yaml", []byte(src))
		var mistake *config.Error
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}
