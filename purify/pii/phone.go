package pii

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// territory is what libphonenumber knows of the numbers of a country or the like.
type territory struct {
	id      string // ISO 3166, small; 001 for services of all countries
	code    string // calling code
	trunk   string // what national calls dial first: 0, 8 or nothing
	lengths uint32 // a bit for each number of digits that a national number can have
	pattern string // of valid national numbers
	shapes  string // lengths of the groups that they are written in: "3-3-4 3-4"
}

// phoneArea is a territory, ready to match.
type phoneArea struct {
	*territory
	valid  *digitMachine
	shapes [maxGroupDigits + 1][]uint32 // bounds of the groups, by the number of digits
	zero   bool                         // numbers begin with a 0 that stays behind the calling code
}

// matches reports whether digits are a valid national number.
func (a *phoneArea) matches(digits []byte) bool { return a.valid.matches(digits) }

// mayBe reports whether a national number, with its trunk prefix or without, can have as
// many digits.
func (t *territory) mayBe(digits []byte) bool {
	n := len(digits)
	return t.lengths>>n&1 != 0 || t.trunk != "" && n > len(t.trunk) && string(digits[:len(t.trunk)]) == t.trunk && t.lengths>>(n-len(t.trunk))&1 != 0
}

// divides reports whether a number of so many digits is divided as the area does: groups
// of it may stand together, but none is broken.
func (a *phoneArea) divides(digits int, bounds uint32) bool {
	for _, shape := range a.shapes[digits] {
		if bounds&^shape == 0 {
			return true
		}
	}
	return false
}

// phoneBook are the areas whose numbers are found where they are written as in the
// country itself: the first that has such a number is taken for its country. Numbers with
// a calling code are found of all.
type phoneBook struct {
	areas []*phoneArea
	china bool
}

// worldAreas are the larger countries by inhabitants or by pages.
const worldAreas = "cn us ca gb de fr it es pt nl be ch at pl cz se no dk fi ie gr ro hu ua ru tr il sa ae eg za ng ke in pk bd id my sg th vn ph jp kr tw hk mo au nz br mx ar cl co pe"

// phoneAreas reads the setting: nil for off.
func phoneAreas(setting string) ([]string, error) {
	switch setting {
	case "off":
		return nil, nil
	case "world":
		return strings.Fields(worldAreas), nil
	}
	var list []string
	for id := range strings.FieldsFuncSeq(setting, func(r rune) bool { return r == ',' || r == ' ' }) {
		id = strings.ToLower(id)
		if !slices.ContainsFunc(territories[:], func(t territory) bool { return t.id == id }) {
			return nil, fmt.Errorf("phones: %q: want off, world, or ISO codes of countries, such as cn,us", setting)
		}
		list = append(list, id)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("phones: want off, world, or ISO codes of countries, such as cn,us")
	}
	return list, nil
}

// openedAreas has every territory that somebody asked for: patterns are compiled once.
var openedAreas [len(territories)]struct {
	once sync.Once
	area *phoneArea
}

func openArea(i int) *phoneArea {
	o := &openedAreas[i]
	o.once.Do(func() {
		t := &territories[i]
		valid, err := newDigitMachine(t.pattern)
		if err != nil {
			panic(fmt.Sprintf("the table of phone numbers, %s: %v", t.id, err)) // a wrong table: caught by the first test
		}
		a := &phoneArea{territory: t, valid: valid, zero: t.code == "39"}
		for shape := range strings.FieldsSeq(t.shapes) {
			total, bounds := 0, uint32(0)
			for group := range strings.SplitSeq(shape, "-") {
				n, _ := strconv.Atoi(group)
				total += n
				bounds |= 1 << total
			}
			a.shapes[total] = append(a.shapes[total], bounds&^(1<<total))
		}
		o.area = a
	})
	return o.area
}

func newPhoneBook(ids []string) *phoneBook {
	b := &phoneBook{}
	for _, id := range ids {
		i := slices.IndexFunc(territories[:], func(t territory) bool { return t.id == id })
		b.areas = append(b.areas, openArea(i))
		b.china = b.china || id == "cn"
	}
	return b
}

const (
	minPhoneDigits = 7
	maxPhoneDigits = 15 // E.164, without the calling code's 00
)

// phone tries the groups that were read as a phone number, longest first. It returns the
// end of a match, else 0.
func (s *scan) phone(i int) int {
	g := &s.number
	plus := i > 0 && s.text[i-1] == '+' && (i == 1 || !isASCII(s.text[i-2], classDigit|classLetter))
	labelled := false
	asked := false
	for n := g.n; n > 0; n-- {
		total, end := g.upTo[n-1], g.ends[n-1]
		if total < minPhoneDigits {
			break
		}
		if total > maxPhoneDigits+2 || !s.ends(end) || !freeAfter(s.text, end) {
			continue
		}
		if !asked {
			labelled, asked = s.calls(i, phoneLabels) || s.listed(i), true
		}
		if code, skip := s.international(n, plus, labelled); code != "" {
			return s.emitPhone(n, code, skip, plus, true)
		}
		if plus {
			continue
		}
		if code := s.national(n, labelled); code != "" {
			return s.emitPhone(n, code, 0, false, labelled)
		}
	}
	return 0
}

// listed reports whether a number stands in a list behind one that is called a phone
// number.
func (s *scan) listed(i int) bool {
	if s.lastPhone < 0 || i-s.lastPhone > 8 {
		return false
	}
	between := strings.Trim(s.text[s.lastPhone:i], " ,/;|、，；+()")
	return between == "" || between == "or" || between == "and" || between == "或" || between == "和" || between == "&"
}

// emitPhone takes the first n groups. The calling code of a Chinese number stays in the
// text: skip is the number of its digits.
func (s *scan) emitPhone(n int, code string, skip int, plus, listed bool) int {
	g := &s.number
	start, end := g.starts[0], g.ends[n-1]
	switch {
	case code == "86" && skip > 0:
		for i := range n {
			if before := g.upTo[i] - (g.ends[i] - g.starts[i]); g.upTo[i] > skip {
				start = g.starts[i] + max(0, skip-before)
				break
			}
		}
	case plus:
		start--
		code = ""
	case skip > 0:
		code = ""
	}
	if start > 0 && s.text[start-1] == '(' && strings.Contains(s.text[start:end], ")") {
		start--
	}
	if listed {
		s.lastPhone = end
	}
	s.hits = append(s.hits, hit{start: start, end: end, kind: kindPhone, code: code})
	return end
}

// international returns the calling code of the first n groups, "" if they are no number
// with one, and how many digits it takes. It stands behind + or 00, or where a Chinese
// mobile number or a label follows it without.
func (s *scan) international(n int, plus, labelled bool) (code string, digits int) {
	g := &s.number
	d := g.digits[:g.upTo[n-1]]
	zeros := 0
	switch {
	case plus:
	case d[0] == '0' && d[1] == '0' && (labelled || n > 1 || s.phones.china && strings.HasPrefix(string(d), "0086")):
		zeros = 2
	case labelled && n > 1, s.phones.china && n == 1 && len(d) == 13 && string(d[:2]) == "86" && isMobileCN(d[2:]) && !s.calls(g.starts[0], numberLabels):
	default:
		return "", 0
	}
	d = d[zeros:]
	if len(d) > maxPhoneDigits {
		return "", 0
	}
	if !plus && zeros == 0 && string(d[:2]) != "86" && g.ends[0]-g.starts[0] > 3 {
		return "", 0
	}
	possible := ""
	for i := range territories {
		t := &territories[i]
		if len(t.code) >= len(d) || string(d[:len(t.code)]) != t.code || !plus && zeros == 0 && n > 1 && g.upTo[0] != len(t.code) {
			continue
		}
		rest := d[len(t.code):]
		if len(rest) < minPhoneDigits-1 {
			continue
		}
		a := openArea(i)
		if a.matches(rest) || t.trunk != "" && strings.HasPrefix(string(rest), t.trunk) && a.matches(rest[len(t.trunk):]) {
			return t.code, zeros + len(t.code)
		}
		// Not given to anybody yet, or made up: with a + it is a number all the same.
		if (plus || labelled || zeros == 2 && n > 2) && t.mayBe(rest) && (labelled || n > 1 && len(rest) > minPhoneDigits || len(rest) > 9) {
			possible = t.code
		}
	}
	if possible == "" {
		return "", 0
	}
	return possible, zeros + len(possible)
}

func isMobileCN(d []byte) bool { return len(d) == 11 && d[0] == '1' && d[1] >= '3' }

// national returns the calling code of the country of the first n groups, "" if they are
// a number of none.
func (s *scan) national(n int, labelled bool) string {
	g := &s.number
	d, bounds := g.digits[:g.upTo[n-1]], g.bounds(n)
	if s.phones.china && isMobileCN(d) && s.mobileCN(n, bounds, labelled) {
		return "86"
	}
	if len(d) > 14 || !labelled && (n == 1 || s.unlike(n) || s.calls(g.starts[0], numberLabels)) {
		return ""
	}
	paren := g.starts[0] > 0 && s.text[g.starts[0]-1] == '(' && n > 1 && g.seps[1] == sepParen && g.upTo[0] < 5
	sep := g.seps[min(1, n-1)]
	for _, usual := range [...]bool{true, false} { // first as it is usually written
		for _, a := range s.phones.areas {
			if (usual || labelled) && a.nationalIn(d, bounds, n, !usual, paren, sep) {
				return a.code
			}
		}
	}
	if labelled && !s.isDate(n) && len(d) > minPhoneDigits {
		for _, a := range s.phones.areas {
			if a.mayBe(d) {
				return a.code
			}
		}
	}
	if labelled && s.phones.china && len(d) <= 8 && d[0] >= '2' && d[0] <= '8' && (n == 1 || bounds == 1<<4 || bounds == 1<<3) {
		return "86" // a subscriber's number, without its area code
	}
	return ""
}

// nationalIn reports whether digits are a number of the area as it is written there.
// Without a label it is divided as usual, and has the trunk prefix or an area code in
// parentheses where there are such.
func (a *phoneArea) nationalIn(d []byte, bounds uint32, n int, labelled, paren bool, sep uint8) bool {
	if !labelled && !a.divides(len(d), bounds) && (a.trunk == "" || len(d) <= len(a.trunk) || !a.divides(len(d)-len(a.trunk), bounds>>len(a.trunk)&^1)) {
		return false
	}
	rest, inner, trunk := d, bounds, false
	if a.trunk != "" && len(d) > len(a.trunk) && string(d[:len(a.trunk)]) == a.trunk {
		if r := d[len(a.trunk):]; a.matches(r) {
			rest, inner, trunk = r, bounds>>len(a.trunk)&^1, true
		}
	}
	if nanp := a.code == "1" && len(rest) >= 10 && rest[len(rest)-10] >= '2' && rest[len(rest)-7] >= '2'; nanp && !trunk && len(rest) == 11 && rest[0] == '1' {
		rest, inner, trunk = rest[1:], bounds>>1&^1, true
	} else if !trunk && !a.matches(rest) && !(nanp && len(rest) == 10) {
		return false
	}
	if labelled {
		return len(d) >= 8 || n > 1
	}
	if bounds>>len(a.trunk)&1 != 0 && trunk && a.code != "1" && a.code != "7" || inner == 0 || !a.divides(len(rest), inner) {
		return false
	}
	switch {
	case a.code == "1":
		return len(rest) == 10 && inner == 1<<3|1<<6
	case a.code == "86" && !trunk:
		return sep == sepDash && inner == 1<<3|1<<6 && (rest[0] == '4' || rest[0] == '8') && rest[1] == '0' && rest[2] == '0'
	}
	return len(d) >= 9 && (trunk || paren || a.zero && d[0] == '0')
}

// mobileCN reports whether 11 digits of a Chinese mobile number's range are one: alone, or
// divided 3-4-4 by equal separators.
func (s *scan) mobileCN(n int, bounds uint32, labelled bool) bool {
	g := &s.number
	if labelled {
		return true
	}
	if n > 1 {
		if sep, ok := g.uniform(n); !ok || bounds != 1<<3|1<<7 || sep > sepDash {
			return false
		}
	}
	return !s.calls(g.starts[0], numberLabels)
}

// unlike reports whether the groups have the form of something else: a decimal, a date, a
// number divided by thousands, or separators of several kinds.
func (s *scan) unlike(n int) bool {
	g := &s.number
	size := func(i int) int { return g.ends[i] - g.starts[i] }
	from := 1
	if g.seps[1] == sepParen || g.seps[1] == sepSlash {
		from = 2
	}
	for i := from; i < n; i++ {
		if g.seps[i] != g.seps[min(from, n-1)] || g.seps[i] >= sepSlash {
			return true
		}
	}
	if n == 2 && g.seps[1] == sepDot || g.seps[1] == sepSlash && (size(0) < 3 || g.upTo[n-1]-size(0) < 5) {
		return true
	}
	if s.isDate(n) {
		return true
	}
	thousands := g.seps[1] == sepSpace && size(0) <= 3 && g.digits[0] != '0'
	for i := 1; i < n; i++ {
		thousands = thousands && size(i) == 3
	}
	if thousands {
		return true
	}
	// Numbers of a table or of a list go on with a space.
	start, end := g.starts[0], g.ends[n-1]
	if g.seps[n-1] == sepSpace {
		if end+1 < len(s.text) && s.text[end] == ' ' && isASCII(s.text[end+1], classDigit) {
			return true
		}
		if start > 1 && s.text[start-1] == ' ' && isASCII(s.text[start-2], classDigit) {
			return true
		}
	}
	return false
}

// isDate reports whether the first n groups are a day: 2024-05-17, 17.05.2024, 20240517.
func (s *scan) isDate(n int) bool {
	g := &s.number
	size := func(i int) int { return g.ends[i] - g.starts[i] }
	switch n {
	case 1:
		return g.upTo[0] == 8 && validBirth(g.digits[:8])
	case 3:
		return size(2) == 4 && size(0) <= 2 && size(1) <= 2 || size(0) == 4 && size(1) <= 2 && size(2) <= 2
	}
	return false
}

// trunkOf is the trunk prefix of the main territory of a calling code.
func trunkOf(code string) string {
	for i := range territories {
		if territories[i].code == code {
			return territories[i].trunk
		}
	}
	return ""
}
