package office

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// readODT reads the content of a text document (OpenDocument 1.3 part 3).
func readODT(a *archive) (string, error) {
	if a.has("META-INF/manifest.xml") {
		var m odtManifest
		// The manifest only tells whether content.xml is encrypted; a damaged one
		// leaves the content readable.
		if err := a.walk("META-INF/manifest.xml", &m); err == nil && m.encrypted {
			return "", ErrEncrypted
		}
	}
	w := odtWalk{lines: lines{limit: a.limits.TextBytes, markdown: a.limits.Markdown}, notes: a.limits.Footnotes, contents: a.limits.Contents, archive: a}
	if err := cmp.Or(a.walk("content.xml", &w), w.failed); err != nil {
		return "", err
	}
	if !w.document {
		return "", fmt.Errorf("%w: content.xml is no document", ErrFormat)
	}
	for _, note := range w.kept {
		w.emit(note)
	}
	return w.result()
}

// odtManifest looks for an encrypted content.xml.
type odtManifest struct{ encrypted, content bool }

func (m *odtManifest) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "file-entry":
		m.content = attr(e, "full-path") == "content.xml"
	case "encryption-data":
		m.encrypted = m.encrypted || m.content
	}
	return true
}
func (m *odtManifest) end(xml.Name)      {}
func (m *odtManifest) text([]byte) error { return nil }

// odtWalk turns OpenDocument content into lines.
type odtWalk struct {
	lines
	document bool // the root is that of a document
	notes    bool
	contents bool // tables of contents are kept
	inNote   []noteStart
	kept     []string // notes, written below the text
	math     *mathML  // the formula that is open, nil for none
	archive  *archive
	failed   error // of a formula, one that ends the reading
	lists    odtLists
	headings []int // levels of the open paragraphs, 0 for those that are none
}

// noteStart is what the lines held where a note began.
type noteStart struct {
	rows  []row
	out   []byte
	table grid
	last  block
}

// maxSpaces is the largest count of a text:s that is believed.
const maxSpaces = 100

// Elements whose content is no text of the document: deleted text, comments,
// forms, readings above ruby text, descriptions of pictures, what fields hold.
var odtSkip = map[string]bool{
	"tracked-changes": true, "annotation": true, "annotation-end": true, "forms": true,
	"ruby-text": true, "note-citation": true, "covered-table-cell": true, "automatic-styles": true,
	"font-face-decls": true, "scripts": true, "event-listeners": true, "title": true, "desc": true,
	"variable-decls": true, "sequence-decls": true, "user-field-decls": true, "binary-data": true,
}

func (w *odtWalk) start(e xml.StartElement) bool {
	if w.math != nil {
		return w.math.start(e)
	}
	switch local := e.Name.Local; local {
	case "math":
		w.math = new(mathML)
		return w.math.start(e)
	case "object":
		if isODF(e.Name, "drawing") && w.failed == nil {
			w.object(attr(e, "href"))
		}
	case "document-content":
		w.document = true
	case "p", "h":
		if isODF(e.Name, "text") {
			w.paragraph()
			level := 0
			if local == "h" {
				level, _ = strconv.Atoi(attr(e, "outline-level")) // without one it is of the first
				level = min(max(level, 1), maxHeading)
			}
			w.headings = append(w.headings, level)
		}
	case "list", "list-item", "list-header":
		if isODF(e.Name, "text") && w.markdown {
			w.lists.start(e)
		}
	case "automatic-styles", "list-style", "list-level-style-number":
		if !w.markdown {
			return false
		}
		w.lists.style(e)
	case "tab":
		w.put("\t")
	case "line-break":
		w.put("\n")
	case "s":
		if !isODF(e.Name, "text") {
			return true
		}
		n, err := strconv.Atoi(attr(e, "c"))
		if err != nil || n < 1 {
			n = 1
		}
		w.put(strings.Repeat(" ", min(n, maxSpaces)))
	case "table-row":
		w.startRow()
	case "note":
		if isODF(e.Name, "text") {
			return w.startNote()
		}
	case "table-of-content", "illustration-index", "table-index", "object-index", "user-index", "alphabetical-index":
		return w.contents
	case "title":
		return isODF(e.Name, "text") // a field, where svg:title describes a picture
	default:
		return !odtSkip[local]
	}
	return true
}

// startNote puts the lines aside: a note stands in the middle of a paragraph.
func (w *odtWalk) startNote() bool {
	if !w.notes {
		return false
	}
	w.inNote = append(w.inNote, noteStart{w.rows, w.out, w.table, w.last})
	w.rows, w.out, w.table, w.last = nil, nil, grid{}, block{}
	return true
}

func (w *odtWalk) endNote() {
	n := len(w.inNote)
	if n == 0 {
		return
	}
	w.endTable()
	w.kept = append(w.kept, string(w.out))
	before := w.inNote[n-1]
	w.rows, w.out, w.table, w.last = before.rows, before.out, before.table, before.last
	w.inNote = w.inNote[:n-1]
}

// isODF says whether a name is in a vocabulary of OpenDocument.
func isODF(n xml.Name, vocabulary string) bool {
	return strings.HasPrefix(n.Space, "urn:oasis:names:tc:opendocument:xmlns:"+vocabulary+":")
}

// object writes a formula that is a part of its own. Objects of other kinds have no
// text of the document, and what lies outside of the archive is none of its parts.
func (w *odtWalk) object(href string) {
	if href == "" || strings.Contains(href, "://") {
		return
	}
	name, _ := w.archive.resolve("", strings.TrimPrefix(href, "#")+"/content.xml")
	var f formulaPart
	err := w.archive.walk(name, &f)
	if err == nil && f.work > maxFormulaWork {
		err = fmt.Errorf("%w: a formula of over %d bytes", ErrFormat, maxFormulaWork)
	}
	if err != nil {
		w.failed = w.archive.lose(name, err)
		return
	}
	w.formula(&f.mathML)
}

// formula writes a formula into the paragraph around it, or as one of its own.
func (w *odtWalk) formula(m *mathML) {
	alone := len(w.open) == 0
	if alone {
		w.paragraph()
	}
	w.put(m.result())
	if alone {
		w.endParagraph()
	}
}

func (w *odtWalk) end(name xml.Name) {
	if m := w.math; m != nil {
		if m.end(name); len(m.open) == 0 {
			w.formula(m)
			w.math = nil
		}
		return
	}
	switch name.Local {
	case "p", "h":
		if isODF(name, "text") {
			w.endODTParagraph()
		}
	case "list":
		if isODF(name, "text") && w.markdown {
			w.lists.end()
		}
	case "table":
		if len(w.rows) == 0 {
			w.endTable()
		}
	case "table-cell":
		w.endCell()
	case "table-row":
		w.endRow()
	case "note":
		if isODF(name, "text") {
			w.endNote()
		}
	}
}

// endODTParagraph ends a paragraph as what it is.
func (w *odtWalk) endODTParagraph() {
	w.next = block{}
	if n := len(w.headings); n > 0 {
		if w.markdown && w.paragraphLength() > 0 && len(w.rows) == 0 {
			if w.next.heading = w.headings[n-1]; w.next.heading == 0 {
				w.next = w.lists.block()
			}
		}
		w.headings = w.headings[:n-1]
	}
	w.endParagraph()
}

// text writes characters with runs of white space as one space, as the format
// has it.
func (w *odtWalk) text(s []byte) error {
	if w.math != nil {
		return w.math.text(s)
	}
	n := len(w.open)
	if n == 0 {
		return nil
	}
	if w.size += int64(len(s)); w.size > w.limit {
		return w.over()
	}
	b := w.open[n-1]
	for _, c := range s {
		if c == '\n' || c == '\t' || c == '\r' {
			c = ' '
		}
		if c == ' ' && (len(b) == 0 || b[len(b)-1] == ' ') {
			continue
		}
		b = append(b, c)
	}
	w.open[n-1] = b
	return nil
}
