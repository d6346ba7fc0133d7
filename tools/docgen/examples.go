package main

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/corpusmill/corpusmill/cli"
	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// examples are a use of each part as it stands in a pipeline. A test reads them all; those
// of other parts are their name alone.
var examples = map[string]string{
	"source warc":          `source: { warc: { paths: ["crawl/*.warc.gz"] } }`,
	"source common_crawl":  "source:\n  common_crawl: { crawl: CC-MAIN-2026-43, domains: [example.org] }",
	"source jsonl":         "source:\n  jsonl: { paths: [\"data/*.jsonl.zst\"], columns: { score: float } }",
	"source parquet":       "source:\n  parquet: { paths: [\"data/*.parquet\"], text_column: body, url_column: link }",
	"source arrow":         `source: { arrow: { paths: ["data/*.arrow"], text_column: content } }`,
	"source text":          `source: { text: { paths: ["notes/**/*.txt"] } }`,
	"source html":          `source: { html: { paths: ["site/**/*.html"] } }`,
	"source documents":     `source: { documents: { paths: ["papers/**"] } }`,
	"source mediawiki":     `source: { mediawiki: { paths: ["dewiki-*-pages-articles*.xml.bz2"] } }`,
	"source stackexchange": `source: { stackexchange: { paths: ["dump/*/Posts.xml"] } }`,

	"stage consent":              "stages:\n  - consent: { policy: standard, agents: [CCBot, GPTBot] }",
	"stage office_text":          "stages:\n  - office_text: { format: markdown }",
	"stage markdown_text":        "stages:\n  - markdown_text: { }",
	"stage html_text":            "stages:\n  - html_text: { mode: precision }",
	"stage language":             "stages:\n  - language: { keep: { en: 0.65, zh: 0.65 } }",
	"stage gopher_repetition":    "stages:\n  - gopher_repetition: { dialect: datatrove, when: { lang: [en] } }",
	"stage gopher_quality":       "stages:\n  - gopher_quality: { min_words: 40, when: { lang: [en] } }",
	"stage c4_quality":           "stages:\n  - c4_quality: { keep_unterminated: true, when: { lang: [en] } }",
	"stage fineweb_quality":      "stages:\n  - fineweb_quality: { when: { lang: [en] } }",
	"stage chinese_quality":      "stages:\n  - chinese_quality: { when: { lang: [zh] } }",
	"stage chinese_convert":      "stages:\n  - chinese_convert: { config: t2s, when: { lang: [zh] } }",
	"stage quality_classifier":   "stages:\n  - quality_classifier: { model: quality.bin, label: hq, keep_top: 0.3 }",
	"stage classify":             "stages:\n  - classify: { model: models/topics.bin }",
	"stage perplexity":           "stages:\n  - perplexity: { model: models/en.binary }",
	"stage embedding_classifier": "stages:\n  - embedding_classifier: { server: \"http://localhost:8080\", api: predict }",
	"stage quality_class":        "stages:\n  - quality_class: { signals: [{ column: lang_score }] }",
	"stage host_audit":           "stages:\n  - host_audit: { irrelevant: \"lang != 'zh'\" }",
	"stage rephrase":             "stages:\n  - rephrase: { server: \"http://localhost:8000\", model: m, license: MIT }",
	"stage generate":             "stages:\n  - generate:\n      server: http://localhost:8000\n      model: m\n      license: Apache-2.0\n      prompt: textbook",
	"stage line_dedup":           "stages:\n  - line_dedup: { min_documents: 6 }",
	"stage minhash":              "stages:\n  - minhash: { bands: 14, rows: 8, keep: { max: text_bytes } }",
	"stage reject":               "stages:\n  - reject: { where: \"lang_score < 0.65\", rule: unsure_language }",
	"stage token_count":          "stages:\n  - token_count: { tokenizer: o200k_base }",
	"stage checkpoint":           "stages:\n  - html_text: {}\n  - checkpoint: {}\n  - gopher_quality: {}",
	"stage switch": "stages:\n  - switch:\n      by: source\n      cases:\n        web: [ { c4_quality: {} } ]\n" +
		"      default: [ { gopher_quality: {} } ]",

	"sink parquet":  `sink: { parquet: { dir: out/, part_bytes: 512MiB } }`,
	"sink jsonl":    `sink: { jsonl: { dir: out/ } }`,
	"sink arrow":    `sink: { arrow: { dir: out/ } }`,
	"sink megatron": `sink: { megatron: { dir: shards/, tokenizer: gpt2 } }`,
	"sink nanotron": `sink: { nanotron: { dir: shards/, tokenizer: gpt2 } }`,

	"sizing sizing": "sizing:\n  cluster: { gpu: h100-sxm, gpus: 1024, days: 30 }",
	"crawl crawl":   "crawl:\n  seeds: [\"https://example.org/\"]\n  out: crawls/example\n  contact: crawler@example.org",
}

// exampleOf is the example of a part; with no entry its name alone.
func exampleOf(kind string, d stage.Def) string {
	if x, ok := examples[kind+" "+d.Name]; ok {
		return x
	}
	return fmt.Sprintf("stages:\n  - %s: {}", d.Name)
}

// testModels take the place of the models that examples name, to open them.
var testModels = strings.NewReplacer("model: quality.bin, label: hq", "model: ROOT/purify/fasttext/testdata/softmax.bin, label: en",
	"models/topics.bin", "ROOT/purify/fasttext/testdata/softmax.bin", "models/en.binary", "ROOT/purify/kenlm/testdata/mill.probing")

// openExample opens a part with the settings of its example; nil where it cannot be.
func openExample(root, kind string, d stage.Def) any {
	if kind != "source" && kind != "stage" {
		return nil
	}
	text := strings.ReplaceAll(testModels.Replace(exampleOf(kind, d)), "ROOT", filepath.ToSlash(root))
	n, err := config.ParseYAML(d.Name, []byte(text))
	if err != nil {
		return nil
	}
	n = n.Fields[0].Value
	if len(n.Items) > 0 {
		n = n.Items[0]
	}
	settings := n.Get(d.Name)
	if settings == nil {
		return nil
	}
	settings = settings.Clone()
	for _, key := range []string{"when", "where"} {
		settings.Take(key)
	}
	decoded, err := d.Decode(settings)
	if err != nil {
		return nil
	}
	env := stage.NewEnv()
	env.Name = d.Name
	obj, err := d.OpenExact(context.Background(), decoded, env)
	if err != nil {
		return nil
	}
	return obj
}

// columnsOf notes which columns of a document a part reads and sets.
func columnsOf(doc *cli.PartDoc, obj any) {
	if doc.Kind == "source" {
		if w, ok := obj.(stage.ColumnWriter); ok {
			doc.Sets = w.Writes()
		}
		return
	}
	st, err := flow.NewStep(flow.Setup{Name: doc.Name}, 0, obj)
	if err != nil || st.Checkpoint || st.Switch != nil {
		return
	}
	doc.Reads, doc.Sets = st.Reads, st.Writes
}

// steps are the parts of the way, in their order, with their titles.
var steps = []struct{ name, title string }{
	{"gather", "Gather: where documents come from"}, {"transform", "Transform: bytes to text"}, {"purify", "Purify: which documents stay, and what of them"},
	{"datagen", "Texts that a model writes"}, {"dedup", "Dedup: what is there twice"}, {"tokencount", "Token count"}, {"flow", "The flow itself"},
	{"write", "Write: where parts go"}, {"size", "Size: the model that the tokens carry"},
}

// stepOf is the part of the way that a definition belongs to, by its folder.
func stepOf(kind string, settings reflect.Type) string {
	switch kind {
	case "source", "crawl":
		return "gather"
	case "sink":
		return "write"
	case "sizing":
		return "size"
	}
	_, path, _ := strings.Cut(settings.PkgPath(), "corpusmill/corpusmill/")
	folder, _, _ := strings.Cut(path, "/")
	switch folder {
	case "stage":
		return "flow"
	case "crawl":
		return "purify" // what sites say of the use of their pages
	}
	return folder
}
