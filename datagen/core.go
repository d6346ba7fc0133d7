package datagen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/completion"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// maker is what both stages are: it asks about documents, and reads what was answered.
type maker struct {
	set      settings
	recipe   *recipe
	prompts  *prompts
	judge    *judge
	schema   *schema // nil is plain text
	repairs  int
	count    int // requests about a part of a text
	more     []parameter
	chunk    int
	tokens   int
	settings string // digest of what changes an answer
	digest   string
	columns  map[string]corpus.Column // of fields that the input has
	lists    map[string][]string
	client   *completion.Client
	batch    *completion.Batch
	purse    *purse
}

// plainRecipe is what a prompt of the user's goes with.
var plainRecipe = recipe{tokens: 1024, ratio: 1}

// open loads what the settings name. It asks nobody.
func (m *maker) open(ctx context.Context, env *stage.Env) (err error) {
	m.recipe = &plainRecipe
	r := recipes[m.set.prompt]
	if r != nil {
		m.recipe = r
	}
	if m.prompts, err = openPrompts(ctx, m.set.prompt, m.set.PromptZH, r, env); err != nil {
		return err
	}
	if m.more, err = parameters(m.set.Sampling.Parameters); err != nil {
		return err
	}
	m.chunk, m.tokens = m.recipe.chunk, m.recipe.tokens
	if m.set.ChunkChars != 0 {
		m.chunk = max(m.set.ChunkChars, 0)
	}
	if m.set.Sampling.MaxTokens != 0 {
		m.tokens = m.set.Sampling.MaxTokens
	}
	m.judge = newJudge(m.set.Judge, m.recipe, m.prompts)
	if _, on := m.judge.maxLanguage.Get(); on && env.Languages != nil {
		if m.judge.linguist, err = env.Languages(ctx); err != nil {
			return err
		}
	}
	if err := m.openLists(ctx, env); err != nil {
		return err
	}
	key, err := keyOf(env, m.set.APIKeyEnv)
	if err != nil {
		return err
	}
	s := completion.Settings{Server: m.set.Server, Path: "/chat/completions", Key: key, Model: m.set.Model, Serves: m.set.Serves,
		Requests: m.set.Requests, Tries: m.set.Tries, Timeout: m.set.Timeout}
	if m.set.API == "completions" {
		s.Path = "/completions"
	}
	m.purse = newPurse(m.set.Budget, m.set.Batch == "")
	if m.set.Batch == "" {
		m.client, err = completion.New(s)
	}
	return err
}

// openLists reads the lists whose lines become fields.
func (m *maker) openLists(ctx context.Context, env *stage.Env) error {
	m.lists = map[string][]string{}
	for name, file := range m.set.Lists {
		if !validField(name) || isDocumentField(name) {
			return fmt.Errorf("lists: %q: want a name of letters, digits and low lines that no field of documents has", name)
		}
		b, err := readFile(ctx, file, env)
		if err != nil {
			return fmt.Errorf("lists: %s: %w", name, err)
		}
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(line); line != "" {
				m.lists[name] = append(m.lists[name], strings.ToValidUTF8(line, "\uFFFD"))
			}
		}
		if len(m.lists[name]) == 0 {
			return fmt.Errorf("lists: %s: %s has no line", name, file)
		}
	}
	return nil
}

// documentFields are the fields that every document has.
var documentFields = map[string]func(*corpus.Document) string{
	"id":         func(d *corpus.Document) string { return d.ID },
	"url":        func(d *corpus.Document) string { return d.URL },
	"host":       func(d *corpus.Document) string { return d.Host() },
	"lang":       func(d *corpus.Document) string { return d.Lang },
	"source":     func(d *corpus.Document) string { return d.Origin.Source },
	"fetched_at": func(d *corpus.Document) string { return d.FetchedAt },
}

func isDocumentField(name string) bool {
	return documentFields[name] != nil || name == "text" || name == "answer"
}

// fields are those that templates name, beside text and lists.
func (m *maker) fields(more ...string) (names []string) {
	for _, name := range append(m.prompts.base.fields(), more...) {
		names = append(names, name)
	}
	if m.prompts.zh != nil {
		names = append(names, m.prompts.zh.fields()...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "text" || m.lists[name] != nil })
}

// bind finds the columns of the fields that not every document has.
func (m *maker) bind(names []string, columns corpus.Schema) error {
	m.columns = map[string]corpus.Column{}
	for _, name := range names {
		if documentFields[name] != nil {
			continue
		}
		c, err := stage.FindColumn(columns, name)
		if err != nil {
			return fmt.Errorf("prompt %s: {{%s}}: it is no list of lists, and %w", m.prompts.id, name, err)
		}
		m.columns[name] = c
	}
	return nil
}

// reads are the columns that an answer hangs on.
func (m *maker) reads(names []string) []string {
	columns := []string{"text", "id"} // the seed is of the ID
	for _, name := range names {
		if c, ok := m.columns[name]; ok {
			columns = append(columns, c.Name)
		} else if documentFields[name] != nil {
			columns = append(columns, name)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// field is the value of a field in a request about a part of a document.
func (m *maker) field(d *corpus.Document, part, name string, draw uint64) (string, error) {
	if name == "text" {
		return part, nil
	}
	if get := documentFields[name]; get != nil {
		return get(d), nil
	}
	if list := m.lists[name]; list != nil {
		return list[xxh3.HashStringSeed(name, draw)%uint64(len(list))], nil
	}
	c, ok := m.columns[name]
	if !ok {
		return "", fmt.Errorf("no field %q", name)
	}
	v := c.Value(d)
	if v.Null {
		return "", nil
	}
	return c.Type.Text(v), nil
}

// promptFor is the prompt in the language of a text.
func (m *maker) promptFor(s string) *prompt {
	if m.prompts.zh != nil && text.DominantScript(s) == text.Han {
		return m.prompts.zh
	}
	return m.prompts.base
}

// seedOf is the seed of a try: the same for the same document and settings.
func (m *maker) seedOf(id string, number, try int) uint32 {
	h := xxh3.HashStringSeed(id+"\x00"+strconv.Itoa(number)+"\x00"+strconv.Itoa(try), m.set.Sampling.Seed)
	return uint32(h) & 0x7fffffff // servers take 31 bits
}

// reply is what is kept of a document: the last answer about each part, count of them.
type reply struct {
	Parts []replyPart `json:"parts"`
}

type replyPart struct {
	completion.Answer
	Seed uint32 `json:"seed"`
	// Repaired is how often the model was told that its answer does not fit, Invalid why the
	// last one does not.
	Repaired int    `json:"repaired,omitempty"`
	Invalid  string `json:"invalid,omitempty"`
}

// request is one question about a part of a document.
type request struct {
	number int
	turns  []turn
	part   string
}

// requests are the questions about a document.
func (m *maker) requestsOf(d *corpus.Document) (list []request, err error) {
	for _, c := range chunks(d.Text, m.chunk) {
		p := m.promptFor(c.text)
		for range m.count {
			r := request{number: len(list), part: c.text}
			draw := xxh3.HashStringSeed(d.ID, m.set.Sampling.Seed+uint64(r.number)+1)
			for _, msg := range p.messages {
				content, err := msg.render(func(name string) (string, error) { return m.field(d, c.text, name, draw) })
				if err != nil {
					return nil, fmt.Errorf("prompt %s: %w", m.prompts.id, err)
				}
				r.turns = append(r.turns, turn{msg.role, content})
			}
			list = append(list, r)
		}
	}
	return list, nil
}

// most is what the answers to requests may cost at most, as far as a prompt's tokens can be
// told.
func (m *maker) most(list []request) (s stage.Spending) {
	for _, r := range list {
		s.Requests++
		s.CompletionTokens += int64(m.tokens)
		for _, t := range r.turns {
			s.PromptTokens += tokensOf(t.Content) + 8
		}
	}
	return s
}

// Generate implements stage.Generator.
func (m *maker) Generate(ctx context.Context, d *corpus.Document) (stage.Reply, error) {
	list, err := m.requestsOf(d)
	if err != nil {
		return stage.Reply{}, err
	}
	most := m.most(list)
	if err := m.purse.reserve(ctx, most); err != nil {
		return stage.Reply{}, err
	}
	r, spent, err := m.askAll(ctx, d, list)
	if !errors.Is(err, completion.ErrWaiting) { // what waits stays reserved
		m.purse.settle(most, spent)
	}
	if errors.Is(err, completion.ErrWaiting) {
		err = stage.ErrWaiting
	}
	if err != nil {
		return stage.Reply{}, err
	}
	b, err := json.Marshal(r)
	return stage.Reply{Data: b, Spent: spent}, err
}

// askAll asks about the parts of a document, one after the other. Of a batch all that can be
// is asked for.
func (m *maker) askAll(ctx context.Context, d *corpus.Document, list []request) (r reply, spent stage.Spending, err error) {
	var waiting error
	for _, q := range list {
		part, err := m.askPart(ctx, d, q, &spent)
		if errors.Is(err, completion.ErrWaiting) {
			waiting = err
			continue
		}
		if err != nil {
			return r, spent, err
		}
		r.Parts = append(r.Parts, part)
	}
	return r, spent, waiting
}

// askPart asks one question, and has the model repair an answer that does not fit.
func (m *maker) askPart(ctx context.Context, d *corpus.Document, q request, spent *stage.Spending) (replyPart, error) {
	turns := q.turns
	for try := 0; ; try++ {
		b := body{Model: m.set.Model, MaxTokens: m.tokens, Seed: m.seedOf(d.ID, q.number, try)}
		if m.set.API == "chat" {
			b.Messages = turns
		} else {
			b.Prompt = plainPrompt(turns)
		}
		if t, on := m.set.Sampling.Temperature.Or(stage.At(defaultTemperature)).Get(); on {
			b.Temperature = &t
		}
		if p, on := m.set.Sampling.TopP.Get(); on {
			b.TopP = &p
		}
		if m.schema != nil {
			b.Format = formatOf(m.schema.text)
		}
		encoded, err := b.encode(m.more)
		if err != nil {
			return replyPart{}, err
		}
		a, err := m.ask(ctx, encoded)
		if err != nil {
			return replyPart{}, err
		}
		spent.Add(stage.Spending{Requests: 1, PromptTokens: a.Prompt, CompletionTokens: a.Completion})
		part := replyPart{Answer: a, Seed: b.Seed, Repaired: try}
		if m.schema == nil || a.Refused != "" {
			return part, nil
		}
		if _, err = m.schema.check(a.Text); err == nil {
			return part, nil
		}
		part.Invalid = err.Error()
		if try >= m.repairs {
			return part, nil
		}
		turns = slices.Concat(q.turns, []turn{{"assistant", a.Text}, {"user", repairWords(q.part, part.Invalid)}})
	}
}

const defaultTemperature = 0.7

func repairWords(part, fault string) string {
	if text.DominantScript(part) == text.Han {
		return "你的回答不符合要求:" + fault + "。请重新回答,只输出符合要求的 JSON,不要任何说明。"
	}
	return "Your answer cannot be used: " + fault + ". Answer again, with JSON alone that fits what was asked for, and no remark."
}

// plainPrompt is a prompt for a model without a chat.
func plainPrompt(turns []turn) string {
	var b strings.Builder
	for i, t := range turns {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(t.Content)
	}
	b.WriteByte('\n')
	return b.String()
}

func (m *maker) ask(ctx context.Context, body []byte) (completion.Answer, error) {
	if m.batch != nil {
		return m.batch.Ask(body)
	}
	return m.client.Ask(ctx, body)
}

// Spent implements stage.Spender.
func (m *maker) Spent(s stage.Spending) { m.purse.add(s) }

// Forecast implements stage.Forecaster.
func (m *maker) Forecast(d *corpus.Document) stage.Spending {
	list, err := m.requestsOf(d)
	if err != nil {
		return stage.Spending{}
	}
	s := m.most(list)
	s.CompletionTokens = 0
	for _, q := range list {
		s.CompletionTokens += min(int64(m.recipe.ratio*float64(tokensOf(q.part)))+1, int64(m.tokens))
	}
	return s
}

// Estimate implements stage.Forecaster.
func (m *maker) Estimate(s stage.Spending) string {
	line := fmt.Sprintf("about %d requests, %d tokens of prompts and %d of answers", s.Requests, s.PromptTokens, s.CompletionTokens)
	if m.set.Budget.PromptPrice+m.set.Budget.CompletionPrice > 0 {
		line += fmt.Sprintf(", $%.2f", m.set.Budget.usd(s))
	}
	switch {
	case m.set.Budget.Tokens > 0 && m.set.Budget.USD > 0:
		line += fmt.Sprintf("; the budget is %d tokens and $%g", m.set.Budget.Tokens, m.set.Budget.USD)
	case m.set.Budget.Tokens > 0:
		line += fmt.Sprintf("; the budget is %d tokens", m.set.Budget.Tokens)
	case m.set.Budget.USD > 0:
		line += fmt.Sprintf("; the budget is $%g", m.set.Budget.USD)
	}
	return line
}

// RequestDocuments implements stage.Remote.
func (*maker) RequestDocuments() int { return 1 }

// Requests implements stage.Remote.
func (m *maker) Requests() int { return m.set.Requests }

// requestBytes is what a request takes while it is under way: its prompt and answer, several
// times, and a connection.
const requestBytes = 192 << 10

// HoldsBytes implements stage.Holder.
func (m *maker) HoldsBytes(workers int) (n int64) {
	n = int64(m.set.Requests) * requestBytes
	if m.judge.linguist != nil {
		n += m.judge.linguist.HoldsBytes(workers)
	}
	for _, list := range m.lists {
		for _, line := range list {
			n += int64(len(line)) + 16
		}
	}
	return n + int64(len(m.judge.echoes))*32
}

// takesWord and takesByte are what judging takes for a word and a byte of a text and of what
// was made of it: hashes, and sets of them.
const (
	takesWord = 160
	takesByte = 4
)

// TakesBytes implements stage.Taker. Texts that are not asked about take nothing.
func (m *maker) TakesBytes(d *corpus.Document, words int64) int64 {
	most := int64(m.set.MaxChars) * utf8.UTFMax
	return min(words, int64(m.set.MaxChars))*takesWord + min(int64(len(d.Text)), most)*takesByte
}

// Digest implements stage.Digester: what the prompts and lists say.
func (m *maker) Digest() string { return m.digest }

// JudgeDigest implements stage.Judger: what names languages.
func (m *maker) JudgeDigest() string {
	if m.judge.linguist == nil {
		return ""
	}
	return m.judge.linguist.Digest()
}

// Asked implements stage.Finisher.
func (m *maker) Asked() error {
	if m.batch == nil {
		return nil
	}
	err := m.batch.Finish()
	if errors.Is(err, completion.ErrWaiting) {
		return waitError{err}
	}
	return err
}

// waitError is one of a batch, for the engine.
type waitError struct{ error }

// Is says that it is stage.ErrWaiting too.
func (waitError) Is(target error) bool { return target == stage.ErrWaiting }

// Close drops connections and lets another process have the folder.
func (m *maker) Close() error {
	var errs []error
	if m.client != nil {
		m.client.Close()
	}
	if c, ok := m.judge.linguist.(io.Closer); ok {
		errs = append(errs, c.Close())
	}
	if m.batch != nil {
		errs = append(errs, m.batch.Close())
	}
	return errors.Join(errs...)
}

// Writes implements stage.ColumnWriter.
func (*maker) Writes() []string { return []string{"text"} }

// provenance are the columns that each made document has.
func provenance() []corpus.Column {
	return []corpus.Column{
		{Name: "model", Type: corpus.String, Few: true, Doc: "the model that made it, as the server names it"},
		{Name: "license", Type: corpus.String, Few: true, Doc: "the terms of that model's answers, as the pipeline says"},
		{Name: "prompt", Type: corpus.String, Few: true, Doc: "the recipe, or the name of the prompt's file"},
		{Name: "prompt_sha256", Type: corpus.String, Few: true, Doc: "digest of the prompt"},
		{Name: "settings", Type: corpus.String, Few: true, Doc: "digest of all settings that change an answer"},
		{Name: "source_id", Type: corpus.String, Doc: "ID of the document that it was made of"},
		{Name: "seed", Type: corpus.Int, Doc: "seed of the request, of the first of several"},
	}
}

// cells are the provenance of what an answer became.
func (m *maker) cells(d *corpus.Document, p *replyPart) []corpus.Value {
	pr := m.promptFor(d.Text)
	return []corpus.Value{corpus.Str(p.Model), corpus.Str(m.set.License), corpus.Str(m.prompts.id), corpus.Str(pr.digest),
		corpus.Str(m.settings), corpus.Str(d.ID), corpus.Int64(int64(p.Seed))}
}

// newDocument is a document with a text that was made of another one.
func newDocument(d *corpus.Document, s string) *corpus.Document {
	return &corpus.Document{URL: d.URL, Lang: d.Lang, FetchedAt: d.FetchedAt, Text: s}
}

// read reads what was kept of a document. The parts of its text are those that were asked
// about: what they hang on is part of the key of the answers.
func (m *maker) read(d *corpus.Document, data []byte) ([]replyPart, []chunk, error) {
	var r reply
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, nil, fmt.Errorf("what was answered: %w", err)
	}
	parts := chunks(d.Text, m.chunk)
	if len(r.Parts) != len(parts)*m.count {
		return nil, nil, fmt.Errorf("%d answers about %d parts of a text, %d each", len(r.Parts), len(parts), m.count)
	}
	for i := range r.Parts {
		if r.Parts[i].Model == "" {
			r.Parts[i].Model = m.set.Model
		}
	}
	return r.Parts, parts, nil
}

// unusable says of an answer what does not hang on its text.
func (m *maker) unusable(p *replyPart) corpus.Verdict {
	switch {
	case p.Refused != "":
		return corpus.Verdict{Rule: "not_answered", Detail: firstRunes(p.Refused, 300)}
	case p.Invalid != "":
		return corpus.Verdict{Rule: "invalid", Value: float64(p.Repaired), Limit: float64(m.repairs), Detail: firstRunes(p.Invalid, 300)}
	case m.judge.cutOff && p.Finish == "length":
		return corpus.Verdict{Rule: "cut_off", Value: float64(p.Completion), Limit: float64(m.tokens)}
	case slices.Contains(m.recipe.none, strings.Trim(strings.TrimSpace(withoutThoughts(p.Text)), ".。\"")):
		return corpus.Verdict{Rule: "nothing_made", Detail: "the model found nothing"}
	}
	return corpus.Keep
}
