package transform

import (
	"math"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	page := strings.Replace(article(english), "</div></article>", `<ul><li>A list of one item in the text</ul><pre>x = 1</pre><blockquote>Quoted words</blockquote>
<div><p>`+english[0]+`</p></div><table><tr><td>1900<td>twelve<tr><td>1901<td>nine</table></div></article><section><h3>Related articles</h3><p><a href=/a>Read what others wrote about honey</a></p></section>`, 1)
	var x Extractor
	pg, err := x.Extract(page, Options{NoTables: true})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	n, kept := 0, 0
	for b := range x.Explain(3) {
		n++
		if b.Kept {
			kept++
		}
		found[b.Class], found["rule "+b.Rule] = true, true
		if len(b.Reasons) > 3 {
			t.Errorf("%d reasons", len(b.Reasons))
		}
		for i, r := range b.Reasons {
			if r.Name == "" || r.Effect == 0 || i > 0 && math.Abs(r.Effect) > math.Abs(b.Reasons[i-1].Effect) {
				t.Errorf("%s: reasons %+v", b.Text, b.Reasons)
			}
		}
		if b.Rule == "score" && b.Kept != (b.Score >= b.Cut-1e-6) {
			t.Errorf("%s: kept %v with score %v, cut %v", b.Text, b.Kept, b.Score, b.Cut)
		}
		if b.Text == "twelve" && (b.Class != "table" || b.Kept) {
			t.Errorf("cell: %+v", b)
		}
		if b.Class == "heading" && b.Level == 0 {
			t.Errorf("heading without a level: %+v", b)
		}
		if strings.HasPrefix(b.Text, "Read what others") && (b.Heading != "Related articles" || b.Rule != "related" || b.Raw <= b.Score) {
			t.Errorf("related: %+v", b)
		}
	}
	if n != pg.Blocks || kept != pg.Kept {
		t.Errorf("%d blocks, %d kept; the page says %d, %d", n, kept, pg.Blocks, pg.Kept)
	}
	for _, want := range []string{"heading", "paragraph", "list", "code", "quote", "table", "rule score", "rule repetition", "rule related"} {
		if !found[want] {
			t.Errorf("no %s", want)
		}
	}
}

func TestExplainRules(t *testing.T) {
	for want, c := range map[string]struct {
		page string
		o    Options
	}{
		"all":      {"<p>x", Options{Mode: All}},
		"comments": {article(english) + `<div class="comments"><p>I kept my bees in a barrel and they never minded.</p></div>`, Options{Comments: true}},
		"tables":   {"<table><tr><td>a<td>b<tr><td>c<td>d</table>", Options{Mode: All, NoTables: true}},
	} {
		var x Extractor
		if _, err := x.Extract(c.page, c.o); err != nil {
			t.Fatal(err)
		}
		found := false
		for b := range x.Explain(0) {
			found = found || b.Rule == want
			if b.Reasons != nil {
				t.Error("reasons that nobody asked for")
			}
		}
		if !found {
			t.Errorf("no block was decided by %s", want)
		}
	}
}
