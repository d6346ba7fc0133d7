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
	"time"

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
	// Server is its address, such as http://localhost:8000, with the path before
	// /chat/completions, /v1 where there is none.
	Server string `yaml:"server" key:"-"`
	// API is chat or completions.
	API string `yaml:"api" default:"chat"`
	// Model is the name that the server knows the model by.
	Model string `yaml:"model"`
	// Serves is the name that its answers bear where it is not the model's, or that with
	// something behind it; a * at its end stands for anything.
	Serves string `yaml:"serves" key:"-"`
	// License are the terms of the model's answers, such as apache-2.0; each made document
	// has them in a column.
	License string `yaml:"license" key:"limit"`
	// APIKeyEnv is the name of the variable of the environment with the key.
	APIKeyEnv string `yaml:"api_key_env" key:"-"`
	// Prompt is a recipe (wikipedia, distill, extract_knowledge, knowledge_list) or a file:
	// messages behind lines such as [system] and [user], with {{text}} and other fields of
	// the document.
	Prompt string `yaml:"prompt" default:"wikipedia" key:"-"`
	// PromptZH is a file for texts in Chinese characters in its place; recipes have one.
	PromptZH string `yaml:"prompt_zh" key:"-"`
	// Lists are files of lines, by the names of fields: a field is a line drawn by the
	// document's ID.
	Lists map[string]string `yaml:"lists" key:"-"`
	// Keep keeps the document itself, before its rewriting.
	Keep bool `yaml:"keep" key:"limit"`
	// Sampling says how the model draws its words.
	Sampling Sampling `yaml:"sampling"`
	// ChunkChars is the most code points of a request: longer texts are cut at sentences. 0 is
	// the recipe's, 2000 or 4000, and -1 without one does not cut.
	ChunkChars int `yaml:"chunk_chars"`
	// MinChars is the least code points of a text that is rewritten; others go past.
	MinChars int `yaml:"min_chars" default:"1" key:"limit"`
	// MaxChars is the most of them.
	MaxChars int `yaml:"max_chars" default:"100000" key:"limit"`
	// Sample is the share of the documents that are rewritten, 0 to 1, by their IDs.
	Sample float64 `yaml:"sample" default:"1" key:"limit"`
	// MaxShare bounds the bytes that are made as a share of all that leave the stage, 0 to 1:
	// in each batch of 128 documents, so in the run too. Documents go past where it would be
	// exceeded.
	MaxShare float64 `yaml:"max_share" default:"1" key:"limit"`
	// MaxShareOfSource is the same for the documents of each source.
	MaxShareOfSource float64 `yaml:"max_share_of_source" default:"1" key:"limit"`
	// Judge are the limits of what comes back.
	Judge Judge `yaml:"judge" key:"limit"`
	// Budget bounds what is spent. The run stops with exit code 75 when it is, and the same
	// line goes on with more.
	Budget Budget `yaml:"budget" key:"-"`
	// Batch is a folder: requests are written there as files of OpenAI's batch form, the run
	// stops with exit code 75, and the same line goes on when files of answers are there.
	Batch string `yaml:"batch" key:"-"`
	// Requests is the most requests under way at once, of a process, 1 to 4096: how many are,
	// follows what the server bears.
	Requests int `yaml:"requests" default:"64" key:"-"`
	// Tries is how often a request is made at most, 1 to 100, with pauses that double up to
	// half a minute or as the server says.
	Tries int `yaml:"tries" default:"8" key:"-"`
	// Timeout is that of a try.
	Timeout time.Duration `yaml:"timeout" default:"120s" key:"-"`
}

func (r *Rephrase) common() common {
	return common{server: r.Server, api: r.API, model: r.Model, serves: r.Serves, license: r.License, keyEnv: r.APIKeyEnv,
		prompt: r.Prompt, promptZH: r.PromptZH, sampling: r.Sampling, judge: r.Judge, budget: r.Budget, lists: r.Lists, keep: r.Keep,
		minChars: r.MinChars, maxChars: r.MaxChars, chunkChars: r.ChunkChars, sample: r.Sample, maxShare: r.MaxShare,
		maxShareOfSource: r.MaxShareOfSource, batch: r.Batch, requests: r.Requests, tries: r.Tries, timeout: r.Timeout}
}

// Validate checks the settings.
func (r *Rephrase) Validate() error {
	if x := recipes[r.Prompt]; x != nil && !x.rewrites {
		return fmt.Errorf("prompt: %s is a recipe of generate", r.Prompt)
	}
	c := r.common()
	return c.validate()
}

// RephraseDef defines the stage rephrase.
var RephraseDef = stage.DefineOpen("rephrase", 1, newRephrase)

func newRephrase(ctx context.Context, r Rephrase, env *stage.Env) (*RephraseStage, error) {
	s := &RephraseStage{maker{common: r.common(), count: 1}}
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
	if m.common.batch == "" {
		return nil
	}
	s := completion.Settings{Path: "/chat/completions", Model: m.model, Serves: m.serves}
	if m.api == "completions" {
		s.Path = "/completions"
	}
	m.batch, err = completion.OpenBatch(filepath.Clean(m.common.batch), s)
	return err
}

// RephraseStage is the opened stage. It is safe for concurrent use.
type RephraseStage struct{ maker }

// Bind implements stage.Binder.
func (r *RephraseStage) Bind(column func(string) (corpus.Column, error)) error {
	return r.bind(r.fields(), column)
}

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
	if r.keep {
		emit(stage.Made{Document: d})
	}
	emit(stage.Made{Document: newDocument(d, out), Cells: r.cells(d, &parts[0]), Verdict: verdict})
	return nil
}
