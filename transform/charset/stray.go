package charset

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

// strayLeads returns the offsets of bytes that a multi-byte charset reads as
// one character with the ASCII letter or bracket behind them, and that are what
// is left of a damaged character: the pair is a rare character, a word of ASCII
// goes on behind it, and the page has nearly none of its kind elsewhere. nil
// where every pair means what it says.
func strayLeads(name string, raw []byte) []int {
	p, ok := pairings[name]
	if !ok {
		return nil
	}
	var (
		strays      []int
		plain, rare int
		elsewhere   [1 << 16 / 64]uint64 // rare pairs that stand where no stray byte is looked for
	)
	for i := 0; i+1 < len(raw); {
		lead, trail := raw[i], raw[i+1]
		switch {
		case lead < utf8.RuneSelf || p.single(lead) || trail < minTrail && !p.four(raw[i:]):
			i++
			continue
		case trail < minTrail:
			i += 4
			continue
		case !p.rare(lead, trail):
			plain++
		case p.runsOn(raw[i+1:]):
			strays = append(strays, i)
		default:
			rare++
			elsewhere[uint16(lead)<<2|uint16(trail>>6)] |= 1 << (trail & 63)
		}
		i += 2
	}
	if len(strays) == 0 || plain < minPlain || rarePairs*rare > plain || rarePairs*(len(strays)-minStrays) > plain {
		return nil
	}
	n := 0
	for _, i := range strays {
		lead, trail := raw[i], raw[i+1]
		if elsewhere[uint16(lead)<<2|uint16(trail>>6)]>>(trail&63)&1 == 0 && !isEveryday(name, raw[i:i+2]) {
			strays[n] = i
			n++
		}
	}
	return strays[:n]
}

const (
	minTrail  = 0x40 // the second byte of a pair
	minPlain  = 8    // ordinary pairs of a page that can show what is rare in it
	rarePairs = 32   // a page with one rare pair in so many means them, and
	minStrays = 2    // one with more stray bytes than this and as many
)

// A pairing tells the pairs of a charset that are rare from the others.
type pairing struct {
	single func(c byte) bool           // a byte that is no lead byte
	rare   func(lead, trail byte) bool // beyond the everyday part of the charset
	// letters is how many letters a run of ASCII must have to tell a stray byte:
	// 1, with a letter or digit more, where no everyday character has a trail
	// byte in ASCII.
	letters int
	four    func(s []byte) bool // a character of four bytes
}

var pairings = map[string]pairing{
	"gb18030":   {isNoLead, beyond94, 1, isFourByte},
	"euc-kr":    {isNoLead, beyond94, 1, never},
	"big5":      {isNoLead, func(lead, _ byte) bool { return lead < 0xa1 || lead >= 0xc9 }, 3, never}, // level 2
	"shift_jis": {isNoLeadJIS, func(lead, _ byte) bool { return lead >= 0x99 }, 3, never},             // level 2 of JIS X 0208
	"johab":     {isNoLead, rareJohab, 3, never},                                                      // syllables beyond KS X 1001
}

func isNoLead(c byte) bool    { return c == 0x80 || c == 0xff }
func isNoLeadJIS(c byte) bool { return c == 0x80 || c >= 0xa0 && c <= 0xdf || c >= 0xfd }

// beyond94 reports a pair outside the 94 rows of 94 cells that are GB2312 and
// KS X 1001.
func beyond94(lead, trail byte) bool { return lead < 0xa1 || trail < 0xa1 }

func never([]byte) bool { return false }

func isFourByte(s []byte) bool {
	return len(s) >= 4 && isDigit(rune(s[1])) && s[2] > 0x80 && s[2] < 0xff && isDigit(rune(s[3]))
}

func rareJohab(lead, trail byte) bool {
	r, _ := johabCharacter(lead, trail)
	return r != utf8.RuneError && r >= 0x3400 && !ksHangul()[r]
}

var ksHangul = sync.OnceValue(func() map[rune]bool {
	set := make(map[rune]bool)
	for _, r := range ksX1001() {
		if r >= 0xac00 {
			set[r] = true
		}
	}
	return set
})

// runsOn reports that a trail byte is ASCII that goes on behind it.
func (p pairing) runsOn(s []byte) bool {
	if s[0] >= utf8.RuneSelf || len(s) < max(p.letters, 2) {
		return false
	}
	if p.letters == 1 {
		c := s[1]
		return token.IsLetter(c) || isDigit(rune(c)) || token.IsLetter(s[0]) && (c == '-' || c == '\'' || c == '_' || c == '@') || s[0] == '|' && c == ' '
	}
	for _, c := range s[:p.letters] {
		if !token.IsLetter(c) {
			return false
		}
	}
	return true
}

// beyondGB2312 lists characters of names and of everyday words that GBK has
// with a trail byte in ASCII: those of pages that are else all GB2312.
const beyondGB2312 = "瞭玙玠玥玕旻旸昉昇昺祎祐祕焜烜琯琤璟璠璈瑄瑀瑃瑅珅珺珹玹玘芃沄沨汧泂宬淏婳媖婼竑赟骉骎骃鋆镕锳镠甦翯旿孖嘡獴瘆"

// isEveryday reports a frequent character, or one of beyondGB2312.
func isEveryday(name string, pair []byte) bool {
	text, _ := decodeWith(multiByte[name], pair)
	r, _ := utf8.DecodeRuneInString(text)
	return r >= firstCommon && r < endCommon && charsetTables().common[r-firstCommon] > 0 || strings.ContainsRune(beyondGB2312, r)
}
