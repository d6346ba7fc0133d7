package parse

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

func TestState(t *testing.T) {
	data := strings.Repeat("x", minStateBytes)
	huge := strings.Repeat("x", maxStateBytes)
	for _, c := range []struct{ page, want string }{
		{`<script id="__NEXT_DATA__" type="application/json">` + data + `</script>`, data},
		{`<script>window.__INITIAL_STATE__=` + data + `</script>`, "window.__INITIAL_STATE__=" + data},
		{`<script>{__sveltekit_1x = {};const data = "` + data + `"}</script>`, `{__sveltekit_1x = {};const data = "` + data + `"}`},
		{`<script id=RENDER_DATA>` + data + `</script>`, data},
		{`<script id=render_data>` + data + "</script><script>window.__NUXT__=" + data + `</script>`, "window.__NUXT__=" + data}, // the longest
		{`<script>` + data + `__NUXT__</script>`, ""},                                                                            // not at the start
		{`<script id=__NEXT_DATA__>` + data[1:] + `</script>`, ""},                                                               // too short
		{`<script id=__NEXT_DATA__>` + huge + `</script>`, huge},                                                                 // as long as may be
		{`<script id=__NEXT_DATA__>` + huge + `x</script>`, ""},                                                                  // longer
		{`<script type="application/ld+json" id=__NEXT_DATA__>` + data + `</script>`, ""},
	} {
		var p Parser
		if got := p.Parse(c.page, Options{MaxNodes: 100, Words: words.NewTable("")}).State; got != c.want {
			t.Errorf("%.60s: %d bytes, want %d", c.page, len(got), len(c.want))
		}
	}
}

// Scripts that push parts of the state are kept together, and JSON of another use apart.
func TestStateChunks(t *testing.T) {
	data := strings.Repeat("x", minStateBytes)
	const first, second = `(self.__next_f=self.__next_f||[]).push([0])`, `self.__next_f.push([1,"a"])`
	for _, c := range []struct{ page, state, island string }{
		{"<script>" + first + "</script><script>" + second + data + "</script><p>x", first + "</script><script>" + second + data, ""},
		{"<script>" + first + "</script>" + data + "<script>" + second + "</script>", first + "</script>" + data + "<script>" + second, ""},
		{"<script>" + first + "</script><script>" + second + "</script>", "", ""},
		{`<script type="application/json">` + data + "</script>", "", data},
		{`<script type="application/json">` + data + `</script><script type="application/json">` + data + `y</script>`, "", data + "y"},
		{`<script type="application/json">` + data[1:] + "</script>", "", ""},
		{`<script type="text/javascript">` + data + "</script>", "", ""},
	} {
		var p Parser
		if got := p.Parse(c.page, Options{MaxNodes: 100, Words: words.NewTable("")}); got.State != c.state || got.Island != c.island {
			t.Errorf("%.80s: %d and %d bytes, want %d and %d", c.page, len(got.State), len(got.Island), len(c.state), len(c.island))
		}
	}
}

// The sign of the link that a heading has to itself is none of its text.
func TestPermalinks(t *testing.T) {
	for page, want := range map[string]string{
		"<h2>Install<a href=#i>&para;</a></h2>": "Install",
		"<h2><a href=#i>#</a> Install</h2>":     "Install",
		"<h2>Install <a href=#i>¶</a></h2>":     "Install",
		"<h2><a href=#i>Install</a></h2>":       "Install",
		"<h2>Install <a href=/x>#</a></h2>":     "Install #",
		"<p>Install <a href=#i>#</a></p>":       "Install #",
		"<h2>C# and <a href=#i>F#</a></h2>":     "C# and F#",
	} {
		var p Parser
		if got := blocksOf(p.Parse("<div>"+page, Options{MaxNodes: 100, Words: words.NewTable("")})); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

// What AMP holds of others is no text of the page.
func TestAMP(t *testing.T) {
	for page, want := range map[string]string{
		"<amp-ad type=x><div placeholder>Advertisement</div></amp-ad>text": "text",
		"<AMP-AD>x</AMP-AD>text": "text",
		"<amp-consent layout=nodisplay><div>Cookies</div></amp-consent>text": "text",
		"<amp-img><p>text</p></amp-img>":                                     "text",
		"<amp-adx>text</amp-adx>":                                            "text",
		"<amp-":                                                              "",
	} {
		var p Parser
		if got := blocksOf(p.Parse("<div>"+page, Options{MaxNodes: 100, Words: words.NewTable("")})); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

// What waits for a click or for its script is not hidden.
func TestWaits(t *testing.T) {
	for page, want := range map[string]bool{
		`<div style="display:none">x</div>`:                      true,
		`<div hidden>x</div>`:                                    true,
		`<div role=tabpanel hidden>x</div>`:                      false,
		`<div role="TabPanel" style="display: none">x</div>`:     false,
		`<div id=js_content style="visibility: hidden">x</div>`:  false,
		`<div hidden><div role=tabpanel>x</div></div>`:           true,
		`<div id=js_contents style="visibility: hidden">x</div>`: true,
	} {
		var p Parser
		pg := p.Parse(page, Options{MaxNodes: 100, Words: words.NewTable("")})
		if got := pg.Elems[pg.Blocks[0].Elem].Ctx&dom.InHidden != 0; got != want {
			t.Errorf("%s: hidden %v, want %v", page, got, want)
		}
	}
}
