package office

import (
	"archive/zip"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/charset"
)

// maxChapterBytes is the longest chapter.
const (
	maxChapterBytes = 20 << 20
)

// readEPUB reads the chapters of a book in the order of its spine (EPUB 3.3,
// section 5; EPUB 2 alike). Navigation and what the spine calls non-linear are
// left out.
func readEPUB(a *archive, x *transform.Extractor) (string, error) {
	document, err := packageDocument(a)
	if err != nil {
		return "", err
	}
	book := opf{items: map[string]item{}}
	if err := a.walk(document, &book); err != nil {
		return "", err
	}
	locked := ciphers{archive: a, parts: map[*zip.File]bool{}}
	if a.has("META-INF/encryption.xml") {
		if err := a.walk("META-INF/encryption.xml", locked); err != nil {
			return "", err
		}
	}
	return book.join(a, x, path.Dir(document), locked)
}

// packageDocument is the part that says what the book is made of: the one that the
// container names, else the first of its kind.
func packageDocument(a *archive) (string, error) {
	var c container
	err := a.walk("META-INF/container.xml", &c)
	if errors.Is(err, ErrLimit) || errors.Is(err, ErrEncrypted) {
		return "", err
	}
	if name, ok := a.resolve("", c.opf); ok {
		return name, nil
	}
	for _, name := range slices.Sorted(maps.Keys(a.files)) {
		if strings.EqualFold(path.Ext(name), ".opf") {
			return name, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("%w: container.xml names no package document", ErrFormat)
	}
	return "", err
}

// container finds the package document.
type container struct{ opf string }

func (c *container) start(e xml.StartElement) bool {
	if e.Name.Local == "rootfile" && c.opf == "" {
		if m := attr(e, "media-type"); m == "" || m == "application/oebps-package+xml" {
			c.opf = attr(e, "full-path")
		}
	}
	return true
}
func (c *container) end(xml.Name)      {}
func (c *container) text([]byte) error { return nil }

// ciphers are the encrypted parts of a book. Fonts are often obfuscated, which
// leaves the text readable.
type ciphers struct {
	archive *archive
	parts   map[*zip.File]bool
}

func (c ciphers) start(e xml.StartElement) bool {
	if e.Name.Local == "CipherReference" {
		if name, ok := c.archive.resolve("", attr(e, "URI")); ok {
			c.parts[c.archive.find(name)] = true
		}
	}
	return true
}
func (c ciphers) end(xml.Name)      {}
func (c ciphers) text([]byte) error { return nil }

// opf is what matters of a package document.
type opf struct {
	items map[string]item // by ID
	order []string        // IDs of the items as listed
	spine []string        // IDs in reading order
}

type item struct{ href, media, properties, fallback string }

func (o *opf) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "item":
		if id := attr(e, "id"); id != "" {
			o.items[id] = item{attr(e, "href"), attr(e, "media-type"), attr(e, "properties"), attr(e, "fallback")}
			o.order = append(o.order, id)
		}
	case "itemref":
		if attr(e, "linear") != "no" {
			o.spine = append(o.spine, attr(e, "idref"))
		}
	}
	return true
}
func (o *opf) end(xml.Name)      {}
func (o *opf) text([]byte) error { return nil }

// maxFallbacks is how long a chain of fallbacks is followed.
const maxFallbacks = 8

// chapters returns the chapters of a list of items, a fallback for what is none.
func (o *opf) chapters(ids []string) (found []item) {
	for _, id := range ids {
		it, ok := o.items[id]
		for n := 0; ok && !isChapter(it) && n < maxFallbacks; n++ {
			it, ok = o.items[it.fallback]
		}
		if ok && isChapter(it) && !isNavigation(it) {
			found = append(found, it)
		}
	}
	return found
}

// join joins the chapters. One that cannot be read is noted and does not keep the
// others from being read.
func (o *opf) join(a *archive, x *transform.Extractor, folder string, locked ciphers) (string, error) {
	chapters := o.chapters(o.spine)
	if len(chapters) == 0 {
		chapters = o.chapters(o.order)
	}
	if len(chapters) == 0 {
		return "", fmt.Errorf("%w: the spine names no chapter", ErrFormat)
	}
	var out strings.Builder
	var failed error
	read := map[*zip.File]bool{}
	good := false
	for _, it := range chapters {
		name, ok := a.resolve(folder, it.href)
		file := a.find(name)
		if ok && read[file] {
			continue
		}
		read[file] = ok
		if ok && locked.parts[file] {
			return "", fmt.Errorf("%w: chapter %q", ErrEncrypted, name)
		}
		text, err := chapter(a, x, name, it)
		if err != nil {
			failed = cmp.Or(failed, err)
			if err := a.lose(name, err); err != nil {
				return "", err
			}
			continue
		}
		good = true
		if text == "" {
			continue
		}
		if int64(out.Len()+len(text)) > a.limits.TextBytes {
			return "", fmt.Errorf("%w: more than %d bytes of text", ErrLimit, a.limits.TextBytes)
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
			if a.limits.Markdown {
				out.WriteByte('\n')
			}
		}
		out.WriteString(text)
	}
	if !good {
		return "", failed
	}
	return out.String(), nil
}

// pageFormat is how the text of a page within the document is written.
func (a *archive) pageFormat() transform.Format {
	if a.limits.Markdown {
		return transform.FormatMarkdown
	}
	return transform.FormatText
}

func isNavigation(it item) bool {
	for p := range strings.FieldsSeq(it.properties) {
		if p == "nav" {
			return true
		}
	}
	return false
}

// noChapters are the types, or their beginnings, of what is no text of a book. All
// others may be: books name their chapters by many types, and by none.
var noChapters = []string{
	"image/", "audio/", "video/", "font/", "text/css", "text/javascript", "application/javascript",
	"application/ecmascript", "application/font", "application/x-font", "application/vnd.ms-opentype",
	"application/x-dtbncx+xml", "application/smil+xml", "application/pls+xml", "application/pdf",
	"application/oebps-package+xml", "application/vnd.adobe-page-template+xml",
}

func isChapter(it item) bool {
	if isDrawing(it) {
		return true
	}
	media := strings.ToLower(strings.TrimSpace(it.media))
	return !slices.ContainsFunc(noChapters, func(t string) bool { return strings.HasPrefix(media, t) })
}

func isDrawing(it item) bool {
	return strings.EqualFold(strings.TrimSpace(it.media), "image/svg+xml") || strings.HasSuffix(strings.ToLower(it.href), ".svg")
}

func chapter(a *archive, x *transform.Extractor, name string, it item) (string, error) {
	raw, err := a.read(name, maxChapterBytes)
	if err != nil {
		return "", err
	}
	if m := format.Media(raw); m != format.MediaHTML && m != format.MediaText {
		return "", fmt.Errorf("%w: chapter %q is %s", ErrFormat, name, cmp.Or(m, "binary"))
	}
	html, _, _ := charset.DecodeHTML(raw, "")
	if html, err = expandPage(html); err != nil {
		return "", err
	}
	if isDrawing(it) {
		var text strings.Builder
		drawingText(&text, html)
		html = text.String()
	} else {
		html = openDrawings(html)
	}
	page, err := x.Extract(html, transform.Options{Mode: transform.All, Format: a.pageFormat(), XHTML: strings.Contains(it.media, "xml") || isXHTML(html)})
	if err != nil {
		return "", wrapFormat(name, err)
	}
	return strings.TrimSpace(page.Text), nil
}

// isXHTML says whether a page is XML, in which every element may be empty: by its
// declaration or by its namespace. Books hold pages of HTML under any type.
func isXHTML(page string) bool {
	head := page[:min(len(page), declarationBytes)]
	return strings.HasPrefix(strings.TrimLeft(head, " \t\r\n"), "<?xml") || strings.Contains(head, "http://www.w3.org/1999/xhtml")
}
