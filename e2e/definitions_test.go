package e2e_test

import (
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/datagen"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/language"
	"github.com/corpusmill/corpusmill/purify/pii"
	"github.com/corpusmill/corpusmill/purify/repair"
	"github.com/corpusmill/corpusmill/purify/spam"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/tokencount"
	"github.com/corpusmill/corpusmill/tokenshards"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/latex"
	"github.com/corpusmill/corpusmill/transform/markdown"
	"github.com/corpusmill/corpusmill/transform/office"
	"github.com/corpusmill/corpusmill/transform/pdf"
	"github.com/corpusmill/corpusmill/transform/qa"
	"github.com/corpusmill/corpusmill/transform/wikitext"
)

// defined is one definition with the settings that it asks for, in YAML and in Go,
// and with settings that it refuses.
type defined struct {
	stage.Def
	yaml   string
	least  any
	wrong  any
	refuse string
}

const (
	testClassifier = "../purify/fasttext/testdata/softmax.bin"
	testPerplexity = "../purify/kenlm/testdata/mill.probing"
)

// definitions are all that the program lists, each opened without a network.
func definitions(t *testing.T) []defined {
	t.Helper()
	dir, paths := t.TempDir(), []string{"testdata/*"}
	inDir, inPaths := "dir: "+dir, "paths: ['testdata/*']"
	all := []defined{
		{purify.URLBlocklistDef, "", purify.URLBlocklist{}, purify.URLBlocklist{MinSoftWords: -1}, "min_soft_words"},
		{consent.Def, "", consent.Consent{}, consent.Consent{Policy: "lax"}, "policy"},
		{office.OfficeTextDef, "", office.OfficeText{}, office.OfficeText{MaxEntries: -1}, "max_entries"},
		{markdown.MarkdownTextDef, "", markdown.MarkdownText{}, markdown.MarkdownText{Links: true}, "links"},
		{latex.LaTeXTextDef, "", latex.LaTeXText{}, latex.LaTeXText{Format: "html"}, "format"},
		{wikitext.WikiTextDef, "", wikitext.WikiText{}, wikitext.WikiText{Format: "rtf"}, "format"},
		{pdf.PDFTextDef, "", pdf.PDFText{}, pdf.PDFText{MemoryBytes: 1}, "memory_bytes"},
		{qa.QAExtractDef, "", qa.QAExtract{}, qa.QAExtract{Kinds: []string{"x"}}, "kinds"},
		{transform.HTMLTextDef, "", transform.HTMLText{}, transform.HTMLText{Mode: "half"}, "mode"},
		{repair.Def, "", repair.TextRepair{}, repair.TextRepair{MaxLost: stage.At(-1)}, "max_lost"},
		{language.Def, "", language.Language{}, language.Language{Arbiter: "x"}, "arbiter"},
		{purify.GopherRepetitionDef, "", purify.GopherRepetition{}, purify.GopherRepetition{Dialect: "x"}, "dialect"},
		{purify.GopherQualityDef, "", &purify.GopherQuality{}, purify.GopherQuality{Dialect: "x"}, "dialect"},
		{purify.C4QualityDef, "", purify.C4Quality{}, purify.C4Quality{Dialect: "x"}, "dialect"},
		{purify.FineWebQualityDef, "", purify.FineWebQuality{}, purify.FineWebQuality{ShortLineChars: -1}, "short_line_chars"},
		{purify.ChineseTrimDef, "", purify.ChineseTrim{}, purify.ChineseTrim{MaxRatio: stage.At(-1)}, "max_ratio"},
		{spam.ChineseSpamDef, "", spam.ChineseSpam{}, spam.ChineseSpam{MaxRatio: stage.At(1.5)}, "max_ratio"},
		{purify.ChineseQualityDef, "", purify.ChineseQuality{}, purify.ChineseQuality{MinHanRatio: stage.At(30)}, "min_han_ratio"},
		{purify.ChineseGradeDef, "", &purify.ChineseGrade{}, purify.ChineseGrade{MinMiddle: 2}, "min_middle"},
		{purify.GenreDef, "", &purify.Genre{}, purify.Genre{MinPhrases: -1}, "min_phrases"},
		{purify.ChineseConvertDef, "", purify.ChineseConvert{}, purify.ChineseConvert{Config: "s2x"}, "config"},
		{purify.QualityClassifierDef, "{model: " + testClassifier + ", label: en}", purify.QualityClassifier{Model: testClassifier, Label: "en"}, purify.QualityClassifier{}, "model"},
		{purify.ClassifyDef, "{model: " + testClassifier + "}", purify.Classify{Model: testClassifier}, purify.Classify{Model: testClassifier, MinScore: 2}, "min_score"},
		{purify.PerplexityDef, "model: " + testPerplexity, purify.Perplexity{Model: testPerplexity}, purify.Perplexity{}, "model"},
		{purify.EmbeddingClassifierDef, "{server: 'http://localhost:1', api: predict}", purify.EmbeddingClassifier{Server: "http://localhost:1", API: "predict"}, purify.EmbeddingClassifier{}, "server"},
		{purify.QualityClassDef, "signals: [{column: lang_score}]", purify.QualityClass{Signals: []purify.ClassSignal{{Column: "lang_score"}}}, purify.QualityClass{By: "median"}, "by"},
		{purify.SampleDef, "", purify.Sample{}, purify.Sample{CapOf: "words"}, "cap_of"},
		{purify.HostAuditDef, "irrelevant: lang != 'zh'", purify.HostAudit{Irrelevant: "lang != 'zh'"}, purify.HostAudit{}, "irrelevant"},
		{purify.ScriptQualityDef, "", purify.ScriptQuality{}, purify.ScriptQuality{MinScriptRatio: stage.At(2)}, "min_script_ratio"},
		{datagen.RephraseDef, "{server: 'http://localhost:1', model: m, license: none}", &datagen.Rephrase{Service: datagen.Service{Server: "http://localhost:1", Model: "m", License: "none"}}, &datagen.Rephrase{}, "server"},
		{datagen.GenerateDef, "{server: 'http://localhost:1', model: m, license: none, prompt: textbook}", &datagen.Generate{Service: datagen.Service{Server: "http://localhost:1", Model: "m", License: "none"}, Prompt: "textbook"}, &datagen.Generate{}, "server"},
		{dedup.ExactDedupDef, "", dedup.ExactDedup{}, dedup.ExactDedup{By: "hash"}, "by"},
		{dedup.LineDedupDef, "", dedup.LineDedup{}, dedup.LineDedup{MinDocuments: -1}, "min_documents"},
		{dedup.MinHashDef, "", &dedup.MinHash{}, &dedup.MinHash{NGram: -1}, "ngram"},
		{purify.RejectDef, "", purify.Reject{}, purify.Reject{Rule: "a b"}, "rule"},
		{pii.Def, "", pii.PII{}, pii.PII{Phones: "usa"}, "phones"},
		{tokencount.TokenCountDef, "", tokencount.TokenCount{}, tokencount.TokenCount{Also: map[string]string{"a b": "gpt2"}}, "also"},
		{stage.CheckpointDef, "", stage.Checkpoint{}, nil, ""},
		{stage.SwitchDef, "{by: source, cases: {web: []}}", stage.Switch{By: "source", Cases: map[string][]*config.Node{"web": {}}}, stage.Switch{By: "source"}, "cases"},
		{gather.WARCDef, inPaths, gather.WARC{Paths: paths}, gather.WARC{}, "paths"},
		{gather.CommonCrawlDef, "crawl: CC-MAIN-2026-43", gather.CommonCrawl{Crawl: "CC-MAIN-2026-43"}, gather.CommonCrawl{}, "crawl"},
		{gather.JSONLDef, inPaths, gather.JSONL{Paths: paths}, gather.JSONL{}, "paths"},
		{gather.ParquetDef, inPaths, gather.Parquet{Paths: paths}, gather.Parquet{}, "paths"},
		{gather.ArrowDef, inPaths, gather.Arrow{Paths: paths}, gather.Arrow{}, "paths"},
		{gather.TextDef, inPaths, gather.Text{Paths: paths}, gather.Text{}, "paths"},
		{gather.HTMLDef, inPaths, gather.HTML{Paths: paths}, gather.HTML{}, "paths"},
		{gather.DocumentsDef, inPaths, gather.Documents{Paths: paths}, gather.Documents{}, "paths"},
		{gather.MediaWikiDef, inPaths, gather.MediaWiki{Paths: paths}, gather.MediaWiki{}, "paths"},
		{gather.StackExchangeDef, inPaths, gather.StackExchange{Paths: paths}, gather.StackExchange{}, "paths"},
		{parquet.Def, inDir, parquet.Sink{Dir: dir}, parquet.Sink{Level: "best"}, "level"},
		{jsonl.Def, inDir, jsonl.Sink{Dir: dir}, jsonl.Sink{PartBytes: -1}, "part_bytes"},
		{arrow.Def, inDir, arrow.Sink{Dir: dir}, arrow.Sink{Compression: "gzip"}, "compression"},
		{tokenshards.MegatronDef, inDir, tokenshards.Megatron{Dir: dir}, tokenshards.Megatron{EODID: -2}, "eod_id"},
		{tokenshards.NanotronDef, inDir, tokenshards.Nanotron{Dir: dir}, tokenshards.Nanotron{Shuffle: "7"}, "shuffle"},
	}
	listed := slices.Concat(corpusmill.Stages(), corpusmill.Sources(), corpusmill.Sinks())
	if len(listed) != len(all) {
		t.Fatalf("%d definitions are listed, %d here", len(listed), len(all))
	}
	for i, d := range listed {
		if d.Name != all[i].Name || d.Revision != all[i].Revision || d.Settings != all[i].Settings {
			t.Errorf("%s is listed where %s is here", d.Name, all[i].Name)
		}
	}
	return all
}

// node is the settings that the definition asks for, as a pipeline's file gives them.
func (d defined) node(t *testing.T) *config.Node {
	t.Helper()
	if d.yaml == "" {
		return &config.Node{Kind: config.MapNode}
	}
	n, err := config.ParseYAML("t.yaml", []byte(d.yaml))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Settings are the same from Go and from YAML, and what Go gives opens.
func TestLiteralsEqualYAML(t *testing.T) {
	for _, d := range definitions(t) {
		want, err := d.Decode(d.node(t))
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := d.Complete(d.least)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, want := config.KeyText(got), config.KeyText(want); got != want {
			t.Errorf("%s: the key of a literal is %s, from YAML %s", d.Name, got, want)
		}
		if got, want := config.Encode(got).YAML(), config.Encode(want).YAML(); got != want {
			t.Errorf("%s: a literal is\n%s, from YAML\n%s", d.Name, got, want)
		}
		opened, err := d.Open(t.Context(), d.least, stage.NewEnv())
		if err != nil || opened == d.least {
			t.Errorf("%s: %v", d.Name, err)
		}
		if c, ok := opened.(io.Closer); ok {
			if err := c.Close(); err != nil {
				t.Errorf("%s: %v", d.Name, err)
			}
		}
	}
}

// A wrong literal is refused with the name of its part, before anything is opened.
func TestWrongLiterals(t *testing.T) {
	for _, d := range definitions(t) {
		for _, c := range []struct {
			literal any
			want    string
		}{{d.wrong, d.refuse}, {struct{}{}, "its settings are a"}, {nil, "its settings are a"}} {
			if c.want == "" {
				continue
			}
			_, err := d.Open(t.Context(), c.literal, stage.NewEnv())
			var e *stage.OpenError
			if !errors.As(err, &e) || e.Part != d.Name || !strings.HasPrefix(err.Error(), d.Name+": "+c.want) {
				t.Errorf("%s: %+v: %v, want %s", d.Name, c.literal, err, c.want)
			}
		}
		if _, err := d.OpenExact(t.Context(), struct{}{}, stage.NewEnv()); err == nil {
			t.Errorf("%s: opens anything", d.Name)
		}
	}
}

// mayBeZero are the settings that have a default and can be 0 or "" nevertheless; all
// others refuse it.
var mayBeZero = strings.Fields(`
	fineweb_quality.short_line_chars minhash.ngram minhash.seed minhash.sketch minhash.hash
	gopher_repetition.dialect gopher_quality.dialect c4_quality.dialect quality_classifier.preset
	token_count.tokenizer token_count.pattern
	qa_extract.min_answer_chars rephrase.min_chars generate.min_chars generate.repairs
	common_crawl.gap_bytes jsonl.id_field jsonl.text_field jsonl.url_field parquet.id_column parquet.url_column arrow.id_column arrow.url_column
	megatron.tokenizer megatron.pattern megatron.eod_id nanotron.tokenizer nanotron.pattern nanotron.eod_id`)

// In YAML a zero is meant: it stays, or is refused, and never becomes the default.
func TestZerosStay(t *testing.T) {
	zeros := map[reflect.Kind]*config.Node{
		reflect.String: {Quoted: true}, reflect.Slice: {Kind: config.ListNode},
		reflect.Int: {Scalar: "0"}, reflect.Int64: {Scalar: "0"}, reflect.Uint64: {Scalar: "0"},
	}
	tried := 0
	for _, d := range definitions(t) {
		for f := range config.Fields(d.Settings) {
			zero := zeros[f.Type.Kind()]
			if _, ok := f.Tag.Lookup("default"); !ok || zero == nil {
				continue
			}
			if f.Type == reflect.TypeFor[time.Duration]() {
				zero = &config.Node{Scalar: "0s"}
			}
			n, key := d.node(t), config.YAMLName(f)
			n.Put(key, zero)
			settings, err := d.Decode(n)
			tried++
			if stays := zero.Kind == config.ListNode || slices.Contains(mayBeZero, d.Name+"."+key); stays != (err == nil) || err != nil && !strings.Contains(err.Error(), key) {
				t.Errorf("%s: zero for %s: %v", d.Name, key, err)
			}
			if err != nil {
				continue
			}
			if v := reflect.ValueOf(settings).Elem().FieldByIndex(f.Index); !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
				t.Errorf("%s: zero for %s became %v", d.Name, key, v)
			}
		}
	}
	if tried < 50 {
		t.Errorf("%d settings were tried", tried)
	}
}

// Every sink takes the run's folder where the pipeline names none, and keeps its own
// where it does.
func TestSinksTakeTheRunsFolder(t *testing.T) {
	for _, d := range corpusmill.Sinks() {
		settings := d.New()
		p, ok := settings.(stage.Placer)
		if !ok {
			t.Errorf("%s is no stage.Placer", d.Name)
			continue
		}
		for _, dir := range []string{"run/parts", "other"} {
			p.DefaultDir(dir)
			if got := config.Encode(settings).Get("dir"); got == nil || got.Scalar != "run/parts" {
				t.Errorf("%s: given %s its dir is %+v", d.Name, dir, got)
			}
		}
	}
}
