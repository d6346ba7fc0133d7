package robots

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MaxBytes is how much of a file is read: 500 KiB, the least that the RFC asks for. What
// is behind the last whole line of it does not count.
const MaxBytes = 500 << 10

// everyone is the product token of the group of all other agents.
const everyone = "*"

// File is a robots.txt, read only and safe for concurrent use. It holds about as much
// memory as the file, and 100 bytes for each of its rules.
type File struct {
	// Access says whether there are rules at all.
	Access Access
	// Status is the HTTP status that the file came with, 0 if not known.
	Status int
	// Truncated tells that the file is larger than MaxBytes.
	Truncated bool
	// Problems are lines that mean nothing, the first 16 of them.
	Problems []Problem

	groups   []group
	agents   map[string][]member // product token in lower case, or *, to the groups that name it
	global   []bound             // Content-Signal before any group
	sitemaps []string
	licenses []Rule
}

// Problem is a line that means nothing.
type Problem struct {
	Line int    // from 1
	Text string // of the line, at most 200 bytes
}

// Rule is a line of the file that decided something.
type Rule struct {
	Line  int    // from 1; 0 is no line
	Key   string // such as disallow, in lower case and spelled right
	Value string // as written, without comment and white space around
	Agent string // product token of the group, * for that of all others, "" for the file
}

// String renders the rule as a line of a file, "" if it is none.
func (r Rule) String() string {
	if r.Key == "" {
		return ""
	}
	return r.Key + ": " + r.Value
}

// group is what one or several agents are told.
type group struct {
	rules  []bound // Allow and Disallow, the most octets first, of equals those that allow
	usage  []bound // Content-Usage
	others []bound // Crawl-delay and Content-Signal
	tokens int     // agents that the group has been given so far
}

// bound is a line of a group.
type bound struct {
	pattern
	key   string
	value string
	line  int
	delay time.Duration
	// before counts the agents of the group that were named before the line, for those
	// lines that bind no other.
	before int
}

func (b *bound) rule(agent string) Rule { return Rule{b.line, b.key, b.value, agent} }

// Allowed reports whether every one of the agents may ask for the URL, and the rule that
// says so: of several agents that of the first that may not, else of the first that has
// one. Agents are product tokens, such as CCBot; the URL is absolute or a path. Without
// agents it asks for those that the file does not name.
func (f *File) Allowed(agents []string, url string) (ok bool, why Rule) {
	switch f.Access {
	case Unrestricted:
		return true, Rule{}
	case Unreachable:
		return false, Rule{}
	}
	var room [256]byte
	path := appendPath(room[:0], url)
	if string(path) == "/robots.txt" {
		return true, Rule{}
	}
	for _, agent := range orEveryone(agents) {
		best, token := f.decide(agent, path)
		if best == nil {
			continue
		}
		if best.key == keyDisallow {
			return false, best.rule(token)
		}
		if why.Line == 0 {
			why = best.rule(token)
		}
	}
	return true, why
}

func orEveryone(agents []string) []string {
	if len(agents) == 0 {
		return []string{everyone}
	}
	return agents
}

// decide finds the rule that an agent goes by, and the token of its group.
func (f *File) decide(agent string, path []byte) (best *bound, token string) {
	token, groups := f.groupsOf(agent)
	for _, g := range groups {
		rules := f.groups[g.group].rules
		for i := range rules {
			r := &rules[i]
			if best != nil && moreSpecific(*best, *r) <= 0 {
				break
			}
			if r.matches(path) {
				best = r
				break
			}
		}
	}
	return best, token
}

// groupsOf are the groups that bind an agent: those that name it, else those of everyone.
func (f *File) groupsOf(agent string) (token string, groups []member) {
	if token = productToken(agent); token != everyone {
		if groups, ok := f.agents[token]; ok {
			return token, groups
		}
	}
	return everyone, f.agents[everyone]
}

// moreSpecific orders rules by who wins: the most octets, of equals those that allow.
func moreSpecific(a, b bound) int {
	if c := cmp.Compare(b.octets, a.octets); c != 0 {
		return c
	}
	return cmp.Compare(a.key, b.key) // allow, disallow
}

// Names reports whether a group names the agent.
func (f *File) Names(agent string) bool {
	_, ok := f.agents[productToken(agent)]
	return ok
}

// CrawlDelay is the longest Crawl-delay of the agent's groups, up to a year. It is no part
// of the RFC; what is no number of seconds does not count.
func (f *File) CrawlDelay(agent string) (delay time.Duration, ok bool) {
	f.each(agent, func(b *bound, _ string) {
		if b.key == keyDelay {
			delay, ok = max(delay, b.delay), true
		}
	})
	return delay, ok
}

// each yields the lines beside the rules that bind an agent.
func (f *File) each(agent string, do func(b *bound, token string)) {
	token, groups := f.groupsOf(agent)
	for _, g := range groups {
		others := f.groups[g.group].others
		for i := range others {
			if g.place < others[i].before {
				do(&others[i], token)
			}
		}
	}
}

// Usage returns the Content-Usage lines that hold for the agents and the URL: of each
// agent's groups those with the longest path that matches. What a line says is the
// business of who reads it; several hold together. It does not look at whether the URL
// may be asked for: for one that may not they mean nothing.
func (f *File) Usage(agents []string, url string) (list []Rule) {
	path := appendPath(nil, url)
	for _, agent := range orEveryone(agents) {
		token, groups := f.groupsOf(agent)
		longest, first := -1, len(list)
		for _, g := range groups {
			usage := f.groups[g.group].usage
			for i := range usage {
				list, longest = keepLongest(list, first, longest, &usage[i], token, path)
			}
		}
	}
	return list
}

// Signals returns the Content-Signal lines that hold for the agents and the URL, as Usage
// does, with those that stand before every group.
func (f *File) Signals(agents []string, url string) (list []Rule) {
	path := appendPath(nil, url)
	longest := -1
	for i := range f.global {
		list, longest = keepLongest(list, 0, longest, &f.global[i], "", path)
	}
	for _, agent := range orEveryone(agents) {
		longest, first := -1, len(list)
		f.each(agent, func(b *bound, token string) {
			if b.key == keySignal {
				list, longest = keepLongest(list, first, longest, b, token, path)
			}
		})
	}
	return list
}

// keepLongest adds a line to list[first:], where those with the longest path stay.
func keepLongest(list []Rule, first, longest int, b *bound, token string, path []byte) ([]Rule, int) {
	if b.octets < longest || !b.matches(path) {
		return list, longest
	}
	if b.octets > longest {
		list = list[:first]
	}
	return append(list, b.rule(token)), b.octets
}

// Sitemaps are the addresses of sitemaps, wherever they stand in the file, each once and
// at most 1,000.
func (f *File) Sitemaps() []string { return slices.Clone(f.sitemaps) }

// Licenses are the License lines, which hold for all agents and paths; at most 16.
func (f *File) Licenses() []Rule { return slices.Clone(f.licenses) }

// Agents are the product tokens that groups name, in lower case and sorted.
func (f *File) Agents() []string {
	list := make([]string, 0, len(f.agents))
	for token := range f.agents {
		list = append(list, token)
	}
	slices.Sort(list)
	return list
}

// productToken is the token of a user-agent line or string in lower case: what is before
// a version, a remark or a blank. It is * for everyone, and "" for what names nobody.
func productToken(s string) string {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, "/ \t;("); i >= 0 {
		s = s[:i]
	}
	if s != everyone {
		s = strings.TrimRight(s, "*")
	}
	return strings.ToLower(s)
}
