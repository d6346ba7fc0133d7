package datagen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Generate has a language model on a server make documents of each document, by OpenAI's
// protocol (vLLM, SGLang, llama.cpp, hosted ones) at once or by files of its batch form: an
// answer is one, or its lines, its blocks, or the items of a JSON answer are. With value a
// number of the answer becomes a column of the document itself, such as a grade that a
// classifier is trained on. What is of no use is dropped with a rule. Answers are kept in
// the run folder, and asked for once. The recipe diverse_qa is Nemotron-CC's (Su et al.
// 2024, arXiv:2412.02595), textbook, persona and seed_topic are Cosmopedia's, grade is
// FineWeb-Edu's (Penedo et al. 2024, arXiv:2406.17557), all in other words; the answers of
// grounded_qa quote the text.
type Generate struct {
	Service
	// Prompt is a recipe (diverse_qa, textbook, persona, seed_topic, grade, grounded_qa) or a
	// file: messages behind lines such as [system] and [user], with {{text}} and other fields
	// of the document.
	Prompt string `yaml:"prompt" key:"-"`
	PromptFiles
	// Count is the number of answers to each part of a document, with seeds and draws of
	// their own, 1 to 1000.
	Count int `yaml:"count" default:"1"`
	// Schema is a file with the JSON schema that answers must fit; the server is asked to see
	// to it, and the stage checks.
	Schema string `yaml:"schema" key:"-"`
	// Repairs is how often the model is told what is wrong with an answer that does not fit, 0
	// to 10.
	Repairs int `yaml:"repairs" default:"2"`
	// Documents is a JSON pointer to the list in an answer whose items become documents, such
	// as /pairs; where there is no list, the value is one.
	Documents string `yaml:"documents" key:"limit"`
	// Split says what of an answer in plain text is a document: whole, lines, or blocks,
	// which have an empty line between them.
	Split string `yaml:"split" default:"whole" key:"limit"`
	// Text is the text of a made document: {{answer}}, {{answer.question}} of an item that is
	// an object, {{text}} for the part of the text that was asked about, and fields of the
	// document. Default {{answer}}, or the recipe's.
	Text string `yaml:"text" key:"limit"`
	// Quote is the field of an item whose words must stand in the text. Rule ungrounded.
	Quote string `yaml:"quote" key:"limit"`
	// Question and Answer are templates as text is one, each with the other: made documents
	// have the columns question, answer and messages, in which both are in the form that
	// fine-tuning tools read, and with quote span. Default none, or those of grounded_qa.
	Question string `yaml:"question" key:"limit"`
	// Answer is the other of the two.
	Answer string `yaml:"answer" key:"limit"`
	// System is a message that stands first in messages, "" for none.
	System string `yaml:"system" key:"limit"`
	// Value is a JSON pointer to a number of an answer: no documents are made, and the column
	// value of the document has it, or the mean of several.
	Value string `yaml:"value" key:"limit"`
	// Keep keeps the document itself, before those that are made.
	Keep bool `yaml:"keep" default:"true" key:"limit"`
	Asking
}

func (g *Generate) settings() settings {
	return settings{g.Service, g.PromptFiles, g.Asking, g.Prompt, g.Keep}
}

// Validate checks the settings.
func (g *Generate) Validate() error {
	c := g.settings()
	if err := c.validate(); err != nil {
		return err
	}
	switch {
	case recipes[g.Prompt] != nil && recipes[g.Prompt].rewrites:
		return fmt.Errorf("prompt: %s is a recipe of rephrase", g.Prompt)
	case g.Count < 1 || g.Count > 1000:
		return fmt.Errorf("count: %d: want 1 to 1000", g.Count)
	case g.Repairs < 0 || g.Repairs > 10:
		return fmt.Errorf("repairs: %d: want 0 to 10", g.Repairs)
	case g.Split != "whole" && g.Split != "lines" && g.Split != "blocks":
		return fmt.Errorf("split: %q: want whole, lines or blocks", g.Split)
	case (g.Question == "") != (g.Answer == ""):
		return errors.New("question and answer: one goes with the other")
	case g.Question != "" && g.Value != "":
		return errors.New("question: no documents are made with value")
	}
	_, err := parsePointer(g.Documents)
	if err != nil {
		return fmt.Errorf("documents: %w", err)
	}
	if _, err := parsePointer(g.Value); err != nil {
		return fmt.Errorf("value: %w", err)
	}
	return nil
}

// GenerateDef defines the stage generate.
var GenerateDef = stage.DefineOpen("generate", 3, newGenerate)

func newGenerate(ctx context.Context, g Generate, env *stage.Env) (*GenerateStage, error) {
	s := &GenerateStage{maker: maker{set: g.settings(), count: g.Count, repairs: g.Repairs}, split: g.Split, quote: g.Quote}
	if err := s.open(ctx, env); err != nil {
		return nil, err
	}
	r, documents, value := s.recipe, g.Documents, g.Value
	form := g.Text
	own := g.Documents == "" && g.Value == "" && g.Schema == ""
	if own { // those of the recipe go together
		documents, value = r.documents, r.value
		if s.quote == "" {
			s.quote = r.quote
		}
	}
	if form == "" {
		if form = r.text; form == "" || g.Schema != "" {
			form = "{{answer}}"
		}
	}
	var err error
	if s.form, err = parseTemplate(form); err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	s.documents, _ = parsePointer(documents) // Validate has read those of the settings
	s.value, _ = parsePointer(value)
	s.values = value != ""
	if err := s.openSchema(ctx, g.Schema, env); err != nil {
		return nil, err
	}
	if s.schema == nil && (s.values || documents != "" || s.quote != "") {
		return nil, errors.New("schema: documents, quote and value are of JSON answers: name the file of their schema")
	}
	if err := s.openPair(g.Question, g.Answer, g.System, own); err != nil {
		return nil, err
	}
	s.seal(config.AnswerText(&g))
	return s, s.openBatch()
}

func (g *GenerateStage) openSchema(ctx context.Context, file string, env *stage.Env) (err error) {
	var b []byte
	switch {
	case file != "":
		b, err = readFile(ctx, file, env)
	case g.recipe.schema:
		b, err = recipeFiles.ReadFile("recipes/" + g.set.prompt + ".json")
	default:
		return nil
	}
	if err == nil {
		g.schema, err = parseSchema(b)
	}
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return nil
}

// GenerateStage is the opened stage. It is safe for concurrent use.
type GenerateStage struct {
	maker
	split, quote     string
	form             *template // of the text of a made document
	documents, value []string
	values           bool
	pair             *pairForm // nil makes none
}

// names are the fields of documents that templates name.
func (g *GenerateStage) names() (list []string) {
	named := g.form.fields()
	if g.pair != nil {
		named = slices.Concat(named, g.pair.question.fields(), g.pair.answer.fields())
	}
	for _, name := range g.fields(named...) {
		if name != "answer" && !strings.HasPrefix(name, "answer.") {
			list = append(list, name)
		}
	}
	return list
}

// FindColumns implements stage.ColumnFinder.
func (g *GenerateStage) FindColumns(columns corpus.Schema) error { return g.bind(g.names(), columns) }

// Reads implements stage.ColumnReader.
func (g *GenerateStage) Reads() []string { return g.reads(g.names()) }

// Cells implements stage.Generator.
func (g *GenerateStage) Cells() []corpus.Column {
	switch {
	case g.pair != nil:
		return append(provenance(), pairColumns()...)
	case !g.values:
		return provenance()
	}
	return append(provenance(), corpus.Column{Name: "value", Type: corpus.Float, Doc: "the number that the model gave, null where it gave none"})
}

// Rules are the rules that the stage may give.
func (*GenerateStage) Rules() []string {
	return append(append([]string{}, judgeRules...), "over_share", "ungrounded")
}

// Make implements stage.Generator.
func (g *GenerateStage) Make(d *corpus.Document, data []byte, emit func(stage.Made)) error {
	parts, texts, err := g.read(d, data)
	if err != nil {
		return err
	}
	if g.values {
		emit(stage.Made{Document: d, Cells: g.valued(d, parts)})
		return nil
	}
	if g.set.keep {
		emit(stage.Made{Document: d})
	}
	left := g.growth() * float64(len(d.Text))
	for i := range parts {
		p, part := &parts[i], texts[i/g.count].text
		if v := g.unusable(p); !v.Kept() {
			emit(stage.Made{Document: newDocument(d, withoutThoughts(p.Text)), Cells: g.cells(d, p), Verdict: v})
			continue
		}
		source := g.judge.source(part)
		items, err := g.items(p)
		if err != nil {
			return err
		}
		for _, item := range items {
			m, err := g.makeOf(d, item, p, source, place(d.Text, texts, i/g.count))
			if err != nil {
				return err
			}
			if m.Verdict.Kept() && g.capped() {
				if most, n := left, float64(len(m.Document.Text)); n > most {
					m.Verdict = corpus.Verdict{Rule: "over_share", Value: n, Limit: most}
				} else {
					left -= n
				}
			}
			emit(m)
		}
	}
	return nil
}

// makeOf makes a document of an item of the answer about a part of a text, which begins at a
// byte of it.
func (g *GenerateStage) makeOf(d *corpus.Document, item any, p *replyPart, part *source, begin int) (stage.Made, error) {
	all := g.fieldsOf(d, part.text, item, uint64(p.Seed), false)
	made, err := g.form.render(all)
	if err != nil {
		return stage.Made{}, fmt.Errorf("text: %w", err)
	}
	own, err := g.form.render(g.fieldsOf(d, part.text, item, uint64(p.Seed), true))
	if err != nil {
		return stage.Made{}, fmt.Errorf("text: %w", err)
	}
	m := stage.Made{Document: newDocument(d, strings.TrimSpace(made)), Cells: g.cells(d, p), Verdict: g.judge.decide(part, own)}
	start, end := -1, -1
	if g.quote != "" {
		quote, has := at(item, []string{g.quote})
		from, to, ok := grounded(plain(quote), part.text)
		if has && ok {
			start, end = begin+from, begin+to
		} else if m.Verdict.Kept() {
			m.Verdict = corpus.Verdict{Rule: "ungrounded", Value: 0, Limit: 1, Detail: firstRunes(plain(quote), 200)}
		}
	}
	if g.pair != nil {
		cells, err := g.pair.cells(all, start, end)
		if err != nil {
			return stage.Made{}, err
		}
		m.Cells = append(m.Cells, cells...)
	}
	return m, nil
}

// items are what of an answer becomes documents: strings, or what JSON has.
func (g *GenerateStage) items(p *replyPart) ([]any, error) {
	if g.schema == nil {
		s := strings.TrimSpace(withoutThoughts(p.Text))
		var list []any
		switch g.split {
		case "lines":
			for line := range strings.Lines(s) {
				if line = strings.TrimSpace(line); line != "" {
					list = append(list, line)
				}
			}
		case "blocks":
			for block := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
				if block = strings.TrimSpace(block); block != "" {
					list = append(list, block)
				}
			}
		default:
			list = append(list, s)
		}
		return list, nil
	}
	doc, err := g.schema.check(p.Text)
	if err != nil {
		return nil, fmt.Errorf("what was answered: %w", err) // it did fit when it was kept
	}
	x, ok := at(doc, g.documents)
	if !ok {
		return nil, nil
	}
	if list, ok := x.([]any); ok {
		return list, nil
	}
	return []any{x}, nil
}

// fieldsOf gives what templates name: the item and, but for what the model said alone, the
// part of the text and the document.
func (g *GenerateStage) fieldsOf(d *corpus.Document, part string, item any, draw uint64, said bool) func(string) (string, error) {
	return func(name string) (string, error) {
		if name == "answer" {
			return plain(item), nil
		}
		if path, ok := strings.CutPrefix(name, "answer."); ok {
			v, ok := at(item, strings.Split(path, "."))
			if !ok {
				return "", nil // a field that the schema does not require
			}
			return plain(v), nil
		}
		if said {
			return "", nil
		}
		return g.field(d, part, name, draw)
	}
}

// valued are the cells of a document whose value the model gave: the mean of all answers that
// have one.
func (g *GenerateStage) valued(d *corpus.Document, parts []replyPart) []corpus.Value {
	sum, n := 0.0, 0
	for i := range parts {
		if v := g.unusable(&parts[i]); !v.Kept() {
			continue
		}
		doc, err := g.schema.check(parts[i].Text)
		if err != nil {
			continue
		}
		if v, ok := at(doc, g.value); ok {
			if x, err := strconv.ParseFloat(plain(v), 64); err == nil {
				sum, n = sum+x, n+1
			}
		}
	}
	value := corpus.Null
	if n > 0 {
		value = corpus.Float64(sum / float64(n))
	}
	return append(g.cells(d, &parts[0]), value)
}
