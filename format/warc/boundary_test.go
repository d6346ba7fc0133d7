package warc

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/corpusmill/corpusmill/corpus"
)

// step is what one Next gave, with all that a run makes of it.
func step(rec *Record, err error) string {
	if re := (*RecordError)(nil); errors.As(err, &re) {
		return fmt.Sprintf("(%v %d @%d %t %d %t)", re.Err, re.Record, re.Offset, re.Decoded, re.Bytes, re.Rest)
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d @%d+%d %t %t %t %s %08x", rec.Number, rec.Offset, rec.Length, rec.Decoded, rec.WrongLength, rec.BadChecksum,
		rec.TargetURI, crc32.ChecksumIEEE(rec.Block))
}

// steps reads to the end. Before each Next it asks for a boundary, if so told; places has
// those found, by the number of the step.
func steps(in io.Reader, opts Options, ask bool) (list []string, places map[int]corpus.Place) {
	r := NewReader(in, opts)
	places = map[int]corpus.Place{}
	for {
		if ask {
			if at, ok := r.Boundary(0); ok {
				places[len(list)] = at
			}
		}
		rec, err := r.Next()
		list = append(list, step(rec, err))
		if re := (*RecordError)(nil); err != nil && !errors.As(err, &re) {
			return list, places
		}
	}
}

// checkBoundaries reads a file whole and from each of its boundaries on: what follows is
// the same. So it is in ranges of any size. It returns how many boundaries there are.
func checkBoundaries(t *testing.T, data []byte, opts Options) int {
	t.Helper()
	want, _ := steps(bytes.NewReader(data), opts, false)
	got, places := steps(bytes.NewReader(data), opts, true)
	if !slices.Equal(got, want) {
		t.Fatalf("asked for boundaries:\n%s\nnot asked:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	last := corpus.Place{Offset: -1}
	for i := range want {
		at, ok := places[i]
		if !ok {
			continue
		}
		if at.Offset <= last.Offset || at.Record <= last.Record || at.Offset > int64(len(data)) {
			t.Fatalf("%+v after %+v", at, last)
		}
		last, opts.Begin = at, at
		if got, _ := steps(bytes.NewReader(data[at.Offset:]), opts, i%2 == 0); !slices.Equal(got, want[i:]) {
			t.Fatalf("from %+v on:\n%s\nwhole:\n%s", at, strings.Join(got, "\n"), strings.Join(want[i:], "\n"))
		}
	}
	return len(places)
}

// stored is a gzip member that holds its content as it is.
func stored(s string) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err == nil {
		_, err = io.WriteString(w, s)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestBoundary: where in each form of an archive reading can begin anew.
func TestBoundary(t *testing.T) {
	p := pages(4)
	all := strings.Join(p, "")
	short := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/S\r\n", 25, "HTTP/1.1 200 OK\r\n\r\nlonger than said")
	block := "HTTP/1.1 200 OK\r\n\r\n" + string(gz(p...)) + all
	long := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/L\r\n", 5000, "HTTP/1.1 200 OK\r\n\r\nshort")
	inner := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/I\r\n", len(block), block)
	big := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("0123456789abcdef", 17<<20/16)
	large := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/B\r\n", len(big), big)
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 0x55; return b }
	size := func(i int) int { return len(gz(p[i])) }
	for _, c := range []struct {
		name string
		data []byte
		want int // boundaries, the end among them
	}{
		{"a member each", gz(p...), 4},
		{"plain", []byte(all), 4},
		{"plain, padded", []byte(p[0] + strings.Repeat("\r\n", 20) + p[1] + "\r\n"), 2},
		{"plain, padded as far as is looked", []byte(p[0] + strings.Repeat("\n", 57) + p[1]), 2},
		{"plain, padded too far", []byte(p[0] + strings.Repeat("\n", 58) + p[1]), 1},
		{"plain, no padding", []byte(strings.ReplaceAll(p[0]+p[1], "</html>\r\n\r\n", "</html>")), 2},
		{"a mark first", append([]byte("\xef\xbb\xbf"), all...), 4},
		{"one member", gz(all), 0},
		{"members of two", gz(p[0]+p[1], p[2]+p[3]), 0},
		{"a member of two behind others", gz(p[0], p[1], p[2]+p[3], p[0]), 2},
		{"members cut anywhere", gz(all[:100], all[100:150], all[150:1500], all[1500:]), 0},
		{"padding behind", append(gz(p...), make([]byte, 512)...), 3},
		{"an empty member between", gz(p[0], "", p[1]), 1},
		{"a frame each", zst(p...), 0},
		{"ARC", []byte(strings.Join(arcPages(3), "")), 0},
		{"ARC, a member each", gz(arcPages(3)...), 0},
		{"an archive in a record", slices.Concat(gz(p[0]), stored(inner), gz(p[1])), 3},
		{"an archive in a plain record", []byte(p[0] + inner + p[1]), 3},
		{"a member damaged at its start", flip(gz(p...), size(0)+40), 0},
		{"a member damaged near its end", flip(gz(p...), size(0)+size(1)-20), 4},
		{"a checksum", flip(gz(p...), size(0)+size(1)-6), 4},
		{"no trailer", slices.Concat(gz(p[0]), gz(p[1])[:size(1)-8], gz(p[2:]...)), 1},
		{"junk between", slices.Concat(gz(p[0], p[1]), []byte("junk"), gz(p[2:]...)), 1},
		{"junk first", append([]byte("junk"), gz(p...)...), 0},
		{"cut", gz(p...)[:len(gz(p...))-20], 3},
		{"a member of no record", gz(p[0], "no record", p[1]), 2},
		{"a length too short", gz(p[0], short, p[1], p[2]), 4},
		{"plain, a length too short", []byte(p[0] + short + p[1] + p[2]), 4},
		{"plain, a length too long", []byte(p[0] + long + p[1] + strings.Repeat(p[2], 30)), 1},
		{"a streamed member", gz(p[0], large, p[1], p[2]), 3},
		{"nothing", nil, 0},
	} {
		if got := checkBoundaries(t, c.data, Options{}); got != c.want {
			t.Errorf("%s: %d boundaries, want %d", c.name, got, c.want)
		}
	}
}

// TestBoundaryFrom: the first boundary at an offset or behind it.
func TestBoundaryFrom(t *testing.T) {
	p := pages(3)
	for form, size := range map[string][3]int{string(gz(p...)): {len(gz(p[0])), len(gz(p[1])), len(gz(p[2]))},
		strings.Join(p, ""): {len(p[0]), len(p[1]), len(p[2])}} {
		for i, end := range []int{size[0], size[0] + size[1], len(form)} {
			for _, c := range []struct{ from, record int }{{end - 1, i + 1}, {end, i + 1}, {end + 1, i + 2}} {
				r := NewReader(strings.NewReader(form), Options{})
				at, ok := r.Boundary(int64(c.from))
				for err := error(nil); err == nil && !ok; at, ok = r.Boundary(int64(c.from)) {
					_, err = r.Next()
				}
				if ok != (c.record <= 3) || ok && at.Record != int64(c.record) {
					t.Errorf("from %d: %+v, %t", c.from, at, ok)
				}
			}
		}
	}
}

// TestBoundaryAnyReads: what is a boundary hangs on the file, not on how many bytes a
// read gives.
func TestBoundaryAnyReads(t *testing.T) {
	p := pages(5)
	for _, data := range [][]byte{gz(p...), []byte(strings.Join(p, strings.Repeat("\r\n", 26))), gz(p[0], p[1], p[2]+p[3], p[4])} {
		want, places := steps(bytes.NewReader(data), Options{}, true)
		got, slow := steps(iotest.OneByteReader(bytes.NewReader(data)), Options{}, true)
		if !slices.Equal(got, want) || fmt.Sprint(slow) != fmt.Sprint(places) || len(places) < 2 {
			t.Errorf("%v, byte by byte %v", places, slow)
		}
	}
	broken := errors.New("the line is cut")
	r := NewReader(io.MultiReader(bytes.NewReader(gz(p[0])), iotest.ErrReader(broken)), Options{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if at, ok := r.Boundary(0); ok {
		t.Errorf("the store failed, and %+v is a boundary", at)
	}
}

// randomArchive is an archive of any form, sound or not.
func randomArchive(rng *rand.Rand) []byte {
	var pieces []string
	for i := range 1 + rng.IntN(12) {
		n := rng.IntN(700)
		block := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("ab\r\nWARC/1.0 ", n/12)
		if rng.IntN(6) == 0 {
			block += string(gz(pages(2)...))
		}
		length := len(block)
		if rng.IntN(12) == 0 {
			length += rng.IntN(400) - 200
		}
		pieces = append(pieces, raw(fmt.Sprintf("WARC-Type: response\r\nWARC-Target-URI: http://a/%d\r\n", i), length, block))
	}
	var b []byte
	form := rng.IntN(8)
	for i := 0; i < len(pieces); i++ {
		s := pieces[i]
		if form < 4 && rng.IntN(15) == 0 && i+1 < len(pieces) { // several a member
			i++
			s += pieces[i]
		}
		switch {
		case form == 7:
			b = append(b, zst(s)...)
		case form >= 4:
			b = append(b, s+strings.Repeat("\r\n", max(0, rng.IntN(60)-40))...)
		case rng.IntN(3) == 0:
			b = append(b, stored(s)...)
		default:
			b = append(b, gz(s)...)
		}
		if rng.IntN(40) == 0 {
			b = append(b, "junk\x1f\x8b\x08"[rng.IntN(6):]...)
		}
	}
	switch at := rng.IntN(len(b)); rng.IntN(5) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
	case 1:
		b = append(b[:at:at], b[min(len(b), at+1+rng.IntN(200)):]...)
	case 2:
		b = b[:at]
	}
	return b
}

// TestBoundaryRandom: any archive gives the same from each of its boundaries on.
func TestBoundaryRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	found := 0
	for range 300 {
		found += checkBoundaries(t, randomArchive(rng), Options{MaxRecordBytes: 1_000})
	}
	if found < 600 {
		t.Errorf("%d boundaries in all: the archives are too short", found)
	}
}

// FuzzBoundary is the same of any bytes.
func FuzzBoundary(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 40 {
		f.Add(randomArchive(rng))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkBoundaries(t, data, Options{MaxRecordBytes: 1_000}) })
}

// TestLargestWholeMember: whether a member is decompressed whole, and so has its place in
// the file, hangs on its size, not on how much was read ahead.
func TestLargestWholeMember(t *testing.T) {
	member := func(size int) []byte {
		n := size - 1_000
		for {
			block := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", n)
			b := stored(raw("WARC-Type: response\r\nWARC-Target-URI: http://a/B\r\n", len(block), block))
			if len(b) == size {
				return b
			}
			n += size - len(b)
		}
	}
	p := pages(2)
	for _, c := range []struct {
		size    int
		decoded bool
	}{{maxWholeIn - 1, false}, {maxWholeIn, false}, {maxWholeIn + 1, true}, {maxWholeIn + 400_000, true}} {
		data := slices.Concat(gz(p[0]), member(c.size), gz(p[1]))
		for name, in := range map[string]io.Reader{"whole": bytes.NewReader(data), "halves": iotest.HalfReader(bytes.NewReader(data)), "ahead": bytes.NewReader(data)} {
			r := NewReader(in, Options{})
			if name == "ahead" { // as behind damage that was looked into far
				r.in.buf = make([]byte, 2*maxWholeIn)
			}
			for i := range 3 {
				rec, err := r.Next()
				if err != nil || rec.Decoded != (i == 1 && c.decoded) {
					t.Errorf("%d bytes (%s), record %d: %v, %v", c.size, name, i, step(rec, err), err)
				}
			}
		}
		if got := checkBoundaries(t, data, Options{}); got < 2 {
			t.Errorf("%d bytes: %d boundaries", c.size, got)
		}
	}
}
