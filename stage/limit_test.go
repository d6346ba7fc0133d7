package stage_test

import (
	"math"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

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

func TestCheckShares(t *testing.T) {
	for _, l := range []stage.Limit{{}, stage.Off(), stage.At(0), stage.At(0.5), stage.At(1)} {
		if err := stage.CheckShares(map[string]stage.Limit{"a": l}); err != nil {
			t.Errorf("%v: %v", l, err)
		}
	}
	for _, x := range []float64{-1e-9, 1 + 1e-9, 30, math.NaN()} {
		err := stage.CheckShares(map[string]stage.Limit{"b": stage.At(x), "a": stage.At(1), "c": stage.At(x)})
		if err == nil || !strings.HasPrefix(err.Error(), "b: ") {
			t.Errorf("%v: %v", x, err)
		}
	}
}

func TestCheckAmounts(t *testing.T) {
	for _, l := range []stage.Limit{{}, stage.Off(), stage.At(0), stage.At(1e9)} {
		if err := stage.CheckAmounts(map[string]stage.Limit{"a": l}); err != nil {
			t.Errorf("%v: %v", l, err)
		}
	}
	err := stage.CheckAmounts(map[string]stage.Limit{"b": stage.At(-3), "a": stage.At(1), "c": stage.At(-1)})
	if err == nil || err.Error() != "b: -3 is negative, want 0 or more, or off" {
		t.Error(err)
	}
}

func TestLimitText(t *testing.T) {
	for text, want := range map[string]stage.Limit{"off": stage.Off(), "default": {}, "": {}, "0": stage.At(0), "1e3": stage.At(1000)} {
		var l stage.Limit
		if err := l.UnmarshalText([]byte(text)); err != nil || l != want {
			t.Errorf("%q: %v %v", text, l, err)
		}
	}
	for _, text := range []string{"lots", ".nan", "nan", "inf", "1,5"} {
		var l stage.Limit
		if err := l.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, l)
		}
	}
}

func TestKeepText(t *testing.T) {
	for text, want := range map[string]stage.Keep{
		"first": {Policy: "first"}, "{ max: text_bytes }": {Policy: "max", Column: "text_bytes"}, "min tokens": {Policy: "min", Column: "tokens"},
	} {
		n, err := config.ParseYAML("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var k, again stage.Keep
		if err := config.Decode(n, &k); err != nil || k != want {
			t.Errorf("%q: %v %v", text, k, err)
		}
		if err := config.Decode(config.Encode(k), &again); err != nil || again != k {
			t.Errorf("%q comes back as %v: %v", text, again, err)
		}
	}
	for _, text := range []string{"{ best: x }", "max", "{ max: a, min: b }", "first x"} {
		n, err := config.ParseYAML("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var k stage.Keep
		if err := config.Decode(n, &k); err == nil {
			t.Errorf("%q is %v", text, k)
		}
	}
}
