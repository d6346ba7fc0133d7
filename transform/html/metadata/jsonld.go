package metadata

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

const (
	maxJSONLD   = 64 << 10 // bytes of one JSON-LD script that are looked at
	maxLDDepth  = 32       // nested objects and arrays; what is deeper is passed over
	maxLDAuthor = 8        // authors of a page
)

// ldNode is what JSON-LD says of one thing.
type ldNode struct {
	rank                  int8 // how surely the thing is the page
	person                bool
	id, name, headline    string
	date, site, lang, lic string
	authorID              string
	authors               [maxLDAuthor]string
	count                 int
}

// Ranks of things by their type.
const (
	ldOther   int8 = iota // a person, an organisation, a picture
	ldSite                // the whole site
	ldThing               // of unknown type
	ldPage                // a page
	ldContent             // an article, a product: what the page is about
)

// ldRank ranks a schema.org type.
func ldRank(typ string) int8 {
	switch {
	case token.ContainsFold(typ, "article"), token.ContainsFold(typ, "posting"), token.ContainsFold(typ, "report"), token.EqualFold(typ, "recipe"),
		token.EqualFold(typ, "dataset"), token.EqualFold(typ, "book"), token.EqualFold(typ, "product"), token.EqualFold(typ, "question"):
		return ldContent
	case token.EqualFold(typ, "website"):
		return ldSite
	case token.ContainsFold(typ, "page"), token.EqualFold(typ, "creativework"), token.EqualFold(typ, "course"), token.EqualFold(typ, "learningresource"):
		return ldPage
	case token.ContainsFold(typ, "organization"), token.ContainsFold(typ, "person"), token.ContainsFold(typ, "list"), token.ContainsFold(typ, "object"),
		token.ContainsFold(typ, "business"), token.ContainsFold(typ, "action"), token.ContainsFold(typ, "comment"), token.ContainsFold(typ, "rating"),
		token.ContainsFold(typ, "review"), token.ContainsFold(typ, "offer"):
		return ldOther
	}
	return ldThing
}

// Roles of the objects and arrays of a script: by the key that they stand under.
const (
	ldIgnored uint8 = iota
	ldIsNode        // at the top, in @graph or the main entity of a page
	ldIsAuthor
	ldIsPublisher
	ldIsLicense
)

// ldFrame is an open object or array.
type ldFrame struct {
	role  uint8
	array bool
	key   string // of the value that comes next
}

// ldScan reads one script: no recursion, no allocation.
type ldScan struct {
	m     *Head
	stack [maxLDDepth]ldFrame
	depth int
	nodes [maxLDDepth]ldNode // of the frames that are nodes
	named string             // the author in work
}

// addNodes reads the things of a JSON-LD script. It does not check the JSON:
// broken scripts are common. It reports brackets that fit.
func (m *Head) addNodes(s string) bool {
	sc := ldScan{m: m}
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '{', '[':
			sc.open(c == '[')
		case '}', ']':
			if sc.depth == 0 {
				return false
			}
			sc.close()
		case '"':
			start := i + 1
			for i = start; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			val := s[start:min(i, len(s))]
			for i++; i < len(s) && token.IsSpace(s[i]); {
				i++
			}
			if i < len(s) && s[i] == ':' {
				sc.key(val)
				break
			}
			sc.value(val)
			continue
		}
		i++
	}
	whole := sc.depth == 0
	for sc.depth > 0 { // cut off: what is known counts
		sc.close()
	}
	return whole
}

func (sc *ldScan) top() *ldFrame { return &sc.stack[min(sc.depth, maxLDDepth)-1] }

func (sc *ldScan) open(array bool) {
	role := ldIgnored
	switch {
	case sc.depth == 0:
		role = ldIsNode
	case sc.depth < maxLDDepth:
		if up := sc.top(); up.array {
			role = up.role
		} else {
			role = up.childRole()
		}
	}
	if sc.depth++; sc.depth > maxLDDepth {
		return
	}
	f := sc.top()
	*f = ldFrame{role: role, array: array}
	if array && sc.depth > 1 {
		f.key = sc.stack[sc.depth-2].key
	}
	if !array && role == ldIsNode {
		sc.nodes[sc.depth-1] = ldNode{rank: ldThing}
	}
	if !array && role == ldIsAuthor {
		sc.named = ""
	}
}

// childRole is the role of an object under the running key.
func (f *ldFrame) childRole() uint8 {
	if f.role != ldIsNode {
		return ldIgnored
	}
	switch f.key {
	case "@graph", "mainEntity", "mainEntityOfPage":
		return ldIsNode
	case "author", "creator":
		return ldIsAuthor
	case "publisher":
		return ldIsPublisher
	case "license":
		return ldIsLicense
	}
	return ldIgnored
}

func (sc *ldScan) close() {
	if sc.depth <= maxLDDepth {
		f := sc.top()
		switch {
		case f.array:
		case f.role == ldIsNode:
			sc.m.merge(&sc.nodes[sc.depth-1])
		case f.role == ldIsAuthor && sc.named != "":
			sc.node().addAuthor(sc.named)
		}
	}
	sc.depth--
}

func (sc *ldScan) key(k string) {
	if sc.depth > 0 && sc.depth <= maxLDDepth && !sc.top().array {
		sc.top().key = k
	}
}

// node is the innermost open node; the outermost frame is one.
func (sc *ldScan) node() *ldNode {
	d := min(sc.depth, maxLDDepth) - 1
	for d > 0 && (sc.stack[d].array || sc.stack[d].role != ldIsNode) {
		d--
	}
	return &sc.nodes[d]
}

func (n *ldNode) addAuthor(name string) {
	if n.count < maxLDAuthor {
		n.authors[n.count] = name
		n.count++
	}
}

// value takes a string.
func (sc *ldScan) value(v string) {
	if sc.depth == 0 || sc.depth > maxLDDepth || v == "" {
		return
	}
	f := sc.top()
	n := sc.node()
	role := f.role
	if f.array && sc.depth > 1 { // strings of an array count as the value of its key
		role = sc.stack[sc.depth-2].role
	}
	switch role {
	case ldIsNode:
		n.set(f.key, v)
	case ldIsAuthor:
		switch f.key {
		case "name":
			sc.named = v
		case "@id":
			Fill(&n.authorID, v)
		}
	case ldIsPublisher:
		if f.key == "name" {
			Fill(&n.site, v)
		}
	case ldIsLicense:
		if f.key == "url" || f.key == "@id" || f.key == "name" && n.lic == "" {
			n.lic = v
		}
	}
}

func (n *ldNode) set(key, v string) {
	switch key {
	case "@type":
		if r := ldRank(v); n.rank == ldThing || r > n.rank {
			n.rank = r
		}
		n.person = n.person || token.ContainsFold(v, "person")
	case "@id":
		Fill(&n.id, v)
	case "name":
		Fill(&n.name, v)
	case "headline":
		Fill(&n.headline, v)
	case "datePublished":
		Fill(&n.date, v)
	case "author", "creator":
		n.addAuthor(v)
	case "publisher":
		Fill(&n.site, v)
	case "inLanguage":
		Fill(&n.lang, v)
	case "license":
		Fill(&n.lic, v)
	}
}

// merge takes a node into the metadata: the thing that is most surely the page
// wins, the others fill what it leaves open.
func (m *Head) merge(n *ldNode) {
	if n.rank == ldSite {
		Fill(&m.ldSiteName, n.name)
	}
	if n.person && n.id != "" && n.name != "" && m.people < len(m.person) {
		m.person[m.people] = [2]string{n.id, n.name}
		m.people++
	}
	if n.rank < ldThing {
		return
	}
	if n.rank > m.ldRank {
		for _, f := range []struct {
			dst *string
			val string
		}{{&m.ldTitle, cmp.Or(n.headline, n.name)}, {&m.ldDate, n.date}, {&m.ldSite, n.site}, {&m.ldLang, n.lang}, {&m.ldAuthorID, n.authorID}} {
			if f.val != "" {
				*f.dst = f.val
			}
		}
		if n.count > 0 {
			m.authors, m.authorCount = n.authors, n.count
		}
		m.ldRank = n.rank
	} else {
		Fill(&m.ldTitle, cmp.Or(n.headline, n.name))
		Fill(&m.ldDate, n.date)
		Fill(&m.ldSite, n.site)
		Fill(&m.ldLang, n.lang)
		Fill(&m.ldAuthorID, n.authorID)
		if m.authorCount == 0 {
			m.authors, m.authorCount = n.authors, n.count
		}
	}
	if n.lic != "" {
		m.AddLicense(n.lic, fromMetadata)
	}
}

// ldAuthors joins the names of the authors; the result is HTML text still.
func (m *Head) ldAuthors() string {
	if m.authorCount == 0 && m.ldAuthorID != "" {
		for _, p := range m.person[:m.people] {
			if p[0] == m.ldAuthorID {
				return UnescapeJSON(p[1])
			}
		}
	}
	if m.authorCount == 1 && !strings.HasPrefix(m.authors[0], "http") {
		return UnescapeJSON(m.authors[0])
	}
	var names []string
	for _, a := range m.authors[:m.authorCount] {
		if a = strings.TrimSpace(UnescapeJSON(a)); a != "" && !strings.HasPrefix(a, "http") {
			names = append(names, a)
		}
	}
	return strings.Join(names, "; ")
}

// UnescapeJSON decodes the escapes of a JSON string as far as they are right.
func UnescapeJSON(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n', 'r', 't', 'b', 'f':
			b = append(b, ' ')
		case 'u':
			r, n := hexEscape(s[i:])
			if n == 0 {
				b = append(b, 'u')
				continue
			}
			i += n - 1
			if utf16.IsSurrogate(r) && strings.HasPrefix(s[i+1:], `\u`) {
				if low, k := hexEscape(s[i+2:]); k > 0 {
					r = utf16.DecodeRune(r, low)
					i += k + 1
				}
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// hexEscape reads uXXXX.
func hexEscape(s string) (r rune, n int) {
	if len(s) < 5 {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[1:5], 16, 32)
	if err != nil {
		return 0, 0
	}
	return rune(v), 5
}
