package storetest

import (
	"io"
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// BenchmarkWrite writes an object of n bytes again and again.
func BenchmarkWrite(b *testing.B, s store.Store, n int) {
	data := Bytes(n, 1)
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

// BenchmarkRead reads an object of n bytes again and again.
func BenchmarkRead(b *testing.B, s store.Store, n int) {
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
	if _, err := w.Write(Bytes(n, 1)); err != nil {
		b.Fatal(err)
	}
	if _, err := w.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}
