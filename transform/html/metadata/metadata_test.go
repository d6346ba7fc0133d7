package metadata_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform"
)

func ld(s string) string { return `<script type="application/ld+json">` + s + `</script>` }

// metadata are heads of pages and what they say, as TestMetadataTable writes it.
var metadata = []struct{ name, page, want string }{
	{"title", "<title> a &amp; b\n c </title>", "title=a & b c"},
	{"title of OpenGraph", `<title> </title><meta property="og:title" content="a">`, "title=a"},
	{"title of JSON-LD", ld(`{"@type":"Article","name":"n","headline":"h \u00e9\"x\""}`), `title=h é"x"`},
	{"language", `<html lang="pt_BR">`, "lang=pt-BR"},
	{"language of meta", `<meta http-equiv="Content-Language" content="de">`, "lang=de"},
	{"language of OpenGraph", `<meta property="og:locale" content="fr_FR">`, "lang=fr-FR"},
	{"language of JSON-LD", ld(`{"@type":"WebPage","inLanguage":"ja"}`), "lang=ja"},
	{"canonical", `<link rel=canonical href="https://a.example/x"><meta property=og:url content="https://b.example/">`, "canonical=https://a.example/x"},
	{"relative canonical", `<link rel=canonical href="/x">`, "canonical=https://page.example/x"},
	{"author of meta", `<meta name=author content="A"><meta name=author content="B">` + ld(`{"@type":"Article","author":"C"}`), "author=A"},
	{"author that is an address", `<meta property="article:author" content="https://a.example/a">`, ""},
	{"author of a link", `<p><a rel="author nofollow" href="/a"> Ann Lee </a></p>`, "author=Ann Lee"},
	{"author object", ld(`{"@type":"NewsArticle","author":{"@type":"Person","url":"u","name":"Ann"}}`), "author=Ann"},
	{"authors", ld(`{"@type":"Article","author":[{"name":"A"},{"name":"B"},"C"]}`), "author=A; B; C"},
	{"author of the graph", ld(`{"@graph":[{"@type":"Article","author":{"@id":"#p"}},{"@type":"Person","@id":"#p","name":"Ann"}]}`), "author=Ann"},
	{"author of a comment", ld(`{"@type":"Article","comment":[{"@type":"Comment","author":{"name":"X"},"datePublished":"2001"}],"datePublished":"2002"}`), "date=2002"},
	{"date of meta", `<meta property="article:published_time" content="2024-05-06T07:08:09Z">`, "date=2024-05-06T07:08:09Z"},
	{"date of JSON-LD", ld(`[{"@type":"WebPage","datePublished":"2001"},{"@type":"BlogPosting","datePublished":"2002"}]`), "date=2002"},
	{"date of the first of two", ld(`{"@type":"Article","datePublished":"1"}`) + ld(`{"@type":"Article","datePublished":"2"}`), "date=1"},
	{"date of time", `<time datetime="1999">x</time><time class="entry-date published" datetime="2000">x</time>`, "date=2000"},
	{"date of time in an article", `<time datetime="1999">x</time><article><time datetime="2001">x</time></article>`, "date=2001"},
	{"site", `<meta property="og:site_name" content="S">`, "site=S"},
	{"site of JSON-LD", ld(`{"@type":"Article","publisher":{"@type":"Organization","logo":{"name":"no"},"name":"P"}}`), "site=P"},
	{"site of a graph", ld(`{"@graph":[{"@type":"WebSite","name":"W"},{"@type":"WebPage","name":"T"}]}`), "title=T site=W"},
	{"description", `<meta name=description content="d"><meta property="og:description" content="o">`, "description=o"},
	{"type after the keys", ld(`{"datePublished":"2003","author":"A","@type":["Thing","Article"]}`), "author=A date=2003"},
	{"type in an array", ld(`{"@type":["Person"],"name":"A"}`), ""},
	{"broken JSON", ld(`{"@type":"Article","datePublished":"2004",}]`), "date=2004"},
	{"JSON cut off", ld(`{"@type":"Article","datePublished":"2004","author":[{"name":"A"}`), "author=A date=2004"},
	{"JSON too deep", ld(strings.Repeat(`{"mainEntity":`, 100) + `{"@type":"Article","name":"n"}` + strings.Repeat("}", 100)), ""},
	{"JSON deep enough", ld(strings.Repeat(`{"mainEntity":`, 31) + `{"@type":"Article","name":"n"}` + strings.Repeat("}", 31)), "title=n"},
	{"rel=license", `<p><a rel="license noopener" href="http://creativecommons.org/licenses/by-sa/3.0/de/deed.en">x</a>`,
		"license=CC-BY-SA-3.0-DE url=https://creativecommons.org/licenses/by-sa/3.0/de/"},
	{"rel=license in the head", `<link rel=license href="//creativecommons.org/publicdomain/zero/1.0/legalcode">`,
		"license=CC0-1.0 url=https://creativecommons.org/publicdomain/zero/1.0/"},
	{"relative licence", `<link rel=license href="/terms">`, "url=https://page.example/terms"},
	{"licence of JSON-LD", ld(`{"@type":"Article","license":"https:\/\/creativecommons.org\/licenses\/by\/4.0\/"}`),
		"license=CC-BY-4.0 url=https://creativecommons.org/licenses/by/4.0/"},
	{"licence object", ld(`{"@type":"Dataset","license":{"@type":"CreativeWork","name":"CC BY 4.0","url":"https://opendatacommons.org/licenses/odbl/1-0/"}}`),
		"license=ODbL-1.0 url=https://opendatacommons.org/licenses/odbl/1-0/"},
	{"licence of a picture", ld(`{"@type":"ImageObject","license":"https://creativecommons.org/licenses/by/4.0/"}`), ""},
	{"licence by name", `<meta name="DC.rights" content="CC BY-NC 4.0">`, "license=CC-BY-NC-4.0 url=https://creativecommons.org/licenses/by-nc/4.0/"},
	{"rights reserved", `<meta name="dc.rights" content="transform.All rights reserved">`, ""},
	{"licence in the footer", `<footer><p><a href="https://www.creativecommons.org/licenses/by/2.5">x</a></footer>`,
		"license=CC-BY-2.5 url=https://creativecommons.org/licenses/by/2.5/"},
	{"licence in a footer by its class", `<div id="site-Footer"><p><a href="https://creativecommons.org/licenses/by/4.0/">x</a></div>`,
		"license=CC-BY-4.0 url=https://creativecommons.org/licenses/by/4.0/"},
	{"licence of something in the text", `<p>photo <a href="https://creativecommons.org/licenses/by/4.0/">CC BY</a></p>`, ""},
	{"the surest licence first", `<footer><a href="https://creativecommons.org/licenses/by/4.0/">x</a></footer><a rel=license href="https://www.gnu.org/licenses/fdl-1.3.html">x</a>`,
		"license=GFDL-1.3 url=https://www.gnu.org/licenses/fdl-1.3.html"},
}

func TestMetadataTable(t *testing.T) {
	var x transform.Extractor
	for _, c := range metadata {
		t.Run(c.name, func(t *testing.T) {
			pg, err := x.Extract(c.page, transform.Options{Mode: transform.All, BaseURL: "https://page.example/a"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range [][2]string{{"title", pg.Title}, {"author", pg.Author}, {"date", pg.Date}, {"lang", pg.Lang}, {"site", pg.Site},
				{"canonical", pg.Canonical}, {"description", pg.Description}, {"license", pg.License}, {"url", pg.LicenseURL}} {
				if f[1] != "" {
					got = append(got, f[0]+"="+f[1])
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("page %.300s\n got %s\nwant %s", c.page, s, c.want)
			}
		})
	}
}

func TestLicensesAreFew(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `<link rel=license href="https://a.example/%d">`, i)
	}
	var x transform.Extractor
	if _, err := x.Extract(b.String(), transform.Options{}); err != nil {
		t.Fatal(err)
	}
	if l := x.Licenses(); len(l) != 8 || l[0].URL != "https://a.example/0" {
		t.Errorf("%+v", l)
	}
}

func FuzzJSONLD(f *testing.F) {
	for _, c := range metadata {
		f.Add(c.page)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		var x transform.Extractor
		pg, err := x.Extract(ld(s)+s, transform.Options{BaseURL: "https://a.example/"})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []string{pg.Title, pg.Author, pg.Date, pg.Site, pg.Description, pg.Lang, pg.Canonical, pg.License, pg.LicenseURL} {
			if !utf8.ValidString(v) || len(v) > 2048 || strings.ContainsAny(v, "\n\r\x00") {
				t.Fatalf("%q", v)
			}
		}
	})
}
