package megatron_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/megatron"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// The golden shard; its bytes were read by Megatron's own IndexedDataset.
var golden = [][]uint32{{1, 2, 3, 50256}, {7, 50256}, {9, 10, 11, 12, 50256}}

// after the header: lengths 4, 2, 5, then byte offsets, then the document index.
const (
	goldenHeader  = "4d4d49444944580000" + "0100000000000000" + "%s" + "0300000000000000" + "0400000000000000"
	goldenLengths = "040000000200000005000000"
	goldenBounds  = "0000000000000000" + "0100000000000000" + "0200000000000000" + "0300000000000000"
	goldenU16     = "0100020003" + "0050c4" + "070050c4" + "09000a000b000c0050c4"
	goldenI32     = "01000000020000000300000050c40000" + "0700000050c40000" + "090000000a0000000b0000000c00000050c40000"
)

func write(t testing.TB, s store.Store, name string, vocab int, docs [][]uint32) (bin, idx stage.Part) {
	t.Helper()
	w, err := megatron.Create(t.Context(), s, name, vocab)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, d := range docs {
		if err := w.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	parts, err := w.Commit(t.Context())
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	return parts[0], parts[1]
}

func bytesOf(t testing.TB, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		vocab   int
		dtype   megatron.DType
		bin     string
		offsets string
	}{
		{50257, megatron.Uint16, goldenU16, "0000000000000000" + "0800000000000000" + "0c00000000000000"},
		{65499, megatron.Uint16, goldenU16, "0000000000000000" + "0800000000000000" + "0c00000000000000"},
		{65500, megatron.Int32, goldenI32, "0000000000000000" + "1000000000000000" + "1800000000000000"},
		{200019, megatron.Int32, goldenI32, "0000000000000000" + "1000000000000000" + "1800000000000000"},
	} {
		t.Run(fmt.Sprint(c.vocab), func(t *testing.T) {
			dir := t.TempDir()
			s := store.Local(dir)
			bin, idx := write(t, s, "web", c.vocab, golden)
			index := fmt.Sprintf(goldenHeader, fmt.Sprintf("%02x", uint8(c.dtype))) + goldenLengths + c.offsets + goldenBounds
			got := bytesOf(t, dir, "web.idx")
			if len(got) != 102 || hex.EncodeToString(got) != index {
				t.Errorf("index of %d bytes:\n%x, want\n%s", len(got), got, index)
			}
			if got := hex.EncodeToString(bytesOf(t, dir, "web.bin")); got != c.bin {
				t.Errorf("tokens:\n%s, want\n%s", got, c.bin)
			}
			if bin.File != "web.bin" || bin.Rows != 3 || bin.Bytes != int64(len(c.bin)/2) || idx.File != "web.idx" || idx.Bytes != 102 || idx.Rows != 0 {
				t.Errorf("parts %+v, %+v", bin, idx)
			}
			r, err := megatron.Open(t.Context(), s, "web")
			if err != nil {
				t.Fatal(err)
			}
			if r.DType() != c.dtype || r.Documents() != 3 || r.Sequences() != 3 || r.Tokens() != 11 {
				t.Errorf("read type %d, %d documents, %d sequences, %d tokens", r.DType(), r.Documents(), r.Sequences(), r.Tokens())
			}
			same(t, r, golden)
		})
	}
}

type reader interface {
	Documents() int
	Append(ctx context.Context, dst []uint32, i int) ([]uint32, error)
	All(ctx context.Context) iter.Seq2[[]uint32, error]
}

// same reads a shard from its end and again in order.
func same(t *testing.T, r reader, want [][]uint32) {
	t.Helper()
	if r.Documents() != len(want) {
		t.Fatalf("%d documents, want %d", r.Documents(), len(want))
	}
	for i, ids := range slices.Backward(want) {
		got, err := r.Append(t.Context(), []uint32{42}, i)
		if err != nil || got[0] != 42 || !slices.Equal(got[1:], ids) {
			t.Fatalf("document %d: %d ids, %v, want %d", i, len(got)-1, err, len(ids))
		}
	}
	i := 0
	for got, err := range r.All(t.Context()) {
		if err != nil || !slices.Equal(got, want[i]) {
			t.Fatalf("in order: document %d: %d ids, %v, want %d", i, len(got), err, len(want[i]))
		}
		i++
	}
	if i != len(want) {
		t.Errorf("in order: %d documents, want %d", i, len(want))
	}
}

// shapes are shards at the limits of buffers and chunks.
func shapes() map[string][][]uint32 {
	long := make([]uint32, 400_000) // several write buffers, not a multiple of them
	for i := range long {
		long[i] = uint32(i*7) % 50_000
	}
	many := make([][]uint32, 40_000) // several chunks of lengths
	for i := range many {
		many[i] = long[i : i+i%4]
	}
	return map[string][][]uint32{
		"none": nil, "one empty": {{}}, "empty between": {{}, {1}, {}, {}, {2, 3}, {}},
		"long": {{5}, long, {6}, long[:131_072], long[:131_071]}, "many": many,
	}
}

func TestRoundTrip(t *testing.T) {
	for name, docs := range shapes() {
		for _, vocab := range []int{50_000, 1 << 31} {
			t.Run(fmt.Sprint(name, "/", vocab), func(t *testing.T) {
				s := store.Local(t.TempDir())
				bin, _ := write(t, s, "a/b", vocab, docs)
				if bin.Rows != int64(len(docs)) {
					t.Errorf("%d rows, want %d", bin.Rows, len(docs))
				}
				r, err := megatron.Open(t.Context(), s, "a/b")
				if err != nil {
					t.Fatal(err)
				}
				same(t, r, docs)
				w, err := megatron.CreateNanotron(t.Context(), s, "a/b", "tok", vocab)
				if err != nil {
					t.Fatal(err)
				}
				defer w.Abort()
				for _, d := range docs {
					if err := w.Add(d); err != nil {
						t.Fatal(err)
					}
				}
				if parts, err := w.Commit(t.Context()); err != nil || parts[0].Rows != int64(len(docs)) {
					t.Fatalf("%+v, %v", parts, err)
				}
				n, err := megatron.OpenNanotron(t.Context(), s, "a/b")
				if err != nil {
					t.Fatal(err)
				}
				same(t, n, docs)
			})
		}
	}
}

func TestDTypeFor(t *testing.T) {
	for _, c := range []struct {
		vocab int
		want  megatron.DType
	}{{-1, 0}, {0, 0}, {1, megatron.Uint16}, {65_499, megatron.Uint16}, {65_500, megatron.Int32}, {65_536, megatron.Int32},
		{1 << 31, megatron.Int32}, {1<<31 + 1, 0}} {
		got, err := megatron.DTypeFor(c.vocab)
		if got != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%d: %d, %v, want %d", c.vocab, got, err, c.want)
		}
	}
}

// Nothing is there before Commit, nothing after Abort or a refused document.
func TestAbort(t *testing.T) {
	s := store.Local(t.TempDir())
	w, err := megatron.Create(t.Context(), s, "a", 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add([]uint32{99}); err != nil {
		t.Error(err)
	}
	if err := w.Add([]uint32{1, 100}); err == nil || !strings.Contains(err.Error(), "id 100 at place 1") {
		t.Errorf("an id beyond the vocabulary: %v", err)
	}
	if err := w.Add([]uint32{1}); err == nil {
		t.Error("after an error a document is taken")
	}
	if _, err := w.Commit(t.Context()); err == nil {
		t.Error("after an error Commit works")
	}
	if err := errors.Join(w.Abort(), w.Abort()); err != nil {
		t.Error(err)
	}
	n, err := megatron.CreateNanotron(t.Context(), s, "a", "tok", 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.Add([]uint32{99}), n.Abort()); err != nil {
		t.Error(err)
	}
	if got := storetest.Names(t, s, ""); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

// refusing lets the nth Commit fail.
type refusing struct {
	store.Store
	left int
}

func (r *refusing) Create(ctx context.Context, name string) (store.Writer, error) {
	w, err := r.Store.Create(ctx, name)
	return &refusingWriter{w, r}, err
}

type refusingWriter struct {
	store.Writer
	r *refusing
}

var errRefused = errors.New("refused")

func (w *refusingWriter) Commit(ctx context.Context) (store.Object, error) {
	if w.r.left--; w.r.left < 0 {
		return store.Object{}, errors.Join(errRefused, w.Abort())
	}
	return w.Writer.Commit(ctx)
}

// A shard is whole or absent, whichever of its files cannot be published.
func TestCommitFails(t *testing.T) {
	for left := range 3 {
		dir := t.TempDir()
		s := &refusing{store.Local(dir), left}
		if left < 2 {
			w, err := megatron.Create(t.Context(), s, "a", 100)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Commit(t.Context()); !errors.Is(err, errRefused) {
				t.Errorf("Commit: %v", err)
			}
			w.Abort()
		}
		s.left = left
		n, err := megatron.CreateNanotron(t.Context(), s, "a", "tok", 100)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Commit(t.Context()); !errors.Is(err, errRefused) {
			t.Errorf("Commit: %v", err)
		}
		n.Abort()
		if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
			t.Errorf("after %d commits: left %v, %v", left, files, err)
		}
	}
}

func TestNanotronGolden(t *testing.T) {
	for _, c := range []struct {
		vocab, width int
		ds           string
	}{{50_257, 2, goldenU16}, {65_536, 2, goldenU16}, {65_537, 4, goldenI32}} {
		dir := t.TempDir()
		s := store.Local(dir)
		w, err := megatron.CreateNanotron(t.Context(), s, "web", "gpt2", c.vocab)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		for _, d := range golden {
			if err := w.Add(d); err != nil {
				t.Fatal(err)
			}
		}
		parts, err := w.Commit(t.Context())
		if err != nil || len(parts) != 3 {
			t.Fatal(parts, err)
		}
		ds, index, metadata := parts[0], parts[1], parts[2]
		if ds.File != "web.ds" || ds.Rows != 3 || index.File != "web.ds.index" || metadata.File != "web.ds.metadata" {
			t.Errorf("parts %+v, %+v, %+v", ds, index, metadata)
		}
		if got := hex.EncodeToString(bytesOf(t, dir, "web.ds")); got != c.ds {
			t.Errorf("tokens:\n%s, want\n%s", got, c.ds)
		}
		if got := hex.EncodeToString(bytesOf(t, dir, "web.ds.index")); got != "0400000000000000"+"0600000000000000"+"0b00000000000000" {
			t.Errorf("index: %s", got)
		}
		if got, want := string(bytesOf(t, dir, "web.ds.metadata")), fmt.Sprintf("gpt2|%d\n11\n11.0 T", c.width); got != want {
			t.Errorf("metadata %q, want %q", got, want)
		}
		r, err := megatron.OpenNanotron(t.Context(), s, "web")
		if err != nil {
			t.Fatal(err)
		}
		if r.Tokenizer() != "gpt2" || r.TokenBytes() != c.width {
			t.Errorf("read %q, %d bytes a token", r.Tokenizer(), r.TokenBytes())
		}
		same(t, r, golden)
	}
	for _, name := range []string{"", "a|b", "a\nb", "a\r"} {
		if w, err := megatron.CreateNanotron(t.Context(), store.Local(t.TempDir()), "web", name, 9); err == nil {
			t.Errorf("tokenizer name %q is taken", name)
			w.Abort()
		}
	}
}

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "shards")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	w, err := megatron.Create(ctx, store.Local(dir), "web", 50257)
	if err != nil {
		log.Fatal(err)
	}
	defer w.Abort()
	for _, ids := range [][]uint32{{15496, 995, 50256}, {5891, 50256}} {
		if err := w.Add(ids); err != nil {
			log.Fatal(err)
		}
	}
	parts, err := w.Commit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range parts {
		fmt.Println(p.File, p.Bytes)
	}
	r, err := megatron.Open(ctx, store.Local(dir), "web")
	if err != nil {
		log.Fatal(err)
	}
	for ids, err := range r.All(ctx) {
		fmt.Println(ids, err)
	}
	// Output:
	// web.bin 10
	// web.idx 82
	// [15496 995 50256] <nil>
	// [5891 50256] <nil>
}

func BenchmarkAdd(b *testing.B) {
	docs := shapes()["long"]
	for _, vocab := range []int{50_257, 200_019} {
		b.Run(fmt.Sprint(vocab), func(b *testing.B) {
			w, err := megatron.Create(b.Context(), store.Local(b.TempDir()), "a", vocab)
			if err != nil {
				b.Fatal(err)
			}
			defer w.Abort()
			b.SetBytes(int64(4 * len(docs[1])))
			for b.Loop() {
				if err := w.Add(docs[1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A shard that is not whole says which file is at fault.
func TestOpenDamaged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, dir string) error
		want   error
		says   string
	}{
		{"no bin", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, "a.bin")) }, store.ErrNotExist, "a.bin"},
		{"no index", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, "a.idx")) }, store.ErrNotExist, "a.idx"},
		{"bin cut", func(_ *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, "a.bin"), 43) }, megatron.ErrDamaged, "a.idx"},
		{"index cut", func(_ *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, "a.idx"), 101) }, megatron.ErrDamaged, "a.idx"},
		{"negative id", func(t *testing.T, dir string) error {
			b := bytesOf(t, dir, "a.bin")
			b[43] = 0x80
			return os.WriteFile(filepath.Join(dir, "a.bin"), b, 0o600)
		}, megatron.ErrDamaged, "a.bin"},
	} {
		dir := t.TempDir()
		s := store.Local(dir)
		write(t, s, "a", 70_000, golden)
		if err := c.change(t, dir); err != nil {
			t.Fatal(err)
		}
		r, err := megatron.Open(t.Context(), s, "a")
		for i := 0; err == nil && i < r.Documents(); i++ {
			_, err = r.Append(t.Context(), nil, i)
		}
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v about %s", c.name, err, c.want, c.says)
		}
	}
}
