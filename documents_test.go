package corpusmill_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/pipelines"
)

// Media types of office documents.
const (
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	epub = "application/epub+zip"
)

// pack makes a zip archive of names and contents.
func pack(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, f[1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func docxOf(t *testing.T, text string) []byte {
	t.Helper()
	return pack(t, [2]string{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`},
		[2]string{"word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
			<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:body></w:document>`})
}

func epubOf(t *testing.T, chapter string) []byte {
	t.Helper()
	return pack(t, [2]string{"META-INF/container.xml", `<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>`},
		[2]string{"b.opf", `<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`},
		[2]string{"a.xhtml", chapter})
}

// pdfOf makes a page with a line of text, without the table of objects, which readers
// make up.
func pdfOf(line string) []byte {
	content := "BT /F1 12 Tf 72 720 Td (" + line + ") Tj ET"
	return fmt.Appendf(nil, "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n"+
		"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"+
		"trailer<</Root 1 0 R>>\n%%%%EOF", len(content), content)
}

// An archive of a page, a PDF and a DOCX: each meets the stage that reads it.
func TestDocumentsInArchives(t *testing.T) {
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: warc.Gzip})
	for _, x := range [][2]string{{"text/html", "<p>" + strings.Repeat("A page about the tides of the sea. ", 9)}, {"application/pdf", string(pdfOf("The report on the harbour."))}, {docx, string(docxOf(t, "The minutes of the meeting about the bridge."))}, {"image/png", "x"}} {
		h, block, err := warc.NewResponse("https://a.example/"+x[0], time.Unix(1_700_000_000, 0), 200, "OK",
			[]warc.Field{{Name: "Content-Type", Value: x[0]}}, []byte(x[1]))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.WriteRecord(h, block); err != nil {
			t.Fatal(err)
		}
	}
	in := t.TempDir()
	writeFile(t, in+"/a.warc.gz", out.Bytes())
	s, dir, err := inProcess(t, fmt.Sprintf("source: { warc: { paths: [%q], media: [text/html, application/pdf, %s] } }\n"+
		"stages: [office_text, pdf_text, html_text]\nsink: { jsonl: {} }", in+"/*", docx))
	if err != nil || s.Documents != 3 || s.Quarantined != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	var texts []string
	for _, d := range readParts(t, dir+"/parts") {
		texts = append(texts, d["text"].(string))
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"tides of the sea", "The report on the harbour.", "minutes of the meeting"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %q", want, all)
		}
	}
}

// A folder of documents of every kind through the recipe for them.
func TestDocumentsInFolders(t *testing.T) {
	in := t.TempDir()
	for name, b := range map[string][]byte{
		"a.html": []byte("<!doctype html><title>Tides</title><p>" + strings.Repeat("A page about the tides of the sea. ", 9)),
		"b.txt":  []byte("A note about the weather of last year, which was fine."),
		"c.bin":  pdfOf("The report on the harbour and its three old cranes."),
		"d":      docxOf(t, "The minutes of the meeting about the new bridge."),
		"e.epub": epubOf(t, "<p>The book of the boats that came in every morning.</p>"),
		"f.png":  []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"),
		"g.docx": docxOf(t, "Lost.")[:200],
	} {
		writeFile(t, in+"/"+name, b)
	}
	recipe, _ := pipelines.Recipe("documents")
	s, dir, err := inProcess(t, strings.NewReplacer("${DOCUMENTS:-data/**}", in+"/**", "parquet: {}", "jsonl: {}").Replace(string(recipe)))
	if err != nil || s.Documents != 5 || s.Quarantined != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	var all strings.Builder
	for _, d := range readParts(t, dir+"/parts") {
		all.WriteString(fmt.Sprint(d["text"], d["extra"], "\n"))
	}
	for _, want := range []string{"tides of the sea", "weather of last year", "report on the harbour", "minutes of the meeting", "book of the boats", "map[title:Tides]"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no %q in %q", want, all.String())
		}
	}
}
