package datagen

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// judgeRules are the rules of a judge.
var judgeRules = []string{"not_answered", "invalid", "nothing_made", "cut_off", "refusal", "prompt_echo", "other_script", "other_language", "too_short", "too_long", "copy", "drift"}

const (
	echoGrams   = 8
	maxEcho     = 0.1
	minScript   = 0.5
	maxLanguage = 0.8
	lettersMin  = 20  // of an answer whose writing counts
	refusalHead = 160 // code points in which an answer says that it is none
)

// judge holds what comes back against its source.
type judge struct {
	minRatio, maxRatio, maxCopied, minShared, maxEcho, minScript, maxLanguage stage.Limit
	linguist                                                                  stage.Linguist // nil knows no languages
	ngram                                                                     int
	refusals, cutOff                                                          bool
	echoes                                                                    map[uint64]bool // n-grams of the prompts
}

func newJudge(s Judge, r *recipe, p *prompts) *judge {
	given := func(x float64) stage.Limit {
		if x == 0 {
			return stage.Off()
		}
		return stage.At(x)
	}
	j := &judge{ngram: s.NGram, refusals: s.Refusals, cutOff: s.CutOff, echoes: map[uint64]bool{},
		minRatio: s.MinRatio.Or(given(r.minRatio)), maxRatio: s.MaxRatio.Or(given(r.maxRatio)),
		maxCopied: s.MaxCopied.Or(given(r.maxCopied)), minShared: s.MinShared.Or(given(r.minShared)),
		maxEcho: s.MaxEcho.Or(stage.At(maxEcho)), minScript: s.MinScript.Or(stage.At(minScript)), maxLanguage: s.MaxLanguage.Or(stage.At(maxLanguage))}
	for _, x := range []*prompt{p.base, p.zh} {
		if x != nil {
			for _, g := range grams(words(x.literals()), echoGrams) {
				j.echoes[g] = true
			}
		}
	}
	return j
}

// source is what an answer is held against, worked out once for all answers about it.
type source struct {
	text   string
	runes  int
	words  map[uint64]bool
	grams  map[uint64]bool
	script text.Script

	lang      string // "" until somebody asks
	langScore float64
}

func (j *judge) source(s string) *source {
	list := words(s)
	x := &source{text: s, runes: utf8.RuneCountInString(s), words: map[uint64]bool{}, grams: map[uint64]bool{}, script: text.DominantScript(s)}
	for _, w := range list {
		x.words[w] = true
	}
	for _, g := range grams(list, j.ngram) {
		x.grams[g] = true
	}
	return x
}

// decide judges a text that was made of a source.
func (j *judge) decide(s *source, made string) corpus.Verdict {
	if strings.TrimSpace(made) == "" {
		return corpus.Verdict{Rule: "nothing_made"}
	}
	if j.refusals {
		if phrase := refusal(made); phrase != "" {
			return corpus.Verdict{Rule: "refusal", Value: 1, Limit: 0, Detail: phrase}
		}
	}
	list := words(made)
	if v := j.maxEcho.Above("prompt_echo", shareIn(grams(list, echoGrams), j.echoes)); !v.Kept() {
		return v
	}
	if x, ok := scriptShare(s.script, made); ok {
		if v := j.minScript.Below("other_script", x); !v.Kept() {
			return v
		}
	}
	if v := j.language(s, made); !v.Kept() {
		return v
	}
	if s.runes == 0 {
		return corpus.Keep
	}
	ratio := float64(utf8.RuneCountInString(made)) / float64(s.runes)
	if v := stage.First(j.minRatio.Below("too_short", ratio), j.maxRatio.Above("too_long", ratio)); !v.Kept() {
		return v
	}
	if v := j.maxCopied.Above("copy", shareIn(grams(list, j.ngram), s.grams)); !v.Kept() {
		return v
	}
	return j.minShared.Below("drift", sharedWords(list, s.words))
}

// language holds the language of an answer against that of its source, where both are sure.
func (j *judge) language(s *source, made string) corpus.Verdict {
	limit, on := j.maxLanguage.Get()
	if j.linguist == nil || !on {
		return corpus.Keep
	}
	if s.lang == "" {
		s.lang, s.langScore = j.linguist.Identify(s.text)
	}
	code, score := j.linguist.Identify(made)
	if s.langScore < limit || code == s.lang || noLanguage[code] || noLanguage[s.lang] {
		return corpus.Keep
	}
	v := j.maxLanguage.Above("other_language", score)
	if !v.Kept() {
		v.Detail = code + " of " + s.lang
	}
	return v
}

// noLanguage are codes of texts that say nothing, and of code.
var noLanguage = map[string]bool{"und": true, "zxx": true}

// scriptShare is the share of the letters of a text in the writing of another, and whether it
// says something.
func scriptShare(of text.Script, s string) (float64, bool) {
	if of == text.ScriptNone || letters(s) < lettersMin {
		return 0, false
	}
	shares := text.ScriptShares(s)
	share := shares[of]
	if of == text.Kana || of == text.Han && text.DominantScript(s) != text.Kana {
		share = shares[text.Kana] + shares[text.Han]
	}
	return share, true
}

func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			if n++; n >= lettersMin {
				return n
			}
		}
	}
	return n
}

// words are the hashes of the words of a text in lower case, without signs; characters of
// Chinese and Japanese are words.
func words(s string) []uint64 {
	var v text.View
	v.Reset(s)
	list := v.Words(text.UAX29)
	hashes := make([]uint64, 0, len(list))
	var b []byte
	for _, w := range list {
		if w.Class&text.Symbol != 0 {
			continue
		}
		b = text.AppendFolded(b[:0], v.Text()[w.Start:w.End])
		hashes = append(hashes, xxh3.Hash(b))
	}
	return hashes
}

// grams are the hashes of n words in a row; of a text that has fewer, of all of them.
func grams(list []uint64, n int) []uint64 {
	if len(list) == 0 {
		return nil
	}
	n = min(n, len(list))
	out := make([]uint64, 0, len(list)-n+1)
	for i := range len(list) - n + 1 {
		h := uint64(0)
		for _, w := range list[i : i+n] {
			h = (h ^ w) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		out = append(out, h)
	}
	return out
}

// shareIn is the share of hashes that are in a set.
func shareIn(list []uint64, set map[uint64]bool) float64 {
	if len(list) == 0 {
		return 0
	}
	n := 0
	for _, h := range list {
		if set[h] {
			n++
		}
	}
	return float64(n) / float64(len(list))
}

// sharedWords is the share of the different words of a list that are in a set.
func sharedWords(list []uint64, set map[uint64]bool) float64 {
	own := map[uint64]bool{}
	n := 0
	for _, w := range list {
		if !own[w] {
			if own[w] = true; set[w] {
				n++
			}
		}
	}
	return float64(n) / float64(max(len(own), 1))
}

// refusals are how answers begin that are none, in lower case; an apostrophe is '.
var refusals = []string{
	"i cannot", "i can't", "i can not", "i'm sorry", "i am sorry", "sorry, but", "sorry, i", "i apologize", "my apologies",
	"i'm unable", "i am unable", "i'm not able", "i am not able", "as an ai", "as a language model", "as a large language model",
	"i won't", "i will not be able", "i must decline", "i'm just an ai", "i do not have access", "i don't have access",
	"please provide the text", "please provide the passage", "there is no text", "no text was provided", "you haven't provided", "you have not provided",
	"抱歉", "对不起", "很遗憾", "非常遗憾", "我无法", "我不能", "我没有办法", "作为一个人工智能", "作为人工智能", "作为一个ai", "作为ai", "作为一个语言模型", "作为语言模型", "作为一名ai",
	"请提供", "您没有提供", "你没有提供", "您还没有提供", "未提供文本", "没有提供文本", "無法", "對不起", "很抱歉", "作為一個", "請提供",
}

// politeness may stand before a refusal.
var politeness = []string{"unfortunately, ", "unfortunately ", "sure, but ", "well, ", "hello! ", "hi! ", "您好,", "您好!", "你好,", "你好!", "不好意思,"}

// refusal is the phrase by which an answer says at its beginning that it is none, "" for one
// that does not.
func refusal(s string) string {
	head := strings.ToLower(strings.NewReplacer("\u2019", "'", ",", ",", "!", "!").Replace(firstRunes(strings.TrimSpace(s), refusalHead)))
	head = strings.TrimLeft(head, "\"“*> ")
	for _, p := range politeness {
		head = strings.TrimPrefix(head, strings.NewReplacer(",", ",", "!", "!").Replace(p))
	}
	for _, r := range refusals {
		if strings.HasPrefix(head, r) {
			return r
		}
	}
	return ""
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
