package qa

import (
	"errors"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

func TestPage(t *testing.T) {
	ld := func(s string) string { return `<script type="application/ld+json">` + s + `</script>` }
	for _, c := range []struct{ name, in, want string }{
		{"faq", ld(`{"@context":"https://schema.org","@type":"FAQPage","mainEntity":[{"@type":"Question","name":"What &amp; why?","acceptedAnswer":{"@type":"Answer","text":"<p>One.</p><ul><li>a</li></ul>"}},{"@type":"Question","name":"No answer?"}]}`), "What & why? => One. / - a"},
		{"in a graph, with faults", ld("<!-- {\"@graph\":[{\"@type\":[\"WebPage\",\"FAQPage\"],\"mainEntity\":[{\"@type\":\"http://schema.org/Question\",\"name\":\"Line\nend?\",\"acceptedAnswer\":[{\"text\":\"Yes\"},]},]}]} -->"), "Line end? => Yes"},
		{"qa", ld(`{"@type":"QAPage","mainEntity":{"@type":"Question","name":"Title","text":"More words","suggestedAnswer":[{"text":"low","upvoteCount":1},{"text":"high","upvoteCount":"5"}]}}`), "Title / More words => high"},
		{"accepted first", ld(`{"@type":"QAPage","mainEntity":{"@type":"Question","name":"T","acceptedAnswer":{"text":"good","upvoteCount":0},"suggestedAnswer":[{"text":"high","upvoteCount":9}]}}`), "T => good"},
		{"how to", ld(`{"@type":"HowTo","name":"Tie a knot","step":[{"@type":"HowToSection","itemListElement":[{"@type":"HowToStep","name":"Cross","text":"Cross the ends."},"Pull."]}]}`), "Tie a knot => 1. Cross the ends. / 2. Pull."},
		{"no json", ld(`{"@type":"Question"`), ""},
		{"microdata", `<div itemscope itemtype="https://schema.org/FAQPage"><div itemscope itemprop="mainEntity" itemtype="https://schema.org/Question"><h3 itemprop="name">What?</h3><div itemscope itemprop="acceptedAnswer" itemtype="https://schema.org/Answer"><div itemprop="text"><p>This.</p></div></div></div></div>`, "What? => This."},
		{"stack exchange", `<div itemtype="https://schema.org/QAPage"><div itemscope itemtype="https://schema.org/Question"><h1 itemprop="name">T</h1><div itemprop="text"><p>Body</p><pre>x
 y</pre></div><div itemscope itemprop="suggestedAnswer" itemtype="Answer"><div itemprop="text">A1</div></div></div></div>`, "T / Body / x /  y => A1"},
		{"details", `<details><summary>Is it?</summary><p>It is so.</p></details><details><summary>Menu</summary><p>x</p></details>`, "Is it? => It is so."},
		{"details of a faq", `<div class="faq-list"><details><summary><button>Shipping</button></summary>Two days.</details></div>`, "Shipping => Two days."},
		{"definitions", `<dl><dt>Who?</dt><dd>He.</dd><dd>And she.</dd><dt>Term</dt><dd>d</dd></dl>`, "Who? => He. / And she."},
		{"headings", `<h1>Page</h1><div><h2>What is it?</h2><p>A.</p><p>B.</p></div><h2>How is it?</h2><div>C.</div><h2>End</h2><p>D.</p><nav>n</nav>`, "What is it? => A. / B.\nHow is it? => C."},
		{"accordion", `<h2>FAQ</h2><div><div><h3><button>Where is it?</button></h3></div><div><p>Here.</p></div></div><div><div><h3>Who is he?</h3></div><div>He.</div></div>`, "Where is it? => Here.\nWho is he? => He."},
		{"one heading", `<h2>What is it?</h2><p>A.</p>`, ""},
		{"thread", `<h1>How do I?</h1><div class="postbody">First.</div><div class="postbody">Reply.</div>`, "How do I? / First. => Reply."},
		{"thread with a quotation", `<h1>How do I?</h1><div class="postbody">First <blockquote>words</blockquote></div><div class="postbody"><blockquote>Joe said: First words</blockquote>So <b>do</b>.<div class="quote">more</div></div>`, "How do I? / First / words => So do."},
		{"thread with its first post twice", `<h1>How do I?</h1><div class="postbody">First words.</div><div class="postbody">First  words.</div><div class="postbody"><blockquote>First</blockquote></div><div class="postbody">Reply.</div>`, "How do I? / First words. => Reply."},
		{"thread without a reply", `<h1>How do I?</h1><div class="postbody">First words.</div><div class="postbody">First words.</div>`, ""},
		{"second page of a thread", `<link rel="nofollow Prev" href="/t/1"><h1>How do I?</h1><div class="postbody">First.</div><div class="postbody">Reply.</div>`, ""},
		{"first page of a thread", `<link rel="next" href="/t/2"><h1>How do I?</h1><div class="postbody">First.</div><div class="postbody">Reply.</div>`, "How do I? / First. => Reply."},
		{"thread about another page", `<h1>News: is it so?</h1><div class="postbody">See here. <div class="block--unfurl">Is it?</div></div><div class="postbody">Reply.</div>`, ""},
		{"thread that asks about another page", `<h1>Is it so?</h1><div class="postbody"><div class="onebox">Head</div> What do they mean?</div><div class="postbody">Reply.</div>`, "Is it so? / What do they mean? => Reply."},
		{"definitions that lead elsewhere", `<dl><dt>Who?</dt><dd>A. <a href=x>Read the answer</a></dd><dt>Where?</dt><dd>In <a href=x>Rome</a></dd><dt>What?</dt><dd><a href=x>More</a></dd><dd>It.</dd></dl>`, "Where? => In Rome\nWhat? => More / It."},
		{"no question", `<h1>News</h1><div class="postbody">First.</div><div class="postbody">Reply.</div>`, ""},
		{"chinese", `<h2>常见问题</h2><h3>如何退货？</h3><p>七天内。</p>`, "如何退货？ => 七天内。"},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			pairs, err := Page("<body>" + c.in)
			if got := pairsOf(pairs); err != nil || got != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

// Pages made to be slow end, and one that is too large is refused.
func TestHostilePages(t *testing.T) {
	const n = 200_000
	for name, in := range map[string]string{
		"divs": strings.Repeat("<div>", n), "details": strings.Repeat("<details><summary>a?</summary>", n/10), "headings": strings.Repeat("<h2>What is it?</h2>", n/10), "nested headings": strings.Repeat("<div><h2>What is it?</h2>", n/10),
		"items": strings.Repeat(`<div itemscope itemtype="Question"><b itemprop=name>a</b>`, 5000), "lists": strings.Repeat("<dl><dt>a?<dd>", n/10), "posts": strings.Repeat(`<div class="postbody">a?`, n/10), "json": `<script type="application/ld+json">` + strings.Repeat(`[{"@type":"Question",`, n/10),
	} {
		if _, err := Page(in); err != nil && !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Page(strings.Repeat("a", maxPageBytes+1)); !errors.Is(err, ErrLimit) {
		t.Errorf("too large: %v", err)
	}
}

func TestStage(t *testing.T) {
	s, err := OpenQAExtract(t.Context(), QAExtract{System: "Be brief."}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		doc         corpus.Document
		texts, span string
	}{
		{corpus.Document{Text: "Q: What is \"it\"?\nA: A tool <b> of old."}, "Question: What is \"it\"?\nAnswer: A tool <b> of old.", `{"start":0,"end":16,"answer_start":17,"answer_end":38}`},
		{corpus.Document{Raw: []byte("Q: What is \"it\"?\nA: A tool <b> of old."), Media: format.MediaText}, "Question: What is \"it\"?\nAnswer: A tool <b> of old.", `{"start":0,"end":16,"answer_start":17,"answer_end":38}`},
		{corpus.Document{Raw: []byte(`<html><details><summary>What is "it"?</summary>A tool &lt;b> of old.</details>`), Media: format.MediaHTML}, "Question: What is \"it\"?\nAnswer: A tool <b> of old.", ""},
		{corpus.Document{Text: "Q: What?\nA: It."}, "", ""}, // too short
		{corpus.Document{Raw: []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"), Media: format.MediaHTML}, "", ""},
	} {
		var texts, messages, spans []string
		err := s.Fork().(*QAExtractStage).SplitCells(&c.doc, func(d *corpus.Document, cells []corpus.Value) {
			texts, messages, spans = append(texts, d.Text), append(messages, cells[0].Str), append(spans, cells[2].Str)
		})
		if err != nil || strings.Join(texts, "|") != c.texts || strings.Join(spans, "|") != c.span {
			t.Errorf("%+v: %q, %q, %v", c.doc, texts, spans, err)
		}
		if want := `[{"role":"system","content":"Be brief."},{"role":"user","content":"What is \"it\"?"},{"role":"assistant","content":"A tool <b> of old."}]`; c.texts != "" && messages[0] != want {
			t.Errorf("messages %s", messages[0])
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add(`<script type="application/ld+json">{"@type":"FAQPage","mainEntity":[{"@type":"Question","name":"a","acceptedAnswer":{"text":"b"}}]}</script><details><summary>c?</summary>d</details><h2>e is?</h2>f<dl><dt>g?<dd>h</dl>`)
	f.Fuzz(func(t *testing.T, s string) {
		pairs, err := Page(s)
		if err != nil && !errors.Is(err, ErrLimit) {
			t.Fatal(err)
		}
		for _, p := range pairs {
			if p.Question == "" || p.Answer == "" {
				t.Fatalf("%+v", p)
			}
		}
	})
}
