package office

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// paragraphKind is what the properties of a paragraph of a DOCX say of its place.
type paragraphKind struct {
	style   string
	outline int // 1 to 9, 0 for none
	number  int // of its list, -1 for none, 0 where it says nothing
	level   int
}

// property looks at a property and says whether there are some within it.
func (k *paragraphKind) property(e xml.StartElement) bool {
	n, err := strconv.Atoi(attr(e, "val"))
	switch e.Name.Local {
	case "pStyle":
		k.style = attr(e, "val")
	case "outlineLvl":
		if err == nil && n >= 0 && n < 9 {
			k.outline = n + 1
		}
	case "numPr":
		return true
	case "numId":
		if k.number = n; err != nil || n <= 0 {
			k.number = -1
		}
	case "ilvl":
		if err == nil {
			k.level = min(max(n, 0), maxNumberLevel)
		}
	}
	return false
}

// block is the place of the paragraph in Markdown.
func (k *paragraphKind) block(styles outlineStyles, numbers *numbering) block {
	style := styles.find(k.style)
	if outline := max(k.outline, style.outline); outline > 0 {
		return block{heading: min(outline, maxHeading)}
	}
	number, level := k.number, k.level
	if number == 0 {
		if number = style.number; k.level == 0 {
			level = style.level
		}
	}
	switch {
	case number > 0 && numbers != nil:
		return numbers.item(number, level)
	case number >= 0 && style.list != 0:
		return block{item: style.list}
	}
	return block{}
}

// outlineStyle is what a style of paragraphs says of their place.
type outlineStyle struct {
	parent  string
	outline int
	number  int
	level   int
	list    int // depth of a list by its name
}

// outlineStyles are the styles of paragraphs by ID.
type outlineStyles map[string]outlineStyle

// Most styles that are kept, and how far one is based on others.
const (
	maxOutlineStyles = 10_000
	maxStyleParents  = 10
)

func (o outlineStyles) set(id string, change func(*outlineStyle)) {
	s, ok := o[id]
	if o == nil || !ok && len(o) >= maxOutlineStyles {
		return
	}
	change(&s)
	o[id] = s
}

// name goes by the names of styles that every word processor knows; their IDs depend on
// its language.
func (o outlineStyles) name(id, name string) {
	level := 0
	if rest, ok := strings.CutPrefix(name, "heading "); ok {
		level, _ = strconv.Atoi(rest) // another name is none
	}
	list := 0
	for _, kind := range []string{"list bullet", "list number"} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			n, err := strconv.Atoi(strings.TrimSpace(rest))
			if list = 1; err == nil {
				list = min(max(n, 1), maxIndent)
			}
		}
	}
	if name == "title" {
		level = 1
	}
	o.set(id, func(s *outlineStyle) {
		if level > 0 && level <= 9 {
			s.outline = level
		}
		s.list = list
	})
}

func (o outlineStyles) property(id string, e xml.StartElement) {
	n, err := strconv.Atoi(attr(e, "val"))
	if err != nil {
		return
	}
	o.set(id, func(s *outlineStyle) {
		switch {
		case e.Name.Local == "outlineLvl" && n >= 0 && n < 9:
			s.outline = n + 1
		case e.Name.Local == "numId":
			s.number = n
		case e.Name.Local == "ilvl":
			s.level = min(max(n, 0), maxNumberLevel)
		}
	})
}

// find is a style with what it has of those that it is based on.
func (o outlineStyles) find(id string) (s outlineStyle) {
	for range maxStyleParents {
		p, ok := o[id]
		if !ok {
			break
		}
		if s.outline == 0 {
			s.outline = p.outline
		}
		if s.number == 0 {
			s.number, s.level = p.number, p.level
		}
		if s.list == 0 {
			s.list = p.list
		}
		id = p.parent
	}
	return s
}

// maxNumberLevel is the deepest level of a list; the outermost is 0.
const maxNumberLevel = 8

// numbering reads how the lists of a DOCX are numbered (section 17.9), and counts their
// items.
type numbering struct {
	ordered map[string]*[maxNumberLevel + 1]bool // of abstract definitions
	of      map[int]string                       // the definition of a list
	counts  map[int]*[maxNumberLevel + 1]int
	open    string
	level   int
	number  int
}

// maxNumberings bounds the lists of a document.
const maxNumberings = 20_000

func newNumbering() *numbering {
	return &numbering{ordered: map[string]*[maxNumberLevel + 1]bool{}, of: map[int]string{}, counts: map[int]*[maxNumberLevel + 1]int{}}
}

func (n *numbering) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "abstractNum":
		if n.open = attr(e, "abstractNumId"); len(n.ordered) < maxNumberings {
			n.ordered[n.open] = new([maxNumberLevel + 1]bool)
		}
	case "lvl":
		level, _ := strconv.Atoi(attr(e, "ilvl")) // 0 where it says nothing
		n.level = min(max(level, 0), maxNumberLevel)
	case "numFmt":
		if list := n.ordered[n.open]; list != nil {
			v := attr(e, "val")
			list[n.level] = v != "bullet" && v != "none"
		}
	case "num":
		n.number, _ = strconv.Atoi(attr(e, "numId")) // 0 is no list
		n.open = ""
	case "abstractNumId":
		if len(n.of) < maxNumberings {
			n.of[n.number] = attr(e, "val")
		}
	case "pPr", "rPr":
		return false
	}
	return true
}
func (n *numbering) end(xml.Name)      {}
func (n *numbering) text([]byte) error { return nil }

// item is the next item of a list.
func (n *numbering) item(list, level int) block {
	b := block{item: level + 1}
	ordered := n.ordered[n.of[list]]
	counts := n.counts[list]
	if counts == nil {
		if len(n.counts) >= maxNumberings {
			return b
		}
		counts = new([maxNumberLevel + 1]int)
		n.counts[list] = counts
	}
	counts[level]++
	clear(counts[level+1:])
	if ordered != nil && ordered[level] {
		b.number = counts[level]
	}
	return b
}

// odtLists follows the lists of an OpenDocument text.
type odtLists struct {
	ordered map[string]*[maxNumberLevel + 1]bool // by the name of a style
	named   string
	open    []odtList
}

// odtList is an open list.
type odtList struct {
	style string
	items int
	shown bool // the open item has a paragraph
}

// style reads the definition of a style of lists.
func (o *odtLists) style(e xml.StartElement) {
	switch e.Name.Local {
	case "list-style":
		o.named = attr(e, "name")
	case "list-level-style-number":
		level, err := strconv.Atoi(attr(e, "level"))
		if err != nil || level < 1 || level > maxNumberLevel+1 || attr(e, "num-format") == "" {
			return
		}
		if o.ordered == nil {
			o.ordered = map[string]*[maxNumberLevel + 1]bool{}
		}
		if o.ordered[o.named] == nil {
			if len(o.ordered) >= maxNumberings {
				return
			}
			o.ordered[o.named] = new([maxNumberLevel + 1]bool)
		}
		o.ordered[o.named][level-1] = true
	}
}

func (o *odtLists) start(e xml.StartElement) {
	n := len(o.open)
	switch {
	case e.Name.Local == "list":
		l := odtList{style: attr(e, "style-name")}
		if l.style == "" && n > 0 {
			l.style = o.open[n-1].style
		}
		o.open = append(o.open, l)
	case n > 0:
		o.open[n-1].shown = e.Name.Local == "list-header"
		if e.Name.Local == "list-item" {
			o.open[n-1].items++
		}
	}
}

func (o *odtLists) end() {
	if n := len(o.open); n > 0 {
		o.open = o.open[:n-1]
	}
}

// block is the place of a paragraph: an item where it is the first of one.
func (o *odtLists) block() block {
	n := len(o.open)
	if n == 0 || o.open[n-1].shown {
		return block{}
	}
	l := &o.open[n-1]
	l.shown = true
	b := block{item: n}
	if ordered := o.ordered[l.style]; ordered != nil && n <= maxNumberLevel+1 && ordered[n-1] {
		b.number = l.items
	}
	return b
}
