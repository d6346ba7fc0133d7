// Command bucket writes documents of 50 words that differ in the last one: to MinHash they
// are one bucket.
//
//	go run ./bench/dedup/bucket -n 500000 -out DIR
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

const (
	words = 50
	files = 8
)

func main() {
	n := flag.Int("n", 250_000, "documents, at least 1")
	out := flag.String("out", "", "folder of the JSONL files")
	flag.Parse()
	if *n < 1 || *out == "" {
		flag.Usage()
		os.Exit(2)
	}
	var text strings.Builder
	for i := range words - 1 {
		fmt.Fprintf(&text, "word%d ", i)
	}
	for f := range files {
		if err := write(filepath.Join(*out, fmt.Sprintf("near-%d.jsonl", f)), text.String(), *n*f/files, *n*(f+1)/files); err != nil {
			log.Fatal(err)
		}
	}
}

// write writes the documents from <= i < to.
func write(name, text string, from, to int) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for i := from; i < to; i++ {
		fmt.Fprintf(w, "{\"id\":\"d%d\",\"text\":%q}\n", i, text+fmt.Sprint("end", i))
	}
	return errors.Join(w.Flush(), f.Close())
}
