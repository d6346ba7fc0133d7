package purify_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

func curve(t testing.TB, s string) purify.Curve {
	t.Helper()
	n, err := config.ParseYAML("t.yaml", []byte("x: "+s))
	var c, again purify.Curve
	if err == nil {
		err = c.UnmarshalNode(n.Get("x"))
	}
	if err == nil {
		err = again.UnmarshalNode(c.MarshalNode())
	}
	if err != nil || fmt.Sprint(c) != fmt.Sprint(again) {
		t.Fatalf("%s: %v; written and read again %v, %v", s, c, again, err)
	}
	return c
}

// A curve gives each value its probability: on its points, between, before and behind.
func TestCurve(t *testing.T) {
	const points, buckets, words = "[[0, 0.1], [0.5, 0.3], [1, 1]]", "[0, 0.25, 1]", `{news: 1, fiction: 0.1, "*": 0.5}`
	for _, c := range []struct {
		curve, by string
		a         float64
		genre     string
		want      float64
	}{
		{points, "a_score", 0, "", 0.1}, {points, "a_score", -3, "", 0.1}, {points, "a_score", 0.5, "", 0.3}, {points, "a_score", 0.25, "", 0.2},
		{points, "a_score", 0.75, "", 0.65}, {points, "a_score", 1, "", 1}, {points, "a_score", 7, "", 1}, {points, "a_score", math.NaN(), "", 0.75},
		{buckets, "a_score", 0, "", 0}, {buckets, "a_score", 1, "", 0.25}, {buckets, "a_score", 1.9, "", 0.25}, {buckets, "a_score", 2, "", 1}, {buckets, "a_score", 9, "", 1},
		{words, "genre_name", 0, "news", 1}, {words, "genre_name", 0, "fiction", 0.1}, {words, "genre_name", 0, "qa", 0.5}, {words, "genre_name", 0, "", 0.75},
	} {
		s := opened[*purify.SampleStage](t, purify.SampleDef, &purify.Sample{By: c.by, Curve: curve(t, c.curve), Missing: 0.75, CapOf: "bytes"})
		v := corpus.NewValues(5)
		if err := s.Measure(signals(c.a, 0, c.genre), v); err != nil || math.Abs(v.Get(1)-c.want) > 1e-12 {
			t.Errorf("%s of %v %q: %v, want %v; %v", c.curve, c.a, c.genre, v.Get(1), c.want, err)
		}
		verdict := s.Decide(v)
		if want := v.Get(0) < c.want; verdict.Kept() != want || !want && (verdict.Rule != "not_drawn" || verdict.Value != v.Get(0) || verdict.Limit != v.Get(1)) {
			t.Errorf("%s of %v %q: %v", c.curve, c.a, c.genre, verdict)
		}
	}
}

// Draws are even, the same each time, others by seed, name and source, and as many stay as
// the curve says.
func TestSampleDraws(t *testing.T) {
	env := func(seed uint64, name string) *stage.Env {
		e := stage.NewEnv()
		e.Seed, e.Name = seed, name
		return e
	}
	kept := func(e *stage.Env, source string) (ids string, n int) {
		s, err := stage.Open[*purify.SampleStage](t.Context(), purify.SampleDef, &purify.Sample{By: "a_score", Curve: purify.Curve{Points: []purify.CurvePoint{{Value: 0, Probability: 0.3}}}, CapOf: "bytes"}, e)
		if err == nil {
			err = s.FindColumns(testColumns)
		}
		if err != nil {
			t.Fatal(err)
		}
		v := corpus.NewValues(5)
		for i := range 10_000 {
			d := signals(1, 1, "")
			d.ID, d.Origin.Source = fmt.Sprint(i), source
			if err := s.Measure(d, v); err != nil {
				t.Fatal(err)
			}
			if s.Decide(v).Kept() {
				n++
				ids += d.ID + " "
			}
		}
		return ids, n
	}
	first, n := kept(env(1, "sample"), "web")
	if math.Abs(float64(n)-3000) > 4*math.Sqrt(10_000*0.3*0.7) {
		t.Errorf("%d of 10000 stay, want about 3000", n)
	}
	if again, _ := kept(env(1, "sample"), "web"); again != first {
		t.Error("the same draw twice differs")
	}
	for what, e := range map[string]*stage.Env{"seed": env(2, "sample"), "name": env(1, "late")} {
		if other, _ := kept(e, "web"); other == first {
			t.Errorf("another %s draws the same", what)
		}
	}
	if other, _ := kept(env(1, "sample"), "books"); other == first {
		t.Error("another source draws the same")
	}
}

// Caps that bind take their share of what then stays, others take nothing; a factor of all
// probabilities goes beyond a draw where it is over 1.
func TestSampleCaps(t *testing.T) {
	s := opened[*purify.SampleStage](t, purify.SampleDef, &purify.Sample{By: "genre_name", Missing: 1, CapOf: "bytes",
		Caps: map[string]float64{"fiction": 0.1, "forum": 0.2, "news": 0.3}})
	table := make([]float64, 999) // fiction 60 %, forum 10 %, news 10 %, others 20 %
	for i := range table {
		switch {
		case i < 599:
			table[i] = 0
		case i < 699:
			table[i] = 1
		case i < 799:
			table[i] = 2
		default:
			table[i] = 3
		}
	}
	// What stays: others .2, forum .1 of at most .2 * kept, news .1, fiction a tenth of all.
	// Forum is over its cap where kept < .5: kept = (.2 + .1) / (1 - .1 - .2) = .4286, forum .0857.
	for word, want := range map[string]float64{"fiction": 0.1 * 0.42857 / 0.6, "forum": 0.2 * 0.42857 / 0.1, "news": 1, "qa": 1} {
		v := corpus.NewValues(5)
		if err := s.Measure(signals(0, 0, word), v); err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{want * 0.99, want * 1.01} {
			v.Set(0, at)
			verdict := s.DecideAt(v, table)
			if kept := at < want; at < 1 && (verdict.Kept() != kept || !kept && (verdict.Rule != "capped" || verdict.Detail != word || math.Abs(verdict.Limit-want) > 0.005)) {
				t.Errorf("%s at %v of %v: %v", word, at, want, verdict)
			}
		}
	}
}

// Where there is nothing but capped words, no cap can hold and nothing goes.
func TestSampleCapsOfAll(t *testing.T) {
	s := opened[*purify.SampleStage](t, purify.SampleDef, &purify.Sample{By: "genre_name", Missing: 1, CapOf: "documents", Caps: map[string]float64{"fiction": 0.1}})
	v := corpus.NewValues(5)
	if err := s.Measure(signals(0, 0, "fiction"), v); err != nil {
		t.Fatal(err)
	}
	if verdict := s.DecideAt(v, make([]float64, 999)); !verdict.Kept() {
		t.Error(verdict)
	}
}

// A budget settles a factor of the probabilities: at its limit a document stays.
func TestSampleFits(t *testing.T) {
	s := opened[*purify.SampleStage](t, purify.SampleDef, &purify.Sample{By: "a_score", Curve: curve(t, "[[0, 0], [1, 0.5]]"), CapOf: "bytes"})
	if share, err := s.Fit(); share != 0 || err != nil || s.Shares()[0].Column != stage.Derived || s.Shares()[0].Highest {
		t.Fatal(share, err, s.Shares())
	}
	for _, c := range []struct {
		a, draw, factor float64
		kept            bool
	}{
		{1, 0.4, 0.8, true}, {1, 0.4001, 0.8, false}, {1, 0.9, 1.8, true}, {1, 0.91, 1.8, false}, {0.5, 0.2, 0.8, true}, {0.5, 0.21, 0.8, false},
		{0, 0.001, math.MaxFloat64, false}, {1, 0.999, math.MaxFloat64, true},
	} {
		v := corpus.NewValues(5)
		if err := s.Measure(signals(c.a, 0, ""), v); err != nil {
			t.Fatal(err)
		}
		v.Set(0, c.draw)
		if verdict := s.DecideAt(v, []float64{c.factor}); verdict.Kept() != c.kept {
			t.Errorf("%+v: %v, ratio %v", c, verdict, s.Derive(v, nil))
		}
	}
}

// Settings that cannot be are refused, with the name of what is wrong.
func TestSampleRefuses(t *testing.T) {
	for want, s := range map[string]purify.Sample{
		"by: name":        {Curve: curve(t, "[1]")},
		"missing:":        {By: "a_score", Missing: 2},
		"cap_of:":         {CapOf: "tokens"},
		"caps: say":       {CapBy: "genre_name"},
		"cap_by: name":    {Caps: map[string]float64{"x": 0.1}},
		"caps: x: 1":      {By: "genre_name", Caps: map[string]float64{"x": 1}},
		"leave nothing":   {By: "genre_name", Caps: map[string]float64{"x": 0.5, "y": 0.5}},
		"a probability":   {By: "a_score", Curve: curve(t, "[[0, 1.5]]")},
		"does not lie":    {By: "a_score", Curve: curve(t, "[[1, 0.5], [1, 0.6]]")},
		"curve: x: -1":    {By: "a_score", Curve: curve(t, "{x: -1}")},
		"holds words":     {By: "genre_name", Curve: curve(t, "[0.5]")},
		"holds no words":  {By: "a_score", Curve: curve(t, "{x: 1}")},
		"no column \"q\"": {By: "q"},
	} {
		st, err := stage.Open[*purify.SampleStage](t.Context(), purify.SampleDef, s, stage.NewEnv())
		if err == nil {
			err = st.FindColumns(testColumns)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
	for _, bad := range []string{"3", "[[1]]", "[0.5, [1, 1]]", "[[1, 2, 3]]"} {
		n, err := config.ParseYAML("t.yaml", []byte("x: "+bad))
		var c purify.Curve
		if err == nil && c.UnmarshalNode(n.Get("x")) == nil {
			t.Errorf("%s is read as %v", bad, c)
		}
	}
}
