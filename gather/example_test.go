package gather_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// A source is usable without a pipeline.
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
	source, err := gather.OpenJSONL(ctx, gather.JSONL{Paths: []string{dir + "/*.jsonl"}}, stage.NewEnv())
	if err != nil {
		log.Fatal(err)
	}
	for d, err := range stage.Documents(ctx, source) {
		var bad *corpus.RecordError
		switch {
		case errors.As(err, &bad):
			fmt.Println("lost:", bad)
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Printf("%s: %q %s\n", d.ID, d.Text, d.Extra)
		}
	}
	// Output:
	// a: "one" {"lang":"en"}
	// lost: jsonl/docs.jsonl: record 1 at byte 36: no field "text"
	// jsonl/docs.jsonl#2: "three"
}
