package config_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/corpusmill/corpusmill/config"
)

// limit is a setting that reads its own text.
type limit string

func (l *limit) UnmarshalText(b []byte) error {
	if string(b) == "lots" {
		return fmt.Errorf("%q is no limit", b)
	}
	*l = limit(b)
	return nil
}

// rule is a setting that reads more than one shape of YAML.
type rule struct{ policy, column string }

func (r *rule) UnmarshalNode(n *config.Node) error {
	if n.Kind == config.ScalarNode {
		return r.UnmarshalText([]byte(n.Scalar))
	}
	for _, f := range n.Fields {
		*r = rule{f.Key, f.Value.Scalar}
	}
	if r.policy != "max" && r.policy != "min" {
		return fmt.Errorf("keep: want max or min")
	}
	return nil
}

func (r *rule) UnmarshalText(b []byte) error {
	var ok bool
	if r.policy, r.column, ok = strings.Cut(string(b), " "); !ok {
		return fmt.Errorf("keep: want max or min, and a column")
	}
	return nil
}

func (r rule) MarshalNode() *config.Node {
	n := &config.Node{Kind: config.MapNode}
	n.Put(r.policy, &config.Node{Scalar: r.column})
	return n
}

type inner struct {
	Depth int `yaml:"depth" default:"3"`
}

type settings struct {
	Words   string             `yaml:"words" default:"uax29"`
	Min     limit              `yaml:"min" default:"50"`
	Ratio   float64            `yaml:"ratio" default:"0.5"`
	On      bool               `yaml:"on"`
	Wait    time.Duration      `yaml:"wait" default:"1s"`
	Size    config.Bytes       `yaml:"size" default:"64MiB"`
	Keep    rule               `yaml:"keep" default:"max text_bytes"`
	Langs   []string           `yaml:"langs" default:"en,zh"`
	Scores  map[string]float64 `yaml:"scores"`
	Inner   inner              `yaml:"inner"`
	Pointer *inner             `yaml:"pointer"`
	Folder  string             `yaml:"folder" key:"-"`
	hidden  int
}

// Shared are settings of several structs.
type Shared struct {
	Server string `yaml:"server" default:"here" key:"-"`
	Tries  int    `yaml:"tries" default:"8"`
}

// Tagged has a key of its own where it is embedded.
type Tagged struct {
	Deep int `yaml:"deep" default:"2"`
}

type unexported struct {
	Lost int `yaml:"lost" default:"1"`
}

type embedding struct {
	First string `yaml:"first"`
	Shared
	Tagged `yaml:"tagged"`
	unexported
	Last bool `yaml:"last" key:"limit"`
}

// The settings of an embedded struct stand among those of the one that it is part of, in the
// order of the source, with their defaults, tags and places.
func TestEmbeddedSettings(t *testing.T) {
	s := config.Defaults[embedding]()
	const text = "first: \"\"\nserver: \"here\"\ntries: 8\ntagged:\n  deep: 2\nlast: false\n"
	if got := config.Encode(&s).YAML(); got != text || s.Lost != 0 {
		t.Errorf("%s%+v", got, s)
	}
	if got := config.AnswerText(&s); got != `{"first":"","tagged":{"deep":"2"},"tries":"8"}` {
		t.Error(got)
	}
	n, err := config.ParseYAML("p.yaml", []byte("tries: 0\ntagged: { deep: 3 }\nfirst: x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := config.Decode(n, &s); err != nil || s.Tries != 0 || s.Deep != 3 || s.First != "x" || s.Server != "here" {
		t.Errorf("%+v, %v", s, err)
	}
	for src, want := range map[string]string{"trys: 1": `did you mean "tries"?`, "deep: 1": "unknown key", "Shared: {}": "unknown key", "unexported: 1": "known: first, server, tries, tagged, last"} {
		if n, err = config.ParseYAML("p.yaml", []byte(src)); err != nil {
			t.Fatal(err)
		}
		if err := config.Decode(n, &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", src, err)
		}
	}
	var names []string
	for f := range config.Fields(reflect.TypeFor[embedding]()) {
		if names = append(names, f.Name); f.Name == "Tries" {
			break
		}
	}
	if got := strings.Join(names, " "); got != "First Server Tries" {
		t.Error(got)
	}
}

func decode(t *testing.T, src string) (settings, error) {
	t.Helper()
	n, err := config.ParseYAML("p.yaml", []byte(src))
	if err != nil {
		return settings{}, err
	}
	s := config.Defaults[settings]()
	return s, config.Decode(n, &s)
}

func TestDefaultsStandWhereNothingIsSaid(t *testing.T) {
	s, err := decode(t, "ratio: 0\npointer: {}")
	if err != nil {
		t.Fatal(err)
	}
	if s.Words != "uax29" || s.Ratio != 0 || s.Wait != time.Second || s.Size != 64<<20 || s.Inner.Depth != 3 ||
		s.Pointer.Depth != 3 || len(s.Langs) != 2 || s.Keep != (rule{"max", "text_bytes"}) || s.hidden != 0 {
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
	if s.Min != "off" || s.Ratio != 0.001 || !s.On || s.Wait != 2*time.Minute || s.Size != 1536 ||
		s.Keep.column != "lang_score" || s.Langs[0] != "de" || s.Scores["zh"] != 1 || s.Inner.Depth != 1000 {
		t.Errorf("%+v", s)
	}
}

func TestMistakesNamePlaceAndNearestName(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		_, err := decode(t, src)
		var at *config.Error
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
	f("size: 3 parsecs", `is no size`)
	f("keep: { best: x }", `want max or min`)
	f("keep: max", `want max or min`)
	f("ratio: 1\nratio: 2", `p.yaml:2:1: mapping key "ratio" already defined`)
	f("wait: soon", `duration`)
	f("words: [a]", `want one value`)
	f("a: b: c", `p.yaml`)
	f("", `is empty`)
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
		{"\ufeff", "is empty"},
		{encode("\ufeffname: a\n", binary.LittleEndian), "p.yaml:1:1: the file is UTF-16"},
		{encode("\ufeffname: a\n", binary.BigEndian), "p.yaml:1:1: the file is UTF-16"},
		{encode("name: a\n", binary.LittleEndian), "p.yaml:1:1: the file is UTF-16"},
		{encode("name: a\n", binary.BigEndian), "p.yaml:1:1: the file is UTF-16"},
	} {
		n, err := config.ParseYAML("p.yaml", []byte(c.src))
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
	n, err := config.ParseYAML("p.yaml", []byte("a: ${X}/${Y:-deep}\nb: [\"${X}\"]"))
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { return "x", name == "X" }
	if err := n.Expand(lookup); err != nil || n.Get("a").Scalar != "x/deep" || n.Get("b").Items[0].Scalar != "x" {
		t.Errorf("%v: %s", err, n.YAML())
	}
	n, _ = config.ParseYAML("p.yaml", []byte("a: ${NONE}"))
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
	got, err := decode(t, config.Encode(want).YAML())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := config.Encode(want).YAML(), config.Encode(got).YAML(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestKeyTextLeavesPlacesOut(t *testing.T) {
	a, b := config.Defaults[settings](), config.Defaults[settings]()
	a.Folder = "/elsewhere"
	if config.KeyText(&a) != config.KeyText(&b) {
		t.Error("a folder changed the key")
	}
	b.Ratio = 0.25
	if config.KeyText(&a) == config.KeyText(&b) {
		t.Error("a setting did not change the key")
	}
	// the form itself is part of every key: another one runs every folder anew
	b.Scores = map[string]float64{"z\n": 1, "a": 0.5}
	const want = `{"inner":{"depth":"3"},"keep":{"max":"text_bytes"},"langs":["en","zh"],"min":"50","on":"false","pointer":"","ratio":"0.25",` +
		`"scores":{"a":"0.5","z\n":"1"},"size":"64MiB","wait":"1s","words":"uax29"}`
	if got := config.KeyText(&b); got != want {
		t.Errorf("key text %s\nwant %s", got, want)
	}
}

// A limit that a stage sets to what it measured is in the task key, and not in that of
// what it measures.
func TestAnswerTextLeavesLimitsOut(t *testing.T) {
	type scorer struct {
		Model  string  `yaml:"model"`
		Server string  `yaml:"server" key:"-"`
		Min    float64 `yaml:"min" key:"limit"`
	}
	a := scorer{"a", "here", 1}
	for _, c := range []struct {
		b            scorer
		key, answers bool // are the same
	}{
		{scorer{"a", "there", 1}, true, true},
		{scorer{"a", "here", 2}, false, true},
		{scorer{"b", "here", 1}, false, false},
	} {
		if same := config.KeyText(&a) == config.KeyText(&c.b); same != c.key {
			t.Errorf("%+v: the key is the same: %v", c.b, same)
		}
		if same := config.AnswerText(&a) == config.AnswerText(&c.b); same != c.answers {
			t.Errorf("%+v: the answers are the same: %v", c.b, same)
		}
	}
}

func TestBytesRoundTrip(t *testing.T) {
	for _, b := range []config.Bytes{0, 1, 1023, 1 << 10, 3 << 20, 1<<40 + 1} {
		var got config.Bytes
		if err := got.UnmarshalText([]byte(b.String())); err != nil || got != b {
			t.Errorf("%d: %v %v", b, got, err)
		}
	}
}

func FuzzParseYAML(f *testing.F) {
	f.Add("a: &x {b: [1, *x]}")
	f.Add("stages:\n  - a: {b: ${C:-d}}\n")
	f.Fuzz(func(_ *testing.T, src string) {
		n, err := config.ParseYAML("p.yaml", []byte(src))
		if err == nil {
			s := config.Defaults[settings]()
			_ = config.Decode(n, &s)
		}
	})
}
