package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// part is an entry of a test archive.
type part struct{ name, content string }

func pack(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const docxHead = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>`

func docx(t testing.TB, body string) []byte {
	return pack(t, part{"[Content_Types].xml", "<Types/>"}, part{"word/document.xml", docxHead + body + "</w:body></w:document>"})
}

const odtHead = `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:body><office:text>`

func odt(t testing.TB, body string) []byte {
	return pack(t, part{"mimetype", ODT}, part{"content.xml", odtHead + body + "</office:text></office:body></office:document-content>"})
}

// epub is a book; parts of more replace those of the same name.
func epub(t testing.TB, more ...part) []byte {
	return pack(t, append(slices.Clone(more), []part{
		{"mimetype", EPUB},
		{"META-INF/container.xml", `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`},
		{"OEBPS/book.opf", `<!DOCTYPE package PUBLIC "x" "http://example.org/x.dtd"><package xmlns="http://www.idpf.org/2007/opf"><manifest>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="b" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/one.xhtml#x" media-type="application/xhtml+xml"/>
<item id="x" href="extra.xhtml" media-type="application/xhtml+xml"/>
<item id="s" href="style.css" media-type="text/css"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="x" linear="no"/><itemref idref="missing"/></spine></package>`},
		{"OEBPS/nav.xhtml", `<html><body><nav>Contents</nav></body></html>`},
		{"OEBPS/text/one.xhtml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head><body><h1>Chapter 1</h1><p>It was a dark<a id="p1"/> night.</p></body></html>`},
		{"OEBPS/text/two b.xhtml", `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head><body><h1>第二章</h1><p>天亮了。</p><ul><li>one</li><li>two</li></ul></body></html>`},
		{"OEBPS/extra.xhtml", `<html><body>Answers</body></html>`},
	}...)...)
}

func run(s string) string { return "<w:r><w:t>" + s + "</w:t></w:r>" }

func TestDOCX(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"paragraphs", "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr>" + run("Title") + "</w:p>\n<w:p>" + run("Hello, ") + run("world &amp; all.") + "</w:p>", "Title\nHello, world & all."},
		{"empty", "<w:p/><w:p></w:p>", ""},
		{"tab and break", "<w:p><w:pPr><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>", "a\tb\nc-d"},
		{"changes", "<w:p><w:ins>" + run("new") + "</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:moveFrom>" + run("from") + "</w:moveFrom></w:p>", "new"},
		{"field", "<w:p><w:r><w:instrText>PAGEREF x</w:instrText></w:r>" + run("12") + "</w:p>", "12"},
		{"hidden", "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t><w:tab/></w:r><w:r><w:rPr><w:vanish w:val=\"false\"/></w:rPr><w:t>yes</w:t></w:r></w:p>", "yes"},
		{"alternate", "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><w:txbxContent><w:p>" + run("box") + "</w:p></w:txbxContent></mc:Choice><mc:Fallback><w:p>" + run("box") + "</w:p></mc:Fallback></mc:AlternateContent></w:r>" + run("around") + "</w:p>", "box\naround"},
		{"table", "<w:tbl><w:tblPr/><w:tr><w:tc><w:p>" + run("a") + "</w:p><w:p>" + run("b") + "</w:p></w:tc><w:tc><w:p/></w:tc><w:tc><w:p>" + run("c") + "</w:p></w:tc></w:tr><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p>" + run("after") + "</w:p>", "a b |  | c\nafter"},
		{"nested table", "<w:tbl><w:tr><w:tc><w:p>" + run("x") + "</w:p><w:tbl><w:tr><w:tc><w:p>" + run("1") + "</w:p></w:tc><w:tc><w:p>" + run("2") + "</w:p></w:tc></w:tr></w:tbl></w:tc><w:tc><w:p>" + run("y") + "</w:p></w:tc></w:tr></w:tbl>", "x 1 | 2 | y"},
		{"ruby", "<w:p><w:r><w:ruby><w:rt>" + run("かん") + "</w:rt><w:rubyBase>" + run("漢") + "</w:rubyBase></w:ruby></w:r></w:p>", "漢"},
		{"math", "<w:p><m:oMath><m:r><m:t>x=2</m:t></m:r></m:oMath></w:p>", "$x=2$"},
		{"content control", "<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent><w:p>" + run("in") + "</w:p></w:sdtContent></w:sdt>", "in"},
	} {
		t.Run(c.name, func(t *testing.T) { wantText(t, DOCX, docx(t, c.body), Limits{}, c.want) })
	}
}

func wantText(t *testing.T, media string, raw []byte, l Limits, want string) {
	t.Helper()
	got, err := Text(media, raw, l)
	if err != nil || got != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
}

func TestDOCXMainPartAndNotes(t *testing.T) {
	notes := `<w:footnotes xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:footnote w:type="separator"><w:p><w:r><w:t>--</w:t></w:r></w:p></w:footnote><w:footnote><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>`
	raw := pack(t,
		part{"_rels/.rels", `<Relationships><Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/w2/main.xml"/></Relationships>`},
		part{"w2/main.xml", strings.ReplaceAll(docxHead, "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main") + "<w:p>" + run("Body") + "</w:p></w:body></w:document>"},
		part{"w2/footnotes.xml", notes})
	wantText(t, DOCX, raw, Limits{}, "Body")
	wantText(t, strings.ToUpper(DOCX)+"; x=y", raw, Limits{Footnotes: true}, "Body\nA note.")
}

func TestODT(t *testing.T) {
	for _, c := range []struct {
		name, body, want string
		notes            bool
	}{
		{name: "paragraphs", body: "<text:h text:outline-level=\"1\">Title</text:h>\n  <text:p>Hello,\n   <text:span>big</text:span>  world.</text:p>", want: "Title\nHello, big world."},
		{name: "spaces", body: "<text:p>a<text:s text:c=\"3\"/>b<text:tab/>c<text:line-break/>d<text:s/>e</text:p>", want: "a   b\tc\nd e"},
		{name: "too many spaces", body: "<text:p>a<text:s text:c=\"1000000000\"/>b</text:p>", want: "a" + strings.Repeat(" ", maxSpaces) + "b"},
		{name: "list", body: "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p></text:list-item></text:list></text:list-item></text:list>", want: "one\ntwo"},
		{name: "table", body: "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:covered-table-cell/><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>", want: "a | b"},
		{name: "changes and comments", body: "<text:tracked-changes><text:changed-region><text:deletion><text:p>old</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>new<office:annotation><text:p>hm</text:p></office:annotation></text:p>", want: "new"},
		{name: "picture", body: "<text:p><svg:title>alt</svg:title>x</text:p>", want: "x"},
		{name: "note dropped", body: "<text:p>x<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>n</text:p></text:note-body></text:note>y</text:p>", want: "xy"},
		{name: "note kept", body: "<text:p>x<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>n</text:p></text:note-body></text:note>y</text:p><text:p>z</text:p>", want: "xy\nz\nn", notes: true},
	} {
		t.Run(c.name, func(t *testing.T) { wantText(t, ODT, odt(t, c.body), Limits{Footnotes: c.notes}, c.want) })
	}
}

func TestEPUB(t *testing.T) {
	wantText(t, EPUB, epub(t), Limits{}, "Chapter 1\nIt was a dark night.\n第二章\n天亮了。\none\ntwo")
	font := part{"META-INF/encryption.xml", `<encryption><CipherReference URI="OEBPS/font.otf"/></encryption>`}
	wantText(t, EPUB, epub(t, font), Limits{}, "Chapter 1\nIt was a dark night.\n第二章\n天亮了。\none\ntwo")
}

func TestErrors(t *testing.T) {
	good := docx(t, "<w:p>"+run(strings.Repeat("word ", 1000))+"</w:p>")
	drm := part{"META-INF/encryption.xml", `<encryption><CipherReference URI="OEBPS/text/one.xhtml"/></encryption>`}
	odtLocked := pack(t, part{"content.xml", "\x8f\x01"}, part{"META-INF/manifest.xml",
		`<m:manifest xmlns:m="urn:x"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>`})
	for _, c := range []struct {
		name, media string
		raw         []byte
		limits      Limits
		want        error
	}{
		{"media", "application/pdf", good, Limits{}, ErrMedia},
		{"empty", DOCX, nil, Limits{}, ErrFormat},
		{"no archive", ODT, []byte("hello"), Limits{}, ErrFormat},
		{"truncated", DOCX, good[:len(good)-30], Limits{}, ErrFormat},
		{"missing part", ODT, good, Limits{}, ErrFormat},
		{"missing container", EPUB, good, Limits{}, ErrFormat},
		{"no document", DOCX, pack(t, part{"word/document.xml", `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p/></w:styles>`}), Limits{}, ErrFormat},
		{"cut off", DOCX, pack(t, part{"word/document.xml", docxHead + "<w:p>" + run("x")}), Limits{}, ErrFormat},
		{"no content", ODT, pack(t, part{"content.xml", "<html><body>x</body></html>"}), Limits{}, ErrFormat},
		{"no chapter left", EPUB, epub(t, part{"OEBPS/book.opf", `<package><manifest><item id="a" href="gone.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>`}), Limits{}, ErrFormat},
		{"own entity", DOCX, pack(t, part{"word/document.xml", `<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]><d>&e;</d>`}), Limits{}, ErrFormat},
		{"compound file", DOCX, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), Limits{}, ErrEncrypted},
		{"locked chapter", EPUB, epub(t, drm), Limits{}, ErrEncrypted},
		{"locked content", ODT, odtLocked, Limits{}, ErrEncrypted},
		{"entries", DOCX, good, Limits{Entries: 1}, ErrLimit},
		{"inflated", DOCX, good, Limits{InflatedBytes: 1000}, ErrLimit},
		{"text", DOCX, good, Limits{TextBytes: 4999}, ErrLimit},
		{"depth", DOCX, good, Limits{Depth: 4}, ErrLimit},
		{"ratio", DOCX, docx(t, "<w:p>"+strings.Repeat(run("a"), 200_000)+"</w:p>"), Limits{}, ErrLimit},
		{"long tag", DOCX, docx(t, "<w:p "+strings.Repeat("a='' ", 300_000)), Limits{Ratio: 1e6}, ErrLimit},
		{"tabs", DOCX, docx(t, "<w:p>"+strings.Repeat("<w:tab/>", 100)+"</w:p>"), Limits{TextBytes: 99}, ErrLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s, err := Text(c.media, c.raw, c.limits); !errors.Is(err, c.want) {
				t.Errorf("got %.20q, %v; want %v", s, err, c.want)
			}
		})
	}
	for _, l := range []Limits{{}, {TextBytes: 5000}, {Entries: 2}, {Depth: 5}} {
		if _, err := Text(DOCX, good, l); err != nil {
			t.Errorf("at the limit %+v: %v", l, err)
		}
	}
}

func check(t *testing.T, media string, raw []byte) {
	_, err := Text(media, raw, Limits{InflatedBytes: 4 << 20})
	if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrEncrypted) {
		t.Errorf("%s: untyped error %v", media, err)
	}
}

func samples(t testing.TB) map[string][]byte {
	return map[string][]byte{
		DOCX: docx(t, "<w:p>"+run("Hello")+"</w:p><w:tbl><w:tr><w:tc><w:p>"+run("a")+"</w:p></w:tc></w:tr></w:tbl>"),
		ODT:  odt(t, "<text:h>T</text:h><text:p>a<text:s text:c=\"2\"/>b</text:p>"),
		EPUB: epub(t),
		PPTX: deck(t, "Note", shapeOf("title", para("T"))+shapeOf("content", para("a"))),
		XLSX: workbookOf(t, "", `<row r="1"><c r="A1" t="s"><v>0</v></c><c s="1"><v>45293.5</v></c></row>`),
	}
}

func FuzzText(f *testing.F) {
	for media, raw := range samples(f) {
		f.Add(media, raw)
	}
	f.Fuzz(func(t *testing.T, media string, raw []byte) {
		if Reads(media) {
			check(t, media, raw)
		}
	})
}

// FuzzParts does so with a slide and a sheet.
func FuzzParts(f *testing.F) {
	f.Add(shapeOf("title", para("T"))+shapeOf("content", para("a")), `<row r="1"><c r="A1" t="s"><v>0</v></c><c s="1"><v>45293.5</v></c></row>`)
	f.Fuzz(func(t *testing.T, slide, rows string) {
		check(t, PPTX, deck(t, slide, slide))
		check(t, XLSX, workbookOf(t, rows, rows))
	})
}

// FuzzXML reaches the walkers without the archive's checksums in the way.
func FuzzXML(f *testing.F) {
	f.Add("<w:p><w:r><w:t>x</w:t></w:r></w:p>", "<text:p>x<text:note><text:p>n</text:p></text:note></text:p>")
	f.Fuzz(func(t *testing.T, word, open string) {
		check(t, DOCX, docx(t, word))
		check(t, ODT, odt(t, open))
	})
}

func ExampleText() {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create("content.xml")
	fmt.Fprint(w, odtHead+"<text:h>Title</text:h><text:p>A paragraph.</text:p></office:text></office:body></office:document-content>")
	z.Close()
	text, err := Text(ODT, b.Bytes(), Limits{})
	fmt.Println(text, err)
	// Output:
	// Title
	// A paragraph. <nil>
}

func BenchmarkText(b *testing.B) {
	var body strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&body, "<w:p><w:pPr><w:pStyle w:val=\"Normal\"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Paragraph %d of a long report about nothing.</w:t></w:r></w:p>", i)
	}
	raw := docx(b, body.String())
	b.SetBytes(int64(body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Text(DOCX, raw, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
