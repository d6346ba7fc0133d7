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

// common are the settings that both stages have.
type common struct {
	server, api, model, serves, license, keyEnv string
	prompt, promptZH                            string
	sampling                                    Sampling
	judge                                       Judge
	budget                                      Budget
	lists                                       map[string]string
	keep                                        bool
	minChars, maxChars, chunkChars              int
	sample, maxShare, maxShareOfSource          float64
	batch                                       string
	requests, tries                             int
	timeout                                     time.Duration
}

func (c *common) validate() error {
	if c.batch == "" {
		if _, err := completion.Address(c.server); err != nil {
			return err
		}
	}
	switch {
	case c.api != "chat" && c.api != "completions":
		return fmt.Errorf("api: %q: want chat or completions", c.api)
	case c.model == "":
		return errors.New("model: name the model, as the server knows it")
	case c.license == "":
		return errors.New("license: say on what terms the model's answers may be used, such as apache-2.0: each made document has it")
	case c.prompt == "":
		return fmt.Errorf("prompt: name a file or a recipe: %v", recipeNames())
	case c.minChars < 0 || c.maxChars < 1 || c.minChars > c.maxChars:
		return fmt.Errorf("min_chars and max_chars: %d to %d: want a range from 0 on", c.minChars, c.maxChars)
	case c.chunkChars < -1:
		return fmt.Errorf("chunk_chars: %d: want -1, which does not cut, 0, or a size", c.chunkChars)
	case !(c.sample > 0 && c.sample <= 1):
		return fmt.Errorf("sample: %g: want a share above 0, 1 at most", c.sample)
	case !(c.maxShare > 0 && c.maxShare <= 1):
		return fmt.Errorf("max_share: %g: want a share above 0, 1 at most", c.maxShare)
	case !(c.maxShareOfSource > 0 && c.maxShareOfSource <= 1):
		return fmt.Errorf("max_share_of_source: %g: want a share above 0, 1 at most", c.maxShareOfSource)
	case c.requests < 1 || c.requests > 4096:
		return fmt.Errorf("requests: %d: want 1 to 4096", c.requests)
	case c.tries < 1 || c.tries > 100:
		return fmt.Errorf("tries: %d: want 1 to 100", c.tries)
	case c.timeout <= 0:
		return fmt.Errorf("timeout: %v: must be positive", c.timeout)
	}
	return errors.Join(c.sampling.validate(), c.judge.validate(), c.budget.validate())
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
