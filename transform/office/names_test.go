package office

import (
	"slices"
	"strings"
	"testing"
)

// bookOf is a book of two chapters, the first under a name and a reference of its own.
func bookOf(t testing.TB, name, attributes, content string) []byte {
	return pack(t,
		part{"META-INF/container.xml", `<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`},
		part{"OEBPS/book.opf", `<package><manifest><item id="a" ` + attributes + `/><item id="b" href="b.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>`},
		part{name, content}, part{"OEBPS/b.xhtml", "<html><body><p>Second.</p></body></html>"})
}

func TestChapterNames(t *testing.T) {
	for _, c := range []struct{ name, entry, href string }{
		{"plain", "a.xhtml", "a.xhtml"},
		{"fragment", "a.xhtml", "a.xhtml#top"},
		{"query", "a.xhtml", "a.xhtml?x=1#top"},
		{"percent-encoded", "a 1.xhtml", "a%201.xhtml"},
		{"space", "a 1.xhtml", "a 1.xhtml"},
		{"percent-encoding in the name", "a%201.xhtml", "a%201.xhtml"},
		{"percent-encoding in the name alone", "a%201.xhtml", "a 1.xhtml"},
		{"encoded twice", "a%201.xhtml", "a%25201.xhtml"},
		{"bare percent", "100%.xhtml", "100%.xhtml"},
		{"bare percent in the middle", "50% of it.xhtml", "50% of it.xhtml"},
		{"encoded percent", "100%.xhtml", "100%25.xhtml"},
		{"colon", "ch:1.xhtml", "ch:1.xhtml"},
		{"encoded colon", "ch:1.xhtml", "ch%3A1.xhtml"},
		{"question mark", "who?.xhtml", "who?.xhtml"},
		{"encoded question mark", "who?.xhtml", "who%3F.xhtml#x"},
		{"hash", "no#1.xhtml", "no#1.xhtml"},
		{"encoded hash", "no#1.xhtml", "no%231.xhtml"},
		{"hash and fragment", "no#1.xhtml", "no%231.xhtml#top"},
		{"other case", "Chapter.XHTML", "chapter.xhtml"},
		{"other case in a folder", "Text/a.xhtml", "text/A.xhtml"},
		{"backslash in the name", `Text\a.xhtml`, "Text/a.xhtml"},
		{"backslash in the reference", "Text/a.xhtml", `Text\a.xhtml`},
		{"encoded backslash", "Text/a.xhtml", "Text%5Ca.xhtml"},
		{"dots", "Text/a.xhtml", "./x/../Text//a.xhtml"},
		{"up and down", "a.xhtml", "../OEBPS/a.xhtml"},
		{"absolute", "a.xhtml", "/OEBPS/a.xhtml"},
		{"absolute from the folder", "a.xhtml", "/a.xhtml"},
		{"from the root", "a.xhtml", "OEBPS/a.xhtml"},
		{"space around", "a.xhtml", " a.xhtml\n"},
		{"composed", "caf\u00e9.xhtml", "cafe\u0301.xhtml"},
		{"decomposed", "cafe\u0301.xhtml", "caf%C3%A9.xhtml"},
		{"chinese", "第一章.xhtml", "%E7%AC%AC%E4%B8%80%E7%AB%A0.xhtml"},
		{"code page 437", "caf\x82.xhtml", "café.xhtml"},
		{"ampersand", "a&b.xhtml", "a&amp;b.xhtml"},
		{"plus", "a+b.xhtml", "a+b.xhtml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := bookOf(t, "OEBPS/"+c.entry, `href="`+c.href+`" media-type="application/xhtml+xml"`, "<html><body><p>First.</p></body></html>")
			wantText(t, EPUB, book, Limits{}, "First.\nSecond.")
		})
	}
	// Of two that only differ in what is passed over, the one named so to the letter.
	book := pack(t,
		part{"META-INF/container.xml", `<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>`},
		part{"book.opf", `<package><manifest><item id="a" href="A.xhtml"/><item id="b" href="a.xhtml"/><item id="c" href="a%20b.xhtml"/><item id="d" href="a b.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/><itemref idref="d"/></spine></package>`},
		part{"a.xhtml", "<html>lower"}, part{"A.xhtml", "<html>upper"}, part{"a%20b.xhtml", "<html>coded"}, part{"a b.xhtml", "<html>plain"})
	wantText(t, EPUB, book, Limits{}, "upper\nlower\ncoded\nplain")
}

func TestChapterTypes(t *testing.T) {
	page := "<html><body><p>First.</p></body></html>"
	for _, c := range []struct{ name, media, content, want string }{
		{"xhtml", "application/xhtml+xml", page, "First.\nSecond."},
		{"html", "text/html", page, "First.\nSecond."},
		{"parameters", "application/xhtml+xml; charset=utf-8", page, "First.\nSecond."},
		{"text/xml", "text/xml", page, "First.\nSecond."},
		{"application/xml", "Application/XML", page, "First.\nSecond."},
		{"oeb", "text/x-oeb1-document", page, "First.\nSecond."},
		{"dtbook", "application/x-dtbook+xml", `<?xml version="1.0"?><dtbook><book><bodymatter><level1><h1>First.</h1><p>Words.</p></level1></bodymatter></book></dtbook>`, "First.\nWords.\nSecond."},
		{"none", "", page, "First.\nSecond."},
		{"unknown", "application/octet-stream", page, "First.\nSecond."},
		{"misspelt", "application/html+xml", page, "First.\nSecond."},
		{"style sheet", "text/css", "p {}", "Second."},
		{"picture", "image/jpeg", "\xff\xd8\xff\xe0", "Second."},
		{"drawing", "image/svg+xml", `<svg><text x="1">First.</text></svg>`, "First.\nSecond."},
		{"contents", "application/x-dtbncx+xml", "<ncx/>", "Second."},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantText(t, EPUB, bookOf(t, "OEBPS/a", `href="a" media-type="`+c.media+`"`, c.content), Limits{}, c.want)
		})
	}
	// The type says XML where the page does not.
	wantText(t, EPUB, bookOf(t, "OEBPS/a", `href="a" media-type="application/xhtml+xml"`, "<html><head><title/></head><body><p>First.</p></body></html>"), Limits{}, "First.\nSecond.")
	// A fallback of what is no chapter, and one that leads back to itself.
	book := epub(t, part{"OEBPS/book.opf", `<package><manifest><item id="p" href="p.png" media-type="image/png" fallback="a"/><item id="q" href="q.png" media-type="image/png" fallback="q"/><item id="a" href="text/one.xhtml"/></manifest><spine><itemref idref="p"/><itemref idref="q"/></spine></package>`})
	wantText(t, EPUB, book, Limits{}, "Chapter 1\nIt was a dark night.")
	// A spine that names none of the chapters.
	book = epub(t, part{"OEBPS/book.opf", `<package><manifest><item id="a" href="text/one.xhtml"/></manifest><spine><itemref idref="x"/></spine></package>`})
	wantText(t, EPUB, book, Limits{}, "Chapter 1\nIt was a dark night.")
}

// Elements that XHTML may close at once.
func TestEmptyElements(t *testing.T) {
	for name := range strings.FieldsSeq("audio video canvas iframe script style textarea title object select option noscript svg math template button a p div span td pre dialog details h1 template noframes noembed xmp plaintext") {
		for _, attributes := range []string{"", ` src="a.mp3" controls="controls"`, ` title="a > b"`} {
			page := `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head><body><p>First.</p><` + name + attributes + `/><p>Bravo.</p><br/><img src="x"/><p>Omega.</p></body></html>`
			want := "First.\nBravo.\nOmega.\nSecond."
			if got, err := Text(EPUB, bookOf(t, "OEBPS/a", `href="a"`, page), Limits{}); got != want || err != nil {
				t.Errorf("<%s%s/>: %q, %v", name, attributes, got, err)
			}
		}
	}
}

// What is missing or damaged does not keep the others from being read, and is named.
func TestMissing(t *testing.T) {
	book := bookOf(t, "OEBPS/c.xhtml", `href="gone.xhtml" media-type="application/xhtml+xml"`, "")
	d, err := new(Reader).Document(EPUB, book, Limits{})
	if err != nil || d.Text != "Second." || !slices.Equal(d.Missing, []string{"OEBPS/gone.xhtml"}) {
		t.Errorf("missing: %+v, %v", d, err)
	}
	book = bookOf(t, "OEBPS/a.xhtml", `href="a.xhtml" media-type="application/xhtml+xml"`, "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00\x1f\xf3\xffa")
	if d, err := new(Reader).Document(EPUB, book, Limits{}); err != nil || d.Text != "Second." || len(d.Missing) != 1 {
		t.Errorf("not of its type: %+v, %v", d, err)
	}
	if d, err := new(Reader).Document(EPUB, epub(t), Limits{}); err != nil || d.Missing != nil {
		t.Errorf("whole: %+v, %v", d, err)
	}
}

// DOCX and ODT whose archives write names in their own way.
func TestPartNames(t *testing.T) {
	word := docxHead + "<w:p>" + run("Body") + "</w:p></w:body></w:document>"
	content := odtHead + "<text:p>Body</text:p></office:text></office:body></office:document-content>"
	for _, rename := range []func(string) string{
		func(s string) string { return strings.ReplaceAll(s, "/", `\`) },
		func(s string) string { return "/" + s },
		func(s string) string { return "./" + s },
		func(s string) string { return `.\` + strings.ReplaceAll(s, "/", `\`) },
		strings.ToUpper,
	} {
		wantText(t, DOCX, pack(t, part{rename("word/document.xml"), word}), Limits{}, "Body")
		wantText(t, ODT, pack(t, part{rename("content.xml"), content}), Limits{}, "Body")
	}
}

// Relationships say where the parts are, however they write it.
func TestRelationships(t *testing.T) {
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const strict = "http://purl.oclc.org/ooxml/officeDocument/relationships"
	word := docxHead + "<w:p>" + run("Body") + "</w:p></w:body></w:document>"
	notes := `<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote><w:p>` + run("A note.") + `</w:p></w:footnote></w:footnotes>`
	for _, c := range []struct{ name, kind, main, notes string }{
		{"usual", kind, "word/document.xml", "footnotes.xml"},
		{"strict", strict, "word/document.xml", "footnotes.xml"},
		{"absolute", kind, "/word/document.xml", "/word/footnotes.xml"},
		{"backslashes", kind, `\word\document.xml`, `\word\footnotes.xml`},
		{"dots", kind, "./word/document.xml", "../word/footnotes.xml"},
		{"other case", kind, "Word/Document.xml", "Footnotes.xml"},
		{"from the root", kind, "word/document.xml", "word/footnotes.xml"},
		{"a lost target", kind, "word/gone.xml", "gone.xml"},
	} {
		rels := func(kind, target string) string {
			return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r0" Type="x/hyperlink" Target="http://example.org" TargetMode="External"/><Relationship Id="r1" Type="` + kind + `" Target="` + target + `"/></Relationships>`
		}
		t.Run(c.name, func(t *testing.T) {
			wantText(t, DOCX, pack(t, part{"_rels/.rels", rels(c.kind+"/officeDocument", c.main)}, part{"word/document.xml", word},
				part{"word/_rels/document.xml.rels", rels(c.kind+"/footnotes", c.notes)}, part{"word/footnotes.xml", notes}), Limits{Footnotes: true}, "Body\nA note.")
		})
	}
}
