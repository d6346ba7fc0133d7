// Package wikitext reads the markup of MediaWiki. It is no parser of all that MediaWiki
// does: templates are not expanded, since a dump does not have what they say to a reader.
// The rules are those of https://www.mediawiki.org/wiki/Help:Formatting, its pages on
// tables, links, images, and language conversion. Time and memory are linear in the page.
package wikitext

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Options say what becomes of a page.
type Options struct {
	Markdown   bool   // in place of plain text
	Variant    string // of -{…}-; "" is the first
	NoTables   bool   // tables go
	References bool   // sections of references and links stay
}

// Text is the text of a page: one block a line, "" where none is left. Broken markup
// never fails: what has no end stays as it stands.
func Text(page string, o Options) string {
	if page = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(page, mark, ""), "\ufffd")); redirects(page) {
		return ""
	}
	p := &inline{options: o, src: page}
	flat := p.flatten()
	return (&blocks{options: o, literal: p.literal}).text(flat)
}

// redirects reports whether a page is only the name of another one.
func redirects(page string) bool {
	if !strings.HasPrefix(page, "#") {
		return false
	}
	word, rest, ok := strings.Cut(page[1:], "[[")
	if word = strings.TrimSuffix(strings.TrimSpace(word), ":"); !ok || len(word) > 40 || len(strings.Fields(word)) != 1 {
		return false
	}
	_, after, ok := strings.Cut(rest, "]]")
	after, _, _ = strings.Cut(after, "\n")
	return ok && strings.TrimSpace(after) == ""
}

// mark stands on both sides of the number of a literal: text that no rule may touch. Pages
// have no such character, XML has none.
const mark = "\x7f"

// opened is a bracket that has not closed yet.
type opened struct {
	kind byte // '{' of templates, '[' of links, 'e' of links to other sites, '-' of variants
	n    int  // braces
	at   int  // where in the output it began
	bars []int
}

// inline reads a page from its beginning to its end and resolves what stands in brackets,
// innermost first.
type inline struct {
	options Options
	src     string
	out     []byte
	stack   []opened
	literal []string
	endless map[string]bool // tags that have no end behind where we are
}

// maxDepth is how deep brackets nest; deeper ones are characters.
const maxDepth = 100

// flatten is the page without templates, links, comments, tags of extensions.
func (p *inline) flatten() string {
	p.out = make([]byte, 0, len(p.src))
	for i := 0; i < len(p.src); {
		switch c := p.src[i]; c {
		case '<':
			i += p.tag(p.src[i:])
		case '{', '[', '-':
			i += p.open(p.src[i:])
		case '}', ']':
			i += p.close(p.src[i:])
		case '|':
			if top := p.top(); top != nil {
				top.bars = append(top.bars, len(p.out))
			}
			p.out = append(p.out, c)
			i++
		default:
			n := strings.IndexAny(p.src[i:], "<{[-}]|")
			if n < 0 {
				n = len(p.src) - i
			}
			p.out = append(p.out, p.src[i:i+n]...)
			i += n
		}
	}
	return string(p.out)
}

func (p *inline) top() *opened {
	if len(p.stack) == 0 {
		return nil
	}
	return &p.stack[len(p.stack)-1]
}

// run counts the characters of one kind that s begins with.
func run(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

// maxRun is how many brackets in a row are looked at together.
const maxRun = 64

func (p *inline) open(s string) int {
	n := run(s[:min(len(s), maxRun)], s[0])
	kind, need := s[0], 2
	switch {
	case s[0] == '-': // -{ begins a variant
		if n != 1 || len(s) < 2 || s[1] != '{' || strings.HasPrefix(s, "-{{") {
			p.out = append(p.out, s[:n]...)
			return n
		}
		n, need = 2, 1
	case s[0] == '[':
		n = min(n, 2)
	}
	if n == 1 && s[0] == '[' {
		return p.external(s)
	}
	if n < need || len(p.stack) >= maxDepth {
		p.out = append(p.out, s[:n]...)
		return n
	}
	p.stack = append(p.stack, opened{kind: kind, n: n, at: len(p.out)})
	p.out = append(p.out, s[:n]...)
	return n
}

func (p *inline) close(s string) int {
	n := run(s, s[0])
	want := byte('{')
	if s[0] == ']' {
		want = '['
	}
	used := 0
	for used < n {
		top := p.top()
		if want == '{' && top != nil && top.kind == '-' && used < n && strings.HasPrefix(s[used:], "}-") {
			p.resolve(2, p.variant)
			return used + 2
		}
		if want == '[' && top != nil && top.kind == 'e' {
			p.stack = p.stack[:len(p.stack)-1]
			used++
			continue
		}
		if n-used < 2 {
			break
		}
		if top == nil || top.kind != want {
			if !p.unwind(want) {
				break
			}
			top = p.top()
		}
		if want == '[' {
			p.resolve(2, p.link)
			used += 2
			continue
		}
		k := min(top.n, n-used, 3)
		if top.n == 4 && k == 3 { // {{{{x}}}} are two templates
			k = 2
		}
		drop := p.template
		if k == 3 {
			drop = func(string, []int) string { return "" } // a parameter
		}
		p.resolve(k, drop)
		used += k
	}
	p.out = append(p.out, s[used:n]...)
	return n
}

// unwind drops brackets of other kinds that have not closed, if one of this kind is below
// them: they are characters.
func (p *inline) unwind(kind byte) bool {
	for i, v := range slices.Backward(p.stack) {
		if v.kind == kind {
			p.stack = p.stack[:i+1]
			return true
		}
		if v.kind == '{' { // a link does not reach out of a template
			return false
		}
	}
	return false
}

// resolve puts what stands for the innermost bracket in its place; k of its characters
// are closed, others open before it stay.
func (p *inline) resolve(k int, say func(inner string, bars []int) string) {
	top := p.top()
	begin := top.at + top.n
	inner := string(p.out[begin:])
	for i := range top.bars {
		top.bars[i] -= begin
	}
	said := say(inner, top.bars)
	rest := top.n - k
	p.out = append(p.out[:top.at+rest], said...)
	switch {
	case rest >= 2:
		top.n, top.bars = rest, nil
	default:
		p.stack = p.stack[:len(p.stack)-1]
	}
}

// split cuts at the bars.
func split(s string, bars []int) []string {
	var parts []string
	at := 0
	for _, b := range bars {
		parts = append(parts, s[at:b])
		at = b + 1
	}
	return append(parts, s[at:])
}

// template is what stands for a template.
func (p *inline) template(inner string, bars []int) string {
	parts := split(inner, bars)
	name := folded(parts[0])
	switch {
	case name == "!":
		return "|"
	case name == "=": // not the one between name and value of an argument
		return p.hide("=")
	case name == "nbsp" || name == "spaces" || name == "·" || name == "•":
		return " "
	}
	number, ok := plainTemplates[name]
	if !ok && strings.HasPrefix(name, "lang-") {
		number, ok = 1, true
	}
	if !ok {
		return ""
	}
	args := map[int]string{}
	last, next := 0, 1
	for _, a := range parts[1:] {
		key, value, named := strings.Cut(a, "=")
		n := 0
		if key = strings.TrimSpace(key); named && !strings.ContainsAny(key, " <[{\n"+mark) {
			if len(key) != 1 || key[0] < '1' || key[0] > '9' {
				continue
			}
			n, a = int(key[0]-'0'), value
		} else {
			n = next
			next++
		}
		args[n] = strings.TrimSpace(a)
		last = max(last, n)
	}
	if number < 0 {
		number = last
	}
	return args[number]
}

// link is what stands for [[a|b]].
func (p *inline) link(inner string, bars []int) string {
	target, shown := inner, ""
	piped := len(bars) > 0
	if piped {
		target, shown = inner[:bars[0]], inner[bars[0]+1:]
	}
	target = strings.TrimSpace(target)
	if strings.ContainsAny(target, "\n<>{}") || target == "" {
		return "[[" + inner + "]]"
	}
	if space, _, ok := strings.Cut(target, ":"); ok && space != "" {
		name := folded(space)
		switch {
		case fileSpaces[name], categorySpaces[name], !piped && space == name && interwiki(name):
			return ""
		}
	}
	target = strings.TrimPrefix(target, ":")
	switch {
	case piped && strings.TrimSpace(shown) != "":
		return shown
	case piped: // [[a (b)|]] shows a
		_, after, ok := strings.Cut(target, ":")
		if ok {
			target = after
		}
		target, _, _ = strings.Cut(target, " (")
		return target
	}
	return strings.TrimPrefix(target, "#")
}

// interwiki reports whether a name is that of a wiki in another language.
func interwiki(name string) bool {
	first, _, _ := strings.Cut(name, "-")
	if len(first) < 2 || len(first) > 3 && name != "simple" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return name != "wp" && name != "wt"
}

// maxExternal is the longest link to another site.
const maxExternal = 4096

// external is what stands for [http://a b], at s.
func (p *inline) external(s string) int {
	end := strings.IndexAny(s[:min(len(s), maxExternal)], "]\n")
	if end < 0 || s[end] != ']' {
		p.out = append(p.out, '[')
		return 1
	}
	address, label, _ := strings.Cut(s[1:end], " ")
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "//") &&
		!strings.HasPrefix(address, "mailto:") && !strings.HasPrefix(address, "ftp://") {
		p.out = append(p.out, '[')
		return 1
	}
	if strings.ContainsAny(label, "[{<") && len(p.stack) < maxDepth { // what is in the label is read on
		p.stack = append(p.stack, opened{kind: 'e', at: len(p.out)})
		return 1 + len(address)
	}
	p.out = append(p.out, strings.TrimSpace(label)...)
	return end + 1
}

// variant is what stands for -{…}-.
func (p *inline) variant(inner string, bars []int) string {
	if len(bars) > 0 {
		flags := inner[:bars[0]]
		if len(flags) > 20 || strings.ContainsAny(flags, ":;") {
			return inner
		}
		if strings.ContainsAny(flags, "HT-") && !strings.Contains(flags, "A") {
			return "" // rules and titles: nothing is shown
		}
		inner = inner[bars[0]+1:]
	}
	if !strings.Contains(inner, ":") {
		return inner
	}
	first := ""
	for rule := range strings.SplitSeq(inner, ";") {
		if _, to, ok := strings.Cut(rule, "=>"); ok {
			rule = to
		}
		code, word, ok := strings.Cut(rule, ":")
		if !ok {
			continue
		}
		code, word = folded(code), strings.TrimSpace(word)
		if !interwiki(code) && code != "zh" {
			return inner
		}
		if code == p.options.Variant {
			return word
		}
		if first == "" {
			first = word
		}
	}
	return first
}

// put adds a literal: text that no other rule touches.
func (p *inline) put(s string) { p.out = append(p.out, p.hide(s)...) }

// hide is what stands for a literal until the end.
func (p *inline) hide(s string) string {
	p.literal = append(p.literal, s)
	return mark + strconv.Itoa(len(p.literal)-1) + mark
}

// A kind of tag that ends what the rules see of a page.
type extension uint8

const (
	dropped extension = iota + 1
	nowiki
	pre
	code
	math
)

// extensions are the tags whose content is no wikitext, or no text.
var extensions = map[string]extension{
	"ref": dropped, "references": dropped, "gallery": dropped, "timeline": dropped, "imagemap": dropped, "score": dropped,
	"graph": dropped, "mapframe": dropped, "maplink": dropped, "templatedata": dropped, "templatestyles": dropped,
	"includeonly": dropped, "hiero": dropped, "inputbox": dropped, "categorytree": dropped, "section": dropped,
	"indicator": dropped, "phonos": dropped, "languages": dropped, "style": dropped, "script": dropped,
	"nowiki": nowiki, "pre": pre, "syntaxhighlight": code, "source": code, "math": math, "chem": math, "ce": math,
}

// tag reads a comment or a tag at s and says how long it is.
func (p *inline) tag(s string) int {
	if strings.HasPrefix(s, "<!--") {
		end := strings.Index(s, "-->")
		if end < 0 {
			return len(s)
		}
		n := end + 3
		// a comment that has a line to itself takes the line with it
		if (len(p.out) == 0 || p.out[len(p.out)-1] == '\n') && strings.HasPrefix(s[n:], "\n") {
			n++
		}
		return n
	}
	name, attributes, n, closed := parseTag(s)
	if n == 0 {
		p.out = append(p.out, '<')
		return 1
	}
	kind := extensions[name]
	if kind == 0 || strings.HasPrefix(s, "</") {
		if kind == 0 {
			p.out = append(p.out, s[:n]...)
		}
		return n
	}
	if closed {
		return n
	}
	end := -1
	if !p.endless[name] {
		end = indexFold(s[n:], "</"+name)
	}
	if end < 0 {
		if p.endless == nil {
			p.endless = map[string]bool{}
		}
		p.endless[name] = true // and so are all that follow
		if kind == dropped {   // no end: the tag alone goes
			return n
		}
		p.out = append(p.out, s[:n]...)
		return n
	}
	inner, after := s[n:n+end], n+end
	if gt := strings.IndexByte(s[after:], '>'); gt >= 0 {
		after += gt + 1
	} else {
		after = len(s)
	}
	p.extension(kind, inner, attributes)
	return after
}

func (p *inline) extension(kind extension, inner, attributes string) {
	block := func(s string) {
		p.out = append(p.out, '\n')
		p.put(s)
		p.out = append(p.out, '\n')
	}
	md := p.options.Markdown
	switch kind {
	case nowiki:
		p.put(unescape(inner))
	case math:
		if tex := strings.TrimSpace(unescape(inner)); tex != "" {
			switch display := strings.Contains(attributes, "block"); {
			case !md && display:
				block(oneLine(tex))
			case !md:
				p.put(oneLine(tex))
			case display:
				block("$$" + tex + "$$")
			default:
				p.put("$" + oneLine(tex) + "$")
			}
		}
	case pre, code:
		inner = strings.Trim(unescape(inner), "\n")
		switch {
		case strings.TrimSpace(inner) == "":
		case !strings.Contains(inner, "\n") && kind == code && strings.Contains(attributes, "inline"):
			if md {
				inner = "`" + inner + "`"
			}
			p.put(inner)
		case md:
			fence := "```"
			for strings.Contains(inner, fence) {
				fence += "`"
			}
			block(fence + attribute(attributes, "lang") + "\n" + inner + "\n" + fence)
		default:
			block(inner)
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// parseTag reads <name attributes> or </name>: n is its length, 0 if it is none.
func parseTag(s string) (name, attributes string, n int, closed bool) {
	i := 1
	if i < len(s) && s[i] == '/' {
		i++
	}
	begin := i
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || i > begin && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i == begin || i-begin > 20 {
		return "", "", 0, false
	}
	name = strings.ToLower(s[begin:i])
	limit := min(len(s), i+2000)
	end := strings.IndexAny(s[i:limit], "<>")
	if end < 0 || s[i+end] == '<' {
		return "", "", 0, false
	}
	attributes = s[i : i+end]
	if attributes != "" && !strings.ContainsAny(attributes[:1], " \t\n/") {
		return "", "", 0, false
	}
	closed = strings.HasSuffix(attributes, "/")
	return name, attributes, i + end + 1, closed
}

// attribute is the value of an attribute, letters and digits of it.
func attribute(attributes, name string) string {
	_, v, ok := strings.Cut(attributes, name+"=")
	if !ok {
		return ""
	}
	v = strings.Trim(v, `"' `)
	if i := strings.IndexAny(v, `"' `); i >= 0 {
		v = v[:i]
	}
	return v
}

// indexFold is the index of a lower-case ASCII word in any case.
func indexFold(s, word string) int {
	for i := 0; ; {
		j := strings.Index(s[i:], word[:2])
		if j < 0 || len(s)-i-j < len(word) {
			return -1
		}
		i += j
		if strings.EqualFold(s[i:i+len(word)], word) {
			if r, _ := utf8.DecodeRuneInString(s[i+len(word):]); r == '>' || r == ' ' || r == '\n' || r == '\t' || r == utf8.RuneError {
				return i
			}
		}
		i += 2
	}
}
