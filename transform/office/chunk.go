package office

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/charset"
)

// maxNested is how many documents may lie in each other.
const maxNested = 4

// insert reads the document that a w:altChunk puts in its place (ECMA-376 part 1,
// section 17.17.2.1). One that cannot be read is noted.
func (w *docxWalk) insert(id string) {
	name, ok := w.related.byID[id]
	if !ok {
		w.failed = w.archive.lose("altChunk "+id, ErrFormat)
		return
	}
	text, err := w.chunk(name)
	if err != nil {
		w.failed = w.archive.lose(name, err)
		return
	}
	if w.size += int64(len(text)); w.size > w.limit {
		w.failed = w.over()
		return
	}
	w.emit(text)
}

// chunk returns the text of an inserted document, whose bytes tell its format as a
// rule: their types are what the writer had at hand.
func (w *docxWalk) chunk(name string) (string, error) {
	raw, err := w.archive.read(name, maxChapterBytes)
	if err != nil {
		return "", err
	}
	start := bytes.TrimLeft(raw, "\ufeff \t\r\n")
	extension := strings.ToLower(path.Ext(name))
	media := format.Media(raw)
	switch {
	case media == DOCX:
		return w.nested(raw)
	case bytes.HasPrefix(start, []byte(`{\rtf`)):
		return rtfText(start, w.archive.limits)
	case media != format.MediaHTML && media != format.MediaText:
		return "", fmt.Errorf("%w: %q is no document that is read here", ErrFormat, name)
	case isMessage(start):
		body, err := messageBody(start)
		if err != nil {
			return "", wrapFormat(name, err)
		}
		return w.page(body.raw, body.charset, body.html)
	case bytes.Contains(start[:min(len(start), declarationBytes)], []byte("<pkg:package")):
		return "", fmt.Errorf("%w: %q is a flat package", ErrFormat, name)
	}
	html := media == format.MediaHTML && extension != ".txt" || bytes.HasPrefix(start, []byte("<")) || strings.Contains(extension, "htm")
	return w.page(raw, "", html)
}

// page returns the text of a page, or of plain text.
func (w *docxWalk) page(raw []byte, declared string, html bool) (string, error) {
	s, _, _ := charset.DecodeHTML(raw, declared)
	if !html {
		return s, nil
	}
	page, err := w.pages().Extract(s, transform.Options{Mode: transform.All, XHTML: isXHTML(s)})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return page.Text, nil
}

// nested reads a document of the same kind, within the limits of the one around it.
func (w *docxWalk) nested(raw []byte) (string, error) {
	outer := w.archive
	if outer.depth++; outer.depth >= maxNested {
		return "", fmt.Errorf("%w: documents in each other more than %d deep", ErrLimit, maxNested)
	}
	defer func() { outer.depth-- }()
	limits := outer.limits
	limits.InflatedBytes, limits.TextBytes = max(outer.left, 1), max(w.limit-w.size, 1)
	inner, err := openArchive(raw, limits)
	if err != nil {
		return "", err
	}
	inner.depth = outer.depth
	text, err := readDOCX(inner, w.pages)
	outer.left = inner.left
	for _, name := range inner.missing {
		_ = outer.lose(name, ErrFormat) // never of the document as a whole
	}
	return text, err
}

// isMessage says whether raw begins as a message or a web archive (MHTML) does.
func isMessage(raw []byte) bool {
	head := bytes.ToLower(raw[:min(len(raw), declarationBytes)])
	name, _, ok := bytes.Cut(head, []byte(":"))
	if !ok || bytes.ContainsAny(name, " \t\r\n<") {
		return false
	}
	return bytes.Contains(head, []byte("mime-version:")) || bytes.Contains(head, []byte("content-type:"))
}

// body is the page or the text of a message.
type body struct {
	raw     []byte
	charset string
	html    bool
}

// Parts and nesting of a message that are looked at.
const (
	maxMessageParts = 1000
	maxMessageDepth = 8
)

// messageBody returns the first page of a message (RFC 2045, 2046, 2557), else its
// first text.
func messageBody(raw []byte) (body, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return body{}, err
	}
	left := maxMessageParts
	found, err := partBody(m.Header.Get, m.Body, maxMessageDepth, &left)
	if err == nil && found == nil {
		err = fmt.Errorf("%w: a message without a text", ErrFormat)
	}
	if err != nil {
		return body{}, err
	}
	return *found, nil
}

func partBody(header func(string) string, content io.Reader, depth int, left *int) (*body, error) {
	media, parameters, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil && media == "" {
		media = "text/plain" // RFC 2045, section 5.2
	}
	if strings.HasPrefix(media, "multipart/") && depth > 0 {
		var text *body
		parts := multipart.NewReader(content, parameters["boundary"])
		for ; *left > 0; *left-- {
			p, err := parts.NextRawPart()
			if err != nil { // the end, or damage behind what was read
				return text, nil
			}
			b, err := partBody(p.Header.Get, p, depth-1, left)
			switch {
			case err != nil:
				return nil, err
			case b != nil && b.html:
				return b, nil
			case text == nil:
				text = b
			}
		}
		return text, nil
	}
	html := media == "text/html" || media == "application/xhtml+xml"
	if !html && media != "text/plain" {
		return nil, nil
	}
	switch strings.ToLower(strings.TrimSpace(header("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		content = quotedprintable.NewReader(content)
	case "base64":
		content = base64.NewDecoder(base64.StdEncoding, content)
	}
	b, err := io.ReadAll(content)
	if err != nil && len(b) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &body{b, parameters["charset"], html}, nil // as far as it goes
}
