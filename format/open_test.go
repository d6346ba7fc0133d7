package format_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

func gzipped(t testing.TB, s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t testing.TB, s string, o ...zstd.EOption) []byte {
	w, err := zstd.NewWriter(nil, o...)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nothing is written
	return w.EncodeAll([]byte(s), nil)
}

// streamed is a frame that does not know its size, with a window of 1<<log bytes.
func streamed(log int, s string) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte(log-10) << 3}
	n := uint32(len(s))<<3 | 1 // the last block, as it is
	return append(append(b, byte(n), byte(n>>8), byte(n>>16)), s...)
}

func skippable(n int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{0x5a, 0x2a, 0x4d, 0x18}, uint32(n))
	return append(b, make([]byte, n)...)
}

// From bzip2 -9 and xz -6: a line with the letter a.
const (
	bzip2Line = "QlpoOTFBWSZTWbJZTfoAAAXZgAAQEAAAECIABEogADEGTEEBpp6g0NwiwvxdyRThQkLJZTfo"
	xzLine    = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAMeyJ0ZXh0IjoiYSJ9CgAAAABRFKrrn09F1AABJQ1xGcS2H7bzfQEAAAAABFla"
)

func based(t testing.TB, s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// flip damages the middle of a member.
func flip(b []byte) []byte {
	b = bytes.Clone(b)
	for i := len(b) / 2; i < len(b)/2+8; i++ {
		b[i] ^= 0x55
	}
	return b
}

// last changes the last byte.
func last(b []byte, by int) []byte {
	b = bytes.Clone(b)
	b[len(b)-by] ^= 1
	return b
}

// noise is text that does not compress well.
func noise(n int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 0))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%x\n", r.Uint64())
	}
	return b.String()
}

type file struct {
	io.Reader
	closed int
}

func (f *file) Close() error { f.closed++; return nil }

// TestDecompress reads what is sound in a file; want is what it says of the rest:
// offset, bytes and ! where nothing follows.
func TestDecompress(t *testing.T) {
	a, b, c := noise(3000, 1), noise(200_000, 2), noise(3000, 3)
	ga, gb, gc := gzipped(t, a), gzipped(t, b), gzipped(t, c)
	za, zb, zc := zstded(t, a), zstded(t, b), zstded(t, c)
	const line = "{\"text\":\"a\"}\n"
	bz, xz, empty := based(t, bzip2Line), based(t, xzLine), []byte("BZh9\x17rE8P\x90\x00\x00\x00\x00")
	small := []byte{0x28, 0xb5, 0x2f, 0xfd}
	zeros := func(n int) []byte { return make([]byte, n) }
	at := func(n int) string { return fmt.Sprint(n) }
	for _, x := range []struct {
		name string
		file []byte
		text string
		want []string
	}{
		{"empty", nil, "", nil},
		{"plain", []byte("\x1fplain"), "\x1fplain", nil},
		{"gzip", ga, a, nil},
		{"gzip, two members", join(ga, gc), a + c, nil},
		{"gzip, an empty member between", join(ga, gzipped(t, ""), gc), a + c, nil},
		{"gzip, a zero behind", join(ga, zeros(1)), a, nil},
		{"gzip, a block of zeros behind", join(ga, zeros(512)), a, nil},
		{"gzip, many zeros behind", join(ga, zeros(3<<20)), a, nil},
		{"gzip, zeros between", join(ga, zeros(700_000), gc), a + c, nil},
		{"gzip, garbage behind", join(ga, []byte("garbage")), a, []string{at(len(ga)) + "+7!"}},
		{"gzip, zeros and garbage behind", join(ga, zeros(5), []byte("x\x00")), a, []string{at(len(ga)+5) + "+2!"}},
		{"gzip, garbage between", join(ga, []byte("garbage"), gc), a + c, []string{at(len(ga)) + "+7"}},
		{"gzip, much garbage between", join(ga, []byte(strings.Repeat("garbage", 1<<18)), gc), a + c, []string{at(len(ga)) + "+1835008"}},
		{"gzip, false magics between", join(ga, []byte("-"+strings.Repeat("\x1f\x8b\x08\x00", 50_000)), gc), a + c, []string{at(len(ga)) + "+200001"}},
		{"gzip, cut in the header", ga[:5], "", []string{"5!"}},
		{"gzip, cut", join(ga, gc[:1000]), a + "*", []string{at(len(ga)+1000) + "!"}},
		{"gzip, cut in the trailer", ga[:len(ga)-1], a, []string{at(len(ga)-1) + "!"}},
		{"gzip, a cut member before another", join(ga, gb[:len(gb)/2], gc), a + "*" + c, []string{"*"}},
		{"gzip, a damaged member before others", join(flip(ga), gc, ga), "*" + c + a, []string{"*"}},
		{"gzip, a damaged member between", join(ga, flip(gb), gc, ga), a + "*" + c + a, []string{"*"}},
		{"gzip, a wrong checksum before a member", join(ga, last(ga, 5), gc), a + a + c, []string{at(len(ga))}},
		{"gzip, a wrong checksum before zeros", join(last(ga, 5), zeros(10)), a, []string{"0"}},
		{"gzip, a wrong size at the end", last(ga, 1), a, []string{"0"}},
		{"gzip, reserved flags", join([]byte("\x1f\x8b\x08\xe0"), ga), a, []string{"*"}},
		{"gzip, nothing of it", append([]byte("\x1f\x8b\x08"), bytes.Repeat([]byte{0xff}, 5000)...), "", []string{"*!"}},

		{"zstd", za, a, nil},
		{"zstd, frames", join(za, skippable(0), skippable(70_000), zb, zc), a + b + c, nil},
		{"zstd, a skippable frame first", join(skippable(3), za), a, nil},
		{"zstd, a skippable frame cut", join(za, skippable(30)[:20]), a, []string{at(len(za)+20) + "!"}},
		{"zstd, zeros behind", join(za, zeros(600)), a, nil},
		{"zstd, zeros between", join(za, zeros(3), zc), a + c, nil},
		{"zstd, garbage behind", join(za, []byte("garbage")), a, []string{at(len(za)) + "+7!"}},
		{"zstd, garbage between", join(za, []byte("garbage"), zc), a + c, []string{at(len(za)) + "+7"}},
		{"zstd, false magics between", join(za, bytes.Repeat(append(small, 8), 9), zc), a + c, []string{at(len(za)) + "+45"}},
		{"zstd, cut in the header", small, "", []string{"*!"}},
		{"zstd, cut", join(za, zb[:len(zb)/2]), a + "*", []string{at(len(za)+len(zb)/2) + "!"}},
		{"zstd, a cut frame before another", join(zb[:len(zb)/2], zc), "*" + c, []string{"*"}},
		{"zstd, a damaged frame before others", join(flip(za), zc, za), "*" + c + a, []string{"*"}},
		{"zstd, a damaged frame between", join(za, flip(zb), zc), a + "*" + c, []string{"*"}},
		{"zstd, a wrong checksum", join(last(za, 1), zc), a + c, []string{"0"}},
		{"zstd, a wrong checksum at the end", last(zb, 1), b, []string{"0"}},
		{"zstd, a window of 8 MiB", streamed(23, a), a, nil},
		{"zstd, a window of 1 GiB", join(streamed(30, a), za), a + a, nil},
		{"zstd, a window of 2 GiB", streamed(31, a), a, nil},
		{"zstd, a window of 4 GiB", join(streamed(32, a), za), a, []string{"0+" + at(len(a)+9)}},

		{"zstd, a content of 3 GiB", []byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\xc0"), "", []string{"0+9!"}},
		{"zstd, reserved flag", []byte("\x28\xb5\x2f\xfd\x08\x00\x00"), "", []string{"0+7!"}},

		{"bzip2", bz, line, nil},
		{"bzip2, nothing in it", empty, "", nil},
		{"bzip2, streams", join(bz, empty, bz), line + line, nil},
		{"bzip2, a zero behind", join(bz, zeros(1)), line, nil},
		{"bzip2, zeros behind", join(bz, zeros(5000)), line, nil},
		{"bzip2, garbage behind", join(bz, []byte("garbage")), line, []string{at(len(bz)) + "+7!"}},
		{"bzip2, zeros and garbage behind", join(bz, zeros(9), []byte("x")), line, []string{at(len(bz)+9) + "+1!"}},
		{"bzip2, cut", join(bz, bz[:20]), line, []string{at(len(bz)+20) + "!"}},
		{"bzip2, cut in the checksum", bz[:len(bz)-2], line, []string{"*!"}},
		{"bzip2, damaged", join(flip(bz), bz), "", []string{"*!"}},
		{"xz", xz, line, nil},
		{"xz, streams with padding", join(xz, zeros(8), xz, zeros(4)), line + line, nil},
		{"xz, garbage behind", join(xz, []byte("garbage-")), line, []string{"*!"}},
		{"xz, cut", xz[:len(xz)-20], line, []string{"*!"}},
		{"xz, cut in the header", xz[:8], "", []string{"*!"}},
		{"xz, damaged", flip(xz), "*", []string{"*!"}},
	} {
		env := stage.NewEnv()
		f := &file{Reader: bytes.NewReader(x.file)}
		text, damage, err := readAll(t, f, env)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if f.closed != 1 {
			t.Errorf("%s: closed %d times", x.name, f.closed)
		}
		if !matches(text, x.text) {
			t.Errorf("%s: read %d bytes, want %d", x.name, len(text), len(x.text))
		}
		var got []string
		for _, d := range damage {
			s := fmt.Sprint(d.Offset)
			if d.Bytes > 0 {
				s += fmt.Sprint("+", d.Bytes)
			}
			if d.Rest {
				s += "!"
			}
			got = append(got, s)
			if d.Offset < 0 || d.Bytes < 0 || d.Offset+d.Bytes > int64(len(x.file)) {
				t.Errorf("%s: %d bytes from %d on, of %d", x.name, d.Bytes, d.Offset, len(x.file))
			}
		}
		for i := range max(len(got), len(x.want)) {
			if i >= len(got) || i >= len(x.want) || !matches(got[i], x.want[i]) {
				t.Errorf("%s: damage %q, want %q: %v", x.name, got, x.want, damage)
				break
			}
		}
		if _, err := env.Reserve(t.Context(), env.Memory); err != nil {
			t.Errorf("%s: memory is held: %v", x.name, err)
		}
	}
}

// matches takes one * for anything.
func matches(got, want string) bool {
	before, after, star := strings.Cut(want, "*")
	return got == want || star && len(got) >= len(before)+len(after) && strings.HasPrefix(got, before) && strings.HasSuffix(got, after)
}

func readAll(t testing.TB, f io.ReadCloser, env *stage.Env) (string, []*format.Damage, error) {
	s, err := format.Decompress(t.Context(), f, env)
	if err != nil {
		return "", nil, err
	}
	var text strings.Builder
	var list []*format.Damage
	for {
		_, err := io.Copy(&text, s)
		var d *format.Damage
		if err == nil {
			return text.String(), list, s.Close()
		}
		if !errors.As(err, &d) {
			return text.String(), list, errors.Join(err, s.Close())
		}
		list = append(list, d)
	}
}

// TestDecompressRefuses names the compression that is not read.
func TestDecompressRefuses(t *testing.T) {
	for magic, name := range map[string]string{
		"\x04\x22\x4d\x18": "LZ4", "\x02\x21\x4c\x18": "LZ4 (legacy)", "LZIP\x01": "lzip", "\x5d\x00\x00\x80\x00": "LZMA",
		"\x89LZO\x00\r\n\x1a\n": "lzop", "\x1f\x9d\x90": "compress (.Z)", "\xff\x06\x00\x00sNaPpY": "Snappy",
	} {
		f := &file{Reader: strings.NewReader(magic + "data")}
		_, err := format.Decompress(t.Context(), f, stage.NewEnv())
		if !errors.Is(err, format.ErrCompression) || !strings.Contains(err.Error(), name) || f.closed != 1 {
			t.Errorf("%s: %v, closed %d times", name, err, f.closed)
		}
	}
}

// TestContainer tells archives and tables from text.
func TestContainer(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "a.jsonl", Size: 0, Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	old := bytes.Clone(archive.Bytes()) // before POSIX there was no magic
	copy(old[257:], make([]byte, 8))
	copy(old[148:], sumOf(old))
	for head, want := range map[string]string{
		"": "", "{\"text\":1}": "", "BZh9 is no magic": "", strings.Repeat(" ", 600): "",
		archive.String(): "a tar archive", string(old): "a tar archive", string(old[:511]): "",
		"PK\x03\x04": "a zip archive", "7z\xbc\xaf\x27\x1c": "a 7z archive", "Rar!\x1a\x07\x00": "a RAR archive",
		"PAR1": "a Parquet file", "ARROW1\x00\x00": "an Arrow file", "\x1f\x8b\x08": "gzip-compressed data",
		"\x50\x2a\x4d\x18": "zstd-compressed data", "\xfd7zXZ\x00": "xz-compressed data", "\x04\x22\x4d\x18": "LZ4-compressed data",
	} {
		if got := format.Container([]byte(head)); got != want {
			t.Errorf("%.20q: %q, want %q", head, got, want)
		}
	}
}

// sumOf is the checksum of a tar header.
func sumOf(b []byte) string {
	sum := 8 * int(' ')
	for i, c := range b[:512] {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	return fmt.Sprintf("%06o\x00 ", sum)
}

// TestDecompressStoreError hands on what the store says; it is no damage.
func TestDecompressStoreError(t *testing.T) {
	away := errors.New("away")
	text := noise(400_000, 4)
	for name, b := range map[string][]byte{
		"plain": []byte(text), "gzip": gzipped(t, text), "zstd": zstded(t, text),
		"bzip2": based(t, bzip2Line), "xz": based(t, xzLine),
	} {
		for _, n := range []int{0, 5, len(b) / 2, len(b) - 1, len(b)} {
			f := &file{Reader: io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(away))}
			_, damage, err := readAll(t, f, stage.NewEnv())
			if !errors.Is(err, away) || len(damage) > 0 || f.closed != 1 {
				t.Errorf("%s, %d bytes: %v, damage %v, closed %d times", name, n, err, damage, f.closed)
			}
		}
	}
}

// TestWindows lets two large windows wait for each other's memory, and refuses what
// is above the budget with its size.
func TestWindows(t *testing.T) {
	env := stage.NewEnv()
	env.Memory = 16 << 20
	open := func(log int) (*format.Stream, error) {
		s, err := format.Decompress(t.Context(), &file{Reader: bytes.NewReader(streamed(log, "text"))}, env)
		if err == nil {
			_, err = s.Read(make([]byte, 1))
		}
		return s, err
	}
	first, err := open(24) // all of the budget
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(23); err != nil { // what every decoder has
		t.Error(err)
	}
	done := make(chan error)
	go func() {
		_, err := open(24)
		done <- err
	}()
	select {
	case <-done:
		t.Error("two windows of all the memory")
	case <-time.After(10 * time.Millisecond):
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := open(25); err == nil || !strings.Contains(err.Error(), "32MiB") {
		t.Errorf("a window above the budget: %v", err)
	}
}

// FuzzDecompress reads anything to its end: damage lies within the file, in order.
func FuzzDecompress(f *testing.F) {
	a, b := gzipped(f, noise(300, 1)), zstded(f, noise(300, 2))
	for _, s := range [][]byte{
		join(a, flip(a), a), join(a, make([]byte, 9), a, []byte("x")), join(b, flip(b), b), join(b, skippable(9), last(b, 1), b),
		streamed(20, "text"), based(f, bzip2Blocks), based(f, bzip2Line), join(based(f, bzip2Line), make([]byte, 3)), based(f, xzLine),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		env := stage.NewEnv()
		env.Memory = 64 << 20
		s, err := format.Decompress(t.Context(), io.NopCloser(bytes.NewReader(b)), env)
		if err != nil {
			if !errors.Is(err, format.ErrCompression) {
				t.Fatal(err)
			}
			return
		}
		end, rest := int64(0), false
		for buf := make([]byte, 64<<10); ; {
			_, err := s.Read(buf)
			if errors.Is(err, io.EOF) {
				break
			}
			if rest {
				t.Fatalf("%v behind the rest", err)
			}
			var d *format.Damage
			if err == nil {
				continue
			}
			if !errors.As(err, &d) {
				t.Fatal(err)
			}
			if d.Offset < 0 || d.Bytes < 0 || d.Offset+d.Bytes < end || d.Offset+d.Bytes > int64(len(b)) {
				t.Fatalf("%d bytes from %d on, behind %d, of %d", d.Bytes, d.Offset, end, len(b))
			}
			end, rest = d.Offset+d.Bytes, d.Rest
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := env.Reserve(t.Context(), env.Memory); err != nil {
			t.Fatal(err)
		}
	})
}
