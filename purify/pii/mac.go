package pii

const macBytes = len("00:00:00:00:00:00")

// isMAC reports whether s is six pairs of hexadecimal digits that can be the address of a
// device: not all zeros or ones, and none of RFC 7042's for documentation. Pairs without a
// letter may be anything, and with colons a time where none is over 59.
func isMAC(s string, sep byte) bool {
	if len(s) != macBytes {
		return false
	}
	letters, first, same := false, s[0], true
	if sep == ':' {
		for i := 0; i < len(s); i += 3 {
			letters = letters || s[i] >= '6' && s[i] <= '9'
		}
	}
	for i := range len(s) {
		c := s[i]
		if i%3 == 2 {
			if c != sep {
				return false
			}
			continue
		}
		if !isASCII(c, classHex) {
			return false
		}
		letters = letters || isASCII(c, classLetter)
		same = same && c == first
	}
	return letters && !same && !isDocumentationMAC(s)
}

func isDocumentationMAC(s string) bool {
	return s[0:2] == "00" && s[3:5] == "00" && (s[6:8] == "5E" || s[6:8] == "5e") && s[9:11] == "00" && s[12:14] == "53"
}

// dashedMAC looks for an address of pairs with dashes at text[start]. It returns its end,
// else 0.
func (s *scan) dashedMAC(start int) int {
	text := s.text
	end := start + macBytes
	if end > len(text) || !isMAC(text[start:end], '-') || !freeBefore(text, start) || start > 0 && (text[start-1] == '-' || isASCII(text[start-1], classDigit)) ||
		!freeAfter(text, end) || end < len(text) && text[end] == '-' {
		return 0
	}
	s.emit(kindMAC, start, end)
	return end
}

// isHexQuad reports whether four hexadecimal digits stand alone at text[i:].
func isHexQuad(text string, i int) bool {
	if i < 0 || i+4 > len(text) || i > 0 && (isASCII(text[i-1], classLetter|classDigit) || text[i-1] == '.' || text[i-1] == '_' || text[i-1] == '-') {
		return false
	}
	for _, c := range []byte(text[i : i+4]) {
		if !isASCII(c, classHex) {
			return false
		}
	}
	return true
}

// dottedMAC looks for an address of three times four digits at text[start], such as
// 001a.2b3c.4d5e. It returns its end, else 0.
func (s *scan) dottedMAC(start int) int {
	const size = len("0000.0000.0000")
	text := s.text
	end := start + size
	if end > len(text) || text[start+9] != '.' || !freeAfter(text, end) {
		return 0
	}
	letters, digits := false, false
	for i := start; i < end; i++ {
		c := text[i]
		if i-start == 4 || i-start == 9 {
			continue
		}
		if !isASCII(c, classHex) {
			return 0
		}
		letters, digits = letters || isASCII(c, classLetter), digits || isASCII(c, classDigit)
	}
	if !letters || !digits {
		return 0
	}
	s.emit(kindMAC, start, end)
	return end
}
