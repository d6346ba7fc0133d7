package purify

import (
	"math"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// ScriptQuality drops Japanese, Korean and Thai pages that are no prose, by limits of each
// language: rules for English count words and full stops that these do not have. Documents
// of other languages pass.
//
// Japanese ends sentences with 。 and mixes kana with Han, so that lists of names and
// Chinese text have no kana; Korean has spaces and full stops; Thai has neither marks at
// the end of a sentence nor spaces between words, so that lines and script alone tell prose
// from menus. Lines of code, without letters beyond ASCII, count nowhere where they are nine
// tenths of the bytes at most. The limits are our own: below what any of 16 Japanese and 16
// Korean texts of fifteen sentences each, 8 Thai ones and 7 real Japanese pages have. No
// page of Korean or Thai was at hand, and no bad ones.
type ScriptQuality struct {
	// MinChars is the least number of code points that are no white space. Default 100.
	MinChars stage.Limit `yaml:"min_chars"`
	// MinScriptRatio is the least share of the language's own script among them: kana and
	// Han, Hangul, Thai. Default 0.4 for ja, 0.5 for ko and th.
	MinScriptRatio stage.Limit `yaml:"min_script_ratio"`
	// MinKanaRatio is the least share of kana in Japanese. Default 0.1.
	MinKanaRatio stage.Limit `yaml:"min_kana_ratio"`
	// MaxDigitRatio is the greatest share of digits. Default 0.2.
	MaxDigitRatio stage.Limit `yaml:"max_digit_ratio"`
	// MinEndRatio is the least number of ends of sentences per code point, in Japanese 。！？
	// and in Korean also a full stop behind a letter. Default 0.005; off for th.
	MinEndRatio stage.Limit `yaml:"min_end_ratio"`
	// MinMeanLineChars is the least mean length of the lines. Default 8; 25 for th.
	MinMeanLineChars stage.Limit `yaml:"min_mean_line_chars"`
}

// ScriptQualityDef defines the stage script_quality.
var ScriptQualityDef = stage.Define[ScriptQuality]("script_quality", 3)

// The languages of ScriptQuality.
const (
	scriptJapanese = iota
	scriptKorean
	scriptThai
	scriptLanguages
)

var scriptLimits = [scriptLanguages]ScriptQuality{
	scriptJapanese: {stage.At(100), stage.At(0.4), stage.At(0.1), stage.At(0.2), stage.At(0.005), stage.At(8)},
	scriptKorean:   {stage.At(100), stage.At(0.5), stage.Off(), stage.At(0.2), stage.At(0.005), stage.At(8)},
	scriptThai:     {stage.At(100), stage.At(0.5), stage.Off(), stage.At(0.2), stage.Off(), stage.At(25)},
}

func scriptLanguage(lang string) int {
	switch lang {
	case "ja":
		return scriptJapanese
	case "ko":
		return scriptKorean
	case "th":
		return scriptThai
	}
	return -1
}

// The columns of ScriptQuality.
const (
	scriptLang = iota
	scriptChars
	scriptRatio
	scriptKana
	scriptDigits
	scriptEnds
	scriptMeanLine
	scriptColumns
)

// Validate checks the limits.
func (s *ScriptQuality) Validate() error {
	if err := stage.CheckAmounts(map[string]stage.Limit{"min_chars": s.MinChars, "min_mean_line_chars": s.MinMeanLineChars}); err != nil {
		return err
	}
	return stage.CheckShares(map[string]stage.Limit{"min_script_ratio": s.MinScriptRatio, "min_kana_ratio": s.MinKanaRatio,
		"max_digit_ratio": s.MaxDigitRatio, "min_end_ratio": s.MinEndRatio})
}

// Reads lists the columns that are looked at.
func (ScriptQuality) Reads() []string { return []string{"lang", "text"} }

// Rules names every rule.
func (ScriptQuality) Rules() []string {
	return []string{"too_few_chars", "low_script_ratio", "low_kana_ratio", "high_digit_ratio", "few_sentence_ends", "short_lines"}
}

// Columns declares the values.
func (ScriptQuality) Columns() []corpus.Column {
	c := func(name, doc string) corpus.Column { return corpus.Column{Name: name, Type: corpus.Float, Doc: doc} }
	return []corpus.Column{
		c("language", "0 Japanese, 1 Korean, 2 Thai; empty, as all others, for the rest"),
		c("chars", "code points that are no white space"),
		c("script_ratio", "share of kana and Han, of Hangul, or of Thai"),
		c("kana_ratio", "share of kana; empty for others than Japanese"),
		c("digit_ratio", "share of digits"),
		c("end_ratio", "ends of sentences per code point"),
		c("mean_line_chars", "mean length of the lines that are not empty"),
	}
}

// scriptCounts is what a text has.
type scriptCounts struct{ chars, han, kana, hangul, thai, digits, ends, stops, lines int }

func (c *scriptCounts) count(s string) {
	var before rune
	fresh := true // no character of the line yet
	for i, r := range s {
		if r == '\n' {
			fresh = true
			before = r
			continue
		}
		if text.IsSpace(r) {
			before = r
			continue
		}
		if fresh {
			c.lines++
			fresh = false
		}
		c.chars++
		switch {
		case 0x4E00 <= r && r <= 0x9FFF, 0x3400 <= r && r <= 0x4DBF, r == '々':
			c.han++
		case 0x3040 <= r && r <= 0x30FF && r != '・', 0x31F0 <= r && r <= 0x31FF, 0xFF66 <= r && r <= 0xFF9F:
			c.kana++
		case 0xAC00 <= r && r <= 0xD7A3, 0x1100 <= r && r <= 0x11FF, 0x3130 <= r && r <= 0x318F:
			c.hangul++
		case 0x0E01 <= r && r <= 0x0E4E:
			c.thai++
		case unicode.IsDigit(r):
			c.digits++
		}
		switch r {
		case '。', '！', '？', '!', '?', '｡', '…':
			c.ends++
		case '.': // behind a letter, and before a space, a quote or the end
			next, _ := utf8.DecodeRuneInString(s[i+1:])
			if unicode.IsLetter(before) && !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				c.stops++
			}
		}
		before = r
	}
}

// Measure sets every value of a document in one of the languages.
func (ScriptQuality) Measure(d *corpus.Document, v *corpus.Values) error {
	lang := scriptLanguage(d.Lang)
	for i := range scriptColumns {
		v.Set(i, math.NaN())
	}
	if lang < 0 {
		return nil
	}
	var c scriptCounts
	for line := range withoutCode(d.View().Lines(), d.Text) {
		c.count(d.Text[line.Start:line.End])
	}
	own, ends := c.han+c.kana, c.ends
	switch lang {
	case scriptKorean:
		own, ends = c.hangul, c.ends+c.stops
	case scriptThai:
		own, ends = c.thai, c.ends+c.stops
	}
	n := float64(max(c.chars, 1))
	v.Set(scriptLang, float64(lang))
	v.Set(scriptChars, float64(c.chars))
	v.Set(scriptRatio, float64(own)/n)
	if lang == scriptJapanese {
		v.Set(scriptKana, float64(c.kana)/n)
	}
	v.Set(scriptDigits, float64(c.digits)/n)
	v.Set(scriptEnds, float64(ends)/n)
	v.Set(scriptMeanLine, float64(c.chars)/float64(max(c.lines, 1)))
	return nil
}

// Decide tests the values in the order of the fields.
func (s ScriptQuality) Decide(v *corpus.Values) corpus.Verdict {
	lang := v.Get(scriptLang)
	if !(lang >= 0 && lang < scriptLanguages) {
		return corpus.Keep
	}
	d := &scriptLimits[int(lang)]
	return stage.First(
		s.MinChars.Or(d.MinChars).Below("too_few_chars", v.Get(scriptChars)),
		s.MinScriptRatio.Or(d.MinScriptRatio).Below("low_script_ratio", v.Get(scriptRatio)),
		s.MinKanaRatio.Or(d.MinKanaRatio).Below("low_kana_ratio", v.Get(scriptKana)),
		s.MaxDigitRatio.Or(d.MaxDigitRatio).Above("high_digit_ratio", v.Get(scriptDigits)),
		s.MinEndRatio.Or(d.MinEndRatio).Below("few_sentence_ends", v.Get(scriptEnds)),
		s.MinMeanLineChars.Or(d.MinMeanLineChars).Below("short_lines", v.Get(scriptMeanLine)),
	)
}
