package datagen

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
)

// linguist knows texts by their first word: the code and, behind a colon, the score.
type linguist map[string]float64

func (linguist) HoldsBytes(int) int64 { return 0 }
func (linguist) Digest() string       { return "" }
func (l linguist) Identify(s string) (string, float64) {
	word, _, _ := strings.Cut(s, " ")
	code, _, _ := strings.Cut(word, "-")
	return code, l[word]
}

// An answer in another language than its text is dropped where both are sure, at either side
// of the limit.
func TestOtherLanguage(t *testing.T) {
	l := linguist{"en": 0.8, "en-less": 0.79, "de": 0.8, "de-more": 0.81, "und": 1, "zxx": 1}
	for _, c := range []struct {
		text, made string
		limit      stage.Limit
		rule       string
	}{
		{"en", "de-more", stage.Limit{}, "other_language"},
		{"en", "de", stage.Limit{}, ""},           // the answer is not above the limit
		{"en-less", "de-more", stage.Limit{}, ""}, // the text is below it
		{"en", "en", stage.Limit{}, ""},
		{"de-more", "de", stage.Limit{}, ""},
		{"en", "und", stage.Limit{}, ""},
		{"en", "zxx", stage.Limit{}, ""},
		{"und", "de-more", stage.Limit{}, ""},
		{"en", "de-more", stage.Off(), ""},
		{"en", "de", stage.At(0.79), "other_language"},
		{"en", "de-more", stage.At(0.81), ""},
	} {
		p, err := parsePrompt("{{text}}")
		if err != nil {
			t.Fatal(err)
		}
		j := newJudge(Judge{NGram: 5, MaxLanguage: c.limit}, &plainRecipe, &prompts{base: p})
		j.linguist = l
		v := j.decide(j.source(c.text+" the mill turns in the river"), c.made+" die Mühle dreht sich im Fluss")
		if v.Rule != c.rule || v.Rule != "" && v.Detail != "de of en" {
			t.Errorf("%s of %s: %+v, want %q", c.made, c.text, v, c.rule)
		}
	}
}

// A key is one line: blanks around it are none of it, and no error shows it.
func TestKeyOf(t *testing.T) {
	for _, c := range []struct{ value, want, fault string }{
		{"sk-s3cret", "sk-s3cret", ""},
		{"sk-s3cret\n", "sk-s3cret", ""},
		{" sk-s3cret\r\n", "sk-s3cret", ""},
		{"sk-\ns3cret", "", "more than one line"},
		{"sk-s3cret\x00", "", "control characters"},
		{"", "", "is not set"},
		{" \n", "", "is not set"},
	} {
		key, err := keyOf(&stage.Env{Lookup: func(string) (string, bool) { return c.value, true }}, "KEY")
		if key != c.want || (err == nil) != (c.fault == "") || err != nil && (!strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q: %q, %v", c.value, key, err)
		}
	}
	if key, err := keyOf(&stage.Env{}, ""); key != "" || err != nil {
		t.Errorf("none: %q, %v", key, err)
	}
}
