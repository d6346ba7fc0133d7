package gather_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// printer is a feed that prints.
type printer struct{}

func (printer) Document(d *corpus.Document) error {
	fmt.Printf("record %d: %s %q %s\n", d.Origin.Record, d.ID, d.Text, d.Extra)
	return nil
}
func (printer) Skip(reason string)               { fmt.Println("skipped:", reason) }
func (printer) Note(reason string, n int64)      { fmt.Println(n, "records read, but:", reason) }
func (printer) Quarantine(e *corpus.RecordError) { fmt.Println("quarantined:", e) }

// A source is usable without a pipeline: list its shards, read each into a feed.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	lines := `{"id":"a","text":"one","lang":"en"}` + "\n" + `{"id":"b"}` + "\n" + `{"text":"three"}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "docs.jsonl"), []byte(lines), 0o600); err != nil {
		log.Fatal(err)
	}
	env := stage.NewEnv()
	env.Name = "docs"
	source, err := gather.OpenJSONL(ctx, gather.JSONL{Paths: []string{dir + "/*.jsonl"}}, env)
	if err != nil {
		log.Fatal(err)
	}
	shards, err := source.Shards(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, shard := range shards {
		if err := source.Read(ctx, shard, printer{}); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// record 0: a "one" {"lang":"en"}
	// quarantined: docs/docs.jsonl: record 1 at byte 36: no field "text"
	// record 2:  "three"
}
