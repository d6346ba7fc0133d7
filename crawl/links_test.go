package crawl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/urls"
)

// TestLinks has each kind of link, from both sides.
func TestLinks(t *testing.T) {
	var form urls.Form
	page, err := form.Parse("http://a.example/dir/page")
	if err != nil {
		t.Fatal(err)
	}
	for html, want := range map[string]string{
		`<a href="x">`: "/dir/x", `<A HREF=x>`: "/dir/x", `<area href='/y'>`: "/y", `<a name="x">`: "", `<a href="">`: "", `<a href="#top">`: "",
		`<iframe src="f">`: "/dir/f", `<frame src=f>`: "/dir/f", `<img src="i.png">`: "", `<script src="s.js">`: "",
		`<link rel="NEXT" href="2">`: "/dir/2", `<link rel="foo prev" href="0">`: "/dir/0", `<link rel=canonical href=c>`: "/dir/c", `<link rel=stylesheet href=c>`: "",
		`<base href="/b/"><a href="x">`: "/b/x", `<base href="/b/"><base href="/c/"><a href=x>`: "/b/x", `<a href=x><base href="/b/"><a href=x><a href=y>`: "/dir/x /b/y",
		`<meta http-equiv="Refresh" content="5; URL='n.html'">`: "/dir/n.html", `<meta http-equiv=refresh content="5">`: "", `<meta http-equiv=refresh content="0;n">`: "/dir/n", `<meta http-equiv=refresh content="0, url = n">`: "/dir/n",
		`<a rel="nofollow" href="x">`: "", `<a rel="ugc NoFollow" href="x">`: "", `<a rel="nofollower" href="x">`: "/dir/x",
		`<a href="x&amp;y?a=1&amp;b=2">`: "/dir/x&y?a=1&b=2", `<noscript><a href="n"></noscript>`: "/dir/n", `<script>"<a href='s'>"</script>`: "", `<!-- <a href="c"> -->`: "", `<textarea><a href=t></textarea>`: "",
		"<a href='\xd6\xd0?q=\xd6\xd0'>": "/dir/%E4%B8%AD?q=%D6%D0", "<a href='中?q=中'>": "/dir/%E4%B8%AD?q=%E4%B8%AD", "\xff\xfe<\x00a\x00 \x00h\x00r\x00e\x00f\x00=\x00-N>\x00": "/dir/%E4%B8%AD",
		`<a href="x"><a href="./x"><a href="/dir/x#y">`: "/dir/x", `<a href="javascript:x"><a href="mailto:a@b"><a href="http://[">`: "",
	} {
		l := &linker{form: &form, max: 10}
		l.find(page, []byte(html), "text/html; charset=gbk")
		var got []string
		for _, u := range l.links {
			got = append(got, u.Target())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", html, got, want)
		}
	}
	l := &linker{form: &form, max: 10, nofollow: true}
	l.find(page, []byte(`<a rel=nofollow href=x>`), "")
	if len(l.links) != 1 {
		t.Error("nofollow may be followed where that is wanted")
	}
	var many strings.Builder
	for i := range 11 {
		fmt.Fprintf(&many, "<a href=%d>", i)
	}
	l.find(page, []byte(many.String()[:strings.LastIndex(many.String(), "<")]), "")
	if len(l.links) != 10 || l.cut {
		t.Errorf("10 of 10: %d, cut %v", len(l.links), l.cut)
	}
	l.find(page, []byte(many.String()), "")
	if len(l.links) != 10 || !l.cut {
		t.Errorf("10 of 11: %d, cut %v", len(l.links), l.cut)
	}
}

// FuzzLinks holds that links are canonical, each once, whatever the page.
func FuzzLinks(f *testing.F) {
	f.Add([]byte(`<base href=/x><a href="?a&amp;b"><meta http-equiv=refresh content="0;url='y">`))
	var form urls.Form
	page, err := form.Parse("https://a.example/dir/page?x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		l := &linker{form: &form, max: 100}
		l.find(page, body, "text/html")
		seen := map[urls.URL]bool{}
		for _, u := range l.links {
			again, err := form.Parse(u.String())
			if err != nil || again != u || seen[u] {
				t.Fatalf("%q: %q, %v, twice %v", u, again, err, seen[u])
			}
			seen[u] = true
		}
	})
}

// BenchmarkLinks reads a page of 20 kB with 100 links.
func BenchmarkLinks(b *testing.B) {
	var page strings.Builder
	for i := range 100 {
		fmt.Fprintf(&page, "<p>%s</p><a class=\"x\" href=\"/articles/%d.html\">%d</a>\n", strings.Repeat("word ", 30), i, i)
	}
	var form urls.Form
	at, err := form.Parse("http://a.example/")
	if err != nil {
		b.Fatal(err)
	}
	l := &linker{form: &form, max: 1000}
	b.SetBytes(int64(page.Len()))
	for b.Loop() {
		l.find(at, []byte(page.String()), "text/html")
	}
	if !slices.ContainsFunc(l.links, func(u urls.URL) bool { return u.Target() == "/articles/99.html" }) {
		b.Fatal("a link is missing")
	}
}
