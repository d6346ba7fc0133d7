package sizing

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// Absurd input gives an error that names the quantity, never a number.
func TestAbsurdConfigurations(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	rows := []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"no GPUs", func(c *Config) { c.Cluster.GPUs = 0 }, "number of GPUs is 0"},
		{"negative GPUs", func(c *Config) { c.Cluster.GPUs = -8 }, "number of GPUs is -8"},
		{"too many GPUs", func(c *Config) { c.Cluster.GPUs = maxGPUs + 1 }, "number of GPUs"},
		{"no days", func(c *Config) { c.Cluster.Days = 0 }, "days is 0"},
		{"negative days", func(c *Config) { c.Cluster.Days = -1 }, "days is -1"},
		{"a century and more", func(c *Config) { c.Cluster.Days = 36_501 }, "days"},
		{"MFU 0", func(c *Config) { c.Cluster.MFU = 0 }, "mfu"},
		{"MFU above 1", func(c *Config) { c.Cluster.MFU = 1.01 }, "between 0 and 1"},
		{"MFU in percent", func(c *Config) { c.Cluster.MFU = 40 }, "40 % is 0.40"},
		{"MFU NaN", func(c *Config) { c.Cluster.MFU = nan }, "mfu is NaN"},
		{"unknown GPU", func(c *Config) { c.Cluster.GPU = "h1000" }, "h100-sxm"},
		{"family", func(c *Config) { c.Cluster.GPU = "h100" }, "did you mean h100-pcie or h100-sxm"},
		{"empty GPU", func(c *Config) { c.Cluster.GPU = "" }, "catalogue"},
		{"precision", func(c *Config) { c.Cluster.Precision = "fp4" }, "bf16 and fp8"},
		{"no FP8", func(c *Config) { c.Cluster.GPU, c.Cluster.Precision = "a100-sxm", "fp8" }, "no fp8 peak"},
		{"peak infinite", func(c *Config) { c.Cluster.PeakTFLOPS = inf }, "peak_tflops"},
		{"power", func(c *Config) { c.Cluster.PowerWatts = -1 }, "power_watts"},
		{"overhead", func(c *Config) { c.Cluster.PowerOverhead = 0.9 }, "power_overhead"},
		{"overhead NaN", func(c *Config) { c.Cluster.PowerOverhead = nan }, "power_overhead"},
		{"price", func(c *Config) { c.Cluster.USDPerKWh = -0.1 }, "usd_per_kwh"},
		{"memory", func(c *Config) { c.Cluster.MemoryGB = nan }, "memory_gb"},
		{"fails at once", func(c *Config) { c.Cluster.GPUMTBFHours = 1 }, "fail every"},
		{"checkpoint", func(c *Config) { c.Cluster.GPUMTBFHours, c.Cluster.CheckpointSeconds = 50_000, 0 }, "checkpoint time"},
		{"ratio 0", func(c *Config) { c.TokensPerParameter = 0 }, "tokens_per_parameter"},
		{"ratio NaN", func(c *Config) { c.TokensPerParameter = nan }, "tokens_per_parameter"},
		{"active", func(c *Config) { c.ActiveRatio = 0 }, "active_ratio"},
		{"fit", func(c *Config) { c.Fit = "kaplan2020" }, "besiroglu2024"},
		{"sequence", func(c *Config) { c.SequenceTokens = 0 }, "sequence length"},
		{"zero value", func(c *Config) { *c = Config{} }, "tokens_per_parameter"},
		{"tokenizer", func(c *Config) { c.Tokenizer = strings.Repeat("x", 201) }, "tokenizer"},
	}
	for _, r := range rows {
		cfg := example()
		r.change(&cfg)
		_, err := Size(1.3e12, cfg)
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: got %v, want an input error that says %q", r.name, err, r.says)
		}
		if err := cfg.Validate(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: Validate says %v", r.name, err)
		}
	}
	for _, d := range []Tokens{0, -1, 19e18, 1e30, Tokens(nan), Tokens(inf), 5} {
		if v, err := Size(d, example()); !errors.Is(err, ErrInput) {
			t.Errorf("%v tokens: %v, %v", float64(d), v.ParamsFromData, err)
		}
	}
}

func TestAbsurdArguments(t *testing.T) {
	f, r, g := Besiroglu2024(), Muennighoff2023(), must(GPUByName("h100-sxm"))
	nan := math.NaN()
	calls := map[string]func() error{
		"optimal of no compute":   func() error { _, err := f.Optimal(0); return err },
		"optimal of NaN":          func() error { _, err := f.Optimal(FLOP(nan)); return err },
		"ratio of no compute":     func() error { _, err := OptimalByRatio(-1, 20); return err },
		"loss at the floor":       func() error { _, err := f.ForLoss(f.E); return err },
		"loss near the floor":     func() error { _, err := f.ForLoss(f.E + 1e-9); return err },
		"loss out of reach":       func() error { _, err := f.TokensForLoss(1e6, 1.9); return err },
		"negative serving":        func() error { _, err := f.InferenceAware(2, -1); return err },
		"an empty fit":            func() error { _, err := Fit{}.Optimal(1e20); return err },
		"half an epoch":           func() error { _, err := r.EffectiveTokens(1e12, 0.5); return err },
		"above the ceiling":       func() error { _, err := r.EpochsFor(1e12, 17e12); return err },
		"worth above 1":           func() error { _, err := r.EpochsAtValue(1.1); return err },
		"an empty repetition":     func() error { _, err := Repetition{}.EffectiveTokens(1, 1); return err },
		"ZeRO 4":                  func() error { _, err := StateBytes(1e9, 4, 8); return err },
		"ZeRO on none":            func() error { _, err := StateBytes(1e9, 3, 0); return err },
		"recompute":               func() error { _, err := ActivationBytes(Shape{1, 1, 1}, 1, 1, 1, "some"); return err },
		"an empty shape":          func() error { _, err := ActivationBytes(Shape{}, 1, 1, 1, RecomputeNone); return err },
		"more ways than heads":    func() error { _, err := ActivationBytes(Shape{1, 1, 1}, 1, 1, 2, RecomputeNone); return err },
		"no micro-batch":          func() error { _, err := ActivationBytes(Shape{1, 1, 1}, 1, 0, 1, RecomputeNone); return err },
		"memory unknown":          func() error { _, err := FitMemory(1e9, Shape{1, 1, 1}, GPU{}, 8, 1, 1); return err },
		"more routed than there":  func() error { _, err := MixtureOfExperts(1e9, 1e9, 8, 9); return err },
		"no interruptions":        func() error { _, err := GPUMTBF(54, 16384, 0); return err },
		"power of no GPUs":        func() error { _, err := Power(0, 700, 2); return err },
		"overhead below 1":        func() error { _, err := Power(1, 700, 0.5); return err },
		"days of no work":         func() error { _, err := h100(8, 0.4).Days(0); return err },
		"budget of NaN days":      func() error { _, err := h100(8, 0.4).Budget(Days(nan)); return err },
		"goodput above 1":         func() error { c := h100(8, 0.4); c.Goodput = 1.5; _, err := c.Rate(); return err },
		"a GPU without peak":      func() error { _, err := sustained(8, 0).Rate(); return err },
		"a cluster in no time":    func() error { _, err := ClusterFor(1e9, 1e9, 0, g, BF16, 0.4, nil); return err },
		"a cluster beyond reason": func() error { _, err := ClusterFor(1e15, 1e17, 1, g, BF16, 0.4, nil); return err },
		"penalty without P":       func() error { _, err := OverfittingPenalty{}.Loss(f, 1, 1, 1); return err },
		"sequence":                func() error { _, err := TrainingComputeWithAttention(1, 1, Shape{1, 1, 1}, 0, true); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: got %v, want an input error", name, err)
		}
	}
}
