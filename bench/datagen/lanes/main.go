// Lanes measures a run that has documents rewritten by a stub, which answers each request
// after a while: how many requests are under way, and what one costs the run. The stub is a
// process of its own.
//
//	go run ./bench/datagen/lanes -documents 20000 -latency 200ms -requests 256
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
)

func main() {
	documents := flag.Int("documents", 20_000, "documents of the run, a request each")
	latency := flag.Duration("latency", 200*time.Millisecond, "time of a request")
	requests := flag.Int("requests", 256, "requests under way at most")
	workers := flag.Int("workers", 2, "workers of the run")
	words := flag.Int("words", 100, "words of a document")
	profile := flag.String("profile", "", "write a profile of the run's processor time")
	serve := flag.String("serve", "", "be the stub, at this address")
	flag.Parse()
	var err error
	if *serve != "" {
		s := &stub{latency: *latency, full: *requests, total: *documents}
		err = (&http.Server{Addr: *serve, Handler: s, ReadHeaderTimeout: time.Minute}).ListenAndServe()
	} else {
		if *profile != "" {
			f, err := os.Create(*profile)
			if err == nil {
				err = pprof.StartCPUProfile(f)
			}
			if err != nil {
				log.Fatal(err)
			}
			defer pprof.StopCPUProfile()
		}
		err = measure(*documents, *latency, *requests, *workers, *words)
	}
	if err != nil {
		log.Fatal(err)
	}
}

const address = "127.0.0.1:8139"

func measure(documents int, latency time.Duration, requests, workers, words int) (err error) {
	dir, err := os.MkdirTemp("", "lanes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if err := input(filepath.Join(dir, "in.jsonl"), documents, words); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server := exec.Command(self, "-serve", address, "-latency", latency.String(), "-requests", fmt.Sprint(requests), "-documents", fmt.Sprint(documents))
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Process.Kill()) }()
	if err := ready(); err != nil {
		return err
	}
	without, _, err := once(dir, "", workers)
	if err != nil {
		return err
	}
	stage := fmt.Sprintf("stages: [rephrase: { server: 'http://%s', model: m, license: none, requests: %d, judge: { max_copied: off } }]\n", address, requests)
	with, wall, err := once(dir, stage, workers)
	if err != nil {
		return err
	}
	x, err := statistics()
	if err != nil {
		return err
	}
	fmt.Printf("%d requests of %d words, %v each, %d at most: %.1f s; at most %d under way, %.1f %% of the bound from the first time that it was reached until the last requests\n",
		x.Requests, words, latency, requests, wall.Seconds(), x.Most, 100*x.Share)
	fmt.Printf("CPU of the run %.0f µs a request, without the stage %.0f µs\n", float64(with.Microseconds())/float64(documents), float64(without.Microseconds())/float64(documents))
	return nil
}

// once is a run, its processor time and its time.
func once(dir, stages string, workers int) (cpu, wall time.Duration, err error) {
	app := corpusmill.App()
	p, err := app.Parse("lanes.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\n%ssink: { jsonl: {} }\n", dir+"/in.jsonl", stages), nil)
	if err != nil {
		return 0, 0, err
	}
	name := "plain"
	if stages != "" {
		name = "run"
	}
	start, before := time.Now(), processorTime()
	sum, err := app.Run(context.Background(), p, run.Options{Dir: filepath.Join(dir, name), Workers: workers})
	if err != nil {
		return 0, 0, err
	}
	fmt.Printf("%s: %d documents\n", name, sum.Documents)
	return processorTime() - before, time.Since(start), nil
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of this process it does not fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// input is documents of so many words, each its own.
func input(name string, documents, words int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for i := range documents {
		fmt.Fprintf(w, "{\"id\":\"%d\",\"text\":\"", i)
		for n := range words {
			fmt.Fprintf(w, "w%dx%d ", i, n*n%1009)
		}
		fmt.Fprint(w, "\"}\n")
	}
	return errors.Join(w.Flush(), f.Close())
}

func ready() (err error) {
	for range 100 {
		var r *http.Response
		if r, err = http.Get("http://" + address + "/stats"); err == nil {
			return r.Body.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// measured is what the stub says of itself.
type measured struct {
	Requests, Most int
	Share          float64 // of the bound, from when it was first reached until the last requests
}

func statistics() (x measured, err error) {
	r, err := http.Get("http://" + address + "/stats")
	if err != nil {
		return x, err
	}
	defer r.Body.Close() //nolint:errcheck // read only
	return x, json.NewDecoder(r.Body).Decode(&x)
}

// stub answers every request after the same time with the text from behind.
type stub struct {
	latency     time.Duration
	full, total int

	mu             sync.Mutex
	requests, most int
	inside         int
	began, last    time.Time
	area, time     float64
}

// count adds to the requests under way; it weighs those before by their time.
func (s *stub) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !s.began.IsZero() && s.requests <= s.total-s.full {
		d := now.Sub(s.last).Seconds()
		s.area, s.time = s.area+d*float64(s.inside), s.time+d
	}
	s.last = now
	s.inside += n
	if n > 0 {
		s.requests++
	}
	if s.most = max(s.most, s.inside); s.inside >= s.full && s.began.IsZero() {
		s.began = now
	}
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/stats" {
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = json.NewEncoder(w).Encode(measured{s.requests, s.most, s.area / max(s.time, 1e-9) / float64(s.full)}) // to a client that is there
		return
	}
	if r.Method == http.MethodGet { // whether it is there
		_, _ = w.Write([]byte(`{"data":[{"id":"m"}]}`))
		return
	}
	s.count(1)
	defer s.count(-1)
	var q struct{ Messages []struct{ Content string } }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.Messages) == 0 {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	words := strings.Fields(q.Messages[len(q.Messages)-1].Content)
	time.Sleep(s.latency)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"model":"m","choices":[{"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`,
		strings.Join(words[len(words)/2:], " "), len(words), len(words)/2)
}
