package main

import (
	"embed"
	"fmt"
	"html"
	"net/url"
	"strings"
	"text/template"
	"time"
)

//go:embed layouts/*.tmpl
var layoutFiles embed.FS

// layoutOf says which file in layouts draws a template of the front matter.
func layoutOf(name string) string {
	switch name {
	case "news", "howto":
		return "article"
	case "zhnews", "zhblog":
		return "portal"
	}
	return strings.TrimPrefix(name, "zh")
}

// nestedDivs is how deep the layout "deep" goes; common parsers refuse more
// than 512 levels.
const nestedDivs = 3000

// link is an entry of a list of other pages.
type link struct{ URL, Title string }

// view is what a layout sees. Every string in it is already escaped.
type view struct {
	Lang, Meta, Title, Site, URL, Kind string
	Author, Date, Price, Body          string
	Open, Close                        string
	Headings                           []string
	Related                            []link
	Comments                           []remark
	L                                  labels
}

// sites draws articles as web pages.
type sites struct {
	layouts *template.Template
	titles  map[string][]string // by language, for lists of related pages
}

func newSites(all []article) (*sites, error) {
	t, err := template.ParseFS(layoutFiles, "layouts/*.tmpl")
	if err != nil {
		return nil, err
	}
	s := &sites{layouts: t, titles: map[string][]string{}}
	for _, a := range all {
		if a.fate == "" {
			s.titles[a.lang] = append(s.titles[a.lang], a.title)
		}
	}
	return s, nil
}

// draw lays out an article in its template.
func (s *sites) draw(a article) (string, error) {
	u, err := url.Parse(a.url)
	if err != nil {
		return "", err
	}
	layout := layoutOf(a.template)
	l := furniture(a.lang)
	v := view{
		Lang: langTag(a.lang), Meta: metaCharset(a), Title: html.EscapeString(a.title),
		Site: html.EscapeString(siteName(u.Host)), URL: html.EscapeString(a.url), Kind: a.kind,
		Author: html.EscapeString(a.author), Price: html.EscapeString(a.price),
		Date: published(a.url).Format(time.DateOnly), L: l,
		Body: drawBody(a, layout, l),
	}
	if layout == "deep" {
		v.Open = strings.Repeat("<div>", nestedDivs)
		v.Close = strings.Repeat("</div>", nestedDivs)
	}
	for _, b := range a.body {
		if b.kind == heading {
			v.Headings = append(v.Headings, html.EscapeString(b.text))
		}
	}
	v.Related = s.related(a)
	if n := len(l.remarks); n > 0 {
		first := int(order("remarks", a.url) % uint64(n))
		for i := range 3 {
			v.Comments = append(v.Comments, l.remarks[(first+i)%n])
		}
	}
	var b strings.Builder
	if err := s.layouts.ExecuteTemplate(&b, layout+".tmpl", v); err != nil {
		return "", err
	}
	return b.String(), nil
}

func (s *sites) related(a article) []link {
	titles := s.titles[a.lang]
	var out []link
	for i := 0; i < len(titles) && len(out) < 6; i++ {
		t := titles[(order("related", a.url)+uint64(i)*7)%uint64(len(titles))]
		if t != a.title {
			out = append(out, link{fmt.Sprintf("/item/%d", order(t)%100000), html.EscapeString(t)})
		}
	}
	return out
}

func drawBody(a article, layout string, l labels) string {
	var b strings.Builder
	paragraphs, posts, section := 0, 0, 0
	inDetails, inTable := false, false
	closeAll := func(next blockKind) {
		if inTable && next != row {
			b.WriteString("</table>\n")
			inTable = false
		}
		if inDetails && (next == question || next == heading) {
			b.WriteString("</div></details>\n")
			inDetails = false
		}
	}
	for _, x := range a.body {
		closeAll(x.kind)
		text := html.EscapeString(x.text)
		switch x.kind {
		case heading:
			fmt.Fprintf(&b, "<h2 id=\"s%d\">%s</h2>\n", section, text)
			section++
		case question:
			if layout == "faq" && order("faq", a.url)%2 == 0 {
				fmt.Fprintf(&b, "<details open><summary>%s</summary><div>\n", text)
				inDetails = true
			} else {
				fmt.Fprintf(&b, "<h3 class=\"question\">%s</h3>\n", text)
			}
		case code:
			fmt.Fprintf(&b, "<div class=\"highlight\"><pre><code>%s\n</code></pre></div>\n", text)
		case row:
			if !inTable {
				b.WriteString("<table class=\"spec\">\n")
				inTable = true
			}
			b.WriteString("<tr>")
			for _, cell := range x.rows {
				fmt.Fprintf(&b, "<td>%s</td>", html.EscapeString(cell))
			}
			b.WriteString("</tr>\n")
		case post:
			posts++
			drawPost(&b, x, posts, layout, hostOf(a.url), l)
		case paragraph:
			if a.kind == "links" {
				fmt.Fprintf(&b, "<li><a href=\"/offer/%d\">%s</a></li>\n", order(x.text)%100000, text)
				continue
			}
			paragraphs++
			drawParagraph(&b, text, paragraphs, layout, a.url)
		}
	}
	closeAll(heading)
	return strings.TrimSuffix(b.String(), "\n")
}

// drawPost writes a post, or in a shop a review. Half of the forums run on
// software that gives each post a class of its own, half on one with topics.
func drawPost(b *strings.Builder, x block, n int, layout, host string, l labels) {
	who, text := html.EscapeString(x.who), html.EscapeString(x.text)
	if layout == "shop" {
		if n == 1 {
			fmt.Fprintf(b, "<h2>%s</h2>\n", l.Reviews)
		}
		fmt.Fprintf(b, "<div class=\"review\"><b>%s</b> <span class=\"stars\">★★★★☆</span><p>%s</p></div>\n", who, text)
		return
	}
	if order("forum", host)%2 == 0 {
		fmt.Fprintf(b, "<div class=\"topic-row\" id=\"t%d\"><div class=\"topic-avatar\"><img src=\"/avatar/%d.png\" alt=\"\"></div>"+
			"<div class=\"names\"><a href=\"/u/%d\">%s</a></div><div class=\"cooked\"><p>%s</p></div></div>\n", n, order(x.who)%1000, order(x.who)%1000, who, text)
		return
	}
	fmt.Fprintf(b, "<div class=\"post\" id=\"p%d\"><div class=\"postauthor\"><img src=\"/avatar/%d.png\" alt=\"\"> %s <em>#%d</em></div>"+
		"<div class=\"message\"><p>%s</p></div><div class=\"signature\">%s</div></div>\n", n, order(x.who)%1000, who, n, text, l.Reply)
}

// drawParagraph writes a paragraph as the authors of such sites do: old pages
// with line breaks instead of paragraphs, broken ones without end tags.
func drawParagraph(b *strings.Builder, text string, n int, layout, key string) {
	switch layout {
	case "plain":
		b.WriteString(wrap(text) + "<br><br>\n")
	case "tables":
		b.WriteString("<P ALIGN=JUSTIFY><FONT FACE=Verdana SIZE=2>" + wrap(text) + "</FONT></P>\n")
	case "broken":
		b.WriteString([]string{"<p>", "<p><font color=black>", "<p class=\"x>\" align=left>", "<P><b></i></b>"}[n%4] + text + "\n")
	default:
		fmt.Fprintf(b, "<p>%s</p>\n", text)
		if n == 2 && order("figure", key)%2 == 0 {
			fmt.Fprintf(b, "<figure><img src=\"/media/%d.jpg\" width=\"800\" height=\"533\" alt=\"\"></figure>\n", order(key)%10000)
		}
		if n == 3 && order("ad", key)%3 == 0 {
			b.WriteString("<div class=\"ad-slot\"><ins class=\"ads\" data-slot=\"42\"></ins></div>\n")
		}
	}
}

// wrap breaks lines after about 72 columns.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for i, w := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case column+len(w) > 72:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
		}
		b.WriteString(w)
		column += len(w) + 1
	}
	return b.String()
}

func langTag(lang string) string {
	switch lang {
	case "zh":
		return "zh-CN"
	case "zh-Hant":
		return "zh-TW"
	}
	return lang
}

// metaCharset is the page's own claim. A third of the pages leave it to the
// HTTP header.
func metaCharset(a article) string {
	switch {
	case a.declared == "none" || claimInHeaderOnly(a):
		return ""
	case a.declared == "utf-8" && a.charset == "utf-8":
		return "<meta charset=\"utf-8\">\n"
	}
	return "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=" + a.declared + "\">\n"
}

func claimInHeaderOnly(a article) bool {
	return a.charset == "utf-8" && order("claim", a.url)%3 == 0
}

// siteName makes "Slowloaf" of "www.slowloaf.example".
func siteName(host string) string {
	host = strings.TrimPrefix(strings.TrimPrefix(host, "www."), "m.")
	name, _, _ := strings.Cut(host, ".")
	name = strings.ReplaceAll(name, "-", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}

// published is a fixed day in the first half of 2026.
func published(url string) time.Time {
	return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(order("published", url)%160))
}
