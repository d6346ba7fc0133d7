package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

const (
	oneSource = "source: { jsonl: { paths: [in.jsonl] } }\n"
	twoStages = "stages:\n  - exact_dedup: {}\n  - minhash: {}\n"
	oneSink   = "sink: { jsonl: { dir: out } }\n"
	sound     = oneSource + twoStages + oneSink
)

// TestMistakes makes the mistakes that people make, one at a time: the error says where,
// what is wrong and what to do, and the exit code that it was the line or the pipeline.
func TestMistakes(t *testing.T) {
	long := strings.Repeat("a", 300)
	table := bodies(t)
	for _, c := range []struct {
		name string
		yaml string
		args string // behind "check p.yaml" where they begin with a dash
		want string
	}{
		{"a stage of --set", sound, "--set stages.minhsh.bands=20", `--set stages.minhsh.bands=20: nothing here is called "minhsh"; did you mean "minhash"?`},
		{"a far stage of --set", sound, "--set stages.zzz.bands=20", `nothing here is called "zzz"; there are exact_dedup, minhash`},
		{"a setting of --set", sound, "--set stages.minhash.bnds=20", `--set stages.minhash.bnds=20: unknown key "bnds"; did you mean "bands"?`},
		{"a value of --set", sound, "--set stages.minhash.bands=abc", `--set stages.minhash.bands=abc: "abc": want a whole number`},
		{"a limit of --set", sound, "--set stages.minhash.ngram=-1", `(with --set stages.minhash.ngram=-1)`},
		{"a list of --set", sound, "--set source.jsonl.paths=x", `--set source.jsonl.paths=x: want a list, also of one: [x]`},
		{"half a list of --set", sound, "--set source.jsonl.paths=[x", `--set source.jsonl.paths=[x: want a list: [a, b]`},
		{"no value of --set", sound, "--set bands", `--set bands: want path=value, such as`},
		{"a block of --set", sound, "--set stges.minhash.bands=1", `--set stges.minhash.bands=1: unknown key "stges"; did you mean "stages"?`},
		{"a source of --set", sound, "--set source.jsnl.paths=x", `--set source.jsnl.paths=x: unknown source "jsnl"; did you mean "jsonl"?`},
		{"a whole stage of --set", sound, "--set stages.minhash=5", `--set stages.minhash=5: minhash is a whole part: want a setting of it, stages.minhash.KEY=value`},
		{"a name of --set", sound, "--set stages.minhash.as=a/b", `--set stages.minhash.as=a/b: stage name "a/b": use letters, digits, - and _`},
		{"a deep value of --set", sound, "--set vars.x=" + strings.Repeat("[", 1000), `nested more than 64 deep`},
		{"a long value of --set", sound, "--set vars.x=" + strings.Repeat("x", 65<<10), `more than 64 KiB: put it into the file`},

		{"several at once", "nme: x\n" + oneSource + "stages:\n  - minhsh: {}\n  - minhash: { bnds: 1, ngram: x }\nsink: { jsonl: { dir: [] } }\nerrors_max: -1\n", "",
			"p.yaml:1:1: unknown key \"nme\"; did you mean \"name\"?\np.yaml:4:5: unknown stage \"minhsh\"; did you mean \"minhash\"?\n" +
				"p.yaml:5:16: unknown key \"bnds\"; did you mean \"bands\"?\np.yaml:5:32: \"x\": want a whole number\np.yaml:6:23: want one value here, of type a string\np.yaml:7:13: errors_max: want a number of records, 0 or more, or off\n"},

		{"no such file", "", "check p.yml", "p.yml: no such file, and no such recipe; recipes are crawl, datagen, documents, fileqa-model, fileqa, fineweb, mdfs-zh, quickstart, stackexchange, web-zh-en, wikipedia"},
		{"a recipe", "", "check pipelines/quickstrt.yaml", "no such file, and no such recipe; did you mean the recipe quickstart?"},
		{"a recipe to extend", "extends: finweb\n", "", `p.yaml:1:10: extends "finweb": no such recipe, and no such file; did you mean the recipe fineweb?`},
		{"a folder", "", "check .", ". is a folder: want a pipeline file"},
		{"a folder of data", "", "run empty", "empty is a folder: want a pipeline file; corpusmill init empty writes one for the files in it\n"},
		{"a folder with a pipeline", "", "run with", "with is a folder: want a pipeline file, such as with/pipeline.yaml\n"},
		{"a folder for its tasks", "", "tasks empty", "empty: no plan with tasks is there"},
		{"lines", "", "run in.jsonl", "corpusmill: in.jsonl is data (jsonl) and no pipeline: corpusmill init in.jsonl writes a pipeline for it\n"},
		{"lines to check", "", "check in.jsonl", "in.jsonl is data (jsonl) and no pipeline: corpusmill init in.jsonl "},
		{"lines to try", "", "try in.jsonl --id a", "in.jsonl is data (jsonl) and no pipeline: corpusmill init in.jsonl "},
		{"a table", "", "run a.parquet", "a.parquet is data (parquet) and no pipeline: corpusmill init a.parquet "},
		{"an archive", "", "run a.warc.gz", "a.warc.gz is data (warc) and no pipeline: corpusmill init a.warc.gz "},
		{"a page", "", "run a.html", "a.html is data (html) and no pipeline: corpusmill init a.html "},
		{"a text", "", "run a.txt", "a.txt is data (text) and no pipeline: corpusmill init a.txt "},
		{"a pattern", "", "run *.parquet", "*.parquet is data (parquet) and no pipeline: corpusmill init '*.parquet' writes"},
		{"a location", "", "run s3://bucket/a.warc.gz", "s3://bucket/a.warc.gz is data (warc) and no pipeline: corpusmill init s3://bucket/a.warc.gz "},
		{"a location to check", "", "check s3://bucket/a.warc.gz", "s3://bucket/a.warc.gz is data (warc) and no pipeline: "},
		{"a pipeline in JSON", "", "check p.json", `p.json:1:2: unknown key "surce"; did you mean "source"?`},
		{"another name of a pipeline", "", "check p.conf", "p.conf:1:7: a second colon"},
		{"an empty file", "", "", "p.yaml: is empty, or has nothing but comments"},
		{"comments alone", "# one\n", "", "p.yaml: is empty, or has nothing but comments"},
		{"two documents", "a: 1\n---\nb: 2\n", "", "p.yaml:2:1: want one YAML document, found 2"},

		{"two sources, in braces", "source: { jsonl: { paths: [a] }, parquet: { paths: [b] } }\n" + oneSink, "", "p.yaml:1:11: here are jsonl and parquet in one source: more than one is a list, with a dash before each: - jsonl: { ... }"},
		{"two sources, in lines", "source:\n  jsonl: { paths: [a] }\n  parquet: { paths: [b] }\n" + oneSink, "", "p.yaml:2:3: here are jsonl and parquet in one source"},
		{"two sinks", oneSource + "sink: { jsonl: { dir: a }, parquet: { dir: b } }\n", "", "here are jsonl and parquet in one sink"},
		{"settings beside a source", "source: { jsonl: {}, paths: [a] }\n" + oneSink, "", `p.yaml:1:22: unknown source "paths": settings of a source stand below its name`},
		{"stages without dashes", oneSource + "stages:\n  exact_dedup: {}\n  minhash: {}\n" + oneSink, "", "p.yaml:3:3: stages: want a list of stages, with a dash before each: - exact_dedup: { ... }"},
		{"one dash for two stages", oneSource + "stages:\n  - exact_dedup: {}\n    minhash: {}\n" + oneSink, "", "p.yaml:3:5: here are exact_dedup and minhash in one stage"},
		{"a path and no list", "source: { jsonl: { paths: in.jsonl } }\n" + oneSink, "", "p.yaml:1:27: want a list, also of one: [in.jsonl]"},
		{"a stage", oneSource + "stages: [minhsh]\n" + oneSink, "", `p.yaml:2:10: unknown stage "minhsh"; did you mean "minhash"?`},
		{"a tokenizer", oneSource + "stages: [token_count: { tokenizer: o200k_bse }]\n" + oneSink, "", "p.yaml:2:25: token_count: o200k_bse: no such tokenizer, and no such file; did you mean o200k_base?"},
		{"a tokenizer of a flag", "", "tokens --tokenizer o200k_bse in.jsonl", "--tokenizer o200k_bse: no such tokenizer, and no such file; did you mean o200k_base?"},
		{"a far tokenizer of a flag", "", "tokens --tokenizer zzzzzzzzz in.jsonl", "known: cl100k_base, gpt2, o200k_base"},
		{"a variable", "source: { jsonl: { paths: ['${NO_SUCH_VARIABLE}'] } }\n" + oneSink, "", "variable NO_SUCH_VARIABLE is not set; give it with --set vars.NO_SUCH_VARIABLE=..."},

		{"not deep enough", "source:\n  jsonl:\n    paths: [a]\n   text_field: b\n", "", "p.yaml:4:4: the indentation fits no line before: it is 3, those are 0, 2, 4; keys of one block, and dashes of one list, stand below each other\n    4 |    text_field: b\n      |    ^"},
		{"too deep", "source:\n  jsonl:\n    paths: [a]\n      text_field: b\n", "", "p.yaml:4:7: the indentation fits no line before: it is 6, those are 0, 2, 4"},
		{"a dash too deep", "stages:\n- exact_dedup: {}\n - minhash: {}\n", "", "p.yaml:3:2: the indentation fits no line before: it is 1, those are 0"},
		{"a tab", "source:\n\tjsonl: {}\n", "", "p.yaml:2:1: a tab indents this line, or the one before: YAML wants spaces\n    2 | →jsonl: {}\n      | ^"},
		{"a bracket", "source: { jsonl: { paths: [a }\n", "", "p.yaml:1:30: a bracket opens here and does not close, or a comma is missing"},
		{"a colon", oneSource + "sink { jsonl: { dir: out } }\n", "", "a colon is missing behind sink: write sink: and a space\n    2 | sink { jsonl"},
		{"a space", oneSource + "sink:{ jsonl: { dir: out } }\n", "", "a space is missing behind sink:\n    2 | sink:{"},
		{"two colons", "name: it: me\n", "", "p.yaml:1:7: a second colon in the value of a key: put the value in quotes"},
		{"a quote", "name: \"it\n", "", "p.yaml:1:7: could not find end character of double-quoted text\n    1 | name: \"it\n      |       ^"},
		{"a sign", "name: @me\n", "", "p.yaml:1:7: '@' is a reserved character: put the value in quotes"},
		{"a key twice", oneSource + oneSource, "", `p.yaml:2:1: mapping key "source" already defined at [1:1]`},
		{"brackets without end", strings.Repeat("[", 200_000), "", "p.yaml:1:65: nested more than 64 deep"},

		{"an empty folder", "source: { jsonl: { paths: [empty/*] } }\n" + oneSink, "run p.yaml", "p.yaml:1:20: source jsonl: empty/*: no file matches: the folder is not there, is empty, or has no such names"},
		{"a folder of input", "source: { jsonl: { paths: [empty] } }\n" + oneSink, "run p.yaml", "p.yaml:1:20: source jsonl: pattern empty: ./empty is a folder; add /** to take every file below it"},
		{"no such input", "source: { jsonl: { paths: [none.jsonl] } }\n" + oneSink, "run p.yaml", "p.yaml:1:20: source jsonl: pattern none.jsonl: there is no file none.jsonl in ."},
		{"a text field", "source: { jsonl: { paths: [in.jsonl], text_field: txt } }\n" + oneSink, "run p.yaml", `p.yaml:1:20: source jsonl: jsonl/in.jsonl: no record has a field "txt": set text_field; did you mean "text"?; the first records have text, title`},

		{"a text column", "source: { parquet: { paths: [a.parquet] } }\n" + oneSink, "", `p.yaml:1:22: source parquet: parquet/a.parquet: no column "text"; the file has body: set text_column`},
		{"a misspelt text column", "source: { parquet: { text_column: bdy, paths: [a.parquet] } }\n" + oneSink, "run p.yaml", `no column "bdy"; the file has body: set text_column; did you mean "body"?`},
		{"a text column without the others", "source: { parquet: { paths: [a.parquet], columns: none } }\n" + oneSink, "", `no column "text"; the file has body: set text_column`},
		{"a rule's name", oneSource + "stages:\n  - reject:\n      where: text_bytes < 5\n      rule: too short\n" + oneSink, "", "p.yaml:5:13: reject: rule: want letters, digits, _ and -, 64 at most"},
		{"a condition of a stage", oneSource + "stages:\n  - reject:\n      rule: short\n      where: tkens < 5\n" + oneSink, "", `p.yaml:5:14: reject: where: character 1: there is no column "tkens"; did you mean "tokens"?`},
		{"per of nothing", oneSource + "stages:\n  - minhash:\n      bands: 20\n      per: [site]\n" + oneSink, "", `p.yaml:5:12: minhash: per: "site": want lang or source`},
		{"two limits", oneSource + "stages:\n  - chinese_grade:\n      min_high: 0.1\n      min_middle: 0.5\n" + oneSink, "", "p.yaml:5:19: chinese_grade: min_middle, min_high: "},
		{"a run's name", "name: ../x\n" + sound, "", `p.yaml:1:7: name "../x": the run folder is called by it: no slash`},
		{"a run's name, hidden", "name: .x\n" + sound, "", "no dot or space at its ends"},
		{"a run's name, with a sign", `name: "a\x1b[2Jb"` + "\n" + sound, "", `name "a\x1b[2Jb": the run folder is called by it`},
		{"a long run's name", "name: " + long + "\n" + sound, "", `p.yaml:1:7: name "aaaaaaaaaaaaaaaaaaaa"...: 300 bytes, want at most 100`},
		{"a long source's name", "source: { name: " + long + ", jsonl: { paths: [in.jsonl] } }\n" + oneSink, "", `p.yaml:1:17: source name "aaaaaaaaaaaaaaaaaaaa"...: 300 characters, want at most 100`},
		{"a source's name", "source: { name: ../x, jsonl: { paths: [in.jsonl] } }\n" + oneSink, "", `p.yaml:1:17: source name "../x": use letters, digits, - and _`},
		{"a long stage's name", oneSource + "stages: [exact_dedup: { as: " + long + " }]\n" + oneSink, "", `p.yaml:2:29: stage name "aaaaaaaaaaaaaaaaaaaa"...: 300 characters, want at most 100`},
		{"a stage's name", oneSource + "stages: [exact_dedup: { as: ../x }]\n" + oneSink, "", `p.yaml:2:29: stage name "../x": use letters, digits, - and _`},
		{"a long sink's name", oneSource + "sink: [{ name: " + long + ", jsonl: { dir: out } }]\n", "", `p.yaml:2:16: sink name "aaaaaaaaaaaaaaaaaaaa"...: 300 characters, want at most 100`},
		{"a sink's name", oneSource + "sink: [{ name: ../x, jsonl: { dir: out } }]\n", "", `p.yaml:2:16: sink name "../x": use letters, digits, - and _`},
		{"a long set of parts", oneSource + "sink: { append: " + long + ", jsonl: { dir: out } }\n", "", "p.yaml:2:17: append: "},

		{"a command", "", "rn p.yaml", `unknown command "rn"`},
		{"no pipeline", "", "run", "want PIPELINE, got 0 words; usage: corpusmill run PIPELINE [flags]"},
		{"a flag", "", "run p.yaml --wrkers 3", "unknown flag: --wrkers; did you mean --workers?"},
		{"a far flag", "", "run p.yaml --zzzzzzzzzz 3", "unknown flag: --zzzzzzzzzz; corpusmill run --help lists what there is"},
		{"a size", "", "run p.yaml --memory 4XB", `--memory: "4XB" is no size: write 64MiB`},
		{"a crawl into a folder of the user's", "", "crawl --seed http://a.example/ --contact a@b.example --out .", "corpusmill: .: it has files, and none of a crawl: name a new or empty folder\n"},
		{"a crawl into a bucket", "", "crawl --seed http://a.example/ --contact a@b.example --out s3://b/c", "out: s3://b/c: a crawl goes to a folder of this machine"},
		{"no run", "", "show nosuch", "nosuch: no such folder"},
		{"a folder of no run", "", "show empty", "empty: this is no run folder: it has no plan.yaml"},
		{"a pipeline for a run", "", "show p.yaml", "p.yaml: this is a file: want the folder of a run, such as runs/NAME"},
		{"a pipeline for a run to verify", "", "verify p.yaml", "p.yaml: this is a file: want the folder of a run, such as runs/NAME"},
		{"a pipeline for a run to clean", "", "gc p.yaml", "p.yaml: this is a file: want the folder of a run, such as runs/NAME"},
		{"two questions at once", "", "show empty --rejects a --why b", "corpusmill: --rejects and --why do not go together\n"},
		{"a review with a list of words", "", "evidence empty --verdicts a.csv --words b.txt", "corpusmill: --verdicts and --words do not go together\n"},
		{"one run of two", "", "diff empty", "want RUN RUN, got 1 word; usage: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			put(t, map[string]string{"p.yaml": c.yaml, "in.jsonl": `{"text":"a","title":"b"}` + "\n", "a.parquet": table, "with/pipeline.yaml": "",
				"a.warc.gz": "\x1f\x8b", "a.html": "<!DOCTYPE html><title>a: b: c</title>", "a.txt": "a: b: c", "p.conf": "name: a: b",
				"p.json": `{"surce": {"jsonl": {"paths": ["in.jsonl"]}}, "sink": {"jsonl": {"dir": "out"}}}`})
			if err := os.Mkdir("empty", 0o700); err != nil {
				t.Fatal(err)
			}
			args := strings.Fields(c.args)
			if len(args) == 0 || strings.HasPrefix(args[0], "-") {
				args = append([]string{"check", "p.yaml"}, args...)
			}
			var out, errs bytes.Buffer
			code := cli.Run(t.Context(), corpusmill.App(), args, strings.NewReader(""), &out, &errs)
			if code != 2 || !strings.Contains(errs.String(), c.want) {
				t.Errorf("%.200v: exit code %d\n got %.600s\nwant %s", args, code, errs.String(), c.want)
			}
			if _, err := os.Stat("runs"); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// bodies is a Parquet file with a text in the column body and no other.
func bodies(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[struct {
		Body string `parquet:"body"`
	}](&b)
	if _, err := w.Write(make([]struct {
		Body string `parquet:"body"`
	}, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSummaryOfMistake writes the summary also of a run that was refused before it began: who
// reads it after the exit code finds why.
func TestSummaryOfMistake(t *testing.T) {
	for name, c := range map[string]struct{ yaml, args, want string }{
		"no pipeline":    {"", "run none.yaml --run r", "no such file"},
		"data":           {"", "run in.jsonl --run r", "is data"},
		"a key":          {sound + "snk: 1\n", "run p.yaml --run r", "unknown key"},
		"a flag's value": {sound, "run p.yaml --run r --log xml", "want text or json"},
		"an expiry":      {sound, "run p.yaml --run r --claim-expiry 1ms", "--claim-expiry"},
		"a plan":         {sound, "run p.yaml --run r --set stages.minhash.keep.max=x", "no document has a column"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			put(t, map[string]string{"p.yaml": c.yaml, "in.jsonl": `{"text":"a"}` + "\n", "s.json": "of the day before"})
			code, out := command(t, append(strings.Fields(c.args), "--summary", "s.json")...)
			b, err := os.ReadFile("s.json")
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Outcome, Error string
				Run            string
				Code           int `json:"exit_code"`
			}
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if code != 2 || got.Code != 2 || got.Outcome != "failed" || !strings.Contains(got.Error, c.want) || !strings.Contains(out, got.Error) {
				t.Errorf("exit code %d, summary %s, said %s", code, b, out)
			}
		})
	}
}

// TestTryPastAStage says which condition leads a document past a stage, with its values, and
// that the one of a stage that drops it holds.
func TestTryPastAStage(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, map[string]string{
		"one.jsonl": `{"id":"a","text":"The boats leave before dawn and come back around noon with herring.","score":0.25}` + "\n",
		"two.jsonl": `{"id":"b","text":"Nets.","grade":7,"score":0.75}` + "\n" + `{"id":"c","text":"Nets."}` + "\n",
		"p.yaml": "source:\n  - { name: one, jsonl: { paths: [one.jsonl], columns: auto } }\n  - { name: two, jsonl: { paths: [two.jsonl], columns: auto } }\nstages:\n" +
			"  - language: {}\n  - reject: { where: \"score < 0.5 or host = 'x'\", rule: low }\n  - reject: { as: german, when: { lang: [de, fr] } }\n  - reject: { as: other, when: { source: [two] }, where: \"grade > 9\" }\n" + oneSink,
	})
	for id, want := range map[string][]string{
		"a": {"reject: rejected by low; `where` holds: score < 0.5 or host = 'x'; score is 0.25, host is null\n",
			"german (reject): bypassed; `when` leads past it: lang is en, not de or fr", "other (reject): bypassed; `when` leads past it: source is one, not two"},
		"b": {"reject: bypassed; `where` does not hold: score < 0.5 or host = 'x'; score is 0.75, host is null\n", "other (reject): bypassed; `where` does not hold: grade > 9; grade is 7\n"},
		"c": {"score is null", "grade is null"},
	} {
		code, out := command(t, "try", "p.yaml", "--id", id)
		for _, w := range want {
			if code != 0 || !strings.Contains(out, w) {
				t.Errorf("%s: exit code %d, no %q in\n%s", id, code, w, out)
			}
		}
	}
}

// TestInterrupted ends a run by a signal: it says what is kept and how to go on.
func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"p.yaml": sound, "in.jsonl": `{"text":"a"}` + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for args, want := range map[string]string{
		"run p.yaml --run r": "corpusmill: interrupted: 0 tasks done in this call are kept in r; run the same line again to go on\n",
		"tokens in.jsonl":    "corpusmill: interrupted\n",
		"crawl --seed http://a.example/x,y --contact a@b.example --out c": "corpusmill: interrupted: 0 pages are kept in c; run the same line again to go on\n",
	} {
		var out, errs bytes.Buffer
		code := cli.Run(ctx, corpusmill.App(), strings.Fields(args), strings.NewReader(""), &out, &errs)
		if code != 75 || !strings.HasSuffix(errs.String(), want) {
			t.Errorf("%s: exit code %d, %q", args, code, errs.String())
		}
	}
}

// Numbers that a stage adds are shown to six digits, as those that limits are held against.
func TestTryRoundsColumns(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, map[string]string{
		"a.txt":  strings.Repeat("村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐。\n", 7) + "这一行没有句号",
		"p.yaml": "source: { text: { paths: [a.txt] } }\nstages: [ { html_text: {} }, { chinese_grade: {} } ]\nsink: { parquet: {} }\n",
	})
	code, out := command(t, "try", "p.yaml", "--file", "a.txt")
	_, rest, ok := strings.Cut(out, "\n  score ")
	value, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	if code != 0 || !ok || !strings.HasPrefix(value, "0.") || len(value) > len("0.123456") {
		t.Errorf("%d, score %q\n%s", code, value, out)
	}
}
