package office

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const pptxSpaces = ` xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

// deck is a presentation of slides, given as the content of their trees; notes of the first.
func deck(t testing.TB, notes string, slides ...string) []byte {
	t.Helper()
	var list, rels strings.Builder
	parts := []part{{"[Content_Types].xml", "<Types/>"}, {"docProps/core.xml", coreHead + "<dc:title>T</dc:title><dc:creator>Ann</dc:creator></cp:coreProperties>"}}
	// Stored in the reverse order of the presentation.
	for i, s := range slides {
		n := len(slides) - i
		fmt.Fprintf(&list, `<p:sldId id="%d" r:id="r%d"/>`, 256+i, n)
		fmt.Fprintf(&rels, `<Relationship Id="r%d" Type="x/slide" Target="slides/slide%d.xml"/>`, n, n)
		parts = append(parts, part{fmt.Sprintf("ppt/slides/slide%d.xml", n), "<p:sld" + pptxSpaces + "><p:cSld><p:spTree>" + s + "</p:spTree></p:cSld></p:sld>"})
		if i == 0 && notes != "" {
			parts = append(parts, part{fmt.Sprintf("ppt/slides/_rels/slide%d.xml.rels", n), `<Relationships><Relationship Id="n" Type="x/notesSlide" Target="../notesSlides/n.xml"/><Relationship Id="d" Type="x/diagramData" Target="../diagrams/data1.xml"/></Relationships>`},
				part{"ppt/notesSlides/n.xml", "<p:notes" + pptxSpaces + "><p:cSld><p:spTree>" + shapeOf("sldImg", para("Slide")) + shapeOf("body", para(notes)) + shapeOf("sldNum", para("1")) + "</p:spTree></p:cSld></p:notes>"},
				part{"ppt/diagrams/data1.xml", `<d:dataModel xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram"` + pptxSpaces + `><d:ptLst><d:pt><d:t>` + para("Step one") + `</d:t></d:pt><d:pt><d:t>` + para("Step two") + `</d:t></d:pt></d:ptLst></d:dataModel>`})
		}
	}
	parts = append(parts, part{"ppt/presentation.xml", "<p:presentation" + pptxSpaces + "><p:sldIdLst>" + list.String() + "</p:sldIdLst></p:presentation>"},
		part{"ppt/_rels/presentation.xml.rels", "<Relationships>" + rels.String() + "</Relationships>"})
	return pack(t, parts...)
}

func shapeOf(holder, paragraphs string) string {
	ph := `<p:ph type="` + holder + `"/>`
	switch holder {
	case "":
		ph = ""
	case "content":
		ph = `<p:ph idx="1"/>`
	}
	return `<p:sp><p:nvSpPr><p:nvPr>` + ph + `</p:nvPr></p:nvSpPr><p:txBody><a:bodyPr/>` + paragraphs + `</p:txBody></p:sp>`
}

func para(s string) string { return "<a:p><a:r><a:t>" + s + "</a:t></a:r></a:p>" }

func TestPPTX(t *testing.T) {
	level := func(props, s string) string {
		return "<a:p><a:pPr" + props + "</a:pPr><a:r><a:t>" + s + "</a:t></a:r></a:p>"
	}
	table := `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tblPr/><a:tr><a:tc><a:txBody>` + para("A") + `</a:txBody></a:tc><a:tc><a:txBody>` + para("B|C") + `</a:txBody></a:tc></a:tr><a:tr><a:tc><a:txBody>` + para("1") + para("2") + `</a:txBody></a:tc><a:tc><a:txBody><a:p/></a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
	for _, c := range []struct {
		name, notes  string
		slides       []string
		plain, marks string
	}{
		{name: "order and title", slides: []string{shapeOf("content", para("body")) + shapeOf("title", para("First")), shapeOf("ctrTitle", para("Second")) + shapeOf("subTitle", para("sub"))},
			plain: "First\nbody\nSecond\nsub", marks: "## First\n\n- body\n\n## Second\n\nsub"},
		{name: "lists", slides: []string{shapeOf("content", para("a")+level(` lvl="1">`, "b")+level(`><a:buNone/>`, "c")+level(`><a:buAutoNum type="arabicPeriod"/>`, "d")+level(`><a:buAutoNum/>`, "e")) + shapeOf("", para("free")+level(`><a:buChar char="-"/>`, "f"))},
			plain: "a\nb\nc\nd\ne\nfree\nf", marks: "- a\n  - b\n\nc\n\n1. d\n2. e\n\nfree\n\n- f"},
		{name: "table", slides: []string{table + shapeOf("title", para("T"))}, plain: "T\nA | B|C\n1 2 |", marks: "## T\n\n| A | B\\|C |\n| --- | --- |\n| 1 2 |  |"},
		{name: "two tables", slides: []string{table + table}, plain: "A | B|C\n1 2 |\nA | B|C\n1 2 |", marks: "| A | B\\|C |\n| --- | --- |\n| 1 2 |  |\n\n| A | B\\|C |\n| --- | --- |\n| 1 2 |  |"},
		{name: "furniture", slides: []string{shapeOf("sldNum", para("7")) + shapeOf("dt", para("today")) + shapeOf("ftr", para("foot")) + shapeOf("", para("x"))}, plain: "x", marks: "x"},
		{name: "notes and diagram", notes: "Say hello.", slides: []string{shapeOf("title", para("T")) + `<p:graphicFrame><a:graphic><a:graphicData><d:relIds xmlns:d="x" r:dm="d"/></a:graphicData></a:graphic></p:graphicFrame>`, shapeOf("", para("end"))},
			plain: "T\nStep one\nStep two\nSay hello.\nend", marks: "## T\n\n- Step one\n- Step two\n\nSay hello.\n\nend"},
		{name: "alternate and formula", slides: []string{shapeOf("", `<a:p><mc:AlternateContent><mc:Choice><a:r><a:t>new</a:t></a:r></mc:Choice><mc:Fallback><a:r><a:t>old</a:t></a:r></mc:Fallback></mc:AlternateContent><m:oMath><m:r><m:t>x=2</m:t></m:r></m:oMath><a:br/><a:fld><a:t>f</a:t></a:fld></a:p>`)}, plain: "new$x=2$\nf", marks: "new$x=2$\nf"},
		{name: "right to left", slides: []string{shapeOf("title", `<a:p><a:pPr rtl="1"/><a:r><a:t>שלום</a:t></a:r></a:p>`)}, plain: "שלום", marks: "## שלום"},
		{name: "empty", slides: []string{"", shapeOf("title", "<a:p/>")}},
		{name: "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := deck(t, c.notes, c.slides...)
			wantText(t, PPTX, raw, Limits{}, c.plain)
			wantText(t, PPTX, raw, Limits{Markdown: true}, c.marks)
		})
	}
	raw := deck(t, "Say hello.", shapeOf("", para("x")))
	wantText(t, PPTX, raw, Limits{NoSpeakerNotes: true}, "x")
	if m := new(Reader).Metadata(PPTX, raw, Limits{}); m.Title != "T" || m.Author != "Ann" {
		t.Errorf("metadata %+v", m)
	}
}

// A slide that is not there is named, the others are read.
func TestPPTXMissingSlide(t *testing.T) {
	raw := pack(t, part{"ppt/presentation.xml", "<p:presentation" + pptxSpaces + `><p:sldIdLst><p:sldId id="256" r:id="r1"/><p:sldId id="257" r:id="r2"/><p:sldId id="258" r:id="r3"/></p:sldIdLst></p:presentation>`},
		part{"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="r1" Type="x/slide" Target="gone.xml"/><Relationship Id="r2" Type="x/slide" Target="s.xml"/></Relationships>`},
		part{"ppt/s.xml", "<p:sld" + pptxSpaces + ">" + shapeOf("", para("here")) + "</p:sld>"})
	d, err := new(Reader).Document(PPTX, raw, Limits{})
	if err != nil || d.Text != "here" || len(d.Missing) != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := Text(PPTX, pack(t, part{"ppt/presentation.xml", "<x/>"}), Limits{}); !errors.Is(err, ErrFormat) {
		t.Errorf("no presentation: %v", err)
	}
}
