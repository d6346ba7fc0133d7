package run

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
)

// A sink that is named and never opened.
type nowhere struct {
	Dir string `yaml:"dir"`
}

// Rejects go where the pipeline says, else where the program says, whatever other sinks
// it has and in whatever order.
func TestSinkOfRejects(t *testing.T) {
	a, b := stage.Define[nowhere]("a", 1), stage.Define[nowhere]("b", 1)
	const head = "source: { in: {} }\nsink: { a: {} }\n"
	for _, c := range []struct {
		program stage.Def
		rejects string
		want    string // name of the sink, or how the error ends
	}{
		{b, "", "b"},
		{b, "rejects: { text_sample: 0.5 }", "b"},
		{b, "rejects: { a: {} }", "a"},
		{stage.Def{}, "rejects: { b: {}, text_sample: 0.5 }", "b"},
		{b, "rejects: a", "a"},
		{b, "rejects:", "b"},
		{b, "rejects: {}", "b"},
		{b, "rejects: c", `unknown rejects "c"; known: a, b`},
		{b, "rejects: [a]", "want one rejects here, as { name: { settings } }"},
		{stage.Def{}, "", "rejects: the program has no sink of its own for them: name one"},
		{stage.Def{}, "rejects: { text_sample: 0.5 }", "rejects: the program has no sink of its own for them: name one"},
	} {
		app := &App{Sources: []stage.Def{stage.Define[nowhere]("in", 1)}, Sinks: []stage.Def{a, b}, Rejects: c.program}
		p, err := app.Parse("p.yaml", []byte(head+c.rejects), nil)
		if err != nil {
			if !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%q: %v, want %s", c.rejects, err, c.want)
			}
			continue
		}
		if p.Rejects.Def.Name != c.want {
			t.Errorf("%q: rejects go to %s, want %s", c.rejects, p.Rejects.Def.Name, c.want)
		}
	}
}

// What a run may lose comes from the file into the pipeline, and from there into its plan.
func TestLimitsOfPipeline(t *testing.T) {
	app := &App{Sources: []stage.Def{stage.Define[nowhere]("in", 1)}, Sinks: []stage.Def{stage.Define[nowhere]("a", 1)}, Rejects: stage.Define[nowhere]("a", 1)}
	const limits = "errors_max: 1\nshards_lost_max: 2\nshards_failed_max: 3\n"
	p, err := app.Parse("p.yaml", []byte("source: { in: {} }\nsink: { a: {} }\n"+limits), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range []stage.Limit{p.ErrorsMax, p.ShardsLostMax, p.ShardsFailedMax} {
		if x, on := l.Get(); !on || int(x) != i+1 {
			t.Errorf("limit %d is %v", i+1, l)
		}
	}
	for line := range strings.Lines(limits) {
		if !strings.Contains(p.YAML(), line) {
			t.Errorf("the plan lacks %s", line)
		}
	}
}
