package transform

import (
	"fmt"
	"html"
	"strings"
	"testing"
)

// A Chinese notice keeps its number, the names of its attachments, who signs and the date.
func TestNotice(t *testing.T) {
	const body = "各区、县人民政府，市政府各委、办、局：为进一步加强食品安全管理工作，保障人民群众身体健康，经市政府同意，现就有关事项通知如下，请认真贯彻执行。"
	page := `<div class=nav><a href=/>首页</a> <a href=/b>政务公开</a></div><div class=content><h1>关于加强食品安全管理的通知</h1><p>京政办发〔2021〕12号</p>` +
		strings.Repeat("<p>"+body+"</p>", 1) + `<p>一、各部门要高度重视，明确责任，落实措施，定期检查，发现问题及时处理，并将情况报告市政府办公厅，确保各项工作落到实处。</p>` +
		`<p>附件：<a href=a.doc>1.食品安全检查表.doc</a></p><p>市人民政府办公厅</p><p>2021年3月5日</p></div><div class=share>分享到微信</div><div class=footer>版权所有 市政府</div>`
	pg := extract(t, page, Options{})
	for _, want := range []string{"京政办发〔2021〕12号", "食品安全检查表.doc", "市人民政府办公厅", "2021年3月5日"} {
		if !strings.Contains(pg.Text, want) {
			t.Errorf("lost: %s", want)
		}
	}
	for _, not := range []string{"版权所有", "分享到", "政务公开"} {
		if strings.Contains(pg.Text, not) {
			t.Errorf("kept: %s", not)
		}
	}
}

// A page that asks for a password and says nothing else has no text; an article beside
// such a form has.
func TestLogin(t *testing.T) {
	form := `<form><label>Name <input name=n></label><label>Password <input type=password></label><button>Sign in</button><p>Forgot your password? We send you a link to reset it within a few minutes.</p></form><p>New here? Create an account to save your favourites and to comment on articles.</p>`
	if pg := extract(t, "<h1>Sign in</h1>"+form, Options{}); pg.Text != "" || pg.Confidence != 0 {
		t.Errorf("text of a login: %q, confidence %v", pg.Text, pg.Confidence)
	}
	if pg := extract(t, article(english)+form, Options{}); !strings.Contains(pg.Text, english[1]) {
		t.Error("article beside a login lost")
	}
	if pg := extract(t, "<h1>Sign in</h1>"+form, Options{Mode: All}); !strings.Contains(pg.Text, "Forgot") {
		t.Error("mode all leaves a login out")
	}
}

// The text of a page that only a script holds is read from there, and only then.
func TestTextOfState(t *testing.T) {
	data := `<title>Bees</title><meta name=author content="A. Keeper"><div id=app></div><script id="__NEXT_DATA__" type="application/json">{"content":"` + strings.ReplaceAll(article(english), `"`, `\"`) + `"}</script>`
	pg := extract(t, data, Options{})
	for _, want := range english {
		if !strings.Contains(pg.Text, want) {
			t.Errorf("lost: %s", want)
		}
	}
	if pg.Title != "Bees" || pg.Author != "A. Keeper" {
		t.Errorf("title %q, author %q", pg.Title, pg.Author)
	}
	found := false
	var x Extractor
	if _, err := x.Extract(data, Options{}); err != nil {
		t.Fatal(err)
	}
	for b := range x.Explain(0) {
		found = found || b.Kept && b.Text == english[0]
	}
	if !found {
		t.Error("explanations are of another page")
	}
	other := strings.Replace(data, english[0], "A text that the page does not show and that nobody should see. It is long enough to be one.", 1)
	if pg := extract(t, article(english)+other, Options{}); strings.Contains(pg.Text, "nobody should see") {
		t.Error("the script's text beside a text of the page's own")
	}
}

// Where neither the page nor its state has text, the body in its metadata is read, then
// JSON of an unknown use.
func TestTextOfMetadata(t *testing.T) {
	body := strings.ReplaceAll(strings.Join(english, ` `), `"`, `\"`)
	ld := `<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"` + body + `"}</script>`
	island := `<script type="application/json">{"doc":{"text":"` + body + ` ` + body + `"}}</script>`
	attr := `<div id="app" data-page="` + html.EscapeString(`{"props":{"text":"`+body+`"}}`) + `"></div>`
	for page, want := range map[string]bool{
		attr:                    true,
		attr + article(chinese): false,
		ld + "<div id=app>Please enable JavaScript.</div>":     true,
		island + "<div id=app>Please enable JavaScript.</div>": true,
		ld + article(chinese):                                  false,
		island + article(chinese):                              false,
	} {
		if pg := extract(t, page, Options{}); strings.Contains(pg.Text, english[0]) != want {
			t.Errorf("%.60s: %q", page, pg.Text)
		}
	}
}

// With comments asked for, the posts of a thread are kept in order.
func TestPostsAsComments(t *testing.T) {
	var page strings.Builder
	page.WriteString("<div id=thread><h1>Moving hives in winter</h1>")
	posts := []string{"Has anybody moved a hive in January and kept the bees alive?", "Yes, twice. Close the entrance at night and go slowly.", "Thank you, that helped me a lot with my two hives."}
	for i, p := range posts {
		fmt.Fprintf(&page, `<div class="message"><a href=/u%d>user%d</a><div class=bbWrapper id=post_%d>%s</div><div class=sig>Sent from my phone</div></div>`, i, i, i, p)
	}
	page.WriteString("</div>")
	text := extract(t, page.String(), Options{Comments: true}).Text
	at := -1
	for _, p := range posts {
		i := strings.Index(text, p)
		if i <= at {
			t.Errorf("%q at %d, behind %d, in %q", p, i, at, text)
		}
		at = i
	}
}

func TestCollectionOption(t *testing.T) {
	for name, want := range map[string]Collection{"all": CollectionAll, "text": CollectionText, "items": CollectionItems} {
		if got, err := ParseCollection(name); got != want || err != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if _, err := ParseCollection("none"); err == nil {
		t.Error("an unknown choice passes")
	}
}

func TestConfidence(t *testing.T) {
	sure := extract(t, article(english), Options{}).Confidence
	links := extract(t, "<ul>"+strings.Repeat("<li><a href=/x>one more page</a>", 50)+"</ul>", Options{Mode: Recall}).Confidence
	if sure < 0 || sure > 1 || links >= sure {
		t.Errorf("an article %v, a list of links %v", sure, links)
	}
	if got := extract(t, "", Options{}).Confidence; got != 0 {
		t.Errorf("an empty page %v", got)
	}
}

func extract(t *testing.T, page string, o Options) Page {
	t.Helper()
	pg, err := NewExtractor(nil).Extract(page, o)
	if err != nil {
		t.Fatal(err)
	}
	return pg
}
