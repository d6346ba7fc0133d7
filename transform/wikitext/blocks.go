package wikitext

import (
	"html"
	"strconv"
	"strings"
)

// blocks turns the lines of a flattened page into blocks of text.
type blocks struct {
	options Options
	literal []string

	out     []string // finished blocks
	para    []string // lines of the paragraph at hand
	tables  int      // depth of tables at hand
	drop    int      // level of the section that is dropped, 0 none
	pending []heading
	rows    [][]string // of the outermost table
	skip    bool       // the table at hand is dropped
}

// A heading waits until its section has text.
type heading struct {
	level int
	text  string
}

func (b *blocks) text(flat string) string {
	for line := range strings.SplitSeq(flat, "\n") {
		b.line(line)
	}
	b.endTable()
	b.endParagraph()
	return strings.Join(b.out, "\n")
}

func (b *blocks) line(raw string) {
	line := strings.TrimSpace(raw)
	if b.tables > 0 || strings.HasPrefix(strings.TrimLeft(line, ":"), "{|") {
		b.tableLine(strings.TrimLeft(line, ":"))
		return
	}
	if level, title := headingOf(line); level > 0 {
		b.endParagraph()
		b.heading(level, title)
		return
	}
	if b.drop > 0 {
		return
	}
	switch {
	case b.isBlock(line):
		b.endParagraph()
		b.gap()
		b.block(b.literals(line))
	case line == "" || strings.HasPrefix(line, "----"):
		b.endParagraph()
		if rest := strings.TrimLeft(line, "-"); rest != "" {
			b.para = append(b.para, rest)
		}
	case strings.ContainsRune("*#:;", rune(line[0])):
		b.endParagraph()
		b.item(line)
	default:
		b.para = append(b.para, line)
	}
}

// isBlock reports whether a line is one literal and nothing else, such as code.
func (b *blocks) isBlock(line string) bool {
	return len(line) > 2 && line[:1] == mark && strings.IndexByte(line[1:], mark[0]) == len(line)-2
}

// headingOf is the level and title of a line == title ==, 0 if it is none.
func headingOf(line string) (int, string) {
	n := run(line, '=')
	if n == 0 || len(line) < 2*n+1 {
		return 0, ""
	}
	end := len(line)
	for end > 0 && line[end-1] == '=' {
		end--
	}
	level := min(n, len(line)-end, 6)
	if level == 0 || end <= n {
		return 0, ""
	}
	return level, strings.TrimSpace(line[level : len(line)-level])
}

func (b *blocks) heading(level int, title string) {
	if b.drop > 0 && level > b.drop {
		return
	}
	b.drop = 0
	for len(b.pending) > 0 && b.pending[len(b.pending)-1].level >= level { // its section was empty
		b.pending = b.pending[:len(b.pending)-1]
	}
	title = b.words(title)
	if !b.options.References && referenceSections[folded(strings.TrimSuffix(title, ":"))] {
		b.drop = level
		return
	}
	if title != "" {
		b.pending = append(b.pending, heading{level, title})
	}
}

// block writes a finished block under its headings.
func (b *blocks) block(s string) {
	if s == "" {
		return
	}
	for _, h := range b.pending {
		if b.options.Markdown {
			b.gap()
			h.text = strings.Repeat("#", h.level) + " " + h.text
		}
		b.out = append(b.out, h.text)
	}
	if len(b.pending) > 0 {
		b.gap()
	}
	b.pending = b.pending[:0]
	b.out = append(b.out, s)
}

// gap sets blocks of Markdown apart.
func (b *blocks) gap() {
	if b.options.Markdown && len(b.out) > 0 && b.out[len(b.out)-1] != "" {
		b.out = append(b.out, "")
	}
}

func (b *blocks) endParagraph() {
	if len(b.para) == 0 {
		return
	}
	s := b.words(strings.Join(b.para, " "))
	b.para = b.para[:0]
	if s != "" {
		b.gap()
		b.block(s)
	}
}

// item writes a line of a list; # and * of any depth, terms and indented lines.
func (b *blocks) item(line string) {
	n := 0
	for n < len(line) && strings.IndexByte("*#:;", line[n]) >= 0 {
		n++
	}
	marks, s := line[:n], b.words(line[n:])
	if s == "" {
		return
	}
	last := marks[n-1]
	if b.options.Markdown && last != ':' && last != ';' {
		depth := strings.Count(marks[:n-1], "*") + strings.Count(marks[:n-1], "#")
		bullet := "- "
		if last == '#' {
			bullet = "1. "
		}
		if !b.inList() {
			b.gap()
		}
		s = strings.Repeat("   ", min(depth, 10)) + bullet + s
	} else {
		b.gap()
	}
	b.block(s)
}

func (b *blocks) inList() bool {
	if len(b.out) == 0 || len(b.pending) > 0 {
		return false
	}
	last := strings.TrimLeft(b.out[len(b.out)-1], " ")
	return strings.HasPrefix(last, "- ") || strings.HasPrefix(last, "1. ")
}

// tableLine reads a line of a table: {| begins one, |} ends it, |- is a row, ! and | cells.
// What stands in a table within a table goes into the cell.
func (b *blocks) tableLine(line string) {
	switch {
	case strings.HasPrefix(line, "{|"):
		b.endParagraph()
		if b.tables++; b.tables == 1 {
			b.rows = nil
			b.skip = b.drop > 0 || b.options.NoTables || furniture(line)
		}
	case strings.HasPrefix(line, "|}"):
		if b.tables--; b.tables == 0 {
			b.tables = 1
			b.endTable()
			if rest := strings.TrimSpace(line[2:]); rest != "" {
				b.para = append(b.para, rest)
			}
		}
	case b.skip || strings.HasPrefix(line, "|+"):
	case strings.HasPrefix(line, "|-"):
		if b.tables == 1 {
			b.rows = append(b.rows, nil)
		}
	case strings.HasPrefix(line, "|"):
		b.cells(line[1:], "||")
	case strings.HasPrefix(line, "!"):
		b.cells(strings.ReplaceAll(line[1:], "!!", "||"), "||")
	case line != "":
		b.more(line)
	}
}

// furniture reports whether a table is there for the reader's way through the wiki.
func furniture(line string) bool {
	line = strings.ToLower(line)
	for _, class := range []string{"infobox", "navbox", "metadata", "ambox", "toccolours", "sidebar", "vertical-navbox"} {
		if strings.Contains(line, class) {
			return true
		}
	}
	return false
}

func (b *blocks) cells(s, bar string) {
	for cell := range strings.SplitSeq(s, bar) {
		if attributes, rest, ok := strings.Cut(cell, "|"); ok && !strings.Contains(attributes, "[[") {
			cell = rest
		}
		if len(b.rows) == 0 {
			b.rows = append(b.rows, nil)
		}
		last := len(b.rows) - 1
		b.rows[last] = append(b.rows[last], strings.TrimSpace(cell))
	}
}

// more adds a line to the last cell.
func (b *blocks) more(line string) {
	if len(b.rows) == 0 {
		return // between {| and the first row
	}
	row := b.rows[len(b.rows)-1]
	if len(row) == 0 {
		return
	}
	row[len(row)-1] = strings.TrimSpace(row[len(row)-1] + " " + strings.TrimLeft(line, "*#:; "))
}

func (b *blocks) endTable() {
	if b.tables == 0 {
		return
	}
	rows := b.rows
	b.tables, b.rows = 0, nil
	if b.skip {
		return
	}
	var lines []string
	for _, row := range rows {
		var texts []string
		any := false
		for _, c := range row {
			t := b.words(c)
			any = any || t != ""
			texts = append(texts, t)
		}
		if !any {
			continue
		}
		if !b.options.Markdown {
			lines = append(lines, strings.Join(texts, " | "))
			continue
		}
		for i := range texts {
			texts[i] = strings.ReplaceAll(strings.ReplaceAll(texts[i], "|", `\|`), "\n", " ")
		}
		lines = append(lines, "| "+strings.Join(texts, " | ")+" |")
		if len(lines) == 1 {
			lines = append(lines, "|"+strings.Repeat(" --- |", len(texts)))
		}
	}
	if len(lines) > 0 {
		b.gap()
		b.block(strings.Join(lines, "\n"))
		if b.options.Markdown {
			b.gap()
		}
	}
}

// words is the text of a line: without quotes of emphasis, tags, magic words; entities as
// characters, literals in their places.
func (b *blocks) words(s string) string {
	s = dropTags(s)
	s = dropQuotes(s)
	s = dropMagic(s)
	s = tidy(unescape(s))
	if strings.Contains(s, mark) {
		s = b.literals(s)
	}
	return s
}

// literals puts literals back. One that has lines of its own keeps them.
func (b *blocks) literals(s string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, mark)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		number, after, ok := strings.Cut(rest, mark)
		if !ok {
			return out.String()
		}
		if n, err := strconv.Atoi(number); err == nil && n < len(b.literal) {
			out.WriteString(b.literal[n])
		}
		s = after
	}
}

// tidy sets words apart by single spaces; what a dropped template left, such as empty
// brackets, goes.
func tidy(s string) string {
	s = oneLine(s)
	for _, empty := range emptyBrackets {
		if strings.Contains(s, empty) {
			s = oneLine(strings.ReplaceAll(s, empty, ""))
		}
	}
	return brackets.Replace(s)
}

var (
	emptyBrackets = []string{"()", "( )", "（）", "（ ）", "(,)", "(;)", "（，）", "（；）", "(, )", "(; )"}
	brackets      = strings.NewReplacer(" ,", ",", " .", ".", " ;", ";", "(, ", "(", "(; ", "(", "（，", "（", "（；", "（", "( ", "(", " )", ")")
)

// dropTags drops the tags of HTML and keeps what stands in them; br and ends of blocks
// are spaces.
func dropTags(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var out strings.Builder
	for {
		before, _, ok := strings.Cut(s, "<")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		s = s[len(before):]
		name, _, n, _ := parseTag(s)
		switch {
		case n == 0:
			out.WriteByte('<')
			n = 1
		case name == "br", name == "p", name == "div", name == "li", name == "td", name == "tr", name == "hr":
			out.WriteByte(' ')
		}
		s = s[n:]
	}
}

// dropQuotes drops runs of two and more apostrophes, which are emphasis; of four one is an
// apostrophe, and of more than five all but five.
func dropQuotes(s string) string {
	if !strings.Contains(s, "''") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		n := run(s[i:], '\'')
		switch {
		case n == 0:
			j := strings.IndexByte(s[i:], '\'')
			if j < 0 {
				j = len(s) - i
			}
			out.WriteString(s[i : i+j])
			i += j
			continue
		case n == 1, n == 4:
			out.WriteByte('\'')
		case n > 5:
			out.WriteString(strings.Repeat("'", n-5))
		}
		i += n
	}
	return out.String()
}

// dropMagic drops words such as __NOTOC__.
func dropMagic(s string) string {
	if !strings.Contains(s, "__") {
		return s
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "__")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		end := 0
		for end < len(rest) && end < maxMagic && (rest[end] >= 'A' && rest[end] <= 'Z' || rest[end] >= 0x80) {
			end++
		}
		if end > 2 && strings.HasPrefix(rest[end:], "__") {
			s = rest[end+2:]
			continue
		}
		out.WriteString("__")
		s = rest
	}
}

// maxMagic is the longest magic word.
const maxMagic = 60

// unescape decodes entities.
func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return html.UnescapeString(s)
}
