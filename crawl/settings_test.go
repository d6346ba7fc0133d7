package crawl_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl"
)

// TestSettings has each mistake, and says what the error must name.
func TestSettings(t *testing.T) {
	sound := func() crawl.Settings {
		s := config.Defaults[crawl.Settings]()
		s.Out, s.Seeds, s.Contact = "out", []string{"https://a.example/"}, "me@corpus.example"
		return s
	}
	good := sound()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, contact := range []string{"https://corpus.example/crawler", "a.b+c@d.example"} {
		s := sound()
		if s.Contact = contact; s.Validate() != nil {
			t.Errorf("%s is a contact: %v", contact, s.Validate())
		}
	}
	for want, change := range map[string]func(s *crawl.Settings){
		"out:": func(s *crawl.Settings) { s.Out = "" }, "seeds:": func(s *crawl.Settings) { s.Seeds = nil }, "seed \"a.example\"": func(s *crawl.Settings) { s.Seeds = []string{"a.example"} },
		"contact: say who": func(s *crawl.Settings) { s.Contact = "" }, "contact: \"me\"": func(s *crawl.Settings) { s.Contact = "me" }, "contact: \"Me <": func(s *crawl.Settings) { s.Contact = "Me <me@corpus.example>" },
		"user_agent: it must": func(s *crawl.Settings) { s.UserAgent = "x/1" }, "user_agent: want": func(s *crawl.Settings) { s.UserAgent = "x me@corpus.example\r\nA: b" },
		"policy:": func(s *crawl.Settings) { s.Policy = "lax" }, "allow:": func(s *crawl.Settings) { s.Allow = []string{"a/b"} }, "stay:": func(s *crawl.Settings) { s.Stay = "here" },
		"well_known:": func(s *crawl.Settings) { s.WellKnown = []string{"llms"} }, "workers:": func(s *crawl.Settings) { s.Workers = 0 }, "hops_max": func(s *crawl.Settings) { s.HopsMax = -1 },
		"compression:": func(s *crawl.Settings) { s.Compression = 10 }, "file_bytes": func(s *crawl.Settings) { s.FileBytes = 0 }, "delay_factor": func(s *crawl.Settings) { s.Politeness.DelayFactor = -1 },
		"delay_max": func(s *crawl.Settings) { s.Politeness.DelayMax = 0 }, "robots_age": func(s *crawl.Settings) { s.Politeness.RobotsAge = 0 }, "attempts_max": func(s *crawl.Settings) { s.Politeness.AttemptsMax = 0 },
		"stop:": func(s *crawl.Settings) { s.Stop.Pages = -1 }, "limits": func(s *crawl.Settings) { s.Limits.BodyBytes = 0 }, "drop_parameters": func(s *crawl.Settings) { s.DropParameters = []string{"["} },
		"scope: hosts": func(s *crawl.Settings) { s.Scope.Hosts = []string{"a/b"} },
	} {
		s := sound()
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %s", err, want)
		}
	}
}
