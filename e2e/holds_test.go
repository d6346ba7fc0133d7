package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/internal/smalldocs"
	"github.com/corpusmill/corpusmill/pipelines"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/language"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/tokencount"
	"github.com/corpusmill/corpusmill/tokenshards"
	"github.com/corpusmill/corpusmill/transform/wikitext"
)

// envAlone is set in the process of one part.
const envAlone = "CORPUSMILL_TEST_ALONE"

// heapSlack is what the heap may grow by without a part, and what a part need not say.
const heapSlack = 1 << 20

// overstated are the parts that may need all of what they say, and do not here.
var overstated = map[string]string{
	"stage-pdf_text":      "an instance of pdfium grows with its documents, and compiled code is no part of the heap",
	"stage-rephrase":      "requests of a server are under way",
	"stage-generate":      "the same",
	"source-text":         "the file is decoded before there is a document",
	"source-html":         "the same",
	"source-documents":    "the same",
	"source-common_crawl": "what is fetched ahead of each column hangs on the size of the index",
}

// holding is a part as the plan of a test has it.
type holding struct {
	name    string
	def     stage.Def
	literal any
}

// holdings are all definitions, and those whose settings decide what they hold.
func holdings(t *testing.T) (all []holding) {
	perplexity, dir := "../purify/testdata/perplexity/", t.TempDir()
	for _, d := range definitions(t) {
		kind := "stage"
		if slices.ContainsFunc(corpusmill.Sources(), func(s stage.Def) bool { return s.Name == d.Name }) {
			kind = "source"
		} else if _, ok := d.Settings.FieldByName("PartBytes"); ok {
			kind = "sink"
		}
		all = append(all, holding{kind + "-" + d.Name, d.Def, d.least})
	}
	return append(all,
		holding{"stage-language-lingua", language.Def, language.Language{Arbiter: "lingua", Background: []string{"en", "de", "fr"}}},
		holding{"stage-language-model", language.Def, language.Language{Model: testClassifier}},
		holding{"stage-perplexity-pieces", purify.PerplexityDef, purify.Perplexity{Model: perplexity + "pieces.trie", SentencePiece: perplexity + "model.model"}},
		holding{"stage-minhash-datatrove", dedup.MinHashDef, &dedup.MinHash{Kind: "datatrove"}},
		holding{"stage-token_count-two", tokencount.TokenCountDef, tokencount.TokenCount{Tokenizer: "gpt2", Also: map[string]string{"pieces": perplexity + "model.model"}}},
		holding{"sink-parquet-small", parquet.Def, parquet.Sink{Dir: dir, RowGroupBytes: 4 << 20}},
		holding{"sink-arrow-small", arrow.Def, arrow.Sink{Dir: dir, BatchBytes: 1 << 20}},
		holding{"sink-megatron-shuffle", tokenshards.MegatronDef, tokenshards.Megatron{Dir: dir, Tokenizer: "gpt2", Shuffle: "on", PartBytes: 4 << 20}},
	)
}

// What parts say that they hold is no less than what the heap grows by, when they are
// opened and when a worker has used them, and not much more. Each has a process of its
// own: tables that another has loaded would not count.
func TestHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, h := range holdings(t) {
		t.Run(h.name, func(t *testing.T) {
			if os.Getenv(envAlone) != "" {
				h.measure(t)
				return
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			c := exec.Command(self, "-test.v", "-test.run", "^TestHolds$/^"+h.name+"$")
			c.Env = append(os.Environ(), envAlone+"=1", "GOMAXPROCS=2")
			out, err := c.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			for line := range strings.Lines(string(out)) {
				if _, said, ok := strings.Cut(line, "holds: "); ok {
					t.Log(strings.TrimSpace(said))
				}
			}
		})
	}
}

// heapBytes is what the heap holds. What lies in a sync.Pool does not survive the second
// collection.
func heapBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (h *holding) measure(t *testing.T) {
	use := h.use(t)
	before := heapBytes()
	obj, err := h.def.Open(t.Context(), h.literal, watchedEnv())
	if err != nil {
		t.Fatal(err)
	}
	opened := heapBytes() - before
	used := max(use(obj), heapBytes()) - before
	shared, says := int64(0), int64(0)
	if holder, ok := obj.(stage.Holder); ok {
		shared, says = holder.HoldsBytes(0), holder.HoldsBytes(1)
	}
	t.Logf("holds: %d KiB opened, says %d; %d KiB with one worker, says %d", opened>>10, shared>>10, used>>10, says>>10)
	if opened > shared+heapSlack {
		t.Errorf("the heap grew by %d bytes, it says %d without a worker", opened, shared)
	}
	if used > says+heapSlack {
		t.Errorf("the heap grew by %d bytes, it says %d with one worker", used, says)
	}
	if overstated[h.name] == "" && says > 4*used+heapSlack {
		t.Errorf("the heap grew by %d bytes alone, it says %d with one worker", used, says)
	}
	runtime.KeepAlive(obj)
}

// use prepares what a worker does with the part. It returns the most that the heap held
// meanwhile.
func (h *holding) use(t *testing.T) func(obj any) int64 {
	switch h.name[:strings.IndexByte(h.name, '-')] {
	case "source":
		return h.useSource(t)
	case "sink":
		return h.useSink(t)
	}
	raw, texts := fixtures(t)
	const words = "some words of a long text, "
	docs := append(texts, &corpus.Document{ID: "very long", Text: strings.Repeat(words, 50_000)}, &corpus.Document{ID: "long", Text: strings.Repeat(words, 7_500)},
		&corpus.Document{ID: "a long word", Text: strings.Repeat("longword", 7_500)}, &corpus.Document{ID: "last", Text: "A text of common length."})
	switch h.def.Name {
	case "url_blocklist", "html_text", "consent":
		docs = append(raw, &corpus.Document{ID: "very long", Media: format.MediaHTML, Raw: list(4 << 20)}, &corpus.Document{ID: "long", Media: format.MediaHTML, Raw: list(500 << 10)})
	case "wiki_text":
		docs = append(wikiPages(), &corpus.Document{ID: "long", Media: wikitext.Media, Raw: bytes.Repeat([]byte("[[a|''b'']]\n"), 50_000)})
	case "markdown_text":
		docs = []*corpus.Document{{ID: "long", Media: format.MediaMD, Raw: list(500 << 10)}, {ID: "last", Media: format.MediaMD, Raw: []byte("# A")}}
	case "qa_extract":
		docs = []*corpus.Document{{ID: "long", Media: format.MediaHTML, Raw: list(500 << 10)}, {ID: "last", Media: format.MediaHTML, Raw: []byte("<p>A")}}
	case "pdf_text", "office_text":
		docs = append(documents(t, raw), &corpus.Document{ID: "long", Media: format.MediaEPUB, Raw: smalldocs.EPUB(string(list(500 << 10)))})
	}
	return func(obj any) int64 {
		worker := obj
		if f, ok := obj.(stage.Forker); ok {
			worker = f.Fork()
		}
		for _, d := range docs {
			d := *d
			d.Raw = bytes.Clone(d.Raw)
			var err error
			switch s := worker.(type) {
			case stage.Editor:
				_, err = s.Apply(&d)
			case stage.Splitter:
				err = s.Split(&d, func(*corpus.Document) {})
			case stage.Scorer: // asks a server
			case stage.Measurer:
				err = s.Measure(&d, corpus.NewValues(len(s.Columns())))
			case stage.Grouper:
				err = s.Keys(&d, func(stage.Key, uint32) {})
			}
			if err != nil {
				t.Errorf("%s: %v", d.ID, err)
			}
		}
		most := heapBytes()
		runtime.KeepAlive(worker)
		runtime.KeepAlive(docs)
		return most
	}
}

// list is a page of so many bytes, which an extractor needs much memory for.
func list(size int) []byte { return bytes.Repeat([]byte("<li>x"), size/5) }

// letters are n letters that compress to half.
func letters(r *rand.ChaCha8, n int) string {
	b := make([]byte, n)
	_, _ = r.Read(b) // never fails
	for i := range b {
		b[i] = 'a' + b[i]&15
	}
	return string(b)
}

// filler is a Feed that looks now and then at what the heap holds beside the document.
type filler struct {
	t    *testing.T
	n    int
	most int64
}

func (f *filler) Document(d *corpus.Document) error {
	if f.n++; f.n%400 == 1 {
		f.most = max(f.most, heapBytes()-int64(cap(d.Raw)))
	}
	return nil
}
func (f *filler) Skip(string)                      { _ = f.Document(new(corpus.Document)) }
func (*filler) Note(string, int64)                 {}
func (*filler) Large() error                       { return nil }
func (f *filler) Quarantine(e *corpus.RecordError) { f.t.Error(e) }

// useSource reads a file of the kind that takes the most.
func (h *holding) useSource(t *testing.T) func(obj any) int64 {
	const documents = 4_000 // of 5 kB
	r, dir := rand.NewChaCha8([32]byte{}), t.TempDir()
	paths := []string{dir + "/*"}
	var b bytes.Buffer
	switch h.def.Name {
	case "warc":
		for range documents {
			page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>" + letters(r, 5_000)
			fmt.Fprintf(&b, "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Record-ID: <urn:uuid:1>\r\n"+
				"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", len(page), page)
		}
		h.literal = gather.WARC{Paths: paths}
		writeFile(t, dir+"/f.warc.gz", gzipped(t, b.Bytes()))
	case "common_crawl":
		h.literal = crawlOf(t, dir, documents, r)
	case "jsonl":
		for i := range documents {
			fmt.Fprintf(&b, `{"id":"%d","text":"%s"}`+"\n", i, letters(r, 5_000))
		}
		h.literal = gather.JSONL{Paths: paths}
		writeFile(t, dir+"/f.jsonl.zst", zstded(t, b.Bytes()))
	case "parquet":
		sink, err := parquet.Open(t.Context(), parquet.Sink{Dir: dir}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		w, err := sink.Create(t.Context(), "f", corpus.PartSchema(nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 * documents {
			if err := w.Write([]*corpus.Document{{ID: fmt.Sprint(i), Text: letters(r, 5_000)}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.literal = gather.Parquet{Paths: paths}
	case "arrow":
		sink, err := arrow.Open(t.Context(), arrow.Sink{Dir: dir, BatchBytes: 14 << 20}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		w, err := sink.Create(t.Context(), "f", corpus.PartSchema(nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 * documents {
			if err := w.Write([]*corpus.Document{{ID: fmt.Sprint(i), Text: letters(r, 5_000)}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.literal = gather.Arrow{Paths: paths}
	case "mediawiki":
		b.WriteString("<mediawiki>\n")
		for range documents {
			fmt.Fprintf(&b, "<page><title>a</title><ns>0</ns><id>1</id><revision><id>1</id><text>%s</text></revision></page>\n", letters(r, 5_000))
		}
		b.WriteString("</mediawiki>\n")
		h.literal = gather.MediaWiki{Paths: paths}
		writeFile(t, dir+"/f.xml.zst", zstded(t, b.Bytes()))
	case "stackexchange":
		for i := range 4 * documents {
			fmt.Fprintf(&b, "<row Id=\"%d\" PostTypeId=\"1\" Body=\"%s\" />\n<row Id=\"1\" PostTypeId=\"5\" />\n", i+1, letters(r, 5_000))
		}
		h.literal = gather.StackExchange{Paths: paths}
		writeFile(t, dir+"/Posts.xml.zst", zstded(t, b.Bytes()))
	default:
		writeFile(t, dir+"/f.zst", zstded(t, []byte("<p>"+letters(r, documents*5_000))))
		switch s := h.literal.(type) {
		case gather.Text:
			s.Paths, h.literal = paths, s
		case gather.HTML:
			s.Paths, h.literal = paths, s
		case gather.Documents:
			s.Paths, h.literal = paths, s
		}
	}
	b = bytes.Buffer{}
	return func(obj any) int64 {
		src, f := obj.(stage.Source), &filler{t: t}
		shards, err := src.Shards(t.Context())
		if err != nil || len(shards) != 1 {
			t.Fatal(shards, err)
		}
		if err := src.Read(t.Context(), shards[0], f); err != nil || f.most == 0 {
			t.Fatal(f.n, err)
		}
		return f.most
	}
}

func gzipped(t *testing.T, b []byte) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func zstded(t *testing.T, b []byte) []byte {
	z, err := zstd.NewWriter(nil, zstd.WithWindowSize(8<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(b, nil)
}

// watchedEnv is an environment whose local folders look at the heap while a file is
// written.
func watchedEnv() *stage.Env {
	env := stage.NewEnv()
	env.Stores = store.Schemes{"watched://": func(_ context.Context, location string) (store.Store, error) {
		return watchedStore{store.Local(strings.TrimPrefix(location, "watched://"))}, nil
	}}
	return env
}

type watchedStore struct{ store.Store }

func (s watchedStore) Create(ctx context.Context, name string) (store.Writer, error) {
	w, err := s.Store.Create(ctx, name)
	return &watchedWriter{Writer: w}, err
}

// writing is the most that the heap held while a file was written.
var writing int64

type watchedWriter struct {
	store.Writer
	n int
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.n++; w.n%100 == 1 || len(b) > 1<<20 {
		writing = max(writing, heapBytes())
	}
	return w.Writer.Write(b)
}

// useSink writes parts of long and of short texts.
func (h *holding) useSink(t *testing.T) func(obj any) int64 {
	r := rand.NewChaCha8([32]byte{})
	total := 12 << 20
	switch h.def.Settings {
	case tokenshards.MegatronDef.Settings, tokenshards.NanotronDef.Settings: // the letters are slow to tokenize
		total = 4 << 20
	case parquet.Def.Settings:
		if h.name == "sink-parquet" {
			total = 34 << 20 // more than a row group
		}
	}
	return func(obj any) int64 {
		sink := obj.(stage.Sink)
		for _, size := range []int{1 << 20, 20_000} {
			w, err := sink.Create(t.Context(), fmt.Sprint("part-", size), corpus.PartSchema(nil, nil))
			if err != nil {
				t.Fatal(err)
			}
			for i := range min(total, int(sink.PartBytes())) / size {
				docs := make([]*corpus.Document, i%200+1)
				for k := range docs {
					docs[k] = &corpus.Document{ID: fmt.Sprint(i, k)}
				}
				docs[len(docs)-1].Text = letters(r, size)
				if err := w.Write(docs); err != nil {
					t.Fatal(err)
				}
				if size > 100_000 || i%200 == 0 {
					writing = max(writing, heapBytes())
				}
			}
			if _, err := w.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return writing
	}
}

// The recipes fit the budgets that they are used with.
func TestRecipesFit(t *testing.T) {
	for name, workers := range map[string]map[int64]int{ // by GiB, the most
		"quickstart": {1: 23, 4: 37}, "fineweb": {1: 23, 4: 37}, "web-zh-en": {1: 23, 4: 37}, "mdfs-zh": {1: 12, 4: 24}, "documents": {1: 2, 4: 13}, "fileqa": {4: 8},
	} {
		src, ok := pipelines.Recipe(name)
		if !ok {
			t.Fatalf("no recipe %s", name)
		}
		app := corpusmill.App()
		p, err := app.Parse(name, src, nil)
		if err != nil {
			t.Fatal(err)
		}
		for gib, most := range workers {
			for _, n := range []int{1, most} {
				plan, err := app.Plan(t.Context(), p, run.Options{Dir: t.TempDir(), Memory: gib << 30, Workers: n})
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(plan.CheckMemory(), plan.Close()); err != nil {
					t.Errorf("%s: %d workers: %v", name, n, err)
				}
			}
		}
	}
}
