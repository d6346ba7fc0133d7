package office

import (
	"cmp"
	"encoding/xml"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform"
)

// maxMetadataBytes is the longest value that is kept of what a document says of itself.
const maxMetadataBytes = 2048

// Metadata is what a document says of itself: the Dublin Core elements of DOCX,
// PPTX and XLSX (docProps/core.xml), ODT (meta.xml) and EPUB (the package document). What is damaged
// or missing stays empty.
func (r *Reader) Metadata(media string, raw []byte, limits Limits) transform.Metadata {
	a, err := openArchive(raw, limits.orDefaults())
	if err != nil {
		return transform.Metadata{}
	}
	part := map[string]string{DOCX: "docProps/core.xml", PPTX: "docProps/core.xml", XLSX: "docProps/core.xml", ODT: "meta.xml"}[kindOf(media)]
	if part == "" {
		if part, err = packageDocument(a); err != nil {
			return transform.Metadata{}
		}
	}
	var d dublinCore
	_ = a.walk(part, &d) // as far as it goes
	d.found.Author = cmp.Or(d.maker, d.found.Author)
	return d.found
}

// dublinCore takes the elements of a document's metadata, of several of a kind the
// first; authors are joined. OpenDocument's own elements say who made a document and
// when, its Dublin Core who changed it last.
type dublinCore struct {
	found transform.Metadata
	maker string
	name  string // of the element that is read, "" = none
	value strings.Builder
}

func (d *dublinCore) start(e xml.StartElement) bool {
	space := e.Name.Space
	if strings.Contains(space, "purl.org/dc/") || strings.Contains(space, "opendocument:xmlns:meta") {
		d.name = e.Name.Local
		d.value.Reset()
	}
	return true
}

func (d *dublinCore) text(b []byte) error {
	if d.name != "" && d.value.Len() < maxMetadataBytes {
		d.value.Write(b[:min(len(b), maxMetadataBytes-d.value.Len())])
	}
	return nil
}

func (d *dublinCore) end(xml.Name) {
	if d.name == "" {
		return
	}
	name, v := d.name, d.value.String()
	d.name = ""
	for !utf8.ValidString(v) { // cut inside of a character
		v = v[:len(v)-1]
	}
	if v = strings.Join(strings.Fields(v), " "); v == "" {
		return
	}
	m := &d.found
	first := func(field *string) {
		if *field == "" {
			*field = v
		}
	}
	switch name {
	case "title":
		first(&m.Title)
	case "initial-creator":
		d.maker = v
	case "creator":
		if m.Author != "" && m.Author != v {
			v = m.Author + "; " + v
		}
		m.Author = v
	case "creation-date", "created":
		m.Date = v
	case "date":
		first(&m.Date)
	case "language":
		first(&m.Language)
	case "description":
		first(&m.Description)
	case "rights":
		if l, ok := transform.ParseLicense(v); ok && m.License == "" {
			m.License = cmp.Or(l.ID, l.URL)
			if l.URL != "" {
				m.LicenseURLs = append(m.LicenseURLs, l.URL)
			}
		}
	}
}
