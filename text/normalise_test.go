package text

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestSimplify: what datatrove 0.10.1 gave for these strings of ours.
func TestSimplify(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"  ", ""},
		{"Hello, WORLD!", "hello world"},
		{"1,234,567 3.14.15", "0 0 0 0"},
		{"a1b22", "a0b0"},
		{"\u0663\u066b\u0665 and 5\u23966", "0 and 0"},
		{"\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3. \u03a3", "\u03bf\u03b4\u03bf\u03c2 \u03c3\u03b1\u03c2 \u03c3"},
		{"\u0130stanbul I\u015eIK", "istanbul isik"},
		{"Caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u00f1", "cafe naive angstrom n"},
		{"x \u0301 y", "x  y"},
		{"\u0301x", "x"},
		{"x \u0301", "x"},
		{"tab\tnl\nnbsp\u00a0end\u2028", "tab nl nbsp end"},
		{"\uff11\uff12 \uff21\uff11", "0 \uff410"},
		{"don't\u2014stop\u2026\u201cok\u201d", "don t stop ok"},
		{"1. 2", "0 0"},
		{"5.", "0"},
		{"\ud55c\uae00 \u30ac", "\u1112\u1161\u11ab\u1100\u1173\u11af \u30ab"},
		{"a\u200bb\u2022c", "a\u200bb\u2022c"},
		{"\u1e9e \u01c5 \u2167", "\u00df \u01c6 \u2177"},
		{"1,,2", "0 0"},
		{"\uff17.\uff18", "0"},
	} {
		if got := string(Simplify(nil, c[0])); got != c[1] {
			t.Errorf("%+q: got %+q, want %+q", c[0], got, c[1])
		}
		if got := string(Simplify([]byte("é"), c[0])); got != "é"+c[1] {
			t.Errorf("%+q: appended %+q", c[0], got)
		}
	}
	if got := string(Simplify(nil, "A\xff\xc3b")); got != "a\ufffd\ufffdb" {
		t.Errorf("invalid bytes: %+q", got)
	}
}

func TestAppendLower(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""}, {"ABC xyz É", "abc xyz é"}, {"İ", "i\u0307"}, {"ΑΣ", "ας"}, {"Σ", "σ"}, {"ΑΣΑ", "ασα"}, {"Α.Σ", "α.ς"},
		{"ΑΣ.Α", "ασ.α"}, {"ΑΣ Α", "ας α"}, {"ΑΣ\u0301", "ας\u0301"}, {"1Σ", "1σ"}, {"ẞ", "ß"}, {"\xff", "\ufffd"},
	} {
		if got := string(AppendLower(nil, c[0])); got != c[1] {
			t.Errorf("%+q: got %+q, want %+q", c[0], got, c[1])
		}
	}
}

func TestAppendFolded(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""}, {"Mill", "mill"}, {"ＭＩＬＬ１", "mill1"}, {"ﬁn", "fin"}, {"Cafe\u0301", "café"}, {"CAFÉ", "café"},
		{"ΣΑΣ", "σασ"}, {"σας", "σασ"}, {"İ", "i\u0307"}, {"磨", "磨"}, {"ｶﾞ", "ガ"}, {"한", "한"}, {"Ж", "ж"}, {"\xff", "\ufffd"},
	} {
		if got := string(AppendFolded(nil, c[0])); got != c[1] {
			t.Errorf("%+q: got %+q, want %+q", c[0], got, c[1])
		}
	}
}

func TestRuneSets(t *testing.T) {
	var counts [4]int
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r == 0xD800 {
			r = 0xE000
		}
		for i, in := range []bool{Punctuation(r), TerminalPunctuation(r), PunctuationSet(r), IsSpace(r)} {
			if in {
				counts[i]++
			}
		}
		if IsSpace(r) != (unicode.IsSpace(r) || 0x1C <= r && r <= 0x1F) {
			t.Errorf("IsSpace(%U) = %v", r, IsSpace(r))
		}
		if r < utf8.RuneSelf {
			checkASCII(t, byte(r))
		}
	}
	if counts != [4]int{129, 159, 281, 29} {
		t.Errorf("%v code points in the sets", counts)
	}
	for r, in := range map[rune]bool{'.': true, '１': true, '\t': false, '•': false, '\u200b': false, -1: false, unicode.MaxRune + 1: false} {
		if Punctuation(r) != in {
			t.Errorf("Punctuation(%U) = %v", r, !in)
		}
	}
}

// checkASCII compares the hand-written byte table with the generated one.
func checkASCII(t *testing.T, c byte) {
	f, a := factOf(rune(c)), asciiClass[c]
	for _, p := range []struct {
		name      string
		fact, bit bool
	}{
		{"letter", f&wbMask == wbALetter, a&asciiLetter != 0},
		{"alpha", f&isAlpha != 0, a&asciiLetter != 0},
		{"digit", f&wbMask == wbNumeric, a&asciiDigit != 0},
		{"alnum", f&isAlnum != 0, a&(asciiLetter|asciiDigit) != 0},
		{"under", f&wbMask == wbExtendNumLet, a&asciiUnder != 0},
		{"mid letter", isMidLetter(f & wbMask), a&asciiMidAlpha != 0},
		{"mid number", isMidNumber(f & wbMask), a&asciiMidDigit != 0},
		{"space", f&isSpace != 0, a&asciiSpace != 0},
		{"symbol", f&isPunctuationSet != 0, a&asciiSymbol != 0},
	} {
		if p.fact != p.bit {
			t.Errorf("%q: %s is %v in asciiClass, %v in the table", c, p.name, p.bit, p.fact)
		}
	}
}

func TestSplitLines(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", "a\n": "a", "\n": "|", "a\n\nb": "a||b", "a\r\nb\rc\n\rd": "a|b|c||d",
		"a\vb\fc\x1cd\x1de\x1ef\x1fg": "a|b|c|d|e|f\x1fg", "a\u0085b\u2028c\u2029d\u00a0e": "a|b|c|d\u00a0e", "a\x85b": "a\x85b",
	} {
		var got []string
		SplitLines(text, func(l Span) bool {
			got = append(got, text[l.Start:l.End])
			if n := utf8.RuneCountInString(text[l.Start:l.End]); n != int(l.Runes) {
				t.Errorf("%+q: %d code points, want %d", text, l.Runes, n)
			}
			return true
		})
		if text == "\n" {
			want = ""
			if !slices.Equal(got, []string{""}) {
				t.Errorf("%+q: %+q", text, got)
			}
			continue
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%+q: got %+q, want %+q", text, got, want)
		}
	}
	n := 0
	SplitLines("a\nb\nc", func(Span) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("%d lines after a stop at 2", n)
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{english, chinese, "ΑΣ. Σ\u0301", "1.2,3٫٤", "\u0301\u0323x\u0323\u0301\xff", "İ１ｶﾞ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := string(Simplify(nil, text))
		if !utf8.ValidString(out) || strings.TrimFunc(out, IsSpace) != out {
			t.Fatalf("%+q: simplified %+q", text, out)
		}
		if strings.IndexFunc(out, func(r rune) bool { return unicode.Is(unicode.Nd, r) && r != '0' && factOf(r)&isDecimal != 0 }) >= 0 {
			t.Fatalf("%+q: digits left in %+q", text, out)
		}
		if s := string(Simplify([]byte("x"), text)); s != "x"+out {
			t.Fatalf("%+q: appended %+q, alone %+q", text, s, out)
		}
		if !utf8.Valid(AppendLower(nil, text)) || !utf8.Valid(AppendFolded(nil, text)) {
			t.Fatalf("%+q: invalid UTF-8", text)
		}
		end := 0
		SplitLines(text, func(l Span) bool {
			if int(l.Start) < end || l.End < l.Start {
				t.Fatalf("%+q: bad line %+v", text, l)
			}
			end = int(l.End)
			return true
		})
		DominantScript(text)
	})
}
