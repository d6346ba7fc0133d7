package text

import (
	"unicode"
	"unicode/utf8"
)

// Script is a writing system, as far as a cheap guess needs it.
type Script uint8

// The scripts. ScriptNone stands for a text without letters, ScriptOther for
// all systems that are not listed.
const (
	ScriptNone Script = iota
	Latin
	Han
	Kana // hiragana and katakana; as a dominant script: Japanese
	Hangul
	Cyrillic
	Arabic
	Hebrew
	Devanagari
	Thai
	Greek
	ScriptOther

	scripts = 12
)

// String returns the ISO 15924 code: Zyyy for ScriptNone, Zzzz for ScriptOther.
func (s Script) String() string {
	if s >= scripts {
		s = ScriptOther
	}
	return [scripts]string{"Zyyy", "Latn", "Hani", "Hrkt", "Hang", "Cyrl", "Arab", "Hebr", "Deva", "Thai", "Grek", "Zzzz"}[s]
}

// Shares holds the share of each script, by Script, in the letters of a sample
// of a text: all zero, or in 0..1 with sum 1.
type Shares [scripts]float64

// The sample: this many pieces, evenly spread, of this many bytes.
const (
	samplePieces = 4
	sampleBytes  = 1 << 10
)

// ScriptShares returns the shares of the scripts in at most 4 KiB of text.
func ScriptShares(text string) Shares {
	counts, letters := scriptCounts(text)
	var shares Shares
	for s, n := range counts {
		if n > 0 {
			shares[s] = float64(n) / float64(letters)
		}
	}
	return shares
}

// DominantScript returns the script with the most letters in at most 4 KiB of
// text. Han and kana count together; such a text is Kana where at least a
// tenth of it is kana, as any Japanese text is, else Han. Ties go to the
// script listed first.
func DominantScript(text string) Script {
	counts, letters := scriptCounts(text)
	if letters == 0 {
		return ScriptNone
	}
	kana := counts[Kana]
	counts[Han], counts[Kana] = counts[Han]+kana, 0
	best := Latin
	for s := Latin; s < scripts; s++ {
		if counts[s] > counts[best] {
			best = s
		}
	}
	if best == Han && kana*10 >= counts[Han] {
		return Kana
	}
	return best
}

// scriptCounts counts the letters of the sample by script.
func scriptCounts(text string) (counts [scripts]int, letters int) {
	if len(text) <= samplePieces*sampleBytes {
		countScripts(&counts, text)
	} else {
		for i := range samplePieces {
			at := (len(text) - sampleBytes) / (samplePieces - 1) * i
			for n := 0; n < utf8.UTFMax && !utf8.RuneStart(text[at]); n++ {
				at++
			}
			countScripts(&counts, text[at:min(at+sampleBytes, len(text))])
		}
	}
	for _, n := range counts {
		letters += n
	}
	return counts, letters
}

func countScripts(counts *[scripts]int, text string) {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			counts[Latin] += int(asciiClass[c] & asciiLetter)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if factOf(r)&isAlpha != 0 {
			counts[scriptOf(r)]++
		}
	}
}

// scriptOf returns the script of a letter outside ASCII.
func scriptOf(r rune) Script {
	switch {
	case 0x4E00 <= r && r <= 0x9FFF:
		return Han
	case 0x3041 <= r && r <= 0x30FF:
		return Kana
	case 0xAC00 <= r && r <= 0xD7A3:
		return Hangul
	case 0x0400 <= r && r <= 0x052F:
		return Cyrillic
	}
	tables := [...]struct {
		script Script
		table  *unicode.RangeTable
	}{
		{Latin, unicode.Latin}, {Arabic, unicode.Arabic}, {Greek, unicode.Greek}, {Hebrew, unicode.Hebrew},
		{Devanagari, unicode.Devanagari}, {Thai, unicode.Thai}, {Cyrillic, unicode.Cyrillic}, {Han, unicode.Han},
		{Kana, unicode.Hiragana}, {Kana, unicode.Katakana}, {Hangul, unicode.Hangul},
	}
	for _, t := range tables {
		if unicode.Is(t.table, r) {
			return t.script
		}
	}
	return ScriptOther
}
