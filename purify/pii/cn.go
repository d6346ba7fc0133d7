package pii

// idCN looks for a resident identity number in the first n groups (GB 11643-1999): six
// digits of a place, date of birth, three digits, and a check digit by ISO 7064 MOD 11-2,
// which may be an X. Divided, and with 15 digits as until 1999, it needs a label. It
// returns its end, else 0.
func (s *scan) idCN(n, total, end int) int {
	if !s.wants(kindCNID) {
		return 0
	}
	g := &s.number
	var id [18]byte
	copy(id[:], g.digits[:min(total, 18)])
	switch {
	case total == 18:
	case total == 17 && end < len(s.text) && s.text[end]|0x20 == 'x':
		id[17] = 'X'
		end++
	case total == 17 && n == g.n && end+1 < len(s.text) && (s.text[end] == '-' || s.text[end] == ' ') && s.text[end+1]|0x20 == 'x':
		id[17] = 'X'
		end += 2
	case total == 15 && n == 1 && validShortID(g.digits[:15]) && freeAfter(s.text, end) && s.calls(g.starts[0], idLabels):
		s.emit(kindCNID, g.starts[0], end)
		return end
	default:
		return 0
	}
	if !freeAfter(s.text, end) || !validID(id[:]) || n > 1 && !s.calls(g.starts[0], idLabels) {
		return 0
	}
	s.emit(kindCNID, g.starts[0], end)
	return end
}

// validID reports whether 18 characters are an identity number.
func validID(id []byte) bool {
	if !validPlace(id) || !validBirth(id[6:14]) {
		return false
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += weight * int(id[i]-'0')
	}
	return id[17] == "10X98765432"[sum%11]
}

// validShortID reports whether 15 digits are an identity number of before 1999, whose
// year has two.
func validShortID(id []byte) bool {
	birth := [8]byte{'1', '9'}
	copy(birth[2:], id[6:12])
	return validPlace(id) && validBirth(birth[:])
}

// validPlace reports whether a number begins with the code of a province (GB/T 2260), or of
// residents of Hong Kong, Macao and Taiwan, or of foreigners (9).
func validPlace(id []byte) bool {
	switch p := 10*int(id[0]-'0') + int(id[1]-'0'); p / 10 {
	case 1:
		return p >= 11 && p <= 15
	case 2:
		return p >= 21 && p <= 23
	case 3:
		return p >= 31 && p <= 37
	case 4:
		return p >= 41 && p <= 46
	case 5:
		return p >= 50 && p <= 54
	case 6:
		return p >= 61 && p <= 65
	case 7:
		return p == 71
	case 8:
		return p >= 81 && p <= 83
	case 9:
		return p == 91
	}
	return false
}

// validBirth reports whether eight digits are a day from 1900 to 2099.
func validBirth(d []byte) bool {
	number := func(d []byte) (n int) {
		for _, c := range d {
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(d[:4]), number(d[4:6]), number(d[6:8])
	if year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days++
	}
	return day <= days
}

// freeBefore reports whether a number may begin at i: no letter, underscore or
// decimal point is in front of it.
func freeBefore(text string, i int) bool {
	if i == 0 {
		return true
	}
	c := text[i-1]
	if c == '.' {
		return i == 1 || !isASCII(text[i-2], classDigit)
	}
	return c != '_' && !isASCII(c, classLetter)
}

// freeAfter reports whether a number may end at i.
func freeAfter(text string, i int) bool {
	if i == len(text) {
		return true
	}
	c := text[i]
	if c == '.' {
		return i+1 == len(text) || !isASCII(text[i+1], classDigit)
	}
	return c != '_' && !isASCII(c, classLetter|classDigit)
}
