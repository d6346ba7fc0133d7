package metadata

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/corpusmill/corpusmill/internal/license"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Reader puts in words what the head of a page says.
type Reader struct {
	head    *Head
	d       *inline.Decoder
	out     []byte
	pageURL string
	base    *url.URL // of the page's links; nil when unknown
	based   bool     // it was looked for
}

// Fields are what a page says of itself. The strings are copies.
type Fields struct {
	Title       string // <title>, else OpenGraph
	Lang        string // language tag that the page declares
	Canonical   string // canonical URL; as written unless the page's address is known
	Author      string // meta, JSON-LD or rel=author; several are set apart by "; "
	Date        string // date of publication as written
	Site        string // name of the site
	Description string // meta description
	License     string // as SPDX names it; "" when unknown or none is named
	LicenseURL  string // address of its text
}

// Read returns the fields of a page with an address, "" where it is unknown.
func (x *Reader) Read(h *Head, d *inline.Decoder, pageURL string) (f Fields) {
	x.head, x.d, x.pageURL, x.base, x.based = h, d, pageURL, nil, false
	x.finish(&f)
	return f
}

// finish writes the metadata into a page. The strings share one fresh copy.
func (x *Reader) finish(pg *Fields) {
	m := x.head
	x.out = x.out[:0]
	fields := [...]struct {
		dst        *string
		start, end int
	}{{dst: &pg.Title}, {dst: &pg.Lang}, {dst: &pg.Canonical}, {dst: &pg.Author}, {dst: &pg.Date}, {dst: &pg.Site}, {dst: &pg.Description}}
	for k := range fields {
		f := &fields[k]
		switch f.dst {
		case &pg.Title:
			f.start, f.end = x.field(pickText(m.Title, m.ogTitle), m.ldTitle, 1024)
		case &pg.Lang:
			f.start, f.end = x.field(pickText(m.Lang, m.ogLocale), m.ldLang, 35)
			for i, c := range x.out[f.start:f.end] {
				if c == '_' {
					x.out[f.start+i] = '-'
				}
			}
		case &pg.Canonical:
			f.start, f.end = x.field(cmp.Or(m.Canonical, m.OGURL), "", maxURLBytes)
		case &pg.Author:
			ld := ""
			if m.author == "" {
				ld = pickText(m.ldAuthors(), m.ldAuthor)
			}
			f.start, f.end = x.field(pickText(m.author, ld), m.LinkAuthor, 256)
		case &pg.Date:
			f.start, f.end = x.field(pickText(m.date, m.ldDate, m.TimeDate, m.TimeAny), "", 64)
		case &pg.Site:
			f.start, f.end = x.field(m.site, pickText(m.ldSite, m.ldSiteName), 256)
		case &pg.Description:
			f.start, f.end = x.field(pickText(m.OGDescr, m.Description), m.LDDescr, 2048)
		}
	}
	all := string(x.out)
	for _, f := range fields {
		*f.dst = all[f.start:f.end]
	}
	if pg.Canonical != "" && !strings.Contains(pg.Canonical, "://") {
		if addr, ok := ResolveURL(x.LinkBase(), pg.Canonical); ok {
			pg.Canonical = addr
		}
	}
	if m.licenses > 0 {
		if l := x.Licenses(); len(l) > 0 {
			pg.License, pg.LicenseURL = l[0].ID, l[0].URL
		}
	}
}

// field appends a value, or, where there is none, one of JSON-LD: references
// decoded, white space folded, at most limit bytes. It returns its place in x.out.
func (x *Reader) field(val, ld string, limit int) (start, end int) {
	if strings.TrimSpace(val) == "" {
		val = UnescapeJSON(ld)
	}
	start = len(x.out)
	if val == "" {
		return start, start
	}
	x.out = x.d.Append(x.out, Truncate(val, 4*limit), false)
	for start < len(x.out) && token.IsSpace(x.out[start]) {
		start++
	}
	if end = inline.TrimLines(x.out, start); end-start > limit {
		for end = start + limit; end > start && x.out[end]&0xc0 == 0x80; {
			end--
		}
		end = inline.TrimLines(x.out[:end], start)
	}
	x.out = append(x.out[:end], '\n')
	return start, end
}

// clean decodes references and folds white space; the result is a copy of at
// most limit bytes.
func (x *Reader) clean(s string, limit int) string {
	x.out = x.out[:0]
	start, end := x.field(s, "", limit)
	return string(x.out[start:end])
}

// Licenses returns the licences that the page that Extract saw last names for
// itself: by rel=license, by its metadata, or by a link to Creative Commons in its
// footer, in this order. At most 8 are kept.
func (x *Reader) Licenses() []license.License {
	if x.head == nil {
		return nil
	}
	var out []license.License
	m := x.head
	for from := FromRel; from <= FromFooter; from++ {
		for _, r := range m.license[:m.licenses] {
			if r.from != from {
				continue
			}
			text := UnescapeJSON(x.clean(r.text, maxURLBytes))
			l, ok := license.Parse(text)
			if !ok && from == FromRel {
				if addr, good := ResolveURL(x.LinkBase(), text); good {
					l, ok = license.Parse(addr)
				}
			}
			if ok && !containsLicense(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

func containsLicense(list []license.License, l license.License) bool {
	for _, o := range list {
		if o.URL == l.URL || l.ID != "" && o.ID == l.ID {
			return true
		}
	}
	return false
}
