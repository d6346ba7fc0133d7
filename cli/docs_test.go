package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// block is a fenced block of a page.
type block struct {
	page, lang, text string
	line             int
}

// blocksOf reads the fenced blocks of a page.
func blocksOf(t *testing.T, page string) (list []block) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var at *block
	for i, line := range strings.Split(string(b), "\n") {
		switch lang, fence := strings.CutPrefix(line, "```"); {
		case fence && at == nil:
			at = &block{page: filepath.Base(page), lang: lang, line: i + 1}
		case fence:
			list, at = append(list, *at), nil
		case at != nil:
			at.text += line + "\n"
		}
	}
	return list
}

// shellWords splits a line as a shell does, as far as these pages need: quotes, and a comment.
func shellWords(line string) (words []string, comment string) {
	var word strings.Builder
	in, quote := false, rune(0)
	for i, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			in, quote = true, r
		case r == '#' && !in:
			return words, line[i:]
		case r == ' ':
			if in {
				words = append(words, word.String())
				word.Reset()
			}
			in = false
		default:
			in = true
			word.WriteRune(r)
		}
	}
	if in {
		words = append(words, word.String())
	}
	return words, ""
}

// inputOfPages is what the lines of the pages read.
func inputOfPages(t *testing.T) {
	t.Helper()
	json := func(id, text, topic string) string {
		return fmt.Sprintf(`{"id":%q,"url":"https://a.example/%s","text":%q,"topic":%q}`+"\n", id, id, text, topic)
	}
	put(t, map[string]string{
		"data/2026-11-28.jsonl": json("one", article("Holm"), "sea") + json("two", "Ein kurzer Text über den Hafen und die Leute, die dort seit vielen Jahren arbeiten und wohnen.", "see"),
		"data/2026-11-29.jsonl": json("three", article("Sund"), "sea") + json("four", article("Holm"), "sea") + json("five", "A short note on ships.", "sea"),
		"seed/rows.jsonl": `{"uuid":"u1","raw_content":"` + strings.ReplaceAll(article("Holm"), "\n", " ") + `","page_url":"https://b.example/1","score":0.7,"page_kind":"article"}` + "\n" +
			`{"uuid":"u2","raw_content":"Buy now, it is cheap and good.","page_url":"https://b.example/2","score":0.2,"page_kind":"ad"}` + "\n" +
			`{"uuid":"u3","raw_content":"` + strings.ReplaceAll(article("Sund"), "\n", " ") + ` And more of it.","page_url":"https://b.example/3","score":0.95,"page_kind":"article"}` + "\n",
		"seed.yaml": "source: { jsonl: { paths: [seed/rows.jsonl], text_field: raw_content, url_field: page_url, id_field: uuid, columns: { score: float, page_kind: string } } }\n" +
			"sink: { rename: { text: raw_content, url: page_url, id: uuid }, drop: [source, host, lang, lang_score, tokens, cluster_id, cluster_size, fetched_at, src_shard, src_record, src_offset, extra], parquet: { dir: tables } }\n",
	})
	var labelled strings.Builder
	for i := range 400 {
		words := [][2]string{{"buy deal cheap", `["shop"]`}, {"court judge appeal", `["law"]`}, {"goal match league", `["sport"]`}, {"court match appeal", `["law","sport"]`}}[i%4]
		fmt.Fprintf(&labelled, `{"id":"l%d","url":"https://h%d.example/","text":"%s number %d of the harbour","grade":%d,"domains":%s,"toxic":%q}`+"\n",
			i, i%37, words[0], i, i%4*5/3, words[1], []string{"no", "no", "no", "yes"}[i%4])
	}
	put(t, map[string]string{"labelled.jsonl": labelled.String()})
	if code, out := command(t, "run", "seed.yaml", "--run", "runs/seed"); code != 0 {
		t.Fatal(code, out)
	}
	for i := range 2 {
		name := fmt.Sprintf("demo-0%d.warc.gz", i)
		b, err := os.ReadFile(filepath.Join(demoFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, map[string]string{"crawl/" + name: string(b)})
	}
}

// demoFolder has the archives of the quickstart.
var demoFolder, _ = filepath.Abs("../pipelines/demo")

// TestPages runs what the pages for users say: each YAML block that names a file is written,
// each line of a shell block that begins with the program is run, in the order of the page.
func TestPages(t *testing.T) {
	for _, page := range []string{"cookbook.md", "cookbook.zh.md", "warc-to-model.md", "migrate/datatrove.md", "migrate/dolma.md", "migrate/data-juicer.md", "migrate/nemo-curator.md"} {
		t.Run(page, func(t *testing.T) {
			blocks := blocksOf(t, filepath.Join("../docs", filepath.FromSlash(page)))
			t.Chdir(t.TempDir())
			inputOfPages(t)
			files, lines := 0, 0
			for _, b := range blocks {
				switch b.lang {
				case "yaml", "text":
					if name, ok := strings.CutPrefix(b.text, "# file: "); ok {
						name, _, _ = strings.Cut(name, "\n")
						put(t, map[string]string{name: b.text})
						files++
					}
				case "sh":
					for line := range strings.SplitSeq(strings.ReplaceAll(b.text, "\\\n", ""), "\n") {
						lines += runLine(t, b, line)
					}
				}
			}
			if files == 0 || lines == 0 {
				t.Errorf("%d files and %d lines", files, lines)
			}
		})
	}
}

// runLine runs a line of the program, and reports whether it is one.
func runLine(t *testing.T, b block, line string) int {
	t.Helper()
	words, comment := shellWords(line)
	for len(words) > 0 && words[0] != "corpusmill" {
		name, value, ok := strings.Cut(words[0], "=")
		if !ok {
			return 0
		}
		t.Setenv(name, value)
		words = words[1:]
	}
	if len(words) == 0 {
		return 0
	}
	want := 0
	if code, ok := strings.CutPrefix(comment, "# exit "); ok {
		want, _ = strconv.Atoi(strings.Fields(code)[0])
	}
	args, to := words[1:], ""
	if n := len(args); n > 1 && args[n-2] == ">" {
		args, to = args[:n-2], args[n-1]
	}
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), corpusmill.App(), args, strings.NewReader(""), &out, &errs)
	if code != want {
		t.Errorf("%s:%d: %s: exit code %d\n%s%s", b.page, b.line, line, code, out.String(), errs.String())
	}
	if to != "" {
		put(t, map[string]string{to: out.String()})
	}
	return 1
}

// TestPagesAgree compares the blocks of a page with those of its translation, without
// comments: they say the same.
func TestPagesAgree(t *testing.T) {
	bare := func(blocks []block) (list []string) {
		for _, b := range blocks {
			var text strings.Builder
			for line := range strings.Lines(b.text) {
				if i := strings.Index(line, " # "); i >= 0 && !strings.Contains(line, "# exit") {
					line = strings.TrimRight(line[:i], " ") + "\n"
				}
				text.WriteString(line)
			}
			list = append(list, b.lang+"\n"+text.String())
		}
		return list
	}
	for _, pair := range [][2]string{{"../docs/cookbook.md", "../docs/cookbook.zh.md"}} {
		en, zh := bare(blocksOf(t, pair[0])), bare(blocksOf(t, pair[1]))
		if len(en) != len(zh) {
			t.Fatalf("%s has %d blocks, %s %d", pair[0], len(en), pair[1], len(zh))
		}
		for i := range en {
			if en[i] != zh[i] {
				t.Errorf("block %d differs:\n%s\n%s", i, en[i], zh[i])
			}
		}
	}
}
