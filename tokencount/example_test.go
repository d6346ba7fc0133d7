package tokencount_test

import (
	"fmt"
	"log"

	"github.com/corpusmill/corpusmill/tokencount"
)

func Example() {
	tok, err := tokencount.Open("o200k_base")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tok.Count("Tokens are counted exactly."))
	// Output: 5
}

// A worker takes a Counter of its own: it allocates nothing per text once warm.
func ExampleTokenizer_NewCounter() {
	tok, err := tokencount.Open("cl100k_base")
	if err != nil {
		log.Fatal(err)
	}
	c := tok.NewCounter()
	total := 0
	for _, text := range []string{"one text", "and another", "计算词元"} {
		total += c.Count(text)
	}
	fmt.Println(total)
	// Output: 9
}

func ExampleTokenizer_Encode() {
	tok, err := tokencount.Open("gpt2")
	if err != nil {
		log.Fatal(err)
	}
	ids := tok.Encode(nil, "Hello world")
	back, err := tok.Decode(nil, ids)
	fmt.Println(ids, string(back), err)
	// Output: [15496 995] Hello world <nil>
}

func ExampleOpenFile() {
	// The digest names the vocabulary in manifests and reports.
	tok, err := tokencount.OpenFile("model.tiktoken", "cl100k_base")
	if err != nil {
		fmt.Println("no such file here")
		return
	}
	fmt.Println(tok.Name(), tok.Digest(), tok.Vocab())
	// Output: no such file here
}
