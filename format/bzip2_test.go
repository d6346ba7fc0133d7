package format_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
)

// Of bzip2 -1: 16,000 lines in three blocks, which begin within bytes 4, 87 and 170.
// Of bzip2 -9: 20,000,000 times the letter x in one block.
const (
	bzip2Blocks = "QlpoMTFBWSZTWUU30KYAGGhJAAAQf+A+ADAAuApgAJoUwAE0ClUAAHwlBYCUF7lEoLOJQWkSgtYlBbRKC3iUFxEoLmJQXUSgu4lBeRKC9iUF2JQXwlBfmKCskymsvGowbQBVbuSAAAg/8B8AGABcBTAATQpgAJoFKoAAPolBYRKCxiUFlEoLOJQWkSgtYlBbRKC3iUFxEoLmJQXQlBdiUF4JQWPolBfRKC/MUFZJlNZRa3I7ABLPckAABB/4D4AIACQKYACaCaqgAA+CRMISJjCRMoSJnCRNISJrCRNoSJvCROISJzCROOoSJ2EieBInoSJ8Eifi7kinChIUG0l4IA=="
	bzip2Run    = "QlpoOTFBWSZTWQub3u4AmTGCgIAIAEAACCAAMMwJqmnVgSlFbUCUorxdyRThQkAub3u4"
)

const (
	bzip2Line16     = "0123456789abcde\n"
	bzip2BlockBytes = 100_000 - 19 // of bzip2 -1
)

// TestBzip2Blocks hands on sound blocks and no byte of one that is damaged.
func TestBzip2Blocks(t *testing.T) {
	text := strings.Repeat(bzip2Line16, 16_000)
	b, line := based(t, bzip2Blocks), based(t, bzip2Line)
	n := len(b)
	flipped := func(at int) []byte {
		c := bytes.Clone(b)
		c[at] ^= 1
		return c
	}
	for _, c := range []struct {
		name  string
		file  []byte
		text  int // bytes of text
		lines int // of the stream behind
		want  []string
	}{
		{"sound", b, len(text), 0, nil},
		{"sound streams", join(b, line), len(text), 1, nil},
		{"the first block", flipped(50), 0, 0, []string{fmt.Sprintf("0+%d!", n)}},
		{"the checksum of the first block", flipped(11), 0, 0, []string{fmt.Sprintf("0+%d!", n)}},
		{"the second block", flipped(120), bzip2BlockBytes, 0, []string{fmt.Sprintf("88+%d!", n-88)}},
		{"the third block", flipped(220), 2 * bzip2BlockBytes, 0, []string{fmt.Sprintf("171+%d!", n-171)}},
		{"a block, and a stream behind", join(flipped(220), line), 2 * bzip2BlockBytes, 0, []string{fmt.Sprintf("171+%d!", n+len(line)-171)}},
		{"cut in the second block", b[:150], bzip2BlockBytes, 0, []string{"150!"}},
		{"the checksum of the stream", flipped(n - 2), len(text), 0, []string{"*"}},
		{"the checksum of the stream, zeros behind", join(flipped(n-2), make([]byte, 7)), len(text), 0, []string{"*"}},
		{"the checksum of the stream, garbage behind", join(flipped(n-2), []byte("garbage")), len(text), 0, []string{"*", fmt.Sprintf("%d+7!", n)}},
		{"the checksum of the stream before another", join(flipped(n-2), make([]byte, 3), line), len(text), 1, []string{"*"}},
	} {
		got, damage, err := readAll(t, &file{Reader: bytes.NewReader(c.file)}, stage.NewEnv())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if want := text[:c.text] + strings.Repeat("{\"text\":\"a\"}\n", c.lines); got != want {
			t.Errorf("%s: %d bytes, want %d", c.name, len(got), len(want))
		}
		var list []string
		for _, d := range damage {
			s := fmt.Sprint(d.Offset)
			if d.Bytes > 0 {
				s += fmt.Sprint("+", d.Bytes)
			}
			if d.Rest {
				s += "!"
			}
			list = append(list, s)
		}
		if !slices.EqualFunc(list, c.want, matches) {
			t.Errorf("%s: damage %q, want %q: %v", c.name, list, c.want, damage)
		}
	}
	for at := 10; at < n; at += 5 { // behind what says that this is bzip2
		got, damage, err := readAll(t, &file{Reader: bytes.NewReader(flipped(at))}, stage.NewEnv())
		whole := len(got) == len(text) || len(got)%bzip2BlockBytes == 0
		if err != nil || !whole || !strings.HasPrefix(text, got) || len(damage) != 1 && got != text {
			t.Errorf("byte %d: %d bytes, damage %v: %v", at, len(got), damage, err)
		}
	}
}

// TestBzip2Memory holds a block of long runs from the memory budget, whatever that is.
func TestBzip2Memory(t *testing.T) {
	for _, memory := range []int64{16 << 20, 1 << 30} {
		env := stage.NewEnv()
		env.Memory = memory
		text, damage, err := readAll(t, &file{Reader: bytes.NewReader(based(t, bzip2Run))}, env)
		if len(text) != 20_000_000 || strings.Trim(text, "x") != "" || len(damage) > 0 || err != nil {
			t.Errorf("%d bytes, damage %v: %v", len(text), damage, err)
		}
		if _, err := env.Reserve(t.Context(), memory); err != nil {
			t.Error(err)
		}
	}
}

// TestXzDictionary refuses a dictionary above the limit with its size. From liblzma,
// with the delta filter before LZMA2.
func TestXzDictionary(t *testing.T) {
	for _, c := range []struct {
		file   string
		memory int64
		want   string // words of the error
	}{
		{"/Td6WFoAAATm1rRGAgEDAQAhARxnyREOAQAMe6dS8RP8rhjoP8FbjQAAAABRFKrrn09F1AABJQ1xGcS2H7bzfQEAAAAABFla", 1 << 30, ""},
		{"/Td6WFoAAATm1rRGAgEDAQAhARxnyREOAQAMe6dS8RP8rhjoP8FbjQAAAABRFKrrn09F1AABJQ1xGcS2H7bzfQEAAAAABFla", 32 << 20, "a dictionary of 64MiB, the limit is 32MiB"},
		{"/Td6WFoAAATm1rRGAgEDAQAhAR3x+RZ5AQAMe6dS8RP8rhjoP8FbjQAAAABRFKrrn09F1AABJQ1xGcS2H7bzfQEAAAAABFla", 1 << 30, "a dictionary of 96MiB, the limit is 64MiB"},
		{"/Td6WFoAAATm1rRGAgEDAQAhASLM1HDPAQAMe6dS8RP8rhjoP8FbjQAAAABRFKrrn09F1AABJQ1xGcS2H7bzfQEAAAAABFla", 1 << 30, "a dictionary of 512MiB, the limit is 64MiB"},
	} {
		env := stage.NewEnv()
		env.Memory = c.memory
		b := based(t, c.file)
		text, damage, err := readAll(t, &file{Reader: bytes.NewReader(b)}, env)
		switch {
		case err != nil:
			t.Error(err)
		case c.want == "" && (len(damage) > 0 || text != "{\"text\":\"a\"}\n"):
			t.Errorf("%q, damage %v", text, damage)
		case c.want != "" && (len(damage) != 1 || !strings.Contains(damage[0].Error(), c.want) || damage[0].Bytes != int64(len(b)) || !damage[0].Rest):
			t.Errorf("damage %v, want %s", damage, c.want)
		}
	}
}
