package crawl

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/robots"
)

// The kinds of what is fetched, as metadata records name them.
const (
	kindPage    = "page"
	kindSitemap = "sitemap"
	kindRobots  = "robots"
	kindTDMRep  = "tdmrep"
	kindAITxt   = "ai_txt"
)

// wellKnown are the paths of what is asked for once for each host.
var wellKnown = map[string]string{kindRobots: "/robots.txt", kindTDMRep: "/.well-known/tdmrep.json", kindAITxt: "/ai.txt"}

// reply is a file of a site as it was when it was asked for.
type reply struct {
	At     int64  `json:"at,omitempty"` // in milliseconds; 0 if it never was
	Status int    `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
	Body   []byte `json:"body,omitempty"`
}

// site is what a host says of how it may be asked. It is stored with the host.
type site struct {
	Robots reply `json:"robots"`
	TDMRep reply `json:"tdmrep"`
	AITxt  reply `json:"ai_txt"`

	robots *robots.File
	tdmrep *consent.TDMRep
	aiTxt  *robots.File
}

func (s *site) reply(kind string) *reply {
	switch kind {
	case kindRobots:
		return &s.Robots
	case kindTDMRep:
		return &s.TDMRep
	}
	return &s.AITxt
}

// parse reads the files.
func (s *site) parse() {
	s.robots, s.tdmrep, s.aiTxt = nil, nil, nil
	var err error
	if s.Robots.Error != "" {
		err = fmt.Errorf("%s", s.Robots.Error)
	}
	if s.Robots.At != 0 {
		s.robots = robots.Answer(s.Robots.Status, err, s.Robots.Body)
	}
	if len(s.TDMRep.Body) > 0 {
		if t, err := consent.ParseTDMRep(s.TDMRep.Body); err == nil { // else it is none
			s.tdmrep = t
		}
	}
	if len(s.AITxt.Body) > 0 {
		s.aiTxt = robots.Parse(s.AITxt.Body)
	}
}

// needs is the kind of file that has to be asked for before anything else, "" if all that
// is known is young enough.
func (s *site) needs(files []string, age time.Duration, now time.Time) string {
	if s.robots == nil || s.robots.Access == robots.Unreachable || s.Robots.old(age, now) {
		return kindRobots
	}
	for _, f := range files {
		kind := kindAITxt
		if f == "tdmrep" {
			kind = kindTDMRep
		}
		if s.reply(kind).old(age, now) {
			return kind
		}
	}
	return ""
}

func (r *reply) old(age time.Duration, now time.Time) bool {
	return r.At == 0 || now.Sub(time.UnixMilli(r.At)) >= age
}

const (
	// sitesMax are the sites whose files are in memory at once, sitesBytes about their size.
	sitesMax   = 8192
	sitesBytes = 64 << 20
)

// sites is a cache of the files of hosts.
type sites struct {
	front *frontier.Frontier
	known map[string]*site
	bytes int
}

// site finds the files of a host. Who has the host has its site too.
func (c *Crawler) site(origin string) (*site, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sites.get(origin)
}

func (s *sites) get(origin string) (*site, error) {
	if one := s.known[origin]; one != nil {
		return one, nil
	}
	data, err := s.front.Data(origin)
	if err != nil {
		return nil, err
	}
	one := new(site)
	if data != nil {
		if err := json.Unmarshal(data, one); err != nil {
			return nil, fmt.Errorf("what is known of %s: %w", origin, err)
		}
	}
	one.parse()
	s.keep(origin, one)
	return one, nil
}

// keep makes room by forgetting others, whichever come first: they are on disk.
func (s *sites) keep(origin string, one *site) {
	if old := s.known[origin]; old != nil {
		s.bytes -= old.size()
	}
	for other, o := range s.known {
		if len(s.known) < sitesMax && s.bytes+one.size() < sitesBytes {
			break
		}
		s.bytes -= o.size()
		delete(s.known, other)
	}
	s.known[origin] = one
	s.bytes += one.size()
}

// size is about what it holds: files, and what they become.
func (s *site) size() int { return 512 + 4*(len(s.Robots.Body)+len(s.TDMRep.Body)+len(s.AITxt.Body)) }

// set stores a file of a site.
func (s *sites) set(b *frontier.Batch, origin, kind string, r reply) error {
	one, err := s.get(origin)
	if err != nil {
		return err
	}
	changed := *one
	*changed.reply(kind) = r
	changed.parse()
	data, err := json.Marshal(&changed)
	if err != nil {
		return err
	}
	s.keep(origin, &changed)
	return b.SetData(origin, data)
}
