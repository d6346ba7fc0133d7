package text

// CountSentences counts the sentences of text by the rule of spaCy's
// sentencizer with its default marks, over words, the words of text. Text
// without words is one sentence, as in datatrove's split_into_sentences.
func (s Segmenter) CountSentences(text string, words []Word) int {
	return s.CountSentencesIn(text, words, 0, uint32(min(len(text), MaxTextBytes)))
}

// CountSentencesIn is CountSentences for the byte range from..to of text; all
// of words lie in that range. Word offsets stay those of text, so that the
// words of a line can be counted where they are.
//
// A sentence starts at the first token that is no punctuation after a token
// that is a sentence mark. White space counts as a token where spaCy makes it
// one: all but a single U+0020 between words.
func (s Segmenter) CountSentencesIn(text string, words []Word, from, to uint32) int {
	count, seen := 1, false
	at := from
	for _, w := range words {
		gap := text[at:w.Start]
		if at > from && gap != "" && gap[0] == ' ' {
			gap = gap[1:]
		}
		mark, punct := sentenceToken(text[w.Start:w.End])
		if seen && (gap != "" || !mark && !punct) {
			count++
			seen = false
		}
		seen = seen || mark
		at = w.End
	}
	if seen && at < to {
		if gap := text[at:to]; gap != " " {
			count++
		}
	}
	return count
}

// sentenceToken reports whether word is one sentence mark, and whether it is
// all punctuation (category P*).
func sentenceToken(word string) (mark, punct bool) {
	f, n := decode(word, 0)
	if n == len(word) {
		return f&isSentenceEnd != 0, f&isCategoryP != 0
	}
	for f&isCategoryP != 0 && n < len(word) {
		var m int
		f, m = decode(word, n)
		n += m
	}
	return false, f&isCategoryP != 0
}
