package consent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
)

// Consent stores what sites say of the use of their pages as columns, and drops the pages
// whose signals its policy obeys. It reads the header and the head of each page of a WARC
// source, what the crawler wrote down of robots.txt, tdmrep.json and ai.txt when it fetched
// the page, and, with robots, what the site's robots.txt said at another time. It stands
// before the stage that takes the text out of pages.
//
// A rule is a kind of signal, and the detail of a reject is the signal: where it stands, what
// it is called there, and its text. What pages can say, by the revision that is read:
// robots.txt (RFC 9309) with Content-Usage (draft-ietf-aipref-attach-05, vocab-07),
// Content-Signal (September 2025) and License (RSL 1.0); X-Robots-Tag and robots metas with
// noai and noimageai; TDMRep (10 May 2024) as header, meta and file; ai.txt (2023); links to
// licences.
//
// Some words bind only those whom they name: where agents are listed, every one of them must
// be allowed.
type Consent struct {
	// Policy says which signals drop a page: standard, strict or record. standard obeys what
	// speaks against fetching a page or training on it: robots.txt for all agents,
	// tdm-reservation 1, train-ai=n, ai-train=no, noai, and ai.txt. strict obeys every signal
	// against any use, also noindex, noarchive, nosnippet, noimageai, ai-input=no, search=n,
	// terms by RSL, and an unavailable_after that was over when the page was fetched; with
	// robots it drops pages whose robots.txt is not known. record drops none. Default standard.
	Policy string `yaml:"policy" default:"standard"`
	// Agents are the product tokens whose rules bind, such as CCBot, GPTBot or
	// Google-Extended: in robots.txt, in metas and in X-Robots-Tag. Without them it is what
	// is said to everyone.
	Agents []string `yaml:"agents"`
	// Robots are WARC files and patterns with answers to requests for robots.txt: the
	// robotstxt files of a crawl of Common Crawl, or those of a crawl of ours. The latest
	// answer of each site counts beside what the page's own crawl says: both must allow.
	// A site is scheme, host and port; where only the other scheme is known, that counts.
	Robots []string `yaml:"robots" key:"-"`
	// RobotsMemory is the most that those may hold: 24 bytes for each answer, and what sites
	// say to the agents, each thing once. Default 1 GiB.
	RobotsMemory config.Bytes `yaml:"robots_memory" default:"1GiB" key:"-"`
}

// maxAgents bounds the list of agents.
const maxAgents = 64

// Validate checks the settings.
func (c *Consent) Validate() error {
	if _, err := ParsePolicy(c.Policy); err != nil {
		return err
	}
	if len(c.Agents) > maxAgents {
		return fmt.Errorf("agents: %d of them: at most %d", len(c.Agents), maxAgents)
	}
	for _, a := range c.Agents {
		if a == "" || strings.ContainsAny(a, " \t/,;:()*#") {
			return fmt.Errorf("agents: %q: want a product token, such as CCBot, without version", a)
		}
	}
	for _, location := range c.Robots {
		if location == "" {
			return errors.New("robots: a file without a path")
		}
	}
	if c.RobotsMemory < 1 {
		return errors.New("robots_memory: must be positive")
	}
	return nil
}

// Def defines the stage consent.
var Def = stage.DefineOpen("consent", 1, newConsent)

// Open reads the robots archive, if the settings name one; zero fields take their defaults.
func Open(ctx context.Context, c Consent, env *stage.Env) (*Stage, error) {
	return stage.Open[*Stage](ctx, Def, c, env)
}

func newConsent(ctx context.Context, c Consent, env *stage.Env) (*Stage, error) {
	policy, err := ParsePolicy(c.Policy)
	if err != nil {
		return nil, err
	}
	s := &Stage{policy: policy, agents: c.Agents}
	if len(c.Robots) > 0 {
		a, err := loadArchive(ctx, env, c.Robots, c.Agents, int64(c.RobotsMemory))
		if err != nil {
			return nil, fmt.Errorf("robots: %w", err)
		}
		s.archive = a
	}
	return s, nil
}

// Stage is the opened stage. All workers share it.
type Stage struct {
	policy  Policy
	agents  []string
	archive *archive // nil without one
}

// parsedBytes is about what a parsed robots.txt holds at most.
const parsedBytes = 8 << 20

// HoldsBytes implements stage.Holder.
func (s *Stage) HoldsBytes(workers int) int64 {
	if s.archive == nil {
		return 0
	}
	return s.archive.holds() + int64(workers)*parsedBytes
}

// Digest identifies the robots archive by what it says, not by its paths.
func (s *Stage) Digest() string {
	if s.archive == nil {
		return ""
	}
	return s.archive.digest
}

// Reads lists the columns that signals are read from.
func (*Stage) Reads() []string { return []string{"url", "raw", "http_header", "media", "fetched_at"} }

// Writes lists no column beside those that the stage adds.
func (*Stage) Writes() []string { return []string{} }

// siteFields is the field of a metadata record that has what the crawler knew.
const siteFields = stage.MetadataField + FieldName

// Fields implements stage.ResponseReader.
func (*Stage) Fields() []string { return append(HeaderNames(), siteFields) }

// Rules are the rules that the stage may give.
func (s *Stage) Rules() []string {
	list := s.policy.Rules()
	if s.policy == Strict && s.archive != nil {
		list = append(list, robotsUnknown)
	}
	return list
}

// columns are those of the stage, in the order of attach.
var columns = []corpus.Column{
	{Name: "against", Type: corpus.String, Few: true, Doc: "rules that speak against a use, under the policy strict; null if none does"},
	{Name: "robots", Type: corpus.Bool, Doc: "robots.txt allows every agent to ask for the page; null if it is not known"},
	{Name: "robots_rule", Type: corpus.String, Doc: "line of robots.txt that says so, with its agent"},
	{Name: "robots_at", Type: corpus.String, Doc: "when the site's answer in the robots archive was fetched, RFC 3339 UTC"},
	{Name: "noindex", Type: corpus.Bool, Doc: "noindex or none, in header or page"},
	{Name: "noai", Type: corpus.Bool, Doc: "noai or noml, in header or page"},
	{Name: "tdm_reserved", Type: corpus.Bool, Doc: "rights of text and data mining are reserved (TDMRep); null if nothing is said"},
	{Name: "tdm_policy", Type: corpus.String, Doc: "address of the terms of TDMRep"},
	{Name: "train_ai", Type: corpus.Bool, Doc: "models may be trained on it, by Content-Usage and Content-Signal; null if nothing is said"},
	{Name: "ai_input", Type: corpus.Bool, Doc: "models may be given it; null if nothing is said"},
	{Name: "search", Type: corpus.Bool, Doc: "it may be found by search; null if nothing is said"},
	{Name: "ai_txt", Type: corpus.Bool, Doc: "ai.txt allows to train on it; null if nothing is said"},
	{Name: "license", Type: corpus.String, Few: true, Doc: "licence that the page names, such as CC-BY-SA-4.0; null if none that is known"},
	{Name: "license_url", Type: corpus.String, Few: true, Doc: "address of the licence that the page names"},
	{Name: "rsl", Type: corpus.String, Few: true, Doc: "address of terms by RSL, or inline"},
	{Name: "signals", Type: corpus.JSON, Doc: "all signals as written, each with its place and name; null if there are none"},
}

// Cells declares the columns.
func (*Stage) Cells() []corpus.Column { return columns }

// Apply decides as Attach does.
func (s *Stage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	return s.Attach(d, make([]corpus.Value, len(columns)))
}

// Attach reads the signals of a document, sets the columns and decides by the policy.
func (s *Stage) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	signals, robotsAt := s.Signals(d)
	fetched, _ := time.Parse(time.RFC3339, d.FetchedAt)
	m := signals.Meaning(fetched)
	attach(cells, &signals, m, robotsAt)
	v := s.policy.Decide(m)
	if v.Kept() && s.policy == Strict && s.archive != nil && m.Robots == Unsaid {
		v = corpus.Verdict{Rule: robotsUnknown, Value: 1, Limit: 1, Detail: corpus.Host(d.URL)}
	}
	return v, nil
}

// Signals are what is said of a document, and when the site's answer in the robots archive
// was fetched.
func (s *Stage) Signals(d *corpus.Document) (list Signals, robotsAt time.Time) {
	header, site := parseHeader(d.Header)
	for _, x := range site.List {
		if x.siteWide() { // what stands in the page is read here
			list.add(x.Place, x.Name, x.Text)
		}
	}
	if s.archive != nil {
		f, at := s.archive.robots(d.URL)
		if list.addRobots(PlaceArchive, f, s.agents, d.URL); f != nil {
			robotsAt = at
		}
	}
	list.addHeader(header, s.agents)
	if d.Media == format.MediaHTML || d.Media == format.MediaXHTML {
		list.addPage(d.Raw, s.agents)
	}
	return list, robotsAt
}

// parseHeader parts the fields of a document's header from the signals that its crawler
// wrote down.
func parseHeader(text string) (header []warc.Field, site Signals) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if name == siteFields {
			site.addLine(value)
		} else {
			header = append(header, warc.Field{Name: name, Value: value})
		}
	}
	return header, site
}

func attach(cells []corpus.Value, s *Signals, m Meaning, robotsAt time.Time) {
	var at string
	if !robotsAt.IsZero() {
		at = robotsAt.Format(time.RFC3339)
	}
	copy(cells, []corpus.Value{
		corpus.StrOrNull(strings.Join(m.Against(), " ")),
		m.Robots.cell(), corpus.StrOrNull(m.RobotsRule), corpus.StrOrNull(at),
		truth(m.NoIndex), truth(m.NoAI),
		m.Reserved.cell(), corpus.StrOrNull(m.TDMPolicy),
		m.TrainAI.cell(), m.AIInput.cell(), m.Search.cell(), m.AITxt.cell(),
		corpus.StrOrNull(m.License), corpus.StrOrNull(m.LicenseURL), corpus.StrOrNull(m.RSL),
		corpus.StrOrNull(s.json()),
	})
}

// json is the list of the signals, "" without any.
func (s *Signals) json() string {
	if len(s.List) == 0 {
		return ""
	}
	list := make([]string, len(s.List))
	for i, x := range s.List {
		list[i] = x.String()
	}
	b, _ := json.Marshal(list) // of strings, which does not fail
	return string(b)
}

func (a Answer) cell() corpus.Value {
	if a == Unsaid {
		return corpus.Null
	}
	return truth(a == Yes)
}

func truth(b bool) corpus.Value {
	if b {
		return corpus.Int64(1)
	}
	return corpus.Int64(0)
}
