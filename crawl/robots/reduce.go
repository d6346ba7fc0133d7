package robots

import (
	"slices"
	"strings"
)

// AppendFor appends a file that says to the agents what this one does, and nothing to
// others: their rules, uses and signals, and the licences of all. Delays, sitemaps and the
// numbers of lines are lost, so files that differ in other things become equal. ParseWhole
// reads it.
func (f *File) AppendFor(dst []byte, agents []string) []byte {
	var head strings.Builder
	for _, r := range f.licenses {
		writeLine(&head, r.Key, "", r.Value)
	}
	for i := range f.global {
		writeLine(&head, keySignal, f.global[i].written(), f.global[i].value)
	}
	dst = append(dst, head.String()...)

	type section struct{ tokens, text string }
	var sections []section // agents that are told the same share one
	var done []string
	for _, agent := range orEveryone(agents) {
		token, groups := f.groupsOf(agent)
		if slices.Contains(done, token) || len(groups) == 0 {
			continue
		}
		done = append(done, token)
		text := f.textOf(groups)
		at := slices.IndexFunc(sections, func(s section) bool { return s.text == text })
		if at < 0 {
			at = len(sections)
			sections = append(sections, section{text: text})
		}
		sections[at].tokens += keyAgent + ": " + token + "\n"
	}
	for _, s := range sections {
		dst = append(append(dst, s.tokens...), s.text...)
	}
	return dst
}

// textOf are the lines of groups that bind one of their agents.
func (f *File) textOf(groups []member) string {
	var out strings.Builder
	for _, m := range groups {
		g := &f.groups[m.group]
		for i := range g.rules {
			writeLine(&out, g.rules[i].key, "", g.rules[i].value)
		}
		for i := range g.usage {
			writeLine(&out, keyUsage, g.usage[i].written(), g.usage[i].value)
		}
		for i := range g.others {
			if o := &g.others[i]; o.key == keySignal && m.place < o.before {
				writeLine(&out, keySignal, o.written(), o.value)
			}
		}
	}
	writeLine(&out, keyDisallow, "", "") // ends a group that has no rules
	return out.String()
}

func writeLine(out *strings.Builder, key, path, value string) {
	out.WriteString(key + ": " + strings.TrimSpace(path+" "+value) + "\n")
}

// written is the path of a line as a file can have it.
func (p *pattern) written() string {
	if p.end {
		return p.text + "$"
	}
	return p.text
}
