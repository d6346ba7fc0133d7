package office

import (
	"strconv"
	"strings"
)

// Most of what Markdown knows.
const (
	maxHeading = 6
	maxIndent  = 10 // depth of lists that is shown
)

// emitBlock writes a paragraph as Markdown has it: blocks are set apart by an empty
// line, items of a list by none. Characters that Markdown gives a meaning stay as they
// are: the text is to be read, not to be printed.
func (l *lines) emitBlock(s string) {
	b := l.next
	l.next = block{}
	var kept []string
	for line := range strings.SplitSeq(s, "\n") {
		trimmed := strings.Trim(line, " \t\r\u00a0")
		if b.code {
			trimmed = strings.TrimRight(line, " \t\r")
		}
		if trimmed != "" {
			kept = append(kept, trimmed)
		}
	}
	if len(kept) == 0 {
		return
	}
	l.endTable()
	prefix, inner := "", ""
	switch {
	case b.heading > 0:
		prefix = strings.Repeat("#", min(b.heading, maxHeading)) + " "
		kept = []string{strings.Join(kept, " ")}
	case b.item > 0:
		indent := strings.Repeat("  ", min(b.item, maxIndent)-1)
		prefix = indent + "- "
		if b.number > 0 {
			indent = strings.Repeat("   ", min(b.item, maxIndent)-1)
			prefix = indent + strconv.Itoa(b.number) + ". "
		}
		inner = strings.Repeat(" ", len(prefix))
	}
	l.separate(b)
	l.out = append(append(l.out, prefix...), strings.Join(kept, "\n"+inner)...)
}

// separate begins a block.
func (l *lines) separate(b block) {
	if len(l.out) > 0 {
		l.out = append(l.out, '\n')
		if b.item == 0 || l.last.item == 0 {
			l.out = append(l.out, '\n')
		}
	}
	l.last = b
}

// grid is a table under construction: its rows, of which the first is the head.
type grid struct {
	rows  []string
	cells []int
	width int
}

// add takes a row whose cells have cellMark between them.
func (g *grid) add(s string, cells int) {
	g.rows, g.cells = append(g.rows, s), append(g.cells, cells)
	g.width = max(g.width, cells)
}

// maxFill is how many cells a row is filled up with; one that lacks more stays short.
const maxFill = 64

// endTable writes the table that is open.
func (l *lines) endTable() {
	g := l.table
	if len(g.rows) == 0 {
		return
	}
	l.table = grid{}
	l.separate(block{})
	for i, s := range g.rows {
		if i > 0 {
			l.out = append(l.out, '\n')
		}
		l.out = append(append(append(l.out, "| "...), strings.ReplaceAll(s, "\n", " ")...), " |"...)
		for range min(g.width-g.cells[i], maxFill) {
			l.out = append(l.out, "  |"...)
		}
		if i == 0 {
			l.out = append(append(l.out, "\n|"...), strings.Repeat(" --- |", min(g.width, maxColumns))...)
		}
	}
}

// maxColumns is the most columns of a table that get a mark below their head.
const maxColumns = 1000
