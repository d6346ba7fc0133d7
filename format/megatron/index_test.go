package megatron

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
)

// goldenIndex is the index of documents of 4, 2 and 5 tokens of u16, 22 bytes of .bin.
func goldenIndex() []byte {
	b := append([]byte(magic), 1, 0, 0, 0, 0, 0, 0, 0, byte(Uint16))
	for _, x := range []uint64{3, 4} {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	for _, x := range []uint32{4, 2, 5} {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	for _, x := range []uint64{0, 8, 12, 0, 1, 2, 3} {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return b
}

const goldenBin = 22

func TestParseIndex(t *testing.T) {
	put32 := func(at int, x uint32) func([]byte) []byte {
		return func(b []byte) []byte { binary.LittleEndian.PutUint32(b[at:], x); return b }
	}
	put64 := func(at int, x uint64) func([]byte) []byte {
		return func(b []byte) []byte { binary.LittleEndian.PutUint64(b[at:], x); return b }
	}
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		bin    int64
		want   string // part of the error, "" for none
	}{
		{"golden", func(b []byte) []byte { return b }, goldenBin, ""},
		{"bin longer than the sequences", func(b []byte) []byte { return b }, goldenBin + 1, ""},
		{"bin cut", func(b []byte) []byte { return b }, goldenBin - 1, "sequence 2"},
		{"modes of a multimodal set", func(b []byte) []byte { return append(b, 0, 1, 0) }, goldenBin, ""},
		{"one byte more", func(b []byte) []byte { return append(b, 0) }, goldenBin, "do not hold"},
		{"one byte less", func(b []byte) []byte { return b[:len(b)-1] }, goldenBin, "do not hold"},
		{"empty", func(b []byte) []byte { return nil }, goldenBin, "0 bytes"},
		{"header cut", func(b []byte) []byte { return b[:33] }, goldenBin, "33 bytes"},
		{"header alone", func(b []byte) []byte { return b[:34] }, goldenBin, "do not hold"},
		{"magic", func(b []byte) []byte { b[6] = 'Y'; return b }, goldenBin, "begins with"},
		{"version", put64(9, 2), goldenBin, "version 2"},
		{"type 0", func(b []byte) []byte { b[17] = 0; return b }, goldenBin, "type code 0"},
		{"float", func(b []byte) []byte { b[17] = 6; return b }, goldenBin, "type code 6"},
		{"wider type", func(b []byte) []byte { b[17] = byte(Int32); return b }, goldenBin, "sequence 1"},
		{"huge count", put64(18, math.MaxUint64), goldenBin, "do not hold"},
		{"count whose product overflows", put64(18, 1<<62+3), goldenBin, "do not hold"},
		{"bounds whose product overflows", put64(26, 1<<61+4), goldenBin, "do not hold"},
		{"no bounds", put64(26, 0), goldenBin, "do not hold"},
		{"negative length", put32(34, 1<<31), goldenBin, "sequence 0"},
		{"longest length", put32(34, 1<<31-1), goldenBin, "sequence 0"},
		{"negative offset", put64(46, 1<<63), goldenBin, "sequence 0"},
		{"offset beyond the end", put64(62, goldenBin), goldenBin, "sequence 2"},
		{"offset that overflows", put64(62, math.MaxInt64), goldenBin, "sequence 2"},
		{"shared bytes", put64(54, 7), goldenBin, "sequence 1"},
		{"first document elsewhere", put64(70, 1), goldenBin, "first document"},
		{"documents backwards", put64(78, 3), goldenBin, "document 1"},
		{"sequence without document", put64(94, 2), goldenBin, "end at sequence 2 of 3"},
		{"last bound negative", put64(94, 1<<63), goldenBin, "document 2"},
		{"document of two sequences and an empty one", put64(78, 2), goldenBin, ""},
	} {
		x, err := ParseIndex(c.change(goldenIndex()), c.bin)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want == "" && (x.Documents() != 3 || x.Tokens() != 11):
			t.Errorf("%s: %d documents, %d tokens", c.name, x.Documents(), x.Tokens())
		case c.want != "" && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestParseNanotron(t *testing.T) {
	ends := func(xs ...uint64) (b []byte) {
		for _, x := range xs {
			b = binary.LittleEndian.AppendUint64(b, x)
		}
		return b
	}
	for _, c := range []struct {
		metadata string
		ends     []byte
		bytes    int64
		want     string
	}{
		{"gpt2|2\n11\n11.0 T", ends(4, 6, 11), 22, ""},
		{"Unknown Tokenizer|2|2\n0\n", nil, 0, ""},
		{"a/b c|4", ends(0, 0, 5, 5), 20, ""},
		{"gpt2\n2", nil, 0, "token size"},
		{"", nil, 0, "token size"},
		{"gpt2|8", nil, 0, "token size"},
		{"gpt2|2", ends(4)[:7], 8, "index of 7 bytes"},
		{"gpt2|2", ends(4, 3), 6, "document 1"},
		{"gpt2|2", ends(1 << 31), 1 << 32, "document 0"},
		{"gpt2|2", ends(1<<31 - 1), 1<<32 - 2, ""},
		{"gpt2|2", ends(4), 7, "has 7 bytes"},
		{"gpt2|2", ends(4), 9, "has 9 bytes"},
		{"gpt2|4", ends(4), 8, "has 8 bytes"},
		{"gpt2|2", nil, 2, "has 2 bytes"},
	} {
		_, _, err := parseNanotron([]byte(c.metadata), c.ends, c.bytes)
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q, %x, %d bytes: %v, want an error with %q", c.metadata, c.ends, c.bytes, err, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	var l lengths
	if err := l.add("a", MaxSequenceTokens); err != nil || l.chunks[0][0] != MaxSequenceTokens {
		t.Errorf("the longest document: %v", err)
	}
	if err := l.add("a", MaxSequenceTokens+1); err == nil || l.n != 1 {
		t.Errorf("a document one longer: %v", err)
	}
	l.n = MaxDocuments - 1
	if err := l.add("a", 1); err != nil {
		t.Errorf("the last document: %v", err)
	}
	if err := l.add("a", 1); err == nil {
		t.Error("one document more is taken")
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		dtype DType
		b     string
		want  int64 // -1: refused
	}{
		{Uint8, "\xff", 255}, {Int8, "\x7f", 127}, {Int8, "\x80", -1}, {Int16, "\xff\x7f", 32767}, {Int16, "\xff\xff", -1},
		{Uint16, "\xff\xff", 65535}, {Int32, "\xff\xff\xff\x7f", math.MaxInt32}, {Int32, "\x00\x00\x00\x80", -1},
		{Int64, "\xff\xff\xff\x7f\x00\x00\x00\x00", math.MaxInt32}, {Int64, "\x00\x00\x00\x80\x00\x00\x00\x00", -1},
		{Int64, "\xff\xff\xff\xff\xff\xff\xff\xff", -1},
	} {
		ids, ok := decode(nil, []byte(c.b), c.dtype)
		if ok != (c.want >= 0) || ok && int64(ids[0]) != c.want {
			t.Errorf("type %d, %x: %v, %v, want %d", c.dtype, c.b, ids, ok, c.want)
		}
	}
}

// The figures are those of Python's humanize.metric(n, unit="T").
func TestMetric(t *testing.T) {
	for n, want := range map[uint64]string{0: "0.00 T", 1: "1.00 T", 9: "9.00 T", 10: "10.0 T", 99: "99.0 T", 999: "999 T",
		1_000: "1.00 kT", 1_234: "1.23 kT", 9_994: "9.99 kT", 9_995: "9.99 kT", 9_999: "10.0 kT", 10_000: "10.0 kT", 99_949: "99.9 kT",
		99_950: "100 kT", 999_499: "999 kT", 999_999: "1.00 MT", 1_000_000: "1.00 MT", 123_456_789: "123 MT", 1_000_000_000_000: "1.00 TT"} {
		if got := metric(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// Whatever a damaged index says, what is accepted stays within the files.
func FuzzParseIndex(f *testing.F) {
	f.Add(goldenIndex(), int64(goldenBin))
	f.Add(append(goldenIndex(), 0, 1, 0), int64(goldenBin))
	f.Add(goldenIndex()[:headerSize], int64(0))
	f.Fuzz(func(t *testing.T, b []byte, binBytes int64) {
		x, err := ParseIndex(b, binBytes)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		if 12*x.Sequences()+8*x.Documents() > len(b) || x.Tokens()*int64(x.DType().Bytes()) > max(binBytes, 0) {
			t.Fatalf("%d sequences, %d documents, %d tokens in %d and %d bytes", x.Sequences(), x.Documents(), x.Tokens(), len(b), binBytes)
		}
		end := 0
		for i := range x.Documents() {
			from, to := x.Document(i)
			if from != end || to < from || to > x.Sequences() {
				t.Fatalf("document %d from %d to %d after %d", i, from, to, end)
			}
			end = to
		}
		for i := range x.Sequences() {
			if at, n := x.Sequence(i); at < 0 || n < 0 || at+int64(n*x.DType().Bytes()) > binBytes {
				t.Fatalf("sequence %d: %d tokens at %d of %d", i, n, at, binBytes)
			}
		}
	})
}

func FuzzParseNanotron(f *testing.F) {
	f.Add([]byte("gpt2|2\n1\n1.00 T"), []byte("\x01\x00\x00\x00\x00\x00\x00\x00"), int64(2))
	f.Fuzz(func(t *testing.T, metadata, ends []byte, dsBytes int64) {
		if dsBytes < 0 {
			return
		}
		_, dtype, err := parseNanotron(metadata, ends, dsBytes)
		if err != nil {
			return
		}
		r := &NanotronReader{ends: ends, tokens: tokenReader{dtype: dtype}}
		for i := range r.Documents() {
			if from, to := r.Document(i); from < 0 || to < from || to*int64(dtype.Bytes()) > dsBytes {
				t.Fatalf("document %d from %d to %d of %d bytes", i, from, to, dsBytes)
			}
		}
	})
}
