package transform

import (
	"cmp"
	"encoding/json"
	"maps"
)

// Metadata is what a page or a document says of itself, as extract --metadata and the
// column extra show it. Empty fields are left out.
type Metadata struct {
	Title       string   `json:"title,omitempty"`
	Author      string   `json:"author,omitempty"`
	Date        string   `json:"date,omitempty"`
	Language    string   `json:"language,omitempty"`
	Site        string   `json:"site,omitempty"`
	Canonical   string   `json:"canonical,omitempty"`
	License     string   `json:"license,omitempty"`      // as SPDX names it, else its address
	LicenseURLs []string `json:"license_urls,omitempty"` // of all licences that the page names for itself
	Description string   `json:"description,omitempty"`
}

// metadataOf takes the metadata of a page and its licences, see Extractor.Licenses.
func metadataOf(pg *Page, licenses []License) Metadata {
	m := Metadata{Title: pg.Title, Author: pg.Author, Date: pg.Date, Language: pg.Lang, Site: pg.Site,
		Canonical: pg.Canonical, License: cmp.Or(pg.License, pg.LicenseURL), Description: pg.Description}
	for _, l := range licenses {
		if l.URL != "" {
			m.LicenseURLs = append(m.LicenseURLs, l.URL)
		}
	}
	return m
}

// AddTo adds the metadata to a JSON object, nil for none; its own fields stay.
func (m *Metadata) AddTo(extra []byte) ([]byte, error) {
	b, err := json.Marshal(m)
	switch {
	case err != nil || string(b) == "{}":
		return extra, err
	case len(extra) == 0:
		return b, nil
	}
	var all, own map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(extra, &own); err != nil {
		return nil, err
	}
	maps.Copy(all, own)
	return json.Marshal(all)
}
