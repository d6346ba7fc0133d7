// Command megatron is the Go side of check.py: it writes the texts of a JSONL file as
// token shards.
//
//	megatron TOKENIZER FILE.jsonl DIR PART_BYTES
//
// DIR/megatron gets .bin and .idx, DIR/nanotron gets .ds with index and metadata.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/tokenshards"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "megatron:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 4 {
		return errors.New("want: TOKENIZER FILE.jsonl DIR PART_BYTES")
	}
	m := tokenshards.Megatron{Dir: filepath.Join(args[2], "megatron"), Tokenizer: args[0]}
	if err := m.PartBytes.UnmarshalText([]byte(args[3])); err != nil {
		return err
	}
	n := tokenshards.Nanotron(m)
	n.Dir = filepath.Join(args[2], "nanotron")
	bins, err := tokenshards.OpenMegatron(ctx, m, stage.NewEnv())
	if err != nil {
		return err
	}
	sets, err := tokenshards.OpenNanotron(ctx, n, stage.NewEnv())
	if err != nil {
		return err
	}
	for _, sink := range []stage.Sink{bins, sets} {
		parts, err := tokenshards.Export(ctx, documents(args[1]), sink)
		if err != nil {
			return err
		}
		for _, p := range parts {
			fmt.Println(p.File, p.Rows, p.Bytes)
		}
	}
	return nil
}

func documents(name string) iter.Seq2[*corpus.Document, error] {
	return func(yield func(*corpus.Document, error) bool) {
		f, err := os.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		for dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<20)); ; {
			var line struct{ Text string }
			if err := dec.Decode(&line); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&corpus.Document{Text: line.Text}, nil) {
				return
			}
		}
	}
}
