package format_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/corpusmill/corpusmill/format"
)

// packed is a zip archive of parts, each its own content; "mimetype" holds what is
// behind its "=", stored.
func packed(t testing.TB, parts ...string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		name, content, _ := strings.Cut(p, "=")
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, UncompressedSize64: uint64(len(content)), CompressedSize64: uint64(len(content))})
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMedia(t *testing.T) {
	long := strings.Repeat("words ", 300)
	control := func(n int) string { return strings.Repeat("\x01", n) + strings.Repeat("a", 1024-n) }
	for _, c := range []struct{ name, raw, want string }{
		{"pdf", "%PDF-1.7\nand so on", format.MediaPDF},
		{"pdf behind a banner", "A banner\n%PDF-1.7\n" + long + "startxref\n12\n%%EOF\n", format.MediaPDF},
		{"text about pdf", "Files begin with %PDF-1.7 as a rule. " + long, format.MediaText},
		{"pdf too far behind", long + "%PDF-1.7\n startxref", format.MediaText},
		{"epub", packed(t, "mimetype=application/epub+zip", "META-INF/container.xml"), format.MediaEPUB},
		{"epub without its type", packed(t, "OPS/a.xhtml", "META-INF/container.xml"), format.MediaEPUB},
		{"odt", packed(t, "mimetype="+format.MediaODT, "content.xml"), format.MediaODT},
		{"odt without its type", packed(t, "content.xml", "META-INF/manifest.xml"), format.MediaODT},
		{"sheet", packed(t, "mimetype=application/vnd.oasis.opendocument.spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"},
		{"type too long", packed(t, "mimetype=application/"+strings.Repeat("x", 200)), format.MediaZip},
		{"docx", packed(t, "[Content_Types].xml", "word/document.xml"), format.MediaDOCX},
		{"docx cut off", packed(t, "[Content_Types].xml", "word/document.xml")[:120], format.MediaDOCX},
		{"docx with backslashes", packed(t, "[Content_Types].xml", `word\document.xml`), format.MediaDOCX},
		{"docx with a root", packed(t, "/word/document.xml"), format.MediaDOCX},
		{"docx in capitals", packed(t, "Word/Document.xml"), format.MediaDOCX},
		{"docx of another name", packed(t, "word/document22.xml"), format.MediaDOCX},
		{"pptx", packed(t, "[Content_Types].xml", "ppt/presentation.xml"), format.MediaPPTX},
		{"pptx with a workbook in it", packed(t, "ppt/presentation.xml", "xl/workbook.xml"), format.MediaPPTX},
		{"xlsx", packed(t, "[Content_Types].xml", "xl/workbook.xml"), format.MediaXLSX},
		{"binary workbook", packed(t, "xl/workbook.bin"), format.MediaXLSX},
		{"epub with backslashes", packed(t, `.\META-INF\container.xml`), format.MediaEPUB},
		{"odt with a root", packed(t, "./content.xml", "./META-INF/manifest.xml"), format.MediaODT},
		{"another name", packed(t, "word-document.xml", "META-INF@container.xml"), format.MediaZip},
		{"name of a part in a text", packed(t, "a.txt=the part word/document.xml"), format.MediaZip},
		{"cut off in its first header", "PK\x03\x04\x00\x00", format.MediaZip},
		{"old doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + long, format.MediaOLE},
		{"html", "\n<!DOCTYPE HTML><p>x", format.MediaHTML},
		{"html behind a comment", "<!-- x --><HTML lang=de>", format.MediaHTML},
		{"html with stray controls", "<html>" + control(100), format.MediaHTML},
		{"html in utf-16", "\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00", format.MediaHTML},
		{"text", "Some text.\r\n\tMore.\f", format.MediaText},
		{"text in japanese", "\x1b$B$3$l$O\x1b(B", format.MediaText},
		{"text in utf-16", "\xff\xfe\x01\x4e\x02\x4e", format.MediaText},
		{"text in utf-16 without a mark", "S\x00o\x00m\x00e\x00 \x00t\x00e\x00x\x00t\x00", format.MediaText},
		{"chinese in utf-16 without a mark", utf16Of(binary.LittleEndian, chinese), format.MediaText},
		{"the same the other way around", utf16Of(binary.BigEndian, chinese), format.MediaText},
		{"the same with a control", utf16Of(binary.LittleEndian, chinese+"\x01"), ""},
		{"russian in utf-16 without a mark", utf16Of(binary.LittleEndian, "Колесо вертится, и мельница мелет.\n"), format.MediaText},
		{"empty", "", format.MediaText},
		{"a short text with controls", "a\x01b\x02c\x03", format.MediaText},
		{"few controls", control(32), format.MediaText},
		{"many controls", control(33), ""},
		{"png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00\x1f\xf3\xffa", ""},
		{"numbers", "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", ""},
	} {
		if got := format.Media([]byte(c.raw)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// chinese has characters whose low byte is 0 or a control: 一 is U+4E00, 上 U+4E0A, 不 U+4E0D, 下 U+4E0B.
const chinese = "# 水磨\n\n一座水磨立在河边，水车上下转动，不一会儿就把谷子磨成面粉。\n"

func utf16Of(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func TestNamedMedia(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.MD": format.MediaMD, "a.markdown.gz": format.MediaMD, "a.tex": format.MediaTeX, "a.tex.zst": format.MediaTeX, "README": format.MediaText,
		"a.md.txt": format.MediaText, "a.md/b": format.MediaText, ".md": format.MediaMD, "": format.MediaText,
	} {
		if got := format.NamedMedia(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestSniff(t *testing.T) {
	far := strings.Repeat(" ", 1010)
	for _, c := range []struct{ raw, want string }{
		{"<p>x", format.MediaHTML},
		{" \n\t\f\r<P class=a>x", format.MediaHTML},
		{"<pre>x", format.MediaText},
		{"<p", format.MediaText},
		{"<p\nclass=a>", format.MediaHTML},
		{"<a>", format.MediaHTML}, {"<abbr>", format.MediaText},
		{"<b>", format.MediaHTML}, {"<blockquote>", format.MediaText},
		{"<br>", format.MediaHTML}, {"<br/>", format.MediaText},
		{"<h1 id=a>", format.MediaHTML}, {"<h2>", format.MediaText},
		{"<div>", format.MediaHTML}, {"<font>", format.MediaHTML}, {"<table>", format.MediaHTML},
		{"<script>", format.MediaHTML}, {"<iframe>", format.MediaHTML}, {"<style>", format.MediaHTML}, {"<title>", format.MediaHTML},
		{"<!-- a comment", format.MediaHTML}, {"<!- x", format.MediaText},
		{"\xef\xbb\xbf<p>x", format.MediaHTML},
		{"\xef\xbb\xbftext", format.MediaText},
		{"\xff\xfe<\x00p\x00>\x00", format.MediaHTML},
		{"\xfe\xff\x00<\x00p\x00>", format.MediaHTML},
		{"text <p>x", format.MediaText},
		{far + "<h1>x", format.MediaHTML},
		{far + strings.Repeat(" ", 20) + "<h1>x", format.MediaText},
		{"<?xml version='1.0'?><!DOCTYPE html><html>", format.MediaHTML},
		{"<?xml version='1.0'?><rss>", format.MediaText},
		{"Warning: no file in x.php\n<html>", format.MediaHTML},
		{"0<!DOCTYPE html>", format.MediaHTML},
		{`{"page": "x \n<html>"}`, format.MediaText},
		{`[1, "<html>"]`, format.MediaText},
		{`var page = "<html>" + '<body>'`, format.MediaText},
		{"%PDF-1.4\n", format.MediaPDF},
		{"<p>\x01\x02\x03\x04", ""},
		{"GIF89a\x01\x00\x01\x00\x00\x02\x03\x04", ""},
		{packed(t, "word/document.xml"), format.MediaDOCX},
	} {
		if got := format.Sniff([]byte(c.raw)); got != c.want {
			t.Errorf("%.40q: %q, want %q", c.raw, got, c.want)
		}
	}
}

func FuzzMedia(f *testing.F) {
	f.Add([]byte("%PDF-1.7"))
	f.Add([]byte(packed(f, "mimetype="+format.MediaODT, "content.xml")))
	f.Add([]byte(packed(f, "word/document.xml")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := format.Media(raw)
		if m != "" && !strings.HasPrefix(m, "application/") && !strings.HasPrefix(m, "text/") || len(m) > 128 {
			t.Fatalf("%q", m)
		}
		if s := format.Sniff(raw); s != m && (m != format.MediaText || s != format.MediaHTML) {
			t.Fatalf("%q, sniffed %q", m, s)
		}
	})
}

func ExampleMedia() {
	fmt.Println(format.Media([]byte("%PDF-1.7\n")), format.Media([]byte("<html><p>A page")))
	// Output: application/pdf text/html
}

// An office document behind a password is told from an old one.
func TestEncrypted(t *testing.T) {
	const head, name = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"
	for raw, want := range map[string]bool{
		head + strings.Repeat("\x00", 1016) + name: true, head + "W\x00o\x00r\x00d\x00D\x00o\x00c\x00": false,
		head: false, "": false, name: false, head + name[:len(name)-2]: false, "PK\x03\x04" + name: false,
	} {
		if got := format.Encrypted([]byte(raw)); got != want {
			t.Errorf("%.40q: %t", raw, got)
		}
	}
}
