// Package corpus holds the nouns of a run: the document, the verdict on it, the
// values measured on it, and the shard it came from. It knows no stage, no
// format and no engine.
package corpus

import (
	"net/url"
	"strings"

	"github.com/corpusmill/corpusmill/text"
)

// Document is one unit of text on its way through a pipeline.
//
// A stage may keep any string of a Document for as long as it likes: strings
// belong to the garbage collector and are never pooled. Raw belongs to the
// Document until a stage sets it to nil, and then to that stage: its bytes do not change.
type Document struct {
	// ID is the source's own identifier, else <source>/<shard name>#<record>,
	// with .<n> appended to the n-th piece of a split.
	ID string
	// URL is the address the document was fetched from, "" if it has none.
	URL string
	// Lang is a BCP 47 or ISO 639 code set by a language stage, "" before it.
	Lang string
	// LangScore is the confidence in Lang, 0..1.
	LangScore float64
	// Text is the document's text in valid UTF-8.
	Text string
	// Raw is the payload before extraction, nil afterwards.
	Raw []byte
	// Media is the media type of Raw without parameters ("text/html").
	Media string
	// Charset is what the transport said of Raw's encoding, "" if nothing.
	Charset string
	// Header are fields of the response that Raw came with: those that a stage asked the
	// source for, a line each, "name: value" and a line feed, at most 64 KiB. "" where
	// nothing did, and behind a pass without Raw.
	Header string
	// FetchedAt is the time of fetching as RFC 3339 in UTC, "" if unknown.
	FetchedAt string
	// Origin leads back to the source byte.
	Origin Origin
	// Tokens is the exact token count, 0 before a token_count stage.
	Tokens int64
	// ClusterID is the ID of the document that represents this one's cluster of
	// duplicates, "" outside any cluster.
	ClusterID string
	// ClusterSize counts the documents that this one stands for, itself
	// included; 0 before any grouping stage.
	ClusterSize int64
	// Signals are the values of the columns that the plan stores, by slot; NaN
	// is a missing value.
	Signals []float64
	// Cells are the values of the input's own columns: while it is read in the order of
	// its source, then in that of the plan. What is missing behind the last is null.
	Cells []Value
	// Extra is a JSON object of the input's undeclared fields, nil if there are
	// none or the source drops them.
	Extra []byte
	// Rejection says why a stage dropped the document; nil while it is kept.
	Rejection *Rejection
	// Cut are the parts that a grouping stage decided to cut out of Text, in ascending
	// order. The engine does so before another stage sees the document.
	Cut []uint32

	view *text.View
}

// Origin is the lineage of a document: where its bytes stand in the input.
type Origin struct {
	Source string // name of the source in the pipeline
	Shard  string // name of the shard within the source
	Record int64  // ordinal of the record in the shard, from 0; -1 if unknown
	Offset int64  // byte offset of the record in the stored shard; -1 if unknown
}

// View returns the shared view of Text: words, lines and hashes are computed
// once and reused by every stage until Text changes.
func (d *Document) View() *text.View {
	if d.view == nil {
		d.view = new(text.View)
	}
	d.view.Reset(d.Text)
	return d.view
}

// Lend gives the document scratch for its view; nil takes it back. The caller
// keeps ownership: a lent view serves one document at a time.
func (d *Document) Lend(v *text.View) { d.view = v }

// Host returns the lower-case host name of URL without a port, "" if there is
// none.
func (d *Document) Host() string { return Host(d.URL) }

// Host returns the lower-case host name of an absolute URL without user or
// port, "" where the URL has none.
func Host(rawURL string) string {
	_, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	if strings.HasPrefix(rest, "[") {
		host, _, _ := strings.Cut(rest[1:], "]")
		return strings.ToLower(host)
	}
	host, _, _ := strings.Cut(rest, ":")
	if strings.Contains(host, "%") {
		if u, err := url.PathUnescape(host); err == nil {
			host = u
		}
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
