package charset

import (
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/token"
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
	sampleBytes = 8 << 10
	scoredBytes = 3 << 9 // what one candidate reads of the sample

	fewKinds = 3  // a page with fewer places outside ASCII, no two the same, holds little, and
	fewShare = 64 // one with less than a byte outside ASCII in so many
)

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

// scoreOf says how well the sample reads in a declared charset, in which a bad
// byte is no reason to take it for another.
func (g guess) scoreOf(name string, sample []byte) int {
	t, s := charsetTables(), sample[:min(len(sample), scoredBytes)]
	v, ok := g.scores[name]
	if !ok {
		v = t.read(encodingOf(name), s)
	}
	if enc := multiByte[name]; enc != nil && v < g.score {
		text, replaced := decodeMultiByte(enc, s, nil)
		v = max(v, t.readText(strings.ReplaceAll(text, "\uFFFD", ""))+replaced*strangeSymbol)
	}
	return v
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
	for i, c := range candidates {
		v := t.read(t.encodings[i], s)
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
		if k > 0 && token.IsLetter(raw[k-1]) {
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
