package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/internal/license"
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// maxNameWords is the length of a link to an author from which it is a sentence.
const maxNameWords = 5

// textTag looks at elements in the text that tell of the page.
func (p *Parser) textTag(tag token.Tag) {
	m := &p.Head
	switch ctx := p.Elems[p.top()].Ctx; tag {
	case token.Time:
		if len(p.a.Datetime) < 4 || p.a.Datetime[0] < '0' || p.a.Datetime[0] > '9' {
			return
		}
		if token.EqualFold(p.a.Prop, "datePublished") || token.ContainsFold(p.a.Class, "published") || token.ContainsFold(p.a.Class, "entry-date") {
			metadata.Fill(&m.TimeDate, p.a.Datetime)
		} else if ctx&(dom.InArticle|dom.InMain) != 0 && ctx&(dom.InAside|dom.InFooter|dom.InNav|dom.InReplies) == 0 {
			metadata.Fill(&m.TimeAny, p.a.Datetime)
		}
	case token.A:
		if m.LinkAuthor == "" && strings.Contains(p.a.Rel, "author") && token.HasWord(p.a.Rel, "author") {
			rest := p.HTML[p.pos:min(len(p.HTML), p.pos+512)]
			if i := strings.IndexByte(rest, '<'); i >= 0 && strings.Count(strings.TrimSpace(rest[:i]), " ") < maxNameWords {
				m.LinkAuthor = strings.TrimSpace(rest[:i])
			}
		}
		p.licenseLink()
	}
}

// licenseLink looks at a link of the page.
func (p *Parser) licenseLink() {
	if c := p.a.Href; p.a.Rel == "" && (c[0] == '#' || c[0] == '/' && (len(c) == 1 || c[1] != '/')) {
		return // to the same site
	}
	href := strings.TrimSpace(p.a.Href)
	if strings.Contains(p.a.Rel, "license") && token.HasWord(p.a.Rel, "license") {
		p.Head.AddLicense(href, metadata.FromRel)
		return
	}
	if _, ok := license.CommonsPath(href); !ok || p.Head.CCLinks == metadata.MaxLicenseLinks {
		return
	}
	p.Head.CCLinks++
	if p.Elems[p.top()].Ctx&dom.InFooter != 0 || p.inFooterClass() {
		p.Head.AddLicense(href, metadata.FromFooter)
	}
}

// inFooterClass looks for the words of footers in class and id of the open
// elements.
func (p *Parser) inFooterClass() bool {
	for i := len(p.stack) - 1; i > 0; i-- {
		at := int(p.Elems[p.stack[i]].At)
		for _, name := range [...]string{"class", "id"} {
			val := token.AttrAt(p.HTML, at, name)
			for _, word := range [...]string{"foot", "copyright", "license", "licence", "legal", "colophon"} {
				if token.ContainsFold(val, word) {
					return true
				}
			}
		}
	}
	return false
}
