package cli

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func count(n int) func(emit func(int) error) error {
	return func(emit func(int) error) error {
		for i := range n {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestOrdered(t *testing.T) {
	for _, workers := range []int{1, 3, 16} {
		var got []int
		err := ordered(context.Background(), workers, count(500), func() func(int) int {
			return func(i int) int {
				time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
				return i * i
			}
		}, func(r int) error {
			got = append(got, r)
			return nil
		})
		if err != nil || len(got) != 500 || !slices.IsSorted(got) {
			t.Errorf("%d workers: %v, %d results", workers, err, len(got))
		}
	}
}

func TestOrderedStops(t *testing.T) {
	square := func() func(int) int { return func(i int) int { return i * i } }
	full := errors.New("disk full")
	n := 0
	err := ordered(context.Background(), 2, count(1<<30), square, func(int) error {
		if n++; n == 100 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || n != 100 {
		t.Errorf("consumer: %v after %d", err, n)
	}
	broken := errors.New("broken file")
	n = 0
	err = ordered(context.Background(), 2, func(emit func(int) error) error {
		return errors.Join(count(10)(emit), broken)
	}, square, func(int) error { n++; return nil })
	if !errors.Is(err, broken) || n != 10 {
		t.Errorf("producer: %v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = ordered(ctx, 2, count(1<<30), square, func(i int) error {
		if i > 1000 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 5, nil},
		{"  ", 5, nil},
		{"one two", 7, []string{"one two"}},
		{"one two", 6, []string{"one", "two"}},
		{"extraordinary is", 5, []string{"extraordinary", "is"}},
		{"über mäßig", 10, []string{"über mäßig"}},
	} {
		if got := wrapped(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("wrapped(%q, %d) = %q", c.text, c.width, got)
		}
	}
}

func TestHeadOf(t *testing.T) {
	for _, c := range []struct{ in, want string }{{"", ""}, {"äöü", "äöü"}, {"äöüß", "äöü ..."}} {
		if got := headOf(c.in, 3); got != c.want {
			t.Errorf("headOf(%q) = %q", c.in, got)
		}
	}
}

func TestIsJSONL(t *testing.T) {
	for _, c := range []struct {
		path, head string
		want       bool
	}{
		{"a.jsonl.zst", "", true}, {"a.ndjson", "x", true}, {"a.json", "[\n {\n  \"text\": \"x\"\n }\n]", true}, {"a.json", `[{"text":"x`, true}, {"a.json", "[1] x", false}, {"a.txt", `{"text":"x"}`, false},
		{"stdin", `{"text":"x"}` + "\n", true}, {"stdin", "{ a brace", false}, {"stdin", "{ a brace\nand more", false},
		{"stdin", "plain", false}, {"stdin", "", false}, {"stdin", `{"body":"x"}` + "\n{}", false},
	} {
		if got := isJSONL(c.path, []byte(c.head)); got != c.want {
			t.Errorf("isJSONL(%q, %q) = %v", c.path, c.head, got)
		}
	}
}

func TestLiteral(t *testing.T) {
	for in, want := range map[string]string{"/a/b.warc": "/a/b.warc", "/a/[b]*?{c}.warc": `/a/\[b\]\*\?\{c\}.warc`} {
		if got, err := literal(in); err != nil || got != want {
			t.Error(in, got, err)
		}
	}
}
