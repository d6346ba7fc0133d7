package latex

import (
	"slices"
	"strings"
)

// begin begins an environment.
func (p *parser) begin() {
	name, _ := p.group()
	name = strings.TrimSpace(name)
	bare := strings.TrimSuffix(name, "*")
	switch {
	case name == "document":
		p.preamble = false
		return
	case verbatims[bare]:
		p.listing(name, bare)
		return
	case skipped[bare]:
		p.until(`\end{` + name + `}`)
		return
	case p.preamble:
		return
	case maths[bare]:
		p.equation(name, bare)
		return
	}
	if e, ok := p.environments[name]; ok {
		p.expand(e.macro)
	}
	p.open = append(p.open, name)
	if len(p.open) > maxLists*2 {
		p.open = p.open[1:]
	}
	if !p.w.inRow() {
		p.w.endParagraph()
	}
	if n, ok := tabulars[bare]; ok {
		for range n {
			p.option()
			p.group()
		}
		if len(p.w.tables) < maxLists {
			p.w.tables = append(p.w.tables, table{})
		}
		return
	}
	if kind := lists[bare]; kind != 0 && len(p.w.lists) < maxLists {
		p.option()
		p.w.lists = append(p.w.lists, list{ordered: kind == 'n', marked: true})
		if bare == "thebibliography" {
			p.group()
		}
		return
	}
	if n, ok := withArguments[bare]; ok {
		p.drop(n)
	} else if p.in.peek() == '[' {
		p.option()
	}
}

// end ends an environment, and what was left open in it.
func (p *parser) end(name string) {
	bare := strings.TrimSuffix(name, "*")
	if name == "document" {
		p.ended = true
		return
	}
	if p.preamble {
		return
	}
	if e, ok := p.environments[name]; ok {
		if p.expansions++; p.expansions > maxExpansions || len(p.in.frames) >= maxFrames {
			p.fail("environments without end")
			return
		}
		p.in.push(e.end)
	}
	if i := lastIndex(p.open, name); i >= 0 {
		p.open = p.open[:i]
	}
	if _, ok := tabulars[bare]; ok {
		p.w.endTable()
		return
	}
	p.endParagraph()
	if lists[bare] != 0 && len(p.w.lists) > 0 {
		p.w.lists = p.w.lists[:len(p.w.lists)-1]
		p.w.last = 0
		if len(p.w.lists) > 0 {
			p.w.last = 1
		}
	}
}

func lastIndex(list []string, s string) int {
	for i, v := range slices.Backward(list) {
		if v == s {
			return i
		}
	}
	return -1
}

// item begins an item of a list.
func (p *parser) item() {
	p.endParagraph()
	label, _ := p.option()
	n := len(p.w.lists)
	if n == 0 || p.w.line {
		p.put(" ")
		return
	}
	l := &p.w.lists[n-1]
	l.marked, l.label = false, ""
	l.n++
	if label = p.inline(label); label != "" {
		if p.o.Markdown && !strings.Contains(label, "*") {
			label = "**" + label + "**"
		}
		l.label = label
	}
}

// listing writes a program as it stands.
func (p *parser) listing(name, bare string) {
	if bare == "minted" {
		p.option()
		p.group()
	} else if p.in.peek() == '[' {
		p.option()
	}
	raw, ok := p.until(`\end{` + name + `}`)
	if ok && !p.preamble {
		if _, rest, ok := strings.Cut(raw, "\n"); ok && strings.TrimSpace(raw[:len(raw)-len(rest)]) == "" {
			raw = rest
		}
		p.w.code(raw)
	}
}

// equation writes the formula of an environment. Those of several lines keep what sets
// these apart.
func (p *parser) equation(name, bare string) {
	if bare == "alignat" || bare == "alignedat" {
		p.group()
	}
	raw, ok := p.until(`\end{` + name + `}`)
	if !ok {
		return
	}
	switch bare {
	case "align", "flalign", "alignat", "eqnarray":
		raw = `\begin{aligned} ` + raw + ` \end{aligned}`
	case "gather", "multline":
		raw = `\begin{gathered} ` + raw + ` \end{gathered}`
	case "math":
		p.math(raw, "$")
		return
	}
	p.math(raw, "$$")
}
