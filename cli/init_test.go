package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// command runs a command line.
func command(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	code = cli.Run(t.Context(), corpusmill.App(), args, strings.NewReader(""), &b, &b)
	return code, b.String()
}

// put writes files below the working folder.
func put(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// article is a text that the rules of English pages keep, different for each number.
func article(n string) string {
	return "The harbour of " + n + " was built when salt still paid for everything, and its walls have outlived three companies and two wars.\n" +
		"Fishermen leave before dawn from the northern pier, where a lamp burns all night so that nobody misses the narrow gap between the rocks.\n" +
		"Around noon they come back with herring and flounder, and the auction in the brick hall takes hardly longer than a cup of coffee.\n" +
		"What is not sold goes to the smokehouse behind the church, which has been run by the same family since their grandfather bought it.\n" +
		"Visitors are told to walk along the dyke in the evening, because the light over the mudflats then turns from silver into copper.\n" +
		"In winter, however, most houses stand empty, and the council has argued for years about whether a school with nine pupils can be kept open.\n"
}

// TestInit writes a pipeline for each kind of source; what it writes passes check and runs.
func TestInit(t *testing.T) {
	demo, err := filepath.Abs("../pipelines/demo/demo-00.warc.gz")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	warc, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	var lines, odd strings.Builder
	for _, n := range []string{"one", "two", "three", "four"} {
		text := strings.ReplaceAll(article(n), "\n", `\n`)
		lines.WriteString(`{"id":"` + n + `","text":"` + text + `","url":"https://a.example/` + n + `"}` + "\n")
		odd.WriteString(`{"doc_id":7,"meta":{"score":0.5,"lang":"en"},"Body Text":"` + text + `","title":"short","link":"https://a.example/` + n + `"}` + "\n")
	}
	page := func(n string) string {
		return "<html><head><title>t</title></head><body><article><p>" + strings.ReplaceAll(article(n), "\n", "</p><p>") + "</p></article></body></html>"
	}
	put(t, map[string]string{
		"warc/a.warc.gz": string(warc), "jsonl/a.jsonl": lines.String(), "odd/a.json": odd.String(),
		"html/a.html": page("one"), "html/b.html": page("two"), "text/a.txt": article("one"), "text/sub/b.txt": article("two"),
		"documents/a.html": page("one"), "documents/b.txt": article("two"), "documents/c.fodt": "x", "documents/d.epub": epub(page("three")),
		"markup/a.md": "# One\n\n" + article("one"), "markup/b.tex": "\\documentclass{article}\n\\begin{document}\n" + article("two") + "\\end{document}\n",
		"values/a.jsonl": `{"body":"` + strings.ReplaceAll(article("one"), "\n", `\n`) + `","shot":"https://a.example/1.png","origin":"https://a.example/1","site":"https://a.example/"}` + "\n" +
			`{"body":"` + strings.ReplaceAll(article("two"), "\n", `\n`) + `","shot":"https://a.example/2.png","origin":"https://a.example/2","site":"https://a.example/"}` + "\n",
		"hollow/a.jsonl": "", "hollow/b.jsonl": "",
		"wiki/x-pages-articles.xml": `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en"><siteinfo><sitename>W</sitename><dbname>w</dbname><base>https://w.example/wiki/Main</base></siteinfo>` +
			`<page><title>One</title><ns>0</ns><id>1</id><revision><id>2</id><timestamp>2026-01-01T00:00:00Z</timestamp><model>wikitext</model><format>text/x-wiki</format><text>` + article("one") + `</text></revision></page></mediawiki>`,
		"stack/Posts.xml": `<?xml version="1.0" encoding="utf-8"?>` + "\n<posts>\n" + `<row Id="1" PostTypeId="1" CreationDate="2026-01-01T00:00:00.000" Score="3" Title="How?" Tags="&lt;go&gt;" Body="&lt;p&gt;` +
			strings.ReplaceAll(article("one"), "\n", " ") + `&lt;/p&gt;" />` + "\n</posts>\n",
		"odd name [1]/a.jsonl": lines.String(), "2026/a.jsonl": lines.String(), "mixed/a.jsonl": lines.String(), "mixed/b.html": page("five"),
		"make.yaml": "source: { jsonl: { paths: [jsonl/*] } }\nsink: [{ name: p, rename: { text: raw_content, url: page_url, id: uuid }, parquet: { dir: parquet } }, { name: o, rename: { text: raw_content, url: origin }, parquet: { dir: origin } }, { name: a, rename: { text: Inhalt }, arrow: { dir: arrow } }]\n",
	})
	if code, out := command(t, "run", "make.yaml"); code != 0 {
		t.Fatal(code, out)
	}
	for dir, want := range map[string][]string{
		"warc":          {"\n  warc:\n    paths: [\"warc/**/*.warc.gz\"]", "- gopher_quality", "\n  - chinese_trim", "\n  - chinese_spam", "\n  - chinese_quality", "# languages of "},
		"jsonl":         {"\n  jsonl:\n    paths: [\"jsonl/**/*.jsonl\"]", "- gopher_quality", "# - chinese_spam", "# - chinese_quality", "en 100 %"},
		"odd":           {"text_field: \"Body Text\"", "id_field: \"doc_id\"", "url_field: \"link\"", "other columns: meta (json), title (string)"},
		"html":          {"\n  html:\n", "- html_text: {}"},
		"text":          {"\n  text:\n", "- html_text: {}", "# - gopher_quality"},
		"documents":     {"\n  documents:\n", "- pdf_text: {}", "*.epub\"", "*.html\"", "*.txt\""},
		"markup":        {"\n  text:\n", "- markdown_text: {}", "- latex_text: {}", "- html_text: {}"},
		"values":        {"url_field: \"origin\"           # its values are addresses", "other columns: shot (string), site (string)"},
		"wiki":          {"\n  mediawiki:\n", "- wiki_text: {}"},
		"stack":         {"\n  stackexchange:\n", "- html_text: { mode: all }"},
		"parquet":       {"\n  parquet:\n", "text_column: \"raw_content\"", "url_column: \"page_url\"", "id_column: \"uuid\""},
		"origin":        {"\n  parquet:\n", "text_column: \"raw_content\"", "url_column: \"origin\"           # its values are addresses"},
		"arrow":         {"\n  arrow:\n", "text_column: \"Inhalt\""},
		"odd name [1]":  {`paths: ["odd name \\[1\\]/**/*.jsonl"]`, "name: odd-name"},
		"2026":          {`name: "2026"`},
		"mixed":         {"  - jsonl:\n      paths:", "  - html:\n      paths:"},
		"html/a.html":   {`paths: ["html/a.html"]`},
		"jsonl/*.json*": {`paths: ["jsonl/*.json*"]`},
	} {
		file := strings.NewReplacer("/", "-", "*", "x").Replace(dir) + ".yaml"
		if code, out := command(t, "init", dir, "--out", file); code != 0 || !strings.Contains(out, "wrote ") {
			t.Errorf("%s: exit code %d: %s", dir, code, out)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if words := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "\n# ", " ")), " "); !strings.Contains(words, "`corpusmill schema > schema.json` is for editors") {
			t.Errorf("%s: nothing says what makes the schema of the first line: %.400s", dir, text)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s: no %q in\n%s", dir, w, text)
			}
		}
		if code, out := command(t, "check", file); code != 0 {
			t.Errorf("%s: check: exit code %d: %s", dir, code, out)
		}
		if code, out := command(t, "run", file, "--run", "runs/"+file); code != 0 {
			t.Errorf("%s: run: exit code %d: %s\n%s", dir, code, out, text)
		}
	}
	if code, out := command(t, "init", "jsonl", "--out", "odd.yaml"); code != 2 || !strings.Contains(out, "odd.yaml is there already") {
		t.Errorf("exit code %d: %s", code, out)
	}
	for args, want := range map[string]string{
		"nowhere": "nowhere: no such file or folder\n", "hollow": "hollow: 2 files, nothing in any\n", "runs/jsonl.yaml": "its documents are in runs/jsonl.yaml/parts,",
		"s3://bucket/things": "does not say what it is", "runs/none*": "no file matches", "make.yaml/x": "not a directory",
	} {
		if code, out := command(t, "init", args, "--out", "-"); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d: %s", args, code, out)
		}
	}
	if code, out := command(t, "init", "s3://bucket/crawl/*.warc.gz", "cc:CC-MAIN-2026-43/wet", "--out", "-", "--name", "x"); code != 0 || !strings.Contains(out, `paths: ["s3://bucket/crawl/*.warc.gz","cc:CC-MAIN-2026-43/wet"]`) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestRecipes lists and prints what is there, and every recipe names its schema.
func TestRecipes(t *testing.T) {
	code, list := command(t, "recipes")
	if code != 0 {
		t.Fatal(list)
	}
	for _, name := range corpusmill.App().Recipes {
		code, text := command(t, "recipes", name)
		if code != 0 || !strings.HasPrefix(text, "# yaml-language-server: $schema=schema.json\n# ") {
			t.Errorf("%s: exit code %d: %.80q", name, code, text)
		}
		if !strings.Contains(list, "\n"+name+" ") && !strings.HasPrefix(list, name+" ") {
			t.Errorf("%s is not listed:\n%s", name, list)
		}
	}
	if code, out := command(t, "recipes", "finweb"); code != 2 || !strings.Contains(out, `did you mean "fineweb"?`) {
		t.Errorf("exit code %d: %s", code, out)
	}
	if code, out := command(t, "schema"); code != 0 || !strings.HasPrefix(out, "{\n") || !strings.Contains(out, `"fail_if"`) {
		t.Errorf("exit code %d: %.200s", code, out)
	}
}
