package language

import (
	"unicode"
	"unicode/utf8"
)

// letters counts the letters of a sample by writing system.
type letters struct {
	byModel    [4]int // by the model's scripts: Latin, Cyrillic, Arabic, Devanagari
	han, kana  int
	byScript   [len(singleScripts)]int
	other, all int // all is weighted
}

// singleScripts are the writing systems that name a language by themselves, or
// nearly so, by share of the web's text.
var singleScripts = [...]struct {
	code  string
	table *unicode.RangeTable
}{
	{"ko", unicode.Hangul}, {"el", unicode.Greek}, {"he", unicode.Hebrew}, {"th", unicode.Thai}, {"hy", unicode.Armenian},
	{"ka", unicode.Georgian}, {"bn", unicode.Bengali}, {"ta", unicode.Tamil}, {"te", unicode.Telugu}, {"gu", unicode.Gujarati},
	{"pa", unicode.Gurmukhi}, {"kn", unicode.Kannada}, {"ml", unicode.Malayalam}, {"si", unicode.Sinhala}, {"km", unicode.Khmer},
	{"lo", unicode.Lao}, {"my", unicode.Myanmar}, {"am", unicode.Ethiopic}, {"or", unicode.Oriya}, {"bo", unicode.Tibetan},
}

// syllableWeight is what a letter of Chinese, Japanese or Korean counts for: a
// word takes two of them where it takes six of an alphabet.
const syllableWeight = 3

// japaneseKana is the least share of kana among the Han and kana of a Japanese
// text, in per cent; running text has about 50.
const japaneseKana = 10

func (l *letters) count(text string) {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c |= 0x20; 'a' <= c && c <= 'z' {
				l.byModel[0]++
				l.all++
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
		case unicode.IsLetter(r):
			l.rare(r)
		}
	}
}

// rare counts a letter that is neither ASCII nor a common Chinese character.
func (l *letters) rare(r rune) {
	for i, s := range [...]*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Arabic, unicode.Devanagari} {
		if unicode.Is(s, r) {
			l.byModel[i]++
			l.all++
			return
		}
	}
	if unicode.In(r, unicode.Hiragana, unicode.Katakana) {
		l.kana++
		l.all += syllableWeight
		return
	}
	if unicode.Is(unicode.Han, r) {
		l.han++
		l.all += syllableWeight
		return
	}
	for i, s := range singleScripts {
		if unicode.Is(s.table, r) {
			l.byScript[i]++
			l.all += weightOf(i)
			return
		}
	}
	l.other++
	l.all++
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
