// Package text splits texts into words, lines and sentences and normalises
// them: once per document, for all rules.
//
// Three segmenters are offered: UAX29 (Unicode word boundaries, the default),
// SpacyEnglish (the tokens of spaCy 3.8's blank English pipeline, for the same
// decisions as tools that use it) and Whitespace (Python's str.split). View
// caches their results for one text.
//
// All of the package accepts any bytes: a byte that is not valid UTF-8 counts
// as one code point U+FFFD.
package text

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Word is one token: a half-open byte range of its text, its length in code
// points, and class bits.
type Word struct {
	Start, End, Runes uint32
	Class             Class
}

// Class holds bits that say what a word is made of.
type Class uint32

// The bits of Class.
const (
	HasAlpha Class = 1 << iota // some code point is a letter (category L*), Python's isalpha
	Symbol                     // every code point lies in PunctuationSet
	Alnum                      // the first code point is a letter or digit (Python's isalnum)
)

// Segmenter names a way to split a text into words. The zero value is UAX29.
type Segmenter uint8

// The segmenters.
const (
	UAX29        Segmenter = iota // Unicode word boundaries (UAX #29), "uax29"
	SpacyEnglish                  // spaCy 3.8 blank "en" tokens, "spacy_en"
	Whitespace                    // runs without white space (Python's str.split), "whitespace"

	segmenters = 3
)

// MaxTextBytes is the longest text that is split, in bytes; words, lines and
// counts of a longer text end there.
const MaxTextBytes = math.MaxUint32

// MaxWordBytes is the longest word UAX29 gives, in bytes; a longer one is cut
// at a code point boundary.
const MaxWordBytes = 64 << 10

// ParseSegmenter returns the segmenter called name: "uax29", "spacy_en" or
// "whitespace". Any other name is an error.
func ParseSegmenter(name string) (Segmenter, error) {
	for s := range Segmenter(segmenters) {
		if s.String() == name {
			return s, nil
		}
	}
	return UAX29, fmt.Errorf("text: unknown segmenter %q (want uax29, spacy_en or whitespace)", name)
}

// String returns the name that ParseSegmenter takes.
func (s Segmenter) String() string {
	switch s {
	case UAX29:
		return "uax29"
	case SpacyEnglish:
		return "spacy_en"
	case Whitespace:
		return "whitespace"
	}
	return fmt.Sprintf("segmenter(%d)", uint8(s))
}

// AppendWords appends the words of text to dst in order. White space is left
// out; words are never empty and never overlap. An unknown segmenter splits as
// UAX29.
func (s Segmenter) AppendWords(dst []Word, text string) []Word {
	if len(text) > MaxTextBytes {
		text = text[:MaxTextBytes]
	}
	switch s {
	case SpacyEnglish:
		return appendSpacy(dst, text)
	case Whitespace:
		return appendFields(dst, text)
	}
	return appendUAX29(dst, text)
}

// Slice returns the bytes of w, a word of text.
func Slice(text string, w Word) string { return text[w.Start:w.End] }

// fact is the Word_Break value and the flags of one code point.
type fact uint32

const isPunctuationSet = isPunctuation | isTerminal

// factOf looks r up; it must lie in 0..utf8.MaxRune.
func factOf(r rune) fact {
	b := min(uint32(r)>>runeBlockShift, runeBlockLast)
	return runeKinds[runeBlocks[runeIndex[b]][uint32(r)&runeBlockMask]]
}

// decode returns the facts and the length of the code point at text[i:].
func decode(text string, i int) (fact, int) {
	if c := text[i]; c < utf8.RuneSelf {
		return factOf(rune(c)), 1
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	return factOf(r), n
}

// appendFields is Python's str.split().
func appendFields(dst []Word, text string) []Word {
	for i := 0; i < len(text); {
		start, ascii := i, true
		for i < len(text) {
			if c := text[i]; c < utf8.RuneSelf {
				if asciiClass[c]&asciiSpace != 0 {
					break
				}
				i++
				continue
			}
			f, n := decode(text, i)
			if f&isSpace != 0 {
				break
			}
			ascii = false
			i += n
		}
		switch {
		case i == start:
			_, n := decode(text, i)
			i += n
		case ascii:
			dst = append(dst, asciiWordAt(text, start, i))
		default:
			dst = append(dst, makeWord(text, start, i))
		}
	}
	return dst
}

// makeWord measures text[start:end], which is not empty and has no white space.
func makeWord(text string, start, end int) Word {
	first, n := decode(text, start)
	or, runes, symbol := first, uint32(1), first&isPunctuationSet != 0
	for i := start + n; i < end; i += n {
		var f fact
		f, n = decode(text, i)
		or |= f
		symbol = symbol && f&isPunctuationSet != 0
		runes++
	}
	return Word{uint32(start), uint32(end), runes, classOf(first, or, symbol)}
}

func classOf(first, or fact, symbol bool) Class {
	var c Class
	if or&isAlpha != 0 {
		c |= HasAlpha
	}
	if symbol {
		c |= Symbol
	}
	if first&isAlnum != 0 {
		c |= Alnum
	}
	return c
}
