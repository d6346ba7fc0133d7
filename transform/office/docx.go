package office

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/corpusmill/corpusmill/transform"
)

// readDOCX reads the main part of a word processing document (ECMA-376 part 1,
// section 17) and, if asked, its notes.
func readDOCX(a *archive, pages func() *transform.Extractor) (string, error) {
	main, err := mainPart(a)
	if err != nil {
		return "", err
	}
	related, err := a.relationships(main)
	if err != nil {
		return "", err
	}
	w := docxWalk{lines: lines{limit: a.limits.TextBytes, markdown: a.limits.Markdown}, archive: a, related: related, pages: pages}
	if part := related.part("/styles", main, "styles.xml"); (!a.limits.Contents || a.limits.Markdown) && a.has(part) {
		w.styles = contentsStyles{}
		found := stylesWalk{found: w.styles, outline: outlineStyles{}}
		// Damaged styles leave the text readable, with its table of contents.
		if err := a.walk(part, &found); errors.Is(err, ErrLimit) {
			return "", err
		}
		w.outline = found.outline
	}
	w.contents = a.limits.Contents
	if part := related.part("/numbering", main, "numbering.xml"); a.limits.Markdown && a.has(part) {
		w.numbers = newNumbering()
		if err := a.walk(part, w.numbers); errors.Is(err, ErrLimit) {
			return "", err
		}
	}
	if err := cmp.Or(a.walk(main, &w), w.failed); err != nil {
		return "", err
	}
	if !w.document {
		return "", fmt.Errorf("%w: part %q is no document", ErrFormat, main)
	}
	if a.limits.Footnotes {
		for _, kind := range []string{"footnotes", "endnotes"} {
			part := related.part("/"+kind, main, kind+".xml")
			if !a.has(part) {
				continue
			}
			if w.related, err = a.relationships(part); err != nil {
				return "", err
			}
			if err := a.walk(part, &w); err != nil {
				if err = a.lose(part, err); err != nil {
					return "", err
				}
			}
			if w.failed != nil {
				return "", w.failed
			}
		}
	}
	return w.result()
}

const defaultMain = "word/document.xml"

// mainPart finds the main part by the package's relationships, else by its usual
// name.
func mainPart(a *archive) (string, error) {
	related, err := a.relationships("")
	return related.part("/officeDocument", "", defaultMain), err
}

// docxWalk turns WordprocessingML into lines.
type docxWalk struct {
	lines
	document bool  // the root is that of a document
	inText   int   // depth of open w:t and m:t
	chosen   []int // branches entered of each open mc:AlternateContent
	hidden   bool  // the current run is hidden text
	math     formula
	contents bool           // tables of contents are kept
	styles   contentsStyles // of their paragraphs
	drop     []bool         // of each open paragraph: it is of a table of contents
	controls []bool         // of each open content control: it holds one
	inProps  string         // pPr or sdtPr while one is open
	font     symbolFont     // of the current run, nil for one of letters
	outline  outlineStyles  // in Markdown
	numbers  *numbering     // in Markdown; nil where the document has none
	kinds    []paragraphKind

	archive *archive
	related relations
	pages   func() *transform.Extractor
	failed  error // of an inserted document, one that ends the reading
}

// Elements whose content is no text of the document: deleted and moved text,
// field codes, properties, the reading above ruby text, bookmarked data.
var docxSkip = map[string]bool{
	"del": true, "moveFrom": true, "delText": true, "instrText": true, "delInstrText": true,
	"tblPr": true, "trPr": true, "tcPr": true, "sectPr": true,
	"tblGrid": true, "rt": true, "rubyPr": true, "sdtEndPr": true, "customXmlPr": true,
}

// namespace names the vocabularies that matter, in their two editions each.
func namespace(space string) string {
	switch {
	case strings.HasSuffix(space, "/wordprocessingml/2006/main"), strings.HasSuffix(space, "/wordprocessingml/main"):
		return "w"
	case strings.HasSuffix(space, "/officeDocument/2006/math"), strings.HasSuffix(space, "/officeDocument/math"):
		return "m"
	case strings.HasSuffix(space, "/markup-compatibility/2006"):
		return "mc"
	}
	return ""
}

func (w *docxWalk) start(e xml.StartElement) bool {
	switch namespace(e.Name.Space) {
	case "mc":
		return w.alternate(e.Name.Local)
	case "m":
		if e.Name.Local == "t" {
			w.inText++
			return true
		}
		if e.Name.Local == "r" {
			w.hidden, w.font = false, nil
		}
		w.math.start(w, e)
		return true
	case "w":
		if w.inProps != "" {
			return w.property(e)
		}
		return w.word(e)
	}
	return true
}

// alternate enters the first branch of each mc:AlternateContent: the others say
// the same in older words.
func (w *docxWalk) alternate(local string) bool {
	switch local {
	case "AlternateContent":
		w.chosen = append(w.chosen, 0)
	case "Choice", "Fallback":
		if n := len(w.chosen); n > 0 {
			if w.chosen[n-1] > 0 {
				return false
			}
			w.chosen[n-1]++
		}
	}
	return true
}

func (w *docxWalk) word(e xml.StartElement) bool {
	switch local := e.Name.Local; local {
	case "document":
		w.document = true
	case "p":
		w.paragraph()
		w.drop = append(w.drop, false)
		w.kinds = append(w.kinds, paragraphKind{})
	case "pPr", "sdtPr":
		w.inProps = local
	case "sdt":
		w.controls = append(w.controls, false)
	case "altChunk":
		if w.failed == nil {
			w.insert(attr(e, "id"))
		}
		return false
	case "sdtContent":
		n := len(w.controls)
		return n == 0 || !w.controls[n-1]
	case "r":
		w.hidden, w.font = false, nil
	case "rFonts":
		w.font = symbolFontOf(cmp.Or(attr(e, "ascii"), attr(e, "hAnsi")))
	case "sym":
		w.symbol(attr(e, "font"), attr(e, "char"))
	case "vanish":
		switch attr(e, "val") {
		case "0", "false", "off":
		default:
			w.hidden = true
		}
	case "t":
		w.inText++
	case "tab", "ptab":
		w.mark("\t")
	case "br", "cr":
		w.mark("\n")
	case "noBreakHyphen":
		w.mark("-")
	case "tr":
		w.startRow()
	case "footnote", "endnote":
		return attr(e, "type") == "" // separators have a type
	default:
		return !docxSkip[local]
	}
	return true
}

func (w *docxWalk) mark(s string) {
	if !w.hidden {
		w.put(s)
	}
}

func (w *docxWalk) end(name xml.Name) {
	switch namespace(name.Space) {
	case "mc":
		if name.Local == "AlternateContent" && len(w.chosen) > 0 {
			w.chosen = w.chosen[:len(w.chosen)-1]
		}
	case "m":
		if name.Local == "t" {
			w.inText--
			return
		}
		if name.Local == "r" {
			w.hidden = false
		}
		w.math.end(w, name.Local)
	case "w":
		switch name.Local {
		case "p":
			w.endText()
		case "pPr", "sdtPr":
			w.inProps = ""
		case "sdt":
			if n := len(w.controls); n > 0 {
				w.controls = w.controls[:n-1]
			}
		case "r":
			w.hidden, w.font = false, nil
		case "t":
			w.inText--
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
}

func (w *docxWalk) text(s []byte) error {
	if w.inText == 0 || w.hidden {
		return nil
	}
	if w.math.open > 0 {
		return w.write([]byte(escapeMath.Replace(string(s))))
	}
	if w.font != nil {
		return w.write([]byte(w.font.text(string(s))))
	}
	return w.write(s)
}

// symbol writes a character that is given by its code in a font. One of a font
// without letters that is not known says nothing.
func (w *docxWalk) symbol(font, code string) {
	n, err := strconv.ParseUint(code, 16, 32)
	if err != nil {
		return
	}
	c, ok := symbolFontOf(font).character(rune(n))
	if !ok {
		c = rune(n)
	}
	if unicode.IsGraphic(c) {
		w.mark(string(c))
	}
}

// endText ends a paragraph.
func (w *docxWalk) endText() {
	if n := len(w.kinds); n > 0 {
		w.next = block{}
		if w.markdown && w.paragraphLength() > 0 && len(w.rows) == 0 {
			w.next = w.kinds[n-1].block(w.outline, w.numbers)
		}
		w.kinds = w.kinds[:n-1]
	}
	if n := len(w.drop); n > 0 {
		drop := w.drop[n-1]
		if w.drop = w.drop[:n-1]; drop {
			w.dropParagraph()
			return
		}
	}
	w.endParagraph()
}

// property looks at the properties of a paragraph or a content control for what
// marks a table of contents.
func (w *docxWalk) property(e xml.StartElement) bool {
	if n := len(w.kinds); n > 0 && w.inProps == "pPr" && w.markdown {
		if enter := w.kinds[n-1].property(e); enter {
			return true
		}
	}
	switch local := e.Name.Local; {
	case w.contents:
	case w.inProps == "pPr" && local == "pStyle":
		if n := len(w.drop); n > 0 && w.styles[attr(e, "val")] {
			w.drop[n-1] = true
		}
	case w.inProps == "sdtPr" && local == "docPartObj":
		return true
	case w.inProps == "sdtPr" && local == "docPartGallery":
		if n := len(w.controls); n > 0 && attr(e, "val") == "Table of Contents" {
			w.controls[n-1] = true
		}
	}
	return false
}

// contentsStyles are the IDs of the paragraph styles of a table of contents. They
// depend on the language of the word processor; the names of the styles do not.
type contentsStyles map[string]bool

// maxContentsStyles bounds contentsStyles; Word has eleven.
const maxContentsStyles = 100

// stylesWalk finds contentsStyles in the styles part.
type stylesWalk struct {
	found   contentsStyles
	outline outlineStyles
	id      string // of the open style
}

func (s *stylesWalk) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "style":
		s.id = attr(e, "styleId")
	case "name":
		name := strings.ToLower(attr(e, "val"))
		s.outline.name(s.id, name)
		level, ok := strings.CutPrefix(name, "toc ")
		if ok && (len(level) == 1 || level == "heading") || name == "table of figures" {
			if len(s.found) < maxContentsStyles {
				s.found[s.id] = true
			}
		}
		return false
	case "basedOn":
		s.outline.set(s.id, func(o *outlineStyle) { o.parent = attr(e, "val") })
	case "pPr":
		return s.id != ""
	case "outlineLvl", "numId", "ilvl":
		s.outline.property(s.id, e)
	case "rPr", "tblPr", "tblStylePr", "docDefaults", "latentStyles":
		return false
	}
	return true
}
func (s *stylesWalk) end(xml.Name)      {}
func (s *stylesWalk) text([]byte) error { return nil }
