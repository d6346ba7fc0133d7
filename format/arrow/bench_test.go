package arrow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/stage"
)

func BenchmarkWrite(b *testing.B) {
	var docs []*corpus.Document
	var size int64
	for i := range 5_000 {
		d := &corpus.Document{ID: fmt.Sprint("doc-", i), Text: strings.Repeat(fmt.Sprintf("Sentence %d of a text, %x. ", i, i*i*7919), 150)}
		docs, size = append(docs, d), size+int64(len(d.Text))
	}
	for _, compression := range []string{"zstd", "lz4", "none"} {
		b.Run(compression, func(b *testing.B) {
			opened, err := sink(func(s *arrow.Sink) { s.Compression = compression }).Open(b.Context(), b.TempDir(), stage.NewEnv())
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
