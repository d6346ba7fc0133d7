package corpusmill_test

import (
	"context"
	"fmt"
	"os"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
)

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
