package transform

import (
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/encoding"
	xtransform "golang.org/x/text/transform"
)

// A candidate is a charset that the detector tells from the others.
type candidate struct {
	name string
	// proof is by how much it must read better than windows-1252 on a page
	// with little outside ASCII, where names, prices and measures are likely.
	proof int
	// rarity is by how much a rare charset must read better than the others on
	// any page, 0 for a common one.
	rarity int
}

const (
	otherScript  = 8  // proof of words of another script
	otherAccents = 10 // proof of another language in Latin letters
	rare         = 30
	fewSigns     = 6 // rarity of what differs from a common charset in eight characters
)

// candidates are in the order in which the earlier one wins a tie.
var candidates = []candidate{
	{name: "windows-1252"},
	{"gb18030", otherScript, 0},
	{"big5", otherScript, 0},
	{"shift_jis", otherScript, 0},
	{"euc-jp", otherScript, 0},
	{"euc-kr", otherScript, 0},
	{"windows-1251", otherScript, 0},
	{"koi8-r", otherScript, 0},
	{"koi8-u", otherScript, 0},
	{"windows-1250", otherAccents, 0},
	{"iso-8859-2", otherAccents, 0},
	{"windows-1253", otherScript, 0},
	{"iso-8859-7", otherScript, 0},
	{"windows-1254", otherAccents, 0},
	{"windows-1255", otherScript, 0},
	{"windows-1256", otherScript, 0},
	{"windows-1257", otherAccents, 0},
	{"windows-874", otherScript, 0},
	{"iso-8859-5", otherScript, 0},
	{"ibm866", otherScript, 0},
	{"iso-8859-6", otherScript, rare},
	{"iso-8859-15", otherAccents, fewSigns},
	{"windows-1258", otherAccents, rare},
	{"x-mac-cyrillic", otherScript, 12},
	{"ibm855", otherScript, rare},
	{"johab", otherScript, rare},
}

const (
	sampleBytes   = 8 << 10
	scoredBytes   = 3 << 9 // what one candidate reads of the sample
	maxLanguages  = 64
	commonTraits  = "的一是不了在有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運"
	kanaWeight    = 9
	commonWeight  = 14
	rareHan       = -3
	strangeSign   = -4
	signWeight    = 2
	strangeSymbol = -8
	garbage       = -30

	fewKinds = 3  // a page with fewer places outside ASCII, no two the same, holds little, and
	fewShare = 64 // one with less than a byte outside ASCII in so many
)

type langWeight struct {
	lang   uint8
	weight int8
}

// charsetStats are the detector's read-only tables.
type charsetStats struct {
	pairs  map[uint32][]langWeight
	common map[rune]int8
}

var charsetTables = sync.OnceValue(func() *charsetStats {
	t := &charsetStats{pairs: make(map[uint32][]langWeight), common: make(map[rune]int8)}
	for l, s := range letterPairs {
		r := []rune(s)
		for i := 0; i+2 < len(r); i += 3 {
			k := pairKey(r[i], r[i+1])
			t.pairs[k] = append(t.pairs[k], langWeight{uint8(l), int8(r[i+2]-'a') + 1})
		}
	}
	for _, list := range []string{commonTraits, commonHan, commonHanJapanese, commonHangul} {
		n := 0
		for _, r := range list {
			w := int8(commonWeight)
			if n > 200 {
				w = commonWeight / 2
			}
			t.common[r] = max(t.common[r], w)
			n++
		}
	}
	return t
})

func pairKey(a, b rune) uint32 { return uint32(a)<<16 | uint32(b)&0xffff }

// guess is the detector's verdict on a sample.
type guess struct {
	name   string
	score  int
	scores map[string]int
	high   int // bytes outside ASCII that were scored
}

// choose names the charset to read a page in, of what its header and its
// <meta> declare ("" for nothing) and what was detected, and how well the
// sample reads in it.
func (g guess) choose(sample []byte, header, meta string) (string, int) {
	name, score := "", 0
	for _, declared := range []string{header, meta} {
		if declared == "" || declared == "utf-8" || declared == name {
			continue
		}
		if v := g.scoreOf(declared, sample); name == "" || v > score {
			name, score = declared, v
		}
	}
	if name == "" || g.overrules(name, score) {
		return g.name, g.score
	}
	return name, score
}

func (g guess) scoreOf(name string, sample []byte) int {
	if v, ok := g.scores[name]; ok {
		return v
	}
	return charsetTables().read(encodingOf(name), sample[:min(len(sample), scoredBytes)])
}

// score says how well a sample reads as UTF-8 with stray bytes, which weigh
// less where it is declared to be UTF-8.
func (c *utf8Census) score(sample []byte, declared bool) int {
	text, replaced := repairUTF8(sample[:min(len(sample), scoredBytes)], c)
	v := charsetTables().readText(strings.ReplaceAll(text, "\uFFFD", ""))
	if declared {
		return v + replaced*strangeSign
	}
	return v + replaced*garbage
}

// overrules reports that the page reads as garbage in the declared charset and
// well in the detected one. Who declares one of the rare charsets means it.
func (g guess) overrules(declared string, score int) bool {
	if declared == g.name || g.high < 24 || g.score < g.high || score >= g.score/3 {
		return false
	}
	return slices.ContainsFunc(candidates, func(c candidate) bool { return c.name == declared && c.rarity == 0 })
}

// detect picks the candidate under which a sample reads best. few says that the
// page holds little outside ASCII.
func detect(sample []byte, few bool) guess {
	t := charsetTables()
	s := sample[:min(len(sample), scoredBytes)]
	g := guess{score: math.MinInt, scores: make(map[string]int, len(candidates)), high: highBytes(s)}
	for _, c := range candidates {
		v := t.read(encodingOf(c.name), s)
		g.scores[c.name] = v
		lead := c.rarity
		if few && g.name == candidates[0].name {
			lead += c.proof
		}
		if v > g.score+lead {
			g.name, g.score = c.name, v
		}
	}
	return g
}

// read scores a sample in one charset: frequent letter pairs of any one
// language, frequent Han and Hangul, kana and common punctuation count for it;
// controls, unassigned and unlikely characters against it.
func (t *charsetStats) read(enc encoding.Encoding, sample []byte) int {
	out, _, err := xtransform.Bytes(enc.NewDecoder(), sample)
	if err != nil {
		return -1 << 29
	}
	return t.readText(string(out))
}

// readText scores text that is decoded.
func (t *charsetStats) readText(text string) int {
	var langs [maxLanguages]int
	sum := 0
	before, at := letterOf(' '), letterOf(' ')
	for _, r := range text + " " {
		after := letterOf(r)
		if at.r >= 0x80 {
			sum += t.character(before, at, after)
		}
		if (before.r >= 0x80 || at.r >= 0x80) && before.low != ' ' && at.low != ' ' {
			sum += t.pair(before, at, &langs)
		}
		before, at = at, after
	}
	best := 0
	for _, v := range langs[:len(letterPairs)] {
		best = max(best, v)
	}
	return sum + best
}

// letter is a character with what it is as part of a word: its lower-case
// form, a space for what is no letter or is scored without its neighbours.
type letter struct{ r, low rune }

func letterOf(r rune) letter {
	l := letter{r, r}
	switch {
	case r < 0x80:
		l.low = ' '
		if c := lowerTable[byte(r)]; c >= 'a' && c <= 'z' {
			l.low = rune(c)
		}
	case isLatinSign(r), r >= 0x3040 && r < 0xa000, r >= 0xac00 && r < 0xd7b0, r >= 0xe000 && r < 0xf900, r >= 0xff61 && r <= 0xff9f:
		l.low = ' '
	case r < 0x250, r >= 0x370 && r < 0x530:
		if l.low = unicode.ToLower(r); !unicode.IsLetter(r) {
			l.low = ' '
		}
	case !unicode.IsLetter(r) && !unicode.IsMark(r):
		l.low = ' '
	}
	return l
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
	case before.r < 0x80 && before.low != ' ' && after.r < 0x80 && after.low != ' ' && r >= 0x3400 && r < 0xd7b0:
		return strangeSign // within a word
	case r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r < 0xd7b0:
		if w := t.common[r]; w > 0 {
			return int(w)
		}
		return rareHan
	case r >= 0xff61 && r <= 0xff9f: // half-width kana
		return rareHan
	case at.low == ' ':
		return symbol(r)
	case before.low == ' ' && after.low == ' ' && (isDigit(before.r) || isDigit(after.r)):
		return strangeSign
	}
	return 0
}

// pair scores two letters next to each other, one of them outside ASCII.
func (t *charsetStats) pair(a, b letter, langs *[maxLanguages]int) int {
	list := t.pairs[pairKey(a.low, b.low)]
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
	case before.low != ' ' && after.low != ' ':
		return strangeSign
	case strings.ContainsRune("ªº¼½¾", r) && !isDigit(before.r) && after.low == after.r && after.low != ' ':
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

// textSample copies the surroundings of bytes outside ASCII, up to 8 KB, short
// ones once each: a sign or a name that comes again proves nothing new. few
// reports a page with little outside ASCII.
func textSample(raw []byte) (sample []byte, few bool) {
	out := make([]byte, 0, 1024)
	var seen windows
	kinds := 0
	for i := 0; i < len(raw) && len(out) < sampleBytes; {
		if raw[i] < 0x80 {
			i++
			continue
		}
		j := i
		for j < len(raw) && j-i < 256 {
			if raw[j] < 0x80 && !nextHigh(raw, j) {
				break
			}
			j++
		}
		k := i
		if k > 0 && isLetter(raw[k-1]) {
			k--
		}
		end := j
		if end < len(raw) {
			end++
		}
		i = max(end, i+1)
		if w := raw[k:end]; !seen.add(w) {
			kinds++
			out = append(out, w...)
			out = append(out, ' ')
		}
	}
	return out, kinds < fewKinds || fewShare*highBytes(raw) < len(raw)
}

// windows remembers byte strings of up to eight bytes.
type windows [256]uint64

// add reports that w was added before. Of two that share a place the later one
// takes it.
func (s *windows) add(w []byte) bool {
	if len(w) > 8 {
		return false
	}
	var v uint64
	for _, c := range w {
		v = v<<8 | uint64(c)
	}
	at := &s[v*0x9e3779b97f4a7c15>>56]
	if *at == v {
		return true
	}
	*at = v
	return false
}

// nextHigh reports a byte outside ASCII within the next three.
func nextHigh(raw []byte, i int) bool {
	for k := i + 1; k <= i+3 && k < len(raw); k++ {
		if raw[k] >= 0x80 {
			return true
		}
	}
	return false
}
