package transform

import (
	"fmt"
	"strings"
	"testing"
)

// renderings are small pages, and how they are written. An empty html is not
// looked at.
var renderings = []struct{ name, page, markdown, html string }{
	{"headings", "<h1>One</h1><h2>Two</h2><h6>Six</h6><p>x", "# One\n\n## Two\n\n###### Six\n\nx",
		"<h1>One</h1>\n<h2>Two</h2>\n<h6>Six</h6>\n<p>x</p>"},
	{"heading by its role", `<div role=heading aria-level=3>Three</div><p>x`, "### Three\n\nx", ""},
	{"heading with a link in bold", `<h2><b><a href="/x">Two</a></b></h2>`, "## Two", "<h2>Two</h2>"},
	{"heading on two lines", "<h2>One<br>two</h2>", "## One two", "<h2>One<br>\ntwo</h2>"},
	{"heading that ends with a hash", "<h2>Issue #</h2><h2>C#</h2>", "## Issue \\#\n\n## C#", ""},
	{"paragraphs", "<p>a</p><div>b<p>c</div>", "a\n\nb\n\nc", "<p>a</p>\n<p>b</p>\n<p>c</p>"},
	{"line breaks", "<p>a<br>b", "a\\\nb", "<p>a<br>\nb</p>"},
	{"emphasis", "<p><b>a</b> <i>b</i> <strong>c <em>d</em></strong> e", "**a** *b* **c** ***d*** e",
		"<p><strong>a</strong> <em>b</em> <strong>c </strong><strong><em>d</em></strong> e</p>"},
	{"emphasis in emphasis", "<p><b>a <i>b</i> c</b> <i>d <b>e</b> f</i>", "**a *b* c** *d **e** f*", ""},
	{"emphasis with space inside", "<p>x<b> a </b>y", "x **a** y", ""},
	{"emphasis in a word", "<p>un<b>believ</b>able", "un**believ**able", ""},
	{"emphasis that ends with a colon", "<p><b>注意：</b>文字", "**注意**：文字", ""},
	{"emphasis of marks alone", "<p>a<b>!</b>b", "a!b", ""},
	{"emphasis never closed", "<p><b>a<p>b", "**a**\n\nb", ""},
	{"emphasis side by side", "<p><b>a</b><i>b</i>", "**a**b", "<p><strong>a</strong><em>b</em></p>"},
	{"nothing emphasised", "<p><i class=icon></i>a<b> </b>b", "a b", ""},
	{"inline code", "<p>call <code>f(*x)</code> or <kbd>a`b</kbd>", "call `f(*x)` or ``a`b``",
		"<p>call <code>f(*x)</code> or <code>a`b</code></p>"},
	{"inline code of backticks", "<p><code>`a`</code>", "`` `a` ``", ""},
	{"list", "<ul><li>a<li>b</ul>", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"},
	{"nested lists", "<ul><li>a<ul><li>b<ol><li>c<li>d</ol></ul><li>e</ul>", "- a\n  - b\n    1. c\n    2. d\n- e",
		"<ul>\n<li>a<ul>\n<li>b<ol>\n<li>c</li>\n<li>d</li>\n</ol>\n</li>\n</ul>\n</li>\n<li>e</li>\n</ul>"},
	{"list between items", "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n  - b\n- c", ""},
	{"ordered list with a start", `<ol start=9><li>a<li>b<li value=20>c</ol>`, "9. a\n10. b\n20. c",
		"<ol>\n<li value=\"9\">a</li>\n<li>b</li>\n<li value=\"20\">c</li>\n</ol>"},
	{"wide number", `<ol start=10><li>a<ul><li>b</ul></ol>`, "10. a\n    - b", ""},
	{"paragraphs in items", "<ul><li><p>a</p><p>b</p></li><li>c</ul>", "- a\n\n  b\n- c",
		"<ul>\n<li><p>a</p>\n<p>b</p>\n</li>\n<li>c</li>\n</ul>"},
	{"text behind a nested list", "<ul><li>a<ul><li>b</ul>c</ul>", "- a\n  - b\n\n  c", ""},
	{"lists side by side", "<ul><li>a</ul><ul><li>b</ul><ol><li>c</ol><ol><li>d</ol>", "- a\n\n* b\n\n1. c\n\n1) d", ""},
	{"numbered list that cannot interrupt", `<ul><li>a<ol start=3><li>b</ol></ul>`, "- a\n\n  3. b", ""},
	{"item of an item", "<ul><li><ul><li>a</ul></ul>", "- - a", ""},
	{"item without a list", "<p>x<div><li>a<li>b</div>", "x\n\n- a\n- b", ""},
	{"definitions", "<dl><dt>a<dd>b</dl>", "a\n\nb", "<p>a</p>\n<p>b</p>"},
	{"quote", "<blockquote><p>a<p>b</blockquote><p>c", "> a\n>\n> b\n\nc",
		"<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n<p>c</p>"},
	{"quote in a quote", "<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n>\n> > b\n>\n> c", ""},
	{"quotes side by side", "<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b", ""},
	{"list in a quote", "<blockquote>a<ul><li>b<br>c</ul></blockquote>", "> a\n>\n> - b\\\n>   c", ""},
	{"code block", "<pre><code class='language-go'>func f() {\n\treturn `x`\n}\n\n// ```\n</code></pre>",
		"````go\nfunc f() {\n\treturn `x`\n}\n\n// ```\n````", "<pre><code class=\"language-go\">func f() {\n\treturn `x`\n}\n\n// ```</code></pre>"},
	{"code block in an item", "<ul><li>a<pre>  x\n\ny</pre></ul>", "- a\n\n  ```\n    x\n\n  y\n  ```", ""},
	{"code block line by line", "<pre class='brush: py'><div>a = 1</div><div>b = 2</div></pre>", "```py\na = 1\nb = 2\n```", ""},
	{"code on lines", "<p><code>a<br>b</code>", "```\na\nb\n```", ""},
	{"table", "<table><caption>Cap</caption><tr><th>a<th>b<tr><td>1|2<td><b>x</b><tr><td><td>y</table>",
		"Cap\n\n| a | b |\n| --- | --- |\n| 1\\|2 | **x** |\n|  | y |",
		"<p>Cap</p>\n<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>1|2</td><td><strong>x</strong></td></tr>\n<tr><td></td><td>y</td></tr>\n</table>"},
	{"table with spans", "<table><tr><th colspan=2>a<th>b<tr><td rowspan=2>c<td>d<td>e<tr><td>f<td>g</table>",
		"| a |  | b |\n| --- | --- | --- |\n| c | d | e |\n|  | f | g |",
		"<table>\n<tr><th colspan=\"2\">a</th><th>b</th></tr>\n<tr><td rowspan=\"2\">c</td><td>d</td><td>e</td></tr>\n<tr><td>f</td><td>g</td></tr>\n</table>"},
	{"table of unlike rows", "<table><tr><td>a<tr><td>b<td>c<td>d</table>", "| a |  |  |\n| --- | --- | --- |\n| b | c | d |", ""},
	{"cells with blocks", "<table><tr><td><p>a<p>b<td>c<br>d<tr><td><ul><li>e<li>f</ul><td><code>x|y</code></table>",
		"| a<br>b | c<br>d |\n| --- | --- |\n| e<br>f | `x\\|y` |", ""},
	{"table of layout", "<table><tr><td><h2>a</h2><p>b<td>c<tr><td>d<td>e</table>", "## a\n\nb\n\nc\n\nd\n\ne", ""},
	{"table in a table", "<table><tr><td>x<td><table><tr><td>a<td>b<tr><td>c<td>d</table></table>", "x\n\n| a | b |\n| --- | --- |\n| c | d |", ""},
	{"one row", "<table><tr><td>a<td>b</table>", "a\n\nb", ""},
	{"table in an item", "<ol><li>x<table><tr><td>a<td>b<tr><td>c<td>d</table></ol>", "1. x\n\n   | a | b |\n   | --- | --- |\n   | c | d |", ""},
	{"rule", "<p>a<hr><p>b<hr>", "a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"},
	{"formulas", `<p>a_b <math alttext="x_1*y*|z|"><mi>x</mi></math> and <script type="math/tex; mode=display">a<b</script>`,
		"a_b $x_1*y*|z|$ and $$a< b$$", "<p>a_b $x_1*y*|z|$ and $$a&lt;b$$</p>"},
	{"markup in text", "<p>*a* _b_ c_d [e](f) `g` &lt;h> &amp;amp; $i$ $5 ~~j~~ k\\* a | b", "\\*a\\* \\_b\\_ c_d [e]\\(f) \\`g\\` \\<h> \\&amp; \\$i\\$ $5 \\~\\~j\\~\\~ k\\\\\\* a | b",
		"<p>*a* _b_ c_d [e](f) `g` &lt;h&gt; &amp;amp; $i$ $5 ~~j~~ k\\* a | b</p>"},
	{"markup at the start of lines", "<p># a<br>- b<br>+ c<br>1. d<br>2) e<br>> f<br>===<br>---<br>| g<br>[h]: i<br>-5 #a 1.5",
		"\\# a\\\n\\- b\\\n\\+ c\\\n1\\. d\\\n2\\) e\\\n\\> f\\\n\\===\\\n\\---\\\n\\| g\\\n\\[h]: i\\\n-5 #a 1.5", ""},
	{"marks that stay", "<p>a * b, a < b, AT&T, C:\\dir, 5 - 3, #1, ~5, snake_case, f(x)[0]", "a * b, a < b, AT&T, C:\\dir, 5 - 3, #1, ~5, snake_case, f(x)[0]", ""},
	{"formulas between delimiters", `<p>so \(x^2+y_1\) and $$a=b$$ hold, \(abc\) is a pattern<p>\[ c|d = e \]<table><tr><td>\(a|b=c\)<td>2<tr><td>3<td>4</table>`,
		`so $x^2+y_1$ and $$a=b$$ hold, \\(abc\\) is a pattern` + "\n\n$$c|d = e$$\n\n| $a\\|b=c$ | 2 |\n| --- | --- |\n| 3 | 4 |", ""},
	{"a line of code in a cell", "<table><tr><td>Syntax<td><code>a on | off;</code><tr><td>Default<td><pre>\na off;\n</pre></table>",
		"| Syntax | `a on \\| off;` |\n| --- | --- |\n| Default | a off; |", ""},
	{"lines of code in a cell", "<table><tr><td>Syntax<td>x<tr><td>Default<td><pre>a\nb</pre></table>", "Syntax\n\nx\n\nDefault\n\n```\na\nb\n```", ""},
	{"hostile attributes", `<pre><code class='language-"><script>'>x</code></pre><ol start="1e9"><li value="&quot;>x">y</ol>`, "```\nx\n```\n\n1. y",
		"<pre><code>x</code></pre>\n<ol>\n<li>y</li>\n</ol>"},
}

func TestRenderings(t *testing.T) {
	var x Extractor
	for _, c := range renderings {
		t.Run(c.name, func(t *testing.T) {
			for format, want := range map[Format]string{FormatMarkdown: c.markdown, FormatHTML: c.html} {
				if want == "" {
					continue
				}
				pg, err := x.Extract(c.page, Options{Mode: All, Format: format})
				if err != nil {
					t.Fatal(err)
				}
				if pg.Text != want {
					t.Errorf("page %s\n got %q\nwant %q", strings.ReplaceAll(c.page, "\n", "\\n"), pg.Text, want)
				}
			}
		})
	}
}

// formulaPages carry formulas in the ways of the tools that write them.
var formulaPages = []struct{ name, page, want string }{
	{"alttext", `<p>see <math alttext="\displaystyle x%&#10;^{2}" display="inline"><mi>x</mi></math> ok`, `see $x^{2}$ ok`},
	{"alttext and annotation", `<p><math alttext="x"><semantics><mi>x</mi><annotation encoding="application/x-tex">x</annotation><annotation encoding="application/x-llamapun">y</annotation></semantics></math>`, `$x$`},
	{"alttext in words", `<p><math alttext="the square of x"><msup><mi>x</mi><mn>2</mn></msup></math>`, "x2"},
	{"display", `<p><math display="block"><mi>x</mi><annotation encoding="TeX">x</annotation></math>`, "$$x$$"},
	{"annotation-xml", `<p><math><semantics><mi>x</mi><annotation-xml encoding="MathML-Content"><ci>x</ci></annotation-xml></semantics></math> ok`, "x ok"},
	{"KaTeX", `<p>a <span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">x_1</annotation></semantics></math></span><span class="katex-html" aria-hidden="true"><span class="base">x<sub>1</sub></span></span></span> b`, "a $x_1$ b"},
	{"KaTeX on a line", `<p><span class="katex-display"><span class="katex"><span class="katex-mathml"><math><annotation encoding="application/x-tex">x</annotation></math></span><span class="katex-html">x</span></span></span>`, "$$x$$"},
	{"KaTeX without TeX", `<p>a <span class="katex"><span class="katex-html">x</span></span> b`, "a x b"},
	{"MathJax 2", `<p>a <span class="MathJax_Preview">x^2</span><span class="MathJax" id="M"><nobr><span class="math">x2</span></nobr></span><script type="math/tex">x^2</script> b`, "a $x^2$ b"},
	{"MathJax 2 on a line", `<div class="MathJax_Display"><span class="MathJax">x</span></div><script type="math/tex; mode=display">x &amp; y</script>`, "$$x & y$$"},
	{"MathJax 3", `<p>a <mjx-container class="MathJax"><mjx-math></mjx-math><mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml></mjx-container> b`, "a x b"},
	{"Wikipedia", `<p>a <span class="mwe-math-element"><span style="display: none;"><math alttext="{\displaystyle E=mc^{2}}"><semantics><mi>E</mi><annotation encoding="application/x-tex">{\displaystyle E=mc^{2}}</annotation></semantics></math></span><img class="mwe-math-fallback-image-inline" alt="{\displaystyle E=mc^{2}}" src="x.svg"></span> b`, "a $E=mc^{2}$ b"},
	{"Wikipedia on a line", `<dl><dd><span class="mwe-math-mathml-display" style="display: none"><math display="block" alttext="x"><mi>x</mi></math></span><img class="mwe-math-fallback-image-display" alt="x"></dd></dl>`, "$$x$$"},
	{"pictures", `<p>a <img class="tex" alt="x^2"> <img class="wp latex" alt="y"> <img class="math icon" alt="Math"> <img class="math" alt="a=b"> <img class="texture" alt="z"> b`, "a $x^2$ $y$ $a=b$ b"},
	{"Sphinx", `<p>a <span class="math notranslate">\(x_1\)</span> b</p><div class="math">\[ y \]</div>`, "a $x_1$ b\n$$y$$"},
	{"pandoc", `<p>a <span class="math inline">x</span> <span class="math display">$$y$$</span> <span class="math inline">x<sup>2</sup></span>`, "a $x$ $$y$$ x2"},
	{"two alike", `<p><script type="math/tex">x</script> and <script type="math/tex">x</script>`, "$x$ and $x$"},
	{"comment and escaped space", "<p><script type=\"math/tex\">a\\ % b\nc \\%\\ </script>", "$a\\ c \\%\\ $"},
	{"style that is not around all", `<p><script type="math/tex">{\displaystyle a}+{b}</script>`, `${\displaystyle a}+{b}$`},
	{"in what is no text", `<p>a<template><math alttext="x"></math><script type="math/tex">y</script></template>b`, "ab"},
	{"never closed", `<p>a <math><annotation encoding=tex>x`, "a $x$"},
}

func TestFormulas(t *testing.T) {
	var x Extractor
	for _, c := range formulaPages {
		t.Run(c.name, func(t *testing.T) {
			pg, err := x.Extract(c.page, Options{Mode: All})
			if err != nil {
				t.Fatal(err)
			}
			if pg.Text != c.want {
				t.Errorf("page %s\n got %q\nwant %q", c.page, pg.Text, c.want)
			}
		})
	}
}

// Formulas alone in their blocks are no repetitions of each other.
func TestFormulasThatDiffer(t *testing.T) {
	page := article(english)
	a, b := `<p><script type="math/tex">\sum_{i=1}^{n} i = \frac{n(n+1)}{2} + 0 + 0</script></p>`, `<p><script type="math/tex">\int_0^1 x^2 \mathrm{d}x = \frac{1}{3} + 0 + 0</script></p>`
	page = strings.Replace(page, "</div></article>", a+b+"</div></article>", 1)
	var x Extractor
	pg, err := x.Extract(page, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(pg.Text, `\sum`) || !strings.Contains(pg.Text, `\int`) {
		t.Errorf("a formula was lost: %s", pg.Text)
	}
}

func TestLinksAndImages(t *testing.T) {
	const page = `<base href="/docs/"><p>a <a href="b c.html?x=1&amp;y=(2)"> link, <b>bold</b> </a>! <a href="#here">here</a> <a href="javascript:alert(1)">js</a> <a href="mailto:a@b.c">mail</a>
<a href="//h.example/z"><code>z</code></a>!<a href="data:text/html,x">d</a></p><p><a href=e><img src="i.png" alt="An [image]"></a> text</p><figure><img src="f.png" alt="Fig"><figcaption>Caption</figcaption></figure><a href="HTTPS://X.example"><div>one</div><div>two</div></a>`
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Format: FormatMarkdown}, "a link, **bold** ! here js mail `z`!d\n\ntext\n\nCaption\n\none\n\ntwo"},
		{Options{Format: FormatMarkdown, Links: true, BaseURL: "https://a.example/p/q"},
			"a [link, **bold**](https://a.example/docs/b%20c.html?x=1&y=%282%29) ! here js mail [`z`](https://h.example/z)!d\n\ntext\n\nCaption\n\n[one](https://X.example)\n\n[two](https://X.example)"},
		{Options{Format: FormatMarkdown, Links: true},
			"a link, **bold** ! here js mail `z`!d\n\ntext\n\nCaption\n\n[one](https://X.example)\n\n[two](https://X.example)"},
		{Options{Format: FormatMarkdown, Images: true, BaseURL: "https://a.example/"},
			"a link, **bold** ! here js mail `z`!d\n\n![An \\[image\\]](https://a.example/docs/i.png) text\n\n![Fig](https://a.example/docs/f.png)\\\nCaption\n\none\n\ntwo"},
		{Options{Format: FormatHTML, Links: true, Images: true, BaseURL: "https://a.example/"},
			"<p>a <a href=\"https://a.example/docs/b%20c.html?x=1&amp;y=(2)\">link, <strong>bold</strong> </a>! here js mail <a href=\"https://h.example/z\"><code>z</code></a>!d</p>\n<p><img alt=\"An [image]\" src=\"https://a.example/docs/i.png\"> text</p>\n<p><img alt=\"Fig\" src=\"https://a.example/docs/f.png\"><br>\nCaption</p>\n<p><a href=\"https://X.example\">one</a></p>\n<p><a href=\"https://X.example\">two</a></p>"},
	} {
		c.o.Mode = All
		var x Extractor
		pg, err := x.Extract(page, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if pg.Text != c.want {
			t.Errorf("%+v\n got %q\nwant %q", c.o, pg.Text, c.want)
		}
	}
}

func TestCodeLanguages(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{`<pre class="language-Rust">x`, "rust"},
		{`<pre><code class="lang-py">x`, "py"},
		{`<div class="highlight highlight-source-shell"><pre>x`, "shell"},
		{`<div class="highlight-python3 notranslate"><div class="highlight"><pre>x`, "python3"},
		{`<div class="highlight-default notranslate"><div class="highlight"><pre>x`, ""},
		{`<pre class="brush: java; toolbar: false">x`, "java"},
		{`<pre class="brush:js">x`, "js"},
		{`<pre class="sourceCode haskell"><code>x`, "haskell"},
		{`<pre><code class="hljs c++">x`, "c++"},
		{`<figure class="highlight ruby"><table><tr><td><pre>x`, "ruby"},
		{`<figure class="highlight ruby"><div><div><div><pre>x`, ""},
		{`<figure class="highlight ruby"><div><pre>x`, "ruby"},
		{`<div class="mw-highlight mw-highlight-lang-lua"><pre>x`, "lua"},
		{`<div class="language-toml highlighter-rouge"><div class="highlight"><pre class="highlight"><code>x`, "toml"},
		{`<pre><div><div></div><button></button></div><code class="hljs language-go">x`, "go"},
		{`<pre data-lang="C#">x`, "c#"},
		{`<pre lang="sql">x`, "sql"},
		{`<pre lang="en">x`, ""},
		{`<pre class="src src-emacs-lisp">x`, "emacs-lisp"},
		{`<pre class="language-none">x`, ""},
		{`<pre class="go">x`, ""},
		{`<pre class="language-` + strings.Repeat("x", 25) + `">x`, ""},
		{`<pre class="language-` + strings.Repeat("x", 24) + `">x`, strings.Repeat("x", 24)},
	} {
		var x Extractor
		pg, err := x.Extract(c.page, Options{Mode: All, Format: FormatMarkdown})
		if err != nil {
			t.Fatal(err)
		}
		if want := "```" + c.want + "\nx\n```"; pg.Text != want {
			t.Errorf("%s: got %q, want %q", c.page, pg.Text, want)
		}
	}
}

// Formats with structure take time and space linear in the page too.
func TestHostileFormats(t *testing.T) {
	pages := map[string]string{
		"nested lists":           strings.Repeat("<ul><li>x", 100_000) + "kept",
		"nested quotes":          strings.Repeat("<blockquote>x", 100_000) + "kept",
		"items":                  "<ol>" + strings.Repeat("<li>x", 300_000) + "</ol><p>kept",
		"lists":                  strings.Repeat("<ul><li>x</ul>", 100_000) + "<p>kept",
		"cells":                  "<table>" + strings.Repeat("<tr><td rowspan=9>x<td colspan=64>", 50_000) + "</table><p>kept",
		"wide row":               "<table><tr><td>x<td>y<tr>" + strings.Repeat("<td>x", 50_000) + "</table><p>kept",
		"nested tables":          strings.Repeat("<table><tr><td>x<td>y<tr><td>z<td>", 50_000) + "kept",
		"formatting":             "<p>" + strings.Repeat("<b>x<i>y", 300_000) + "<p>kept",
		"links":                  strings.Repeat(`<a href="http://a/b">x</a>`, 100_000) + "<p>kept",
		"stars":                  "<p>" + strings.Repeat("*_`[]()~$", 500_000) + "<p>kept",
		"hashes":                 "<p>" + strings.Repeat("# ", 100_000) + strings.Repeat("#", 100_000) + " x<p>kept",
		"backticks in code":      "<p>" + strings.Repeat("<code>`</code> ", 200_000) + "<p>kept",
		"formulas":               strings.Repeat(`<math alttext="{{{{x"><annotation encoding=tex>{\displaystyle y</annotation></math><span class=katex-html>`, 60_000) + "<p>kept",
		"MathJax":                strings.Repeat(`<span class="MathJax">`, 300_000) + strings.Repeat(`<script type="math/tex">x</script>`, 100_000) + "<p>kept",
		"pre":                    strings.Repeat("<pre><div>x</div>", 100_000) + "<p>kept",
		"images":                 strings.Repeat(`<figure><img alt=x src=y>`, 100_000) + "<p>kept",
		"rules in a list":        "<ol>" + strings.Repeat("<li>x<hr>", 30_000) + "</ol><p>kept",
		"headings by their role": "<div role=heading>" + strings.Repeat("<div a='"+strings.Repeat("x", 4000)+"'>", 300) + strings.Repeat("<p>x", 50_000) + "</div><p>kept",
		"code in wide tags":      strings.Repeat("<div class='"+strings.Repeat("x ", 2000)+"'>", 4) + strings.Repeat("<pre>x</pre>", 50_000) + "<p>kept",
		"lines in lists":         strings.Repeat("<ol start=999999999><li>", 30) + "<pre>" + strings.Repeat("x\n", 2_000_000) + "</pre>" + "kept",
		"links with a long base": "<base href='http://a/" + strings.Repeat("x", 1900) + "/'>" + strings.Repeat("<a href=x>x</a> ", 200_000) + "<p>kept",
		"links to nowhere":       "<a href='javascript:" + strings.Repeat("x", 3000) + "'>" + strings.Repeat("<b>x</b> ", 100_000) + "</a><p>kept",
		"formulas in wide spans": strings.Repeat("<span class='"+strings.Repeat("x ", 2000)+"'>", 4) + strings.Repeat("<math alttext=x></math> y ", 100_000) + "<p>kept",
		"emphasis that fails":    "<p>x" + strings.Repeat("<b>.x<i> y </i>", 50_000) + "z.</b>x<p>kept",
		"paragraphs":             strings.Repeat("<p>some words of <b>text</b> in a <a href=/x>link</a></p>\n", 110_000) + "kept",
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			var x Extractor
			for _, f := range []Format{FormatMarkdown, FormatHTML} {
				pg, err := x.Extract(page, Options{Mode: All, Format: f, Links: true, Images: true, BaseURL: "https://a.example/", MaxBytes: 32 << 20})
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(pg.Text, "kept") {
					t.Errorf("text lost: %.80q", pg.Text)
				}
				if len(pg.Text) > 8*len(page)+4<<20 {
					t.Errorf("%d bytes make %d", len(page), len(pg.Text))
				}
				t.Logf("%.1f MB to %.1f MB", float64(len(page))/1e6, float64(len(pg.Text))/1e6)
			}
		})
	}
}

func BenchmarkFormats(b *testing.B) {
	var page strings.Builder
	for _, c := range renderings {
		page.WriteString(c.page + "</code></pre></div>\n")
	}
	for _, p := range append(append([]string{}, english...), chinese...) {
		page.WriteString("<p>" + p + "</p>\n")
	}
	for name, f := range map[string]Format{"text": FormatText, "markdown": FormatMarkdown, "html": FormatHTML} {
		b.Run(name, func(b *testing.B) {
			var x Extractor
			b.SetBytes(int64(page.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := x.Extract(page.String(), Options{Mode: All, Format: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleParseFormat() {
	f, err := ParseFormat("markdown")
	if err != nil {
		return
	}
	var x Extractor
	page, _ := x.Extract("<h2>Tea</h2><ol><li>Boil <b>water</b><li>Wait</ol>", Options{Mode: All, Format: f})
	fmt.Println(page.Text)
	// Output:
	// ## Tea
	//
	// 1. Boil **water**
	// 2. Wait
}

// The nodes run out inside a table: what follows stands in the table and in no cell.
func TestTableWithoutNodes(t *testing.T) {
	page := "<table><tr><td><table><tr><td>a<td>b<tr><td>c<td>d" + strings.Repeat("<tr><td>x<td>y", 50) + "</table></table><p>behind"
	for _, nodes := range []int{10, 12, 14, 20, 200} {
		pg, err := NewExtractor(nil).Extract(page, Options{Mode: All, MaxNodes: nodes, Format: FormatMarkdown})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"a", "d", "x", "y", "behind"} {
			if !strings.Contains(pg.Text, want) {
				t.Errorf("%d nodes: no %q in %.60q", nodes, want, pg.Text)
			}
		}
	}
}
