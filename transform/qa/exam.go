package qa

import (
	"strings"
	"unicode/utf8"
)

// examQuestion is a question of an exam paper.
type examQuestion struct {
	section, number int
	stem            []string
	options         []option
	answer          []string
	explanation     []string
	start, end      int
	answerAt        [2]int
}

// option is one of a choice.
type option struct {
	letter byte
	text   string
}

// keyEntry is an answer in a key.
type keyEntry struct {
	section, number int
	text            string
	at              [2]int
}

// Most of an exam.
const (
	maxStemLines    = 60
	maxAnswerLines  = 200
	maxExamSections = 100
)

var (
	examAnswerWords  = []string{"【答案】", "[答案]", "参考答案", "正确答案", "标准答案", "答案", "correct answer", "answer", "ans", "key"}
	explanationWords = []string{"【解析】", "[解析]", "【分析】", "【详解】", "【解答】", "答案解析", "试题解析", "解析", "explanation", "rationale", "solution"}
	keyHeadings      = []string{"参考答案", "答案", "答案及解析", "答案与解析", "参考答案及解析", "参考答案与解析", "参考答案与评分标准", "参考答案及评分标准", "试题答案", "答案解析", "标准答案", "answer key", "answers", "answer keys", "answers key", "key", "solutions", "answers and explanations", "answer key and explanations"}
)

// marked cuts one of some words off the beginning of a line; those that are not in
// brackets need a colon.
func marked(s string, words []string) (rest string, ok bool) {
	s = strings.TrimLeft(s, "* ")
	for _, w := range words {
		if len(s) < len(w) || !strings.EqualFold(s[:len(w)], w) {
			continue
		}
		rest = strings.TrimLeft(s[len(w):], "* ")
		if w[0] == '[' || strings.HasPrefix(w, "【") {
			return strings.TrimLeft(rest, ":： *"), true
		}
		for _, sign := range []string{":", "："} {
			if after, ok := strings.CutPrefix(rest, sign); ok {
				return strings.TrimLeft(after, "* "), true
			}
		}
		if w == "ans" {
			if after, ok := strings.CutPrefix(rest, "."); ok {
				return strings.TrimLeft(after, "* "), true
			}
		}
	}
	return "", false
}

// isKeyHeading says whether a line is the heading of a key.
func isKeyHeading(l textLine) bool {
	s := strings.ToLower(strings.Trim(l.text, "*:： 　-—=【】[]"))
	if n := strings.LastIndexAny(s, " 　"); l.heading > 0 && n > 0 { // what the paper is called
		if isOneOf(s[n+1:], keyHeadings[:11]) {
			return true
		}
	}
	return isOneOf(s, keyHeadings)
}

func isOneOf(s string, list []string) bool {
	for _, k := range list {
		if s == k {
			return true
		}
	}
	return false
}

// sectionOf is the number of a section's heading: 一、选择题; Part II; Section B; 0 for
// another line.
func sectionOf(l textLine) int {
	s := strings.Trim(l.text, "* ")
	const digits = "一二三四五六七八九十"
	n := 0
	rest := strings.TrimPrefix(s, "第")
	for len(rest) > 0 {
		r, size := utf8.DecodeRuneInString(rest)
		at := strings.IndexRune(digits, r)
		if at < 0 {
			break
		}
		d := at/3 + 1
		switch {
		case d == 10 && n == 0:
			n = 10
		case d == 10:
			n *= 10
		default:
			n += d
		}
		rest = rest[size:]
	}
	if n > 0 {
		for _, sign := range []string{"、", "．", ".", "部分", "大题", " "} {
			if strings.HasPrefix(rest, sign) && len(s) < 200 {
				return n
			}
		}
		return 0
	}
	for _, w := range []string{"part ", "section "} {
		if len(s) > len(w) && len(s) < 100 && strings.EqualFold(s[:len(w)], w) {
			return romanOf(strings.TrimRight(strings.Fields(s[len(w):] + " x")[0], ".:：-—"))
		}
	}
	return 0
}

// romanOf reads a letter, a number or a Roman numeral up to 10.
func romanOf(s string) int {
	for i, r := range []string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"} {
		if strings.EqualFold(s, r) {
			return i + 1
		}
	}
	if len(s) == 1 && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'h' {
		return int(s[0]|0x20-'a') + 1
	}
	if len(s) == 1 && s[0] >= '1' && s[0] <= '9' {
		return int(s[0] - '0')
	}
	return 0
}

// optionMarks finds the marks of options in a line, from a letter on: A. A、 A) (A) ［A］.
type optionMark struct {
	letter      byte
	start, body int
}

func optionMarks(s string, next byte) (marks []optionMark) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		begin, j := i, i
		opened := false
		if r == '(' || r == '（' || r == '[' || r == '［' {
			j += size
			opened = true
		}
		if j >= len(s) {
			break
		}
		c := s[j]
		if full, n := utf8.DecodeRuneInString(s[j:]); full >= 'Ａ' && full <= 'Ｈ' {
			c = 'A' + byte(full-'Ａ')
			j += n - 1
		}
		if c == next && next <= 'H' && (begin == 0 || spaceBefore(s, begin)) {
			if n := closing(s[j+1:], opened); n > 0 {
				marks = append(marks, optionMark{c, begin, j + 1 + n})
				next++
				i = j + 1 + n
				continue
			}
		}
		i += size
	}
	return marks
}

func spaceBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return strings.ContainsRune(" \t　;；,，。?？)）|", r)
}

// closing is the length of what ends the mark of an option.
func closing(s string, opened bool) int {
	for _, sign := range []string{".", "．", "、", ")", "）", ":", "：", "]", "］"} {
		if strings.HasPrefix(s, sign) {
			if !opened && (sign == "]" || sign == "］") {
				return 0
			}
			return len(sign)
		}
	}
	return 0
}

// exam reads numbered questions with their answers, below each or in a key.
func (c *collector) exam(lines []textLine) {
	var questions []examQuestion
	var keys []keyEntry
	var q *examQuestion
	var part *[]string
	section, inKey, keySection := 0, false, 0
	flush := func() {
		if q != nil {
			questions = append(questions, *q)
		}
		q, part = nil, nil
	}
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if isKeyHeading(l) {
			flush()
			inKey, keySection = true, 0
			continue
		}
		if n := sectionOf(l); n > 0 && n < maxExamSections {
			flush()
			if inKey {
				keySection = n
				// The answers may follow on the same line.
				if at := strings.IndexAny(l.text, "0123456789"); at > 0 {
					l.text, l.start = l.text[at:], l.start+strings.Index(l.text, l.text[at:])
					keys, i = c.keyLine(keys, lines, i, l, keySection)
				}
			} else {
				section = n
			}
			continue
		}
		if inKey {
			keys, i = c.keyLine(keys, lines, i, l, keySection)
			continue
		}
		if l.heading > 0 && l.heading < 7 {
			if _, n := examNumber(l.text); n == 0 {
				flush()
				continue
			}
		}
		q, part = examLine(l, q, part, section, flush)
	}
	flush()
	c.match(questions, keys)
}

// examNumber is cutNumber that knows Question 1. too.
func examNumber(s string) (rest string, number int) {
	t := strings.TrimLeft(s, "* ")
	for _, w := range []string{"question ", "question", "q"} {
		if len(t) > len(w) && strings.EqualFold(t[:len(w)], w) && t[len(w)] >= '0' && t[len(w)] <= '9' {
			return cutNumber(t[len(w):])
		}
	}
	return cutNumber(s)
}

// examLine takes a line of the questions.
func examLine(l textLine, q *examQuestion, part *[]string, section int, flush func()) (*examQuestion, *[]string) {
	if q != nil {
		if rest, ok := marked(l.text, examAnswerWords); ok {
			q.answerAt = [2]int{l.end - len(rest), l.end}
			if before, after, ok := splitExplanation(rest); ok {
				rest = before
				q.explanation = append(q.explanation, after)
				q.answer = append(q.answer, rest)
				return q, &q.explanation
			}
			q.answer = append(q.answer, rest)
			return q, &q.answer
		}
		if rest, ok := marked(l.text, explanationWords); ok {
			q.explanation = append(q.explanation, rest)
			return q, &q.explanation
		}
		next := byte('A' + len(q.options))
		if len(q.answer) == 0 {
			if marks := optionMarks(l.text, next); len(marks) > 0 && marks[0].start == 0 {
				q.addOptions(l.text, marks)
				q.end = l.end
				return q, &q.stem
			}
		}
	}
	if rest, n := examNumber(l.text); n > 0 && rest != "" {
		if q == nil || n != 0 {
			flush()
			q = &examQuestion{section: section, number: n, start: l.start, end: l.end}
			if marks := optionMarks(rest, 'A'); len(marks) > 1 {
				q.stem = []string{strings.TrimSpace(rest[:marks[0].start])}
				q.addOptions(rest, marks)
			} else {
				q.stem = []string{rest}
			}
			return q, &q.stem
		}
	}
	if q == nil || part == nil {
		return q, part
	}
	switch {
	case part == &q.stem && len(q.options) > 0: // an option goes on
		last := &q.options[len(q.options)-1]
		if len(last.text) < maxAskingLine && !l.blank {
			last.text += " " + l.text
			q.end = l.end
		}
	case part == &q.stem && len(q.stem) < maxStemLines:
		q.stem = append(q.stem, l.text)
		q.end = l.end
	case part == &q.answer && len(q.answer) < maxAnswerLines:
		q.answer = append(q.answer, l.text)
		q.answerAt[1] = l.end
	case part == &q.explanation && len(q.explanation) < maxAnswerLines:
		q.explanation = append(q.explanation, l.text)
	}
	return q, part
}

// splitExplanation cuts an answer that its explanation follows on the same line.
func splitExplanation(s string) (answer, explanation string, ok bool) {
	for _, w := range explanationWords {
		at := strings.Index(strings.ToLower(s), w)
		if at <= 0 {
			continue
		}
		if rest, found := marked(s[at:], explanationWords); found {
			return strings.TrimRight(s[:at], " 　;；,，"), rest, true
		}
	}
	return s, "", false
}

func (q *examQuestion) addOptions(s string, marks []optionMark) {
	for i, m := range marks {
		end := len(s)
		if i+1 < len(marks) {
			end = marks[i+1].start
		}
		q.options = append(q.options, option{m.letter, strings.TrimSpace(strings.Trim(s[m.body:end], " 　;；|"))})
	}
}

// keyLine reads the entries of a line of a key, and those that go on in the next lines.
func (c *collector) keyLine(keys []keyEntry, lines []textLine, i int, l textLine, section int) ([]keyEntry, int) {
	if len(l.row) > 1 && i+1 < len(lines) && len(lines[i+1].row) == len(l.row) && numbersIn(l.row) { // numbers above answers
		answers := lines[i+1]
		for k, cell := range l.row {
			if n := plainNumber(cell); n > 0 {
				keys = append(keys, keyEntry{section, n, answers.row[k], [2]int{answers.start, answers.end}})
			}
		}
		return keys, i + 1
	}
	if len(l.row) == 2 && plainNumber(l.row[0]) > 0 {
		return append(keys, keyEntry{section, plainNumber(l.row[0]), l.row[1], [2]int{l.start, l.end}}), i
	}
	s := l.text
	if entries := shortEntries(s, section, l.start); len(entries) > 0 {
		return append(keys, entries...), i
	}
	rest, n := examNumber(s)
	if n > 0 {
		if after, ok := marked(rest, examAnswerWords); ok {
			rest = after
		}
		return append(keys, keyEntry{section, n, rest, [2]int{l.end - len(rest), l.end}}), i
	}
	if len(keys) > 0 && l.heading == 0 { // it goes on
		last := &keys[len(keys)-1]
		if rest, ok := marked(s, examAnswerWords); ok {
			s = rest
		}
		if len(last.text) < maxAnswer {
			last.text = strings.TrimSpace(last.text + "\n" + s)
			last.at[1] = l.end
		}
	}
	return keys, i
}

func numbersIn(row []string) bool {
	n := 0
	for _, cell := range row {
		if plainNumber(cell) > 0 {
			n++
		}
	}
	return n > 0 && n >= len(row)-1
}

func plainNumber(s string) (n int) {
	s = strings.Trim(s, " .、")
	if s == "" || len(s) > 3 {
		return 0
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// shortEntries reads a line of nothing but numbers and letters or marks: 1. B 2. C;
// 1-5 ABCDA; 6～8：AB C D. Anything else makes it no such line.
func shortEntries(s string, section, start int) (entries []keyEntry) {
	i := 0
	skip := func(set string) {
		for i < len(s) {
			r, size := utf8.DecodeRuneInString(s[i:])
			if !strings.ContainsRune(set, r) {
				return
			}
			i += size
		}
	}
	number := func() (n int) {
		begin := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' && i-begin < 3 {
			n = n*10 + int(s[i]-'0')
			i++
		}
		return n
	}
	for {
		skip(" \t　,，;；。|(（")
		if i == len(s) {
			return entries
		}
		begin := i
		from := number()
		if from == 0 {
			return nil
		}
		to := from
		skip(" ")
		mark := i
		if skip("-–—~～至到"); i > mark {
			skip(" ")
			if to = number(); to < from || to-from > 100 {
				return nil
			}
		}
		if skip(" .．、:：)）"); i == mark && to == from && i < len(s) && s[i] > 'H' {
			return nil
		}
		words, end := letterWords(s[i:])
		if len(words) == 0 {
			return nil
		}
		count := to - from + 1
		if count > 1 && len(words) != count {
			joined := strings.Join(words, "")
			if utf8.RuneCountInString(joined) != count {
				return nil
			}
			words = strings.Split(joined, "")
		} else if count == 1 {
			words = []string{strings.Join(words, "")}
		}
		i += end
		for k, w := range words {
			entries = append(entries, keyEntry{section, from + k, w, [2]int{start + begin, start + i}})
		}
	}
}

// letterWords takes words of letters A to H or of marks at the beginning of s, up to the
// next number, and the length of them.
func letterWords(s string) (words []string, end int) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r >= 'A' && r <= 'H' || strings.ContainsRune("√×✓✗对错", r):
			j := i
			for j < len(s) {
				r, size := utf8.DecodeRuneInString(s[j:])
				if (r < 'A' || r > 'H') && !strings.ContainsRune("√×✓✗对错", r) {
					break
				}
				j += size
			}
			words = append(words, s[i:j])
			i, end = j, j
		case r == ' ' || r == '　' || r == '\t' || r == ',' || r == '、':
			i += size
		default:
			for _, w := range []string{"True", "False", "TRUE", "FALSE", "T", "F", "正确", "错误"} {
				if strings.HasPrefix(s[i:], w) && !letterAt(s, i+len(w)) {
					return append(words, w), i + len(w)
				}
			}
			if r >= 'A' && r <= 'z' || r >= 0x80 && !strings.ContainsRune("，；。（", r) { // words of another kind
				return nil, 0
			}
			return words, end
		}
	}
	return words, end
}

func letterAt(s string, i int) bool { return i < len(s) && (s[i]|0x20) >= 'a' && (s[i]|0x20) <= 'z' }

// match gives the questions without an answer those of the key, and keeps all that have
// one.
func (c *collector) match(questions []examQuestion, keys []keyEntry) {
	bySection, byNumber := map[[2]int][]keyEntry{}, map[int][]keyEntry{}
	for _, k := range keys {
		bySection[[2]int{k.section, k.number}] = append(bySection[[2]int{k.section, k.number}], k)
		byNumber[k.number] = append(byNumber[k.number], k)
	}
	numbers := map[int]int{}
	for _, q := range questions {
		numbers[q.number]++
	}
	for _, q := range questions {
		if len(q.answer) == 0 {
			found := bySection[[2]int{q.section, q.number}]
			if len(found) != 1 && numbers[q.number] == 1 && len(byNumber[q.number]) == 1 {
				found = byNumber[q.number]
			}
			if len(found) == 1 {
				answer, explanation, ok := splitExplanation(strings.ReplaceAll(found[0].text, "\n【", " 【"))
				if before, after, cut := strings.Cut(found[0].text, "\n"); !ok && cut {
					if rest, marks := marked(after, explanationWords); marks {
						answer, explanation = before, rest
					}
				}
				q.answer, q.answerAt = []string{answer}, found[0].at
				if explanation != "" {
					q.explanation = []string{explanation}
				}
			}
		}
		if len(q.answer) == 0 {
			q.inPlace()
		}
		c.keepExam(&q)
	}
}

// inPlace takes an answer that stands in the brackets of the question.
func (q *examQuestion) inPlace() {
	if len(q.options) < 2 || len(q.stem) == 0 {
		return
	}
	for i, s := range q.stem {
		for _, pair := range [][2]string{{"（", "）"}, {"(", ")"}} {
			before, rest, ok := strings.Cut(s, pair[0])
			inner, after, closed := strings.Cut(rest, pair[1])
			letters := strings.Trim(inner, " 　")
			if !ok || !closed || letters == "" || len(letters) > 8 || strings.Trim(letters, "ABCDEFGH") != "" {
				continue
			}
			q.answer, q.stem[i] = []string{letters}, before+pair[0]+"  "+pair[1]+after
			q.answerAt = [2]int{q.start, q.end}
			return
		}
	}
}

// keepExam keeps a question that has an answer. One of letters alone is written with the
// options that they name; what is no letter of an option is none.
func (c *collector) keepExam(q *examQuestion) {
	answer := strings.TrimSpace(strings.Join(q.answer, "\n"))
	if answer == "" {
		return
	}
	p := Pair{Question: strings.Join(q.stem, "\n"), Answer: answer, Explanation: strings.Join(q.explanation, "\n"), Kind: Exam,
		Start: q.start, End: q.end, AnswerStart: q.answerAt[0], AnswerEnd: q.answerAt[1]}
	for _, o := range q.options {
		p.Options = append(p.Options, string(o.letter)+". "+o.text)
	}
	if letters := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" 　,，、;；()（）", r) {
			return -1
		}
		return r
	}, answer), ".。"); len(q.options) > 0 && letters != "" && strings.Trim(letters, "ABCDEFGH") == "" {
		var chosen []string
		for i := range len(letters) {
			at := int(letters[i] - 'A')
			if at >= len(q.options) {
				return
			}
			chosen = append(chosen, p.Options[at])
		}
		p.Answer = strings.Join(chosen, "\n")
	}
	c.add(p)
}
