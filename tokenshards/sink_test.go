package tokenshards_test

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/megatron"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/tokencount"
	"github.com/corpusmill/corpusmill/tokenshards"
)

func shardTexts() []string {
	texts := []string{"", "Hello world", " ", "计算词元，一个不差。", "a\r\nb\tc", strings.Repeat("long text of many words, ", 5_000), "<|endoftext|>", "\U0001F469\u200d\U0001F4BB"}
	for i := range 700 { // several windows
		texts = append(texts, strings.Repeat(fmt.Sprintf("Document %d says nothing new. ", i), i%50))
	}
	return texts
}

func asDocuments(texts []string) []*corpus.Document {
	var docs []*corpus.Document
	for i, text := range texts {
		docs = append(docs, &corpus.Document{ID: fmt.Sprint(i), Text: text})
	}
	return docs
}

// megatronSink opens the sink with its defaults, gpt2 and what set says.
func megatronSink(t testing.TB, dir string, set func(*tokenshards.Megatron)) *tokenshards.Sink {
	t.Helper()
	m := tokenshards.MegatronDef.New().(*tokenshards.Megatron)
	m.Dir, m.Tokenizer = dir, "gpt2"
	if set != nil {
		set(m)
	}
	sink, err := tokenshards.MegatronDef.OpenExact(t.Context(), m, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return sink.(*tokenshards.Sink)
}

func nanotronSink(t testing.TB, dir string) *tokenshards.Sink {
	t.Helper()
	sink, err := tokenshards.OpenNanotron(t.Context(), tokenshards.Nanotron{Dir: dir, Tokenizer: "gpt2"}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func writePart(t testing.TB, sink stage.Sink, name string, docs []*corpus.Document, batch int) stage.Part {
	t.Helper()
	w, err := sink.Create(t.Context(), name, corpus.PartSchema(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for b := range slices.Chunk(docs, batch) {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return part
}

func tokensOf(t testing.TB, all iter.Seq2[[]uint32, error]) (docs [][]uint32) {
	t.Helper()
	for ids, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, slices.Clone(ids))
	}
	return docs
}

func readMegatron(t testing.TB, dir, name string) [][]uint32 {
	t.Helper()
	r, err := megatron.Open(t.Context(), store.Local(dir), name)
	if err != nil {
		t.Fatal(err)
	}
	return tokensOf(t, r.All(t.Context()))
}

// encoded is what a shard must hold.
func encoded(t testing.TB, texts []string, end ...uint32) (docs [][]uint32) {
	t.Helper()
	tok, err := tokencount.Open("gpt2")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		docs = append(docs, append(tok.Encode(nil, text), end...))
	}
	return docs
}

func sameTokens(t *testing.T, got, want [][]uint32) {
	t.Helper()
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the tokens of %d documents differ from those of %d texts", len(got), len(want))
	}
}

func folderBytes(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}

func TestMegatronSink(t *testing.T) {
	texts := shardTexts()
	for _, c := range []struct {
		eod string
		id  int64
		end []uint32
	}{{"on", -1, []uint32{50256}}, {"off", -1, nil}, {"off", 7, nil},
		{"on", 0, []uint32{0}}, {"on", 60000, []uint32{60000}}, {"on", 70000, []uint32{70000}}} {
		dir := t.TempDir()
		part := writePart(t, megatronSink(t, dir, func(m *tokenshards.Megatron) { m.AppendEOD, m.EODID = c.eod, c.id }), "part-0", asDocuments(texts), 300)
		if part.File != "part-0.bin" || part.Rows != int64(len(texts)) {
			t.Errorf("append_eod %q, eod_id %d: %+v", c.eod, c.id, part)
		}
		sameTokens(t, readMegatron(t, dir, "part-0"), encoded(t, texts, c.end...))
	}
}

// DeepSpeed's reader takes ids of 4 bytes alone.
func TestFourByteIDs(t *testing.T) {
	dir := t.TempDir()
	part := writePart(t, megatronSink(t, dir, func(m *tokenshards.Megatron) { m.TokenBytes = 4 }), "part-0", asDocuments([]string{"one text", "two"}), 300)
	ids := encoded(t, []string{"one text", "two"}, 50256)
	sameTokens(t, readMegatron(t, dir, "part-0"), ids)
	if want := int64(4 * (len(ids[0]) + len(ids[1]))); part.Bytes != want {
		t.Errorf("%d bytes, want %d", part.Bytes, want)
	}
}

func TestNanotronSink(t *testing.T) {
	dir := t.TempDir()
	part := writePart(t, nanotronSink(t, dir), "part-0", asDocuments(shardTexts()), 300)
	r, err := megatron.OpenNanotron(t.Context(), store.Local(dir), "part-0")
	if err != nil {
		t.Fatal(err)
	}
	if part.File != "part-0.ds" || r.Tokenizer() != "gpt2" || r.TokenBytes() != 2 {
		t.Errorf("%+v, %q, %d bytes a token", part, r.Tokenizer(), r.TokenBytes())
	}
	sameTokens(t, tokensOf(t, r.All(t.Context())), encoded(t, shardTexts(), 50256))
}

// The bytes depend neither on the processors nor on the batches.
func TestShardBytesParallel(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	docs := asDocuments(shardTexts())
	var first map[string]string
	for _, c := range []struct{ processors, batch int }{{1, 1_000}, {2, 1_000}, {2, 7}, {8, 1_000}} {
		runtime.GOMAXPROCS(c.processors)
		dir := t.TempDir()
		writePart(t, megatronSink(t, dir, nil), "plain", docs, c.batch)
		writePart(t, megatronSink(t, dir, func(m *tokenshards.Megatron) { m.Shuffle = "on" }), "shuffled", docs, c.batch)
		writePart(t, nanotronSink(t, dir), "plain", docs, c.batch)
		got := folderBytes(t, dir)
		if len(got) != 7 {
			t.Fatalf("%d files", len(got))
		}
		if first == nil {
			first = got
		}
		for name, b := range got {
			if b != first[name] {
				t.Errorf("%s differs with %d processors and batches of %d", name, c.processors, c.batch)
			}
		}
	}
}

// Shuffling keeps every document; seed and name of the part decide the order.
func TestShuffle(t *testing.T) {
	texts := shardTexts()
	want := encoded(t, texts, 50256)
	orders := map[string][][]uint32{"in order": want}
	for _, c := range []struct {
		name, part string
		seed       uint64
	}{{"seed of the run", "a", 0}, {"seed 2", "a", 2}, {"other part", "b", 2}} {
		dir := t.TempDir()
		writePart(t, megatronSink(t, dir, func(m *tokenshards.Megatron) { m.Shuffle, m.Seed = "on", c.seed }), c.part, asDocuments(texts), 300)
		got := readMegatron(t, dir, c.part)
		for name, other := range orders {
			if slices.EqualFunc(got, other, slices.Equal) {
				t.Errorf("%s: the order is that of %s", c.name, name)
			}
		}
		orders[c.name] = slices.Clone(got)
		slices.SortFunc(got, slices.Compare)
		sorted := slices.SortedFunc(slices.Values(want), slices.Compare)
		sameTokens(t, got, sorted)
	}
	dir := t.TempDir()
	writePart(t, megatronSink(t, dir, func(m *tokenshards.Megatron) { m.Shuffle, m.Seed = "on", 1 }), "a", asDocuments(texts), 300)
	sameTokens(t, readMegatron(t, dir, "a"), orders["seed of the run"]) // which is 1
}

func TestSinkAbortAndRemove(t *testing.T) {
	for name, open := range map[string]func(dir string) *tokenshards.Sink{
		"megatron": func(dir string) *tokenshards.Sink { return megatronSink(t, dir, nil) },
		"nanotron": func(dir string) *tokenshards.Sink { return nanotronSink(t, dir) },
	} {
		dir := t.TempDir()
		sink := open(dir)
		w, err := sink.Create(t.Context(), "part-0", corpus.PartSchema(nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(asDocuments(shardTexts())), w.Abort(), w.Abort()); err != nil {
			t.Error(err)
		}
		if got := folderBytes(t, dir); len(got) != 0 {
			t.Errorf("%s: Abort left %d files", name, len(got))
		}
		kept := writePart(t, sink, "part-1", asDocuments(shardTexts()), 100)
		part := writePart(t, sink, "part-0", nil, 100)
		for range 2 { // what is gone already is no error
			if err := sink.Remove(t.Context(), part.File); err != nil {
				t.Error(err)
			}
		}
		for file := range folderBytes(t, dir) {
			if !strings.HasPrefix(file, "part-1.") {
				t.Errorf("%s: Remove left %s", name, file)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, kept.File)); err != nil {
			t.Error(err)
		}
	}
}

func TestShardSettings(t *testing.T) {
	ranks := filepath.Join(t.TempDir(), "bytes.tiktoken")
	var b strings.Builder
	for i := range 256 {
		fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString([]byte{byte(i)}), i)
	}
	if err := os.WriteFile(ranks, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ yaml, want string }{
		{"{}", ""},
		{"append_eod: off", ""},
		{"eod_id: 0", ""},
		{"eod_id: 2147483647", ""},
		{"eod_id: 2147483648", "eod_id"},
		{"eod_id: -1", ""},
		{"eod_id: -2", "eod_id"},
		{"append_eod: maybe", "append_eod"},
		{"token_bytes: 4", ""},
		{"token_bytes: 2", "token_bytes"},
		{"shuffle: on\nseed: 7", ""},
		{"shuffle: 7", "shuffle"},
		{"part_bytes: 0", "part_bytes"},
		{"tokenizer: nothing_of_the_kind", "nothing_of_the_kind"},
		{"tokenizer: " + ranks, "eod_id"},
		{"tokenizer: " + ranks + "\neod_id: 256", ""},
		{"tokenizer: " + ranks + "\nappend_eod: off", ""},
	} {
		for _, def := range []stage.Def{tokenshards.MegatronDef, tokenshards.NanotronDef} {
			n, err := config.ParseYAML("test.yaml", []byte(c.yaml))
			if err != nil {
				t.Fatal(err)
			}
			settings, err := def.Decode(n)
			if err == nil {
				settings.(stage.Placer).DefaultDir(t.TempDir())
				var sink any
				if sink, err = def.OpenExact(t.Context(), settings, stage.NewEnv()); err == nil {
					_ = sink.(stage.Sink)
				}
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %q: %v, want an error with %q", def.Name, c.yaml, err, c.want)
			}
		}
	}
	if _, err := tokenshards.OpenMegatron(t.Context(), tokenshards.Megatron{}, stage.NewEnv()); err == nil {
		t.Error("a sink without a folder opens")
	}
}

// feed yields documents and then, if it is not nil, an error.
func feed(docs []*corpus.Document, last error) iter.Seq2[*corpus.Document, error] {
	return func(yield func(*corpus.Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
		if last != nil {
			yield(nil, last)
		}
	}
}

func TestExport(t *testing.T) {
	texts := shardTexts()
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	broken := errors.New("broken input")
	for _, c := range []struct {
		name      string
		partBytes int
		texts     []string
		err       error
		parts     int
	}{
		{"one part", size + 1, texts, nil, 1},
		{"exactly full", size, texts, nil, 1},
		{"last text begins a part", size - len(texts[len(texts)-1]), texts, nil, 2},
		{"a part a document", 1, []string{"a", "", "b", ""}, nil, 3},
		{"none", 1, nil, nil, 0},
		{"broken input, parts before it stay", 10, []string{"0123456789", "x"}, broken, 1},
	} {
		dir := t.TempDir()
		sink := megatronSink(t, dir, func(m *tokenshards.Megatron) { m.PartBytes = config.Bytes(c.partBytes) })
		parts, err := tokenshards.Export(t.Context(), feed(asDocuments(c.texts), c.err), sink)
		if !errors.Is(err, c.err) || len(parts) != c.parts {
			t.Errorf("%s: %d parts, %v, want %d, %v", c.name, len(parts), err, c.parts, c.err)
		}
		if got := len(folderBytes(t, dir)); got != 2*c.parts {
			t.Errorf("%s: %d files for %d parts", c.name, got, c.parts)
		}
		if c.err != nil {
			continue
		}
		var got [][]uint32
		for i, p := range parts {
			if want := fmt.Sprintf("part-%05d.bin", i); p.File != want {
				t.Errorf("%s: part %s, want %s", c.name, p.File, want)
			}
			got = append(got, readMegatron(t, dir, strings.TrimSuffix(p.File, ".bin"))...)
		}
		sameTokens(t, got, encoded(t, c.texts, 50256))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if parts, err := tokenshards.Export(ctx, feed(asDocuments(texts), nil), megatronSink(t, dir, nil)); !errors.Is(err, context.Canceled) || len(parts)+len(folderBytes(t, dir)) != 0 {
		t.Errorf("cancelled: %v, %v", parts, err)
	}
}

func TestPack(t *testing.T) {
	type span = tokenshards.Span
	for _, c := range []struct {
		lengths  []int
		sequence int
		want     [][]span
	}{
		{nil, 4, nil},
		{[]int{0, 0}, 4, nil},
		{[]int{3}, 4, [][]span{{{0, 0, 3}}}},
		{[]int{4}, 4, [][]span{{{0, 0, 4}}}},
		{[]int{5}, 4, [][]span{{{0, 0, 4}}, {{0, 4, 1}}}},
		{[]int{2, 0, 2, 1}, 4, [][]span{{{0, 0, 2}, {2, 0, 2}}, {{3, 0, 1}}}},
		{[]int{3, 9, 1}, 4, [][]span{{{0, 0, 3}, {1, 0, 1}}, {{1, 1, 4}}, {{1, 5, 4}}, {{2, 0, 1}}}},
		{[]int{2, 1}, 1, [][]span{{{0, 0, 1}}, {{0, 1, 1}}, {{1, 0, 1}}}},
	} {
		sequences, err := tokenshards.Pack(c.lengths, c.sequence)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]span
		for s := range sequences {
			got = append(got, slices.Clone(s))
		}
		if !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%v by %d: %v, want %v", c.lengths, c.sequence, got, c.want)
		}
	}
	for _, c := range []struct {
		lengths  []int
		sequence int
	}{{nil, 0}, {nil, -1}, {[]int{1, -1}, 4}} {
		if _, err := tokenshards.Pack(c.lengths, c.sequence); err == nil {
			t.Errorf("%v by %d is accepted", c.lengths, c.sequence)
		}
	}
}

// Packed spans are every token once, in order, in full sequences.
func FuzzPack(f *testing.F) {
	f.Add([]byte{3, 0, 200, 1}, uint8(4))
	f.Fuzz(func(t *testing.T, sizes []byte, sequence uint8) {
		lengths := make([]int, len(sizes))
		total := 0
		for i, n := range sizes {
			lengths[i] = int(n)
			total += int(n)
		}
		sequences, err := tokenshards.Pack(lengths, int(sequence))
		if err != nil {
			if sequence != 0 {
				t.Fatal(err)
			}
			return
		}
		at := make([]int, len(lengths))
		seen, short, document := 0, false, 0
		for spans := range sequences {
			bounds := tokenshards.Boundaries(nil, spans)
			n := int(bounds[len(bounds)-1])
			if short || n == 0 || n > int(sequence) || len(tokenshards.LossMask(nil, spans)) != n || len(bounds) != len(spans)+1 {
				t.Fatalf("sequence of %d tokens, %v", n, spans)
			}
			short = n < int(sequence)
			for _, s := range spans {
				if s.Document < document || s.Offset != at[s.Document] || s.Tokens < 1 {
					t.Fatalf("span %v after document %d", s, document)
				}
				document = s.Document
				at[document] += s.Tokens
			}
			seen += n
		}
		if seen != total || !slices.Equal(at, lengths) {
			t.Fatalf("%d of %d tokens", seen, total)
		}
	})
}

func ExampleExport() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "shards")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	sink, err := tokenshards.OpenMegatron(ctx, tokenshards.Megatron{Dir: dir, Tokenizer: "gpt2"}, stage.NewEnv())
	if err != nil {
		log.Fatal(err)
	}
	docs := []*corpus.Document{{ID: "a", Text: "Hello world"}, {ID: "b", Text: "Bye"}}
	parts, err := tokenshards.Export(ctx, feed(docs, nil), sink)
	if err != nil {
		log.Fatal(err)
	}
	r, err := megatron.Open(ctx, store.Local(dir), "part-00000")
	if err != nil {
		log.Fatal(err)
	}
	for ids, err := range r.All(ctx) {
		fmt.Println(ids, err)
	}
	fmt.Println(parts[0].File, parts[0].Rows)
	// Output:
	// [15496 995 50256] <nil>
	// [3886 68 50256] <nil>
	// part-00000.bin 2
}

func ExamplePack() {
	sequences, err := tokenshards.Pack([]int{3, 4}, 5)
	if err != nil {
		log.Fatal(err)
	}
	for spans := range sequences {
		fmt.Println(spans, tokenshards.Boundaries(nil, spans), tokenshards.LossMask(nil, spans))
	}
	// Output:
	// [{0 0 3} {1 0 2}] [0 3 5] [true true false true false]
	// [{1 2 2}] [0 2] [true false]
}

// benchmarkTexts are those of the shared data beside the module.
func benchmarkTexts(b *testing.B) (texts []string) {
	b.Helper()
	f, err := os.Open("../../shared/data/expected/text.jsonl.gz")
	if errors.Is(err, os.ErrNotExist) {
		b.Skip("the shared data is absent")
	} else if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	for d := json.NewDecoder(z); ; {
		var doc struct{ Text string }
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return texts
		} else if err != nil {
			b.Fatal(err)
		}
		texts = append(texts, doc.Text)
	}
}

func BenchmarkExport(b *testing.B) {
	docs := asDocuments(benchmarkTexts(b))
	var size int64
	for _, d := range docs {
		size += int64(len(d.Text))
	}
	b.SetBytes(size)
	sink := megatronSink(b, b.TempDir(), nil)
	for b.Loop() {
		if _, err := tokenshards.Export(b.Context(), feed(docs, nil), sink); err != nil {
			b.Fatal(err)
		}
	}
}
