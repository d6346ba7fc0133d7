package urls_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/urls"
)

// TestCanonical has each rule of the canonical form, from both sides.
func TestCanonical(t *testing.T) {
	f := urls.Form{Drop: []string{"utm_*", "GCLID"}}
	for _, c := range [][2]string{
		{" HTTP://A.Example ", "http://a.example/"},
		{"http:\\\\a.example\\b\\c?d\\e", "http://a.example/b/c?d%5Ce"},
		{"ht\ntp://a.exa\tmple/b\r\nc", "http://a.example/bc"},
		{"http:a.example", "http://a.example/"},
		{"https:///a.example/x", "https://a.example/x"},
		{"http://a.example:80/", "http://a.example/"},
		{"https://a.example:443", "https://a.example/"},
		{"http://a.example:443/", "http://a.example:443/"},
		{"http://a.example:00081/", "http://a.example:81/"},
		{"http://a.example:", "http://a.example/"},
		{"http://a.example./", "http://a.example/"},
		{"http://a_b.example/", "http://a_b.example/"},
		{"http://Bücher.example/", "http://xn--bcher-kva.example/"},
		{"http://b%C3%BCcher.example/", "http://xn--bcher-kva.example/"},
		{"http://中文.example/", "http://xn--fiq228c.example/"},
		{"http://faß.example/", "http://xn--fa-hia.example/"},
		{"http://2130706433/", "http://127.0.0.1/"},
		{"http://0x7f.1/", "http://127.0.0.1/"},
		{"http://0177.0.0.01/", "http://127.0.0.1/"},
		{"http://127.1/", "http://127.0.0.1/"},
		{"http://１２７.0.0.1/", "http://127.0.0.1/"},
		{"http://1.2.3.example/", "http://1.2.3.example/"},
		{"http://[2001:DB8:0:0::1]:8080/", "http://[2001:db8::1]:8080/"},
		{"http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"},
		{"http://a.example/%7euser/%2D%41", "http://a.example/~user/-A"},
		{"http://a.example/%e4%b8%ad", "http://a.example/%E4%B8%AD"},
		{"http://a.example/中", "http://a.example/%E4%B8%AD"},
		{"http://a.example/a b\"<>^`{|}", "http://a.example/a%20b%22%3C%3E%5E%60%7B%7C%7D"},
		{"http://a.example/100%", "http://a.example/100%25"},
		{"http://a.example/%zz%2", "http://a.example/%25zz%252"},
		{"http://a.example/%2f%3F%23", "http://a.example/%2F%3F%23"},
		{"http://a.example/a/./b/../c", "http://a.example/a/c"},
		{"http://a.example/../../a", "http://a.example/a"},
		{"http://a.example/a/%2e%2E/b/.", "http://a.example/b/"},
		{"http://a.example/a/..", "http://a.example/"},
		{"http://a.example/a//b", "http://a.example/a//b"},
		{"http://a.example/a//..", "http://a.example/a/"},
		{"http://a.example/?", "http://a.example/"},
		{"http://a.example?b=1", "http://a.example/?b=1"},
		{"http://a.example/?b=2&a=1&&", "http://a.example/?b=2&a=1&&"},
		{"http://a.example/?q=a+b%20c'd", "http://a.example/?q=a+b%20c%27d"},
		{"http://a.example/?q=é", "http://a.example/?q=%C3%A9"},
		{"http://a.example/a#b?c", "http://a.example/a"},
		{"http://a.example/a?b#c", "http://a.example/a?b"},
		{"http://a.example/a;jsessionid=12AB.x;v=1/b;JSESSIONID=9", "http://a.example/a;v=1/b"},
		{"http://a.example/a;jsession%69d=12AB", "http://a.example/a"},
		{"http://a.example/?PHPSESSID=1&a=b", "http://a.example/?a=b"},
		{"http://a.example/?aspsessionidabc=1", "http://a.example/"},
		{"http://a.example/?sid=0123456789abcdef", "http://a.example/"},
		{"http://a.example/?sid=0123456789abcde", "http://a.example/?sid=0123456789abcde"},
		{"http://a.example/?sid=0123456789abcdeg", "http://a.example/?sid=0123456789abcdeg"},
		{"http://a.example/?sid=%3012345678%39abcdef", "http://a.example/"},
		{"http://a.example/?utm_source=x&a=1&gclid=2&utm=3", "http://a.example/?a=1&utm=3"},
	} {
		u, err := f.Parse(c[0])
		if err != nil || u.String() != c[1] {
			t.Errorf("%q: %q, %v; want %q", c[0], u.String(), err, c[1])
			continue
		}
		if again, err := f.Parse(u.String()); err != nil || again != u {
			t.Errorf("%q becomes %q when it is read again: %v", u, again, err)
		}
	}
}

// TestRefused has what no crawler can ask for.
func TestRefused(t *testing.T) {
	var f urls.Form
	for _, raw := range []string{
		"", "a", "/a", "//a.example/", "ftp://a.example/", "javascript:alert(1)", "mailto:a@b.example", "data:text/html,x", "http://", "http:///",
		"http://user@a.example/", "http://u:p@a.example/", "http://a.example:0/", "http://a.example:65536/", "http://a.example:+80/", "http://a.example:8x/",
		"http://.../", "http://a..example/", "http://.a.example/", "http://a b.example/", "http://a%00.example/", "http://a%2fb.example/", "http://\xb9.example/", "http://xn--zn7c.example/",
		"http://1.2.3.4.5/", "http://256.1.1.1/", "http://4294967296/", "http://1.2.3.09/", "http://a.1/", "http://[::1%25eth0]/", "http://[1.2.3.4]/", "http://[::1/", "http://::1/",
		"http://" + strings.Repeat("a.", 127) + "ab/", "http://a.example/" + strings.Repeat("x", 16<<10),
	} {
		if u, err := f.Parse(raw); err == nil {
			t.Errorf("%.60q is taken as %s", raw, u)
		}
	}
	if u, err := f.Parse("http://" + strings.Repeat("a.", 126) + "a/"); err != nil || len(u.Hostname()) != 253 {
		t.Errorf("253 bytes are a name: %v", err)
	}
}

// TestResolve has references as they stand on a page.
func TestResolve(t *testing.T) {
	var f urls.Form
	base, err := f.Parse("https://a.example:8443/b/c/d?q")
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"": "https://a.example:8443/b/c/d?q", "#x": "https://a.example:8443/b/c/d?q", "?": "https://a.example:8443/b/c/d", "?y": "https://a.example:8443/b/c/d?y",
		"g": "https://a.example:8443/b/c/g", "./g/": "https://a.example:8443/b/c/g/", "../g": "https://a.example:8443/b/g", "../../../g": "https://a.example:8443/g",
		"/g": "https://a.example:8443/g", "\\g": "https://a.example:8443/g", "//b.example/g": "https://b.example/g", "https:g": "https://a.example:8443/b/c/g",
		"http:g": "http://g/", "HTTPS://b.example": "https://b.example/", "g:h": "", "g?x:y": "https://a.example:8443/b/c/g?x:y", "./g:h": "https://a.example:8443/b/c/g:h",
		"1:2": "https://a.example:8443/b/c/1:2",
	} {
		u, err := f.Resolve(base, ref)
		if (err != nil) != (want == "") || u.String() != want {
			t.Errorf("%q: %q, %v; want %q", ref, u.String(), err, want)
		}
	}
}

// TestParts takes a canonical address apart.
func TestParts(t *testing.T) {
	var f urls.Form
	for _, c := range [][6]string{
		{"http://a.example/b?c=d", "http://a.example", "a.example", "a.example", "/b", "c=d"},
		{"https://a.example:8443/", "https://a.example:8443", "a.example:8443", "a.example", "/", ""},
		{"http://[::1]/x", "http://[::1]", "[::1]", "[::1]", "/x", ""},
		{"http://[::1]:81/x?y?z", "http://[::1]:81", "[::1]:81", "[::1]", "/x", "y?z"},
	} {
		u, err := f.Parse(c[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := [6]string{u.String(), u.Origin(), u.Host(), u.Hostname(), u.Path(), u.Query()}; got != c {
			t.Errorf("%q, want %q", got, c)
		}
		if stored, err := urls.Stored(u.String()); err != nil || stored != u {
			t.Errorf("%s is stored as %s: %v", u, stored, err)
		}
	}
	for _, bad := range []string{"", "http://", "ftp://a/", "http://a", "a.example/"} {
		if _, err := urls.Stored(bad); err == nil {
			t.Errorf("%q is no stored address", bad)
		}
	}
}

// TestDomain has public suffixes of one and two parts, addresses, and bare names.
func TestDomain(t *testing.T) {
	for host, want := range map[string]string{
		"a.b.example.com": "example.com", "example.com": "example.com", "com": "com", "a.b.example.co.uk": "example.co.uk", "co.uk": "co.uk",
		"a.localhost": "a.localhost", "x.a.localhost": "a.localhost", "localhost": "localhost", "127.0.0.1": "127.0.0.1", "[2001:db8::1]": "[2001:db8::1]",
		"me.github.io": "me.github.io",
	} {
		if got := urls.Domain(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

// FuzzCanonical holds that the canonical form of a canonical form is itself, and that it
// has the shape which the parts are found by.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"http://a.example/b?c#d", "http://0x7f.1/%2e%2e/%zz;jsessionid=1", "https://Bücher.example:0443/?utm_a&sid=0123456789abcdef", "http://[::1]:80\\a"} {
		f.Add(s, "../x?y")
	}
	form := urls.Form{Drop: []string{"utm_*"}}
	f.Fuzz(func(t *testing.T, raw, ref string) {
		u, err := form.Parse(raw)
		if err != nil {
			return
		}
		check(t, &form, u)
		if v, err := form.Resolve(u, ref); err == nil {
			check(t, &form, v)
		}
	})
}

func check(t *testing.T, form *urls.Form, u urls.URL) {
	again, err := form.Parse(u.String())
	if err != nil || again != u {
		t.Fatalf("%q becomes %q: %v", u.String(), again.String(), err)
	}
	if stored, err := urls.Stored(u.String()); err != nil || stored != u {
		t.Fatalf("%q is stored as %q: %v", u.String(), stored.String(), err)
	}
	if u.Path()[0] != '/' || u.Hostname() == "" || strings.Contains(u.String(), "#") {
		t.Fatalf("%q has no path or host", u.String())
	}
	if parsed, err := urls.NetURL(u); err != nil || parsed.Host != u.Host() || parsed.EscapedPath() != u.Path() || parsed.RawQuery != u.Query() {
		t.Fatalf("%q is another address for net/url: %+v, %v", u.String(), parsed, err)
	}
}

func BenchmarkResolve(b *testing.B) {
	var f urls.Form
	base, err := f.Parse("https://a.example/articles/2026/")
	if err != nil {
		b.Fatal(err)
	}
	ref := "../some-title-of-a-page.html?page=2&sort=new"
	b.SetBytes(int64(len(ref)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Resolve(base, ref); err != nil {
			b.Fatal(err)
		}
	}
}
