package e2e_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/smalldocs"
	"github.com/corpusmill/corpusmill/pipelines"
)

// An archive of a page, a PDF and a DOCX: each meets the stage that reads it.
func TestDocumentsInArchives(t *testing.T) {
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: warc.Gzip})
	for _, x := range [][2]string{{"text/html", "<p>" + strings.Repeat("A page about the tides of the sea. ", 9)}, {"application/pdf", string(smalldocs.PDF("The report on the harbour."))}, {format.MediaDOCX, string(smalldocs.DOCX("The minutes of the meeting about the bridge."))}, {"image/png", "x"}} {
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
		"stages: [office_text, pdf_text, html_text]\nsink: { jsonl: {} }", in+"/*", format.MediaDOCX))
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
		"c.bin":  smalldocs.PDF("The report on the harbour and its three old cranes."),
		"d":      smalldocs.DOCX("The minutes of the meeting about the new bridge."),
		"e.epub": smalldocs.EPUB("<p>The book of the boats that came in every morning.</p>"),
		"h.pptx": smalldocs.PPTX("The plan of the port", "A quay for the ferries."),
		"i.xlsx": smalldocs.XLSX([]string{"Ship", "Master"}, []string{"Gull", "Ann Hale"}),
		"j.md":   []byte("---\ntitle: Charts\n---\n# How charts are *drawn*\n\nBy hand, in the old days.\n"),
		"k.tex":  []byte(`\documentclass{article}\title{Waves}\begin{document}\section{On waves} The height is $h=a\sin x$.\end{document}`),
		"f.png":  []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"),
		"g.docx": smalldocs.DOCX("Lost.")[:200],
	} {
		writeFile(t, in+"/"+name, b)
	}
	recipe, _ := pipelines.Recipe("documents")
	s, dir, err := inProcess(t, strings.NewReplacer("${DOCUMENTS:-data/**}", in+"/**", "parquet: {}", "jsonl: {}").Replace(string(recipe)))
	if err != nil || s.Documents != 9 || s.Quarantined != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	var all strings.Builder
	for _, d := range readParts(t, dir+"/parts") {
		all.WriteString(fmt.Sprint(d["text"], d["extra"], "\n"))
	}
	for _, want := range []string{"tides of the sea", "weather of last year", "report on the harbour", "minutes of the meeting", "book of the boats", "map[title:Tides]",
		"The plan of the port\nA quay for the ferries.", "Ship | Master\nGull | Ann Hale", "How charts are drawn\nBy hand", "map[title:Charts]", "On waves\nThe height is $h=a\\sin x$."} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no %q in %q", want, all.String())
		}
	}
}

// A scan has no text: it is on the list of rejects, and what a reader of pictures says of it
// comes in again under the ID that it has there.
func TestScansComeBack(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/a.pdf", smalldocs.PDF("The report on the harbour and its three old cranes."))
	writeFile(t, in+"/scan.pdf", smalldocs.PDF(""))
	recipe := "source: [ { documents: { paths: [%q] } }%s ]\nstages: [pdf_text]\nsink: { jsonl: {} }\nrejects: { jsonl: {} }"
	s, dir, err := inProcess(t, fmt.Sprintf(recipe, in+"/*.pdf", ""))
	if err != nil || s.Documents != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	var read strings.Builder
	for id, d := range readParts(t, dir+"/rejects") {
		if d["rule"] != "no_text" || !strings.HasSuffix(d["src_shard"].(string), "scan.pdf") {
			t.Errorf("reject %v", d)
		}
		fmt.Fprintf(&read, "{\"id\": %q, \"text\": \"What the scan says.\"}\n", id)
	}
	writeFile(t, in+"/read.jsonl", []byte(read.String()))
	s, dir, err = inProcess(t, fmt.Sprintf(recipe, in+"/*.pdf", fmt.Sprintf(", { name: read, jsonl: { paths: [%q] } }", in+"/read.jsonl")))
	if err != nil || s.Documents != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if d := readParts(t, dir+"/parts")["documents/scan.pdf#0"]; d["text"] != "What the scan says." || d["source"] != "read" {
		t.Errorf("the scan: %v", d)
	}
}
