package datagen

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/completion"
	"github.com/corpusmill/corpusmill/stage"
)

// Rephrase has a language model on a server rewrite each document, by OpenAI's protocol
// (vLLM, SGLang, llama.cpp, hosted ones) at once or by files of its batch form. The
// rewriting takes the document's place, or stands behind it. A long text is cut at sentences,
// and its parts are joined again. What is no rewriting is dropped with a rule. Answers are
// kept in the run folder, and asked for once. The recipes wikipedia, distill,
// extract_knowledge and knowledge_list are Nemotron-CC's (Su et al. 2024,
// arXiv:2412.02595) in other words.
type Rephrase struct {
	Service
	// Prompt is a recipe (wikipedia, distill, extract_knowledge, knowledge_list) or a file:
	// messages behind lines such as [system] and [user], with {{text}} and other fields of
	// the document.
	Prompt string `yaml:"prompt" default:"wikipedia" key:"-"`
	PromptFiles
	// Keep keeps the document itself, before its rewriting.
	Keep bool `yaml:"keep" key:"limit"`
	Asking
}

func (r *Rephrase) settings() settings {
	return settings{r.Service, r.PromptFiles, r.Asking, r.Prompt, r.Keep}
}

// Validate checks the settings.
func (r *Rephrase) Validate() error {
	if x := recipes[r.Prompt]; x != nil && !x.rewrites {
		return fmt.Errorf("prompt: %s is a recipe of generate", r.Prompt)
	}
	c := r.settings()
	return c.validate()
}

// RephraseDef defines the stage rephrase.
var RephraseDef = stage.DefineOpen("rephrase", 2, newRephrase)

func newRephrase(ctx context.Context, r Rephrase, env *stage.Env) (*RephraseStage, error) {
	s := &RephraseStage{maker{set: r.settings(), count: 1}}
	if err := s.open(ctx, env); err != nil {
		return nil, err
	}
	s.seal(config.AnswerText(&r))
	return s, s.openBatch()
}

// seal makes the digests, when all is loaded that they hang on.
func (m *maker) seal(settings string) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m.lists)) {
		fmt.Fprintf(h, "%s %q\n", name, m.lists[name])
	}
	if m.schema != nil {
		fmt.Fprintf(h, "%s\n", m.schema.text)
	}
	m.digest = fmt.Sprintf("%s %s %d %d %x", m.prompts.id, m.prompts.digest, m.chunk, m.tokens, h.Sum(nil)[:16])
	sum := sha256.Sum256([]byte(settings + m.digest))
	m.settings = hex.EncodeToString(sum[:8])
}

// openBatch takes the folder of a batch.
func (m *maker) openBatch() (err error) {
	if m.set.Batch == "" {
		return nil
	}
	s := completion.Settings{Path: "/chat/completions", Model: m.set.Model, Serves: m.set.Serves}
	if m.set.API == "completions" {
		s.Path = "/completions"
	}
	m.batch, err = completion.OpenBatch(filepath.Clean(m.set.Batch), s)
	return err
}

// RephraseStage is the opened stage. It is safe for concurrent use.
type RephraseStage struct{ maker }

// FindColumns implements stage.ColumnFinder.
func (r *RephraseStage) FindColumns(columns corpus.Schema) error { return r.bind(r.fields(), columns) }

// Reads implements stage.ColumnReader.
func (r *RephraseStage) Reads() []string { return r.reads(r.fields()) }

// Cells implements stage.Generator.
func (*RephraseStage) Cells() []corpus.Column { return provenance() }

// Rules are the rules that the stage may give.
func (*RephraseStage) Rules() []string { return append(slices.Clone(judgeRules), "over_share") }

// Make implements stage.Generator.
func (r *RephraseStage) Make(d *corpus.Document, data []byte, emit func(stage.Made)) error {
	parts, texts, err := r.read(d, data)
	if err != nil {
		return err
	}
	made, verdict := make([]string, len(parts)), corpus.Keep
	for i := range parts {
		v := r.unusable(&parts[i])
		if v.Rule == "nothing_made" && len(parts) > 1 { // of a part that holds nothing
			continue
		}
		verdict = stage.First(verdict, v)
		made[i] = withoutThoughts(parts[i].Text)
		if i > 0 && verdict.Kept() && r.judge.refusals {
			if phrase := refusal(made[i]); phrase != "" {
				verdict = corpus.Verdict{Rule: "refusal", Value: 1, Detail: phrase}
			}
		}
	}
	out := strings.TrimSpace(joined(made, texts))
	if verdict.Kept() {
		verdict = r.judge.decide(r.judge.source(d.Text), out)
	}
	if most := r.growth() * float64(len(d.Text)); verdict.Kept() && r.capped() && float64(len(out)) > most {
		verdict = corpus.Verdict{Rule: "over_share", Value: float64(len(out)), Limit: most}
	}
	if r.set.keep {
		emit(stage.Made{Document: d})
	}
	emit(stage.Made{Document: newDocument(d, out), Cells: r.cells(d, &parts[0]), Verdict: verdict})
	return nil
}
