package parse

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

func blocksOf(p *dom.Page) string {
	var out []string
	var d inline.Decoder
	for i := range p.Blocks {
		out = append(out, string(p.AppendBlock(nil, &d, &p.Blocks[i])))
	}
	return strings.Join(out, "/")
}

// Of posts that a board serves as they were typed the words are left.
func TestBBCode(t *testing.T) {
	reach := strings.Repeat("x", bbReach-len("[/b]"))
	for post, want := range map[string]string{
		"a [b]b[/b] c":                                "a b c",
		"a [COLOR=red]b[/color] c":                    "a b c",
		"[size=3][font=Arial]a[/font][/size]":         "a",
		"[url=http://a.example/b]name[/url]":          "name",
		"see [img]http://a.example/b.png[/img] there": "see  there",
		"[s:ac:哭笑]yes":                                "yes",
		"[list][*]one<br>[*]two[/list]":               "one\ntwo",
		"[quote]old<br/><br/>text[/quote]<br/>new":    "new",
		"[quote][quote]a[/quote]b[/quote]new":         "new",
		"[QUOTE][QUOTE]a[/QUOTE]b[/QUOTE]new":         "new",
		"[quote]a[/quote]b[quote]c[/quote]d":          "bd",
		"[quote][pid=7,3,1]Reply[/pid] [b]Post by [uid=4]Ann[/uid] (2023-04-01 10:11):[/b]<br/>old[/quote]<br/>new": "new",
		"[b]Reply to [pid=7]Reply[/pid] Post by [uid=4]Ann[/uid][/b]<br>new":                                        "new",
		"a[i] = b[j]":                                     "a[i] = b[j]", // no end tag
		"[quote]never closed<br><br>text":                 "[quote]never closed/text",
		"[quote][quote]a[/quote]new":                      "new", // one of two is closed
		"[1] and [citation needed]":                       "[1] and [citation needed]",
		"[b]" + reach + "[/b]":                            reach,
		"[b]" + reach + "x[/b]":                           "[b]" + reach + "x",
		"<pre>[b]a[/b]</pre>":                             "[b]a[/b]",
		"write <code>[b]a[/b]</code> for bold, [b]so[/b]": "write [b]a[/b] for bold, so",
		"[" + strings.Repeat("b", bbTagBytes):             "[" + strings.Repeat("b", bbTagBytes),
		"[b":                                              "[b",
	} {
		var p Parser
		got := blocksOf(p.Parse("<div><div class=t_f>"+post+"</div></div>", Options{MaxNodes: 100, Words: words.NewTable("")}))
		if got != want && strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%.80s: %.80q, want %.80q", post, got, want)
		}
	}
	var p Parser
	if got := blocksOf(p.Parse("<div><p>a [b]b[/b] c</div>", Options{MaxNodes: 100, Words: words.NewTable("")})); got != "a [b]b[/b] c" {
		t.Errorf("in no post: %q", got)
	}
}

// A section of CDATA may end within what reads as a tag.
func TestBBCodeInCDATA(t *testing.T) {
	for _, section := range []string{"a [/b]]>", "a [b]]>c[/b]", "a [img]]>c[/img]"} {
		var p Parser
		got := blocksOf(p.Parse("<div><div class=t_f><![CDATA["+section+"</div></div>", Options{MaxNodes: 100, Words: words.NewTable(""), XHTML: true}))
		if !strings.HasPrefix(got, "a [") {
			t.Errorf("%s: %q", section, got)
		}
	}
}

// An archive's posts are posts, and what stands around them is not.
func TestArchiver(t *testing.T) {
	const body = "<div id=nav>Board</div><div id=content><p class=author>Ann 2023-4-2 10:21</p>text<div class=page>1</div></div><div id=footer>Powered</div>"
	for title, want := range map[string]string{"A - Powered by Discuz! Archiver": "NNPNN", "Discuz! Archiver: how to": "-----"} {
		var p Parser
		pg := p.Parse("<title>"+title+"</title><body>"+body, Options{MaxNodes: 100, Words: words.NewTable("")})
		got := ""
		for i := range pg.Blocks {
			switch c := pg.Elems[pg.Blocks[i].Elem].Ctx; {
			case c&dom.PostNotice != 0:
				got += "N"
			case c&dom.InPost != 0:
				got += "P"
			default:
				got += "-"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", title, got, want)
		}
	}
}

// End tags are searched once, however many start tags wait for them: else these take hours.
func TestBBCodeIsLinear(t *testing.T) {
	for _, unit := range []string{"[quote][b]", "[b][i][u]", "[quote][quote][/quote]", strings.Repeat("[b]", 1000) + "[/b]", "[x][", "[quote]" + strings.Repeat("y", bbReach) + "[/quote]"} {
		var p Parser
		if p.Parse("<div><div class=t_f>"+strings.Repeat(unit, 4<<20/len(unit))+" kept</div></div>", Options{MaxNodes: 100, Words: words.NewTable("")}); len(p.Blocks) != 1 {
			t.Errorf("%.20s: %d blocks", unit, len(p.Blocks))
		}
	}
}
