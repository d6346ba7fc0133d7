package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/pipelines/demo"
)

// draft is an article on its way to a record.
type draft struct {
	article
	exactOf string
	nearOf  string
	jaccard float64
	copied  bool // must come after every original
	relaid  bool // unchanged text in another layout
	// drawURL is the address that the page itself believes to have; it differs
	// from url in byte-identical copies.
	drawURL string
}

// levels are the similarities that edited copies aim at.
var levels = [...]float64{0.95, 0.9, 0.8, 0.5}

// Copies of each kind and language.
const (
	copiesPerLevel  = 3
	relaidCopies    = 4 // the same text in another site's layout
	identicalCopies = 4 // the same bytes under another URL
)

// planPages lists all pages: the originals, then their copies, then the junk.
func planPages(originals []article) []draft {
	var all []draft
	for _, a := range originals {
		all = append(all, draft{article: a})
	}
	for _, lang := range []string{"en", "zh"} {
		all = append(all, copies(originals, lang)...)
	}
	for _, a := range junkArticles() {
		all = append(all, draft{article: a})
	}
	return all
}

// copies derives pages from the ordinary articles of a language. Each article
// serves at most once, so that no cluster has more than two pages.
func copies(originals []article, lang string) []draft {
	var pool []article
	for _, a := range originals {
		special := a.charset != "utf-8" || slices.Contains([]string{"plain", "broken", "tables", "deep"}, a.template)
		if a.lang == lang && a.fate == "" && !special {
			pool = append(pool, a)
		}
	}
	slices.SortFunc(pool, func(a, b article) int { return compare(order("pool", a.file), order("pool", b.file)) })
	next := func() article {
		a := pool[0]
		pool = pool[1:]
		return a
	}
	var out []draft
	for _, level := range levels {
		for range copiesPerLevel {
			a := next()
			d := draft{article: a, nearOf: a.url, copied: true}
			d.body, d.jaccard = edit(a.body, level, extraSentences(lang), a.file)
			d.url = mirrorURL(a.url, lang)
			out = append(out, d)
		}
	}
	for range relaidCopies {
		a := next()
		d := draft{article: a, exactOf: a.url, copied: true, relaid: true}
		d.url, d.template = mirrorURL(a.url, lang), otherTemplate(a.template)
		out = append(out, d)
	}
	for i := range identicalCopies {
		a := next()
		d := draft{article: a, exactOf: a.url, copied: true, drawURL: a.url}
		d.url = alias(a.url, i)
		out = append(out, d)
	}
	return out
}

// mirrorURL is the address of a page that took over another's text.
func mirrorURL(original, lang string) string {
	hosts := []string{"reader-digest.test", "www.goodreads-mirror.example", "infohub.test", "archive.webcopies.example"}
	if strings.HasPrefix(lang, "zh") {
		hosts = []string{"zhuanzai.test", "www.wenzhai.example", "kuaidu.test", "m.souwen.example"}
	}
	slug := original[strings.LastIndexByte(original, '/')+1:]
	return fmt.Sprintf("https://%s/a/%d/%s", pick(hosts, "mirror", original), order(original)%100000, strings.TrimSuffix(slug, ".html"))
}

// alias is another address of the same page on the same or a sister host.
func alias(original string, i int) string {
	switch i % 4 {
	case 0:
		return original + "?utm_source=newsletter&utm_medium=email"
	case 1:
		u, err := url.Parse(original)
		if err != nil {
			return original + "?m=1"
		}
		u.Host = "m." + u.Host
		return u.String()
	case 2:
		return original + "?sessionid=9f3ac1"
	}
	return original + "?print=0"
}

func otherTemplate(t string) string {
	switch t {
	case "blog":
		return "news"
	case "zhblog", "zhnews":
		return "zhwiki"
	case "zhwiki", "zhdocs", "zhfaq", "zhforum", "zhshop":
		return "zhnews"
	}
	return "blog"
}

// fateOf derives what a sensible recipe does with the page.
func fateOf(d draft) demo.Fate {
	english, chinese := d.lang == "en", strings.HasPrefix(d.lang, "zh")
	switch {
	case d.fate != "":
		return demo.Fate(d.fate)
	case !english && !chinese:
		return demo.OtherLanguage
	case d.exactOf != "" && d.relaid:
		return demo.NearDuplicate
	case d.exactOf != "":
		return demo.ExactDuplicate
	case d.nearOf != "" && d.jaccard >= 0.85:
		return demo.NearDuplicate
	case d.nearOf != "" && d.jaccard >= 0.6:
		return demo.Either
	}
	return demo.Kept
}
