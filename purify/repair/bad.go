package repair

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isBad reports whether a text has characters side by side that no writer puts there, but
// a wrong encoding does: ftfy's rules, on ftfy's kinds of characters.
func isBad(s string) bool {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if k := kindOf(r); k != 0 && badAt(s, i, n, r, k) {
			return true
		}
		i += n
	}
	return false
}

const accented = lowerAccented | upperAccented

// badAt tests the rules that begin with the character r of n bytes at s[i:], which has
// kinds.
func badAt(s string, i, n int, r rune, a kind) bool {
	if a&c1 != 0 {
		return true
	}
	if i+n == len(s) {
		return false
	}
	next, m := decode(s, i+n)
	b := kindOf(next)
	if b == 0 && r != 'Œ' && r != 'œ' && r != 'Ã' && r != 'Â' { // of the others all know a kind of the next
		return false
	}
	if badPair(r, next, a, b) {
		return true
	}
	third, _ := utf8.DecodeRuneInString(s[i+n+m:])
	c := kindOf(third)
	end := i+n+m == len(s)
	switch {
	case !end && a&(accented|box|currency|closing) != 0 && b&opening != 0 && c&numeric != 0,
		!end && a&(accented|currency|numeric|box|law) != 0 && b&closing != 0 && c&opening != 0,
		!end && a&accented != 0 && b&(opening|closing) != 0 && isWord(third):
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	return badBehind(s[:i], before, r, next, a, b) || !end && badRun(s[i:], r, next, third, b)
}

// badPair tests the rules of two characters.
func badPair(r, next rune, a, b kind) bool {
	switch {
	case a&(accented|box|opening|closing|currency|numeric|law) != 0 && b&bad != 0,
		a&bad != 0 && b&(accented|box|opening|closing|currency|numeric|law) != 0,
		a&(lowerAccented|lowerCommon|box|closing|currency|numeric) != 0 && b&upperAccented != 0,
		a&(box|closing|currency|numeric) != 0 && b&lowerAccented != 0,
		a&(lowerAccented|box|closing) != 0 && b&currency != 0,
		a&(upperAccented|box) != 0 && b&(numeric|law) != 0,
		a&(currency|numeric|box) != 0 && b&opening != 0,
		a&box != 0 && b&(face|closing) != 0,
		a&(accented|currency|numeric|opening|closing|law) != 0 && b&box != 0,
		a&upperAccented != 0 && next == '°':
		return true
	}
	switch r {
	case 'Œ', 'œ':
		return next > 'z' || !isASCIILetter(next)
	case 'Â', 'Ã', 'Î', 'Ð':
		if b&(opening|closing) != 0 || strings.ContainsRune("€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´", next) || r == 'Ã' && next == '¡' {
			return true
		}
	case '×':
		return next == '²' || next == '³'
	case 'à':
		return strings.ContainsRune("²µ¹¼½¾", next)
	case '√':
		return strings.ContainsRune("±∂†≠®™´≤≥¥µø", next)
	case '≈':
		return next == '°' || next == '¢'
	case 'в':
		return next == 'Ђ'
	case 'ā':
		return next == '€'
	}
	return false
}

// badBehind tests the rules that hang on what is before r.
func badBehind(before string, p, r, next rune, a, b kind) bool {
	small := p >= 'a' && p <= 'z'
	switch {
	case isASCIILetter(p) && a&(lowerCommon|upperCommon) != 0 && b&bad != 0,
		before != "" && unicode.IsSpace(p) && a&upperAccented != 0 && b&currency != 0,
		small && a&upperAccented != 0 && b&(opening|currency) != 0:
		return true
	}
	if r != 'Ã' && r != 'Â' {
		return false
	}
	if next == ' ' {
		if before == "" || small {
			return true
		}
		if unicode.IsSpace(p) {
			pp, _ := utf8.DecodeLastRuneInString(before[:len(before)-utf8.RuneLen(p)])
			if pp >= 'a' && pp <= 'z' {
				return true
			}
		}
	}
	return r == 'Â' && (small || before != "" && strings.ContainsRune(".,?!", p) || kindOf(p)&closing != 0) && (next == ' ' || b&(opening|closing) != 0)
}

// badRun tests the rules of three characters and more.
func badRun(s string, r, next, third rune, b kind) bool {
	arabic := func(r rune, k kind) bool {
		return k&(common|currency|bad|numeric|opening) != 0 || strings.ContainsRune("ŸŠ®°µ»", r)
	}
	switch r {
	case 'Ø', 'Ù':
		if (third == 'Ø' || third == 'Ù') && arabic(next, b) {
			rest := s[utf8.RuneLen(r)+utf8.RuneLen(next)+utf8.RuneLen(third):]
			fourth, n := utf8.DecodeRuneInString(rest)
			return n > 0 && arabic(fourth, kindOf(fourth))
		}
	case '‚':
		return next == 'Ä' && strings.ContainsRune("ìîïòôúùû†°¢π", third) || (next == 'â' || next == 'ó') && strings.ContainsRune("àä°ê", third)
	case 'В', 'Г', 'Р', 'С':
		if strings.ContainsRune("ВГРС", third) && (b&(c1|bad|opening|closing|currency) != 0 || next == '°' || next == 'µ') {
			return true
		}
		if rest, ok := strings.CutPrefix(s, "ГўВЂВ"); ok {
			_, n := utf8.DecodeRuneInString(rest)
			return n > 0 && len(rest) > n && (rest[n] == ' ' || isASCIILetter(rune(rest[n])))
		}
	case 'β':
		return next == '€' && strings.ContainsRune("™\u00a0Ά\u00ad®°", third)
	case 'Β', 'Γ', 'Ξ', 'Ο':
		return strings.ContainsRune("ΒΓΞΟ", third) && (b&(c1|bad|opening|closing|currency) != 0 || next == '°')
	}
	return false
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' }
