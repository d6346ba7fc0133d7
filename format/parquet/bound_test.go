package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/format/parquet"
)

// counted counts what is read.
type counted struct {
	io.ReaderAt
	bytes int64
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, at)
	c.bytes += int64(n)
	return n, err
}

type boundRow struct {
	Key   string   `parquet:"key"`
	Place string   `parquet:"place,dict"`
	Text  string   `parquet:"text,zstd"`
	Maybe *int64   `parquet:"maybe,optional"`
	Tags  []string `parquet:"tags,list"`
}

func boundFile(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pq.NewGenericWriter[boundRow](&b, pq.MaxRowsPerRowGroup(1_000), pq.PageBufferSize(1_000))
	for i := range n {
		r := boundRow{Key: fmt.Sprintf("k%05d", i), Place: fmt.Sprint("p", i/100), Text: fmt.Sprintf("text %d %x", i, i*i*7919)}
		if i%3 == 0 {
			v := int64(i)
			r.Maybe, r.Tags = &v, []string{"a", fmt.Sprint(i)}
		}
		if _, err := w.Write([]boundRow{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// between wants the keys from one to another.
func between(from, to string) func(least, most string) bool {
	return func(least, most string) bool { return most >= from && least <= to }
}

func TestBound(t *testing.T) {
	const n = 5_000
	file := boundFile(t, n)
	for _, c := range []struct {
		from, to int // keys that are wanted
		groups   int
		slack    int   // rows that may be given out beside
		bytes    int64 // that may be read
	}{
		{0, n - 1, 5, 0, int64(len(file)) * 3},
		{1_500, 1_500, 1, 300, int64(len(file)) / 3},
		{1_000, 1_000, 1, 300, int64(len(file)) / 3}, // the first of a row group
		{1_999, 2_000, 2, 600, int64(len(file)) / 2}, // the last of one, the first of the next
		{n - 1, n - 1, 1, 300, int64(len(file)) / 3},
		{n, n + 10, 0, 0, int64(len(file)) / 3},
	} {
		src := &counted{ReaderAt: bytes.NewReader(file)}
		r, err := parquet.NewReader(src, int64(len(file)), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		r.Bound(r.Column("key"), between(fmt.Sprintf("k%05d", c.from), fmt.Sprintf("k%05d", c.to)))
		if got := len(r.Groups()); got != c.groups {
			t.Errorf("%d-%d: %d row groups, want %d", c.from, c.to, got, c.groups)
		}
		seen := map[int64]bool{}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			i := row.Record
			seen[i] = true
			maybe, null := row.Text(r.Column("maybe"))
			if null != (i%3 != 0) || !null && maybe != fmt.Sprint(i) {
				t.Fatalf("row %d: maybe is %q", i, maybe)
			}
			for column, want := range map[string]string{"key": fmt.Sprintf("k%05d", i), "place": fmt.Sprint("p", i/100), "text": fmt.Sprintf("text %d %x", i, i*i*7919)} {
				if got, _ := row.Text(r.Column(column)); got != want {
					t.Fatalf("row %d: %s is %q, want %q", i, column, got, want)
				}
			}
			tags, err := row.AppendJSON(nil, r.Column("tags"))
			if want := fmt.Sprintf(`["a","%d"]`, i); err != nil || i%3 == 0 && string(tags) != want || i%3 != 0 && string(tags) != "[]" {
				t.Fatalf("row %d: tags are %s, %v", i, tags, err)
			}
		}
		wanted := max(min(c.to, n-1)-c.from+1, 0)
		for i := c.from; i < c.from+wanted; i++ {
			if !seen[int64(i)] {
				t.Fatalf("%d-%d: row %d is missing", c.from, c.to, i)
			}
		}
		if len(seen) > wanted+c.slack {
			t.Errorf("%d-%d: %d rows", c.from, c.to, len(seen))
		}
		if src.bytes > c.bytes {
			t.Errorf("%d-%d: %d bytes of %d read", c.from, c.to, src.bytes, len(file))
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A row group read by itself has the rows of the whole file.
func TestAgain(t *testing.T) {
	file := boundFile(t, 2_500)
	r, err := parquet.NewReader(bytes.NewReader(file), int64(len(file)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	next := int64(0)
	for _, begin := range r.Groups() {
		g, err := r.Again()
		if err != nil {
			t.Fatal(err)
		}
		g.Within(begin, begin+1)
		for {
			row, err := g.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if key, _ := row.Text(g.Column("key")); err != nil || row.Record != next || key != fmt.Sprintf("k%05d", next) {
				t.Fatal(row.Record, next, key, err)
			}
			next++
		}
	}
	if next != 2_500 {
		t.Errorf("%d rows", next)
	}
}

// A damaged index of pages costs rows that are told, never a panic or a wrong row group.
func TestBoundDamaged(t *testing.T) {
	file := boundFile(t, 2_000)
	whole := bytes.Clone(file)
	footer := len(file) - 8 - int(uint32(file[len(file)-8])|uint32(file[len(file)-7])<<8|uint32(file[len(file)-6])<<16)
	for at := footer - 1; at > footer-6_000; at -= 13 {
		file[at] ^= 0x15
		r, err := parquet.NewReader(bytes.NewReader(file), int64(len(file)), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		r.Bound(r.Column("key"), between("k01500", "k01510"))
		for n := 0; ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil && (row.Record < 1_000 || row.Record >= 2_000) || n > 2_000 {
				t.Fatalf("byte %d: row %d", at, row.Record)
			}
		}
		copy(file, whole)
	}
}
