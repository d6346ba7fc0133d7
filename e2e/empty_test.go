package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A run of which no document is left says why, and one that counts no tokens has no verdict.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir+"/bad.warc", []byte("no archive at all"))
	writeFile(t, dir+"/a.jsonl", []byte(`{"text":"one two three"}`+"\n"))
	writeFile(t, dir+"/long.jsonl", []byte(`{"text":"`+strings.Repeat("one two three ", 100)+`"}`+"\n"))
	const sizing = "sizing: { cluster: { gpu: h100-sxm, gpus: 8, mfu: 0.4, days: 3 } }\n"
	for _, c := range []struct {
		source, stages string
		code           int
		want           string
		sized          bool
	}{
		{"warc: { paths: [DIR/bad.warc] }", "[html_text, token_count]", 5, "no document was left (1 in quarantine, the first: warc/bad.warc, record 0: warc: no record starts here)", false},
		{"jsonl: { paths: [DIR/a.jsonl] }", "[{ gopher_quality: {} }, token_count]", 5, "no document was left: corpusmill show", false},
		{"jsonl: { paths: [DIR/a.jsonl] }", "[]", 0, "No verdict on size: nothing in the pipeline counts tokens; put", false},
		{"jsonl: { paths: [DIR/a.jsonl] }", "[token_count]", 0, "No verdict on size: sizing: bad input: 3 tokens at 20 a parameter\n              carry less than one parameter.", false},
		{"jsonl: { paths: [DIR/long.jsonl] }", "[token_count]", 0, "301 tokens: a model of 1M parameters takes 20M", true},
	} {
		run := filepath.Join(t.TempDir(), "run")
		yaml := strings.ReplaceAll("shards_lost_max: 1\nsource: { "+c.source+" }\nstages: "+c.stages+"\nsink: { jsonl: {} }\n"+sizing, "DIR", dir)
		command := program(t, "run", writeFile(t, filepath.Join(t.TempDir(), "p.yaml"), []byte(yaml)), "--run", run)
		var stdout bytes.Buffer
		command.Stdout = &stdout
		code, stderr := exit(t, command)
		_, err := os.Stat(run + "/sizing.json")
		if code != c.code || !strings.Contains(stdout.String()+stderr, c.want) || !strings.Contains(stderr, "stage") || (err == nil) != c.sized {
			t.Errorf("%s %s: exit %d, sized %v: %s%s", c.source, c.stages, code, err == nil, &stdout, stderr)
		}
	}
	var docs map[string]map[string]any
	for stages, want := range map[string]bool{"[]": false, "[token_count]": true} {
		_, out, err := inProcess(t, "source: { jsonl: { paths: ["+dir+"/a.jsonl] } }\nstages: "+stages+"\nsink: { jsonl: {} }\n")
		if err != nil {
			t.Fatal(err)
		}
		docs = readParts(t, out+"/parts")
		for _, d := range docs {
			if _, counted := d["tokens"]; counted != want {
				t.Errorf("%s: %v", stages, d)
			}
		}
	}
	if len(docs) != 1 {
		t.Errorf("%d documents", len(docs))
	}
}
