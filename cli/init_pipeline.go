package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/format"
)

// editorLine tells editors which schema a pipeline has: that of `corpusmill schema`.
const editorLine = "# yaml-language-server: $schema=schema.json\n"

// ruled is the least share of a language in the sample whose rules a pipeline gets.
const ruled = 0.02

// pipelineFor writes a pipeline for sources, with comments that say what was found.
func pipelineFor(name string, args []string, list []*found) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	b.WriteString(editorLine)
	for _, l := range wrapped("Made by corpusmill init "+strings.Join(args, " ")+". Change what you like; `corpusmill check` says what is wrong, and what will be done; `corpusmill schema > schema.json` is for editors that complete and check keys.", columns-2) {
		line("# %s", l)
	}
	line("name: %s", yamlName(name))
	line("source:")
	for _, s := range list {
		s.write(line, len(list) > 1)
	}
	line("stages:")
	writeStages(line, list)
	line("sink:")
	line("  parquet: {}                   # into the run folder; { dir: out/ } names another")
	line("# partition_by: [lang]          # below sink: a folder of parts for each language")
	line("# fail_if: { documents: \"< 1000\", quarantine_share: \"> 1 %%\" }   # exit code 4")
	line("# rejects: { text_sample: 0.01 }  # share of the dropped documents that keep their text")
	line("# sizing: { cluster: { gpu: h100-sxm, gpus: 8, days: 30 } }   # what the tokens carry")
	return b.String()
}

// write writes a source; of several each has a dash.
func (s *found) write(line func(string, ...any), several bool) {
	in, next := "  ", "  "
	if several {
		in, next = "  - ", "    "
	}
	paths, _ := json.Marshal(s.patterns) // of strings
	line("%s# %s", next, s.summary())
	line("%s%s:", in, s.kind)
	line("%s  paths: %s", next, paths)
	if s.kind != "parquet" && s.kind != "arrow" && s.kind != "jsonl" || s.unseen {
		return
	}
	word := map[string]string{"jsonl": "field"}[s.kind]
	if word == "" {
		word = "column"
	}
	set := func(key, value, def string) {
		if value != "" && value != def {
			line("%s  %s_%s: %s", next, key, word, quotedYAML(value))
		}
	}
	set("text", s.text, "text")
	set("id", s.id, "id")
	if s.urlByValues {
		line("%s  url_%s: %-18s # its values are addresses", next, word, quotedYAML(s.url))
	} else {
		set("url", s.url, "url")
	}
	var others []string
	for _, c := range s.columns {
		if !slices.Contains([]string{s.text, s.id, s.url}, c.name) && !strings.Contains(c.name, ".") {
			others = append(others, fmt.Sprintf("%s (%s)", c.name, c.kind))
		}
	}
	if len(others) == 0 {
		return
	}
	for _, l := range wrapped("other columns: "+strings.Join(others, ", "), columns-len(next)-4) {
		line("%s  # %s", next, l)
	}
	if s.kind == "jsonl" {
		line("%s  # columns: auto              # makes them columns of the parts; else they are carried in extra", next)
	} else {
		line("%s  # columns: none              # carries them in extra; else they are columns of the parts", next)
	}
}

// quotedYAML writes a name so that it is one in YAML, whatever is in it.
func quotedYAML(s string) string {
	b, _ := json.Marshal(s) // of a string
	return string(b)
}

// writeStages writes the stages that the sources need, and rules of the languages found.
func writeStages(line func(string, ...any), list []*found) {
	has := func(kinds ...string) bool {
		return slices.ContainsFunc(list, func(s *found) bool { return slices.Contains(kinds, s.kind) })
	}
	if has("warc") {
		line("  - url_blocklist: {}             # adult, gambling and the like, by address")
	}
	if has("documents") {
		line("  - pdf_text: {}")
		line("  - office_text: {}")
	}
	for _, t := range []struct{ media, stage string }{{format.MediaMD, "markdown_text"}, {format.MediaTeX, "latex_text"}} {
		if slices.ContainsFunc(list, func(s *found) bool { return s.names(t.media) }) {
			line("  - %s: {}", t.stage)
		}
	}
	if has("mediawiki") {
		line("  - wiki_text: {}")
	}
	switch {
	case has("stackexchange"):
		line("  - html_text: { mode: all }      # keeps code")
	case has("warc", "html", "documents", "text"):
		line("  - html_text: {}                 # mode: precision leaves more out, recall less")
	}
	langs := map[string]float64{}
	texts := 0
	for _, s := range list {
		texts += s.texts
	}
	for _, s := range list {
		for _, l := range s.langs {
			langs[l.lang] += l.share * float64(s.texts) / float64(max(texts, 1))
		}
	}
	if texts > 0 {
		var all []langShare
		for _, lang := range sortedKeys(langs) {
			all = append(all, langShare{lang, langs[lang]})
		}
		slices.SortStableFunc(all, func(a, b langShare) int { return int(1e6 * (b.share - a.share)) })
		line("  # languages of %s looked at: %s", plural(int64(texts), "text"), langWords(all))
	}
	line("  - language: {}                  # keep: { en: 0.65 } keeps English alone, of that certainty")
	web := has("warc", "html", "jsonl", "parquet", "arrow")
	mark := func(on bool) string {
		if on {
			return "  - "
		}
		return "  # - "
	}
	english, chinese := web && langs["en"] >= ruled, web && langs["zh"] >= ruled
	line("  # rules for pages of the web, by FineWeb's recipe; what they drop says `corpusmill show`")
	line("%sgopher_repetition: { dialect: datatrove, when: { lang: [en] } }", mark(english))
	line("%sgopher_quality: { dialect: datatrove, when: { lang: [en] } }", mark(english))
	line("%sc4_quality: { dialect: datatrove, keep_unterminated: true, when: { lang: [en] } }", mark(english))
	line("%sfineweb_quality: { when: { lang: [en] } }", mark(english))
	line("%schinese_trim: { when: { lang: [zh] } }      # what frames an article: editors, rights, other headlines", mark(chinese))
	line("%schinese_spam: { when: { lang: [zh] } }      # classes and genres too: the recipe mdfs-zh", mark(chinese))
	line("%schinese_quality: { when: { lang: [zh] } }", mark(chinese))
	line("  - exact_dedup: {}")
	line("  - minhash: {}                   # near duplicates")
	line("  - pii: {}                       # masks e-mail and IP addresses")
	line("  - token_count: { tokenizer: o200k_base }")
}

// yamlName writes the name of a pipeline; one that begins with a digit may be a number.
func yamlName(s string) string {
	if s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z') && !slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s)) {
		return s
	}
	return quotedYAML(s)
}
