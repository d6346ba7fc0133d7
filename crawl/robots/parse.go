package robots

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxProblems    = 16
	maxProblemText = 200
	maxSitemaps    = 1_000
	maxLicenses    = 16
	maxDelay       = 365 * 24 * time.Hour // of a Crawl-delay; what is longer is no delay
)

// The keys as rules give them.
const (
	keyAllow    = "allow"
	keyDisallow = "disallow"
	keyAgent    = "user-agent"
	keySitemap  = "sitemap"
	keyDelay    = "crawl-delay"
	keyUsage    = "content-usage"
	keySignal   = "content-signal"
	keyLicense  = "license"
)

// keys are the names that a key goes by: those of the RFC, and the misspellings that
// Google's parser takes.
var keys = map[string]string{
	"allow":    keyAllow,
	"disallow": keyDisallow, "dissallow": keyDisallow, "dissalow": keyDisallow, "disalow": keyDisallow,
	"diasllow": keyDisallow, "disallaw": keyDisallow,
	"user-agent": keyAgent, "useragent": keyAgent, "user agent": keyAgent,
	"sitemap": keySitemap, "site-map": keySitemap,
	"crawl-delay": keyDelay, "crawldelay": keyDelay,
	"content-usage":  keyUsage,
	"content-signal": keySignal, "content-signals": keySignal,
	"license": keyLicense, "licence": keyLicense,
}

// passed are keys of other programs, which are no mistakes.
var passed = []string{"host", "clean-param", "noindex", "request-rate", "visit-time", "comment", "schemamap", "llms-txt", "index-now"}

// member is an agent's membership in a group.
type member struct {
	group int
	place int // among the agents of the group
}

type parser struct {
	file *File
	open bool // the last lines of the group named agents: another names one more
	seen map[string]bool
}

// Parse reads a file, up to MaxBytes of it. It never fails: what means nothing is passed
// over.
func Parse(data []byte) *File {
	if len(data) <= MaxBytes {
		return ParseWhole(data)
	}
	f := ParseWhole(data[:wholeLines(data)])
	f.Truncated = true
	return f
}

// ParseWhole reads a file of any size, such as one that AppendFor wrote.
func ParseWhole(data []byte) *File {
	f := &File{agents: map[string][]member{}}
	p := parser{file: f, seen: map[string]bool{}}
	number := 0
	for line := range lines(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))) {
		number++
		p.line(number, line)
	}
	for i := range f.groups {
		slices.SortStableFunc(f.groups[i].rules, moreSpecific)
	}
	return f
}

// wholeLines is where the last line ends that ends within MaxBytes.
func wholeLines(data []byte) int {
	if c := data[MaxBytes]; c == '\r' || c == '\n' {
		return MaxBytes
	}
	return bytes.LastIndexAny(data[:MaxBytes], "\r\n") + 1
}

// lines yields the lines of a text, which end with CR, LF or both.
func lines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			line := text
			if i := strings.IndexAny(text, "\r\n"); i < 0 {
				text = ""
			} else {
				line, text = text[:i], text[i:]
				if strings.HasPrefix(text, "\r\n") {
					text = text[1:]
				}
				text = text[1:]
			}
			if !yield(line) {
				return
			}
		}
	}
}

func (p *parser) line(number int, written string) {
	text, _, _ := strings.Cut(written, "#")
	if text = strings.Trim(text, " \t"); text == "" {
		return
	}
	name, value, ok := strings.Cut(text, ":")
	if !ok { // some forget the colon
		if words := strings.Fields(text); len(words) == 2 {
			name, value, ok = words[0], words[1], true
		}
	}
	name = strings.ToLower(strings.Trim(name, " \t"))
	value = strings.Trim(value, " \t")
	key := keys[name]
	switch {
	case !ok || key == "" && !slices.Contains(passed, name):
		p.problem(number, written)
	case key == keyAgent:
		p.agent(value)
	case key == keySitemap:
		if value != "" && !p.seen[value] && len(p.file.sitemaps) < maxSitemaps {
			p.seen[value] = true
			p.file.sitemaps = append(p.file.sitemaps, value)
		}
	case key == keyLicense:
		if value != "" && len(p.file.licenses) < maxLicenses {
			p.file.licenses = append(p.file.licenses, Rule{Line: number, Key: key, Value: value})
		}
	case key != "" && !p.bind(bound{key: key, value: value, line: number}):
		p.problem(number, written)
	}
}

func (p *parser) problem(number int, text string) {
	if len(p.file.Problems) < maxProblems {
		text = strings.ToValidUTF8(text[:min(len(text), maxProblemText)], "\uFFFD")
		p.file.Problems = append(p.file.Problems, Problem{number, text})
	}
}

// agent names one more agent of the open group, or begins one.
func (p *parser) agent(value string) {
	f := p.file
	if !p.open {
		f.groups = append(f.groups, group{})
		p.open = true
	}
	last := len(f.groups) - 1
	for name := range strings.SplitSeq(value, ",") {
		token := productToken(name)
		list := f.agents[token]
		if n := len(list); token == "" || n > 0 && list[n-1].group == last {
			continue
		}
		f.agents[token] = append(list, member{last, f.groups[last].tokens})
		f.groups[last].tokens++
	}
}

// bind puts a line into the group at hand, and reports whether it means something.
func (p *parser) bind(b bound) bool {
	f := p.file
	if len(f.groups) == 0 {
		if b.key != keySignal {
			return false
		}
		b.pattern, b.value = optionalPath(b.value)
		f.global = append(f.global, b)
		return true
	}
	g := &f.groups[len(f.groups)-1]
	switch b.key {
	case keyAllow, keyDisallow:
		p.open = false
		switch {
		case b.value == "": // matches nothing
		case b.value[0] != '/' && b.value[0] != '*':
			return false // no path begins like that
		default:
			b.pattern = newPattern(b.value)
			g.rules = append(g.rules, b)
		}
	case keyUsage:
		p.open = false
		b.pattern, b.value = optionalPath(b.value)
		g.usage = append(g.usage, b)
	case keySignal:
		b.pattern, b.value = optionalPath(b.value)
		b.before = g.tokens
		g.others = append(g.others, b)
	case keyDelay:
		seconds, err := strconv.ParseFloat(b.value, 64)
		if err != nil || !(seconds >= 0 && seconds <= maxDelay.Seconds()) {
			return false
		}
		b.delay, b.before = time.Duration(seconds*float64(time.Second)), g.tokens
		g.others = append(g.others, b)
	}
	return true
}

// optionalPath parts "/path what" from "what".
func optionalPath(value string) (pattern, string) {
	if !strings.HasPrefix(value, "/") {
		return anyPath, value
	}
	path, rest := value, ""
	if i := strings.IndexAny(value, " \t"); i >= 0 {
		path, rest = value[:i], strings.TrimLeft(value[i:], " \t")
	}
	return newPattern(path), rest
}
