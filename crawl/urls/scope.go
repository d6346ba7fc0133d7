package urls

import (
	"fmt"
	"regexp"
	"strings"
)

// Scope is which addresses a crawl asks for. An address is in it if one of Hosts, Domains
// or Prefixes has it, or none is given, and one of Patterns matches, or none is given, and
// none of Exclude matches.
type Scope struct {
	// Hosts are names as addresses have them; one without a port means every port.
	Hosts []string `yaml:"hosts"`
	// Domains are names that have all hosts below them, and themselves.
	Domains []string `yaml:"domains"`
	// Prefixes are beginnings of addresses, such as https://a.example/docs/.
	Prefixes []string `yaml:"prefixes"`
	// Patterns are regular expressions (RE2) of whole addresses, of which one must match somewhere.
	Patterns []string `yaml:"patterns"`
	// Exclude are regular expressions of addresses that are never asked for.
	Exclude []string `yaml:"exclude"`
}

// Bounds is a scope made ready.
type Bounds struct {
	hosts, domains    map[string]bool
	prefixes          []string
	patterns, exclude []*regexp.Regexp
}

// Reasons why an address is no part of a crawl.
const (
	OutOfScope = "scope"
	Excluded   = "excluded"
)

// Open compiles a scope. Errors name the word that is wrong.
func (s Scope) Open(f *Form) (*Bounds, error) {
	b := &Bounds{hosts: map[string]bool{}, domains: map[string]bool{}}
	for _, list := range []struct {
		what  string
		words []string
		into  map[string]bool
	}{{"hosts", s.Hosts, b.hosts}, {"domains", s.Domains, b.domains}} {
		for _, w := range list.words {
			u, err := f.Parse("http://" + w + "/")
			if err != nil || u.Path() != "/" || list.what == "domains" && u.port != u.end {
				return nil, fmt.Errorf("scope: %s: %q is none: want a name such as a.example", list.what, w)
			}
			list.into[u.Host()] = true
		}
	}
	for _, p := range s.Prefixes {
		u, err := f.Parse(p)
		if err != nil {
			return nil, fmt.Errorf("scope: prefixes: %q: %w", p, err)
		}
		b.prefixes = append(b.prefixes, u.String())
	}
	for _, list := range []struct {
		what  string
		words []string
		into  *[]*regexp.Regexp
	}{{"patterns", s.Patterns, &b.patterns}, {"exclude", s.Exclude, &b.exclude}} {
		for _, w := range list.words {
			re, err := regexp.Compile(w)
			if err != nil {
				return nil, fmt.Errorf("scope: %s: %w", list.what, err)
			}
			*list.into = append(*list.into, re)
		}
	}
	return b, nil
}

// Contains gives "" for an address that belongs to the crawl, or why it does not.
func (b *Bounds) Contains(u URL) string {
	switch {
	case !b.place(u), len(b.patterns) > 0 && !anyMatch(b.patterns, u.text):
		return OutOfScope
	case anyMatch(b.exclude, u.text):
		return Excluded
	}
	return ""
}

func (b *Bounds) place(u URL) bool {
	if len(b.hosts)+len(b.domains)+len(b.prefixes) == 0 || b.hosts[u.Host()] || b.hosts[u.Hostname()] {
		return true
	}
	for name := u.Hostname(); len(b.domains) > 0; {
		if b.domains[name] {
			return true
		}
		_, parent, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = parent
	}
	for _, p := range b.prefixes {
		if strings.HasPrefix(u.text, p) {
			return true
		}
	}
	return false
}

func anyMatch(list []*regexp.Regexp, s string) bool {
	for _, re := range list {
		if re.MatchString(s) {
			return true
		}
	}
	return false
}
