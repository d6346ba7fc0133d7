package pdf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// divided is how pdfium marks a word divided at the end of a line: it joins both
// lines with this noncharacter in place of the hyphen.
const divided = '\uFFFE'

// compose makes the text of a document from the texts of its pages.
func compose(pages []string, o Options) string {
	split := make([]pageLines, len(pages))
	for i, p := range pages {
		split[i] = splitLines(p)
	}
	if !o.KeepRunning {
		dropRunning(split)
	}
	var out strings.Builder
	var last string
	width := 0 // of a full line on the page of last
	for _, page := range split {
		lines := page.lines
		w := fullWidth(lines)
		for i, line := range lines {
			newPage := i == 0
			switch {
			case last == "":
			case !o.KeepLines && continues(last, line, pick(newPage, width, w)) && (!newPage || continuesPage(last, line)):
				if !isWide(lastRune(last)) || !isWide(firstRune(line)) {
					out.WriteByte(' ')
				}
				line = strings.TrimLeft(line, " ")
			default:
				out.WriteByte('\n')
				line = strings.TrimLeft(line, " ")
			}
			out.WriteString(line)
			last, width = line, w
		}
	}
	return strings.TrimSpace(undivide(out.String()))
}

func pick(first bool, a, b int) int {
	if first {
		return a
	}
	return b
}

// splitLines returns the lines of a page that hold something, without control
// characters and space at their ends. A leading space stays: it hints at an
// indentation. Hyphens that pdfium left at line ends are marked as its own.
func splitLines(page string) (split pageLines) {
	page = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == divided, isMarks(r):
			return r
		case r == '\u00a0':
			return ' '
		case r == '\u2028', r == '\u2029', r == '\v', r == '\f':
			return '\n'
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\ufeff', r == '\uffff', r >= 0xfdd0 && r <= 0xfdef:
			return -1 // glyphs without a meaning
		}
		return r
	}, page)
	lines := split.lines
	joining, seen := false, marks(0)
	for line := range strings.SplitSeq(page, "\n") {
		line, seen = takeMarks(line, seen)
		line = strings.TrimRight(line, " \t")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if joining && unicode.IsLower(firstRune(strings.TrimLeft(line, " "))) {
			prev := lines[len(lines)-1]
			_, size := utf8.DecodeLastRuneInString(prev)
			lines[len(lines)-1] = prev[:len(prev)-size] + string(divided) + strings.TrimLeft(line, " ")
		} else {
			lines = append(lines, line)
			split.marks = append(split.marks, seen)
		}
		joining, seen = endsInHyphen(lines[len(lines)-1]), 0
	}
	split.lines = lines
	return split
}

func endsInHyphen(line string) bool {
	r, size := utf8.DecodeLastRuneInString(line)
	if r != '-' && r != '\u00ad' && r != '\u2010' {
		return false
	}
	return unicode.IsLetter(lastRune(line[:len(line)-size]))
}

// fullWidth is the width of a full line: the 80th percentile of the page's
// lines, halves of divided words apart.
func fullWidth(lines []string) int {
	var counts [maxWidth + 1]int
	n := 0
	for _, line := range lines {
		for piece := range strings.SplitSeq(line, string(divided)) {
			counts[min(width(piece), maxWidth)]++
			n++
		}
	}
	above := n / 5
	for w := maxWidth; w > 0; w-- {
		if above -= counts[w]; above < 0 {
			return w
		}
	}
	return 0
}

// maxWidth is where lines count as equally wide.
const maxWidth = 400

// width counts characters, wide ones twice.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if isWide(r) {
			n++
		}
	}
	return n
}

// isWide says whether a character takes two columns and no space at line ends:
// Chinese, Japanese and their punctuation. Hangul is written with spaces.
func isWide(r rune) bool {
	return r >= 0x2e80 && r < 0xa4d0 || r >= 0xf900 && r < 0xfb00 || r >= 0xff00 && r < 0xff61 || r >= 0x20000 && r < 0x40000
}

// minWidth is the narrowest full line whose page is taken for running text.
const minWidth = 24

// continues says whether line goes on with the paragraph that ends in last, on a
// page whose full lines are full wide.
func continues(last, line string, full int) bool {
	if full < minWidth || startsItem(strings.TrimLeft(line, " ")) || isRow(last) || isRow(line) {
		return false
	}
	if i := strings.LastIndex(last, string(divided)); i >= 0 {
		last = last[i+len(string(divided)):]
	}
	w := width(last)
	switch {
	case endsSentence(last):
		// A short line after the end of a sentence is a heading as often as not.
		first, _, _ := strings.Cut(line, string(divided))
		return w*10 >= full*9 && width(first)*2 >= full && line[0] != ' '
	case w*4 >= full*3:
		return true
	}
	return w*2 >= full && unicode.IsLower(firstRune(strings.TrimLeft(line, " ")))
}

// continuesPage says whether a paragraph goes on from one page to the next:
// the proof asked for is stronger, since figures and notes lie between.
func continuesPage(last, line string) bool {
	if endsSentence(last) {
		return false
	}
	r := firstRune(strings.TrimLeft(line, " "))
	return unicode.IsLower(r) || isWide(r) && isWide(lastRune(last))
}

// endsSentence says whether a line ends in final punctuation, closing quotes and
// brackets aside.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, " \"')]”’»）」』】")
	switch lastRune(s) {
	case '.', '!', '?', ':', ';', '。', '！', '？', '：', '；', '…', '।', '؟', '۔':
		return true
	}
	return false
}

// startsItem says whether a line begins with a bullet or a number of a list.
func startsItem(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	switch r {
	case '•', '◦', '▪', '■', '●', '○', '–', '—', '-', '*', '‣', '·', '➢', '✓':
		return strings.HasPrefix(s[size:], " ")
	case '(':
		s = s[1:]
	}
	n := 0
	for n < len(s) && n < 3 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 0 && s != "" && unicode.IsLetter(rune(s[0])) && r == '(' {
		n = 1
	}
	if n == 0 || n == len(s) {
		return false
	}
	rest := s[n:]
	if r != '(' && rest[0] == '.' && isSection(rest) {
		return true
	}
	return strings.HasPrefix(rest, ") ") || r != '(' && (strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, "、"))
}

// isSection says whether s, which follows a number, goes on like that of a
// section: .2.1 Title.
func isSection(s string) bool {
	number, title, ok := strings.Cut(s, " ")
	return ok && strings.Trim(number, ".0123456789") == "" && len(number) > 1 && unicode.IsUpper(firstRune(title))
}

// isRow says whether a line is a row of a table of contents, with leaders, or of
// figures: digits are over two fifths of it.
func isRow(s string) bool {
	if strings.Contains(s, ". . . .") || strings.Contains(s, ".....") {
		return true
	}
	digits, n := 0, 0
	for _, r := range s {
		if r == ' ' {
			continue
		}
		n++
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits*5 > n*2
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
