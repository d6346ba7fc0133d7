package pii

import (
	"strings"
	"unicode/utf8"
)

// kind is a kind of personal data or secret.
type kind uint8

const (
	kindEmail kind = iota
	kindIPv4
	kindIPv6
	kindPhone
	kindCNID
	kindCNBankCard
	kindPaymentCard
	kindIBAN
	kindMAC
	kindUSSSN
	kindAPIKey
	kindJWT
	kindPrivateKey
	kindConnection
	kinds
)

// kindNames are the names of the kinds in settings, columns, rules and placeholders.
var kindNames = [kinds]string{"email", "ipv4", "ipv6", "phone", "cn_id", "cn_bank_card", "payment_card", "iban", "mac", "us_ssn",
	"api_key", "jwt", "private_key", "connection_string"}

// hit is a match. code is the calling code of a phone number that the match is
// without.
type hit struct {
	start, end int
	kind       kind
	code       string
}

// scan looks for all kinds in one pass: a table says which bytes may belong to a
// match, and what stands around them is looked at once. It is scratch of one caller.
type scan struct {
	kinds  uint32 // a bit for each kind that is looked for
	phones *phoneBook

	text  string
	hits  []hit
	lines lineNumbers

	mailFloor, dotFloor, hexFloor int // what was looked at already, by kind
	lastPhone                     int // end of the last labelled phone number
	number                        numberGroups

	folded []byte // the text with full-width digits and letters as ASCII
	folds  []int  // where in folded they were
}

func (s *scan) wants(k kind) bool { return s.kinds>>k&1 != 0 }

func (s *scan) wantsAny(kinds ...kind) bool {
	for _, k := range kinds {
		if s.wants(k) {
			return true
		}
	}
	return false
}

func (s *scan) emit(kind kind, start, end int) {
	s.hits = append(s.hits, hit{start: start, end: end, kind: kind})
}

// What a byte may begin or belong to.
const (
	trigNone = iota
	trigDigit
	trigAt
	trigColon
	trigDot
	trigDash
	trigLow
	trigEqual
	trigWide
)

var triggers = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = trigDigit
	}
	t['@'], t[':'], t['.'], t['-'], t['_'], t['='], t[0xEF] = trigAt, trigColon, trigDot, trigDash, trigLow, trigEqual, trigWide
	return t
}()

// find sets hits, in no order and perhaps one within the other.
func (s *scan) find(text string) {
	s.begin(text)
	if s.scan(false) {
		return
	}
	s.fold(text)
	s.begin(string(s.folded))
	s.scan(true)
	for i := range s.hits {
		h := &s.hits[i]
		h.start, h.end = s.unfold(h.start), s.unfold(h.end)
	}
}

func (s *scan) begin(text string) {
	s.text, s.hits, s.lines = text, s.hits[:0], lineNumbers{}
	s.mailFloor, s.dotFloor, s.hexFloor, s.lastPhone = 0, 0, 0, -1
}

// scan goes through the text. It returns false where it meets full-width digits or @,
// which are to be folded first.
func (s *scan) scan(folded bool) bool {
	text := s.text
	for i := 0; i < len(text); {
		for i+8 <= len(text) {
			b := text[i : i+8]
			if triggers[b[0]]|triggers[b[1]]|triggers[b[2]]|triggers[b[3]]|triggers[b[4]]|triggers[b[5]]|triggers[b[6]]|triggers[b[7]] != 0 {
				break
			}
			i += 8
		}
		for i < len(text) && triggers[text[i]] == trigNone {
			i++
		}
		if i == len(text) {
			break
		}
		trigger := triggers[text[i]]
		next := i + 1
		switch trigger {
		case trigDigit:
			next = s.digits(i)
		case trigAt:
			if s.wants(kindEmail) {
				next = s.email(i)
			}
		case trigColon:
			next = s.colon(i)
		case trigDot:
			next = s.dot(i)
		case trigDash:
			next = s.dash(i)
		case trigLow:
			next = s.secretAt(i)
		case trigEqual:
			next = s.assigned(i)
		case trigWide:
			if !folded && isWide(text[i:]) {
				return false
			}
		}
		i = max(next, i+1)
	}
	return true
}

// isWide reports whether a text begins with a full-width digit or @.
func isWide(s string) bool {
	return len(s) >= 3 && s[1] == 0xBC && (s[2] >= 0x90 && s[2] <= 0x99 || s[2] == 0xA0)
}

// fold makes folded: full-width digits, letters and the marks of addresses and numbers
// as ASCII, all else as it is.
func (s *scan) fold(text string) {
	s.folded, s.folds = s.folded[:0], s.folds[:0]
	for i := 0; i < len(text); {
		j := strings.IndexByte(text[i:], 0xEF)
		if j < 0 {
			s.folded = append(s.folded, text[i:]...)
			return
		}
		s.folded = append(s.folded, text[i:i+j]...)
		i += j
		r, n := utf8.DecodeRuneInString(text[i:])
		if c := r - 0xFEE0; n == 3 && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '@' || c == '.' || c == '-' || c == '_' || c == '+') {
			s.folds = append(s.folds, len(s.folded))
			s.folded = append(s.folded, byte(c))
		} else {
			s.folded = append(s.folded, text[i:i+n]...)
		}
		i += n
	}
}

// unfold is the place in the text of a place in folded.
func (s *scan) unfold(at int) int {
	lo, hi := 0, len(s.folds)
	for lo < hi {
		if m := (lo + hi) / 2; s.folds[m] < at {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return at + 2*lo
}

// match is the text of a hit, its full-width characters as ASCII.
func (s *scan) match(text string, h hit) string {
	match := text[h.start:h.end]
	if len(s.folds) == 0 || strings.IndexByte(match, 0xEF) < 0 {
		return match
	}
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFEE0
		}
		return r
	}, match)
}

// end gives up what must not be kept alive, and scratch that one large text made grow.
func (s *scan) end() {
	s.text, s.lines = "", lineNumbers{}
	s.hits, s.folded, s.folds = trimmed(s.hits), trimmed(s.folded), trimmed(s.folds)
	s.number.text = ""
}

// colon looks at what a colon may belong to.
func (s *scan) colon(i int) int {
	if strings.HasPrefix(s.text[i:], "://") {
		if s.wants(kindConnection) {
			return s.connection(i)
		}
		return i + 3
	}
	if i >= s.hexFloor {
		if next := s.hexAddress(i); next > i {
			return next
		}
	}
	return s.assigned(i)
}

// dot looks at what a dot behind something else than a number may belong to.
func (s *scan) dot(i int) int {
	if s.wants(kindMAC) && isHexQuad(s.text, i-4) {
		if next := s.dottedMAC(i - 4); next > i {
			return next
		}
	}
	return s.tokenDot(i)
}

// dash looks at what a dash may belong to.
func (s *scan) dash(i int) int {
	if strings.HasPrefix(s.text[i:], "-----BEGIN ") {
		if next := s.privateKey(i); next > i {
			return next
		}
	}
	if s.wants(kindMAC) && i >= 2 {
		if next := s.dashedMAC(i - 2); next > i {
			return next
		}
	}
	return s.secretAt(i)
}

// idleMax is what is kept of scratch between documents, in elements.
const idleMax = 1 << 18

// trimmed is scratch as it is kept: what is much larger than it had to be goes.
func trimmed[T any](s []T) []T {
	if cap(s) > max(2*len(s), idleMax) {
		return nil
	}
	return s
}
