package consent

import (
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
)

// Names of signals in a header or a page.
const (
	nameTag         = "x-robots-tag"
	nameRobots      = "robots" // metas of agents that bind are kept under it too
	nameReservation = "tdm-reservation"
	namePolicy      = "tdm-policy"
	nameUsage       = "content-usage"
	nameSignal      = "content-signal"
	nameLink        = "link"
)

// HeaderNames are the fields of a response's header that say something, in lower case.
func HeaderNames() []string {
	return []string{nameTag, nameReservation, namePolicy, nameUsage, nameSignal, nameLink}
}

// addHeader reads the header of a response.
func (s *Signals) addHeader(header []warc.Field, agents []string) {
	var usage []string
	for _, f := range header {
		switch name := strings.ToLower(f.Name); name {
		case nameTag:
			if words := binding(f.Value, agents); words != "" {
				s.add(PlaceHeader, name, words)
			}
		case nameReservation, namePolicy, nameSignal:
			s.add(PlaceHeader, name, f.Value)
		case nameUsage:
			usage = append(usage, f.Value)
		case nameLink:
			s.addLinkHeader(f.Value)
		}
	}
	if len(usage) > 0 { // lines of one dictionary
		s.add(PlaceHeader, nameUsage, strings.Join(usage, ", "))
	}
}

// valued are the words of X-Robots-Tag that have a value behind a colon; any other word
// before a colon is an agent.
var valued = []string{"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}

// binding takes the words of an X-Robots-Tag for other agents out. An agent holds for all
// words up to the next agent.
func binding(value string, agents []string) string {
	var kept []string
	binds := true
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		word, rest, colon := strings.Cut(part, ":")
		word = strings.ToLower(strings.TrimSpace(word))
		if colon && !slices.Contains(valued, word) && !strings.ContainsAny(word, " \t") { // a date has blanks
			binds = isAgent(word, agents)
			part = strings.TrimSpace(rest)
		}
		if binds && part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ", ")
}

// isAgent tells a name of a header or meta that is one of the agents that bind.
func isAgent(name string, agents []string) bool {
	return name == nameRobots || slices.ContainsFunc(agents, func(a string) bool { return strings.EqualFold(a, name) })
}

// addWords reads the words of a robots meta or X-Robots-Tag.
func (m *Meaning) addWords(x Signal, fetched time.Time) {
	parts := strings.Split(x.Text, ",")
	for i, part := range parts {
		word, value, _ := strings.Cut(part, ":")
		switch word = strings.ToLower(strings.TrimSpace(word)); word {
		case "noindex", "none":
			m.NoIndex = true
			m.NoFollow = m.NoFollow || word == "none"
			m.object(ruleNoIndex, x)
		case "nofollow":
			m.NoFollow = true
		case "noarchive", "nocache":
			m.NoArchive = true
			m.object(ruleNoArchive, x)
		case "nosnippet":
			m.NoSnippet = true
			m.object(ruleNoSnippet, x)
		case "noai", "noml":
			m.NoAI = true
			m.object(ruleNoAI, x)
		case "noimageai":
			m.NoImageAI = true
			m.object(ruleNoImageAI, x)
		case "unavailable_after":
			at := parseDate(value)
			if at.IsZero() && i+1 < len(parts) {
				at = parseDate(value + "," + parts[i+1])
			}
			m.unavailable(x, at, fetched)
		}
	}
}

// unavailable takes the earliest date.
func (m *Meaning) unavailable(x Signal, at, fetched time.Time) {
	if at.IsZero() || !m.UnavailableAfter.IsZero() && !at.Before(m.UnavailableAfter) {
		return
	}
	m.UnavailableAfter = at
	if !fetched.IsZero() && at.Before(fetched) {
		m.object(ruleUnavailable, x)
	}
}

// dateForms are those that Google's documentation names: RFC 822, RFC 850 and ISO 8601.
var dateForms = []string{
	time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"02 Jan 06 15:04:05 MST", "2 Jan 2006 15:04:05 MST", "02-Jan-06 15:04:05 MST", "02-Jan-2006 15:04:05 MST",
	"2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 02 Jan 06 15:04:05 MST",
	"Monday, 02-Jan-06 15:04:05 MST", "Monday, 02-Jan-2006 15:04:05 MST",
}

// zones are the abbreviations that Go does not know the offset of.
var zones = map[string]time.Duration{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "BST": 1}

// parseDate reads a date in UTC, zero if it is none.
func parseDate(s string) time.Time {
	s = strings.Join(strings.Fields(s), " ")
	for _, form := range dateForms {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		if name, offset := t.Zone(); offset == 0 {
			t = t.Add(-zones[name] * time.Hour)
		}
		return t.UTC()
	}
	return time.Time{}
}
