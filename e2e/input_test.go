package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// restless is a run over input that changes: between runs, or while one reads it.
type restless struct {
	in, dir string
	yaml    string // with IN and OUT
	schemes store.Schemes
	reads   func(name string, offset int64) // is called when a reader is about to read; may be nil
	mu      sync.Mutex
}

// newRestless has files a.jsonl to f.jsonl of so many bytes, and the source reads those of
// a pattern.
func newRestless(t *testing.T, source string, bytes int) *restless {
	t.Helper()
	r := &restless{in: t.TempDir(), dir: t.TempDir(), yaml: "packs: { files: 4, bytes: 1MiB, cut: 256KiB }\nsource: { " + source + " }\n" +
		"stages: [ exact_dedup: {} ]\nsink: { jsonl: { dir: \"OUT\" } }\n"}
	for i, name := range []string{"a", "b", "c", "d", "e", "f"} {
		writeFile(t, r.in+"/"+name+".jsonl", jsonlOf(uint64(i), bytes))
	}
	return r
}

// jsonlOf are lines of random words, about so many bytes.
func jsonlOf(seed uint64, size int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	for b.Len() < size {
		b.WriteString(`{"text": "`)
		for range 30 {
			fmt.Fprintf(&b, "%x ", rng.Uint32())
		}
		b.WriteString("end\"}\n")
	}
	return b.Bytes()
}

// run runs into a folder of that name, and gives what was warned of too.
func (r *restless) run(t *testing.T, name string, o run.Options) (*run.Summary, string, error) {
	t.Helper()
	app := corpusmill.App()
	app.Stores = func(store.Server) store.Schemes {
		all := store.Schemes{"restless://": func(ctx context.Context, location string) (store.Store, error) {
			s, err := r.schemes.Open(ctx, strings.TrimPrefix(location, "restless://"))
			return restlessStore{s, r}, err
		}}
		maps.Copy(all, r.schemes)
		return all
	}
	p, err := app.Parse("test.yaml", []byte(strings.NewReplacer("IN", r.in, "OUT", r.dir+"/"+name+"/out").Replace(r.yaml)), nil)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o.Dir, o.Log, o.Memory = r.dir+"/"+name+"/run", slog.New(slog.NewTextHandler(&log, nil)), 1<<30
	s, err := app.Run(t.Context(), p, o)
	return s, log.String(), err
}

// runs is run without an error.
func (r *restless) runs(t *testing.T, name string, o run.Options) (*run.Summary, string) {
	t.Helper()
	s, log, err := r.run(t, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// parts are what a run made, by name.
func (r *restless) parts(t *testing.T, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"out/part-*", "run/rejects/reject*", "run/stats.json"} {
		names, err := filepath.Glob(r.dir + "/" + name + "/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range names {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(file, r.dir+"/"+name)] = string(b)
		}
	}
	if len(files) < 2 {
		t.Fatalf("%s has no parts", name)
	}
	return files
}

// listed reports whether the run has listed its input: before that it looks at columns.
func (r *restless) listed() bool {
	names, _ := filepath.Glob(r.dir + "/one/run/commits/list/*")
	return len(names) > 0
}

// read is how many segment tasks a run had to run.
func read(s *run.Summary) int {
	for _, p := range s.Passes {
		if p.Pass == "segment" {
			return p.Run
		}
	}
	return -1
}

type restlessStore struct {
	store.Store
	r *restless
}

func (s restlessStore) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.OpenRange(ctx, name, 0, -1)
}

func (s restlessStore) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.Store.OpenRange(ctx, name, offset, length)
	if err != nil {
		return nil, err
	}
	return &restlessReader{r, r.(store.Described), s.r, name, offset}, nil
}

type restlessReader struct {
	io.ReadCloser
	store.Described
	r      *restless
	name   string
	offset int64
}

func (r *restlessReader) Read(p []byte) (int, error) {
	r.r.mu.Lock()
	if r.r.reads != nil {
		r.r.reads(r.name, r.offset)
	}
	r.r.mu.Unlock()
	n, err := r.ReadCloser.Read(p)
	r.offset += int64(n)
	return n, err
}

// chmod leaves bytes, size and time of a file.
func chmod(t *testing.T, file string) {
	t.Helper()
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts a copy of a file in its place, with its time, as cp -p and mv do.
func replace(t *testing.T, file string, change func([]byte)) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(b)
	}
	writeFile(t, file+".new", b)
	if err := errors.Join(os.Chtimes(file+".new", info.ModTime(), info.ModTime()), os.Rename(file+".new", file)); err != nil {
		t.Fatal(err)
	}
}

// overwrite changes a letter in place, and sets the time back.
func overwrite(t *testing.T, file string, at int64) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 512)
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b = b[:bytes.Index(b, []byte("end"))+1]
	b[len(b)-1] = 'E'
	_, err = f.WriteAt(b, at)
	if err = errors.Join(err, f.Close(), os.Chtimes(file, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
}

func capital(b []byte) { copy(b[bytes.Index(b, []byte("end")):], "END") }

const sameTime = "has its old size and time"

// Whatever was done to a file between two runs: one that holds what it held is not read
// again, one that does not is, with a warning where size and time do not show it, and the
// run gives what a fresh one does.
func TestInputTouched(t *testing.T) {
	const all = "jsonl: { paths: [\"IN/*.jsonl\"] }"
	for _, c := range []struct {
		name   string
		bytes  int // of a file
		change func(t *testing.T, file string)
		reads  int  // tasks
		warns  bool // and names the file
	}{
		{"nothing", 2000, func(*testing.T, string) {}, 0, false},
		{"mode", 2000, chmod, 0, false},
		{"copied", 2000, func(t *testing.T, file string) { replace(t, file, nil) }, 0, false},
		{"touched", 2000, func(t *testing.T, file string) {
			if err := os.Chtimes(file, time.Time{}, time.Unix(1e9, 5)); err != nil {
				t.Fatal(err)
			}
		}, 1, false},
		{"replaced", 2000, func(t *testing.T, file string) { replace(t, file, capital) }, 1, true},
		{"written to", 2000, func(t *testing.T, file string) { overwrite(t, file, 0) }, 1, true},
		{"copied, large", 3 << 19, func(t *testing.T, file string) { replace(t, file, nil) }, 0, false},
		{"a range replaced", 3 << 19, func(t *testing.T, file string) { replace(t, file, capital) }, 6, true},
		{"a later range written to", 3 << 19, func(t *testing.T, file string) { overwrite(t, file, 3<<18) }, 6, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestless(t, all, c.bytes)
			r.runs(t, "one", run.Options{Workers: 2})
			c.change(t, r.in+"/c.jsonl")
			s, log := r.runs(t, "one", run.Options{Workers: 2})
			if read(s) != c.reads || strings.Contains(log, sameTime) != c.warns || c.warns && !strings.Contains(log, "file="+r.in+"/c.jsonl") {
				t.Errorf("%d tasks read, want %d; %s", read(s), c.reads, log)
			}
			s, log = r.runs(t, "one", run.Options{Workers: 2, CheckInput: true})
			if read(s) != 0 || log != "" || s.Input.Files != 6 || s.Input.Changed != 0 || s.Input.Unknown != 0 || s.Input.Bytes < 6*int64(c.bytes) {
				t.Errorf("checked again: %d tasks read, %+v; %s", read(s), s.Input, log)
			}
			r.runs(t, "fresh", run.Options{Workers: 1})
			same(t, "resumed", r.parts(t, "one"), r.parts(t, "fresh"))
		})
	}
}

// What a sample does not show and what nobody can see by names, sizes, times and ETags,
// --check-input sees.
func TestInputChecked(t *testing.T) {
	check := func(t *testing.T, r *restless, file string) {
		t.Helper()
		r.runs(t, "one", run.Options{Workers: 2})
		overwrite(t, file, 1000+store.BlockBytes) // blocks 0 and 4 are of the sample
		for range 2 {
			if s, log := r.runs(t, "one", run.Options{Workers: 2}); read(s) != 0 || log != "" || s.Input != nil {
				t.Errorf("%d tasks read, %s", read(s), log)
			}
		}
		s, log := r.runs(t, "one", run.Options{Workers: 2, CheckInput: true})
		if read(s) != 1 || !strings.Contains(log, sameTime) || s.Input.Files != 6 || s.Input.Changed != 1 {
			t.Errorf("checked: %d tasks read, %+v, %s", read(s), s.Input, log)
		}
		r.runs(t, "fresh", run.Options{Workers: 2})
		same(t, "checked", r.parts(t, "one"), r.parts(t, "fresh"))
	}
	t.Run("folder", func(t *testing.T) {
		r := newRestless(t, "jsonl: { paths: [\"IN/*.jsonl\"] }", 2<<20)
		r.yaml = strings.Replace(r.yaml, "cut: 256KiB", "cut: 0", 1)
		check(t, r, r.in+"/c.jsonl")
	})
	t.Run("object store", func(t *testing.T) {
		gw := s3test.StartGateway(t)
		r := newRestless(t, "jsonl: { paths: [\"IN/*.jsonl\"] }", 2<<20)
		r.yaml, r.schemes = strings.Replace(r.yaml, "cut: 256KiB", "cut: 0", 1), gw.Schemes()
		check(t, r, gw.Folder(upload(t, r, gw))+"/c.jsonl")
	})
}

// upload puts the input on a server, where the run reads it from then on.
func upload(t *testing.T, r *restless, gw *s3test.Gateway) (location string) {
	t.Helper()
	location = gw.Location()
	s, err := gw.Schemes().Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(r.in + "/*")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Put(t, s, filepath.Base(name), b)
	}
	r.in = location
	return location
}

// Of what was not read to its end nothing is known: it is read again.
func TestInputOfLimit(t *testing.T) {
	r := newRestless(t, "jsonl: { paths: [\"IN/*.jsonl\"] }", 20_000)
	limited := run.Options{Limit: 3, Workers: 2}
	r.runs(t, "one", limited)
	if s, log := r.runs(t, "one", limited); read(s) != 0 || log != "" {
		t.Errorf("%d tasks read: %s", read(s), log)
	}
	chmod(t, r.in+"/a.jsonl")
	if s, log := r.runs(t, "one", limited); read(s) != 1 || !strings.Contains(log, "no checksum of it is known") {
		t.Errorf("%d tasks read: %s", read(s), log)
	}
	limited.CheckInput = true
	if s, _ := r.runs(t, "one", limited); read(s) != 0 || s.Input.Unknown != 6 || s.Input.Files != 0 {
		t.Errorf("%d tasks read: %+v", read(s), s.Input)
	}
}

// A run whose input lies elsewhere now makes files between passes again that are gone.
func TestInputMoved(t *testing.T) {
	r := newRestless(t, "jsonl: { paths: [\"IN/*.jsonl\"] }", 2000)
	r.yaml += "segments: delete\n"
	r.runs(t, "one", run.Options{})
	moved := r.in + "-moved"
	if err := os.Rename(r.in, moved); err != nil {
		t.Fatal(err)
	}
	r.in = moved
	r.yaml = strings.Replace(r.yaml, "jsonl: { dir: \"OUT\" }", "jsonl: { dir: \"OUT\", part_bytes: 16KiB }", 1)
	if s, log := r.runs(t, "one", run.Options{}); read(s) == 0 || !strings.Contains(log, "the input lies elsewhere") || strings.Count(log, "\n") != 1 {
		t.Errorf("%d segments were made again: %s", read(s), log)
	}
	r.runs(t, "fresh", run.Options{})
	same(t, "moved", r.parts(t, "one"), r.parts(t, "fresh"))
}

// Ranges of a Parquet file know their own bytes: those of others are not read again.
func TestInputOfTables(t *testing.T) {
	r := newRestless(t, "parquet: { paths: [\"IN/*.parquet\"] }", 0)
	goldenTable(t, r.in, goldenShards)
	r.yaml = strings.Replace(r.yaml, "cut: 256KiB", "cut: 40KiB", 1)
	first, _ := r.runs(t, "one", run.Options{Workers: 2})
	file := r.in + "/table.parquet"
	replace(t, file, func(b []byte) { b[len(b)/2] ^= 0x10 })
	s, log := r.runs(t, "one", run.Options{Workers: 2})
	if n := read(s); n < 1 || n >= read(first) || !strings.Contains(log, sameTime) {
		t.Errorf("%d of %d ranges read: %s", n, read(first), log)
	}
	if s, _ := r.runs(t, "one", run.Options{Workers: 2, CheckInput: true}); read(s) != 0 || s.Input.Files != 1 || s.Input.Bytes < filesize(t, file) {
		t.Errorf("checked: %d tasks read, %+v, of %d bytes", read(s), s.Input, filesize(t, file))
	}
	r.runs(t, "fresh", run.Options{Workers: 1})
	same(t, "resumed", r.parts(t, "one"), r.parts(t, "fresh"))
}

func filesize(t *testing.T, name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// Two processes agree on what is read again.
func TestInputTouchedOfRanks(t *testing.T) {
	r := newRestless(t, "jsonl: { paths: [\"IN/*.jsonl\"] }", 3<<19)
	both := func() (reads int) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for rank := range 2 {
			wg.Go(func() {
				s, _, err := r.run(t, "one", run.Options{Rank: rank, World: 2})
				if err != nil {
					t.Error(rank, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				reads += read(s)
			})
		}
		wg.Wait()
		return reads
	}
	if n := both(); n != 36 {
		t.Fatalf("%d ranges read", n)
	}
	overwrite(t, r.in+"/b.jsonl", 3<<18)
	replace(t, r.in+"/e.jsonl", capital)
	replace(t, r.in+"/f.jsonl", nil)
	if n := both(); n != 12 {
		t.Errorf("%d ranges read, want those of two files", n)
	}
	r.runs(t, "fresh", run.Options{Workers: 2})
	same(t, "ranks", r.parts(t, "one"), r.parts(t, "fresh"))
}

// Input that changes while a run reads it stops the run, which says what and what to do,
// or changes nothing; the next run gives what a fresh one does.
func TestInputMovesUnderARun(t *testing.T) {
	grow := func(t *testing.T, file string) {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString("{\"text\": \"one line more\"}\n")
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	shrink := func(t *testing.T, file string) {
		if err := os.Truncate(file, 1000); err != nil {
			t.Fatal(err)
		}
	}
	touch := func(t *testing.T, file string) {
		if err := os.Chtimes(file, time.Time{}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(t *testing.T, file string) { overwrite(t, file, 0) }
	capitals := func(t *testing.T, file string) { replace(t, file, capital) }
	const lines, tables, ranged, whole = "jsonl: { paths: [\"restless://IN/*.jsonl\"] }", "parquet: { paths: [\"restless://IN/*.parquet\"] }", "cut: 256KiB", "cut: 0"
	const large = 3 << 19
	for _, c := range []struct {
		name, source, cut string
		bytes             int
		file              string // at whose reading it happens
		at                int64  // the byte
		change            func(t *testing.T, file string)
		changed           string // file
		want              string // of the error, "" where there is none
	}{
		{"grows", lines, whole, large, "c.jsonl", 1, grow, "c.jsonl", "jsonl/c.jsonl (IN/c.jsonl) grew from "},
		{"grows when it was read", lines, whole, 3000, "c.jsonl", 3000, grow, "c.jsonl", "c.jsonl) grew from "},
		{"a range grows", lines, ranged, large, "c.jsonl", 1, grow, "c.jsonl", "c.jsonl) grew from "},
		{"a table is touched", tables, "cut: 40KiB", 0, "table.parquet", 1, touch, "table.parquet", "table.parquet) was written to or replaced since"},
		{"grows before it is read", lines, whole, large, "a.jsonl", 0, grow, "f.jsonl", "f.jsonl) grew from "},
		{"shrinks", lines, whole, large, "c.jsonl", 1, shrink, "c.jsonl", "c.jsonl) shrank from "},
		{"a range shrinks", lines, ranged, large, "c.jsonl", 1, shrink, "c.jsonl", "c.jsonl) shrank from "},
		{"touched", lines, whole, large, "c.jsonl", 1, touch, "c.jsonl", "c.jsonl) was written to or replaced since"},
		{"written to, behind the reader", lines, whole, large, "c.jsonl", 1 << 20, begin, "c.jsonl", "old size and time"},
		{"replaced, behind the reader", lines, whole, large, "c.jsonl", 1 << 20, capitals, "c.jsonl", "old size and time"},
		{"a range written to, when it was read", lines, ranged, large, "c.jsonl", 1 << 20, begin, "c.jsonl", "old size and time"},
		{"mode", lines, whole, large, "c.jsonl", 1 << 20, chmod, "c.jsonl", ""},
		{"mode of a range", lines, ranged, large, "c.jsonl", 1 << 20, chmod, "c.jsonl", ""},
		{"written to, before the reader", lines, whole, large, "c.jsonl", 0, begin, "c.jsonl", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestless(t, c.source, c.bytes)
			if c.source == tables {
				goldenTable(t, r.in, goldenShards)
			}
			r.yaml = strings.Replace(r.yaml, ranged, c.cut, 1)
			done := false
			r.reads = func(name string, offset int64) {
				if name == c.file && offset >= c.at && !done && r.listed() {
					done = true
					c.change(t, r.in+"/"+c.changed)
				}
			}
			_, log, err := r.run(t, "one", run.Options{Workers: 1})
			if !done || (err == nil) != (c.want == "") || err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), r.in, "IN"), c.want) {
				t.Errorf("%v, %v, want %q; %s", done, err, c.want, log)
			}
			if err != nil && !strings.Contains(err.Error(), "run again to read this one as it is now") {
				t.Errorf("the error does not say what to do: %v", err)
			}
			r.reads = nil
			r.runs(t, "one", run.Options{Workers: 2})
			r.runs(t, "fresh", run.Options{Workers: 2})
			same(t, "again", r.parts(t, "one"), r.parts(t, "fresh"))
			if s, log := r.runs(t, "one", run.Options{Workers: 2, CheckInput: true}); read(s) != 0 || log != "" || s.Input.Changed+s.Input.Unknown != 0 {
				t.Errorf("%d tasks read at last, %+v; %s", read(s), s.Input, log)
			}
		})
	}
}

// An object that is replaced by another of its size, before it is read and between two
// ranges of it, stops the run.
func TestObjectReplacedUnderARun(t *testing.T) {
	gw := s3test.StartGateway(t)
	for _, c := range []struct {
		name, file, want string
		at               int64
	}{{"before", "a.jsonl", "c.jsonl) was written to or replaced since", 0}, {"between ranges", "c.jsonl", "c.jsonl) was written to or replaced since", 1}} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestless(t, "jsonl: { paths: [\"restless://IN/*.jsonl\"] }", 3<<19)
			r.schemes = gw.Schemes()
			other, err := os.ReadFile(r.in + "/c.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			capital(other)
			location := upload(t, r, gw)
			s, err := gw.Schemes().Open(t.Context(), location)
			if err != nil {
				t.Fatal(err)
			}
			done := false
			r.reads = func(name string, offset int64) {
				if name == c.file && offset >= c.at && !done && r.listed() {
					done = true
					storetest.Put(t, s, "c.jsonl", other)
				}
			}
			if _, _, err := r.run(t, "one", run.Options{Workers: 1}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			r.reads = nil
			r.runs(t, "one", run.Options{Workers: 2})
			r.runs(t, "fresh", run.Options{Workers: 2})
			same(t, "again", r.parts(t, "one"), r.parts(t, "fresh"))
		})
	}
}
