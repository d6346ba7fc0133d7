package output_test

import (
	"context"
	"fmt"
	"log"

	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/store"
)

// The parts that a program should read of the folder of a sink, while runs may be
// replacing or adding some.
func ExampleParts() {
	folder := store.Local("out")
	parts, err := output.Parts(context.Background(), folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range parts {
		fmt.Println(p.File, p.Rows)
	}
}
