package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/sizing"
)

// sizeFlags are the flags of size as they were given.
type sizeFlags struct {
	folderFlags
	tokens, params, days, config, chart  string
	gpu, precision, tokenizer, fit       string
	gpus                                 int
	mfu, ratio, loss, peakTFLOPS, active float64
	asJSON                               bool
}

func (p *program) sizeCommand() *cobra.Command {
	var f sizeFlags
	c := &cobra.Command{
		Use:   "size [RUN...]",
		Short: "Set tokens against a cluster: which model, how long",
		Long: `The sizing calculator: which model a number of tokens carries, what a cluster
trains in given days, what is missing on either side. Tokens come from --tokens,
or from finished runs, which are added up: runs that read the same input or
counted with different tokenizers are refused.

  --tokens                          the model that the tokens carry
  --params                          the tokens that the model wants
  --tokens --params                 this model on these tokens
  --gpus --days                     what the cluster trains, with any of these
  --tokens --params --days          without --gpus: how many GPUs it takes
  --loss                            the cheapest training that reaches a loss

Numbers may be written 15T, 405B, 1.3e12; days 30, 12h, 2w. --config reads the
sizing block of a YAML file; flags go over it. The formulas and their sources
are in docs/sizing.md.`,
		Example: "  corpusmill size --tokens 15T --params 405B --gpus 16000 --days 54",
	}
	f.add(c, p)
	fl := c.Flags()
	fl.StringVar(&f.tokens, "tokens", "", "unique training tokens, such as 15T")
	fl.StringVar(&f.params, "params", "", "model parameters, such as 405B; of a mixture of experts the active ones")
	fl.StringVar(&f.gpu, "gpu", "h100-sxm", "GPU of the catalogue")
	fl.IntVar(&f.gpus, "gpus", 0, "number of GPUs")
	fl.Float64Var(&f.mfu, "mfu", 0.40, "model FLOP utilisation against the dense peak, 0..1")
	fl.StringVar(&f.days, "days", "", "days that the cluster is yours, such as 30, 12h or 2w")
	fl.StringVar(&f.precision, "precision", "bf16", "bf16 or fp8")
	fl.Float64Var(&f.peakTFLOPS, "peak-tflops", 0, "dense peak of a GPU in TFLOP/s, in place of the catalogue's")
	fl.Float64Var(&f.ratio, "tokens-per-parameter", 20, "training tokens per parameter")
	fl.Float64Var(&f.active, "active-ratio", 1, "active over total parameters of a mixture of experts, 0..1")
	fl.StringVar(&f.tokenizer, "tokenizer", "", "what counted --tokens, to be printed with them")
	fl.StringVar(&f.fit, "fit", "besiroglu2024", "loss law: besiroglu2024, hoffmann2022 or muennighoff2023")
	fl.Float64Var(&f.loss, "loss", 0, "loss to reach, in nats a token of the fit's own text")
	fl.StringVar(&f.config, "config", "", "YAML file with a sizing block")
	fl.StringVar(&f.chart, "chart", "", "also write the chart to this SVG file")
	fl.BoolVar(&f.asJSON, "json", false, "print one JSON object, every key with its unit")
	c.RunE = func(c *cobra.Command, args []string) error {
		err := p.size(c, &f, args)
		if errors.Is(err, sizing.ErrInput) {
			return usageError{err}
		}
		return err
	}
	return c
}

func (p *program) size(c *cobra.Command, f *sizeFlags, runs []string) error {
	q, err := f.question(c, p, runs)
	if err != nil {
		return err
	}
	if c.Flags().Changed("loss") {
		return p.sizeLoss(f, q)
	}
	switch {
	case q.tokens > 0 && q.params > 0 && q.days > 0 && q.gpus == 0:
		return p.sizeCluster(f, q)
	case q.tokens == 0 && q.params == 0 && q.gpus > 0 && q.days > 0:
		// the budget alone: the tokens that it trains at the ratio
		cluster, _, err := q.cfg.Cluster.Resolve()
		if err != nil {
			return err
		}
		budget, err := cluster.Budget(q.days)
		if err != nil {
			return err
		}
		a, err := sizing.OptimalByRatio(budget, q.cfg.TokensPerParameter)
		if err != nil {
			return err
		}
		q.tokens = a.Tokens
		q.head = wrapped(fmt.Sprintf("%d %s at MFU %.3g are %s in %s: they train a %s model on %s tokens.",
			q.gpus, q.cfg.Cluster.GPU, q.cfg.Cluster.MFU, budget, q.days, a.Params, a.Tokens), columns)
	case q.tokens == 0 && q.params == 0:
		return usageError{errors.New("nothing to size: give --tokens, --params, run folders, or --gpus with --days")}
	case q.tokens == 0:
		q.tokens = sizing.TokensForParams(q.params, q.cfg.TokensPerParameter)
	case q.params > 0:
		q.cfg.TokensPerParameter = float64(q.tokens) / float64(q.params)
	}
	switch {
	case q.gpus == 0 && q.days == 0:
		if err := q.checkCluster(); err != nil {
			return err
		}
		q.cfg.Cluster = nil
	case q.gpus == 0:
		return usageError{errors.New("--days needs --gpus, or --tokens and --params to ask how many GPUs")}
	case q.days == 0:
		if err := q.span(); err != nil {
			return err
		}
	}
	v, err := sizing.Size(q.tokens, q.cfg)
	if err != nil {
		return err
	}
	return p.printVerdict(f, q, v)
}

// checkCluster looks at a cluster that does not say how many GPUs or days: what it
// says must be right all the same.
func (q *question) checkCluster() error {
	cluster := *q.cfg.Cluster
	cluster.GPUs, cluster.Days = 1, 1
	return cluster.Validate()
}

// question is what was asked, flags and configuration merged.
type question struct {
	cfg    sizing.Config
	tokens sizing.Tokens
	params sizing.Params
	gpus   int
	days   sizing.Days
	// head stands in for the verdict's sentences where a side was derived from the
	// other, so that neither limits.
	head []string
}

func (f *sizeFlags) question(c *cobra.Command, p *program, runs []string) (*question, error) {
	q := &question{cfg: sizing.DefaultConfig()}
	if f.config != "" {
		if err := q.read(f.config); err != nil {
			return nil, usageError{err}
		}
	}
	if q.cfg.Cluster == nil {
		cluster := sizing.DefaultCluster()
		q.cfg.Cluster = &cluster
	}
	if err := f.over(c, q); err != nil {
		return nil, err
	}
	q.gpus, q.days = q.cfg.Cluster.GPUs, sizing.Days(q.cfg.Cluster.Days)
	switch {
	case f.tokens != "" && len(runs) > 0:
		return nil, usageError{errors.New("tokens come from --tokens or from runs, not from both")}
	case len(runs) > 0:
		sum, err := f.runs(c.Context(), runs)
		if err != nil {
			return nil, err
		}
		q.tokens, q.cfg.Tokenizer = sum.Tokens, sum.Tokenizer
	}
	return q, nil
}

// over puts the flags that were given over the configuration.
func (f *sizeFlags) over(c *cobra.Command, q *question) (err error) {
	cl := q.cfg.Cluster
	for _, x := range []struct {
		flag string
		set  func() error
	}{
		{"tokens", func() error {
			q.tokens, err = sizing.ParseTokens(f.tokens)
			return positive("tokens", float64(q.tokens), err)
		}},
		{"params", func() error {
			q.params, err = sizing.ParseParams(f.params)
			return positive("params", float64(q.params), err)
		}},
		{"days", func() error {
			days, err := sizing.ParseDays(f.days)
			cl.Days = float64(days)
			return positive("days", cl.Days, err)
		}},
		{"gpus", func() error { cl.GPUs = f.gpus; return positive("gpus", float64(f.gpus), nil) }},
		{"gpu", func() error { cl.GPU = f.gpu; return nil }},
		{"mfu", func() error { cl.MFU = f.mfu; return positive("mfu", f.mfu, nil) }},
		{"precision", func() error { cl.Precision = f.precision; return nil }},
		{"peak-tflops", func() error { cl.PeakTFLOPS = f.peakTFLOPS; return positive("peak-tflops", f.peakTFLOPS, nil) }},
		{"tokens-per-parameter", func() error {
			q.cfg.TokensPerParameter = f.ratio
			return positive("tokens-per-parameter", f.ratio, nil)
		}},
		{"active-ratio", func() error { q.cfg.ActiveRatio = f.active; return positive("active-ratio", f.active, nil) }},
		{"tokenizer", func() error { q.cfg.Tokenizer = f.tokenizer; return nil }},
		{"fit", func() error { q.cfg.Fit = f.fit; return nil }},
		{"loss", func() error { return positive("loss", f.loss, nil) }},
	} {
		if c.Flags().Changed(x.flag) {
			if err := x.set(); err != nil {
				return usageError{err}
			}
		}
	}
	return nil
}

func positive(flag string, x float64, err error) error {
	if err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	if !(x > 0) {
		return fmt.Errorf("--%s: must be above 0", flag)
	}
	return nil
}

// read takes the sizing block of a YAML file, or a file that is one.
func (q *question) read(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	n, err := config.ParseYAML(file, src)
	if err != nil {
		return err
	}
	if block := n.Get("sizing"); block != nil {
		n = block
	}
	q.cfg = config.Defaults[sizing.Config]()
	if err := config.Decode(n, &q.cfg); err != nil {
		return err
	}
	return nil
}

// span fills in the days that the asked training takes, where none are given.
func (q *question) span() error {
	cluster, _, err := q.cfg.Cluster.Resolve()
	if err != nil {
		return err
	}
	params := sizing.ParamsForTokens(q.tokens, q.cfg.TokensPerParameter)
	work := sizing.TrainingCompute(params, q.tokens)
	days, err := cluster.Days(work)
	q.cfg.Cluster.Days = float64(days)
	q.head = append(
		wrapped(fmt.Sprintf("%s parameters on %s tokens are %s of training.", params, q.tokens, work), columns),
		wrapped(fmt.Sprintf("%d %s at MFU %.3g do it in %s: %s.", q.gpus, q.cfg.Cluster.GPU, q.cfg.Cluster.MFU, days,
			sizing.GPUDays(float64(q.gpus)*float64(days))), columns)...)
	return err
}

// runs adds finished runs up.
func (f *sizeFlags) runs(ctx context.Context, dirs []string) (sizing.Run, error) {
	var list []sizing.Run
	for _, dir := range dirs {
		folder, err := f.open(ctx, dir)
		if err != nil {
			return sizing.Run{}, err
		}
		stats, err := folder.Stats(ctx)
		if err != nil {
			return sizing.Run{}, err
		}
		commits, err := folder.Manifest(ctx)
		if err != nil {
			return sizing.Run{}, err
		}
		r := sizing.Run{Name: dir, Tokens: sizing.Tokens(stats.Tokens), Tokenizer: folder.Setting("token_count", "tokenizer")}
		if r.Tokenizer == "" {
			return sizing.Run{}, usageError{fmt.Errorf("%s: the run has no token_count stage", dir)}
		}
		for _, c := range commits {
			for _, s := range c.Shards {
				if s.From > 0 {
					continue // a further range of a file that is there
				}
				if s.SHA256 != "" {
					r.Inputs = append(r.Inputs, s.SHA256)
				} else {
					r.Inputs = append(r.Inputs, fmt.Sprintf("%s (%d bytes, %s)", s.Name, s.Size, s.Stamp))
				}
			}
		}
		list = append(list, r)
	}
	return sizing.Combine(list...)
}

func (p *program) printVerdict(f *sizeFlags, q *question, v sizing.Verdict) error {
	if f.chart != "" {
		if err := writeChart(f.chart, v); err != nil {
			return err
		}
	}
	if f.asJSON {
		return json.NewEncoder(p.stdout).Encode(v)
	}
	if q.head == nil {
		q.head = v.Sentences()
	}
	for _, line := range q.head {
		fmt.Fprintln(p.stdout, line)
	}
	fmt.Fprintln(p.stdout)
	if err := v.Table(p.stdout); err != nil {
		return err
	}
	for _, w := range v.Warnings {
		fmt.Fprintf(p.stderr, "corpusmill: warning: %s\n", w)
	}
	return nil
}

func writeChart(name string, v sizing.Verdict) error {
	file, err := os.Create(name)
	if err != nil {
		return usageError{err}
	}
	return errors.Join(v.Chart(file), file.Close())
}

// order is the answer to how many GPUs a training takes.
type order struct {
	Params             sizing.Params    `json:"params"`
	Tokens             sizing.Tokens    `json:"tokens"`
	TokensPerParameter float64          `json:"tokens_per_parameter"`
	Training           sizing.FLOP      `json:"training_flop"`
	GPU                string           `json:"gpu"`
	GPUs               int              `json:"gpus"`
	Precision          sizing.Precision `json:"precision"`
	MFU                float64          `json:"mfu_ratio"`
	Goodput            float64          `json:"goodput_ratio"`
	Asked              sizing.Days      `json:"asked_days"`
	Days               sizing.Days      `json:"training_days"`
	GPUDays            sizing.GPUDays   `json:"training_gpu_days"`
	Loss               float64          `json:"loss_nats_per_token,omitempty"`
}

func (p *program) sizeCluster(f *sizeFlags, q *question) error {
	o, err := q.order()
	if err != nil {
		return err
	}
	return p.printOrder(f, o)
}

// order asks for the least number of GPUs.
func (q *question) order() (*order, error) {
	device, err := q.cfg.Cluster.Device()
	if err != nil {
		return nil, err
	}
	precision := sizing.Precision(q.cfg.Cluster.Precision)
	got, err := sizing.ClusterFor(q.params, q.tokens, q.days, device, precision, q.cfg.Cluster.MFU, q.cfg.Cluster.Failures())
	if err != nil {
		return nil, err
	}
	return &order{Params: q.params, Tokens: q.tokens, TokensPerParameter: float64(q.tokens) / float64(q.params),
		Training: got.Compute, GPU: device.Name, GPUs: got.GPUs, Precision: precision, MFU: q.cfg.Cluster.MFU, Goodput: got.Goodput,
		Asked: q.days, Days: got.Days, GPUDays: sizing.GPUDays(float64(got.GPUs) * float64(got.Days))}, nil
}

func (p *program) printOrder(f *sizeFlags, o *order) error {
	if f.chart != "" {
		return usageError{errors.New("--chart draws a corpus against a cluster: give --gpus and --days")}
	}
	if f.asJSON {
		return json.NewEncoder(p.stdout).Encode(o)
	}
	w := p.stdout
	if o.Loss > 0 {
		printWrapped(w, fmt.Sprintf("A loss of %.4g nats a token takes at least %s parameters on %s tokens (%s).", o.Loss, o.Params, o.Tokens, o.Training), 0)
	} else {
		printWrapped(w, fmt.Sprintf("%s parameters on %s tokens are %s of training.", o.Params, o.Tokens, o.Training), 0)
	}
	if o.GPUs > 0 {
		printWrapped(w, fmt.Sprintf("%d %s at MFU %.3g do it in %s: %s.", o.GPUs, o.GPU, o.MFU, o.Days, o.GPUDays), 0)
	}
	return nil
}

// sizeLoss answers what a loss takes, on the cluster where one is given.
func (p *program) sizeLoss(f *sizeFlags, q *question) error {
	if q.tokens > 0 || q.params > 0 {
		return usageError{errors.New("--loss finds tokens and parameters itself: leave --tokens, --params and runs out")}
	}
	fit, err := sizing.FitByName(q.cfg.Fit)
	if err != nil {
		return err
	}
	a, err := fit.ForLoss(f.loss)
	if err != nil {
		return err
	}
	q.tokens, q.params = a.Tokens, a.Params
	o := &order{Params: a.Params, Tokens: a.Tokens, TokensPerParameter: a.TokensPerParameter(), Training: a.Compute, Loss: f.loss,
		GPU: q.cfg.Cluster.GPU, Precision: sizing.Precision(q.cfg.Cluster.Precision), MFU: q.cfg.Cluster.MFU}
	switch {
	case q.gpus > 0:
		cluster, _, err := q.cfg.Cluster.Resolve()
		if err != nil {
			return err
		}
		plan, err := sizing.PlanForLoss(f.loss, fit, cluster)
		if err != nil {
			return err
		}
		o.GPUs, o.Goodput, o.Days = q.gpus, cluster.Goodput, plan.Days
		o.GPUDays = sizing.GPUDays(float64(q.gpus) * float64(plan.Days))
	case q.days > 0:
		if o, err = q.order(); err != nil {
			return err
		}
		o.Loss = f.loss
	}
	return p.printOrder(f, o)
}
