// Command shuffle measures the passes of a cut on made-up segments: keys that are merged and
// grouped, or edges that are resolved. It writes files of segments as a run does, and lets
// the engine run the tasks behind them, one at a time.
//
//	go run ./bench/dedup/shuffle -dir DIR -segments 20000 -keys 10000           # exact_dedup: 24 bytes a key
//	go run ./bench/dedup/shuffle -dir DIR -segments 2000 -keys 16000 -sketches  # minhash: 16 keys and 112 bytes a document
//	go run ./bench/dedup/shuffle -dir DIR -segments 200 -edges 30000000 [-memory 256] [-components] [-check]
//
// It prints a line a pass: tasks, seconds of CPU, requests for files between passes, bytes
// that these read and wrote, and the largest resident set so far. DIR must not be there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

type settings struct {
	dir      string
	segments int
	keys     int64 // of a segment
	sketches bool
	edges    int64
	memory   int64
	only     bool // the components
	check    bool
}

func main() {
	var s settings
	flag.StringVar(&s.dir, "dir", "", "folder that is made, and removed at the end")
	flag.IntVar(&s.segments, "segments", 1000, "segments")
	flag.Int64Var(&s.keys, "keys", 10_000, "keys of a segment")
	flag.BoolVar(&s.sketches, "sketches", false, "keys of minhash, with sketches")
	flag.Int64Var(&s.edges, "edges", 0, "edges between documents, in place of keys")
	flag.Int64Var(&s.memory, "memory", 1024, "--memory of the run, in MiB")
	flag.BoolVar(&s.only, "components", false, "of edges the components alone, without survivors")
	flag.BoolVar(&s.check, "check", false, "compare the components with those of a union-find in memory")
	flag.Parse()
	if s.dir == "" || s.segments < 1 || s.keys < 1 {
		flag.Usage()
		os.Exit(2)
	}
	s.memory <<= 20
	if err := s.measure(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// stage is the grouping stage of the pipeline.
func (s *settings) stage() string {
	if s.sketches {
		return "minhash"
	}
	return "exact_dedup"
}

func (s *settings) measure(ctx context.Context) (err error) {
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	counts := &counts{}
	app := corpusmill.App()
	app.Stores = func(store.Server) store.Schemes {
		return store.Schemes{"counted://": func(_ context.Context, location string) (store.Store, error) {
			return countingStore{store.Local(strings.TrimPrefix(location, "counted://")), counts}, nil
		}}
	}
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		return err
	}
	for i := range s.segments { // what the segments are said to be made of
		if err := writeInput(fmt.Sprintf("%s/in/%03d/s%06d.jsonl", dir, i/1000, i)); err != nil {
			return err
		}
	}
	yaml := fmt.Sprintf("packs: { files: 1 }\nsource: { jsonl: { paths: [%q] } }\nstages: [ %s: {} ]\nsink: { jsonl: {} }\n", dir+"/in/**/*.jsonl", s.stage())
	p, err := app.Parse("shuffle.yaml", []byte(yaml), nil)
	if err != nil {
		return err
	}
	o := run.Options{Dir: "counted://" + dir + "/run", Workers: 1, Memory: s.memory, TempDir: dir}
	tasks, err := app.Tasks(ctx, p, o)
	if err != nil {
		return err
	}
	began := time.Now()
	l := &ledger.Ledger{Store: store.Local(dir + "/run")}
	if err := s.writeSegments(ctx, l, tasks); err != nil {
		return err
	}
	if s.edges > 0 {
		if tasks, err = app.Tasks(ctx, p, o); err == nil {
			err = s.writeGroups(ctx, l, tasks)
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("%-22s %7s %9s %9s %9s %9s %9s %9s\n", "pass", "tasks", "wall s", "CPU s", "reads", "writes", "MB", "RSS MB")
	fmt.Printf("%-22s %7d %9.1f\n", "generated", s.segments, time.Since(began).Seconds())
	return s.runPasses(ctx, app, o, p, counts)
}

// runPasses runs pass after pass of the cut, as they come to be known.
func (s *settings) runPasses(ctx context.Context, app *run.App, o run.Options, p *run.Pipeline, c *counts) error {
	for _, pass := range []string{"merge", "group", "components", "nominate", "choose", "resolve"} {
		name := s.stage() + "-" + pass
		if s.edges == 0 && pass == "components" || s.only && pass == "nominate" {
			break
		}
		tasks, err := app.Tasks(ctx, p, o)
		if err != nil {
			return err
		}
		filed, err := app.Filed(ctx, o.Dir, store.Server{})
		if err != nil {
			return err
		}
		r, err := app.OpenTasks(ctx, filed, o)
		if err != nil {
			return err
		}
		start, cpu, n := time.Now(), cpuSeconds(), 0
		reads, writes, bytes := c.reads.Load(), c.writes.Load(), c.bytes.Load()
		for _, t := range tasks {
			if t.Pass != name || t.State == run.TaskDone {
				continue
			}
			result, err := r.Run(ctx, t.Key)
			if err == nil && !result.OK {
				err = errors.New(result.Error)
			}
			if err != nil {
				return err
			}
			n++
		}
		if n > 0 {
			fmt.Printf("%-22s %7d %9.1f %9.1f %9d %9d %9d %9d\n", name, n, time.Since(start).Seconds(), cpuSeconds()-cpu,
				c.reads.Load()-reads, c.writes.Load()-writes, (c.bytes.Load()-bytes)>>20, peakRSS()>>20)
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	if s.check {
		return s.compare(ctx, &ledger.Ledger{Store: store.Local(s.dir + "/run")})
	}
	return nil
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of this process: it cannot fail
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// peakRSS is the largest resident set of the process so far, in bytes.
func peakRSS() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Maxrss << 10
}

// counts are the requests for files between passes.
type counts struct{ reads, writes, bytes atomic.Int64 }

type countingStore struct {
	store.Store
	counts *counts
}

func (s countingStore) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if strings.HasPrefix(name, ledger.SegmentsFolder) {
		s.counts.reads.Add(1)
		s.counts.bytes.Add(length)
	}
	return s.Store.OpenRange(ctx, name, offset, length)
}

func (s countingStore) Create(ctx context.Context, name string) (store.Writer, error) {
	w, err := s.Store.Create(ctx, name)
	if err == nil && strings.HasPrefix(name, ledger.SegmentsFolder) {
		s.counts.writes.Add(1)
		w = countingWriter{w, s.counts}
	}
	return w, err
}

type countingWriter struct {
	store.Writer
	counts *counts
}

func (w countingWriter) Write(b []byte) (int, error) {
	w.counts.bytes.Add(int64(len(b)))
	return w.Writer.Write(b)
}

func writeInput(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte("{\"text\":\"x\"}\n"), 0o600)
}
