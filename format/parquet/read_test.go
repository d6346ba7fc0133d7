package parquet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// readable writes n documents in several row groups and pages.
func readable(t testing.TB, dir string, n int) []*corpus.Document {
	t.Helper()
	ctx := context.Background()
	sink, err := parquet.Open(ctx, parquet.Sink{Dir: dir, RowGroupBytes: 20_000}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	w, err := sink.Create(ctx, "part", corpus.PartSchema(nil, []corpus.Column{{Name: "sig_x"}}))
	if err != nil {
		t.Fatal(err)
	}
	var docs []*corpus.Document
	for i := range n {
		d := &corpus.Document{ID: fmt.Sprint("d", i), Text: strings.Repeat(fmt.Sprint(i, " "), i), Tokens: int64(i), Signals: []float64{float64(i) / 2}}
		if i%3 == 0 {
			d.URL = fmt.Sprint("https://h.example/", i)
		}
		if i%5 == 0 {
			d.Signals[0] = math.NaN()
		}
		docs = append(docs, d)
	}
	if err := w.Write(docs); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	return docs
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	docs := readable(t, dir, 500)
	n := 0
	for row, err := range parquet.Read(context.Background(), store.Local(dir), "part.parquet", []string{"text", "id", "absent", "url", "tokens", "sig_x"}) {
		if err != nil {
			t.Fatal(err)
		}
		d := docs[n]
		signal := fmt.Sprint(d.Signals[0])
		if n%5 == 0 {
			signal = ""
		}
		if want := []string{d.Text, d.ID, "", d.URL, fmt.Sprint(d.Tokens), signal}; fmt.Sprint(row) != fmt.Sprint(want) {
			t.Fatalf("row %d: %q, want %q", n, row, want)
		}
		n++
	}
	if n != len(docs) {
		t.Errorf("%d rows of %d", n, len(docs))
	}
	n = 0
	for range parquet.Read(context.Background(), store.Local(dir), "part.parquet", []string{"id"}) {
		if n++; n == 7 {
			break
		}
	}
	if n != 7 {
		t.Error("went on behind a break")
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	readable(t, dir, 60)
	name := filepath.Join(dir, "part.parquet")
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string, columns ...string) (err error) {
		for _, err = range parquet.Read(context.Background(), store.Local(dir), name, columns) {
		}
		return err
	}
	if err := read("none.parquet", "id"); !errors.Is(err, store.ErrNotExist) {
		t.Error(err)
	}
	if err := read("part.parquet", "absent"); err == nil {
		t.Error("no error where no column is there")
	}
	for _, cut := range []int{0, 3, 8, len(good) / 2, len(good) - 1} {
		if err := os.WriteFile(name, good[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if err := read("part.parquet", "id", "text"); err == nil {
			t.Errorf("cut to %d bytes: no error", cut)
		}
	}
	for at := 4; at < len(good); at += len(good) / 200 {
		bad := bytes.Clone(good)
		bad[at] ^= 0x55
		if err := os.WriteFile(name, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		_ = read("part.parquet", "id", "text", "tokens") // no panic
	}
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	var size int64
	for _, d := range readable(b, dir, 2000) {
		size += int64(len(d.Text))
	}
	b.SetBytes(size)
	for b.Loop() {
		for _, err := range parquet.Read(context.Background(), store.Local(dir), "part.parquet", []string{"id", "text"}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
