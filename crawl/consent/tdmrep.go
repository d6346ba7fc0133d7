package consent

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/crawl/robots"
)

// The limits of a tdmrep.json.
const (
	MaxTDMRepBytes = 1 << 20
	maxTDMRules    = 10_000
)

// TDMRep is the /.well-known/tdmrep.json of a site; it is read only.
type TDMRep struct{ rules []tdmRule }

type tdmRule struct {
	path     robots.Path
	reserved string // "0" or "1"
	policy   string
}

// ParseTDMRep reads a tdmrep.json. Rules that lack what they must have do not count; an
// error says that it is none.
func ParseTDMRep(data []byte) (*TDMRep, error) {
	if len(data) > MaxTDMRepBytes {
		return nil, fmt.Errorf("tdmrep.json: more than %d bytes", MaxTDMRepBytes)
	}
	var list []struct {
		Location    *string         `json:"location"`
		Reservation json.RawMessage `json:"tdm-reservation"`
		Policy      json.RawMessage `json:"tdm-policy"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(data), "\ufeff")), &list); err != nil {
		return nil, fmt.Errorf("tdmrep.json: want a list of objects: %w", err)
	}
	if len(list) > maxTDMRules {
		return nil, errors.New("tdmrep.json: more than 10,000 rules")
	}
	t := &TDMRep{}
	for _, x := range list {
		reserved := strings.Trim(string(x.Reservation), `"`)
		if x.Location == nil || *x.Location == "" || reserved != "0" && reserved != "1" {
			continue
		}
		r := tdmRule{path: robots.NewPath(*x.Location), reserved: reserved}
		_ = json.Unmarshal(x.Policy, &r.policy) // what is no string names no terms
		t.rules = append(t.rules, r)
	}
	return t, nil
}

// AddTDMRep adds what the site's tdmrep.json says of the page: the first rule whose
// location matches counts. A nil file adds nothing.
func (s *Signals) AddTDMRep(t *TDMRep, url string) {
	if t == nil {
		return
	}
	for _, r := range t.rules {
		if !r.path.Matches(url) {
			continue
		}
		s.add(PlaceTDMRep, nameReservation, r.reserved)
		if r.policy != "" {
			s.add(PlaceTDMRep, namePolicy, r.policy)
		}
		return
	}
}

// tdmPlaces are the properties by where they stand: the page goes before the header, and
// that before the file of the site.
type tdmPlaces map[string]Signal

func (t tdmPlaces) add(x Signal) {
	key := x.Place + " " + x.Name
	if _, ok := t[key]; !ok && (x.Name == namePolicy || x.Text == "0" || x.Text == "1") {
		t[key] = x
	}
}

func (m *Meaning) addTDM(t tdmPlaces) {
	for _, place := range []string{PlaceTDMRep, PlaceHeader, PlaceMeta} {
		if x, ok := t[place+" "+nameReservation]; ok {
			m.Reserved = No
			m.against[ruleReserved] = Signal{}
			if x.Text == "1" {
				m.Reserved = Yes
				m.object(ruleReserved, x)
			}
		}
		if x, ok := t[place+" "+namePolicy]; ok {
			m.TDMPolicy = x.Text
		}
	}
}
