package purify

import "strings"

// digitRuns calls f with each run of digits.
func digitRuns(text string, f func(start, end int)) {
	for i := 0; i < len(text); i++ {
		if !isASCII(text[i], piiDigit) {
			continue
		}
		start := i
		for i < len(text) && isASCII(text[i], piiDigit) {
			i++
		}
		f(start, i)
	}
}

// findPhonesCN finds Chinese mobile numbers (plan YD/T 1069: 11 digits from
// 1[3-9]) written as 13800138000, 138-0013-8000 or 138 0013 8000, after +86, 86
// or 0086 or alone. The country code stays.
func findPhonesCN(text string, emit func(start, end int)) {
	floor := 0
	digitRuns(text, func(start, end int) {
		if start < floor || !freeBefore(text, start) {
			return
		}
		for _, code := range [...]string{"0086", "86"} {
			if n := len(code); end-start == n+11 && strings.HasPrefix(text[start:end], code) {
				start += n
				break
			}
		}
		if end-start == 3 {
			end = groupedEnd(text, start)
		} else if end-start != 11 {
			return
		}
		if end < 0 || text[start] != '1' || text[start+1] < '3' || !freeAfter(text, end) {
			return
		}
		emit(start, end)
		floor = end
	})
}

// groupedEnd returns the end of a number written 3-4-4 from start, -1 if it is
// none.
func groupedEnd(text string, start int) int {
	const size = 3 + 1 + 4 + 1 + 4
	if len(text)-start < size {
		return -1
	}
	s := text[start : start+size]
	if s[3] != s[8] || s[3] != '-' && s[3] != ' ' {
		return -1
	}
	for i := range len(s) {
		if i != 3 && i != 8 && !isASCII(s[i], piiDigit) {
			return -1
		}
	}
	return start + size
}

// findIDsCN finds resident identity numbers (GB 11643-1999): six digits of a
// place, date of birth, three digits, and a check digit by ISO 7064 MOD 11-2.
func findIDsCN(text string, emit func(start, end int)) {
	digitRuns(text, func(start, end int) {
		if end-start == 17 && end < len(text) && (text[end] == 'X' || text[end] == 'x') {
			end++
		}
		if end-start == 18 && freeBefore(text, start) && freeAfter(text, end) && validID(text[start:end]) {
			emit(start, end)
		}
	})
}

func validID(id string) bool {
	number := func(from, to int) (n int) {
		for _, c := range []byte(id[from:to]) {
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(6, 10), number(10, 12), number(12, 14)
	if id[0] == '0' || year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += weight * int(id[i]-'0')
	}
	check := "10X98765432"[sum%11]
	return id[17] == check || id[17] == 'x' && check == 'X'
}

// freeBefore reports whether a number may begin at i: no letter, underscore or
// decimal point is in front of it.
func freeBefore(text string, i int) bool {
	if i == 0 {
		return true
	}
	c := text[i-1]
	if c == '.' {
		return i == 1 || !isASCII(text[i-2], piiDigit)
	}
	return c != '_' && !isASCII(c, piiLetter)
}

// freeAfter reports whether a number may end at i.
func freeAfter(text string, i int) bool {
	if i == len(text) {
		return true
	}
	c := text[i]
	if c == '.' {
		return i+1 == len(text) || !isASCII(text[i+1], piiDigit)
	}
	return c != '_' && !isASCII(c, piiLetter|piiDigit)
}
