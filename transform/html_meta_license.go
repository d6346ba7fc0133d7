package transform

import (
	"strings"

	"github.com/corpusmill/corpusmill/internal/license"
)

// License is a licence that a page names for itself.
type License = license.License

// ParseLicense reads a licence's address, or a name such as CC BY-SA 4.0. ok is
// false when it is neither; an unknown licence's address is one without ID.
func ParseLicense(s string) (l License, ok bool) { return license.Parse(s) }

// Where a licence is named, the surest first.
const (
	fromRel      uint8 = iota // rel=license
	fromMetadata              // JSON-LD and meta elements
	fromFooter                // a link to Creative Commons in what is the footer by tag or class
)

// licenseRef is a licence as written.
type licenseRef struct {
	text string
	from uint8
}

const (
	maxLicenses     = 8
	maxLicenseLinks = 64 // links to Creative Commons whose surroundings are looked at
)

func (m *metaRaw) addLicense(text string, from uint8) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxURLBytes || m.licenses == maxLicenses {
		return
	}
	for i := range m.licenses {
		if r := &m.license[i]; r.text == text {
			r.from = min(r.from, from)
			return
		}
	}
	m.license[m.licenses] = licenseRef{text, from}
	m.licenses++
}

// licenseLink looks at a link of the page.
func (p *parser) licenseLink() {
	href := strings.TrimSpace(p.a.href)
	if strings.Contains(p.a.rel, "license") && hasWord(p.a.rel, "license") {
		p.meta.addLicense(href, fromRel)
		return
	}
	if _, ok := license.CommonsPath(href); !ok || p.meta.ccLinks == maxLicenseLinks {
		return
	}
	p.meta.ccLinks++
	if p.elems[p.top()].ctx&inFooter != 0 || p.inFooterClass() {
		p.meta.addLicense(href, fromFooter)
	}
}

// inFooterClass looks for the words of footers in class and id of the open
// elements.
func (p *parser) inFooterClass() bool {
	for i := len(p.stack) - 1; i > 0; i-- {
		at := int(p.elems[p.stack[i]].at)
		for _, name := range [...]string{"class", "id"} {
			val := attrAt(p.html, at, name)
			for _, word := range [...]string{"foot", "copyright", "license", "licence", "legal", "colophon"} {
				if containsFold(val, word) {
					return true
				}
			}
		}
	}
	return false
}

// hasWord reports a lower-case word in a list set apart by spaces.
func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list[:min(len(list), maxClassBytes)]) {
		if equalFold(w, word) {
			return true
		}
	}
	return false
}

// Licenses returns the licences that the page that Extract saw last names for
// itself: by rel=license, by its metadata, or by a link to Creative Commons in its
// footer, in this order. At most 8 are kept.
func (x *Extractor) Licenses() []License {
	var out []License
	m := &x.p.meta
	for from := fromRel; from <= fromFooter; from++ {
		for _, r := range m.license[:m.licenses] {
			if r.from != from {
				continue
			}
			text := unescapeJSON(x.clean(r.text, maxURLBytes))
			l, ok := ParseLicense(text)
			if !ok && from == fromRel {
				if addr, good := resolveURL(x.linkBase(), text); good {
					l, ok = ParseLicense(addr)
				}
			}
			if ok && !containsLicense(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

func containsLicense(list []License, l License) bool {
	for _, o := range list {
		if o.URL == l.URL || l.ID != "" && o.ID == l.ID {
			return true
		}
	}
	return false
}
