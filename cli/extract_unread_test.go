package cli_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped is an archive of names and contents.
func zipped(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const bareWord = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>The mill turned.</w:t></w:r></w:p></w:body></w:document>`

// A file that cannot be read fails the command, which names it and says why; the
// others are written.
func TestExtractUnreadable(t *testing.T) {
	docx := zipped(t, "word/document.xml", bareWord)
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good.docx", docx)
	for _, c := range []struct{ name, content, reason string }{
		{"empty.pdf", "", "damaged document"},
		{"cut.pdf", "%PDF-1.7\n1 0 obj", "damaged document"},
		{"text.pdf", "a letter", "damaged document"},
		{"picture.pdf", png, "damaged document"},
		{"empty.docx", "", "damaged document"},
		{"cut.docx", docx[:len(docx)-30], "damaged document"},
		{"locked.docx", ole, "encrypted"},
		{"text.docx", "a letter", "damaged document"},
		{"picture.docx", png, "damaged document"},
		{"noparts.docx", zipped(t), "damaged document"},
		{"other.docx", zipped(t, "a.txt", "x"), "no part"},
		{"root.docx", zipped(t, "word/document.xml", "<html/>"), "is no document"},
		{"noparts.odt", zipped(t, "mimetype", "application/vnd.oasis.opendocument.text"), "no part"},
		{"locked.odt", zipped(t, "content.xml", "\x8f\x01", "META-INF/manifest.xml", `<m:manifest xmlns:m="x"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>`), "encrypted"},
		{"sheet.odt", zipped(t, "mimetype", "application/x-other"), "no part"},
		{"noparts.epub", zipped(t, "mimetype", "application/epub+zip"), "no part"},
		{"nochapters.epub", zipped(t, "META-INF/container.xml", `<container><rootfile full-path="b.opf"/></container>`, "b.opf", `<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>`), "no part"},
		{"picture.png", png, "media_type: binary"},
		{"archive.zip", zipped(t, "a.txt", "x"), "media_type: application/zip"},
	} {
		file := write(c.name, c.content)
		for _, asJSON := range []bool{false, true} {
			args := []string{file, good}
			if asJSON {
				args = append(args, "--json")
			}
			code, stdout, stderr := extract(t, "", args...)
			if code != 1 || !strings.Contains(stdout, "The mill turned.") || !strings.Contains(stderr, c.name) || !strings.Contains(stderr, c.reason) {
				t.Errorf("%s, json %t: exit code %d\n%s%s", c.name, asJSON, code, stdout, stderr)
			}
			if asJSON != strings.Contains(stdout, `"error":`) {
				t.Errorf("%s: %s", c.name, stdout)
			}
		}
	}
	// What the bytes tell holds, whatever the name says.
	for name, content := range map[string]string{"is.pdf": docx, "other.dat": docx, "far.docx": zipped(t, "_rels/.rels", `<Relationships><Relationship Type="x/officeDocument" Target="a/b.xml"/></Relationships>`, "a/b.xml", bareWord), "page.docx": "<html><p>The mill turned.</p></html>"} {
		if code, stdout, stderr := extract(t, "", "--mode", "all", write(name, content)); code != 0 || stdout != "The mill turned.\n" {
			t.Errorf("%s: exit code %d\n%s%s", name, code, stdout, stderr)
		}
	}
}

// Parts that are missing are named; the rest is no failure.
func TestExtractMissing(t *testing.T) {
	book := zipped(t, "META-INF/container.xml", `<container><rootfile full-path="b.opf"/></container>`,
		"b.opf", `<package><manifest><item id="a" href="a.xhtml"/><item id="b" href="gone.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>`,
		"a.xhtml", "<html><body><p>The mill turned.</p></body></html>")
	if code, stdout, stderr := extract(t, book, "-"); code != 0 || stdout != "The mill turned.\n" || !strings.Contains(stderr, "-: missing or damaged: gone.xhtml") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := extract(t, book, "--json", "-"); code != 0 || !strings.Contains(stdout, `"missing":["gone.xhtml"]`) || stderr != "" {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}
