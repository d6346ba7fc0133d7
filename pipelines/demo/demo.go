// Package demo embeds a small web crawl that was written for this project:
// about 170 invented pages in gzip WARC files, and the truth about each of
// them. The quickstart recipe reads it, so that a fresh clone has real-looking
// input without any network.
//
// The articles are in the folder source; the generator lays them out as web
// sites, derives copies, edits and junk from them, and packs everything. All
// hosts are under the reserved names .example and .test, all public addresses
// belong to documentation ranges or well-known resolvers.
package demo

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
)

//go:generate go run ./generate -dir .

// Files holds the crawl as demo-00.warc.gz to demo-05.warc.gz in its root. An
// original page is always in an earlier file than its copies.
//
//go:embed *.warc.gz
var Files embed.FS

//go:embed truth.jsonl
var truth []byte

// Fate is what a sensible recipe for English and Chinese web text does with a
// page. It names a cause rather than a rule, because two rules often reject
// the same page.
type Fate string

// The fates. Every page has exactly one.
const (
	// Kept is a good page in English or Chinese.
	Kept Fate = "kept"
	// ExactDuplicate is a byte-identical page under another URL.
	ExactDuplicate Fate = "exact_duplicate"
	// NearDuplicate is the text of another page, either unchanged in another
	// site's layout or edited so that Jaccard stays at 0.85 or above.
	NearDuplicate Fate = "near_duplicate"
	// Either is an edited copy with a Jaccard between 0.6 and 0.85, which
	// sketches may or may not join.
	Either Fate = "either"
	// Short is a page with too little text.
	Short Fate = "short"
	// Spam is stuffed with keywords, repeated lines or word lists.
	Spam Fate = "spam"
	// Listing is a page of links without sentences.
	Listing Fate = "listing"
	// Symbols is mostly marks such as # and ….
	Symbols Fate = "symbols"
	// JavaScript only asks the reader to switch JavaScript on.
	JavaScript Fate = "javascript"
	// CodeBraces has code with curly brackets, which C4 drops.
	CodeBraces Fate = "code_braces"
	// LoremIpsum has placeholder text, which C4 drops.
	LoremIpsum Fate = "lorem_ipsum"
	// Policy is legal text whose lines C4 drops.
	Policy Fate = "policy"
	// OtherLanguage is a good page in neither English nor Chinese.
	OtherLanguage Fate = "other_language"
	// BlockedURL is a good text on a host whose name a URL blocklist rejects.
	BlockedURL Fate = "blocked_url"
	// HTTPStatus is a response other than 200.
	HTTPStatus Fate = "http_status"
	// NotHTML is a response that is no web page.
	NotHTML Fate = "not_html"
)

// Page is the truth about one response record.
type Page struct {
	// File is the name in [Files], Record the number of the record in it,
	// where 0 is the warcinfo record.
	File   string `json:"file"`
	Record int    `json:"record"`
	// URL is the WARC-Target-URI; it is unique.
	URL string `json:"url"`
	// Source is the file in the folder source that the text comes from, ""
	// for generated junk.
	Source string `json:"source,omitempty"`
	// Kind is what the page is: article, howto, documentation, forum, faq,
	// product, listing, news, review, spam and so on.
	Kind string `json:"kind"`
	// Template is the site layout.
	Template string `json:"template,omitempty"`
	// Lang is an ISO 639-1 code, "" where the page has no language. Script is
	// "Hant" for traditional Chinese and otherwise "".
	Lang   string `json:"lang,omitempty"`
	Script string `json:"script,omitempty"`
	// Charset is the encoding of the bytes, Declared the one that the page
	// claims ("none" if it claims nothing). Both are "" if it is no HTML.
	Charset  string `json:"charset,omitempty"`
	Declared string `json:"declared,omitempty"`
	// Status is the HTTP status code.
	Status int `json:"status"`
	// Fate is what should happen to the page.
	Fate Fate `json:"fate"`
	// ExactDuplicateOf is the URL of the page with the same main text.
	ExactDuplicateOf string `json:"exact_duplicate_of,omitempty"`
	// NearDuplicateOf is the URL of the page that this one was edited from,
	// and Jaccard the exact similarity of both main texts: sets of 5 words in
	// a row, where a word is a lower-cased run of letters and digits, and
	// each Chinese or Japanese character is a word of its own.
	NearDuplicateOf string  `json:"near_duplicate_of,omitempty"`
	Jaccard         float64 `json:"jaccard,omitempty"`
	// Words is the number of such words in the main text.
	Words int `json:"words,omitempty"`
	// Emails and IPs are those in the main text, in order.
	Emails []string `json:"emails,omitempty"`
	IPs    []string `json:"ips,omitempty"`
	// Contains is a piece of the main text that extraction must keep,
	// Excludes a piece of the page's furniture that it should drop.
	Contains string `json:"contains,omitempty"`
	Excludes string `json:"excludes,omitempty"`
}

// Truth returns one entry for each response record of [Files], in the order
// of the files and of the records in them. An error means that the embedded
// file is damaged.
func Truth() ([]Page, error) {
	var pages []Page
	lines := bufio.NewScanner(bytes.NewReader(truth))
	for n := 1; lines.Scan(); n++ {
		var p Page
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			return nil, fmt.Errorf("demo: truth.jsonl line %d: %w", n, err)
		}
		pages = append(pages, p)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("demo: truth.jsonl: %w", err)
	}
	return pages, nil
}
