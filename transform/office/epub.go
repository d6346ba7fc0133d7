package office

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/corpusmill/corpusmill/transform"
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
	locked := ciphers{}
	if a.has("META-INF/encryption.xml") {
		if err := a.walk("META-INF/encryption.xml", locked); err != nil {
			return "", err
		}
	}
	return book.join(a, x, path.Dir(document), locked)
}

// packageDocument is the part that says what the book is made of.
func packageDocument(a *archive) (string, error) {
	var c container
	if err := a.walk("META-INF/container.xml", &c); err != nil {
		return "", err
	}
	if c.opf == "" {
		return "", fmt.Errorf("%w: container.xml names no package document", ErrFormat)
	}
	return c.opf, nil
}

// container finds the package document.
type container struct{ opf string }

func (c *container) start(e xml.StartElement) bool {
	if e.Name.Local == "rootfile" && c.opf == "" {
		if m := attr(e, "media-type"); m == "" || m == "application/oebps-package+xml" {
			c.opf = strings.TrimPrefix(path.Clean("/"+attr(e, "full-path")), "/")
		}
	}
	return true
}
func (c *container) end(xml.Name)      {}
func (c *container) text([]byte) error { return nil }

// ciphers are the encrypted parts of a book. Fonts are often obfuscated, which
// leaves the text readable.
type ciphers map[string]bool

func (c ciphers) start(e xml.StartElement) bool {
	if e.Name.Local == "CipherReference" {
		if name, ok := resolve("", attr(e, "URI")); ok {
			c[name] = true
		}
	}
	return true
}
func (c ciphers) end(xml.Name)      {}
func (c ciphers) text([]byte) error { return nil }

// opf is what matters of a package document.
type opf struct {
	items map[string]item // by ID
	spine []string        // IDs in reading order
}

type item struct{ href, media, properties string }

func (o *opf) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "item":
		if id := attr(e, "id"); id != "" {
			o.items[id] = item{attr(e, "href"), attr(e, "media-type"), attr(e, "properties")}
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

// resolve turns a reference into the name of an archive entry; false for what
// lies outside the archive.
func resolve(folder, href string) (string, bool) {
	href, _, _ = strings.Cut(href, "#")
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return "", false
	}
	return strings.TrimPrefix(path.Join("/", folder, u.Path), "/"), true
}

// join joins the chapters. A chapter that the archive lacks is an error: half a
// book would pass for a whole one.
func (o *opf) join(a *archive, x *transform.Extractor, folder string, locked ciphers) (string, error) {
	var out strings.Builder
	read := map[string]bool{}
	for _, id := range o.spine {
		it, ok := o.items[id]
		if !ok || !isChapter(it) {
			continue
		}
		name, ok := resolve(folder, it.href)
		if !ok || read[name] {
			continue
		}
		read[name] = true
		if locked[name] {
			return "", fmt.Errorf("%w: chapter %q", ErrEncrypted, name)
		}
		text, err := chapter(a, x, name, isDrawing(it))
		if err != nil {
			return "", err
		}
		if text == "" {
			continue
		}
		if int64(out.Len()+len(text)) > a.limits.TextBytes {
			return "", fmt.Errorf("%w: more than %d bytes of text", ErrLimit, a.limits.TextBytes)
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(text)
	}
	if len(read) == 0 {
		return "", fmt.Errorf("%w: the spine names no chapter", ErrFormat)
	}
	return out.String(), nil
}

func isChapter(it item) bool {
	for p := range strings.FieldsSeq(it.properties) {
		if p == "nav" {
			return false
		}
	}
	switch strings.ToLower(strings.TrimSpace(it.media)) {
	case "application/xhtml+xml", "text/html", "text/x-oeb1-document":
		return true
	}
	return isDrawing(it)
}

func isDrawing(it item) bool { return strings.EqualFold(strings.TrimSpace(it.media), "image/svg+xml") }

func chapter(a *archive, x *transform.Extractor, name string, drawing bool) (string, error) {
	raw, err := a.read(name, maxChapterBytes)
	if err != nil {
		return "", err
	}
	html, _, _ := transform.DecodeHTML(raw, "")
	if drawing {
		var text strings.Builder
		drawingText(&text, html)
		html = text.String()
	} else {
		html = openDrawings(openEmpty(html))
	}
	page, err := x.Extract(html, transform.Options{Mode: transform.All})
	if err != nil {
		return "", wrapFormat(name, err)
	}
	return strings.TrimSpace(page.Text), nil
}

// openEmpty gives the elements that XHTML may close at once and HTML may not an
// end tag of their own: after <title/>, an HTML parser takes the whole chapter
// for the title.
func openEmpty(html string) string {
	var out strings.Builder
	done := 0
	for i := 0; ; {
		k := strings.Index(html[i:], "/>")
		if k < 0 {
			break
		}
		end := i + k
		i = end + len("/>")
		start := strings.LastIndexByte(html[done:end], '<')
		if start < 0 {
			continue
		}
		start += done
		name := html[start+1 : end]
		if n := strings.IndexAny(name, " \t\r\n"); n >= 0 {
			name = name[:n]
		}
		switch strings.ToLower(name) {
		case "title", "script", "style", "a", "p", "div", "span", "i", "b", "em", "textarea", "iframe", "noscript", "td", "th", "li":
			out.WriteString(html[done:end])
			out.WriteString("></" + name + ">")
			done = i
		}
	}
	if done == 0 {
		return html
	}
	out.WriteString(html[done:])
	return out.String()
}
