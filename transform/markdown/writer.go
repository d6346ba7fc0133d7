package markdown

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/corpusmill/corpusmill/transform"
)

// writer writes the blocks of a document one after the other. It goes through the tree
// without calling itself, however deep that is.
type writer struct {
	source []byte
	o      Options
	pages  *transform.Extractor
	out    []byte
	limit  int
	title  string

	prefixes []string // of the lines of the open blocks
	marker   string   // of the item that begins
	tight    []bool   // of the open lists
	numbers  []int    // of the next items; 0 where they have none
	heading  bool
	begin    int  // of the open heading
	inTable  bool // a row is written
	cells    int
	fresh    bool // nothing of the open block is written
	notes    map[int]string
	joined   bool // the next block follows on the next line
}

// document writes all blocks.
func (w *writer) document(root ast.Node) error {
	w.notes = footnotes(root)
	n, entering := root, true
	for {
		if entering {
			enter := w.enter(n)
			if len(w.out) > w.limit {
				return fmt.Errorf("%w: more than %d bytes of text", ErrLimit, w.limit)
			}
			if c := n.FirstChild(); enter && c != nil {
				n = c
				continue
			}
		}
		w.leave(n)
		if n == root {
			return nil
		}
		if s := n.NextSibling(); s != nil {
			n, entering = s, true
			continue
		}
		n, entering = n.Parent(), false
	}
}

// beginBlock goes to a line of its own.
func (w *writer) beginBlock() {
	if len(w.out) > 0 {
		w.out = append(w.out, '\n')
		if w.o.Markdown && !w.joined {
			w.out = append(bytes.TrimRight(w.linePrefix(true), " "), '\n')
		}
	}
	w.joined = false
	w.out = w.linePrefix(false)
	w.out = append(w.out, w.marker...)
	if w.marker != "" {
		w.marker = ""
		w.fresh = true
	}
}

// linePrefix writes what every line of the open blocks begins with. The item whose mark is
// still to be written is not indented yet.
func (w *writer) linePrefix(whole bool) []byte {
	n := len(w.prefixes)
	if w.marker != "" {
		n--
	}
	for i, p := range w.prefixes[:n] {
		if whole && i == n-1 {
			p = strings.TrimRight(p, " ")
		}
		w.out = append(w.out, p...)
	}
	return w.out
}

// newLine goes on with the open block on the next line.
func (w *writer) newLine() {
	w.out = append(w.out, '\n')
	for _, p := range w.prefixes {
		w.out = append(w.out, p...)
	}
}

func (w *writer) push(prefix string) {
	if !w.o.Markdown {
		prefix = ""
	}
	w.prefixes = append(w.prefixes, prefix)
}

func (w *writer) pop() {
	if n := len(w.prefixes); n > 0 {
		w.prefixes = w.prefixes[:n-1]
	}
}

// enter writes the beginning of a node and says whether its children are wanted.
func (w *writer) enter(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Document, *east.FootnoteList, *east.DefinitionList:
		return true
	case *ast.Heading:
		w.beginBlock()
		w.begin, w.heading = len(w.out), true
		if w.o.Markdown {
			w.out = append(append(w.out, strings.Repeat("#", n.Level)...), ' ')
			w.begin = len(w.out)
		}
	case *ast.Paragraph, *ast.TextBlock, *east.DefinitionTerm:
		if n.FirstChild() == nil {
			return false
		}
		w.beginBlock()
	case *ast.ThematicBreak:
		if w.o.Markdown {
			w.beginBlock()
			w.out = append(w.out, "---"...)
		}
	case *ast.CodeBlock:
		w.code(n, "")
		return false
	case *ast.FencedCodeBlock:
		w.code(n, string(n.Language(w.source)))
		return false
	case *ast.Blockquote:
		if len(w.out) > 0 && w.o.Markdown && !w.joined && w.marker == "" { // the empty line is none of the quote
			w.out = append(w.out, '\n')
			w.out = bytes.TrimRight(w.linePrefix(true), " ")
			w.joined = true
		}
		w.push("> ")
	case *ast.List:
		w.tight = append(w.tight, n.IsTight)
		number := 0
		if n.IsOrdered() {
			number = max(n.Start, 1)
		}
		w.numbers = append(w.numbers, number)
	case *ast.ListItem:
		w.item()
	case *ast.HTMLBlock:
		w.html(n)
		return false
	case *east.Footnote:
		w.note(n)
	case *east.DefinitionDescription:
		w.joined = n.IsTight
		w.marked(": ")
	default:
		return w.enterTable(n)
	}
	return true
}

// item begins an item of a list.
func (w *writer) item() {
	last := len(w.numbers) - 1
	if last < 0 {
		return
	}
	mark := "- "
	if n := w.numbers[last]; n > 0 {
		mark = strconv.Itoa(n) + ". "
		w.numbers[last]++
	}
	w.marked(mark)
}

// marked begins a block whose first line has a mark and whose others are indented.
func (w *writer) marked(mark string) {
	if w.marker != "" { // an item whose first block is a list
		w.beginBlock()
		w.joined = true
	}
	w.push(strings.Repeat(" ", len(mark)))
	if w.o.Markdown {
		w.marker = mark
	}
}

// note begins a footnote.
func (w *writer) note(n *east.Footnote) {
	w.marked("[^" + string(n.Ref) + "]: ")
}

func (w *writer) enterTable(n ast.Node) bool {
	switch n := n.(type) {
	case *east.Table:
		w.beginBlock()
		w.fresh = true
	case *east.TableHeader, *east.TableRow:
		if !w.fresh {
			w.newLine()
		}
		w.fresh, w.inTable, w.cells = false, true, 0
		if w.o.Markdown {
			w.out = append(w.out, "| "...)
		}
	case *east.TableCell:
		if w.cells > 0 {
			w.out = append(w.out, " | "...)
		}
		w.cells++
	default:
		return w.enterInline(n)
	}
	return true
}

// leave writes the end of a node.
func (w *writer) leave(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.heading = false
		if text := strings.TrimSpace(string(w.out[min(w.begin, len(w.out)):])); n.Level == 1 && w.title == "" {
			w.title = text
		}
	case *ast.Blockquote:
		w.pop()
	case *ast.List:
		w.tight, w.numbers = w.tight[:len(w.tight)-1], w.numbers[:len(w.numbers)-1]
		w.joined = false
	case *ast.ListItem:
		if w.marker != "" { // one without a text
			w.marker = ""
		}
		w.pop()
		w.joined = len(w.tight) > 0 && w.tight[len(w.tight)-1]
	case *east.Footnote, *east.DefinitionDescription:
		w.marker = ""
		w.pop()
		w.joined = false
	case *ast.TextBlock:
		w.joined = true
	case *east.DefinitionTerm:
		w.joined = true
	case *east.TableHeader:
		w.inTable = false
		if w.o.Markdown {
			w.out = append(w.out, " |"...)
			w.newLine()
			w.out = append(append(w.out, '|'), strings.Repeat(" --- |", w.cells)...)
		}
	case *east.TableRow:
		w.inTable = false
		if w.o.Markdown {
			w.out = append(w.out, " |"...)
		}
	default:
		w.leaveInline(n)
	}
}

// code writes the lines of a program as they are.
func (w *writer) code(n ast.Node, language string) {
	var lines []string
	longest := 0
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		line := strings.TrimRight(string(segment.Value(w.source)), "\n")
		lines = append(lines, line)
		longest = max(longest, len(line)-len(strings.TrimLeft(line, "`")))
	}
	w.beginBlock()
	fence := strings.Repeat("`", max(3, longest+1))
	if w.o.Markdown {
		w.out = append(append(w.out, fence...), language...)
	}
	for i, line := range lines {
		if i > 0 || w.o.Markdown {
			w.newLine()
		}
		w.out = append(w.out, line...)
	}
	if w.o.Markdown {
		w.newLine()
		w.out = append(w.out, fence...)
	}
}

// html writes the text of a piece of HTML.
func (w *writer) html(n *ast.HTMLBlock) {
	var raw []byte
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		raw = append(raw, segment.Value(w.source)...)
	}
	if n.HasClosure() {
		raw = append(raw, n.ClosureLine.Value(w.source)...)
	}
	f := transform.FormatText
	if w.o.Markdown {
		f = transform.FormatMarkdown
	}
	page, err := w.pages.Extract(string(raw), transform.Options{Mode: transform.All, Format: f})
	if err != nil || page.Text == "" {
		return
	}
	w.beginBlock()
	for i, line := range strings.Split(page.Text, "\n") {
		if i > 0 {
			w.newLine()
		}
		w.out = append(w.out, line...)
	}
}

// enterInline writes what stands within a block.
func (w *writer) enterInline(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Text:
		w.text(n)
	case *ast.String:
		w.out = append(w.out, n.Value...)
	case *mathNode:
		w.mathText(n.raw)
		return false
	case *ast.CodeSpan:
		w.codeSpan(n)
		return false
	case *ast.Emphasis:
		w.mark(strings.Repeat("*", n.Level))
	case *east.Strikethrough:
		w.mark("~~")
	case *ast.Link:
		if w.links(n.Destination) {
			w.out = append(w.out, '[')
		}
	case *ast.AutoLink:
		w.out = append(w.out, n.Label(w.source)...)
	case *ast.Image:
		return w.o.Markdown && w.o.Images && w.image(n)
	case *ast.RawHTML:
		w.rawTag(n)
		return false
	case *east.TaskCheckBox:
		if w.o.Markdown && n.IsChecked {
			w.out = append(w.out, "[x] "...)
		} else if w.o.Markdown {
			w.out = append(w.out, "[ ] "...)
		}
	case *east.FootnoteLink:
		if w.o.Markdown {
			w.out = append(append(append(w.out, "[^"...), w.reference(n)...), ']')
		}
	case *east.FootnoteBacklink:
		return false
	}
	return true
}

func (w *writer) leaveInline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Emphasis:
		w.mark(strings.Repeat("*", n.Level))
	case *east.Strikethrough:
		w.mark("~~")
	case *ast.Link:
		if w.links(n.Destination) {
			w.out = append(append(append(w.out, "]("...), n.Destination...), ')')
		}
	case *ast.Image:
		if w.o.Markdown && w.o.Images && n.FirstChild() != nil {
			w.out = append(append(append(w.out, "]("...), n.Destination...), ')')
		}
	}
}

func (w *writer) mark(s string) {
	if w.o.Markdown {
		w.out = append(w.out, s...)
	}
}

func (w *writer) links(destination []byte) bool {
	return w.o.Markdown && w.o.Links && (bytes.HasPrefix(destination, []byte("http://")) || bytes.HasPrefix(destination, []byte("https://")))
}

// image begins one that has a description.
func (w *writer) image(n *ast.Image) bool {
	if n.FirstChild() == nil {
		return false
	}
	w.out = append(w.out, "!["...)
	return true
}

// reference is the name of the footnote that a link leads to.
func (w *writer) reference(root *east.FootnoteLink) string {
	if ref, ok := w.notes[root.Index]; ok {
		return ref
	}
	return strconv.Itoa(root.Index)
}

// footnotes are the names of the footnotes by their numbers, which links have.
func footnotes(root ast.Node) map[int]string {
	names := map[int]string{}
	for list := root.LastChild(); list != nil; list = list.PreviousSibling() {
		if list.Kind() != east.KindFootnoteList {
			continue
		}
		for c := list.FirstChild(); c != nil; c = c.NextSibling() {
			if f, ok := c.(*east.Footnote); ok {
				names[f.Index] = string(f.Ref)
			}
		}
	}
	return names
}

// text writes words, with what of Markdown is escaped in them still so in Markdown.
func (w *writer) text(n *ast.Text) {
	raw := n.Segment.Value(w.source)
	if !w.o.Markdown && !n.IsRaw() {
		raw = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(raw)))
	}
	if w.inTable && w.o.Markdown {
		raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte(`\|`), []byte("|")), []byte("|"), []byte(`\|`))
	}
	w.out = append(w.out, raw...)
	switch {
	case n.HardLineBreak() && w.o.Markdown && !w.heading && !w.inTable:
		w.out = append(w.out, '\\')
		w.newLine()
	case n.HardLineBreak() && !w.heading && !w.inTable:
		w.newLine()
	case n.SoftLineBreak():
		w.softBreak(n)
	}
}

// softBreak joins two lines of a paragraph: by a space, or by nothing between characters
// of scripts that write none. In Markdown the lines stay as they are.
func (w *writer) softBreak(n *ast.Text) {
	if w.o.Markdown && !w.heading && !w.inTable {
		w.newLine()
		return
	}
	before, _ := utf8.DecodeLastRune(w.out)
	after := rune(' ')
	if next, ok := n.NextSibling().(*ast.Text); ok {
		after, _ = utf8.DecodeRune(next.Segment.Value(w.source))
	}
	if unspaced(before) && unspaced(after) {
		return
	}
	w.out = append(w.out, ' ')
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3040 || r >= 0xff00 && r < 0xff66
}

func (w *writer) mathText(raw []byte) {
	for i, line := range strings.Split(strings.Trim(string(raw), "\n"), "\n") {
		if i > 0 {
			w.newLine()
		}
		w.out = append(w.out, strings.TrimLeft(line, " \t")...)
	}
}

// codeSpan writes code between as many backticks as it needs.
func (w *writer) codeSpan(n *ast.CodeSpan) {
	var code []byte
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			code = append(code, t.Segment.Value(w.source)...)
		}
	}
	code = bytes.ReplaceAll(code, []byte("\n"), []byte(" "))
	if !w.o.Markdown {
		w.out = append(w.out, code...)
		return
	}
	fence := "`"
	for bytes.Contains(code, []byte(fence)) {
		fence += "`"
	}
	pad := ""
	if bytes.HasPrefix(code, []byte("`")) || bytes.HasSuffix(code, []byte("`")) {
		pad = " "
	}
	w.out = append(append(append(append(append(w.out, fence...), pad...), code...), pad...), fence...)
}

// rawTag leaves tags out, but that one for a line break breaks the line.
func (w *writer) rawTag(n *ast.RawHTML) {
	if n.Segments.Len() == 0 {
		return
	}
	segment := n.Segments.At(0)
	if tag := bytes.ToLower(segment.Value(w.source)); !bytes.HasPrefix(tag, []byte("<br")) {
		return
	}
	if w.heading || w.inTable {
		w.out = append(w.out, ' ')
		return
	}
	if w.o.Markdown {
		w.out = append(w.out, '\\')
	}
	w.newLine()
}
