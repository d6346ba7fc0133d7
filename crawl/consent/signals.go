package consent

import (
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/crawl/robots"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/license"
)

// Where a signal can stand.
const (
	PlaceRobots  = "robots.txt"     // as it stood when the page was fetched
	PlaceArchive = "robots-archive" // a robots.txt of another time
	PlaceTDMRep  = "tdmrep.json"
	PlaceAITxt   = "ai.txt"
	PlaceHeader  = "header"
	PlaceMeta    = "meta"
	PlaceLink    = "link" // link and a elements of the page
)

const (
	maxSignals   = 64
	maxTextBytes = 500
	maxNameBytes = 64
)

// Signal is one thing that a site says, as it is written.
type Signal struct {
	Place string // where it stands, one of the Place constants
	Name  string // what it is called there, in lower case: robots, tdm-reservation
	Text  string // its value, at most 500 bytes, on one line
}

// String is the signal as people read it, and as a line of a metadata record has it.
func (s Signal) String() string { return s.Place + " " + s.Name + ": " + s.Text }

// Signals are what a site says of one page, each signal once, in the order in which they
// were found; at most 64 of them. The zero value says nothing.
type Signals struct {
	List []Signal
}

// add puts a signal behind the others.
func (s *Signals) add(place, name, text string) {
	x := Signal{place, clip(name, maxNameBytes), clip(text, maxTextBytes)}
	if x.Name != "" && len(s.List) < maxSignals && !slices.Contains(s.List, x) {
		s.List = append(s.List, x)
	}
}

// clip makes one line of valid UTF-8 of a text, of at most so many bytes.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 { // within a character
		most--
	}
	return strings.TrimSuffix(s[:most], " ")
}

// FromResponse reads the signals of a response: of its header and, where it is HTML or
// XHTML, of the page; html is nil for other bodies. Agents are the product tokens that
// bind: what is said to others does not count.
func FromResponse(header []warc.Field, html []byte, agents []string) (s Signals) {
	s.addHeader(header, agents)
	if len(html) > 0 {
		s.addPage(html, agents)
	}
	return s
}

// The names under which the verdict of a robots.txt is kept.
const (
	nameAllow    = "allow"
	nameDisallow = "disallow"
	nameAccess   = "access"
)

// AddRobots adds what the robots.txt of the page's site says of it to the agents: whether
// they may ask for it, and the uses and licences that it names. Without agents it is what
// all others are told. A nil file adds nothing.
func (s *Signals) AddRobots(f *robots.File, agents []string, url string) {
	s.addRobots(PlaceRobots, f, agents, url)
}

func (s *Signals) addRobots(place string, f *robots.File, agents []string, url string) {
	if f == nil {
		return
	}
	ok, why := f.Allowed(agents, url)
	switch {
	case f.Access != robots.Rules:
		s.add(place, nameAccess, f.Access.String())
	case !ok:
		s.add(place, nameDisallow, ruleText(why))
	case why.Line > 0:
		s.add(place, nameAllow, ruleText(why))
	default:
		s.add(place, nameAllow, "no rule")
	}
	if !ok { // uses hold of what may be asked for
		return
	}
	for _, r := range f.Usage(agents, url) {
		s.add(place, r.Key, r.Value)
	}
	for _, r := range f.Signals(agents, url) {
		s.add(place, r.Key, r.Value)
	}
	for _, r := range f.Licenses() {
		s.add(place, r.Key, r.Value)
	}
}

// ruleText is a rule with the agent that it is for.
func ruleText(r robots.Rule) string {
	return clip(r.Value, maxTextBytes-maxNameBytes) + " (" + clip(r.Agent, maxNameBytes-3) + ")"
}

// FieldName is the name of the fields of a metadata record that hold signals.
const FieldName = "consent"

// Fields are the signals as fields of a WARC metadata record, one each.
func (s *Signals) Fields() []warc.Field {
	list := make([]warc.Field, len(s.List))
	for i, x := range s.List {
		list[i] = warc.Field{Name: FieldName, Value: x.String()}
	}
	return list
}

// FromFields reads the signals of the fields of a metadata record, whatever else stands
// there. It is the inverse of Fields.
func FromFields(fields []warc.Field) (s Signals) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, FieldName) {
			s.addLine(f.Value)
		}
	}
	return s
}

// addLine adds a signal of the form of Signal.String.
func (s *Signals) addLine(line string) {
	place, rest, _ := strings.Cut(line, " ")
	name, text, ok := strings.Cut(rest, ":")
	if ok && slices.Contains(places, place) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") == "" {
		s.add(place, name, text)
	}
}

var places = []string{PlaceRobots, PlaceArchive, PlaceTDMRep, PlaceAITxt, PlaceHeader, PlaceMeta, PlaceLink}

// siteWide tells the signals that say something of a page and do not stand in it.
func (s Signal) siteWide() bool {
	return s.Place == PlaceRobots || s.Place == PlaceTDMRep || s.Place == PlaceAITxt
}

// Answer is what is said of a question.
type Answer uint8

// The answers.
const (
	Unsaid Answer = iota
	Yes
	No
)

// most keeps the answer that forbids most: No, then Yes.
func (a *Answer) most(b Answer) { *a = max(*a, b) }

// Meaning is what the signals of a page come to.
type Meaning struct {
	// Robots is whether every agent may ask for the page.
	Robots Answer
	// RobotsRule is the line that says so, with its agent.
	RobotsRule string
	// The words of robots metas and X-Robots-Tag.
	NoIndex, NoFollow, NoArchive, NoSnippet, NoAI, NoImageAI bool
	// UnavailableAfter is when the page is to be gone, zero for never.
	UnavailableAfter time.Time
	// Reserved is whether rights of text and data mining are reserved (TDMRep), and
	// TDMPolicy where the terms are.
	Reserved  Answer
	TDMPolicy string
	// TrainAI is whether models may be trained on the page, AIInput whether they may be
	// given it, Search whether it may be found: by Content-Usage and Content-Signal, the
	// answer that forbids most of all that are given.
	TrainAI, AIInput, Search Answer
	// AITxt is whether ai.txt allows to train on it.
	AITxt Answer
	// License is what the page says that it is under: a name as SPDX has it, such as
	// CC-BY-SA-4.0, "" for none that is known. LicenseURL is its address.
	License, LicenseURL string
	// RSL is the address of licensing terms by RSL, or "inline".
	RSL string

	against [rules]Signal
}

// Meaning works out what the signals say of a page that was fetched then; the time may be
// zero, and then nothing is out of date.
func (s *Signals) Meaning(fetched time.Time) (m Meaning) {
	tdm := tdmPlaces{}
	links := map[string]license.License{}
	for _, x := range s.List {
		switch x.Name {
		case nameAllow, nameDisallow, nameAccess:
			m.addRobots(x)
		case nameTag, nameRobots:
			m.addWords(x, fetched)
		case nameReservation, namePolicy:
			tdm.add(x)
		case nameUsage:
			m.addUsage(x)
		case nameSignal:
			m.addSignal(x)
		case nameAITxt:
			m.addAITxt(x)
		case nameRSL, nameLicense, nameCommons:
			m.addLicense(x, links)
		}
	}
	m.addTDM(tdm)
	for _, l := range links {
		if len(links) == 1 && m.License == "" && m.LicenseURL == "" { // several are pages about licences
			m.License, m.LicenseURL = l.ID, l.URL
		}
	}
	return m
}

func (m *Meaning) object(r rule, x Signal) {
	if m.against[r].Name == "" {
		m.against[r] = x
	}
}

// addRobots takes the verdict of one robots.txt. That of another time counts as well: both
// must allow.
func (m *Meaning) addRobots(x Signal) {
	answer := Yes
	if x.Name == nameDisallow || x.Name == nameAccess && x.Text == robots.Unreachable.String() {
		answer = No
		m.object(ruleRobots, x)
	}
	if m.Robots.most(answer); m.Robots == answer && (m.RobotsRule == "" || answer == No) {
		m.RobotsRule = x.Name + ": " + x.Text
	}
}
