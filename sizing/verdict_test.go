package sizing

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// example is the cluster of the documentation: 1,024 H100 for 30 days at 40 %.
func example() Config {
	cfg, k := DefaultConfig(), DefaultCluster()
	k.GPUs, k.Days = 1024, 30
	cfg.Cluster = &k
	return cfg
}

func TestSizeDataLimited(t *testing.T) {
	v := must(Size(1.3e12, example()))
	if v.LimitedBy != LimitedByData {
		t.Fatalf("limited by %q", v.LimitedBy)
	}
	closeTo(t, "model from data", float64(v.ParamsFromData), 65e9, 1e-9)
	closeTo(t, "days from data", float64(v.DaysFromData), 14.5, 0.003)
	closeTo(t, "model from compute", float64(v.ParamsFromCompute), 94e9, 0.005)
	closeTo(t, "tokens from compute", float64(v.TokensFromCompute), 1.87e12, 0.001)
	closeTo(t, "missing tokens", float64(v.MissingTokens), 0.57e12, 0.003)
	closeTo(t, "epochs", v.Epochs, 1.4, 0.035)
	closeTo(t, "GPU-days used and spare", float64(v.SpareGPUDays)+float64(v.PlanDays)*1024, 30*1024, 1e-9)
	if v.MissingGPUDays != 0 || v.Params != v.ParamsFromData || v.PlanTokens != v.Tokens {
		t.Errorf("plan %+v", v.ComputeSide)
	}
}

func TestSizeComputeLimited(t *testing.T) {
	v := must(Size(8e12, example()))
	if v.LimitedBy != LimitedByCompute || v.MissingTokens != 0 || v.SpareGPUDays != 0 {
		t.Fatalf("%+v", v.ComputeSide)
	}
	closeTo(t, "missing GPU-days", float64(v.MissingGPUDays), (float64(v.DaysFromData)-30)*1024, 1e-9)
	if v.Params != v.ParamsFromCompute || v.PlanDays != 30 {
		t.Errorf("plan %+v", v.ComputeSide)
	}
}

func TestSizeBalancesAtTheBoundary(t *testing.T) {
	balanced := must(Size(1.3e12, example())).TokensFromCompute
	if v := must(Size(balanced*0.999, example())); v.LimitedBy != LimitedByData {
		t.Errorf("just below: %s", v.LimitedBy)
	}
	if v := must(Size(balanced*1.001, example())); v.LimitedBy != LimitedByCompute {
		t.Errorf("just above: %s", v.LimitedBy)
	}
}

func TestSizeWithoutCluster(t *testing.T) {
	v := must(Size(1.3e12, DefaultConfig()))
	if v.ComputeSide != nil {
		t.Fatal("a cluster from nowhere")
	}
	b := must(json.Marshal(v))
	if strings.Contains(string(b), "limited_by") || !strings.Contains(string(b), `"params_from_data":65000000000`) {
		t.Errorf("JSON %s", b)
	}
}

func TestSizeWarnings(t *testing.T) {
	has := func(v Verdict, part string) bool { return strings.Contains(strings.Join(v.Warnings, "|"), part) }
	cfg := example()
	if v := must(Size(1e11, cfg)); v.Epochs != 0 || !has(v, "no number of epochs") {
		t.Errorf("beyond the ceiling: epochs %v, %v", v.Epochs, v.Warnings)
	}
	if v := must(Size(3e11, cfg)); v.Epochs < 4 || !has(v, "four or so") {
		t.Errorf("many epochs: %v, %v", v.Epochs, v.Warnings)
	}
	cfg.Cluster.GPUs, cfg.Cluster.Days = 8, 3650
	if v := must(Size(1e13, cfg)); v.Memory.Fits || !has(v, "do not fit") {
		t.Errorf("8 GPUs: %+v", v.Memory)
	}
	cfg.Fit = "hoffmann2022"
	if v := must(Size(1e13, cfg)); !has(v, "hoffmann2022") {
		t.Error("the printed constants must warn")
	}
}

func TestSizeMixtureAndFailures(t *testing.T) {
	cfg := example()
	cfg.ActiveRatio, cfg.Cluster.GPUMTBFHours = 0.25, 50_676
	v := must(Size(1.3e12, cfg))
	if v.TotalParamsFromData != 4*v.ParamsFromData || v.ParamsFromData != 65e9 {
		t.Errorf("mixture %v of %v", v.ParamsFromData, v.TotalParamsFromData)
	}
	if v.Goodput >= 1 || v.Goodput < 0.9 || v.CheckpointInterval <= 0 {
		t.Errorf("goodput %v, interval %v", v.Goodput, v.CheckpointInterval)
	}
	plain := must(Size(1.3e12, example()))
	closeTo(t, "days grow by goodput", float64(v.DaysFromData)*v.Goodput, float64(plain.DaysFromData), 1e-9)
	if v.Memory.States <= plain.Memory.States/2 {
		t.Error("memory must count all experts")
	}
}

func TestVerdictJSONRoundTrip(t *testing.T) {
	v := must(Size(1.3e12, example()))
	b := must(json.Marshal(v))
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"tokens", "params_from_data", "params_from_compute", "limited_by", "missing_tokens", "missing_gpu_days",
		"formulas", "constants", "energy_kwh", "rent_usd", "cluster_budget_flop",
	} {
		if _, ok := m[key]; !ok {
			t.Errorf("sizing.json lacks %q", key)
		}
	}
	var back Verdict
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(v, back) {
		t.Errorf("round trip: %v\n%+v\n%+v", err, v, back)
	}
}

func TestPrintedLinesFitTheTerminal(t *testing.T) {
	cfgs := []Config{example(), DefaultConfig(), example(), example()}
	cfgs[2].Tokenizer, cfgs[2].Cluster.GPUMTBFHours = "a-tokenizer-with-a-long-name", 50_000
	cfgs[2].ActiveRatio = 0.1
	cfgs[3].Cluster = &ClusterConfig{GPU: "tpu-v5p", GPUs: 99_999_999, MFU: 1, Days: 36_500, Precision: "bf16", PowerOverhead: 1}
	for i, cfg := range cfgs {
		for _, d := range []Tokens{1000, 1.3e12, 1e18} {
			v, err := Size(d, cfg)
			if err != nil {
				t.Errorf("config %d, %v: %v", i, d, err)
				continue
			}
			var table bytes.Buffer
			if err := v.Table(&table); err != nil {
				t.Fatal(err)
			}
			for _, line := range append(v.Sentences(), strings.Split(table.String(), "\n")...) {
				if utf8.RuneCountInString(line) > 80 || line != strings.TrimRight(line, " ") {
					t.Errorf("config %d, %v: %d columns: %q", i, d, len(line), line)
				}
				if strings.Contains(line, "NaN") || strings.Contains(line, "Inf") {
					t.Errorf("config %d, %v: %q", i, d, line)
				}
			}
		}
	}
}

func TestChartIsSelfContained(t *testing.T) {
	cfg := example()
	cfg.Cluster.GPU, cfg.Cluster.PeakTFLOPS = `a<b>&"c"`, 100
	for _, c := range []Config{example(), DefaultConfig(), cfg} {
		for _, d := range []Tokens{20, 1.3e12, 8e12, 1e18} {
			v := must(Size(d, c))
			var first, second bytes.Buffer
			if err := errors.Join(v.Chart(&first), v.Chart(&second)); err != nil {
				t.Fatal(err)
			}
			if first.String() != second.String() || first.Len() > 100_000 {
				t.Errorf("%v: two charts differ, or %d bytes", d, first.Len())
			}
			text := strings.ReplaceAll(first.String(), `xmlns="http://www.w3.org/2000/svg"`, "")
			for _, no := range []string{"<script", "http", "@import", "href", "NaN", "Inf"} {
				if strings.Contains(text, no) {
					t.Errorf("%v: the chart holds %q", d, no)
				}
			}
			checkXML(t, first.Bytes())
		}
	}
}

func checkXML(t *testing.T, b []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := dec.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("the chart is not XML: %v", err)
		}
	}
}

// The default tags, which a configuration loader reads, are the defaults.
func TestDefaultTagsAreTheDefaults(t *testing.T) {
	k := DefaultCluster()
	for _, v := range []reflect.Value{reflect.ValueOf(DefaultConfig()), reflect.ValueOf(k)} {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			tag, ok := f.Tag.Lookup("default")
			if f.Tag.Get("yaml") == "" {
				t.Errorf("%s has no yaml key", f.Name)
			}
			if !ok {
				if !v.Field(i).IsZero() {
					t.Errorf("%s has a default without a tag", f.Name)
				}
				continue
			}
			switch x := v.Field(i).Interface().(type) {
			case string:
				if x != tag {
					t.Errorf("%s: %q, tag %q", f.Name, x, tag)
				}
			case float64:
				if w, err := strconv.ParseFloat(tag, 64); err != nil || x != w {
					t.Errorf("%s: %v, tag %q", f.Name, x, tag)
				}
			case int:
				if w, err := strconv.Atoi(tag); err != nil || x != w {
					t.Errorf("%s: %v, tag %q", f.Name, x, tag)
				}
			default:
				t.Errorf("%s: type %T", f.Name, x)
			}
		}
	}
}

func TestCombine(t *testing.T) {
	a := Run{Name: "a", Tokens: 1e12, Tokenizer: "o200k_base", Inputs: []string{"1", "2"}}
	b := Run{Name: "b", Tokens: 3e11, Tokenizer: "o200k_base", Inputs: []string{"3"}}
	sum, err := Combine(a, b)
	if err != nil || sum.Tokens != 1.3e12 || len(sum.Inputs) != 3 || sum.Tokenizer != "o200k_base" {
		t.Errorf("%+v, %v", sum, err)
	}
	other, overlap := b, b
	other.Tokenizer = "cl100k_base"
	overlap.Inputs = []string{"2"}
	for name, runs := range map[string][]Run{
		"none": nil, "twice": {a, a}, "tokenizers": {a, other}, "same input": {a, overlap},
		"empty": {a, {Name: "c", Tokenizer: "o200k_base"}},
	} {
		if _, err := Combine(runs...); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCatalogue(t *testing.T) {
	for _, name := range []string{
		"a100-sxm", "a800-sxm", "h100-sxm", "h800-sxm", "h20", "h200-sxm", "b200", "gb200", "mi300x", "ascend-910b", "tpu-v5p",
	} {
		if _, err := GPUByName(name); err != nil {
			t.Error(err)
		}
	}
	last := ""
	for _, g := range Catalogue() {
		if g.Name <= last {
			t.Errorf("%s is out of order", g.Name)
		}
		last = g.Name
		if g.Source == "" || g.Memory <= 0 || g.DenseBF16 <= 0 || (g.Price > 0 && g.PriceSource == "") ||
			(g.RentPerHour > 0 && g.RentSource == "") || (g.Power == 0 && g.Note == "") {
			t.Errorf("%s lacks a figure or a source: %+v", g.Name, g)
		}
		for _, p := range [][2]FLOPRate{{g.DenseBF16, g.SparseBF16}, {g.DenseFP8, g.SparseFP8}} {
			if p[1] > 0 && math.Abs(float64(p[1]/p[0])-2) > 0.01 {
				t.Errorf("%s: sparse %v is not twice dense %v", g.Name, p[1], p[0])
			}
		}
	}
}

func TestSparsePeakIsRefused(t *testing.T) {
	rows := []struct {
		gpu     string
		p       Precision
		tera    float64
		refused string // part of the message; empty when the figure is fine
	}{
		{"h100-sxm", BF16, 1979, "989.5 TFLOP/s"}, {"h100-sxm", BF16, 1980, "989.5 TFLOP/s"},
		{"h100-sxm", BF16, 989.5, ""}, {"h100-sxm", BF16, 989, ""}, {"h100-sxm", BF16, 900, ""},
		{"h100-sxm", BF16, 1000, "above the dense"}, {"h100-sxm", FP8, 1979, ""}, {"h100-sxm", FP8, 3958, "1979 TFLOP/s"},
		{"my-gpu", BF16, 1979, "989.5 TFLOP/s"}, {"", BF16, 624, "312 TFLOP/s"}, {"my-gpu", BF16, 4500, "2250 TFLOP/s"},
		{"my-gpu", BF16, 2614.9, "1307.4 TFLOP/s"}, {"my-gpu", BF16, 1900, ""}, {"my-gpu", BF16, 2500, ""},
		{"my-gpu", FP8, 1979, ""}, {"my-gpu", FP8, 2614.9, ""}, {"tpu-v5p", BF16, 460, ""}, {"tpu-v5p", BF16, 918, "above the dense"},
	}
	for _, r := range rows {
		err := CheckPeak(r.gpu, r.p, FLOPRate(r.tera*1e12))
		if (r.refused == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), r.refused)) {
			t.Errorf("%s %s %v: %v", r.gpu, r.p, r.tera, err)
		}
		k := DefaultCluster()
		k.GPU, k.Precision, k.PeakTFLOPS, k.GPUs, k.Days = r.gpu, string(r.p), r.tera, 8, 1
		if err2 := k.Validate(); (err == nil) != (err2 == nil) {
			t.Errorf("%s %s %v: configuration says %v", r.gpu, r.p, r.tera, err2)
		}
	}
}
