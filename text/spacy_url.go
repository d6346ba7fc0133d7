package text

import (
	"strings"
	"unicode/utf8"
)

// isSpacyURL is spaCy's URL_PATTERN (after Mathias Bynens and Diego Perini) by
// hand: [scheme://][anything@]host[:port][/?#anything], where host is a dotted
// name with a top label of 2 to 63 letters that are not upper case, or a
// public IPv4 address. s has no white space. The time is linear.
func isSpacyURL(s string) bool {
	if strings.IndexByte(s, '.') < 0 {
		return false
	}
	if isSpacyHost(s) {
		return true
	}
	if i := strings.Index(s, "://"); i > 0 && i == strings.IndexByte(s, ':') && isScheme(s[:i]) && isSpacyHost(s[i+3:]) {
		return true
	}
	for i := 1; i < len(s); i++ {
		n := strings.IndexByte(s[i:], '@')
		if n < 0 {
			return false
		}
		i += n
		if isSpacyHost(s[i+1:]) {
			return true
		}
	}
	return false
}

// isScheme is [\w\+\-\.]{2,}.
func isScheme(s string) bool {
	runes := 0
	for i := 0; i < len(s); runes++ {
		f, n := decode(s, i)
		if f&isPyWord == 0 && s[i] != '+' && s[i] != '-' && s[i] != '.' {
			return false
		}
		i += n
	}
	return runes >= 2
}

// isSpacyHost matches host[:port][path] against the whole of s.
func isSpacyHost(s string) bool {
	end := strings.IndexAny(s, ":/?#@")
	rest := ""
	if end >= 0 {
		s, rest = s[:end], s[end:]
	}
	if rest != "" && rest[0] == ':' {
		i, digits := 1, 0
		for i < len(rest) {
			f, n := decode(rest, i)
			if f&isPyDigit == 0 {
				break
			}
			i += n
			digits++
		}
		if digits < 2 || digits > 5 {
			return false
		}
		rest = rest[i:]
	}
	if rest != "" && rest[0] != '/' && rest[0] != '?' && rest[0] != '#' {
		return false
	}
	return isDottedName(s) || isPublicIPv4(s)
}

// isDottedName matches labels of 1 to 64 characters and a top label.
func isDottedName(s string) bool {
	labels := 0
	for {
		dot := strings.IndexByte(s, '.')
		if dot < 0 {
			return labels > 0 && isTopLabel(s)
		}
		if !isLabel(s[:dot]) {
			return false
		}
		labels++
		s = s[dot+1:]
	}
}

func isLabel(s string) bool {
	runes, edge := 0, false
	for _, r := range s {
		edge = isHostRune(r)
		if !edge && (r != '-' && r != '_' || runes == 0) {
			return false
		}
		if runes++; runes > 64 {
			return false
		}
	}
	return edge
}

// isHostRune is [A-Za-z0-9\u00a1-\uffff].
func isHostRune(r rune) bool {
	if r < utf8.RuneSelf {
		return asciiClass[byte(r)]&(asciiLetter|asciiDigit) != 0
	}
	return 0xA1 <= r && r <= 0xFFFF
}

func isTopLabel(s string) bool {
	runes := 0
	for i := 0; i < len(s); runes++ {
		f, n := decode(s, i)
		if f&isSpLower == 0 || runes == 63 {
			return false
		}
		i += n
	}
	return runes >= 2
}

// isPublicIPv4 matches four octets outside the loopback, private, multicast
// and reserved networks. Digits after an octet's first may be of any script,
// as Python's \d.
func isPublicIPv4(s string) bool {
	if len(s) < 7 || !isDigit(s[0]) {
		return false
	}
	var octet [4]string
	for i := range octet {
		dot := strings.IndexByte(s, '.')
		if (dot < 0) != (i == 3) {
			return false
		}
		if dot < 0 {
			octet[i] = s
			break
		}
		octet[i], s = s[:dot], s[dot+1:]
	}
	switch a, b := octet[0], octet[1]; {
	case a == "10", a == "127", a == "169" && b == "254", a == "192" && b == "168", a == "172" && isPrivate172(b):
		return false
	}
	return isOctet(octet[0], 223, true) && isOctet(octet[1], 255, false) && isOctet(octet[2], 255, false) && isOctet(octet[3], 254, true)
}

// isPrivate172 is 1[6-9]|2\d|3[0-1].
func isPrivate172(b string) bool {
	if len(b) < 2 {
		return false
	}
	switch b[0] {
	case '1':
		return len(b) == 2 && '6' <= b[1] && b[1] <= '9'
	case '2':
		return pyDigits(b[1:]) == 1
	case '3':
		return b == "30" || b == "31"
	}
	return false
}

// isOctet matches a number up to limit (223, 254 or 255), of one to three
// digits; nonzero forbids a leading zero.
func isOctet(s string, limit int, nonzero bool) bool {
	switch n := pyDigits(s); {
	case n < 1 || n > 3:
		return false
	case nonzero && (s[0] < '1' || s[0] > '9'):
		return false
	case n < 3:
		return true
	case s[0] == '1':
		return true
	case s[0] != '2' || len(s) < 2 || !isDigit(s[1]):
		return false
	default:
		tens := int(s[1] - '0')
		full := limit/10%10 - 1 // up to 2<full>9 any last digit will do
		if tens <= full {
			return true
		}
		return tens == full+1 && len(s) == 3 && isDigit(s[2]) && int(s[2]-'0') <= limit%10
	}
}

// pyDigits returns the number of code points of s, or -1 if one is no digit.
func pyDigits(s string) int {
	runes := 0
	for i := 0; i < len(s); runes++ {
		f, n := decode(s, i)
		if f&isPyDigit == 0 {
			return -1
		}
		i += n
	}
	return runes
}
