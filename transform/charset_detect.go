package transform

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/encoding"
	xtransform "golang.org/x/text/transform"
)

// candidates are the charsets that the detector tells apart; earlier ones win
// ties.
var candidates = []string{
	"windows-1252", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-1251", "koi8-r", "koi8-u",
	"windows-1250", "iso-8859-2", "windows-1253", "iso-8859-7", "windows-1254", "windows-1255", "windows-1256",
	"windows-1257", "windows-874", "iso-8859-5", "ibm866",
}

const (
	sampleBytes   = 8 << 10
	scoredBytes   = 3 << 9 // what one candidate reads of the sample
	maxLanguages  = 64
	commonTraits  = "的一是不了在有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運"
	kanaWeight    = 9
	commonWeight  = 14
	rareHan       = -3
	strangeSymbol = -8
	garbage       = -30
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
		return v + replaced*strangeSymbol
	}
	return v + replaced*garbage
}

// overrules reports that the page reads as garbage in the declared charset and
// well in the detected one.
func (g guess) overrules(declared string, score int) bool {
	return declared != g.name && g.high >= 24 && g.score >= g.high && score < g.score/3
}

// detect picks the candidate under which a sample reads best.
func detect(sample []byte) guess {
	t := charsetTables()
	s := sample[:min(len(sample), scoredBytes)]
	g := guess{name: "windows-1252", score: -1 << 30, scores: make(map[string]int, len(candidates)), high: highBytes(s)}
	if g.high == 0 {
		g.score = 0
		return g
	}
	for _, name := range candidates {
		v := t.read(encodingOf(name), s)
		g.scores[name] = v
		if v > g.score {
			g.name, g.score = name, v
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
	prev := ' '
	for _, r := range text {
		low := foldLetter(r)
		if prev >= 0x80 || low >= 0x80 {
			sum += t.pair(prev, low, r, &langs)
		}
		prev = low
	}
	best := 0
	for _, v := range langs[:len(letterPairs)] {
		best = max(best, v)
	}
	return sum + best
}

// foldLetter gives the lower-case form of a letter and a space for ASCII that
// is none.
func foldLetter(r rune) rune {
	if r < 0x80 {
		if c := lowerTable[byte(r)]; c >= 'a' && c <= 'z' {
			return rune(c)
		}
		return ' '
	}
	if r < 0x250 || r >= 0x370 && r < 0x530 {
		return unicode.ToLower(r)
	}
	return r
}

// pair scores the step from prev to low, whose unfolded form is r.
func (t *charsetStats) pair(prev, low, r rune, langs *[maxLanguages]int) int {
	switch {
	case low < 0x80:
	case r == unicode.ReplacementChar, r < 0xa0, r >= 0xe000 && r < 0xf900:
		return garbage
	case r >= 0x3040 && r < 0x3100:
		return kanaWeight
	case r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r < 0xd7b0:
		if w := t.common[r]; w > 0 {
			return int(w)
		}
		return rareHan
	case r >= 0xff61 && r <= 0xff9f: // half-width kana
		return rareHan
	case !unicode.IsLetter(r) && !unicode.IsMark(r):
		return symbol(r)
	}
	if !unicode.IsLetter(prev) && !unicode.IsMark(prev) || low < 0x80 && low == ' ' {
		return 0 // the edge of a word
	}
	list := t.pairs[pairKey(prev, low)]
	if len(list) == 0 {
		return -4
	}
	for _, lw := range list {
		langs[lw.lang] += int(lw.weight)
	}
	if low >= 0x80 && low != r && prev >= 0x80 && unicode.IsLower(prev) {
		return -6 // lower case turning into capitals
	}
	return 0
}

func symbol(r rune) int {
	switch {
	case r >= 0x3000 && r <= 0x3011, r >= 0xff01 && r <= 0xff1f:
		return kanaWeight
	case r >= 0x2013 && r <= 0x2026, r == 0xa0, r == 0xab, r == 0xbb, r == 0xb7, r == 0xa9, r == 0xae, r == 0xb0, r == 0x20ac, r == 0xbf, r == 0xa1:
		return 1
	case r >= 0x2500 && r < 0x25a0:
		return strangeSymbol
	}
	return -4
}

// textSample copies the surroundings of bytes outside ASCII, up to 8 KB.
func textSample(raw []byte) []byte {
	out := make([]byte, 0, 1024)
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
		out = append(out, raw[k:end]...)
		out = append(out, ' ')
		i = max(end, i+1)
	}
	return out
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
