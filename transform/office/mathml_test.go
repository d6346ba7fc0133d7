package office

import (
	"slices"
	"strings"
	"testing"
)

const mathHead = `<?xml version="1.0" encoding="UTF-8"?><math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><semantics>`

func TestMathML(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"fraction", "<mfrac><mi>x</mi><mn>2</mn></mfrac>", `$\frac{x}{2}$`},
		{"row", "<mrow><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></mrow>", `$E=mc^{2}$`},
		{"scripts", "<msub><mi>a</mi><mn>1</mn></msub><mo>+</mo><msubsup><mi>b</mi><mn>1</mn><mn>2</mn></msubsup>", `$a_{1}+b_{1}^{2}$`},
		{"roots", "<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt><mroot><mi>x</mi><mn>3</mn></mroot>", `$\sqrt{x+1}\sqrt[3]{x}$`},
		{"sum", "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>", `$∑_{i=1}^{n}i$`},
		{"limit", "<munder><mi>lim</mi><mrow><mi>x</mi><mo>→</mo><mn>0</mn></mrow></munder><mi>x</mi>", `$lim_{x→0}x$`},
		{"function", "<mi>sin</mi><mi>x</mi>", `$sin x$`},
		{"accents", `<mover accent="true"><mi>x</mi><mo>^</mo></mover><mover><mi>y</mi><mo stretchy="false">→</mo></mover><munder><mi>z</mi><mo>_</mo></munder><mover><mi>w</mi><mi>k</mi></mover>`, `$\hat{x}\vec{y}\underline{z}w^{k}$`},
		{"matrix", "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd><mi>c</mi></mtd><mtd><mrow/></mtd></mtr></mtable>", `$\begin{matrix}a & b \\ c & \end{matrix}$`},
		{"fences", `<mfenced><mi>a</mi><mi>b</mi></mfenced><mfenced open="{" close="" separators=";"><mi>a</mi><mi>b</mi><mi>c</mi></mfenced>`, `$(a,b)\{a;b;c$`},
		{"binomial", `<mfenced><mfrac linethickness="0pt"><mi>n</mi><mi>k</mi></mfrac></mfenced>`, `$({n \atop k})$`},
		{"scripts before", "<mmultiscripts><mi>C</mi><mn>1</mn><none/><mprescripts/><mn>6</mn><mn>14</mn></mmultiscripts>", `${}_{6}^{14}C_{1}$`},
		{"text", "<mtext>if </mtext><mi>x</mi><mspace width='1em'/><mtext>50% {}</mtext>", `$if x 50\% \{\}$`},
		{"invisible", "<mi>f</mi><mo>&#x2061;</mo><mi>x</mi><mphantom><mi>y</mi></mphantom>", `$fx$`},
		{"missing arguments", "<mfrac><mi>x</mi></mfrac><msup/><mroot><mi>y</mi></mroot><mmultiscripts/>", `$\frac{x}{}\sqrt[]{y}$`},
		{"empty", "<mrow/>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.Join(strings.Fields("a "+c.want+" b"), " ")
			notes := `<annotation encoding="StarMath 5.0">x over 2</annotation>`
			object := mathHead + "<mrow>" + c.in + "</mrow>" + notes + "</semantics></math>"
			content := func(formula string) part {
				return part{"content.xml", strings.Replace(odtHead, "<office:document-content", `<office:document-content xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"`, 1) +
					"<text:p>a <draw:frame>" + formula + "</draw:frame> b</text:p></office:text></office:body></office:document-content>"}
			}
			join := func(raw []byte) {
				d, err := new(Reader).Document(ODT, raw, Limits{})
				if got := strings.Join(strings.Fields(d.Text), " "); err != nil || got != want || d.Missing != nil {
					t.Errorf("%+v, %v; want %q", d, err, want)
				}
			}
			join(pack(t, content(`<draw:object xlink:href="./Object 1"/>`), part{"Object 1/content.xml", object}))
			join(pack(t, content("<draw:object>"+strings.TrimPrefix(object, `<?xml version="1.0" encoding="UTF-8"?>`)+"</draw:object>")))
		})
	}
}

func TestFormulaObjects(t *testing.T) {
	content := func(inner string) part {
		return part{"content.xml", strings.Replace(odtHead, "<office:document-content", `<office:document-content xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"`, 1) +
			inner + "</office:text></office:body></office:document-content>"}
	}
	object := mathHead + "<mi>x</mi></semantics></math>"
	frame := func(href string) string { return `<draw:frame><draw:object xlink:href="` + href + `"/></draw:frame>` }
	for _, c := range []struct{ name, href string }{
		{"Object 1/content.xml", "./Object 1"},
		{"Object 1/content.xml", "Object 1"},
		{"Object 1/content.xml", "Object%201"},
		{"Object 1/content.xml", "#./Object 1"},
		{"Object 1/content.xml", "./Object 1/"},
		{"Object 1/content.xml", `.\Object 1`},
		{`Object 1\content.xml`, "./Object 1"},
		{"./Object 1/content.xml", "Object 1"},
		{"/object 1/Content.xml", "./Object 1"},
		{"Object%201/content.xml", "./Object 1"},
	} {
		wantText(t, ODT, pack(t, content("<text:p>a "+frame(c.href)+"</text:p>"), part{c.name, object}), Limits{}, "a $x$")
	}
	for name, c := range map[string]struct {
		body    string
		parts   []part
		want    string
		missing []string
	}{
		"anchored to the page": {frame("Object 1") + "<text:p>a</text:p>", []part{{"Object 1/content.xml", object}}, "$x$\na", nil},
		"in a table":           {"<table:table><table:table-row><table:table-cell><text:p>" + frame("Object 1") + "</text:p></table:table-cell></table:table-row></table:table>", []part{{"Object 1/content.xml", object}}, "$x$", nil},
		"a chart":              {"<text:p>a" + frame("Object 1") + "</text:p>", []part{{"Object 1/content.xml", odtHead + "<text:p>chart</text:p></office:text></office:body></office:document-content>"}}, "a", nil},
		"outside":              {"<text:p>a" + frame("http://example.org/x") + "</text:p>", nil, "a", nil},
		"missing":              {"<text:p>a" + frame("./Object 2") + "</text:p><text:p>b</text:p>", nil, "a\nb", []string{"Object 2/content.xml"}},
		"damaged":              {"<text:p>a" + frame("./Object 1") + "</text:p>", []part{{"Object 1/content.xml", "<math><mi>"}}, "a", []string{"Object 1/content.xml"}},
		"tex of its own":       {"<text:p>" + frame("Object 1") + "</text:p>", []part{{"Object 1/content.xml", mathHead + `<mi>x</mi><annotation encoding="application/x-tex">\alpha  x</annotation></semantics></math>`}}, `$\alpha x$`, nil},
		"too long":             {"<text:p>a" + frame("Object 1") + "</text:p>", []part{{"Object 1/content.xml", mathHead + strings.Repeat("<mrow>", 500) + strings.Repeat("<mi>x</mi>", 100_000) + strings.Repeat("</mrow>", 500) + "</semantics></math>"}}, "a", []string{"Object 1/content.xml"}},
	} {
		d, err := new(Reader).Document(ODT, pack(t, append(c.parts, content(c.body))...), Limits{})
		if err != nil || d.Text != c.want || !slices.Equal(d.Missing, c.missing) {
			t.Errorf("%s: %+v, %v; want %q", name, d, err, c.want)
		}
	}
}

func FuzzMathML(f *testing.F) {
	f.Add("<mfrac><mi>x</mi><mn>2</mn></mfrac><mmultiscripts><mi>C</mi><none/><mprescripts/><mn>6</mn></mmultiscripts>")
	f.Fuzz(func(t *testing.T, in string) {
		check(t, ODT, odt(t, "<text:p><math>"+in+"</math></text:p>"))
	})
}
