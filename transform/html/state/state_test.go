package state

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	prose = "The bees came back to the garden in the first week of April. Nobody had seen them for a year."
	han   = "四月的第一个星期，蜜蜂回到了花园里。一年以来没有人见过它们，大家都以为它们不会再回来了，直到那天早上。"
)

func TestPage(t *testing.T) {
	html := `<p>` + prose + `<\/p><p>` + han + `<\/p>`
	for _, c := range []struct{ name, script, want string }{
		{"nothing", `{"a":"b","url":"https://example.org/a/long/address/that/goes/on/and/on/for/ever.html?x=y"}`, ""},
		{"markup", `{"props":{"content":"` + html + `","title":"Bees"}}`, `<p>` + prose + `</p><p>` + han + `</p>`},
		{"paragraphs", `{"blocks":[{"t":"` + prose + `"},{"t":"` + han + `"}]}`, `<p>` + prose + `</p><p>` + han + `</p>`},
		{"twice", `["` + prose + `","` + prose + `"]`, `<p>` + prose + `</p>`},
		{"lines", `["` + prose + `\n` + prose[:60] + `"]`, `<p>` + prose + `</p><p>` + prose[:60] + `</p>`},
		{"escapes", `["` + strings.Replace(prose, "bees", `\u0062ees & <ants`, 1) + `"]`, ""}, // a tag in it
		{"ampersand", `["` + strings.Replace(prose, "bees", `\u0062ees & ants`, 1) + `"]`, `<p>` + strings.Replace(prose, "bees", "bees &amp; ants", 1) + `</p>`},
		{"percent", url.PathEscape(`{"c":"` + prose + `"}`), `<p>` + prose + `</p>`},
		{"code", `["function(){ return 1. + x; } // a sentence. And another one, long enough to count."]`, ""},
		{"short", `["` + prose[:minString-1] + `"]`, ""},
		{"assigned", `window.__NUXT__=(function(a){return {c:"` + prose + `"}}('x'))`, `<p>` + prose + `</p>`},
		{"never closed", `["` + prose, ""},
	} {
		if got := Page(c.script); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPageIsBounded(t *testing.T) {
	script := strings.Repeat(`"`+prose+`x",`, 10)
	for i := range 20000 {
		if i%100 == 0 {
			script += `"` + prose + strings.Repeat("z", i/100) + `",`
		}
	}
	script += `"` + strings.Repeat(prose, 1+maxText/len(prose)) + `"`
	if n := len(Page(script)); n == 0 || n > 2*maxText {
		t.Errorf("%d bytes", n)
	}
}

func FuzzPage(f *testing.F) {
	f.Add(`{"a":"` + prose + `"}`)
	f.Add(`"\`)
	f.Add(`'"` + "`" + `\u12`)
	f.Add("%7B%22a%22")
	f.Fuzz(func(t *testing.T, s string) {
		got := Page(s)
		if len(got) > 8*maxText+8*len(s) {
			t.Errorf("%d bytes of %d", len(got), len(s))
		}
		if utf8.ValidString(s) && !strings.Contains(s, "%") && !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
	})
}
