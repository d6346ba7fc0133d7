package pii

import "strings"

const (
	maxGroups      = 10 // runs of digits that a number can be divided into
	maxGroupDigits = 24 // digits of a number
)

// Separators between the groups of digits of a number.
const (
	sepSpace = iota
	sepDash
	sepDot
	sepSlash
	sepParen // with a parenthesis
)

// numberGroups is a number as it is written: runs of digits with one separator each
// between them.
type numberGroups struct {
	text   string
	n      int
	starts [maxGroups]int
	ends   [maxGroups]int
	seps   [maxGroups]uint8 // before the group
	upTo   [maxGroups]int   // digits up to the end of the group
	digits [maxGroupDigits]byte
}

// read takes the groups from start, a digit, on.
func (g *numberGroups) read(text string, start int) {
	g.text, g.n = text, 0
	at, total := start, 0
	sep := uint8(0)
	for g.n < maxGroups {
		end := at
		for end < len(text) && isASCII(text[end], classDigit) {
			end++
		}
		if total+end-at > maxGroupDigits {
			if g.n == 0 { // the first is always there, for where it ends
				g.starts[0], g.ends[0], g.upTo[0], g.n = at, end, maxGroupDigits+1, 1
			}
			return
		}
		total += copy(g.digits[total:], text[at:end])
		g.starts[g.n], g.ends[g.n], g.seps[g.n], g.upTo[g.n] = at, end, sep, total
		g.n++
		if at, sep = separator(text, end); at == 0 {
			return
		}
	}
}

// separator returns where the next group of digits begins behind text[end], 0 if none
// belongs to the number.
func separator(text string, end int) (next int, kind uint8) {
	s := text[end:min(len(text), end+6)]
	rest := s
	kind = sepSpace
	paren := false
	if strings.HasPrefix(rest, ")") {
		rest, paren = rest[1:], true
	}
	switch {
	case rest == "":
		return 0, 0
	case strings.HasPrefix(rest, " - "):
		rest, kind = rest[3:], sepDash
	case rest[0] == ' ':
		rest = rest[1:]
	case rest[0] == '-':
		rest, kind = rest[1:], sepDash
	case rest[0] == '.':
		rest, kind = rest[1:], sepDot
	case rest[0] == '/':
		rest, kind = rest[1:], sepSlash
	case strings.HasPrefix(rest, "\u00a0"):
		rest = rest[2:]
	case strings.HasPrefix(rest, "\u202f"), strings.HasPrefix(rest, "\u3000"):
		rest = rest[3:]
	case len(rest) > 2 && rest[0] == 0xE2 && rest[1] == 0x80 && rest[2] >= 0x90 && rest[2] <= 0x95:
		rest, kind = rest[3:], sepDash
	default:
		if !paren && rest[0] != '(' {
			return 0, 0
		}
	}
	if !paren && strings.HasPrefix(rest, "(") {
		rest, paren = rest[1:], true
	}
	if rest == "" || !isASCII(rest[0], classDigit) {
		return 0, 0
	}
	if paren {
		kind = sepParen
	}
	return end + len(s) - len(rest), kind
}

// bounds are the places between digits where the first n groups are divided, a bit each:
// bit 3 is behind the third digit.
func (g *numberGroups) bounds(n int) (b uint32) {
	for i := range n - 1 {
		b |= 1 << g.upTo[i]
	}
	return b
}

// uniform reports whether the groups up to n have equal separators, which is sep.
func (g *numberGroups) uniform(n int) (sep uint8, ok bool) {
	for i := 1; i < n; i++ {
		if g.seps[i] != g.seps[1] {
			return 0, false
		}
	}
	return g.seps[min(1, n-1)], true
}

// digits looks at the number that begins at text[i], a digit behind none. It returns
// where to go on.
func (s *scan) digits(i int) int {
	text := s.text
	end := i + 1
	for end < len(text) && isASCII(text[end], classDigit) {
		end++
	}
	if end < len(text) && text[end] == '.' && end+1 < len(text) && isASCII(text[end+1], classDigit) && s.wants(kindIPv4) && i >= s.dotFloor {
		if next := s.dotted(end); next > 0 {
			return next
		}
	}
	if i > 0 && (isASCII(text[i-1], classLetter) || text[i-1] == '_') {
		return s.alnum(i, end)
	}
	if end-i < 2 && !(end < len(text) && text[end]|0x20 >= 'a' && text[end]|0x20 <= 'f') && !s.mayGroup(end) {
		return end
	}
	if next := s.numberAt(i); next > i {
		return next
	}
	if end < len(text) && isASCII(text[end], classLetter) {
		return s.alnum(i, end)
	}
	return end
}

// mayGroup reports whether a group of digits may follow text[:end].
func (s *scan) mayGroup(end int) bool {
	next, _ := separator(s.text, end)
	return next > 0
}

// numberAt tries the kinds of numbers at text[i]. It returns the end of a match, else 0.
func (s *scan) numberAt(i int) int {
	g := &s.number
	g.read(s.text, i)
	if g.upTo[g.n-1] < minNumberDigits {
		return 0
	}
	if !s.begins(i) {
		return 0
	}
	for n := g.n; n > 0; n-- {
		total, end := g.upTo[n-1], g.ends[n-1]
		if total < minNumberDigits {
			break
		}
		if total > maxGroupDigits || !s.ends(end) {
			continue
		}
		if next := s.idCN(n, total, end); next > 0 {
			return next
		}
		if !freeAfter(s.text, end) || end < len(s.text) && s.text[end] == '%' {
			continue
		}
		if s.card(n, total) || s.ssn(n, total) {
			return end
		}
	}
	if s.wants(kindPhone) {
		return s.phone(i)
	}
	return 0
}

// minNumberDigits is the least number of digits of what is looked for.
const minNumberDigits = 7

// begins reports whether a number may begin at text[i]: it is not the rest of one, of a
// word, of an amount of money or of an address of the web.
func (s *scan) begins(i int) bool {
	text := s.text
	if !freeBefore(text, i) {
		return false
	}
	if i == 0 {
		return true
	}
	prev := byte(' ')
	if i > 1 {
		prev = text[i-2]
	}
	switch c := text[i-1]; c {
	case '-':
		return !isASCII(prev, classDigit|classLetter) || s.lastPhone == i-1 || callingCodeBefore(text, i)
	case ',', ':':
		return !isASCII(prev, classDigit) || c == ',' && s.lastPhone == i-1
	case '/':
		return !isASCII(prev, classLetter) && prev != '/' && prev != '.' && prev != '_' && prev != '-' || s.lastPhone == i-1 || isPhoneLink(text[:i])
	case '=', '&', '?':
		return !isASCII(prev, classLetter|classDigit) || s.calls(i, phoneLabels)
	case '$', '#', '@', '\\', '~', '^', '*', '%', '<', '>':
		return c == '*' || c == '>' || c == '<' || c == '~'
	}
	return !hasAnySuffix(text[:i], "€", "£", "¥", "￥", "₹", "₽", "₩", "№", "US$", "$ ", "€ ", "£ ", "¥ ", "￥ ", "₹ ", "₽ ", "₩ ", "RMB", "USD ", "EUR ", "CNY ", "Rs. ", "Rs ")
}

// callingCodeBefore reports whether a dash follows a calling code, as in +86-.
func callingCodeBefore(text string, i int) bool {
	j := i - 1
	for j > 0 && i-j < 5 && isASCII(text[j-1], classDigit) {
		j--
	}
	return j > 0 && text[j-1] == '+'
}

// isPhoneLink reports whether a text ends in the beginning of a link to a phone number.
func isPhoneLink(before string) bool {
	return hasAnySuffix(before, "wa.me/", "tel:/", "tel://", "sms:/")
}

// ends reports whether a number may end at text[end]: no further group follows by a dash
// or dot, no @ and no currency.
func (s *scan) ends(end int) bool {
	text := s.text
	if end == len(text) {
		return true
	}
	next := byte(' ')
	if end+1 < len(text) {
		next = text[end+1]
	}
	switch text[end] {
	case '-', '/', ':':
		return !isASCII(next, classDigit|classLetter)
	case '.', ',':
		return !isASCII(next, classDigit)
	case '@', '$', '%', '=':
		return false
	case ' ':
		return !hasAnyPrefix(text[end+1:], "USD", "EUR", "GBP", "CNY", "RMB", "INR", "JPY", "€", "$", "£", "¥", "元", "yuan", "dollars", "euros", "%", "bytes", "rows", "kg", "km", "views", "people", "reviews", "ratings")
	}
	return !hasAnyPrefix(text[end:], "元", "€", "£", "¥", "₽", "₩", "円", "圓", "万", "萬", "亿", "億", "人", "次", "个", "個", "件", "吨", "％", "℃", "°", "美元", "港元", "欧元", "日元", "名", "册", "股", "斤", "克", "米")
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// ssn looks for a US social security number: three groups, or nine digits, only where
// the text calls it so.
func (s *scan) ssn(n, total int) bool {
	g := &s.number
	if !s.wants(kindUSSSN) || total != 9 {
		return false
	}
	if n == 3 {
		if _, ok := g.uniform(n); !ok || g.upTo[0] != 3 || g.upTo[1] != 5 || g.seps[1] > sepDash {
			return false
		}
	} else if n != 1 {
		return false
	}
	d := g.digits[:total]
	area := string(d[:3])
	if area == "000" || area == "666" || d[0] == '9' || string(d[3:5]) == "00" || string(d[5:9]) == "0000" || !s.calls(g.starts[0], ssnLabels) {
		return false
	}
	s.emit(kindUSSSN, g.starts[0], g.ends[n-1])
	return true
}
