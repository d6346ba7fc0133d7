package datagen

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
)

// pairForm makes question and answer of an item, beside the text of its document.
type pairForm struct {
	question, answer *template
	system           string
}

// openPair reads the templates of a pair: those of the settings, or both of the recipe.
func (g *GenerateStage) openPair(question, answer, system string, ownSchema bool) (err error) {
	if question == "" && ownSchema { // Validate wants both or none
		question, answer = g.recipe.question, g.recipe.answer
	}
	if question == "" {
		return nil
	}
	g.pair = &pairForm{system: system}
	if g.pair.question, err = parseTemplate(question); err != nil {
		return fmt.Errorf("question: %w", err)
	}
	if g.pair.answer, err = parseTemplate(answer); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// pairColumns are those of a pair, behind the provenance.
func pairColumns() []corpus.Column {
	return []corpus.Column{
		{Name: "question", Type: corpus.String, Long: true, Doc: "the question that was made"},
		{Name: "answer", Type: corpus.String, Long: true, Doc: "its answer"},
		{Name: "messages", Type: corpus.JSON, Messages: true, Doc: "question and answer as a list of messages with role and content, as trainers read them"},
		{Name: "span", Type: corpus.JSON, Doc: "bytes of the text that the quotation stands at: start and end; null without one"},
	}
}

// cells are those of a pair whose quotation stands at some bytes of a text, before 0
// nowhere.
func (p *pairForm) cells(field func(string) (string, error), start, end int) ([]corpus.Value, error) {
	question, err := p.question.render(field)
	if err != nil {
		return nil, fmt.Errorf("question: %w", err)
	}
	answer, err := p.answer.render(field)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	question, answer = strings.TrimSpace(question), strings.TrimSpace(answer)
	messages, err := corpus.Messages(p.system, question, answer)
	if err != nil {
		return nil, err
	}
	span := corpus.Null
	if start >= 0 {
		span = corpus.Str(fmt.Sprintf(`{"start":%d,"end":%d}`, start, end))
	}
	return []corpus.Value{corpus.Str(question), corpus.Str(answer), corpus.Str(messages), span}, nil
}

// place is where in a text the first of its parts from the i-th on begins.
func place(s string, parts []chunk, i int) int {
	at := len(s)
	for _, c := range parts[i:] {
		at -= len(c.text) + len(c.gap)
	}
	return at
}

// grounded finds a quotation in a text, blanks and case aside: the bytes that it stands at.
func grounded(quote, text string) (start, end int, ok bool) {
	q, _ := foldedAt(strings.TrimSpace(quote))
	t, places := foldedAt(text)
	if q == "" {
		return 0, 0, false
	}
	i := strings.Index(t, q)
	if i < 0 {
		return 0, 0, false
	}
	last := places[i+len(q)-1]
	_, n := utf8.DecodeRuneInString(text[last:])
	return places[i], last + n, true
}

// foldedAt is a text in lower case with a blank for those that follow each other, and the
// byte of the text that each of its bytes is made of.
func foldedAt(s string) (string, []int) {
	b, places := make([]byte, 0, len(s)), make([]int, 0, len(s))
	blank := false
	for i, r := range s {
		if unicode.IsSpace(r) {
			if !blank {
				b, places = append(b, ' '), append(places, i)
			}
			blank = true
			continue
		}
		blank = false
		b = utf8.AppendRune(b, unicode.ToLower(r))
		for len(places) < len(b) {
			places = append(places, i)
		}
	}
	return string(b), places
}
