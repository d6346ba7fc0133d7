package consent

import (
	"strings"

	"github.com/corpusmill/corpusmill/internal/license"
)

const (
	nameRSL     = "rsl"
	nameLicense = "license" // of a page or header; in robots.txt it is RSL
	nameCommons = "creative-commons"
	rslType     = "application/rsl+xml"
	inline      = "inline"
)

// addLicense takes a licence. The first that the page says to be its own counts, one that
// is known before others; links to Creative Commons that say nothing are collected.
func (m *Meaning) addLicense(x Signal, links map[string]license.License) {
	switch {
	case x.Name == nameRSL || x.Name == nameLicense && (x.Place == PlaceRobots || x.Place == PlaceArchive):
		if m.RSL == "" {
			m.RSL = x.Text
		}
		m.object(ruleRSL, x)
	case x.Name == nameCommons:
		if l, ok := license.Parse(x.Text); ok && l.ID != "" {
			links[l.ID] = l
		}
	default:
		if l, ok := license.Parse(x.Text); ok && m.License == "" && (l.ID != "" || m.LicenseURL == "") {
			m.License, m.LicenseURL = l.ID, l.URL
		}
	}
}

// addLinkHeader reads a Link header (RFC 8288): <address>; rel=license, ...
func (s *Signals) addLinkHeader(value string) {
	for range maxSignals {
		_, rest, ok := strings.Cut(value, "<")
		if !ok {
			return
		}
		address, parameters, ok := strings.Cut(rest, ">")
		if !ok {
			return
		}
		parameters, value = linkParameters(parameters)
		rel, typ := "", ""
		for part := range strings.SplitSeq(parameters, ";") {
			name, v, _ := strings.Cut(part, "=")
			v = strings.ToLower(strings.Trim(strings.TrimSpace(v), `"`))
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "rel":
				rel = v
			case "type":
				typ = v
			}
		}
		if hasWord(rel, nameLicense) {
			s.add(PlaceHeader, licenseName(typ), address)
		}
	}
}

// linkParameters parts those of one link from the links behind it: up to a comma outside
// of quotation marks.
func linkParameters(s string) (parameters, rest string) {
	quoted := false
	for i := range len(s) {
		switch s[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return s[:i], s[i:]
			}
		}
	}
	return s, ""
}

// licenseName is what a link of rel=license and that type is kept under.
func licenseName(typ string) string {
	if strings.HasPrefix(strings.ToLower(typ), rslType) {
		return nameRSL
	}
	return nameLicense
}

// hasWord finds a word in a list that is parted by white space.
func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
