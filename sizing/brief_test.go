package sizing_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/sizing"
)

// TestBrief has two lines at most, one where the tokens carry no model worth a plan.
func TestBrief(t *testing.T) {
	f := func(tokens sizing.Tokens, gpus int, want ...string) {
		t.Helper()
		cfg := config.Defaults[sizing.Config]()
		if gpus > 0 {
			k := config.Defaults[sizing.ClusterConfig]()
			k.GPUs, k.Days, cfg.Cluster = gpus, 54, &k
		}
		v, err := sizing.Size(tokens, cfg)
		if err != nil {
			t.Fatal(err)
		}
		got := v.Brief()
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q, want %q", got, want)
		}
		for _, l := range got {
			if utf8.RuneCountInString(l) > 66 {
				t.Errorf("too long for a summary: %s", l)
			}
		}
		if v.String() != strings.Join(v.Sentences(), "\n") {
			t.Errorf("%s", v)
		}
	}
	f(33_711, 8, "33.7K tokens: a model of 1M parameters takes 20M")
	f(19_999_980, 0, "20M tokens: a model of 1M parameters takes 20M")
	f(20_000_000, 0, "20M tokens carry a 1M model at 20 tokens a parameter")
	f(587e9, 16000, "587B tokens carry a 29.4B model at 20 tokens a parameter", "16,000 h100-sxm, 54 days: a 496B model; 9.34T tokens short")
	f(150e12, 16000, "150T tokens carry a 7.5T model at 20 tokens a parameter", "16,000 h100-sxm, 54 days: a 496B model; 196,521,043 GPU-days short")
}
