package crawl

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"

	"github.com/corpusmill/corpusmill/crawl/urls"
)

// tagBytes is the longest tag that is read.
const tagBytes = 1 << 20

// linker finds the links of a page.
type linker struct {
	form     *urls.Form
	nofollow bool // follow what asks not to be followed
	max      int
	base     urls.URL
	based    bool
	seen     map[string]bool
	links    []urls.URL
	cut      bool // there are more than max
	encoding func() encoding.Encoding
}

// links are the addresses that a page at an address leads to, each once, in the order of
// the page: a, area, frame and iframe, link of rel next, prev and canonical, and refresh.
// The content type is that of the answer: it may say how addresses that are no UTF-8 are
// to be read.
func (l *linker) find(page urls.URL, body []byte, contentType string) {
	l.encoding = sync.OnceValue(func() encoding.Encoding {
		e, _, _ := charset.DetermineEncoding(body[:min(len(body), declarationBytes)], contentType)
		return e
	})
	if bytes.HasPrefix(body, []byte{0xfe, 0xff}) || bytes.HasPrefix(body, []byte{0xff, 0xfe}) {
		if decoded, err := l.encoding().NewDecoder().Bytes(body); err == nil {
			body = decoded
		}
	}
	l.base, l.based, l.links, l.cut = page, false, l.links[:0], false
	if l.seen == nil || len(l.seen) > 1<<14 {
		l.seen = map[string]bool{}
	}
	clear(l.seen)
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(tagBytes)
	for !l.cut {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			l.tag(z)
		}
	}
}

func (l *linker) tag(z *html.Tokenizer) {
	name, more := z.TagName()
	switch a := atom.Lookup(name); a {
	case atom.Noscript, atom.Noembed, atom.Noframes:
		z.NextIsNotRawText()
	case atom.A, atom.Area, atom.Base, atom.Link, atom.Frame, atom.Iframe, atom.Meta:
		if more {
			l.element(a, z)
		}
	}
}

// attributes are those that links are made of.
type attributes struct {
	href, src, rel, equiv, content string
	has                            bool // href or src
}

func read(z *html.Tokenizer) (a attributes) {
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch atom.Lookup(key) {
		case atom.Href:
			a.href, a.has = string(value), true
		case atom.Src:
			a.src, a.has = string(value), true
		case atom.Rel:
			a.rel = string(value)
		case atom.HttpEquiv:
			a.equiv = string(value)
		case atom.Content:
			a.content = string(value)
		}
	}
	return a
}

func (l *linker) element(tag atom.Atom, z *html.Tokenizer) {
	a := read(z)
	switch tag {
	case atom.Base:
		if u, err := l.form.Resolve(l.base, a.href); err == nil && a.has && !l.based {
			l.base, l.based = u, true
		}
	case atom.A, atom.Area:
		if a.has && (l.nofollow || !hasWord(a.rel, "nofollow")) {
			l.add(a.href)
		}
	case atom.Frame, atom.Iframe:
		l.add(a.src)
	case atom.Link:
		if hasWord(a.rel, "next") || hasWord(a.rel, "prev") || hasWord(a.rel, "canonical") {
			l.add(a.href)
		}
	case atom.Meta:
		if strings.EqualFold(a.equiv, "refresh") {
			l.add(refreshTarget(a.content))
		}
	}
}

// add takes a link over, if it leads anywhere else.
func (l *linker) add(ref string) {
	if ref == "" || ref[0] == '#' || l.seen[ref] {
		return
	}
	l.seen[ref] = true
	u, err := l.form.Resolve(l.base, l.decoded(ref))
	if err != nil || l.seen[u.String()] && u.String() != ref {
		return
	}
	l.seen[u.String()] = true
	if len(l.links) >= l.max {
		l.cut = true
		return
	}
	l.links = append(l.links, u)
}

// decoded reads an address of a page that is no UTF-8: a server is asked for its path in
// UTF-8, and for its query in the encoding of the page, as browsers do.
func (l *linker) decoded(ref string) string {
	if utf8.ValidString(ref) {
		return ref
	}
	path, query, asked := strings.Cut(ref, "?")
	text, err := l.encoding().NewDecoder().String(path)
	if err != nil {
		return ref
	}
	if asked {
		text += "?" + query
	}
	return text
}

// declarationBytes is how much of a page is looked at for its encoding.
const declarationBytes = 1024

// hasWord looks for a word in a list that spaces part.
func hasWord(list, word string) bool {
	if len(list) < len(word) {
		return false
	}
	for w := range strings.FieldsSeq(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// refreshTarget reads "5; url='next.html'".
func refreshTarget(content string) string {
	_, rest, ok := strings.Cut(content, ";")
	if !ok {
		if _, rest, ok = strings.Cut(content, ","); !ok {
			return ""
		}
	}
	rest = strings.TrimSpace(rest)
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		after := strings.TrimSpace(rest[3:])
		if !strings.HasPrefix(after, "=") {
			return ""
		}
		rest = strings.TrimSpace(after[1:])
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		quote := rest[0]
		rest = rest[1:]
		if i := strings.IndexByte(rest, quote); i >= 0 {
			rest = rest[:i]
		}
	}
	return rest
}
