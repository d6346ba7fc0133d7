package office

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

const (
	xmlDC    = `xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"`
	coreHead = `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` + xmlDC + `>`
)

func TestMetadata(t *testing.T) {
	core := func(s string) []byte {
		return pack(t, part{"word/document.xml", docxHead + "<w:p>" + run("Hello") + "</w:p></w:body></w:document>"}, part{"docProps/core.xml", coreHead + s})
	}
	odf := pack(t, part{"mimetype", ODT}, part{"content.xml", odtHead + "<text:p>Hello</text:p></office:text></office:body></office:document-content>"},
		part{"meta.xml", `<m xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" ` + xmlDC + `><dc:creator>Editor</dc:creator><dc:date>2026-02-02</dc:date><dc:title>Mill</dc:title><meta:initial-creator>Ann</meta:initial-creator><meta:creation-date>2025-01-01</meta:creation-date></m>`})
	book := pack(t, part{"META-INF/container.xml", `<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>`},
		part{"b.opf", `<package ` + xmlDC + `><metadata><dc:title>The
  book</dc:title><dc:title>Second</dc:title><dc:creator>Ann</dc:creator><dc:creator>Ben</dc:creator><dc:language>nl</dc:language><dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights></metadata><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`},
		part{"a.xhtml", "<p>Hello"})
	for _, c := range []struct {
		name, media string
		raw         []byte
		want        string
	}{
		{"docx", DOCX, core(`<dc:title>The mill</dc:title><dc:creator>Ann</dc:creator><dcterms:created>2025-01-01T00:00:00Z</dcterms:created><dcterms:modified>2026</dcterms:modified><cp:keywords>no</cp:keywords></cp:coreProperties>`),
			`{"title":"The mill","author":"Ann","date":"2025-01-01T00:00:00Z"}`},
		{"a licence without a name", DOCX, core(`<dc:rights>https://a.example/licences/own</dc:rights></cp:coreProperties>`),
			`{"license":"https://a.example/licences/own","license_urls":["https://a.example/licences/own"]}`},
		{"without", DOCX, docx(t, "<w:p>"+run("Hello")+"</w:p>"), ""},
		{"damaged", DOCX, core(`<dc:title>The mill</dc:title><dc:creator>`), `{"title":"The mill"}`},
		{"long", DOCX, core(`<dc:title>` + strings.Repeat("磨", maxMetadataBytes) + `</dc:title></cp:coreProperties>`), `{"title":"` + strings.Repeat("磨", maxMetadataBytes/3) + `"}`},
		{"odt", ODT, odf, `{"title":"Mill","author":"Ann","date":"2025-01-01"}`},
		{"epub", EPUB, book, `{"title":"The book","author":"Ann; Ben","language":"nl","license":"CC-BY-4.0","license_urls":["https://creativecommons.org/licenses/by/4.0/"]}`},
	} {
		for _, asked := range []bool{true, false} {
			st, err := OpenOfficeText(t.Context(), OfficeText{Metadata: asked}, stage.NewEnv())
			if err != nil {
				t.Fatal(err)
			}
			d := &corpus.Document{Media: c.media, Raw: c.raw}
			want := c.want
			if !asked {
				want = ""
			}
			if v, err := st.Apply(d); err != nil || !v.Kept() || string(d.Extra) != want || d.Text != "Hello" {
				t.Errorf("%s: %.200s %v %v, text %q\nwant %.200s", c.name, d.Extra, v, err, d.Text, want)
			}
			if want != "" && !json.Valid(d.Extra) {
				t.Errorf("%s: no JSON", c.name)
			}
		}
	}
}
