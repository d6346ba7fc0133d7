package jsonl_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/stage"
)

// fromPlace reads the bytes of a stored file from a place on.
func fromPlace(t testing.TB, in io.Reader, begin corpus.Place) *jsonl.Reader {
	t.Helper()
	s, err := format.Resume(t.Context(), io.NopCloser(in), stage.NewEnv(), begin)
	if err != nil {
		t.Fatal(err)
	}
	if s.Compressed {
		return jsonl.NewReaderFrom(s, 200, begin)
	}
	return jsonl.NewReaderFrom(s.Reader, 200, begin)
}

// steps reads to the end: what each Next gave, with all that a run makes of it, in order,
// and the counts of broken members. Before each Next it asks for a boundary, if so told;
// places has those found, by the number of the step.
func steps(t testing.TB, in io.Reader, begin corpus.Place, ask bool) (list []string, places map[int]corpus.Place) {
	r := fromPlace(t, in, begin)
	places = map[int]corpus.Place{}
	for {
		if ask {
			if at, ok := r.Boundary(0); ok {
				places[len(list)] = at
			}
		}
		l, err := r.Next("id", "text", "url")
		var bad *jsonl.LineError
		var damage *format.Damage
		var member *jsonl.MemberError
		switch {
		case err == nil:
			list = append(list, fmt.Sprintf("%d @%d %q %s", l.Record, l.Offset, l.Text, l.Extra))
		case errors.As(err, &bad):
			list = append(list, fmt.Sprintf("(%d @%d %d %d %v)", bad.Record, bad.Offset, bad.Loss, bad.Bytes, bad.Err))
		case errors.As(err, &member):
			list = append(list, fmt.Sprintf("(member @%d of %d: %v)", member.Offset, member.Records, err))
		case errors.As(err, &damage):
			list = append(list, fmt.Sprintf("(%d @%d+%d %t: %v)", r.Records(), damage.Offset, damage.Bytes, damage.Rest, err))
		default:
			return append(list, fmt.Sprintf("%d %v", r.Records(), err)), places
		}
	}
}

// checkBoundaries reads a file whole and from each of its boundaries on: what follows is
// the same. So it is in ranges of any size. It returns how many boundaries there are.
func checkBoundaries(t testing.TB, data []byte) int {
	t.Helper()
	// When a broken member is told hangs on how far was read, how much it cost does not.
	sorted := func(steps []string) []string { return slices.Sorted(slices.Values(steps)) }
	want, _ := steps(t, bytes.NewReader(data), corpus.Place{}, false)
	got, places := steps(t, bytes.NewReader(data), corpus.Place{}, true)
	if !slices.Equal(sorted(got), sorted(want)) {
		t.Fatalf("asked for boundaries:\n%s\nnot asked:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	last := corpus.Place{Offset: -1}
	for i, want := range got {
		at, ok := places[i]
		if !ok {
			continue
		}
		if at.Offset < last.Offset || at.Record < last.Record || at.Record == last.Record && at.Decoded == last.Decoded || at.Offset > int64(len(data)) || at.Skip > at.Decoded {
			t.Fatalf("%+v after %+v, before %s", at, last, want)
		}
		last = at
		from, _ := steps(t, bytes.NewReader(data[at.Offset:]), at, i%2 == 0)
		if !slices.Equal(sorted(from), sorted(got[i:])) {
			t.Fatalf("from %+v on:\n%s\nwhole:\n%s", at, strings.Join(from, "\n"), strings.Join(got[i:], "\n"))
		}
	}
	return len(places)
}

// gz is a member a piece.
func gz(pieces ...string) []byte {
	var b bytes.Buffer
	for _, s := range pieces {
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, s); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// zst is a frame a piece.
func zst(pieces ...string) (b []byte) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	for _, s := range pieces {
		b = w.EncodeAll([]byte(s), b)
	}
	return b
}

// cutEach cuts a text each n bytes.
func cutEach(s string, n int) (list []string) {
	for len(s) > n {
		list, s = append(list, s[:n]), s[n:]
	}
	return append(list, s)
}

// TestBoundary: where in each form of a file reading can begin anew.
func TestBoundary(t *testing.T) {
	line := func(i int) string { return fmt.Sprintf("{\"text\":\"text %d\",\"n\":%d}\n", i, i) }
	a, b, c := line(1), line(2), line(3)
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 0x55; return b }
	behind := func(piece string) int { return len(gz(piece)) }
	for _, x := range []struct {
		name string
		data []byte
		want int // boundaries
	}{
		{"lines", []byte(a + b + c), 3},
		{"no end of the last", []byte(strings.TrimSpace(a + b + c)), 3},
		{"CRLF", []byte(strings.ReplaceAll(a+b+c, "\n", "\r\n")), 3},
		{"marks", []byte("\ufeff" + a + "\ufeff" + b + "\ufeff\n" + c), 3},
		{"blank lines", []byte("\n\n" + a + "\n \n" + b + "\n"), 2},
		{"two on a line", []byte(a + strings.TrimSpace(b) + c + a), 3},
		{"bad lines first", []byte("bad\n{}\n" + a + b), 2},
		{"bad lines alone", []byte("bad\nworse\n"), 0},
		{"bad lines between", []byte(a + "bad\n{\"text\":\"\xff\"}\n" + b), 4},
		{"a long line", []byte(a + `{"text":"` + strings.Repeat("x", 300) + "\"}\n" + b), 3},
		{"a cut line", []byte(a + b[:10]), 2},
		{"a line that seems compressed", []byte(a + "\x1f\x8b\x08 no\n" + b), 3},
		{"an array's element a line", []byte(a + "[\n{\"text\":\"x\"}\n]\n"), 4},
		{"an array", []byte("[\n" + strings.TrimSpace(a) + ",\n" + b + "]"), 0},
		{"objects of several lines", []byte(strings.ReplaceAll(a+b, "{", "{\n")), 0},
		{"another format", []byte("%PDF-1.7"), 0},
		{"nothing", nil, 0},
		{"blank", []byte("\n\n\n"), 0},

		{"one member", gz(a + b + c), 0},
		{"one frame", zst(a + b + c), 0},
		{"a member each", gz(a, b, c), 2},
		{"a frame each", zst(a, b, c), 2},
		{"members of two", gz(a+b, b+c), 1},
		{"members within a line", gz(a+b[:9], b[9:]+c), 1},
		{"members within lines", gz(cutEach(a+b+c+a+b+c, 20)...), 5},
		{"frames within lines", zst(cutEach(a+b+c+a+b+c, 20)...), 5},
		{"several members a line", gz(cutEach(a+b+c, 5)...), 2},
		{"a member that ends behind a bad line", gz(a+"bad\n", b+c), 1},
		{"a bad line within members", gz(a+"ba", "d\n"+b, c), 1},
		{"a member of two on a line", gz(a+b[:9], strings.TrimSpace(b[9:])+c+a, b), 1},
		{"members of bad lines", gz("bad\n", a, "bad\n", b), 2},
		{"empty members", gz("", a, "", b, ""), 1},
		{"a member of blank lines", gz(a, "\n\n", b), 1},
		{"zeros between", slices.Concat(gz(a), make([]byte, 700), gz(b, c), make([]byte, 9)), 2},
		{"skippable frames", slices.Concat(zst(a), []byte("\x5a\x2a\x4d\x18\x03\x00\x00\x00xyz"), zst(b)), 1},
		{"a mark first", gz("\ufeff"+a, "\ufeff"+b), 1},
		{"an array, a member each", gz("[", a+",", b+"]"), 0},

		{"a wrong checksum", flip(gz(a, b+c, a), behind(a)+behind(b+c)-6), 2},
		{"wrong checksums of members within lines", flip(flip(gz(a+b[:9], b[9:]+c, a), behind(a+b[:9])-6), behind(a+b[:9])+behind(b[9:]+c)-6), 2},
		{"a wrong checksum at the end", flip(gz(a, b), len(gz(a, b))-6), 1},
		{"a wrong checksum of a frame", flip(zst(a, b, c), len(zst(a, b))-1), 2},
		{"junk between", slices.Concat(gz(a, b), []byte("junk"), gz(c, a)), 3},
		{"junk within a line", slices.Concat(gz(a+b[:9]), []byte("junk"), gz(b[9:]+c, a)), 2},
		{"another compression behind", slices.Concat(gz(a, b), zst(c)), 1},
		{"a damaged member", flip(gz(a, strings.Repeat(b, 50), c, a), behind(a)+30), 2},
		{"cut", gz(a, b, c)[:behind(a)+behind(b)+20], 2},
		{"cut in the header", gz(a, b, c)[:behind(a)+behind(b)+5], 1},
	} {
		if got := checkBoundaries(t, x.data); got != x.want {
			t.Errorf("%s: %d boundaries, want %d", x.name, got, x.want)
		}
	}
}

// TestBoundaryFrom: the first boundary at an offset or behind it.
func TestBoundaryFrom(t *testing.T) {
	a, b, c := "{\"text\":\"a\"}\n", "{\"text\":\"bb\"}\n", "{\"text\":\"ccc\"}\n"
	cut := 5 // of the line b
	for _, x := range []struct {
		name   string
		data   []byte
		places []corpus.Place
	}{
		{"plain", []byte(a + b + c), []corpus.Place{{Offset: 13, Record: 1}, {Offset: 27, Record: 2}, {Offset: 42, Record: 3}}},
		{"members", gz(a, b, c), []corpus.Place{{Offset: int64(len(gz(a))), Record: 1, Decoded: 13}, {Offset: int64(len(gz(a, b))), Record: 2, Decoded: 27}}},
		{"within a line", gz(a+b[:cut], b[cut:]+c), []corpus.Place{{Offset: int64(len(gz(a + b[:cut]))), Record: 2, Decoded: 27, Skip: 9}}},
	} {
		for i, p := range x.places {
			for from, want := range map[int64]int{p.Offset - 1: i, p.Offset: i, p.Offset + 1: i + 1} {
				r := fromPlace(t, bytes.NewReader(x.data), corpus.Place{})
				at, ok := r.Boundary(from)
				for err := error(nil); err == nil && !ok; at, ok = r.Boundary(from) {
					_, err = r.Next("id", "text", "url")
				}
				if ok != (want < len(x.places)) || ok && at != x.places[want] {
					t.Errorf("%s from %d: %+v, %t", x.name, from, at, ok)
				}
			}
		}
	}
}

// TestBoundaryAnyReads: what is a boundary hangs on the file, not on how many bytes a read
// gives.
func TestBoundaryAnyReads(t *testing.T) {
	text := strings.Repeat("{\"text\":\"text\"}\n{\"text\":\"a longer text\"}\n", 5)
	for _, data := range [][]byte{[]byte(text), gz(cutEach(text, 21)...), zst(cutEach(text, 33)...)} {
		want, places := steps(t, bytes.NewReader(data), corpus.Place{}, true)
		got, slow := steps(t, iotest.OneByteReader(bytes.NewReader(data)), corpus.Place{}, true)
		if !slices.Equal(got, want) || fmt.Sprint(slow) != fmt.Sprint(places) || len(places) < 5 {
			t.Errorf("%v, byte by byte %v", places, slow)
		}
	}
}

// TestBoundaryCutTail: where the end of the record before is not there any more, reading
// fails.
func TestBoundaryCutTail(t *testing.T) {
	r := fromPlace(t, bytes.NewReader(gz("xyz\n")), corpus.Place{Offset: 100, Record: 3, Decoded: 900, Skip: 5})
	for range 2 {
		if _, err := r.Next("id", "text", "url"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	}
}

// randomLines is a file of any form, sound or not.
func randomLines(rng *rand.Rand) []byte {
	var s strings.Builder
	for i := range 1 + rng.IntN(30) {
		switch rng.IntN(14) {
		case 0:
			s.WriteString("\n")
		case 1:
			s.WriteString([]string{"bad", "{}", "{\"text\":\"\xff\"}", "[1]", "\ufeff", `{"text":"` + strings.Repeat("x", 200) + `"}`}[rng.IntN(6)] + "\n")
		case 2:
			fmt.Fprintf(&s, `{"text":"on the line of %d"} `, i)
		default:
			fmt.Fprintf(&s, `{"text":"%s","n":%d}%s`, strings.Repeat("ab ", rng.IntN(40)), i, []string{"\n", "\r\n"}[rng.IntN(8)/7])
		}
	}
	pieces := strings.SplitAfter(s.String(), "\n")
	if rng.IntN(2) == 0 {
		pieces = cutEach(s.String(), 1+rng.IntN(300))
	}
	b := []byte(s.String())
	switch rng.IntN(3) {
	case 0:
		b = nil
		for _, p := range pieces {
			b = append(b, gz(p)...)
			if rng.IntN(40) == 0 {
				b = append(b, "junk\x1f\x8b\x08"[rng.IntN(6):]...)
			}
			if rng.IntN(20) == 0 {
				b[len(b)-min(len(b), 6)] ^= 1
			}
		}
	case 1:
		b = zst(pieces...)
	}
	if len(b) == 0 {
		return b
	}
	switch at := rng.IntN(len(b)); rng.IntN(6) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
	case 1:
		b = append(b[:at:at], b[min(len(b), at+1+rng.IntN(200)):]...)
	case 2:
		b = b[:at]
	}
	return b
}

// TestBoundaryRandom: any file gives the same from each of its boundaries on.
func TestBoundaryRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	found := 0
	for range 500 {
		found += checkBoundaries(t, randomLines(rng))
	}
	if found < 2_000 {
		t.Errorf("%d boundaries in all: the files are too short", found)
	}
}

// FuzzBoundary is the same of any bytes.
func FuzzBoundary(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 40 {
		f.Add(randomLines(rng))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkBoundaries(t, data) })
}
