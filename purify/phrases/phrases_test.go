package phrases

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestFolding(t *testing.T) {
	f, err := NewFolding()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"代開發票": "代开发票", "代 开\u200b發-票": "代开发票", "ＶＸ①②": "vx12", "➕微": "加微", "Ⓥ信": "v信", "加,微": "加微", "𝐕𝐗": "vx", "薇❤信": "薇信",
	} {
		if got := f.Word(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for r, want := range map[rune]rune{'，': Break, '\n': Break, '、': Skip, '（': Skip, 'é': 'é', 'É': 'é', '\uFFFD': Break, 0x10FFFF: Skip} {
		if got := f.Of(r); got != want {
			t.Errorf("%q: %d, want %d", r, got, want)
		}
	}
}

// TestAutomaton compares with a search for one entry after the other.
func TestAutomaton(t *testing.T) {
	f, err := NewFolding()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"ab", "bab", "abab", "bc", "babc", "c中", "中中", "中", "ca"}
	a, err := New(words, f)
	if err != nil {
		t.Fatal(err)
	}
	letters := []rune("abc中文")
	for n := range 5 * 5 * 5 * 5 * 5 * 5 * 5 {
		var s []rune
		for x := n; len(s) < 7; x /= 5 {
			s = append(s, letters[x%5])
		}
		state := int32(0)
		for i, r := range s {
			state = a.Step(state, a.Class(r))
			var got, want []string
			for _, id := range a.At(state) {
				got = append(got, words[id])
			}
			for _, w := range words {
				if strings.HasSuffix(string(s[:i+1]), w) {
					want = append(want, w)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%s at %d: %q, want %q", string(s), i, got, want)
			}
		}
	}
}

// TestLettersEnd: no letter stands behind the table.
func TestLettersEnd(t *testing.T) {
	for r := rune(lettersEnd); r <= unicode.MaxRune; r++ {
		if FoldPlain(r) != Skip {
			t.Fatalf("U+%X is a letter", r)
		}
	}
}
