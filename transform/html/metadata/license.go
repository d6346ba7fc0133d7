package metadata

import (
	"strings"
)

// Where a licence is named, the surest first.
const (
	FromRel      uint8 = iota // rel=license
	fromMetadata              // JSON-LD and meta elements
	FromFooter                // a link to Creative Commons in what is the footer by tag or class
)

// licenseRef is a licence as written.
type licenseRef struct {
	text string
	from uint8
}

const (
	maxLicenses     = 8
	MaxLicenseLinks = 64 // links to Creative Commons whose surroundings are looked at
)

// AddLicense notes a licence that the page names for itself.
func (m *Head) AddLicense(text string, from uint8) {
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
