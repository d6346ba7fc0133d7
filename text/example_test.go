package text_test

import (
	"fmt"

	"github.com/corpusmill/corpusmill/text"
)

func ExampleSegmenter_AppendWords() {
	const line = "It's 3.5 miles, isn't it?"
	for _, s := range []text.Segmenter{text.UAX29, text.SpacyEnglish} {
		fmt.Print(s, ":")
		for _, w := range s.AppendWords(nil, line) {
			fmt.Print(" ", text.Slice(line, w))
		}
		fmt.Println()
	}
	// Output:
	// uax29: It's 3.5 miles , isn't it ?
	// spacy_en: It 's 3.5 miles , is n't it ?
}

func ExampleView() {
	var v text.View
	v.Reset("One mill.\nTwo mills.")
	for _, line := range v.Lines() {
		words := v.WordsIn(text.SpacyEnglish, line.Start, line.End)
		fmt.Println(len(words), text.SpacyEnglish.CountSentencesIn(v.Text(), words, line.Start, line.End))
	}
	// Output:
	// 3 1
	// 3 1
}

func ExampleSimplify() {
	fmt.Printf("%s\n", text.Simplify(nil, "Café No. 5: 1,500 cups!"))
	// Output: cafe no 0 0 cups
}
