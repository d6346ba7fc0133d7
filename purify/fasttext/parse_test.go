package fasttext

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/internal/modelfile"
)

// probe predicts a few texts; it is there to see a crash.
func probe(m *Model) {
	p := m.Predictor()
	for _, text := range []string{"", "the mill", "磨坊 le moulin </s> x", "__label__de \xff\xe4 " + strings.Repeat("水", 70)} {
		p.Predict(nil, text, -1, 0)
		p.Predict(nil, text, 1, 0.5)
	}
	m.Digest()
}

func TestBuilt(t *testing.T) {
	// The mean of the rows of "</s>" and "mill" is (0.75, 0.875).
	cases := map[string]struct {
		change func(*file)
		text   string
		want   []Prediction // probabilities to 1e-4
	}{
		"softmax":                 {func(*file) {}, "mill", []Prediction{{1, 0.5312}, {0, 0.4688}}},
		"no word known":           {func(f *file) { f.words[0] = "x" }, "unseen", nil},
		"only the end of line":    {func(*file) {}, "", []Prediction{{0, 0.6792}, {1, 0.3208}}},
		"label skipped":           {func(*file) {}, "__label__a __label__unseen mill", []Prediction{{1, 0.5312}, {0, 0.4688}}},
		"end of line in the text": {func(*file) {}, "</s> mill", []Prediction{{0, 0.6792}, {1, 0.3208}}},
		"one label": {func(f *file) {
			f.loss, f.labels, f.counts, f.output = HierarchicalSoftmax, f.labels[:1], f.counts[:1], f.output[:2]
		}, "mill", []Prediction{{0, 1}}},
		"old version has no sub-words": {func(f *file) { f.version, f.minn, f.maxn = oldVersion, 2, 3 }, "mill", []Prediction{{1, 0.5312}, {0, 0.4688}}},
		"one bucket": {func(f *file) {
			f.minn, f.maxn, f.bucket, f.input = 3, 3, 1, append(f.input, 0, 0)
		}, "unseen", []Prediction{{0, 0.5268}, {1, 0.4732}}}, // a seventh of </s>: six n-grams have the row of zeros
		"all n-grams pruned": {func(f *file) {
			f.minn, f.maxn, f.bucket, f.isPruned = 3, 3, 10, true
			f.quant = quantInput(2, 2, []byte{1, 0})
		}, "unseen", []Prediction{{0, 0.8808}, {1, 0.1192}}},
		"sub-vector wider than the matrix": {func(f *file) { f.quant = quantInput(2, 4, []byte{1, 0}) }, "", []Prediction{{0, 0.8808}, {1, 0.1192}}},
		"weights no numbers":               {func(f *file) { f.input[2] = float32(math.NaN()) }, "mill", nil},
	}
	for name, c := range cases {
		f := newFile()
		c.change(&f)
		m, err := Parse(f.bytes())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := m.Predictor().Predict(nil, c.text, -1, 0)
		ok := len(got) == len(c.want)
		for i := 0; ok && i < len(got); i++ {
			ok = got[i].Label == c.want[i].Label && math.Abs(float64(got[i].Prob-c.want[i].Prob)) < 1e-4
		}
		if !ok {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	cases := map[string]struct {
		change func(*file)
		reason string
	}{
		"version too old":       {func(f *file) { f.version = 10 }, "version"},
		"version too new":       {func(f *file) { f.version = 13 }, "version"},
		"word vectors":          {func(f *file) { f.model = 2 }, "supervised"},
		"no loss":               {func(f *file) { f.loss = 0 }, "loss"},
		"unknown loss":          {func(f *file) { f.loss = 5 }, "loss"},
		"no labels":             {func(f *file) { f.labels = nil }, "words"},
		"sub-words too long":    {func(f *file) { f.bucket, f.maxn = 1, 256 }, "maxn"},
		"negative minn":         {func(f *file) { f.minn = -1 }, "minn"},
		"no buckets":            {func(f *file) { f.wordNgrams = 2 }, "buckets"},
		"too few rows":          {func(f *file) { f.wordNgrams, f.bucket = 2, 1 }, "rows"},
		"labels without row":    {func(f *file) { f.output = f.output[:2] }, "labels"},
		"pruned, not quantised": {func(f *file) { f.isPruned = true }, "pruned"},
		"pruned to no row": {func(f *file) {
			f.wordNgrams, f.bucket, f.isPruned, f.pruned = 2, 9, true, [][2]int32{{8, 0}}
			f.quant = quantInput(2, 2, []byte{1, 0})
		}, "rows"},
		"pruned bucket out of range": {func(f *file) {
			f.wordNgrams, f.bucket, f.isPruned, f.pruned = 2, 8, true, [][2]int32{{8, 0}}
		}, "bucket"},
		"output not finite": {func(f *file) { f.output[3] = float32(math.Inf(-1)) }, "finite"},
		"negative count":    {func(f *file) { f.counts[0] = -1 }, "count"},
		"counts without tree": {func(f *file) {
			f.loss, f.counts = HierarchicalSoftmax, []int64{1e16, 1e16}
		}, "tree"},
	}
	for name, c := range cases {
		f := newFile()
		c.change(&f)
		_, err := Parse(f.bytes())
		var format *FormatError
		if !errors.Is(err, ErrFormat) || !errors.As(err, &format) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(append(newFile().bytes(), 0)); !errors.Is(err, ErrFormat) {
		t.Errorf("a byte more: %v", err)
	}
}

// TestTruncated cuts files at every byte.
func TestTruncated(t *testing.T) {
	for _, path := range modelFiles(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			if n%7 != 0 && n > 300 && n < len(data)-300 {
				continue
			}
			if _, err := Parse(data[:n:n]); !errors.Is(err, ErrFormat) {
				t.Fatalf("%s cut to %d of %d bytes: %v", path, n, len(data), err)
			}
		}
	}
}

// TestDamaged changes bytes and looks for crashes and for memory out of all
// proportion to the file.
func TestDamaged(t *testing.T) {
	for _, path := range modelFiles(t) {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		for at := range good {
			if at > 200 && at%97 != 0 && at < len(good)-60 {
				continue
			}
			for _, v := range []byte{0, 0x7f, 0xff, good[at] ^ 1} {
				data := bytes.Clone(good)
				data[at] = v
				runtime.ReadMemStats(&before)
				m, err := Parse(data)
				runtime.ReadMemStats(&after)
				if grown := after.TotalAlloc - before.TotalAlloc; grown > 64*uint64(len(data)) {
					t.Fatalf("%s: %d bytes with byte %d = %d took %d bytes", path, len(data), at, v, grown)
				}
				if err != nil {
					if !errors.Is(err, ErrFormat) {
						t.Fatalf("%s: byte %d = %d: %v", path, at, v, err)
					}
				} else if at%5 == 0 {
					probe(m)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, path := range modelFiles(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "the mill \xff </s>")
	}
	f.Add(newFile().bytes(), "mill")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		m, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		p := m.Predictor()
		first := p.Predict(nil, text, -1, 0)
		again := p.Predict(nil, text, -1, 0)
		if len(first) != len(again) {
			t.Fatalf("%d labels, then %d", len(first), len(again))
		}
	})
}

func TestOpen(t *testing.T) {
	f := newFile()
	f.wordNgrams, f.bucket = 2, mapBytes/8
	f.input = append(f.input, make([]float32, 2*f.bucket)...)
	data := f.bytes()
	path := filepath.Join(t.TempDir(), "big.bin")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if m.file.Mapped() != modelfile.CanMap {
		t.Errorf("%d bytes mapped: %t", len(data), m.file.Mapped())
	}
	read, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	got, want := m.Predictor().Predict(nil, "mill x", -1, 0), read.Predictor().Predict(nil, "mill x", -1, 0)
	if len(got) != 2 || got[0] != want[0] {
		t.Errorf("mapped %v, read %v", got, want)
	}
	sum := sha256.Sum256(data)
	if m.Digest() != sum || read.Digest() != sum {
		t.Error("wrong digest")
	}
	if err := errors.Join(m.Close(), m.Close(), read.Close()); err != nil {
		t.Error(err)
	}
	if m.Digest() != sum {
		t.Error("digest lost by Close")
	}
	if err := os.WriteFile(path, data[:len(data)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrFormat) {
		t.Errorf("cut file: %v", err)
	}
}

func TestRead(t *testing.T) {
	data := newFile().bytes()
	for size, ok := range map[int64]bool{int64(len(data)): true, int64(len(data)) - 1: false, int64(len(data)) + 1: false, math.MaxInt64: false, -1: false, 0: false} {
		if _, err := Read(bytes.NewReader(data), size); (err == nil) != ok {
			t.Errorf("size %d: %v", size, err)
		}
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder opens")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
