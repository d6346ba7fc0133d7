package tokencount_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/tokencount"
)

// TestGolden compares with ids made by tiktoken (bench/parity/tokens/golden.py).
func TestGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	for _, name := range tokencount.Names() {
		tok := open(t, name)
		c := tok.NewCounter()
		field := strings.ReplaceAll(name, "gpt2", "r50k_base")
		for _, row := range rows {
			var text string
			var want []uint32
			if err := errors.Join(json.Unmarshal(row["text"], &text), json.Unmarshal(row[field], &want)); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time from the cache
				if got := c.Encode(nil, text); !slices.Equal(got, want) {
					t.Errorf("%s: Encode(%+q) = %v, want %v", name, text, got, want)
				}
				if got := c.Count(text); got != len(want) {
					t.Errorf("%s: Count(%+q) = %d, want %d", name, text, got, len(want))
				}
			}
		}
	}
}

func TestFacts(t *testing.T) {
	for _, tc := range []struct {
		name  string
		vocab int
		end   uint32
	}{
		{"o200k_base", 200019, 199999}, {"cl100k_base", 100277, 100257},
		{"p50k_base", 50281, 50256}, {"r50k_base", 50257, 50256}, {"gpt2", 50257, 50256},
	} {
		tok := open(t, tc.name)
		end, ok := tok.EndOfText()
		if tok.Name() != tc.name || tok.Vocab() != tc.vocab || end != tc.end || !ok || len(tok.Digest()) != 64 {
			t.Errorf("%s: name %s, vocab %d, end %d %v, digest %s", tc.name, tok.Name(), tok.Vocab(), end, ok, tok.Digest())
		}
		if _, err := tok.Decode(nil, []uint32{0, end}); err == nil {
			t.Errorf("%s: Decode of a special id gives no error", tc.name)
		}
		if _, err := tok.Decode(nil, []uint32{1 << 31}); err == nil {
			t.Errorf("%s: Decode of an id out of range gives no error", tc.name)
		}
	}
	if _, err := tokencount.Open("o300k"); !errors.Is(err, tokencount.ErrUnknown) {
		t.Errorf("Open of an unknown name: %v", err)
	}
}

// TestInvalidUTF8 takes its cases from Python: bytes.decode("utf-8", "replace").
func TestInvalidUTF8(t *testing.T) {
	const r = "\uFFFD"
	tok := open(t, "cl100k_base")
	for in, want := range map[string]string{
		"a\xff": "a" + r, "\xc2": r, "\xe4\xb8": r, "\xe4\xb8x": r + "x", "\xe4\xb8\xff": r + r,
		"\xf0\x9f\x98": r, "\xf0\x9f\x98\xf0\x9f\x98\x80": r + "😀", "\xed\xa0\x80": r + r + r,
		"\xe0\x80\x80": r + r + r, "\xc0\x80": r + r, "\xf4\x90\x80\x80": r + r + r + r, "\xf5\x80": r + r,
		"\xf0\x80\x80": r + r + r, "中\x80文": "中" + r + "文", "\xe0\xa0": r, "\xf4\x8f\xbf": r, "\xf1\x80\x80a": r + "a",
	} {
		if got := tok.Encode(nil, in); !slices.Equal(got, tok.Encode(nil, want)) {
			t.Errorf("%q is not encoded as %q", in, want)
		}
		if tok.Count(in) != tok.Count(want) {
			t.Errorf("%q is not counted as %q", in, want)
		}
	}
}

// ranksOf writes a rank file of the single bytes and more tokens.
func ranksOf(more ...string) string {
	var b strings.Builder
	for i := range 256 {
		fmt.Fprintf(&b, "%s %d\n", encode64(string([]byte{byte(i)})), i)
	}
	for i, m := range more {
		fmt.Fprintf(&b, "%s %d\n", encode64(m), 256+i)
	}
	return b.String()
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	use := func(content, pattern string) (*tokencount.Tokenizer, error) {
		path := filepath.Join(dir, "ranks.tiktoken")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return tokencount.OpenFile(path, pattern)
	}
	tok, err := use(ranksOf("ab", "bc", "abc", "xyzzy"), "gpt2")
	if err != nil {
		t.Fatal(err)
	}
	// "xyzzy" has no merges that lead to it: a token only as a whole piece.
	if got := tok.Encode(nil, "abc xyzzy"); !slices.Equal(got, []uint32{258, ' ', 'x', 'y', 'z', 'z', 'y'}) {
		t.Errorf("got %v", got)
	}
	if got := tok.Encode(nil, "xyzzy"); !slices.Equal(got, []uint32{259}) {
		t.Errorf("got %v", got)
	}
	if _, ok := tok.EndOfText(); ok || tok.Vocab() != 260 {
		t.Errorf("end of text %v, vocab %d", ok, tok.Vocab())
	}
	for name, bad := range map[string]string{
		"empty": "", "blank": "\n\n", "no rank": "YQ==\n", "no token": " 1\n", "base64": "Y!== 1\n",
		"sign": ranksOf() + "YWI= -1\n", "letters": ranksOf() + "YWI= 1x\n", "no digits": ranksOf() + "YWI= \n",
		"too great": ranksOf() + "YWI= 2097152\n", "overflow": ranksOf() + "YWI= 4294967552\n",
		"rank twice": ranksOf() + "YWI= 255\n", "token twice": ranksOf("ab", "ab"), "long token twice": ranksOf(strings.Repeat("a", 20), strings.Repeat("a", 20)),
		"byte missing": strings.Replace(ranksOf(), "YQ== 97\n", "", 1), "too long": ranksOf(strings.Repeat("a", 4100)),
	} {
		if _, err := use(bad, "gpt2"); !errors.Is(err, tokencount.ErrRanks) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := use(ranksOf(strings.Repeat("a", 4096))+"YWI= 2097151\r\n", "o200k_base"); err != nil {
		t.Errorf("at the limits: %v", err)
	}
	if _, err := use(ranksOf(), "none"); !errors.Is(err, tokencount.ErrUnknown) {
		t.Errorf("unknown pattern: %v", err)
	}
	if _, err := tokencount.OpenFile(filepath.Join(dir, "absent"), "gpt2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: %v", err)
	}
}

// TestConcurrent counts with one Tokenizer from many goroutines.
func TestConcurrent(t *testing.T) {
	tok := open(t, "o200k_base")
	texts := randomTexts(300)
	want := make([]int, len(texts))
	for i, s := range texts {
		want[i] = tok.NewCounter().Count(s)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, s := range texts {
				if n := tok.Count(s); n != want[i] {
					t.Errorf("Count(%+q) = %d, want %d", s, n, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestNoAllocations(t *testing.T) {
	for _, name := range tokencount.Names() {
		c := open(t, name).NewCounter()
		texts := randomTexts(200)
		var ids []uint32
		for _, s := range texts {
			c.Count(s)
			ids = c.Encode(ids[:0], s)
		}
		got := testing.AllocsPerRun(5, func() {
			for _, s := range texts {
				c.Count(s)
				ids = c.Encode(ids[:0], s)
			}
		})
		if got > 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

// TestOverflow fills the cache's store of long encodings many times over.
func TestOverflow(t *testing.T) {
	tok := open(t, "cl100k_base")
	warm := tok.NewCounter()
	r := rand.New(rand.NewPCG(1, 2))
	for range 40_000 {
		b := make([]byte, 15)
		for i := range b {
			b[i] = "qxzjkvwQXZJKVW"[r.IntN(14)]
		}
		s := string(b)
		ids := warm.Encode(nil, s+" "+s+"!")
		back, err := tok.Decode(nil, ids)
		if err != nil || string(back) != s+" "+s+"!" || warm.Count(s+" "+s+"!") != len(ids) {
			t.Fatalf("%q: %v, %d ids, %v", s, back, len(ids), err)
		}
	}
}

// randomTexts returns texts of many scripts, some of them invalid, always the same.
func randomTexts(n int) []string {
	r := rand.New(rand.NewPCG(3, 4))
	from := []rune("aB 'sLlé中国文あアกำ한АбБ\n\r\t.,/0५\u0301\u00a0😀ſʰǅ")
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for range r.IntN(120) {
			switch r.IntN(20) {
			case 0:
				b.WriteRune(rune(r.IntN(0x30000)))
			case 1:
				b.WriteByte(byte(r.IntN(256)))
			case 2:
				b.WriteString(strings.Repeat(string(from[r.IntN(len(from))]), r.IntN(150)))
			default:
				b.WriteRune(from[r.IntN(len(from))])
			}
		}
		out[i] = b.String()
	}
	return out
}

// FuzzEncode checks what must hold for every text.
func FuzzEncode(f *testing.F) {
	for _, s := range randomTexts(30) {
		f.Add(s)
	}
	var toks []*tokencount.Tokenizer
	var warm []*tokencount.Counter
	for _, name := range []string{"cl100k_base", "o200k_base", "r50k_base"} {
		tok := open(f, name)
		toks, warm = append(toks, tok), append(warm, tok.NewCounter())
	}
	f.Fuzz(func(t *testing.T, s string) {
		for i, tok := range toks {
			ids := warm[i].Encode(nil, s)
			if n := tok.Count(s); n != len(ids) {
				t.Fatalf("%s: count %d, %d ids", tok.Name(), n, len(ids))
			}
			back, err := tok.Decode(nil, ids)
			if err != nil {
				t.Fatal(err)
			}
			if utf8.ValidString(s) && string(back) != s || !utf8.Valid(back) {
				t.Fatalf("%s: %q decodes to %q", tok.Name(), s, back)
			}
		}
	})
}

func encode64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
