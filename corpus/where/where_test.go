package where

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

var schema = corpus.PartSchema([]corpus.Column{{Name: "good", Type: corpus.Bool}, {Name: "views", Type: corpus.Uint}, {Name: "day", Type: corpus.Date},
	{Name: "meta.seen", Type: corpus.Millis}, {Name: "blob", Type: corpus.Bytes}, {Name: "gone", Type: corpus.Int},
	{Name: "Quality score", Type: corpus.Int}, {Name: "and", Type: corpus.Int}}, []corpus.Column{{Name: "score"}, {Name: "n", Type: corpus.Int}})

func document() *corpus.Document {
	return &corpus.Document{ID: "1", Lang: "zh", Tokens: 100, Text: "a'b", Origin: corpus.Origin{Source: "web", Record: math.MaxInt64}, Signals: []float64{0.5, math.NaN()},
		Cells: []corpus.Value{{Int: 1}, {Int: -1}, {Int: 20_000}, {Int: -1}, {Str: "\xff"}, corpus.Null, {Int: 7}, {Int: 8}}}
}

func TestConditions(t *testing.T) {
	for src, want := range map[string]bool{
		"lang = 'zh'": true, "lang == \"zh\"": true, "lang != 'zh'": false, "lang <> 'en'": true, "lang < 'zi'": true, "lang < 'zh'": false, "lang >= 'zh'": true,
		"tokens = 100": true, "tokens > 99": true, "tokens > 100": false, "tokens <= 100": true, "tokens < 100.5": true, "tokens >= 100.5": false, "tokens > 99.5": true,
		"tokens < 1e30": true, "tokens > -1e30": true, "tokens = 1e2": true,
		"score = 0.5": true, "score < .5": false, "score <= +5e-1": true, "score > -1": true,
		"src_record = 9223372036854775807": true, "src_record = 9223372036854775806": false, "src_record < 9223372036854775808": true,
		"lang in ['en', 'zh']": true, "lang in ('en')": false, "lang not in ['en']": true, "not lang in ['zh']": false, "tokens in [1, 100]": true, "url in [null, 'x']": true,
		"url = null": true, "url != null": false, "lang != null": true, "url = 'x'": false, "url != 'x'": false, "not url = 'x'": true, "n < 1": false, "n >= 1": false,
		"text = 'a\\'b'": true, `text = "a'b"`: true,
		"lang = 'en' or lang = 'zh' and tokens = 1":   false,
		"lang = 'zh' or lang = 'en' and tokens = 1":   true,
		"(lang = 'zh' or lang = 'en') and tokens = 1": false,
		"not lang = 'en' and tokens = 100":            true,
		"not (lang = 'en' or tokens = 100)":           false,
		"good = true":                                 true, "good != true": false, "good = FALSE": false, "good > false": true, "good in [true, false]": true,
		"views = 18446744073709551615": true, "views > 9223372036854775807": true, "views > -1": true, "views < 18446744073709551616": true, "views > 1.5": true, "views < 1": false,
		"day = '2024-10-04'": true, "day < '2024-10-04'": false, "day > '2024-10-03'": true, "day in ['2024-10-04']": true,
		"meta.seen = '1969-12-31T23:59:59.999Z'": true, "meta.seen < '1970-01-01'": true, "meta.seen >= '1970-01-01 00:00:00+01:00'": true,
		"`Quality score` = 7 and `and`>7": true, "not `Quality score` in [7]": false, "`lang` = 'zh'": true,
		"blob != null": true, "gone = null": true, "gone > 0": false,
		"NOT lang='en' AND tokens>=1 OR not not id='1'": true,
	} {
		x, err := Parse(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		test, err := x.Bind(schema)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		} else if got := test(document()); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

func TestMistakes(t *testing.T) {
	for src, want := range map[string]string{
		"":                       `character 1: want a column here, not the end`,
		"lang":                   `character 5: want =, !=, <, <=, >, >= or in here, not the end`,
		"lang 'zh'":              `character 6: want =, !=, <, <=, >, >= or in here, not "zh"`,
		"Quality score > 7":      "character 9: want =, !=, <, <=, >, >= or in here, not \"score\": a column whose name has a blank is written `Quality score`",
		"Quality\tscore in [7]":  "character 9: want =, !=, <, <=, >, >= or in here, not \"score\": a column",
		"lang zh":                `character 6: want =, !=, <, <=, >, >= or in here, not "zh"`,
		"lang not = 'zh'":        `character 10: want =, !=, <, <=, >, >= or in here, not "="`,
		"lang = zh":              `character 8: want a number, a text in quotes, true, false or null here: write 'zh'`,
		"lang = 'zh":             `character 8: what begins with ' here has no end`,
		"lang = 'zh' tokens = 1": `character 13: want and, or, or the end here, not "tokens"`,
		"lang = 'zh' and":        `character 16: want a column here, not the end`,
		"(lang = 'zh'":           `character 13: want ")" here, not the end`,
		"lang in 'zh'":           `character 9: want a list here, as ['a', 'b'], not "zh"`,
		"lang in ['zh')":         `character 14: want "]" here, not ")"`,
		"lang in []":             `character 10: want a number, a text in quotes, true, false or null here, not "]"`,
		"tokens > 1x":            `character 10: 1x is no number`,
		"tokens > 1e999":         `character 10: 1e999 is no number`,
		"tokens < null":          `character 10: null is neither more nor less than anything: want = or !=`,
		"good = 1":               `character 8: column good is true or false, 1 is neither`,
		"good = 'true'":          `character 8: column good is true or false, 'true' is neither`,
		"tokens = true":          `character 10: column tokens is a number, true is none`,
		"day = '2024-1'":         `character 7: column day is a date, '2024-1' is none`,
		"day = 3":                `character 7: column day is a date, 3 is none`,
		"blob = 'x'":             `character 8: column blob holds bytes`,
		"true = 1":               `character 1: want a column here, not "true"`,
		"`tokens = 1":            "character 1: what begins with ` here has no end",
		"`` = 1":                 `character 1: want a column here, not ""`,
		"\"tokens\" = 1":         "character 1: want a column here, not the text \"tokens\": a column in quotes is written `tokens`",
		"1 = tokens":             `character 1: want a column here, not "1"`,
		"tokns > 1":              `character 1: there is no column "tokns"; known: id, url, `,
		"tokens > '1'":           `character 10: column tokens is a number, '1' is none`,
		"id = 1 or lang = 2":     `character 6: column id is a text, 1 is none: write '1'`,
		strings.Repeat("(", depthMax+2) + "id = '1'":     fmt.Sprintf("character %d: nested deeper than 100", depthMax+2),
		strings.Repeat("not ", depthMax+2) + "id = '1'":  fmt.Sprintf("character %d: nested deeper than 100", 4*(depthMax+1)+1),
		"id = '" + strings.Repeat("x", bytesMax-6) + "'": "character 1: a condition of more than 65536 bytes",
	} {
		x, err := Parse(src)
		if err == nil {
			_, err = x.Bind(schema)
		}
		var at *Error
		if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", src, err, want)
		}
	}
	deep := strings.Repeat("(", depthMax) + "id = '1'" + strings.Repeat(")", depthMax)
	for _, src := range []string{deep, "id = '" + strings.Repeat("x", bytesMax-7) + "'"} {
		if _, err := Parse(src); err != nil {
			t.Errorf("%.60s: %v", src, err)
		}
	}
}

// Whatever is written, it is a condition or a mistake with its place.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"lang = 'zh' and not (tokens >= 1.5 or id in ['a', \"b\\\"\"])", "a<>-.5e3", "x = null", "'", "`and` = 1", "`", "\\", "é = 'ü'", "a in (1,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		x, err := Parse(src)
		if err == nil {
			test, bound := x.Bind(schema)
			if err = bound; err == nil {
				test(document())
			}
		}
		var at *Error
		if err != nil && (!errors.As(err, &at) || at.At < 0 || at.At > len(src)) {
			t.Errorf("%q: %v", src, err)
		}
	})
}
