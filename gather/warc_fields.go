package gather

import (
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
)

// maxCarriedBytes is how much of a header a document has.
const maxCarriedBytes = 64 << 10

// carriedFields are the fields that documents are to have in their header, by lower-case
// name: of responses, and of the metadata record that follows one.
type carriedFields struct{ header, metadata []string }

func newCarried(fields []string) (c carriedFields) {
	for _, name := range fields {
		if own, ok := strings.CutPrefix(name, stage.MetadataField); ok {
			c.metadata = append(c.metadata, own)
		} else {
			c.header = append(c.header, name)
		}
	}
	return c
}

// appendFields appends those of a header that are carried, a line each.
func appendFields(dst string, header warc.Header, names []string, prefix string) string {
	if len(names) == 0 {
		return dst
	}
	for _, f := range header {
		name := strings.ToLower(f.Name)
		if !slices.Contains(names, name) || strings.ContainsAny(f.Value, "\r\n") {
			continue
		}
		if line := prefix + name + ": " + f.Value + "\n"; len(dst)+len(line) <= maxCarriedBytes {
			dst += line
		}
	}
	return dst
}

// heldPage is a page that waits for the metadata record that may follow it: of a crawl that
// wrote down what it knew of the fetch. Without a stage that asks for that no page waits.
type heldPage struct {
	fields carriedFields
	feed   stage.Feed
	page   *corpus.Document
	record string // ID of its record
}

// hold hands a page on unless its metadata may follow.
func (h *heldPage) hold(d *corpus.Document, rec *warc.Record) error {
	if len(h.fields.metadata) == 0 || rec.ID == "" {
		return h.feed.Document(d)
	}
	h.page, h.record = d, rec.ID
	return nil
}

// waits reports whether a page waits.
func (h *heldPage) waits() bool { return h.page != nil }

// isOf tells the metadata of the page that waits.
func (h *heldPage) isOf(rec *warc.Record) bool {
	return h.page != nil && rec.Type == warc.TypeMetadata &&
		strings.Trim(rec.Header.Get("WARC-Concurrent-To"), "<> ") == h.record
}

// add takes the fields of a metadata record.
func (h *heldPage) add(rec *warc.Record) {
	h.page.Header = appendFields(h.page.Header, warc.ParseFields(rec.Block), h.fields.metadata, stage.MetadataField)
}

// release hands the page on.
func (h *heldPage) release() error {
	d := h.page
	if h.page = nil; d == nil {
		return nil
	}
	return h.feed.Document(d)
}
