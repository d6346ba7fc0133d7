package qa

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text finds the pairs of a text, plain or Markdown: exam papers, lines of questions and
// answers, headings that ask. Their places are bytes of the text.
func Text(s string) []Pair {
	lines := linesOf(s)
	var c collector
	c.exam(lines)
	if len(c.pairs) > 0 {
		return c.pairs
	}
	c.dialogue(lines)
	c.tables(lines)
	c.asking(lines)
	return c.pairs
}

// maxLines is how many lines of a text are looked at.
const maxLines = 500_000

// textLine is a line with its place in the text: text begins at start, without what marks
// a heading, an item of a list, bold words, cells.
type textLine struct {
	text       string
	start, end int
	heading    int  // level of a heading of Markdown, 7 for a line of bold words alone
	blank      bool // an empty line is above
	row        []string
}

func linesOf(s string) (list []textLine) {
	at, blank := 0, false
	for raw := range strings.SplitSeq(s, "\n") {
		l := textLine{start: at, end: at + len(raw)}
		at += len(raw) + 1
		body := strings.TrimRightFunc(strings.TrimSuffix(raw, `\`), unicode.IsSpace)
		l.end = l.start + len(body)
		cut := func(n int) { body = body[n:]; l.start += n }
		cut(len(body) - len(strings.TrimLeftFunc(body, unicode.IsSpace)))
		if body == "" {
			blank = true
			continue
		}
		l.blank, blank = blank, false
		if n := len(body) - len(strings.TrimLeft(body, "#")); n > 0 && n <= 6 && strings.HasPrefix(body[n:], " ") {
			l.heading = n
			cut(n + 1)
		} else if strings.HasPrefix(body, "> ") {
			cut(2)
		}
		if strings.HasPrefix(body, "- ") || strings.HasPrefix(body, "* ") || strings.HasPrefix(body, "• ") {
			cut(strings.IndexByte(body, ' ') + 1)
		}
		if strings.HasPrefix(body, "|") && strings.HasSuffix(body, "|") && len(body) > 1 || strings.Contains(body, " | ") {
			for cell := range strings.SplitSeq(strings.Trim(body, "|"), "|") {
				l.row = append(l.row, strings.TrimSpace(cell))
			}
			if strings.Trim(body, "|-: ") == "" {
				continue
			}
		}
		if inner, ok := strings.CutPrefix(body, "**"); ok {
			if bold, ok := strings.CutSuffix(inner, "**"); ok && !strings.Contains(bold, "**") {
				if l.heading == 0 {
					l.heading = 7
				}
				body = bold
				l.start, l.end = l.start+2, l.end-2
			}
		}
		if l.text = strings.TrimSpace(body); len(list) < maxLines {
			list = append(list, l)
		}
	}
	return list
}

// prefixed cuts one of some words with a colon off a line, a number behind the word too.
func prefixed(s string, words []string) (rest string, ok bool) {
	s = strings.TrimLeft(s, "*")
	for _, w := range words {
		if len(s) <= len(w) || !strings.EqualFold(s[:len(w)], w) {
			continue
		}
		rest = strings.TrimLeft(s[len(w):], "*")
		rest = strings.TrimLeft(strings.TrimLeft(rest, " "), "0123456789")
		for _, sign := range []string{":", "：", ".", "、"} {
			if after, ok := strings.CutPrefix(rest, sign); ok && (sign != "." || utf8.RuneCountInString(w) < 3 && strings.HasPrefix(after, " ")) {
				return strings.TrimLeft(after, "* "), true
			}
		}
	}
	return "", false
}

var (
	questionWords = []string{"question", "q", "问题", "提问", "问", "問"}
	answerWords   = []string{"answer", "a", "回答", "答案", "答"}
)

// dialogue reads lines of Q: and A:.
func (c *collector) dialogue(lines []textLine) {
	type part struct{ first, last int }
	var question, answer *part
	text := func(p *part, words []string) string {
		var parts []string
		for i := p.first; i <= p.last; i++ {
			s := lines[i].text
			if rest, ok := prefixed(s, words); ok && i == p.first {
				s = rest
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, "\n")
	}
	lines = cutDialogue(lines)
	flush := func() {
		if question != nil && answer != nil {
			q := strings.ReplaceAll(strings.TrimRight(text(question, questionWords), "*"), "\n", " ")
			c.add(Pair{Question: q, Answer: text(answer, answerWords), Kind: Dialogue,
				Start: lines[question.first].start, End: lines[question.last].end,
				AnswerStart: lines[answer.first].start, AnswerEnd: lines[answer.last].end})
		}
		question, answer = nil, nil
	}
	for i, l := range lines {
		if _, ok := prefixed(l.text, questionWords); ok {
			flush()
			question = &part{i, i}
			continue
		}
		if _, ok := prefixed(l.text, answerWords); ok && question != nil && answer == nil {
			answer = &part{i, i}
			continue
		}
		switch {
		case l.heading > 0 && l.heading < 7:
			flush()
		case answer != nil:
			answer.last = i
		case question != nil && i-question.first < 20:
			question.last = i
		default:
			question = nil
		}
	}
	flush()
}

// cutDialogue makes lines of questions and answers that share one.
func cutDialogue(lines []textLine) (list []textLine) {
	for _, l := range lines {
		_, begins := prefixed(l.text, questionWords)
		for begins {
			i := nextTurn(l.text)
			if i < 0 {
				break
			}
			head := l
			head.text = strings.TrimRight(l.text[:i], " \t*")
			head.end = l.start + len(head.text)
			list = append(list, head)
			l.text, l.start = l.text[i:], l.start+i
		}
		list = append(list, l)
	}
	return list
}

// nextTurn is where in a line the next question or answer begins, behind the end of a
// sentence: its word and a colon. A single letter answers behind a question mark alone, as
// it is a name elsewhere.
func nextTurn(s string) int {
	var end rune // the last sign, blanks and marks of bold text aside
	for i, r := range s {
		if i > 0 && strings.ContainsRune(".!?。！？", end) {
			if turns(s[i:], answerWords, end == '?' || end == '？') || turns(s[i:], questionWords, true) {
				return i
			}
		}
		if r != ' ' && r != '\t' && r != '*' {
			end = r
		}
	}
	return -1
}

// turns reports whether a text begins with one of some words and a colon; letters are words
// of one byte too.
func turns(s string, words []string, letters bool) bool {
	for _, w := range words {
		if len(s) <= len(w) || !strings.EqualFold(s[:len(w)], w) || len(w) == 1 && !letters {
			continue
		}
		rest := strings.TrimLeft(s[len(w):], "0123456789 ")
		if strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "：") {
			return true
		}
	}
	return false
}

// tables reads rows below a head that has a column of questions and one of answers.
func (c *collector) tables(lines []textLine) {
	question, answer, width := -1, -1, 0
	for _, l := range lines {
		if len(l.row) < 2 || l.blank && len(l.row) != width {
			question, width = -1, 0
		}
		if len(l.row) < 2 {
			continue
		}
		q, a := columnNamed(l.row, "question", "questions", "q", "问题", "提问", "题目"), columnNamed(l.row, "answer", "answers", "a", "答案", "回答", "参考答案")
		if q >= 0 && a >= 0 {
			question, answer, width = q, a, len(l.row)
			continue
		}
		if question >= 0 && max(question, answer) < len(l.row) {
			cell := func(i int) string { return strings.ReplaceAll(l.row[i], `\|`, "|") }
			c.add(Pair{Question: cell(question), Answer: cell(answer), Kind: Table, Start: l.start, End: l.end, AnswerStart: l.start, AnswerEnd: l.end})
		}
	}
}

func columnNamed(row []string, names ...string) int {
	for i, cell := range row {
		if isOneOf(strings.ToLower(strings.Trim(cell, "* :：")), names) {
			return i
		}
	}
	return -1
}

// maxAskingLine is how long a line of plain text is that asks in a FAQ, in bytes.
const maxAskingLine = 240

// asking reads headings that ask, with what stands below each; below a heading of a FAQ
// plain lines too.
func (c *collector) asking(lines []textLine) {
	faq, headings := false, 0
	for _, l := range lines {
		faq = faq || isFAQ(l.text) && (l.heading > 0 || len(l.text) < 80)
		if l.heading > 0 && asks(l.text) {
			headings++
		}
	}
	if headings < minAsking && !faq {
		return
	}
	inFAQ, question, first := false, -1, -1
	flush := func(end int) {
		if question >= 0 && first >= 0 && first < end {
			q, _ := cutNumber(lines[question].text)
			if rest, ok := prefixed(q, questionWords); ok {
				q = rest
			}
			var parts []string
			for _, l := range lines[first:end] {
				parts = append(parts, l.text)
			}
			c.add(Pair{Question: q, Answer: strings.Join(parts, "\n"), Kind: Heading,
				Start: lines[question].start, End: lines[question].end, AnswerStart: lines[first].start, AnswerEnd: lines[end-1].end})
		}
		question, first = -1, -1
	}
	for i, l := range lines {
		inFAQ = inFAQ || isFAQ(l.text) && (l.heading > 0 || len(l.text) < 80)
		q, _ := cutNumber(l.text)
		switch {
		case asks(q) && len(q) <= maxHeadingAsk && (l.heading > 0 || inFAQ && len(q) <= maxAskingLine && oneSentence(q)):
			flush(i)
			question = i
		case l.heading > 0 && l.heading < 7:
			flush(i)
		case question >= 0 && first < 0:
			first = i
		}
	}
	flush(len(lines))
}

// oneSentence says whether a line is a question alone, and not a paragraph that ends with
// one.
func oneSentence(s string) bool {
	s = strings.TrimRight(s, "?？ ")
	return !strings.Contains(s, ". ") && !strings.ContainsAny(s, "。！")
}

// cutNumber takes a number at the beginning of a line off: 1. 1、 1) (1) （1） 第1题.
func cutNumber(s string) (rest string, number int) {
	t := strings.TrimLeft(s, "*")
	opened := false
	for _, sign := range []string{"(", "（", "第", "【"} {
		if after, ok := strings.CutPrefix(t, sign); ok {
			t, opened = after, true
			break
		}
	}
	t = strings.TrimLeft(t, " ")
	n := 0
	for n < len(t) && n < 4 && t[n] >= '0' && t[n] <= '9' {
		number = number*10 + int(t[n]-'0')
		n++
	}
	if n == 0 || n > 3 {
		return s, 0
	}
	t = strings.TrimLeft(t[n:], " ")
	for _, sign := range []string{"题", "、", "．", "。", ")", "）", "】", ":", "：", "."} {
		after, ok := strings.CutPrefix(t, sign)
		if !ok {
			continue
		}
		if sign == "题" {
			after = strings.TrimLeft(after, ".、:：．")
		}
		if sign == "." && after != "" && after[0] >= '0' && after[0] <= '9' { // a decimal, a section
			return s, 0
		}
		return strings.TrimSpace(strings.TrimLeft(after, " *")), number
	}
	if opened {
		return s, 0
	}
	return s, 0
}
