package store_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func benchWrite(b *testing.B, s store.Store, n int) {
	data := storetest.Bytes(n, 1)
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		w, err := s.Create(b.Context(), "x")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func benchRead(b *testing.B, s store.Store, n int) {
	benchPut(b, s, n)
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.Open(b.Context(), "x")
		if err != nil {
			b.Fatal(err)
		}
		if got, err := io.Copy(io.Discard, r); err != nil || got != int64(n) {
			b.Fatal(got, err)
		}
		r.Close()
	}
}

func benchPut(b *testing.B, s store.Store, n int) {
	w, err := s.Create(b.Context(), "x")
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Write(storetest.Bytes(n, 1)); err != nil {
		b.Fatal(err)
	}
	if _, err := w.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkLocalWrite(b *testing.B) { benchWrite(b, store.Local(b.TempDir()), 16<<20) }
func BenchmarkLocalRead(b *testing.B)  { benchRead(b, store.Local(b.TempDir()), 16<<20) }

func BenchmarkS3Write(b *testing.B) {
	benchWrite(b, storetest.StartGateway(b).Open(b), 16<<20)
}

func BenchmarkS3Read(b *testing.B) {
	benchRead(b, storetest.StartGateway(b).Open(b), 16<<20)
}

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
