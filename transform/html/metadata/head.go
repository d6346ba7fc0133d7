// Package metadata collects what a page says of itself, in its head, in JSON-LD and in
// elements of its text, and puts it in words.
package metadata

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Kinds of pages as metadata name them.
const (
	kindNone = iota
	kindArticle
	kindProduct
	kindForum
	kindSite
	kindList
)

// Head holds what the head says, as substrings of the page.
type Head struct {
	Title, ogTitle       string
	Lang, ogLocale       string
	Canonical, OGURL     string
	Base                 string
	author, ldAuthor     string
	date, ldDate         string
	site, ldSite         string
	Description, OGDescr string
	Kind                 int
	LDDescr, LDBody      string

	ldRank            int8
	ldTitle, ldLang   string
	ldSiteName        string // of a WebSite
	ldAuthorID        string // of a person somewhere in the graph
	person            [4][2]string
	people            int
	authors           [maxLDAuthor]string
	authorCount       int
	LinkAuthor        string // of rel=author
	TimeDate, TimeAny string // of <time>: marked as the date of publication; the first in an article
	license           [maxLicenses]licenseRef
	licenses, CCLinks int
}

// Fill sets a field that is empty still.
func Fill(dst *string, val string) {
	if *dst == "" {
		*dst = strings.TrimSpace(val)
	}
}

// AddMeta reads a <meta> element.
func (m *Head) AddMeta(a *token.Attrs) {
	key := a.Property
	if key == "" {
		key = a.Name
	}
	if key == "" {
		key = a.Prop
	}
	if key == "" && token.EqualFold(a.Equiv, "content-language") {
		key = a.Equiv
	}
	if key == "" || a.Content == "" || len(key) > 40 {
		return
	}
	val := a.Content
	switch strings.ToLower(key) {
	case "og:title", "twitter:title", "dc.title":
		Fill(&m.ogTitle, val)
	case "og:url":
		Fill(&m.OGURL, val)
	case "og:site_name", "application-name":
		Fill(&m.site, val)
	case "og:description", "twitter:description":
		Fill(&m.OGDescr, val)
	case "description", "dc.description":
		Fill(&m.Description, val)
	case "og:locale", "content-language", "dc.language", "dcterms.language", "inlanguage":
		Fill(&m.ogLocale, val)
	case "og:type":
		m.setKind(val)
	case "license", "dc.rights", "dcterms.license", "dcterms.rights", "dcterms.rights.license":
		m.AddLicense(val, fromMetadata)
	case "author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author", "sailthru.author":
		if !strings.HasPrefix(val, "http") {
			Fill(&m.author, val)
		}
	case "article:published_time", "datepublished", "date", "pubdate", "dc.date", "dc.date.issued",
		"dcterms.created", "dcterms.issued", "citation_publication_date", "citation_date", "parsely-pub-date", "sailthru.date", "publishdate", "og:published_time":
		Fill(&m.date, val)
	}
}

// setKind notes the page type of og:type or of a JSON-LD "@type".
func (m *Head) setKind(val string) {
	k := kindNone
	switch {
	case token.EqualFold(val, "website"), token.EqualFold(val, "webpage"), token.EqualFold(val, "organization"):
		k = kindSite
	case token.ContainsFold(val, "article"), token.ContainsFold(val, "blogposting"):
		k = kindArticle
	case token.ContainsFold(val, "product"):
		k = kindProduct
	case token.ContainsFold(val, "qapage"), token.ContainsFold(val, "discussion"):
		k = kindForum
	case token.ContainsFold(val, "itemlist"), token.ContainsFold(val, "collection"):
		k = kindList
	}
	if k != kindNone && (m.Kind == kindNone || m.Kind == kindSite) {
		m.Kind = k
	}
}

// AddLink reads a <link> element.
func (m *Head) AddLink(a *token.Attrs) {
	switch {
	case token.EqualFold(a.Rel, "canonical"):
		Fill(&m.Canonical, a.Href)
	case token.HasWord(a.Rel, "license"):
		m.AddLicense(a.Href, FromRel)
	}
}

// AddJSONLD takes a few well-known keys out of a JSON-LD script: the model's by
// their names alone, wherever they stand; so, too, all of a script whose brackets
// do not fit.
func (m *Head) AddJSONLD(s string) {
	s = s[:min(len(s), maxJSONLD)]
	for pos, n := 0, 0; n < 64; n++ {
		v, next := jsonKey(s, pos, `"@type"`)
		if next < 0 {
			break
		}
		m.setKind(v)
		pos = next
	}
	if v, next := jsonKey(s, 0, `"description"`); next > 0 && len(v) > len(m.LDDescr) {
		m.LDDescr = v
	}
	if v, next := jsonKey(s, 0, `"articleBody"`); next > 0 && len(v) > len(m.LDBody) {
		m.LDBody = v
	}
	if m.addNodes(s) {
		return
	}
	if v, next := jsonKey(s, 0, `"datePublished"`); next > 0 {
		Fill(&m.ldDate, v)
	}
	if i := strings.Index(s, `"author"`); i >= 0 {
		sub := s[i:min(len(s), i+600)]
		if v, next := jsonKey(sub, 0, `"author"`); next > 0 && v != "" {
			Fill(&m.ldAuthor, v)
		} else if v, next := jsonKey(sub, 0, `"name"`); next > 0 {
			Fill(&m.ldAuthor, v)
		}
	}
	if i := strings.Index(s, `"publisher"`); i >= 0 {
		if v, next := jsonKey(s[i:min(len(s), i+600)], 0, `"name"`); next > 0 {
			Fill(&m.ldSite, v)
		}
	}
}

// jsonKey finds a quoted key from pos on and returns its string value ("" when
// it is no string) and the position behind; next is -1 when the key is absent.
func jsonKey(s string, pos int, key string) (val string, next int) {
	i := strings.Index(s[pos:], key)
	if i < 0 {
		return "", -1
	}
	i += pos + len(key)
	next = i
	for i < len(s) && (token.IsSpace(s[i]) || s[i] == ':') {
		i++
	}
	if i >= len(s) || s[i] != '"' {
		return "", next
	}
	start := i + 1
	for i = start; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return s[start:min(i, len(s))], next
}
