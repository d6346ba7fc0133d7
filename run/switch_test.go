package run

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// none is a source without documents, and a sink.
type none struct{ nowhere }

func (*none) Writes() []string { return []string{"text"} }

func (*none) Shards(context.Context) ([]corpus.Shard, error)                      { return nil, nil }
func (*none) Read(context.Context, corpus.Shard, stage.Feed) error                { return nil }
func (*none) Has(context.Context, stage.Part) (bool, error)                       { return false, nil }
func (*none) Remove(context.Context, string) error                                { return nil }
func (*none) PartBytes() int64                                                    { return 1 << 20 }
func (*none) Create(context.Context, string, corpus.Schema) (stage.Writer, error) { return nil, nil }

// tongue is an editor that finds the language; rules measures and decides; pairs compares
// documents.
type tongue struct {
	Code string `yaml:"code" default:"en"`
}

func (*tongue) Writes() []string { return []string{"lang"} }
func (t *tongue) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Lang = t.Code
	return corpus.Keep, nil
}

type rules struct {
	Max int `yaml:"max" default:"3"`
}

func (*rules) Columns() []corpus.Column {
	return []corpus.Column{{Name: "bytes", Type: corpus.Int, Doc: "length"}}
}
func (*rules) Measure(d *corpus.Document, v *corpus.Values) error {
	v.Set(0, float64(len(d.Text)))
	return nil
}
func (r *rules) Decide(v *corpus.Values) corpus.Verdict {
	return stage.At(float64(r.Max)).Above("long", v.Get(0))
}

type pairs struct{}

func (*pairs) KeyBytes() int                                        { return 16 }
func (*pairs) Survivor() stage.Keep                                 { return stage.Keep{Policy: "first"} }
func (*pairs) Keys(*corpus.Document, func(stage.Key, uint32)) error { return nil }

func switchApp(recipe string) *App {
	return &App{
		Sources: []stage.Def{stage.Define[none]("in", 1)}, Sinks: []stage.Def{stage.Define[none]("out", 1)}, Rejects: stage.Define[none]("out", 1),
		Stages: []stage.Def{stage.Define[tongue]("tongue", 1), stage.Define[rules]("rules", 1), stage.Define[pairs]("pairs", 1), stage.CheckpointDef, stage.SwitchDef},
		Recipe: func(string) ([]byte, bool) { return []byte(recipe), recipe != "" },
	}
}

const switchHead = "source: [{ name: web, in: {} }, { name: books, in: {} }]\nsink: { out: {} }\nstages:\n"

func planOf(t *testing.T, app *App, src string, sets ...string) (*Pipeline, *Plan, error) {
	t.Helper()
	p, err := app.Parse("p.yaml", []byte(src), sets)
	if err != nil {
		return nil, nil, err
	}
	pl, err := app.Plan(t.Context(), p, Options{Dir: t.TempDir()})
	return p, pl, err
}

func TestSwitchInAPipeline(t *testing.T) {
	for _, c := range []struct {
		what, stages string
		want         string // of the description
	}{
		{"by language", "- tongue\n- switch: { by: lang, cases: { zh: [rules], en: [{ rules: { as: r2 } }, { tongue: { as: again } }] }, default: [{ rules: { as: r3 } }] }\n- { rules: { as: last } }",
			"segment   tongue switch by lang { zh: rules; en: r2 again; default: r3 } last"},
		{"nothing for the others, an empty case", "- switch: { by: source, cases: { web: [], books: [rules] } }",
			"segment   switch by source { web: -; books: rules; default: - }"},
		{"a switch in a switch", "- switch: { by: source, cases: { web: [rules, { switch: { by: media, cases: { text/html: [tongue], \"\": [] } } }] } }\n- { switch: { by: lang, cases: { en: [] } } }",
			"segment   switch by source { web: rules switch_2 by media { text/html: tongue; : -; default: - }; default: - } switch_3 by lang { en: -; default: - }"},
		{"by a stored column, in both ways to name it", "- rules: { annotate: true }\n- switch: { by: rules_bytes, cases: { 3: [tongue], 4.5: [] } }\n- switch: { as: b, by: sig_rules_bytes, cases: { 1e3: [] } }",
			"segment   rules switch by sig_rules_bytes { 3: tongue; 4.5: -; default: - } b by sig_rules_bytes { 1e3: -; default: - }"},
		{"by a column that one case of an earlier switch stores", "- switch: { by: source, cases: { web: [{ rules: { annotate: true } }] } }\n- switch: { by: rules_bytes, cases: { 3: [] } }",
			"segment   switch by source { web: rules; default: - } switch_2 by sig_rules_bytes { 3: -; default: - }"},
		{"before a cut", "- tongue\n- switch: { by: lang, cases: { en: [rules] } }\n- pairs\n- { rules: { as: late } }",
			"segment   tongue switch by lang { en: rules; default: - }"},
		{"grouping within columns", "- tongue\n- rules: { annotate: true }\n- pairs: { within: [lang, source, rules_bytes] }",
			"group     pairs within lang, source, sig_rules_bytes"},
		{"behind a cut", "- tongue\n- pairs\n- switch: { by: lang, cases: { en: [rules] } }",
			"assemble  switch by lang { en: rules; default: - }"},
	} {
		app := switchApp("")
		p, pl, err := planOf(t, app, switchHead+c.stages)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if got := pl.Describe(); !strings.Contains(got, c.want+"\n") {
			t.Errorf("%s:\n%s\nwant %s", c.what, got, c.want)
		}
		// what is written parses to the same pipeline, and to the same keys
		again, pl2, err := planOf(t, app, p.YAML())
		if err != nil {
			t.Errorf("%s: %v in\n%s", c.what, err, p.YAML())
			continue
		}
		if again.YAML() != p.YAML() || plan.DigestOf(pl2.Graph) != plan.DigestOf(pl.Graph) {
			t.Errorf("%s: written, read and written again:\n%s\n%s", c.what, p.YAML(), again.YAML())
		}
	}
}

func TestSwitchRefuses(t *testing.T) {
	for _, c := range []struct{ stages, want string }{
		{"- switch: {}", "p.yaml:4:11: switch: by: want lang, source, media or a stored column"},
		{"- switch", "switch: by: want"},
		{"- switch: { by: source }", "switch: cases: want lists of stages by value"},
		{"- switch: { by: source, cases: { web: [] }, otherwise: [] }", `p.yaml:4:45: unknown key "otherwise"`},
		{"- switch: { by: source, cases: { web: [] }, when: { lang: [en] } }", `unknown key "when"`},
		{"- switch: { by: source, cases: { web: rules } }", "p.yaml:4:39: want a list"},
		{"- switch: { by: source, cases: { web: [{ rules: { mux: 3 } }] } }", `p.yaml:4:51: unknown key "mux"; did you mean "max"?`},
		{"- switch: { by: source, cases: { wob: [] } }", `p.yaml:4:13: switch: cases: no source is called "wob"; did you mean "web"?`},
		{"- switch: { by: lang, cases: { zh: [] } }", "p.yaml:4:13: switch goes by the column lang, which nothing before it sets: put a stage that sets it before"},
		{"- switch: { by: lang, cases: { zh: [] } }\n- tongue", "switch goes by the column lang, which nothing before it sets: put tongue before it"},
		{"- switch: { by: source, cases: { web: [tongue], books: [{ switch: { by: lang, cases: { zh: [] } } }] } }", "switch_2 goes by the column lang, which nothing before it sets"},
		{"- switch: { by: rules_bytes, cases: { 3: [] } }\n- rules: { annotate: true }", `switch: by: no column "rules_bytes" is stored before it; annotate: true on a stage before it stores its values; known: lang, source, media`},
		{"- switch: { by: source, cases: { web: [{ rules: { annotate: true } }] }, default: [{ switch: { by: rules_bytes, cases: { 3: [] } } }] }", "sig_rules_bytes is stored in another case only"},
		{"- rules: { annotate: true }\n- switch: { by: rules_bytes, cases: { 3: [], three: [] } }", `p.yaml:5:53: switch: case "three": the column sig_rules_bytes holds numbers`},
		{"- rules: { annotate: true }\n- switch: { by: rules_bytes, cases: { 3: [], 3.0: [] } }", "switch: case 3.0 has the value of another case"},
		{"- switch: { by: source, cases: { web: [pairs] } }", "p.yaml:4:40: pairs works across documents and cannot stand in case web of switch: put it before or behind the switch"},
		{"- switch: { as: s, by: source, cases: { web: [] }, default: [checkpoint] }", "checkpoint stores all documents and cannot stand in case default of s"},
		{"- rules\n- switch: { by: source, cases: { web: [rules] } }", "p.yaml:5:40: stage rules occurs twice"},
		{"- rules: { as: switch_2 }\n- switch: { by: source, as: switch_2, cases: { web: [] } }", "stage switch_2 occurs twice"},
		{"- pairs: { within: [lang] }", "p.yaml:4:12: pairs goes by the column lang, which nothing before it sets"},
		{"- pairs: { within: [rules_bytes] }\n- rules: { annotate: true }", `p.yaml:4:20: pairs: within: no column "rules_bytes" is stored before it`},
		{"- pairs: { within: [source, media, source] }", "pairs: within: source occurs twice"},
		{"- rules: { within: [source] }", "within: rules compares no documents"},
		{"- switch: { as: a.b, by: source, cases: { web: [] } }", `stage name "a.b"`},
	} {
		if _, _, err := planOf(t, switchApp(""), switchHead+c.stages); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.stages, err, c.want)
		}
	}
}

// Stages in a switch are reached by their name, like all others.
func TestSwitchIsReachedByName(t *testing.T) {
	recipe := switchHead + "- tongue\n- switch: { by: lang, cases: { zh: [rules, { rules: { as: more } }], en: [{ switch: { as: inner, by: source, cases: { web: [{ rules: { as: deep } }] } } }] } }\n"
	for _, c := range []struct {
		what, src, set string
		want           string
	}{
		{"by --set", recipe, "stages.rules.max=9", "switch by lang { zh: rules=9 more=3; en: inner by source { web: deep=3; default: - }; default: - }"},
		{"by --set, deep", recipe, "stages.deep.max=9", "switch by lang { zh: rules=3 more=3; en: inner by source { web: deep=9; default: - }; default: - }"},
		{"the switch itself", recipe, "stages.inner.by=media", "switch by lang { zh: rules=3 more=3; en: inner by media { web: deep=3; default: - }; default: - }"},
		{"a case", recipe, "stages.switch.cases.zh=[]", "switch by lang { zh: -; en: inner by source { web: deep=3; default: - }; default: - }"},
		{"by a pipeline that extends it", "extends: x\nstages: [{ deep: { max: 7 } }, { more: off }]", "", "switch by lang { zh: rules=3; en: inner by source { web: deep=7; default: - }; default: - }"},
		{"a switch that extends one", "extends: x\nstages: [{ switch: { cases: { fr: [{ rules: { as: fr } }] }, default: [{ rules: { as: d } }] } }]", "",
			"switch by lang { zh: rules=3 more=3; en: inner by source { web: deep=3; default: - }; fr: fr=3; default: d=3 }"},
	} {
		var sets []string
		if c.set != "" {
			sets = append(sets, c.set)
		}
		_, pl, err := planOf(t, switchApp(recipe), c.src, sets...)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		for _, st := range pl.steps { // with the setting in its name
			if r, ok := st.Object.(*rules); ok {
				st.Name += "=" + strconv.Itoa(r.Max)
			}
		}
		if got := stepNames(pl.steps, nil); got != "tongue "+c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
	if _, _, err := planOf(t, switchApp(""), recipe, "stages.nobody.max=1"); err == nil || !strings.Contains(err.Error(), `nothing here is called "nobody"`) {
		t.Error(err)
	}
}

// A document goes where its value leads, one without a value to the default.
func TestSwitchTakesTheCase(t *testing.T) {
	for _, c := range []struct{ stages, lang, text, want string }{
		{"- { tongue: { code: zh } }\n- switch: { by: lang, cases: { zh: [{ rules: { as: a } }], und: [{ rules: { as: b } }] }, default: [{ rules: { as: c } }] }", "", "x", "tongue switch a"},
		{"- { tongue: { code: '' } }\n- switch: { by: lang, cases: { zh: [{ rules: { as: a } }], und: [{ rules: { as: b } }] }, default: [{ rules: { as: c } }] }", "", "x", "tongue switch b"},
		{"- { tongue: { code: fr } }\n- switch: { by: lang, cases: { zh: [{ rules: { as: a } }], und: [{ rules: { as: b } }] }, default: [{ rules: { as: c } }] }", "", "x", "tongue switch c"},
		{"- rules: { annotate: true }\n- switch: { by: rules_bytes, cases: { 2.0: [{ rules: { as: a } }] }, default: [{ rules: { as: c } }] }", "", "xy", "rules switch a"},
		{"- rules: { annotate: true }\n- switch: { by: rules_bytes, cases: { 2.0: [{ rules: { as: a } }] }, default: [{ rules: { as: c } }] }", "", "x", "rules switch c"},
		{"- rules: { annotate: true, when: { source: [books] } }\n- switch: { by: rules_bytes, cases: { 0: [{ rules: { as: a } }] }, default: [{ rules: { as: c } }] }", "", "x", "rules switch c"},
		{"- switch: { by: source, cases: { web: [{ rules: { as: a } }] } }\n- { rules: { as: end } }", "", "x", "switch a end"},
		{"- switch: { by: source, cases: { books: [{ rules: { as: a } }] } }\n- { rules: { as: end } }", "", "x", "switch end"},
		{"- switch: { by: media, cases: { text/html: [{ rules: { as: a } }], '': [{ rules: { as: b } }] } }", "", "x", "switch b"},
	} {
		_, pl, err := planOf(t, switchApp(""), switchHead+c.stages)
		if err != nil {
			t.Errorf("%s: %v", c.stages, err)
			continue
		}
		trace, err := pl.Try(t.Context(), &corpus.Document{ID: "d", Text: c.text, Lang: c.lang, Origin: corpus.Origin{Source: "web"}})
		if err != nil {
			t.Fatal(err)
		}
		var way []string
		for _, s := range trace.Steps {
			way = append(way, s.Stage)
			if s.Type == "switch" && !strings.HasPrefix(s.Note, "takes the case ") {
				t.Errorf("the switch says %q", s.Note)
			}
		}
		if got := strings.Join(way, " "); got != c.want {
			t.Errorf("%s: the way is %s, want %s", c.stages, got, c.want)
		}
	}
}

// What documents must have in common to be compared is part of the key, each column for
// itself and in its order.
func TestWithinIsInTheKey(t *testing.T) {
	digests := map[string]string{}
	for _, within := range []string{"", "[source]", "[media]", "[source, media]", "[rules_bytes]"} {
		stages := "- rules: { annotate: true }\n- pairs: { within: WITHIN }"
		if within == "" {
			stages = "- rules: { annotate: true }\n- pairs"
		}
		_, pl, err := planOf(t, switchApp(""), switchHead+strings.Replace(stages, "WITHIN", within, 1))
		if err != nil {
			t.Fatal(err)
		}
		d := pl.Graph.Ops[1].Digest
		if other, ok := digests[d]; ok {
			t.Errorf("within %s and %s have one digest", other, within)
		}
		digests[d] = within
		if reads := pl.steps[1].Reads; reads != nil {
			t.Errorf("a stage that reads all columns reads %v", reads)
		}
	}
}

// Values are told apart whatever stands in them; documents without a stored value are
// alike.
func TestWithinValues(t *testing.T) {
	_, pl, err := planOf(t, switchApp(""), switchHead+"- rules: { annotate: true }\n- pairs: { within: [media, lang, rules_bytes] }\n", "stages=[{ tongue: {} }, { rules: { annotate: true } }, { pairs: { within: [media, lang, rules_bytes] } }]")
	if err != nil {
		t.Fatal(err)
	}
	of := func(media, lang string, x float64) string {
		return string(pl.steps[2].Grouping.Within(nil, &corpus.Document{Media: media, Lang: lang, Signals: []float64{x}}))
	}
	nan := math.NaN()
	for _, c := range []struct {
		a, b  string
		equal bool
	}{
		{of("m", "en", 1), of("m", "en", 1), true}, {of("m", "en", 1), of("m", "zh", 1), false}, {of("m", "en", 1), of("n", "en", 1), false},
		{of("m", "en", 1), of("m", "en", 1.5), false}, {of("m", "en", nan), of("m", "en", nan), true}, {of("m", "en", nan), of("m", "en", 0), false},
		{of("m", "", 1), of("m", "und", 1), true}, {of("me", "n", 1), of("m", "en", 1), false}, {of("", "en", 1), of("en", "", 1), false},
	} {
		if (c.a == c.b) != c.equal {
			t.Errorf("%q and %q are equal: %v", c.a, c.b, !c.equal)
		}
	}
}
