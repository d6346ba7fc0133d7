package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
)

// A stage that goes by what nothing before it sets is refused, with its place and what
// would help; the same stage in its right place is not.
func TestColumnsThatNothingSets(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.jsonl"), []byte(`{"text":"x"}`))
	writeFile(t, filepath.Join(dir, "a.html"), []byte(`<p>x`))
	const lines, pages = "{ name: web, jsonl: { paths: [DIR/a.jsonl] } }", "{ html: { paths: [DIR/a.html] } }"
	for _, c := range []struct{ source, stages, want string }{
		{lines, "[gopher_quality]", ""},
		{pages, "[gopher_quality]", "p.yaml:2:10: gopher_quality goes by the column text, which nothing before it sets: put html_text, pdf_text, office_text, markdown_text, latex_text or wiki_text before it"},
		{pages, "[gopher_quality, html_text]", "put html_text before it"},
		{pages, "[html_text, gopher_quality]", ""},
		{"[" + lines + ", " + pages + "]", "[gopher_quality]", ""},
		{pages, "[minhash, html_text]", "minhash goes by the column text"},
		{pages, "[{ exact_dedup: { by: url, keep: first } }]", ""},
		{pages, "[{ exact_dedup: { by: url } }]", "exact_dedup goes by the column text"}, // the longest survives
		{lines, "[{ gopher_quality: { when: { lang: [en] } } }]", "gopher_quality goes by the column lang, which nothing before it sets: put language before it"},
		{lines, "[language, { gopher_quality: { when: { lang: [en, und] } } }]", ""},
		{lines, "[language, { gopher_quality: { when: { lang: [eng] } } }]", `gopher_quality: when: no lang is called "eng"`},
		{lines, "[language, { gopher_quality: { when: { lang: [zh-Hans] } } }]", `no lang is called "zh-Hans"`},
		{lines, "[{ language: { zh_variants: true } }, { gopher_quality: { when: { lang: [zh-Hans] } } }]", ""},
		{lines, "[{ gopher_quality: { when: { source: [web] } } }]", ""},
		{lines, "[{ gopher_quality: { when: { source: [wab] } } }]", `gopher_quality: when: no source is called "wab"; did you mean "web"?`},
		{lines, "[{ minhash: { keep: { max: tokens } } }]", "minhash goes by the column tokens, which nothing before it sets: put token_count before it"},
		{lines, "[{ minhash: { keep: { max: tokens } } }, token_count]", "put token_count before it"},
		{lines, "[token_count, { minhash: { keep: { max: tokens } } }]", ""},
		{lines, "[{ minhash: { keep: { max: lang_score } } }]", "put language before it"},
		{lines, "[{ minhash: { keep: { max: fetched_at } } }]", ""},
		{lines, "[token_count, pii]", "pii changes the text that token_count has counted: put token_count behind it"},
		{lines, "[token_count, { language: { lines: true, drop_other_lines: true } }]", "language changes the text that token_count has counted"},
		{lines, "[token_count, language]", ""},
		{lines, "[{ switch: { by: lang, cases: { zh: [] } } }]", "switch goes by the column lang, which nothing before it sets: put language before it"},
		{lines, "[language, { switch: { by: lang, cases: { zh: [], und: [] } } }]", ""},
		{lines, "[language, { switch: { by: lang, cases: { zh: [], eng: [] } } }]", `switch: cases: no lang is called "eng"`},
		{lines, "[language, opaque, { switch: { by: lang, cases: { zh: [], eng: [] } } }]", ""}, // it may set lang anew
		{lines, "[{ switch: { by: source, cases: { web: [ { language: { zh_variants: true } } ] }, default: [ language ] } }, { switch: { by: lang, cases: { zh: [], zh-Hans: [] } } }]", "stage language occurs twice"},
		{lines, "[{ switch: { by: source, cases: { web: [ { language: { as: l, zh_variants: true } } ] }, default: [ language ] } }, { switch: { by: lang, cases: { zh: [], zh-Hans: [] } } }]", ""},
		{lines, "[{ switch: { by: source, cases: { web: [ language ] }, default: [ { gopher_quality: { when: { lang: [en] } } } ] } }]", "gopher_quality goes by the column lang"},
		{lines, "[{ switch: { by: source, cases: { web: [ token_count ] }, default: [ pii ] } }]", ""},
		{lines, "[{ switch: { by: source, cases: { web: [ token_count ] } } }, pii]", "pii changes the text that token_count has counted"},
		{lines, "[token_count, pieces]", "pieces changes the text that token_count has counted: put token_count behind it"},
		{lines, "[pieces, token_count]", ""},
		{lines, "[{ gopher_quality: { annotate: true } }, pieces]", ""},
		{lines, "[{ gopher_quality: { annotate: true } }, pieces, { exact_dedup: { keep: { max: gopher_quality_words } } }]",
			"p.yaml:2:75: exact_dedup: sig_gopher_quality_words was measured before pieces cut the text: put gopher_quality behind pieces"},
		{lines, "[{ gopher_quality: { annotate: true } }, pieces, { pieces: { as: again, keep: { max: sig_gopher_quality_words } } }]", "again: sig_gopher_quality_words was measured before pieces cut"},
		{lines, "[{ gopher_quality: { annotate: true } }, { pieces: { keep: { max: gopher_quality_words } } }]", ""},
		{lines, "[pieces, { gopher_quality: { annotate: true } }, { exact_dedup: { keep: { max: gopher_quality_words } } }]", ""},
		{lines, "[{ gopher_quality: { annotate: true } }, pieces, { switch: { by: gopher_quality_words, cases: { 3: [] } } }]", "switch: sig_gopher_quality_words was measured before pieces cut"},
		{lines, "[{ gopher_quality: { annotate: true } }, pieces, { exact_dedup: { within: [gopher_quality_words] } }]", "exact_dedup: sig_gopher_quality_words was measured before"},
		{pages, "[html_text, opaque, { gopher_quality: { when: { lang: [xx] } } }]", ""}, // nobody knows what it sets
		{pages, "[{ opaque: { when: { lang: [en] } } }]", "opaque goes by the column lang"},
	} {
		app := corpusmill.App(stage.Define[opaque]("opaque", 1), stage.Define[pieces]("pieces", 1))
		src := strings.ReplaceAll("source: "+c.source+"\nstages: "+c.stages+"\nsink: { parquet: {} }\n", "DIR", dir)
		p, err := app.Parse("p.yaml", []byte(src), nil)
		if err != nil {
			if c.want == "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.stages, err, c.want)
			}
			continue
		}
		pl, err := app.Plan(t.Context(), p, run.Options{Dir: filepath.Join(dir, "run")})
		switch {
		case err == nil:
			if err := pl.Close(); err != nil {
				t.Error(err)
			}
			if c.want != "" {
				t.Errorf("%s %s was not refused, want %q", c.source, c.stages, c.want)
			}
		case c.want == "" || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, want %q", c.stages, err, c.want)
		}
	}
}

// A sink that goes by what nothing sets is refused, whoever could set it last.
func TestSinkColumnsThatNothingSets(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.jsonl"), []byte(`{"text":"x"}`))
	writeFile(t, filepath.Join(dir, "a.html"), []byte(`<p>x`))
	const lines, pages = "{ name: web, jsonl: { paths: [DIR/a.jsonl] } }", "{ html: { paths: [DIR/a.html] } }"
	const late = "{ switch: { by: source, cases: { web: [ language ] } } }"
	for _, c := range []struct{ source, stages, sink, want string }{
		{lines, "[]", "where: lang = 'en'", "p.yaml:3:16: where: sink goes by the column lang, which nothing sets: put language among the stages"},
		{lines, "[language]", "where: lang = 'en'", ""},
		{lines, "[language]", `where: "lang in ['und', 'zh']"`, ""},
		{lines, "[language]", "where: lang = 'eng'", `where: no lang is called "eng"`},
		{lines, "[language]", "where: lang_score > 0.5 and lang != 'eng'", `where: no lang is called "eng"`},
		{lines, "[" + late + "]", "where: lang = 'en'", ""}, // in a case
		{lines, "[" + late + "]", "where: lang = 'eng'", `no lang is called "eng"`},
		{lines, "[opaque]", "where: lang = 'eng' and tokens > 3", ""}, // nobody knows what it sets
		{lines, "[language, opaque]", "where: lang = 'eng'", ""},
		{lines, "[]", "where: lang_score > 0.5", "the column lang_score, which nothing sets: put language among"},
		{lines, "[]", "where: tokens > 9 or url = null", "the column tokens, which nothing sets: put token_count among"},
		{lines, "[token_count]", "where: tokens > 9", ""},
		{lines, "[]", "where: not (text = null)", ""},
		{pages, "[]", "where: text != null", "the column text, which nothing sets: put html_text, pdf_text, office_text, markdown_text, latex_text or wiki_text among"},
		{pages, "[html_text]", "where: text != null", ""},
		{"[" + lines + ", " + pages + "]", "[]", "where: text != null", ""},
		{lines, "[]", "where: source = 'web'", ""},
		{lines, "[]", "where: source = 'wab'", `where: no source is called "wab"; did you mean "web"?`},
		{lines, "[]", "partition_by: [lang]", "p.yaml:3:23: partition_by: sink goes by the column lang, which nothing sets"},
		{lines, "[language]", "partition_by: [lang]", ""},
		{lines, "[]", "partition_by: [tokens]", "the column tokens, which nothing sets"},
		{lines, "[]", "where: url = null, partition_by: [host, source]", ""},
		{lines, "[{ gopher_quality: { annotate: true } }, line_dedup]", "where: sig_gopher_quality_words > 9", "p.yaml:3:16: where: sig_gopher_quality_words was measured before line_dedup cut the text: put gopher_quality behind line_dedup"},
		{lines, "[line_dedup, { gopher_quality: { annotate: true } }]", "where: sig_gopher_quality_words > 9", ""},
		{lines, "[{ gopher_quality: { annotate: true } }, line_dedup, { gopher_quality: { as: rule, where: sig_gopher_quality_words > 9 } }]", "where: tokens = 0", "rule: sig_gopher_quality_words was measured before"},
		{lines, "[token_count]", "where: tokens > 9, partition_by: [lang]", "partition_by: sink goes by the column lang"},
	} {
		app := corpusmill.App(stage.Define[opaque]("opaque", 1))
		src := strings.ReplaceAll("source: "+c.source+"\nstages: "+c.stages+"\nsink: { "+c.sink+", parquet: {} }\n", "DIR", dir)
		p, err := app.Parse("p.yaml", []byte(src), nil)
		if err != nil {
			t.Errorf("%s: %v", c.sink, err)
			continue
		}
		pl, err := app.Plan(t.Context(), p, run.Options{Dir: filepath.Join(dir, "run")})
		switch {
		case err == nil:
			if err := pl.Close(); err != nil {
				t.Error(err)
			}
			if c.want != "" {
				t.Errorf("%s behind %s was not refused, want %q", c.sink, c.stages, c.want)
			}
		case c.want == "" || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s behind %s: %v, want %q", c.sink, c.stages, err, c.want)
		}
	}
}

// opaque is a stage that says nothing of its columns.
type opaque struct{ liar }

func (opaque) Reads(int) {} // no stage.ColumnReader

// The program names for each column the stages that set it, and no other.
func TestSetters(t *testing.T) {
	setters := corpusmill.App().Setters
	for _, def := range corpusmill.Stages() {
		obj := open(t, def)
		w, writes := obj.(stage.ColumnWriter)
		r, _ := obj.(stage.ColumnReader)
		for column, names := range setters {
			sets := writes && slices.Contains(w.Writes(), column) && !slices.Contains(r.Reads(), column)
			if sets != slices.Contains(names, def.Name) {
				t.Errorf("%s sets %s: %v, the program says %v", def.Name, column, sets, names)
			}
		}
	}
}
