package wikitext

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// TestText has what each piece of markup leaves.
func TestText(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":               {"One line\nanother.\n\nNext.", "One line another.\nNext."},
		"emphasis":            {"'''Bold''' and ''italic'', '''''both''''', it's rock ''n'' roll", "Bold and italic, both, it's rock n roll"},
		"four quotes":         {"''''x''''", "'x'"},
		"link":                {"[[Paris]], [[Paris|the city]], [[Paris (Texas)|]], [[tree]]s", "Paris, the city, Paris, trees"},
		"link to section":     {"[[#History|above]] and [[Main#Part]]", "above and Main#Part"},
		"file":                {"[[File:A.jpg|thumb|left|A [[cat]] and {{nowrap|a dog}}]]Text", "Text"},
		"file in German":      {"[[Datei:A.jpg|mini|Ein Bild]]Text", "Text"},
		"category":            {"Text\n[[Category:Cats]]\n[[分类:猫]]", "Text"},
		"category shown":      {"See [[:Category:Cats]].", "See Category:Cats."},
		"other language":      {"Text\n[[de:Katze]]\n[[zh-yue:貓]]", "Text"},
		"no other language":   {"[[Re:Zero]] and [[de:Katze|the cat]]", "Re:Zero and the cat"},
		"link not closed":     {"a [[b and c\n\nd]] e", "a [[b and c\nd]] e"},
		"external":            {"[https://a.example/ A page], [https://b.example/], [1] [x y]", "A page,, [1] [x y]"},
		"external label":      {"[https://a.example/ A ''fine'' [[page]]] here", "A fine page here"},
		"template":            {"A{{Infobox\n| name = {{PAGENAME}}\n| x = [[y|z]]\n}} text{{cn}}.", "A text."},
		"template kept":       {"{{lang|fr|une ''phrase''}} {{nowrap|a b}} {{lang-de|Wort}}", "une phrase a b Wort"},
		"template named":      {"{{lang|code=x|2=mot}}", "mot"},
		"template math":       {"{{math|''x'' {{=}} 1}}", "x = 1"},
		"template not closed": {"a {{b and c", "a {{b and c"},
		"parameter":           {"a {{{1|x}}} b {{{{{1}}}}} c", "a b c"},
		"parser function":     {"{{#if:x|{{a}}|[[b]]}}text", "text"},
		"comment":             {"a<!-- b\n c -->d\n<!-- line -->\ne", "ad e"},
		"comment open":        {"a<!-- b", "a"},
		"reference":           {`a<ref name="x">{{cite|b}}</ref>b<ref name="x" />c<ref>[[d]]</ref>.`, "abc."},
		"reference open":      {"a<ref>b and more", "ab and more"},
		"nowiki":              {"<nowiki>[[a]] '''b'''</nowiki> {{nowrap|<nowiki>{{</nowiki>}}", "[[a]] '''b''' {{"},
		"math":                {"Let <math>a_1 < b</math> hold.", "Let a_1 < b hold."},
		"chem":                {"<chem>H2O</chem>", "H2O"},
		"code":                {"Run\n<syntaxhighlight lang=\"go\">\nif a {\n\tb()\n}\n</syntaxhighlight>\nnow", "Run\nif a {\n\tb()\n}\nnow"},
		"inline code":         {"call <syntaxhighlight lang=go inline>f()</syntaxhighlight> here", "call f() here"},
		"pre":                 {"<pre>\n a  b\n</pre>", " a  b"},
		"tags":                {"<div class=x>a<br/>b</div> <span style='y'>c</span> 1 < 2 <3", "a b c 1 < 2 <3"},
		"entities":            {"a&nbsp;b &amp; &lt;c&gt; &#8212;", "a b & <c> \u2014"},
		"magic":               {"__NOTOC__a__b c__INHALTSVERZEICHNIS__ __init__", "a__b c __init__"},
		"heading":             {"Lead.\n== One ==\ntext\n=== Two ===\nmore", "Lead.\nOne\ntext\nTwo\nmore"},
		"empty section":       {"Lead.\n== One ==\n{{x}}\n== Two ==\ntext", "Lead.\nTwo\ntext"},
		"references":          {"Text\n== References ==\n* a\n=== More ===\nb\n== Life ==\nc\n== 參考資料 ==\nd", "Text\nLife\nc"},
		"list":                {"* a\n** b\n# c\n; term : what\n: in", "a\nb\nc\nterm : what\nin"},
		"rule":                {"a\n----\nb", "a\nb"},
		"empty brackets":      {"Rome ({{lang-la}}, {{IPA|x}}) is , old .", "Rome is, old."},
		"table":               {"{| class=\"wikitable\"\n|+ Title\n! A !! B\n|-\n| 1 || style=\"x\" | [[two|2]]\n|-\n| 3\n| 4\nmore\n|}\nend", "A | B\n1 | 2\n3 | 4 more\nend"},
		"infobox table":       {"{| class=\"infobox\"\n| a\n|}\ntext", "text"},
		"nested table":        {"{|\n| a\n{|\n| b\n|}\n|}\nend", "a | b\nend"},
		"table not closed":    {"{|\n| a", "a"},
		"row end":             {"{|\n|}\n", ""},
		"redirect":            {"#REDIRECT [[Other]]", ""},
		"redirect Chinese":    {"#重定向 [[其他]]", ""},
		"list, no redirect":   {"#first [[a]] is what comes\n#second", "first a is what comes\nsecond"},
		"variants":            {"-{zh-hans:计算机;zh-hant:電腦}-和-{R|原文}--{H|zh-cn:a;zh-tw:b}-", "计算机和原文"},
		"no variant":          {"a -{b}- c-d {x} -{{t}}-", "a b c-d {x} --"},
		"hostile mark":        {"a\x7f0\x7fb", "a0b"},
		"invalid":             {"a\xffb", "a\ufffdb"},
		"bars":                {"a | b || c", "a | b || c"},
		"gallery":             {"<gallery>\nFile:A.jpg|b\n</gallery>text", "text"},
		"only included":       {"a<includeonly>b</includeonly><noinclude>c</noinclude>", "ac"},
	} {
		if got := Text(c.in, Options{}); got != c.want {
			t.Errorf("%s: %q gives\n%q, want\n%q", name, c.in, got, c.want)
		}
	}
}

func TestVariant(t *testing.T) {
	in := "-{zh-hans:计算机; zh-hant:電腦; zh-hk:電腦機}-和-{A|zh-hans:软件;zh-hant:軟體}-"
	for variant, want := range map[string]string{"": "计算机和软件", "zh-hant": "電腦和軟體", "zh-hk": "電腦機和软件"} {
		if got := Text(in, Options{Variant: variant}); got != want {
			t.Errorf("%s: %q, want %q", variant, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	in := "Lead '''text'''.\n== Head ==\n* a\n** b\n# c\n{|\n! A !! B\n|-\n| 1 || a<nowiki>|</nowiki>b\n|}\n" +
		"<math display=\"block\">x^2</math>\nand <math>y</math>\n<syntaxhighlight lang=\"go\">\nf()\n</syntaxhighlight>"
	want := "Lead text.\n\n## Head\n\n- a\n   - b\n1. c\n\n| A | B |\n| --- | --- |\n| 1 | a\\|b |\n\n$$x^2$$\n\nand $y$\n\n```go\nf()\n```"
	if got := Text(in, Options{Markdown: true}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSettings(t *testing.T) {
	in := "Text\n== See also ==\n* a\n{|\n| b\n|}"
	for name, c := range map[string]struct {
		options Options
		want    string
	}{
		"default":    {Options{}, "Text"},
		"references": {Options{References: true}, "Text\nSee also\na\nb"},
		"no tables":  {Options{References: true, NoTables: true}, "Text\nSee also\na"},
	} {
		if got := Text(in, c.options); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestStage(t *testing.T) {
	s, err := OpenWikiText(t.Context(), WikiText{MaxPageBytes: 10}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{"'''0123'''": "", "'''01234'''": "too_large", "{{x}}": "no_text"} {
		d := &corpus.Document{Raw: []byte(raw), Media: Media}
		if v, err := s.Apply(d); err != nil || v.Rule != want || d.Raw != nil {
			t.Errorf("%s: %v %v", raw, v, err)
		}
	}
	d := &corpus.Document{Raw: []byte("<p>a"), Media: "text/html"}
	if v, err := s.Apply(d); err != nil || !v.Kept() || d.Raw == nil {
		t.Errorf("a page of HTML: %v %v", v, err)
	}
}

// hostile are pages that would take long if anything were read again and again.
var hostile = []string{"{{", "[[", "}}", "]]", "{{a|", "[[a|", "-{", "<ref>", "<pre>", "<math>", "[http://a ", "[http://a [[", "<!--", "__A__", "__", "{|\n", "|}\n",
	"''", "{{{", "{{nowrap|", "<b", "<b ", "== a ==\n", "* ", "|-\n|", "&amp;", "-{a:", "(", "{{{{{", "}-", "\n|a||", "<nowiki>a</nowiki>"}

// TestLinear counts what a page of a MiB gives out of itself: no markup grows.
func TestLinear(t *testing.T) {
	for _, h := range hostile {
		page := strings.Repeat(h, 1<<20/len(h))
		if got := Text(page, Options{}); len(got) > len(page)+len(page)/2 {
			t.Errorf("%q: %d bytes out of %d", h, len(got), len(page))
		}
	}
}

func FuzzText(f *testing.F) {
	for _, h := range hostile {
		f.Add(strings.Repeat(h, 3)+"a", true)
	}
	f.Add("{| class=x\n! [[a|b]] || {{nowrap|c}}\n|}\n<math>x</math>", false)
	f.Fuzz(func(t *testing.T, page string, markdown bool) {
		got := Text(page, Options{Markdown: markdown})
		if strings.Contains(got, mark) {
			t.Errorf("%q gives %q", page, got)
		}
	})
}
