package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/datagen"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/completion/completiontest"
	"github.com/corpusmill/corpusmill/internal/smalldocs"
	"github.com/corpusmill/corpusmill/pipelines/demo"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

var update = flag.Bool("update", false, "rewrite testdata/revisions.txt")

// What a stage does may change only together with its revision, since the revision
// stands in the task key: a run must not take an older version's segments for its
// own. After a change of behaviour, raise the revision in its definition and run
// the test with -update.
func TestBehaviourChangesWithTheRevision(t *testing.T) {
	raw, texts := fixtures(t)
	files := documents(t, raw)
	const file = "testdata/revisions.txt"
	var got strings.Builder
	for _, def := range corpusmill.Stages() {
		docs := texts
		switch def.Name {
		case "checkpoint", "switch": // they do nothing to a document
			continue
		case "url_blocklist", "html_text", "qa_extract", "consent":
			docs = raw
		case "wiki_text":
			docs = wikiPages()
		case "pdf_text", "office_text":
			docs = files
		}
		fmt.Fprintf(&got, "%s %d %s\n", def.Name, def.Revision, digest(t, def, docs))
	}
	if *update {
		writeFile(t, file, []byte(got.String()))
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	old := map[string]string{}
	for line := range strings.Lines(string(want)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		old[name] = rest
	}
	for line := range strings.Lines(got.String()) {
		name, now, _ := strings.Cut(strings.TrimSpace(line), " ")
		was := old[name]
		delete(old, name)
		if was == now {
			continue
		}
		if revision, _, _ := strings.Cut(now, " "); strings.HasPrefix(was, revision+" ") {
			t.Errorf("%s does something else than before: raise the revision in its definition, then run this test with -update", name)
		} else {
			t.Errorf("%s: run this test with -update", name)
		}
	}
	for name := range old {
		t.Errorf("%s is gone: run this test with -update", name)
	}
}

// fixtures are the pages of the demo corpus, and their sources as texts.
func fixtures(t *testing.T) (raw, texts []*corpus.Document) {
	t.Helper()
	names, err := fs.Glob(demo.Files, "*.warc.gz")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := demo.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for rec, err := range warc.Responses(bytes.NewReader(b), warc.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			resp, err := rec.HTTP()
			if err == nil && resp.MediaType == "text/html" {
				raw = append(raw, &corpus.Document{ID: fmt.Sprint(len(raw)), URL: rec.TargetURI, Raw: bytes.Clone(resp.Body), Media: "text/html", Charset: resp.Charset})
			}
		}
	}
	sources, err := os.ReadDir("../pipelines/demo/source")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range sources {
		b, err := os.ReadFile("../pipelines/demo/source/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		text := string(b) + "\nWrite to someone@mail.example or ask 1.1.1.1.\n"
		texts = append(texts, &corpus.Document{ID: e.Name(), URL: "https://a.example/" + e.Name(), Text: text},
			&corpus.Document{ID: "twice " + e.Name(), Text: strings.Repeat(text[:len(text)/9], 9)})
	}
	if len(raw) < 150 || len(texts) < 150 {
		t.Fatalf("%d pages, %d texts", len(raw), len(texts))
	}
	return raw, texts
}

// documents are pages of the corpus as chapters of books, a DOCX and a PDF.
func documents(t *testing.T, pages []*corpus.Document) (docs []*corpus.Document) {
	t.Helper()
	for _, p := range pages[:20] {
		docs = append(docs, &corpus.Document{ID: p.ID, Raw: smalldocs.EPUB(string(p.Raw)), Media: format.MediaEPUB})
	}
	const line = "The water was high, and the boats lay in the shed behind the mill."
	return append(docs, &corpus.Document{ID: "docx", Raw: smalldocs.DOCX(line), Media: format.MediaDOCX},
		&corpus.Document{ID: "pdf", Raw: smalldocs.PDF(line), Media: format.MediaPDF})
}

// digest hashes all that a stage makes of the documents, with its defaults.
func digest(t *testing.T, def stage.Def, docs []*corpus.Document) string {
	t.Helper()
	obj := open(t, def)
	if f, ok := obj.(stage.Forker); ok {
		obj = f.Fork()
	}
	h := sha256.New()
	for _, original := range docs {
		d := *original
		d.Raw = bytes.Clone(original.Raw)
		var v corpus.Verdict
		var err error
		switch s := obj.(type) {
		case stage.Attacher:
			cells := make([]corpus.Value, len(s.Cells()))
			v, err = s.Attach(&d, cells)
			fmt.Fprint(h, cells)
		case stage.Editor:
			v, err = s.Apply(&d)
		case stage.CellSplitter:
			err = s.SplitCells(&d, func(p *corpus.Document, cells []corpus.Value) { fmt.Fprintln(h, p.Text, cells) })
		case stage.Measurer:
			values := corpus.NewValues(len(s.Columns()))
			err = s.Measure(&d, values)
			for _, x := range values.All() {
				fmt.Fprintf(h, "%.9g ", math.Abs(x))
			}
			if decider, ok := obj.(stage.Decider); ok {
				v = decider.Decide(values)
			}
		case stage.Generator:
			var r stage.Reply
			if r, err = s.Generate(t.Context(), &d); err == nil {
				err = s.Make(&d, r.Data, func(m stage.Made) { fmt.Fprintln(h, m.Document.Text, m.Cells, m.Verdict) })
			}
		case stage.Grouper:
			err = s.Keys(&d, func(k stage.Key, part uint32) { fmt.Fprint(h, k.Hi, k.Lo, part, " ") })
			if s, ok := obj.(stage.Spanner); ok {
				s.Spans(d.Text, func(part uint32, from, to int) { fmt.Fprint(h, part, from, to, " ") })
			}
		default:
			t.Fatalf("%s: %T", def.Name, obj)
		}
		fmt.Fprintln(h, d.ID, len(d.Raw), d.Text, d.Lang, d.LangScore, d.Tokens, v.Rule, v.Detail, err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// open opens a stage with its defaults, and models where it needs some.
func open(t *testing.T, def stage.Def) any {
	t.Helper()
	settings := def.New()
	switch s := settings.(type) {
	case *stage.Switch:
		s.By, s.Cases = "source", map[string][]*config.Node{"web": nil}
	case *purify.Classify:
		s.Model, s.MinScore = "../purify/fasttext/testdata/ova.bin", 0.1
	case *purify.QualityClassifier:
		s.Model, s.Label = "../purify/fasttext/testdata/softmax.bin", "en"
	case *purify.Perplexity:
		s.Model = "../purify/kenlm/testdata/mill.probing"
	case *purify.HostAudit:
		s.Irrelevant = "lang != 'zh'"
	case *purify.QualityClass:
		s.Signals = []purify.ClassSignal{{Column: "lang_score"}}
	case *purify.EmbeddingClassifier:
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, `[[{"label":"LABEL_0","score":%d}]]`, len(sent)/500)
		}))
		t.Cleanup(server.Close)
		s.Server, s.API = server.URL, "predict"
	case *datagen.Rephrase:
		s.Server, s.Model, s.License = rewriter(t), "m", "none"
	case *datagen.Generate:
		s.Server, s.Model, s.License, s.Prompt, s.Split = rewriter(t), "m", "none", "diverse_qa", "blocks"
	}
	obj, err := def.Open(t.Context(), settings, stage.NewEnv())
	if b, ok := obj.(stage.ColumnFinder); ok && err == nil {
		err = b.FindColumns(corpus.PartSchema(nil, nil))
	}
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// rewriter is a model that says the text from behind.
func rewriter(t *testing.T) string {
	s := &completiontest.Server{Answer: func(q completiontest.Request) completiontest.Answer {
		lines := strings.SplitAfter(completiontest.Last(q.Prompt), " ")
		slices.Reverse(lines)
		return completiontest.Answer{Text: strings.Join(lines, "")}
	}}
	return s.Start(t).URL
}
