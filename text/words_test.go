package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func split(s Segmenter, text string) []string {
	var out []string
	for _, w := range s.AppendWords(nil, text) {
		out = append(out, Slice(text, w))
	}
	return out
}

// pieces splits want at "|"; "¦" stands for a bar in it.
func pieces(want string) []string {
	if want == "" {
		return nil
	}
	out := strings.Split(want, "|")
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], "¦", "|")
	}
	return out
}

func checkWords(t *testing.T, s Segmenter, cases [][2]string) {
	t.Helper()
	for _, c := range cases {
		if got, want := split(s, c[0]), pieces(c[1]); !slices.Equal(got, want) {
			t.Errorf("%v %+q:\n got %+q\nwant %+q", s, c[0], got, want)
		}
	}
}

func TestUAX29(t *testing.T) {
	checkWords(t, UAX29, [][2]string{
		{"", ""}, {" \t\n\u00a0\u2028\x1c", ""},
		{"can't stop.", "can't|stop|."}, {"a' b", "a|'|b"}, {"'a'", "'|a|'"}, {"a''b", "a|'|'|b"},
		{"3.5 3, 3,5 3;5 3:5 1'000", "3.5|3|,|3,5|3;5|3|:|5|1'000"}, {"3.a a.3 a.b a.b.", "3|.|a|a|.|3|a.b|a.b|."},
		{"a:b a;b a,b", "a:b|a|;|b|a|,|b"}, {"x1y_2 __ _a", "x1y_2|__|_a"},
		{"well-known |", "well|-|known|¦"},
		{"a.é é.a é1é a\u0301b", "a.é|é.a|é1é|a\u0301b"}, {"a.\u0301b", "a.\u0301b"}, {".\u0301", ".\u0301"},
		{"磨坊ab", "磨|坊|ab"}, {"ひら カタカナ 한국어", "ひ|ら|カタカナ|한국어"}, {"กข", "ก|ข"}, {"カ_1", "カ_1"},
		{"אב\"ג א' א\"", "אב\"ג|א'|א|\""}, {"🇫🇷🇩🇪🇯", "🇫🇷|🇩🇪|🇯"}, {"👩\u200d👩 👋🏽", "👩\u200d👩|👋🏽"},
		{"a\u202fb \u202fc d\u202f \u202f", "a\u202fb|c|d"}, {"a\u200bb", "a|\u200b|b"}, {"\u0301a", "\u0301|a"},
		{"a\xffb", "a|\xff|b"}, {"\xc3", "\xc3"}, {"a\xc3\x28", "a|\xc3|("}, {"\xed\xa0\x80", "\xed|\xa0|\x80"},
	})
}

// TestSpacyEnglish: what spaCy 3.8.18 gave for these sentences of ours.
func TestSpacyEnglish(t *testing.T) {
	checkWords(t, SpacyEnglish, [][2]string{
		{"", ""}, {" \n\u00a0 ", ""},
		{"Don't stop. It's $3.50, e.g. U.S.A. (http://a.b/c?d=e) foo@bar.com well-known a/b",
			"Do|n't|stop|.|It|'s|$|3.50|,|e.g.|U.S.A.|(|http://a.b|/|c?d|=|e|)|foo@bar.com|well|-|known|a|/|b"},
		{"He's sure they'd've left by 10am, not 5p.m.!", "He|'s|sure|they|'d|'ve|left|by|10|am|,|not|5|p.m.|!"},
		{"Mr. Holm (b. 1950) moved to St. Ives, Minn., in Sept.", "Mr.|Holm|(|b.|1950|)|moved|to|St.|Ives|,|Minn.|,|in|Sept."},
		{"It weighs 5kg/10 lb... or 3.5 \u00b5g\u2014maybe 20%?", "It|weighs|5kg/10|lb|...|or|3.5|µg|—|maybe|20|%|?"},
		{"C++ isn't Java;it's and/or w/o it.", "C++|is|n't|Java;it|'s|and/or|w/o|it|."},
		{"see www.mill-wheel.co.uk/path, ftp://x_y.org:8080?q=1. or 8.8.8.8 10.0.0.1", "see|www.mill-wheel.co.uk/path|,|ftp://x_y.org:8080?q=1|.|or|8.8.8.8|10.0.0.1"},
		{"US$5 5US$ C$3 \u20ac20 30\u20ac $1,000.50", "US$|5|5|US$|C$|3|€|20|30|€|$|1,000.50"},
		{"a--b a---b a\u2013b a\u2014b\u2014c 3-4 5--6 1+2 3*4 2^8 x~y", "a|--|b|a|---|b|a|–|b|a|—|b|—|c|3|-|4|5|-|-6|1|+|2|3|*|4|2|^|8|x|~|y"},
		{"\u201cQuoted,\u201d she said\u2026 \u2018Really?\u2019 -- yes!!", "“|Quoted|,|”|she|said|…|‘|Really|?|’|--|yes|!|!"},
		{"end.Start end.start END.Start A.B.C. X.Y AB. aB.", "end|.|Start|end.start|END.Start|A.B.C.|X.Y|AB|.|aB."},
		{"key=value a:b 3:c c:3 <b>bold</b> a/b//c", "key|=|value|a|:|b|3|:|c|c:3|<|b|>|bold</b|>|a|/|b//c"},
		{":-) :)) :'( >.< <3 (^_^) xD :):) :-", ":-)|:))|:'(|>.<|<3|(^_^)|xD|:|):|)|:|-"},
		{"\u00b0C. 20\u00b0C. 5\u00b0f. ..x x.. \u2026\u2026y \u2026z", "°|C|.|20|°|C|.|5|°|f|.|..|x|x|..|…|…|y|…|z"},
		{"they're we'll gonna cannot shan't Ma'am o'clock y'all", "they|'re|we|'ll|gon|na|can|not|sha|n't|Ma'am|o'clock|y'|all"},
		{"'Tis 'cause rock'n'roll '90s dogs' the mill\u2019s don\u2019t", "'|Tis|'cause|rock'n'roll|'|90s|dogs|'|the|mill|’s|do|n’t"},
		{"+1 +x 1+ a+ #tag @user %x = \u00a75", "+1|+|x|1|+|a+|#|tag|@user|%|x|=|§|5"},
		{"\u4e2d\u6587\uff0c\u6ca1\u6709\u7a7a\u683c\u3002\u518d\u6765\u4e00\u53e5\uff01 \u7b2c\u4e8c v2.0", "中文，没有空格。再来一句|！|第二|v2.0"},
		{"\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!\u0414\u0430.\u041d\u0435\u0442 \u043a\u043c\u00b2 5\u043a\u043c 5\u043a\u0433", "Привет|,|мир!Да|.|Нет|км²|5|км|5|кг"},
		{"foo\u00a0bar\u2028baz\tqux  end", "foo|bar|baz|qux|end"},
		{"(he's) [I'm] {won't} \"can't\"", "(|he|'s|)|[|I|'m|]|{|wo|n't|}|\"|ca|n't|\""},
		{"Ph.D., e.g. i.e., vs. a.m.p.m. U.K.'s U.S.-based", "Ph.D.|,|e.g.|i.e.|,|vs.|a.m.p.m|.|U.K.|'s|U.S.-based"},
		{"http://\u4f8b\u3048.jp user@\u4f8b\u3048.jp 1.2.3 1.2.3.4.5 a.bc a.b", "http://例え.jp|user@例え.jp|1.2.3|1.2.3.4.5|a.bc|a.b"},
		{"\\n \\\") <space> \u0301a \u203f \u263aa\u263ab 😀😀", "\\n|\\\")|<space>|́a|‿|☺|a|☺|b|😀|😀"},
		{"°C.°C. (°C.", "°|C|.|°|C|.|(|°|C|."},
		{"don t cannot dont gonna", "don|t|can|not|do|nt|gon|na"}, {"id wont im lets", "i|d|wo|nt|i|m|lets"},
	})
}

func TestWhitespace(t *testing.T) {
	checkWords(t, Whitespace, [][2]string{
		{"", ""}, {"  a, b\tc\n", "a,|b|c"}, {"a\u00a0b\x1cc\u3000d\u200be", "a|b|c|d\u200be"}, {"a\x85b\u0085c", "a\x85b|c"},
	})
}

func TestClass(t *testing.T) {
	for _, c := range []struct {
		text  string
		class Class
		runes uint32
	}{
		{"mill", HasAlpha | Alnum, 4}, {"1987", Alnum, 4}, {"...", Symbol, 1}, {"_a", HasAlpha, 2}, {"__", Symbol, 2},
		{"é", HasAlpha | Alnum, 1}, {"坊", HasAlpha | Alnum, 1}, {"²", Alnum, 1}, {"•", 0, 1}, {"—", Symbol, 1}, {"–", Symbol, 1},
		{"？", Symbol, 1}, {"।", Symbol, 1}, {"1\u00aa", HasAlpha | Alnum, 2}, {"\xff", 0, 1}, {"\x01", Symbol, 1}, {"１", Symbol | Alnum, 1},
	} {
		for s := range Segmenter(segmenters) {
			words := s.AppendWords(nil, c.text)
			if c.text == "..." && s != UAX29 {
				c.runes = 3
			}
			if c.text == "_a" && s == SpacyEnglish {
				continue
			}
			if c.text == "__" && s == SpacyEnglish {
				continue
			}
			if words[0].Class != c.class || words[0].Runes != c.runes {
				t.Errorf("%v %+q: %+v, want class %d runes %d", s, c.text, words[0], c.class, c.runes)
			}
		}
	}
}

func TestLongWord(t *testing.T) {
	for _, unit := range []string{"a", "é", "a.", "カ", "a\u0301"} {
		text := strings.Repeat(unit, 200000/len(unit))
		next := uint32(0)
		for _, w := range UAX29.AppendWords(nil, text) {
			if w.Start != next || w.End-w.Start > MaxWordBytes || !utf8.ValidString(Slice(text, w)) {
				t.Fatalf("%q: bad word %+v after %d", unit, w, next)
			}
			next = w.End
		}
		if int(next) != len(text) {
			t.Errorf("%q: ends at %d of %d", unit, next, len(text))
		}
	}
	exact := strings.Repeat("a", MaxWordBytes)
	if n := len(UAX29.AppendWords(nil, exact)); n != 1 {
		t.Errorf("a word of the limit gave %d words", n)
	}
	if n := len(UAX29.AppendWords(nil, exact+"a")); n != 2 {
		t.Errorf("a word over the limit gave %d words", n)
	}
}

func TestParseSegmenter(t *testing.T) {
	for s := range Segmenter(segmenters) {
		if got, err := ParseSegmenter(s.String()); got != s || err != nil {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "UAX29", "segmenter(3)"} {
		if _, err := ParseSegmenter(name); err == nil {
			t.Errorf("%q is no segmenter", name)
		}
	}
	if got := Segmenter(3).String(); got != "segmenter(3)" {
		t.Error(got)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{english, chinese, "a\u202f\u202f_\u0301", ":-):))':'( °C. he's", "\xff\xc3a.b\xe2\x80", "x@y.z http://10.0.0.1:80/?a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for s := range Segmenter(segmenters) {
			end := 0
			for _, w := range s.AppendWords(nil, text) {
				if int(w.Start) < end || w.End <= w.Start || int(w.End) > len(text) {
					t.Fatalf("%v: bad word %+v after %d", s, w, end)
				}
				if gap := text[end:w.Start]; strings.TrimFunc(gap, IsSpace) != "" {
					t.Fatalf("%v: left out %+q", s, gap)
				}
				word := Slice(text, w)
				first, _ := utf8.DecodeRuneInString(word)
				last, _ := utf8.DecodeLastRuneInString(word)
				if IsSpace(first) || IsSpace(last) || utf8.RuneCountInString(word) != int(w.Runes) {
					t.Fatalf("%v: bad word %+q %+v", s, word, w)
				}
				symbol := strings.IndexFunc(word, func(r rune) bool { return !PunctuationSet(r) }) < 0
				if symbol != (w.Class&Symbol != 0) {
					t.Fatalf("%v: %+q: symbol %v", s, word, symbol)
				}
				end = int(w.End)
			}
			if rest := text[end:]; strings.TrimFunc(rest, IsSpace) != "" {
				t.Fatalf("%v: left out %+q", s, rest)
			}
			s.CountSentences(text, s.AppendWords(nil, text))
		}
	})
}
