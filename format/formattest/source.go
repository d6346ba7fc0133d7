package formattest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// Feed records what a source gives. Like the engine's it fills in the origin.
type Feed struct {
	Shard       corpus.Shard
	Documents   []*corpus.Document
	Skipped     map[string]int
	Noted       map[string]int64
	Quarantined []*corpus.RecordError
	// Stop is returned by Document after so many documents, if not nil.
	Stop  error
	After int
}

// Document implements stage.Feed.
func (f *Feed) Document(d *corpus.Document) error {
	if f.Stop != nil && len(f.Documents) >= f.After {
		return f.Stop
	}
	f.Shard.Own(d)
	f.Documents = append(f.Documents, d)
	return nil
}

// Skip implements stage.Feed.
func (f *Feed) Skip(reason string) {
	if f.Skipped == nil {
		f.Skipped = map[string]int{}
	}
	f.Skipped[reason]++
}

// Note implements stage.Feed.
func (f *Feed) Note(reason string, records int64) {
	if f.Noted == nil {
		f.Noted = map[string]int64{}
	}
	f.Noted[reason] += records
}

// Large implements stage.Feed.
func (f *Feed) Large() error { return nil }

// Quarantine implements stage.Feed.
func (f *Feed) Quarantine(e *corpus.RecordError) { f.Quarantined = append(f.Quarantined, e) }

// String lists everything, for comparisons and messages.
func (f *Feed) String() string {
	var b strings.Builder
	for _, d := range f.Documents {
		fmt.Fprintf(&b, "%s %s %q %q %s %s %s %d@%d", d.ID, d.URL, d.Text, d.Raw, d.Media, d.Charset, d.Extra, d.Origin.Record, d.Origin.Offset)
		if d.Header != "" {
			fmt.Fprintf(&b, " header %q", d.Header)
		}
		for _, v := range d.Cells {
			fmt.Fprintf(&b, " %+v", v)
		}
		b.WriteByte('\n')
	}
	for _, reason := range slices.Sorted(maps.Keys(f.Skipped)) {
		fmt.Fprintf(&b, "skipped %s: %d\n", reason, f.Skipped[reason])
	}
	for _, e := range f.Quarantined {
		fmt.Fprintf(&b, "quarantined %v\n", e)
	}
	return b.String()
}

// Source says how to open the source under test and what it reads.
type Source struct {
	// Open opens the source over patterns.
	Open func(ctx context.Context, paths []string, env *stage.Env) (stage.Source, error)
	// File is a whole, sound file of at least three documents, or of one where
	// the format has no more.
	File []byte
	// Damages is how many damaged variants of File are tried, default 300.
	Damages int
	// Whole says that File is one piece to a source that reads ranges: all of it comes in
	// the first.
	Whole bool
}

// RunSource runs the suite.
func RunSource(t *testing.T, s Source) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Source)
	}{
		{"Shards", testShards}, {"Twice", testTwice}, {"Watched", testWatched}, {"Stop", testStop}, {"StoreError", testStoreError}, {"Damage", testDamage}, {"Unlisted", testUnlisted}, {"Cuts", testCuts},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, s) })
	}
}

// Read reads files, all of them, through a source over a fresh folder; feeds come
// by shard.
func (s Source) Read(t testing.TB, env *stage.Env, files map[string][]byte) ([]*Feed, error) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files { // not through a store, which would sync each
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	src, err := s.Open(t.Context(), []string{dir + "/**"}, env)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, src)
}

func readAll(t testing.TB, src stage.Source) ([]*Feed, error) {
	t.Helper()
	shards, err := src.Shards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var feeds []*Feed
	for _, shard := range shards {
		f := &Feed{Shard: shard}
		feeds = append(feeds, f)
		if err := src.Read(t.Context(), shard, f); err != nil {
			return feeds, err
		}
	}
	return feeds, nil
}

func newEnv() *stage.Env {
	env := stage.NewEnv()
	env.Name = "src"
	return env
}

func testShards(t *testing.T, s Source) {
	dir := t.TempDir()
	for _, name := range []string{"b/2", "b/10", "a", "c/x"} {
		storetest.Put(t, store.Local(dir), name, s.File)
	}
	open := func(paths ...string) stage.Source {
		src, err := s.Open(t.Context(), paths, newEnv())
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	src := open(dir+"/**", dir+"/{b/2,a}") // two patterns may name the same file
	for range 2 {
		shards, err := src.Shards(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, sh := range shards {
			names = append(names, sh.String())
			if sh.Size != int64(len(s.File)) || sh.Stamp == "" {
				t.Errorf("%+v", sh)
			}
		}
		if want := []string{"src/a", "src/b/10", "src/b/2", "src/c/x"}; !slices.Equal(names, want) {
			t.Errorf("shards %q, want %q", names, want)
		}
	}
	for _, paths := range [][]string{{dir + "/**", dir + "/nothing*"}, {dir + "/absent"}, {dir + "/b"}} {
		if _, err := open(paths...).Shards(t.Context()); err == nil {
			t.Errorf("%q: no error", paths)
		}
	}
	if _, err := s.Open(t.Context(), nil, newEnv()); err == nil {
		t.Error("no paths: no error")
	}
}

// watched is a feed that sees what is opened of its shard.
type watched struct {
	*Feed
	sums         *store.Checksums
	open, opened int
	outside      int
}

// Watch implements stage.Watcher.
func (w *watched) Watch(s store.Store) store.Store { return watchedStore{s, w} }

type watchedStore struct {
	store.Store
	w *watched
}

func (s watchedStore) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := s.Store.Open(ctx, name)
	return s.w.reader(r, name, 0, err)
}

func (s watchedStore) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.Store.OpenRange(ctx, name, offset, length)
	return s.w.reader(r, name, offset, err)
}

func (w *watched) reader(r io.ReadCloser, name string, offset int64, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	if w.open, w.opened = w.open+1, w.opened+1; name != w.Shard.Name {
		w.outside++
	}
	return watchedReader{w.sums.Reader(r, offset), w}, nil
}

type watchedReader struct {
	io.ReadCloser
	w *watched
}

func (r watchedReader) Close() error {
	r.w.open--
	return r.ReadCloser.Close()
}

// testWatched reads through the store that the feed wants: all of a small file, and closes
// what it opens.
func testWatched(t *testing.T, s Source) {
	dir := t.TempDir()
	storetest.Put(t, store.Local(dir), "f", s.File)
	src, err := s.Open(t.Context(), []string{dir + "/f"}, newEnv())
	if err != nil {
		t.Fatal(err)
	}
	shards, err := src.Shards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len(s.File))
	w := &watched{Feed: &Feed{Shard: shards[0]}, sums: store.NewChecksums(size)}
	if err := src.Read(t.Context(), shards[0], w); err != nil || len(w.Documents) == 0 {
		t.Fatal(w.Feed, err)
	}
	if w.opened == 0 || w.open != 0 || w.outside > 0 {
		t.Errorf("%d readers were opened through the store of the feed, %d of other files; %d are open", w.opened, w.outside, w.open)
	}
	if got := w.sums.Content(0, size); got.Bytes(size) != size {
		t.Errorf("of a file of %d bytes the feed saw %+v", size, got)
	}
}

func testTwice(t *testing.T, s Source) {
	var first string
	for range 2 {
		feeds, err := s.Read(t, newEnv(), map[string][]byte{"f": s.File})
		if err != nil {
			t.Fatal(err)
		}
		f := feeds[0]
		if len(f.Documents) == 0 || len(f.Quarantined) > 0 {
			t.Fatalf("sound file: %v", f)
		}
		if first == "" {
			first = f.String()
		} else if f.String() != first {
			t.Errorf("the second reading differs:\n%s\n%s", first, f)
		}
		last := int64(-1)
		for _, d := range f.Documents {
			if d.Origin.Record <= last {
				t.Errorf("record %d after %d", d.Origin.Record, last)
			}
			last = d.Origin.Record
		}
	}
}

func testStop(t *testing.T, s Source) {
	dir := t.TempDir()
	storetest.Put(t, store.Local(dir), "f", s.File)
	src, err := s.Open(t.Context(), []string{dir + "/f"}, newEnv())
	if err != nil {
		t.Fatal(err)
	}
	shards, err := src.Shards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("enough")
	f := &Feed{Shard: shards[0], Stop: stop}
	if err := src.Read(t.Context(), shards[0], f); !errors.Is(err, stop) {
		t.Errorf("the feed said stop, Read returned %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f = &Feed{Shard: shards[0]}
	if err := src.Read(ctx, shards[0], f); !errors.Is(err, context.Canceled) || len(f.Quarantined) > 0 {
		t.Errorf("cancelled: Read returned %v, %v", err, f)
	}
}

// testStoreError breaks the store after each of many bytes: the task must fail,
// and nothing may be taken for a damaged file.
func testStoreError(t *testing.T, s Source) {
	dir := t.TempDir()
	storetest.Put(t, store.Local(dir), "f", s.File)
	broken := errors.New("the line is cut")
	for _, part := range []int{0, 1, 2, 3, 10, 100, 500, 900, 990, 999} {
		env := newEnv()
		st := &failing{Store: store.Local(dir), after: int64(len(s.File) * part / 1_000), err: broken}
		env.Stores = store.Schemes{"embedded:": store.Embedded(map[string]store.Store{"broken": st})}
		src, err := s.Open(t.Context(), []string{"embedded:broken/f"}, env)
		if err != nil {
			t.Fatal(err)
		}
		feeds, err := readAll(t, src)
		if !errors.Is(err, broken) {
			t.Errorf("store fails after %d bytes: Read returned %v", st.after, err)
		}
		if q := feeds[0].Quarantined; len(q) > 0 {
			t.Errorf("store fails after %d bytes: quarantined %v", st.after, q)
		}
	}
}

// failing is a store whose files cannot be read behind some byte.
type failing struct {
	store.Store
	after int64
	err   error
}

func (f *failing) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := f.Store.Open(ctx, name)
	return &failingReader{r, f.after, f.err}, err
}

func (f *failing) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := f.Store.OpenRange(ctx, name, offset, length)
	return &failingReader{r, f.after - offset, f.err}, err
}

func (f *failing) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return f.Store.List(ctx, prefix)
}

type failingReader struct {
	io.ReadCloser
	left int64
	err  error
}

func (f *failingReader) Read(b []byte) (int, error) {
	if f.left <= 0 {
		return 0, f.err
	}
	n, err := f.ReadCloser.Read(b[:min(int64(len(b)), f.left)])
	f.left -= int64(n)
	return n, err
}

// testDamage reads files that are cut short, flipped and overwritten: never a
// panic and never an error, for the other files of the run must go on.
func testDamage(t *testing.T, s Source) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := s.Damages
	if n == 0 {
		n = 300
	}
	files := map[string][]byte{}
	for i := range n {
		files[fmt.Sprintf("damaged/%05d", i)] = Damage(rng, s.File)
	}
	feeds, err := s.Read(t, newEnv(), files)
	if err != nil {
		t.Fatalf("%s: %v", feeds[len(feeds)-1].Shard, err)
	}
}

// testCuts reads files in ranges, sound and damaged ones, where the source does that:
// together they give what the whole file gives.
func testCuts(t *testing.T, s Source) {
	rng, used := rand.New(rand.NewPCG(3, 4)), 0
	for i := range 100 {
		file := s.File
		if i > 0 {
			file = Damage(rng, s.File)
		}
		dir := t.TempDir()
		storetest.Put(t, store.Local(dir), "f", file)
		src, err := s.Open(t.Context(), []string{dir + "/f"}, newEnv())
		if err != nil {
			t.Fatal(err)
		}
		read := rangeReader(src)
		if read == nil {
			return
		}
		whole, err := readAll(t, src)
		if err != nil {
			t.Fatal(err)
		}
		shard, size := whole[0].Shard, int64(len(file))
		for _, n := range []int64{2, 3, 1 + rng.Int64N(50)} {
			if n > size {
				continue
			}
			parts := &Feed{Shard: shard}
			var at corpus.Place
			for k := range n {
				r := shard
				r.From, r.To = k*size/n, (k+1)*size/n
				had := parts.String()
				if at, err = read(t.Context(), r, at, parts); err != nil {
					t.Fatal(err)
				}
				used += min(1, len(parts.String())-len(had))
			}
			if parts.String() != whole[0].String() || !reflect.DeepEqual(losses(parts), losses(whole[0])) {
				t.Fatalf("in %d ranges:\n%s\nwhole:\n%s", n, parts, whole[0])
			}
		}
		if i == 0 && (s.Whole && used != 3 || !s.Whole && used < 5) { // each of three numbers of ranges
			t.Fatalf("a sound file came in %d ranges", used)
		}
	}
}

// losses are what a feed was told of damage, beside the words.
func losses(f *Feed) (list []any) {
	for _, e := range f.Quarantined {
		list = append(list, e.Record, e.Offset, e.Loss, e.Records, e.Bytes)
	}
	return append(list, fmt.Sprint(f.Noted))
}

// rangeReader reads ranges of a source's shards, nil if the source cannot.
func rangeReader(src stage.Source) func(context.Context, corpus.Shard, corpus.Place, stage.Feed) (corpus.Place, error) {
	if r, ok := src.(stage.Resumer); ok {
		return r.ReadFrom
	}
	if c, ok := src.(stage.Cutter); !ok || !c.Cuts() {
		return nil
	}
	return func(ctx context.Context, shard corpus.Shard, _ corpus.Place, feed stage.Feed) (corpus.Place, error) {
		return corpus.Place{}, src.Read(ctx, shard, feed)
	}
}

// Damage returns a damaged copy of a file.
func Damage(rng *rand.Rand, file []byte) []byte {
	b := bytes.Clone(file)
	if len(b) == 0 {
		return b
	}
	switch rng.IntN(4) {
	case 0:
		return b[:rng.IntN(len(b))]
	case 1:
		for range 1 + rng.IntN(4) {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
	case 2:
		from := rng.IntN(len(b))
		for i := from; i < min(len(b), from+1+rng.IntN(64)); i++ {
			b[i] = byte(rng.Uint32())
		}
	default: // near the end, where indexes are
		for range 1 + rng.IntN(8) {
			b[len(b)-1-rng.IntN(min(len(b), 400))] = byte(rng.Uint32())
		}
	}
	return b
}

func testUnlisted(t *testing.T, s Source) {
	src, err := s.Open(t.Context(), []string{t.TempDir() + "/*"}, newEnv())
	if err != nil {
		t.Fatal(err)
	}
	shard := corpus.Shard{Source: "src", Name: "never/listed"}
	if err := src.Read(t.Context(), shard, &Feed{Shard: shard}); err == nil {
		t.Error("a shard that was never listed was read")
	}
}
