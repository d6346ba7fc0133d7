package parse_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/html/parse"
)

// Text for screen readers alone is not on the page that readers see.
func TestUnseenText(t *testing.T) {
	long := strings.Repeat("words of it ", parse.MaxUnseen/12+1)
	for _, c := range []struct{ page, want string }{
		{`<p>$70 <span class="sr-only">instead of $90</span> now`, "$70 now"},
		{`<p>Save<span class="visually-hidden">, a discount of</span>30%`, "Save 30%"},
		{`<p>See <a href=a>more<span class="screen-reader-text"> of this list</span></a>.`, "See more."},
		{`<p class="u-visuallyHidden">a<p class="usa-sr-only">b<p class="is-sronly">c<p class="visuallyhidden">d<p class="hiddenVisually">e<p>f`, "f"},
		{`<div class="card ScreenReader-only"><b>a</b><p>b</p></div><p>c`, "c"},
		{`<p class="not-sr-only">a<p class="focus:not-sr-only">b<p class="md:sr-only">c`, "a\nb\nc"},
		{`<div class="field field--name-body field--label-visually_hidden"><p class="field__label visually-hidden">a</p><p>b</div>`, "b"},
		{`<p class="field-label-visually-hidden">a<p class="cdx-label--visually-hidden">b<p>c`, "a\nc"},
		{`<p class="sr only">a<p class="screen reader">b<p class="reader screen">c`, "a\nb\nc"},
		{`<p class="sr-only">` + long, strings.TrimSpace(long)},
		{`<body class="sr-only"><p>all of it`, "all of it"},
	} {
		pg, err := transform.NewExtractor(nil).Extract(c.page, transform.Options{Mode: transform.All})
		if err != nil || pg.Text != c.want {
			t.Errorf("%.60s: %q %v, want %q", c.page, pg.Text, err, c.want)
		}
	}
}
