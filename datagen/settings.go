// Package datagen makes documents of documents by a language model on a server: rewritings
// (rephrase), and new ones of any number (generate). What a model answered is kept in the run
// folder and judged when it becomes documents, so that other limits ask nothing anew.
package datagen

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/corpusmill/corpusmill/internal/completion"
	"github.com/corpusmill/corpusmill/stage"
)

// Budget bounds what a run may spend, with what earlier calls of it spent. A request under
// way counts with all tokens that it may take, so that the budget holds.
type Budget struct {
	// Tokens is the most tokens, of prompts and answers; 0 is no bound.
	Tokens int64 `yaml:"tokens"`
	// USD is the most money, by the prices; 0 is no bound.
	USD float64 `yaml:"usd"`
	// PromptPrice is that of a million tokens of prompts, in US dollars.
	PromptPrice float64 `yaml:"prompt_price"`
	// CompletionPrice is that of a million tokens of answers, in US dollars.
	CompletionPrice float64 `yaml:"completion_price"`
}

// Sampling says how a model draws the words of an answer.
type Sampling struct {
	// Temperature is 0 to 2; off sends none. Default 0.7.
	Temperature stage.Limit `yaml:"temperature"`
	// TopP is the share of the likeliest words that it draws from, 0 to 1; off, the default,
	// sends none.
	TopP stage.Limit `yaml:"top_p"`
	// MaxTokens is the most tokens of an answer, 1 to 1000000; 0 is the recipe's, 1024
	// without one.
	MaxTokens int `yaml:"max_tokens"`
	// Seed is mixed with the document's ID into the seed of each request.
	Seed uint64 `yaml:"seed"`
	// Parameters are more keys of the request, as a JSON object, such as
	// {"chat_template_kwargs": {"enable_thinking": false}}; one of null takes a key away.
	Parameters string `yaml:"parameters"`
}

// Judge are the limits of what comes back. "default" is the recipe's; off does not look.
type Judge struct {
	// MinRatio is the least length of an answer, in code points, as a share of that of its
	// text. Rule too_short.
	MinRatio stage.Limit `yaml:"min_ratio"`
	// MaxRatio is the greatest. Rule too_long.
	MaxRatio stage.Limit `yaml:"max_ratio"`
	// MaxCopied is the greatest share of an answer's n-grams that stand in its text: above, it
	// is a copy. Rule copy.
	MaxCopied stage.Limit `yaml:"max_copied"`
	// NGram is the number of words of those, 1 to 50; characters of Chinese and Japanese.
	NGram int `yaml:"ngram" default:"5"`
	// MinShared is the least share of an answer's different words that stand in its text:
	// below, it is about something else. Rule drift.
	MinShared stage.Limit `yaml:"min_shared"`
	// MaxEcho is the greatest share of an answer's 8-grams that stand in the prompt's own
	// words. Rule prompt_echo. Default 0.1.
	MaxEcho stage.Limit `yaml:"max_echo"`
	// MinScript is the least share of an answer's letters in the writing of its text. Rule
	// other_script. Default 0.5.
	MinScript stage.Limit `yaml:"min_script"`
	// MaxLanguage is the greatest score that an answer may have in another language than its
	// text, where that one is as sure; off does not ask for languages. Rule other_language.
	// Default 0.8.
	MaxLanguage stage.Limit `yaml:"max_language"`
	// Refusals drops answers that begin by saying that the model cannot or may not, in English
	// or Chinese. Rule refusal.
	Refusals bool `yaml:"refusals" default:"true"`
	// CutOff drops answers that ended at max_tokens. Rule cut_off.
	CutOff bool `yaml:"cut_off" default:"true"`
}

// Service is a model on a server.
type Service struct {
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
}

// PromptFiles are what goes with a prompt.
type PromptFiles struct {
	// PromptZH is a file for texts in Chinese characters in its place; recipes have one.
	PromptZH string `yaml:"prompt_zh" key:"-"`
	// Lists are files of lines, by the names of fields, such as persona: a field is a line
	// drawn by the document's ID.
	Lists map[string]string `yaml:"lists" key:"-"`
}

// Asking says which documents a model is asked about, how, and what may come of it.
type Asking struct {
	// Sampling says how the model draws its words.
	Sampling Sampling `yaml:"sampling"`
	// ChunkChars is the most code points of a request: longer texts are cut at sentences. 0 is
	// the recipe's, 1000 to 4000, and -1 without one does not cut.
	ChunkChars int `yaml:"chunk_chars"`
	// MinChars is the least code points of a text that is asked about; others go past.
	MinChars int `yaml:"min_chars" default:"1" key:"limit"`
	// MaxChars is the most of them.
	MaxChars int `yaml:"max_chars" default:"100000" key:"limit"`
	// Sample is the share of the documents that are asked about, 0 to 1, by their IDs.
	Sample float64 `yaml:"sample" default:"1" key:"limit"`
	// MaxShare bounds the bytes that are made as a share of all that leave the stage, 0 to 1:
	// in each batch of 128 documents, so in the run too. Documents go past where it could be
	// exceeded. It is a bound and no target: before a document is asked about, what is made of
	// it counts with the length that judge.max_ratio allows (4 times the text's where that is
	// off), since what the answers have in the end no other batch or process knows. A lower
	// max_ratio lets more documents through.
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

// settings are those that both stages have.
type settings struct {
	Service
	PromptFiles
	Asking
	prompt string
	keep   bool
}

func (s *settings) validate() error {
	if s.Batch == "" {
		if _, err := completion.Address(s.Server); err != nil {
			return err
		}
	}
	switch {
	case s.API != "chat" && s.API != "completions":
		return fmt.Errorf("api: %q: want chat or completions", s.API)
	case s.Model == "":
		return errors.New("model: name the model, as the server knows it")
	case s.License == "":
		return errors.New("license: say on what terms the model's answers may be used, such as apache-2.0: each made document has it")
	case s.prompt == "":
		return fmt.Errorf("prompt: name a file or a recipe: %v", recipeNames())
	case s.MinChars < 0 || s.MaxChars < 1 || s.MinChars > s.MaxChars:
		return fmt.Errorf("min_chars and max_chars: %d to %d: want a range from 0 on", s.MinChars, s.MaxChars)
	case s.ChunkChars < -1:
		return fmt.Errorf("chunk_chars: %d: want -1, which does not cut, 0, or a size", s.ChunkChars)
	case !(s.Sample > 0 && s.Sample <= 1):
		return fmt.Errorf("sample: %g: want a share above 0, 1 at most", s.Sample)
	case !(s.MaxShare > 0 && s.MaxShare <= 1):
		return fmt.Errorf("max_share: %g: want a share above 0, 1 at most", s.MaxShare)
	case !(s.MaxShareOfSource > 0 && s.MaxShareOfSource <= 1):
		return fmt.Errorf("max_share_of_source: %g: want a share above 0, 1 at most", s.MaxShareOfSource)
	case s.Requests < 1 || s.Requests > 4096:
		return fmt.Errorf("requests: %d: want 1 to 4096", s.Requests)
	case s.Tries < 1 || s.Tries > 100:
		return fmt.Errorf("tries: %d: want 1 to 100", s.Tries)
	case s.Timeout <= 0:
		return fmt.Errorf("timeout: %v: must be positive", s.Timeout)
	}
	return errors.Join(s.Sampling.validate(), s.Judge.validate(), s.Budget.validate())
}

func (s *Sampling) validate() error {
	if t, on := s.Temperature.Get(); on && !(t >= 0 && t <= 2) {
		return fmt.Errorf("sampling: temperature: %g: want 0 to 2, or off", t)
	}
	if p, on := s.TopP.Get(); on && !(p > 0 && p <= 1) {
		return fmt.Errorf("sampling: top_p: %g: want a share above 0, 1 at most, or off", p)
	}
	if s.MaxTokens < 0 || s.MaxTokens > 1_000_000 {
		return fmt.Errorf("sampling: max_tokens: %d: want 1 to 1000000, or 0", s.MaxTokens)
	}
	if _, err := parameters(s.Parameters); err != nil {
		return fmt.Errorf("sampling: parameters: %w", err)
	}
	return nil
}

func (j *Judge) validate() error {
	if j.NGram < 1 || j.NGram > 50 {
		return fmt.Errorf("judge: ngram: %d: want 1 to 50", j.NGram)
	}
	return nil
}

func (b *Budget) validate() error {
	switch {
	case b.Tokens < 0 || b.USD < 0 || b.PromptPrice < 0 || b.CompletionPrice < 0:
		return errors.New("budget: want no negative numbers")
	case b.USD > 0 && b.PromptPrice+b.CompletionPrice == 0:
		return errors.New("budget: usd: give prompt_price and completion_price, in dollars a million tokens")
	}
	return nil
}

// keyOf is the key in a variable of the environment. Blanks around it, such as the end of a
// line of the file that it came from, are none of it.
func keyOf(env *stage.Env, name string) (string, error) {
	key, _ := env.LookupVariable(name)
	key = strings.TrimSpace(key)
	switch {
	case name != "" && key == "":
		return "", fmt.Errorf("api_key_env: the variable %s is not set", name)
	case strings.ContainsFunc(key, unicode.IsControl):
		return "", fmt.Errorf("api_key_env: the variable %s has more than one line, or control characters: want a key alone", name)
	}
	return key, nil
}
