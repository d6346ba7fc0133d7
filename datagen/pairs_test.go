package datagen

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A quotation is found at bytes of the text whose words it has.
func TestGroundedAt(t *testing.T) {
	for _, c := range []struct{ quote, text, want string }{
		{"the wheel turns", "At dawn The  wheel\n turns.", "The  wheel\n turns"},
		{" The Wheel ", "the wheel", "the wheel"},
		{"轮子 转", "夜里轮子\u3000转了", "轮子\u3000转"},
		{"ein STRAẞE", "In Kein Straße", "ein Straße"}, // ẞ is folded to ß
		{"K", "\u212A", "\u212A"},                      // the Kelvin sign, of three bytes
		{"a\xffb", "1 a\xffb", "a\xffb"},
		{"the wheels", "the wheel", ""},
		{"thewheel", "the wheel", ""},
		{"", "the wheel", ""},
		{" \n", "the wheel", ""},
		{"wheel", "", ""},
	} {
		start, end, ok := grounded(c.quote, c.text)
		if ok != (c.want != "") || ok && c.text[start:end] != c.want {
			t.Errorf("%q in %q: %d to %d, %t", c.quote, c.text, start, end, ok)
		}
	}
}

// The parts of a text begin where their words stand in it.
func TestPlace(t *testing.T) {
	s := "\n  " + strings.Repeat("One sentence. 一句话。 \n\n", 50)
	for _, size := range []int{0, 7, 40, 1000, 100000} {
		parts := chunks(s, size)
		for i, c := range parts {
			if at := place(s, parts, i); !strings.HasPrefix(s[at:], c.text) || at+len(c.text)+len(c.gap) > len(s) {
				t.Errorf("chunks of %d: part %d begins at %d", size, i, at)
			}
		}
	}
}

func FuzzGrounded(f *testing.F) {
	f.Add("the wheel", "The  wheel turns")
	f.Add("轮", "水轮\xff")
	f.Fuzz(func(t *testing.T, quote, text string) {
		start, end, ok := grounded(quote, text)
		if !ok {
			if utf8.ValidString(quote) && strings.TrimSpace(quote) != "" && strings.Contains(text, strings.TrimSpace(quote)) {
				t.Errorf("%q is not found in %q", quote, text)
			}
			return
		}
		if again, _, ok := grounded(quote, text[start:end]); !ok || again != 0 {
			t.Errorf("%q is not %q", quote, text[start:end])
		}
	})
}
