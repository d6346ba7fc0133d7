package charset

import (
	"strings"
	"sync"
	"unicode"

	"github.com/corpusmill/corpusmill/transform/html/token"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	xtransform "golang.org/x/text/transform"
)

const (
	maxLanguages  = 64
	commonTraits  = "的一是不了在有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運"
	kanaWeight    = 9
	commonWeight  = 14
	rareHan       = -3
	strangeSign   = -4
	signWeight    = 2
	strangeSymbol = -8
	garbage       = -30

	firstCommon = 0x3400 // Han and Hangul lie from here
	endCommon   = 0xd7b0 // up to here
	pairRunes   = 0x2000 // the letters of the pair tables lie below this
)

type langWeight struct {
	lang   uint8
	weight int8
}

// charsetStats are the detector's read-only tables.
type charsetStats struct {
	numbers [pairRunes]uint16 // a letter's number in the pair tables, 0 for none
	letters int               // one more than the largest number
	pairs   []uint16          // by the numbers of two letters, the place in lists
	lists   [][]langWeight    // what a pair is worth by language; the first one is empty
	common  [endCommon - firstCommon]int8

	encodings []encoding.Encoding               // of the candidates
	bytes     map[*charmap.Charmap]*[256]letter // of those with one byte a character
}

var charsetTables = sync.OnceValue(func() *charsetStats {
	t := &charsetStats{letters: 1, lists: make([][]langWeight, 1)}
	t.addPairs()
	for _, list := range []string{commonTraits, commonHan, commonHanJapanese, commonHangul} {
		n := 0
		for _, r := range list {
			w := int8(commonWeight)
			if n > 200 {
				w = commonWeight / 2
			}
			t.common[r-firstCommon] = max(t.common[r-firstCommon], w)
			n++
		}
	}
	t.bytes = make(map[*charmap.Charmap]*[256]letter)
	for _, c := range candidates {
		enc := encodingOf(c.name)
		t.encodings = append(t.encodings, enc)
		if m, ok := enc.(*charmap.Charmap); ok {
			table := new([256]letter)
			for i := range table {
				table[i] = t.letterOf(m.DecodeByte(byte(i)))
			}
			t.bytes[m] = table
		}
	}
	return t
})

// addPairs fills the tables of letter pairs.
func (t *charsetStats) addPairs() {
	number := func(r rune) int {
		if t.numbers[r] == 0 {
			t.numbers[r] = uint16(t.letters)
			t.letters++
		}
		return int(t.numbers[r])
	}
	for _, s := range letterPairs {
		for i, r := range []rune(s) {
			if i%3 != 2 {
				number(r)
			}
		}
	}
	t.pairs = make([]uint16, t.letters*t.letters)
	for l, s := range letterPairs {
		r := []rune(s)
		for i := 0; i+2 < len(r); i += 3 {
			place := &t.pairs[number(r[i])*t.letters+number(r[i+1])]
			if *place == 0 {
				*place = uint16(len(t.lists))
				t.lists = append(t.lists, nil)
			}
			t.lists[*place] = append(t.lists[*place], langWeight{uint8(l), int8(r[i+2]-'a') + 1})
		}
	}
}

// read scores a sample in one charset: frequent letter pairs of any one
// language, frequent Han and Hangul, kana and common punctuation count for it;
// controls, unassigned and unlikely characters against it.
func (t *charsetStats) read(enc encoding.Encoding, sample []byte) int {
	if m, ok := enc.(*charmap.Charmap); ok && t.bytes[m] != nil {
		table := t.bytes[m]
		s := scorer{charsetStats: t}
		for _, c := range sample {
			s.add(table[c])
		}
		return s.sum()
	}
	out, _, err := xtransform.Bytes(enc.NewDecoder(), sample)
	if err != nil {
		return -1 << 29
	}
	return t.readText(string(out))
}

// readText scores text that is decoded.
func (t *charsetStats) readText(text string) int {
	s := scorer{charsetStats: t}
	for _, r := range text {
		s.add(t.letterOf(r))
	}
	return s.sum()
}

// letter is a character with what it is as part of a word: its lower-case
// form, a space for what is no letter or is scored without its neighbours, and
// the number of that in the pair tables.
type letter struct {
	r, low rune
	number uint16
}

func (t *charsetStats) letterOf(r rune) letter {
	l := letter{r: r, low: ' '}
	switch {
	case r < 0x80:
		if c := token.Lower[byte(r)]; c >= 'a' && c <= 'z' {
			l.low = rune(c)
		}
	case isLatinSign(r), r >= 0x3040 && r < 0xa000, r >= 0xac00 && r < 0xd7b0, r >= 0xe000 && r < 0xf900, r >= 0xff61 && r <= 0xff9f:
	case r < 0x250, r >= 0x370 && r < 0x530:
		if unicode.IsLetter(r) {
			l.low = unicode.ToLower(r)
		}
	case unicode.IsLetter(r) || unicode.IsMark(r):
		l.low = r
	}
	if l.low < pairRunes {
		l.number = t.numbers[l.low]
	}
	return l
}

// isLetter is false for the zero letter, which stands for the edge of a text.
func (l letter) isLetter() bool { return l.low > ' ' }

// A scorer scores text character by character, each one when its neighbours
// are known.
type scorer struct {
	*charsetStats
	before, at letter
	score      int
	langs      [maxLanguages]int
}

func (s *scorer) add(after letter) {
	before, at := s.before, s.at
	if at.r >= 0x80 {
		s.score += s.character(before, at, after)
	}
	if (before.r >= 0x80 || at.r >= 0x80) && before.isLetter() && at.isLetter() {
		s.score += s.pair(before, at, &s.langs)
	}
	s.before, s.at = at, after
}

// sum ends the text and returns its score.
func (s *scorer) sum() int {
	s.add(letter{r: ' ', low: ' '})
	best := 0
	for _, v := range s.langs[:len(letterPairs)] {
		best = max(best, v)
	}
	return s.score + best
}

// character scores a character outside ASCII between its neighbours.
func (t *charsetStats) character(before, at, after letter) int {
	r := at.r
	switch {
	case r == unicode.ReplacementChar, r < 0xa0, r >= 0xe000 && r < 0xf900:
		return garbage
	case isLatinSign(r):
		return sign(before, r, after)
	case r >= 0x3040 && r < 0x3100:
		return kanaWeight
	case before.r < 0x80 && before.isLetter() && after.r < 0x80 && after.isLetter() && r >= 0x3400 && r < 0xd7b0:
		return strangeSign // within a word
	case r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r < 0xd7b0:
		if w := t.common[r-firstCommon]; w > 0 {
			return int(w)
		}
		return rareHan
	case r >= 0xff61 && r <= 0xff9f: // half-width kana
		return rareHan
	case !at.isLetter():
		return symbol(r)
	case !before.isLetter() && !after.isLetter() && (isDigit(before.r) || isDigit(after.r)):
		return strangeSign
	}
	return 0
}

// pair scores two letters next to each other, one of them outside ASCII.
func (t *charsetStats) pair(a, b letter, langs *[maxLanguages]int) int {
	list := t.lists[t.pairs[int(a.number)*t.letters+int(b.number)]]
	if len(list) == 0 {
		return strangeSign
	}
	for _, lw := range list {
		langs[lw.lang] += int(lw.weight)
	}
	if b.low != b.r && b.r >= 0x80 && a.r >= 0x80 {
		return -6 // capitals within a word
	}
	return 0
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isLatinSign reports the signs of ISO-8859-1: prices, measures, notes, and
// the Spanish, ordinal and micro signs.
func isLatinSign(r rune) bool { return r > 0xa0 && r < 0xc0 || r == '×' || r == '÷' }

// sign scores a sign of ISO-8859-1. It stands alone, or next to ASCII that is
// no letter on one side at least.
func sign(before letter, r rune, after letter) int {
	switch {
	case strings.ContainsRune("©«®°·»", r):
		return signWeight
	case before.r >= 0x80 || after.r >= 0x80:
		if (before.r < 0x80 || isLatinSign(before.r)) && (after.r < 0x80 || isLatinSign(after.r)) {
			return 0
		}
		return strangeSign
	case r == '´': // typed for an apostrophe
		return signWeight
	case r == '¤': // on keyboards, but in no text
		return strangeSign
	case before.isLetter() && after.isLetter():
		return strangeSign
	case strings.ContainsRune("ªº¼½¾", r) && !isDigit(before.r) && after.low == after.r && after.isLetter():
		return strangeSign // the beginning of a word
	}
	return signWeight
}

func symbol(r rune) int {
	switch {
	case r >= 0x3000 && r <= 0x3011, r >= 0xff01 && r <= 0xff1f:
		return kanaWeight
	case r >= 0x2013 && r <= 0x2026, r == 0xa0, r == '€', r == '™', r == '№':
		return 1
	case r >= 0x2500 && r < 0x25a0:
		return strangeSymbol
	}
	return strangeSign
}
