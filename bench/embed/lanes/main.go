// Lanes measures a run that waits for a server: a stub answers each request after a
// while, whatever it is asked, and the program says how long the documents took.
//
//	go run ./bench/embed/lanes -documents 2000 -latency 200ms -batch 1
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
)

func main() {
	documents := flag.Int("documents", 2000, "documents of the run")
	latency := flag.Duration("latency", 200*time.Millisecond, "time of a request")
	batch := flag.Int("batch", 1, "texts of a request")
	workers := flag.Int("workers", 2, "workers of the run")
	flag.Parse()
	if err := measure(*documents, *latency, *batch, *workers); err != nil {
		log.Fatal(err)
	}
}

func measure(documents int, latency time.Duration, batch, workers int) error {
	dir, err := os.MkdirTemp("", "lanes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if err := os.WriteFile(filepath.Join(dir, "in.jsonl"), input(documents), 0o600); err != nil {
		return err
	}
	s := &stub{latency: latency}
	server := httptest.NewServer(s)
	defer server.Close()
	yaml := fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages:\n  - gopher_repetition: {}\n"+
		"  - embedding_classifier: { server: %q, api: predict, batch: %d, min_score: 0 }\nsink: { jsonl: {} }\n", dir+"/in.jsonl", server.URL, batch)
	app := corpusmill.App()
	p, err := app.Parse("lanes.yaml", []byte(yaml), nil)
	if err != nil {
		return err
	}
	for _, what := range []string{"asked", "answered before"} {
		start, before := time.Now(), s.requests.Load()
		sum, err := app.Run(context.Background(), p, run.Options{Dir: filepath.Join(dir, "run"), Workers: workers})
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d documents, %d requests, at most %d at once, %.2f s\n", what, sum.Documents, s.requests.Load()-before, s.most.Load(), time.Since(start).Seconds())
		if err := os.RemoveAll(filepath.Join(dir, "run", "commits")); err != nil {
			return err
		}
	}
	return nil
}

// input is documents of about 200 words, each its own.
func input(documents int) []byte {
	var b bytes.Buffer
	for i := range documents {
		fmt.Fprintf(&b, "{\"id\":\"%d\",\"text\":\"", i)
		for w := range 200 {
			fmt.Fprintf(&b, "w%dx%d ", i, w*w%1009)
		}
		b.WriteString("\"}\n")
	}
	return b.Bytes()
}

// stub answers every request after the same time.
type stub struct {
	latency                time.Duration
	requests, inside, most atomic.Int64
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct{ Inputs [][]string }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.requests.Add(1)
	n := s.inside.Add(1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	time.Sleep(s.latency)
	s.inside.Add(-1)
	rows := make([][]map[string]any, len(q.Inputs))
	for i := range rows {
		rows[i] = []map[string]any{{"label": "LABEL_0", "score": 1}}
	}
	_ = json.NewEncoder(w).Encode(rows) // a client that is gone needs no answer
}
