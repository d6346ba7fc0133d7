package latex

import (
	"strconv"
	"strings"
)

// writer collects paragraphs.
type writer struct {
	markdown bool
	line     bool // everything is of one line
	out      []byte
	open     []byte // the paragraph
	lists    []list
	last     int // 1 where the last block is an item
	tables   []table
	heading  int
}

// list is an open list; in one each item begins with a mark.
type list struct {
	ordered bool
	n       int
	label   string
	marked  bool // the open item has its mark
}

// table is an open one.
type table struct {
	rows [][]string
	row  []string
	cell []byte
}

// put writes words. White space at the beginning of a paragraph is left out, and more of
// it counts once.
func (w *writer) put(s string) {
	for i := range len(s) {
		w.byte(s[i], false)
	}
}

func (w *writer) byte(c byte, preamble bool) {
	if preamble {
		return
	}
	b := &w.open
	if n := len(w.tables); n > 0 {
		b = &w.tables[n-1].cell
	}
	if c == ' ' || c == '\t' || c == '\n' && w.inRow() {
		if n := len(*b); n == 0 || (*b)[n-1] == ' ' || (*b)[n-1] == '\n' {
			return
		}
		c = ' '
	}
	*b = append(*b, c)
}

// breakLine begins a line within a paragraph.
func (w *writer) breakLine() {
	if w.inRow() || w.line || w.heading > 0 {
		w.put(" ")
		return
	}
	if n := len(w.open); n > 0 && w.open[n-1] == ' ' {
		w.open = w.open[:n-1]
	}
	if len(w.open) > 0 {
		w.open = append(w.open, '\n')
	}
}

// endParagraph writes the open paragraph.
func (w *writer) endParagraph() {
	if w.inRow() {
		w.put(" ")
		return
	}
	s := strings.TrimSpace(string(w.open))
	w.open = w.open[:0]
	if s != "" {
		w.block(s)
	}
}

// block writes a paragraph in the list that it is in.
func (w *writer) block(s string) {
	prefix, item := "", 0
	indent := ""
	if n := len(w.lists); n > 0 && !w.line {
		l := &w.lists[n-1]
		for i := range n - 1 {
			indent += strings.Repeat(" ", len(w.lists[i].mark()))
		}
		if !l.marked {
			l.marked, item = true, 1
			prefix = l.mark()
			if l.label != "" {
				s = strings.TrimSpace(l.label + " " + s)
			}
		} else {
			indent += strings.Repeat(" ", len(l.mark()))
		}
	}
	if w.markdown && w.heading > 0 {
		prefix, indent = strings.Repeat("#", w.heading)+" ", ""
	}
	if !w.markdown {
		prefix, indent = "", ""
	}
	if len(w.out) > 0 {
		w.out = append(w.out, '\n')
		if w.markdown && (item == 0 || w.last == 0) {
			w.out = append(w.out, '\n')
		}
	}
	w.last = item
	inner := "\n" + indent + strings.Repeat(" ", len(prefix))
	if !w.markdown {
		inner = "\n"
	}
	w.out = append(append(w.out, indent...), prefix...)
	w.out = append(w.out, strings.ReplaceAll(s, "\n", inner)...)
}

func (l *list) mark() string {
	if l.ordered {
		return strconv.Itoa(max(l.n, 1)) + ". "
	}
	return "- "
}

// title writes a heading.
func (w *writer) title(level int, s string) {
	w.endParagraph()
	if s == "" {
		return
	}
	w.heading = level
	w.block(s)
	w.heading = 0
}

// code writes lines as they are.
func (w *writer) code(s string) {
	w.endParagraph()
	s = strings.Trim(strings.TrimRight(s, " \t\n"), "\n")
	if strings.TrimSpace(s) == "" {
		return
	}
	if w.markdown {
		fence := "```"
		for strings.Contains(s, fence) {
			fence += "`"
		}
		s = fence + "\n" + s + "\n" + fence
	}
	w.block(s)
}

// note writes a footnote.
func (w *writer) note(n int, s string) {
	if w.markdown {
		s = "[^" + strconv.Itoa(n) + "]: " + s
	}
	w.block(s)
}

func (w *writer) inRow() bool { return len(w.tables) > 0 }

func (w *writer) endCell() {
	t := &w.tables[len(w.tables)-1]
	t.row = append(t.row, strings.TrimSpace(string(t.cell)))
	t.cell = t.cell[:0]
}

func (w *writer) endRow() {
	w.endCell()
	t := &w.tables[len(w.tables)-1]
	if strings.Join(t.row, "") != "" {
		t.rows = append(t.rows, t.row)
	}
	t.row = nil
}

// endTable writes the innermost table, within a cell of the one around it as words.
func (w *writer) endTable() {
	n := len(w.tables)
	if n == 0 {
		return
	}
	w.endRow()
	rows := w.tables[n-1].rows
	w.tables = w.tables[:n-1]
	if n > 1 || w.line {
		for _, r := range rows {
			w.put(strings.Join(r, " | ") + " ")
		}
		return
	}
	if s := tableText(rows, w.markdown); s != "" {
		w.block(s)
	}
}

func (w *writer) endTables() {
	for len(w.tables) > 0 {
		w.endTable()
	}
	w.endParagraph()
}

// maxFill is how many cells a row is filled up with.
const maxFill = 64

func tableText(rows [][]string, markdown bool) string {
	var b strings.Builder
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	for i, r := range rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		if !markdown {
			b.WriteString(strings.TrimRight(strings.Join(r, " | "), " |"))
			continue
		}
		b.WriteString("|")
		for _, cell := range r {
			b.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`) + " |")
		}
		b.WriteString(strings.Repeat("  |", min(width-len(r), maxFill)))
		if i == 0 {
			b.WriteString("\n|" + strings.Repeat(" --- |", width))
		}
	}
	return b.String()
}
