package choose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// lines joins n lines of code by a mark.
func lines(n int, mark string) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("x = f(%c)", 'a'+i))
	}
	return strings.Join(out, mark)
}

// numbered joins the numbers from one on.
func numbered(from, n int, mark string) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint(from+i))
	}
	return strings.Join(out, mark)
}

// Numbers beside a listing go where there are as many of them as it has lines.
func TestDropLineNumbers(t *testing.T) {
	table := func(numbers, code string) string {
		return "<table><tr><td class=gutter>" + numbers + "</td><td class=code>" + code + "</td></tr></table><p>Behind it.</p>"
	}
	pre := func(s string) string { return "<pre>" + s + "</pre>" }
	for page, want := range map[string]int{
		table(pre(numbered(1, 5, "\n")), pre(lines(5, "\n"))):                                                                                  1,
		table(pre(numbered(1, 5, "<br>")), pre(lines(5, "<br>"))):                                                                              1,
		table(pre(numbered(120, 5, "\n")), pre(lines(5, "\n"))):                                                                                1, // of a part
		table(pre(numbered(1, 2, "\n")), pre(lines(2, "\n"))):                                                                                  0, // too few
		table(pre("1\n2\n4"), pre(lines(3, "\n"))):                                                                                             0,
		table(pre(numbered(1, 3, "\n")), pre(lines(3+numbersMore, "\n"))):                                                                      1,
		table(pre(numbered(1, 3, "\n")), pre(lines(3+numbersMore+1, "\n"))):                                                                    0,
		pre(lines(4, "\n")) + "<div aria-hidden>" + numbered(1, 4, "<br>") + "</div>":                                                          1,
		pre(lines(4, "\n")) + "<ul><li>" + numbered(1, 4, "</li><li>") + "</ul>":                                                               4,
		"<pre>" + lines(1, "\n") + "\n<ul class=pre-numbering><li>1</li></ul></pre>":                                                           1,
		"<pre>" + lines(1, "\n") + "</pre><ul><li>1</li></ul>":                                                                                 0,
		"<ul><li>1<li>2<li>3</ul><p>and so on</p>":                                                                                             0, // no listing
		"<ul><li>1<li>2<li>3</ul><pre>" + lines(9, "\n") + "</pre>":                                                                            0,
		table("<div>"+numbered(1, 4, "</div><div>")+"</div>", "<div>"+lines(4, "</div><div>")+"</div>"):                                        4,
		strings.ReplaceAll(table("<div>"+numbered(1, 4, "</div><div>")+"</div>", "<div>"+lines(4, "</div><div>")+"</div>"), "gutter", "place"): 0, // places of a race
		table("<div>"+numbered(1, 4, "</div><div>")+"</div>", "<div>"+lines(1, "</div><div>")+"</div>"):                                        0,
		"<pre><div>Copy</div>" + lines(2, "\n") + "</pre>":                                                                                     1,
		"<pre><div>复制代码</div>" + lines(2, "\n") + "</pre>":                                                                                     1,
		"<pre>" + lines(2, "\n") + "</pre><p>Copy that.</p>":                                                                                   0,
		"<p>Copy</p><p>that</p>": 0,
	} {
		x := scored(t, "<div>"+page+"</div>", 1)
		x.dropLineNumbers()
		n := 0
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; !b.Keep && b.Rule == dom.ByLineNumbers {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d dropped, want %d", page, n, want)
		}
	}
}

// Numbers in elements of their own at the start of each line of a listing go.
func TestDropInlineNumbers(t *testing.T) {
	each := func(numbers []int, format string) string {
		var b strings.Builder
		for i, n := range numbers {
			fmt.Fprintf(&b, format+"\n", n, 'a'+i)
		}
		return "<pre>" + b.String() + "</pre>"
	}
	for _, c := range []struct{ page, want string }{
		{each([]int{1, 2, 3}, "<span>%d</span>%c = 1"), "a = 1\nb = 1\nc = 1"},
		{each([]int{1, 2, 3}, "<i>%d: </i><b>%c</b>"), "a\nb\nc"},
		{each([]int{1, 2, 3}, "<span> %d</span> <span>%c</span>"), "a\nb\nc"},
		{each([]int{7, 8, 9}, "<span>%d</span>  %c"), " a\n b\n c"},
		{each([]int{1, 2}, "<span>%d</span>%c"), "1a\n2b"},
		{each([]int{1, 2, 4}, "<span>%d</span>%c"), "1a\n2b\n4c"},
		{each([]int{1, 2, 3}, "%d %c"), "1 a\n2 b\n3 c"},                                                       // data
		{"<pre>x\n" + strings.TrimPrefix(each([]int{1, 2, 3}, "<span>%d</span>%c"), "<pre>"), "x\n1a\n2b\n3c"}, // three of five lines
		{"<pre><span>1</span>\n<span>2</span>\n<span>3</span>\n</pre>", "1\n2\n3"},
	} {
		x := scored(t, "<div><p>Text.</p>"+c.page+"<p>More.</p></div>", 1)
		x.dropLineNumbers()
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; b.Pre {
				if got := string(x.p.AppendBlock(nil, x.d, b)); got != c.want {
					t.Errorf("%s: %q, want %q", c.page, got, c.want)
				}
			}
		}
	}
}
