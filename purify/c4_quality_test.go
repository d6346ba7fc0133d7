package purify

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func ExampleC4Quality() {
	doc := &corpus.Document{Text: "Menu\nThe first line stays.[1] So it does.\nWe use cookies on this site.\nThe last line stays too!"}
	verdict, err := C4Quality{MinSentences: stage.At(3)}.Apply(doc)
	fmt.Println(verdict, err)
	fmt.Println(doc.Text)
	// Output:
	// kept <nil>
	// The first line stays. So it does.
	// The last line stays too!
}

// TestC4QualityTexts: texts and verdicts are those of datatrove 0.10.1.
func TestC4QualityTexts(t *testing.T) {
	f := func(c C4Quality, s, want string) {
		t.Helper()
		doc := &corpus.Document{Text: s}
		verdict, err := c.Apply(doc)
		got := doc.Text
		if !verdict.Kept() {
			if got != s {
				t.Errorf("%q: a rejected text is edited", s)
			}
			got = verdict.String()
		}
		if got != want || err != nil {
			t.Errorf("%+v on %.80q: %q, want %q (%v)", c, s, got, want, err)
		}
	}
	one := C4Quality{MinSentences: stage.At(1)}
	open := C4Quality{MinSentences: stage.At(1), KeepUnterminated: true}

	f(C4Quality{}, "", "too_few_sentences: 0 against 5")
	f(C4Quality{MinSentences: stage.Off()}, "", "")
	f(C4Quality{}, "It is one. It is two. It is three. It is four.", "too_few_sentences: 4 against 5")
	f(C4Quality{}, "It is one. It is two. It is three. It is four. It is five.", "It is one. It is two. It is three. It is four. It is five.")
	f(C4Quality{}, "It is one. It is two.\nNo\nIt is three. It is four.\r\nIt is five.", "It is one. It is two.\nIt is three. It is four.\nIt is five.")

	// Lines and white space.
	f(one, "  It is one.\u3000\vIt is two.\u2028It is three.\n", "It is one.\nIt is two.\nIt is three.")
	f(one, "It is one.\n\nIt is two.", "It is one.\nIt is two.")
	// Terminal punctuation.
	f(one, "It is one.\nIs it two?\nIt is three!\nIt is \"four\"\nIt is 'five'\nIt is six...\nIt is seven…\nIt is eight", "It is one.\nIs it two?\nIt is three!\nIt is \"four\"\nIt is 'five'")
	f(open, "It is six...\nIt is seven…\nIt is eight", "It is six...\nIt is seven…\nIt is eight")
	// Words in a line, on both sides of the limit; citations count before they go.
	f(one, "Two words.\nThree words now.\nTwo [1] words.", "Three words now.\nTwo  words.")
	f(C4Quality{MinSentences: stage.At(1), MinLineWords: stage.At(2)}, "Word.\nTwo words.", "Two words.")
	f(C4Quality{MinSentences: stage.At(1), MinLineWords: stage.Off()}, "Word.\nTwo words.", "Word.\nTwo words.")
	// Long words, on both sides of the limit, in code points.
	long := strings.Repeat("é", 1000)
	f(one, "It is "+long[2:]+".\nIt is "+long+".\nThat is all.", "It is "+long[2:]+".\nThat is all.")
	f(C4Quality{MinSentences: stage.At(1), MaxWordLength: stage.Off()}, "It is "+long+".", "It is "+long+".")
	// Citations.
	f(one, "[12]It is[edit] one[citation needed].[][٣]\nIt is [a] two.", "It is one.\nIt is [a] two.")
	f(C4Quality{MinSentences: stage.At(1), KeepCitations: true}, "It is[12] one.", "It is[12] one.")
	// Words that drop lines or documents, and what hides them.
	f(one, "It is one.\nA Lorem Ipsum text.", "lorem_ipsum: 1 against 0")
	f(one, "It is one.\nLorem ipsum", "It is one.")
	f(C4Quality{MinSentences: stage.At(1), KeepLoremIpsum: true}, "A lorem ipsum text.", "A lorem ipsum text.")
	f(one, "It is one.\nEnable JavaScript now {.", "It is one.")
	f(C4Quality{MinSentences: stage.At(1), KeepJavascript: true}, "Enable JavaScript now.", "Enable JavaScript now.")
	f(one, "It is one.\nIt is { two.", "curly_bracket: 1 against 0")
	f(C4Quality{MinSentences: stage.At(1), KeepCurlyBracket: true}, "It is { two.", "It is { two.")
	for _, policy := range []string{"Terms of Use", "privacy policy", "Cookie policy", "uses cookies", "use of cookies", "use Coo\u212Aies"} {
		f(one, "It is one.\nOur "+policy+" apply here.", "It is one.")
		f(C4Quality{MinSentences: stage.At(1), KeepPolicy: true}, "Our "+policy+" apply here.", "Our "+policy+" apply here.")
	}
	f(one, "No cookies used here.", "No cookies used here.")
}

// TestC4QualityKeepsTheString: an unchanged text is the same string, so that the
// shared view of it stays valid.
func TestC4QualityKeepsTheString(t *testing.T) {
	f := func(s string, want bool) {
		t.Helper()
		doc := &corpus.Document{Text: s}
		if v, err := (C4Quality{MinSentences: stage.At(1)}).Apply(doc); !v.Kept() || err != nil {
			t.Fatal(v, err)
		}
		if same := len(doc.Text) == len(s) && unsafe.StringData(doc.Text) == unsafe.StringData(s); same != want {
			t.Errorf("%q: same string %v, want %v", s, same, want)
		}
	}
	f("It is one.\nIt is two.", true)
	f("It is one.\nIt is two.\n", false)
	f("It is one.\rIt is two.", false)
	f("It is one.\nIt is[1] two.", false)
}

func TestC4QualityValidate(t *testing.T) {
	f := func(c C4Quality, want string) {
		t.Helper()
		got := ""
		if err := c.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
	f(C4Quality{MinSentences: stage.At(0), MinLineWords: stage.Off()}, "")
	f(C4Quality{Dialect: dclm}, `dialect: "dclm" is unknown, want datatrove`)
	f(C4Quality{MinLineWords: stage.At(-1)}, "min_line_words: -1 is negative, want 0 or more, or off")
	f(C4Quality{Words: "x"}, `words: "x" is unknown, want uax29, spacy_en or whitespace`)
}
