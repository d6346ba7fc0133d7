package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
)

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// blockOf is a block as deep as that, one space a level.
func blockOf(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String() + strings.Repeat(" ", depth) + "b\n"
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

func flowKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1, ", i)
	}
	return "{" + b.String() + "}"
}

// TestBounded reads what costs the library far more than it is long: it is refused for
// no more than a small multiple of its size, with the place.
func TestBounded(t *testing.T) {
	const size = 200_000 // 15 GB and 45 s for brackets, without the limits
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, c := range map[string]struct{ src, want string }{
		"brackets":         {fill("["), "f:1:65: nested more than 64 deep"},
		"braces":           {fill("{"), "f:1:65: nested more than 64 deep"},
		"mappings":         {fill("{a: "), "f:1:257: nested more than 64 deep"},
		"closed":           {fill("[") + fill("]"), "f:1:65: nested more than 64 deep"},
		"behind a key":     {"a:\n  b: " + fill("["), "f:2:68: nested more than 64 deep"},
		"indented":         {blockOf(600), "f:65:66: nested more than 64 deep"},
		"dashes":           {fill("- "), "f:1:129: nested more than 64 deep"},
		"dashes and keys":  {strings.Repeat("- a:\n", 500) + "- " + fill("- "), "f:501:129: nested more than 64 deep"},
		"tags":             {fill("!a\n"), "f:65:1: nested more than 64 deep"},
		"anchors":          {fill("&a "), "nested more than 64 deep"},
		"keys":             {keys(20_000), "f:4097:6: more than 4096 keys in one mapping"},
		"keys in brackets": {flowKeys(20_000), "more than 4096 keys in one mapping"},
		"empty values":     {fill("-\n"), "empty values among 100000 words"},
		"empty in braces":  {"{" + fill("a,"), "empty values among"},
		"words":            {"[" + strings.Repeat("a,", 160_000) + "]", "more than 300000 words and signs"},
		"a long key":       {strings.Repeat("k", 1025) + ": 1", "f:1:1026: a key of more than 1024 bytes"},
		"long paths":       {longPaths(70), "too many values below long keys"},
		"less than":        {"a: " + fill("<"), "f:1:1: too many tabs, empty lines or <"},
		"tabs":             {"a: \"" + fill("- \t") + "\"", "f:1:1: too many tabs, empty lines or <"},
		"empty lines":      {"a: |\n b" + fill("\n"), "too many tabs, empty lines or <"},
		"empty, old ends":  {"a: |\n b" + fill("\r"), "too many tabs, empty lines or <"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, err = config.ParseYAML("f", []byte(c.src)) })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %.200v, want %q", err, c.want)
			}
			if most := uint64(500*len(c.src) + 1<<20); used > most {
				t.Errorf("%d bytes allocated for %d", used, len(c.src))
			}
		})
	}
}

// longPaths is a list of 1000 values below that many keys, each as long as a key may be.
func longPaths(deep int) string {
	var b strings.Builder
	for i := range min(deep, 60) {
		b.WriteString(strings.Repeat(" ", i) + strings.Repeat("k", 1024) + ":\n")
	}
	return b.String() + strings.Repeat(strings.Repeat(" ", 60)+"- x\n", 3000)
}

// TestSound reads what lies just within the limits, or only looks as if it did not.
func TestSound(t *testing.T) {
	deep := strings.Repeat("[", 2000)
	for name, src := range map[string]string{
		"brackets":               strings.Repeat("[", 64) + "a" + strings.Repeat("]", 64),
		"indented":               blockOf(64),
		"one after the other":    strings.Repeat("- [[[[[[[[[[a]]]]]]]]]]\n", 2000),
		"mappings, one by one":   strings.Repeat("- a:\n   b:\n    c: {d: [e]}\n", 1000),
		"double quotes":          `a: "` + deep + `"`,
		"single quotes":          `a: 'it''s ` + deep + `'`,
		"a quote in a comment":   "a: 1 # don't\nb: 2 # \" " + deep + "\nc: 3\n",
		"an apostrophe":          "a: don't\nb: can't\n",
		"a comment":              "# " + deep + "\na: 1\n",
		"a literal":              "a: |\n  " + deep + "\n  {{{{\n\n  - - -\nb: 1\n",
		"folded, with a digit":   "a: >2-\n   " + deep + "\nb: 1\n",
		"a plain text":           "a: x" + deep + "\n",
		"keys":                   keys(4096),
		"keys in brackets":       flowKeys(4096),
		"keys of many mappings":  "a:\n" + strings.Repeat("- {k: 1, l: 2}\n- k: 1\n  l: 2\n", 5000),
		"a key":                  strings.Repeat("k", 1024) + ": 1",
		"words":                  "[" + strings.Repeat("a,", 49_999) + "]",
		"a long line":            "a: [" + strings.Repeat(`"s3://bucket/a/folder/part-00000.jsonl.zst", `, 20_000) + "]",
		"a long value":           "a: " + strings.Repeat("x", 1<<20-10),
		"a ruler":                "# " + strings.Repeat("<", 2000) + "\na: 1\n",
		"tabs":                   "a: |\n" + strings.Repeat("  x\ty\tz\n", 10_000),
		"a page of empty lines":  "a: |\n" + strings.Repeat("  word word\n", 5000) + strings.Repeat("\n", 1000) + "b: 1\n",
		"every other line empty": strings.Repeat("- a\n\n", 20_000),
		"windows":                strings.Repeat("- a: 1\r\n  b: 2\r\n\r\n", 10_000),
		"dashes below their key": "a:\n" + strings.Repeat("- x\n", 10_000) + "b:\n- y\n",
		"a tag before each":      strings.Repeat("- !x a\n", 1000),
		"aliases":                "- &a {b: c}\n" + strings.Repeat("- *a\n", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := config.ParseYAML("f", []byte(src)); err != nil {
				t.Errorf("%.200v", err)
			}
		})
	}
}

// TestAliases follows aliases of aliases and of long values only so far.
func TestAliases(t *testing.T) {
	laughs := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		laughs += fmt.Sprintf("%c: &%c [*%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s]\n", c, c, p, p, p, p, p, p, p, p, p)
	}
	for name, c := range map[string]struct{ src, want string }{
		"of aliases":       {laughs, "values or 8 MiB of them, aliases followed"},
		"of long values":   {"a: &a " + strings.Repeat("x", 100_000) + "\nb: [" + strings.Repeat("*a, ", 20_000) + "]", "values or 8 MiB of them, aliases followed"},
		"of itself":        {"a: &a [*a]", "nested more than 64 deep, aliases followed"},
		"before it is one": {"a: *a\nb: &a x", "unknown alias"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, err = config.ParseYAML("f", []byte(c.src)) })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %.200v, want %q", err, c.want)
			}
			if used > 100<<20 {
				t.Errorf("%d bytes allocated for %d", used, len(c.src))
			}
		})
	}
}

// TestExpandBounded replaces a long variable, again and again, only so far.
func TestExpandBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	lookup := func(string) (string, bool) { return long, true }
	for times, ok := range map[int]bool{7: true, 9: false, 100_000: false} {
		n, err := config.ParseYAML("f", []byte("a: ["+strings.Repeat("'${V}',", min(times, 5))+"]\nb: '"+strings.Repeat("${V}", max(0, times-5))+"'"))
		if err != nil {
			t.Fatal(err)
		}
		used := allocated(func() { err = n.Expand(lookup) })
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "f:2:4: ${V}: with their variables the values have more than 8 MiB") {
			t.Errorf("%d times: %v", times, err)
		}
		if used > 64<<20 {
			t.Errorf("%d times: %d bytes allocated", times, used)
		}
	}
}

// TestReadFile takes files up to 1 MiB, and no more of a larger one.
func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yaml")
	for size, ok := range map[int]bool{1 << 20: true, 1<<20 + 1: false, 64 << 20: false} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		var src []byte
		var err error
		used := allocated(func() { src, err = config.ReadFile(path) })
		if (err == nil) != ok || ok && len(src) != size || !ok && !strings.Contains(err.Error(), "larger than 1 MiB") {
			t.Errorf("%d bytes: %d, %v", size, len(src), err)
		}
		if used > 16<<20 {
			t.Errorf("%d bytes: %d allocated", size, used)
		}
	}
}
