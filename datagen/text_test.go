package datagen

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/stage"
)

func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		text, want, fault string
	}{
		{text: "plain", want: "plain"},
		{text: "a {{x}} b {{ y.z }}{{x}}", want: "a <x> b <y.z><x>"},
		{text: `{"json": {"a": 1}} {{x}`, fault: "line 1: {{ has no }}"},
		{text: `{"json": {"a": 1} }`, want: `{"json": {"a": 1} }`},
		{text: `{"a": {"b": 1}} {{x}}`, want: `{"a": {"b": 1}} <x>`},
		{text: "a\n{{x\n}}", fault: "line 2: {{ has no }} behind it in its line"},
		{text: "\n\n{{}}", fault: "line 3: {{}}: want the name of a field"},
		{text: "{{a b}}", fault: "{{a b}}: want"},
		{text: "{{1a}}", fault: "{{1a}}: want"},
		{text: "{{#if x}}", fault: "{{#if x}}: want"},
		{text: strings.Repeat("x", templateBytesMax), want: strings.Repeat("x", templateBytesMax)},
		{text: strings.Repeat("x", templateBytesMax+1), fault: "bytes, want at most"},
	} {
		p, err := parseTemplate(c.text)
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%.40q: %v, want %s", c.text, err, c.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%.40q: %v", c.text, err)
			continue
		}
		if got, err := p.render(func(name string) (string, error) { return "<" + name + ">", nil }); err != nil || got != c.want {
			t.Errorf("%.40q: %.40q %v", c.text, got, err)
		}
	}
}

func TestPrompt(t *testing.T) {
	p, err := parsePrompt("\uFEFF[system]\nbe brief\n\n[user]\nsay {{text}}\n[assistant]\nno\n[user]\nagain {{lang}} {{text}}\n")
	if err != nil || len(p.messages) != 4 || !slices.Equal(p.fields(), []string{"lang", "text"}) || p.messages[0].role != "system" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err = parsePrompt("say [user] {{text}}"); err != nil || len(p.messages) != 1 || p.messages[0].role != "user" {
		t.Errorf("%+v %v", p, err)
	}
	for text, want := range map[string]string{"": "it is empty", " \n": "it is empty", "[user]\n\n": "[user] is empty", "[system]\na": "ends with [system]", "[user]\n{{": "message 1: line 1"} {
		if _, err := parsePrompt(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Every recipe reads its text, in both languages.
func TestRecipes(t *testing.T) {
	for name, r := range recipes {
		for _, lang := range []string{"en", "zh"} {
			p, err := recipePrompt(name + "." + lang + ".txt")
			if err != nil || !slices.Contains(p.fields(), "text") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r.schema {
			b, err := recipeFiles.ReadFile("recipes/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parseSchema(b); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func FuzzPrompt(f *testing.F) {
	f.Add("[system]\na\n[user]\n{{text}} {{a.b}}")
	f.Add("{{{{}}}}")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePrompt(s)
		if err != nil {
			return
		}
		for _, m := range p.messages {
			if _, err := m.render(func(string) (string, error) { return "x", nil }); err != nil {
				t.Error(err)
			}
		}
	})
}

// Texts are cut where the largest part of the thought ends.
func TestChunks(t *testing.T) {
	for _, c := range []struct {
		text string
		size int
		want []string
	}{
		{"", 10, []string{""}},
		{"short", 10, []string{"short"}},
		{"exactly te", 10, []string{"exactly te"}},
		{"exactly ten!", 0, []string{"exactly ten!"}},
		{"One two. Three four. Five six.", 21, []string{"One two. Three four.", "Five six."}},
		{"One two. Three four.\nFive six. Seven", 30, []string{"One two. Three four.", "Five six. Seven"}},
		{"One. Two.\n\nThree.\nFour. Five.", 20, []string{"One. Two.", "Three.\nFour. Five."}},
		{"One. Two. Three.\n\nFour. Five.", 28, []string{"One. Two. Three.", "Four. Five."}},
		{"He said \"stop.\" Then he left again", 20, []string{"He said \"stop.\"", "Then he left again"}},
		{"一二三四。五六七八。九十", 8, []string{"一二三四。", "五六七八。九十"}},
		{"他说:“走吧。”然后走了。", 9, []string{"他说:“走吧。”", "然后走了。"}},
		{"nospacesinalongword", 8, []string{"nospaces", "inalongw", "ord"}},
		{"  blanks before", 6, []string{"blanks", "before"}},
	} {
		var got []string
		for _, x := range chunks(c.text, c.size) {
			got = append(got, x.text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q by %d: %q, want %q", c.text, c.size, got, c.want)
		}
	}
}

// Parts and gaps are the text, and no part is larger than it may be.
func FuzzChunks(f *testing.F) {
	f.Add("One. Two three.\n\nFour 五六。七", 7)
	f.Fuzz(func(t *testing.T, s string, size int) {
		size = 1 + size&63
		if !utf8.ValidString(s) {
			return
		}
		var all strings.Builder
		list := chunks(s, size)
		for _, c := range list {
			all.WriteString(c.text + c.gap)
			if utf8.RuneCountInString(c.text) > size {
				t.Errorf("%q is larger than %d", c.text, size)
			}
		}
		if got, want := all.String(), strings.TrimLeftFunc(s, unicode.IsSpace); got != want {
			t.Errorf("%q in place of %q", got, want)
		}
	})
}

func TestJoined(t *testing.T) {
	parts := chunks("One two. Three.\n\nFour five. Six seven", 16)
	if got := joined([]string{" A ", "B", "C"}, parts); len(parts) != 3 || got != "A\n\nB C" {
		t.Errorf("%d parts, %q", len(parts), got)
	}
}

const judged = "The mill stands by the river, and the miller grinds corn for the bakers of the town. In spring the water is high and the wheel turns all night."

// Each rule at both sides of its limit.
func TestJudge(t *testing.T) {
	p, err := openPrompts(t.Context(), "wikipedia", "", recipes["wikipedia"], stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	half := "The mill stands by the river, and the miller grinds corn while children play cards under old trees near houses"
	for _, c := range []struct {
		name   string
		judge  Judge
		source string
		made   string
		rule   string
		value  float64
	}{
		{"good", Judge{}, judged, "A mill beside the river grinds corn for the town's bakers; in spring, when water runs high, its wheel turns through the night.", "", 0},
		{"empty", Judge{}, judged, " \n", "nothing_made", 0},
		{"refusal", Judge{}, judged, "I'm sorry, but I can't help with that.", "refusal", 1},
		{"refusal with a typographic apostrophe", Judge{}, judged, "I’m sorry, but no.", "refusal", 1},
		{"refusal behind a word", Judge{}, judged, "Unfortunately, I cannot rewrite the mill and the river and the miller.", "refusal", 1},
		{"refusal in Chinese", Judge{}, "磨坊在河边,磨坊主为镇上的面包师磨面粉。", "抱歉,我无法改写这段文本。", "refusal", 1},
		{"refusal behind a greeting", Judge{}, "磨坊在河边,磨坊主为镇上的面包师磨面粉。", "您好,很遗憾,这不行。", "refusal", 1},
		{"a refusal told of", Judge{Refusals: false}, judged, "The miller said: I cannot grind corn by the river without water, and the bakers of the town wait.", "", 0},
		{"echo", Judge{}, judged, "Rewrite the text below in the clear, neutral and complete sentences of an encyclopedia article. The mill.", "prompt_echo", 0},
		{"echo off", Judge{MaxEcho: stage.Off(), MinShared: stage.Off()}, judged, "Rewrite the text below in the clear, neutral and complete sentences of an encyclopedia article. The mill.", "", 0},
		{"another writing", Judge{MinShared: stage.Off(), MinRatio: stage.Off()}, judged, "磨坊在河边,磨坊主为镇上的面包师磨面粉,春天水位很高。", "other_script", 0},
		{"another writing, the other way", Judge{MinShared: stage.Off(), MaxRatio: stage.Off()}, "磨坊在河边,磨坊主为镇上的面包师磨面粉。", "The mill stands by the river and grinds corn.", "other_script", 0},
		{"too short", Judge{MinRatio: stage.At(0.2), MinShared: stage.Off()}, strings.Repeat("a", 100), "bbbbbbbbbbbbbbbbbbb", "too_short", 0.19},
		{"not too short", Judge{MinRatio: stage.At(0.2), MinShared: stage.Off()}, strings.Repeat("a", 100), "bbbbbbbbbbbbbbbbbbbb", "", 0},
		{"too long", Judge{MaxRatio: stage.At(2), MinShared: stage.Off()}, "aaaaaaaaaa", strings.Repeat("b", 21), "too_long", 2.1},
		{"not too long", Judge{MaxRatio: stage.At(2), MinShared: stage.Off()}, "aaaaaaaaaa", strings.Repeat("b", 20), "", 0},
		{"copy", Judge{}, judged, judged, "copy", 1},
		{"half a copy", Judge{MaxCopied: stage.At(0.4)}, judged, half, "copy", 7.0 / 16},
		{"at the limit", Judge{MaxCopied: stage.At(7.0 / 16)}, judged, half, "", 0},
		{"drift", Judge{MinShared: stage.At(0.2)}, judged, "Quantum chromodynamics explains strong interactions between quarks through gluon exchange. Mill!", "drift", 1.0 / 11},
		{"no drift", Judge{MinShared: stage.At(1.0 / 11)}, judged, "Quantum chromodynamics explains strong interactions between quarks through gluon exchange. Mill!", "", 0},
	} {
		s := c.judge
		s.NGram, s.Refusals = 5, !strings.HasPrefix(c.name, "a refusal told")
		j := newJudge(s, recipes["wikipedia"], p)
		v := j.decide(j.source(c.source), c.made)
		if v.Rule != c.rule || c.value != 0 && (v.Value < c.value-1e-9 || v.Value > c.value+1e-9) {
			t.Errorf("%s: %v, want %s %g", c.name, v, c.rule, c.value)
		}
	}
}

func TestBare(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}`: `{"a":1}`, "```json\n{\"a\":1}\n```": `{"a":1}`, "```\n[1]\n```\nso": `[1]`, "<think>no {</think>\n{}": "{}",
		"```json\n{": "```json\n{", "<think>for ever": "<think>for ever",
	} {
		if got := bare(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSchema(t *testing.T) {
	s, err := parseSchema([]byte(`{"type":"object","required":["grade"],"properties":{"grade":{"type":"integer","maximum":5}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{`{"grade": 5}`: "", `{"grade": 6}`: "maximum", `{}`: "missing property", `{"grade": 5} x`: "no JSON", `{"grade"`: "no JSON", "": "no JSON"} {
		if _, err := s.check(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{`{"type": 5}`, `{`, `{"$ref": "file:///etc/passwd"}`, `{"$ref": "http://a.example/s.json"}`} {
		if _, err := parseSchema([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	s, err := parseSchema([]byte(`{"type":"object","properties":{"pairs":{"type":"array"}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("```json\n{\"pairs\":[{\"a\":1}]}\n```", "/pairs/0/a")
	f.Fuzz(func(_ *testing.T, text, pointer string) {
		doc, err := s.check(text)
		path, bad := parsePointer(pointer)
		if err == nil && bad == nil {
			if v, ok := at(doc, path); ok {
				_ = plain(v)
			}
		}
	})
}

func TestPointer(t *testing.T) {
	doc := map[string]any{"a/b": []any{"x", map[string]any{"~": 1.0}}}
	for pointer, want := range map[string]string{"/a~1b/0": "x", "/a~1b/1/~0": "1", "/a~1b/2": "-", "/a~1b/-1": "-", "/c": "-", "/a~1b/0/x": "-"} {
		path, err := parsePointer(pointer)
		v, ok := at(doc, path)
		if err != nil || ok != (want != "-") || ok && plain(v) != want {
			t.Errorf("%s: %v %v %v", pointer, v, ok, err)
		}
	}
	if _, err := parsePointer("a"); err == nil {
		t.Error("a is taken")
	}
}
