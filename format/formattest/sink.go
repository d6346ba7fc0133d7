package formattest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// Sink says how to open and read back the sink under test.
type Sink struct {
	// Open opens the sink over a folder or s3:// location.
	Open func(ctx context.Context, dir string, env *stage.Env) (stage.Sink, error)
	// Read reads a part back.
	Read func(t testing.TB, part []byte) []Cells
}

// RunSink runs the suite over local folders.
func RunSink(t *testing.T, s Sink) {
	dir := func(t *testing.T) (string, *stage.Env) { return t.TempDir(), stage.NewEnv() }
	s.run(t, dir)
}

// RunSinkS3 runs the suite over a real S3 server; without one it skips.
func RunSinkS3(t *testing.T, s Sink) {
	g := s3test.StartGateway(t)
	s.run(t, func(*testing.T) (string, *stage.Env) {
		env := stage.NewEnv()
		env.Stores = g.Schemes()
		return g.Location(), env
	})
}

func (s Sink) run(t *testing.T, place func(*testing.T) (string, *stage.Env)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"RoundTrip", testRoundTrip}, {"Empty", testEmpty}, {"Large", testLarge}, {"RejectSchema", testRejects},
		{"SameBytes", testSameBytes}, {"Abort", testAbort}, {"Remove", testRemove}, {"Cancelled", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, env := place(t)
			sink, err := s.Open(t.Context(), dir, env)
			if err != nil {
				t.Fatal(err)
			}
			st, err := env.Stores.Open(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			c.test(t, &bench{Sink: s, sink: sink, store: st})
		})
	}
}

// bench is an open sink with the store below it.
type bench struct {
	Sink
	sink  stage.Sink
	store store.Store
}

// write writes a part in batches of n documents and checks what Commit says.
func (b *bench) write(t *testing.T, name string, schema corpus.Schema, docs []*corpus.Document, n int) (stage.Part, []byte) {
	t.Helper()
	before := storetest.Names(t, b.store, "")
	w, err := b.sink.Create(t.Context(), name, schema)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort() //nolint:errcheck // after Commit it does nothing, which the next lines check
	for from := 0; from < len(docs); from += n {
		if err := w.Write(docs[from:min(from+n, len(docs))]); err != nil {
			t.Fatal(err)
		}
	}
	if seen := storetest.Names(t, b.store, ""); !slices.Equal(seen, before) {
		t.Errorf("visible before Commit: %q, before Create: %q", seen, before)
	}
	part, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Errorf("Abort after Commit: %v", err)
	}
	data := storetest.Get(t, b.store, part.File)
	sum := sha256.Sum256(data)
	want := stage.Part{File: part.File, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Rows: int64(len(docs))}
	if !reflect.DeepEqual(part, want) {
		t.Errorf("Commit says %+v, the file is %+v", part, want)
	}
	if !strings.HasPrefix(part.File, name+".") {
		t.Errorf("part %s is called %s", name, part.File)
	}
	if p, ok := b.sink.(stage.Placed); !ok || !slices.Contains(p.Names(name), part.File) || p.Place().String() != b.store.String() {
		t.Errorf("%s is none of the names, or not in the place, that the sink tells", part.File)
	}
	return part, data
}

// same compares rows cell by cell.
func same(t *testing.T, got, want []Cells) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("read %d rows, wrote %d", len(got), len(want))
	}
	for i := range want {
		for name, w := range want[i] {
			g, ok := got[i][name]
			if !ok || g != w {
				t.Errorf("row %d, %s: read %.80q (there: %v), wrote %.80q", i, name, g.Str, ok, w.Str)
				t.Errorf("  numbers: read %d %g, wrote %d %g", g.Int, g.Float, w.Int, w.Float)
			}
		}
		for name := range got[i] {
			if _, ok := want[i][name]; !ok {
				t.Errorf("row %d, %s: read a value, wrote null", i, name)
			}
		}
	}
}

func testRoundTrip(t *testing.T, b *bench) {
	for _, n := range []int{1, 5, 1_000} {
		_, data := b.write(t, "part-00000", Schema(), Documents(), n)
		same(t, b.Read(t, data), Want(Documents(), Schema()))
	}
}

func testEmpty(t *testing.T, b *bench) {
	_, data := b.write(t, "empty", Schema(), nil, 1)
	same(t, b.Read(t, data), nil)
}

// testRejects has columns that are null in every row.
func testRejects(t *testing.T, b *bench) {
	docs := Documents()
	for i, d := range docs {
		d.Text = ""
		if i > 0 {
			d.Rejection = &corpus.Rejection{Stage: "rule", Verdict: corpus.Verdict{Rule: "short", Value: float64(i), Limit: 7}}
		}
	}
	_, data := b.write(t, "rejects/part-00000", corpus.RejectSchema(), docs, 3)
	same(t, b.Read(t, data), Want(docs, corpus.RejectSchema()))
}

func testLarge(t *testing.T, b *bench) {
	text := strings.Repeat("0123456789 abcdefghij\u4e2d\u6587\n", 50<<20/28)
	docs := []*corpus.Document{{ID: "a", Text: "before"}, {ID: "b", Text: text}, {ID: "c", Text: "after"}}
	_, data := b.write(t, "large", Schema(), docs, 3)
	same(t, b.Read(t, data), Want(docs, Schema()))
}

// testSameBytes writes the same documents under other conditions.
func testSameBytes(t *testing.T, b *bench) {
	var docs []*corpus.Document
	for i := range uint64(40) { // some 20 MB: several pages, blocks and batches
		docs = append(docs, Documents()...)
		docs[len(docs)-1].Text = base64.StdEncoding.EncodeToString(storetest.Bytes(200_000, i))
	}
	_, first := b.write(t, "first", Schema(), docs, 1)
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, procs := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(procs)
		if _, other := b.write(t, "other", Schema(), docs, 7*procs); !bytes.Equal(first, other) {
			t.Errorf("other bytes with GOMAXPROCS=%d", procs)
		}
	}
}

func testAbort(t *testing.T, b *bench) {
	w, err := b.sink.Create(t.Context(), "part-00000", Schema())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Documents()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Abort(), w.Abort()); err != nil {
		t.Error(err)
	}
	if names := storetest.Names(t, b.store, ""); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

func testRemove(t *testing.T, b *bench) {
	part, _ := b.write(t, "part-00000", Schema(), Documents(), 9)
	has := func(part stage.Part, want bool) {
		t.Helper()
		if got, err := b.sink.Has(t.Context(), part); got != want || err != nil {
			t.Errorf("Has says %v, %v; want %v", got, err, want)
		}
	}
	has(part, true)
	other := part
	other.Bytes++
	has(other, false)
	defer func() { has(part, false) }()
	for range 2 { // what is absent may be removed too
		if err := b.sink.Remove(t.Context(), part.File); err != nil {
			t.Error(err)
		}
	}
	if names := storetest.Names(t, b.store, ""); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

func testCancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	w, err := b.sink.Create(ctx, "part-00000", Schema())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_ = w.Write(Documents()) // may be buffered and succeed
	if _, err := w.Commit(ctx); err == nil {
		t.Error("Commit under a cancelled context succeeded")
	}
	_ = w.Abort()
	if names := storetest.Names(t, b.store, ""); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}
