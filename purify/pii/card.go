package pii

import (
	"strconv"
	"strings"
)

// card looks for a bank or payment card: 12 to 19 digits, divided as cards are or not at
// all, of an issuer's range and with the check digit of Luhn. Lengths and ranges that
// other numbers share count with a label alone.
func (s *scan) card(n, total int) bool {
	if total < 12 || total > 19 || !s.wants(kindPaymentCard) && !s.wants(kindCNBankCard) {
		return false
	}
	g := &s.number
	d := g.digits[:total]
	if !luhn(d) || monotone(d) {
		return false
	}
	divided := n > 1
	if divided {
		if sep, ok := g.uniform(n); !ok || sep > sepDash || !cardShape(total, g.bounds(n)) {
			return false
		}
	}
	kind, sure := issuer(d)
	if !sure || !divided && total < 15 {
		if !s.calls(g.starts[0], cardLabels) {
			return false
		}
		if kind == kinds {
			if d[0] < '3' {
				return false
			}
			if kind = kindPaymentCard; total >= 16 && d[0] != '5' { // debit cards of Chinese banks begin with 4, 6, 9
				kind = kindCNBankCard
			}
		}
	} else if (divided && s.inRow(n) || s.calls(g.starts[0], numberLabels)) && !s.calls(g.starts[0], cardLabels) {
		return false
	}
	if !s.wants(kind) {
		return false
	}
	s.emit(kind, g.starts[0], g.ends[n-1])
	return true
}

// inRow reports whether the first n groups stand among numbers of a row: with a space
// before or behind them, but for a month and year behind.
func (s *scan) inRow(n int) bool {
	g, text := &s.number, s.text
	if i := g.starts[0]; i > 1 && text[i-1] == ' ' && isASCII(text[i-2], classDigit) {
		return true
	}
	end := g.ends[n-1]
	return end+1 < len(text) && text[end] == ' ' && isASCII(text[end+1], classDigit) && !(end+3 < len(text) && text[end+3] == '/')
}

// luhn reports whether the last digit is the check digit of the others.
func luhn(d []byte) bool {
	sum := 0
	for i, c := range d {
		v := int(c - '0')
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// monotone reports whether fewer than four digits are in use: no number that was given to
// somebody, but one of an example or a line of zeros.
func monotone(d []byte) bool {
	seen, count := 0, 0
	for _, c := range d {
		if bit := 1 << (c - '0'); seen&bit == 0 {
			seen |= bit
			count++
		}
	}
	return count < 3 && string(d) != "4111111111111111"
}

// cardShape reports whether a card's digits are divided as they are printed.
func cardShape(total int, bounds uint32) bool {
	const fours = 1<<4 | 1<<8 | 1<<12 | 1<<16
	switch total {
	case 14, 15:
		return bounds == 1<<4|1<<10
	case 13:
		return bounds == 1<<4|1<<7|1<<10 || bounds == fours&(1<<total-1)
	}
	return bounds == fours&(1<<total-1) || total == 19 && (bounds == 1<<6 || bounds == 1<<4|1<<8|1<<12|1<<15)
}

// issuer returns the kind of card that a number begins like, kinds if none, and
// whether its length is one of the issuer's.
func issuer(d []byte) (kind, bool) {
	prefix, _ := strconv.Atoi(string(d[:6]))
	in := func(low, high, digits int) bool {
		p := prefix
		for range 6 - digits {
			p /= 10
		}
		return p >= low && p <= high
	}
	n := len(d)
	switch {
	case in(62, 62, 2), in(81, 81, 2):
		return kindCNBankCard, n >= 16
	case in(4, 4, 1):
		return kindPaymentCard, n == 13 || n == 16 || n == 19
	case in(51, 55, 2), in(2221, 2720, 4):
		return kindPaymentCard, n == 16
	case in(34, 34, 2), in(37, 37, 2), in(2131, 2131, 4), in(1800, 1800, 4):
		return kindPaymentCard, n == 15
	case in(6011, 6011, 4), in(644, 649, 3), in(65, 65, 2), in(3528, 3589, 4), in(2200, 2204, 4), in(60, 60, 2):
		return kindPaymentCard, n >= 16 && n <= 19
	case in(300, 305, 3), in(3095, 3095, 4), in(36, 36, 2), in(38, 39, 2):
		return kindPaymentCard, n >= 14 && n <= 19
	case in(5018, 5018, 4), in(5020, 5020, 4), in(5038, 5038, 4), in(5893, 5893, 4), in(6304, 6304, 4), in(6759, 6759, 4), in(6761, 6763, 4):
		return kindPaymentCard, n >= 13 && n <= 19
	}
	return kinds, false
}

// ibanLengths are the lengths of the account numbers of a country: the registry of
// SWIFT, release 99.
var ibanLengths = func() map[string]int {
	m := map[string]int{}
	for entry := range strings.FieldsSeq("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 " +
		"FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 " +
		"MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30") {
		m[entry[:2]], _ = strconv.Atoi(entry[2:])
	}
	return m
}()

// iban looks for an account number whose country begins at text[start]: of the country's
// length, in one piece or in groups of four, and right modulo 97 (ISO 13616). It returns
// its end, else 0.
func (s *scan) iban(start int) int {
	text := s.text
	want := ibanLengths[text[start:start+2]]
	if want == 0 || start > 0 && (isASCII(text[start-1], classLetter|classDigit) || text[start-1] == '_') {
		return 0
	}
	rest, got, i := 0, 0, start
	head := 0 // the first four characters, which count last
	for got < want && i < len(text) {
		c := text[i]
		if got > 0 && got%4 == 0 && (c == ' ' || c == '-') {
			if i++; i == len(text) {
				return 0
			}
			c = text[i]
		}
		var v int
		switch {
		case isASCII(c, classDigit):
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		default:
			return 0
		}
		if got < 2 && v < 10 || got >= 2 && got < 4 && v > 9 {
			return 0
		}
		if got < 4 {
			head = shiftMod97(head, v)
		} else {
			rest = shiftMod97(rest, v)
		}
		got++
		i++
	}
	// 12 digits: two letters and two digits of the head.
	if got < want || (rest*(1_000_000%97)+head)%97 != 1 || !freeAfter(text, i) || strings.HasPrefix(text[i:], "-") && i+1 < len(text) && isASCII(text[i+1], classDigit) {
		return 0
	}
	s.emit(kindIBAN, start, i)
	return i
}

func shiftMod97(x, v int) int {
	if v > 9 {
		return (x*100 + v) % 97
	}
	return (x*10 + v) % 97
}
