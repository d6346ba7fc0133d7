package office

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// Most of a deck that is read.
const (
	maxSlides    = 10_000
	maxListLevel = 8 // of DrawingML
)

// readPPTX reads the slides of a presentation in their order (ECMA-376 part 1, section
// 19): the title, then the other shapes as they are stored, with tables and diagrams, and
// what the speaker notes. Numbers of slides, dates and footers are left out.
func readPPTX(a *archive) (string, error) {
	related, err := a.relationships("")
	if err != nil {
		return "", err
	}
	main := related.part("/officeDocument", "", "ppt/presentation.xml")
	var deck presentation
	if err := a.walk(main, &deck); err != nil {
		return "", err
	}
	if !deck.found {
		return "", fmt.Errorf("%w: part %q is no presentation", ErrFormat, main)
	}
	slides, err := a.relationships(main)
	if err != nil {
		return "", err
	}
	w := pptxWalk{docxWalk: docxWalk{lines: lines{limit: a.limits.TextBytes, markdown: a.limits.Markdown}, archive: a}}
	for _, id := range deck.slides {
		part, ok := slides.byID[id]
		if !ok {
			part = "slide " + id
		}
		if err := w.slide(part); err != nil {
			if err = a.lose(part, err); err != nil {
				return "", err
			}
		}
	}
	return w.result()
}

// presentation lists the slides.
type presentation struct {
	found  bool
	slides []string // IDs of their relationships
}

func (p *presentation) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "presentation":
		p.found = true
	case "sldId":
		for _, at := range e.Attr { // it has a number of its own, which is called id too
			if at.Name.Local == "id" && at.Name.Space != "" && len(p.slides) < maxSlides {
				p.slides = append(p.slides, at.Value)
			}
		}
	}
	return true
}
func (p *presentation) end(xml.Name)      {}
func (p *presentation) text([]byte) error { return nil }

// pptxWalk turns the shapes of a slide into lines.
type pptxWalk struct {
	docxWalk
	shapes   []shape               // open ones, innermost last
	title    []string              // paragraphs of the title, which is written above the others
	notes    bool                  // a page of notes is read
	diagrams []string              // IDs of the relationships of a slide's diagrams
	data     bool                  // a diagram's data are read
	level    int                   // of the open paragraph, from 0
	count    [maxListLevel + 1]int // numbers of the items of the open shape
}

// shape is what is known of an open shape.
type shape struct {
	holder string // kind of the placeholder, "" for none
	is     bool   // it is a placeholder
	list   listKind
}

type listKind uint8

const (
	listUnknown listKind = iota
	listNone
	listBullet
	listNumber
)

// slide reads a slide, its diagrams and its notes.
func (w *pptxWalk) slide(part string) error {
	related, err := w.archive.relationships(part)
	if err != nil {
		return err
	}
	w.title, w.diagrams, w.notes, w.data = nil, nil, false, false
	begin := w.lines.out
	w.lines.out, w.last = nil, block{}
	err = w.read(part)
	own := w.lines.out
	w.lines.out = begin
	for _, title := range w.title {
		w.next = block{heading: 2}
		w.emit(title)
	}
	w.append(own)
	if err != nil {
		return err
	}
	for _, id := range w.diagrams {
		name, ok := related.byID[id]
		if !ok {
			continue
		}
		w.data = true
		if err := w.read(name); err != nil {
			if err = w.archive.lose(name, err); err != nil {
				return err
			}
		}
		w.data = false
	}
	notes := related.part("/notesSlide", part, "")
	if w.archive.limits.NoSpeakerNotes || !w.archive.has(notes) {
		return nil
	}
	w.notes = true
	if err := w.read(notes); err != nil {
		return w.archive.lose(notes, err)
	}
	return nil
}

// append writes what stands already as blocks.
func (w *pptxWalk) append(b []byte) {
	if len(b) == 0 {
		return
	}
	if len(w.out) > 0 {
		w.out = append(w.out, '\n')
		if w.markdown {
			w.out = append(w.out, '\n')
		}
	}
	w.out = append(w.out, b...)
}

// read reads a part. What it leaves open is closed: the next is one of its own.
func (w *pptxWalk) read(part string) error {
	err := w.archive.walk(part, w)
	w.shapes, w.chosen, w.math = w.shapes[:0], w.chosen[:0], formula{}
	w.inText, w.hidden, w.inProps = 0, false, ""
	for len(w.open) > 0 {
		w.endParagraph()
	}
	for len(w.rows) > 0 {
		w.endCell()
		w.endRow()
	}
	w.endTable()
	return cmp.Or(err, w.failed)
}

// Elements without text of a slide: properties, what a field of another program holds,
// the style of a table.
var pptxSkip = map[string]bool{"tblPr": true, "tblGrid": true, "bodyPr": true, "lstStyle": true, "extLst": true, "timing": true, "transition": true, "style": true, "spPr": true}

func (w *pptxWalk) start(e xml.StartElement) bool {
	if namespace(e.Name.Space) != "" { // a formula, an alternative
		return w.docxWalk.start(e)
	}
	switch local := e.Name.Local; local {
	case "sp", "graphicFrame", "pic":
		w.shapes = append(w.shapes, shape{})
		w.count = [maxListLevel + 1]int{}
	case "ph":
		if s := w.shape(); s != nil {
			s.is, s.holder = true, attr(e, "type")
		}
	case "txBody":
		return w.wanted()
	case "p":
		if isDrawingText(e.Name) {
			w.paragraph()
			if s := w.shape(); s != nil {
				s.list = listUnknown
			}
			w.next = block{}
			w.level = 0
		}
	case "pPr":
		n, _ := strconv.Atoi(attr(e, "lvl")) // 0 where it says nothing
		w.level = min(max(n, 0), maxListLevel)
	case "buNone":
		w.setList(listNone)
	case "buChar", "buBlip":
		w.setList(listBullet)
	case "buAutoNum":
		w.setList(listNumber)
	case "t":
		w.inText++
	case "br":
		w.mark("\n")
	case "tab":
		w.mark("\t")
	case "tr":
		w.startRow()
	case "relIds":
		if id := attr(e, "dm"); id != "" && len(w.diagrams) < maxSlides {
			w.diagrams = append(w.diagrams, id)
		}
	default:
		return !pptxSkip[local]
	}
	return true
}

// isDrawingText says whether a name is of the text of DrawingML; a diagram has paragraphs of
// the same kind.
func isDrawingText(n xml.Name) bool {
	return strings.HasSuffix(n.Space, "/drawingml/2006/main") || strings.HasSuffix(n.Space, "/drawingml/main")
}

func (w *pptxWalk) shape() *shape {
	if n := len(w.shapes); n > 0 {
		return &w.shapes[n-1]
	}
	return nil
}

func (w *pptxWalk) setList(k listKind) {
	if s := w.shape(); s != nil && len(w.open) > 0 {
		s.list = k
	}
}

// wanted says whether the text of the shape is one of the document's: of notes the body
// alone, as the page shows the slide too.
func (w *pptxWalk) wanted() bool {
	s := w.shape()
	if s == nil {
		return true
	}
	switch s.holder {
	case "sldNum", "dt", "ftr", "hdr", "sldImg":
		return false
	}
	return !w.notes || s.holder == "body"
}

func (w *pptxWalk) isTitle() bool {
	s := w.shape()
	return s != nil && !w.notes && (s.holder == "title" || s.holder == "ctrTitle") && len(w.rows) == 0
}

func (w *pptxWalk) end(name xml.Name) {
	if namespace(name.Space) != "" {
		w.docxWalk.end(name)
		return
	}
	switch name.Local {
	case "sp", "graphicFrame", "pic":
		if n := len(w.shapes); n > 0 {
			w.shapes = w.shapes[:n-1]
		}
	case "p":
		if isDrawingText(name) {
			w.endSlideParagraph()
		}
	case "t":
		w.inText = max(w.inText-1, 0)
	case "tc":
		w.endCell()
	case "tr":
		w.endRow()
	case "tbl":
		if len(w.rows) == 0 {
			w.endTable()
		}
	}
}

// endSlideParagraph ends a paragraph as what it is: of the title, of a list, or neither.
func (w *pptxWalk) endSlideParagraph() {
	if w.isTitle() {
		if n := len(w.open); n > 0 {
			if s := strings.Join(strings.Fields(string(w.open[n-1])), " "); s != "" {
				w.title = append(w.title, s)
			}
		}
		w.dropParagraph()
		return
	}
	w.next = w.listBlock()
	w.endParagraph()
	w.next = block{}
}

// listBlock is the place of a paragraph in a list. Where it says nothing itself, those of
// the bodies are items, as masters have it.
func (w *pptxWalk) listBlock() block {
	s := w.shape()
	if w.data {
		return block{item: 1}
	}
	if s == nil || len(w.rows) > 0 || w.notes {
		return block{}
	}
	kind := s.list
	if kind == listUnknown {
		kind = listNone
		if s.is && (s.holder == "" || s.holder == "body" || s.holder == "obj") {
			kind = listBullet
		}
	}
	if kind != listNumber {
		clear(w.count[min(w.level, maxListLevel):])
	}
	switch kind {
	case listBullet:
		return block{item: w.level + 1}
	case listNumber:
		w.count[w.level]++
		clear(w.count[w.level+1:])
		return block{item: w.level + 1, number: w.count[w.level]}
	}
	return block{}
}
