package jsonl_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/jsonl"
)

func BenchmarkReader(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"english", strings.Repeat(`The quick brown fox jumps over the lazy dog, \"said\" somebody, and it did so again and again.\n`, 40)},
		{"chinese", strings.Repeat(`\u3000`+"数据质量决定模型的上限,清洗与去重是第一步。"+`\n`, 60)},
		{"short", "word"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var file bytes.Buffer
			for i := 0; file.Len() < 8<<20; i++ {
				fmt.Fprintf(&file, `{"id":"<urn:uuid:%d>","url":"https://example.com/%d","text":"%s","date":"2026-01-02","score":0.25,"meta":{"a":[1,2,3]}}`+"\n", i, i, c.text)
			}
			b.SetBytes(int64(file.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r := jsonl.NewReader(bytes.NewReader(file.Bytes()), 1<<20)
				for {
					if _, err := r.Next("id", "text", "url"); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
