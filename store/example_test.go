package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
)

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	schemes := store.Schemes{s3.Scheme: s3.Opener(s3.Settings{})}
	s, err := schemes.Open(ctx, dir) // or "s3://bucket/prefix"
	if err != nil {
		log.Fatal(err)
	}
	w, err := s.Create(ctx, "parts/000.jsonl")
	if err != nil {
		log.Fatal(err)
	}
	defer w.Abort() // does nothing after Commit
	if _, err := io.WriteString(w, "{}\n"); err != nil {
		log.Fatal(err)
	}
	if _, err := w.Commit(ctx); err != nil {
		log.Fatal(err)
	}
	for o, err := range s.List(ctx, "parts/") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.Name, o.Size)
	}
	// Output: parts/000.jsonl 3
}

func ExampleStore_putIfAbsent() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	s := store.Local(dir)
	for _, worker := range []string{"first", "second"} {
		created, err := s.PutIfAbsent(ctx, "commits/task.json", []byte(worker))
		fmt.Println(worker, created, err)
	}
	// Output:
	// first true <nil>
	// second false <nil>
}

func ExampleSchemes_Glob() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"a.gz", "b.gz", "c.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	_, objects, err := store.Schemes{}.Glob(context.Background(), filepath.Join(dir, "{a,c}.*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range objects {
		fmt.Println(o.Name)
	}
	// Output:
	// a.gz
	// c.txt
}

func ExampleFS() {
	demo := store.FS(fstest.MapFS{"a.txt": {Data: []byte("text")}}, "demo")
	_, err := demo.Open(context.Background(), "b.txt")
	fmt.Println(demo, errors.Is(err, store.ErrNotExist))
	// Output: demo true
}

func ExampleSweep() {
	ctx := context.Background()
	s := store.Local("run")
	if err := store.Probe(ctx, s); err != nil {
		log.Fatal(err)
	}
	removed, err := store.Sweep(ctx, s, 24*time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("removed %d temporaries of dead writers", removed)
}
