package text

// countPiece is how much of a text is cut into words at a time where they are only counted.
const countPiece = 1 << 20

// CountWords is len(s.AppendWords(nil, text)), in memory that does not grow with the text
// where it has spaces.
func (s Segmenter) CountWords(text string) (n int64) {
	var words []Word
	for len(text) > 0 {
		end := len(text)
		for i := countPiece; i < len(text); i++ {
			// A letter behind a space begins a word in every script and splitter, whatever
			// stands before.
			if text[i-1] == ' ' && text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' {
				end = i
				break
			}
		}
		words = s.AppendWords(words[:0], text[:end])
		n, text = n+int64(len(words)), text[end:]
	}
	return n
}
