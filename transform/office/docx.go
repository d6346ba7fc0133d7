package office

import (
	"encoding/xml"
	"path"
	"strings"
)

// readDOCX reads the main part of a word processing document (ECMA-376 part 1,
// section 17) and, if asked, its notes.
func readDOCX(a *archive) (string, error) {
	main := mainPart(a)
	w := docxWalk{lines: lines{limit: a.limits.TextBytes}}
	if err := a.walk(main, &w); err != nil {
		return "", err
	}
	if a.limits.Footnotes {
		for _, name := range []string{"footnotes.xml", "endnotes.xml"} {
			part := path.Join(path.Dir(main), name)
			if !a.has(part) {
				continue
			}
			if err := a.walk(part, &w); err != nil {
				return "", err
			}
		}
	}
	return w.result()
}

const defaultMain = "word/document.xml"

// mainPart finds the main part by the package's relationships, which some
// writers need, else by its usual name.
func mainPart(a *archive) string {
	if a.has(defaultMain) {
		return defaultMain
	}
	var rels relations
	if err := a.walk("_rels/.rels", &rels); err != nil || rels.main == "" {
		return defaultMain
	}
	return rels.main
}

// relations looks for the main part among relationships.
type relations struct{ main string }

func (r *relations) start(e xml.StartElement) bool {
	if e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/officeDocument") && r.main == "" {
		r.main = strings.TrimPrefix(path.Clean("/"+attr(e, "Target")), "/")
	}
	return true
}
func (r *relations) end(xml.Name)      {}
func (r *relations) text([]byte) error { return nil }

// docxWalk turns WordprocessingML into lines.
type docxWalk struct {
	lines
	inText int   // depth of open w:t and m:t
	chosen []int // branches entered of each open mc:AlternateContent
	hidden bool  // the current run is hidden text
}

// Elements whose content is no text of the document: deleted and moved text,
// field codes, properties, the reading above ruby text, bookmarked data.
var docxSkip = map[string]bool{
	"del": true, "moveFrom": true, "delText": true, "instrText": true, "delInstrText": true,
	"pPr": true, "tblPr": true, "trPr": true, "tcPr": true, "sectPr": true, "sdtPr": true,
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
		}
		return true
	case "w":
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
	case "p":
		w.paragraph()
	case "r":
		w.hidden = false
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
		}
	case "w":
		switch name.Local {
		case "p":
			w.endParagraph()
		case "r":
			w.hidden = false
		case "t":
			w.inText--
		case "tc":
			w.endCell()
		case "tr":
			w.endRow()
		}
	}
}

func (w *docxWalk) text(s []byte) error {
	if w.inText == 0 || w.hidden {
		return nil
	}
	return w.write(s)
}
