package text

import (
	"strings"
	"testing"
)

// Words that are counted in pieces are as many as those that are found at once, on both
// sides of a piece and where there is no place to cut.
func TestCountWords(t *testing.T) {
	for name, unit := range map[string]string{
		"prose": "It's a test, isn't it? No.  Yes: 3.14 and e.g. U.S. units \n", "han": "汉字 and 语言。", "flags": "🇩🇪🇫🇷 a 🇩🇪 b", "no space": "abc,def\n", "marks": "a \u0301b c\u0301 d ",
	} {
		for _, size := range []int{0, 1, countPiece - 1, countPiece, countPiece + 1, 2*countPiece + 77} {
			text := strings.ToValidUTF8(strings.Repeat(unit, size/len(unit)+1)[:size], "")
			for s := range Segmenter(segmenters) {
				if got, want := s.CountWords(text), int64(len(s.AppendWords(nil, text))); got != want {
					t.Errorf("%s, %d bytes, segmenter %d: %d, want %d", name, size, s, got, want)
				}
			}
		}
	}
}
