package store_test

import (
	"fmt"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func BenchmarkLocalWrite(b *testing.B) { storetest.BenchmarkWrite(b, store.Local(b.TempDir()), 16<<20) }
func BenchmarkLocalRead(b *testing.B)  { storetest.BenchmarkRead(b, store.Local(b.TempDir()), 16<<20) }

func BenchmarkLocalPutIfAbsent(b *testing.B) {
	s, i := store.Local(b.TempDir()), 0
	data := storetest.Bytes(1000, 1)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if created, err := s.PutIfAbsent(b.Context(), fmt.Sprintf("c/%d", i), data); !created || err != nil {
			b.Fatal(created, err)
		}
		i++
	}
}

func BenchmarkMatch(b *testing.B) {
	var names []string
	size := 0
	for i := range 1000 {
		names = append(names, fmt.Sprintf("crawl/%02d/segment-%04d.warc.gz", i%20, i))
		size += len(names[i])
	}
	s := mapStore(names...)
	b.SetBytes(int64(size))
	for b.Loop() {
		objects, err := store.Match(b.Context(), s, "crawl/**/segment-*.warc.gz")
		if err != nil || len(objects) != 1000 {
			b.Fatal(len(objects), err)
		}
	}
}
