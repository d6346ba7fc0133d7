package transform

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// quirks are small pages and all of their visible text, one block a line.
var quirks = []struct{ name, html, want string }{
	{"empty", "", ""},
	{"only space", " \n\t ", ""},
	{"plain text", "hello", "hello"},
	{"lone angle", "a < b and c > d", "a < b and c > d"},
	{"angle at the end", "a <", "a <"},
	{"cut tag", "one<p>two<div class=", "one\ntwo"},
	{"cut quote", `one<p>two<a href="x>three`, "one\ntwo"},
	{"white space", "<p> a \n b\t<b>c</b>d </p>", "a b cd"},
	{"inline joins", "<p>wo<i>r</i>d<span>s</span></p>", "words"},
	{"implied p", "<p>one<p>two<div>three", "one\ntwo\nthree"},
	{"list items", "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "a\nb\nc\nd"},
	{"definitions", "<dl><dt>t<dd>d1<dt>u<dd>d2</dl>", "t\nd1\nu\nd2"},
	{"options are no text", "<p>x<select><option>a<option>b</select>y", "xy"},
	{"select never closed", "<select><option>a<div>text</div>", "text"},
	{"table row", "<table><tr><td>a<td>b<tr><td>c<th>d</table>", "a | b\nc | d"},
	{"table sections", "<table><thead><tr><th>h<tbody><tr><td>x</table>y", "h\nx\ny"},
	{"foster parented", "<table>one<tr><td>two</td></tr>three</table>", "one\ntwo\nthree"},
	{"cell with blocks", "<table><tr><td><p>a<p>b</td><td>c</table>", "a\nb\nc"},
	{"misnested formatting", "<b><p>one</b>two</p>three", "onetwo\nthree"},
	{"unclosed formatting", "<p><b><i>one<p>two", "one\ntwo"},
	{"stray end tags", "</div></p>one</span></table></b>two", "one\ntwo"},
	{"br is a line", "<p>a<br>b<br/>c", "a\nb\nc"},
	{"two br are blocks", "a<br><br>b<br> <br>c", "a\nb\nc"},
	{"end br", "a</br>b", "a\nb"},
	{"pre keeps space", "<pre>\nif x {\n    y\n}\n</pre>", "if x {\n    y\n}"},
	{"script", "a<script>if (a</b) '<p>'</script>b", "ab"},
	{"script in capitals", "a<SCRIPT>x</ScRiPt >b", "ab"},
	{"script never closed", "a<script>b<p>c", "a"},
	{"script with a longer name", "a<script>x</scripts>y</script>b", "ab"},
	{"style and comment", "a<style>p{}</style><!-- <p>x --> b", "a b"},
	{"comment forms", "a<!-->b<!--->c<!-- x -- > -->d", "abcd"},
	{"comment never closed", "a<!-- b>c", "ac"},
	{"bogus comments", "a<!x>b<?php x ?>c</ y>d</>e", "abcde"},
	{"cdata", "a<![CDATA[b]]>c", "abc"},
	{"template", "a<template><p>b</p></template>c", "ac"},
	{"open shadow root", `a<template shadowrootmode=open><p>b</p></template>c`, "a\nb\nc"},
	{"svg", "a<svg><title>t</title><text>b</text></svg>c", "ac"},
	{"svg closed by itself", "a<svg/>b", "ab"},
	{"svg never closed", "a<svg><text>b<p>c</p>", "a\nc"},
	{"math", `<p>see <math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></semantics></math> ok`, "see $x^2$ ok"},
	{"math script", `<p>see <script type="math/tex">a+b</script> ok`, "see $a+b$ ok"},
	{"math without tex", "<p>see <math><mi>x</mi><mo>=</mo><mn>2</mn></math> ok", "see x=2 ok"},
	{"raw text elements", "a<iframe>b<p></iframe><textarea><p>c</textarea>d", "ad"},
	{"noscript", "a<noscript><p>b</p></noscript>c", "a\nb\nc"},
	{"frames", "<frameset><frame src=a><noframes>no <b>frames</b></noframes></frameset>", "no frames"},
	{"video fallback", "a<video>no video</video>b", "ab"},
	{"entities", "&lt;p&gt; &amp;amp; &eacute;&#233;&#xE9; &copy 1 &nosuch; &", "<p> &amp; ééé © 1 &nosuch; &"},
	{"windows references", "&#147;x&#148; &#0; &#xD800; &#x110000;", "“x” � � �"},
	{"no-break space", "a&nbsp;&nbsp;b\u00a0 \u3000c", "a b c"},
	{"invisible", "a\u00adb\u200bc\ufeffd\x00e", "abcde"},
	{"tag in capitals", "<P CLASS=a>x</P><DIV>y</DIV>", "x\ny"},
	{"xhtml", `<?xml version="1.0"?><html xmlns="x"><body><p>a</p><br /><p>b</p></body></html>`, "a\nb"},
	{"second body", "<body>a<body class=b>b</body></html>c", "a\nb\nc"},
	{"heading closes heading", "<h1>a<h2>b</h3>c", "a\nb\nc"},
	{"nested buttons", "<button>a<button>b</button>c", "a\nb\nc"},
	{"link around blocks", "<a href=x><div>a</div><div>b</div></a>c", "a\nb\nc"},
	{"attribute quirks", `<p a='>' b=">" c=x/y =d>z`, "z"},
	{"han", "<p>你好，世界。</p><p>再见</p>", "你好，世界。\n再见"},
	{"right to left", "<p>שלום <b>עולם</b></p>", "שלום עולם"},
	{"custom elements", "<my-app><p>a</p><x-y>b</x-y></my-app>", "a\nb"},
	{"other planes", "<p>𞤀𞤣𞤤𞤢𞤥</p><p>𐌰𐌱</p><p>🙂</p><p>µ</p>", "𞤀𞤣𞤤𞤢𞤥\n𐌰𐌱\nµ"},
	{"marks alone", "<p>***</p><p>x</p>", "x"},
}

func TestQuirks(t *testing.T) {
	var x Extractor
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			pg, err := x.Extract(q.html, Options{Mode: All})
			if err != nil {
				t.Fatal(err)
			}
			if pg.Text != q.want {
				t.Errorf("text of %q:\n got %q\nwant %q", q.html, pg.Text, q.want)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	const page = `<!DOCTYPE html><html lang="de-AT"><head><title> Der Titel &amp; mehr | Blatt </title>
<link rel=canonical href="https://example.org/a"><meta name=author content="Eva M."><meta property="og:site_name" content="Blatt">
<meta name="description" content="Kurz gesagt"><script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2024-05-06","author":{"@type":"Person","name":"X"}}</script>
</head><body><svg><title>icon</title></svg><p>Text</p></body></html>`
	var x Extractor
	pg, err := x.Extract(page, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s; %s; %s; %s; %s; %s; %s", pg.Title, pg.Lang, pg.Canonical, pg.Author, pg.Date, pg.Site, pg.Description)
	want := "Der Titel & mehr | Blatt; de-AT; https://example.org/a; Eva M.; 2024-05-06; Blatt; Kurz gesagt"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// article is a page of own text with navigation, links and a footer.
func article(paragraphs []string) string {
	var b strings.Builder
	b.WriteString(`<html><head><title>Sample</title></head><body><header class="site-header"><nav class="menu"><ul>`)
	for i := range 8 {
		fmt.Fprintf(&b, `<li><a href="/%d">Section %d</a></li>`, i, i)
	}
	b.WriteString(`</ul></nav></header><main><article class="post"><h1>On the keeping of bees</h1><div class="entry-content">`)
	for _, p := range paragraphs {
		b.WriteString("<p>" + p + "</p>\n")
	}
	b.WriteString(`</div></article></main><aside class="sidebar related"><h3>Related</h3><ul>`)
	for i := range 8 {
		fmt.Fprintf(&b, `<li><a href="/r%d">Another story to read number %d</a></li>`, i, i)
	}
	b.WriteString(`</ul></aside><footer class="footer"><p>Copyright 2024 Example. <a href="/p">Privacy</a> <a href="/t">Terms</a></p></footer></body></html>`)
	return b.String()
}

var english = []string{
	"Bees have been kept for their honey since long before anyone wrote down how it was done, and the first hives were hollow logs.",
	"A colony lives through the winter on what it stored in summer, so a keeper who takes too much in August will have an empty box in March.",
	"The simplest advice is also the oldest: look inside rarely, move slowly, and never stand in front of the entrance on a warm day.",
	"In the second year most keepers divide a strong colony, which gives them a spare queen and keeps the swarm out of the neighbour's chimney.",
}

var chinese = []string{
	"蜜蜂的饲养已经有几千年的历史，最早的蜂箱只是一段空心的木头，人们把它放在屋檐下面。",
	"一个蜂群靠夏天储存的蜂蜜度过冬天，所以养蜂人在八月取得太多，到了三月就只剩下一个空箱子。",
	"最简单的建议也是最古老的：少开箱，慢慢动，天气暖和的时候不要站在巢门前面。",
}

func TestMainContent(t *testing.T) {
	for _, c := range []struct {
		name string
		text []string
	}{{"english", english}, {"chinese", chinese}} {
		t.Run(c.name, func(t *testing.T) {
			var x Extractor
			pg, err := x.Extract(article(c.text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range c.text {
				if !strings.Contains(pg.Text, p) {
					t.Errorf("paragraph lost: %s", p)
				}
			}
			for _, no := range []string{"Section 3", "Another story", "Copyright"} {
				if strings.Contains(pg.Text, no) {
					t.Errorf("boilerplate kept: %s", no)
				}
			}
			if pg.Confidence < 0.6 || pg.Confidence > 1 {
				t.Errorf("confidence %.3f", pg.Confidence)
			}
		})
	}
}

func TestModesNest(t *testing.T) {
	var x Extractor
	last := -1
	for _, m := range []Mode{Precision, Default, Recall, All} {
		pg, err := x.Extract(article(english), Options{Mode: m})
		if err != nil {
			t.Fatal(err)
		}
		if pg.Kept < last {
			t.Errorf("mode %d keeps %d blocks, a stricter one %d", m, pg.Kept, last)
		}
		last = pg.Kept
	}
	if pg, _ := x.Extract(article(english), Options{Mode: All}); pg.Kept != pg.Blocks {
		t.Errorf("all: %d of %d", pg.Kept, pg.Blocks)
	}
}

func TestMaxBytes(t *testing.T) {
	var x Extractor
	if _, err := x.Extract("12345", Options{MaxBytes: 5}); err != nil {
		t.Error(err)
	}
	if _, err := x.Extract("123456", Options{MaxBytes: 5}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestReuse(t *testing.T) {
	var used Extractor
	for _, q := range quirks {
		if _, err := used.Extract(q.html, Options{}); err != nil {
			t.Fatal(err)
		}
		var fresh Extractor
		a, _ := used.Extract(article(english), Options{})
		b, _ := fresh.Extract(article(english), Options{})
		if a != b {
			t.Fatalf("after %s: a used extractor differs from a fresh one", q.name)
		}
	}
}

// hostile are pages made to be slow or deep, each with the text "kept".
var hostile = []struct {
	name string
	html func() string
}{
	{"nested div", func() string { return strings.Repeat("<div>", 100_000) + "kept" + strings.Repeat("</div>", 100_000) }},
	{"nested div with class and link", func() string {
		return strings.Repeat(`<div class="a b"><a href="x">l</a>`, 20_000) + "kept"
	}},
	{"unclosed span", func() string { return strings.Repeat("<span>", 200_000) + "kept" }},
	{"formatting list", func() string { return strings.Repeat("<p><b><i>x", 50_000) + "<p>kept" }},
	{"paragraphs", func() string { return strings.Repeat("<p>some words of text here</p>\n", 600_000) + "kept" }},
	{"links in items", func() string { return strings.Repeat(`<li><a href="/x">link text</a>`, 600_000) + "<p>kept" }},
	{"class attribute", func() string { return `<p class="` + strings.Repeat("a ", 6<<20) + `">kept` }},
	{"table rows", func() string { return "<table>" + strings.Repeat("<tr><td>x", 50_000) + "</table>kept" }},
	{"nested tables", func() string { return strings.Repeat("<table><tr><td>", 50_000) + "kept" }},
	{"angles", func() string { return "kept " + strings.Repeat("<", 4<<20) }},
	{"entities", func() string { return "kept" + strings.Repeat("&eacute;&#x41;&bogus", 400_000) }},
	{"titles", func() string { return "kept" + strings.Repeat("<title>", 1<<20) }},
	{"comments", func() string { return "kept" + strings.Repeat("<!--", 1<<20) }},
	{"cdata", func() string { return "kept" + strings.Repeat("<![CDATA[", 1<<20) }},
	{"annotations", func() string {
		return "kept" + strings.Repeat("<math><annotation encoding=tex>", 200_000)
	}},
	{"end tags", func() string {
		return "kept<p>" + strings.Repeat("<i><table><tr><td>", 100) + strings.Repeat("</p></section>", 600_000)
	}},
	{"br", func() string { return "kept" + strings.Repeat("x<br>", 2<<20) }},
	{"spans and breaks", func() string { return "kept" + strings.Repeat("<span>x</span><br><a>y", 500_000) }},
	{"script ends", func() string { return "kept<script>" + strings.Repeat("</scrip", 2<<20) }},
}

func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("large pages")
	}
	var x Extractor
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			page := h.html()
			start := time.Now()
			pg, err := x.Extract(page, Options{Mode: All, MaxBytes: 64 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(pg.Text, "kept") {
				t.Errorf("text lost: %.80q", pg.Text)
			}
			t.Logf("%.1f MB in %v", float64(len(page))/1e6, time.Since(start))
		})
	}
}

func FuzzExtract(f *testing.F) {
	for _, q := range quirks {
		f.Add(q.html)
	}
	for _, q := range standard {
		f.Add(q.html)
	}
	f.Add(article(english))
	f.Fuzz(func(t *testing.T, page string) {
		page = strings.ToValidUTF8(page, "\uFFFD")
		var x Extractor
		for _, o := range []Options{{MaxNodes: 50}, {Mode: All, MaxNodes: 50}, {Mode: All, XHTML: true}} {
			pg, err := x.Extract(page, o)
			if err != nil {
				t.Fatal(err)
			}
			if !utf8.ValidString(pg.Text) || !utf8.ValidString(pg.Title) {
				t.Fatalf("invalid UTF-8: %q", pg.Text)
			}
			if pg.Confidence < 0 || pg.Confidence > 1.001 {
				t.Fatalf("confidence %v", pg.Confidence)
			}
			again, _ := x.Extract(page, o)
			if again != pg {
				t.Fatal("second extraction differs")
			}
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	page := article(append(append([]string{}, english...), chinese...))
	var x Extractor
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Extract(page, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleExtractor() {
	var x Extractor
	page, err := x.Extract("<title>Greeting</title><p>Hello,<br>world</p>", Options{Mode: All})
	fmt.Println(err, page.Title)
	fmt.Println(page.Text)
	// Output:
	// <nil> Greeting
	// Hello,
	// world
}

func TestCommentsAndTables(t *testing.T) {
	page := strings.Replace(article(english), "</div></article>", `<table><tr><th>Year</th><th>Hives</th></tr><tr><td>1900</td><td>twelve</td></tr></table></div></article>
<section id="comments"><ol class="comment-list"><li class="comment"><p>I kept my bees in a barrel and they never minded.</p></li></ol></section>`, 1)
	var x Extractor
	const comment, cell = "in a barrel", "1900 | twelve"
	with, err := x.Extract(page, Options{Comments: true, Mode: Recall})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(with.Text, comment) {
		t.Error("comment lost")
	}
	if !strings.Contains(with.Text, cell) {
		t.Error("table lost")
	}
	without, err := x.Extract(page, Options{NoTables: true, Mode: Recall})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(without.Text, cell) {
		t.Error("table kept")
	}
}
