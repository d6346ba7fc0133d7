package pdf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// undivide makes words whole that were divided at line ends. The document itself
// tells a hyphen of the word from one of the typesetter: a form that occurs
// elsewhere in it wins, with the hyphen before without. An unknown word loses
// the hyphen, unless a digit or a capital letter follows.
func undivide(s string) string {
	if !strings.ContainsRune(s, divided) {
		return s
	}
	known := wordsOf(s)
	const mark = string(divided)
	var out strings.Builder
	out.Grow(len(s))
	for {
		i := strings.Index(s, mark)
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		left, rest := s[:i], s[i+len(mark):]
		right := headWord(rest)
		out.WriteString(left)
		compound := strings.HasPrefix(rest[len(right):], "-") // state- of-the-art
		if compound || keepsHyphen(tailWord(left), right, known) {
			out.WriteByte('-')
		}
		s = rest
	}
}

func keepsHyphen(left, right string, known map[string]bool) bool {
	if left == "" || right == "" {
		return true
	}
	l, r := strings.ToLower(left), strings.ToLower(right)
	switch {
	case known[l+"-"+r]:
		return true
	case known[l+r]:
		return false
	}
	return unicode.IsUpper(firstRune(right)) && !unicode.IsUpper(lastRune(left))
}

// maxKnown bounds the words remembered of one document.
const maxKnown = 1 << 20

// wordsOf returns the words of the text that are not divided themselves, in
// lower case and with their hyphens.
func wordsOf(s string) map[string]bool {
	known := map[string]bool{}
	notWord := func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != divided }
	for w := range strings.FieldsFuncSeq(s, notWord) {
		if len(known) >= maxKnown {
			break
		}
		if w = strings.Trim(w, "-"); w == "" || strings.ContainsRune(w, divided) {
			continue
		}
		known[strings.ToLower(w)] = true
	}
	return known
}

// tailWord is the run of letters at the end of s.
func tailWord(s string) string {
	i := len(s)
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.IsLetter(r) {
			break
		}
		i -= size
	}
	return s[i:]
}

// headWord is the run of letters at the start of s.
func headWord(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		return s[:i]
	}
	return s
}
