package office

import (
	"fmt"
	"strings"
)

// lines collects paragraphs and table rows. Paragraphs nest (a text box inside
// a paragraph), tables nest too; an inner paragraph is written before the outer
// one that holds it.
type lines struct {
	out   []byte
	open  [][]byte // paragraphs that are open, innermost last
	free  [][]byte // buffers to use again
	rows  []row    // table rows that are open, innermost last
	limit int64
	size  int64 // bytes in open paragraphs and rows

	markdown bool
	next     block // what the paragraph that ends is, in Markdown
	last     block // the one above, where it is not a table
	table    grid  // the outermost open one, in Markdown
}

// row is a table row under construction.
type row struct {
	cells []byte // closed cells
	cell  []byte // the open one
	n     int    // cells closed
}

// block is what a paragraph is in Markdown: a heading, an item of a list, or neither.
type block struct {
	heading int  // 1 to 6
	item    int  // depth of the list, 1 for the outermost
	number  int  // of an item of an ordered list
	code    bool // lines of a program
}

// cellMark stands between the cells of a row.
const cellMark = " | "

func (l *lines) paragraph() {
	var b []byte
	if n := len(l.free); n > 0 {
		b, l.free = l.free[n-1][:0], l.free[:n-1]
	}
	l.open = append(l.open, b)
}

// write adds text to the innermost paragraph; text outside any is dropped, being
// the indentation of the XML.
func (l *lines) write(s []byte) error {
	n := len(l.open)
	if n == 0 {
		return nil
	}
	if l.size += int64(len(s)); l.size > l.limit {
		return l.over()
	}
	l.open[n-1] = append(l.open[n-1], s...)
	return nil
}

// put adds what stands for an empty element, a tab or a break. Beyond the limit
// it drops it, which result reports.
func (l *lines) put(s string) {
	n := len(l.open)
	if n == 0 {
		return
	}
	if l.size += int64(len(s)); l.size <= l.limit {
		l.open[n-1] = append(l.open[n-1], s...)
	}
}

// result returns what was collected.
func (l *lines) result() (string, error) {
	l.endTable()
	if l.size > l.limit {
		return "", l.over()
	}
	return string(l.out), nil
}

func (l *lines) over() error {
	return fmt.Errorf("%w: more than %d bytes of text", ErrLimit, l.limit)
}

func (l *lines) endParagraph() {
	n := len(l.open)
	if n == 0 {
		return
	}
	b := l.open[n-1]
	l.open = l.open[:n-1]
	l.emit(string(b))
	l.free = append(l.free, b)
}

// dropParagraph ends a paragraph that is not wanted.
func (l *lines) dropParagraph() {
	if n := len(l.open); n > 0 {
		l.free = append(l.free, l.open[n-1])
		l.open = l.open[:n-1]
	}
}

// paragraphLength is the length of the innermost paragraph.
func (l *lines) paragraphLength() int {
	if n := len(l.open); n > 0 {
		return len(l.open[n-1])
	}
	return 0
}

// cutParagraph takes back what the innermost paragraph holds behind length.
func (l *lines) cutParagraph(length int) {
	if n := len(l.open); n > 0 && length <= len(l.open[n-1]) {
		l.open[n-1] = l.open[n-1][:length]
	}
}

// emit writes a paragraph into the cell or the document that holds it.
func (l *lines) emit(s string) {
	if len(l.rows) > 0 {
		r := &l.rows[len(l.rows)-1]
		if s = strings.Join(strings.Fields(s), " "); s == "" {
			return
		}
		if len(r.cell) > 0 {
			r.cell = append(r.cell, ' ')
		}
		r.cell = append(r.cell, s...)
		return
	}
	if l.markdown {
		l.emitBlock(s)
		return
	}
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Trim(line, " \t\r\u00a0")
		if line == "" {
			continue
		}
		if len(l.out) > 0 {
			l.out = append(l.out, '\n')
		}
		l.out = append(l.out, line...)
	}
}

func (l *lines) startRow() { l.rows = append(l.rows, row{}) }

func (l *lines) endCell() {
	if len(l.rows) == 0 {
		return
	}
	r := &l.rows[len(l.rows)-1]
	if r.n > 0 {
		r.cells = append(r.cells, cellMark...)
	}
	r.n++
	if l.markdown && len(l.rows) == 1 {
		r.cells = append(r.cells, strings.ReplaceAll(string(r.cell), "|", `\|`)...)
	} else {
		r.cells = append(r.cells, r.cell...)
	}
	r.cell = r.cell[:0]
}

func (l *lines) endRow() {
	n := len(l.rows)
	if n == 0 {
		return
	}
	s, cells := string(l.rows[n-1].cells), l.rows[n-1].n
	l.rows = l.rows[:n-1]
	if strings.Trim(s, " |") == "" {
		return
	}
	if l.markdown && n == 1 {
		l.table.add(s, cells)
		return
	}
	l.emit(s)
}
