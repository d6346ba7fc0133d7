package sizing

import (
	"fmt"
	"math"
	"strconv"
)

// What limits a training.
const (
	LimitedByData    = "data"    // the cluster could train a larger model than the tokens carry
	LimitedByCompute = "compute" // the tokens carry a larger model than the cluster can train
)

// Verdict sets a corpus against a cluster. It marshals to sizing.json: plain
// tokens and parameters are counts, every other key ends in its unit. Without a
// cluster ComputeSide is nil and its keys are absent.
type Verdict struct {
	Tokens             Tokens  `json:"tokens"`
	Tokenizer          string  `json:"tokenizer,omitempty"`
	TokensPerParameter float64 `json:"tokens_per_parameter"`
	// ParamsFromData is the model the tokens carry: tokens / tokens_per_parameter,
	// active parameters where ActiveRatio is below 1.
	ParamsFromData Params  `json:"params_from_data"`
	ActiveRatio    float64 `json:"active_ratio"`
	// TotalParamsFromData counts all experts.
	TotalParamsFromData Params `json:"total_params_from_data"`
	FLOPFromData        FLOP   `json:"training_from_data_flop"` // 6ND
	// LossFromData is what the fit expects, in nats a token of the fit's own text.
	LossFromData float64 `json:"loss_from_data_nats_per_token"`
	// ParamsByFit is the model that the fit pairs with the tokens.
	ParamsByFit Params `json:"params_from_data_by_fit"`

	*ComputeSide

	Formulas  []Formula  `json:"formulas"`
	Constants []Constant `json:"constants"`
	Warnings  []string   `json:"warnings,omitempty"`
}

// ComputeSide is the cluster's half of a [Verdict].
type ComputeSide struct {
	GPU         string    `json:"gpu"`
	GPUs        int       `json:"gpus"`
	Precision   Precision `json:"precision"`
	DensePeak   FLOPRate  `json:"dense_peak_flop_per_second_per_gpu"`
	MFU         float64   `json:"mfu_ratio"`
	Goodput     float64   `json:"goodput_ratio"`
	ClusterMTBF Seconds   `json:"cluster_mtbf_seconds,omitempty"`
	// CheckpointInterval is Daly's optimum, where failures are counted.
	CheckpointInterval Seconds `json:"checkpoint_interval_seconds,omitempty"`
	Days               Days    `json:"cluster_days"`
	Budget             FLOP    `json:"cluster_budget_flop"`

	// ParamsFromCompute and TokensFromCompute are what the whole budget trains at
	// the same ratio.
	ParamsFromCompute Params `json:"params_from_compute"`
	TokensFromCompute Tokens `json:"tokens_from_compute"`
	// LimitedBy is "data" or "compute".
	LimitedBy string `json:"limited_by"`
	// Params and PlanTokens are the smaller side: the model to train.
	Params     Params `json:"params"`
	PlanTokens Tokens `json:"plan_tokens"`
	PlanDays   Days   `json:"plan_days"`
	// DaysFromData is how long the cluster takes for the model the tokens carry.
	DaysFromData Days `json:"training_from_data_days"`
	// MissingTokens is what data falls short of the budget; 0 when compute limits.
	MissingTokens Tokens `json:"missing_tokens"`
	// Epochs over the tokens that stand in for the missing ones; 0 where no number
	// does, 1 when none are missing.
	Epochs float64 `json:"epochs_for_missing_tokens"`
	// MissingGPUDays is what the cluster falls short of the data; 0 when data limits.
	MissingGPUDays GPUDays `json:"missing_gpu_days"`
	// SpareGPUDays is left over when data limits.
	SpareGPUDays GPUDays `json:"spare_gpu_days"`

	// Of the plan (PlanDays): power, energy and money; 0 where a figure is unknown.
	Power      Watts `json:"power_watts,omitempty"`
	Energy     KWh   `json:"energy_kwh,omitempty"`
	EnergyCost USD   `json:"energy_cost_usd,omitempty"`
	Rent       USD   `json:"rent_usd,omitempty"`
	Purchase   USD   `json:"purchase_usd,omitempty"`

	Memory *MemoryFit `json:"memory,omitempty"`
}

// Formula is one equation used.
type Formula struct {
	Name    string `json:"name"`
	Formula string `json:"formula"`
	Source  string `json:"source"`
}

// Constant is one number that the caller did not give.
type Constant struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Source string  `json:"source"`
}

// purchaseRestFactor: hosts, network and building cost as much again as the GPUs.
const purchaseRestFactor = 1.0

// cheapEpochs is up to where repeated tokens are nearly as good as fresh ones.
const cheapEpochs = 4.0

// Size sets a token count against a configuration. tokens are unique training
// tokens; add several runs up with [Combine]. To ask about a model of your own
// size on those tokens, set TokensPerParameter to tokens over parameters. Errors
// wrap [ErrInput].
func Size(tokens Tokens, cfg Config) (Verdict, error) {
	if err := firstError(checkTokens(tokens), cfg.Validate()); err != nil {
		return Verdict{}, err
	}
	fit, err := FitByName(cfg.Fit)
	if err != nil {
		return Verdict{}, err
	}
	byFit, err := fit.OptimalForTokens(tokens)
	if err != nil {
		return Verdict{}, err
	}
	// Counts are whole: halves of a token in a verdict only look precise.
	n := Params(math.Round(float64(ParamsForTokens(tokens, cfg.TokensPerParameter))))
	if n < 1 {
		return Verdict{}, inputError("%v tokens at %v a parameter carry less than one parameter", tokens, cfg.TokensPerParameter)
	}
	v := Verdict{
		Tokens: tokens, Tokenizer: cfg.Tokenizer, TokensPerParameter: cfg.TokensPerParameter,
		ParamsFromData: n, ActiveRatio: cfg.ActiveRatio, TotalParamsFromData: n.total(cfg.ActiveRatio),
		FLOPFromData: TrainingCompute(n, tokens), LossFromData: fit.Loss(n, tokens), ParamsByFit: Params(math.Round(float64(byFit.Params))),
	}
	v.explain(fit)
	if fit.Warning != "" {
		v.Warnings = append(v.Warnings, "fit "+fit.Name+": "+fit.Warning)
	}
	if cfg.Cluster == nil {
		return v, nil
	}
	side, err := v.compute(cfg)
	if err != nil {
		return Verdict{}, err
	}
	v.ComputeSide = side
	return v, nil
}

// compute works out the cluster's side and adds its warnings.
func (v *Verdict) compute(cfg Config) (*ComputeSide, error) {
	k, up, err := cfg.Cluster.Resolve()
	if err != nil {
		return nil, err
	}
	rate, err := k.Rate()
	if err != nil {
		return nil, err
	}
	days := Days(cfg.Cluster.Days)
	budget, err := k.Budget(days)
	if err != nil {
		return nil, err
	}
	best, err := OptimalByRatio(budget, cfg.TokensPerParameter)
	if err != nil {
		return nil, err
	}
	best.Params = Params(math.Round(float64(best.Params)))
	best.Tokens = Tokens(math.Round(float64(best.Tokens)))
	dense, err := k.GPU.Dense(k.precision())
	if err := firstError(err, checkParams(best.Params), checkTokens(best.Tokens)); err != nil {
		return nil, err
	}
	s := &ComputeSide{
		GPU: k.GPU.Name, GPUs: k.GPUs, Precision: k.precision(), DensePeak: dense, MFU: k.MFU, Goodput: k.Goodput,
		Days: days, Budget: budget, ParamsFromCompute: best.Params, TokensFromCompute: best.Tokens, Epochs: 1,
		DaysFromData: Seconds(float64(v.FLOPFromData) / float64(rate)).Days(),
	}
	if up != nil {
		s.ClusterMTBF, s.CheckpointInterval = up.MTBF, up.Interval
	}
	if v.ParamsFromData < best.Params {
		v.dataLimited(s)
	} else {
		s.LimitedBy, s.Params, s.PlanTokens, s.PlanDays = LimitedByCompute, best.Params, best.Tokens, days
		s.MissingGPUDays = GPUDays(float64(s.DaysFromData-days) * float64(k.GPUs))
		s.MissingGPUDays = max(s.MissingGPUDays, 0)
	}
	if err := v.expenses(s, k.GPU, cfg.Cluster); err != nil {
		return nil, err
	}
	return s, v.memory(s, k.GPU, cfg)
}

func (v *Verdict) dataLimited(s *ComputeSide) {
	s.LimitedBy, s.Params, s.PlanTokens = LimitedByData, v.ParamsFromData, v.Tokens
	s.PlanDays = s.DaysFromData
	s.MissingTokens = s.TokensFromCompute - v.Tokens
	s.SpareGPUDays = GPUDays(float64(s.Days-s.DaysFromData) * float64(s.GPUs))
	rep := Muennighoff2023()
	epochs, err := rep.EpochsFor(v.Tokens, s.TokensFromCompute)
	if err != nil {
		// Above the ceiling no number of epochs will do: zero says so.
		s.Epochs = 0
		v.Warnings = append(v.Warnings, fmt.Sprintf(
			"no number of epochs stands in for the missing tokens: repeats of %v tokens are never worth more than %v",
			v.Tokens, rep.Ceiling(v.Tokens)))
		return
	}
	s.Epochs = epochs
	if epochs > cheapEpochs {
		v.Warnings = append(v.Warnings, fmt.Sprintf(
			"%s epochs are past the four or so that are nearly as good as fresh data; "+
				"beyond a point repetition also harms (arXiv 2605.01640)", significant(epochs)))
	}
}

// expenses fills power, energy and money of the plan; what is unknown stays 0.
func (v *Verdict) expenses(s *ComputeSide, g GPU, c *ClusterConfig) error {
	if g.Power > 0 {
		p, err := Power(s.GPUs, g.Power, c.PowerOverhead)
		if err != nil {
			return err
		}
		s.Power, s.Energy = p, Energy(p, s.PlanDays)
		s.EnergyCost = EnergyCost(s.Energy, USD(c.USDPerKWh))
		v.constant("power of a "+g.Name, float64(g.Power), "watts", g.Source)
		v.constant("power overhead factor", c.PowerOverhead, "", "configuration")
		v.constant("price of electricity", c.USDPerKWh, "USD per kWh", "configuration")
	}
	if g.RentPerHour > 0 {
		s.Rent = Rent(s.GPUs, s.PlanDays, g.RentPerHour)
		v.constant("rent of a "+g.Name, float64(g.RentPerHour), "USD per hour", g.RentSource)
	}
	if g.Price > 0 {
		s.Purchase = Purchase(s.GPUs, g.Price, purchaseRestFactor)
		v.constant("price of a "+g.Name, float64(g.Price), "USD", g.PriceSource)
		v.constant("all else, against the GPUs' price", purchaseRestFactor, "", "public articles on training clusters")
	}
	v.constant("dense peak of a "+g.Name+", "+c.Precision, float64(s.DensePeak), "FLOP/s", g.Source)
	return nil
}

// memory adds the first check of the plan's model against the GPU's memory.
func (v *Verdict) memory(s *ComputeSide, g GPU, cfg Config) error {
	if g.Memory == 0 {
		return nil
	}
	total := s.Params.total(cfg.ActiveRatio)
	shape, err := ShapeFor(total)
	if err != nil {
		return err
	}
	fit, err := FitMemory(total, shape, g, s.GPUs, cfg.SequenceTokens, 1)
	if err != nil {
		return err
	}
	s.Memory = &fit
	if !fit.Fits {
		v.Warnings = append(v.Warnings, fmt.Sprintf(
			"%v parameters do not fit into %d %s of %v, even with ZeRO 3 and full recomputation: %v are needed on each; "+
				"pipeline parallelism or more GPUs may help", total, s.GPUs, g.Name, g.Memory, fit.States+fit.Activations))
	}
	v.Formulas = append(v.Formulas,
		Formula{"model states", "16 bytes a parameter, spread by ZeRO", "arXiv 1910.02054"},
		Formula{"activations", "34 or 2 bytes * sequence * hidden a layer, one sequence", "arXiv 2205.05198"},
		Formula{"shape", "N = 12*layers*hidden^2, hidden = 128*layers", "GPT-3's proportions, arXiv 2005.14165"})
	v.constant("usable share of memory", usableMemoryRatio, "", "assumption")
	return nil
}

// total is the whole of a mixture of experts of which n parameters are active.
func (n Params) total(activeRatio float64) Params {
	return Params(math.Round(float64(n) / activeRatio))
}

func (v *Verdict) constant(name string, value float64, unit, source string) {
	v.Constants = append(v.Constants, Constant{name, value, unit, source})
}

// explain lists the formulas and constants that every verdict uses.
func (v *Verdict) explain(fit Fit) {
	const hoffmann = "Hoffmann et al. 2022, arXiv 2203.15556"
	rep := Muennighoff2023()
	g := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	v.Formulas = []Formula{
		{"training compute", "C = 6*N*D", hoffmann},
		{"model from data", "N = D / tokens_per_parameter", hoffmann},
		{"model from compute", "N = sqrt(C / (6*tokens_per_parameter)), D = N*tokens_per_parameter", hoffmann},
		{"cluster budget", "C = gpus * dense_peak * mfu * goodput * seconds", "definition of MFU, arXiv 2204.02311"},
		{"expected loss", "L = " + g(fit.E) + " + " + g(fit.A) + "/N^" + g(fit.Alpha) + " + " +
			g(fit.B) + "/D^" + g(fit.Beta), fit.Source},
		{"repeated tokens", "D' = U + U*R*(1-exp(-(epochs-1)/R))", rep.Source},
	}
	v.constant("tokens per parameter", v.TokensPerParameter, "tokens per parameter", "configuration; 20 is "+hoffmann)
	v.constant("R*_D of repeated tokens", rep.TokenDecay, "epochs", rep.Source)
}
