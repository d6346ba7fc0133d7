package consent

import (
	"strings"

	"github.com/corpusmill/corpusmill/crawl/robots"
)

const nameAITxt = "ai-txt"

// AddAITxt adds what the site's ai.txt says of the page, whose form is that of a
// robots.txt with patterns of file names. A page is also held against the patterns for
// HTML files, whatever its address. Without a rule for the page it adds nothing.
func (s *Signals) AddAITxt(f *robots.File, agents []string, url string) {
	if f == nil || f.Access != robots.Rules {
		return
	}
	var allowed string
	for _, u := range []string{url, asHTML(url)} {
		ok, why := f.Allowed(agents, u)
		if !ok {
			s.add(PlaceAITxt, nameAITxt, why.Key+": "+ruleText(why))
			return
		}
		if why.Line > 0 && allowed == "" {
			allowed = why.Key + ": " + ruleText(why)
		}
	}
	if allowed != "" {
		s.add(PlaceAITxt, nameAITxt, allowed)
	}
}

// asHTML is the address of a page as a file would have it.
func asHTML(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	return strings.TrimSuffix(url, "/") + "/index.html"
}

func (m *Meaning) addAITxt(x Signal) {
	if strings.HasPrefix(x.Text, nameDisallow) {
		m.AITxt = No
		m.object(ruleAITxt, x)
		return
	}
	m.AITxt.most(Yes)
}
