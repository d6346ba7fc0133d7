package office

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/internal/damage"
)

// hang is longer than any machine takes for a document; figures of the time are
// in bench/extraction/documents.
const hang = time.Minute

// wantsEnd reads a document that may be anything: a text or a typed error is
// right.
func wantsEnd(t *testing.T, media string, raw []byte) {
	t.Helper()
	start := time.Now()
	_, err := Text(media, raw, Limits{InflatedBytes: 16 << 20})
	if err == nil {
		_, err = Text(media, raw, Limits{InflatedBytes: 16 << 20, Markdown: true, Footnotes: true})
	}
	new(Reader).Metadata(media, raw, Limits{InflatedBytes: 16 << 20})
	if d := time.Since(start); d > hang {
		t.Errorf("%s: %v", media, d)
	}
	if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrEncrypted) {
		t.Errorf("%s: untyped error %v", media, err)
	}
}

// TestDamaged reads damaged copies of documents that hold what the readers know.
func TestDamaged(t *testing.T) {
	for media, good := range fixtures(t) {
		if text, err := Text(media, good, Limits{Footnotes: true}); err != nil || text == "" {
			t.Fatalf("%s: %q, %v", media, text, err)
		}
		for n := range 200 {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			var raw []byte
			switch n % 3 {
			case 0:
				raw = damage.Bytes(r, good)
			case 1:
				raw = damageDirectory(r, bytes.Clone(good))
			default: // checksums would keep damage inside of an entry from being read
				var err error
				if raw, err = damage.Entry(r, good); err != nil {
					t.Fatal(err)
				}
			}
			wantsEnd(t, media, raw)
		}
	}
}

func fixtures(t testing.TB) map[string][]byte {
	notes := `<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote><w:p>` + run("A note.") + `</w:p></w:footnote></w:footnotes>`
	styles := `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style></w:styles>`
	word := docxHead + `<w:p><w:pPr><w:pStyle w:val="T1"/></w:pPr>` + run("Contents") + `</w:p><w:p>` + run("Hello") +
		`<w:ins>` + run("new") + `</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>` +
		`<w:tbl><w:tr><w:tc><w:p>` + run("x") + `<mc:AlternateContent><mc:Choice><w:p>` + run("box") + `</w:p></mc:Choice><mc:Fallback><w:p>` + run("box") + `</w:p></mc:Fallback></mc:AlternateContent></w:p></w:tc></w:tr></w:tbl></w:body></w:document>`
	return map[string][]byte{
		DOCX: pack(t, part{"[Content_Types].xml", "<Types/>"}, part{"word/styles.xml", styles}, part{"docProps/core.xml", coreHead + "<dc:title>T</dc:title></cp:coreProperties>"}, part{"word/document.xml", word}, part{"word/footnotes.xml", notes}),
		ODT: odt(t, `<text:table-of-content><text:p>T</text:p></text:table-of-content><text:h>T</text:h><text:p>a<text:s text:c="2"/>b<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>n</text:p></text:note-body></text:note></text:p>`+
			`<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>`),
		EPUB: epub(t),
		PPTX: deck(t, "A note.", shapeOf("title", para("T"))+shapeOf("content", para("a"))+`<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody>`+para("x")+`</a:txBody></a:tc></a:tr></a:tbl><d:relIds r:dm="d"/></p:graphicFrame>`, shapeOf("", para("end"))),
		XLSX: workbookOf(t, "", `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>45293</v></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row>`, `<row><c><v>1</v></c></row>`),
	}
}

// damageDirectory changes fields of the zip directory: sizes, places, methods.
func damageDirectory(r *rand.Rand, b []byte) []byte {
	var records []int
	for i := 0; ; {
		k := bytes.Index(b[i:], directoryMark)
		if k < 0 {
			break
		}
		records = append(records, i+k)
		i += k + 1
	}
	for range 1 + r.IntN(3) {
		at := records[r.IntN(len(records))]
		switch r.IntN(5) {
		case 0: // compressed size
			binary.LittleEndian.PutUint32(b[at+20:], r.Uint32())
		case 1: // inflated size
			binary.LittleEndian.PutUint32(b[at+24:], r.Uint32())
		case 2: // place
			binary.LittleEndian.PutUint32(b[at+42:], uint32(r.IntN(len(b)*2)))
		case 3: // method
			binary.LittleEndian.PutUint16(b[at+10:], uint16(r.IntN(16)))
		case 4: // length of the name
			binary.LittleEndian.PutUint16(b[at+28:], uint16(r.IntN(64)))
		}
	}
	return b
}

// TestBombs reads small archives that ask for much.
func TestBombs(t *testing.T) {
	const mega = 1 << 20
	var entities strings.Builder
	entities.WriteString(`<!DOCTYPE d [<!ENTITY a0 "aaaaaaaaaa">`)
	for i := range 9 {
		fmt.Fprintf(&entities, `<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	var spine strings.Builder
	for range 100_000 {
		spine.WriteString(`<itemref idref="a"/>`)
	}
	many := make([]part, 20_000)
	for i := range many {
		many[i] = part{fmt.Sprintf("p%d", i), ""}
	}
	book := []part{{"META-INF/container.xml", `<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>`}}
	chapter := append(book, part{"b.opf", `<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`})
	for name, c := range map[string]struct {
		media string
		raw   []byte
	}{
		"text":            {DOCX, bomb(t, DOCX, "<w:p><w:r><w:t>", "aaaaaaaaaaaaaaaa", 16*mega, "</w:t></w:r></w:p>")},
		"paragraphs":      {DOCX, bomb(t, DOCX, "", "<w:p>"+run("a")+"</w:p>", 2*mega, "")},
		"varied":          {DOCX, bomb(t, DOCX, "", variedParagraphs(mega/2), 100, "")},
		"nested":          {DOCX, bomb(t, DOCX, "", "<w:p>", mega, "")},
		"nested tables":   {DOCX, docx(t, strings.Repeat("<w:tbl><w:tr><w:tc>", 300)+"<w:p>"+run("x")+"</w:p>"+strings.Repeat("</w:tc></w:tr></w:tbl>", 300))},
		"long tag":        {ODT, bomb(t, ODT, "<text:p ", "a='' ", 4*mega, "")},
		"spaces":          {ODT, bomb(t, ODT, "<text:p>", `<text:s text:c="1000000000"/>`, 2*mega, "</text:p>")},
		"entities":        {ODT, pack(t, part{"content.xml", entities.String() + "]><d>&a9;</d>"})},
		"entries":         {DOCX, pack(t, many...)},
		"long spine":      {EPUB, pack(t, append(book, part{"b.opf", `<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine>` + spine.String() + `</spine></package>`}, part{"a.xhtml", "<p>x</p>"})...)},
		"chapter":         {EPUB, pack(t, append(chapter, part{"a.xhtml", strings.Repeat("<div><svg><text>a", mega)})...)},
		"itself":          {EPUB, pack(t, append(book, part{"b.opf", `<package><manifest><item id="a" href="b.opf" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`})...)},
		"formula":         {DOCX, docx(t, "<w:p><m:oMath>"+strings.Repeat("<m:f><m:num>", 400)+strings.Repeat("</m:num></m:f>", 400)+"</m:oMath></w:p>")},
		"formula scripts": {DOCX, bomb(t, DOCX, "<w:p><m:oMath>", "<m:sSup><m:e/><m:sup/></m:sSup>", 2*mega, "</m:oMath></w:p>")},
	} {
		t.Run(name, func(t *testing.T) { wantsEnd(t, c.media, c.raw) })
	}
}

// bomb is a document whose body is one piece again and again.
func bomb(t testing.TB, media, before, piece string, n int, after string) []byte {
	t.Helper()
	name, head, tail := "word/document.xml", docxHead, "</w:body></w:document>"
	if media == ODT {
		name, head, tail = "content.xml", odtHead, "</office:text></office:body></office:document-content>"
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	e, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(e)
	w.WriteString(head + before)
	for range n {
		w.WriteString(piece)
	}
	w.WriteString(after + tail)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// variedParagraphs are n bytes that deflate to about a fortieth: below the limit
// of the ratio.
func variedParagraphs(n int) string {
	r := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "<w:p><w:r><w:t>%s%x</w:t></w:r></w:p>", strings.Repeat("the same words again ", 20), r.Uint32())
	}
	return b.String()
}

// BenchmarkBomb reads the slowest of the bombs up to the limit of what is inflated.
func BenchmarkBomb(b *testing.B) {
	raw := bomb(b, DOCX, "", "<w:p>"+run("a")+"</w:p>", 2<<20, "")
	b.SetBytes(Limits{}.orDefaults().InflatedBytes)
	for b.Loop() {
		if _, err := Text(DOCX, raw, Limits{Ratio: 1 << 20}); !errors.Is(err, ErrLimit) {
			b.Fatal(err)
		}
	}
}
