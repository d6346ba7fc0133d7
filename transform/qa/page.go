package qa

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ErrLimit reports a page that is too large or too deep.
var ErrLimit = errors.New("qa: page is over a limit")

// maxPageBytes bounds a page: its tree takes some thirty times as much.
const maxPageBytes = 8 << 20

// Page finds the pairs of a page, which is to be valid UTF-8, in the order of trust: what
// it says of itself by JSON-LD and microdata, then what its layout says. The error is
// ErrLimit with details.
func Page(source string) ([]Pair, error) {
	if len(source) > maxPageBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrLimit, len(source), maxPageBytes)
	}
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLimit, err)
	}
	var c collector
	p := page{c: &c}
	p.scan(root)
	for _, s := range p.scripts {
		c.linked(s)
	}
	for _, n := range p.items {
		c.item(n)
	}
	if len(c.pairs) > 0 && hasKind(c.pairs, QAPage) { // the layout says the same again
		return c.pairs, nil
	}
	for _, n := range p.details {
		c.details(n)
	}
	for _, n := range p.lists {
		c.definitions(n)
	}
	c.headings(&p)
	if len(c.pairs) == 0 {
		c.thread(&p)
	}
	return c.pairs, nil
}

func hasKind(pairs []Pair, k Kind) bool {
	for _, p := range pairs {
		if p.Kind == k {
			return true
		}
	}
	return false
}

// page is what a pass over a tree finds.
type page struct {
	c        *collector
	scripts  []string
	items    []*html.Node // of schema.org
	details  []*html.Node
	lists    []*html.Node // dl
	heads    []*html.Node // h1 to h6
	posts    []*html.Node // bodies of posts
	title    string
	later    bool // there is a page before it
	faq      bool // a heading or the title says so
	titleTag *html.Node
}

// following is the node behind n in the order of the document, within root.
func following(n, root *html.Node, inside bool) *html.Node {
	if inside && n.FirstChild != nil {
		return n.FirstChild
	}
	for n != nil && n != root {
		if n.NextSibling != nil {
			return n.NextSibling
		}
		n = n.Parent
	}
	return nil
}

func (p *page) scan(root *html.Node) {
	for n := root; n != nil; n = following(n, root, true) {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.DataAtom {
		case atom.Script:
			if t := attr(n, "type"); strings.Contains(strings.ToLower(t), "ld+json") && n.FirstChild != nil {
				p.scripts = append(p.scripts, n.FirstChild.Data)
			}
		case atom.Details:
			p.details = append(p.details, n)
		case atom.Dl:
			p.lists = append(p.lists, n)
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			p.heads = append(p.heads, n)
			s := line(n)
			p.faq = p.faq || isFAQ(s)
			if n.DataAtom == atom.H1 && p.title == "" {
				p.title = s
			}
		case atom.Link:
			p.later = p.later || slices.Contains(strings.Fields(strings.ToLower(attr(n, "rel"))), "prev")
		case atom.Title:
			p.titleTag = n
			p.faq = p.faq || isFAQ(line(n))
		}
		if t := attr(n, "itemtype") + " " + attr(n, "typeof"); len(t) > 1 && (strings.Contains(t, "Question") || strings.Contains(t, "HowTo")) {
			p.items = append(p.items, n)
		}
		if isPost(n) && len(p.posts) < maxPosts {
			p.posts = append(p.posts, n)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// unread are the elements whose content is none of a text.
var unread = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Button: true, atom.Select: true, atom.Form: true, atom.Nav: true, atom.Iframe: true, atom.Textarea: true}

// blocks are the elements that begin a line.
var blocks = map[atom.Atom]bool{atom.P: true, atom.Div: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Tr: true, atom.Br: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Pre: true, atom.Blockquote: true, atom.Section: true, atom.Article: true, atom.Dt: true, atom.Dd: true, atom.Figure: true, atom.Header: true, atom.Footer: true, atom.Hr: true}

// textOf is the text below a node, a block a line.
func textOf(root *html.Node) string {
	var w textWriter
	w.write(root)
	return w.text()
}

// textWithout is textOf without some elements below the node.
func textWithout(root *html.Node, leave func(*html.Node) bool) string {
	w := textWriter{leave: leave}
	w.write(root)
	return w.text()
}

// textWriter joins texts.
type textWriter struct {
	b     strings.Builder
	leave func(*html.Node) bool // nil leaves out nothing
}

func (w *textWriter) write(root *html.Node) {
	inside := true
	for n := root; n != nil && w.b.Len() <= maxAnswer+maxQuestion; {
		inside = true
		switch {
		case w.leave != nil && n != root && n.Type == html.ElementNode && w.leave(n):
			inside = false
			w.b.WriteByte('\n')
		case n.Type == html.TextNode:
			w.words(n.Data, isPre(n, root))
		case n.Type == html.CommentNode:
		case n.DataAtom == atom.Li:
			w.b.WriteString("\n- ")
		case n.DataAtom == atom.Td || n.DataAtom == atom.Th:
			if previousCell(n) {
				w.b.WriteString(" | ")
			}
		case blocks[n.DataAtom]:
			w.b.WriteByte('\n')
		case unread[n.DataAtom] && n != root:
			inside = false
		}
		next := following(n, root, inside)
		// What a block ends, ends its line.
		for m := n; m != nil && m != root && !(inside && m.FirstChild != nil && m == n); m = m.Parent {
			if blocks[m.DataAtom] {
				w.b.WriteByte('\n')
			}
			if m.NextSibling != nil {
				break
			}
		}
		if n == root && !(inside && n.FirstChild != nil) {
			return
		}
		n = next
	}
}

func previousCell(n *html.Node) bool {
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.DataAtom == atom.Td || s.DataAtom == atom.Th {
			return true
		}
	}
	return false
}

func isPre(n, root *html.Node) bool {
	for m := n.Parent; m != nil; m = m.Parent {
		if m.DataAtom == atom.Pre {
			return true
		}
		if m == root || blocks[m.DataAtom] {
			return false
		}
	}
	return false
}

func (w *textWriter) words(s string, pre bool) {
	if pre {
		w.b.WriteString(strings.ReplaceAll(s, "\n", "\x01"))
		return
	}
	space := false
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == 0xa0 {
			space = true
			continue
		}
		if space {
			w.b.WriteByte(' ')
			space = false
		}
		w.b.WriteRune(r)
	}
	if space {
		w.b.WriteByte(' ')
	}
}

func (w *textWriter) text() string {
	var lines []string
	for l := range strings.SplitSeq(w.b.String(), "\n") {
		for part := range strings.SplitSeq(l, "\x01") {
			if part == l {
				part = strings.Join(strings.Fields(part), " ")
			}
			if part = strings.TrimRight(part, " \t"); part != "" && part != "-" {
				lines = append(lines, part)
			}
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// line is the text below a node in one line.
func line(n *html.Node) string { return strings.Join(strings.Fields(textOf(n)), " ") }

// details reads a summary that asks, or one of a FAQ.
func (c *collector) details(n *html.Node) {
	var summary *html.Node
	for s := n.FirstChild; s != nil; s = s.NextSibling {
		if s.DataAtom == atom.Summary {
			summary = s
			break
		}
	}
	if summary == nil {
		return
	}
	q := summaryLine(summary)
	if !asks(q) && !named(n, "faq") || len(q) > maxQuestion {
		return
	}
	var w textWriter
	for s := summary.NextSibling; s != nil; s = s.NextSibling {
		w.write(s)
		w.b.WriteByte('\n')
	}
	c.add(Pair{Question: q, Answer: w.text(), Kind: Details, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
}

// summaryLine is the text of a summary, whose buttons are part of it.
func summaryLine(n *html.Node) string {
	if s := line(n); s != "" {
		return s
	}
	for b := n.FirstChild; b != nil; b = following(b, n, true) {
		if b.DataAtom == atom.Button {
			return line(b)
		}
	}
	return ""
}

// named says whether the element or one of the eight around it has a name like that.
func named(n *html.Node, name string) bool {
	for range 8 {
		if n == nil {
			return false
		}
		if strings.Contains(strings.ToLower(attr(n, "class")+" "+attr(n, "id")), name) {
			return true
		}
		n = n.Parent
	}
	return false
}

// definitions reads the terms of a list that ask, or those of a FAQ.
func (c *collector) definitions(dl *html.Node) {
	faq := named(dl, "faq")
	if inFurniture(dl) {
		return
	}
	question, answer, links := "", textWriter{}, false
	flush := func() {
		if question != "" && !links && (faq || asks(question)) {
			c.add(Pair{Question: question, Answer: answer.text(), Kind: Definition, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
		}
		question, answer, links = "", textWriter{}, false
	}
	for n := dl.FirstChild; n != nil; n = following(n, dl, n.DataAtom != atom.Dt && n.DataAtom != atom.Dd && n.DataAtom != atom.Dl) {
		switch n.DataAtom {
		case atom.Dt:
			flush()
			question = line(n)
		case atom.Dd:
			links = answer.text() == "" && onlyLinks(n)
			answer.write(n)
			answer.b.WriteByte('\n')
		}
	}
	flush()
}

// onlyLinks says that all text of a node leads elsewhere, where the answer may be, but for a
// letter with a full stop.
func onlyLinks(n *html.Node) bool {
	own := textWithout(n, func(m *html.Node) bool { return m.DataAtom == atom.A })
	return len(strings.Trim(own, " \n.:")) <= 1
}

// minAsking is how many headings of a page ask where none says that they are a FAQ.
const minAsking = 2

// headings reads headings that ask, with what stands below each up to the next heading.
func (c *collector) headings(p *page) {
	asking := 0
	for _, h := range p.heads {
		if q := line(h); asks(q) && len(q) <= maxHeadingAsk {
			asking++
		}
	}
	if asking == 0 || asking < minAsking && !p.faq {
		return
	}
	for _, h := range p.heads {
		q := headingLine(h)
		if !asks(q) || len(q) > maxHeadingAsk || inFurniture(h) {
			continue
		}
		c.add(Pair{Question: q, Answer: below(h), Kind: Heading, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
	}
}

func headingLine(h *html.Node) string {
	if s := line(h); s != "" {
		return s
	}
	return summaryLine(h)
}

// inFurniture says whether a node stands in what frames a page.
func inFurniture(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		switch n.DataAtom {
		case atom.Nav, atom.Aside, atom.Footer, atom.Form, atom.Details:
			return true
		}
	}
	return false
}

func headingLevel(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(n.Data[1] - '0')
	}
	return 0
}

// below is the text behind a heading up to the next of its level or above, a heading that
// asks, or what frames the page.
func below(h *html.Node) string {
	var w textWriter
	level := headingLevel(h)
	// The heading may be alone in some boxes: what answers stands behind the outermost.
	n := h
	for n.Parent != nil && alone(n) && n.Parent.DataAtom != atom.Body {
		n = n.Parent
	}
	for n = n.NextSibling; n != nil && w.b.Len() < maxAnswer; n = n.NextSibling {
		if n.Type != html.ElementNode && n.Type != html.TextNode {
			continue
		}
		if stops(n, level) {
			break
		}
		switch n.DataAtom {
		case atom.Nav, atom.Aside, atom.Footer:
			return w.text()
		}
		if !unread[n.DataAtom] {
			w.write(n)
			w.b.WriteByte('\n')
		}
	}
	return w.text()
}

// alone says whether a node is the only one of its parent that has text, up to the next.
func alone(n *html.Node) bool {
	for s := n.NextSibling; s != nil; s = s.NextSibling {
		if s.Type == html.TextNode && strings.TrimSpace(s.Data) != "" || s.Type == html.ElementNode && !unread[s.DataAtom] && line(s) != "" {
			return false
		}
	}
	return true
}

// stops says whether a node is or holds a heading that ends what is below another.
func stops(n *html.Node, level int) bool {
	for m := n; m != nil; m = following(m, n, true) {
		if l := headingLevel(m); l > 0 && (l <= level || asks(line(m))) {
			return true
		}
	}
	return false
}
