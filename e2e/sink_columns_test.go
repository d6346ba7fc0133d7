package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	parts "github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/store"
)

const sinkColumnsPipeline = `
name: p
source: { name: web, jsonl: { paths: ["IN/*.jsonl"] } }
stages: [token_count]
sink:
- { name: plain, jsonl: { dir: OUT/plain } }
- name: other
  where: "tokens > 0"
  partition_by: [source]
  rename: { text: content, tokens: url, url: address, source: origin }
  drop: [cluster_id, src_offset]
  carry: drop
  jsonl: { dir: OUT/other }
- { name: table, rename: { id: url, url: id }, arrow: { dir: OUT/table } }
- { name: nameless, drop: [id, tokens], rename: { url: link }, parquet: { dir: OUT/nameless } }
`

// Names in conditions and partitions are the documents', names in files, folders and
// manifests those that the sink gives; what reads a run finds the columns back.
func TestSinkColumns(t *testing.T) {
	dir := t.TempDir()
	var lines []byte
	for i := range 4 {
		lines = fmt.Appendf(lines, "{\"id\":\"d%d\",\"url\":\"http://h/%d\",\"text\":\"text number %d\",\"note\":\"n\"}\n", i, i, i)
	}
	writeFile(t, dir+"/in/a.jsonl", lines)
	pipeline := strings.NewReplacer("IN", dir+"/in", "OUT", dir+"/out").Replace(sinkColumnsPipeline)
	file := writeFile(t, dir+"/p.yaml", []byte(pipeline))
	text := string(output(t, program(t, "check", file)))
	for _, want := range []string{
		"sink     other (jsonl) where tokens > 0 by source with text as content, tokens as url, url as address, source as origin without cluster_id, src_offset, extra\n",
		"sink     table (arrow) with id as url, url as id\n", "sink     nameless (parquet) with url as link without id, tokens\n", "sink     plain (jsonl)\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("check says\n%s\nand not %s", text, want)
		}
	}
	output(t, program(t, "run", file, "--run", dir+"/run"))

	docs := func(folder, id, text string) map[string]map[string]any {
		t.Helper()
		found := map[string]map[string]any{}
		names, _ := filepath.Glob(folder + "/*.jsonl.zst")
		for _, name := range names {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := decompress(f)
			if err != nil {
				t.Fatal(err)
			}
			for dec := json.NewDecoder(r); dec.More(); {
				var d map[string]any
				if err := dec.Decode(&d); err != nil {
					t.Fatal(err)
				}
				found[d[id].(string)] = d
				if d[text] == nil {
					t.Errorf("%s: no %s in %v", name, text, d)
				}
			}
			_ = r.Close()
		}
		return found
	}
	plain, other := docs(dir+"/out/plain", "id", "text"), docs(dir+"/out/other/origin=web", "id", "content")
	if len(plain) != 4 || len(other) != 4 {
		t.Fatalf("%d and %d documents", len(plain), len(other))
	}
	for id, d := range plain {
		want := maps.Clone(d)
		want["content"], want["url"], want["address"] = d["text"], d["tokens"], d["url"]
		for _, c := range []string{"text", "tokens", "source", "src_offset", "extra"} {
			delete(want, c)
		}
		if got := other[id]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v\nwant %v", got, want)
		}
	}
	m, err := parts.Read(t.Context(), store.Local(dir+"/out/other"), "")
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range m.Columns {
		columns = append(columns, fmt.Sprint(c.Name, " ", c.Type, " ", c.Partition))
	}
	for _, c := range []string{"address string false", "url int false", "content string false", "cluster_size int false", "origin string true"} {
		if !slices.Contains(columns, c) {
			t.Errorf("the manifest has no column %s: %q", c, columns)
		}
	}
	if len(columns) != 12 {
		t.Errorf("%d columns: %q", len(columns), columns)
	}

	show := func(code int, what string, want ...string) {
		t.Helper()
		got, stderr := exit(t, program(t, "show", dir+"/run", "--why", what))
		if got != code {
			t.Errorf("%s: exit code %d: %s", what, got, stderr)
		}
		text := stderr
		if code == 0 {
			text = string(output(t, program(t, "show", dir+"/run", "--why", what, "--full")))
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: want %q in\n%s", what, w, text)
			}
		}
	}
	show(0, "d2", "kept     in part-", "kept     in origin=web/part-", ".arrow, row 2; 4 tokens", "row 2; 4 tokens", "lacks    cluster_id: the sink leaves", "text number 2")
	show(0, "http://h/2", "origin=web/part-", "lacks    id, tokens: the sink leaves them out", "row 2\n")
	show(1, "http://h/9", "nothing found; the parts of the sink nameless have no id (drop): a document there is found by its URL alone")
	if text := string(output(t, program(t, "verify", dir+"/run"))); !strings.Contains(text, "every document accounted for") {
		t.Error(text)
	}

	// The plan runs by itself; a name changed in one sink leaves the bytes of the others.
	output(t, program(t, "run", dir+"/run/plan.yaml", "--run", dir+"/run"))
	before := map[string]string{}
	for _, sink := range []string{"plain", "nameless", "other/origin=web"} {
		before[sink] = strings.Join(slices.Sorted(maps.Keys(dirBytes(t, dir+"/out/"+sink))), " ")
	}
	writeFile(t, dir+"/p.yaml", []byte(strings.Replace(pipeline, "text: content", "text: body", 1)))
	output(t, program(t, "run", file, "--run", dir+"/run"))
	for sink, names := range before {
		now := strings.Join(slices.Sorted(maps.Keys(dirBytes(t, dir+"/out/"+sink))), " ")
		if (now == names) != (sink != "other/origin=web") {
			t.Errorf("%s: %s, before %s", sink, now, names)
		}
	}
}

// What is wrong with the columns of a sink is told with its place and what would help.
func TestSinkColumnsThatAreRefused(t *testing.T) {
	all := "[id, url, source, host, text, lang, lang_score, tokens, cluster_id, cluster_size, fetched_at, src_shard, src_record, src_offset"
	for sink, want := range map[string]string{
		"rename: { tokns: n }, jsonl: {}":                                  `:3:26: rename: there is no column "tokns"; did you mean "tokens"?`,
		"rename: { qqqqqqqq: n }, jsonl: {}":                               `rename: there is no column "qqqqqqqq"; known: id, url`,
		"rename: { tokens: '' }, jsonl: {}":                                `:3:27: rename: tokens: a column has a name: to leave it out, use drop`,
		"rename: { tokens: text }, jsonl: {}":                              `:3:27: rename: tokens: there is a column text, which stays: rename or drop it too`,
		"rename: { text: tokens }, jsonl: {}":                              `:3:25: rename: text: there is a column tokens, which stays`,
		"rename: { text: a, tokens: a }, jsonl: {}":                        `:3:36: rename: text and tokens would both be called a`,
		"rename: { tokens: a, text: a }, jsonl: {}":                        `:3:36: rename: text and tokens would both be called a`,
		"rename: { tokens: a }, drop: [tokens], jsonl: {}":                 `:3:27: rename: tokens is dropped too: take it out of one of the two`,
		"rename: { extra: a }, carry: drop, jsonl: {}":                     `rename: extra is dropped too`,
		"rename: { lang: a=b }, partition_by: [lang], jsonl: {}":           `:3:25: rename: lang is a column of the folders (partition_by), whose names hold no / and =`,
		"rename: { lang: _b }, partition_by: [lang], jsonl: {}":            `whose names hold no / and =, and where _ or . in front hides them: "_b"`,
		"rename: [a], jsonl: {}":                                           `want a mapping`,
		"drop: [cluster], jsonl: {}":                                       `:3:16: drop: there is no column "cluster"; did you mean "cluster_id"?`,
		"drop: [url, tokens, url], jsonl: {}":                              `:3:29: drop: url is named twice`,
		"drop: [lang], partition_by: [lang], jsonl: {}":                    `:3:16: drop: lang is a column of the folders (partition_by), which no file has`,
		"drop: " + all + "], carry: drop, jsonl: {}":                       `:3:16: no column is left for the files`,
		"drop: " + all + ", extra], jsonl: {}":                             `:3:16: no column is left for the files`,
		"drop: " + all + "], jsonl: {}":                                    "",
		"rename: { text: tokens, tokens: text }, jsonl: {}":                "",
		"rename: { text: tokens }, drop: [tokens], jsonl: {}":              "",
		"rename: { lang: _b, text: 'a=b' }, jsonl: {}":                     "",
		"drop: [extra], carry: drop, jsonl: {}":                            "",
		"drop: [], rename: {}, carry: extra, jsonl: {}":                    "",
		"jsonl: { drop: [tokens], rename: { text: tokens }, carry: drop }": "",
		"carry: keep, jsonl: {}":                                           `:3:16: carry: "keep": want extra or drop`,
		"rename: { text: t }, megatron: { tokenizer: gpt2 }":               `:3:19: rename: the files of the sink megatron have no columns: it reads id, text of the documents, under their own names; remove rename`,
		"drop: [extra], nanotron: { tokenizer: gpt2 }":                     `drop: the files of the sink nanotron have no columns`,
		"carry: drop, partition_by: [lang], megatron: { tokenizer: gpt2 }": `carry: the files of the sink megatron have no columns`,
	} {
		dir := t.TempDir()
		writeFile(t, dir+"/in/a.jsonl", docsOf("a", 1))
		writeFile(t, dir+"/p.yaml", []byte("source: { jsonl: { paths: [in/*.jsonl] } }\nstages: []\nsink: { "+sink+" }\n"))
		code, stderr := exit(t, programIn(t, dir, "check", "p.yaml"))
		if (code != 0) != (want != "") || want != "" && (code != 2 || !strings.Contains(stderr, want)) {
			t.Errorf("%s: exit code %d: %s\nwant %s", sink, code, stderr, want)
		}
	}
}
