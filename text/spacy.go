package text

import (
	"slices"
	"unicode/utf8"
)

// The English tokenizer of spaCy 3.8 (spacy/tokenizer.pyx, blank "en"): split
// at white space; of each run take special cases whole, else strip prefixes
// and suffixes, then take URLs whole, else split at infixes; at last merge
// again what spells a special case over several tokens.

// spacyCase is one special case: how it is split, and, where its affix split
// has several tokens, how the final merge recognises it.
type spacyCase struct{ key, cuts, match string }

func appendSpacy(dst []Word, text string) []Word {
	base := len(dst)
	for i := 0; i < len(text); {
		start, plain, wide := i, asciiLetter, false
		for i < len(text) {
			c := text[i]
			if c >= utf8.RuneSelf {
				f, n := decode(text, i)
				if f&isSpace != 0 {
					break
				}
				wide = true
				i += n
				continue
			}
			a := asciiClass[c]
			if a&asciiSpace != 0 {
				break
			}
			plain &= a
			i++
		}
		if start == i {
			_, n := decode(text, i)
			i += n
			continue
		}
		dst = appendSpacyRun(dst, text, start, i, plain != 0 && !wide)
	}
	return mergeSpacy(dst, base, text)
}

// appendSpacyRun splits text[start:end], which has no white space; letters
// says that it has ASCII letters only, so that no affix rule can apply.
func appendSpacyRun(dst []Word, text string, start, end int, letters bool) []Word {
	if c := findSpacyCase(text[start:end]); c != nil {
		return appendPieces(dst, text, start, end, c.cuts)
	}
	if letters {
		return append(dst, Word{uint32(start), uint32(end), uint32(end - start), HasAlpha | Alnum})
	}
	var space [16]Word
	suffixes := space[:0]
	dst, suffixes, start, end = splitAffixes(dst, suffixes, text, start, end)
	if start < end {
		if c := findSpacyCase(text[start:end]); c != nil {
			dst = appendPieces(dst, text, start, end, c.cuts)
		} else if isSpacyURL(text[start:end]) {
			dst = append(dst, tokenAt(text, start, end))
		} else {
			dst = appendInfixes(dst, text, start, end)
		}
	}
	for _, w := range slices.Backward(suffixes) {
		dst = append(dst, w)
	}
	return dst
}

// splitAffixes appends the prefixes of text[start:end] to dst and its
// suffixes, last first, to suffixes; it returns what is left in the middle.
func splitAffixes(dst, suffixes []Word, text string, start, end int) (pre, suf []Word, from, to int) {
	for start < end {
		if findSpacyCase(text[start:end]) != nil {
			break
		}
		p := spacyPrefix(text[start:end])
		if p > 0 && findSpacyCase(text[start+p:end]) != nil {
			dst = append(dst, tokenAt(text, start, start+p))
			start += p
			break
		}
		s := spacySuffix(text[start+p : end])
		if s > 0 && findSpacyCase(text[start:end-s]) != nil {
			suffixes = append(suffixes, tokenAt(text, end-s, end))
			end -= s
			break
		}
		if p == 0 && s == 0 {
			break
		}
		if p > 0 {
			dst = append(dst, tokenAt(text, start, start+p))
			start += p
		}
		if s > 0 {
			suffixes = append(suffixes, tokenAt(text, end-s, end))
			end -= s
		}
	}
	return dst, suffixes, start, end
}

// findSpacyCase returns the special case that s is, or nil.
func findSpacyCase(s string) *spacyCase {
	if len(s) == 0 || len(s) > spacyMaxCase {
		return nil
	}
	if bit := spacyEdge(s); spacyCaseFilter[bit/64]>>(bit%64)&1 == 0 {
		return nil
	}
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	for h ^= h >> 15; ; h++ {
		n := spacySlot[h%spacySlots]
		if n == 0 {
			return nil
		}
		if c := &spacyCases[n-1]; c.key == s {
			return c
		}
	}
}

// spacyEdge is the filter bit of s, which is not empty.
func spacyEdge(s string) uint {
	n := len(s)
	return (uint(n)*811 + uint(s[0])*131 + uint(s[n-1])*7 + uint(s[n/2])*1021) % spacyFilterBits
}

// appendPieces appends text[start:end] cut at the byte offsets cuts.
func appendPieces(dst []Word, text string, start, end int, cuts string) []Word {
	from := start
	for i := range len(cuts) {
		to := start + int(cuts[i])
		dst = append(dst, tokenAt(text, from, to))
		from = to
	}
	return append(dst, tokenAt(text, from, end))
}

// tokenAt measures text[start:end], which is not empty.
func tokenAt(text string, start, end int) Word {
	for j := start; j < end; j++ {
		if text[j] >= utf8.RuneSelf {
			return makeWord(text, start, end)
		}
	}
	return asciiWordAt(text, start, end)
}

// spacyMatch is one pattern found over the words first..last.
type spacyMatch struct{ first, last int }

// mergeSpacy is _apply_special_cases: sequences of words from dst[base:] that
// equal the affix split of a special case become that case's own tokens. The
// longest match wins, then the first; a match that a longer one touches is
// lost even where that one is not applied. Words with a single space between
// them match too and then change nothing.
func mergeSpacy(dst []Word, base int, text string) []Word {
	var space, editSpace [32]spacyMatch
	matches, edits := space[:0], editSpace[:0]
	reach := 0 // one past the last word of the matches
	for i := base; i+1 < len(dst); i++ {
		b := text[dst[i+1].Start]
		if spacySecond[b/64]>>(b%64)&1 == 0 {
			continue
		}
		bit := spacyEdge(text[dst[i].Start:dst[i].End])
		if spacyFirstFilter[bit/64]>>(bit%64)&1 == 0 {
			continue
		}
		if i >= reach {
			edits = appendEdits(edits, matches, dst, text)
			matches = matches[:0]
		}
		n := len(matches)
		matches = appendMatches(matches, dst, i, text)
		for _, m := range matches[n:] {
			reach = max(reach, m.last+1)
		}
	}
	edits = appendEdits(edits, matches, dst, text)
	if len(edits) == 0 {
		return dst
	}
	// The new words are written behind the old ones, then moved down.
	at, end := edits[0].first, len(dst)
	next := at
	for _, m := range edits {
		dst = append(dst, dst[next:m.first]...)
		from, to := int(dst[m.first].Start), int(dst[m.last].End)
		dst = appendPieces(dst, text, from, to, findSpacyCase(text[from:to]).cuts)
		next = m.last + 1
	}
	dst = append(dst, dst[next:end]...)
	n := copy(dst[at:], dst[end:])
	return dst[:at+n]
}

// appendMatches appends the patterns that start at words[i].
func appendMatches(matches []spacyMatch, words []Word, i int, text string) []spacyMatch {
	var key [spacyMaxCase]byte
	var cuts [spacyMaxPattern]byte
	n := copy(key[:], text[words[i].Start:words[i].End])
	if n < int(words[i].End-words[i].Start) {
		return matches
	}
	for j := i + 1; j < len(words) && j-i < spacyMaxPattern; j++ {
		if gap := text[words[j-1].End:words[j].Start]; gap != "" && gap != " " {
			break
		}
		cuts[j-i-1] = byte(n)
		w := text[words[j].Start:words[j].End]
		if n+len(w) > len(key) {
			break
		}
		n += copy(key[n:], w)
		if c := findSpacyCase(string(key[:n])); c != nil && c.match == string(cuts[:j-i]) {
			matches = append(matches, spacyMatch{first: i, last: j})
		}
	}
	return matches
}

// appendEdits appends those of matches, an overlapping set, that hold and
// change the words, in text order.
func appendEdits(edits, matches []spacyMatch, words []Word, text string) []spacyMatch {
	if len(matches) == 0 {
		return edits
	}
	low := matches[0].first
	var space [64]bool
	seen := space[:]
	if n := matches[len(matches)-1].first + spacyMaxPattern - low; n > len(seen) {
		seen = make([]bool, n)
	}
	slices.SortFunc(matches, func(a, b spacyMatch) int {
		if d := (b.last - b.first) - (a.last - a.first); d != 0 {
			return d
		}
		return a.first - b.first
	})
	n := len(edits)
	for _, m := range matches {
		lost := seen[m.first-low] || seen[m.last-low]
		for j := m.first; j <= m.last; j++ {
			seen[j-low] = true
		}
		if lost {
			continue
		}
		c := findSpacyCase(text[words[m.first].Start:words[m.last].End])
		if c != nil && c.cuts != c.match {
			edits = append(edits, m)
		}
	}
	slices.SortFunc(edits[n:], func(a, b spacyMatch) int { return a.first - b.first })
	return edits
}
