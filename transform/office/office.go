// Package office turns word processor documents, presentations, workbooks and electronic
// books into text: DOCX, PPTX, XLSX (ECMA-376), ODT (OASIS OpenDocument 1.3) and EPUB (2
// and 3).
//
// The readers stream: no document tree is built, and entries, inflated bytes,
// compression ratio, nesting and the length of single tags are limited, so that
// a hostile archive costs an error and no memory.
package office

import (
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/transform"
)

// Media types that Text reads.
const (
	DOCX = format.MediaDOCX
	PPTX = format.MediaPPTX
	XLSX = format.MediaXLSX
	ODT  = format.MediaODT
	EPUB = format.MediaEPUB
)

// Errors of Text; use errors.Is.
var (
	// ErrMedia reports a media type that this package does not read.
	ErrMedia = errors.New("office: media type is not read here")
	// ErrFormat reports a damaged archive, a missing part or malformed XML.
	ErrFormat = errors.New("office: damaged document")
	// ErrLimit reports a document beyond one of the Limits: a bomb, as a rule.
	ErrLimit = errors.New("office: document is over a limit")
	// ErrEncrypted reports a document whose text is encrypted.
	ErrEncrypted = errors.New("office: document is encrypted")
)

// Limits bound what one document may cost. A zero field means its default.
type Limits struct {
	Entries       int   // entries of the archive; default 10,000
	InflatedBytes int64 // bytes inflated from the whole archive; default 64 MiB
	Ratio         int64 // inflated by stored bytes of an entry, looked at beyond its first MiB; default 200
	Depth         int   // nested XML elements; default 1,000
	TextBytes     int64 // bytes of text; default 64 MiB
	Footnotes     bool  // adds footnotes and endnotes below the text
	Contents      bool  // keeps tables of contents and of figures, and indexes, of DOCX and ODT
	Markdown      bool  // writes headings, lists and tables as Markdown

	NoSpeakerNotes bool    // leaves out what the speaker of a presentation notes
	Rows           int     // rows with a value that are read of a sheet; default 10,000
	Numbers        float64 // share of a sheet's cells that may be numbers, of more than 20; 0 is any
}

func (l Limits) orDefaults() Limits {
	if l.Entries <= 0 {
		l.Entries = 10_000
	}
	if l.InflatedBytes <= 0 {
		l.InflatedBytes = 64 << 20
	}
	if l.Ratio <= 0 {
		l.Ratio = 200
	}
	if l.Depth <= 0 {
		l.Depth = 1_000
	}
	if l.TextBytes <= 0 {
		l.TextBytes = 64 << 20
	}
	if l.Rows <= 0 {
		l.Rows = 10_000
	}
	return l
}

// Text returns the text of a document in reading order, one paragraph a line and
// one table row a line with " | " between its cells, or as Markdown. The media type decides how
// raw is read; see Reads. The error is ErrMedia, ErrFormat, ErrLimit or
// ErrEncrypted with details.
func Text(media string, raw []byte, limits Limits) (string, error) {
	return new(Reader).Text(media, raw, limits)
}

// Reads says whether Text reads a media type; parameters and case do not matter.
func Reads(media string) bool { return kindOf(media) != "" }

// kindOf maps templates, shows and macro documents, which are stored alike, to the
// formats.
func kindOf(media string) string {
	switch media = transform.MediaType(media); media {
	case DOCX, PPTX, XLSX, ODT, EPUB:
		return media
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
		"application/vnd.ms-word.document.macroenabled.12",
		"application/vnd.ms-word.template.macroenabled.12":
		return DOCX
	case "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
		"application/vnd.openxmlformats-officedocument.presentationml.template",
		"application/vnd.ms-powerpoint.presentation.macroenabled.12",
		"application/vnd.ms-powerpoint.slideshow.macroenabled.12",
		"application/vnd.ms-powerpoint.template.macroenabled.12":
		return PPTX
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
		"application/vnd.ms-excel.sheet.macroenabled.12",
		"application/vnd.ms-excel.template.macroenabled.12":
		return XLSX
	case "application/vnd.oasis.opendocument.text-template":
		return ODT
	}
	return ""
}

// Reader reads one document after another with the same memory. It is not safe
// for concurrent use. The zero value is ready.
type Reader struct {
	html *transform.Extractor
}

// Document is the outcome of reading a document.
type Document struct {
	Text string
	// Missing names parts that the document refers to and that are not there or
	// cannot be read: chapters of a book, inserted documents, formulas. The text is
	// without them. At most 100 are named.
	Missing []string
}

// Text is the function Text with the reader's memory.
func (r *Reader) Text(media string, raw []byte, limits Limits) (string, error) {
	d, err := r.Document(media, raw, limits)
	return d.Text, err
}

// Document is Text, and says what of the document is missing.
func (r *Reader) Document(media string, raw []byte, limits Limits) (Document, error) {
	kind := kindOf(media)
	if kind == "" {
		return Document{}, fmt.Errorf("%w: %q", ErrMedia, media)
	}
	a, err := openArchive(raw, limits.orDefaults())
	if err != nil {
		return Document{}, err
	}
	defer func() {
		if r.html != nil {
			r.html.Trim()
		}
	}()
	var text string
	switch kind {
	case DOCX:
		text, err = readDOCX(a, r.pages)
	case PPTX:
		text, err = readPPTX(a)
	case XLSX:
		text, err = readXLSX(a)
	case ODT:
		text, err = readODT(a)
	default:
		text, err = readEPUB(a, r.pages())
	}
	if err != nil {
		return Document{}, err
	}
	return Document{Text: text, Missing: a.missing}, nil
}

// pages returns the extractor of pages, made when it is first needed.
func (r *Reader) pages() *transform.Extractor {
	if r.html == nil {
		r.html = transform.NewExtractor(nil)
	}
	return r.html
}
