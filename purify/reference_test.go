package purify

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/text"
)

// The plain definitions of the peers, with maps and strings, against which the
// fast ones are tested.

func wordsOf(t string, s text.Segmenter) (words []string) {
	for _, w := range s.AppendWords(nil, t) {
		words = append(words, text.Slice(t, w))
	}
	return words
}

func plainCopies(elements []string) (copies, chars int) {
	seen := map[string]bool{}
	for _, e := range elements {
		if seen[e] {
			copies++
			chars += utf8.RuneCountInString(e)
		}
		seen[e] = true
	}
	return copies, chars
}

// plainRepetition is datatrove's GopherRepetitionFilter.
func plainRepetition(t string, s text.Segmenter) (v [repColumns]float64) {
	total := utf8.RuneCountInString(t)
	v[repChars] = float64(total)
	paragraphs := regexp.MustCompile(`\n{2,}`).Split(trimSpace(t), -1)
	copies, chars := plainCopies(paragraphs)
	v[repDupPara], v[repDupParaChars] = ratio(copies, len(paragraphs)), ratio(chars, total)
	lines := regexp.MustCompile(`\n+`).Split(t, -1)
	copies, chars = plainCopies(lines)
	v[repDupLine], v[repDupLineChars] = ratio(copies, len(lines)), ratio(chars, total)
	words := wordsOf(t, s)
	for n := 2; n <= 4; n++ {
		count, order := map[string]int{}, []string{}
		for i := 0; i+n <= len(words); i++ {
			gram := strings.Join(words[i:i+n], " ")
			if count[gram]++; count[gram] == 1 {
				order = append(order, gram)
			}
		}
		best := 0
		for _, gram := range order {
			if count[gram] > best {
				best = count[gram]
				v[repTop2+n-2] = ratio(utf8.RuneCountInString(gram)*best, total)
			}
		}
	}
	for n := 5; n <= 10; n++ {
		seen, repeated := map[string]bool{}, 0
		for i := 0; i+n <= len(words); {
			gram := strings.Join(words[i:i+n], "")
			if seen[gram] {
				repeated += utf8.RuneCountInString(gram)
				i += n
				continue
			}
			seen[gram] = true
			i++
		}
		v[repDup5+n-5] = ratio(repeated, total)
	}
	return v
}

// plainDCLM is DCLM's massive_web_repetition_filters.
func plainDCLM(t string) (v [repColumns]float64) {
	segments := func(separator string) (share, charShare float64, total int) {
		var kept []string
		count := map[string]int{}
		for s := range strings.SplitSeq(t, separator) {
			if s = trimSpace(s); s != "" {
				kept = append(kept, s)
				count[s]++
				total += utf8.RuneCountInString(s)
			}
		}
		copies, chars := 0, 0
		for _, s := range kept {
			if count[s] > 1 {
				copies++
				chars += utf8.RuneCountInString(s)
			}
		}
		return ratio(copies, len(kept)), ratio(chars, total), total
	}
	var total int
	v[repDupLine], v[repDupLineChars], total = segments("\n")
	v[repChars] = float64(total)
	v[repDupPara], v[repDupParaChars], _ = segments("\n\n")
	var words []string
	for _, w := range text.UAX29.AppendWords(nil, t) {
		if w.Class&text.Alnum != 0 {
			words = append(words, text.Slice(t, w))
		}
	}
	chars := utf8.RuneCountInString(strings.Join(words, ""))
	for n := 2; n <= 10; n++ {
		count, best := map[string]int{}, 0
		for i := 0; i+n <= len(words); i++ {
			gram := strings.Join(words[i:i+n], " ")
			count[gram]++
			best = max(best, count[gram])
		}
		if best < 2 {
			continue
		}
		part, covered := 0, map[int]bool{}
		for i := 0; i+n <= len(words); i++ {
			gram := strings.Join(words[i:i+n], " ")
			if n <= 4 && count[gram] == best {
				part = max(part, best*(utf8.RuneCountInString(gram)-n+1))
			}
			for j := i; n > 4 && count[gram] > 1 && j < i+n; j++ {
				if !covered[j] {
					covered[j] = true
					part += utf8.RuneCountInString(words[j])
				}
			}
		}
		v[repTop2+n-2] = ratio(part, chars)
	}
	return v
}

// generated yields texts of few words, so that much repeats, with all kinds of
// separators.
func generated(yield func(string)) {
	words := []string{"a", "b", "ab", "ba", "Gedächtnis", "the", "of", "don't", "3.50", "中文", "e.g.", "#", "...", "…", "•", "-", "end.",
		"internationalisation", "{", "[1]", "JavaScript", "use", "cookies", "é", "可以。", "\u212A"}
	separators := []string{" ", " ", " ", " ", " ", "\n", "\n", "\n\n", "", "  ", "\n\n\n", "\r\n", "\u00A0", "\u2028", "\u3000", "\t"}
	seed := uint64(1)
	random := func(n int) int {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed >> 33 % uint64(n))
	}
	for range 600 {
		var b strings.Builder
		vocabulary := 1 + random(len(words))
		for range random(120) {
			b.WriteString(words[random(vocabulary)])
			b.WriteString(separators[random(len(separators))])
		}
		yield(b.String())
	}
}

func compareRepetition(t *testing.T, g GopherRepetition, s string, want [repColumns]float64) {
	t.Helper()
	v := measured(t, g, &corpus.Document{Text: s})
	for i, x := range want {
		if v.Get(i) != x {
			t.Fatalf("%q: %s is %g, plain %g", s, g.Columns()[i].Name, v.Get(i), x)
		}
	}
}

func TestRepetitionAgainstPlain(t *testing.T) {
	generated(func(s string) {
		for _, seg := range []text.Segmenter{text.SpacyEnglish, text.UAX29, text.Whitespace} {
			compareRepetition(t, GopherRepetition{Words: seg.String()}, s, plainRepetition(s, seg))
		}
		compareRepetition(t, GopherRepetition{Dialect: dclm}, s, plainDCLM(s))
	})
}

func TestC4LineAgainstPlain(t *testing.T) {
	citations := regexp.MustCompile(`\[\p{Nd}*\]|\[edit\]|\[citation needed\]`)
	generated(func(s string) {
		for line := range strings.SplitSeq(s, "\n") {
			f := func(line string) {
				if got, want := new(c4).withoutCitations(line), citations.ReplaceAllString(line, ""); got != want {
					t.Fatalf("%q: %q, want %q", line, got, want)
				}
				if got, want := c4Marks(line), plainMarks(line); got != want {
					t.Fatalf("%q: marks %b, want %b", line, got, want)
				}
			}
			f(line)
			f("[" + line + "[edit][]x[٣] Uses Cookies[[12]]")
			f(line + "Coo\u212Aie PolicY")
			f("terms OF use" + line + "LOREM IPSUM")
		}
	})
}

func plainMarks(line string) (marks int) {
	low := string(text.AppendLower(nil, line))
	if strings.Contains(low, "lorem ipsum") {
		marks |= markLorem
	}
	if strings.Contains(low, "javascript") {
		marks |= markJavascript
	}
	for _, p := range []string{"terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"} {
		if strings.Contains(low, p) {
			marks |= markPolicy
		}
	}
	return marks
}

func TestCutLine(t *testing.T) {
	check := func(s string) {
		var got []string
		for rest := s; rest != ""; {
			end, next := cutLine(rest)
			got = append(got, rest[:end])
			rest = rest[next:]
		}
		i := 0
		text.SplitLines(s, func(l text.Span) bool {
			if i >= len(got) || got[i] != s[l.Start:l.End] {
				t.Fatalf("%q: line %d of %q", s, i, got)
			}
			i++
			return true
		})
		if i != len(got) {
			t.Fatalf("%q: %d lines, want %d", s, len(got), i)
		}
	}
	check("a\r\nb\rc\vd\fe\x1cf\x1dg\x1eh\u0085i\u2028j\u2029k\u00a0l\u2027m\n\n")
	check("\xe2\x80")
	check("\xc2")
	generated(check)
}
