package fasttext_test

import (
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/purify/fasttext"
)

func Example() {
	m, err := fasttext.Open("testdata/hs.ftz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	p := m.Predictor() // one for each goroutine

	text := "bread is made of flour\nand water"
	var best []fasttext.Prediction
	// A newline would end the line that is looked at.
	best = p.Predict(best[:0], strings.ReplaceAll(text, "\n", " "), 1, 0)
	fmt.Println(strings.TrimPrefix(m.Labels()[best[0].Label], fasttext.LabelPrefix))
	// Output: en
}
