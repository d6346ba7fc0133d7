package state

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	prose  = "The bees came back to the garden in the first week of April. Nobody had seen them for a year."
	single = "She rowed out on the first Sunday of each month, whatever the weather."
	han    = "四月的第一个星期，蜜蜂回到了花园里。一年以来没有人见过它们，大家都以为它们不会再回来了，直到那天早上。"
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
		{"one sentence", `["` + single + `"]`, `<p>` + single + `</p>`},
		{"no sentence", `["` + single[:len(single)-1] + `"]`, ""},
		{"a script in a string", `x = JSON.parse("{\"body\":[{\"text\":\"` + prose + `\"},{\"text\":\"She said \\\"no\\\" to us, and then she went on to the next one of them.\"}]}")`,
			`<p>` + prose + `</p><p>She said "no" to us, and then she went on to the next one of them.</p>`},
		{"a comment around it", `<!--{"a":"` + prose + `"}-->`, `<p>` + prose + `</p>`},
		{"short ones of its key", `[{"text":"` + prose + `1."},{"text":"Who knows that?"},{"text":"` + prose + `2."},{"type":"a paragraph"},{"text":"` + prose + `3."}]`,
			`<p>` + prose + `1.</p><p>Who knows that?</p><p>` + prose + `2.</p><p>` + prose + `3.</p>`},
		{"short ones of a key with few texts", `[{"text":"` + prose + `1."},{"text":"Who knows that?"},{"text":"` + prose + `2."}]`,
			`<p>` + prose + `1.</p><p>` + prose + `2.</p>`},
		{"chunks", `self.__next_f.push([1,"0:[\"$\",\"p\",null,{\"children\":\"` + prose[:20] + `"])</script><script>self.__next_f.push([1,"` + prose[20:] + `\"}]"])`,
			`<p>` + prose + `</p>`},
		{"lines in a script in a string", `x = JSON.parse("{\"body\":\"` + prose + `\\n` + prose + `\"}")`, `<p>` + prose + `</p><p>` + prose + `</p>`},
		{"a line behind a backslash", `["` + strings.Repeat(prose+" ", 3) + `C:\\new is the name of a folder."]`, `<p>` + strings.Repeat(prose+" ", 3) + `C:\new is the name of a folder.</p>`},
		{"chunks never closed", `self.__next_f.push([1,"` + prose, ""},
		{"chunks of numbers", `self.__next_f.push([0]);self.__next_f.push([1,2])`, ""},
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

// Texts of JSON that may be anything are long, or have others of their key.
func TestIsland(t *testing.T) {
	long := strings.Repeat("All of it is one text. ", longText/23+1)
	for script, want := range map[string]string{
		`{"a":"` + prose + `1.","b":"` + prose + `2.","c":"` + prose + `3."}`:       "",
		`[{"a":"` + prose + `1."},{"a":"` + prose + `2."}]`:                         "",
		`[{"a":"` + prose + `1."},{"a":"` + prose + `2."},{"a":"` + prose + `3."}]`: `<p>` + prose + `1.</p><p>` + prose + `2.</p><p>` + prose + `3.</p>`,
		`{"a":["` + prose + `1.","` + prose + `2.","` + prose + `3."]}`:             `<p>` + prose + `1.</p><p>` + prose + `2.</p><p>` + prose + `3.</p>`,
		`{"a":"` + long[:longText-1] + `"}`:                                         "",
		`{"a":"` + long[:longText] + `"}`:                                           `<p>` + long[:longText] + `</p>`,
		`{"a":"<p>` + prose + `</p>"}`:                                              `<p>` + prose + `</p>`,
	} {
		if got := Island(script); got != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

func TestBody(t *testing.T) {
	for body, want := range map[string]string{
		prose:                          `<p>` + prose + `</p>`,
		prose + `\n` + han:             `<p>` + prose + `</p><p>` + han + `</p>`,
		`<p>` + prose + `<\/p>`:        `<p>` + prose + `</p>`,
		strings.Repeat("x", 2*maxText): `<p>` + strings.Repeat("x", maxText) + `</p>`,
	} {
		if got := Body(body); got != want {
			t.Errorf("%.80s: %.80q, want %.80q", body, got, want)
		}
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
		Island(s)
		Body(s)
		if utf8.ValidString(s) && !strings.Contains(s, "%") && !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
	})
}
