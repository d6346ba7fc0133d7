package corpusmill_test

import (
	"context"
	"fmt"
	"os"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify/spam"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
)

// Stages that load a model or lists, opened and called one after the other, without a
// pipeline: a page becomes text, and spam is cut out of it.
func Example_stages() {
	ctx, env := context.Background(), stage.NewEnv()
	page, err := transform.OpenHTMLText(ctx, transform.HTMLText{}, env)
	if err != nil {
		fmt.Println(err)
		return
	}
	clean, err := spam.OpenChineseSpam(ctx, spam.ChineseSpam{}, env)
	if err != nil {
		fmt.Println(err)
		return
	}
	doc := &corpus.Document{URL: "https://example.org/", Media: "text/html", Raw: []byte(`<nav><a href="/">首页</a></nav><article>
<p>村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐。</p>
<p>代开发票，加薇信 fapiao8866，电话13812345678</p></article>`)}
	for _, s := range []stage.Editor{page, clean} {
		if verdict, err := s.Apply(doc); err != nil || !verdict.Kept() {
			fmt.Println(verdict, err)
			return
		}
	}
	fmt.Println(doc.Text)
	// Output: 村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐。
}

// A pipeline run from a Go program, with the embedded corpus as its input.
func ExampleApp() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // only tidies up
	app := corpusmill.App()
	p, err := app.Parse("example.yaml", []byte(`
source: { warc: { paths: ["embedded:demo/demo-00.warc.gz"] } }
stages:
  - html_text: {}
  - language: { keep: { en: 0.65, zh: 0.65 } }
  - gopher_quality: { when: { lang: [en] } }
  - exact_dedup: {}
  - token_count: { tokenizer: cl100k_base }
sink: { parquet: {} }
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := app.Run(context.Background(), p, run.Options{Dir: dir, Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Parts, "part;", s.Quarantined, "in quarantine; tokens counted:", s.Tokens > 1000)
	// Output: 1 part; 0 in quarantine; tokens counted: true
}
