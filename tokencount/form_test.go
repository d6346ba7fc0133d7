package tokencount

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TestFormC compares with package norm where the two must agree.
func TestFormC(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	alphabet := []rune("aeoq \u0301\u0323\u0308\u0334\u0327\u0344\u00e9\u1ec7\u212b\u1100\u1161\u11a8\uac00\uac01\u0915\u093c\u0958\u09c7\u09be\u0dd9\u0dca\u0dcf\u3099\u304b\U0001D15E\U00011099\U000110BA中")
	var f former
	for range 60_000 {
		var s []rune
		for range r.IntN(12) {
			s = append(s, alphabet[r.IntN(len(alphabet))])
		}
		in := string(s)
		if got, want := string(f.formC([]byte(in))), norm.NFC.String(in); got != want {
			t.Fatalf("%+q: %+q, want %+q", in, got, want)
		}
	}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if in := string(r); utf8.ValidRune(r) && !isNewer(r) {
			if got, want := string(f.formC([]byte(in))), norm.NFC.String(in); got != want {
				t.Fatalf("%U: %+q, want %+q", r, got, want)
			}
		}
	}
	// From tokenizers: marks are not parted, and what Unicode 9 lacks does not move.
	many := strings.Repeat("\u0301", 70)
	for in, want := range map[string]string{
		"q" + many: "q" + many, "q" + many + "\u0323": "q\u0323" + many, "e" + many: "\u00e9" + many[2:],
		"q\u0301\u08d3": "q\u0301\u08d3", "e\u08d3\u0301": "e\u08d3\u0301", "e\u0eba\u0e38": "e\u0eba\u0e38",
	} {
		if got := string(f.formC([]byte(in))); got != want {
			t.Errorf("%+q: %+q, want %+q", in, got, want)
		}
	}
}
