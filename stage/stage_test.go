package stage_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

type inner struct {
	Depth int `yaml:"depth" default:"3"`
}

type settings struct {
	Words   string             `yaml:"words" default:"uax29"`
	Min     stage.Limit        `yaml:"min" default:"50"`
	Ratio   float64            `yaml:"ratio" default:"0.5"`
	On      bool               `yaml:"on"`
	Wait    time.Duration      `yaml:"wait" default:"1s"`
	Size    stage.Bytes        `yaml:"size" default:"64MiB"`
	Keep    stage.Keep         `yaml:"keep" default:"max text_bytes"`
	Langs   []string           `yaml:"langs" default:"en,zh"`
	Scores  map[string]float64 `yaml:"scores"`
	Inner   inner              `yaml:"inner"`
	Pointer *inner             `yaml:"pointer"`
	Folder  string             `yaml:"folder" key:"-"`
	hidden  int
}

func decode(t *testing.T, src string) (settings, error) {
	t.Helper()
	n, err := stage.ParseYAML("p.yaml", []byte(src))
	if err != nil {
		return settings{}, err
	}
	s := stage.Defaults[settings]()
	return s, stage.Decode(n, &s)
}

func TestDefaultsStandWhereNothingIsSaid(t *testing.T) {
	s, err := decode(t, "ratio: 0\npointer: {}")
	if err != nil {
		t.Fatal(err)
	}
	if s.Words != "uax29" || s.Ratio != 0 || s.Wait != time.Second || s.Size != 64<<20 || s.Inner.Depth != 3 ||
		s.Pointer.Depth != 3 || len(s.Langs) != 2 || s.Keep != (stage.Keep{Policy: "max", Column: "text_bytes"}) || s.hidden != 0 {
		t.Errorf("%+v", s)
	}
}

func TestEveryShapeOfValue(t *testing.T) {
	s, err := decode(t, `
words: "spacy_en"
min: off
ratio: 1e-3
on: true
wait: 2m
size: 1.5KiB
keep: { min: lang_score }
langs: [de]
scores: { en: 0.65, zh: 1 }
inner:
  depth: 1_000
`)
	if err != nil {
		t.Fatal(err)
	}
	if _, on := s.Min.Get(); on || s.Ratio != 0.001 || !s.On || s.Wait != 2*time.Minute || s.Size != 1536 ||
		s.Keep.Column != "lang_score" || s.Langs[0] != "de" || s.Scores["zh"] != 1 || s.Inner.Depth != 1000 {
		t.Errorf("%+v", s)
	}
}

func TestMistakesNamePlaceAndNearestName(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		_, err := decode(t, src)
		var at *stage.ConfigError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &at) {
			t.Errorf("%q: got %v, want %q", src, err, want)
		}
	}
	f("ration: 1", `p.yaml:1:1: unknown key "ration"; did you mean "ratio"?`)
	f("inner:\n  dept: 1", `p.yaml:2:3: unknown key "dept"; did you mean "depth"?`)
	f("ratio: high", `p.yaml:1:8: "high": want a number`)
	f("on: 'yes'", `want true or false`)
	f("inner: 3", `want a mapping with keys depth`)
	f("langs: en", `want a list`)
	f("min: lots", `"lots" is no limit`)
	f("min: .nan", `is no limit`)
	f("size: 3 parsecs", `is no size`)
	f("keep: { best: x }", `want first, none, all`)
	f("keep: max", `want first, none, all`)
	f("ratio: 1\nratio: 2", `p.yaml:2:1: mapping key "ratio" already defined`)
	f("wait: soon", `duration`)
	f("words: [a]", `want one value`)
	f("a: b: c", `p.yaml`)
	f("", `want one YAML document`)
}

// TestParseYAMLEncodings reads what editors of Windows write, or names it.
func TestParseYAMLEncodings(t *testing.T) {
	encode := func(s string, order binary.ByteOrder) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, 0, 0)
			order.PutUint16(b[len(b)-2:], u)
		}
		return string(b)
	}
	for _, c := range []struct{ src, want string }{
		{"\ufeffname: a\n", "a 1:1"},
		{"\ufeff---\r\nname: a\r\n", "a 2:1"},
		{"\ufeff# a comment\n\nname: \ufeffa\n", "\ufeffa 3:1"},
		{"\ufeff{\"name\": \"a\"}", "a 1:2"},
		{"\ufeffname: [", "p.yaml:1:"},
		{"\ufeff", "want one YAML document"},
		{encode("\ufeffname: a\n", binary.LittleEndian), "p.yaml:1:1: the file is UTF-16"},
		{encode("\ufeffname: a\n", binary.BigEndian), "p.yaml:1:1: the file is UTF-16"},
		{encode("name: a\n", binary.LittleEndian), "p.yaml:1:1: the file is UTF-16"},
		{encode("name: a\n", binary.BigEndian), "p.yaml:1:1: the file is UTF-16"},
	} {
		n, err := stage.ParseYAML("p.yaml", []byte(c.src))
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: %v, want %s", c.src, err, c.want)
			}
		} else if f := n.Fields[0]; f.Key != "name" || fmt.Sprintf("%s %d:%d", f.Value.Scalar, f.Line, f.Col) != c.want {
			t.Errorf("%q: %+v %+v, want %s", c.src, f, f.Value, c.want)
		}
	}
}

func TestExpand(t *testing.T) {
	n, err := stage.ParseYAML("p.yaml", []byte("a: ${X}/${Y:-deep}\nb: [\"${X}\"]"))
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { return "x", name == "X" }
	if err := n.Expand(lookup); err != nil || n.Get("a").Scalar != "x/deep" || n.Get("b").Items[0].Scalar != "x" {
		t.Errorf("%v: %s", err, n.YAML())
	}
	n, _ = stage.ParseYAML("p.yaml", []byte("a: ${NONE}"))
	if err := n.Expand(lookup); err == nil || !strings.Contains(err.Error(), "variable NONE is not set") {
		t.Error(err)
	}
}

// What Encode writes, Decode reads back: a written plan is itself runnable.
func TestEncodeIsTheInverseOfDecode(t *testing.T) {
	want, err := decode(t, "min: 0\nscores: { a: 0.1 }\nlangs: [\"x: y\", \"#\"]\nwords: \"multi\\nline \\\"q\\\"\"")
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(t, stage.Encode(want).YAML())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := stage.Encode(want).YAML(), stage.Encode(got).YAML(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestKeyTextLeavesPlacesOut(t *testing.T) {
	a, b := stage.Defaults[settings](), stage.Defaults[settings]()
	a.Folder = "/elsewhere"
	if stage.KeyText(&a) != stage.KeyText(&b) {
		t.Error("a folder changed the key")
	}
	b.Ratio = 0.25
	if stage.KeyText(&a) == stage.KeyText(&b) {
		t.Error("a setting did not change the key")
	}
	// the form itself is part of every key: another one runs every folder anew
	b.Scores = map[string]float64{"z\n": 1, "a": 0.5}
	const want = `{"inner":{"depth":"3"},"keep":{"max":"text_bytes"},"langs":["en","zh"],"min":"50","on":"false","pointer":"","ratio":"0.25",` +
		`"scores":{"a":"0.5","z\n":"1"},"size":"64MiB","wait":"1s","words":"uax29"}`
	if got := stage.KeyText(&b); got != want {
		t.Errorf("key text %s\nwant %s", got, want)
	}
}

func TestLimit(t *testing.T) {
	below := func(l stage.Limit, x float64, kept bool) {
		t.Helper()
		if v := l.Below("r", x); v.Kept() != kept {
			t.Errorf("%v below %v: %v", x, l, v)
		}
	}
	below(stage.At(2), 1.999, false)
	below(stage.At(2), 2, true)
	below(stage.At(0), -1, false)
	below(stage.Off(), -1, true)
	below(stage.At(2), math.NaN(), true)
	above := func(l stage.Limit, x float64, kept bool) {
		t.Helper()
		if v := l.Above("r", x); v.Kept() != kept {
			t.Errorf("%v above %v: %v", x, l, v)
		}
	}
	above(stage.At(0), 0, true)
	above(stage.At(0), 1e-9, false)
	above(stage.Off(), 9, true)
	above(stage.At(2), math.NaN(), true)
	if l := (stage.Limit{}).Or(stage.At(7)); l != stage.At(7) {
		t.Error(l)
	}
	if l := stage.Off().Or(stage.At(7)); l != stage.Off() {
		t.Error(l)
	}
	if v := stage.First(corpus.Keep, corpus.Verdict{Rule: "b"}, corpus.Verdict{Rule: "c"}); v.Rule != "b" {
		t.Error(v)
	}
}

func TestBytesRoundTrip(t *testing.T) {
	for _, b := range []stage.Bytes{0, 1, 1023, 1 << 10, 3 << 20, 1<<40 + 1} {
		var got stage.Bytes
		if err := got.UnmarshalText([]byte(b.String())); err != nil || got != b {
			t.Errorf("%d: %v %v", b, got, err)
		}
	}
}

func FuzzParseYAML(f *testing.F) {
	f.Add("a: &x {b: [1, *x]}")
	f.Add("stages:\n  - a: {b: ${C:-d}}\n")
	f.Fuzz(func(_ *testing.T, src string) {
		n, err := stage.ParseYAML("p.yaml", []byte(src))
		if err == nil {
			s := stage.Defaults[settings]()
			_ = stage.Decode(n, &s)
		}
	})
}
