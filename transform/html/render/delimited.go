package render

import (
	"bytes"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

// maxDelimited is the longest formula between delimiters of TeX in running text, bytes.
const maxDelimited = 1000

// delimiters are how MathJax and KaTeX find TeX in the text of a page, and how Markdown
// has it.
var delimiters = [...]struct{ open, close, mark string }{
	{`\(`, `\)`, "$"},
	{`\[`, `\]`, "$$"},
	{"$$", "$$", "$$"},
}

// delimited finds the first formula that stands in running text: its delimiters are from
// start to stop, its TeX is inner. Text between them that has nothing of a formula is none.
func delimited(text []byte) (start, stop int, inner []byte, mark string) {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' && text[i] != '$' {
			continue
		}
		for _, d := range delimiters {
			if text[i] != d.open[0] || text[i+1] != d.open[1] {
				continue
			}
			body := text[i+2 : min(len(text), i+2+maxDelimited)]
			n := bytes.Index(body, []byte(d.close))
			if n < 0 {
				continue
			}
			inner = bytes.TrimFunc(body[:n], func(r rune) bool { return r < 0x80 && token.IsSpace(byte(r)) })
			if isFormula(inner) {
				return i, i + 4 + n, inner, d.mark
			}
		}
	}
	return len(text), len(text), nil, ""
}

// isFormula reports TeX that is more than words: an operator, a command, or one letter.
func isFormula(tex []byte) bool {
	if len(tex) == 0 || bytes.ContainsAny(tex, "$\n") {
		return false
	}
	return bytes.ContainsAny(tex, `\^_=+<>{}`) || len(tex) == 1 && token.IsLetter(tex[0])
}
