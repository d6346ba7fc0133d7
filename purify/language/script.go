package language

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// letters counts the letters of a sample by writing system.
type letters struct {
	byModel    [len(listed)]int // by the model's scripts
	han, kana  int
	byScript   [len(singleScripts)]int
	other, all int // all is weighted
	signs      int // of code and tables: see signs
}

// singleScripts are the writing systems that name a language by themselves, or
// nearly so, by share of the web's text.
var singleScripts = [...]struct {
	code  string
	name  string // ISO 15924
	table *unicode.RangeTable
}{
	{"ko", "Kore", unicode.Hangul}, {"el", "Grek", unicode.Greek}, {"th", "Thai", unicode.Thai}, {"hy", "Armn", unicode.Armenian},
	{"ka", "Geor", unicode.Georgian}, {"ta", "Taml", unicode.Tamil}, {"te", "Telu", unicode.Telugu}, {"gu", "Gujr", unicode.Gujarati},
	{"pa", "Guru", unicode.Gurmukhi}, {"kn", "Knda", unicode.Kannada}, {"ml", "Mlym", unicode.Malayalam}, {"si", "Sinh", unicode.Sinhala}, {"km", "Khmr", unicode.Khmer},
	{"lo", "Laoo", unicode.Lao}, {"my", "Mymr", unicode.Myanmar}, {"or", "Orya", unicode.Oriya},
}

// syllableWeight is what a letter of Chinese, Japanese or Korean counts for: a
// word takes two of them where it takes six of an alphabet.
const syllableWeight = 3

// japaneseKana is the least share of kana among the Han and kana of a Japanese
// text, in per cent; running text has about 50.
const japaneseKana = 10

// asciiSigns has 0 for a letter, else 1 and the weight as a sign of code: a digit
// has a third of that of a mark that prose hardly has.
var asciiSigns = func() (t [utf8.RuneSelf]uint8) {
	for c := range t {
		if low := c | 0x20; low < 'a' || low > 'z' {
			t[c] = 1
		}
	}
	for _, c := range []byte("{}()[];=<>_\\|&$#@*+^~`/") {
		t[c] = 4
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = 2
	}
	return t
}()

// Shares of signs among the letters and signs of a window, in per cent: above
// signsOfCode it is of code or numbers, above signsNearCode it may be, among others
// that are.
const (
	signsOfCode   = 12
	signsNearCode = 2
)

// signsAbove tells whether the share of signs is above so many per cent.
func (l *letters) signsAbove(percent int) bool {
	return l.signs*100 > 3*percent*(l.all+l.signs/3)
}

func (l *letters) count(text string) {
	table := kinds()
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if k := asciiSigns[c]; k == 0 {
				l.byModel[0]++
				l.all++
			} else {
				l.signs += int(k - 1)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch {
		case 0x4E00 <= r && r <= 0x9FFF:
			l.han++
			l.all += syllableWeight
		default:
			l.rare(r, table)
		}
	}
}

// Kinds of letters: those of the model's scripts, of singleScripts, and others.
const (
	noLetter = iota
	otherLetter
	hanLetter
	kanaLetter
	firstModel
	firstSingle = firstModel + len(listed)
)

// kindOf returns the kind of a code point.
func kindOf(r rune) int {
	if !unicode.IsLetter(r) {
		return noLetter
	}
	for i, s := range listed {
		if unicode.Is(s.script, r) {
			return firstModel + i
		}
	}
	switch {
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return kanaLetter
	case unicode.Is(unicode.Han, r):
		return hanLetter
	}
	for i, s := range singleScripts {
		if unicode.Is(s.table, r) {
			return firstSingle + i
		}
	}
	return otherLetter
}

// kinds are those of the code points below tableRunes.
var kinds = sync.OnceValue(func() *[tableRunes]uint8 {
	t := new([tableRunes]uint8)
	eachRune(unicode.L, tableRunes, func(r rune) { t[r] = otherLetter })
	set := func(table *unicode.RangeTable, kind int) {
		eachRune(table, tableRunes, func(r rune) {
			if t[r] == otherLetter {
				t[r] = uint8(kind)
			}
		})
	}
	for i, s := range listed {
		set(s.script, firstModel+i)
	}
	for i, s := range singleScripts {
		set(s.table, firstSingle+i)
	}
	return t
})

// eachRune calls f with the code points of a table below an end.
func eachRune(table *unicode.RangeTable, end rune, f func(rune)) {
	for _, x := range table.R16 {
		for r := rune(x.Lo); r <= rune(x.Hi) && r < end; r += rune(x.Stride) {
			f(r)
		}
	}
}

// rare counts a letter that is neither ASCII nor a common Chinese character.
func (l *letters) rare(r rune, table *[tableRunes]uint8) {
	kind := 0
	if r < tableRunes {
		kind = int(table[r])
	} else {
		kind = kindOf(r)
	}
	switch {
	case kind == noLetter:
	case kind >= firstSingle:
		l.byScript[kind-firstSingle]++
		l.all += weightOf(kind - firstSingle)
	case kind >= firstModel:
		l.byModel[kind-firstModel]++
		l.all++
	case kind == hanLetter:
		l.han++
		l.all += syllableWeight
	case kind == kanaLetter:
		l.kana++
		l.all += syllableWeight
	default:
		l.other++
		l.all++
	}
}

// weightOf is the weight of a letter of singleScripts[i].
func weightOf(i int) int {
	if i == 0 { // Hangul
		return syllableWeight
	}
	return 1
}

// direct appends the languages that the scripts alone decide. Their scores are
// shares of the letters.
func (l *letters) direct(dst []Scored) []Scored {
	share := func(n int) float64 { return float64(n) / float64(l.all) }
	if n := l.han + l.kana; n > 0 {
		code := "zh"
		if l.kana*100 >= n*japaneseKana {
			code = "ja"
		}
		dst = append(dst, Scored{code, share(n * syllableWeight)})
	}
	for i, n := range l.byScript {
		if n > 0 {
			dst = append(dst, Scored{singleScripts[i].code, share(n * weightOf(i))})
		}
	}
	return dst
}

// scriptOf returns the ISO 15924 code of the writing system with the most letters.
func scriptOf(text string) string {
	var l letters
	l.count(text)
	switch k := l.leading(); {
	case k < 0:
		return ""
	case k < len(l.byModel):
		return listed[k].name
	case k == len(l.byModel):
		if l.kana*100 >= (l.han+l.kana)*japaneseKana {
			return "Jpan"
		}
		return "Hani"
	case k <= len(l.byModel)+len(l.byScript):
		return singleScripts[k-len(l.byModel)-1].name
	}
	return "Zyyy"
}
