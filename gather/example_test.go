package gather_test

import (
	"context"
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/pipelines/demo"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// counter is a Feed that counts.
type counter struct {
	documents, skipped int
	first              string
}

func (c *counter) Document(d *corpus.Document) error {
	if c.documents++; c.first == "" {
		c.first = d.URL
	}
	return nil
}
func (c *counter) Skip(string)                      { c.skipped++ }
func (c *counter) Quarantine(e *corpus.RecordError) { fmt.Println(e) }

// A source alone, without an engine: list the shards, stream each into a Feed.
func ExampleOpenWARC() {
	ctx := context.Background()
	env := stage.NewEnv()
	env.Name = "demo"
	env.Files = map[string]store.Store{"demo": store.FS(demo.Files, "demo")}
	source, err := gather.OpenWARC(ctx, gather.WARC{Paths: []string{"embedded:demo/*.warc.gz"}}, env)
	if err != nil {
		fmt.Println(err)
		return
	}
	shards, err := source.Shards(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	var c counter
	for _, shard := range shards {
		if err := source.Read(ctx, shard, &c); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(len(shards), "shards,", c.documents, "pages,", c.skipped, "other records")
	// Output: 6 shards, 171 pages, 10 other records
}
