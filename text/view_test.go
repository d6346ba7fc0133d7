package text

import (
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"
)

// TestCountSentences: what datatrove 0.10.1 (spaCy 3.8.18) gave for these.
func TestCountSentences(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 1},
		{"   ", 1},
		{"No mark", 1},
		{"One. Two.", 2},
		{"One.  Two.", 2},
		{"One. ", 1},
		{"One.  ", 2},
		{"One.\n", 2},
		{"One.\n\nTwo. Three", 3},
		{"Wait... what?! Yes.", 2},
		{"He said \"Stop.\" Then left.", 2},
		{"Mr. Holm e.g. left. a.m.", 2},
		{"3.5 a. b", 1},
		{"Is it? (No.) Fine!", 3},
		{"\u3002\u8fd9\u662f\u3002\u7b2c\u4e8c", 2},
		{"\u8fd9\u662f\u3002 \u7b2c\u4e8c\uff01 \u4e09", 3},
		{"x . . y", 2},
		{"x .  . y", 3},
		{"end.Start", 2},
		{"a!b", 1},
		{"!!! go", 2},
		{" . a", 2},
	} {
		words := SpacyEnglish.AppendWords(nil, c.text)
		if got := SpacyEnglish.CountSentences(c.text, words); got != c.want {
			t.Errorf("%+q: %d sentences, want %d", c.text, got, c.want)
		}
		// The same text as a line within another.
		around := "Before.\n" + c.text + "\nAfter."
		from, to := uint32(8), uint32(8+len(c.text))
		var v View
		v.Reset(around)
		if got := SpacyEnglish.CountSentencesIn(around, v.WordsIn(SpacyEnglish, from, to), from, to); got != c.want {
			t.Errorf("%+q: %d sentences as a line, want %d", c.text, got, c.want)
		}
	}
}

func TestView(t *testing.T) {
	var v View
	if len(v.Words(UAX29)) != 0 || v.Runes() != 0 || len(v.Lines()) != 1 {
		t.Error("the zero view is the empty text")
	}
	for _, text := range []string{english, chinese, "", "a\n\nb\n", strings.Repeat(english, 3)} {
		v.Reset(text)
		if v.Text() != text || v.Runes() != len([]rune(text)) {
			t.Errorf("%q: text %q, %d code points", text, v.Text(), v.Runes())
		}
		var lines []string
		for _, l := range v.Lines() {
			lines = append(lines, text[l.Start:l.End])
		}
		if !slices.Equal(lines, strings.Split(text, "\n")) {
			t.Errorf("%q: lines %q", text, lines)
		}
		for s := range Segmenter(segmenters) {
			words := v.Words(s)
			if !slices.Equal(words, s.AppendWords(nil, text)) || len(v.Hashes(s)) != len(words) {
				t.Errorf("%v %q: wrong words", s, text)
			}
			var folded []uint64
			for i, w := range words {
				if v.Hashes(s)[i] != xxh3.HashString(Slice(text, w)) {
					t.Errorf("%v %q: wrong hash of %+v", s, text, w)
				}
				if w.Class&Alnum != 0 {
					folded = append(folded, xxh3.Hash(AppendFolded(nil, Slice(text, w))))
				}
			}
			if !slices.Equal(v.Folded(s), folded) {
				t.Errorf("%v %q: wrong folded hashes", s, text)
			}
		}
	}
}

func TestViewReset(t *testing.T) {
	var v View
	text := strings.Repeat("mill ", 3)
	v.Reset(text)
	words := v.Words(UAX29)
	v.Reset(text)
	if &v.Words(UAX29)[0] != &words[0] {
		t.Error("same text, split again")
	}
	v.Reset(text[:9])
	if n := len(v.Words(UAX29)); n != 2 {
		t.Errorf("a prefix of the text has %d words", n)
	}
	other := "moll " + text[5:]
	v.Reset(other)
	if h := v.Hashes(UAX29); h[0] == h[1] {
		t.Error("stale hashes")
	}
	v.Reset(strings.Repeat("a ", maxIdleWords+1))
	v.Words(UAX29)
	v.Reset("a")
	if n := cap(v.Words(UAX29)); n > maxIdleWords {
		t.Errorf("kept scratch of %d words", n)
	}
}

func TestWordsIn(t *testing.T) {
	var v View
	v.Reset("ab cd ef")
	for _, c := range []struct {
		from, to uint32
		want     int
	}{{0, 8, 3}, {0, 2, 1}, {0, 1, 0}, {1, 8, 2}, {2, 6, 1}, {3, 5, 1}, {3, 4, 0}, {4, 4, 0}, {8, 9, 0}, {6, 3, 0}} {
		if got := len(v.WordsIn(UAX29, c.from, c.to)); got != c.want {
			t.Errorf("%d..%d: %d words, want %d", c.from, c.to, got, c.want)
		}
	}
}

func TestViewAllocations(t *testing.T) {
	var v View
	a, b := strings.Repeat(english, 20), strings.Repeat(english, 19)
	use := func() {
		for _, text := range []string{a, b} {
			v.Reset(text)
			v.Lines()
			for s := range Segmenter(segmenters) {
				v.Hashes(s)
				v.Folded(s)
			}
		}
	}
	use()
	if n := testing.AllocsPerRun(5, use); n > 0 {
		t.Errorf("%v allocations in a warm view", n)
	}
}

func TestScripts(t *testing.T) {
	for _, c := range []struct {
		text string
		want Script
		code string
	}{
		{"", ScriptNone, "Zyyy"}, {"12 !? ¿\xff", ScriptNone, "Zyyy"}, {english, Latin, "Latn"}, {chinese, Han, "Hani"},
		{"水車は川の曲がり角に立つ", Kana, "Hrkt"}, {"물레방아는 강가에 있다", Hangul, "Hang"}, {"Мельница стоит у реки", Cyrillic, "Cyrl"},
		{"الطاحونة عند النهر", Arabic, "Arab"}, {"הטחנה ליד הנהר", Hebrew, "Hebr"}, {"चक्की नदी के पास है", Devanagari, "Deva"},
		{"โรงสีอยู่ริมแม่น้ำ", Thai, "Thai"}, {"Ο μύλος στέκεται", Greek, "Grek"}, {"წისქვილი", ScriptOther, "Zzzz"}, {"żółć ñ", Latin, "Latn"},
		{strings.Repeat("Ж", 9000) + strings.Repeat("a", 300), Cyrillic, "Cyrl"},
	} {
		if got := DominantScript(c.text); got != c.want || got.String() != c.code {
			t.Errorf("%.20q: %v, want %v", c.text, got, c.code)
		}
		sum := 0.0
		for _, share := range ScriptShares(c.text) {
			sum += share
		}
		if want := 1.0; c.want != ScriptNone && (sum < want-1e-9 || sum > want+1e-9) || c.want == ScriptNone && sum != 0 {
			t.Errorf("%.20q: shares add up to %v", c.text, sum)
		}
	}
	if shares := ScriptShares("ab水я"); shares[Latin] != 0.5 || shares[Han] != 0.25 || shares[Cyrillic] != 0.25 {
		t.Error(shares)
	}
	if Script(99).String() != "Zzzz" {
		t.Error("an unknown script is other")
	}
}
