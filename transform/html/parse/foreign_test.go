package parse_test

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform"
)

// Drawings and formulas: what is in them, and what ends them.
func TestForeignContent(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"label", "a<svg><title>t</title><desc>d</desc><text>x</text></svg>b", "ab"},
		{"closed by itself", "a<svg/>b<math/>c", "abc"},
		{"empty elements", "a<svg><style/><script/><title/><a/><g/><textarea/><iframe/><path d='x'/></svg>b", "ab"},
		{"slash in a value", "a<svg><use href=#x/></use></svg>b", "ab"},
		{"code", "a<svg><style>p{}</style><script>if (x) y</script></svg>b", "ab"},
		{"section", "a<svg><style><![CDATA[ p > b {} ]]></style></svg>b", "ab"},
		{"nested", "a<svg><svg><g></svg><text>x</text></svg>b", "ab"},
		{"wrong order", "a<svg><g><path></g></path></svg>b", "ab"},
		{"unclosed children", "a<svg><g><path><g></svg>b", "ab"},
		{"stray end tags", "a</svg>b</math>c</foreignObject>d", "abcd"},

		{"ended by a link's end", "<p><a href=x>a<svg><use></use></a> b", "a b"},
		{"own link's end", "<p><a href=x>a<svg><a><text>x</a><text>y</text></svg></a> b", "a b"},
		{"ended by an italic's end", "<p><i class=icon>a<svg><path d=x></i> b", "a b"},
		{"ended by a bold's end in capitals", "<p><B>a<svg><g><path></g></B> b", "a b"},
		{"ended by a note's end", "<p><sup>a<svg><text>x</sup> b", "a b"},
		{"ended by a quote's end", "<p><q><cite>a<svg></cite> b</q> c", "a b c"},
		{"ended by a mark's end in a span", "<p><mark><span>a<svg></mark> b", "a b"},
		{"ended by an outer end", "<p><em><strong>a<svg><path></em> b", "a b"},
		{"ended by a block's own bold", "<div><b>a<div><svg><path></b> b", "a\nb"},
		{"label ended by an italic's end", "<p><i>a<svg><title>x</i> b", "a b"},
		{"formula ended by an italic's end", "<p><i>a <math><mrow><mi>x</i> b", "a x b"},
		{"not by the end of no italic", "a<svg></i>x</svg>b", "ab"},
		{"not by the end of an italic that ended", "<i>a</i><svg></i>x</svg>b", "ab"},
		{"not by its own quote's end", "<q>a<svg><q>x</q>y</svg>b</q>", "ab"},
		{"not by an italic in a label", "<i>a<svg><title><i>x</i>y</title><text>z</svg>b", "ab"},
		{"not by an italic open in a label", "a<svg><title><i>x</title><text></i>y</svg>b", "ab"},
		{"not through a foreign object", "<i>a<svg><foreignObject>b</i>c</foreignObject><text>x</text></svg>d", "a\nbc\nd"},
		{"inside a foreign object", "a<svg><foreignObject><i>b<svg><path></i> c</foreignObject><text>x</text></svg>d", "a\nb c\nd"},
		{"many bolds", "<b><b><b><b><b>a<svg><path></b> b</b></b></b></b><svg></b>x</svg>c", "a bc"},
		{"ended by a div's end", "<div>a<svg><g></div>b", "a\nb"},
		{"ended by a span's end", "<p><span>a<svg><path></span> b", "a b"},
		{"ended by a p's end", "<p>a<svg><path></p>b", "a\nb"},
		{"ended by a p's end without a p", "<div>a<svg><path></p>b", "a\nb"},
		{"ended by br", "a<svg><path><br>b", "a\nb"},
		{"ended by the end of br", "a<svg><path></br>b", "a\nb"},
		{"ended by a button's end", "<button>a<svg></button>b", "a\nb"},
		{"ended by a cell", "<table><tr><td>a<svg><td>b</table>c", "a | b\nc"},
		{"ended by the end of a cell", "<table><tr><td>a<svg></td><td>b</table>c", "a | b\nc"},
		{"ended by the end of a table", "<table><tr><td>a<svg></table>b", "a\nb"},
		{"ended by a list item's end", "<ul><li>a<svg></li><li>b</ul>", "a\nb"},
		{"ended by a heading", "a<svg><g><h2>b", "a\nb"},
		{"ended by bold", "a<svg><g> <b>b</b> c", "ab c"},
		{"ended by a section", "a<svg><section>b", "a\nb"},
		{"ended by a font", "a<svg><font color=red>b", "ab"},
		{"not by its own font", "a<svg><font><text>x</font></svg>b", "ab"},
		{"not by an end tag of none", "a<svg></span></a>x</svg>b", "ab"},
		{"label never closed", "a<svg><title>x</svg>b", "ab"},
		{"label before a block", "a<svg><title>x<p>b", "a\nb"},
		{"markup in a label", "a<svg><desc><b>x</b><i>y</i></desc></svg>b", "ab"},

		{"text of a foreign object", "a<svg><foreignObject><div>b</div></foreignObject><text>x</text></svg>c", "a\nb\nc"},
		{"foreign object never closed", "<div>a<svg><foreignObject>b</svg>c</div>d", "a\nb\nc\nd"},
		{"foreign object is a wall", "<div>a<svg><foreignObject>b</div><p>c</p></foreignObject><text>x</text></svg>d</div>e", "a\nb\nc\nd\ne"},
		{"drawing in a foreign object", "a<svg><foreignObject>b<svg><text>x</text></svg>c</foreignObject></svg>d", "a\nbc\nd"},
		{"section in a foreign object", "a<svg><foreignObject><p>b</p></foreignObject><![CDATA[x]]></svg>c", "a\nb\nc"},

		{"formula", "a <math><mi>x</mi><mo>=</mo><mn>2</mn></math> b", "a x=2 b"},
		{"formula with empty elements", "a <math><mi/><mspace/><mi>x</mi></math> b", "a x b"},
		{"formula never closed", "<p>a <math><mi>x</p><p>b", "a x\nb"},
		{"formula ended by a block", "a <math><mi>x<div>b", "a x\nb"},
		{"formula ended by bold", "a <math><mrow><b>b</b> c", "a b c"},
		{"markup in a formula's text", "a <math><mtext>x <b>y</b></mtext><mi>z</mi></math> b", "a x yz b"},
		{"formula's own style", "a <math><style>x</style><mi>y</mi></math> b", "a y b"},
		{"TeX", `a <math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></semantics></math> b`, "a $x^2$ b"},
		{"other notes", `a <math><semantics><mi>x</mi><annotation encoding="text/plain">x</annotation><annotation-xml encoding="MathML-Content"><ci>x</ci></annotation-xml></semantics></math> b`, "a x b"},
		{"page in a note", `a <math><annotation-xml encoding="text/html"><p>b</p></annotation-xml></math> c`, "a\nb\nc"},
		{"formula in a drawing", "a<svg><math><mi>x</mi></math></svg>b", "ab"},
		{"formula in a label", "a<svg><title><math><mi>x</mi></math></title></svg>b", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, o := range []transform.Options{{Mode: transform.All}, {Mode: transform.All, MaxNodes: 2}} {
				pg, err := transform.NewExtractor(nil).Extract(c.page, o)
				if o.MaxNodes == 0 && (err != nil || pg.Text != c.want) {
					t.Errorf("%s\n got %q %v\nwant %q", c.page, pg.Text, err, c.want)
				}
			}
		})
	}
}

// The title of a drawing is not the page's.
func TestTitleOfDrawing(t *testing.T) {
	pg, err := transform.NewExtractor(nil).Extract("<svg><title>x</title></svg><title>The page</title><p>a", transform.Options{})
	if err != nil || pg.Title != "The page" {
		t.Errorf("%q %v", pg.Title, err)
	}
}
