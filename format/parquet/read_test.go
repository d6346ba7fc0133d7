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

// written writes n documents in several row groups and pages.
func written(t testing.TB, dir string, n int) []*corpus.Document {
	t.Helper()
	ctx := context.Background()
	s := stage.Defaults[parquet.Sink]()
	s.Dir, s.RowGroupBytes = dir, 20_000
	sink, err := parquet.Open(ctx, s, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	w, err := sink.Create(ctx, "part", corpus.PartSchema([]corpus.Column{{Name: "sig_x"}}))
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
	docs := written(t, dir, 500)
	n := 0
	columns := []string{"text", "id", "absent", "url", "tokens", "sig_x"}
	for row, err := range parquet.Read(context.Background(), store.Local(dir), "part.parquet", columns) {
		if err != nil {
			t.Fatal(err)
		}
		d, v := docs[n], row.Values
		if row.Number != int64(n) || v[0].Str != d.Text || v[1].Str != d.ID || !v[2].Null || v[3].Str != d.URL ||
			v[3].Null != (d.URL == "") || v[4].Int != d.Tokens || v[5].Null != (n%5 == 0) || !v[5].Null && v[5].Float != d.Signals[0] {
			t.Fatalf("row %d: %+v", n, v)
		}
		n++
	}
	if n != len(docs) {
		t.Errorf("%d rows of %d", n, len(docs))
	}
	f, err := parquet.OpenFile(context.Background(), store.Local(dir), "part.parquet")
	if err != nil {
		t.Fatal(err)
	}
	if f.Rows() != 500 || f.Fields()[0] != (parquet.Field{Name: "id"}) {
		t.Errorf("%d rows, fields %v", f.Rows(), f.Fields())
	}
}

func TestReadStops(t *testing.T) {
	dir := t.TempDir()
	written(t, dir, 100)
	n := 0
	for range parquet.Read(context.Background(), store.Local(dir), "part.parquet", []string{"id"}) {
		if n++; n == 7 {
			break
		}
	}
	if n != 7 {
		t.Error(n)
	}
}

func TestReadDamaged(t *testing.T) {
	dir := t.TempDir()
	written(t, dir, 60)
	name := filepath.Join(dir, "part.parquet")
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	read := func() (rows int, err error) {
		for _, err := range parquet.Read(context.Background(), store.Local(dir), "part.parquet", []string{"id", "text", "tokens"}) {
			if err != nil {
				return rows, err
			}
			rows++
		}
		return rows, nil
	}
	for _, cut := range []int{0, 3, 8, len(good) / 2, len(good) - 1} {
		if err := os.WriteFile(name, good[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := read(); !errors.Is(err, parquet.ErrFile) {
			t.Errorf("cut to %d bytes: %v", cut, err)
		}
	}
	for at := 4; at < len(good); at += len(good) / 200 {
		bad := bytes.Clone(good)
		bad[at] ^= 0x55
		if err := os.WriteFile(name, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := read(); err != nil && !errors.Is(err, parquet.ErrFile) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	if _, err := parquet.OpenFile(context.Background(), store.Local(dir), "none.parquet"); !errors.Is(err, store.ErrNotExist) {
		t.Error(err)
	}
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	docs := written(b, dir, 2000)
	var size int64
	for _, d := range docs {
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
