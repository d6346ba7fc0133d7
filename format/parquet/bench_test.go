package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// write writes n times the documents of the suite and returns the part.
func write(t *testing.T, s formattest.Sink, dir string, n int) []byte {
	opened, err := s.Open(t.Context(), dir, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	w, err := opened.Create(t.Context(), "part", formattest.Schema())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := w.Write(formattest.Documents()); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Get(t, store.Local(dir), part.File)
}

// prose is n documents of some 4 kB, different from each other.
func prose(n int) (docs []*corpus.Document, size int64) {
	words := strings.Fields("data quality bounds what a language model can learn so cleaning filtering and removing duplicates come before training and take most of the work in practice")
	x := uint64(1)
	for i := range n {
		var b strings.Builder
		for b.Len() < 4_000 {
			x = x*6364136223846793005 + 1442695040888963407
			b.WriteString(words[x>>33%uint64(len(words))])
			b.WriteByte(" \n,."[x>>60&3])
		}
		docs = append(docs, &corpus.Document{ID: fmt.Sprint("doc-", i), URL: fmt.Sprintf("https://host%d.example/%d", i%50, i), Text: b.String(), Lang: "en", LangScore: 0.9,
			Origin: corpus.Origin{Source: "web", Shard: "a.warc.gz", Record: int64(i), Offset: int64(i) * 5_000}})
		size += int64(b.Len())
	}
	return docs, size
}

func BenchmarkWrite(b *testing.B) {
	docs, size := prose(10_000)
	for _, level := range []string{"fastest", "default"} {
		b.Run(level, func(b *testing.B) {
			opened, err := sink(func(s *parquet.Sink) { s.Level = level }).Open(b.Context(), b.TempDir(), stage.NewEnv())
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				w, err := opened.Create(b.Context(), "part", formattest.Schema())
				if err != nil {
					b.Fatal(err)
				}
				if err := w.Write(docs); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Commit(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	docs, size := prose(10_000)
	dir := b.TempDir()
	opened, err := sink(func(*parquet.Sink) {}).Open(b.Context(), dir, stage.NewEnv())
	if err != nil {
		b.Fatal(err)
	}
	w, err := opened.Create(b.Context(), "part", formattest.Schema())
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Write(docs); err != nil {
		b.Fatal(err)
	}
	part, err := w.Commit(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	f, err := store.Local(dir).Open(b.Context(), part.File)
	if err != nil {
		b.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
		if err != nil {
			b.Fatal(err)
		}
		text := r.Column("text")
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if s, _ := row.Text(text); s == "" {
				b.Fatal("no text")
			}
		}
	}
}
